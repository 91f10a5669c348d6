package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The samples of the documents, with nothing changed but base URL and key.
func TestNativeClients(t *testing.T) {
	p := newPlatforms(t)
	campaign := p.keitaro.Data().Campaigns[0].ID
	one := fmt.Sprintf("/native/keitaro/admin_api/v1/campaigns/%d", campaign)
	var lines []string
	for _, n := range p.native {
		lines = append(lines, n.caddyfile())
	}
	g, _ := startSite(t, "platform_proxy /native/*", append(lines, nativeClient)...)
	tests := []struct {
		name, method, path, body string
		header                   http.Header
		member                   string // of the answer
		value                    any
	}{
		// affjet: "as an apikey parameter of the request URL"
		{"affjet, query", "GET", "/native/affjet/externalclient/affiliateNetwork?apikey=" + key, "", nil, "result", 0.0},
		// affili: Bearer "YOUR_ACCESS_ID", with the quotes, and as other clients write it
		{"affili, quoted", "GET", "/native/affili/api/merchants/conversions", "", http.Header{"Authorization": {`Bearer "` + key + `"`}}, "status", "ok"},
		{"affili, unquoted", "GET", "/native/affili/api/merchants/conversions", "", http.Header{"Authorization": {"bearer " + key}}, "status", "ok"},
		// keitaro: Api-Key, and Authorization of newer versions; a report by POST
		{"keitaro", "GET", one, "", http.Header{"Api-Key": {key}}, "id", float64(campaign)},
		{"keitaro, bearer", "GET", one, "", http.Header{"Authorization": {"Bearer " + key}}, "id", float64(campaign)},
		{
			"keitaro, report", "POST", "/native/keitaro/admin_api/v1/report/build",
			`{"range":{"from":"2026-11-18","to":"2026-11-19","timezone":"Europe/Madrid"},"grouping":["campaign_id"],"metrics":["clicks"],"filters":[{"name":"campaign_id","operator":"EQUALS","expression":-1}]}`,
			http.Header{"Api-Key": {key}},
			"total", 0.0,
		},
		// trackfinity: the key may come in either of its two places
		{"trackfinity", "GET", "/native/trackfinity/api/ping", "", http.Header{"Api-Key": {key}, "Api-Username": {"productsupport"}}, "", true},
		{"trackfinity, key as the user", "GET", "/native/trackfinity/api/ping", "", http.Header{"Api-Key": {"x"}, "Api-Username": {key}}, "", true},
		// trackier: X-Api-Key, or the query parameter apiKey
		{"trackier, header", "GET", "/native/trackier/api/network/account", "", http.Header{"X-Api-Key": {key}}, "success", true},
		{"trackier, query", "GET", "/native/trackier/api/network/account?apiKey=" + key, "", nil, "success", true},
		// the gateway's own places work everywhere
		{"affjet, bearer", "GET", "/native/affjet/externalclient/affiliateNetwork", "", http.Header{"Authorization": {"Bearer " + key}}, "result", 0.0},
		{"affjet, X-Api-Key", "GET", "/native/affjet/externalclient/affiliateNetwork?", "", http.Header{"X-Api-Key": {key}}, "result", 0.0},
		{"trackfinity, bearer", "GET", "/native/trackfinity/api/ping", "", http.Header{"Authorization": {"Bearer " + key}}, "", true},
		// what a real client sends besides
		{"keitaro, GET with a body", "GET", one, "{}", http.Header{"Api-Key": {key}}, "id", float64(campaign)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := g.native(test.method, test.path, test.body, test.header)
			var got any
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			if test.member != "" {
				got = got.(map[string]any)[test.member]
			}
			if got != test.value {
				t.Errorf("%s is %v, want %v, in %.300s", test.member, got, test.value, body)
			}
		})
	}
}

// native makes a request without any key but those in it.
func (g *gateway) native(method, path, body string, header http.Header) (status int, text string) {
	g.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, reader)
	if err != nil {
		g.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// What the gateway passes on is what the platform itself would have said.
func TestNativeAnswersAreThePlatformsOwn(t *testing.T) {
	p := newPlatforms(t)
	n := p.native["keitaro"]
	g, _ := startSite(t, "platform_proxy /native/*", n.caddyfile(), nativeClient)
	for _, path := range []string{"/admin_api/v1/campaigns", "/admin_api/v1/offers", "/admin_api/v1/no/such/thing"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", n.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Api-Key", "keitaro-secret")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		status, got := g.native("GET", "/native/keitaro"+path, "", http.Header{"Api-Key": {key}})
		if status != resp.StatusCode || got != string(want) {
			t.Errorf("%s: got %d %.200s\nwant %d %.200s", path, status, got, resp.StatusCode, want)
		}
	}
}

// Some clients drop the path of their base URL: a whole site speaks one dialect.
func TestNativeWholeSite(t *testing.T) {
	p := newPlatforms(t)
	g, _ := startSite(t, "platform_proxy * keitaro", p.native["keitaro"].caddyfile(), nativeClient)
	id := p.keitaro.Data().Campaigns[0].ID
	path := fmt.Sprintf("/admin_api/v1/campaigns/%d", id)
	status, body := g.native("GET", path, "", http.Header{"Api-Key": {key}})
	if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"id":%d,`, id)) {
		t.Errorf("%d %.200s", status, body)
	}
	status, body = g.native("GET", path, "", nil)
	if status != http.StatusUnauthorized || !strings.HasPrefix(body, `{"error":"no client key`) {
		t.Errorf("%d %s", status, body)
	}
}

