package trackier_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// second is a successful answer of version 2.
func second(t *testing.T, h http.Handler, key, path string) object {
	t.Helper()
	status, answer := as(t, h, key, "GET", path, "")
	require.Equal(t, http.StatusOK, status, answer)
	return answer
}

// wrong is an element of the documented answer to wrong parameters.
func wrong(message string) object {
	return object{"statusCode": num("400"), "code": "107", "codeMsg": "VALIDATION_ERROR", "message": message}
}

func TestInvalidKeysOfVersion2(t *testing.T) {
	thirteen := object{"success": false, "error": object{"code": num("13"), "message": "Invalid API Key"}}
	hundredTwo := object{"success": false, "error": object{
		"code": num("102"), "codeMsg": "Invalid API Key", "message": "API Key supplied with the request is invalid. Please cross verify the API Key!",
	}}
	c := config()
	c.WrappedErrors = true
	wrapping := trackier.New(c)
	tests := []struct {
		name, key, path string
		server          *trackier.Server
		want            object
	}{
		{"wrong", "x", "/v2/publisher/campaigns", shared, thirteen},
		{"none", "", "/v2/publishers/conversions", shared, thirteen},
		{"the network's", key, "/v2/publishers/profile", shared, thirteen},
		{"a publisher's for reports of an advertiser", publisherKey, "/v2/advertisers/reports", shared, thirteen},
		{"a publisher's for campaigns of an advertiser", publisherKey, "/v2/advertisers/campaigns", shared, hundredTwo},
		{"wrong, wrapped", "x", "/v2/publishers/reports", wrapping, object{"errors": thirteen}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := as(t, test.server, test.key, "GET", test.path, "")
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, test.want, answer)
		})
	}
}

func TestWrongParametersOfVersion2(t *testing.T) {
	tests := []struct {
		name, key, path string
		want            []any
	}{
		{"days missing", publisherKey, "/v2/publishers/conversions", []any{wrong(`"start" is required`), wrong(`"end" is required`)}},
		{"limit too small", publisherKey, "/v2/publishers/conversions?limit=99&start=2026-01-01&end=2026-01-02", []any{wrong(`"limit" must be greater than or equal to 100`)}},
		{"limit too great", publisherKey, "/v2/publishers/conversions?limit=1001&start=2026-01-01&end=2026-01-02", []any{wrong(`"limit" must be less than or equal to 1000`)}},
		{"page not a number", publisherKey, "/v2/publisher/campaigns?page=x", []any{wrong(`"page" must be a number`)}},
		{"day unreadable", publisherKey, "/v2/publishers/reports?start=1-1-2026", []any{wrong(`"start" must be in YYYY-MM-DD format`)}},
		{"token that is none", publisherKey, "/v2/publishers/coupons?pageToken=x", []any{wrong(`"pageToken" is invalid`)}},
		{"token of an advertiser that is none", advertiserKey, "/v2/advertisers/campaigns?nextPageToken=x", []any{wrong(`"nextPageToken" is invalid`)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := as(t, shared, test.key, "GET", test.path, "")
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, object{"success": false, "errors": test.want}, answer)
		})
	}
	for _, query := range []string{"group[]=x", "kpi[]=x"} {
		status, answer := as(t, shared, publisherKey, "GET", "/v2/publishers/reports?"+query, "")
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, "107", answer["errors"].([]any)[0].(object)["code"])
	}
}

func TestOtherRefusalsOfVersion2(t *testing.T) {
	for path, want := range map[string]int{
		"/v2/publisher/campaign/1":            http.StatusNotFound,
		"/v2/publishers/32/campaignsCount":    http.StatusNotFound, // another's
		"/v2/publishers/campaigns":            http.StatusNotImplemented,
		"/api/v2/publisher/campaigns":         http.StatusNotImplemented,
		"/v2/publishers/campaign/16/access":   http.StatusMethodNotAllowed,
		"/v2/publisher/campaigns?limit=1":     http.StatusOK,
		"/v2/publishers/31/campaignsCount":    http.StatusOK,
		"/v2/publisher/campaign/16?apiKey=no": http.StatusOK, // the header counts
	} {
		status, answer := as(t, shared, publisherKey, "GET", path, "")
		require.Equal(t, want, status, "%s: %v", path, answer)
	}
}

