package query

import (
	"context"
	"errors"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// countAll answers limit=0: only how many rows there are, with the platform's own
// count where every filter can be given to it.
func (l *List) countAll(ctx context.Context, asked []*Platform) {
	l.listing.keys = nil // nothing is shown, so nothing is ordered
	l.listing.counting, l.listing.streaming = true, true
	l.concurrently(asked, func(platform *Platform) *source {
		began := l.listing.engine.now()
		s := l.listing.prepare(platform)
		if s.failed == nil && !s.done {
			s.count(ctx)
		}
		s.elapsed = l.listing.engine.now().Sub(began)
		return s
	})
	l.listing.streaming = false
	l.total = l.knownTotal()
}

// count finds out the number of a source's rows: from a native count, from what the
// platform says beside a page, or by reading them all.
func (s *source) count(ctx context.Context) {
	if len(s.parts) == 1 && s.parts[0].plan.ForEach == nil && len(s.predicates) == 0 {
		known, p := s.ownCount(ctx)
		if s.failed = p; p != nil || known {
			return
		}
	}
	for s.fill(ctx, 1); s.total < 0 && s.rest() > 0; s.fill(ctx, 1) {
		s.given += s.rest()
		s.next = len(s.ready)
	}
	s.given, s.ready, s.next = 0, nil, 0
	if s.failed != nil {
		s.total = -1
	}
}

// ownCount asks the ledger or the platform for the number of rows; false where it has
// to be counted.
func (s *source) ownCount(ctx context.Context) (known bool, p *problem.Problem) {
	if s.ledger != nil {
		if known, p = s.countKept(ctx); known || p != nil {
			return known, p
		}
		if len(s.predicates) > 0 {
			return false, nil // the ledger has failed, and the platform needs help
		}
	}
	return s.nativeCount(ctx)
}

// nativeCount asks for the number of rows; false where the platform has no call for it.
func (s *source) nativeCount(ctx context.Context) (known bool, p *problem.Problem) {
	plan := s.parts[0].plan
	draft := s.parts[0].draft.Clone()
	ok, err := plan.PushCount(draft)
	if err != nil {
		return false, s.read.internal(err)
	}
	if !ok {
		return false, nil
	}
	s.warm = false
	resp, p := s.read.do(ctx, &call{plan: plan, draft: draft})
	if p != nil {
		return false, p
	}
	defer resp.Release()
	n, known := wholeNumber([]byte(gjson.GetBytes(resp.Body, plan.CountPath()).Raw))
	if !known {
		return false, s.read.unusable(errors.New("the count is not a number"))
	}
	s.total, s.asOf = n, s.list.engine.now()
	return true, nil
}
