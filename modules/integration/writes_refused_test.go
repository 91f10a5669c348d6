package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestWritesAnswerAsTheContractSays(t *testing.T) {
	g, b, _ := startLedger(t)
	json := http.Header{"Content-Type": {"application/json"}}
	tests := []struct {
		method, path, body string
		status             int
		location           string
		native             string
	}{
		{"POST", "/v1/groups", springGroup, 201, "", `POST /groups {"name":"Spring","type":"campaigns"}`},
		{"POST", "/v1/groups?platform=ledger", `{"name":"Spring","type":"offers"}`, 201, "", `POST /groups {"name":"Spring","type":"offers"}`},
		{"POST", "/v1/groups", `{"name":"Spring","type":"offers"}`, 201, "", `POST /groups {"name":"Spring","type":"offers"}`},
		{"PATCH", "/v1/groups/ledger:1", `{"position":null}`, 200, "", `PATCH /groups/1 {"position":null}`},
		{"DELETE", "/v1/groups/ledger:1", "", 204, "", "DELETE /groups/1"},
		{"POST", "/v1/campaigns", `{"name":"Spring","state":"disabled"}`, 201, "/v1/campaigns/ledger:6", `POST /campaigns {"name":"Spring","state":"disabled"}`},
		{"POST", "/v1/campaigns/ledger:a%2Fb/clone", "", 201, "/v1/campaigns/ledger:7", "POST /campaigns/a/b/clone"},
		{"POST", "/v1/campaigns/ledger:9/enable", "{}", 200, "", "POST /campaigns/9/enable"},
		{"POST", "/v1/streams/copy", `{"stream_ids":["ledger:1","ledger:2"],"campaign_id":"ledger:3"}`, 204, "", `POST /streams/copy {"ids":["1","2"],"campaign_id":"3"}`},
	}
	for i, test := range tests {
		a := g.do(test.method, test.path, json, strings.NewReader(test.body))
		if a.status != test.status {
			t.Fatalf("%s %s: %d %s, want %d", test.method, test.path, a.status, a.body, test.status)
		}
		location := test.location
		if location != "" {
			location = g.url + location
		}
		if got := a.header.Get("Location"); got != location {
			t.Errorf("%s %s: at %q, want %q", test.method, test.path, got, location)
		}
		if a.status == 204 {
			if len(a.body) > 0 {
				t.Errorf("%s %s: %s", test.method, test.path, a.body)
			}
		} else if o := decode[map[string]any](t, a.body); o["id"] != fmt.Sprintf("ledger:%d", i+1) || o["platform"] != "ledger" {
			t.Errorf("%s %s: %s", test.method, test.path, a.body)
		}
		if got := b.read(); len(got) != i+1 || got[i] != test.native {
			t.Fatalf("%s %s: the platform was told %q, want %q", test.method, test.path, got[i:], test.native)
		}
	}
}

// A platform that has announced its end says so in every answer that it has a part in.
func TestDeprecatedPlatformsAreAnnounced(t *testing.T) {
	g, b, _ := startLedger(t)
	b.answering(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) })
	for _, a := range []answer{
		g.get("/v1/groups"), g.post("/v1/groups", springGroup), g.do("DELETE", "/v1/groups/ledger:1", nil, nil), g.get("/v1/campaigns/ledger:1"),
		g.post("/v1/streams/copy", `{"stream_ids":["ledger:1"],"campaign_id":"ledger:3"}`), // only the identifiers tell the platform
	} {
		// date -d 2022-12-01T00:00:00Z +%s; 2027 begins on a Friday
		if a.status >= 300 || a.header.Get("Deprecation") != "@1669852800" || a.header.Get("Sunset") != "Fri, 01 Jan 2027 00:00:00 GMT" ||
			a.header.Get("Link") != `<https://ledger.example/v2>; rel="deprecation"` {
			t.Errorf("%d %v %s", a.status, a.header, a.body)
		}
	}
	if a := g.get("/v1/platforms"); a.header.Get("Deprecation") != "" {
		t.Error("the gateway's own answers are not deprecated")
	}
}

