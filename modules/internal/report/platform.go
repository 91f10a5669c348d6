package report

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// outcome is what became of one platform.
type outcome struct {
	groups  *groups
	metrics []string // that it gives
	status  answer.Status
	fresh   Freshness
	tooFine bool // a way by day failed where a coarser one may do
}

func (o *outcome) lacks(name string) {
	if !slices.Contains(o.status.Unsupported, name) {
		o.status.Unsupported = append(o.status.Unsupported, name)
	}
}

// fail notes that the platform has no part in the answer.
func (o *outcome) fail(with *problem.Problem) {
	o.status = answer.Status{Platform: o.status.Platform, Status: answer.Failed, Unsupported: o.status.Unsupported, Problem: with}
}

// platform asks one platform.
func (r *run) platform(ctx context.Context, p Platform) *outcome {
	began := r.options.Now()
	o := &outcome{groups: newGroups(r.adds), status: answer.Status{Platform: p.Name, Status: answer.OK, Cache: answer.Miss, AsOf: began}}
	switch {
	case !r.concerns(p):
	case ctx.Err() != nil:
		o.fail(givenUp(p, ctx.Err()))
	default:
		r.answer(ctx, p, o)
	}
	o.groups.absorb()
	o.status.Rows = len(o.groups.list)
	if o.fresh.State != "" && o.status.Status != answer.Failed {
		o.status.Cache, o.status.AsOf = o.fresh.State, o.fresh.AsOf
	}
	o.status.NativeRequests = p.Source.Requests()
	o.status.Elapsed = r.options.Now().Sub(began)
	if o.status.Problem != nil && o.status.Problem.Platform == "" {
		o.status.Problem.Platform = p.Name
	}
	return o
}

// concerns tells whether filters on the dimension platform let the platform pass.
func (r *run) concerns(p Platform) bool {
	for i := range r.query.Filters {
		f := &r.query.Filters[i]
		if f.Field == field.Platform && !holds(f, Value{Text: p.Name}, field.Text) {
			return false
		}
	}
	return true
}

// planner returns what plans the platform's part.
func (r *run) planner(p Platform) *planner {
	pl := &planner{platform: p.Platform, query: r.query, days: r.days, dated: r.dated}
	for _, name := range r.query.GroupBy {
		if name != field.Platform {
			pl.asked = append(pl.asked, name)
		}
	}
	pl.scope = mapping.ReportScope{Dimensions: pl.asked, Metrics: r.wanted, Days: r.days.Days()}
	for _, f := range r.dimensionFilters() {
		pl.filters = append(pl.filters, f)
		pl.scope.Filters = append(pl.scope.Filters, f.Field)
	}
	pl.keepsList = p.Source.Keeps
	_, pl.keeps = r.keeper(p)
	pl.crowded = func(f *fetch) bool { return r.options.Crowded.has(crowdKey(p, f), len(f.windows), r.options.Now()) }
	return pl
}

// dimensionFilters returns the filters on dimensions other than the platform.
func (r *run) dimensionFilters() []*condition.Condition {
	var out []*condition.Condition
	for i := range r.query.Filters {
		f := &r.query.Filters[i]
		if _, isMetric := r.recipes[f.Field]; !isMetric && f.Field != field.Platform {
			out = append(out, f)
		}
	}
	return out
}

// answer plans, fetches and combines.
func (r *run) answer(ctx context.Context, p Platform, o *outcome) {
	pl := r.planner(p)
	var need []string
	for _, name := range r.wanted {
		for _, part := range parts(p.Platform, name) {
			if !slices.Contains(need, part) {
				need = append(need, part)
			}
		}
	}
	plans := pl.plans(need)
	if len(plans) == 0 {
		r.noteUnanswerable(pl, o, need)
		return
	}
	for i := 0; i < len(plans); i++ {
		chosen := plans[i]
		failed, some := r.try(ctx, p, chosen, o)
		// a total has one row, also where there is nothing to count: its days may have none
		noTotal := failed == nil && len(chosen.fetches[0].answers) == 0 && len(o.groups.list) == 0
		switch {
		case chosen.coarse != nil && (o.tooFine || noTotal):
			plans[i] = *chosen.coarse // the same without its days
			i--
			o.reset(r)
			continue
		case failed != nil && failed.Code == problem.ScanLimitExceeded && i+1 < len(plans):
			o.reset(r) // the platform's own days, rather than none
			continue
		}
		o.metrics = chosen.metrics
		r.noteLacking(p, chosen, o)
		if f := chosen.fetches[0]; f.zone != nil {
			o.status.Timezone = f.zone.String()
		}
		switch {
		case failed != nil && some:
			o.status.Status, o.status.Problem = answer.Partial, failed
		case failed != nil:
			o.groups = newGroups(r.adds)
			o.fail(failed)
		default:
			o.groups.absorb()
			r.name(ctx, p, chosen, o)
		}
		return
	}
}

