package reportcache

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/plugins"
)

// chronicle is the model: what was fetched when, and what was dropped when. The keeper may
// forget rows, but never give others than these.
type chronicle struct {
	mu      sync.Mutex
	fetched []record // by number
	drops   int
	failing problem.Code
	calls   int
}

type record struct {
	scope  string
	window report.Window
	made   time.Time
	drops  int // how many drops there had been when it was fetched
}

func (c *chronicle) question(w *world, scope string, windows []report.Window, longest int) *report.Question {
	q := w.question(windows, longest)
	q.Scope = scope
	q.Fetch = func(_ context.Context, windows []report.Window) ([][]byte, *problem.Problem) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls++
		if longest > 0 && len(windows) > longest {
			panic("more days than the platform allows")
		}
		if c.failing != "" {
			return nil, problem.New(c.failing, "made to fail")
		}
		var rows [][]byte
		for _, window := range windows {
			rows = append(rows, []byte("record "+strconv.Itoa(len(c.fetched))))
			c.fetched = append(c.fetched, record{scope, window, w.Now(), c.drops})
		}
		return rows, nil
	}
	return q
}

// check compares an answer with what may be answered.
func (c *chronicle) check(t *rapid.T, w *world, q *report.Question, kept *report.Kept, drops int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	asOf, state := time.Time{}, "hit"
	for i, rows := range kept.Rows {
		if rows == nil {
			if kept.Failed == nil {
				t.Fatalf("no rows of window %d, and no problem", i)
			}
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(string(rows), "record "))
		if err != nil {
			t.Fatal(err)
		}
		r := c.fetched[n]
		if r.scope != q.Scope || r.window != q.Windows[i] {
			t.Fatalf("asked %s for %v, got %v", q.Scope, q.Windows[i], r)
		}
		if r.drops < drops {
			t.Fatalf("rows of window %v were dropped", r.window)
		}
		if q.Mode.Revalidate && r.made.Before(w.Now()) {
			t.Fatal("rows from before a request that wants none of them")
		}
		age, life := w.Now().Sub(r.made), longestLife(r)
		if age >= life {
			state = "stale"
		}
		if age >= life+7*day {
			t.Fatalf("rows that are %v old", age)
		}
		if age >= life+10*time.Minute && kept.Failed == nil && !q.Mode.OnlyKept {
			t.Fatalf("rows that are %v old without a failure", age)
		}
		if asOf.IsZero() || r.made.Before(asOf) {
			asOf = r.made
		}
	}
	if !kept.AsOf.Equal(asOf) {
		t.Fatalf("as of %v, but the oldest rows are of %v", kept.AsOf, asOf)
	}
	if state == "stale" && kept.State != state {
		t.Fatalf("called %s", kept.State)
	}
	if kept.Failed == nil && kept.State != "stale" && !kept.Until.After(w.Now().Add(-time.Nanosecond)) {
		t.Fatalf("not stale, and fresh until %v", kept.Until)
	}
	if q.Mode.OnlyKept && kept.Failed != nil && kept.State != "stale" && kept.Failed.Code != problem.NotCached && !refused(kept.Failed) {
		t.Fatalf("a question for what is kept ends in %v", kept.Failed)
	}
}

// longestLife is how long rows may live, by the document: 60 s, 15 min, 6 h, 7 days, and a tenth.
func longestLife(r record) time.Duration {
	end := r.window.To + 1
	ago := func(days int) report.Date { return report.DateOf(r.made) - report.Date(days) }
	switch {
	case end > ago(0):
		return 66 * time.Second
	case end > ago(3):
		return 16*time.Minute + 30*time.Second
	case end > ago(35):
		return 6*time.Hour + 36*time.Minute
	}
	return 7*day + 7*day/10
}

func TestRowsAreAlwaysThoseOfTheWindowAndNeverTooOld(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var failed any
		synctest.Test(t, func(t *testing.T) {
			defer func() { failed = recover() }() // rapid fails by a panic, which has to come from where it called
			askAtRandom(t, r)
		})
		if failed != nil {
			panic(failed)
		}
	})
}

