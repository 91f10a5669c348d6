package query

import (
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// walk is what one platform gave for one list so far: rows that no page has shown yet, so
// that the next page need not ask again. It is not changed once kept. What is not
// found is read from the platform once more: a walk is never wrong for want of memory.
type walk struct {
	ready []ref
	held  []ref
	pager pager
	done  bool
	asOf  time.Time
	// failed is what ended the reading; the rows before it are shown all the same.
	failed *problem.Problem

	report *report.Result // of a report: all that it has
}

// over tells whether the platform has nothing more to give: such a walk serves every page.
func (v *walk) over() bool { return v.done || v.failed != nil }

// walkOf returns the walk that was kept under a key; nil where it is not there any more.
func (e *Engine) walkOf(key string) *walk {
	v, _ := e.cache.Answer([]byte(key))
	w, _ := v.(*walk)
	return w
}

// keepWalk keeps a walk until its cursor expires, or until something is dropped of the
// operation's rows at one of the platforms. mark is from before the rows were read.
func (e *Engine) keepWalk(key string, mark cache.Mark, operation string, platforms []string, w *walk) {
	labels := make([]cache.Labels, len(platforms))
	for i, name := range platforms {
		labels[i] = cache.Labels{Platform: name, Operation: operation, From: 0, To: -1} // of no days
	}
	e.cache.KeepAnswer(mark, []byte(key), labels, w, w.cost(), e.now().Add(CursorLife))
}

// cost is the memory of a walk in bytes, about.
func (v *walk) cost() int64 {
	seen := map[*page]bool{}
	n := int64(256)
	if v.report != nil {
		n += int64(len(v.report.Rows)*(len(v.report.Dimensions)+len(v.report.Metrics))) * 96
	}
	for _, list := range [][]ref{v.ready, v.held} {
		n += int64(len(list)) * 24
		for _, r := range list {
			if !seen[r.page] {
				seen[r.page] = true
				n += int64(cap(r.page.Data) + r.page.Len()*64)
			}
		}
	}
	return n
}
