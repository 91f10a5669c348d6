package trackier_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// gone checks that an object can be deleted once.
func gone(t *testing.T, h http.Handler, path string) {
	t.Helper()
	require.NotEmpty(t, write(t, h, "DELETE", path, "")["data"].(object)["message"])
	status, answer := as(t, h, key, "DELETE", path, "")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, num("31"), code(answer))
}

// row is the last element of a list in an answer.
func row(t *testing.T, answer any, list string) object {
	t.Helper()
	rows := answer.(object)[list].([]any)
	require.NotEmpty(t, rows)
	return rows[len(rows)-1].(object)
}

func TestLandingPages(t *testing.T) {
	s := fresh()
	path := "/campaign/lpages/18" // has two
	require.Len(t, data(t, s, path)["landing_pages"], 2)
	got := write(t, s, "POST", path, `{"title": "Fac URL", "preview_url": "http://www.fac.com", "url": "http://www.fac.com"}`)
	require.Equal(t, "Landing page added Successfully", got["message"])
	page := row(t, got["data"], "landing_pages")
	has(t, object{"int_id": num("3"), "modified": nil, "title": "Fac URL", "preview_url": "http://www.fac.com", "url": "http://www.fac.com"}, page)
	id := page["_id"].(string)
	got = write(t, s, "POST", path+"/"+id, `{"title": "Other"}`)
	page["title"] = "Other"
	page["modified"] = object{"date": "2026-05-20 12:00:00.000000", "timezone_type": num("1"), "timezone": "+00:00"}
	require.Equal(t, page, row(t, got["data"], "landing_pages"))
	require.Equal(t, got["data"], data(t, s, path))
	status, _ := as(t, s, key, "POST", "/campaign/lpages/17/"+id, `{"title":"x"}`)
	require.Equal(t, http.StatusNotFound, status, "it is another campaign's")
	gone(t, s, path+"/"+id)
}

func TestPublisherPayouts(t *testing.T) {
	s := fresh()
	d := s.Data()
	campaign, publisher := d.Campaigns[1], d.Affiliates[4]
	path := "/campaign/pub-payout/" + campaign.ID
	require.Equal(t, []any{}, data(t, s, path)["payouts"])
	got := write(t, s, "POST", path, `{"goal_id":"5ce689b2b6920d0a303633f4","pids":["`+publisher.ID+`"],"crev":1,"revenue":20,"payout":2,"coverage":["US","IN"]}`)
	require.Equal(t, "Publisher Specific Payout Created Successfully", got["message"])
	payout := row(t, got["data"], "payouts")
	has(t, object{
		"ad_id": campaign.ID, "goal_id": "5ce689b2b6920d0a303633f4", "user_id": publisher.ID, "rate": num("2"), "revenue": num("20"),
		"coverage": []any{"US", "IN"}, "pids": []any{publisher.ID}, "crev": num("1"),
	}, payout)
	id := payout["_id"].(string)
	got = write(t, s, "POST", path+"/"+id, `{"payout":"2.5"}`)
	require.Equal(t, "Publisher Specific Payout Updated Successfully", got["message"])
	payout["rate"] = num("2.5")
	require.Equal(t, payout, row(t, got["data"], "payouts"))
	require.Equal(t, []any{payout}, data(t, s, path+"/35")["payouts"], "of one publisher")
	require.Equal(t, []any{}, data(t, s, path+"/31")["payouts"])
	gone(t, s, path+"/"+id)
}

func TestCaps(t *testing.T) {
	s := fresh()
	d := s.Data()
	campaign, publisher := d.Campaigns[1], d.Affiliates[0].ID
	path := "/caps/" + campaign.ID
	got := write(t, s, "POST", path, `{"caps":[{"type":"revenue","monthly":30,"daily":1,"lifetime":10000,"pc":0,"pub_id":"`+publisher+`","geo":["US","IN"]}]}`)
	require.Equal(t, "CAP Added Successfully", got["message"])
	c := row(t, got["data"], "caps")
	has(t, object{
		"pub_id": publisher, "pids": []any{publisher}, "ad_id": campaign.ID, "type": "revenue", "geo": []any{"US", "IN"},
		"daily": num("1"), "monthly": num("30"), "lifetime": num("10000"), "pause_campaign": num("0"), "pub_cap_type": "group",
	}, c)
	id := c["id"].(string)
	got = write(t, s, "POST", path+"/"+id, `{"type":"approvedConv","monthly":60,"daily":2,"lifetime":null,"pc":1,"pids":["ALL"]}`)
	require.Equal(t, "CAP Updated Successfully", got["message"])
	c = row(t, got["data"], "caps")
	has(t, object{
		"pub_id": "ALL", "pids": []any{"ALL"}, "type": "approvedConv", "daily": num("2"), "monthly": num("60"), "lifetime": nil, "pause_campaign": num("1"),
	}, c)
	require.Equal(t, []any{c}, data(t, s, path+"/"+id)["caps"])
	require.Equal(t, []any{c}, data(t, s, path)["caps"])
	gone(t, s, path+"/"+id)
}

