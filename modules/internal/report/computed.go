package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// tally computes a report from the rows of a list.
type tally struct {
	fetch   *fetch
	prefix  string
	members []string // the members that are read, dotted
	dims    []tallyDimension
	metrics []tallyMetric
	groups  map[string]*row
	order   []*row
	found   currencies
}

type tallyDimension struct {
	kind         field.Type
	value, label int    // places in members; label -1: none
	time         string // made of the value, a moment: hours or days; empty for others
}

type tallyMetric struct {
	*mapping.ReportMetric
	sum   int // place in members; -1: rows are counted
	where []tallyCondition
}

type tallyCondition struct {
	member int
	values []string
}

// computeWindow reads the list for the range and adds its rows up by the grain. What
// follows from a moment is made of it at once, so that there are no more groups than
// were asked for.
func (f *fetch) computeWindow(ctx context.Context, p Platform, w Window) ([]row, Freshness, *problem.Problem) {
	t := newTally(f)
	args := f.listArguments(w)
	fresh, failed := p.Source.List(ctx, f.report.From, args, t.members, func(values [][]byte) bool {
		t.add(values)
		return true
	})
	if failed != nil {
		return nil, fresh, failed
	}
	rows := make([]row, len(t.order))
	for i, r := range t.order {
		rows[i] = *r
	}
	return rows, fresh, nil
}

// listArguments narrows the list to the range and by the filters that it has too. All
// filters are applied to its rows again.
func (f *fetch) listArguments(w Window) map[string][]string {
	args := map[string][]string{}
	if stem, ok := strings.CutSuffix(f.report.Instant, "_at"); ok && w.Interval == "" {
		args[stem+"_from"] = []string{w.From.Start(f.zone).UTC().Format(time.RFC3339)}
		args[stem+"_to"] = []string{(w.To + 1).Start(f.zone).UTC().Format(time.RFC3339)}
	}
	for _, filter := range f.pushed {
		if parameter := f.parameter(filter); args[parameter] == nil {
			args[parameter] = filter.Values
		}
	}
	return args
}

// narrowing returns the filters that a list has parameters for, the first for each.
func (f *fetch) narrowing() []condition.Filter {
	var out []condition.Filter
	seen := map[string]bool{}
	for _, filter := range f.local {
		if parameter := f.parameter(filter.Filter); parameter != "" && !seen[parameter] {
			seen[parameter] = true
			out = append(out, filter.Filter)
		}
	}
	return out
}

// parameter returns the list's parameter that does what a filter does; empty for none.
func (f *fetch) parameter(filter condition.Filter) string {
	d := f.report.Dimensions[filter.Field]
	if d == nil || filter.Op != "eq" && filter.Op != "in" || d.Type != field.Entity && !filter.CaseSensitive {
		return ""
	}
	return f.report.Parameter(memberOf(d.From))
}

func memberOf(paths [][]string) string {
	if len(paths) == 0 {
		return ""
	}
	return strings.Join(paths[0], ".")
}

func newTally(f *fetch) *tally {
	t := &tally{fetch: f, prefix: f.report.Prefix(), groups: map[string]*row{}}
	for _, name := range f.grain {
		if name == instant || name == field.Day {
			d := tallyDimension{kind: field.Instant, value: t.member(f.report.Instant), label: -1, time: name}
			if name == instant {
				d.time = field.Hour // the finest that can be asked for
			}
			t.dims = append(t.dims, d)
			continue
		}
		d := f.report.Dimensions[name]
		dim := tallyDimension{kind: d.Type, value: t.member(memberOf(d.From)), label: -1}
		if d.Label != nil {
			dim.label = t.member(memberOf(d.Label))
		}
		t.dims = append(t.dims, dim)
	}
	for _, name := range f.read {
		m := tallyMetric{ReportMetric: f.report.Metrics[name], sum: -1}
		if m.Sum != "" {
			m.sum = t.member(m.Sum)
		}
		for _, w := range m.Where {
			m.where = append(m.where, tallyCondition{member: t.member(w.Member), values: w.Values})
		}
		t.metrics = append(t.metrics, m)
	}
	return t
}

// member returns the place of a member among those that are read.
func (t *tally) member(name string) int {
	if i := slices.Index(t.members, name); i >= 0 {
		return i
	}
	t.members = append(t.members, name)
	return len(t.members) - 1
}

// add adds one row of the list.
func (t *tally) add(values [][]byte) {
	dims := make([]Value, len(t.dims))
	for i, d := range t.dims {
		dims[i] = t.value(d, values)
	}
	t.found.reset(dims, len(t.metrics))
	for i := range t.metrics {
		m := &t.metrics[i]
		counts := m.holds(values)
		if m.sum < 0 {
			one := cell{set: true}
			if counts {
				one.number.SetInt64(1)
			}
			t.found.number(i, one)
			continue
		}
		token := gjson.ParseBytes(values[m.sum])
		amount, currency := token, gjson.Result{}
		if token.IsObject() {
			amount, currency = token.Get("value"), token.Get("currency")
		}
		number, err := parseNumber(amount.String())
		if err != nil {
			continue // null
		}
		c := cell{number: number, set: true}
		if !counts {
			c.number.SetInt64(0) // none of this kind, in the currency that it would be of
		}
		if m.Negate && !c.number.IsZero() {
			c.number.Neg(&c.number)
		}
		if m.Type == field.Money {
			t.found.money(i, c, currency.String())
		} else {
			t.found.number(i, c)
		}
	}
	for i := range t.found.rows {
		t.merge(&t.found.rows[i])
	}
}

// merge adds a row to its group.
func (t *tally) merge(r *row) {
	key := groupKey(r.dims, r.currency, r.money)
	g, ok := t.groups[key]
	if !ok {
		g = &row{dims: r.dims, cells: make([]cell, len(r.cells)), currency: r.currency, money: r.money}
		t.groups[key] = g
		t.order = append(t.order, g)
	}
	for i := range r.cells {
		g.cells[i].add(&r.cells[i], true)
	}
}

func (t *tally) value(d tallyDimension, values [][]byte) Value {
	token := gjson.ParseBytes(values[d.value])
	if token.Type == gjson.Null {
		return null
	}
	v := Value{Text: token.String()}
	switch {
	case d.time != "":
		return derive(d.time, instant, v, t.fetch.zone)
	case d.kind == field.Entity && !strings.HasPrefix(v.Text, t.prefix):
		v.Text = t.prefix + v.Text
	}
	if d.label >= 0 {
		v.Name = gjson.ParseBytes(values[d.label]).String()
	}
	return v
}

func (m *tallyMetric) holds(values [][]byte) bool {
	for _, w := range m.where {
		token := gjson.ParseBytes(values[w.member])
		if token.Type == gjson.Null || !slices.Contains(w.values, token.String()) {
			return false
		}
	}
	return true
}
