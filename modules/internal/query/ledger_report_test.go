package query

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// reported is a report as its rows are read: sums by month.
type reported struct {
	counts  map[string]int64
	values  map[string]int64 // of orders, in rial
	status  answer.Status
	fresh   report.Freshness
	problem *problem.Problem
}

// reportOf asks for a year of Affili by month.
func (s *shop) reportOf(t testing.TB, q string) reported {
	t.Helper()
	query, faults := report.ParseQuery(must(url.ParseQuery(q)))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	r, p := s.Report(t.Context(), query, person{})
	if p != nil {
		return reported{problem: p}
	}
	out := reported{counts: map[string]int64{}, values: map[string]int64{}, status: r.Platforms[0], fresh: r.Freshness}
	var body struct {
		Data []struct {
			Dimensions struct{ Month string }
			Metrics    struct {
				Conversions int64
				OrderValue  *struct{ Value string } `json:"order_value"`
			}
		}
	}
	if err := json.Unmarshal(r.AppendJSON(nil, report.Page{Limit: report.All}), &body); err != nil {
		t.Fatal(err)
	}
	for _, row := range body.Data {
		out.counts[row.Dimensions.Month] = row.Metrics.Conversions
		if v := row.Metrics.OrderValue; v != nil {
			n, err := strconv.ParseInt(v.Value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			out.values[row.Dimensions.Month] = n
		}
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// check compares a report with what the account has.
func (r reported) check(t testing.TB, what string, conversions []affili.Conversion) {
	t.Helper()
	if r.problem != nil {
		t.Fatalf("%s: %s: %s", what, r.problem.Code, r.problem.Detail)
	}
	counts, values := map[string]int64{}, map[string]int64{}
	from := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	for i := range conversions {
		c := &conversions[i]
		if c.Created.Before(from) {
			continue
		}
		month := c.Created.UTC().Format("2006-01")
		counts[month]++
		values[month] += c.Amount
	}
	for month, n := range counts {
		if r.counts[month] != n || r.values[month] != values[month] {
			t.Errorf("%s: %s has %d of %d rial, want %d of %d", what, month, r.counts[month], r.values[month], n, values[month])
		}
	}
	if len(r.counts) != len(counts) {
		t.Errorf("%s: the months are %v, want %v", what, r.counts, counts)
	}
}

const yearByMonth = "platform=affili&from=2025-12-01&to=2026-11-20&group_by=month&metrics=conversions,order_value&sort=month"

// Reports that a platform lacks are computed from kept rows: without a native call while
// they are fresh, and right after every change.
func TestReportsFromTheLedger(t *testing.T) {
	s := openShop(t, 0)
	report := func(what, state string, requests int) reported {
		t.Helper()
		r := s.reportOf(t, yearByMonth)
		r.check(t, what, s.affili.Conversions())
		if n := s.asked("affili"); r.status.Cache != state || n != requests || r.status.NativeRequests != requests || r.fresh.State != state {
			t.Errorf("%s: %+v, %+v, %d native requests, want %s and %d", what, r.status, r.fresh, n, state, requests)
		}
		return r
	}
	report("cold", answer.Miss, 2) // the page, and the one that repeats it
	r := report("warm", answer.Hit, 0)
	if !r.status.AsOf.Equal(s.now()) || !r.fresh.Until.Equal(s.now().Add(time.Minute)) {
		t.Errorf("as of %s until %s", r.status.AsOf, r.fresh.Until)
	}
	s.pass(time.Hour)
	report("later", answer.Miss, 2)

	// an old conversion is changed through the gateway
	conversions := s.affili.Conversions()
	old := conversions[slices.IndexFunc(conversions, func(c affili.Conversion) bool {
		return c.Type == affili.Buy && !c.Closed && c.Created.After(time.Date(2025, 12, 2, 0, 0, 0, 0, time.UTC))
	})]
	s.change(t, old.ID, 123_456_000)
	s.asked("affili")
	report("after a change", answer.Miss, 2)
	report("after the change was seen", answer.Hit, 0)

	// and one past the gateway, which is seen a minute later
	s.pass(time.Hour)
	s.reportOf(t, yearByMonth)
	s.asked("affili")
	s.changeNatively(t, old.ID, 7_000)
	s.pass(61 * time.Second)
	if r := s.reportOf(t, yearByMonth); r.status.Cache != answer.Stale || r.status.NativeRequests != 0 {
		t.Errorf("a minute later: %+v", r.status)
	}
	s.settled(t, "affili")
	s.asked("affili")
	report("afterwards", answer.Hit, 0)

	// in an outage what is kept is shown
	s.native["affili"].refusing(func(*url.URL) int { return 500 })
	s.pass(24 * time.Hour)
	r = s.reportOf(t, yearByMonth)
	r.check(t, "an outage", s.affili.Conversions())
	if r.status.Cache != answer.Stale || r.status.Status != answer.OK {
		t.Errorf("in an outage: %+v", r.status)
	}
}

// Half of a pull counts for nothing: neither numbers nor coverage.
func TestReportsOfPlatformsThatBreakOff(t *testing.T) {
	s := openShop(t, 20)
	s.native["affili"].refusing(func(u *url.URL) int {
		if u.Query().Get("page") == "5" {
			return 500
		}
		return 0
	})
	if r := s.reportOf(t, yearByMonth); r.problem == nil {
		t.Errorf("got %+v", r)
	}
	s.native["affili"].refusing(nil)
	s.pass(time.Minute)
	s.reportOf(t, yearByMonth).check(t, "afterwards", s.affili.Conversions())
}

// A file that turns out to be damaged while it is read costs nobody an answer.
func TestDamagedLedger(t *testing.T) {
	s := openShop(t, 0)
	query := "limit=1000&sort=-amount&platform=affili"
	want, _ := s.collect(t, query)
	for _, read := range []func(){
		func() {
			got, _ := s.collect(t, query+"&consistency=cached")
			sameRows(t, "a list", got, want)
		},
		func() { s.reportOf(t, yearByMonth).check(t, "a report", s.affili.Conversions()) },
	} {
		read()
		db, err := sql.Open("sqlite", s.path)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := db.Exec("UPDATE rows SET data = CAST('{}' AS BLOB) WHERE id = (SELECT max(id) FROM rows)"); err != nil {
			t.Fatal(err)
		} else if n, err := result.RowsAffected(); n != 1 || err != nil {
			t.Fatal("no row was altered")
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		read()
		s.pass(time.Minute) // the file is begun anew
		s.book.InService()
		if !s.book.Opened(t.Context()) {
			t.Fatal("the ledger is not open")
		}
	}
}

// Without the ledger the platform is asked each time, as before.
func TestReportsWithoutTheLedger(t *testing.T) {
	s := openShop(t, 0)
	s.book.Close()
	for range 2 {
		r := s.reportOf(t, yearByMonth)
		r.check(t, "without", s.affili.Conversions())
		if n := s.asked("affili"); n != 2 {
			t.Errorf("%d native requests, want 2: the page, and the one that repeats it", n)
		}
	}
}

// change changes the amount of a conversion through the gateway.
func (s *shop) change(t testing.TB, id string, amount int64) {
	t.Helper()
	changed(t, s.Engine, "conversions.update", "affili:"+id,
		fmt.Sprintf(`{"amount":{"value":"%d","currency":"IRR"},"items":[{"name":"buy","amount":{"value":"%d","currency":"IRR"}}]}`, amount, amount))
}

// changeNatively changes it past the gateway.
func (s *shop) changeNatively(t testing.TB, id string, amount int64) {
	t.Helper()
	body := fmt.Sprintf(`{"amount":"%d","commissions":[{"name":"buy","sub_amount":"%d"}]}`, amount, amount)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://core.affili.ir/api/merchants/conversions/"+id, strings.NewReader(body))
	r.Header.Set("Authorization", `Bearer "id"`)
	w := httptest.NewRecorder()
	s.affili.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("the sandbox answers %d: %s", w.Code, w.Body)
	}
}
