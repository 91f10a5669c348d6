package query

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// List is the answer to a list request. Its rows are read with [List.Each], which has
// to be called once before anything else is asked of it, and [List.Close] frees it.
type List struct {
	listing *listing
	sources []*source
	lacking []Status
	limit   int
	total   int
	rows    []ref
	next    string
}

// List reads a list. With [Request.Stream] only the first rows are read before it
// returns; otherwise the whole page is.
func (e *Engine) List(ctx context.Context, r *Request) (*List, *problem.Problem) {
	asked, lacking, p := e.choose(r)
	if p != nil {
		return nil, p
	}
	listing := e.listing(r, len(asked))
	listing.streaming = r.Stream && r.limit() < 0
	l := &List{listing: listing, limit: r.limit(), total: -1}
	if text := r.Params.Text("cursor"); text != "" {
		if listing.cursor, p = open(e.secret, text, r.digest(), e.now()); p != nil {
			return nil, p
		}
	}
	for _, platform := range lacking {
		p := e.unsupported(r.Params.Operation().ID, r.Client, []*Platform{platform})
		l.lacking = append(l.lacking, Status{Platform: platform.Name, Status: Failed, Problem: p, AsOf: e.now()})
	}
	if l.limit == 0 {
		l.countAll(ctx, asked)
	} else {
		l.open(ctx, asked)
	}
	if p := l.refusal(); p != nil {
		l.Close()
		return nil, p
	}
	if listing.streaming || l.limit == 0 {
		return l, nil
	}
	for len(l.rows) < l.limit || l.limit < 0 {
		s := l.pop(ctx)
		if s == nil {
			break
		}
		l.rows = append(l.rows, s.take())
	}
	if p := l.refusal(); p != nil {
		l.Close()
		return nil, p
	}
	l.end()
	return l, nil
}

// open prepares all platforms at the same time and reads their first rows.
func (l *List) open(ctx context.Context, asked []*Platform) {
	l.sources = make([]*source, len(asked))
	want := l.limit + 1
	if l.limit < 0 {
		want = 1
	}
	l.concurrently(len(asked), func(i int) {
		began := l.listing.engine.now()
		s := l.listing.prepare(ctx, asked[i])
		s.elapsed = l.listing.engine.now().Sub(began)
		s.fill(ctx, want)
		l.sources[i] = s
	})
}

