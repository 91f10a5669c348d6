package keitaro_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// documentRoutes is the document's table, row by row; the body follows where the
// route takes one, and the query where it needs one. The ids are of entities that
// no other row takes away.
const documentRoutes = `
GET    affiliate_networks
GET    affiliate_networks/2
POST   affiliate_networks/2/clone
POST   affiliate_networks {"name":"test"}
PUT    affiliate_networks/2 {"name":"test2"}
DELETE affiliate_networks/3
GET    campaigns
GET    campaigns/89
POST   campaigns {"name":"Test Campaign X","alias":"test-campaign-x"}
PUT    campaigns/89 {"name":"Test Campaign X2"}
DELETE campaigns/90
GET    campaigns/deleted
POST   campaigns/90/restore
POST   campaigns/91/disable
POST   campaigns/91/enable
POST   campaigns/91/clone
POST   campaigns/89/update_costs {"start_date":"2026-01-01","end_date":"2026-01-02","cost":10.02}
POST   clicks/log {"limit":1,"columns":["click_id"]}
POST   clicks/summary {"limit":1}
POST   clicks/build {"limit":1,"grouping":["country"],"metrics":["clicks"]}
GET    conversions/log?columns[]=tid&limit=1
GET    groups?type=campaigns
POST   groups {"name":"Test Group X","position":"10","type":"campaigns"}
PUT    groups/1 {"id":1,"name":"Test Group X2"}
DELETE groups/2/delete {"id":2}
GET    landing_pages
GET    landing_pages/26
PUT    landing_pages/26/clone
POST   landing_pages {"name":"test"}
PUT    landing_pages/26 {"name":"test"}
DELETE landing_pages/27
GET    logs/system?limit=1
GET    logs/types
DELETE logs/ssl
GET    offers
GET    offers/16
POST   offers {"name":"Test Offer X","url":"http://offer.com"}
PUT    offers/16 {"name":"Test Offer X2"}
POST   offers/16/clone
DELETE offers/15/archive
POST   report/build {"limit":1,"grouping":["country"],"metrics":["clicks"]}
GET    report/definition
GET    report/labels?campaign_id=89&label_name=whitelist&ref_name=source
GET    report/labels?campaign_id=89&label_name=blacklist&ref_name=source
POST   report/labels {"campaign_id":89,"ref_name":"source","items":{"a":"whitelist"}}
GET    streams_actions
GET    campaigns/89/streams
POST   streams {"campaign_id":89,"type":"regular","schema":"redirect","action_type":"http"}
DELETE streams/1283
PUT    streams/1282 {"name":"test"}
GET    streams/deleted
GET    streams/1282
POST   streams/1283/restore
POST   streams/1283/enable
POST   streams/1283/disable
POST   streams/copy {"stream_ids":[1282],"campaign_id":91}
POST   streams/move_streams {"stream_ids":[1282],"campaign_id":91}
GET    streams/search?query=a
GET    stream/1282/events
GET    stream_types
GET    stream_actions
GET    stream_schemas
GET    traffic_sources
GET    traffic_sources/1
POST   traffic_sources/1/clone
POST   traffic_sources {"name":"test"}
PUT    traffic_sources/1 {"name":"test"}
DELETE traffic_sources/2
`

func TestEveryRouteOfTheDocumentsTable(t *testing.T) {
	s := keitaro.New(config())
	rows := strings.Split(strings.TrimSpace(documentRoutes), "\n")
	require.Len(t, rows, 68)
	for _, row := range rows {
		t.Run(row, func(t *testing.T) {
			target, body, _ := strings.Cut(row, " {")
			if body != "" {
				body = "{" + body
			}
			call := strings.Fields(target)
			status, answer := ask(t, s, call[0], call[1], body)
			require.Equal(t, http.StatusOK, status, answer)
		})
	}
}

func TestBodies(t *testing.T) {
	s := keitaro.New(config())
	before := s.Data()
	tests := []struct {
		name, method, path, body string
		status                   int
		answer                   string
	}{
		{"garbage", http.MethodPost, "campaigns", `{"name":`, 400, `{"error":"Malformed JSON"}`},
		{"list", http.MethodPost, "campaigns", `["a"]`, 400, `{"error":"Malformed JSON"}`},
		{"two values", http.MethodPost, "campaigns", `{}{}`, 400, `{"error":"Malformed JSON"}`},
		{"something after it", http.MethodPost, "campaigns", `{}}`, 400, `{"error":"Malformed JSON"}`},
		{"a form", http.MethodPut, "offers/16", `name=a`, 400, `{"error":"Malformed JSON"}`},
		{"too large", http.MethodPost, "campaigns", `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, 400, `{"error":"Request body is broken or too large"}`},
		{"nothing", http.MethodPost, "campaigns", ``, 406, `{"alias":["Is required"],"name":["Is required"]}`},
		{"no members", http.MethodPost, "campaigns", `{}`, 406, `{"alias":["Is required"],"name":["Is required"]}`},
		{"not found", http.MethodPut, "campaigns/0", `{}`, 404, `{"error":"Entity not found"}`},
		{"archived", http.MethodPut, "campaigns/114", `{}`, 404, `{"error":"Entity not found"}`},
		{"clone of nothing", http.MethodPost, "campaigns/0/clone", ``, 404, `{"error":"Entity not found"}`},
		{"restore of nothing", http.MethodPost, "streams/0/restore", ``, 404, `{"error":"Entity not found"}`},
		{"disable of what is archived", http.MethodPost, "campaigns/114/disable", ``, 404, `{"error":"Entity not found"}`},
		{"archive of what is archived", http.MethodDelete, "campaigns/114", ``, 404, `{"error":"Entity not found"}`},
		{"no such log", http.MethodDelete, "logs/nothing", ``, 404, `{"error":"Log not found"}`},
		{"no such group", http.MethodDelete, "groups/99/delete", ``, 404, `{"error":"Entity not found"}`},
		{"no such group to update", http.MethodPut, "groups/99", `{}`, 404, `{"error":"Entity not found"}`},
		{"costs of nothing", http.MethodPost, "campaigns/0/update_costs", `{}`, 404, `{"error":"Entity not found"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := ask(t, s, test.method, test.path, test.body)
			require.Equal(t, test.status, status)
			require.JSONEq(t, test.answer, answer)
		})
	}
	require.Equal(t, before.Campaigns, s.Data().Campaigns)
	require.Equal(t, before.Offers, s.Data().Offers)
}

func TestWritesNeedTheKey(t *testing.T) {
	s := keitaro.New(config())
	status, body := ask(t, s, http.MethodDelete, "campaigns/89", "", "Api-Key", "wrong")
	require.Equal(t, http.StatusUnauthorized, status)
	require.JSONEq(t, `{"error":"Access denied"}`, body)
	status, _ = ask(t, s, http.MethodDelete, "campaigns/89", "", "Api-Key", "", "Authorization", "Bearer "+key)
	require.Equal(t, http.StatusOK, status)
}
