package trackier_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// mine is the data of a successful answer to the publisher.
func mine(t *testing.T, h http.Handler, path string) object {
	t.Helper()
	status, answer := as(t, h, publisherKey, "GET", path, "")
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, true, answer["success"])
	d, _ := answer["data"].(object)
	return d
}

// promotable are the campaigns that the publisher sees, by what it may do:
// promote them, or ask for them.
func promotable(s *trackier.Server) (run, ask []trackier.Campaign) {
	for _, c := range s.Data().Campaigns {
		granted := false
		for _, a := range s.Data().Accesses {
			granted = granted || a.CampaignID == c.DisplayID && a.AffiliateID == s.Publisher().DisplayID && a.Granted
		}
		switch {
		case c.Status != "active":
		case c.Visibility == "public" || granted:
			run = append(run, c)
		case c.Visibility == "permission":
			ask = append(ask, c)
		}
	}
	return run, ask
}

func TestPublisherCampaignPages(t *testing.T) {
	run, ask := promotable(shared)
	require.NotEmpty(t, ask)
	var ids []any
	for page := 1; ; page++ { // until a page is empty
		d := mine(t, shared, fmt.Sprint("/affiliate/campaigns?page=", page))
		require.Equal(t, num(fmt.Sprint(len(run))), d["total"])
		rows := d["campaigns"].([]any)
		if len(rows) == 0 {
			break
		}
		require.LessOrEqual(t, len(rows), 10, "the default")
		for _, e := range rows {
			ids = append(ids, e.(object)["_id"])
		}
	}
	require.Len(t, ids, len(run))
	for i, c := range run {
		require.Equal(t, c.ID, ids[i])
	}
	require.Len(t, mine(t, shared, "/affiliate/campaigns?status=requestPermission")["campaigns"], len(ask))
	for _, e := range mine(t, shared, "/affiliate/campaigns?limit=100&model=cps")["campaigns"].([]any) {
		for _, m := range e.(object)["commissions"].([]any) {
			require.Equal(t, "cps", m.(object)["model"])
		}
	}
	for _, bad := range []string{"status=x", "model=x", "page=0"} {
		status, answer := as(t, shared, publisherKey, "GET", "/affiliate/campaigns?"+bad, "")
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, num("20"), code(answer))
	}
}

