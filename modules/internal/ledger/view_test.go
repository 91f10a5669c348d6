package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Pages of any size, in both orders, make the same list; a count agrees with it.
func TestPages(t *testing.T) {
	w := newWorld()
	w.fill(25)
	for i := range 10 { // of one moment
		w.put(fmt.Sprint("twin", i), noon.Add(-3*day), fmt.Sprint("twin", i))
	}
	w.put("ancient", time.Date(-40, 1, 1, 0, 0, 0, 0, time.UTC), "ancient")
	w.put("distant", time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC), "distant")
	w.put("timeless", time.Time{}, "timeless")
	l := open(t, w)
	for _, bounds := range [][2]time.Time{{}, {noon.Add(-10 * day)}, {{}, noon.Add(-2 * day)}, {noon.Add(-10 * day), noon.Add(-3 * day)}, {noon, noon}, {noon, noon.Add(-day)}} {
		q := w.question(bounds[0], bounds[1])
		ready(t, l, q)
		want := w.truth(bounds[0], bounds[1])
		backwards := slices.Clone(want)
		if n := len(want); n > 0 && want[n-1] == "timeless" {
			slices.Reverse(backwards[:n-1])
		} else {
			slices.Reverse(backwards)
		}
		for limit := 1; limit < 45; limit += 3 {
			wantRows(t, read(t, l, q, Select{Limit: limit}), want)
			wantRows(t, read(t, l, q, Select{Limit: limit, Descending: true}), backwards)
		}
		v := l.View(t.Context(), q)
		if n, err := v.Count(t.Context(), Select{From: q.From, To: q.To}); n != len(want) || err != nil {
			t.Errorf("counted %d, %v, want %d", n, err, len(want))
		}
		v.Close()
	}
}

// A view does not change while rows are written.
func TestViewsStandStill(t *testing.T) {
	w := newWorld()
	w.fill(10)
	l := open(t, w)
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	before := w.truth(q.From, q.To)
	v := l.View(t.Context(), q)
	defer v.Close()
	got := []string{}
	take := func(data []byte) { got = append(got, string(data)) }
	next, err := v.Rows(t.Context(), Select{Limit: 5}, take)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range w.ids() {
		w.put(id, noon.Add(-time.Minute), "moved")
	}
	w.pass(hour)
	ready(t, l, q)
	if _, err := v.Rows(t.Context(), Select{Limit: 50, After: next}, take); err != nil {
		t.Fatal(err)
	}
	wantRows(t, got, before)
}

// Places come back from clients.
func FuzzPlaces(f *testing.F) {
	f.Add("")
	f.Add(string(placeOf(0, "")))
	f.Add(string(placeOf(never, "an id")))
	f.Add(string(placeOf(beginning, "\x00'")))
	f.Add("zz")
	f.Add("- 1")
	w := newWorld()
	w.fill(5)
	l := open(f, w)
	q := w.question(time.Time{}, time.Time{})
	ready(f, l, q)
	f.Fuzz(func(t *testing.T, text string) {
		if at, id, err := Place(text).parts(); err == nil {
			if n, again, err := placeOf(at, id).parts(); err != nil || n != at || again != id {
				t.Errorf("%q is %d %q, which is %d %q, %v", text, at, id, n, again, err)
			}
		}
		v := l.View(t.Context(), q)
		defer v.Close()
		for _, descending := range []bool{false, true} {
			n := 0
			if _, err := v.Rows(t.Context(), Select{After: Place(text), Limit: 10, Descending: descending}, func([]byte) { n++ }); err != nil && n > 0 || n > 5 {
				t.Errorf("%q: %d rows, %v", text, n, err)
			}
		}
		if !l.InService() {
			t.Fatal("a place has put the file out of use")
		}
	})
}

func BenchmarkRows(b *testing.B) {
	w := newWorld()
	w.fill(0)
	for i := range 20_000 {
		w.put(fmt.Sprint("id", i), noon.Add(-time.Duration(i)*minute), fmt.Sprintf(`{"n":%d,"text":"%0500d"}`, i, i))
	}
	w.size = 10_000
	l := open(b, w)
	q := w.question(time.Time{}, time.Time{})
	ready(b, l, q)
	b.ReportAllocs()
	for b.Loop() {
		v := l.View(b.Context(), q)
		n := 0
		s := Select{Limit: 1000}
		for {
			next, err := v.Rows(b.Context(), s, func([]byte) { n++ })
			if err != nil {
				b.Fatal(err)
			}
			if next == "" {
				break
			}
			s.After = next
		}
		v.Close()
		if n != 20_000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkReady(b *testing.B) {
	w := newWorld()
	w.fill(10)
	l := open(b, w)
	q := w.question(time.Time{}, time.Time{})
	ready(b, l, q)
	b.ReportAllocs()
	for b.Loop() {
		ready(b, l, q)
	}
}
