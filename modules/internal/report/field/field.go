package field

import "strings"

// Type is the type of a dimension's or metric's values.
type Type string

// The types. The same words are used by mappings and by reports/definition.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Decimal Type = "decimal"
	Boolean Type = "boolean"
	Date    Type = "date"    // 2026-01-31
	Instant Type = "instant" // RFC 3339 in UTC
	Entity  Type = "entity"  // {id, name}; the id is <platform>:<native id>
	Money   Type = "money"   // {value, currency}
	Rate    Type = "rate"    // a fraction
)

// Dimension is what rows of a report can be grouped by.
type Dimension struct {
	Name string
	Type Type
	// Time tells that the dimension follows from an instant: date, month, …
	Time bool
}

// Metric is a number of a report's rows.
type Metric struct {
	Name string
	Type Type
	// Numerator and Denominator are the metrics that a rate is made of; empty
	// for what is not made of others.
	Numerator, Denominator string
}

// Made tells whether the metric is made of two others.
func (m Metric) Made() bool { return m.Numerator != "" }

// The dimensions that are used by name in this module.
const (
	Platform  = "platform"
	Day       = "date"
	Hour      = "hour"
	HourOfDay = "hour_of_day"
	Week      = "week"
	Weekday   = "weekday"
	Month     = "month"
	Year      = "year"
)

var dimensions = []Dimension{
	{Name: Platform, Type: Text},
	{Name: Day, Type: Date, Time: true},
	{Name: Hour, Type: Instant, Time: true},
	{Name: HourOfDay, Type: Integer, Time: true},
	{Name: Week, Type: Text, Time: true},
	{Name: Weekday, Type: Integer, Time: true},
	{Name: Month, Type: Text, Time: true},
	{Name: Year, Type: Integer, Time: true},
	{Name: "network", Type: Entity},
	{Name: "merchant", Type: Entity},
	{Name: "campaign", Type: Entity},
	{Name: "offer", Type: Entity},
	{Name: "stream", Type: Entity},
	{Name: "landing_page", Type: Entity},
	{Name: "traffic_source", Type: Entity},
	{Name: "publisher", Type: Entity},
	{Name: "country", Type: Text},
	{Name: "region", Type: Text},
	{Name: "city", Type: Text},
	{Name: "device_type", Type: Text},
	{Name: "os", Type: Text},
	{Name: "browser", Type: Text},
	{Name: "language", Type: Text},
	{Name: "keyword", Type: Text},
	{Name: "referrer", Type: Text},
	{Name: "sub_id_1", Type: Text},
	{Name: "sub_id_2", Type: Text},
	{Name: "sub_id_3", Type: Text},
	{Name: "sub_id_4", Type: Text},
	{Name: "sub_id_5", Type: Text},
	{Name: "sub_id_6", Type: Text},
	{Name: "sub_id_7", Type: Text},
	{Name: "sub_id_8", Type: Text},
	{Name: "sub_id_9", Type: Text},
	{Name: "sub_id_10", Type: Text},
}

// What a click earned or cost is an amount of a currency, so epc and cpc are money.
var metrics = []Metric{
	{Name: "impressions", Type: Integer},
	{Name: "clicks", Type: Integer},
	{Name: "unique_clicks", Type: Integer},
	{Name: "bots", Type: Integer},
	{Name: "conversions", Type: Integer},
	{Name: "leads", Type: Integer},
	{Name: "sales", Type: Integer},
	{Name: "rebills", Type: Integer},
	{Name: "rejected", Type: Integer},
	{Name: "approved", Type: Integer},
	{Name: "order_value", Type: Money},
	{Name: "order_value_pending", Type: Money},
	{Name: "order_value_approved", Type: Money},
	{Name: "order_value_paid", Type: Money},
	{Name: "order_value_rejected", Type: Money},
	{Name: "revenue", Type: Money},
	{Name: "cost", Type: Money},
	{Name: "profit", Type: Money},
	{Name: "fee", Type: Money},
	{Name: "commission", Type: Money},
	{Name: "commission_pending", Type: Money},
	{Name: "commission_approved", Type: Money},
	{Name: "commission_paid", Type: Money},
	{Name: "commission_rejected", Type: Money},
	{Name: "cr", Type: Rate, Numerator: "conversions", Denominator: "clicks"},
	{Name: "epc", Type: Money, Numerator: "revenue", Denominator: "clicks"},
	{Name: "cpc", Type: Money, Numerator: "cost", Denominator: "clicks"},
	{Name: "roi", Type: Rate, Numerator: "profit", Denominator: "cost"},
	{Name: "ctr", Type: Rate, Numerator: "clicks", Denominator: "impressions"},
	{Name: "commission_rate", Type: Rate, Numerator: "commission", Denominator: "order_value"},
}

var (
	dimensionByName = index(dimensions, func(d Dimension) string { return d.Name })
	metricByName    = index(metrics, func(m Metric) string { return m.Name })
)

func index[T any](list []T, name func(T) string) map[string]T {
	m := make(map[string]T, len(list))
	for _, v := range list {
		m[name(v)] = v
	}
	return m
}

// Dimensions lists the dimensions in the order of the contract.
func Dimensions() []Dimension { return append([]Dimension(nil), dimensions...) }

// Metrics lists the metrics in the order of the contract.
func Metrics() []Metric { return append([]Metric(nil), metrics...) }

// LookupDimension returns the dimension with a name.
func LookupDimension(name string) (Dimension, bool) {
	d, ok := dimensionByName[name]
	return d, ok
}

// LookupMetric returns the metric with a name.
func LookupMetric(name string) (Metric, bool) {
	m, ok := metricByName[name]
	return m, ok
}

// IsTime tells whether a dimension follows from an instant.
func IsTime(name string) bool { return dimensionByName[name].Time }

// Native splits <platform>.<native name>. ok is false for names of the vocabulary
// and for names without a platform.
func Native(name string) (platform, column string, ok bool) {
	platform, column, ok = strings.Cut(name, ".")
	return platform, column, ok && platform != "" && column != ""
}
