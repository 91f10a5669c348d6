package integration

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// keitaroRoutes are all routes of the document's table that change something, each with
// the change that makes a request of it; in an order in which one can follow another.
var keitaroRoutes = []struct{ change, body, route string }{
	{"POST /v1/networks", `{"name":"x"}`, "POST affiliate_networks"},
	{"POST /v1/networks/keitaro:2/clone", "", "POST affiliate_networks/2/clone"},
	{"PATCH /v1/networks/keitaro:2", `{"postback_url":null}`, "PUT affiliate_networks/2"},
	{"DELETE /v1/networks/keitaro:2", "", "DELETE affiliate_networks/2"},
	{"POST /v1/campaigns", `{"name":"x","alias":"x"}`, "POST campaigns"},
	{"PATCH /v1/campaigns/keitaro:89", `{"position":2}`, "PUT campaigns/89"},
	{"POST /v1/campaigns/keitaro:89/disable", "", "POST campaigns/89/disable"},
	{"POST /v1/campaigns/keitaro:89/enable", "", "POST campaigns/89/enable"},
	{"POST /v1/campaigns/keitaro:89/clone", "", "POST campaigns/89/clone"},
	{"POST /v1/campaigns/keitaro:89/costs", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","cost":{"value":"1","currency":"EUR"}}`, "POST campaigns/89/update_costs"},
	{"DELETE /v1/campaigns/keitaro:89", "", "DELETE campaigns/89"},
	{"POST /v1/campaigns/keitaro:89/restore", "", "POST campaigns/89/restore"},
	{"POST /v1/streams", `{"campaign_id":"keitaro:89","type":"forced","schema":"action","action":{"type":"do_nothing"}}`, "POST streams"},
	{"PATCH /v1/streams/keitaro:NEW", `{"collect_clicks":true}`, "PUT streams/NEW"},
	{"POST /v1/streams/keitaro:NEW/disable", "", "POST streams/NEW/disable"},
	{"POST /v1/streams/keitaro:NEW/enable", "", "POST streams/NEW/enable"},
	{"POST /v1/streams/copy", `{"stream_ids":["keitaro:NEW"],"campaign_id":"keitaro:90"}`, "POST streams/copy"},
	{"POST /v1/streams/move", `{"stream_ids":["keitaro:NEW"],"campaign_id":"keitaro:90"}`, "POST streams/move_streams"},
	{"DELETE /v1/streams/keitaro:NEW", "", "DELETE streams/NEW"},
	{"POST /v1/streams/keitaro:NEW/restore", "", "POST streams/NEW/restore"},
	{"POST /v1/offers", `{"name":"x","url":"https://shop.example"}`, "POST offers, GET offers/NEW"}, // the answer lacks most of it
	{"POST /v1/offers/keitaro:1/clone", "", "POST offers/1/clone"},
	{"PATCH /v1/offers/keitaro:1", `{"name":"x"}`, "PUT offers/1"},
	{"DELETE /v1/offers/keitaro:1", "", "DELETE offers/1/archive"},
	{"POST /v1/landing-pages", `{"name":"x","type":"external","action":{"type":"http","payload":"https://pages.example"}}`, "POST landing_pages"},
	{"POST /v1/landing-pages/keitaro:NEW/clone", "", "PUT landing_pages/NEW/clone"},
	{"PATCH /v1/landing-pages/keitaro:NEW", `{"name":"y"}`, "PUT landing_pages/NEW"},
	{"DELETE /v1/landing-pages/keitaro:NEW", "", "DELETE landing_pages/NEW"},
	{"POST /v1/traffic-sources", `{"name":"x"}`, "POST traffic_sources"},
	{"POST /v1/traffic-sources/keitaro:NEW/clone", "", "POST traffic_sources/NEW/clone"},
	{"PATCH /v1/traffic-sources/keitaro:NEW", `{"name":"y"}`, "PUT traffic_sources/NEW"},
	{"DELETE /v1/traffic-sources/keitaro:NEW", "", "DELETE traffic_sources/NEW"},
	{"POST /v1/groups", `{"name":"x","type":"offers","position":1}`, "POST groups"},
	{"PATCH /v1/groups/keitaro:NEW", `{"position":2}`, "PUT groups/NEW"},
	{"DELETE /v1/groups/keitaro:NEW", "", "DELETE groups/NEW/delete"},
	{"PATCH /v1/labels", `{"campaign_id":"keitaro:90","ref_name":"source","label_name":"blacklist","items":["x"]}`, "POST report/labels, GET report/labels"}, // its answer is not documented
	{"DELETE /v1/logs/ssl?platform=keitaro", "", "DELETE logs/ssl"},
}

// Each change is one request of its route, and no more than that beside what it reads.
func TestKeitaroChangesAreRequestsOfTheRouteTable(t *testing.T) {
	server := keitaro.New(keitaro.Config{Key: "keitaro-secret", Now: clock, Seed: 1})
	block := stand(t, "keitaro", server, server.Counter(), "", keitaroBlock).caddyfile()
	g := start(t, block, "client tester {\nkey_sha256 "+keyDigest+"\nscopes read write admin\n}\n")
	made := ""
	for _, r := range keitaroRoutes {
		server.Counter().Reset()
		method, path, _ := strings.Cut(strings.ReplaceAll(r.change, "NEW", made), " ")
		a := g.send(method, path, strings.ReplaceAll(r.body, "NEW", made))
		if a.status >= 300 {
			t.Fatalf("%s: %d %s", r.change, a.status, a.body)
		}
		if a.status == http.StatusCreated && !strings.HasSuffix(path, "/clone") {
			made = decode[map[string]any](t, a.body)["native_id"].(string)
		}
		var want []string
		for route := range strings.SplitSeq(strings.ReplaceAll(r.route, "NEW", made), ", ") {
			want = append(want, strings.Replace(route, " ", " /admin_api/v1/", 1))
		}
		var got []string
		for request, n := range server.Counter().All() {
			for range n {
				got = append(got, request)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: native requests %q, want %q", r.change, got, want)
		}
	}
}