// concurrently runs f for each platform. A single one needs no goroutine.
func (l *List) concurrently(n int, f func(i int)) {
	if n == 1 {
		f(0)
		return
	}
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

// refusal returns the problem that is the whole answer, if any: the first failure
// where all platforms are required, or where none gave anything.
func (l *List) refusal() *problem.Problem {
	all := l.listing.request.Params.Text("require") == "all"
	var first *problem.Problem
	for _, s := range l.sources {
		if s.failed == nil {
			if !all {
				return nil
			}
			continue
		}
		if first == nil {
			first = s.failed
		}
		if !all && s.given > 0 {
			return nil
		}
	}
	if all && first == nil && len(l.lacking) > 0 {
		first = l.lacking[0].Problem
	}
	return first
}

// pop finds the source whose next row comes first; nil when there are no more rows. A
// source that has none ready reads on first. There are few platforms, so they are
// simply looked through.
func (l *List) pop(ctx context.Context) *source {
	var first *source
	for _, s := range l.sources {
		if s.next >= len(s.ready) {
			if s.exhausted() {
				continue
			}
			if s.fill(ctx, 1); s.next >= len(s.ready) {
				continue
			}
		}
		if first == nil || l.before(s, first) {
			first = s
		}
	}
	return first
}

// before orders sources by their next rows: by the keys of the list, then by
// identifier; without keys by platform.
func (l *List) before(a, b *source) bool {
	ra, rb := a.ready[a.next], b.ready[b.next]
	for i, k := range l.listing.keys {
		c := compareTokens(ra.page.Tap(int(ra.row), a.keyColumns[i]), rb.page.Tap(int(rb.row), b.keyColumns[i]), k)
		if c != 0 {
			return c < 0
		}
	}
	return a.read.platform.Name < b.read.platform.Name
}

// take gives the next row away.
func (s *source) take() ref {
	r := s.ready[s.next]
	s.next++
	s.given++
	return r
}

// Each gives the rows, one JSON object after the other. A row is valid until yield
// returns. The error is yield's.
func (l *List) Each(ctx context.Context, yield func(row []byte) error) error {
	if !l.listing.streaming {
		for _, r := range l.rows {
			if err := yield(r.page.Row(int(r.row))); err != nil {
				return err
			}
		}
		return nil
	}
	for {
		s := l.pop(ctx)
		if s == nil {
			l.end()
			return nil
		}
		r := s.take()
		if err := yield(r.page.Row(int(r.row))); err != nil {
			return err
		}
	}
}

// Len returns the number of rows of a page; it is not known of a stream.
func (l *List) Len() int { return len(l.rows) }

// end settles the total and the cursor, and keeps what further pages can use.
func (l *List) end() {
	e := l.listing.engine
	l.total = l.knownTotal()
	more := false
	for _, s := range l.sources {
		more = more || !s.exhausted()
	}
	if !more || l.limit <= 0 {
		return
	}
	c := &cursor{Query: l.listing.request.digest(), Expires: e.now().Add(CursorLife).Unix()}
	if l.listing.cursor != nil {
		c.Walk = l.listing.cursor.Walk
	} else {
		c.Walk = encoding.EncodeToString(randomBytes(12))
	}
	if l.total >= 0 {
		c.Total = &l.total
	}
	for _, s := range l.sources {
		c.Places = append(c.Places, s.place())
		l.listing.keep(s, c)
	}
	l.next = seal(e.secret, c)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand aborts the program instead
	return b
}

func (l *List) knownTotal() int {
	if c := l.listing.cursor; c != nil {
		if c.Total == nil {
			return -1
		}
		return *c.Total
	}
	sum := 0
	for _, s := range l.sources {
		if s.failed != nil || s.total < 0 {
			return -1
		}
		sum += s.total
	}
	if len(l.lacking) > 0 {
		return -1
	}
	return sum
}

// Next returns the cursor of the next page; empty when there is none.
func (l *List) Next() string { return l.next }

// Total returns the number of rows of the whole list, and whether it is known.
func (l *List) Total() (int, bool) { return l.total, l.total >= 0 }

// Close gives the memory of the rows back.
func (l *List) Close() {
	for _, s := range l.sources {
		if s == nil || s.kept {
			continue
		}
		for _, p := range s.pages {
			l.listing.engine.free(p)
		}
		s.pages, s.ready, s.held = nil, nil, nil
	}
	l.rows = nil
}

// Failed, OK and Partial are the states of a platform's part in an answer.
const (
	OK      = "ok"
	Partial = "partial"
	Failed  = "failed"
)

// Status is one platform's part in an answer.
type Status struct {
	Platform       string
	Status         string
	Rows           int
	Cache          string // miss, or hit for rows that were kept
	AsOf           time.Time
	NativeRequests int
	Elapsed        time.Duration
	Unsupported    []string
	Timezone       string // reports: the zone of the days
	Problem        *problem.Problem
}

// Statuses describes every platform's part, by name.
func (l *List) Statuses() []Status {
	out := make([]Status, 0, len(l.sources)+len(l.lacking))
	for _, s := range l.sources {
		st := Status{
			Platform: s.read.platform.Name, Status: OK, Rows: s.given, Cache: "miss", AsOf: s.asOf,
			NativeRequests: int(s.read.requests.Load()), Elapsed: s.elapsed, Unsupported: s.lacking, Problem: s.failed,
		}
		if s.warm && s.failed == nil && len(s.ready) > 0 {
			st.Cache = "hit"
		}
		if s.failed != nil {
			st.Status = Failed
			if s.given > 0 {
				st.Status = Partial
			}
		}
		out = append(out, st)
	}
	return append(out, l.lacking...)
}

// keep stores what a source has read and not shown, for the next page.
func (l *listing) keep(s *source, c *cursor) {
	if s.failed != nil || s.done && s.next >= len(s.ready) {
		return
	}
	if s.direct && !s.pager.bulk && len(s.calls) == 1 && s.calls[0].plan.Paging != nil {
		return // only a row or two were read ahead: a cursor says where to go on
	}
	first := min(s.start, len(s.ready))
	for first > 0 && first < len(s.ready) && s.ready[first-1].run == s.ready[first].run {
		first--
	}
	s.kept = true
	l.engine.walks.put(walkKey(c, s.read.platform.Name), &walk{
		ready: append([]ref(nil), s.ready[first:]...), held: append([]ref(nil), s.held...),
		pager: s.pager, done: s.done, total: s.total, asOf: s.asOf,
	})
}

func walkKey(c *cursor, platform string) string {
	return c.Walk + "\x00" + c.Query + "\x00" + platform
}

// resume puts a source where the cursor says: into what was kept, else where its rows
// have to be read again from.
func (l *listing) resume(s *source) {
	if l.cursor == nil {
		return
	}
	name := s.read.platform.Name
	at := -1
	for i, p := range l.cursor.Places {
		if p.Platform == name {
			at = i
		}
	}
	if at < 0 {
		s.empty = true // the platform came after the walk began
		return
	}
	from := l.cursor.Places[at]
	switch {
	case from.Problem != "":
		s.failed = problem.New(from.Problem, "%s failed earlier in this walk; its rows are missing since. Start the list again to have them.", s.read.platform.Title)
		s.failed.Platform = name
		return
	case from.Done:
		s.done = true
		return
	}
	s.from = from
	if w := l.engine.walks.get(walkKey(l.cursor, name)); w != nil && s.adopt(w) {
		return
	}
	s.next = from.Skip
	s.start = s.next
	if s.direct && len(s.calls) == 1 {
		if p := s.calls[0].plan.Paging; p != nil && p.Size != nil && p.Kind != "cursor" {
			s.pager.offset = from.Run
		}
	}
}

// adopt goes on with a kept walk, if it still has the row to go on with.
func (s *source) adopt(w *walk) bool {
	for i, r := range w.ready {
		if int(r.run) != s.from.Run {
			continue
		}
		s.ready, s.held = append([]ref(nil), w.ready...), append([]ref(nil), w.held...)
		s.pager, s.done, s.total, s.asOf = w.pager, w.done, w.total, w.asOf
		s.pager.pages = 0
		s.next = i + s.from.Skip
		s.start = s.next
		return true
	}
	return false
}
