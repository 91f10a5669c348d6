package query

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

var (
	cachedFilters = []string{
		"", "status=approved", "status=pending,rejected", "status=unknown", "payment_status=paid", "type=sale", "type=lead,click", "type=bonus", "locked=true",
		"occurred_from=2026-05-01T00:00:00Z", "occurred_to=2026-05-01T12:34:56Z", "occurred_from=2026-03-01T00:00:00Z&occurred_to=2026-04-01T00:00:00Z",
		"occurred_from=2026-03-01T00:00:00.5Z&occurred_to=2026-03-20T00:00:00.000000001Z", "occurred_from=2030-01-01T00:00:00Z",
		"updated_from=2026-06-01T00:00:00Z", "updated_to=2026-06-01T00:00:00Z&status=approved",
		"amount_min=100", "amount_max=50.5&status=approved", "commission_rate_min=5", "fee_min=1000", "currency=GBP",
		"q=affili", "q=app", "sub_id_1=newsletter", "external_id=100010", "native_id=70000013",
		"network_id=affjet:12", "merchant_id=affjet:501,affjet:504", "country=DE", "click_id=x",
	}
	cachedSorts = []string{"", "occurred_at", "-occurred_at", "-amount", "updated_at,-amount", "status,occurred_at", "-fee"}
)

// A list of kept rows has the rows of a fresh one, in the same order.
func TestCachedListsAreAsFreshOnes(t *testing.T) {
	s := openShop(t, 0)
	for _, platforms := range []string{"affjet", "affili", "affjet,affili"} {
		// all rows are kept from now on
		if a := list(t, s.Engine, "limit=1&consistency=cached&platform="+platforms); len(a.rows) != 1 {
			t.Fatal("there is nothing")
		}
		for i, filter := range cachedFilters {
			for j, sort := range cachedSorts {
				if (i+j)%3 > 0 && filter != "" && sort != "" {
					continue // a third of the pairs will do
				}
				query := "platform=" + platforms + "&limit=" + []string{"1000", "97", "10"}[(i+j)%3]
				if filter != "" {
					query += "&" + filter
				}
				what := query + " by " + firstOf(sort, "time")
				want, fresh := s.collect(t, query+"&sort="+firstOf(sort, "-occurred_at"))
				s.asked("affjet")
				s.asked("affili")
				cached := query + "&consistency=cached"
				if sort != "" {
					cached += "&sort=" + sort
				}
				got, last := s.collect(t, cached)
				sameRows(t, what, got, want)
				if n := s.asked("affjet") + s.asked("affili"); n != 0 {
					t.Errorf("%s: %d native requests", what, n)
				}
				if last.total != fresh.total {
					t.Errorf("%s: the total is %d, want %d", what, last.total, fresh.total)
				}
				for _, st := range last.statuses {
					if other := fresh.status(st.Platform); !slices.Equal(st.Unsupported, other.Unsupported) {
						t.Errorf("%s: unsupported is %v, want %v", what, st.Unsupported, other.Unsupported)
					}
				}
			}
		}
	}
}

// What a client wants to see of rows, kept rows show.
func TestCachedListsShowTheSame(t *testing.T) {
	s := openShop(t, 0)
	for _, platform := range []string{"affjet", "affili"} {
		for _, how := range []string{"include=native", "fields=id,amount", "fields=status&include=native", "limit=all", "limit=0", "limit=0&status=approved", "limit=0&occurred_from=2026-05-01T00:00:00Z"} {
			query := "platform=" + platform + "&occurred_to=2026-09-01T00:00:00Z&sort=-occurred_at&" + how
			want, fresh := s.collect(t, query)
			s.native[platform].urls()
			got, cached := s.collect(t, query+"&consistency=cached")
			sameRows(t, query, got, want)
			if cached.total != fresh.total {
				t.Errorf("%s: the total is %d, want %d", query, cached.total, fresh.total)
			}
			if n := s.asked(platform); how != "include=native" && n != 0 { // the first one pulls
				t.Errorf("%s: %d native requests", query, n)
			}
		}
		r := request(t, s.Engine, "conversions.list", "platform="+platform+"&limit=all&consistency=cached&sort=-amount", person{})
		r.Stream = true
		want, _ := s.collect(t, "platform="+platform+"&limit=1000&sort=-amount")
		sameRows(t, "a stream", s.readOf(t, r).rows, want)
	}
}