func TestPublisherCampaignsOfVersion2(t *testing.T) {
	run, ask := promotable(shared)
	d := second(t, shared, publisherKey, "/v2/publisher/campaigns")["data"].(object)
	require.Equal(t, []any{num("1"), num(fmt.Sprint(len(run) + len(ask)))}, []any{d["page"], d["count"]})
	d = second(t, shared, publisherKey, "/v2/publisher/campaigns?showApproved=true")["data"].(object)
	rows := d["campaigns"].([]any)
	require.Len(t, rows, len(run))
	for i, c := range run {
		row := rows[i].(object)
		has(t, object{"id": num(fmt.Sprint(c.DisplayID)), "title": c.Title, "model": c.Model, "currency": c.Currency, "kpi": nil}, row)
		for n, e := range row["payouts"].([]any) {
			want := amount(c.Commissions[n].Payout)
			if c.Model == "cps" {
				want = num("5") // percent of the sale
			}
			require.Equal(t, want, e.(object)["payout"])
		}
	}
	one := second(t, shared, publisherKey, "/v2/publisher/campaign/"+run[1].ID)
	require.Equal(t, object{"success": true, "data": object{"campaign": rows[1]}}, one)
	page := second(t, shared, publisherKey, "/v2/publisher/campaigns?showApproved=true&limit=2&page=2")["data"].(object)
	require.Equal(t, rows[2:4], page["campaigns"])
	for _, e := range second(t, shared, publisherKey, "/v2/publisher/campaigns?categories[]=Finance")["data"].(object)["campaigns"].([]any) {
		require.Equal(t, []any{"Finance"}, e.(object)["categories"])
	}
	require.Equal(t, object{"success": true, "count": num(fmt.Sprint(len(run)))}, second(t, shared, publisherKey, "/v2/publishers/31/campaignsCount"))
}

func TestAccessOfVersion2(t *testing.T) {
	s := fresh()
	_, answer := as(t, s, publisherKey, "POST", "/v2/publishers/campaign/16/access", "")
	require.Equal(t, true, answer["success"])
	n := len(s.Data().Accesses)
	_, answer = as(t, s, publisherKey, "POST", "/v2/publishers/campaign/16/access", "")
	require.Equal(t, true, answer["success"])
	require.Len(t, s.Data().Accesses, n)
}

func TestProfile(t *testing.T) {
	s := fresh()
	p := s.Publisher()
	want := object{"name": p.Name, "email": p.Email, "phone": p.Phone, "status": "active", "hashId": p.ID, "company": p.Company, "id": "31"}
	require.Equal(t, object{"profile": want}, second(t, s, publisherKey, "/v2/publishers/profile"))
	_, answer := as(t, s, publisherKey, "POST", "/v2/publishers/profile", `{"name":"N","phone":"1","company":"C","email":"ignored"}`)
	want["name"], want["phone"], want["company"] = "N", "1", "C"
	require.Equal(t, true, answer["success"])
	require.Equal(t, want, answer["publisher"])
	status, answer := as(t, s, publisherKey, "POST", "/v2/publishers/profile", `{"name":[]}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, []any{wrong(`"name" must be a string`)}, answer["errors"])
}

func TestCouponsAndDealsGoOnByTokens(t *testing.T) {
	run, ask := promotable(shared)
	seen := map[int64]bool{}
	for _, c := range slices.Concat(run, ask) {
		seen[c.DisplayID] = true
	}
	var coupons, deals []string
	for _, c := range shared.Data().Coupons {
		if seen[c.CampaignID] {
			coupons = append(coupons, c.ID)
		}
	}
	for _, d := range shared.Data().Deals {
		if seen[d.CampaignID] {
			deals = append(deals, d.ID)
		}
	}
	for name, want := range map[string][]string{"coupons": coupons, "deals": deals} {
		require.Greater(t, len(want), 10)
		var got []string
		for token, pages := "", 0; pages < 10; pages++ {
			answer := second(t, shared, publisherKey, "/v2/publishers/"+name+"?pageToken="+token)
			for _, e := range answer[name].([]any) {
				got = append(got, e.(object)["id"].(string))
				require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$`, e.(object)["created"])
			}
			next, more := answer["pageToken"].(string)
			if !more {
				break
			}
			token = next
		}
		require.Equal(t, want, got, name)
	}
	campaign := shared.Data().Coupons[0].CampaignID
	for _, e := range second(t, shared, publisherKey, fmt.Sprint("/v2/publishers/coupons?campaign_id=", campaign))["coupons"].([]any) {
		require.Equal(t, num(fmt.Sprint(campaign)), e.(object)["campaign_id"])
	}
}

