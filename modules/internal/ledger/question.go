package ledger

import (
	"context"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Question is what is asked of the rows of one list.
type Question struct {
	// Platform and Operation say what the rows are counted under. Scope tells accounts,
	// servers and mappings apart under which the list has other rows; it holds no secret.
	Platform, Operation, Scope string
	// From and To are the range of moments that is asked about, To not included. Zero: open.
	From, To time.Time
	// Policy is how long what was pulled is good for.
	Policy Policy
	// Overlap is how far before the last pull the next one begins. Whole is how often
	// everything is pulled again.
	Overlap, Whole time.Duration
	// Revalidate: what was pulled before the question is not good enough.
	Revalidate bool
	// OnlyKept: nothing is pulled in front of the caller; what is not covered fails with
	// the code not_cached.
	OnlyKept bool
	// Pull reads the platform's rows of a span, all pages of them, and gives them to put,
	// which does not change them, page after page. What put returns ends it. It returns
	// the number of native requests. It may run after the question was answered.
	Pull func(ctx context.Context, span Span, put func(page []Row) error) (requests int, p *problem.Problem)
	// Spare tells whether the platform has room for calls that nobody waits for. Nil: yes.
	Spare func() bool
}

// Span is what a pull asks a platform for. Zero members are open.
type Span struct {
	// From and To bound the moments of the rows, To not included.
	From, To time.Time
	// Since is from when on rows have changed.
	Since time.Time
}

// Kept says how fresh the rows of a question are. They are read with [Ledger.View].
type Kept struct {
	// State is [answer.Hit], [answer.Stale] or, where a pull was waited for, [answer.Miss].
	State string
	// AsOf is when the last pull of changes began: the rows are as the platform had them
	// then, or later. Until is when they are no longer fresh; of stale rows when it is
	// worth asking again.
	AsOf, Until time.Time
	// Since is when stale rows came to the end of their life; zero where they are not stale.
	Since time.Time
	// Requests is the number of native requests that were made for this question.
	Requests int
	// Failed is why stale rows could not be brought up to date.
	Failed *problem.Problem
}

const (
	// patience is how long after a failed pull none is tried that nobody has to wait for.
	patience = 5 * time.Second
	// rounds is how many pulls one question waits for.
	rounds = 6
	// skew is how far in the future a pull may have begun: what is further off was begun
	// by a clock that was wrong.
	skew = time.Minute
)

// Ready makes sure that the rows of a question are there, and as fresh as its policy
// says. Nil without a problem: the ledger cannot say, and the platform is to be asked.
func (l *Ledger) Ready(ctx context.Context, q *Question) (*Kept, *problem.Problem) {
	asked := l.config.Now()
	requests, waited := 0, false
	for range rounds {
		db := l.opened(ctx)
		if db == nil {
			return nil, nil
		}
		s := l.scopeOf(q)
		s.mu.Lock()
		if err := s.load(ctx, db, l.config.Now()); err != nil {
			s.mu.Unlock()
			l.failed(ctx, db, "reading", err)
			return nil, nil
		}
		now := l.config.Now()
		if s.state.unfit > now.UnixMicro() {
			s.mu.Unlock()
			return nil, nil
		}
		v := s.verdict(q, asked, now)
		switch {
		case v.front && q.OnlyKept && v.last.After(now):
			v.front, v.stale = false, true
		case v.front && q.OnlyKept:
			s.mu.Unlock()
			p := problem.New(problem.NotCached, "%s: these rows are not kept.", q.Platform)
			p.Platform = q.Platform
			return nil, p
		}
		if !v.front {
			kept := s.kept(&v, now)
			if !q.OnlyKept {
				l.behindTheBack(ctx, db, s, q, &v, now)
			}
			s.mu.Unlock()
			kept.Requests = requests
			if waited && kept.State == answer.Hit {
				kept.State = answer.Miss
			}
			l.served(q, kept, waited && requests == 0)
			return kept, nil
		}
		if s.refused != nil && now.Before(s.after) && s.flight == nil {
			again := *s.refused // it said so a moment ago
			s.mu.Unlock()
			return nil, &again
		}
		if s.state.pulled > 0 && now.Before(s.after) && v.last.After(now) && s.flight == nil {
			kept := s.kept(&v, now) // it failed a moment ago
			s.mu.Unlock()
			kept.Requests = requests
			l.served(q, kept, false)
			return kept, nil
		}
		f := s.flight
		led := f == nil
		if led {
			f = l.lead(ctx, db, s, q, v.want)
		}
		s.mu.Unlock()
		if f == nil {
			return nil, nil // closed
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, gone(q, ctx.Err())
		}
		waited = true
		if led {
			requests += f.requests
		}
		switch {
		case f.unusable:
			return nil, nil
		case f.failed == nil || f.want == wantPiece:
		case f.failed != nil && !refused(f.failed) && v.last.After(l.config.Now()):
			s.mu.Lock()
			kept := s.kept(&v, l.config.Now())
			s.mu.Unlock()
			kept.Requests, kept.Failed = requests, f.failed
			l.served(q, kept, false)
			return kept, nil
		default:
			return nil, f.failed
		}
	}
	return nil, nil
}

// verdict is what a question needs.
type verdict struct {
	front bool // a pull has to be waited for
	stale bool // a pull is due, which need not be waited for
	want  want
	fresh time.Time // the end of life of what is kept
	last  time.Time // until when it is given while the platform fails; zero: it is not
}

// verdict decides what a question needs. It holds the lock.
func (s *scope) verdict(q *Question, asked, now time.Time) verdict {
	st := &s.state
	if !st.covers(q.From) {
		return verdict{front: true, want: wantRange}
	}
	pulled := moment(st.pulled)
	v := verdict{want: wantChanges, fresh: pulled.Add(q.Policy.life(q.To, pulled))}
	switch {
	case s.refused != nil, s.touched(), q.Revalidate && pulled.Before(asked.Truncate(time.Microsecond)), pulled.After(now.Add(skew)):
		v.front = true
		return v
	}
	v.last = v.fresh.Add(max(q.Policy.Stale, q.Policy.StaleOnError))
	v.stale = !now.Before(v.fresh)
	v.front = !now.Before(v.fresh.Add(q.Policy.Stale)) && v.stale
	return v
}

// kept says how fresh the rows of a question are. It holds the lock.
func (s *scope) kept(v *verdict, now time.Time) *Kept {
	k := &Kept{State: answer.Hit, AsOf: moment(s.state.pulled), Until: v.fresh}
	if v.stale {
		k.State, k.Until, k.Since = answer.Stale, now.Add(patience), v.fresh
	}
	return k
}

// behindTheBack begins a pull that nobody waits for, where one is due. It holds the
// scope's lock.
func (l *Ledger) behindTheBack(ctx context.Context, db *database, s *scope, q *Question, v *verdict, now time.Time) {
	if s.flight != nil || q.Spare != nil && !q.Spare() {
		return
	}
	switch {
	case v.stale:
		if !now.Before(s.after) {
			l.lead(ctx, db, s, q, wantChanges)
		}
	case q.Whole > 0 && now.Sub(moment(s.state.whole)) > q.Whole && !now.Before(s.sweepAfter):
		l.lead(ctx, db, s, q, wantPiece)
	}
}

// refused tells whether the platform refused the gateway: then nothing that it gave
// before is shown.
func refused(p *problem.Problem) bool {
	switch p.Code {
	case problem.PlatformCredentialsRejected, problem.PlatformForbidden, problem.PlatformAccountLocked:
		return true
	}
	return false
}

func gone(q *Question, err error) *problem.Problem {
	p := problem.New(problem.PlatformTimeout, "The client went away before %s had answered.", q.Platform)
	p.Platform, p.Cause = q.Platform, err
	return p
}

func (l *Ledger) served(q *Question, k *Kept, coalesced bool) {
	o := l.config.Observer
	switch {
	case o == nil:
	case coalesced:
		o.Served(q.Platform, q.Operation, "coalesced", 1)
	case k.State == answer.Miss || k.Failed != nil:
		o.Served(q.Platform, q.Operation, k.State, 0)
	default:
		o.Served(q.Platform, q.Operation, k.State, 1)
	}
}
