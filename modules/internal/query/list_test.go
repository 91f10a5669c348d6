package query

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func code(p *problem.Problem) problem.Code {
	if p == nil {
		return ""
	}
	return p.Code
}

// A cursor leads into rows as its maker may see them, so it is of no use to a client that
// sees less, or that may not ask all the platforms.
func TestCursorsAreOfTheirClientsRights(t *testing.T) {
	a, b := &fake{name: "a", paging: "none", rows: sales(9)}, &fake{name: "b", paging: "none", rows: sales(9)}
	e := engine(t, newWalks(t), a, b)
	both := person{scopes: []string{"secrets"}}
	first, p := read(t.Context(), e, request(t, e, "campaigns.list", "limit=2", both))
	if p != nil {
		t.Fatal(p)
	}
	if !strings.Contains(first.rows[0], `"token":"camp 0"`) {
		t.Fatalf("a client with the scope sees no token: %s", first.rows[0])
	}
	next := "limit=2&cursor=" + first.next
	for _, test := range []struct {
		name   string
		client person
		want   problem.Code
	}{
		{"the same rights", both, ""},
		{"without the scope", person{}, problem.InvalidCursor},
		{"with fewer platforms", person{platforms: []string{"a"}, scopes: both.scopes}, problem.InvalidCursor},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, p := read(t.Context(), e, request(t, e, "campaigns.list", next, test.client)); code(p) != test.want {
				t.Errorf("got %v, want %q", p, test.want)
			}
		})
	}
}

// A text search looks at all text members, also at those that the client did not choose.
func TestSearchIsOfAllMembers(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(5)}
	f.rows[2].Name = "Straße ΣΑΣ 100%"
	e := engine(t, newWalks(t), f)
	for _, q := range []string{"STRAßE", "σας", "σασ", "100%"} {
		a := list(t, e, "fields=id&q="+url.QueryEscape(q))
		if !slices.Equal(a.ids, []string{"a:3"}) || !strings.Contains(a.rows[0], `"external_id":null`) {
			t.Errorf("%s: got %v", q, a.rows)
		}
	}
	if a := list(t, e, "q=1_0"); len(a.ids) > 0 {
		t.Errorf("an underscore stood for any letter: %v", a.ids)
	}
}

// Where the platform does not say how many rows there are, they are known when the last
// page is reached, also in a stream.
func TestTotalOnceItIsKnown(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 1000, stop: "empty_page", rows: sales(250)}
	e := engine(t, newWalks(t), f)
	first := list(t, e, "limit=100")
	if first.total >= 0 {
		t.Errorf("the first page tells %d", first.total)
	}
	if ids, last := walkAll(t, e, "limit=100"); len(ids) != 250 || last.total != 250 {
		t.Errorf("%d rows and a total of %d, want 250", len(ids), last.total)
	}
	r := request(t, e, "conversions.list", "limit=all&locked=true", person{})
	r.Stream = true
	f.rows[10].Locked, f.rows[200].Locked = ptr(true), ptr(true)
	if a, _ := read(t.Context(), e, r); len(a.ids) != 2 || a.total != 2 {
		t.Errorf("the stream has %v and a total of %d", a.ids, a.total)
	}
}

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
			e := engine(t, newWalks(t), test.f)
			if ids, _ := walkAll(t, e, "limit=10"); len(ids) != 70 {
				t.Errorf("%d rows, want 70", len(ids))
			}
			if n := test.f.asked(); n > test.most {
				t.Errorf("%d native requests, want at most %d", n, test.most)
			}
		})
	}
}

