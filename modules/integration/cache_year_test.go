package integration

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// platformNames are the five sandboxes.
var platformNames = []string{"affili", "affjet", "keitaro", "trackfinity", "trackier"}

// year is a report of 365 days by platform and month, over five platforms, that is asked
// again and again while days pass, which are added at its end.
type year struct {
	*gateway
	now       *moved
	platforms *platforms
	asked     *recordedRequests // of Keitaro
	lines     []string
	from      time.Time // the first day
}

const writingClient = "client tester {\nkey_sha256 " + keyDigest + "\nscopes read write\n}\n"

func newYear(t *testing.T) *year {
	t.Helper()
	y := &year{now: moveClock(t)}
	y.platforms = platformsAhead(t, y.now, 70)
	y.asked = &recordedRequests{Handler: y.platforms.keitaro}
	block := y.platforms.native["keitaro"].block
	y.platforms.native["keitaro"] = stand(t, "keitaro", y.asked, y.platforms.keitaro.Counter(), "", block)
	for _, name := range platformNames {
		y.lines = append(y.lines, y.platforms.native[name].caddyfile())
	}
	y.lines = append(y.lines, writingClient)
	y.gateway = start(t, y.lines...)
	y.begin()
	return y
}

func (y *year) in(t *testing.T) *year {
	c := *y
	c.gateway = y.gateway.in(t)
	return &c
}

func (y *year) path() string {
	return fmt.Sprintf("/v1/reports?from=%s&to=%s&group_by=platform,month&metrics=clicks,conversions,order_value,revenue,commission,cost&limit=1000", y.from.Format(time.DateOnly), y.now.day(0))
}

// begin makes the report one of the year up to now.
func (y *year) begin() { y.from = y.now.now().Truncate(24*time.Hour).AddDate(0, 0, -364) }

// ask asks for the report, and holds all numbers but those of some platforms against the
// sandboxes' data.
func (y *year) ask(leaving ...string) reportPage {
	y.t.Helper()
	r := y.report(y.path())
	got, want := r.sums(y.t), y.expected()
	got.without(leaving...).equal(y.t, want.without(leaving...))
	if n := len(want); n < 200 {
		y.t.Fatalf("the data has only %d sums", n)
	}
	return r
}

// expected are the sums of the sandboxes' data.
func (y *year) expected() sums {
	to := y.now.now().Truncate(24*time.Hour).AddDate(0, 0, 1)
	s := expectedBetween(y.platforms, y.from, to)
	for _, c := range y.platforms.keitaro.Data().Clicks {
		if !c.At.Before(y.from) && c.At.Before(to) {
			s.add("keitaro "+c.At.UTC().Format("2006-01")+" cost USD", big.NewRat(int64(c.Cost), 10_000))
		}
	}
	return s
}

// are checks the statuses of all platforms but some, and what is said of their age.
func (y *year) are(r reportPage, cache string, leaving ...string) {
	y.t.Helper()
	statuses := r.statuses()
	for _, name := range platformNames {
		s := statuses[name]
		if slices.Contains(leaving, name) {
			continue
		}
		if s.Status != "ok" || s.Cache != cache || s.Problem != nil {
			y.t.Errorf("%s is not ok and %s: %+v", name, cache, s)
		}
	}
}

// called checks how many native requests a platform has had.
func (y *year) called(most map[string]int) {
	y.t.Helper()
	for name, n := range y.platforms.calls() {
		if n > most[name] {
			y.t.Errorf("%s was asked %d times, want at most %d: %v", name, n, most[name], y.platforms.native[name].counter.All())
		}
	}
}

// upTo is the same number of calls for every platform.
func upTo(n int) map[string]int {
	m := map[string]int{}
	for _, name := range platformNames {
		m[name] = n
	}
	return m
}

