package query

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// ref is one row. Run is the place of the group of equal keys that it belongs to: the
// number of native rows before the group, or of rows before it where the gateway
// made the order.
type ref struct {
	page *page
	row  int32
	run  int
}

// source gives the rows of one platform in the order asked for.
//
// A source is direct when the platform itself answers in that order: its pages are
// then read one by one, as they are needed. Otherwise it gathers: everything is
// read, filtered, sorted, and kept.
type source struct {
	list  *listing
	read  *reader
	op    *mapping.OperationPlan
	parts []part
	calls []*call // of the parts, made when the first of them is needed

	predicates []*predicate
	taps       []int // of the plan, by column
	keys       []value
	id         value

	direct  bool
	pager   pager
	ready   []ref
	held    []ref // the last group of equal keys, which may go on in the next page
	next    int   // the first of ready that was not given away
	start   int   // next at the beginning of this request
	from    place // rows before it are left out
	done    bool  // nothing is left to read
	total   int   // -1: not known
	asOf    time.Time
	since   cache.Mark // from before its rows were read
	warm    bool       // all rows were kept from an earlier request
	kept    bool       // the rows are kept for the next page
	adopted bool       // … as they were kept before
	failed  *problem.Problem
	given   int
	elapsed time.Duration
	lacking []string  // filters on members that the platform never gives
	ledger  *keptRows // nil: the rows are read from the platform

	mu    sync.Mutex // of what follows: calls of one source may run side by side
	pages []*page
}

// part is one call of the operation, before it is known how often it is made.
type part struct {
	plan  *mapping.CallPlan
	draft *mapping.Draft
}

// empty makes the source one without rows.
func (s *source) empty() { s.done, s.total = true, 0 }

// fill reads until at least want rows are ready, or there are no more.
func (s *source) fill(ctx context.Context, want int) {
	if s.done || s.failed != nil {
		return
	}
	began := s.list.engine.now()
	for !s.done && s.failed == nil && len(s.ready)-s.next < want {
		s.warm = false
		if s.list.streaming {
			s.recycle()
		}
		s.failed = s.advance(ctx, want-(len(s.ready)-s.next))
	}
	if s.done || s.failed != nil || !s.list.scanning {
		s.ledger.close()
	}
	s.elapsed += s.list.engine.now().Sub(began)
}

// advance reads the next native page, or everything.
func (s *source) advance(ctx context.Context, want int) *problem.Problem {
	if s.calls == nil {
		if p := s.bringUp(ctx); p != nil {
			return p
		}
		if p := s.spread(ctx); p != nil {
			return p
		}
		if len(s.calls) == 0 {
			s.empty()
			return nil
		}
	}
	if !s.direct {
		return s.gather(ctx)
	}
	c := s.calls[0]
	s.size(c.plan, want)
	b, p := s.readPage(ctx, c, &s.pager)
	if p != nil || b == nil {
		return p // without a page the ledger has failed: the platform is asked next
	}
	if p := s.add(b); p != nil || !s.direct {
		return p
	}
	if b.end {
		s.release()
		s.finish()
	}
	return nil
}

// size decides how many rows a native page is asked for. A first page has no more than
// it needs; whoever goes on gets the largest pages, so that a walk makes few requests.
func (s *source) size(plan *mapping.CallPlan, want int) {
	pg, paging := &s.pager, plan.Paging
	switch {
	case s.ledger != nil:
		s.sizeKept(want)
	case paging == nil || paging.Size == nil:
	case pg.small:
		pg.enlarge(paging)
	case pg.size > 0:
	case s.list.counting && plan.Total >= 0 && len(s.predicates) == 0:
		pg.size, pg.small = 1, true // the answer says how many rows there are
	case s.list.cursor == nil && len(s.predicates) == 0 && !s.list.counting && !s.list.scanning && s.list.request.limit() >= 0 && want*2 <= paging.Max:
		if pg.size = want; len(s.keys) > 0 {
			pg.size++ // a row is only known to end its group by the next one
		}
		pg.small = true
	default:
		pg.size = paging.Max
	}
}

// add puts the rows of a page behind those that were read before.
func (s *source) add(b *batch) *problem.Problem {
	if len(s.predicates) == 0 {
		s.ready = slices.Grow(s.ready, b.rows)
	}
	for i := range b.rows {
		r := ref{page: b.page, row: int32(i), run: b.page.First + i}
		if len(s.keys) > 0 && i > 0 && s.compareKeys(ref{page: b.page, row: r.row - 1}, r) > 0 {
			return s.disorder()
		}
		if r.run < b.skip || r.run < s.from.Run || !s.passes(r) {
			continue
		}
		if len(s.keys) == 0 {
			s.ready = append(s.ready, r)
			continue
		}
		if p := s.hold(r); p != nil || !s.direct {
			return p
		}
	}
	return nil
}

