package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// Everything that is wrong with a body is named, in words of the unified API, and the
// tracker is told nothing.
func TestKeitaroRefusedBodies(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	tests := []struct {
		name, request, body string
		errors              string // parameters, in the order of the answer
	}{
		{"no name, a wrong type and a wrong word", "POST /v1/campaigns", `{"alias":7,"rotation":"random","cost":{"value":"1"}}`, "name alias rotation cost.value"},
		{"a campaign without what the document requires", "POST /v1/campaigns", `{"name":"x"}`, "alias"},
		{"what is wrong anywhere, beside what is wrong there", "POST /v1/campaigns", `{"platform":"keitaro","nme":"x","cost":{"value":{"value":"five","currency":"USD"}},"group_id":"affjet:3"}`, "nme name cost.value.value alias group_id"},
		{"an alias that is null", "POST /v1/campaigns", `{"name":"x","alias":null}`, "alias"},
		{"what other platforms' campaigns have", "POST /v1/campaigns", `{"name":"x","alias":"x","url":"https://shop.example","payout":{"model":"CPA"},"merchant_id":"keitaro:3"}`, "url payout merchant_id"},
		{"what is archived is archived by DELETE", "PATCH /v1/campaigns/keitaro:89", `{"state":"deleted"}`, "state"},
		{"identifiers of another platform", "PATCH /v1/campaigns/keitaro:89", `{"group_id":"trackier:1","traffic_source_id":"affjet:2"}`, "group_id traffic_source_id"},
		{"an identifier that is no number", "PATCH /v1/campaigns/keitaro:89", `{"traffic_source_id":"keitaro:abc"}`, "traffic_source_id"},
		{"a campaign of another platform", "PATCH /v1/campaigns/trackier:89", `{"name":"x"}`, ""},
		{"nothing that changes", "PATCH /v1/campaigns/keitaro:89", `{}`, "body"},
		{"a stream of nothing", "POST /v1/streams", `{"campaign_id":"keitaro:89"}`, "type schema action.type"},
		{"a stream of nothing with an action", "POST /v1/streams", `{"campaign_id":"keitaro:89","type":"regular","action":{"payload":"http://test.com"}}`, "schema action.type"},
		{
			"parts that lack what they need", "PATCH /v1/streams/keitaro:1282",
			`{"filters":[{"name":"country","mode":"accept"},{"mode":"maybe"}],"triggers":[{"condition":"always"}],"landings":[{"share":101}]}`,
			"filters[1].name filters[1].mode triggers[0].target triggers[0].action landings[0].landing_page_id landings[0].share",
		},
		{
			"parts of another platform", "PATCH /v1/streams/keitaro:1282",
			`{"filters":[{"id":"386","name":"country","mode":"accept"},{"id":"a386","name":"country","mode":"accept"}],"landings":[{"landing_page_id":"trackier:1"}],"offers":[{"offer_id":"keitaro:3"},{"offer_id":"affjet:4"}]}`,
			"filters[1].id landings[0].landing_page_id offers[1].offer_id",
		},
		{"an address with a line break", "PATCH /v1/streams/keitaro:1282", `{"triggers":[{"condition":"always","target":"stream","action":"replace_url","alternative_urls":["http://a.example\nhttp://b.example"]}]}`, "triggers[0].alternative_urls[0]"},
		{"an offer without an address", "POST /v1/offers", `{"name":"x"}`, "url"},
		{"a payout in percent", "POST /v1/offers", `{"name":"x","url":"https://shop.example","payout":{"percent":"5"}}`, "payout.percent"},
		{"a landing page with an address", "POST /v1/landing-pages", `{"name":"x","url":"https://pages.example"}`, "url"},
		{"what only others' networks have", "POST /v1/networks", `{"platform":"keitaro","name":"x","currency":"EUR","template":"t"}`, "currency template"},
		{"a group without a position", "POST /v1/groups", `{"name":"x","type":"campaigns"}`, "position"},
		{"costs of nothing", "POST /v1/campaigns/keitaro:89/costs", `{"from":"2026-01-01","unique_only":1}`, "from to cost unique_only"},
		{"costs to the second", "POST /v1/campaigns/keitaro:89/costs", `{"from":"2026-01-01T00:00:30Z","to":"2026-02-01T00:00:59Z","cost":{"value":"1","currency":"EUR"}}`, "from to"},
		{"costs in no zone", "POST /v1/campaigns/keitaro:89/costs", `{"from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z","timezone":"Europe/Nowhere","cost":{"value":"1","currency":"EUR"}}`, "timezone"},
		{"streams to nowhere", "POST /v1/streams/move", `{"stream_ids":[]}`, "stream_ids campaign_id"},
		{"streams of two platforms", "POST /v1/streams/copy", `{"stream_ids":["keitaro:1","trackier:2"],"campaign_id":"keitaro:3"}`, "stream_ids[1]"},
		{"a label without values", "PATCH /v1/labels", `{"campaign_id":"keitaro:89","ref_name":"ip","lable_name":"whitelist"}`, "lable_name label_name items"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := g.in(t)
			method, path, _ := strings.Cut(test.request, " ")
			a := g.send(method, path, test.body)
			if test.errors == "" {
				g.problem(a, "not_found", 404)
				return
			}
			p := g.problem(a, "invalid_request", 400)
			if got := strings.Join(named(p), " "); got != test.errors {
				t.Errorf("errors of %q, want %q: %v", got, test.errors, p["errors"])
			}
		})
	}
	if n := server.Counter().Total(); n != 0 {
		t.Errorf("%d native requests: %v", n, server.Counter().All())
	}
}