func TestCommissions(t *testing.T) {
	s := fresh()
	campaign := s.Data().Campaigns[3] // has none yet
	path := "/commissions/" + campaign.ID
	require.Equal(t, []any{}, data(t, s, path)["commissions"])
	got := write(t, s, "POST", path, `{"coverage":["IN","US"],"rate":0.23,"revenue":0.35}`)["data"].(object)
	require.Equal(t, "Commission Saved Successfully!!", got["message"])
	m := got["commission"].(object)
	has(t, object{"ad_id": campaign.ID, "model": campaign.Model, "revenue": num("0.35"), "rate": num("0.23"), "coverage": []any{"IN", "US"}}, m)
	id := m["_id"].(string)
	got = write(t, s, "POST", path+"/"+id, `{"rate":4,"revenue":10}`)["data"].(object)
	require.Equal(t, "Commission Updated!!", got["message"])
	m["rate"], m["revenue"] = num("4"), num("10")
	require.Equal(t, m, got["commission"])
	require.Equal(t, m, data(t, s, path+"/"+id)["commission"])
	require.Equal(t, []any{m}, data(t, s, "/campaign/"+campaign.ID)["commissions"])
	gone(t, s, path+"/"+id)
}

func TestGoals(t *testing.T) {
	for _, prefix := range []string{"/goal", "/goals"} {
		t.Run(prefix, func(t *testing.T) {
			s := fresh()
			campaign := s.Data().Campaigns[1]
			got := write(t, s, "POST", prefix, `{"goal":{"title":"API GOAL 2","value":"API_GOAL_23","type":"private","ad_id":"`+campaign.ID+`","model":"fixed"},
				"payouts":[{"payout":4,"revenue":20,"coverage":["IN"]},{"payout":5,"revenue":30,"coverage":["US"]}]}`)["data"].(object)
			require.Equal(t, "Goal Created Successfully!!", got["message"])
			goal := got["goal"].(object)
			has(t, object{"title": "API GOAL 2", "value": "API_GOAL_23", "type": "private"}, goal)
			payouts := got["payouts"].([]any)
			require.Len(t, payouts, 2)
			has(t, object{"coverage": []any{"IN"}, "revenue": num("20"), "payout": num("4"), "model": "fixed"}, payouts[0].(object))
			id := goal["_id"].(string)
			require.Equal(t, object{"goal": goal, "payouts": payouts}, data(t, s, prefix+"/"+id))
			list := read(t, s, prefix+"/campaign/"+campaign.ID)
			require.Equal(t, object{"success": true, "currency": campaign.Currency, "goals": []any{object{"goal": goal, "payouts": payouts}}}, list)
			require.Len(t, read(t, s, prefix)["goals"], len(s.Data().Goals))

			got = write(t, s, "POST", prefix+"/"+id, `{"type":"pub_specific"}`)["data"].(object)
			goal["type"] = "pub_specific"
			require.Equal(t, object{"goal": goal, "message": "Goal updated Successfully!!"}, got)

			got = write(t, s, "POST", prefix+"/payout/"+id, `{"payout":10,"revenue":400,"coverage":["CL"]}`)
			added := row(t, any(got), "payouts")
			has(t, object{"coverage": []any{"CL"}, "revenue": num("400"), "payout": num("10"), "model": "fixed"}, added)
			one := prefix + "/payout/" + id + "/" + added["_id"].(string)
			got = write(t, s, "POST", one, `{"payout":10,"revenue":400,"coverage":["US"]}`)["data"].(object)
			require.Equal(t, "Payout Updated Successfully!!", got["message"])
			added["coverage"] = []any{"US"}
			require.Equal(t, []any{added}, got["payout"])
			require.Equal(t, append(payouts, added), read(t, s, prefix+"/payout/"+id)["payouts"])
			gone(t, s, one)
			gone(t, s, prefix+"/"+id)
		})
	}
}

func TestTrackingLinks(t *testing.T) {
	s := fresh()
	d := s.Data()
	publisher, campaign := d.Affiliates[7], d.Campaigns[0]
	path := "/network/link/" + publisher.ID + "/16"
	status, _ := as(t, s, key, "GET", path, "")
	require.Equal(t, http.StatusNotFound, status, "no link yet")
	made := write(t, s, "POST", path, `{"domain": "viralarticlez.example"}`)["data"].(object)
	link := made["link"].(object)
	has(t, object{
		"user_id": publisher.ID, "ad_id": campaign.ID, "domain": "viralarticlez.example", "live": true, "created": "2026-05-20", "modified": nil, "meta": []any{},
	}, link)
	require.Equal(t, "http://viralarticlez.example/"+link["_id"].(string), made["tracking_link"])

	status, again := as(t, s, key, "POST", "/network/link/38/16", "")
	require.Equal(t, http.StatusOK, status)
	made["message"] = "Link already exists!!"
	require.Equal(t, object{"success": false, "data": made}, again)
	delete(made, "message")
	require.Equal(t, made, data(t, s, path))
}
