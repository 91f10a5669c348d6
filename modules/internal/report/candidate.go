package report

import (
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// fetch is one native report asked in one way: everything that is decided before the
// first native call.
type fetch struct {
	report *mapping.ReportPlan
	// answers are the asked dimensions that it gives; lost are those it does not.
	answers, lost []string
	// grain are the dimensions that its native rows are read by: those to group
	// by, and what filters and derived dimensions need.
	grain []string
	// base is the one of grain that the dimensions of time are derived from; split
	// is it where it is got by asking once for each day, month or year.
	base  string
	split bool
	// metrics are those that are taken of it; read are those that its rows have, of which
	// there may be more.
	metrics, read []string
	// pushed are the filters that the platform applies; local are those applied to the rows,
	// of a list all of them.
	pushed  []condition.Filter
	local   []*condition.Condition
	windows []Window
	// daily tells that every row is of one day, so that the windows are days, which
	// may be fetched jointly.
	daily bool
	// zone is that of its days. exact tells that they are the days that were asked for.
	zone  *time.Location
	exact bool
	// hourly tells that it is asked by the hour of another zone, of which the asked
	// days are made.
	hourly bool
	// from and until are the moments that the asked days begin and end at, for what is
	// told apart by moments: lists, and hours. Rows of other hours do not count.
	from, until time.Time
	// sums tells that native rows may have to be summed to make one row, which only
	// metrics that add up permit.
	sums bool
	// nothing tells that no row of the platform can pass the filters.
	nothing bool
	// cost orders fetches: native calls, about.
	cost int
	// tooMany tells that it would take more native calls than are allowed.
	tooMany bool
	// others are fetches of other reports that would have done as well, by kept rows of
	// which it may be answered.
	others []*fetch
}

// planner plans the report of one platform.
type planner struct {
	platform *mapping.Platform
	query    *Query
	days     Range
	dated    bool     // days is set
	asked    []string // dimensions other than platform that are asked for
	filters  []*condition.Condition
	scope    mapping.ReportScope
	// keeps tells that rows are kept for later reports, and are asked for so that they
	// answer many.
	keeps bool
	// keepsList tells of a list whether its rows are kept themselves.
	keepsList func(operation string) bool
	// crowded tells of ways by day whether they have too many rows.
	crowded func(*fetch) bool
}

// fetches returns the ways in which a report can answer at all.
func (p *planner) fetches(r *mapping.ReportPlan) []*fetch {
	applies, err := r.Applies(p.scope)
	if err != nil || !applies {
		return nil
	}
	var out []*fetch
	for _, start := range p.inDays(r) {
		// what a platform can only filter to the letter is filtered here, where that
		// takes nothing away from the answer
		for _, push := range []mapping.Filtering{mapping.FiltersWhole, mapping.FiltersExactly} {
			f := *start
			if p.complete(&f, push, false) {
				out = append(out, &f)
			}
			// what does not add up may take calls of its own
			if whole := *start; f.sums && p.complete(&whole, push, true) {
				out = append(out, &whole)
			}
			if daily := *start; p.canBeDaily(start) {
				daily.daily = true
				if p.complete(&daily, push, false) && !p.crowded(&daily) {
					out = append(out, &daily)
				}
			}
		}
	}
	return out
}

// inDays returns how a report can be asked for the days: in their zone; in hours that
// are put into them; or in the platform's own days.
func (p *planner) inDays(r *mapping.ReportPlan) []*fetch {
	asked, native := p.query.Zone, p.platform.Zone
	if !p.dated {
		if r.From != "" || !r.HasInterval(p.query.Interval) {
			return nil
		}
		zone := native
		if r.TakesZone {
			zone = asked
		}
		return []*fetch{{report: r, zone: zone, exact: true, windows: []Window{{Interval: p.query.Interval}}}}
	}
	from, until := p.days.From.Start(asked), (p.days.To + 1).Start(asked)
	whole := p.query.Interval == intervalAllTime
	switch {
	case r.From != "":
		if r.Instant == "" && !whole {
			return nil
		}
		return []*fetch{{report: r, zone: asked, exact: true, from: from, until: until}}
	case r.TakesZone, agree(asked, native, from, until), whole && !p.looksAtTime():
		return []*fetch{{report: r, zone: asked, exact: true}}
	}
	out := []*fetch{{report: r, zone: native}}
	if alignedHours(asked, native, from, until) && r.Groupable([]string{field.Hour}) {
		out = append(out, &fetch{report: r, zone: asked, exact: true, hourly: true, from: from, until: until})
	}
	return out
}

// looksAtTime tells whether rows are told apart by their time, so that it matters
// when days begin.
func (p *planner) looksAtTime() bool {
	return slices.ContainsFunc(p.asked, field.IsTime) ||
		slices.ContainsFunc(p.filters, func(f *condition.Condition) bool { return field.IsTime(f.Field) })
}

// complete settles grouping, filters, windows and metrics. It reports whether the
// report can answer so. push is the least that a platform has to do with a filter to
// be given it; whole tells that native rows must not have to be summed.
func (p *planner) complete(f *fetch, push mapping.Filtering, whole bool) bool {
	if !p.placeFilters(f, push) {
		return false
	}
	if f.report.From != "" {
		f.pushed = f.narrowing()
	}
	for _, name := range p.asked {
		if p.gives(f, name) {
			f.answers = append(f.answers, name)
		} else {
			f.lost = append(f.lost, name)
		}
	}
	for !p.placeGrain(f, whole) {
		if len(f.answers) == 0 {
			return false
		}
		last := len(f.answers) - 1 // what was asked for first is kept longest
		f.lost = append(f.lost, f.answers[last])
		f.answers = f.answers[:last]
	}
	for _, name := range f.report.Fixed {
		_, _, only := field.Native(name)
		f.sums = f.sums || !only && !slices.Contains(f.answers, name)
	}
	if f.windows == nil {
		p.placeWindows(f)
	}
	if whole && f.sums {
		return false
	}
	for name, m := range f.report.Metrics {
		if m.Rate == nil && (m.Adds || !f.sums || f.report.From != "") {
			f.metrics = append(f.metrics, name)
		}
	}
	slices.Sort(f.metrics)
	return true
}

// placeFilters settles which filters the platform applies and which are applied here.
func (p *planner) placeFilters(f *fetch, push mapping.Filtering) bool {
	for _, filter := range p.filters {
		can := f.report.CanFilter(filter.Filter)
		switch {
		case can == mapping.FiltersAll:
			f.nothing = true
		case can >= push:
			f.pushed = append(f.pushed, filter.Filter)
		case local(filter) && p.gives(f, filter.Field):
			f.local = append(f.local, filter)
		default:
			return false
		}
	}
	return true
}

// gives tells whether the report can give a dimension in some way.
func (p *planner) gives(f *fetch, name string) bool {
	r := f.report
	switch {
	case !field.IsTime(name):
		return r.Groupable([]string{name})
	case !f.hourly && r.Groupable([]string{name}):
		return true
	}
	return slices.ContainsFunc(p.bases(f), func(b base) bool { return derivable(name, b.name) })
}

// base is a dimension from which others can be derived.
type base struct {
	name  string
	split string // day, month or year: got by asking once for each
}

// bases lists what dimensions of time can be derived from, the best first.
func (p *planner) bases(f *fetch) []base {
	r := f.report
	if r.From != "" {
		if r.Instant == "" {
			return nil
		}
		return []base{{name: instant}}
	}
	if f.hourly {
		return []base{{name: field.Hour}}
	}
	var out []base
	for _, name := range []string{field.Day, field.Hour} {
		if r.Groupable([]string{name}) {
			out = append(out, base{name: name})
		}
	}
	if f.windows != nil {
		return out // a word for an interval cannot be split
	}
	for _, name := range []string{field.Year, field.Month, field.Day} {
		if unit := r.Split[name]; unit != "" {
			out = append(out, base{name: name, split: unit})
		}
	}
	return out
}

// placeGrain settles the grouping that gives the answered dimensions and those of the
// filters.
func (p *planner) placeGrain(f *fetch, whole bool) bool {
	plain, times := f.needs()
	f.sums = slices.ContainsFunc(f.local, func(c *condition.Condition) bool { return !slices.Contains(f.answers, c.Field) })
	f.base, f.split = "", false
	if f.daily {
		return p.placeDailyGrain(f, plain, times)
	}
	direct := append(slices.Clone(plain), times...)
	switch {
	case f.report.From != "" && len(times) == 0:
		f.grain = plain
		return f.report.Groupable(plain)
	case !f.hourly && f.report.From == "" && f.report.Groupable(direct):
		f.grain = direct
		return true
	}
	for _, b := range p.bases(f) {
		if !allDerivable(times, b.name) || whole && !slices.Contains(f.answers, b.name) {
			continue
		}
		grouped := plain
		if b.split == "" && b.name != instant {
			grouped = append(slices.Clone(plain), b.name)
		}
		if !f.report.Groupable(grouped) {
			continue
		}
		grain := grouped
		if b.name == instant {
			grain = append(slices.Clone(plain), instant)
		}
		f.grain, f.base, f.split = grain, b.name, b.split != ""
		f.sums = f.sums || !slices.Contains(f.answers, b.name)
		return true
	}
	return false
}

// needs returns the dimensions that are answered or filtered by, and those of time among
// them apart.
func (f *fetch) needs() (plain, times []string) {
	add := func(name string) {
		switch {
		case slices.Contains(plain, name) || slices.Contains(times, name):
		case field.IsTime(name):
			times = append(times, name)
		default:
			plain = append(plain, name)
		}
	}
	for _, name := range f.answers {
		add(name)
	}
	for _, filter := range f.local {
		add(filter.Field)
	}
	return plain, times
}

// placeWindows settles the native calls.
func (p *planner) placeWindows(f *fetch) {
	r, days := f.report, p.days
	if r.From != "" {
		const dear = 1000 // a list may have any number of pages
		f.windows, f.cost = []Window{{Range: days}}, dear
		switch {
		case p.query.Interval == intervalAllTime:
			f.windows = []Window{{Interval: intervalAllTime}}
		case f.daily:
			f.windows = dayWindows(days)
		}
		return
	}
	if p.query.Interval == intervalAllTime && !f.split && r.HasInterval(intervalAllTime) && !f.hourly {
		f.windows, f.cost = []Window{{Interval: intervalAllTime}}, 1
		return
	}
	if f.hourly {
		days = nativeRange(days, p.query.Zone, p.platform.Zone)
	}
	if f.daily {
		f.windows = dayWindows(days)
		f.cost = callsFor(days, r.MaxDays)
		f.tooMany = f.cost > maxWindows
		return
	}
	limit := maxWindows
	if f.split && r.SplitLimit > 0 {
		limit = r.SplitLimit
	}
	if f.split {
		var cut bool
		f.windows, cut = splitWindows(days, r.Split[f.base], r.MaxDays, limit)
		f.sums = f.sums || cut
	} else {
		f.windows = windows(days, r.MaxDays, limit)
		apart := slices.Contains(f.answers, field.Day) || slices.Contains(f.answers, field.Hour)
		f.sums = f.sums || len(f.windows) > 1 && !apart
	}
	f.cost, f.tooMany = len(f.windows), len(f.windows) > limit
}