// What only the tracker can know is refused by it, and the refusal names the fields.
func TestKeitaroRefusals(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	taken := server.Data().Campaigns[0].Alias
	tests := []struct {
		request, body string
		fields        []string // native
	}{
		{"POST /v1/campaigns", fmt.Sprintf(`{"name":"x","alias":%q,"group_id":"keitaro:11"}`, taken), []string{"alias", "group_id"}},
		{"PATCH /v1/campaigns/keitaro:90", fmt.Sprintf(`{"alias":%q,"bind_visitors":"all","cost":{"model":"CPX"}}`, taken), []string{"alias", "bind_visitors", "cost_type"}},
		{"POST /v1/streams", `{"campaign_id":"keitaro:113","type":"regular","schema":"circle","action":{"type":"http"}}`, []string{"campaign_id", "schema"}},
		{"POST /v1/offers", `{"name":"x","url":"u","network_id":"keitaro:8","payout":{"model":"CPS"}}`, []string{"affiliate_network_id", "payout_type"}},
		{"POST /v1/streams/copy", `{"stream_ids":["keitaro:9007199254740993"],"campaign_id":"keitaro:89"}`, []string{"stream_ids"}},
	}
	before := server.Data()
	for _, test := range tests {
		t.Run(test.request, func(t *testing.T) {
			g := g.in(t)
			method, path, _ := strings.Cut(test.request, " ")
			p := g.problem(g.send(method, path, test.body), "invalid_request", 400)
			native, _ := p["native"].(map[string]any)
			if p["platform"] != "keitaro" || fmt.Sprint(native["status"]) != "406" {
				t.Errorf("got %v", p)
			}
			for _, field := range test.fields {
				if !strings.Contains(fmt.Sprint(native["message"]), field+": ") {
					t.Errorf("the refusal does not name %s: %v", field, native["message"])
				}
			}
		})
	}
	if after := server.Data(); len(after.Campaigns) != len(before.Campaigns) || len(after.Streams) != len(before.Streams) || len(after.Offers) != len(before.Offers) {
		t.Errorf("something was made")
	}
	if n := server.Counter().Total(); n != len(tests) {
		t.Errorf("%d native requests for %d changes: a refusal is not repeated", n, len(tests))
	}
}
