package query

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
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
	e := engine(t, newCache(t), a, b)
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
	e := engine(t, newCache(t), f)
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
	e := engine(t, newCache(t), f)
	first := list(t, e, "limit=100")
	if first.total >= 0 {
		t.Errorf("the first page tells %d", first.total)
	}
	if ids, last := walkAll(t, e, "limit=100"); len(ids) != 250 || last.total != 250 {
		t.Errorf("%d rows and a total of %d, want 250", len(ids), last.total)
	}
	r := request(t, e, "conversions.list", "limit=all&locked=true", person{})
	r.Stream = true
	f.rows[10].Locked, f.rows[200].Locked = new(true), new(true)
	if a, _ := read(t.Context(), e, r); len(a.ids) != 2 || a.total != 2 {
		t.Errorf("the stream has %v and a total of %d", a.ids, a.total)
	}
}

// Members that a platform gives as part of an object, or never, can be filtered and sorted
// by all the same.
func TestMembersInsideOthers(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(3)}
	f.rows[1].Cur = "USD"
	e := engine(t, newCache(t), f)
	for query, want := range map[string][]string{
		"currency=USD":          {"a:2"},
		"sort=-amount.value":    {"a:3", "a:2", "a:1"},
		"sort=-amount.currency": {"a:2", "a:1", "a:3"},
		"sort=publisher.name":   {"a:1", "a:2", "a:3"},
		"sort=-original.amount": {"a:1", "a:2", "a:3"},
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
	e := engine(t, newCache(t), f)
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
	e := engine(t, newCache(t), f)
	if a := get(t, e, "streams.list", "limit=100"); len(a.ids) != 30 || a.status("a").NativeRequests != 4 {
		t.Errorf("%d rows, %+v", len(a.ids), a.statuses)
	}
	f.before = func(path string, _ url.Values) *problem.Problem {
		if path == "/camps/1/streams" {
			return problem.New(problem.PlatformError, "broken")
		}
		return nil
	}
	for _, query := range []string{"limit=100", "limit=100&sort=name"} {
		a := get(t, e, "streams.list", query)
		if s := a.status("a"); len(a.ids) != 20 || s.Status != answer.Partial || code(s.Problem) != problem.PlatformError || a.total >= 0 {
			t.Errorf("%s: %d rows, total %d, %+v", query, len(a.ids), a.total, s)
		}
	}
	a := get(t, e, "streams.list", "limit=15")
	b, p := read(t.Context(), e, request(t, e, "streams.list", "limit=15&cursor="+a.next, person{}))
	if p != nil || len(a.ids) != 15 || len(b.ids) != 5 || b.status("a").Status != answer.Partial {
		t.Errorf("in pages: %v, then %v, %+v; %s", a.ids, b.ids, p, p.Detail)
	}
	if _, p := read(t.Context(), e, request(t, e, "streams.list", "require=all", person{})); code(p) != problem.PlatformError {
		t.Errorf("with all of them required: %v", p)
	}
	f.before = nil
	if a := get(t, e, "streams.list", "campaign_id=a:1,a:99"); len(a.ids) != 10 || a.status("a").Status != answer.OK {
		t.Errorf("one campaign of two: %v, %+v", a.ids, a.statuses)
	}
	if _, p := read(t.Context(), e, request(t, e, "streams.list", "campaign_id=a:99", person{})); code(p) != problem.NotFound {
		t.Errorf("a campaign that does not exist: %v", p)
	}
	_, p = read(t.Context(), e, request(t, e, "streams.list", "campaign_id=other:1,a:1", person{}))
	if code(p) != problem.InvalidRequest || len(p.Errors) != 1 || p.Errors[0].Parameter != "campaign_id" {
		t.Errorf("a campaign of a platform that there is not: %v", p)
	}
}

// The pages of a list of several calls do not make the calls again.
func TestSeveralCallsAreMadeOnceForAWalk(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(30)}
	e := engine(t, newCache(t), f)
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
	e := engine(t, newCache(t), f)
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
// A get that is answered from a list stops at its object.
func TestGetByAListReadsNoFurther(t *testing.T) {
	f := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", rows: sales(95)}
	e := engine(t, newCache(t), f)
	params, faults := e.surface.Operation("conversions.get").Parse("", map[string]string{"id": "a:15"})
	if faults != nil {
		t.Fatal(faults)
	}
	o, p := e.Get(t.Context(), &Request{Params: params, Client: person{}})
	if p != nil {
		t.Fatal(p)
	}
	defer o.Close()
	if n := f.asked(); n != 2 || !strings.HasPrefix(string(o.JSON), `{"id":"a:15"`) {
		t.Errorf("%d native requests, want the pages up to its own: %s", n, o.JSON)
	}
}

