package report

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// asked is a query as either form gives it: texts, not yet understood.
type asked struct {
	platforms, groupBy, metrics, sort []string
	from, to, interval, zone          string
	limit, cursor, require, format    string
	filters                           []askedFilter
	faults                            []problem.FieldError
}

type askedFilter struct {
	at string // how faults call it
	Filter
	list bool // the value was a list
	none bool // there was no value
}

// parameters are those of the GET form besides the dimensions.
var parameters = []string{"platform", "from", "to", "interval", "timezone", "group_by", "metrics", "sort", "limit", "cursor", "require", "format"}

// ParseQuery reads the parameters of the GET form. Every fault is reported; the query
// is nil when there is one.
func ParseQuery(values url.Values) (*Query, []problem.FieldError) {
	a := &asked{}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		a.parameter(name, values[name])
	}
	return a.query()
}

func (a *asked) parameter(name string, values []string) {
	one := func(into *string) {
		if len(values) > 1 {
			a.fault(name, "is there %d times; it takes one value", len(values))
		}
		if values[0] == "" {
			a.fault(name, "is empty")
		}
		*into = values[0]
	}
	many := func(into *[]string) {
		for _, v := range values {
			*into = append(*into, strings.Split(v, ",")...)
		}
	}
	switch name {
	case "platform":
		many(&a.platforms)
	case "group_by":
		many(&a.groupBy)
	case "metrics":
		many(&a.metrics)
	case "sort":
		many(&a.sort)
	case "from":
		one(&a.from)
	case "to":
		one(&a.to)
	case "interval":
		one(&a.interval)
	case "timezone":
		one(&a.zone)
	case "limit":
		one(&a.limit)
	case "cursor":
		one(&a.cursor)
	case "require":
		one(&a.require)
	case "format":
		one(&a.format)
	default:
		d, ok := field.LookupDimension(name)
		if !ok || d.Time || name == field.Platform {
			a.fault(name, "there is no such parameter%s", field.DidYouMean(name, append(slices.Clone(parameters), filterNames()...)))
			return
		}
		f := askedFilter{at: name, Filter: Filter{Field: name, Op: "in"}, list: true}
		many(&f.Values)
		a.filters = append(a.filters, f)
	}
}

// filterNames lists the dimensions that the GET form filters by.
func filterNames() []string {
	var names []string
	for _, d := range field.Dimensions() {
		if !d.Time && d.Name != field.Platform {
			names = append(names, d.Name)
		}
	}
	return names
}

func (a *asked) fault(at, format string, args ...any) {
	a.faults = append(a.faults, problem.FieldError{Parameter: at, Detail: fmt.Sprintf(format, args...)})
}

// query understands what was asked.
func (a *asked) query() (*Query, []problem.FieldError) {
	q := &Query{Platforms: a.platforms, GroupBy: a.groupBy, Metrics: a.metrics, Cursor: a.cursor, Limit: defaultLimit}
	for _, p := range a.platforms {
		if p == "" {
			a.fault("platform", "an empty name")
		}
	}
	a.readRange(q)
	a.names("group_by", a.groupBy, isDimension, dimensionNames())
	a.names("metrics", a.metrics, isMetric, metricNames())
	if len(q.Metrics) == 0 {
		q.Metrics = slices.Clone(DefaultMetrics)
	}
	for _, f := range a.filters {
		a.readFilter(q, f)
	}
	a.readSort(q)
	switch n, err := strconv.Atoi(a.limit); {
	case a.limit == "":
	case a.limit == "all":
		q.Limit = All
	case err != nil || n < 0 || n > maxLimit:
		a.fault("limit", "has to be a whole number from 0 to %d, or all", maxLimit)
	default:
		q.Limit = n
	}
	q.RequireAll = a.word("require", a.require, "any", "all") == "all"
	q.Format = a.word("format", a.format, "json", "ndjson", "csv")
	if len(a.faults) > 0 {
		return nil, a.faults
	}
	return q, nil
}

func (a *asked) word(at, given string, words ...string) string {
	if given != "" && !slices.Contains(words, given) {
		a.fault(at, "has to be one of %s%s", strings.Join(words, ", "), field.DidYouMean(given, words))
	}
	return given
}

func (a *asked) readRange(q *Query) {
	q.Zone = time.UTC
	if a.zone != "" {
		zone, err := time.LoadLocation(a.zone)
		if err != nil || a.zone == "Local" {
			a.fault("timezone", "has to be an IANA name such as Europe/Berlin")
		} else {
			q.Zone = zone
		}
	}
	if a.interval != "" {
		q.Interval = a.word("interval", a.interval, Intervals...)
		if a.from != "" || a.to != "" {
			a.fault("interval", "stands for from and to; give either")
		}
		return
	}
	day := func(at, text string) Date {
		if text == "" {
			a.fault(at, "is missing; give from and to, or interval")
			return 0
		}
		d, err := ParseDate(text)
		if err != nil {
			a.fault(at, "has to be a day such as 2026-01-31")
		}
		return d
	}
	before := len(a.faults)
	q.Range = Range{From: day("from", a.from), To: day("to", a.to)}
	if len(a.faults) == before && q.Range.To < q.Range.From {
		a.fault("to", "is before from")
	}
}

