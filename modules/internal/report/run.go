package report

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Options are what the surroundings of a report decide.
type Options struct {
	// Now is the clock. Default: [clock.Now].
	Now func() time.Time
	// Keeper keeps rows between reports. Nil: every report is asked natively.
	Keeper Keeper
	// Crowded remembers what has too many rows to be kept; it is the same for all reports of
	// a keeper. Nil: it is tried each time.
	Crowded *Crowded
}

// Run makes a report. The platforms are asked at the same time; what one of them
// lacks or fails at shows in its status, and none waits for another. The problem is
// set when the query itself is at fault, when no platform answered and, with
// RequireAll, when any did not.
func Run(ctx context.Context, platforms []Platform, q *Query, o Options) (*Result, *problem.Problem) {
	if o.Now == nil {
		o.Now = clock.Now
	}
	if faults := Check(platforms, q); len(faults) > 0 {
		p := problem.New(problem.InvalidRequest, "The report cannot be made as asked; errors names each fault.")
		p.Errors = faults
		return nil, p
	}
	r := newRun(platforms, q, o)
	outcomes := make([]*outcome, len(platforms))
	var wg sync.WaitGroup
	for i, p := range platforms {
		wg.Go(func() { outcomes[i] = r.platform(ctx, p) })
	}
	wg.Wait()
	if p := refusal(q, outcomes); p != nil {
		return nil, p
	}
	return r.result(outcomes), nil
}

// refusal returns the problem that is the answer instead of a report.
func refusal(q *Query, outcomes []*outcome) *problem.Problem {
	var first *problem.Problem
	failed := 0
	for _, o := range outcomes {
		if o.status.Status == answer.Failed {
			failed++
		}
		if first == nil {
			first = o.status.Problem
		}
	}
	if failed == len(outcomes) || q.RequireAll {
		return first
	}
	return nil
}

// run is one report while it is made: what is the same for all its platforms.
type run struct {
	query   *Query
	options Options
	days    Range
	dated   bool
	wanted  []string // metrics that are asked for, sorted by or filtered by
	columns []string // metrics that are fetched of some platform
	adds    []bool   // by column
	recipes map[string]recipe
	blank   Result // its columns
}

func newRun(platforms []Platform, q *Query, o Options) *run {
	r := &run{query: q, options: o, days: q.Range, dated: true, recipes: map[string]recipe{}}
	if q.Interval != "" {
		r.days, r.dated = intervalRange(q.Interval, DateOf(o.Now().In(q.Zone)))
	}
	if r.dated && q.Interval != intervalAllTime {
		r.blank.Range = &r.days
	}
	want := func(name string) {
		if !slices.Contains(r.wanted, name) {
			r.wanted = append(r.wanted, name)
		}
	}
	for _, m := range q.Metrics {
		want(m)
	}
	for _, s := range q.Sort {
		if !slices.Contains(q.GroupBy, s.Name) {
			want(s.Name)
		}
	}
	for _, f := range q.Filters {
		if filtersMetric(platforms, f.Field) {
			want(f.Field)
		}
	}
	for _, name := range r.wanted {
		recipe := recipe{-1, -1, -1}
		for _, p := range platforms {
			switch parts := parts(p.Platform, name); len(parts) {
			case 1:
				recipe.at = r.column(p, name)
			case 2:
				recipe.numerator, recipe.denominator = r.column(p, parts[0]), r.column(p, parts[1])
			}
		}
		r.recipes[name] = recipe
	}
	r.describe(platforms)
	return r
}

// column returns the place of a metric among the fetched ones.
func (r *run) column(p Platform, name string) int {
	adds := false
	for _, plan := range p.Reports {
		if m := plan.Metrics[name]; m != nil {
			adds = m.Adds
			break
		}
	}
	if i := slices.Index(r.columns, name); i >= 0 {
		r.adds[i] = r.adds[i] && adds
		return i
	}
	r.columns, r.adds = append(r.columns, name), append(r.adds, adds)
	return len(r.columns) - 1
}

// filtersMetric tells whether a filter is on a metric: its name is one, or is one of a
// platform that has no dimension by that name.
func filtersMetric(platforms []Platform, name string) bool {
	if _, ok := field.LookupMetric(name); ok {
		return true
	}
	if _, _, native := field.Native(name); !native {
		return false
	}
	for _, p := range platforms {
		for _, plan := range p.Reports {
			if plan.Dimensions[name] != nil {
				return false
			}
		}
	}
	return true
}

// describe settles the columns of the result.
func (r *run) describe(platforms []Platform) {
	for _, name := range r.query.GroupBy {
		c := Column{Name: name, Type: field.Text}
		if d, ok := field.LookupDimension(name); ok {
			c.Type = d.Type
		}
		for _, p := range platforms {
			for _, plan := range p.Reports {
				if d := plan.Dimensions[name]; d != nil {
					c.Type = d.Type
				}
			}
		}
		r.blank.Dimensions = append(r.blank.Dimensions, c)
	}
	for _, name := range r.query.Metrics {
		c := Column{Name: name, Type: field.Decimal}
		if m, ok := field.LookupMetric(name); ok {
			c.Type = m.Type
		}
		for _, p := range platforms {
			if m := supported(p.Platform, name); m != nil {
				c.Type = ratioType(p, m)
			}
		}
		r.blank.Metrics = append(r.blank.Metrics, c)
	}
}

// result puts together what the platforms gave.
func (r *run) result(outcomes []*outcome) *Result {
	out := r.blank
	all := newGroups(r.adds)
	to := identity(len(r.columns))
	for _, o := range outcomes {
		for _, g := range o.groups.list {
			all.add(g.dims, g.cells, to, g.currency, g.money)
		}
	}
	all.absorb()
	r.noteConflicts(all, outcomes)
	for _, o := range outcomes {
		r.noteSplit(o)
	}
	finish(r.query, all, r.recipes, &out)
	out.Whole = true
	for _, o := range outcomes {
		out.Platforms = append(out.Platforms, o.status)
		out.Freshness.Join(o.fresh)
		out.Whole = out.Whole && o.status.Status == answer.OK && o.status.Problem == nil && o.status.StaleFor == nil
	}
	return &out
}

// noteConflicts says of metrics that do not add up, and of which several platforms
// would have to be summed, that they are not there.
func (r *run) noteConflicts(all *groups, outcomes []*outcome) {
	for i, name := range r.columns {
		if !slices.ContainsFunc(all.list, func(g *group) bool { return g.cells[i].conflict }) {
			continue
		}
		for _, o := range outcomes {
			if slices.Contains(o.metrics, name) {
				o.lacks(name)
			}
		}
	}
}

// noteSplit says of rates over numbers without a currency, as of conversions per click,
// that the platform has none where amounts of several currencies part what is divided
// from what it is divided by.
func (r *run) noteSplit(o *outcome) {
	for _, name := range r.wanted {
		recipe := r.recipes[name]
		if recipe.numerator < 0 || recipe.denominator < 0 {
			continue
		}
		if m, ok := field.LookupMetric(r.columns[recipe.denominator]); ok && m.Type != field.Money && o.groups.split(recipe.numerator, recipe.denominator) {
			o.lacks(name)
		}
	}
}
