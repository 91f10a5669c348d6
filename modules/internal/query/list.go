package query

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// List is the answer to a list request. Its rows are read with [List.Each], which has
// to be called once before anything else is asked of it, and [List.Close] frees it.
type List struct {
	listing *listing
	sources []*source
	lacking []answer.Status
	limit   int
	total   int
	rows    []ref
	next    string
	scratch *page // the memory of JSON, where the rows of several pages are put together
}

// List reads a list. With [Request.Stream] only the first rows are read before it
// returns; otherwise the whole page is.
func (e *Engine) List(ctx context.Context, r *Request) (*List, *problem.Problem) {
	asked, lacking, p := e.choose(r)
	if p != nil {
		return nil, p
	}
	l := &List{limit: r.limit(), total: -1}
	platforms := len(asked)
	var at *cursor
	if text := r.Params.Text("cursor"); text != "" {
		if at, p = open(e.secret, text, r.digest(), e.now()); p == nil {
			p = at.reaches(asked)
		}
		if p != nil {
			return nil, p
		}
		platforms = len(at.Places)
	}
	listing := e.listing(r, platforms)
	l.listing = listing
	if l.limit != 0 { // a count is of the whole list
		listing.cursor = at
	}
	listing.orderKept(asked)
	for _, platform := range lacking {
		p := e.unsupported(r.Params.Operation().ID, r.Client, []*Platform{platform})
		l.lacking = append(l.lacking, answer.Status{Platform: platform.Name, Status: answer.Failed, Problem: p, AsOf: e.now()})
	}
	if l.limit == 0 {
		l.countAll(ctx, asked)
	} else {
		listing.streaming = r.Stream && l.limit < 0
		l.open(ctx, asked)
	}
	if p := l.refusal(); p != nil {
		l.Close()
		return nil, p
	}
	if listing.streaming || l.limit == 0 {
		return l, nil
	}
	l.collect(ctx)
	if p := l.refusal(); p != nil {
		l.Close()
		return nil, p
	}
	l.end()
	return l, nil
}

// collect takes the rows of the page, in their order.
func (l *List) collect(ctx context.Context) {
	if len(l.sources) == 1 && l.limit > 0 {
		l.rows = l.sources[0].takeAll(l.limit)
		return
	}
	l.rows = make([]ref, 0, max(0, l.limit))
	for len(l.rows) < l.limit || l.limit < 0 {
		s := l.pop(ctx)
		if s == nil {
			return
		}
		l.rows = append(l.rows, s.take())
	}
}

// open prepares all platforms at the same time and reads their first rows.
func (l *List) open(ctx context.Context, asked []*Platform) {
	want := l.limit + 1
	if l.limit < 0 || l.listing.request.single {
		want = 1
	}
	l.concurrently(asked, func(platform *Platform) *source {
		s := l.listing.prepare(platform)
		s.fill(ctx, want)
		return s
	})
}

// concurrently makes the sources, each in a goroutine. A single one needs none.
func (l *List) concurrently(asked []*Platform, prepared func(*Platform) *source) {
	l.sources = make([]*source, len(asked))
	if len(asked) == 1 {
		l.sources[0] = prepared(asked[0])
		return
	}
	var group sync.WaitGroup
	for i, platform := range asked {
		group.Go(func() { l.sources[i] = prepared(platform) })
	}
	group.Wait()
}

// refusal returns the problem that is the whole answer, if any: the first failure
// where all platforms are required, or where none gave anything. A part of a list is not
// what is kept of it.
func (l *List) refusal() *problem.Problem {
	required := l.listing.request.Params.Text("require") == "all"
	all := required || l.listing.request.Mode.OnlyKept
	var first *problem.Problem
	for _, s := range l.sources {
		if first == nil {
			first = s.failed
		}
		if !all && (s.failed == nil || s.given > 0 || s.rest() > 0) {
			return nil
		}
	}
	if required && first == nil && len(l.lacking) > 0 {
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
		if s.rest() == 0 {
			if s.fill(ctx, 1); s.rest() == 0 {
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
	if len(l.listing.keys) > 0 {
		ra, rb := a.ready[a.next], b.ready[b.next]
		for i, k := range l.listing.keys {
			if c := compareTokens(a.keys[i].of(ra), b.keys[i].of(rb), k); c != 0 {
				return c < 0
			}
		}
		if c := compareTokens(a.id.of(ra), b.id.of(rb), key{}); c != 0 {
			return c < 0
		}
	}
	return a.read.platform.Name < b.read.platform.Name
}

// Each gives the rows, one JSON object after the other. A row is valid until yield
// returns. The error is yield's.
func (l *List) Each(ctx context.Context, yield func(row []byte) error) error {
	for _, r := range l.rows {
		if err := yield(r.page.Row(int(r.row))); err != nil {
			return err
		}
	}
	if !l.listing.streaming {
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

// listHead begins a list as JSON. Every page has it before its first row, so that a list
// of one whole page is sent from where its rows were written.
const listHead = `{"data":[`

// JSON returns a list that is not a stream as a JSON object, valid until Close. platforms
// appends the value of the member of that name.
func (l *List) JSON(platforms func(dst []byte) []byte) []byte {
	into := l.wholePage()
	var b []byte
	if into != nil {
		b = into.Through(len(l.rows) - 1)
	} else {
		l.scratch = l.listing.engine.page()
		into = l.scratch
		b = into.Data
		for i, r := range l.rows {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, r.page.Row(int(r.row))...)
		}
	}
	b = append(b, `],"page":`...)
	b = l.AppendPage(b)
	b = append(b, `,"platforms":`...)
	into.Data = append(platforms(b), '}')
	return into.Data
}

// wholePage returns the native page whose first rows are those of the list, if there is
// one that nobody else will read.
func (l *List) wholePage() *page {
	if len(l.rows) == 0 || len(l.sources) != 1 {
		return nil
	}
	p, s := l.rows[0].page, l.sources[0]
	if s.kept || s.adopted || !slices.Contains(s.pages, p) {
		return nil
	}
	for i, r := range l.rows {
		if r.page != p || int(r.row) != i {
			return nil
		}
	}
	return p
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
	if !more || l.limit <= 0 || l.listing.request.single {
		return
	}
	c := &cursor{Query: l.listing.request.digest(), Expires: e.now().Add(CursorLife).Unix()}
	if l.listing.cursor != nil {
		c.Walk = l.listing.cursor.Walk
	} else {
		c.Walk = encoding.EncodeToString(randomBytes(12))
	}
	for _, s := range l.sources {
		c.Places = append(c.Places, s.place())
		s.store(c)
	}
	l.next = seal(e.secret, c)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand aborts the program instead
	return b
}

func (l *List) knownTotal() int {
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
		s.free()
	}
	if l.scratch != nil {
		l.listing.engine.free(l.scratch)
	}
	l.rows, l.scratch = nil, nil
}