// A client with an account of its own speaks natively with that.
func TestNativeClientWithItsOwnAccount(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	g, _ := startSite(t, "platform_proxy /native/*",
		platformBlock("affjet", "", raw.url+"/externalclient", "credential api_key common-credential"), nativeClient,
		"client agency {\nkey_sha256 "+digest("agency-key")+"\nscopes native\ncredential affjet api_key agencys-credential\n}")
	for client, want := range map[string]string{key: "common-credential", "agency-key": "agencys-credential"} {
		g.native("GET", "/native/affjet/externalclient/transaction?apikey="+client, "", nil)
		if got := firstLine(raw.last(t)); got != "GET /externalclient/transaction?apikey="+want+" HTTP/1.1" {
			t.Errorf("with the key %s: %s", client, got)
		}
	}
}

func TestNativeServerWithAnotherPath(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	tests := []struct{ name, server, path, want string }{
		{"behind another proxy", "/affjet/externalclient", "/externalclient/merchant", "/affjet/externalclient/merchant"},
		{"all of the host behind another proxy", "/affjet/externalclient", "/else", "/affjet/else"},
		{"in place of the documented path", "/v2", "/externalclient/merchant", "/v2/merchant"},
		{"at the root", "", "/externalclient/merchant", "/merchant"},
		{"as documented", "/externalclient", "/externalclient/merchant", "/externalclient/merchant"},
		{"as documented, elsewhere on the host", "/externalclient", "/else", "/else"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, _ := startSite(t, "platform_proxy /native/*", platformBlock("affjet", "", raw.url+test.server, "credential api_key secret-of-affjet"), nativeClient)
			g.native("GET", "/native/affjet"+test.path+"?apikey="+url.QueryEscape(key), "", nil)
			if got := firstLine(raw.last(t)); got != "GET "+test.want+"?apikey=secret-of-affjet HTTP/1.1" {
				t.Errorf("got %s", got)
			}
		})
	}
	t.Run("outside of what stands for it", func(t *testing.T) {
		before := raw.count()
		g, _ := startSite(t, "platform_proxy /native/*", platformBlock("affjet", "", raw.url+"/v2", "credential api_key secret-of-affjet"), nativeClient)
		status, body := g.native("GET", "/native/affjet/else?apikey="+key, "", nil)
		if status != http.StatusOK || body != `{"result":300,"errors":["documented paths of affjet begin with /externalclient"]}` || raw.count() != before {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestNativeBasePath(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	g, _ := startSite(t, "platform_proxy {\nbase_path /p/q\n}\nrespond next",
		platformBlock("keitaro", "", raw.url, keitaroCredential), nativeClient)
	tests := []struct {
		path   string
		status int
		answer string
	}{
		{"/p/q/keitaro/x", http.StatusOK, "{}"},
		{"/p/q/keitaro", http.StatusOK, "{}"},
		{"/p/qq/keitaro/x", http.StatusOK, "next"},
		{"/P/q/keitaro/x", http.StatusOK, "next"},
		{"/p%2Fq/keitaro/x", http.StatusOK, "next"},
		{"/", http.StatusOK, "next"},
	}
	for _, test := range tests {
		status, body := g.native("GET", test.path, "", http.Header{"Api-Key": {key}})
		if status != test.status || body != test.answer {
			t.Errorf("%s: %d %s", test.path, status, body)
		}
	}
	for _, path := range []string{"/p/q", "/p/q/", "/p/q//keitaro/x", "/p/q/Keitaro/x"} {
		g.problem(g.do("GET", path, nil, nil), "not_found", http.StatusNotFound)
	}
}

// Where something else has established who is calling, what it went by stays here.
func TestNativeIdentityOfAnotherProvider(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	g, _ := startSite(t, "platform_proxy /native/* {\nidentity {http.request.header.X-User}\n}",
		platformBlock("keitaro", "", raw.url, keitaroCredential), nativeClient)
	status, _ := g.native("GET", "/native/keitaro/x", "", http.Header{"X-User": {"tester"}, "Authorization": {"Bearer a.jwt"}, "Cookie": {"session=a.jwt"}, "Api-Key": {"whatever"}})
	if status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if got, _ := header(raw.last(t), "Api-Key"); got != "secret-of-keitaro" {
		t.Errorf("the platform's key is %q", got)
	}
	for _, name := range []string{"Authorization", "Cookie"} {
		if got, ok := header(raw.last(t), name); ok {
			t.Errorf("the platform got %s: %q", name, got)
		}
	}
	if status, _ := g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}}); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
}

// Clients of the clients file have rules as well.
func TestNativeRulesOfTheClientsFile(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	file := filepath.Join(t.TempDir(), "clients.json")
	content := `{"clients": [{"name": "partner", "key_sha256": ["` + keyDigest + `"], "scopes": ["native"], "native": [{"platform": "keitaro", "methods": ["GET"], "paths": ["/a/*"]}]}]}`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	g, _ := startSite(t, "platform_proxy", platformBlock("keitaro", "", raw.url, keitaroCredential), "clients_file "+file)
	for path, want := range map[string]int{"/a/b": http.StatusOK, "/b": http.StatusForbidden} {
		if status, body := g.native("GET", "/native/keitaro"+path, "", http.Header{"Api-Key": {key}}); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
