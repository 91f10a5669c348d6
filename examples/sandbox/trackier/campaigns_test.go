package trackier_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// apiCampaign is the sample request of the document.
const apiCampaign = `{
	"title": "API Campaign",
	"description": "This is a test campaign created using API",
	"preview_url": "http://google.com/",
	"url": "http://www.google.co.in/?utm_source={click_id}",
	"advertiser_id": "3",
	"status": "pending",
	"category": ["Technology", "Entertainment"],
	"currency": "USD",
	"model": "cpa",
	"commissions": [
		{"payout": 1, "revenue": 2, "coverage": ["US", "IN"]},
		{"payout": 0.5, "revenue": 1, "coverage": ["ALL"]}
	]
}`

func TestCreateCampaign(t *testing.T) {
	s := fresh()
	got := write(t, s, "POST", "/campaign", apiCampaign)["data"].(object)
	require.Equal(t, "Campaign created Successfully!!", got["message"])
	campaign := got["campaign"].(object)
	has(t, object{
		"display_id": num("41"), "title": "API Campaign", "description": "This is a test campaign created using API",
		"url": "http://www.google.co.in/?utm_source={click_id}", "preview_url": "http://google.com/", "advertiser_id": num("3"),
		"status": "pending", "live": false, "category": []any{"Technology", "Entertainment"}, "currency": "USD", "model": "cpa", "vis": "public",
		"image": nil, "created": "2026-05-20", "modified": nil, "meta": []any{}, "os": []any{},
	}, campaign)
	require.Regexp(t, `^[0-9a-f]{24}$`, campaign["_id"])
	commissions := got["commissions"].([]any)
	require.Len(t, commissions, 2)
	has(t, object{"ad_id": campaign["_id"], "rate": num("1"), "revenue": num("2"), "coverage": []any{"US", "IN"}}, commissions[0].(object))
	has(t, object{"rate": num("0.5"), "revenue": num("1"), "coverage": []any{"ALL"}}, commissions[1].(object))

	one := data(t, s, "/campaign/41")
	require.Equal(t, campaign, one["campaign"])
	require.Equal(t, commissions, one["commissions"])
	require.Equal(t, num("7"), data(t, s, "/campaign?active=0")["total"], "pending is not active")
	require.Equal(t, "API Campaign", newest(s).Title)
}

func TestEditCampaignByAction(t *testing.T) {
	tests := []struct {
		name, body, message string
		want                object
	}{
		{
			"targeting", `{"action":"targeting","device":["andriod","iphone"],"category":["id1","id2"],"visibility":"private","title":"ignored"}`,
			"Targeting Info Updated!!",
			object{"device": []any{"andriod", "iphone"}, "category": []any{"id1", "id2"}, "vis": "private"},
		},
		{"image", `{"action":"image_upload","image_url":"http://a.example/5852549669438.jpg"}`, "Image Updated!!", object{"image": "http://a.example/5852549669438.jpg"}},
		{
			"basic info", `{"action":"basic_info","title":"T","url":"http://a.example/u","preview_url":"http://a.example/p","description":null,"expiry":"2026-12-31",
				"category":["News"],"model":"CPL","live":false}`, "Basic Info Updated!!",
			object{
				"title": "T", "url": "http://a.example/u", "preview_url": "http://a.example/p", "description": "", "expiry": "2026-12-31",
				"category": []any{"News"}, "model": "cpl", "status": "paused", "live": false,
			},
		},
		{"status", `{"action":"basic_info","status":"disabled"}`, "Basic Info Updated!!", object{"status": "disabled", "live": false}},
		{
			"settings", `{"action":"settings","blacklist_pubs":[31,32],"whitelist_pubs":[]}`, "Settings Updated!!",
			object{"blocked_pubs": []any{num("31"), num("32")}, "allowed_pubs": []any{}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := fresh()
			want := data(t, s, "/campaign/17")["campaign"].(object)
			got := write(t, s, "POST", "/campaign/"+s.Data().Campaigns[1].ID, test.body)["data"].(object)
			require.Equal(t, test.message, got["message"])
			maps.Copy(want, test.want)
			want["modified"] = "2026-05-20"
			require.Equal(t, want, got["campaign"], "other members stay")
			require.Equal(t, want, data(t, s, "/campaign/17")["campaign"])
		})
	}
}

func TestDeleteCampaign(t *testing.T) {
	s := fresh()
	all := data(t, s, "/network/customReport?group[]=adid&"+year)
	require.NotEmpty(t, write(t, s, "DELETE", "/campaign/16", "")["data"].(object)["message"])
	for _, method := range []string{"GET", "DELETE"} {
		status, answer := as(t, s, key, method, "/campaign/16", "")
		require.Equal(t, http.StatusNotFound, status)
		require.Equal(t, num("31"), code(answer))
	}
	require.Equal(t, num("18"), data(t, s, "/campaign")["total"])
	require.Equal(t, num("6"), data(t, s, "/campaign?active=0")["total"])
	require.Equal(t, all, data(t, s, "/network/customReport?group[]=adid&"+year), "reports still name it")
}

func TestDomains(t *testing.T) {
	s := fresh()
	got := write(t, s, "PUT", "/campaign/domains", `{"domains": ["dobolly.com", "bollyhype.com"]}`)["data"].(object)
	require.Equal(t, []any{"dobolly.com", "bollyhype.com"}, got["domains"])
	require.Contains(t, got, "message")

	status, answer := as(t, s, key, "PUT", "/campaign/domains", `{"domains": null}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, object{
		"success": false, "data": object{"message": "Invalid Request Body!!", "domains": []any{"dobolly.com", "bollyhype.com"}},
	}, answer)

	write(t, s, "PUT", "/campaign/domains", `{"domains": []}`)
	require.Equal(t, []any{}, data(t, s, "/campaign/domains")["domains"])
}

func TestAssignPublisher(t *testing.T) {
	s := fresh()
	campaign, publisher := s.Data().Campaigns[9], s.Publisher()
	require.Equal(t, "private", campaign.Visibility)
	path := "/affiliate/campaigns/" + campaign.ID
	status, _ := as(t, s, publisherKey, "GET", path, "")
	require.Equal(t, http.StatusNotFound, status)
	got := write(t, s, "POST", "/campaign/assign-publisher", `{"publisher_ids":["`+publisher.ID+`"],"campaign_ids":["`+campaign.ID+`"]}`)
	require.Equal(t, "Campaign Access Granted", got["data"].(object)["message"])
	status, answer := as(t, s, publisherKey, "GET", path, "")
	require.Equal(t, http.StatusOK, status)
	has(t, object{"hasPermission": true, "permRequired": true}, answer["data"].(object)["permission"].(object))
}
