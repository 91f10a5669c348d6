package query

import (
	"cmp"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// place is how far one platform has been read.
type place struct {
	Platform string `json:"n"`
	// Run is the number of native rows before the group of rows with equal keys
	// in which the page ended, and Skip how many rows of that group it had. Where the
	// gateway made the order, Run is the number of rows shown.
	Run  int `json:"r,omitempty"`
	Skip int `json:"k,omitempty"`
	// Page is where Run is; nil for the first page, and where an offset tells.
	Page *pageAt `json:"a,omitempty"`
	// Kept tells that the rows came from the ledger, in its order.
	Kept bool `json:"l,omitempty"`
	// Gathered tells that the gateway made the order.
	Gathered bool `json:"o,omitempty"`
	// Given is the number of rows shown so far.
	Given int `json:"g,omitempty"`
	// Total is the number of all rows; nil where it is not known yet.
	Total *int `json:"t,omitempty"`
	Done  bool `json:"d,omitempty"`
	// Problem is the code of the problem that ended the platform's part of the walk.
	Problem problem.Code `json:"x,omitempty"`
}

// place says where the source stands after the rows that were given away. A page of
// rows is read with one row to spare, so that either a row is ready or none is left.
func (s *source) place() place {
	p := place{Platform: s.read.platform.Name, Gathered: !s.direct, Given: s.from.Given + s.given, Done: s.rest() == 0}
	if s.total >= 0 {
		p.Total = &s.total
	}
	if s.failed != nil {
		p.Problem = s.failed.Code
	}
	if p.Done {
		return p
	}
	p.Run = s.ready[s.next].run
	first := s.next
	for first > 0 && s.ready[first-1].run == p.Run {
		first--
	}
	p.Skip = s.next - first
	if p.Gathered {
		return p
	}
	// the group may lie in several pages, in any order
	at := s.ready[first].page
	for _, r := range s.ready[first:] {
		if r.run != p.Run {
			break
		}
		if r.page.First < at.First {
			at = r.page
		}
	}
	if s.ledger != nil {
		if p.Kept = true; at.Index > 0 {
			p.Page = &at.pageAt
		}
		return p
	}
	if paging := s.parts[0].plan.Paging; at.Index > 0 && paging != nil && paging.Kind != "offset" {
		p.Page = &at.pageAt
	}
	return p
}

// leave makes the place one in an order that the gateway makes: behind as many rows as
// were shown.
func (p *place) leave(shown int) {
	p.Kept, p.Gathered, p.Run, p.Skip, p.Page = false, true, shown, 0, nil
}

// of returns the place of a platform; nil where it came after the walk began.
func (c *cursor) of(platform string) *place {
	for i := range c.Places {
		if c.Places[i].Platform == platform {
			return &c.Places[i]
		}
	}
	return nil
}

// over ends a source whose part of the walk is over, and tells whether it is.
func (l *listing) over(s *source) bool {
	if l.cursor == nil {
		return false
	}
	from := l.cursor.of(s.read.platform.Name)
	if from == nil {
		s.empty()
		return true
	}
	s.from = *from
	if from.Total != nil {
		s.total = *from.Total
	}
	if from.Done {
		s.done = from.Problem == ""
		s.failEarlier()
	}
	return from.Done
}

// failEarlier makes the source fail as it did on an earlier page, if it did.
func (s *source) failEarlier() {
	if s.from.Problem == "" {
		return
	}
	s.failed = problem.New(s.from.Problem, "%s failed earlier in this walk; its rows are missing since. Start the list again to have them.", s.read.platform.Name)
	s.failed.Platform = s.read.platform.Name
}

// resume puts a source where the cursor says: into what was kept, else where its rows
// have to be read again from.
func (l *listing) resume(s *source) {
	if l.cursor == nil {
		return
	}
	if s.from.Gathered == s.direct {
		s.failed = invalidCursor("what the platform can do has changed since; start the list again")
		return
	}
	if s.adopt() {
		return
	}
	if s.failEarlier(); s.failed != nil {
		return
	}
	s.next = s.from.Skip
	s.start = s.next
	if !s.direct {
		return
	}
	switch paging := s.parts[0].plan.Paging; {
	case paging == nil && s.ledger == nil:
	case s.ledger == nil && paging.Kind == "offset":
		s.pager.offset = s.from.Run
	case s.from.Page != nil:
		at := s.from.Page
		s.pager = pager{offset: at.First, index: at.Index, size: at.Size, cursor: at.Cursor}
	}
}

// adopt goes on with what was kept of the walk, if it still has the row to go on with.
func (s *source) adopt() bool {
	w := s.list.engine.walkOf(s.list.engine.walkKey(s.list.cursor, s.read.platform.Name))
	if w == nil {
		return false
	}
	i, found := slices.BinarySearchFunc(w.ready, s.from.Run, func(r ref, run int) int { return cmp.Compare(r.run, run) })
	if !found {
		return false
	}
	s.ready, s.held, s.pager, s.asOf = w.ready, w.held, w.pager, w.asOf
	s.done, s.failed, s.adopted = w.done, w.failed, w.over()
	if !s.adopted {
		// the rows that follow are for this request alone
		s.ready, s.held = slices.Clone(w.ready), slices.Clone(w.held)
		s.pager.pages = 0
	}
	s.next = i + s.from.Skip
	s.start = s.next
	if s.done {
		s.finish()
	}
	return true
}

// store keeps what a source has read and not shown, for the next page. The rows of this
// page are kept too, for a client that asks for it again.
func (s *source) store(c *cursor) {
	if s.rest() == 0 || s.adopted || s.direct && s.pager.small {
		return // after a small page a cursor says where to go on, at the same cost
	}
	first := min(s.start, len(s.ready))
	for first > 0 && first < len(s.ready) && s.ready[first-1].run == s.ready[first].run {
		first--
	}
	s.kept = true
	name := s.read.platform.Name
	e := s.list.engine
	e.keepWalk(e.walkKey(c, name), s.since, s.list.operation.ID, []string{name}, &walk{
		ready: slices.Clone(s.ready[first:]), held: slices.Clone(s.held),
		pager: s.pager, done: s.done, failed: s.failed, asOf: s.asOf,
	})
}

// walkKey is what a walk is kept under. Another engine, such as one with other accounts,
// does not find it.
func (e *Engine) walkKey(c *cursor, platform string) string {
	return e.identity + "\x00" + c.Walk + "\x00" + c.Query + "\x00" + platform
}
