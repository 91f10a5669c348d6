package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * hour
)

// noon is when tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

var policy = Policy{Open: minute, Recent: 15 * minute, Month: 6 * hour, Old: 7 * day, Stale: 10 * minute, StaleOnError: 7 * day}

// world is a clock and a platform.
type world struct {
	mu     sync.Mutex
	time   time.Time
	rows   map[string]Row
	size   int           // of a page; 0: all rows
	behind time.Duration // of the platform's clock
	spans  []Span        // that were asked for
	failed *problem.Problem
	// page is called before each page is given, with its number. May be nil.
	page func(ctx context.Context, number int) *problem.Problem
}

func newWorld() *world { return &world{time: noon, rows: map[string]Row{}} }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

// put makes or changes a row, which the platform dates by its own clock.
func (w *world) put(id string, occurred time.Time, data string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[id] = Row{ID: id, Occurred: occurred, Updated: w.time.Add(-w.behind), Data: []byte(data)}
}

func (w *world) remove(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.rows, id)
}

// asked returns the spans that were pulled since the last time.
func (w *world) asked() []Span {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.spans
	w.spans = nil
	return out
}

// within returns the rows of a span, by their moments.
func (w *world) within(s Span) []Row {
	var out []Row
	for _, r := range w.rows {
		if (!s.From.IsZero() || !s.To.IsZero()) && r.Occurred.IsZero() ||
			r.Occurred.Before(s.From) || !s.To.IsZero() && !r.Occurred.Before(s.To) ||
			!s.Since.IsZero() && (r.Updated.IsZero() || r.Updated.Before(s.Since)) {
			continue
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(a.Occurred.Compare(b.Occurred), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (w *world) pull(ctx context.Context, span Span, put func([]Row) error) (int, *problem.Problem) {
	w.mu.Lock()
	w.spans = append(w.spans, span)
	rows, size, page, failed := w.within(span), w.size, w.page, w.failed
	w.mu.Unlock()
	if size == 0 {
		size = max(1, len(rows))
	}
	number := 0
	for chunk := range slices.Chunk(rows, size) {
		if number++; page != nil {
			if p := page(ctx, number); p != nil {
				return number, p
			}
		}
		if failed != nil {
			return number, failed
		}
		if put(slices.Clone(chunk)) != nil {
			return number, nil
		}
	}
	if failed != nil {
		return 1, failed
	}
	return max(1, number), nil
}

// question asks about a range.
func (w *world) question(from, to time.Time) *Question {
	return &Question{Platform: "shop", Operation: "conversions.list", Scope: "scope", From: from, To: to, Policy: policy, Overlap: hour, Whole: 7 * day, Pull: w.pull}
}

// openAt opens a ledger that is closed when the test ends.
func openAt(t testing.TB, w *world, path string, change func(*Config)) *Ledger {
	t.Helper()
	c := Config{Path: path, Now: w.now}
	if change != nil {
		change(&c)
	}
	l := New(c)
	t.Cleanup(l.Close)
	l.Start()
	if !l.Opened(t.Context()) {
		t.Fatalf("the ledger is not open: %v", l.reason())
	}
	return l
}

func open(t testing.TB, w *world) *Ledger {
	t.Helper()
	return openAt(t, w, filepath.Join(t.TempDir(), "ledger.db"), nil)
}

// ready asks a question that has to be answered.
func ready(t testing.TB, l *Ledger, q *Question) *Kept {
	t.Helper()
	kept, p := l.Ready(t.Context(), q)
	if p != nil {
		t.Fatalf("%s: %s", p.Code, p.Detail)
	}
	if kept == nil {
		t.Fatal("the ledger cannot say")
	}
	return kept
}

// read returns the kept rows of a range, as texts.
func read(t testing.TB, l *Ledger, q *Question, s Select) []string {
	t.Helper()
	v := l.View(t.Context(), q)
	if v == nil {
		t.Fatal("the ledger has lost its rows")
	}
	defer v.Close()
	s.From, s.To = q.From, q.To
	if s.Limit == 0 {
		s.Limit = 3
	}
	out := []string{}
	for {
		next, err := v.Rows(t.Context(), s, func(data []byte) { out = append(out, string(data)) })
		if err != nil {
			t.Fatal(err)
		}
		if next == "" {
			return out
		}
		s.After = next
	}
}

// truth is what the platform has of a range.
func (w *world) truth(from, to time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := w.within(Span{From: from, To: to})
	out := []string{}
	timeless := []string{}
	for _, r := range rows {
		if r.Occurred.IsZero() {
			timeless = append(timeless, string(r.Data))
		} else {
			out = append(out, string(r.Data))
		}
	}
	return append(out, timeless...)
}

func wantRows(t testing.TB, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %d rows %q,\nwant %d rows %q", len(got), got, len(want), want)
	}
}

// fill makes a row a day, the newest first, a year back.
func (w *world) fill(n int) {
	for i := range n {
		at := noon.Add(-time.Duration(i) * day)
		w.rows[fmt.Sprint("r", i)] = Row{ID: fmt.Sprint("r", i), Occurred: at, Updated: at.Add(minute), Data: fmt.Appendf(nil, `{"n":%d}`, i)}
	}
}

func (w *world) ids() []string { return slices.Sorted(maps.Keys(w.rows)) }