// reset forgets what a plan gave that another one stands in for.
func (o *outcome) reset(r *run) {
	o.groups, o.fresh, o.tooFine, o.status.StaleFor = newGroups(r.adds), Freshness{}, false, nil
}

// noteLacking names the asked dimensions and metrics that the plan does not give.
func (r *run) noteLacking(p Platform, chosen plan, o *outcome) {
	for _, name := range r.query.GroupBy {
		if slices.Contains(chosen.fetches[0].lost, name) {
			o.lacks(name)
		}
	}
	for _, name := range r.wanted {
		needed := parts(p.Platform, name)
		if len(needed) == 0 || len(intersect(needed, chosen.metrics)) < len(needed) {
			o.lacks(name)
		}
	}
}

// noteUnanswerable names what keeps the platform from answering at all.
func (r *run) noteUnanswerable(pl *planner, o *outcome, need []string) {
	for _, name := range r.wanted {
		if len(parts(pl.platform, name)) == 0 {
			o.lacks(name)
		}
	}
	if len(need) == 0 {
		return
	}
	if !pl.dated && !slices.ContainsFunc(pl.platform.Reports, func(plan *mapping.ReportPlan) bool { return plan.HasInterval(r.query.Interval) }) {
		o.lacks(r.query.Interval)
		return
	}
	before := len(o.status.Unsupported)
	for _, f := range pl.filters {
		alone := *pl
		alone.filters = []*condition.Condition{f}
		if !slices.ContainsFunc(pl.platform.Reports, func(plan *mapping.ReportPlan) bool { return len(alone.fetches(plan)) > 0 }) {
			o.lacks(f.Field)
		}
	}
	if len(o.status.Unsupported) > before {
		return
	}
	if len(pl.filters) == 0 { // no part of the range adds up to the whole
		for _, name := range r.wanted {
			o.lacks(name)
		}
	}
	for _, f := range pl.filters { // each would do alone, but not all of them together
		o.lacks(f.Field)
	}
}

// try fetches all windows of a plan and combines their rows. some tells that there is
// something to show although a window failed.
func (r *run) try(ctx context.Context, p Platform, chosen plan, o *outcome) (failed *problem.Problem, some bool) {
	for _, f := range chosen.fetches {
		switch {
		case f.nothing:
			return nil, false
		case f.tooMany:
			with := problem.New(problem.ScanLimitExceeded, "%s: the report takes more than %d native calls; a shorter range, or coarser dimensions of time, takes fewer.", p.Title, len(f.windows)-1)
			with.Platform = p.Name
			return with, false
		}
	}
	shares := make([]*share, len(chosen.fetches))
	var wg sync.WaitGroup
	for i, f := range chosen.fetches {
		wg.Go(func() { shares[i] = r.ask(ctx, p, f) })
	}
	wg.Wait()
	for _, part := range shares {
		o.fresh.Join(part.fresh)
		failed = cmp.Or(failed, part.failed)
		if tooFine(part.fetch, part.failed) {
			o.tooFine = true
			r.options.Crowded.note(crowdKey(p, part.fetch), len(part.fetch.windows), r.options.Now())
		}
		o.status.StaleFor = cmp.Or(o.status.StaleFor, part.staleFor)
		to := make([]int, len(part.fetch.metrics))
		for k, name := range part.fetch.metrics {
			to[k] = slices.Index(r.columns, name)
		}
		for _, rows := range part.rows {
			some = some || rows != nil
			part.fetch.combine(o.groups, part.fetch.project(rows), r.query.GroupBy, p.Name, r.query.Zone, to)
		}
	}
	return failed, some
}

// ratioType returns the type of what a metric answers: a ratio of money and a number
// is money.
func ratioType(p Platform, m *mapping.ReportMetric) field.Type {
	if m.Rate == nil {
		return m.Type
	}
	numerator, denominator := supported(p.Platform, m.Rate[0]), supported(p.Platform, m.Rate[1])
	if numerator != nil && denominator != nil && numerator.Type == field.Money && denominator.Type != field.Money {
		return field.Money
	}
	return field.Rate
}
