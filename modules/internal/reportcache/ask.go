package reportcache

import (
	"context"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// standing is how good what is kept of a window is for a question.
type standing uint8

const (
	// missing: nothing is kept that could be given.
	missing standing = iota
	// overdue: so far past its life that it only stands in for a failure.
	overdue
	// past: past its life, and given while it is fetched anew.
	past
	// paused: past its life, and given because a fetch failed a moment ago.
	paused
	fresh
)

// ask is one question on its way to its answer. It is for one goroutine.
type ask struct {
	k      *Keeper
	q      *report.Question
	family family
	keys   []cache.Key
	terms  terms
	began  time.Time
	// failed is how many calls had failed before it.
	failed uint64
	// mark is from before entries were read.
	mark     cache.Mark
	entries  []*cache.Entry // nil where the window is missing
	standing []standing
	// hindered are the failures of a moment ago, of windows that are past their life; nil
	// where there is none.
	hindered map[int]*failure
	// left is why it did not wait to the end; nil where it did.
	left error
	// flights are what fetches the windows that are waited for; nil where nothing was.
	flights []*flight
}

// ask looks up what is kept.
func (k *Keeper) ask(ctx context.Context, q *report.Question) *ask {
	a := &ask{k: k, q: q, family: familyOf(q), began: k.config.Now(), failed: k.failures.count.Load(), mark: k.config.Cache.Mark()}
	a.terms = newTerms(k.config.Policy(q.Platform, q.Operation), q, a.family.seed())
	a.keys = a.family.windows(q.Windows)
	a.entries = k.config.Cache.Get(ctx, a.keys)
	a.standing = make([]standing, len(a.keys))
	kept := false
	for i, e := range a.entries {
		a.standing[i] = a.stand(i, e)
		if a.standing[i] == missing {
			a.entries[i] = nil
		}
		kept = kept || a.standing[i] == past || a.standing[i] == overdue
	}
	if kept {
		a.hinder()
	}
	return a
}

func (a *ask) stand(i int, e *cache.Entry) standing {
	if e == nil || a.q.Mode.Revalidate && e.Made.Before(a.began) || e.Made.After(a.began.Add(skew)) {
		return missing
	}
	switch term := a.terms.of(&a.q.Windows[i], e.Made); {
	case a.began.Before(term.fresh):
		return fresh
	case a.began.Before(term.stale):
		return past
	case a.began.Before(term.last):
		return overdue
	}
	return missing
}

// hinder heeds what failed a moment ago.
func (a *ask) hinder() {
	a.k.mu.Lock()
	defer a.k.mu.Unlock()
	if len(a.k.failures.of) == 0 {
		return
	}
	for i, s := range a.standing {
		if s != past && s != overdue {
			continue
		}
		f := a.k.failures.at(a.keys[i], a.began)
		if f == nil {
			continue
		}
		if a.hindered == nil {
			a.hindered = map[int]*failure{}
		}
		a.hindered[i] = f
		if refused(f.with) {
			a.standing[i] = overdue
		} else {
			a.standing[i] = paused
		}
	}
}

// waits tells whether a window has to be fetched before there is an answer.
func (a *ask) waits() bool {
	for _, s := range a.standing {
		if s == missing || s == overdue {
			return true
		}
	}
	return false
}

// await waits until all flights have landed, or ctx ends.
func (a *ask) await(ctx context.Context, t *trip) {
	if t == nil {
		a.left = ctx.Err()
		a.flights = make([]*flight, len(a.keys))
		for i, s := range a.standing {
			if s != fresh {
				a.flights[i] = abandoned
			}
		}
		return
	}
	a.flights = t.all
	for i, f := range t.all {
		if f == nil || f.landed() {
			continue
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			if !f.landed() {
				a.flights[i], a.left = abandoned, ctx.Err()
			}
		}
	}
}

// answer puts together what is kept and what was fetched.
func (a *ask) answer() *report.Kept {
	out := &report.Kept{Rows: make([][]byte, len(a.keys)), State: answer.Hit}
	now := a.began
	if a.flights != nil {
		now = a.k.config.Now()
	}
	a.reread()
	for i := range a.keys {
		w := &a.q.Windows[i]
		if f := a.flight(i); f != nil && f.failed == nil {
			out.Rows[i] = f.rows
			a.date(out, answer.Miss, f.made, a.terms.of(w, f.made).fresh)
			continue
		}
		e, with := a.entries[i], a.trouble(i)
		if with != nil && out.Failed == nil {
			out.Failed = with
		}
		if e == nil || with != nil && refused(with) || !now.Before(a.terms.of(w, e.Made).last) {
			if out.State == answer.Hit {
				out.State = answer.Miss
			}
			continue
		}
		out.Rows[i] = rowsOf(e)
		if a.standing[i] == fresh {
			a.date(out, answer.Hit, e.Made, a.terms.of(w, e.Made).fresh)
		} else {
			a.date(out, answer.Stale, e.Made, a.again(i, now))
			if since := a.terms.of(w, e.Made).fresh; out.Since.IsZero() || since.Before(out.Since) {
				out.Since = since
			}
		}
	}
	return out
}

// flight returns what fetched a window, if anything did.
func (a *ask) flight(i int) *flight {
	if a.flights == nil {
		return nil
	}
	return a.flights[i]
}

// reread looks up again what stands in for failed windows, where something was dropped since.
func (a *ask) reread() {
	if a.flights == nil || a.mark == a.k.config.Cache.Mark() {
		return
	}
	for i, f := range a.flights {
		if f != nil && f.failed != nil && a.entries[i] != nil {
			a.entries[i] = a.k.config.Cache.Get(context.Background(), a.keys[i:i+1])[0]
		}
	}
}

// trouble returns why a window could not be fetched, or not lately, as a problem of its own.
func (a *ask) trouble(i int) *problem.Problem {
	var with *problem.Problem
	switch f, h := a.flight(i), a.hindered[i]; {
	case f == abandoned:
		with = problem.New(problem.PlatformUnavailable, "%s did not answer before the report was given up", a.q.Platform)
		with.Cause = a.left
	case f != nil:
		with = f.failed
	case h != nil:
		with = h.with
	case a.standing[i] == missing && a.q.Mode.OnlyKept:
		with = problem.New(problem.NotCached, "%s: rows that this needs are not kept, and the request asks for kept ones only.", a.q.Platform)
	}
	if with == nil {
		return nil
	}
	own := *with // whoever gets it may add to it
	if own.Platform == "" {
		own.Platform = a.q.Platform
	}
	return &own
}

// again returns when it is worth asking again for a window that is past its life.
func (a *ask) again(i int, now time.Time) time.Time {
	if h := a.hindered[i]; h != nil && a.flight(i) == nil {
		return h.until
	}
	a.k.mu.Lock()
	defer a.k.mu.Unlock()
	if a.k.open[a.keys[i]] != nil {
		return now.Add(soon)
	}
	return now.Add(pause)
}

// date adds a window to what the answer says of its freshness.
func (a *ask) date(out *report.Kept, state string, made, until time.Time) {
	f := report.Freshness{State: out.State, AsOf: out.AsOf, Until: out.Until}
	f.Join(report.Freshness{State: state, AsOf: made, Until: until})
	out.State, out.AsOf, out.Until = f.State, f.AsOf, f.Until
}

// rowsOf returns an entry's rows, which are not nil where there are none.
func rowsOf(e *cache.Entry) []byte {
	if e.Value == nil {
		return []byte{}
	}
	return e.Value
}
