package integration

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// held is a stream as the tracker has it.
func held(t *testing.T, server *keitaro.Server, native any) keitaro.Stream {
	t.Helper()
	streams := server.Data().Streams
	i := slices.IndexFunc(streams, func(s keitaro.Stream) bool { return fmt.Sprint(s.ID) == native })
	if i < 0 {
		t.Fatalf("the tracker has no stream %v", native)
	}
	return streams[i]
}

const (
	newStream = `{"campaign_id":"keitaro:90","name":"Test Stream","type":"regular","position":3,"weight":14,"schema":"redirect",
		"action":{"type":"http","payload":"http://test.com","options":{"depth":1}},"collect_clicks":true,"match":"any","comments":"new",
		"filters":[{"name":"uniqueness","mode":"reject","payload":"stream"},{"name":"keyword","mode":"accept","payload":["value1","value2"]}],
		"triggers":[{"condition":"not_contains","target":"selected_page","selected_page":"http://example.com","pattern":"keyword","action":"replace_url",
			"interval":60,"alternative_urls":["http://a.example","http://b.example"],"reverse":true,"scan_page":false}],
		"landings":[{"landing_page_id":"keitaro:26","share":100}],
		"offers":[{"offer_id":"keitaro:3","share":60},{"offer_id":"keitaro:4","share":40,"state":"disabled"}]}`
)

// parts are the identifiers of the objects in a list.
func parts(o map[string]any, name string) []string {
	var list []string
	of, _ := o[name].([]any)
	for _, p := range of {
		list = append(list, fmt.Sprint(p.(map[string]any)["id"]))
	}
	return list
}

// keitaroStream is what newStream makes, with the identifiers that its parts were given.
func keitaroStream(made map[string]any) object {
	filters, triggers, landings, offers := parts(made, "filters"), parts(made, "triggers"), parts(made, "landings"), parts(made, "offers")
	share := func(id, member, target string, percent int, state string) object {
		return object{"id": id, member: target, "share": percent, "state": state, "native_state": state, "created_at": atNow, "updated_at": atNow}
	}
	return identified("keitaro", made["native_id"].(string), object{
		"campaign_id": "keitaro:90", "name": "Test Stream", "type": "regular", "native_type": "regular", "position": 3, "weight": 14, "schema": "redirect",
		"state": "active", "native_state": "active", "match": "any", "native_match": "true", "collect_clicks": true, "comments": "new",
		"action": object{"type": "http", "payload": "http://test.com", "options": object{"depth": 1}},
		"filters": []any{
			object{"id": filters[0], "name": "uniqueness", "mode": "reject", "native_mode": "reject", "payload": "stream"},
			object{"id": filters[1], "name": "keyword", "mode": "accept", "native_mode": "accept", "payload": []any{"value1", "value2"}},
		},
		"triggers": []any{object{
			"id": triggers[0], "condition": "not_contains", "target": "selected_page", "selected_page": "http://example.com", "pattern": "keyword",
			"action": "replace_url", "interval": 60, "alternative_urls": []any{"http://a.example", "http://b.example"}, "reverse": true, "scan_page": false,
		}},
		"landings": []any{share(landings[0], "landing_page_id", "keitaro:26", 100, "active")},
		"offers":   []any{share(offers[0], "offer_id", "keitaro:3", 60, "active"), share(offers[1], "offer_id", "keitaro:4", 40, "disabled")},
	})
}

func TestKeitaroStreamRoundTrip(t *testing.T) {
	for name, newer := range map[string]bool{"chance": false, "weight": true} {
		t.Run(name, func(t *testing.T) {
			g, server := startKeitaroEditor(t, keitaro.Config{Weight: newer}, "option stream_weight "+name)
			made := g.made("/v1/streams", newStream)
			if len(parts(made, "filters")) != 2 || len(parts(made, "triggers")) != 1 || len(parts(made, "landings")) != 1 || len(parts(made, "offers")) != 2 {
				t.Fatalf("the stream is not whole: %v", made)
			}
			want := keitaroStream(made)
			if want["updated_at"] = made["updated_at"]; made["updated_at"] != nil && made["updated_at"] != atNow {
				t.Errorf("updated at %v", made["updated_at"]) // the document does not say whether a new stream has it
			}
			same(t, made, want)
			g.fits("Stream", made)
			path := "/v1/streams/" + made["id"].(string)
			same(t, g.one(path), want)
			sameRows(t, g.list("/v1/streams?campaign_id=keitaro:90&position_min=3&weight_max=14&q=test+stream").Data, []object{want})
			if s := held(t, server, made["native_id"]); s.Chance != 14 || !s.FilterOr || s.Triggers[0].AlternativeURLs != "http://a.example\nhttp://b.example" {
				t.Errorf("the tracker has %+v", s)
			}

			changed := g.done("PATCH", path, `{"name":null,"weight":20,"state":"disabled","match":"all","action":{"payload":"http://test.com/2","options":null}}`, http.StatusOK)
			want = with(want, object{
				"name": nil, "weight": 20, "state": "disabled", "native_state": "disabled", "match": "all", "native_match": "false",
				"action": object{"type": "http", "payload": "http://test.com/2"}, "updated_at": changed["updated_at"],
			})
			same(t, changed, want)
			same(t, g.one(path), want)

			g.gone("DELETE", path, "")
			g.problem(g.get(path), "not_found", 404)
			want = with(want, object{"state": "deleted", "native_state": "deleted", "updated_at": atNow})
			sameRows(t, g.list("/v1/streams?state=deleted&native_id="+made["native_id"].(string)).Data, []object{want})
			want = with(want, object{"state": "active", "native_state": "active"})
			same(t, g.done("POST", path+"/restore", "", http.StatusOK), want)
			same(t, g.one(path), want)
		})
	}
}