func TestPublisherCampaignHidesTheAdvertiserAndWritesRatesAsText(t *testing.T) {
	c := shared.Data().Campaigns[0]
	listed := mine(t, shared, "/affiliate/campaigns")["campaigns"].([]any)[0].(object)
	has(t, object{"display_id": num("16"), "user_id": nil, "url": nil, "status": "active", "impressionUrl": "http://sandbox.example/imp?campaign_id=16&pub_id=31"}, listed)
	require.Equal(t, amount(c.Commissions[0].Payout), listed["commissions"].([]any)[0].(object)["rate"])

	one := mine(t, shared, "/affiliate/campaigns/16")
	text := amount(c.Commissions[0].Payout).(json.Number).String()
	require.Equal(t, text, one["commissions"].([]any)[0].(object)["rate"])
	require.Equal(t, object{"hasPermission": true, "permRequired": false, "access": nil}, one["permission"])
	require.NotContains(t, one["campaign"], "advertiser_id")
	for _, hidden := range []int{24, 9} { // not active; private
		status, _ := as(t, shared, publisherKey, "GET", "/affiliate/campaigns/"+shared.Data().Campaigns[hidden].ID, "")
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestRequestAccess(t *testing.T) {
	s := fresh()
	var wanted trackier.Campaign
	_, ask := promotable(s)
	for _, c := range ask {
		if mine(t, s, "/affiliate/campaigns/"+c.ID)["permission"].(object)["access"] == nil {
			wanted = c
		}
	}
	require.NotEmpty(t, wanted.ID)
	status, answer := as(t, s, publisherKey, "POST", "/affiliate/link/"+wanted.ID, "")
	require.Equal(t, http.StatusForbidden, status, "it takes permission")
	require.Equal(t, num("5"), code(answer))
	path := "/affiliate/requestAccess/" + wanted.ID
	_, answer = as(t, s, publisherKey, "POST", path, `{"message":"Demo Message"}`)
	first := answer["data"].(object)
	has(t, object{"created": "2026-05-20", "live": false}, first["access"].(object))
	_, answer = as(t, s, publisherKey, "POST", path, "")
	require.Equal(t, object{"message": "Access has already been requested!!", "access": first["access"]}, answer["data"])
}

func TestPublisherLink(t *testing.T) {
	s := fresh()
	path := "/affiliate/link/17"
	status, _ := as(t, s, publisherKey, "GET", path, "")
	require.Equal(t, http.StatusNotFound, status)
	_, answer := as(t, s, publisherKey, "POST", path, "")
	made := answer["data"].(object)["tracking_link"].(object)
	require.Regexp(t, `^http://viralarticlez\.example/[0-9a-f]{24}$`, made["url"])
	require.Equal(t, object{"tracking_link": made}, mine(t, s, path))
	_, answer = as(t, s, publisherKey, "POST", path, "")
	require.Equal(t, object{"success": false, "data": object{"message": "Link already exists!!", "tracking_link": made}}, answer)
}

func TestPublisherConversionsAreAnArray(t *testing.T) {
	_, got := as(t, shared, publisherKey, "GET", "/affiliate/conversions?"+year, "")
	require.Equal(t, num("200"), got["limit"], "the default")
	want := 0
	for _, v := range shared.Data().Conversions {
		if v.AffiliateID == 31 {
			want++
		}
	}
	require.Equal(t, num(fmt.Sprint(want)), got["count"])
	rows := got["records"].([]any)
	require.Len(t, rows, min(want, 200))
	for _, e := range rows {
		require.Equal(t, num("31"), e.(object)["publisher_id"])
		require.NotContains(t, e, "revenue")
	}
	_, got = as(t, shared, publisherKey, "GET", "/affiliate/conversions?start=2026-01-05&fields[]=cid,payout", "")
	for _, e := range got["records"].([]any) {
		require.Len(t, e, 2)
	}
	want = 0
	for _, v := range shared.Data().Conversions {
		if v.AffiliateID == 31 && in(v.At, "2026-01-05", "2026-01-11") {
			want++
		}
	}
	require.Equal(t, num(fmt.Sprint(want)), got["count"], "a start alone is a week")
	_, got = as(t, shared, publisherKey, "GET", "/affiliate/conversions?start=2020-01-01", "")
	require.Equal(t, []any{}, got["records"])
}

func TestPublisherReport(t *testing.T) {
	got := mine(t, shared, "/affiliate/customReport?group[]=campaign_id&"+year)
	for _, e := range got["records"].([]any) {
		row := e.(object)
		want := sum(func(campaign, affiliate int64, _ time.Time) bool {
			return affiliate == 31 && num(fmt.Sprint(campaign)) == row["campaign_id"]
		})
		require.Equal(t, object{
			"campaign_id": row["campaign_id"], "grossClicks": num(fmt.Sprint(want.clicks)), "totalConversions": num(fmt.Sprint(want.approved)),
			"payout": amount(want.payout),
		}, row)
	}
	require.NotEmpty(t, got["records"])
	has(t, object{"start": "2025-05-01", "end": "2026-05-31", "pid": []any{shared.Publisher().ID}}, got["query"].(object))

	today := mine(t, shared, "/affiliate/customReport")
	has(t, object{"start": "2026-05-20", "end": "2026-05-20", "group": []any{"adid"}}, today["query"].(object))
	require.Equal(t, []any{}, today["ads"])
}

func TestPublisherAccount(t *testing.T) {
	s := fresh()
	d := mine(t, s, "/affiliate/account")
	require.Equal(t, []any{}, d["payments"])
	require.Equal(t, "conversion", row(t, any(d), "postbacks")["event"])
	has(t, object{"type": "publisher", "_id": s.Publisher().ID, "password": s.Publisher().Password}, d["user"].(object))
	invoice := row(t, any(d), "invoices")
	want := sum(func(_, affiliate int64, at time.Time) bool {
		return affiliate == 31 && in(at, invoice["start"].(string), invoice["end"].(string))
	})
	require.Equal(t, amount(want.payout), invoice["amount"])

	_, answer := as(t, s, publisherKey, "PATCH", "/affiliate/account", `{"action":"basic_info","name":"Testing Demo Account","username":"#testing_demo_account"}`)
	has(t, object{"name": "Testing Demo Account", "username": "#testing_demo_account"}, answer["data"].(object)["user"].(object))
	require.Equal(t, "Testing Demo Account", s.Publisher().Name)

	for _, body := range []string{`{}`, `{"action":"x"}`, `{"action":"password","old_password":"wrong","new_password":"y"}`} {
		status, answer := as(t, s, publisherKey, "PATCH", "/affiliate/account", body)
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, num("20"), code(answer))
	}
	write(t, s, "POST", "/affiliate/31", `{"password":"dfjkl34D45F"}`)
	_, answer = as(t, s, publisherKey, "PATCH", "/affiliate/account", `{"action":"password","old_password":"dfjkl34D45F","new_password":"somethingCool!!"}`)
	require.Equal(t, "Password updated successfully!!", answer["data"].(object)["message"])
	require.Equal(t, "deb750c4f124a9ab6581b4537bc2cd680a17cb70", s.Publisher().Password)
}
