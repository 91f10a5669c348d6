package trackier_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

const year = "start=2025-05-01&end=2026-05-31"

// amount writes ten-thousandths as PHP prints a double, independently of the
// sandbox's own printing.
func amount(m trackier.Money) any {
	s := big.NewRat(int64(m), 10_000).FloatString(4)
	return num(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}

func in(t time.Time, start, end string) bool {
	day := t.In(kolkata).Format(time.DateOnly)
	return day >= start && day <= end
}

func TestConversionsAreKeyedByID(t *testing.T) {
	got := read(t, shared, "/network/conversions?limit=5000&"+year)
	d := shared.Data()
	clicks := map[string]trackier.Click{}
	for _, c := range d.Clicks {
		clicks[c.ID] = c
	}
	records := got["records"].(object)
	require.Len(t, records, len(d.Conversions))
	require.Equal(t, num(fmt.Sprint(len(d.Conversions))), got["count"])
	for _, v := range d.Conversions {
		c := clicks[v.ClickID]
		want := object{
			"_id": v.ID, "cid": v.ClickID, "created": v.At.In(kolkata).Format("2006-01-02 15:04:05"), "currency": v.Currency,
			"revenue": amount(v.Revenue), "payout": amount(v.Payout), "sale": amount(v.Sale), "status": v.Status, "txnId": v.TxnID,
			"campaign_id": num(fmt.Sprint(v.CampaignID)), "publisher_id": num(fmt.Sprint(v.AffiliateID)), "method": v.Method,
			"source": c.Source, "clickIp": c.IP.String(), "country": c.Country, "p1": c.P1,
		}
		row := records[v.ID].(object)
		for name, value := range want {
			require.Equal(t, value, row[name], name)
		}
		if c.Referer == "" {
			require.Nil(t, row["referer"])
		}
	}
	_, body := ask(t, shared, http.MethodGet, "/network/conversions?limit=5000&"+year)
	require.Contains(t, body, `"sale":9007199254740.9931`)
	require.Contains(t, body, `\/`, "slashes are escaped as PHP does")
}

func TestConversionPages(t *testing.T) {
	first := read(t, shared, "/network/conversions?"+year)
	require.Equal(t, num("500"), first["limit"], "the default")
	require.Len(t, first["records"], 500)
	second := read(t, shared, "/network/conversions?page=2&"+year)
	require.Len(t, second["records"], len(shared.Data().Conversions)-500)
	for id := range second["records"].(object) {
		require.NotContains(t, first["records"], id)
	}
	third := read(t, shared, "/network/conversions?page=3&"+year)
	require.Equal(t, []any{}, third["records"], "an empty map is []")

	c := config()
	c.CountIsPage = true
	require.Equal(t, num("500"), read(t, trackier.New(c), "/network/conversions?"+year)["count"])
}

func TestConversionFields(t *testing.T) {
	got := read(t, shared, "/network/conversions?fields[]=cid&fields[]=revenue&"+year)
	require.Equal(t, object{"cid": "Click ID", "revenue": "Revenue"}, got["columns"])
	for _, row := range got["records"].(object) {
		require.Len(t, row, 2)
	}
	require.Equal(t, []any{"cid", "revenue"}, got["query"].(object)["fields"])
}

func TestConversionFilters(t *testing.T) {
	d := shared.Data()
	sample := d.Conversions[40]
	var txn string
	for _, v := range d.Conversions {
		if strings.ContainsAny(v.TxnID, "%&/") {
			txn = v.TxnID
		}
	}
	type conversion = trackier.Conversion
	tests := []struct {
		name, query string
		want        func(conversion) bool
	}{
		{"campaign by display id", "adid[]=16&adid[]=17", func(v conversion) bool { return v.CampaignID == 16 || v.CampaignID == 17 }},
		{"campaign by long id", "adid[]=" + d.Campaigns[1].ID, func(v conversion) bool { return v.CampaignID == d.Campaigns[1].DisplayID }},
		{"unknown campaign", "adid[]=99999", func(conversion) bool { return false }},
		{"affiliate", "pid[]=" + d.Affiliates[2].ID, func(v conversion) bool { return v.AffiliateID == d.Affiliates[2].DisplayID }},
		{"click", "cid=" + sample.ClickID, func(v conversion) bool { return v.ClickID == sample.ClickID }},
		{"id", "_id=" + sample.ID, func(v conversion) bool { return v.ID == sample.ID }},
		{"status", "query[]=status&status=pending", func(v conversion) bool { return v.Status == "pending" }},
		{"two columns", "query[]=status&status=approved&query[]=currency&currency=EUR", func(v conversion) bool { return v.Status == "approved" && v.Currency == "EUR" }},
		{"transaction", "query[]=txnId&txnId=" + url.QueryEscape(txn), func(v conversion) bool { return v.TxnID == txn }},
		{"amount", "query[]=payout&payout=0", func(v conversion) bool { return v.Payout == 0 }},
		{"campaign column", "query[]=campaign_id&campaign_id=" + d.Campaigns[0].ID, func(v conversion) bool { return v.CampaignID == 16 }},
		{"affiliate column", "query[]=publisher_id&publisher_id=31", func(v conversion) bool { return v.AffiliateID == 31 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := 0
			for _, v := range d.Conversions {
				if test.want(v) {
					want++
				}
			}
			got := read(t, shared, "/network/conversions?limit=5000&"+test.query+"&"+year)
			require.Equal(t, num(fmt.Sprint(want)), got["count"])
			require.Equal(t, test.name != "unknown campaign", want > 0)
		})
	}
}

func TestDaysAreTheNetworks(t *testing.T) {
	want := 0
	for _, v := range shared.Data().Conversions {
		if in(v.At, "2026-02-01", "2026-02-03") {
			want++
		}
	}
	require.Positive(t, want)
	require.Equal(t, num(fmt.Sprint(want)), read(t, shared, "/network/conversions?start=2026-02-01&end=2026-02-03")["count"])
}

func TestClicks(t *testing.T) {
	d := shared.Data()
	got := data(t, shared, "/network/clicks")
	require.Len(t, got["clicks"], 1000, "limit by default")
	require.Equal(t, object{"per_page": num("1000"), "current_page": num("1"), "total": num(fmt.Sprint(len(d.Clicks)))}, got["pagination"])
	require.Len(t, data(t, shared, "/network/clicks?limit=5000")["clicks"], 1000, "and at most")
	require.Equal(t, []any{}, data(t, shared, "/network/clicks")["query"], "an empty map is []")

	page := data(t, shared, "/network/clicks?limit=3&page=2")["clicks"].([]any)
	for i, c := range d.Clicks[3:6] {
		row := page[i].(object)
		campaign := d.Campaigns[c.CampaignID-16]
		want := object{
			"_id": c.ID, "created": c.At.In(kolkata).Format("2006-01-02 15:04:05"), "ipaddr": c.IP.String(), "country": c.Country,
			"device": c.Device, "p1": c.P1, "campaign_id": num(fmt.Sprint(c.CampaignID)), "campaign_long_id": campaign.ID,
			"publisher_id": num(fmt.Sprint(c.AffiliateID)), "publisher_long_id": d.Affiliates[c.AffiliateID-31].ID, "sl": "",
		}
		for name, value := range want {
			require.Equal(t, value, row[name], name)
		}
	}

	want := 0
	for _, c := range d.Clicks {
		if c.CampaignID == 16 && c.AffiliateID == 31 && in(c.At, "2026-01-01", "2026-03-31") {
			want++
		}
	}
	got = data(t, shared, "/network/clicks?adid[]=16&pid[]="+d.Affiliates[0].ID+"&start=2026-01-01&end=2026-03-31")
	require.Equal(t, num(fmt.Sprint(want)), got["pagination"].(object)["total"])
}

// sums are what a report must show of the clicks and conversions that are kept.
type sums struct {
	clicks, approved, pending, cancelled, rejected int
	revenue, payout                                trackier.Money
}

func (s sums) measures() object {
	integer := func(n int) any { return num(fmt.Sprint(n)) }
	return object{
		"grossClicks": integer(s.clicks), "approvedConversions": integer(s.approved), "pendingConversions": integer(s.pending),
		"cancelledConversions": integer(s.cancelled), "rejectedConversions": integer(s.rejected),
		"revenue": amount(s.revenue), "payout": amount(s.payout), "profit": amount(s.revenue - s.payout),
	}
}

func sum(keep func(campaign, affiliate int64, at time.Time) bool) sums {
	var s sums
	for _, c := range shared.Data().Clicks {
		if keep(c.CampaignID, c.AffiliateID, c.At) {
			s.clicks++
		}
	}
	for _, v := range shared.Data().Conversions {
		if !keep(v.CampaignID, v.AffiliateID, v.At) {
			continue
		}
		switch v.Status {
		case "approved":
			s.approved++
			s.revenue += v.RevenueUSD
			s.payout += v.PayoutUSD
		case "pending":
			s.pending++
		case "cancelled":
			s.cancelled++
		case "rejected":
			s.rejected++
		}
	}
	return s
}

func TestReportByCampaignNameAndID(t *testing.T) {
	got := data(t, shared, "/network/customReport?group[]=adid&group[]=campaign_id&"+year)
	rows := got["records"].([]any)
	require.NotEmpty(t, rows)
	for _, e := range rows {
		row := e.(object)
		for _, campaign := range shared.Data().Campaigns {
			if num(fmt.Sprint(campaign.DisplayID)) != row["campaign_id"] {
				continue
			}
			want := sum(func(id, _ int64, _ time.Time) bool { return id == campaign.DisplayID }).measures()
			want["adid"], want["campaign_id"] = campaign.Title, row["campaign_id"]
			require.Equal(t, want, row)
		}
	}
	require.Equal(t, sum(func(int64, int64, time.Time) bool { return true }).measures(), got["total"])
	require.Equal(t, "USD", got["report_currency"])
	require.Equal(t, object{"adid": "Campaign", "campaign_id": "Campaign ID"}, got["groupingMap"])
	require.Equal(t, []any{}, got["ads"], "an empty map is []")
}

func TestReportByDayFollowsTheNetworksZone(t *testing.T) {
	rows := data(t, shared, "/network/customReport?group[]=created&pid[]=31&start=2026-03-01&end=2026-03-31")["records"].([]any)
	require.NotEmpty(t, rows)
	for _, e := range rows {
		row := e.(object)
		day := row["created"].(string)
		want := sum(func(_, affiliate int64, at time.Time) bool { return affiliate == 31 && in(at, day, day) }).measures()
		want["created"] = day
		require.Equal(t, want, row)
	}
}

func TestReportWithoutGroupsIsOneRow(t *testing.T) {
	d := shared.Data()
	got := data(t, shared, "/network/customReport?adid[]="+d.Campaigns[0].ID+"&start=2026-01-01&end=2026-01-31")
	want := sum(func(id, _ int64, at time.Time) bool { return id == 16 && in(at, "2026-01-01", "2026-01-31") })
	require.Equal(t, []any{want.measures()}, got["records"])
	require.Equal(t, object{d.Campaigns[0].ID: d.Campaigns[0].Title}, got["ads"])
}

func TestEveryGroupingAddsUpToTheTotal(t *testing.T) {
	for _, group := range []string{
		"adid", "campaign_id", "pid", "publisher_id", "advertiser_id", "advertiser", "country", "device", "os", "browser", "source",
		"p1", "p2", "created", "date", "month", "hour",
	} {
		got := data(t, shared, "/network/customReport?group[]="+group+"&"+year)
		clicks := int64(0)
		for _, e := range got["records"].([]any) {
			require.Contains(t, e, group)
			n, err := e.(object)["grossClicks"].(json.Number).Int64()
			require.NoError(t, err)
			clicks += n
		}
		require.Equal(t, int64(len(shared.Data().Clicks)), clicks, group)
	}
}

func TestStatsAreKeyedByDate(t *testing.T) {
	tests := []struct {
		path string
		keep func(campaign, affiliate int64) bool
	}{
		{"/network/stats", func(int64, int64) bool { return true }},
		{"/campaign/stats/16", func(campaign, _ int64) bool { return campaign == 16 }},
		{"/campaign/stats/16/31", func(campaign, affiliate int64) bool { return campaign == 16 && affiliate == 31 }},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			got := data(t, shared, test.path+"?start=2026-01-05&end=2026-01-20")
			stats := got["stats"].(object)
			require.Len(t, stats, 16)
			of := func(start, end string) object {
				s := sum(func(campaign, affiliate int64, at time.Time) bool {
					return test.keep(campaign, affiliate) && in(at, start, end)
				})
				views := int64(0)
				for _, m := range shared.Data().Impressions {
					if test.keep(m.CampaignID, m.AffiliateID) && m.Day >= start && m.Day <= end {
						views += m.Count
					}
				}
				return object{
					"clicks": num(fmt.Sprint(s.clicks)), "conversions": num(fmt.Sprint(s.approved)), "impressions": num(fmt.Sprint(views)),
					"revenue": amount(s.revenue), "payout": amount(s.payout),
				}
			}
			for day, e := range stats {
				row := e.(object)
				want := of(day, day)
				meta := row["meta"]
				delete(row, "meta")
				require.Equal(t, want, row)
				if row["clicks"] == num("0") {
					require.Equal(t, []any{}, meta, "an empty map is []")
				} else {
					require.Contains(t, meta, "country")
				}
			}
			require.Equal(t, of("2026-01-05", "2026-01-20"), got["total"])
		})
	}
	require.Len(t, data(t, shared, "/network/stats")["stats"], 7, "the last week by default")
	require.Equal(t, []any{}, data(t, shared, "/network/stats?start=2026-01-02&end=2026-01-01")["stats"])
}

// FuzzParameters looks for a query that makes the sandbox fail otherwise than by
// refusing it.
func FuzzParameters(f *testing.F) {
	f.Add("start=2026-01-01&end=2026-01-02&group[]=adid&limit=1&page=2")
	f.Add("start=2026-01-01&end=2026-01-02&query[]=status&status=approved&fields[]=cid&adid[]=16")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/network/conversions", "/network/clicks", "/network/customReport", "/network/stats", "/campaign"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.URL.RawQuery = query
			r.Header.Set("X-Api-Key", key)
			w := httptest.NewRecorder()
			shared.ServeHTTP(w, r)
			require.Contains(t, []int{200, 400}, w.Code)
		}
	})
}
