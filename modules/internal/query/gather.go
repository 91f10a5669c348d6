package query

import (
	"context"
	"slices"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// gatherCalls is how many calls of one list a platform is asked at the same time.
const gatherCalls = 4

// gather reads everything that the calls of a source give, and brings it into order.
// Where a call fails the rows of the others are shown beside the problem.
func (s *source) gather(ctx context.Context) *problem.Problem {
	rows := make([][]ref, len(s.calls))
	faults := make([]*problem.Problem, len(s.calls))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	slots := make(chan struct{}, gatherCalls)
	for i, c := range s.calls {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			rows[i], faults[i] = s.readAll(ctx, c)
			if faults[i] != nil && faults[i].Code == problem.ScanLimitExceeded {
				cancel() // the others would only spend native requests
			}
		})
	}
	group.Wait()
	if s.calls == nil {
		return faults[0] // the ledger has failed: the platform is asked next
	}
	s.held, s.ready = nil, slices.Concat(rows...)
	s.sortReady()
	p := s.fault(faults)
	if p != nil && (p.Code == problem.ScanLimitExceeded || s.list.cursor != nil) {
		// what is missing would move the place of all other rows
		s.ready = nil
		return p
	}
	s.next = max(s.next, s.from.Run)
	if p != nil {
		return p
	}
	s.finish()
	return nil
}

// fault is what the calls' problems amount to. An object that a call was made for and
// that does not exist has no rows, unless none exists of those that the client named.
func (s *source) fault(faults []*problem.Problem) *problem.Problem {
	var first, missing *problem.Problem
	found := false
	for i, p := range faults {
		switch {
		case p == nil:
			found = true
		case p.Code == problem.ScanLimitExceeded:
			return p
		case p.Code == problem.NotFound && s.calls[i].each:
			if s.calls[i].named {
				missing = p
			}
		case first == nil:
			first = p
		}
	}
	if first == nil && !found {
		return missing
	}
	return first
}

func (s *source) sortReady() {
	if len(s.keys) > 0 {
		slices.SortStableFunc(s.ready, func(a, b ref) int {
			if c := s.compareKeys(a, b); c != 0 {
				return c
			}
			return s.compareIDs(a, b)
		})
	}
	for i := range s.ready {
		s.ready[i].run = i
	}
}

// readAll reads every page of one call, and keeps the rows that pass the filters.
func (s *source) readAll(ctx context.Context, c *call) ([]ref, *problem.Problem) {
	var out []ref
	var pg pager
	if c.plan.Paging != nil && c.plan.Paging.Size != nil {
		pg.size = c.plan.Paging.Max
	}
	for {
		b, p := s.readPage(ctx, c, &pg)
		if p != nil || b == nil {
			return out, p
		}
		before := len(out)
		for i := range b.rows {
			if r := (ref{page: b.page, row: int32(i)}); s.passes(r) {
				out = append(out, r)
			}
		}
		if s.ledger != nil {
			if p := s.holdKept(b.page, len(out)-before); p != nil {
				return out, p
			}
		}
		if b.end {
			return out, nil
		}
	}
}
