package report

import (
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
)

// All is the limit of a query that wants every row.
const All = -1

// Query is what a client asks for.
type Query struct {
	// Platforms are those named; empty: all that the client may use.
	Platforms []string
	// Range is meant in Zone. It is not set where Interval is.
	Range Range
	// Interval is one of [Intervals], or empty.
	Interval string
	// Zone is the time zone of days. Default: UTC.
	Zone *time.Location
	// GroupBy and Metrics are names of the vocabulary or <platform>.<native name>.
	GroupBy, Metrics []string
	// Filters are conditions on dimensions and metrics.
	Filters []condition.Condition
	Sort    []SortKey
	// Limit is the most rows of a page; zero: only totals, [All]: every row. Default: 100.
	Limit int
	// Cursor is the cursor as it was given; its maker has to open it.
	Cursor string
	// RequireAll tells that the failure of one platform is the failure of the report.
	RequireAll bool
	// Format is json, ndjson, csv or empty.
	Format string
	// Mode is what the client asked of caches. It makes no other question of this one.
	Mode Mode
}

// SortKey is one key of an order.
type SortKey struct {
	Name       string
	Descending bool
}

// DefaultMetrics are answered when none is asked for.
var DefaultMetrics = []string{"clicks", "conversions", "revenue", "cost", "profit", "commission"}

const (
	defaultLimit = 100
	maxLimit     = 1000
)
