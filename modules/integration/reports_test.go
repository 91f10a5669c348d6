package integration

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

// reportPage is a report as a client reads it.
type reportPage struct {
	Data []struct {
		Dimensions map[string]any `json:"dimensions"`
		Metrics    map[string]any `json:"metrics"`
	} `json:"data"`
	Totals []struct {
		Currency *string        `json:"currency"`
		Metrics  map[string]any `json:"metrics"`
	} `json:"totals"`
	Page struct {
		NextCursor *string `json:"next_cursor"`
		Total      *int    `json:"total"`
	} `json:"page"`
	Platforms []platformStatus `json:"platforms"`
}

func (g *gateway) report(path string) reportPage {
	g.t.Helper()
	a := g.get(path)
	if a.status != 200 {
		g.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return decode[reportPage](g.t, a.body)
}

// sums are the exact sums of a report's metrics by a key such as "affjet 2026-01
// commission EUR". The tests build the expected ones from the sandboxes' data.
type sums map[string]*big.Rat

func (s sums) add(key string, n *big.Rat) {
	if s[key] == nil {
		s[key] = new(big.Rat)
	}
	s[key].Add(s[key], n)
}

func (s sums) count(key string) { s.add(key, big.NewRat(1, 1)) }

// texts writes the sums that are not zero: a report may leave out what is.
func (s sums) texts() map[string]string {
	out := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if s[k].Sign() != 0 {
			out[k] = s[k].RatString()
		}
	}
	return out
}

// addMetrics adds the metrics of one row under a key.
func (s sums) addMetrics(t *testing.T, key string, metrics map[string]any) {
	t.Helper()
	for name, v := range metrics {
		switch v := v.(type) {
		case json.Number:
			s.add(key+" "+name, rational(t, v.String()))
		case map[string]any:
			s.add(fmt.Sprintf("%s %s %v", key, name, v["currency"]), rational(t, v["value"].(string)))
		}
	}
}

func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return n
}

