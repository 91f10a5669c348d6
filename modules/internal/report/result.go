package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Result is a report: all its rows, in their order.
type Result struct {
	// Dimensions and Metrics are the columns of the rows.
	Dimensions, Metrics []Column
	Rows                []Row
	// Totals has one row for each currency, without dimensions.
	Totals []Row
	// Platforms says what each platform gave, by name.
	Platforms []Status
}

// Column is a dimension or metric of a result.
type Column struct {
	Name string
	Type field.Type
}

// Row is one row of a result.
type Row struct {
	dims     []Value
	cells    []cell // by Result.Metrics
	currency string
	money    bool
}

// Status says what one platform gave.
type Status struct {
	Platform string
	// Status is ok, partial or failed.
	Status string
	// Rows is how many rows the platform has a part in, before filters on metrics.
	Rows int
	// AsOf is when the platform said so.
	AsOf time.Time
	// Timezone names the zone of the platform's days; empty where none were asked for.
	Timezone string
	// NativeRequests is how many native requests were made.
	NativeRequests int
	Elapsed        time.Duration
	// Unsupported names the filters, dimensions and metrics that the platform lacks.
	Unsupported []string
	// Problem is why the platform failed, or what is missing of a partial answer.
	Problem *problem.Problem
}

// The statuses.
const (
	StatusOK      = "ok"
	StatusPartial = "partial"
	StatusFailed  = "failed"
)

// recipe says how an asked metric is made of the fetched ones: by place, or as the
// ratio of two. A place of -1 means that it was not fetched.
type recipe struct {
	at, numerator, denominator int
}

func (r recipe) make(cells []cell) cell {
	if r.numerator >= 0 && r.denominator >= 0 && cells[r.numerator].set && cells[r.denominator].set {
		return divide(&cells[r.numerator], &cells[r.denominator])
	}
	if r.at >= 0 {
		return cells[r.at]
	}
	return cell{}
}

// finish makes rows of groups: rates, filters on metrics, totals and order.
func finish(q *Query, fetched *groups, recipes map[string]recipe, out *Result) {
	var rows []*group
	for _, g := range fetched.list {
		keep := true
		for i := range q.Filters {
			f := &q.Filters[i]
			r, isMetric := recipes[f.Field]
			if !isMetric {
				continue
			}
			c := r.make(g.cells)
			keep = keep && f.holdsNumber(&c)
		}
		if keep {
			rows = append(rows, g)
		}
	}
	sortGroups(q, rows, recipes, out.Dimensions)
	totals := newGroups(fetched.adds)
	all := identity(len(fetched.adds))
	for _, g := range rows {
		out.Rows = append(out.Rows, out.row(g, recipes))
		totals.add(nil, g.cells, all, g.currency, g.money)
	}
	totals.absorb()
	slices.SortStableFunc(totals.list, byCurrency)
	for _, g := range totals.list {
		out.Totals = append(out.Totals, out.row(g, recipes))
	}
}

func (out *Result) row(g *group, recipes map[string]recipe) Row {
	r := Row{dims: g.dims, cells: make([]cell, len(out.Metrics)), currency: g.currency, money: g.money}
	for i, m := range out.Metrics {
		r.cells[i] = recipes[m.Name].make(g.cells)
	}
	return r
}

// sortGroups orders rows by the asked keys, then by all dimensions, then by currency.
func sortGroups(q *Query, rows []*group, recipes map[string]recipe, dimensions []Column) {
	keys := slices.Clone(q.Sort)
	for _, d := range dimensions {
		keys = append(keys, SortKey{Name: d.Name})
	}
	slices.SortStableFunc(rows, func(a, b *group) int {
		for _, k := range keys {
			if c := compareBy(k, a, b, recipes, dimensions); c != 0 {
				return c
			}
		}
		for i := range a.dims {
			// names may be equal where ids are not
			if c := strings.Compare(a.dims[i].Text, b.dims[i].Text); c != 0 {
				return c
			}
		}
		return byCurrency(a, b)
	})
}

// compareBy compares by one key. What is null goes last in both directions.
func compareBy(k SortKey, a, b *group, recipes map[string]recipe, dimensions []Column) int {
	c, nulls := 0, 0
	if i := slices.IndexFunc(dimensions, func(d Column) bool { return d.Name == k.Name }); i >= 0 {
		v, w := a.dims[i], b.dims[i]
		nulls = cmp.Compare(b2i(v.Null), b2i(w.Null))
		if nulls == 0 && !v.Null {
			c = v.compare(w, dimensions[i].Type)
		}
	} else {
		v, w := recipes[k.Name].make(a.cells), recipes[k.Name].make(b.cells)
		nulls = cmp.Compare(b2i(!v.set), b2i(!w.set))
		if nulls == 0 && v.set {
			c = v.number.Cmp(&w.number)
		}
	}
	if nulls != 0 {
		return nulls
	}
	if k.Descending {
		return -c
	}
	return c
}

// byCurrency orders currencies by name; no currency goes last.
func byCurrency(a, b *group) int {
	return cmp.Or(cmp.Compare(b2i(a.currency == ""), b2i(b.currency == "")), strings.Compare(a.currency, b.currency), cmp.Compare(b2i(!a.money), b2i(!b.money)))
}