// Parts that an update names by their identifiers are changed; those that it leaves out
// go, and those without one are new. Lists that it does not give stay.
func TestKeitaroStreamPartsKeepTheirIdentifiers(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	made := g.made("/v1/streams", newStream)
	path := "/v1/streams/" + made["id"].(string)
	before := held(t, server, made["native_id"])
	keep := before.Filters[1].ID

	changed := g.done("PATCH", path, fmt.Sprintf(`{"filters":[{"id":"%d","name":"keyword","mode":"reject","payload":["value3"]},{"name":"country","mode":"accept","payload":["DE"]}],
		"offers":[{"id":"%d","offer_id":"keitaro:4","share":100,"state":"active"}]}`, keep, before.Offers[1].ID), http.StatusOK)
	after := held(t, server, made["native_id"])
	if len(after.Filters) != 2 || after.Filters[0].ID != keep || after.Filters[0].Mode != "reject" || after.Filters[1].ID == before.Filters[0].ID || after.Filters[1].ID == keep {
		t.Errorf("filters %+v, before %+v", after.Filters, before.Filters)
	}
	if len(after.Offers) != 1 || after.Offers[0].ID != before.Offers[1].ID || after.Offers[0].Percent != 100 || after.Offers[0].State != keitaro.Active {
		t.Errorf("offers %+v, before %+v", after.Offers, before.Offers)
	}
	if !slices.Equal(after.Triggers, before.Triggers) || !slices.Equal(after.Landings, before.Landings) {
		t.Errorf("lists that were not given: %+v and %+v", after.Triggers, after.Landings)
	}
	if got, want := parts(changed, "filters"), []string{fmt.Sprint(keep), fmt.Sprint(after.Filters[1].ID)}; !slices.Equal(got, want) {
		t.Errorf("filters %v in the answer, want %v", got, want)
	}

	changed = g.done("PATCH", path, `{"triggers":null,"landings":[]}`, http.StatusOK)
	if after := held(t, server, made["native_id"]); len(after.Triggers)+len(after.Landings) > 0 || len(after.Filters) != 2 || len(after.Offers) != 1 {
		t.Errorf("after clearing triggers and landing pages: %+v", after)
	}
	if len(parts(changed, "triggers"))+len(parts(changed, "landings")) > 0 {
		t.Errorf("answer after clearing: %v", changed)
	}
	// a part of another stream is none of this one
	other := g.made("/v1/streams", newStream)
	p := g.problem(g.send("PATCH", path, fmt.Sprintf(`{"filters":[{"id":"%s","name":"keyword","mode":"accept"}]}`, parts(other, "filters")[0])), "invalid_request", 400)
	if n, _ := p["native"].(map[string]any); n["status"] == nil || fmt.Sprint(n["status"]) != "406" {
		t.Errorf("native %v", p["native"])
	}
}

func TestKeitaroStreamsAreTurnedOnAndOff(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	made := g.made("/v1/streams", newStream)
	path := "/v1/streams/" + made["id"].(string)
	for _, turn := range []struct{ verb, state string }{{"disable", "disabled"}, {"enable", "active"}} {
		o := g.done("POST", path+"/"+turn.verb, "", http.StatusOK)
		same(t, o, with(keitaroStream(made), object{"state": turn.state, "native_state": turn.state, "updated_at": atNow}))
		if s := held(t, server, made["native_id"]); string(s.State) != turn.state {
			t.Errorf("the tracker has it %s", s.State)
		}
	}
	g.problem(g.send("POST", "/v1/streams/keitaro:9007199254740993/enable", ""), "not_found", 404)
}

// Copies are streams of their own, with parts of their own; what is moved is in its new
// campaign alone.
func TestKeitaroStreamsAreCopiedAndMoved(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	first, second := g.made("/v1/streams", newStream), g.made("/v1/streams", newStream)
	target := g.made("/v1/campaigns", `{"name":"Target","alias":"target"}`)
	list := "/v1/campaigns/" + target["id"].(string) + "/streams"
	both := fmt.Sprintf(`{"stream_ids":[%q,%q],"campaign_id":%q}`, first["id"], second["id"], target["id"])

	before := len(server.Data().Streams)
	g.gone("POST", "/v1/streams/copy", both)
	copies := g.list(list).Data
	if len(copies) != 2 || len(server.Data().Streams) != before+2 {
		t.Fatalf("%d streams in the campaign, and %d more in all", len(copies), len(server.Data().Streams)-before)
	}
	for _, c := range copies {
		if c["id"] == first["id"] || c["id"] == second["id"] || slices.Contains(parts(first, "filters"), parts(c, "filters")[0]) {
			t.Errorf("the copy %v is not one of its own", c)
		}
		same(t, c, with(keitaroStream(c), object{"campaign_id": target["id"], "updated_at": atNow}))
	}
	g.gone("POST", "/v1/streams/move", both)
	if moved := ids(g.list(list).Data); len(moved) != 4 || !slices.Contains(moved, first["id"].(string)) || !slices.Contains(moved, second["id"].(string)) {
		t.Errorf("the campaign has %v, without %v and %v", moved, first["id"], second["id"])
	}
	if left := ids(g.list("/v1/campaigns/keitaro:90/streams").Data); slices.Contains(left, first["id"].(string)) {
		t.Errorf("the campaign that they were in has %v", left)
	}
	if len(server.Data().Streams) != before+2 {
		t.Errorf("moving made streams")
	}
}