// A platform may give fewer rows a page than it is asked for. Pages are then counted as
// it does, also when the walk goes on without what was kept.
func TestPlatformsThatGiveSmallerPages(t *testing.T) {
	for _, paging := range []string{"page", "offset", "cursor"} {
		t.Run(paging, func(t *testing.T) {
			f := &fake{name: "a", paging: paging, max: 1000, clamp: 10, stop: "empty_page", rows: sales(95)}
			walks := newWalks(t)
			e := engine(t, walks, f)
			var ids []string
			for next := "limit=20"; next != ""; {
				a := list(t, e, next)
				ids = append(ids, a.ids...)
				if next = ""; a.next != "" {
					next = "limit=20&cursor=" + a.next
				}
				walks.cache.Clear()
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
	e := engine(t, newWalks(t), f)
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

// repeats is a platform that gives its last page again for every page after it.
type repeats struct{ *fake }

func (f repeats) page(q url.Values) *problem.Problem {
	if n := q.Get("page"); n > "3" {
		q.Set("page", "3")
	}
	return nil
}

func TestAPageThatRepeatsEndsTheList(t *testing.T) {
	f := &fake{name: "a", paging: "unsized", rows: sales(20)}
	f.fail = func(_ string, q url.Values) *problem.Problem { return repeats{f}.page(q) }
	e := engine(t, newWalks(t), f)
	if ids, last := walkAll(t, e, "limit=100"); len(ids) != 20 || last.total != 20 {
		t.Errorf("got %d rows and a total of %d, want 20", len(ids), last.total)
	}
}

// The page cap is the mapping's where it has one.
func TestPageCap(t *testing.T) {
	f := &fake{name: "a", paging: "unsized", rows: sales(50)}
	p := platform(t, "a", strings.Replace(f.mapping(), "{page: query.page}", "{page: query.page, pages: 3}", 1), f)
	e, err := New(Config{Surface: loadSurface(t), Secret: secret, Walks: newWalks(t), Platforms: []*Platform{p}})
	if err != nil {
		t.Fatal(err)
	}
	a := list(t, e, "limit=100")
	if s := a.status("a"); s.Status != Partial || code(s.Problem) != problem.PlatformInvalidResponse || len(a.ids) != 21 || s.NativeRequests != 3 {
		t.Errorf("got %d rows, %+v", len(a.ids), s)
	}
}

// New rows at the head of a list move the others behind while it is read. They come
// again, and are left out; that is no platform that cannot sort.
func TestRowsThatMoveWhileTheyAreRead(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", sorts: true, rows: sales(60)}
	e := engine(t, newWalks(t), f)
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
	walks := newWalks(t)
	f := &fake{name: "a", paging: "page", max: 100, stop: "empty_page", sorts: true, lies: true, rows: sales(30)}
	e := engine(t, walks, f)
	var ids []string
	for next := "limit=7&sort=-amount"; next != ""; {
		a := list(t, e, next)
		ids = append(ids, a.ids...)
		if next = ""; a.next != "" {
			next = "limit=7&sort=-amount&cursor=" + a.next
		}
		walks.cache.Clear()
	}
	// the tenth of every ten has the largest amount; ties go by identifier as text
	want := []string{"a:10", "a:20", "a:30", "a:19", "a:29", "a:9"}
	if len(ids) != 30 || !slices.Equal(ids[:6], want) {
		t.Errorf("got %v, want %v first", ids, want)
	}
}

// Members that a platform gives as part of an object, or never, can be filtered and sorted
// by all the same.
func TestMembersInsideOthers(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(3)}
	f.rows[1].Cur = "USD"
	e := engine(t, newWalks(t), f)
	for query, want := range map[string][]string{
		"currency=USD":            {"a:2"},
		"sort=-amount.value":      {"a:3", "a:2", "a:1"},
		"sort=-amount.currency":   {"a:2", "a:1", "a:3"},
		"sort=publisher.name":     {"a:1", "a:2", "a:3"},
		"sort=-original.amount":   {"a:1", "a:2", "a:3"},
		"campaign_id=other:1,a:2": {"a:3"},
		"campaign_id=other:1":     nil,
	} {
		if a := list(t, e, query); !slices.Equal(a.ids, want) {
			t.Errorf("%s: got %v, want %v", query, a.ids, want)
		}
	}
	if a := list(t, e, "click_id=x"); len(a.ids) > 0 || !slices.Equal(a.status("a").Unsupported, []string{"click_id"}) {
		t.Errorf("a member that is never given: %+v", a.statuses)
	}
}

// Texts are ordered as what they say, not as JSON writes them.
func TestTextOrder(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(4)}
	for i, name := range []string{"a]b", `a"b`, "aZb", `a\b`} {
		f.rows[i].Name = name
	}
	e := engine(t, newWalks(t), f)
	// in the order of Unicode: " is U+0022, Z is U+005A, \ is U+005C, ] is U+005D
	if a := list(t, e, "sort=external_id"); !slices.Equal(a.ids, []string{"a:2", "a:3", "a:4", "a:1"}) {
		t.Errorf("got %v", a.ids)
	}
}

func fault(code problem.Code) func(string, url.Values) *problem.Problem {
	return func(string, url.Values) *problem.Problem { return problem.New(code, "broken") }
}

// Several calls make one list. One that fails leaves the rows of the others, with what is
// missing said; objects that do not exist have no rows.
func TestListsOfSeveralCalls(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(30)}
	e := engine(t, newWalks(t), f)
	if a := get(t, e, "streams.list", "limit=100"); len(a.ids) != 30 || a.status("a").NativeRequests != 4 {
		t.Errorf("%d rows, %+v", len(a.ids), a.statuses)
	}
	f.fail = func(path string, _ url.Values) *problem.Problem {
		if path == "/camps/1/streams" {
			return problem.New(problem.PlatformError, "broken")
		}
		return nil
	}
	for _, query := range []string{"limit=100", "limit=100&sort=name"} {
		a := get(t, e, "streams.list", query)
		if s := a.status("a"); len(a.ids) != 20 || s.Status != Partial || code(s.Problem) != problem.PlatformError || a.total >= 0 {
			t.Errorf("%s: %d rows, total %d, %+v", query, len(a.ids), a.total, s)
		}
	}
	a := get(t, e, "streams.list", "limit=15")
	b, p := read(t.Context(), e, request(t, e, "streams.list", "limit=15&cursor="+a.next, person{}))
	if p != nil || len(a.ids) != 15 || len(b.ids) != 5 || b.status("a").Status != Partial {
		t.Errorf("in pages: %v, then %v, %+v; %s", a.ids, b.ids, p, p.Detail)
	}
	if _, p := read(t.Context(), e, request(t, e, "streams.list", "require=all", person{})); code(p) != problem.PlatformError {
		t.Errorf("with all of them required: %v", p)
	}
	f.fail = nil
	if a := get(t, e, "streams.list", "campaign_id=a:1,a:99"); len(a.ids) != 10 || a.status("a").Status != OK {
		t.Errorf("one campaign of two: %v, %+v", a.ids, a.statuses)
	}
	if _, p := read(t.Context(), e, request(t, e, "streams.list", "campaign_id=a:99", person{})); code(p) != problem.NotFound {
		t.Errorf("a campaign that does not exist: %v", p)
	}
	if a := get(t, e, "streams.list", "campaign_id=other:1"); len(a.ids) != 0 || a.status("a").NativeRequests != 0 {
		t.Errorf("a campaign of another platform: %+v", a)
	}
}

// The pages of a list of several calls do not make the calls again.
func TestSeveralCallsAreMadeOnceForAWalk(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(30)}
	e := engine(t, newWalks(t), f)
	for next := "limit=7"; next != ""; {
		a := get(t, e, "streams.list", next)
		if next = ""; a.next != "" {
			next = "limit=7&cursor=" + a.next
		}
	}
	if n := f.asked(); n != 4 {
		t.Errorf("%d native requests, want one for the campaigns and three for their streams", n)
	}
}

func TestGetByAList(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(30)}
	f.rows[7].State = "no" // deleted
	e := engine(t, newWalks(t), f)
	if a := get(t, e, "streams.list", "limit=100"); len(a.ids) != 29 || slices.Contains(a.ids, "a:8") {
		t.Errorf("the list has %d rows", len(a.ids))
	}
	object := func(id string) (string, *problem.Problem) {
		params, faults := e.surface.Operation("streams.get").Parse("", map[string]string{"id": id})
		if faults != nil {
			t.Fatal(faults)
		}
		o, p := e.Get(t.Context(), &Request{Params: params, Client: person{}})
		if p != nil {
			return "", p
		}
		defer o.Close()
		defer o.Close() // closing twice does no harm
		return string(o.JSON), nil
	}
	for _, id := range []string{"a:5", "a:8"} {
		if o, p := object(id); p != nil || !strings.HasPrefix(o, fmt.Sprintf(`{"id":%q`, id)) {
			t.Errorf("%s: got %s, %v", id, o, p)
		}
	}
	if _, p := object("a:99"); code(p) != problem.NotFound {
		t.Errorf("got %v", p)
	}
}

