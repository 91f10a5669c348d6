package reportcache

import (
	"context"
	"time"
)

// maxBackground is how many families of one platform are fetched in the background at the
// same time.
const maxBackground = 2

// refresh lets the windows of a question that are past their life be fetched anew, and
// returns how many calls that takes.
func (k *Keeper) refresh(ctx context.Context, a *ask) int {
	roles := make([]role, len(a.keys))
	some := false
	for i, s := range a.standing {
		switch s {
		case past:
			roles[i], some = wanted, true
		case fresh:
			roles[i] = spare
		case missing, overdue, paused:
			roles[i] = barred
		}
	}
	if !some {
		return 0
	}
	return k.behind(ctx, a, roles)
}

// refreshAhead lets old windows be fetched anew ahead of the end of their life, and returns
// how many calls that takes at most. Each piece of the calendar has its own time for it, so that
// the windows of a long range do not all come up at once; a call takes as many of their
// neighbours along as the platform allows, so that they need none of their own.
func (k *Keeper) refreshAhead(ctx context.Context, a *ask) int {
	var trips [][]role
	for taken := make([]bool, len(a.keys)); ; {
		first := a.mostUrgent(taken)
		if first < 0 {
			break
		}
		roles := make([]role, len(a.keys))
		for i := range roles {
			roles[i] = barred
		}
		for s, i := a.around(first, taken), 0; i < len(roles); i++ {
			if i >= s.from && i < s.to {
				roles[i], taken[i] = wanted, true
			}
		}
		trips = append(trips, roles)
	}
	return k.behind(ctx, a, trips...)
}

// mostUrgent returns which of the windows whose turn has come lives the shortest; -1: none.
func (a *ask) mostUrgent(taken []bool) int {
	found, end := -1, time.Time{}
	for i, s := range a.standing {
		if s != fresh || taken[i] {
			continue
		}
		term := a.terms.of(&a.q.Windows[i], a.entries[i].Made)
		due := !term.early.IsZero() && !a.began.Before(term.early) && !a.began.Before(a.terms.turn(&a.q.Windows[i], term.early))
		if due && (found < 0 || term.fresh.Before(end)) {
			found, end = i, term.fresh
		}
	}
	return found
}

// around returns the windows about one that a single call fetches ahead together with it.
func (a *ask) around(i int, taken []bool) span {
	s := span{i, i + 1}
	if !a.q.Joint {
		return s
	}
	ws := a.q.Windows
	fits := func(i, from, to int) bool {
		if a.standing[i] != fresh || taken[i] || a.q.Longest > 0 && int(ws[to].To-ws[from].From)+1 > a.q.Longest {
			return false
		}
		early := a.terms.of(&ws[i], a.entries[i].Made).early
		return !early.IsZero() && !a.began.Before(early)
	}
	for s.to < len(ws) && adjacent(&ws[s.to-1], &ws[s.to]) && fits(s.to, s.from, s.to) {
		s.to++
	}
	for s.from > 0 && adjacent(&ws[s.from-1], &ws[s.from]) && fits(s.from-1, s.from-1, s.to-1) {
		s.from--
	}
	return s
}

// behind makes trips while nobody waits, one after the other: for one question of a family
// at a time, and for few of a platform, while it has room for them. Each of the trips is
// the roles of the windows. behind returns how many calls that takes at most.
func (k *Keeper) behind(ctx context.Context, a *ask, trips ...[]role) int {
	if len(trips) == 0 || a.q.Spare != nil && !a.q.Spare() {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, busy := k.busy[a.family.text]; busy || k.closed || k.busyOf[a.q.Platform] >= maxBackground {
		return 0
	}
	first, planned := k.board(a, trips[0]), 0
	for _, roles := range trips {
		planned += len(spans(a.q.Windows, roles, a.q.Joint, a.q.Longest))
	}
	if planned == 0 {
		return 0 // others fetch all of it
	}
	k.busy[a.family.text] = struct{}{}
	k.busyOf[a.q.Platform]++
	asked := first.ask // the question goes on without
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(k.ending, cancel)
	k.background.Go(func() {
		defer func() {
			stop()
			cancel()
			k.mu.Lock()
			defer k.mu.Unlock()
			delete(k.busy, asked.family.text)
			if k.busyOf[asked.q.Platform]--; k.busyOf[asked.q.Platform] == 0 {
				delete(k.busyOf, asked.q.Platform)
			}
		}()
		failed := first.fly(ctx)
		for _, roles := range trips[1:] {
			if failed != nil || ctx.Err() != nil || asked.q.Spare != nil && !asked.q.Spare() {
				return
			}
			k.mu.Lock()
			t := k.board(&asked, roles)
			k.mu.Unlock()
			failed = t.fly(ctx)
		}
	})
	return planned
}