// The filters of a query's body are applied to kept rows.
func TestCachedQueries(t *testing.T) {
	s := openShop(t, 0)
	for _, f := range [][]condition.Condition{
		conditions(t, s.Engine, `[{"field":"status","op":"not_in","value":["approved"]}]`),
		conditions(t, s.Engine, `[{"field":"occurred_at","op":"gte","value":"2026-04-01T00:00:00Z"},{"field":"occurred_at","op":"lt","value":"2026-05-01T00:00:00Z"},{"field":"amount","op":"gt","value":"20"}]`),
		conditions(t, s.Engine, `[{"field":"external_id","op":"not_set"}]`),
		conditions(t, s.Engine, `[{"field":"original.currency","op":"eq","value":"jpy"}]`),
	} {
		for _, platform := range []string{"affjet", "affili"} {
			r := request(t, s.Engine, "conversions.list", "platform="+platform+"&limit=1000&sort=-occurred_at", person{})
			r.Filters = f
			want := s.readOf(t, r)
			c := request(t, s.Engine, "conversions.list", "platform="+platform+"&limit=1000&sort=-occurred_at&consistency=cached", person{})
			c.Filters = f
			got := s.readOf(t, c)
			sameRows(t, fmt.Sprint(platform, f), got.rows, want.rows)
		}
	}
}

// What is not kept is read from the platform, and its status says so.
func TestWhatTheLedgerLacks(t *testing.T) {
	s := openShop(t, 0)
	s.collect(t, "consistency=cached&limit=1000&platform=affjet,affili")
	for _, test := range []struct{ platform, query string }{
		{"affjet", "include=history"},
		{"affjet", "include=deltas,native"},
		{"affili", "commission_min=1000"}, // Affili filters by it, and does not show it
	} {
		t.Run(test.query, func(t *testing.T) {
			query := "platform=" + test.platform + "&limit=50&sort=-occurred_at&" + test.query
			want, _ := s.collect(t, query)
			s.asked(test.platform)
			first := list(t, s.Engine, query+"&consistency=cached")
			if st := first.status(test.platform); st.Cache != answer.Miss || st.NativeRequests == 0 || s.asked(test.platform) == 0 {
				t.Errorf("the status is %+v", st)
			}
			got, _ := s.collect(t, query+"&consistency=cached")
			sameRows(t, query, got, want)
		})
	}
	// fresh is the default, and one object is always read
	for _, query := range []string{"", "consistency=fresh"} {
		list(t, s.Engine, query+"&platform=affjet")
		if s.asked("affjet") == 0 {
			t.Errorf("%q was answered from the ledger", query)
		}
	}
	id := s.affjet.Transactions()[0].UniqueID
	if o, p := s.Get(t.Context(), getting(t, s.Engine, "conversions.get", "affjet:"+id)); p != nil || s.asked("affjet") != 1 {
		t.Errorf("got %v, %v", o, p)
	}
}

// getting is a request for one object.
func getting(t testing.TB, e *Engine, operation, id string) *Request {
	t.Helper()
	params, faults := e.surface.Operation(operation).Parse("", map[string]string{"id": id})
	if faults != nil {
		t.Fatal(faults)
	}
	return &Request{Params: params, Client: person{}}
}

// conditions reads the filters of a query's body.
func conditions(t testing.TB, e *Engine, body string) []condition.Condition {
	t.Helper()
	out, faults := ParseFilters(e.surface.Operation("conversions.list"), []byte(body))
	if faults != nil {
		t.Fatal(faults)
	}
	return out
}

func TestConsistencyIsAWordOfTwo(t *testing.T) {
	op := loadSurface(t).Operation("conversions.list")
	if _, faults := op.Parse("consistency=stale", nil); len(faults) != 1 || faults[0].Parameter != "consistency" {
		t.Errorf("got %v", faults)
	}
	if params, faults := op.Parse("", nil); faults != nil || params.Text("consistency") != "fresh" {
		t.Errorf("by default %q, %v", params.Text("consistency"), faults)
	}
	if p := loadSurface(t).Operation("clicks.list").Parameter("consistency"); p != nil {
		t.Error("clicks have it too")
	}
}

