package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// What happened long ago is changed weeks later, and seen with the next pull.
func TestLateAmendments(t *testing.T) {
	w := newWorld()
	w.fill(90)
	l := open(t, w)
	q := w.question(noon.Add(-80*day), noon.Add(-40*day))
	q.Whole = 0
	ready(t, l, q)
	w.pass(21 * day)
	w.put("r50", noon.Add(-50*day), "amended")
	w.put("r51", noon.Add(-51*day-hour), "moved")
	w.asked()
	ready(t, l, q)
	if asked := w.asked(); len(asked) != 1 || asked[0] != (Span{Since: noon.Add(-hour)}) {
		t.Errorf("asked for %v", asked)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// Changes that show later than they are dated are found as long as the overlap is.
func TestOverlap(t *testing.T) {
	for _, test := range []struct {
		name  string
		late  time.Duration
		found bool
	}{
		{"within it", 59 * minute, true},
		{"at its edge", hour, true},
		{"beyond it, before everything is read again", hour + time.Second, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.rows["busy"] = Row{ID: "busy", Occurred: noon.Add(-day), Updated: noon, Data: []byte("busy")}
			l := open(t, w)
			q := w.question(time.Time{}, time.Time{})
			ready(t, l, q)
			w.rows["late"] = Row{ID: "late", Occurred: noon.Add(-2 * day), Updated: noon.Add(-test.late), Data: []byte("late")}
			w.pass(hour)
			ready(t, l, q)
			if found := slices.Contains(read(t, l, q, Select{}), "late"); found != test.found {
				t.Errorf("found: %v", found)
			}
		})
	}
}

// A platform's clock may be hours behind, as a wrong time zone makes it look. How
// far is learned from what it says.
func TestPlatformsWhoseClockIsBehind(t *testing.T) {
	for _, behind := range []time.Duration{0, 30 * minute, 3*hour + 30*minute, 14 * hour, -9 * hour} {
		t.Run(behind.String(), func(t *testing.T) {
			w := newWorld()
			w.behind = behind
			l := open(t, w)
			q := w.question(time.Time{}, time.Time{})
			for i := range 30 {
				w.put(fmt.Sprint("new", i), w.now(), "new")
				w.put("again", noon, fmt.Sprint("changed ", i))
				w.pass(20 * minute)
				ready(t, l, q)
				wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
			}
			// a busy account is not asked for more than it has to be
			spans := w.asked()
			last := spans[len(spans)-1]
			if since := w.now().Add(-20*minute - max(0, behind) - 20*minute - hour); last.Since.Before(since) {
				t.Errorf("asked for what changed since %s, want %s or later", last.Since, since)
			}
		})
	}
}

// A row that never says when it changed is not among the changes, but new ones are found
// by when they happened.
func TestRowsWithoutAMomentOfChange(t *testing.T) {
	w := newWorld()
	w.rows["quiet"] = Row{ID: "quiet", Occurred: noon.Add(-day), Data: []byte("quiet")}
	l := open(t, w)
	q := w.question(noon.Add(-10*day), time.Time{})
	ready(t, l, q)
	// no row says it: everything that is covered is asked for
	w.rows["silent"] = Row{ID: "silent", Occurred: noon.Add(-5 * day), Data: []byte("silent")}
	w.pass(hour)
	ready(t, l, q)
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
	// some say it: changes are asked for, and new rows
	w.put("told", w.now(), "told")
	w.pass(hour)
	ready(t, l, q)
	w.rows["fresh"] = Row{ID: "fresh", Occurred: w.now(), Data: []byte("fresh")}
	w.put("quiet", noon.Add(-day), "changed")
	w.pass(hour)
	ready(t, l, q)
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// Rows without a moment are in no range, and last in the list of all.
func TestRowsWithoutAMoment(t *testing.T) {
	w := newWorld()
	w.fill(5)
	w.put("timeless", time.Time{}, "timeless")
	w.put("ageless", time.Time{}, "ageless")
	l := open(t, w)
	all := w.question(time.Time{}, time.Time{})
	ready(t, l, all)
	wantRows(t, read(t, l, all, Select{}), []string{`{"n":4}`, `{"n":3}`, `{"n":2}`, `{"n":1}`, `{"n":0}`, "ageless", "timeless"})
	wantRows(t, read(t, l, all, Select{Descending: true}), []string{`{"n":0}`, `{"n":1}`, `{"n":2}`, `{"n":3}`, `{"n":4}`, "ageless", "timeless"})
	wantRows(t, read(t, l, all, Select{Limit: 1, Descending: true}), []string{`{"n":0}`, `{"n":1}`, `{"n":2}`, `{"n":3}`, `{"n":4}`, "ageless", "timeless"})
	some := w.question(noon.Add(-2*day), time.Time{})
	wantRows(t, read(t, l, some, Select{}), []string{`{"n":2}`, `{"n":1}`, `{"n":0}`})
	w.remove("timeless")
	w.pass(8 * day)
	ready(t, l, all)
	l.sweep(t, w, all)
	wantRows(t, read(t, l, all, Select{}), w.truth(all.From, all.To))
}

// sweep asks until everything was pulled again.
func (l *Ledger) sweep(t testing.TB, w *world, q *Question) (pieces []Span) {
	t.Helper()
	began := w.now()
	for range 1000 {
		l.settle(t, q)
		s := l.scopeOf(q)
		s.mu.Lock()
		whole := moment(s.state.whole)
		s.mu.Unlock()
		if !whole.Before(began) {
			return pieces
		}
		w.asked()
		w.pass(pieceRest)
		ready(t, l, q)
		l.settle(t, q)
		for _, span := range w.asked() {
			if span.Since.IsZero() {
				pieces = append(pieces, span)
			}
		}
	}
	t.Fatal("it does not end")
	return nil
}

// What has vanished natively is removed when everything is read again: month after
// month, and only after a second look.
func TestVanishedRows(t *testing.T) {
	w := newWorld()
	w.fill(100) // from 13 August
	l := open(t, w)
	q := w.question(noon.Add(-95*day), time.Time{})
	ready(t, l, q)
	for _, id := range []string{"r3", "r50", "r90"} {
		w.remove(id)
	}
	w.pass(6 * day)
	ready(t, l, q)
	l.settle(t, q)
	if got := read(t, l, q, Select{}); len(got) != 96 {
		t.Errorf("%d rows are kept, want 96: nothing has told that rows have vanished", len(got))
	}
	w.pass(day + hour)
	ready(t, l, q)
	pieces := l.sweep(t, w, q)
	september, october, november := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	want := []Span{ // a second look where a row was missing; November is the last month with rows
		{From: noon.Add(-95 * day), To: september},
		{From: noon.Add(-95 * day), To: september},
		{From: september, To: october},
		{From: october, To: november},
		{From: october, To: november},
		{From: november},
		{From: november},
	}
	// the first piece may have been pulled before the count began
	if len(pieces) > len(want) || !slices.Equal(pieces, want[len(want)-len(pieces):]) {
		t.Errorf("the pieces were %v", pieces)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// A row that is passed over while pages shift has not vanished.
func TestRowsThatWerePassedOver(t *testing.T) {
	w := newWorld()
	w.fill(10)
	l := open(t, w)
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	w.pass(8 * day)
	missed := false
	q.Pull = func(ctx context.Context, span Span, put func([]Row) error) (int, *problem.Problem) {
		return w.pull(ctx, span, func(page []Row) error {
			if span.Since.IsZero() && !missed {
				missed = true
				page = page[1:]
			}
			return put(page)
		})
	}
	ready(t, l, q)
	l.settle(t, q)
	l.sweep(t, w, q)
	if !missed {
		t.Error("no row was passed over")
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// Everything is read again only while somebody asks, where the platform has room, and
// not at once after a failure.
func TestEverythingIsReadAgainWithRestraint(t *testing.T) {
	w := newWorld()
	w.fill(5)
	l := open(t, w)
	q := w.question(noon.Add(-10*day), noon.Add(-5*day)) // its life is 6 hours
	ready(t, l, q)
	w.pass(7 * day)
	ready(t, l, q) // the changes
	w.pass(minute)
	w.asked()
	q.Spare = func() bool { return false }
	ready(t, l, q)
	l.settle(t, q)
	if asked := w.asked(); len(asked) != 0 {
		t.Errorf("without room: %v", asked)
	}
	q.Spare = func() bool { return true }
	w.failed = problem.New(problem.PlatformUnavailable, "no")
	for range 3 {
		if kept := ready(t, l, q); kept.State != answer.Hit {
			t.Errorf("nobody has to know that it fails: %+v", kept)
		}
		l.settle(t, q)
	}
	if asked := w.asked(); len(asked) != 1 {
		t.Errorf("tried %d times, want once: %v", len(asked), asked)
	}
	w.failed = nil
	w.pass(pieceRetry)
	ready(t, l, q)
	l.settle(t, q)
	if asked := w.asked(); len(asked) != 1 {
		t.Errorf("afterwards: %v", asked)
	}
}

// Rows that share an identifier cannot be kept apart: such a list is read from its
// platform.
func TestSharedIdentifiers(t *testing.T) {
	at := noon.Add(-day)
	for _, test := range []struct {
		name   string
		pages  [][]Row
		shared bool
	}{
		{"two in one answer", [][]Row{{{ID: "a", Occurred: at, Data: []byte("1")}, {ID: "a", Occurred: at, Data: []byte("2")}}}, true},
		{"two of different moments", [][]Row{{{ID: "a", Occurred: at, Data: []byte("1")}}, {{ID: "a", Occurred: at.Add(hour), Data: []byte("2")}}}, true},
		{"none", [][]Row{{{Occurred: at, Data: []byte("1")}}}, true},
		{"one that came again while pages moved", [][]Row{{{ID: "a", Occurred: at, Data: []byte("1")}}, {{ID: "a", Occurred: at, Data: []byte("2")}, {ID: "b", Occurred: at, Data: []byte("3")}}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			pulls := 0
			warned := 0
			l := openAt(t, w, t.TempDir()+"/ledger.db", func(c *Config) { c.Warn = func(string, error) { warned++ } })
			q := w.question(time.Time{}, time.Time{})
			q.Pull = func(_ context.Context, _ Span, put func([]Row) error) (int, *problem.Problem) {
				pulls++
				for _, page := range test.pages {
					if put(page) != nil {
						break
					}
				}
				return 1, nil
			}
			kept, p := l.Ready(t.Context(), q)
			if p != nil || (kept == nil) != test.shared {
				t.Fatalf("got %+v, %v", kept, p)
			}
			if !test.shared {
				wantRows(t, read(t, l, q, Select{}), []string{"2", "3"})
				if !l.Fit(q.Scope) {
					t.Error("it is given up")
				}
				return
			}
			if l.Fit(q.Scope) || !l.Fit("another list") {
				t.Error("it is not given up, or others are")
			}
			if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil || pulls != 1 || warned != 1 {
				t.Errorf("the second time: %+v, %v after %d pulls and %d warnings", kept, p, pulls, warned)
			}
			w.pass(7*day + time.Second)
			if !l.Fit(q.Scope) {
				t.Error("after a week it is not to be tried again")
			}
			if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil || pulls != 2 {
				t.Errorf("after a week: %+v, %v after %d pulls", kept, p, pulls)
			}
		})
	}
}