// A year's report over five platforms costs the platforms next to nothing after it was
// made once, outlives a restart and each platform's outage, and is right every time.
func TestAYearOfReports(t *testing.T) {
	y := newYear(t)
	y.t.Run("cold", func(t *testing.T) {
		y := y.in(t)
		y.are(y.ask(), "miss")
		calls := y.platforms.calls()
		for _, name := range platformNames {
			if n := calls[name]; n < 1 || n > 14 {
				t.Errorf("%s was asked %d times: %v", name, n, y.platforms.native[name].counter.All())
			}
		}
		t.Logf("native calls: %v", calls)
	})
	y.t.Run("again at once", func(t *testing.T) {
		y := y.in(t)
		y.platforms.resetCalls()
		y.are(y.ask(), "hit")
		y.called(nil)
	})
	y.t.Run("after a day", func(t *testing.T) {
		y := y.in(t)
		y.platforms.resetCalls()
		y.now.pass(24 * time.Hour)
		y.are(y.ask(), "miss")
		y.stop() // so that nothing more is asked in the background
		// Trackier has these numbers of days in UTC in two lists alone, one of which has
		// two pages of them
		y.called(map[string]int{"affili": 2, "affjet": 2, "keitaro": 2, "trackfinity": 2, "trackier": 3})
		t.Logf("native calls: %v", y.platforms.calls())
	})
	y.t.Run("after a restart", func(t *testing.T) {
		y := y.in(t)
		y.platforms.resetCalls()
		y.load(y.lines...)
		y.are(y.ask(), "hit")
		y.called(nil)
	})
	for _, name := range platformNames {
		y.t.Run("outage of "+name, func(t *testing.T) { y.in(t).outage(name) })
	}
	y.t.Run("after an update of costs", func(t *testing.T) { y.in(t).costs() })
}

// Where a platform's own reports have what is asked for, in its own days, a year takes
// one call, and what a day has brought one more, however much happened.
func TestAYearOfAPlatformsOwnReport(t *testing.T) {
	m := moveClock(t)
	p := platformsAhead(t, m, 70)
	lines := []string{client, p.native["trackier"].caddyfile()}
	g := start(t, lines...)
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2025, 12, 1, 0, 0, 0, 0, kolkata)
	ask := func(t *testing.T, most int) platformStatus {
		t.Helper()
		to := m.now().In(kolkata)
		end := time.Date(to.Year(), to.Month(), to.Day()+1, 0, 0, 0, 0, kolkata)
		p.resetCalls()
		r := g.in(t).report(fmt.Sprintf("/v1/reports?platform=trackier&timezone=Asia/Kolkata&from=2025-12-01&to=%s&group_by=platform,month&metrics=clicks,approved,revenue,commission_approved&limit=1000", to.Format(time.DateOnly)))
		want := sums{}
		key := func(at time.Time, metric string) string {
			return "trackier " + at.In(kolkata).Format("2006-01") + " " + metric
		}
		for _, c := range p.trackier.Data().Clicks {
			if !c.At.Before(from) && c.At.Before(end) {
				want.count(key(c.At, "clicks"))
			}
		}
		for _, c := range p.trackier.Data().Conversions {
			if c.Status == trackier.Approved && !c.At.Before(from) && c.At.Before(end) {
				want.count(key(c.At, "approved"))
				want.add(key(c.At, "revenue USD"), big.NewRat(int64(c.RevenueUSD), 10_000))
				want.add(key(c.At, "commission_approved USD"), big.NewRat(int64(c.PayoutUSD), 10_000))
			}
		}
		r.sums(t).equal(t, want)
		if n := p.native["trackier"].counter.Total(); n > most {
			t.Errorf("%d native requests, want at most %d: %v", n, most, p.native["trackier"].counter.All())
		}
		return r.statuses()["trackier"]
	}
	for _, step := range []struct {
		name  string
		do    func()
		most  int
		cache string
	}{
		{"cold", func() {}, 2, "miss"}, // one of them is for how the platform spells its paths,
		{"again", func() {}, 0, "hit"},
		{"after a day", func() { m.pass(24 * time.Hour) }, 2, "miss"},
		{"after a restart", func() { g.restart(lines...) }, 0, "hit"},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			if s := ask(t, step.most); s.Cache != step.cache || s.Status != "ok" {
				t.Errorf("%+v", s)
			}
		})
	}
}