// How often the platforms are asked, and what the status says.
func TestHowOftenCachedListsAsk(t *testing.T) {
	for _, test := range []struct {
		platform             string
		page                 int
		whole, changed, none int // native requests of pulls
	}{
		{"affjet", 0, 1, 1, 1},  // 260 rows of at most 10,000
		{"affili", 0, 2, 2, 1},  // the platform may have further pages: the second one is the first again
		{"affili", 40, 5, 2, 1}, // 150 rows, and the page after them
	} {
		t.Run(fmt.Sprint(test.platform, test.page), func(t *testing.T) {
			s := openShop(t, test.page)
			query := "consistency=cached&limit=10&platform=" + test.platform
			step := func(what, state string, requests int) {
				t.Helper()
				a := list(t, s.Engine, query)
				st := a.status(test.platform)
				if n := s.asked(test.platform); st.Cache != state || n != requests || st.NativeRequests != requests || st.Status != answer.OK {
					t.Errorf("%s: %+v, %d native requests, want %s and %d", what, st, n, state, requests)
				}
			}
			began := s.now()
			step("cold", answer.Miss, test.whole)
			step("warm", answer.Hit, 0)
			s.pass(59 * time.Second)
			step("within a minute", answer.Hit, 0)
			if as := list(t, s.Engine, query).status(test.platform).AsOf; !as.Equal(began) {
				t.Errorf("as of %s, want %s", as, began)
			}
			s.pass(20 * time.Minute)
			// sandboxes' data end at midnight: nothing has changed in the last hours, but the
			// latest change is asked for again, since its platform's clock may be behind
			step("later", answer.Miss, test.changed)
			s.pass(2 * time.Minute)
			a := list(t, s.Engine, query)
			if st := a.status(test.platform); st.Cache != answer.Stale || st.NativeRequests != 0 {
				t.Errorf("stale: %+v", st)
			}
			s.settled(t, test.platform)
			if n := s.asked(test.platform); n != test.changed {
				t.Errorf("%d native requests behind the back, want %d", n, test.changed)
			}
			step("afterwards", answer.Hit, 0)
		})
	}
}

// The platform is asked for what has changed since, in its own words.
func TestHowChangesAreAskedFor(t *testing.T) {
	s := openShop(t, 0)
	list(t, s.Engine, "consistency=cached&limit=10&platform=affjet&occurred_from=2026-10-01T00:00:00Z")
	first := s.native["affjet"].urls()[0].Query()
	// 1 October is summer time in London
	if first.Get("dateFrom") != "20261001010000" || first.Get("order") != "date-asc" || first.Has("lastUpdateFrom") || first.Get("pageSize") != "10000" {
		t.Errorf("the first pull asked for %v", first)
	}
	var latest time.Time
	for _, tr := range s.affjet.Transactions() {
		if tr.Updated.After(latest) {
			latest = tr.Updated
		}
	}
	s.pass(time.Hour)
	list(t, s.Engine, "consistency=cached&limit=10&platform=affjet&occurred_from=2026-10-01T00:00:00Z")
	second := s.native["affjet"].urls()[0].Query()
	// two days before the latest change that is known
	if want := latest.AddDate(0, 0, -2).Format("20060102150405"); second.Get("lastUpdateFrom") != want || second.Has("dateFrom") {
		t.Errorf("the changes were asked for by %v, want those since %s", second, want)
	}
}

// Where the ledger cannot be used lists are read from the platforms, as without it.
func TestListsWithoutTheLedger(t *testing.T) {
	for _, platform := range []string{"affjet", "affili"} {
		s := openShop(t, 0)
		want, _ := s.collect(t, "limit=60&sort=-occurred_at&platform="+platform)
		byAmount, _ := s.collect(t, "limit=60&sort=-amount&status=approved&platform="+platform)
		// in the middle of walks the file is gone
		first := list(t, s.Engine, "consistency=cached&limit=60&platform="+platform)
		amounts := list(t, s.Engine, "consistency=cached&limit=60&sort=-amount&status=approved&platform="+platform)
		s.book.Close()
		forget(t, s.cache)
		sameRows(t, platform+": a walk", walkOn(t, s.Engine, "consistency=cached&limit=60&platform="+platform, first), want)
		sameRows(t, platform+": a walk by amount", walkOn(t, s.Engine, "consistency=cached&limit=60&sort=-amount&status=approved&platform="+platform, amounts), byAmount)
		got, last := s.collect(t, "consistency=cached&limit=60&platform="+platform)
		if st := last.status(platform); st.Status != answer.OK {
			t.Errorf("%s: %+v", platform, st)
		}
		sameRows(t, platform+": a list", got, want)
		if a := list(t, s.Engine, "consistency=cached&limit=0&platform="+platform); a.total != len(want) || a.status(platform).Cache != answer.Miss {
			t.Errorf("%s: counted %d, want %d", platform, a.total, len(want))
		}
	}
}