func TestConversionsOfVersion2(t *testing.T) {
	span := "start=2025-06-01&end=2026-05-20"
	var all []trackier.Conversion
	for _, v := range shared.Data().Conversions {
		if v.AffiliateID == 31 && in(v.At, "2025-06-01", "2026-05-20") {
			all = append(all, v)
		}
	}
	got := second(t, shared, publisherKey, "/v2/publishers/conversions?"+span)
	require.Equal(t, object{"perPage": num("100"), "currentPage": num("1"), "total": num(fmt.Sprint(len(all)))}, got["pagination"])
	clicks := map[string]trackier.Click{}
	for _, c := range shared.Data().Clicks {
		clicks[c.ID] = c
	}
	for i, e := range got["conversions"].([]any) {
		v, c, txn := all[i], clicks[all[i].ClickID], any(all[i].TxnID)
		if txn == "" {
			txn = nil
		}
		has(t, object{
			"_id": v.ID, "click_id": v.ClickID, "source": c.Source, "elapsed_time": num(fmt.Sprint(v.At.Unix() - c.At.Unix())), "p1": c.P1, "p10": "",
			"goal_id": nil, "txn_id": txn, "currency": v.Currency, "payout": amount(v.Payout), "country": c.Country, "status": v.Status,
			"created": v.At.UTC().Format("2006-01-02T15:04:05") + ".000Z", "campaign_id": num(fmt.Sprint(v.CampaignID)),
		}, e.(object))
		require.NotContains(t, e, "revenue")
	}
	for query, keep := range map[string]func(trackier.Conversion) bool{
		"status=pending":               func(v trackier.Conversion) bool { return v.Status == "pending" },
		"click_id=" + all[3].ClickID:   func(v trackier.Conversion) bool { return v.ClickID == all[3].ClickID },
		"p2=" + "a%26b=c":              func(v trackier.Conversion) bool { return clicks[v.ClickID].P2 == "a&b=c" },
		"p3=x":                         func(trackier.Conversion) bool { return false },
		"limit=1000&page=2&status=":    func(trackier.Conversion) bool { return true },
		"limit=100&p1=&p5=&status=":    func(trackier.Conversion) bool { return true },
		"page=99&status=" + "approved": func(v trackier.Conversion) bool { return v.Status == "approved" },
	} {
		want := 0
		for _, v := range all {
			if keep(v) {
				want++
			}
		}
		got := second(t, shared, publisherKey, "/v2/publishers/conversions?"+span+"&"+query)
		require.Equal(t, num(fmt.Sprint(want)), got["pagination"].(object)["total"], query)
	}
}

func TestReportsOfVersion2(t *testing.T) {
	ids := owned()
	for _, test := range []struct {
		key, path string
		mine      func(campaign, affiliate int64) bool
	}{
		{publisherKey, "/v2/publishers/reports", func(_, affiliate int64) bool { return affiliate == 31 }},
		{advertiserKey, "/v2/advertisers/reports", func(campaign, _ int64) bool { return slices.Contains(ids, campaign) }},
	} {
		rows := second(t, shared, test.key, test.path+"?"+year)["records"].([]any)
		require.NotEmpty(t, rows)
		for _, e := range rows {
			row := e.(object)
			want := sum(func(campaign, affiliate int64, _ time.Time) bool {
				return test.mine(campaign, affiliate) && num(fmt.Sprint(campaign)) == row["campaign_id"]
			})
			require.Equal(t, object{
				"campaign_name": row["campaign_name"], "campaign_id": row["campaign_id"], "currency": "USD", "clicks": num(fmt.Sprint(want.clicks)),
				"approvedConversions": num(fmt.Sprint(want.approved)), "payout": amount(want.payout), "revenue": amount(want.revenue), "profit": amount(want.revenue - want.payout),
			}, row)
		}
		campaign := ids[0]
		rows = second(t, shared, test.key, fmt.Sprintf("%s?group[]=month&kpi[]=grossConversions&camp_ids[]=%d&%s", test.path, campaign, year))["records"].([]any)
		total := int64(0)
		for _, e := range rows {
			require.Len(t, e, 3)
			n, err := e.(object)["grossConversions"].(interface{ Int64() (int64, error) }).Int64()
			require.NoError(t, err)
			total += n
		}
		want := sum(func(id, affiliate int64, _ time.Time) bool { return test.mine(id, affiliate) && id == campaign })
		require.Equal(t, int64(want.approved+want.pending+want.cancelled+want.rejected), total)
		today := second(t, shared, test.key, test.path+"?start=2026-05-20&end=2026-05-20")
		require.Equal(t, today, second(t, shared, test.key, test.path), "today by default")
	}
	kpi := second(t, shared, publisherKey, "/v2/publishers/reports-kpi")
	require.Equal(t, "Campaign", kpi["groupingMap"].(object)["campaign_name"])
	require.Equal(t, "Gross Clicks", kpi["kpiMap"].(object)["grossClicks"])
	for _, name := range kpi["allowedGrouping"].([]any) {
		second(t, shared, publisherKey, "/v2/publishers/reports?group[]="+name.(string))
	}
	for _, name := range kpi["allowedKpi"].([]any) {
		second(t, shared, publisherKey, "/v2/publishers/reports?kpi[]="+name.(string))
	}
}

