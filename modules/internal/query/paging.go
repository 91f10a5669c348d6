package query

import (
	"context"
	"hash/maphash"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// maxPages is how many native pages of one list a request reads where the mapping names
// no other bound: an end for platforms whose paging has none.
const maxPages = 1000

// page is one native page, reshaped, and where it was read.
type page struct {
	reshape.Page
	pageAt
}

// pageAt is where a native page was read. It is part of cursors, so that a walk goes on
// from the page in which it stopped, whatever sizes the platform's pages turn out to have.
type pageAt struct {
	Index  int    `json:"i"`           // pages before it
	Size   int    `json:"s,omitempty"` // rows asked for; 0: the platform's own choice
	Cursor string `json:"c,omitempty"` // the platform's
	First  int    `json:"f"`           // native rows before it
}

// pager is how far a platform's pages were read.
type pager struct {
	offset int    // native rows before the next page
	index  int    // native pages before the next page
	size   int    // rows asked for in each page; 0: not decided, or the platform's choice
	small  bool   // size is less than the platform's largest
	cursor string // the platform's
	skip   int    // rows before this one were read already, in smaller pages
	mark   uint64 // tells the last page from others
	pages  int    // pages read by this request
}

// enlarge goes over to the largest pages. Where pages have numbers, those of larger
// pages are others, so that the first one is read again.
func (pg *pager) enlarge(paging *mapping.Paging) {
	pg.size, pg.small = paging.Max, false
	if paging.Kind == "page" {
		pg.skip, pg.offset, pg.index, pg.mark = pg.offset, 0, 0, 0
	}
}

// batch is one native page as it was read.
type batch struct {
	page *page
	rows int
	skip int  // rows before this one were read already
	end  bool // no page follows
}

// readPage reads the page at a pager, and moves the pager behind it.
func (s *source) readPage(ctx context.Context, c *call, pg *pager) (*batch, *problem.Problem) {
	if s.ledger != nil {
		return s.readKept(ctx, c, pg)
	}
	paging := c.plan.Paging
	b := &batch{page: s.list.engine.page(), skip: pg.skip}
	s.keep(b.page)
	b.page.First = pg.offset
	var at mapping.PageAt
	if paging != nil {
		most := maxPages
		if paging.Pages > 0 {
			most = paging.Pages
		}
		if pg.pages++; pg.pages > most {
			return nil, s.tooMany(most)
		}
		at = mapping.PageAt{Size: pg.size, Index: pg.index, Offset: pg.offset, Cursor: pg.cursor}
		b.page.Index, b.page.Size, b.page.Cursor = pg.index, pg.size, pg.cursor
	}
	var p *problem.Problem
	if b.rows, p = s.read.read(ctx, c, at, &b.page.Page); p != nil {
		return nil, p
	}
	s.note(c, b.page)
	if p := s.list.scan(b.rows, len(s.predicates) > 0 || !s.direct || s.list.counting); p != nil {
		p.Platform = s.read.platform.Name
		return nil, p
	}
	b.end = paging == nil || s.last(c, pg, b)
	if b.end && paging != nil && s.list.engine.observer != nil {
		s.list.engine.observer.Stopped(c.plan, b.rows < b.page.Len())
	}
	return b, nil
}

// note takes what a page says beside its rows.
func (s *source) note(c *call, page *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asOf = s.list.engine.now()
	s.list.engine.countUnknown(s.read.platform.Name, page.UnknownEnums)
	if c.plan.Total >= 0 && s.total < 0 && len(s.predicates) == 0 && len(s.calls) == 1 {
		if n, ok := wholeNumber(page.Captured[c.plan.Total]); ok {
			s.total = n
		}
	}
}

// last moves the pager behind a page that was read, and tells whether no page follows.
func (s *source) last(c *call, pg *pager, b *batch) bool {
	mark := s.mark(b)
	if pg.index > 0 && mark != 0 && mark == pg.mark {
		// the same page again: the platform does not page, or repeats its last page
		b.rows = 0
		return true
	}
	pg.mark = mark
	pg.index++
	pg.offset += b.rows
	paging := c.plan.Paging
	if paging.Kind == "cursor" {
		next := tokenText(b.page.Captured[c.plan.Cursor])
		if next == "" || next == pg.cursor {
			return true
		}
		pg.cursor = next
	}
	switch paging.Stop {
	case "short_page":
		return b.rows == 0 || b.rows < pg.size
	case "total":
		total, ok := wholeNumber(b.page.Captured[c.plan.Total])
		return b.rows == 0 || ok && pg.offset >= total
	}
	return b.rows == 0
}

var markSeed = maphash.MakeSeed()

// mark tells a page from others, by its first and last rows or, where the client chose
// their members, by their identifiers. Zero: nothing tells.
func (s *source) mark(b *batch) uint64 {
	if b.rows == 0 {
		return 0
	}
	first, last := ref{page: b.page}, ref{page: b.page, row: int32(b.rows - 1)}
	var h maphash.Hash
	h.SetSeed(markSeed)
	for _, r := range []ref{first, last} {
		text := r.page.Row(int(r.row))
		if s.list.chosen {
			if text = s.id.of(r); isNull(text) {
				return 0
			}
		}
		_, _ = h.Write(text) // never fails
	}
	return h.Sum64()
}

func (s *source) tooMany(most int) *problem.Problem {
	p := problem.New(problem.PlatformInvalidResponse, "%s: the list goes on after %d pages.", s.read.platform.Name, most)
	p.Platform = s.read.platform.Name
	return p
}