// What the five sandboxes' data says of the first ten months of 2026, in days of UTC.
func expectedByMonth(p *platforms) sums {
	return expectedBetween(p, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
}

// expectedBetween is what the five sandboxes' data says of the time before to, by month.
func expectedBetween(p *platforms, from, to time.Time) sums {
	return expectedBy("2006-01", p, from, to)
}

// expectedBy is what their data says by days or months, as the layout writes them.
func expectedBy(layout string, p *platforms, from, to time.Time) sums {
	s := sums{}
	key := func(platform string, at time.Time, metric string) (string, bool) {
		at = at.UTC()
		return fmt.Sprintf("%s %s %s", platform, at.Format(layout), metric), !at.Before(from) && at.Before(to)
	}
	count := func(platform string, at time.Time, metric string) {
		if k, in := key(platform, at, metric); in {
			s.count(k)
		}
	}
	money := func(platform string, at time.Time, metric string, units, scale int64) {
		if k, in := key(platform, at, metric); in {
			s.add(k, big.NewRat(units, scale))
		}
	}
	for _, tx := range p.affjet.Transactions() {
		count("affjet", tx.Date, "conversions")
		money("affjet", tx.Date, "order_value EUR", tx.Amount, 100)
		money("affjet", tx.Date, "commission EUR", tx.Commission, 100)
		money("affjet", tx.Date, "revenue EUR", tx.Commission, 100)
	}
	for _, c := range p.affili.Conversions() {
		count("affili", c.Created, "conversions")
		money("affili", c.Created, "order_value IRR", c.Amount, 1)
	}
	data := p.keitaro.Data()
	clicked := map[int64]time.Time{}
	for _, c := range data.Clicks {
		clicked[c.ID] = c.At
		count("keitaro", c.At, "clicks")
	}
	for _, c := range data.Conversions {
		count("keitaro", clicked[c.ClickID], "conversions")
		if c.Status != "rejected" {
			money("keitaro", clicked[c.ClickID], "revenue USD", int64(c.Revenue), 10_000)
		}
	}
	for _, e := range p.trackfinity.Events() {
		switch e.Kind {
		case trackfinity.Visit:
			count("trackfinity", e.At, "clicks")
		default: // joins, rebills, refunds, chargebacks and cancellations
			count("trackfinity", e.At, "conversions")
		}
		money("trackfinity", e.At, "revenue USD", e.Revenue, 100)
		money("trackfinity", e.At, "commission USD", e.Payout, 100)
	}
	for _, c := range p.trackier.Data().Clicks {
		count("trackier", c.At, "clicks")
	}
	for _, c := range p.trackier.Data().Conversions {
		count("trackier", c.At, "conversions")
		money("trackier", c.At, "order_value "+c.Currency, int64(c.Sale), 10_000)
		money("trackier", c.At, "commission "+c.Currency, int64(c.Payout), 10_000)
		if c.Status == "approved" { // only what is approved is earned
			money("trackier", c.At, "revenue "+c.Currency, int64(c.Revenue), 10_000)
		}
	}
	return s
}

func allPlatforms(p *platforms) []string {
	lines := []string{client}
	for _, name := range slices.Sorted(maps.Keys(p.native)) {
		lines = append(lines, p.native[name].caddyfile())
	}
	return lines
}

const monthly = "/v1/reports?from=2026-01-01&to=2026-10-31&group_by=platform,month&metrics=clicks,conversions,order_value,revenue,commission"

// A report by platform and month over five platforms has the sums of their data, in
// days of UTC, whatever zones the platforms live in.
func TestReportByPlatformAndMonth(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	report := g.report(monthly + "&limit=1000")
	got, totals := sums{}, sums{}
	for _, row := range report.Data {
		got.addMetrics(t, fmt.Sprintf("%v %v", row.Dimensions["platform"], row.Dimensions["month"]), row.Metrics)
		totals.addMetrics(t, "all", row.Metrics)
	}
	if d := cmp.Diff(expectedByMonth(p).texts(), got.texts()); d != "" {
		t.Errorf("the report is not what the data says (-want +got):\n%s", d)
	}
	told := sums{}
	for _, row := range report.Totals {
		told.addMetrics(t, "all", row.Metrics)
	}
	if d := cmp.Diff(totals.texts(), told.texts()); d != "" {
		t.Errorf("the totals are not the sums of the rows (-want +got):\n%s", d)
	}
	for _, s := range report.Platforms {
		if s.Status != "ok" {
			t.Errorf("%+v is not ok", s)
		}
	}
}

// A report in pages, by body, as NDJSON and as CSV is the same report.
func TestFormsOfAReport(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	whole := g.report(monthly + "&limit=1000")
	var paged reportPage
	next := monthly + "&limit=7"
	for range 50 {
		page := g.report(next)
		paged.Data = append(paged.Data, page.Data...)
		if page.Page.NextCursor == nil {
			break
		}
		next = monthly + "&limit=7&cursor=" + *page.Page.NextCursor
	}
	if d := cmp.Diff(whole.Data, paged.Data); d != "" {
		t.Errorf("the pages are not the whole:\n%s", d)
	}
	byBody := g.post("/v1/reports", `{"from":"2026-01-01","to":"2026-10-31","group_by":["platform","month"],"metrics":["clicks","conversions","order_value","revenue","commission"],"limit":1000}`)
	if d := cmp.Diff(whole.Data, decode[reportPage](t, byBody.body).Data); d != "" {
		t.Errorf("by body it is another:\n%s", d)
	}
	lines := strings.Split(strings.TrimSpace(string(g.get(monthly+"&limit=1000&format=ndjson").body)), "\n")
	if len(lines) != len(whole.Data)+1 {
		t.Errorf("%d lines of NDJSON for %d rows", len(lines), len(whole.Data))
	}
	csv := strings.Split(strings.TrimSpace(string(g.get(monthly+"&limit=1000&format=csv").body)), "\n")
	if len(csv) != len(whole.Data)+1 || !strings.HasPrefix(csv[0], "platform,month,clicks,conversions,order_value.value,order_value.currency") {
		t.Errorf("%d lines of CSV for %d rows; the first is %q", len(csv), len(whole.Data), csv[0])
	}
}

// A platform that fails is a problem beside the others' numbers, and what a platform
// lacks is told.
func TestReportsBesideADeadPlatform(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	p.native["keitaro"].faults.Set(kit.Fault{Drop: true})
	report := g.report(monthly + "&limit=1000")
	status := map[string]platformStatus{}
	for _, s := range report.Platforms {
		status[s.Platform] = s
	}
	if s := status["keitaro"]; s.Status != "failed" || s.Problem == nil || s.Problem.Code != "platform_unavailable" {
		t.Errorf("the dead platform: %+v", s)
	}
	if s := status["affjet"]; s.Status != "ok" || !slices.Equal(s.Unsupported, []string{"clicks"}) {
		t.Errorf("a platform without clicks: %+v", s)
	}
	for _, row := range report.Data {
		if row.Dimensions["platform"] == "keitaro" {
			t.Errorf("a row of the dead platform: %v", row)
		}
	}
	g.problem(g.get(monthly+"&require=all"), "platform_unavailable", 503)
	g.problem(g.get("/v1/reports?from=2026-01-01&to=2026-01-31&platform=keitaro"), "platform_unavailable", 503)
}

// A year of totalvalues is more than one call may ask for; the platform's overview is
// asked instead, or its list, and never more than needed.
func TestNativeCallsOfAYear(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	for query, most := range map[string]int{
		"group_by=month&timezone=Europe/London":          2,
		"group_by=month,merchant&timezone=Europe/London": 2,
		"group_by=month": 1,
	} {
		p.affjet.Counter().Reset()
		report := g.report("/v1/reports?from=2025-11-21&to=2026-11-19&metrics=conversions,commission&limit=1000&" + query)
		if len(report.Data) == 0 {
			t.Errorf("%s: no rows", query)
		}
		if n := p.affjet.Counter().Total(); n > most+1 {
			t.Errorf("%s: %d native requests, want at most %d and one for the names: %v", query, n, most, p.affjet.Counter().All())
		}
	}
}

// A table has no place for what the platforms say: it follows in the trailer, as that of
// lists does.
func TestCSVReportsTellOfADeadPlatform(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	p.native["keitaro"].faults.Set(kit.Fault{Drop: true})
	const asked = "from=2026-01-01&to=2026-01-31&group_by=platform&metrics=conversions"
	for form, a := range map[string]answer{
		"by query": g.get("/v1/reports?format=csv&" + asked),
		"by body":  g.post("/v1/reports?format=csv", `{"from":"2026-01-01","to":"2026-01-31","group_by":["platform"],"metrics":["conversions"]}`),
	} {
		records, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if len(records) != 5 { // a header, and the four that answered
			t.Errorf("%s: %d lines: %v", form, len(records), records)
		}
		status := map[string]platformStatus{}
		for _, s := range decode[[]platformStatus](t, []byte(a.trailer.Get("Tributary-Platforms"))) {
			status[s.Platform] = s
		}
		if s := status["keitaro"]; s.Status != "failed" || s.Problem == nil || s.Problem.Code != "platform_unavailable" {
			t.Errorf("%s: the dead platform: %+v", form, s)
		}
		if s := status["affjet"]; s.Status != "ok" {
			t.Errorf("%s: a living one: %+v", form, s)
		}
	}
}

// Days that no calendar of a platform reaches are refused by name, in either form, and
// far ones are answered: beyond the tables of time zones there are rules.
func TestFarDaysOfReports(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	for form, a := range map[string]answer{
		"by query": g.get("/v1/reports?metrics=conversions&from=0001-01-01&to=9999-12-31"),
		"by body":  g.post("/v1/reports", `{"metrics":["conversions"],"from":"0001-01-01","to":"9999-12-31"}`),
	} {
		var named []string
		for _, e := range g.problem(a, "invalid_request", 400)["errors"].([]any) {
			named = append(named, e.(map[string]any)["parameter"].(string))
		}
		if !slices.Equal(named, []string{"from", "to"}) {
			t.Errorf("%s: the faults are of %v", form, named)
		}
	}
	of := func(days string) string {
		report := g.report("/v1/reports?platform=affjet,keitaro,trackier&metrics=conversions&group_by=platform&timezone=Europe/London&" + days)
		for _, s := range report.Platforms {
			if s.Status != "ok" {
				t.Errorf("%s: %+v", days, s)
			}
		}
		var rows []string
		for _, row := range report.Data {
			rows = append(rows, fmt.Sprint(row.Dimensions["platform"], " ", row.Metrics["conversions"]))
		}
		return strings.Join(rows, ", ")
	}
	near := of("from=2026-01-01&to=2026-12-31")
	for _, days := range []string{"from=2026-01-01&to=2041-01-01", "from=2026-01-01&to=2199-12-31"} {
		if far := of(days); far != near || far == "" {
			t.Errorf("%s: %s, but %s without the years in which nothing has happened yet", days, far, near)
		}
	}
}

// The query of a report by body is in the body: its URL has the format alone.
func TestTheURLOfAReportByBody(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	const body = `{"interval":"yesterday","metrics":["conversions"]}`
	refused := g.problem(g.post("/v1/reports?from=2026-01-01&limit=1", body), "invalid_request", 400)
	if errors := refused["errors"].([]any); len(errors) != 2 {
		t.Errorf("the faults are %v", errors)
	}
	g.problem(g.post("/v1/reports?format=xml", body), "invalid_request", 400)
	if a := g.post("/v1/reports?format=csv", body); a.status != 200 || !strings.HasPrefix(string(a.body), "conversions\r\n") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// What a report counts as conversions and as sales are the rows of the list, of every
// status and type, and those of type sale.
func TestReportsCountTheRowsOfTheList(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, allPlatforms(p)...)
	for _, name := range []string{"affili", "trackfinity"} {
		total := func(query string) json.Number {
			list := decode[struct {
				Page struct{ Total json.Number }
			}](t, g.get("/v1/conversions?limit=0&occurred_from=2026-01-01T00:00:00Z&occurred_to=2026-11-01T00:00:00Z&platform="+name+query).body)
			return list.Page.Total
		}
		report := g.report("/v1/reports?from=2026-01-01&to=2026-10-31&metrics=conversions,sales&platform=" + name)
		if len(report.Data) != 1 {
			t.Fatalf("%s: %d rows", name, len(report.Data))
		}
		metrics := report.Data[0].Metrics
		for metric, query := range map[string]string{"conversions": "", "sales": "&type=sale"} {
			if want := total(query); metrics[metric] != want || want == "0" || want == "" {
				t.Errorf("%s: %s are %v, the list has %s", name, metric, metrics[metric], want)
			}
		}
	}
}