func TestRequire(t *testing.T) {
	a, b := &fake{name: "a", paging: "none", rows: sales(3)}, &fake{name: "b", paging: "none", rows: sales(3), before: fault(problem.PlatformUnavailable)}
	e := engine(t, newCache(t), b, a)
	got := list(t, e, "limit=10")
	if len(got.ids) != 3 || got.statuses[0].Platform != "a" || got.statuses[1].Status != answer.Failed {
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
			e := engine(t, newCache(t), test.f)
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
	e := engine(t, newCache(t), f)
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

// A client that goes away ends the reading, and leaves nothing running.
func TestCancelledStream(t *testing.T) {
	a := &fake{name: "a", paging: "page", max: 10, stop: "empty_page", sorts: true, rows: sales(500)}
	b := &fake{name: "b", paging: "page", max: 10, stop: "empty_page", rows: sales(500)}
	e := engine(t, newCache(t), a, b)
	before := runtime.NumGoroutine()
	gone := errors.New("the client has gone")
	const rounds = 20
	for range rounds {
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
	// those of the store come and go; what a round left behind would be there each time
	if after := runtime.NumGoroutine(); after >= before+rounds {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// A call of whose rows none can pass a filter is not made, though others of the list are.
func TestCallsWithoutMatchingRows(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(3)}
	f.rows[1].State = "open"
	e := withMapping(t, f, "    call: GET /sales\n    rows: items\n", `    calls:
      - {call: GET /sales, rows: items, filters: {status: {to: query.state, values: {refunded: open}}}}
      - {call: GET /sales, rows: items}
`)
	if a := list(t, e, "status=refunded"); !slices.Equal(a.ids, []string{"a:2"}) || f.asked() != 1 {
		t.Errorf("got %v", a.ids)
	}
}

// A platform none of whose calls can answer says so.
// What the platform's options rule out is not there for clients.
func TestOperationsThatOptionsRuleOut(t *testing.T) {
	const text = `mapping: v1
platform: shop
server: https://shop.example
options: {role: {values: [network, publisher], default: publisher}}
formats: {day: {date: "2006-01-02"}}
resources:
  publisher: {native_id: id}
  conversion: {native_id: id}
operations:
  publishers.list: {call: GET /publishers, when: option.role == "network", rows: "@this"}
  publishers.get: {via: publishers.list}
  publishers.create: {call: POST /publishers, when: 'option.role == "network" and name != nil', write: [], row: "@this"}
  conversions.list:
    calls:
      - {call: GET /all, when: option.role == "network", rows: "@this"}
      - {call: GET /mine, when: option.role == "publisher", rows: "@this"}
reports:
  - {name: sums, when: option.role == "network", call: GET /report, rows: "@this", range: {from: query.f, to: query.t, as: day}, metrics: {clicks: clicks}}
`
	e, err := New(Config{Surface: loadSurface(t), Secret: secret, Cache: newCache(t), Platforms: []*Platform{platform(t, "a", text, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	for operation, want := range map[string]int{"publishers.list": 0, "publishers.get": 0, "publishers.create": 0, "conversions.list": 1} {
		if got := e.Having(operation, person{}); len(got) != want {
			t.Errorf("%s is had by %v", operation, got)
		}
	}
	_, p := read(t.Context(), e, request(t, e, "publishers.list", "", person{}))
	if code(p) != problem.UnsupportedByPlatform {
		t.Errorf("got %v", p)
	}
	d, p := e.Describe(&Request{Client: person{}}, "a")
	if p != nil {
		t.Fatal(p)
	}
	if got := slices.Sorted(maps.Keys(d.Operations)); !slices.Equal(got, []string{"conversions.list"}) {
		t.Errorf("it is said to have %v", got)
	}
}

func TestNoCallApplies(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(3)}
	e := withMapping(t, f, "    call: GET /camps\n", "    call: GET /camps\n    when: '\"deleted\" in state'\n")
	if _, p := read(t.Context(), e, request(t, e, "campaigns.list", "sort=name", person{})); code(p) != problem.UnsupportedByPlatform {
		t.Errorf("got %v", p)
	}
}

// Members that need a scope are searched only for those who have it.
func TestSearchDoesNotTellWhatIsHidden(t *testing.T) {
	f := &fake{name: "a", paging: "none", rows: sales(9)}
	e := withMapping(t, f, "    token: name\n", "    token: state\n")
	for _, test := range []struct {
		scopes []string
		want   int
	}{{nil, 0}, {[]string{"secrets"}, 3}} {
		a, p := read(t.Context(), e, request(t, e, "campaigns.list", "q=ok", person{scopes: test.scopes}))
		if p != nil || len(a.ids) != test.want {
			t.Errorf("with the scopes %v: %v, %v", test.scopes, a.ids, p)
		}
	}
}

// A platform that comes while a list is walked does not change its order.
func TestAPlatformThatComesDuringAWalk(t *testing.T) {
	kept := newCache(t)
	a, b := &fake{name: "a", paging: "none", rows: sales(6)}, &fake{name: "b", paging: "none", rows: sales(6)}
	slices.Reverse(a.rows)
	first := list(t, engine(t, kept, a), "limit=3")
	second := list(t, engine(t, kept, a, b), "limit=3&cursor="+first.next)
	if got := slices.Concat(first.ids, second.ids); !slices.Equal(got, []string{"a:6", "a:5", "a:4", "a:3", "a:2", "a:1"}) {
		t.Errorf("got %v", got)
	}
	if _, p := read(t.Context(), engine(t, kept, b), request(t, engine(t, kept, b), "conversions.list", "cursor="+first.next, person{})); code(p) != problem.InvalidCursor {
		t.Errorf("after the platform went away: %v", p)
	}
}
