package report

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/modules/internal/timezone"
)

// asked is a query as either form gives it: texts, not yet understood.
type asked struct {
	platforms, groupBy, metrics, sort []string
	from, to, interval, zone          string
	limit, cursor, require, format    string
	filters                           []condition.Condition
	faults                            []problem.FieldError
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
		var texts []string
		many(&texts)
		f, faults := condition.In(name, texts, filterFields{})
		a.filters, a.faults = append(a.filters, f), append(a.faults, faults...)
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

// fault notes a fault, once.
func (a *asked) fault(at, format string, args ...any) {
	if f := (problem.FieldError{Parameter: at, Detail: fmt.Sprintf(format, args...)}); !slices.Contains(a.faults, f) {
		a.faults = append(a.faults, f)
	}
}

// faulty tells whether a parameter has a fault already, so that what follows from it
// need not be said.
func (a *asked) faulty(at string) bool {
	return slices.ContainsFunc(a.faults, func(f problem.FieldError) bool { return f.Parameter == at })
}

// query understands what was asked.
func (a *asked) query() (*Query, []problem.FieldError) {
	q := &Query{Platforms: a.platforms, GroupBy: a.groupBy, Metrics: a.metrics, Filters: a.filters, Cursor: a.cursor, Limit: defaultLimit}
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
	a.readSort(q)
	switch n, err := strconv.Atoi(a.limit); {
	case a.limit == "", a.faulty("limit"):
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
	if given != "" && !a.faulty(at) && !slices.Contains(words, given) {
		a.fault(at, "has to be one of %s%s", strings.Join(words, ", "), field.DidYouMean(given, words))
	}
	return given
}

func (a *asked) readRange(q *Query) {
	q.Zone = time.UTC
	if a.zone != "" && !a.faulty("timezone") {
		zone, err := timezone.Load(a.zone)
		if err != nil {
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
	if a.faulty("interval") {
		return // it was meant, so that from and to are not missing
	}
	q.Range = Range{From: a.day("from", a.from), To: a.day("to", a.to)}
	if !a.faulty("from") && !a.faulty("to") && q.Range.To < q.Range.From {
		a.fault("to", "is before from")
	}
}

func (a *asked) day(at, text string) Date {
	if a.faulty(at) {
		return 0
	}
	if text == "" {
		a.fault(at, "is missing; give from and to, or interval")
		return 0
	}
	d, err := ParseDate(text)
	switch {
	case err != nil:
		a.fault(at, "has to be a day such as 2026-01-31")
	case d < earliestDay || d > latestDay:
		a.fault(at, "has to be a day from %s to %s", earliestDay, latestDay)
	}
	return d
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
