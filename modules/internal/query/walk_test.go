package query

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/plugins"
)

// A walk asks a platform for little more than its rows need, whether the platform or the
// request chooses the size of pages.
func TestWalksMakeFewRequests(t *testing.T) {
	for _, test := range []struct {
		name string
		f    *fake
		most int
	}{
		// 70 rows of 7 a page and the empty page that ends them
		{"pages of the platform's choice", &fake{paging: "unsized"}, 11},
		{"numbered pages", &fake{paging: "page", max: 50, stop: "short_page"}, 2 * 2},
		{"offsets", &fake{paging: "offset", max: 50, stop: "short_page"}, 2 * 2},
		{"cursors", &fake{paging: "cursor", max: 50}, 2 * 2},
		{"no pages", &fake{paging: "none"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.f.name, test.f.rows = "a", sales(70)
			e := engine(t, newCache(t), test.f)
			if ids, _ := walkAll(t, e, "limit=10"); len(ids) != 70 {
				t.Errorf("%d rows, want 70", len(ids))
			}
			if n := test.f.asked(); n > test.most {
				t.Errorf("%d native requests, want at most %d", n, test.most)
			}
		})
	}
}

// Who wants all rows is not served with small pages first.
func TestAllRowsTakeTheLargestPages(t *testing.T) {
	for _, stream := range []bool{false, true} {
		f := &fake{name: "a", paging: "page", max: 50, stop: "short_page", rows: sales(70)}
		e := engine(t, newCache(t), f)
		r := request(t, e, "conversions.list", "limit=all", person{})
		r.Stream = stream
		a, p := read(t.Context(), e, r)
		if p != nil || len(a.ids) != 70 {
			t.Fatalf("%d rows, %v", len(a.ids), p)
		}
		if n := f.asked(); n != 2 {
			t.Errorf("%d native requests, want 2", n)
		}
	}
}

// A platform may give fewer rows a page than it is asked for. Pages are then counted as
// it does, also when the walk goes on without what was kept.
func TestPlatformsThatGiveSmallerPages(t *testing.T) {
	for _, paging := range []string{"page", "offset", "cursor"} {
		t.Run(paging, func(t *testing.T) {
			f := &fake{name: "a", paging: paging, max: 1000, clamp: 10, stop: "empty_page", rows: sales(95)}
			kept := newCache(t)
			e := engine(t, kept, f)
			var ids []string
			for next := "limit=20"; next != ""; {
				a := list(t, e, next)
				ids = append(ids, a.ids...)
				if next = ""; a.next != "" {
					next = "limit=20&cursor=" + a.next
				}
				forget(t, kept)
			}
			if len(ids) != 95 || ids[94] != "a:95" {
				t.Errorf("got %d rows: %v", len(ids), ids)
			}
		})
	}
}

// Rows that look the same are no page that repeats.
func TestPagesOfEqualRows(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", rows: sales(45)}
	e := engine(t, newCache(t), f)
	var n int
	for next := "limit=20&fields=type"; next != ""; {
		a := list(t, e, next)
		n += len(a.rows)
		if next = ""; a.next != "" {
			next = "limit=20&fields=type&cursor=" + a.next
		}
	}
	if n != 45 {
		t.Errorf("%d rows, want 45", n)
	}
}

// A platform may give its last page again for every page after it.
func TestAPageThatRepeatsEndsTheList(t *testing.T) {
	f := &fake{name: "a", paging: "unsized", rows: sales(20)}
	f.before = func(_ string, q url.Values) *problem.Problem {
		if q.Get("page") > "3" {
			q.Set("page", "3")
		}
		return nil
	}
	e := engine(t, newCache(t), f)
	if ids, last := walkAll(t, e, "limit=100"); len(ids) != 20 || last.total != 20 {
		t.Errorf("got %d rows and a total of %d, want 20", len(ids), last.total)
	}
}

// The page cap is the mapping's where it has one.
func TestPageCap(t *testing.T) {
	f := &fake{name: "a", paging: "unsized", rows: sales(50)}
	e := withMapping(t, f, "{page: query.page}", "{page: query.page, pages: 3}")
	a := list(t, e, "limit=100")
	if s := a.status("a"); s.Status != answer.Partial || code(s.Problem) != problem.PlatformInvalidResponse || len(a.ids) != 21 || s.NativeRequests != 3 {
		t.Errorf("got %d rows, %+v", len(a.ids), s)
	}
}