// Everything that is wrong is named, before anything is sent.
func TestRefusedWrites(t *testing.T) {
	g, b, _ := startLedger(t)
	tests := []struct {
		name, method, path, media, body string
		code                            string
		status                          int
		errors                          string // parameters, in the order of the answer
	}{
		{"every wrong member", "POST", "/v1/groups?platfrom=x", "application/json", `{"nmae":"Spring","type":"pages","position":"1"}`, "invalid_request", 400, "platfrom nmae name type position"},
		{"not JSON", "POST", "/v1/groups", "application/json", `name=Spring`, "invalid_request", 400, "body"},
		{"no body", "PATCH", "/v1/groups/ledger:1", "application/json", "", "invalid_request", 400, "body"},
		{"a body for nothing", "POST", "/v1/campaigns/ledger:1/enable", "application/json", `{"name":"Spring"}`, "invalid_request", 400, "body"},
		{"an id of no form", "PATCH", "/v1/groups/1", "application/json", `{"name":"Spring","x":1}`, "invalid_request", 400, "id x"},
		{"a form", "POST", "/v1/groups", "application/x-www-form-urlencoded", springGroup, "unsupported_media_type", 415, ""},
		{"Latin-1", "POST", "/v1/groups", "application/json; charset=iso-8859-1", springGroup, "unsupported_media_type", 415, ""},
		{"too large", "POST", "/v1/groups", "application/json", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, "payload_too_large", 413, ""},
		{"a member for another scope", "POST", "/v1/campaigns", "application/json", `{"platform":"ledger","name":"Spring","token":"t"}`, "forbidden", 403, ""},
		{"two platforms", "POST", "/v1/groups?platform=other", "application/json", springGroup, "invalid_request", 400, "platform"},
		{"a key of no form", "POST", "/v1/groups", "application/json", springGroup, "invalid_request", 400, "Idempotency-Key"},
		{"no such operation there", "DELETE", "/v1/offers/ledger:1", "", "", "unsupported_by_platform", 422, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := g.in(t)
			h := http.Header{}
			if test.media != "" {
				h.Set("Content-Type", test.media)
			}
			if test.errors == "Idempotency-Key" {
				h.Set("Idempotency-Key", "a,b")
			}
			p := g.problem(g.do(test.method, test.path, h, strings.NewReader(test.body)), test.code, test.status)
			var names []string
			list, _ := p["errors"].([]any)
			for _, e := range list {
				names = append(names, e.(map[string]any)["parameter"].(string))
			}
			if got := strings.Join(names, " "); got != test.errors {
				t.Errorf("errors of %q, want %q: %v", got, test.errors, p)
			}
		})
	}
	b.has(t, 0)
}

func TestWritesNeedTheirScope(t *testing.T) {
	g, b, lines := startLedger(t)
	lines[2] = client // reads only
	g.load(lines...)
	for _, request := range []string{"POST /v1/groups", "PATCH /v1/groups/ledger:1", "DELETE /v1/groups/ledger:1", "POST /v1/campaigns/ledger:1/enable"} {
		method, path, _ := strings.Cut(request, " ")
		p := g.problem(g.do(method, path, nil, strings.NewReader(springGroup)), "forbidden", 403)
		if !strings.Contains(fmt.Sprint(p["detail"]), "scope write") {
			t.Errorf("%s: %v", request, p["detail"])
		}
	}
	lines[2] = "client tester {\nkey_sha256 " + keyDigest + "\nscopes read write\n}\n"
	g.load(lines...)
	p := g.problem(g.do("DELETE", "/v1/logs/system?platform=ledger", nil, nil), "forbidden", 403)
	if !strings.Contains(fmt.Sprint(p["detail"]), "scope admin") {
		t.Errorf("clearing a log: %v", p["detail"])
	}
	b.has(t, 0)
}

func TestMethodsOfARoute(t *testing.T) {
	g, _, _ := startLedger(t)
	for path, methods := range map[string]string{
		"/v1/groups": "GET, HEAD, POST", "/v1/groups/ledger:1": "DELETE, PATCH", "/v1/campaigns/ledger:1": "DELETE, GET, HEAD, PATCH",
		"/v1/campaigns/ledger:1/enable": "POST", "/v1/streams/copy": "POST", "/v1/labels": "GET, HEAD, PATCH",
	} {
		a := g.do("PUT", path, nil, nil)
		g.problem(a, "method_not_allowed", 405)
		if got := strings.Join(a.header.Values("Allow"), ", "); got != methods {
			t.Errorf("%s: Allow of a 405 is %q, want %q", path, got, methods)
		}
		a = g.do("OPTIONS", path, nil, nil)
		if got := a.header.Get("Allow"); a.status != 204 || got != methods+", OPTIONS" {
			t.Errorf("OPTIONS %s: %d %q", path, a.status, got)
		}
	}
	g.problem(g.do("OPTIONS", "/v1/nothing", nil, nil), "not_found", 404)
}
