package report

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// group is one row in the making: the numbers of one currency for one combination of
// the asked dimensions.
type group struct {
	dims     []Value
	cells    []cell
	currency string
	money    bool // an amount is among the cells, so that currency is known
}

// groups gathers rows by their dimensions and currency, in the order in which they
// were first seen.
type groups struct {
	adds  []bool // by metric: whether its numbers may be summed
	byKey map[string]*group
	list  []*group
	key   []byte // scratch
}

func newGroups(adds []bool) *groups { return &groups{adds: adds, byKey: map[string]*group{}} }

// groupKey is the identity of a group. What has no money is of no currency.
func groupKey(dims []Value, currency string, money bool) string {
	return string(appendGroupKey(make([]byte, 0, 64), dims, currency, money))
}

func appendGroupKey(key []byte, dims []Value, currency string, money bool) []byte {
	for _, v := range dims {
		if v.Null {
			key = append(key, '-', ';')
			continue
		}
		key = strconv.AppendInt(key, int64(len(v.Text)), 10)
		key = append(append(key, ':'), v.Text...)
	}
	if money {
		key = append(append(key, '$'), currency...)
	}
	return key
}

// add adds numbers to a group. to is the place of each cell among the group's. The
// dimensions are copied.
func (g *groups) add(dims []Value, cells []cell, to []int, currency string, money bool) {
	g.key = appendGroupKey(g.key[:0], dims, currency, money)
	into, ok := g.byKey[string(g.key)]
	if !ok {
		into = &group{dims: slices.Clone(dims), cells: make([]cell, len(g.adds)), currency: currency, money: money}
		g.byKey[string(g.key)] = into
		g.list = append(g.list, into)
	}
	for i := range dims {
		if into.dims[i].Name == "" {
			into.dims[i].Name = dims[i].Name
		}
	}
	for i := range cells {
		into.cells[to[i]].add(&cells[i], g.adds[to[i]])
	}
}

// absorb lets numbers without any amount join the amounts beside them: clicks have no
// currency, so where there is but one they are told with it. Where there are several
// they stay apart, since they belong to none of them.
func (g *groups) absorb() {
	amounts := map[string][]*group{}
	for _, each := range g.list {
		if each.money {
			key := groupKey(each.dims, "", false)
			amounts[key] = append(amounts[key], each)
		}
	}
	all := identity(len(g.adds))
	g.list = slices.DeleteFunc(g.list, func(each *group) bool {
		if each.money {
			return false
		}
		key := groupKey(each.dims, "", false)
		beside := amounts[key]
		if len(beside) != 1 {
			return false
		}
		delete(g.byKey, key)
		g.add(beside[0].dims, each.cells, all, beside[0].currency, true)
		return true
	})
}

// split tells whether, of the same dimensions, there is a group that has one metric
// without the other, which is in a group of another currency.
func (g *groups) split(one, other int) bool {
	type parts struct{ alone, elsewhere bool }
	of := map[string]parts{}
	for _, each := range g.list {
		key := groupKey(each.dims, "", false)
		seen := of[key]
		has := each.cells[other].set
		seen.alone = seen.alone || each.cells[one].set && !has
		seen.elsewhere = seen.elsewhere || has
		if of[key] = seen; seen.alone && seen.elsewhere {
			return true
		}
	}
	return false
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// getter makes the value of a dimension of a fetched row.
type getter func(r *row) Value

// getterOf returns how a dimension is read of the fetch's rows; nil where it cannot.
func (f *fetch) getterOf(name string, zone *time.Location) getter {
	columns := f.columns()
	if i := slices.Index(columns, name); i >= 0 {
		return func(r *row) Value { return r.dims[i] }
	}
	i := slices.Index(columns, f.base)
	if i < 0 || !field.IsTime(name) || !derivable(name, f.base) {
		return nil
	}
	var last Value // rows of one day come one after the other
	made := derive(name, f.base, last, zone)
	return func(r *row) Value {
		if v := r.dims[i]; v != last {
			last, made = v, derive(name, f.base, v, zone)
		}
		return made
	}
}

// typeOf returns the type of a dimension as the fetch's report has it.
func (f *fetch) typeOf(name string) field.Type {
	if d, ok := field.LookupDimension(name); ok {
		return d.Type
	}
	if d := f.report.Dimensions[name]; d != nil {
		return d.Type
	}
	return field.Text
}

// combine adds the rows of a fetch to the platform's groups: it leaves out what filters
// exclude and what is outside the asked days, and sums away what was not asked for.
// groupBy are the asked dimensions; to is the place of each of the fetch's metrics.
func (f *fetch) combine(into *groups, rows []row, groupBy []string, platform string, zone *time.Location, to []int) {
	getters := make([]getter, len(groupBy))
	for i, name := range groupBy {
		switch {
		case name == field.Platform:
			getters[i] = func(*row) Value { return Value{Text: platform} }
		case slices.Contains(f.answers, name):
			getters[i] = f.getterOf(name, zone)
		default:
			getters[i] = func(*row) Value { return null }
		}
	}
	filters := make([]getter, len(f.local))
	for i, filter := range f.local {
		filters[i] = f.getterOf(filter.Field, zone)
	}
	moment := f.momentGetter()
	dims := make([]Value, len(getters))
	for i := range rows {
		r := &rows[i]
		if moment != nil && !f.includes(moment(r)) || !f.passes(r, filters) {
			continue
		}
		for j, get := range getters {
			dims[j] = get(r)
		}
		into.add(dims, r.cells, to, r.currency, r.money)
	}
}

// momentGetter reads the hour of rows that are put into the days of another zone, and
// of which some are outside the range.
func (f *fetch) momentGetter() getter {
	if !f.hourly {
		return nil
	}
	return f.getterOf(field.Hour, time.UTC)
}

func (f *fetch) includes(v Value) bool {
	t, err := time.Parse(time.RFC3339Nano, v.Text)
	return err == nil && !t.Before(f.from) && t.Before(f.until)
}

func (f *fetch) passes(r *row, getters []getter) bool {
	for i, filter := range f.local {
		if !holds(filter, getters[i](r), f.typeOf(filter.Field)) {
			return false
		}
	}
	return true
}
