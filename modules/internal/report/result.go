package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Result is a report: all its rows, in their order.
type Result struct {
	// Dimensions and Metrics are the columns of the rows.
	Dimensions, Metrics []Column
	Rows                []Row
	// Totals has one row for each currency, without dimensions.
	Totals []Row
	// Range is the days that were asked for; nil where only platforms know them: all
	// time, and pay periods.
	Range *Range
	// Platforms says what each platform gave, by name.
	Platforms []answer.Status
	// Freshness is that of the least fresh part of any platform; zero without a [Keeper].
	Freshness Freshness
	// Whole tells that every platform gave all that it has, and none had a problem, also
	// not one that kept rows stood in for.
	Whole bool
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
			keep = keep && holdsNumber(f, &c)
		}
		if keep {
			rows = append(rows, g)
		}
	}
	rows = sorted(q, rows, recipes, out.Dimensions)
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

// sortable is a group with the metrics that it is sorted by, which are made once.
type sortable struct {
	*group
	keys []cell // by Query.Sort; not set for dimensions
}

// sorted orders rows by the asked keys, then by all dimensions, then by currency.
func sorted(q *Query, rows []*group, recipes map[string]recipe, dimensions []Column) []*group {
	order := slices.Clone(q.Sort)
	for _, d := range dimensions {
		order = append(order, SortKey{Name: d.Name})
	}
	places := make([]int, len(order))
	for i, k := range order {
		places[i] = slices.IndexFunc(dimensions, func(d Column) bool { return d.Name == k.Name })
	}
	all := make([]sortable, len(rows))
	for i, g := range rows {
		all[i] = sortable{group: g, keys: make([]cell, len(q.Sort))}
		for j, k := range q.Sort {
			if places[j] < 0 {
				all[i].keys[j] = recipes[k.Name].make(g.cells)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sortable) int {
		for i, k := range order {
			if c := a.compare(&b, i, places[i], k.Descending, dimensions); c != 0 {
				return c
			}
		}
		for i := range a.dims {
			// names may be equal where ids are not
			if c := strings.Compare(a.dims[i].Text, b.dims[i].Text); c != 0 {
				return c
			}
		}
		return byCurrency(a.group, b.group)
	})
	for i := range all {
		rows[i] = all[i].group
	}
	return rows
}

// compare compares by one key: the dimension at a place or, without a place, a metric.
// What is null goes last in both directions.
func (s *sortable) compare(t *sortable, key, place int, descending bool, dimensions []Column) int {
	var c, nulls int
	if place >= 0 {
		v, w := s.dims[place], t.dims[place]
		if nulls = cmp.Compare(b2i(v.Null), b2i(w.Null)); nulls == 0 && !v.Null {
			c = v.compare(w, dimensions[place].Type)
		}
	} else {
		v, w := &s.keys[key], &t.keys[key]
		if nulls = cmp.Compare(b2i(!v.set), b2i(!w.set)); nulls == 0 && v.set {
			c = v.number.Cmp(&w.number)
		}
	}
	switch {
	case nulls != 0:
		return nulls
	case descending:
		return -c
	}
	return c
}

// byCurrency orders currencies by name; no currency goes last.
func byCurrency(a, b *group) int {
	return cmp.Or(cmp.Compare(b2i(a.currency == ""), b2i(b.currency == "")), strings.Compare(a.currency, b.currency), cmp.Compare(b2i(!a.money), b2i(!b.money)))
}