func askAtRandom(t *testing.T, r *rapid.T) {
	w := newWorld(t, nil)
	defer func() { w.Close(); w.cache.Close() }()
	c := &chronicle{}
	today := report.DateOf(noon)
	question := func(r *rapid.T) *report.Question {
		// days around the borders of the lives
		first := today - report.Date(rapid.SampledFrom([]int{0, 1, 3, 5, 30, 34, 36, 40, 70}).Draw(r, "ago"))
		n := report.Date(rapid.IntRange(1, 8).Draw(r, "days"))
		q := c.question(w, rapid.SampledFrom([]string{"a", "b"}).Draw(r, "scope"), daysOf(first, first+n-1), rapid.IntRange(0, 4).Draw(r, "longest"))
		q.Mode.Revalidate = rapid.IntRange(0, 9).Draw(r, "revalidate") == 0
		q.Mode.OnlyKept = rapid.IntRange(0, 9).Draw(r, "only kept") == 0
		return q
	}
	r.Repeat(map[string]func(*rapid.T){
		"ask": func(r *rapid.T) {
			q := question(r)
			holds := w.Holds(q)
			c.calls = 0
			kept := w.Windows(t.Context(), q)
			c.check(r, w, q, kept, c.drops)
			if holds && (kept.State != "hit" || kept.Failed != nil) {
				r.Fatalf("all is held, but it answers %s", kept.State)
			}
			synctest.Wait()
			if q.Mode.OnlyKept && c.calls > 0 {
				r.Fatal("a call was made for a question for what is kept")
			}
		},
		"ask together": func(r *rapid.T) {
			questions := []*report.Question{question(r), question(r), question(r)}
			same := fmt.Sprint(questions[0].Scope, questions[0].Windows)
			alike := 0
			c.calls = 0
			for i, kept := range w.together(6, func(i int) *report.Question { return questions[i/2] }) {
				c.check(r, w, questions[i/2], kept, c.drops)
				if fmt.Sprint(questions[i/2].Scope, questions[i/2].Windows) == same {
					alike++
				}
			}
			synctest.Wait()
			if most := len(questions[0].Windows); alike == 6 && c.calls > most {
				r.Fatalf("%d calls for %d windows", c.calls, most)
			}
		},
		"time passes": func(r *rapid.T) {
			w.pass(rapid.SampledFrom([]time.Duration{
				time.Second, 6 * time.Second, time.Minute, 5 * time.Minute, time.Hour, 5 * time.Hour, day, 6 * day,
			}).Draw(r, "time"))
			today = report.DateOf(w.Now())
		},
		"the platform changes": func(r *rapid.T) {
			c.failing = rapid.SampledFrom([]problem.Code{"", "", problem.PlatformTimeout, problem.PlatformForbidden}).Draw(r, "failing")
		},
		"drop": func(r *rapid.T) {
			c.drops++
			if _, err := w.cache.Drop(t.Context(), plugins.StoreSelection{Platform: "tracker"}); err != nil {
				r.Fatal(err)
			}
		},
	})
}

// Two scopes ask the same at the same time, again and again, while everything is dropped.
func TestScopesDoNotMixUnderConcurrency(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		windows := daysOf(report.DateOf(noon)-3, report.DateOf(noon))
		var wg sync.WaitGroup
		for i := range 8 {
			scope := []string{"a", "b"}[i%2]
			wg.Go(func() {
				q := w.question(windows, i%3)
				q.Scope = scope
				q.Fetch = func(_ context.Context, ws []report.Window) ([][]byte, *problem.Problem) {
					return slices.Repeat([][]byte{[]byte(scope)}, len(ws)), nil
				}
				for n := range 200 {
					if n%50 == i {
						_, _ = w.cache.Drop(t.Context(), plugins.StoreSelection{Platform: "tracker"})
					}
					w.pass(time.Second)
					for _, rows := range w.Windows(t.Context(), q).Rows {
						if string(rows) != scope {
							t.Errorf("%s got rows of %s", scope, rows)
						}
					}
				}
			})
		}
		wg.Wait()
	})
}
