package keitaro_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

type rows struct {
	Rows  []object
	Total int
	Meta  any
}

func report(t *testing.T, h http.Handler, path, body string) rows {
	t.Helper()
	return read[rows](t, h, http.MethodPost, path, body)
}

var moscow = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		panic(err)
	}
	return zone
}()

// decimal divides exactly and rounds half away from zero, independently of the
// sandbox's own arithmetic.
func decimal(part, whole int64, scale int) string {
	if whole == 0 {
		part, whole = 0, 1
	}
	return big.NewRat(part, whole).FloatString(scale)
}

// expected are the sums of a set of clicks.
type expected struct {
	clicks, unique, leads, sales, rejected, rebills, lpViews, lpClicks, lpSeconds int64
	bots, proxies, noReferrer, uniqueStream, uniqueGlobal                         int64
	cost, leadRevenue, saleRevenue, rejectedRevenue                               int64
}

func sum(d keitaro.Data, keep func(keitaro.Click) bool) expected {
	var e expected
	kept := map[int64]bool{}
	one := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	for _, c := range d.Clicks {
		if !keep(c) {
			continue
		}
		kept[c.ID] = true
		e.clicks++
		e.cost += int64(c.Cost)
		one(&e.unique, c.UniqueCampaign)
		one(&e.uniqueStream, c.UniqueStream)
		one(&e.uniqueGlobal, c.UniqueGlobal)
		one(&e.bots, c.Bot)
		one(&e.proxies, c.Proxy)
		one(&e.noReferrer, c.Referrer == "")
		one(&e.lpViews, c.LandingID > 0)
		if !c.LandingClickedAt.IsZero() {
			e.lpClicks++
			e.lpSeconds += c.LandingClickedAt.Unix() - c.At.Unix()
		}
	}
	for _, v := range d.Conversions {
		if !kept[v.ClickID] {
			continue
		}
		switch v.Status {
		case "lead":
			e.leads, e.leadRevenue = e.leads+1, e.leadRevenue+int64(v.Revenue)
		case "sale":
			e.sales, e.saleRevenue = e.sales+1, e.saleRevenue+int64(v.Revenue)
		case "rebill":
			e.rebills, e.saleRevenue = e.rebills+1, e.saleRevenue+int64(v.Revenue)
		case "rejected":
			e.rejected, e.rejectedRevenue = e.rejected+1, e.rejectedRevenue+int64(v.Revenue)
		}
	}
	return e
}

// metrics states every metric of the document as a formula over the sums.
func (e expected) metrics() object {
	all := e.leads + e.sales + e.rejected + e.rebills
	revenue := e.leadRevenue + e.saleRevenue
	integer := func(n int64) any { return num(strconv.FormatInt(n, 10)) }
	rate := func(part, whole int64) any { return num(decimal(part*100, whole, 2)) }
	money := func(units int64) any { return num(decimal(units, 10_000, 4)) }
	each := func(units, whole int64) any { return num(decimal(units, whole*10_000, 4)) }
	return object{
		"clicks": integer(e.clicks), "campaign_unique_clicks": integer(e.unique), "stream_unique_clicks": integer(e.uniqueStream),
		"global_unique_clicks": integer(e.uniqueGlobal), "uc_campaign_rate": rate(e.unique, e.clicks),
		"uc_stream_rate": rate(e.uniqueStream, e.clicks), "uc_global_rate": rate(e.uniqueGlobal, e.clicks),
		"bots": integer(e.bots), "bot_share": rate(e.bots, e.clicks), "proxies": integer(e.proxies), "empty_referrers": integer(e.noReferrer),
		"conversions": integer(all), "leads": integer(e.leads), "sales": integer(e.sales), "rejected": integer(e.rejected),
		"rebills": integer(e.rebills), "approve": rate(e.sales, e.leads+e.sales+e.rejected),
		"lp_clicks": integer(e.lpClicks), "lp_ctr": rate(e.lpClicks, e.lpViews), "landing_clicked_period": num(decimal(e.lpSeconds, e.lpClicks, 0)),
		"cr": rate(all, e.clicks), "crs": rate(e.sales, e.clicks), "crl": rate(e.leads, e.clicks),
		"roi": rate(revenue-e.cost, e.cost), "roi_confirmed": rate(e.saleRevenue-e.cost, e.cost),
		"epc": each(revenue, e.clicks), "epc_confirmed": each(e.saleRevenue, e.clicks),
		"cps": each(e.cost, e.sales), "cpa": each(e.cost, all), "cpc": each(e.cost, e.clicks), "ecpc": each(e.cost, e.unique),
		"ecpm": each(revenue*1000, e.clicks), "ecpm_confirmed": each(e.saleRevenue*1000, e.clicks),
		"ec": each(revenue, all), "ec_confirmed": each(e.saleRevenue, e.sales),
		"profitability": rate(revenue-e.cost, revenue), "cost": money(e.cost), "revenue": money(revenue), "profit": money(revenue - e.cost),
		"lead_revenue": money(e.leadRevenue), "sale_revenue": money(e.saleRevenue), "rejected_revenue": money(e.rejectedRevenue),
		"profit_confirmed": money(e.saleRevenue - e.cost),
	}
}

