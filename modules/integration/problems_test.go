package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestClientsAreRefused(t *testing.T) {
	p := newPlatforms(t)
	// printf %s far-key | sha256sum and so on
	g := start(t, p.native["affjet"].caddyfile(), client,
		"client far {\nkey_sha256 "+digest("far-key")+"\nallow_ips 203.0.113.0/24\n}",
		"client narrow {\nkey_sha256 "+digest("narrow-key")+"\nplatforms keitaro\n}",
		"client writer {\nkey_sha256 "+digest("writer-key")+"\nscopes write\n}",
		"client slow {\nkey_sha256 "+digest("slow-key")+"\nrate 2 1m\n}", p.native["keitaro"].caddyfile())
	as := func(key string) http.Header { return http.Header{"X-Api-Key": {key}} }
	const path = "/v1/conversions?platform=affjet&limit=1"

	g.problem(g.do("GET", path, http.Header{"X-Api-Key": nil}, nil), "unauthenticated", 401)
	wrong := g.do("GET", path, as("wrong"), nil)
	g.problem(wrong, "unauthenticated", 401)
	if wrong.header.Get("WWW-Authenticate") == "" {
		t.Error("a 401 without a challenge")
	}
	// a key of the platform is no key of the gateway
	g.problem(g.do("GET", path, as("affjet-secret"), nil), "unauthenticated", 401)
	g.problem(g.do("GET", path+"&apikey="+key, http.Header{"X-Api-Key": nil}, nil), "unauthenticated", 401)
	g.problem(g.do("GET", path, as("far-key"), nil), "ip_not_allowed", 403)
	g.problem(g.do("GET", path, as("narrow-key"), nil), "forbidden", 403)
	g.problem(g.do("GET", path, as("writer-key"), nil), "forbidden", 403)
	if a := g.do("GET", path, http.Header{"X-Api-Key": nil, "Authorization": {"Bearer " + key}}, nil); a.status != 200 {
		t.Errorf("the key as a bearer token: %d %s", a.status, a.body)
	}
	for range 2 {
		if a := g.do("GET", path, as("slow-key"), nil); a.status != 200 || a.header.Get("RateLimit") == "" || a.header.Get("RateLimit-Policy") == "" {
			t.Fatalf("within the rate: %d, RateLimit %q", a.status, a.header.Get("RateLimit"))
		}
	}
	limited := g.do("GET", path, as("slow-key"), nil)
	g.problem(limited, "rate_limited", 429)
	if limited.header.Get("Retry-After") == "" {
		t.Error("a 429 without Retry-After")
	}
}

func TestWrongRequestsAreNamed(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	for path, parameters := range map[string][]string{
		"/v1/conversions?stauts=approved":                      {"stauts"},
		"/v1/conversions?status=aproved&limit=abc":             {"status", "limit"},
		"/v1/conversions?occurred_from=yesterday":              {"occurred_from"},
		"/v1/conversions?merchant_id=12":                       {"merchant_id"},
		"/v1/conversions?amount_min=1e3":                       {"amount_min"},
		"/v1/conversions?sort=nothing":                         {"sort"},
		"/v1/conversions?include=everything":                   {"include"},
		"/v1/conversions?platform=nowhere":                     {"platform"},
		"/v1/conversions?merchant_id=nowhere:1,affjet:2":       {"merchant_id"},
		"/v1/conversions?sort=nothing&sort=nought":             {"sort", "sort"},
		"/v1/conversions?limit=all":                            {"limit"},
		"/v1/conversions?limit=1001":                           {"limit"},
		"/v1/reports?from=2026-02-30&to=2026-03-01&metrics=xx": {"from", "metrics"},
	} {
		problem := g.problem(g.get(path), "invalid_request", 400)
		var named []string
		errors, _ := problem["errors"].([]any)
		for _, e := range errors {
			named = append(named, fmt.Sprint(e.(map[string]any)["parameter"]))
		}
		slices.Sort(named)
		slices.Sort(parameters)
		if !slices.Equal(named, parameters) {
			t.Errorf("%s: named %v, want %v", path, named, parameters)
		}
	}
	if n := p.affjet.Counter().Total(); n != 0 {
		t.Errorf("%d native requests for requests that were refused", n)
	}
	g.problem(g.get("/v1/conversions?cursor=abc"), "invalid_cursor", 400)
	first := g.list("/v1/conversions?limit=5")
	g.problem(g.get("/v1/conversions?limit=5&status=approved&cursor="+*first.Page.NextCursor), "invalid_cursor", 400)
	g.problem(g.get("/v1/nothing"), "not_found", 404)
	g.problem(g.get("/v1/conversions/affjet:nope"), "not_found", 404)
	g.problem(g.get("/v1/conversions/elsewhere:1"), "not_found", 404)
	refused := g.do("DELETE", "/v1/conversions", nil, nil)
	g.problem(refused, "method_not_allowed", 405)
	if refused.header.Get("Allow") == "" {
		t.Error("a 405 without Allow")
	}
	g.problem(g.get("/v1/campaigns/elsewhere:1/streams"), "not_found", 404)
	g.problem(g.get("/v1/campaigns/affjet:1/streams"), "unsupported_by_platform", 422)
	unsupported := g.problem(g.get("/v1/streams?platform=affjet"), "unsupported_by_platform", 422)
	if unsupported["platform"] != "affjet" {
		t.Errorf("%v does not name the platform", unsupported)
	}
	g.problem(g.do("POST", "/v1/conversions/query", http.Header{"Content-Type": {"text/xml"}}, strings.NewReader("<x/>")), "unsupported_media_type", 415)
	g.problem(g.post("/v1/conversions/query", strings.Repeat(" ", 1<<20+1)+"{}"), "payload_too_large", 413)
	g.problem(g.post("/v1/conversions/query", `{"limit":1,}`), "invalid_request", 400)
	g.problem(g.post("/v1/conversions/query", `{"filters":[{"field":"amount","op":"like"}]}`), "invalid_request", 400)
}