// names checks a list of dimensions or metrics.
func (a *asked) names(at string, names []string, known func(string) bool, all []string) {
	seen := map[string]bool{}
	for _, n := range names {
		switch {
		case !known(n):
			a.fault(at, "there is no %q%s", n, field.DidYouMean(n, all))
		case seen[n]:
			a.fault(at, "%q is there twice", n)
		}
		seen[n] = true
	}
}

func (a *asked) readSort(q *Query) {
	for _, s := range a.sort {
		name, descending := strings.CutPrefix(s, "-")
		switch {
		case isMetric(name):
		case slices.Contains(q.GroupBy, name):
		case isDimension(name):
			a.fault("sort", "rows are not grouped by %q", name)
			continue
		default:
			a.fault("sort", "there is no %q%s", name, field.DidYouMean(name, append(metricNames(), q.GroupBy...)))
			continue
		}
		q.Sort = append(q.Sort, SortKey{Name: name, Descending: descending})
	}
}

func (a *asked) readFilter(q *Query, f askedFilter) {
	switch {
	case f.Field == "":
		a.fault(f.at+".field", "is missing")
		return
	case !isDimension(f.Field) && !isMetric(f.Field):
		a.fault(f.at+".field", "there is no %q%s", f.Field, field.DidYouMean(f.Field, append(dimensionNames(), metricNames()...)))
		return
	case f.Op == "":
		a.fault(f.at+".op", "is missing")
		return
	case !slices.Contains(mapping.FilterOperators, f.Op):
		a.fault(f.at+".op", "there is no operator %q%s", f.Op, field.DidYouMean(f.Op, mapping.FilterOperators))
		return
	}
	if !a.fits(f) {
		return
	}
	if d, ok := field.LookupDimension(f.Field); ok && d.Type == field.Entity {
		switch f.Op {
		case "eq", "ne", "in", "not_in":
			for _, v := range f.Values {
				if _, id, ok := strings.Cut(v, ":"); !ok || id == "" {
					a.fault(f.at, "%q is not a unified id, which begins with the name of a platform and a colon", v)
				}
			}
		}
	}
	if f.Op == "matches" || f.Op == "not_matches" {
		source := f.Values[0]
		if !f.CaseSensitive {
			source = "(?i)" + source
		}
		pattern, err := regexp.Compile(source)
		if err != nil {
			a.fault(f.at+".value", "is not a regular expression of RE2: %v", err)
			return
		}
		f.pattern = pattern
	}
	q.Filters = append(q.Filters, f.Filter)
}

// fits checks that the operator is given the values that it takes.
func (a *asked) fits(f askedFilter) bool {
	before := len(a.faults)
	at := f.at + ".value"
	switch f.Op {
	case "set", "not_set", "true", "false":
		if !f.none {
			a.fault(at, "%s takes no value", f.Op)
		}
	case "in", "not_in":
		if !f.list || len(f.Values) == 0 {
			a.fault(at, "%s takes a list of values", f.Op)
		}
	case "between":
		if !f.list || len(f.Values) != 2 {
			a.fault(at, "between takes a list of two values")
		}
	default:
		if f.list || f.none {
			a.fault(at, "%s takes one value", f.Op)
		}
	}
	if _, ok := field.LookupMetric(f.Field); ok {
		for _, v := range f.Values {
			if _, err := parseNumber(v); err != nil {
				a.fault(at, "%q is not a number", v)
			}
		}
		switch f.Op {
		case "eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "set", "not_set":
		default:
			a.fault(f.at+".op", "%s is for texts, and %s is a number", f.Op, f.Field)
		}
	}
	return len(a.faults) == before
}

func isDimension(name string) bool {
	if _, _, ok := field.Native(name); ok {
		return true
	}
	_, ok := field.LookupDimension(name)
	return ok
}

func isMetric(name string) bool {
	if _, _, ok := field.Native(name); ok {
		return true
	}
	_, ok := field.LookupMetric(name)
	return ok
}

func dimensionNames() []string {
	var names []string
	for _, d := range field.Dimensions() {
		names = append(names, d.Name)
	}
	return names
}

func metricNames() []string {
	var names []string
	for _, m := range field.Metrics() {
		names = append(names, m.Name)
	}
	return names
}
