package report

import (
	"context"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Keeper keeps the rows of windows between reports, and fetches those that it lacks.
// It knows rows only as bytes. It is safe for concurrent use.
type Keeper interface {
	// Windows returns the rows of every window of a question, kept or fetched.
	Windows(ctx context.Context, q *Question) *Kept

	// Known returns the series of a scope and report of which windows may be kept,
	// the latest used first, for questions that could be answered from finer rows.
	Known(scope, report string) []Series

	// Holds tells whether all windows of a question are kept and fresh, so that
	// Windows would make no native call.
	Holds(q *Question) bool
}

// Question is one native report for one or more windows.
type Question struct {
	// Platform is the platform's name. Scope tells accounts, servers and mappings apart
	// under which the same question has other answers; it holds no secret.
	Platform, Scope string
	// Operation is what the rows are counted under: reports.query, networks.list.
	Operation string
	Series    Series
	// Zone is that of the windows' days. Default: UTC.
	Zone *time.Location
	// Windows are asked for, in order of their days. Joint: adjacent ones may be fetched
	// by one call of no more than Longest days (zero: any number). Otherwise
	// each takes a call of its own.
	Windows []Window
	Joint   bool
	Longest int
	// Steady tells that windows without days change as seldom as those that are some
	// days old: names of things. Without it they change as today does.
	Steady bool
	// Mode is what the client asked of caches.
	Mode Mode
	// Fetch makes the native call for adjacent windows, and returns the rows of each;
	// rows of a window are never nil, also where there are none. It may run after the
	// request that asked has ended, on a context of its own.
	Fetch func(ctx context.Context, windows []Window) ([][]byte, *problem.Problem)
	// Spare tells whether the platform has room for calls that nobody waits for. Nil: yes.
	Spare func() bool
}

// Mode is what a client asked of caches.
type Mode struct {
	// Revalidate: nothing kept from before the request is good enough (RFC 9111, section
	// 5.2.1.4, no-cache).
	Revalidate bool
	// OnlyKept: no native call is made (section 5.2.1.7, only-if-cached). Windows that are not
	// kept fail with the code not_cached.
	OnlyKept bool
}

// Series is everything about a native question but its windows. Two questions with
// equal series, scope and window have the same rows.
type Series struct {
	// Report is the name of the report in the mapping, or the operation of a list.
	Report string
	// Zone is that of the days.
	Zone string
	// Grain are the dimensions of the rows, in the order of their values. With Split
	// they have Base beside them, a day, month or year that each window's part is.
	Grain []string
	Base  string
	Split bool
	// Hourly tells that hours of the platform's zone make the days of another one.
	Hourly  bool
	Metrics []string
	// Filters are those that are applied natively; their order does not count.
	Filters []condition.Filter
}

// Window is what rows are kept by: some days, or a word for an interval.
type Window struct {
	Range
	// Interval is a word that only the platform knows; empty for days. Part is the day,
	// month or year of a split; empty for none.
	Interval, Part string
}

// Kept is the answer to a question.
type Kept struct {
	// Rows are those of each window; nil where they could not be had.
	Rows [][]byte
	// State is [answer.Hit] where every window was kept and fresh, [answer.Stale] where
	// at least one is past its life, else [answer.Miss].
	State string
	// AsOf is when the oldest of the windows was fetched; Until is when the first of
	// them is no longer fresh. For stale windows Until is when it is worth asking again.
	AsOf, Until time.Time
	// Since is when the first of the stale windows came to its end; zero where none is stale.
	Since time.Time
	// Failed is the first failure. With stale rows in its place it is set too:
	// then no row is nil.
	Failed *problem.Problem
}

// Freshness is how old an answer is. The zero value says nothing of it.
type Freshness struct {
	// State is [answer.Hit], [answer.Stale] or [answer.Miss]; empty where nothing is kept.
	State string
	// AsOf is when its oldest part was fetched; Until is when the first part of it is
	// no longer fresh, or, when one is stale, when it is worth asking again.
	AsOf, Until time.Time
	// Since is since when its first stale part is; zero where none is stale.
	Since time.Time
}

// Join adds the freshness of another part: what is less fresh counts.
func (f *Freshness) Join(other Freshness) {
	switch {
	case other.State == "":
	case f.State == "":
		f.State = other.State
	case f.State == answer.Stale || other.State == answer.Stale:
		f.State = answer.Stale
	case other.State == answer.Miss:
		f.State = answer.Miss
	}
	if f.AsOf.IsZero() || !other.AsOf.IsZero() && other.AsOf.Before(f.AsOf) {
		f.AsOf = other.AsOf
	}
	if f.Until.IsZero() || !other.Until.IsZero() && other.Until.Before(f.Until) {
		f.Until = other.Until
	}
	if f.Since.IsZero() || !other.Since.IsZero() && other.Since.Before(f.Since) {
		f.Since = other.Since
	}
}
