package integration

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// editor is the client of tests that change something.
const editor = "client tester {\nkey_sha256 " + keyDigest + "\nscopes read write\n}\n"

// startKeitaroEditor is a tracker, further lines of its block, and a client that may
// change it.
func startKeitaroEditor(t *testing.T, config keitaro.Config, block ...string) (*gateway, *keitaro.Server) {
	t.Helper()
	config.Key, config.Now, config.Seed = "keitaro-secret", clock, 1
	server := keitaro.New(config)
	block = append(block, keitaroBlock)
	return start(t, stand(t, "keitaro", server, server.Counter(), "", strings.Join(block, "\n")).caddyfile(), editor), server
}

// send makes a request with a body of JSON; none is empty.
func (g *gateway) send(method, path, body string) answer {
	g.t.Helper()
	h := http.Header{}
	if body != "" {
		h.Set("Content-Type", "application/json")
	}
	return g.do(method, path, h, strings.NewReader(body))
}

// done is a change that has to be answered with an object.
func (g *gateway) done(method, path, body string, status int) map[string]any {
	g.t.Helper()
	a := g.send(method, path, body)
	if a.status != status {
		g.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.body, status)
	}
	return decode[map[string]any](g.t, a.body)
}

// gone is a change that has to be answered with nothing.
func (g *gateway) gone(method, path, body string) {
	g.t.Helper()
	if a := g.send(method, path, body); a.status != http.StatusNoContent || len(a.body) > 0 {
		g.t.Fatalf("%s %s %s: %d %s, want 204", method, path, body, a.status, a.body)
	}
}

// made is a change that has to be answered with a new object, which is where the
// answer says.
func (g *gateway) made(path, body string) map[string]any {
	g.t.Helper()
	a := g.send("POST", path, body)
	if a.status != http.StatusCreated {
		g.t.Fatalf("POST %s %s: %d %s, want 201", path, body, a.status, a.body)
	}
	o := decode[map[string]any](g.t, a.body)
	collection, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
	want := ""
	if collection != "groups" { // which cannot be got
		want = fmt.Sprintf("%s/v1/%s/%v", g.url, collection, o["id"])
	}
	if got := a.header.Get("Location"); got != want {
		g.t.Errorf("POST %s: at %q, want %q", path, got, want)
	}
	return o
}

// with is an object with other members.
func with(o, members object) object {
	o = maps.Clone(o)
	maps.Copy(o, members)
	return o
}

// named are the parameters that a problem names.
func named(p map[string]any) []string {
	var names []string
	list, _ := p["errors"].([]any)
	for _, e := range list {
		names = append(names, e.(map[string]any)["parameter"].(string))
	}
	return names
}

// Defaults of a tracker are those of the document's samples and tables.
var (
	atNow      = at(now)
	newNetwork = object{
		"name": "test", "postback_url": "http://postback", "state": "active", "native_state": "active", "created_at": atNow, "updated_at": atNow,
	}
	newCampaign = object{ // updated_at is null, also after an update
		"name": "Test Campaign X", "alias": "test-campaign-x", "state": "active", "native_state": "active", "rotation": "position", "native_rotation": "position",
		"position": 9999, "uniqueness_ttl_hours": 24, "cost": object{"model": "CPC", "value": money(0, 4, "USD"), "auto": false},
	}
	newOffer = object{
		"name": "Test Offer X", "url": "http://offer.com?ad_campaign_id={ad_campaign_id}&stream_id={stream_id}", "state": "active", "native_state": "active",
		"payout": object{"amount": money(0, 4, "USD"), "auto": false, "upsell": false}, "created_at": atNow, "updated_at": atNow,
	}
)

// roundTrip is what happens to one object: it is made, changed, found and archived.
type roundTrip struct {
	path, schema string
	body         string
	made         object // beside the identifiers
	patch        string
	patched      object // members that are others then
	found        string // a query of the list that gives it alone
	archives     bool   // lists show what is archived, and it can be restored
}