// Every platform is there or it is not; require says what that means.
func TestRequire(t *testing.T) {
	a, b := &fake{name: "a", paging: "none", rows: sales(3)}, &fake{name: "b", paging: "none", rows: sales(3), fail: fault(problem.PlatformUnavailable)}
	e := engine(t, newWalks(t), b, a)
	got := list(t, e, "limit=10")
	if len(got.ids) != 3 || got.statuses[0].Platform != "a" || got.statuses[1].Status != Failed {
		t.Errorf("%v %+v", got.ids, got.statuses)
	}
	for query, want := range map[string]problem.Code{"require=all": problem.PlatformUnavailable, "platform=b": problem.PlatformUnavailable, "platform=c": problem.InvalidRequest} {
		if _, p := read(t.Context(), e, request(t, e, "conversions.list", query, person{})); code(p) != want {
			t.Errorf("%s: got %v, want %s", query, p, want)
		}
	}
}

// limit=0 asks for as little as tells the number.
func TestCounts(t *testing.T) {
	for _, test := range []struct {
		name     string
		f        *fake
		query    string
		requests int
		want     int
	}{
		{"by a call that counts", &fake{paging: "page", max: 10, stop: "empty_page", count: true}, "", 1, 50},
		{"by what is beside a page", &fake{paging: "page", max: 10, stop: "empty_page", total: true}, "", 1, 50},
		{"with a filter that the platform has", &fake{paging: "page", max: 10, stop: "empty_page", count: true, camps: true}, "&campaign_id=a:1", 1, 17},
		{"with a filter that it has not", &fake{paging: "page", max: 10, stop: "empty_page", count: true}, "&campaign_id=a:1", 6, 17},
		{"by reading", &fake{paging: "page", max: 10, stop: "short_page"}, "", 6, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.f.name, test.f.rows = "a", sales(50)
			e := engine(t, newWalks(t), test.f)
			a := list(t, e, "limit=0"+test.query)
			if n := test.f.asked(); a.total != test.want || len(a.rows) > 0 || n != test.requests {
				t.Errorf("%d by %d requests, want %d by %d", a.total, n, test.want, test.requests)
			}
		})
	}
}