// New rows at the head of a list move the others behind while it is read. They come
// again, and are left out; that is no platform that cannot sort.
func TestRowsThatMoveWhileTheyAreRead(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", sorts: true, rows: sales(60)}
	e := engine(t, newCache(t), f)
	first := list(t, e, "limit=8&sort=-occurred_at")
	second := list(t, e, "limit=8&sort=-occurred_at&cursor="+first.next)
	for i := range 3 {
		at := moment.Add(time.Duration(i+1) * time.Hour).Format(time.RFC3339)
		f.rows = append(f.rows, sale{ID: 1000 + i, State: "ok", Time: &at})
	}
	third := list(t, e, "limit=8&sort=-occurred_at&cursor="+second.next)
	if want := []string{"a:17", "a:18", "a:19", "a:20", "a:21", "a:22", "a:23", "a:24"}; !slices.Equal(third.ids, want) {
		t.Errorf("got %v, want %v", third.ids, want)
	}
}

// A platform that does not keep the order it was asked for is found out, and then the
// gateway makes the order, also when nothing of the walk was kept.
func TestAnOrderThatIsNotKept(t *testing.T) {
	kept := newCache(t)
	f := &fake{name: "a", paging: "page", max: 100, stop: "empty_page", sorts: true, lies: true, rows: sales(30)}
	e := engine(t, kept, f)
	var ids []string
	for next := "limit=7&sort=-amount"; next != ""; {
		a := list(t, e, next)
		ids = append(ids, a.ids...)
		if next = ""; a.next != "" {
			next = "limit=7&sort=-amount&cursor=" + a.next
		}
		forget(t, kept)
	}
	// the tenth of every ten has the largest amount; ties go by identifier as text
	want := []string{"a:10", "a:20", "a:30", "a:19", "a:29", "a:9"}
	if len(ids) != 30 || !slices.Equal(ids[:6], want) {
		t.Errorf("got %v, want %v first", ids, want)
	}
}

// Rows take memory only where a page is left to show, and what asks for one platform's
// rows to be dropped, or for those of an operation, drops them.
func TestRowsThatAreKeptAndDropped(t *testing.T) {
	kept := newCache(t)
	e := engine(t, kept, &fake{name: "a", paging: "page", max: 10, stop: "short_page", rows: sales(25)})
	for _, query := range []string{"limit=100", "limit=0", "limit=all"} {
		if list(t, e, query); len(kept.Stats(t.Context()).Memory.Answers) > 0 {
			t.Fatalf("%s: rows are kept", query)
		}
	}
	first := list(t, e, "limit=5")
	if next := list(t, e, "limit=5&cursor="+first.next); !slices.Equal(next.ids, []string{"a:6", "a:7", "a:8", "a:9", "a:10"}) {
		t.Errorf("got %v", next.ids)
	}
	for _, test := range []struct {
		platform, operation string
		days, gone          bool
	}{
		{"b", "", false, false},
		{"a", "campaigns.list", false, false},
		{"a", "conversions.list", false, true},
		{"a", "", true, true},
		{"", "", false, true},
	} {
		a := list(t, e, "limit=5")
		at, p := open(secret, a.next, request(t, e, "conversions.list", "limit=5", person{}).digest(), moment)
		if p != nil || e.walkOf(e.walkKey(at, "a")) == nil {
			t.Fatalf("the rows were not kept: %v", p)
		}
		if _, err := kept.Drop(t.Context(), plugins.StoreSelection{Platform: test.platform, Operation: test.operation, Days: test.days}); err != nil {
			t.Fatal(err)
		}
		if gone := e.walkOf(e.walkKey(at, "a")) == nil; gone != test.gone {
			t.Errorf("dropped %q %q: gone is %t, want %t", test.platform, test.operation, gone, test.gone)
		}
	}
}

// Those who keep the first rows at the same time keep them in one store.
func TestTheFirstRowsAreKeptAtTheSameTime(t *testing.T) {
	kept := newCache(t)
	e := engine(t, kept, &fake{name: "a", paging: "page", max: 10, stop: "short_page", rows: sales(25)})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			a, p := read(t.Context(), e, request(t, e, "conversions.list", "limit=5&sort=-amount", person{}))
			if p != nil {
				t.Error(p)
				return
			}
			at, p := open(secret, a.next, request(t, e, "conversions.list", "limit=5&sort=-amount", person{}).digest(), moment)
			if p != nil || e.walkOf(e.walkKey(at, "a")) == nil {
				t.Errorf("the rows were not kept: %v", p)
			}
		})
	}
	group.Wait()
}

// One cursor may be used by several at once.
func TestACursorUsedAtTheSameTime(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 20, stop: "empty_page", sorts: true, rows: sales(200)}
	e := engine(t, newCache(t), f)
	first := list(t, e, "limit=30&sort=-occurred_at")
	want := list(t, e, "limit=30&sort=-occurred_at&cursor="+first.next)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			a, p := read(context.Background(), e, request(t, e, "conversions.list", "limit=30&sort=-occurred_at&cursor="+first.next, person{}))
			if p != nil || !slices.Equal(a.rows, want.rows) {
				t.Errorf("got %v, %v", a.ids, p)
			}
		})
	}
	group.Wait()
}
