package integration

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// startTrackierEditor is a network, and a client that may change it.
func startTrackierEditor(t *testing.T, config trackier.Config) (*gateway, *trackier.Server) {
	t.Helper()
	config.Key, config.Seed, config.Now = "trackier-secret", 1, clock
	server := trackier.New(config)
	return start(t, stand(t, "trackier", server, server.Counter(), "", trackierBlock).caddyfile(), editor), server
}

// today is the midnight with which the day of now begins where the network is.
var today = at(time.Date(2026, 11, 19, 18, 30, 0, 0, time.UTC))

// trackierRoundTrips are what happens to one object of each kind. Numbers follow those
// that are there; a null is sent for a member that is to be empty.
var trackierRoundTrips = []roundTrip{
	{
		path: "/v1/publishers", schema: "Publisher",
		body: `{"platform":"trackier","name":"Awesome \"User\" & Söhne","email":"test@mail.example","password":"somethingCool!!","country":"IN"}`,
		made: object{
			// who is new has to be let in
			"name": `Awesome "User" & Söhne`, "email": "test@mail.example", "country": "IN", "currency": "USD", "state": "disabled", "native_state": "pending",
			"created_at": today,
		},
		patch: `{"name":"testUser","email":"other@mail.example","country":"DE","currency":"EUR","state":"active","password":"even cooler"}`,
		patched: object{
			"name": "testUser", "email": "other@mail.example", "country": "DE", "currency": "EUR", "state": "active", "native_state": "active", "updated_at": today,
		},
		found: "name=testuser&state=active",
	},
	{
		path: "/v1/campaigns", schema: "Campaign",
		body: `{"name":"API Campaign","url":"http://shop.example/?a={click_id}","merchant_id":"trackier:3","state":"active",
			"payout":{"model":"cpa","amount":{"value":"1.5","currency":"USD"}},"revenue":{"amount":{"value":"2.25","currency":null}}}`,
		made: object{
			"name": "API Campaign", "merchant_id": "trackier:3", "state": "active", "native_state": "active", "created_at": today,
			"payout": object{"model": "cpa", "amount": money(15, 1, "USD")}, "revenue": object{"amount": money(225, 2, "USD")},
		},
		patch: `{"name":"Renamed","url":"http://shop.example/?b={click_id}","state":"disabled","payout":{"model":"cpl"}}`,
		patched: object{
			"name": "Renamed", "state": "disabled", "native_state": "disabled", "updated_at": today, "payout": object{"model": "cpl", "amount": money(15, 1, "USD")},
		},
		found: "q=renamed&state=disabled&merchant_id=trackier:3",
	},
	{
		path: "/v1/campaigns", schema: "Campaign",
		body: `{"name":"Half","url":"http://shop.example/","merchant_id":"trackier:2","payout":{"model":"cps","percent":"12.5"},"revenue":{"percent":"50"}}`,
		made: object{
			"name": "Half", "merchant_id": "trackier:2", "state": "disabled", "native_state": "pending", "created_at": today,
			"payout": object{"model": "cps", "percent": "12.5"}, "revenue": object{"percent": "50"},
		},
		patch:   `{"state":"active"}`,
		patched: object{"state": "active", "native_state": "active", "updated_at": today},
		found:   "name=half&state=active",
	},
	{
		path: "/v1/referrals", schema: "Referral",
		body: `{"publisher_id":"trackier:33","type":"percent","base":"profit","rate":"30.25","recurring":false}`,
		made: object{
			"publisher_id": "trackier:33", "type": "percent", "native_type": "percentage", "base": "profit", "native_base": "profit", "rate": "30.25",
			"recurring": false, "state": "active", "native_state": "true", "created_at": atNow,
		},
		patch: `{"publisher_id":"trackier:34","type":"amount","base":"payout","rate":"7","recurring":true,"state":"disabled"}`,
		patched: object{
			"publisher_id": "trackier:34", "type": "amount", "native_type": "amount", "base": "payout", "native_base": "payout", "rate": "7",
			"recurring": true, "state": "disabled", "native_state": "false", "updated_at": atNow,
		},
		found: "publisher_id=trackier:34&state=disabled",
	},
}

func TestTrackierRoundTrips(t *testing.T) {
	for name, config := range map[string]trackier.Config{
		"as documented": {}, "failures with a 200": {Status200: true}, "paths without /api": {Prefix: trackier.WithoutAPI},
	} {
		t.Run(name, func(t *testing.T) {
			g, server := startTrackierEditor(t, config)
			for _, test := range trackierRoundTrips {
				t.Run(test.path, func(t *testing.T) { test.runAt(g.in(t), "trackier") })
			}
			hashless(g, server)
		})
	}
}