// walkOn reads the pages after the first one.
func walkOn(t testing.TB, e *Engine, query string, first listed) []string {
	t.Helper()
	rows := slices.Clone(first.rows)
	for next := first.next; next != ""; {
		a := list(t, e, query+"&cursor="+next)
		rows, next = append(rows, a.rows...), a.next
	}
	return rows
}

// A walk may begin without the ledger and go on with it, and change more than once.
func TestWalksAcrossTheLedger(t *testing.T) {
	for _, sort := range []string{"-occurred_at", "occurred_at", "-amount"} {
		for _, platform := range []string{"affjet", "affili"} {
			s := openShop(t, 0)
			query := "limit=30&consistency=cached&sort=" + sort + "&platform=" + platform
			want, _ := s.collect(t, strings.Replace(query, "cached", "fresh", 1))
			book := s.book
			var got []string
			next := ""
			for i := 0; ; i++ {
				s.Engine.ledger = book
				if i/2%2 == 0 { // every two pages it is gone, or back
					s.Engine.ledger = nil
				}
				forget(t, s.cache)
				q := query
				if next != "" {
					q += "&cursor=" + next
				}
				a := list(t, s.Engine, q)
				got = append(got, a.rows...)
				if next = a.next; next == "" {
					break
				}
			}
			sameRows(t, platform+" "+sort, got, want)
		}
	}
}

// A failing platform's kept rows are shown as stale, unless it refused the gateway.
func TestCachedListsOfFailingPlatforms(t *testing.T) {
	s := openShop(t, 0)
	query := "consistency=cached&limit=1000&platform=affili"
	want, _ := s.collect(t, query)
	status := 503
	s.native["affili"].refusing(func(*url.URL) int { return status })
	s.pass(time.Hour)
	a := list(t, s.Engine, query)
	sameRows(t, "an outage", a.rows, want)
	st := a.status("affili")
	if st.Cache != answer.Stale || st.Status != answer.OK || st.StaleFor == nil || st.StaleFor.Code != problem.PlatformUnavailable {
		t.Errorf("the status is %+v", st)
	}
	status = 401
	s.pass(time.Hour)
	if _, p := read(t.Context(), s.Engine, request(t, s.Engine, "conversions.list", query, person{})); code(p) != problem.PlatformCredentialsRejected {
		t.Errorf("got %v", p)
	}
}

// What a client asks of caches holds for kept rows.
func TestModesOfCachedLists(t *testing.T) {
	s := openShop(t, 0)
	ask := func(mode report.Mode) (listed, *problem.Problem) {
		r := request(t, s.Engine, "conversions.list", "consistency=cached&platform=affjet", person{})
		r.Mode = mode
		return read(t.Context(), s.Engine, r)
	}
	if _, p := ask(report.Mode{OnlyKept: true}); code(p) != problem.NotCached || s.asked("affjet") != 0 {
		t.Errorf("got %v", p)
	}
	if _, p := ask(report.Mode{}); p != nil || s.asked("affjet") != 1 {
		t.Errorf("got %v", p)
	}
	s.pass(time.Second)
	if a, p := ask(report.Mode{Revalidate: true}); p != nil || s.asked("affjet") != 1 || a.status("affjet").Cache != answer.Miss {
		t.Errorf("got %v", p)
	}
	if a, p := ask(report.Mode{OnlyKept: true}); p != nil || s.asked("affjet") != 0 || a.status("affjet").Cache != answer.Hit {
		t.Errorf("got %v", p)
	}
}

// Many clients at once cause one pull, and see the same.
func TestCachedListsAtOnce(t *testing.T) {
	s := openShop(t, 20)
	want, _ := s.collect(t, "limit=1000&sort=-occurred_at&platform=affili")
	s.asked("affili")
	var group sync.WaitGroup
	for i := range 40 {
		r := request(t, s.Engine, "conversions.list", fmt.Sprintf("consistency=cached&limit=1000&platform=affili&sort=%s", []string{"-occurred_at", "-amount"}[i%2]), person{})
		group.Go(func() {
			a, p := read(t.Context(), s.Engine, r)
			if p != nil || len(a.rows) != len(want) {
				t.Errorf("got %d rows, %v", len(a.rows), p)
			}
			if i%2 == 0 && !slices.Equal(a.rows, want) {
				t.Error("the rows differ")
			}
		})
	}
	group.Wait()
	if n := s.asked("affili"); n != 9 { // 8 pages, and the one after them
		t.Errorf("%d native requests, want 9", n)
	}
}
