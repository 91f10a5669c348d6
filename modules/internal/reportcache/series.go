package reportcache

import (
	"slices"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

const (
	// maxSeries is how many series of a scope and report are remembered, maxShelves of how
	// many scopes and reports.
	maxSeries  = 32
	maxShelves = 1024
)

// register remembers the series that were asked for, so that coarser questions can look
// whether their rows are there already. It forgets what was not used for the longest
// time, and everything at a restart, which costs native calls and nothing else.
type register struct {
	mu      sync.Mutex
	shelves map[shelf]*known
	clock   uint64 // counts uses
}

// shelf is one report of a scope.
type shelf struct{ scope, report string }

type known struct {
	series []entry // the latest used first
	used   uint64
}

type entry struct {
	family string
	series report.Series
}

func newRegister() *register { return &register{shelves: map[shelf]*known{}} }

// use notes that windows of a series may be kept.
func (r *register) use(q *report.Question, f family) {
	at := shelf{q.Scope, q.Series.Report}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.shelves[at]
	if k == nil {
		if len(r.shelves) >= maxShelves {
			r.forget()
		}
		k = &known{}
		r.shelves[at] = k
	}
	r.clock++
	k.used = r.clock
	i := slices.IndexFunc(k.series, func(e entry) bool { return e.family == f.text })
	if i == 0 {
		return
	}
	var found entry
	switch {
	case i > 0:
		found = k.series[i]
	case len(k.series) < maxSeries:
		i, found = len(k.series), entry{f.text, clone(&q.Series)}
		k.series = append(k.series, entry{})
	default:
		i, found = maxSeries-1, entry{f.text, clone(&q.Series)}
	}
	copy(k.series[1:], k.series[:i])
	k.series[0] = found
}

// forget drops the shelf that was not used for the longest time.
func (r *register) forget() {
	var oldest shelf
	used := r.clock + 1
	for at, k := range r.shelves {
		if k.used < used {
			oldest, used = at, k.used
		}
	}
	delete(r.shelves, oldest)
}

func (r *register) list(scope, name string) []report.Series {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.shelves[shelf{scope, name}]
	if k == nil {
		return nil
	}
	out := make([]report.Series, len(k.series))
	for i := range k.series {
		out[i] = k.series[i].series
	}
	return out
}

// clone copies a series, which its question may change later.
func clone(s *report.Series) report.Series {
	out := *s
	out.Grain, out.Metrics = slices.Clone(s.Grain), slices.Clone(s.Metrics)
	out.Filters = slices.Clone(s.Filters)
	for i := range out.Filters {
		out.Filters[i].Values = slices.Clone(out.Filters[i].Values)
	}
	return out
}
