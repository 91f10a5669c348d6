package query

import (
	"context"
	"sort"

	"golang.org/x/sync/errgroup"
)

// gatherCalls is how many calls of one list a platform is asked at the same time.
const gatherCalls = 4

// gather reads everything that the calls of a source give, and brings it into order.
func (s *source) gather(ctx context.Context) {
	rows := make([][]ref, len(s.calls))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(gatherCalls)
	for i, c := range s.calls {
		group.Go(func() error {
			var err error
			rows[i], err = s.readAll(ctx, c)
			return err
		})
	}
	err := group.Wait()
	s.held = nil
	s.ready = s.ready[:0]
	for _, list := range rows {
		s.ready = append(s.ready, list...)
	}
	s.sortReady()
	s.next = max(s.next, s.from.Run)
	s.done = true
	if err != nil {
		s.failed = asProblem(err)
		if !s.failedPartly() {
			s.ready = nil
		}
		return
	}
	s.total = len(s.ready)
}

// failedPartly tells whether the rows of the calls that went well may be shown: not
// where the gateway had to order or count all of them.
func (s *source) failedPartly() bool {
	return len(s.keyColumns) == 0 && s.list.cursor == nil && len(s.ready) > 0
}

func (s *source) sortReady() {
	if len(s.keyColumns) > 0 {
		sort.SliceStable(s.ready, func(i, j int) bool {
			a, b := s.ready[i], s.ready[j]
			if c := s.compareKeys(a, b); c != 0 {
				return c < 0
			}
			return s.compareIDs(a, b) < 0
		})
	}
	for i := range s.ready {
		s.ready[i].run = int32(i) //nolint:gosec // bounded by the scan limit
	}
}

// readAll reads every page of one call, and keeps the rows that pass the filters.
func (s *source) readAll(ctx context.Context, c *call) ([]ref, error) {
	var out []ref
	pg := pager{bulk: true}
	size := 0
	if c.plan.Paging != nil && c.plan.Paging.Size != nil {
		size = c.plan.Paging.Max
	}
	for {
		n, p := s.readPage(ctx, c, &pg, size)
		if p != nil {
			return out, p
		}
		for i := range n.rows {
			if s.passes(n.page, i) {
				out = append(out, ref{page: n.page, row: int32(i)}) //nolint:gosec // bounded by the page
			}
		}
		if n.end {
			return out, nil
		}
	}
}