// What the gateway has to filter, sort or count itself is bounded.
func TestScanLimit(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", rows: sales(100)}
	e := engine(t, newWalks(t), f)
	e.scanLimit = 50
	for _, query := range []string{"limit=5&sort=amount", "limit=5&amount_min=1000", "limit=0"} {
		if _, p := read(t.Context(), e, request(t, e, "conversions.list", query, person{})); code(p) != problem.ScanLimitExceeded {
			t.Errorf("%s: got %v", query, p)
		}
	}
	if n := len(list(t, e, "limit=100").ids); n != 100 {
		t.Errorf("a list in the platform's own order has %d rows", n)
	}
}

// One cursor may be used by several at once.
func TestACursorUsedAtTheSameTime(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 20, stop: "empty_page", sorts: true, rows: sales(200)}
	e := engine(t, newWalks(t), f)
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

// A client that goes away ends the reading, and leaves nothing running.
func TestCancelledStream(t *testing.T) {
	a := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", sorts: true, rows: sales(500)}
	b := &fake{name: "b", paging: "page", max: 10, stop: "empty_page", rows: sales(500)}
	e := engine(t, newWalks(t), a, b)
	before := runtime.NumGoroutine()
	gone := errors.New("the client has gone")
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		r := request(t, e, "conversions.list", "limit=all", person{})
		r.Stream = true
		l, p := e.List(ctx, r)
		if p != nil {
			t.Fatal(p)
		}
		n := 0
		err := l.Each(ctx, func([]byte) error {
			if n++; n == 15 {
				cancel()
				return gone
			}
			return nil
		})
		if !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
		l.Close()
		l.Close()
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}
