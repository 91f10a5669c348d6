package report

import (
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// plan is how one platform answers: the fetches, whose rows are joined.
type plan struct {
	fetches []*fetch
	// metrics are those that the fetches give, each from one of them.
	metrics []string
	// exact tells that the days are those that were asked for.
	exact bool
	// coarse is the plan without ways by day, where any of the fetches is by day: it is
	// for where these have too many rows.
	coarse *plan
}

// supported tells whether any report of a platform gives a metric, and returns it.
func supported(p *mapping.Platform, name string) *mapping.ReportMetric {
	for _, r := range p.Reports {
		if m := r.Metrics[name]; m != nil {
			return m
		}
	}
	return nil
}

// parts returns what has to be fetched of a platform for a metric: the metric itself
// or, for rates, the two metrics that it is made of. Nothing, where the platform
// lacks it.
func parts(p *mapping.Platform, name string) []string {
	own := supported(p, name)
	if own != nil && own.Rate != nil {
		return own.Rate
	}
	if known, ok := field.LookupMetric(name); ok && known.Made() &&
		supported(p, known.Numerator) != nil && supported(p, known.Denominator) != nil {
		return []string{known.Numerator, known.Denominator}
	}
	if own == nil {
		return nil
	}
	return []string{name}
}

// plans returns the ways in which the platform can answer, the best first: with the
// days that were asked for and, where the platform only knows its own, with those.
func (p *planner) plans(need []string) []plan {
	var exact, other []*fetch
	for _, r := range p.platform.Reports {
		for _, f := range p.fetches(r) {
			if f.exact {
				exact = append(exact, f)
			} else {
				other = append(other, f)
			}
		}
	}
	var out []plan
	for i, candidates := range [][]*fetch{exact, other} {
		if chosen := p.choose(candidates, need); len(chosen.fetches) > 0 {
			chosen.exact = i == 0
			out = append(out, chosen)
		}
	}
	if len(out) == 2 && p.better(out[1], out[0]) {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

// better tells whether a plan in the platform's own days answers more than one in the
// asked days does. What does not add up is no reason to leave the asked days.
func (p *planner) better(own, asked plan) bool {
	lost, lostThere := len(own.fetches[0].lost), len(asked.fetches[0].lost)
	if lost != lostThere {
		return lost < lostThere
	}
	count := func(names []string) (n int) {
		for _, name := range names {
			if supported(p.platform, name).Adds {
				n++
			}
		}
		return n
	}
	if of := count(asked.metrics); of > 0 {
		return count(own.metrics) > of
	}
	return len(own.metrics) > len(asked.metrics)
}

// choose takes fetches, and others for where those by day will not do.
func (p *planner) choose(candidates []*fetch, need []string) plan {
	out := choose(candidates, need)
	if p.keeps {
		for _, f := range out.fetches {
			f.readForMany()
			f.others = f.alike(candidates)
		}
	}
	if !slices.ContainsFunc(out.fetches, func(f *fetch) bool { return f.daily }) {
		return out
	}
	coarse := p.choose(slices.DeleteFunc(slices.Clone(candidates), func(f *fetch) bool { return f.daily }), need)
	out.coarse = &coarse
	return out
}

// alike returns the fetches of other reports that give the same. What is computed from a list
// and what the platform reports are not the same: it may count in another currency.
func (f *fetch) alike(candidates []*fetch) []*fetch {
	var out []*fetch
	for _, other := range candidates {
		seen := slices.ContainsFunc(out, func(g *fetch) bool { return g.report == other.report && g.hourly == other.hourly })
		if seen || other.report == f.report || other.report.From != f.report.From || !sameNames(other.answers, f.answers) || len(intersect(f.metrics, other.metrics)) < len(f.metrics) {
			continue
		}
		one := *other
		one.metrics = f.metrics
		out = append(out, &one)
	}
	return out
}

// readForMany lets a fetch read what answers other reports too: where the metrics are not
// chosen when asking, all that add up are in the answer anyway. What is computed stays as
// it is, since rows of a list are added up by the currencies of the asked metrics.
func (f *fetch) readForMany() {
	if f.report.From != "" {
		return
	}
	f.read = slices.Clone(f.metrics)
	if !f.report.Selects() {
		for name, m := range f.report.Metrics {
			if m.Rate == nil && m.Adds && !slices.Contains(f.read, name) {
				f.read = append(f.read, name)
			}
		}
	}
	slices.Sort(f.read)
}

// choose takes the fetch that answers most at the least cost, and others that give
// what it does not, by the same dimensions.
func choose(candidates []*fetch, need []string) plan {
	var out plan
	missing := slices.Clone(need)
	for len(missing) > 0 {
		var best *fetch
		bestGives := 0
		for _, f := range candidates {
			gives := len(intersect(f.metrics, missing))
			if gives == 0 || len(out.fetches) > 0 && !sameNames(f.answers, out.fetches[0].answers) {
				continue
			}
			if best == nil || f.before(best, gives, bestGives) {
				best, bestGives = f, gives
			}
		}
		if best == nil {
			break
		}
		chosen := *best
		chosen.metrics = intersect(missing, best.metrics)
		chosen.read = chosen.metrics
		out.fetches = append(out.fetches, &chosen)
		out.metrics = append(out.metrics, chosen.metrics...)
		missing = slices.DeleteFunc(missing, func(m string) bool { return slices.Contains(chosen.metrics, m) })
	}
	return out
}

// before tells whether a fetch is to be preferred: for the dimensions it answers, then
// the metrics, then its cost.
func (f *fetch) before(g *fetch, gives, others int) bool {
	switch {
	case f.tooMany != g.tooMany:
		return g.tooMany
	case len(f.lost) != len(g.lost):
		return len(f.lost) < len(g.lost)
	case gives != others:
		return gives > others
	case f.daily && !g.daily:
		return f.worthIts(g.cost)
	case g.daily && !f.daily:
		return !g.worthIts(f.cost)
	}
	return f.cost < g.cost
}

// worthIts tells whether a way by day is to be preferred to one of some cost: later
// reports will be made of its windows, so that it may take one more call for every four
// weeks.
func (f *fetch) worthIts(cost int) bool { return f.cost <= cost+len(f.windows)/28 }

// intersect returns the names of the first list that the second has too.
func intersect(names, others []string) []string {
	var out []string
	for _, n := range names {
		if slices.Contains(others, n) {
			out = append(out, n)
		}
	}
	return out
}

func sameNames(a, b []string) bool {
	return len(a) == len(b) && len(intersect(a, b)) == len(a)
}
