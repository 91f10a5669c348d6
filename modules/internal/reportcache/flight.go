package reportcache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// flight is one window on its way from the platform. It belongs to nobody: whoever needs
// the window waits until it has landed.
type flight struct {
	done chan struct{} // closed when it has landed
	// mark is from before it was planned. Who asks after a later drop does not wait for it.
	mark cache.Mark

	// written before done is closed, read after it
	rows   []byte
	made   time.Time // when the native call began
	failed *problem.Problem
}

// abandoned stands for a flight that is not waited for any more.
var abandoned = &flight{failed: problem.New(problem.PlatformUnavailable, "the report was given up")}

func (f *flight) landed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// trip is what one question fetches: the flights that it began, in as few calls as can be.
type trip struct {
	ask
	// roles say which windows it may fetch; wanted are those of own.
	roles []role
	own   []*flight
	// all has also the flights that others began.
	all []*flight
	// calls counts the native calls that were made.
	calls atomic.Int32
}

// depart fetches everything of a question that is neither fresh nor paused, where nobody
// fetches it already. The calls outlive ctx.
func (k *Keeper) depart(ctx context.Context, a *ask) *trip {
	roles := make([]role, len(a.keys))
	for i, s := range a.standing {
		switch s {
		case missing, overdue, past:
			roles[i] = wanted
		case paused:
			roles[i] = barred
		case fresh:
			roles[i] = spare
		}
	}
	k.mu.Lock()
	t := k.board(a, roles)
	k.mu.Unlock()
	if slices.ContainsFunc(t.own, func(f *flight) bool { return f != nil }) {
		go func() { _ = t.fly(context.WithoutCancel(ctx)) }() // failures are in the flights
	}
	return t
}

// board gives every wanted window a flight: one that is under way, or one of its own. The
// caller holds k.mu.
func (k *Keeper) board(a *ask, roles []role) *trip {
	asked := *a // the question goes on without the trip
	asked.entries = slices.Clone(a.entries)
	t := &trip{ask: asked, roles: roles, own: make([]*flight, len(roles)), all: make([]*flight, len(roles))}
	mark := k.config.Cache.Mark()
	for i, key := range a.keys {
		if roles[i] != wanted {
			continue
		}
		if f := k.open[key]; f != nil && f.mark == mark {
			t.all[i], roles[i] = f, barred
			continue
		}
		f := &flight{done: make(chan struct{}), mark: mark}
		if failed := k.failures.after(key, a.failed); failed != nil {
			// it would have waited for that one, had it come here a little earlier
			f.failed = failed.with
			close(f.done)
			t.all[i], roles[i] = f, barred
			continue
		}
		k.open[key] = f
		t.own[i], t.all[i] = f, f
	}
	return t
}

// fly fetches the windows of the trip. When it returns all of its flights have landed. The
// problem is the first one.
func (t *trip) fly(ctx context.Context) *problem.Problem {
	t.lookAgain(ctx)
	planned := spans(t.q.Windows, t.roles, t.q.Joint, t.q.Longest)
	tried := make([]bool, len(planned))
	failed := report.Together(len(planned), func(i int) *problem.Problem {
		tried[i] = true
		return t.fetch(ctx, planned[i])
	})
	for i, s := range planned {
		if !tried[i] {
			t.fail(s, failed)
		}
	}
	return failed
}

// lookAgain lands the flights of windows that another trip has brought between the look at
// what is kept and the departure.
func (t *trip) lookAgain(ctx context.Context) {
	var at []int
	var keys []cache.Key
	for i, f := range t.own {
		if f != nil {
			at, keys = append(at, i), append(keys, t.keys[i])
		}
	}
	now, terms := t.k.config.Now(), t.terms
	for n, e := range t.k.config.Cache.Get(ctx, keys) {
		i := at[n]
		if e == nil || t.entries[i] != nil && !e.Made.After(t.entries[i].Made) || t.q.Mode.Revalidate && e.Made.Before(t.began) {
			continue
		}
		if e.Made.After(now.Add(skew)) || !now.Before(terms.of(&t.q.Windows[i], e.Made).fresh) {
			continue
		}
		t.roles[i] = spare
		t.own[i].rows, t.own[i].made = rowsOf(e), e.Made
		t.land(span{i, i + 1}, nil)
		t.own[i] = nil
	}
}