// hold puts a row into the group of equal keys that it belongs to: rows with equal
// keys come in the order of their identifiers, which no platform is asked for.
func (s *source) hold(r ref) *problem.Problem {
	if n := len(s.held); n > 0 {
		switch c := s.compareKeys(s.held[n-1], r); {
		case c >= 0 && s.held[n-1].page != r.page && s.has(r):
			return nil // rows were added before it while pages were read, so it came again
		case c == 0:
			r.run = s.held[0].run
			s.held = append(s.held, r)
			return nil
		case c > 0:
			return s.disorder()
		}
		s.release()
	}
	s.held = append(s.held[:0], r)
	return nil
}

// has tells whether the same row was read before. Its identifier alone does not tell,
// since some platforms use one twice.
func (s *source) has(r ref) bool {
	id := s.id.of(r)
	if isNull(id) {
		return false
	}
	row := r.page.Row(int(r.row))
	same := func(other ref) bool {
		return bytes.Equal(s.id.of(other), id) && bytes.Equal(other.page.Row(int(other.row)), row)
	}
	return slices.ContainsFunc(s.held, same) || slices.ContainsFunc(s.ready, same)
}

// passes tells whether a row passes the filters that the gateway applies.
func (s *source) passes(r ref) bool {
	for _, p := range s.predicates {
		if !p.holds(r) {
			return false
		}
	}
	return true
}

// release makes the held group ready, its rows in the order of their identifiers.
func (s *source) release() {
	if len(s.held) > 1 {
		slices.SortStableFunc(s.held, s.compareIDs)
	}
	s.ready = append(s.ready, s.held...)
	s.held = s.held[:0]
}

// disorder answers a platform that does not keep the order it was asked for. Where
// nothing was shown yet, the gateway makes the order itself, and for a while does so
// for every list that begins.
func (s *source) disorder() *problem.Problem {
	s.list.engine.distrust(s.read)
	s.ready, s.held, s.next, s.pager = nil, nil, 0, pager{}
	if s.list.cursor != nil || s.given > 0 {
		p := problem.New(problem.PlatformInvalidResponse, "%s did not keep the order that was asked for; ask again from the start.", s.read.platform.Name)
		p.Platform = s.read.platform.Name
		return p
	}
	s.direct = false
	return nil
}

// finish ends the source: what is ready is all that there is.
func (s *source) finish() {
	s.done = true
	if s.total < 0 {
		s.total = s.from.Given + s.given + s.rest()
	}
}

func (s *source) compareKeys(a, b ref) int {
	for i, k := range s.list.keys {
		if c := compareTokens(s.keys[i].of(a), s.keys[i].of(b), k); c != 0 {
			return c
		}
	}
	return 0
}

func (s *source) compareIDs(a, b ref) int {
	return compareTokens(s.id.of(a), s.id.of(b), key{})
}

// rest is the number of rows that are ready and were not given away.
func (s *source) rest() int { return max(0, len(s.ready)-s.next) }

// exhausted tells whether every row was given away.
func (s *source) exhausted() bool { return s.rest() == 0 && (s.done || s.failed != nil) }

// takeAll gives up to n rows away that are ready.
func (s *source) takeAll(n int) []ref {
	n = min(n, s.rest())
	rows := s.ready[s.next : s.next+n : s.next+n]
	s.next += n
	s.given += n
	return rows
}

// take gives the next row away.
func (s *source) take() ref {
	r := s.ready[s.next]
	s.next++
	s.given++
	return r
}

// keep remembers a page, to be given back when the request ends.
func (s *source) keep(p *page) {
	s.mu.Lock()
	s.pages = append(s.pages, p)
	s.mu.Unlock()
}

// recycle gives back the pages that no row to come is in, for lists that are written
// while they are read.
func (s *source) recycle() {
	if s.next > len(s.ready) {
		return // rows that were shown before are still to be read again
	}
	s.ready = append(s.ready[:0], s.ready[s.next:]...)
	s.next = 0
	used := make(map[*page]bool, 2)
	for _, r := range s.ready {
		used[r.page] = true
	}
	for _, r := range s.held {
		used[r.page] = true
	}
	s.pages = slices.DeleteFunc(s.pages, func(p *page) bool {
		if used[p] {
			return false
		}
		s.list.engine.free(p)
		return true
	})
}

// free gives the memory of all rows back, unless the next page needs them.
func (s *source) free() {
	s.ledger.close()
	if s.kept || s.adopted {
		return
	}
	for _, p := range s.pages {
		s.list.engine.free(p)
	}
	s.pages, s.ready, s.held = nil, nil, nil
}