// runAt makes the object of a round trip at a platform, changes it, finds it, and takes
// it away.
func (r *roundTrip) runAt(g *gateway, platform string) {
	t := g.t
	others := ids(g.list(r.path + "?limit=1000").Data)
	made := g.made(r.path, r.body)
	native, _ := made["native_id"].(string)
	want := identified(platform, native, maps.Clone(r.made))
	same(t, made, want)
	g.fits(r.schema, made)
	path := r.path + "/" + platform + ":" + native
	same(t, g.one(path), want)

	want = with(want, r.patched)
	changed := g.done("PATCH", path, r.patch, http.StatusOK)
	same(t, changed, want)
	g.fits(r.schema, changed)
	same(t, g.one(path), want)
	sameRows(t, g.list(r.path+"?"+r.found).Data, []object{want})
	sameSet(t, ids(g.list(r.path+"?limit=1000").Data), append(slices.Clone(others), platform+":"+native))

	g.gone("DELETE", path, "")
	g.problem(g.get(path), "not_found", 404)
	g.problem(g.send("PATCH", path, r.patch), "not_found", 404)
	g.problem(g.send("DELETE", path, ""), "not_found", 404)
	sameSet(t, ids(g.list(r.path+"?limit=1000").Data), others)
}

// hashless checks that no answer about a partner has the hash of a password.
func hashless(g *gateway, server *trackier.Server) {
	g.t.Helper()
	var answers []string
	for _, path := range []string{"/v1/publishers", "/v1/publishers/trackier:31", "/v1/merchants", "/v1/referrals"} {
		answers = append(answers, string(g.get(path+"?limit=1000&include=native").body), string(g.get(path).body))
	}
	made := g.send("POST", "/v1/publishers", `{"name":"a","email":"hash@mail.example","password":"secret-word"}`)
	id, _ := decode[map[string]any](g.t, made.body)["id"].(string)
	answers = append(answers, string(made.body), string(g.send("PATCH", "/v1/publishers/"+id, `{"password":"secret-word-2"}`).body))
	d := server.Data()
	for _, body := range answers {
		for _, p := range slices.Concat(d.Affiliates, d.Advertisers) {
			if strings.Contains(body, p.Password) {
				g.t.Fatalf("the hash of %s's password: %s", p.Name, body)
			}
		}
		if strings.Contains(body, `"password"`) || strings.Contains(body, "secret-word") {
			g.t.Fatalf("a password: %s", body)
		}
	}
	g.gone("DELETE", "/v1/publishers/"+id, "")
}

// An import is waited for, and its conversions are there when it is answered.
func TestTrackierImports(t *testing.T) {
	g, server := startTrackierEditor(t, trackier.Config{})
	before := server.Data().Conversions
	old := before[len(before)-1]
	if old.Status == trackier.Rejected {
		t.Fatal("the conversion to edit is rejected already")
	}
	job := g.made("/v1/imports", fmt.Sprintf(`{"platform":"trackier","conversions":[
		{"id":"trackier:%s","status":"rejected"},
		{"campaign_id":"trackier:17","publisher":{"id":"trackier:31"},"external_id":"A & B/1","occurred_at":"2026-11-18T20:00:00Z","status":"pending",
		 "amount":{"value":"99.5","currency":"EUR"},"commission":{"value":"2.1234","currency":"EUR"},"revenue":{"value":"4","currency":null},
		 "client":{"ips":["203.0.113.7"]},"sub_ids":{"1":"x"},"attribution":{"referrer":"https://shop.example/"}}]}`, old.ID))
	native, _ := job["native_id"].(string)
	want := identified("trackier", native, object{
		"name": "import.json.conversion", "status": "completed", "native_status": "completed", "created_at": atNow,
		"logs": []object{{"occurred_at": atNow, "message": "Total Processed: 2 | Imported: 1 | Edited: 1 | Errors: 0"}},
	})
	same(t, job, want)
	g.fits("Import", job)
	same(t, g.one("/v1/imports/trackier:"+native), want)
	sameRows(t, g.list("/v1/imports?native_id="+native).Data, []object{with(want, object{"logs": nil})})

	rows := g.list("/v1/conversions?external_id=A+%26+B%2F1").Data
	if len(rows) != 1 {
		t.Fatalf("%d conversions have the imported number", len(rows))
	}
	made := server.Data().Conversions[slices.IndexFunc(server.Data().Conversions, func(v trackier.Conversion) bool { return v.TxnID == "A & B/1" })]
	same(t, rows[0], identified("trackier", made.ID, object{
		"external_id": "A & B/1", "status": "pending", "native_status": "pending", "occurred_at": "2026-11-18T20:00:00Z",
		"amount": money(995, 1, "EUR"), "commission": money(21234, 4, "EUR"), "revenue": money(4, 0, "EUR"),
		"campaign_id": "trackier:17", "publisher": object{"id": "trackier:31"}, "client": object{"ips": []any{"203.0.113.0"}},
	}))
	if edited := g.one("/v1/conversions/trackier:" + old.ID); edited["status"] != "rejected" {
		t.Errorf("the conversion that was to be edited is %v", edited["status"])
	}
}