// documentMetrics are the lists "Stats" and "Money".
const documentMetrics = `"clicks","campaign_unique_clicks","stream_unique_clicks","global_unique_clicks","uc_campaign_rate",` +
	`"uc_stream_rate","uc_global_rate","bots","bot_share","proxies","empty_referrers","conversions","leads","sales","rejected","rebills",` +
	`"approve","lp_clicks","lp_ctr","landing_clicked_period","cr","crs","crl","roi","roi_confirmed","epc","epc_confirmed","cps","cpa","cpc",` +
	`"ecpc","ecpm","ecpm_confirmed","ec","ec_confirmed","profitability","cost","revenue","profit","lead_revenue","sale_revenue",` +
	`"rejected_revenue","profit_confirmed"`

func TestReportComputesEveryMetric(t *testing.T) {
	d := shared.Data()
	got := report(t, shared, "report/build", `{"range":{"interval":"all_time"},"grouping":["campaign_id"],"metrics":[`+documentMetrics+`]}`)
	require.Equal(t, len(got.Rows), got.Total)
	seen := map[string]bool{}
	for _, row := range got.Rows {
		id := fmt.Sprint(row["campaign_id"])
		seen[id] = true
		want := sum(d, func(c keitaro.Click) bool { return fmt.Sprint(c.CampaignID) == id }).metrics()
		want["campaign_id"] = num(id)
		require.Equal(t, want, row, id)
	}
	for _, c := range d.Clicks {
		require.True(t, seen[fmt.Sprint(c.CampaignID)])
	}
	require.NotContains(t, seen, fmt.Sprint(d.Campaigns[23].ID), "no clicks, no row")
}

func TestSummaryIsOneRowOfAll(t *testing.T) {
	want := sum(shared.Data(), func(keitaro.Click) bool { return true })
	require.Greater(t, want.rejectedRevenue, int64(1)<<53, "the sum must be one that a double rounds")
	got := report(t, shared, "clicks/summary", `{"range":{"interval":"all_time"}}`)
	require.Equal(t, []object{want.metrics()}, got.Rows)
}

