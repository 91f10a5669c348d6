package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/plugins"
)

// Changed forgets what a change at a platform may have made untrue, whoever made it and
// with which account: two accounts may show the same objects. Configurations that are
// on their way in or out forget it too.
func (a *App) Changed(platform string, t query.Touched) {
	forget := plugins.StoreSelection{Platform: platform, Days: t.Days, From: t.From, To: t.To}
	a.noteChange(a.answers.drop(forget))
	if a.ledger != nil {
		a.ledger.Touched(platform)
	}
	if t.Uncertain {
		a.answers.again.later(forget)
	}
	for _, other := range others(a.answers) {
		other.drop(forget)
	}
}

// others returns what is kept beside the one given. There is something only while
// configurations replace one another.
func others(but *answers) (found []*answers) {
	shared.Range(func(_, value any) bool {
		if v, ok := value.(pooled[*answers]); ok && v.value != but {
			found = append(found, v.value)
		}
		return true
	})
	return found
}

// unsettled is how long a platform may take over a change that it has not answered:
// what is read until then may be from before it.
const unsettled = 10 * time.Minute

// again drops once more what may have been read too early: before a change was done that
// its platform did not answer in time.
type again struct {
	drop  func(plugins.StoreSelection)
	after time.Duration

	mu      sync.Mutex
	closed  bool
	waiting map[string]*waiting // by platform
}

// waiting is what is to be dropped of one platform.
type waiting struct {
	selection plugins.StoreSelection
	until     time.Time // when the last of the changes is surely done
	timer     *time.Timer
}

// later drops a selection of one platform when the time has passed.
func (g *again) later(s plugins.StoreSelection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	if w := g.waiting[s.Platform]; w != nil {
		w.selection, w.until = union(w.selection, s), time.Now().Add(g.after)
		return
	}
	if g.waiting == nil {
		g.waiting = make(map[string]*waiting)
	}
	w := &waiting{selection: s, until: time.Now().Add(g.after)}
	w.timer = time.AfterFunc(g.after, func() { g.pass(s.Platform) })
	g.waiting[s.Platform] = w
}

// pass drops what waits, and waits on where more has come since.
func (g *again) pass(platform string) {
	g.mu.Lock()
	w := g.waiting[platform]
	if g.closed || w == nil {
		g.mu.Unlock()
		return
	}
	selection := w.selection
	if left := time.Until(w.until); left > 0 {
		w.timer.Reset(left)
	} else {
		delete(g.waiting, platform)
	}
	g.mu.Unlock()
	g.drop(selection)
}

func (g *again) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, w := range g.waiting {
		w.timer.Stop()
	}
	g.waiting = nil
}

// union returns the smallest selection of a platform that picks what either picks.
func union(a, b plugins.StoreSelection) plugins.StoreSelection {
	if !a.Days || !b.Days {
		return plugins.StoreSelection{Platform: a.Platform}
	}
	a.From, a.To = min(a.From, b.From), max(a.To, b.To)
	return a
}

// purge forgets what a selection picks. The ledger forgets whole platforms: parts of it
// would be read anew by the same call.
func (a *App) purge(ctx context.Context, s plugins.StoreSelection) (r purgeReport, err error) {
	r.Entries, err = a.answers.cache.Drop(ctx, s)
	r.Pending = err != nil // the store has not done it yet, which the drop does not wait for
	for _, other := range others(a.answers) {
		other.drop(s)
	}
	if s.Operation == "" && !s.Days || s.Operation == ledgerOperation {
		if r.LedgerRows, err = a.ledger.Drop(ctx, s.Platform); err != nil {
			return r, fmt.Errorf("purging the ledger: %w", err)
		}
	}
	return r, nil
}