// More than ten wrong conversions end an import, which is no failure of the request.
func TestTrackierFailedImport(t *testing.T) {
	g, _ := startTrackierEditor(t, trackier.Config{})
	wrong := strings.TrimSuffix(strings.Repeat(`{"campaign_id":"trackier:999","publisher":{"id":"trackier:31"}},`, 12), ",")
	job := g.made("/v1/imports", `{"conversions":[`+wrong+`]}`)
	if job["status"] != "failed" || !strings.Contains(fmt.Sprint(job["logs"]), "Total Processed: 11 | Imported: 0 | Edited: 0 | Errors: 11") {
		t.Errorf("%v", job)
	}
}

// Everything that is wrong is named at once, and the network hears nothing of it.
func TestTrackierRefusedWrites(t *testing.T) {
	g, server := startTrackierEditor(t, trackier.Config{})
	server.Counter().Reset()
	for _, test := range []struct{ method, path, body, errors string }{
		{"POST", "/v1/publishers", `{"name":"a"}`, "email password"},
		{"POST", "/v1/publishers", `{"name":"a","email":"a@b.example","password":"p","company":"c","state":"active","currency":"EUR"}`, "company state currency"},
		{"POST", "/v1/publishers", `{"name":"a","email":"a@b.example","password":"p","contry":"DE","country":"de"}`, "contry country"},
		{"PATCH", "/v1/publishers/trackier:31", `{"company":"c","state":"deleted"}`, "company state"},
		{"PATCH", "/v1/publishers/trackier:31", `{"company":"c"}`, "company"},
		{"POST", "/v1/campaigns", `{"name":"c"}`, "url merchant_id payout.amount revenue.amount"},
		{"POST", "/v1/campaigns", `{"name":"c","url":"http://a","merchant_id":"trackier:1","payout":{"model":"CPS","amount":{"value":"1","currency":"USD"}}}`, "payout.percent revenue.percent payout.amount"},
		{
			"POST", "/v1/campaigns", `{"platform":"trackier","name":"c","url":"http://a","merchant_id":"affjet:1","alias":"x","payout":{"amount":{"value":"1","currency":"EUR"}},"revenue":{"amount":{"value":"1","currency":"USD"}}}`,
			"alias merchant_id payout.amount.currency",
		},
		{"PATCH", "/v1/campaigns/trackier:16", `{"merchant_id":"trackier:2","payout":{"percent":"5"}}`, "merchant_id payout.percent"},
		{"POST", "/v1/referrals", `{"publisher_id":"trackier:31","rate":"1","type":"share","state":"active"}`, "type state"},
		{"POST", "/v1/referrals", `{"publisher_id":"trackier:31","state":"active"}`, "state"},
		{"POST", "/v1/imports", `{"conversions":[]}`, "conversions"},
		{
			"POST", "/v1/imports", `{"conversions":[{"status":"refunded"},{"amount":{"value":"1","currency":"USD"},"revenue":{"value":"1","currency":"EUR"},"client":{"ips":["192.0.2.1","192.0.2.2"]},"sub_ids":{"5":"x"}}]}`,
			"conversions[0].status conversions[1].sub_ids.5 conversions[1].revenue.currency conversions[1].client.ips",
		},
	} {
		p := g.problem(g.send(test.method, test.path, test.body), "invalid_request", 400)
		got, want := named(p), strings.Fields(test.errors)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s %s: names %v, want %v", test.method, test.path, test.body, got, want)
		}
	}
	if n := server.Counter().Total(); n != 0 {
		t.Errorf("%d native requests", n)
	}
}

// What the network refuses is told as what it is.
func TestTrackierRefusals(t *testing.T) {
	for name, config := range map[string]trackier.Config{"with their own status": {}, "with a 200": {Status200: true}} {
		t.Run(name, func(t *testing.T) {
			g, server := startTrackierEditor(t, config)
			taken := server.Data().Affiliates[0].Email
			p := g.problem(g.send("POST", "/v1/publishers", `{"name":"a","email":"`+taken+`","password":"p"}`), "conflict", 409)
			if native, _ := p["native"].(map[string]any); native["code"] != "33" {
				t.Errorf("%v", p)
			}
			g.problem(g.send("POST", "/v1/publishers", `{"name":"a","email":"no address","password":"p"}`), "invalid_request", 400)
			g.problem(g.send("PATCH", "/v1/campaigns/trackier:999999", `{"name":"x"}`), "not_found", 404)
			g.problem(g.send("DELETE", "/v1/referrals/trackier:none", ""), "not_found", 404)
			g.problem(g.get("/v1/referrals/trackier:none"), "not_found", 404)
		})
	}
}
