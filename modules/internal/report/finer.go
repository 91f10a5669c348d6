package report

import (
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// finer looks for kept rows by day from which a fetch can be made without a native
// call, where its own are not kept. It returns the fetch that takes its rows of them,
// and the question for them.
func (r *run) finer(k Keeper, p Platform, f *fetch, own *Question) (*fetch, *Question) {
	if own.Mode.Revalidate {
		return nil, nil
	}
	asked := false
	for _, like := range append([]*fetch{f}, f.others...) {
		for _, s := range k.Known(p.Scope, like.report.Name) {
			g := r.madeOf(p, like, s)
			if g == nil {
				continue
			}
			if !asked && k.Holds(own) {
				return nil, nil
			}
			asked = true
			if q := r.question(p, g); k.Holds(q) {
				return g, q
			}
		}
	}
	return nil, nil
}

// madeOf returns the fetch that takes the rows of a kept series to answer what another
// fetch does; nil where it cannot be made of them: rows have to be by day of the same
// zone, have all that is asked for, leave out nothing that counts, and add up.
func (r *run) madeOf(p Platform, f *fetch, s Series) *fetch {
	if !r.dated || f.report.From != "" && !slices.Equal(f.metrics, s.Metrics) || len(f.windows) == 0 || f.windows[0].Interval != "" {
		return nil
	}
	if len(f.answers) == 0 && !f.daily {
		return nil // it may have a row also where days have none
	}
	if s.Zone != f.windowZone(p.Zone).String() || s.Hourly != f.hourly || len(intersect(f.metrics, s.Metrics)) < len(f.metrics) {
		return nil
	}
	g := *f
	g.grain, g.read, g.pushed, g.local, g.daily = s.Grain, s.Metrics, s.Filters, nil, true
	if g.base, g.split = baseOf(s), s.Split; g.base == "" || g.base == field.Hour && !f.exact {
		return nil
	}
	days := Range{f.windows[0].From, f.windows[len(f.windows)-1].To}
	if days.Days() > maxDayWindows || !r.filtersHere(&g, f.pushed) || sameRows(f, &g) {
		return nil
	}
	g.sums = !slices.Contains(f.answers, g.base)
	for _, name := range f.answers {
		if g.getterOf(name, r.query.Zone) == nil {
			return nil
		}
	}
	for _, name := range g.columns() {
		g.sums = g.sums || !slices.Contains(f.answers, name)
	}
	if g.sums && slices.ContainsFunc(f.metrics, func(name string) bool { return !f.report.Metrics[name].Adds }) {
		return nil
	}
	g.windows = dayWindows(days)
	for i := range g.windows {
		if g.split {
			g.windows[i].Part = g.windows[i].From.String()
		}
	}
	return &g
}

// baseOf returns what the times of a series' rows are derived from: its days or hours.
// Empty where the rows are not of one day each.
func baseOf(s Series) string {
	switch {
	case s.Split:
		if s.Base == field.Day {
			return field.Day
		}
		return ""
	case slices.Contains(s.Grain, instant):
		return instant
	case slices.Contains(s.Grain, field.Hour):
		return field.Hour
	case slices.Contains(s.Grain, field.Day):
		return field.Day
	}
	return ""
}

// filtersHere settles the filters that are left to apply to kept rows. It reports whether
// the rows are no fewer than asked for and have what these filters look at. pushed are
// those that the platform would apply: what it applies to the letter, where that has to
// do, is not what is asked for elsewhere.
func (r *run) filtersHere(g *fetch, pushed []condition.Filter) bool {
	for _, kept := range g.pushed {
		if !has(pushed, kept) {
			return false
		}
	}
	for _, filter := range r.dimensionFilters() {
		switch {
		case has(g.pushed, filter.Filter) && g.report.From == "":
		case local(filter) && g.getterOf(filter.Field, r.query.Zone) != nil:
			g.local = append(g.local, filter)
		default:
			return false // a list that was narrowed by it is filtered all the same
		}
	}
	return true
}

func has(filters []condition.Filter, one condition.Filter) bool {
	return slices.ContainsFunc(filters, func(f condition.Filter) bool { return sameFilter(f, one) })
}

func sameFilter(a, b condition.Filter) bool {
	return a.Field == b.Field && a.Op == b.Op && a.CaseSensitive == b.CaseSensitive && slices.Equal(a.Values, b.Values)
}

// sameRows tells whether two fetches ask for the same rows, of the same windows.
func sameRows(f, g *fetch) bool {
	return f.daily && f.split == g.split && slices.Equal(f.grain, g.grain) && slices.Equal(f.read, g.read) && slices.EqualFunc(f.pushed, g.pushed, sameFilter)
}