func TestCategoriesOfVersion2(t *testing.T) {
	var got []any
	for _, e := range second(t, shared, publisherKey, "/v2/publishers/categories")["categories"].([]any) {
		c := e.(object)
		require.Regexp(t, `^\d{4}-\d\d-\d\dT`, c["created"])
		got = append(got, object{"_id": c["_id"], "name": c["name"], "org_id": shared.Data().Account.ID})
	}
	require.Equal(t, data(t, shared, "/dictionary/categories")["categories"], got)
}

func TestAdvertiserCampaignsOfVersion2(t *testing.T) {
	ids := owned()
	got := second(t, shared, advertiserKey, "/v2/advertisers/campaigns")
	require.Equal(t, true, got["success"])
	require.Equal(t, object{"perPage": num("100")}, got["pagination"], "the last page has no token")
	rows := got["campaigns"].([]any)
	require.Len(t, rows, len(ids))
	for i, e := range rows {
		c := shared.Data().Campaigns[ids[i]-16]
		has(t, object{
			"id": num(fmt.Sprint(c.DisplayID)), "hashId": c.ID, "title": c.Title, "status": c.Status, "commModel": c.Model, "advertiserId": shared.Advertiser().ID,
			"created": c.CreatedAt.UTC().Format("2006-01-02T15:04:05") + ".000Z",
		}, e.(object))
	}

	s := fresh()
	for range 101 - len(ids) {
		write(t, s, "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":"`+s.Advertiser().ID+`"}`)
	}
	first := second(t, s, advertiserKey, "/v2/advertisers/campaigns")
	require.Len(t, first["campaigns"], 100)
	token := first["pagination"].(object)["nextPageToken"].(string)
	for _, name := range []string{"nextPageToken", "pageToken"} {
		last := second(t, s, advertiserKey, "/v2/advertisers/campaigns?"+name+"="+token)
		require.Len(t, last["campaigns"], 1)
		require.NotContains(t, last["pagination"], "nextPageToken")
	}
}

func TestRateLimitsFollowTheClock(t *testing.T) {
	now := noon
	c := config()
	c.Now = func() time.Time { return now }
	c.RateLimits = true
	s := trackier.New(c)
	ask := func(path string, want ...int) {
		t.Helper()
		for n, status := range want {
			got, answer := as(t, s, publisherKey, "GET", path, "")
			require.Equal(t, status, got, "%s, request %d", path, n+1)
			if status == http.StatusTooManyRequests {
				require.Equal(t, object{"success": false, "error": object{"code": num("40"), "message": "Too Many Request"}}, answer)
			}
		}
	}
	ask("/v2/publisher/campaigns", 200, 200, 200, 200, 200, 429)
	ask("/v2/publisher/campaign/16", 200, 200, 200, 200, 200, 429)
	now = now.Add(time.Second)
	ask("/v2/publisher/campaigns", 200)
	ask("/v2/publishers/reports", slices.Concat(slices.Repeat([]int{200}, 200), []int{429})...)
	ask("/v2/publishers/categories", 200)
	now = now.Add(time.Minute)
	ask("/v2/publishers/reports", 200)
	for range 7 {
		second(t, shared, publisherKey, "/v2/publisher/campaigns") // off unless asked for
	}
}