var keitaroRoundTrips = []roundTrip{
	{
		path: "/v1/networks", schema: "Network",
		body: `{"name":"test","postback_url":"http://postback"}`, made: newNetwork,
		patch:   `{"name":"test2","postback_url":"http://postback2"}`,
		patched: object{"name": "test2", "postback_url": "http://postback2"},
		found:   "name=test2",
	},
	{
		path: "/v1/campaigns", schema: "Campaign",
		body: `{"name":"Test Campaign X","alias":"test-campaign-x"}`, made: newCampaign,
		patch:    `{"name":"Test Campaign X2","alias":"test-campaign-x2"}`,
		patched:  object{"name": "Test Campaign X2", "alias": "test-campaign-x2"},
		found:    "q=test-campaign-x2",
		archives: true,
	},
	{
		path: "/v1/campaigns", schema: "Campaign",
		body: `{"platform":"keitaro","name":"Spring \"26\" & Größe","alias":"spring-26","state":"disabled","rotation":"weight","position":7,
			"cost":{"model":"CPM","value":{"value":"12345678901.2345","currency":"EUR"},"auto":true},"uniqueness_ttl_hours":48,"bind_visitors":"slo",
			"group_id":"keitaro:1","traffic_source_id":"keitaro:2"}`,
		made: object{
			"name": `Spring "26" & Größe`, "alias": "spring-26", "state": "disabled", "native_state": "disabled", "rotation": "weight", "native_rotation": "weight",
			"position": 7, "cost": object{"model": "CPM", "value": money(123456789012345, 4, "EUR"), "auto": true}, "uniqueness_ttl_hours": 48,
			"bind_visitors": "slo", "group_id": "keitaro:1", "traffic_source_id": "keitaro:2",
		},
		// null clears what can be empty; of what is an object only what is given changes
		patch: `{"group_id":null,"bind_visitors":null,"traffic_source_id":null,"state":"active","rotation":"position","cost":{"value":{"value":"0.5","currency":null},"auto":false}}`,
		patched: object{
			"group_id": nil, "bind_visitors": nil, "traffic_source_id": nil, "state": "active", "native_state": "active", "rotation": "position", "native_rotation": "position",
			"cost": object{"model": "CPM", "value": money(5000, 4, "EUR"), "auto": false},
		},
		found:    "position_min=7&position_max=7&q=spring-26",
		archives: true,
	},
	{
		path: "/v1/offers", schema: "Offer",
		body: `{"name":"Test Offer X","url":"http://offer.com?ad_campaign_id={ad_campaign_id}&stream_id={stream_id}"}`, made: newOffer,
		patch:   `{"name":"Test Offer X2","url":"http://offer.com?ad_campaign_id={ad_campaign_id}"}`,
		patched: object{"name": "Test Offer X2", "url": "http://offer.com?ad_campaign_id={ad_campaign_id}"},
		found:   "q=offer+x2&updated_from=" + now.Format(time.RFC3339),
	},
	{
		path: "/v1/offers", schema: "Offer",
		body: `{"name":"Shoes","url":"https://shop.example/shoes","state":"disabled","group_id":"keitaro:12","network_id":"keitaro:1",
			"payout":{"model":"CPA","amount":{"value":"4.50","currency":"EUR"},"auto":true,"upsell":true},"country":["DE","AT"],"notes":"two\nlines"}`,
		made: object{
			"name": "Shoes", "url": "https://shop.example/shoes", "state": "disabled", "native_state": "disabled", "group_id": "keitaro:12",
			"network_id": "keitaro:1", "network_name": "bitterstrawberry.com",
			"payout":  object{"model": "CPA", "amount": money(450, 2, "EUR"), "auto": true, "upsell": true},
			"country": []any{"DE", "AT"}, "notes": "two\nlines", "created_at": atNow, "updated_at": atNow,
		},
		patch: `{"group_id":null,"network_id":null,"notes":null,"country":null,"payout":{"model":null,"upsell":false}}`,
		patched: object{
			"group_id": nil, "network_id": nil, "network_name": nil, "notes": nil, "country": nil,
			"payout": object{"amount": money(450, 2, "EUR"), "auto": true, "upsell": false},
		},
		found: "name=shoes&state=disabled",
	},
	{
		path: "/v1/landing-pages", schema: "LandingPage",
		body: `{"name":"Quiz","type":"external","action":{"type":"http","payload":"https://pages.example/quiz","options":{"depth":2}},"group_id":"keitaro:21","notes":"new"}`,
		made: object{
			"name": "Quiz", "state": "active", "native_state": "active", "type": "external", "group_id": "keitaro:21", "notes": "new",
			"action":     object{"type": "http", "payload": "https://pages.example/quiz", "options": object{"depth": 2}},
			"created_at": atNow, "updated_at": atNow,
		},
		patch: `{"state":"disabled","group_id":null,"action":{"payload":"https://pages.example/quiz2"}}`,
		patched: object{
			"state": "disabled", "native_state": "disabled", "group_id": nil,
			"action": object{"type": "http", "payload": "https://pages.example/quiz2", "options": object{"depth": 2}},
		},
		found: "name=quiz",
	},
	{
		path: "/v1/traffic-sources", schema: "TrafficSource",
		body: `{"name":"Social","postback_url":"https://source.example/postback?c={external_id}","postback_statuses":["sale","lead"],"template":"social",
			"parameters":{"cost":{"name":"cost","placeholder":"{cost}"}},"accept_parameters":true,"traffic_loss":"2.5"}`,
		made: object{
			"name": "Social", "state": "active", "native_state": "active", "postback_url": "https://source.example/postback?c={external_id}",
			"postback_statuses": []any{"sale", "lead"}, "template": "social", "parameters": object{"cost": object{"name": "cost", "placeholder": "{cost}"}},
			"accept_parameters": true, "traffic_loss": "2.5", "created_at": atNow, "updated_at": atNow,
		},
		patch:   `{"postback_statuses":["rebill"],"parameters":{},"accept_parameters":false,"traffic_loss":"0"}`,
		patched: object{"postback_statuses": []any{"rebill"}, "parameters": object{}, "accept_parameters": false, "traffic_loss": "0"},
		found:   "name=social",
	},
}