func TestReportSample(t *testing.T) {
	// the document's request, with ids and days of the sandbox
	zone, err := time.LoadLocation("Europe/Madrid")
	require.NoError(t, err)
	d := shared.Data()
	const from, to = "2026-04-10", "2026-05-12"
	in := func(c keitaro.Click) bool {
		day := c.At.In(zone).Format(time.DateOnly)
		return c.CampaignID == 90 && day >= from && day <= to
	}
	got := report(t, shared, "report/build", `{"range":{"from":"`+from+`","to":"`+to+`","timezone":"Europe/Madrid"},
		"grouping":["ts","landing"],"metrics":["clicks","bot_share","cr"],
		"filters":[{"name":"campaign_id","operator":"EQUALS","expression":90}]}`)
	clicks := int64(0)
	for _, row := range got.Rows {
		require.ElementsMatch(t, []string{"ts", "landing", "clicks", "bot_share", "cr"}, names(row))
		n, err := row["clicks"].(json.Number).Int64()
		require.NoError(t, err)
		clicks += n
	}
	require.Positive(t, clicks)
	require.Equal(t, sum(d, in).clicks, clicks)
	meta := got.Meta.(object)
	require.Equal(t, "2026-05-20T12:00:00+00:00", meta["datetime"])
	require.Regexp(t, `^\d+\.\d{4}$`, meta["execution_time"])
}

func TestReportDaysFollowTheTimeZone(t *testing.T) {
	for _, name := range []string{"", "UTC", "Asia/Tokyo", "America/New_York"} {
		t.Run("zone "+name, func(t *testing.T) {
			zone, timezone := moscow, ""
			if name != "" {
				var err error
				zone, err = time.LoadLocation(name)
				require.NoError(t, err)
				timezone = `,"timezone":"` + name + `"`
			}
			want := map[string]int64{}
			for _, c := range shared.Data().Clicks {
				if day := c.At.In(zone).Format(time.DateOnly); day >= "2026-03-01" && day <= "2026-03-07" {
					want[day]++
				}
			}
			got := report(t, shared, "clicks/build", `{"range":{"from":"2026-03-01","to":"2026-03-07"`+timezone+`},
				"dimensions":["day"],"measures":["clicks"],"sort":[{"name":"day","order":"DESC"}]}`)
			require.Len(t, got.Rows, 7)
			require.Equal(t, "2026-03-07", got.Rows[0]["day"], "sorted descending")
			for _, row := range got.Rows {
				require.Equal(t, num(strconv.FormatInt(want[row["day"].(string)], 10)), row["clicks"])
			}
		})
	}
}

func TestReportSortLimitOffsetAndMetricFilter(t *testing.T) {
	const request = `{"limit":%d,"offset":%d,"grouping":["campaign"],"metrics":["clicks","revenue"],
		"filters":[{"name":"clicks","operator":"GREATER_THAN","expression":300}],"sort":[{"name":"clicks","order":"desc"},{"name":"campaign","order":"asc"}]}`
	all := report(t, shared, "report/build", fmt.Sprintf(request, 1000, 0))
	want := 0
	for _, campaign := range shared.Data().Campaigns {
		if sum(shared.Data(), func(c keitaro.Click) bool { return c.CampaignID == campaign.ID }).clicks > 300 {
			want++
		}
	}
	require.Equal(t, want, all.Total)
	require.Len(t, all.Rows, want)
	last := int64(1) << 60
	for _, row := range all.Rows {
		n, err := row["clicks"].(json.Number).Int64()
		require.NoError(t, err)
		require.LessOrEqual(t, n, last)
		last = n
	}
	part := report(t, shared, "report/build", fmt.Sprintf(request, 3, 2))
	require.Equal(t, all.Rows[2:5], part.Rows)
	require.Equal(t, want, part.Total, "total is that before limit and offset")
	beyond := report(t, shared, "report/build", fmt.Sprintf(request, 3, 5000))
	require.Equal(t, []object{}, beyond.Rows)
}

func TestDocumentsMisprintedOffset(t *testing.T) {
	right := report(t, shared, "clicks/log", `{"limit":2,"offset":10,"columns":["click_id"]}`)
	require.Equal(t, right.Rows, report(t, shared, "clicks/log", `{"limit":2,"offer":10,"columns":["click_id"]}`).Rows)
}