// What a platform does wrong is told of that platform alone, and never kills the
// gateway or shows a secret.
func TestPlatformFaults(t *testing.T) {
	p := newPlatforms(t)
	affjet := p.native["affjet"]
	affjet.block += "\ntimeout 1s\nbreaker 1000 1s\n"
	g := start(t, affjet.caddyfile(), client)
	const path = "/v1/conversions?limit=1"
	for _, test := range []struct {
		name   string
		fault  kit.Fault
		code   string
		status int
	}{
		{"dead", kit.Fault{Drop: true}, "platform_unavailable", 503},
		{"slow", kit.Fault{Delay: 3 * time.Second}, "platform_timeout", 504},
		{"cut off", kit.Fault{Truncate: 100}, "platform_invalid_response", 502},
		{"cut off with its connection", kit.Fault{Truncate: 100, Drop: true}, "platform_invalid_response", 502},
		{"HTML with 200", kit.Fault{HTML: true}, "platform_invalid_response", 502},
		{"garbage", kit.Fault{Status: 200, Body: `{"result":0,"dataList":[{]}`}, "platform_invalid_response", 502},
		{"other shape", kit.Fault{Status: 200, Body: `{"result":0,"dataList":{"a":1}}`}, "platform_invalid_response", 502},
		{"deep", kit.Fault{Status: 200, Body: strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)}, "platform_invalid_response", 502},
		{"rate", kit.Fault{Status: 429, Body: "slow down"}, "platform_rate_limited", 503},
		{"internal", kit.Fault{Status: 500, Body: "oops affjet-secret"}, "platform_error", 502},
		{"credential", kit.Fault{Status: 200, Body: `{"result":100,"errors":["apikey affjet-secret is not valid"]}`}, "platform_credentials_rejected", 502},
		{"parameter", kit.Fault{Status: 200, Body: `{"result":200,"errors":["dateFrom"]}`}, "invalid_request", 400},
		{"result 400", kit.Fault{Status: 200, Body: `{"result":400,"errors":["try later"]}`}, "platform_error", 502},
	} {
		t.Run(test.name, func(t *testing.T) {
			affjet.faults.Set(test.fault)
			defer affjet.faults.Clear()
			a := g.get(path)
			problem := g.problem(a, test.code, test.status)
			if problem["platform"] != "affjet" {
				t.Errorf("%v does not name the platform", problem)
			}
			if strings.Contains(string(a.body), "affjet-secret") {
				t.Errorf("a secret in %s", a.body)
			}
		})
	}
	affjet.faults.Clear()
	if a := g.get(path); a.status != 200 {
		t.Errorf("after all faults: %d %s", a.status, a.body)
	}
}

// The base path itself is the API's, and what only begins like it is not.
func TestTheBasePathItself(t *testing.T) {
	p := newPlatforms(t)
	g, _ := startSite(t, "unified_api /v1*\nrespond elsewhere 418", p.native["affjet"].caddyfile(), client)
	g.problem(g.get("/v1"), "not_found", 404)
	g.problem(g.get("/v1/"), "not_found", 404)
	if a := g.get("/v10"); a.status != 418 {
		t.Errorf("/v10: %d %s", a.status, a.body)
	}
}

func TestProblemPages(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	for _, code := range []string{
		"invalid_request", "invalid_cursor", "unauthenticated", "forbidden", "ip_not_allowed", "not_found", "method_not_allowed", "conflict",
		"request_in_progress", "request_interrupted", "idempotency_unavailable", "payload_too_large", "unsupported_media_type", "idempotency_key_reused", "scan_limit_exceeded", "unsupported_by_platform",
		"rate_limited", "platform_rate_limited", "platform_credentials_rejected", "platform_ip_not_allowed", "platform_account_locked", "platform_forbidden",
		"platform_error", "platform_invalid_response", "platform_unavailable", "platform_timeout", "internal",
	} {
		open := http.Header{"X-Api-Key": nil, "Accept": {"text/html"}}
		if a := g.do("GET", "/v1/problems/"+code, open, nil); a.status != 200 || !strings.Contains(string(a.body), "<code>"+code+"</code>") {
			t.Errorf("%s: %d %.80s", code, a.status, a.body)
		}
	}
	for _, path := range []string{"/v1/healthz", "/v1/readyz", "/v1/openapi.json"} {
		if a := g.do("GET", path, http.Header{"X-Api-Key": nil}, nil); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
