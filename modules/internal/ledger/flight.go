package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// want is what a pull is for.
type want int

const (
	wantChanges want = iota // what changed since the last one
	wantRange               // a range that is not covered
	wantPiece               // the next piece of everything, to see what has vanished
)

// flight is a pull that is under way. There is one at a time of a scope: whoever needs
// its outcome waits for it, and its failure is that of all of them.
type flight struct {
	want want
	done chan struct{}

	// set before done is closed
	requests int
	failed   *problem.Problem
	unusable bool // the ledger cannot say what the rows are
}

// pieceRest is how long after a piece of everything the next one may be pulled, and
// pieceRetry how long after one that failed.
const (
	pieceRest  = 30 * time.Second
	pieceRetry = 5 * time.Minute
)

// lead begins a pull. It runs on a context of its own: whoever asked for it may go. It
// holds the scope's lock, and returns nil when the ledger is closed.
func (l *Ledger) lead(ctx context.Context, db *database, s *scope, q *Question, w want) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	f := &flight{want: w, done: make(chan struct{})}
	s.flight = f
	p := &pull{ledger: l, db: db, scope: s, question: q, want: w, state: s.state, seen: s.changes.Load(), touched: s.touched(), began: l.config.Now()}
	l.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.config.Deadline)
		defer cancel()
		defer context.AfterFunc(l.ctx, cancel)()
		l.land(ctx, p, f, p.run(ctx))
	})
	return f
}

// land notes the outcome of a pull.
func (l *Ledger) land(ctx context.Context, p *pull, f *flight, err error) {
	s := p.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.flight = nil
	f.requests = p.requests
	now := l.config.Now()
	if p.want == wantPiece {
		s.sweepAfter = now.Add(pieceRest)
	}
	failed, isProblem := errors.AsType[*problem.Problem](err)
	switch {
	case err == nil:
		s.state, s.refused = p.state, nil
		if p.want != wantPiece && p.state.pulled == micros(p.began) {
			s.seen = p.seen
		}
	case isProblem:
		f.failed = failed
		if refused(failed) {
			s.refused = failed
		}
		if p.want == wantPiece {
			s.sweepAfter = now.Add(pieceRetry)
		} else {
			s.after = now.Add(patience)
		}
	case errors.Is(err, errShared):
		f.unusable = true
		l.giveUp(ctx, p, now, err)
	case errors.Is(err, errDropped):
		f.unusable, s.loaded = true, false
	case l.ctx.Err() != nil:
		f.unusable = true // the ledger is closed
	case ctx.Err() != nil:
		f.failed = problem.New(problem.PlatformTimeout, "%s did not give its rows within %s.", s.platform, l.config.Deadline)
		f.failed.Platform = s.platform
		s.after = now.Add(patience)
	default:
		f.unusable = true
		l.failed(ctx, p.db, "writing", err)
	}
}

// giveUp leaves a scope alone whose rows cannot be told apart: it is read from the
// platform, and tried again when everything would have been pulled again. It holds the
// scope's lock.
func (l *Ledger) giveUp(ctx context.Context, p *pull, now time.Time, why error) {
	s := p.scope
	s.state.unfit = micros(now.Add(max(p.question.Whole, 24*time.Hour)))
	s.state.covered.Valid = false
	if err := p.save(ctx, &s.state); err != nil {
		l.failed(ctx, p.db, "writing", err)
	}
	if l.config.Warn != nil {
		l.config.Warn(fmt.Sprintf("the ledger does not keep %s of %s; they are read from the platform", s.operation, s.platform), why)
	}
}

// Settle waits for the pull of a scope that is under way, if there is one. It is for
// tests, which have nothing else to wait for where nobody waits for a pull.
func (l *Ledger) Settle(ctx context.Context, scope string) {
	l.mu.Lock()
	s := l.scopes[scope]
	l.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f == nil {
		return
	}
	select {
	case <-f.done:
	case <-ctx.Done():
	}
}