func TestIntervals(t *testing.T) {
	at := func(day string) time.Time {
		v, err := time.ParseInLocation(time.DateOnly, day, moscow)
		require.NoError(t, err)
		return v
	}
	// the clock stands on Wednesday, 20 May 2026, 15:00 in Moscow
	tests := map[string][2]time.Time{
		"today":                   {at("2026-05-20"), noon},
		"yesterday":               {at("2026-05-19"), at("2026-05-20").Add(-time.Second)},
		"7_days_ago":              {at("2026-05-13"), noon},
		"first_day_of_this_week":  {at("2026-05-18"), noon},
		"1_month_ago":             {at("2026-04-20"), noon},
		"first_day_of_this_month": {at("2026-05-01"), noon},
		"1_year_ago":              {at("2025-05-20"), noon},
		"first_day_of_this_year":  {at("2026-01-01"), noon},
		"all_time":                {time.Time{}, noon},
	}
	for interval, span := range tests {
		t.Run(interval, func(t *testing.T) {
			want := 0
			for _, c := range shared.Data().Clicks {
				if !c.At.Before(span[0]) && !c.At.After(span[1]) {
					want++
				}
			}
			got := report(t, shared, "clicks/log", `{"range":{"interval":"`+interval+`"},"limit":0,"columns":["click_id"]}`)
			require.Equal(t, want, got.Total)
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	tests := []struct {
		name, path, body string
		status           int
		field            string
	}{
		{"neither range nor limit", "report/build", `{"grouping":["day"],"metrics":["clicks"]}`, 406, "range"},
		{"empty body", "report/build", ``, 406, "range"},
		{"range without to", "report/build", `{"range":{"from":"2026-01-01"}}`, 406, "range"},
		{"unreadable day", "report/build", `{"range":{"from":"01/02/2026","to":"2026-01-01"}}`, 406, "range"},
		{"unknown interval", "report/build", `{"range":{"interval":"tomorrow"}}`, 406, "interval"},
		{"unknown time zone", "report/build", `{"range":{"interval":"today","timezone":"Mars/Base"}}`, 406, "timezone"},
		{"unknown grouping", "report/build", `{"limit":1,"grouping":["nope"]}`, 406, "grouping"},
		{"unknown metric", "report/build", `{"limit":1,"metrics":["nope"]}`, 406, "metrics"},
		{"grouping not a list", "report/build", `{"limit":1,"grouping":"day"}`, 406, "grouping"},
		{"unknown filter column", "report/build", `{"limit":1,"filters":[{"name":"nope","operator":"IS_SET"}]}`, 406, "filters"},
		{"unknown operator", "report/build", `{"limit":1,"filters":[{"name":"day","operator":"LIKE","expression":"x"}]}`, 406, "filters"},
		{"sort by what is not asked for", "report/build", `{"limit":1,"grouping":["day"],"sort":[{"name":"clicks"}]}`, 406, "sort"},
		{"unknown order", "report/build", `{"limit":1,"grouping":["day"],"sort":[{"name":"day","order":"up"}]}`, 406, "sort"},
		{"negative limit", "report/build", `{"limit":-1}`, 406, "limit"},
		{"log without columns", "clicks/log", `{"limit":1}`, 406, "columns"},
		{"conversion column in the click log", "clicks/log", `{"limit":1,"columns":["tid"]}`, 406, "columns"},
		{"conversion log without columns", "conversions/log", `{"limit":1}`, 406, "columns"},
		{"malformed", "clicks/log", `{"limit":1`, 400, "error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := ask(t, shared, http.MethodPost, test.path, test.body)
			require.Equal(t, test.status, status, body)
			require.Contains(t, body, `"`+test.field+`":`)
		})
	}
}

func TestDefinitionNamesColumnsAndMetrics(t *testing.T) {
	got := read[map[string][]object](t, shared, http.MethodGet, "report/definition", "")
	require.Contains(t, got["columns"], object{"name": "sub_id_10"})
	require.Len(t, got["metrics"], 43, "37 stats and 6 amounts in the document's two lists")
}