func TestKeitaroRoundTrips(t *testing.T) {
	for name, config := range map[string]keitaro.Config{"as documented": {}, "as newer trackers do": {BareEntities: true, NetworkArchive: keitaro.PostNetworkArchive}} {
		t.Run(name, func(t *testing.T) {
			g, _ := startKeitaroEditor(t, config)
			for _, test := range keitaroRoundTrips {
				t.Run(test.path, func(t *testing.T) { test.run(g.in(t)) })
			}
		})
	}
}

func (r *roundTrip) run(g *gateway) {
	t := g.t
	others := ids(g.list(r.path + "?limit=1000").Data)
	made := g.made(r.path, r.body)
	native, _ := made["native_id"].(string)
	want := identified("keitaro", native, maps.Clone(r.made))
	same(t, made, want)
	g.fits(r.schema, made)
	path := r.path + "/keitaro:" + native
	same(t, g.one(path), want)

	want = with(want, r.patched)
	same(t, g.done("PATCH", path, r.patch, http.StatusOK), want)
	same(t, g.one(path), want)
	sameRows(t, g.list(r.path+"?"+r.found).Data, []object{want})

	g.gone("DELETE", path, "")
	g.problem(g.get(path), "not_found", 404)
	g.problem(g.send("PATCH", path, r.patch), "not_found", 404)
	sameSet(t, ids(g.list(r.path+"?limit=1000").Data), others)
	if !r.archives {
		return
	}
	// archiving and restoring are dated
	want = with(want, object{"state": "deleted", "native_state": "deleted", "updated_at": atNow})
	deleted := r.path + "?limit=1000&state=deleted&native_id=" + native
	sameRows(t, g.list(deleted).Data, []object{want})
	want = with(want, object{"state": "active", "native_state": "active"})
	same(t, g.done("POST", path+"/restore", "", http.StatusOK), want)
	same(t, g.one(path), want)
	if left := g.list(deleted); len(left.Data) > 0 {
		t.Errorf("still deleted: %v", left.Data)
	}
}

// Groups cannot be got one by one, and are deleted, not archived.
func TestKeitaroGroups(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	before := server.Data().Groups
	made := g.made("/v1/groups", `{"name":"Test Group X","position":10,"type":"campaigns"}`)
	id, _ := made["native_id"].(string)
	want := identified("keitaro", id, object{"name": "Test Group X", "position": 10, "type": "campaigns", "native_type": "campaigns"})
	same(t, made, want)
	g.fits("Group", made)
	sameRows(t, g.list("/v1/groups?type=campaigns&position_min=10").Data, []object{want})

	path := "/v1/groups/keitaro:" + id
	g.done("PATCH", "/v1/campaigns/keitaro:89", `{"group_id":"keitaro:`+id+`"}`, http.StatusOK)
	// only the answer to an update has the size
	same(t, g.done("PATCH", path, `{"name":"Test Group X2"}`, http.StatusOK), with(want, object{"name": "Test Group X2", "count": 1}))
	sameRows(t, g.list("/v1/groups?q=group+x2").Data, []object{with(want, object{"name": "Test Group X2"})})

	g.gone("DELETE", path, "")
	if after := server.Data().Groups; !slices.Equal(after, before) {
		t.Errorf("groups after deleting the new one: %v, before it %v", after, before)
	}
	if c := g.one("/v1/campaigns/keitaro:89"); c["group_id"] != nil {
		t.Errorf("the campaign is in the group %v, which is deleted", c["group_id"])
	}
	g.problem(g.send("DELETE", path, ""), "not_found", 404)
	g.problem(g.send("PATCH", path, `{"name":"x"}`), "not_found", 404)
}

// The document's sample asks for the position 10 and is given 2: the answer is what the
// tracker made of it.
func TestKeitaroGroupsGetTheirPosition(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{NextGroupPosition: true})
	made := g.made("/v1/groups", `{"name":"Test Group X","position":10,"type":"landings"}`)
	groups := server.Data().Groups
	if last := groups[len(groups)-1]; fmt.Sprint(made["position"]) != fmt.Sprint(last.Position) || last.Position == 10 {
		t.Errorf("the answer has the position %v, the tracker %d", made["position"], last.Position)
	}
}