// outage asks while a platform does not answer: for an hour, and for longer than what is
// kept is given.
func (y *year) outage(name string) {
	y.begin()
	y.ask()
	before := y.now.now()
	y.platforms.native[name].faults.Set(kit.Fault{Drop: true})
	defer y.platforms.native[name].faults.Clear()
	y.now.pass(time.Hour)
	y.platforms.resetCalls()
	r := y.ask() // the platform's own numbers too: its data is the same
	y.are(r, "miss", name)
	y.called(upTo(4)) // a few days again, and at times what is older than a week in the background
	y.t.Logf("native calls: %v", y.platforms.calls())
	s := r.statuses()[name]
	if s.Status != "ok" || s.Cache != "stale" {
		y.t.Errorf("%s is not stale: %+v", name, s)
	}
	if asOf, err := time.Parse(time.RFC3339, s.AsOf); err != nil || asOf.After(before) {
		y.t.Errorf("%s is of %q, and was last read at %s", name, s.AsOf, before)
	}

	y.now.pass(8*24*time.Hour + time.Hour)
	r = y.ask(name)
	y.are(r, "miss", name)
	if s := r.statuses()[name]; s.Status == "ok" || s.Problem == nil || s.Problem.Code != "platform_unavailable" {
		y.t.Errorf("%s after more than seven days: %+v", name, s)
	}

	y.platforms.native[name].faults.Clear()
	y.now.pass(time.Minute)
	if s := y.ask().statuses()[name]; s.Status != "ok" || s.Cache != "miss" {
		y.t.Errorf("%s when it answers again: %+v", name, s)
	}
}

// costs changes what some days of a campaign have cost, and sees that these days alone are
// asked for again.
func (y *year) costs() {
	y.begin()
	y.ask()
	day := y.now.now().Truncate(24*time.Hour).AddDate(0, -5, 0)
	from, to := day, day.AddDate(0, 0, 3).Add(-time.Minute) // Keitaro takes whole minutes
	campaign, before := busiest(y.platforms.keitaro.Data().Clicks, from, to)
	all := y.expected()

	y.platforms.resetCalls()
	y.asked.reset()
	a := y.post(fmt.Sprintf("/v1/campaigns/keitaro:%d/costs", campaign),
		fmt.Sprintf(`{"from":%q,"to":%q,"timezone":"UTC","cost":{"value":"1234.5678","currency":"USD"}}`, from.Format(time.RFC3339), to.Format(time.RFC3339)))
	if a.status >= 300 {
		y.t.Fatalf("%d %s", a.status, a.body)
	}
	r := y.ask()
	y.are(r, "hit", "keitaro")
	if s := r.statuses()["keitaro"]; s.Cache != "miss" {
		y.t.Errorf("%+v", s)
	}
	y.called(map[string]int{"keitaro": 3}) // the change, and what it touched

	// the month's costs are what they were, with the new ones in place of the old
	key := "keitaro " + from.Format("2006-01") + " cost USD"
	want := new(big.Rat).Add(all[key], big.NewRat(1234_5678-int64(before), 10_000))
	if got := r.sums(y.t)[key]; from.Month() == to.Month() && (got == nil || got.Cmp(want) != 0) {
		y.t.Errorf("the month has cost %v, want %v", got, want)
	}
	for _, span := range y.asked.ranges() {
		// a day more at either end, for zones in which the days are others
		if span[0] < from.AddDate(0, 0, -2).Format(time.DateOnly) || span[1] > to.AddDate(0, 0, 2).Format(time.DateOnly) {
			y.t.Errorf("asked again for %s to %s, touched were %s to %s", span[0], span[1], from, to)
		}
	}
	if len(y.asked.ranges()) == 0 {
		y.t.Error("no report was asked for")
	}
}

// busiest returns the campaign with the most clicks in a time, and what these cost.
func busiest(clicks []keitaro.Click, from, to time.Time) (campaign int64, cost keitaro.Money) {
	n, costs := map[int64]int{}, map[int64]keitaro.Money{}
	for _, c := range clicks {
		if !c.At.Before(from) && !c.At.After(to) {
			n[c.CampaignID]++
			costs[c.CampaignID] += c.Cost
			if n[c.CampaignID] > n[campaign] || n[c.CampaignID] == n[campaign] && c.CampaignID < campaign {
				campaign = c.CampaignID
			}
		}
	}
	return campaign, costs[campaign]
}

func (r *recordedRequests) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.asks = append(r.asks, req.Method+" "+req.URL.Path+" "+string(body))
	r.mu.Unlock()
	r.Handler.ServeHTTP(w, req)
}

func (r *recordedRequests) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = nil
}

var reportRange = regexp.MustCompile(`"from":"(\d{4}-\d{2}-\d{2})[^"]*".*"to":"(\d{4}-\d{2}-\d{2})`)

// ranges are the days that reports were asked for.
func (r *recordedRequests) ranges() (days [][2]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ask := range r.asks {
		if m := reportRange.FindStringSubmatch(ask); m != nil {
			days = append(days, [2]string{m[1], m[2]})
		}
	}
	return days
}
