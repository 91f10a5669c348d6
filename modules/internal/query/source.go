package query

import (
	"context"
	"sort"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// maxPages is how many pages of one list a request reads where the mapping names no
// other bound: an end for platforms whose paging has none.
const maxPages = 1000

// ref is one row. Run is the place of the group of equal keys that it belongs to: the
// number of native rows before the group, or of rows before it where the gateway
// made the order.
type ref struct {
	page *reshape.Page
	row  int32
	run  int32
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
	calls []*call

	predicates []*predicate
	column     map[int]int // tap of the plan → tap of the page
	keyColumns []int
	idColumn   int

	direct  bool
	empty   bool // no row can match: nothing to ask
	pager   pager
	ready   []ref
	held    []ref // the last group of equal keys, which may go on in the next page
	next    int   // the first of ready that was not given away
	start   int   // next at the beginning of this request
	from    place // rows before it are left out
	done    bool
	total   int // -1: not known
	asOf    time.Time
	warm    bool // all rows were kept from an earlier request
	kept    bool // the rows are kept for the next page
	failed  *problem.Problem
	given   int
	elapsed time.Duration
	lacking []string // filters on members that the platform never gives

	mu    sync.Mutex // of what follows: calls of one source may run side by side
	pages []*reshape.Page
}

// keep remembers a page, to be given back when the request ends.
func (s *source) keep(p *reshape.Page) {
	s.mu.Lock()
	s.pages = append(s.pages, p)
	s.mu.Unlock()
}

// note takes what a page says beside its rows.
func (s *source) note(c *call, page *reshape.Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asOf = s.list.engine.now()
	s.list.engine.countUnknown(s.read.platform.Name, page.UnknownEnums)
	if c.plan.Total >= 0 && len(s.predicates) == 0 && len(s.calls) == 1 {
		if n, ok := wholeNumber(page.Captured[c.plan.Total]); ok {
			s.total = n
		}
	}
}

// fill reads until at least want rows are ready, or there are no more.
func (s *source) fill(ctx context.Context, want int) {
	if s.done || s.failed != nil {
		return
	}
	began := s.list.engine.now()
	defer func() { s.elapsed += s.list.engine.now().Sub(began) }()
	if s.empty {
		s.done, s.total = true, 0
		return
	}
	for !s.done && s.failed == nil && len(s.ready)-s.next < want {
		s.warm = false
		if s.list.streaming {
			s.recycle()
		}
		if !s.direct {
			s.gather(ctx)
			return
		}
		s.failed = s.turn(ctx, want-(len(s.ready)-s.next))
	}
}

// turn reads the next native page of a direct source.
func (s *source) turn(ctx context.Context, want int) *problem.Problem {
	c := s.calls[0]
	got, p := s.readPage(ctx, c, &s.pager, s.size(c.plan.Paging, want))
	if p != nil {
		return p
	}
	for i := range got.rows {
		ordinal := got.first + i
		if ordinal < s.from.Run || ordinal < got.skip {
			continue
		}
		if p := s.add(got.page, i, ordinal); p != nil {
			return p
		}
		if !s.direct {
			return nil // the order was not kept: start over, gathering
		}
	}
	if got.end {
		s.finish()
	}
	return nil
}

// size is how many rows to ask for. A first page is asked for no more than it needs;
// whoever goes on gets the largest pages, so that a walk makes few native requests.
func (s *source) size(paging *mapping.Paging, want int) int {
	switch {
	case paging == nil || paging.Size == nil:
		return 0
	case s.list.cursor != nil || len(s.predicates) > 0 || s.pager.pages > 0 || want*2 > paging.Max:
		s.pager.bulk = true
		return paging.Max
	case len(s.keyColumns) > 0:
		return want + 1 // a row is only known to end its group by the next one
	}
	return want
}

// native is one page as the platform gave it.
type native struct {
	page  *reshape.Page
	rows  int
	first int  // native rows before its first
	skip  int  // rows before this one were read already
	end   bool // no page follows
}

// readPage reads the page at a pager, and moves the pager behind it.
func (s *source) readPage(ctx context.Context, c *call, pg *pager, size int) (native, *problem.Problem) {
	paging := c.plan.Paging
	n := native{page: s.list.engine.page(), first: pg.offset, skip: pg.offset}
	s.keep(n.page)
	var at mapping.PageAt
	if paging != nil {
		if pg.pages++; pg.pages > max(paging.Pages, maxPages) {
			return n, s.tooMany()
		}
		at = pg.at(paging, size)
		if paging.Size != nil && paging.Kind == "page" {
			// whole pages only: what lies before the wanted row is read again
			n.first = at.Index * size
		}
	}
	var p *problem.Problem
	if n.rows, p = s.read.read(ctx, c, at, n.page); p != nil {
		return n, p
	}
	s.note(c, n.page)
	if p := s.list.scan(n.rows, len(s.predicates) > 0 || !s.direct); p != nil {
		p.Platform = s.read.platform.Name
		return n, p
	}
	n.end = paging == nil || s.last(c, pg, &n, size)
	pg.offset = max(pg.offset, n.first+n.rows)
	return n, nil
}

// last tells whether no page follows the one just read.
func (s *source) last(c *call, pg *pager, n *native, size int) bool {
	paging := c.plan.Paging
	first := ""
	if n.rows > 0 {
		first = string(n.page.Row(0))
	}
	if n.rows > 0 && n.first == pg.offset && n.first > 0 && first == pg.first {
		// the same page again: the platform does not page, and had given all
		n.rows = 0
		return true
	}
	pg.first = first
	pg.index++
	if paging.Kind == "cursor" {
		if pg.cursor = tokenText(n.page.Captured[c.plan.Cursor]); pg.cursor == "" {
			return true
		}
	}
	switch paging.Stop {
	case "short_page":
		return n.rows == 0 || size > 0 && n.rows < size
	case "total":
		total, ok := wholeNumber(n.page.Captured[c.plan.Total])
		return n.rows == 0 || ok && n.first+n.rows >= total
	}
	return n.rows == 0
}

func (s *source) tooMany() *problem.Problem {
	p := problem.New(problem.PlatformInvalidResponse, "%s: the list goes on after %d pages.", s.read.platform.Title, maxPages)
	p.Platform = s.read.platform.Name
	return p
}

// add puts a row into its place behind those that were read before it.
func (s *source) add(page *reshape.Page, row, ordinal int) *problem.Problem {
	if !s.passes(page, row) {
		return nil
	}
	r := ref{page: page, row: int32(row), run: int32(ordinal)} //nolint:gosec // both are bounded by a page cap
	if len(s.keyColumns) == 0 {
		s.ready = append(s.ready, r)
		return nil
	}
	if n := len(s.held); n > 0 {
		switch c := s.compareKeys(s.held[n-1], r); {
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

// passes tells whether a row passes the filters that the gateway applies.
func (s *source) passes(page *reshape.Page, row int) bool {
	for _, p := range s.predicates {
		if !p.holds(page, row, s.column) {
			return false
		}
	}
	return true
}

// release makes the held group ready, its rows in the order of their identifiers.
func (s *source) release() {
	if len(s.held) > 1 {
		sort.SliceStable(s.held, func(i, j int) bool { return s.compareIDs(s.held[i], s.held[j]) < 0 })
	}
	s.ready = append(s.ready, s.held...)
	s.held = s.held[:0]
}

// disorder answers a platform that does not keep the order it was asked for. Where
// nothing was shown yet, the gateway makes the order itself.
func (s *source) disorder() *problem.Problem {
	if s.list.cursor != nil || s.next > 0 {
		p := problem.New(problem.PlatformInvalidResponse, "%s did not keep the order that was asked for; ask again from the start.", s.read.platform.Title)
		p.Platform = s.read.platform.Name
		return p
	}
	s.direct = false
	s.ready, s.held, s.pager = nil, nil, pager{}
	return nil
}

// finish ends the source: what was held back is complete.
func (s *source) finish() {
	s.release()
	s.done = true
	if s.total < 0 && s.from.Run == 0 && s.from.Skip == 0 {
		s.total = len(s.ready)
	}
}

func (s *source) compareKeys(a, b ref) int {
	for i, k := range s.list.keys {
		column := s.keyColumns[i]
		if c := compareTokens(a.page.Tap(int(a.row), column), b.page.Tap(int(b.row), column), k); c != 0 {
			return c
		}
	}
	return 0
}

func (s *source) compareIDs(a, b ref) int {
	return compareTokens(a.page.Tap(int(a.row), s.idColumn), b.page.Tap(int(b.row), s.idColumn), key{})
}

// place says where the source stands after the rows that were given away.
func (s *source) place() place {
	p := place{Platform: s.read.platform.Name}
	switch {
	case s.failed != nil:
		p.Problem = s.failed.Code
	case s.next < len(s.ready):
		p.Run = int(s.ready[s.next].run)
		for i := s.next - 1; i >= 0 && s.ready[i].run == s.ready[s.next].run; i-- {
			p.Skip++
		}
	case s.done:
		p.Done = true
	case len(s.held) > 0:
		p.Run = int(s.held[0].run)
	default:
		p.Run = s.pager.offset
	}
	return p
}

// exhausted tells whether every row was given away.
func (s *source) exhausted() bool {
	return s.failed != nil || s.done && s.next >= len(s.ready)
}

// recycle gives back the pages that no row to come is in, for lists that are written
// while they are read.
func (s *source) recycle() {
	used := map[*reshape.Page]bool{}
	for _, list := range [][]ref{s.ready[min(s.next, len(s.ready)):], s.held} {
		for _, r := range list {
			used[r.page] = true
		}
	}
	kept := s.pages[:0]
	for _, p := range s.pages {
		if used[p] {
			kept = append(kept, p)
			continue
		}
		s.list.engine.free(p)
	}
	s.pages = kept
	s.ready = append(s.ready[:0], s.ready[min(s.next, len(s.ready)):]...)
	s.next = 0
}