// fetch makes one native call, keeps what it brings, and lands its flights.
func (t *trip) fetch(ctx context.Context, s span) *problem.Problem {
	t.calls.Add(1)
	windows := t.q.Windows[s.from:s.to:s.to]
	mark, made := t.k.config.Cache.Mark(), t.k.config.Now()
	rows, failed := t.call(ctx, windows)
	if failed != nil {
		t.fail(s, failed)
		return failed
	}
	labels := cache.Labels{Platform: t.q.Platform, Operation: t.q.Operation}
	entries, terms := make([]*cache.Entry, len(windows)), t.terms
	for i := range windows {
		labels.From, labels.To = 0, -1 // about no days
		if dated(&windows[i]) && !t.q.Steady {
			labels.From, labels.To = int32(windows[i].From), int32(windows[i].To)
		}
		entries[i] = &cache.Entry{Key: t.keys[s.from+i], Labels: labels, Value: rows[i], Made: made, Expires: terms.of(&windows[i], made).last}
		if f := t.own[s.from+i]; f != nil {
			f.rows, f.made = rows[i], made
		}
	}
	t.k.config.Cache.Put(mark, entries)
	t.land(s, nil)
	return nil
}

// fail lands the flights of a span with a problem, and has it heeded for a while.
func (t *trip) fail(s span, with *problem.Problem) {
	now := t.k.config.Now()
	f := &failure{with: with, until: now.Add(pause)}
	if refused(with) {
		// as long as the rows could be served without asking
		f.until = now.Add(max(pause, t.terms.policy.Stale))
	}
	t.land(s, f)
}

// land ends the flights of a span. What they brought is kept already, so that everybody finds
// the rows: in the flight or after it.
func (t *trip) land(s span, with *failure) {
	k := t.k
	k.mu.Lock()
	if with != nil {
		k.failures.add(t.keys[s.from:s.to], with, k.config.Now())
	} else {
		k.failures.clear(t.keys[s.from:s.to])
	}
	for i := s.from; i < s.to; i++ {
		if f := t.own[i]; f != nil && k.open[t.keys[i]] == f {
			delete(k.open, t.keys[i])
		}
	}
	k.mu.Unlock()
	for i := s.from; i < s.to; i++ {
		if f := t.own[i]; f != nil {
			if with != nil {
				f.failed = with.with
			}
			close(f.done)
		}
	}
}

// grace is how long after its deadline a call may take to say itself what became of it.
const grace = time.Second

// call makes a native call that takes no longer than the deadline, whatever Fetch does.
func (t *trip) call(ctx context.Context, windows []report.Window) ([][]byte, *problem.Problem) {
	ctx, cancel := context.WithTimeout(ctx, t.k.config.Deadline)
	defer cancel()
	type answer struct {
		rows   [][]byte
		failed *problem.Problem
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{failed: t.broken(errors.New("the fetch ended without an answer"))}
		defer func() {
			if v := recover(); v != nil {
				a = answer{failed: t.broken(fmt.Errorf("panic in a fetch: %v\n%s", v, debug.Stack()))}
			}
			answers <- a
		}()
		rows, failed := t.q.Fetch(ctx, windows)
		a = answer{rows, failed}
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		late := time.NewTimer(grace)
		defer late.Stop()
		select {
		case a = <-answers:
		case <-late.C:
			a.failed = problem.New(problem.PlatformTimeout, "%s did not answer in time", t.q.Platform)
			a.failed.Platform, a.failed.Cause = t.q.Platform, context.Cause(ctx)
		}
	}
	if a.failed != nil {
		return nil, a.failed
	}
	if len(a.rows) != len(windows) {
		return nil, t.broken(fmt.Errorf("a fetch of %d windows brought rows of %d", len(windows), len(a.rows)))
	}
	for i := range a.rows {
		if a.rows[i] == nil {
			return nil, t.broken(fmt.Errorf("a fetch brought no rows of window %d of %d", i+1, len(windows)))
		}
	}
	return a.rows, nil
}

// broken makes the problem of a fetch that went wrong in the gateway itself.
func (t *trip) broken(err error) *problem.Problem {
	p := problem.New(problem.Internal, "the rows of %s could not be fetched", t.q.Platform)
	p.Platform, p.Cause = t.q.Platform, err
	return p
}
