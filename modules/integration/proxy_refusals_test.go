package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Each refusal in each platform's own words. %s is the message.
var nativeForms = map[string]struct {
	unauthenticated, forbidden string
	status                     [2]int
	mediaType                  string
	header                     func(key string) http.Header
	query                      string
}{
	"affili": {
		unauthenticated: `{"status":"error","errors":{"msg":%s}}`, forbidden: `{"status":"error","errors":{"msg":%s}}`,
		status: [2]int{401, 403}, mediaType: "application/json",
		header: func(key string) http.Header { return http.Header{"Authorization": {`Bearer "` + key + `"`}} },
	},
	"affjet": {
		unauthenticated: `{"result":100,"errors":[%s]}`, forbidden: `{"result":100,"errors":[%s]}`,
		status: [2]int{200, 200}, mediaType: "application/json;charset=UTF-8", query: "apikey",
	},
	"keitaro": {
		unauthenticated: `{"error":%s}`, forbidden: `{"error":%s}`, status: [2]int{401, 403}, mediaType: "application/json",
		header: func(key string) http.Header { return http.Header{"Api-Key": {key}} },
	},
	"trackfinity": {
		unauthenticated: `{"error":%s}`, forbidden: `{"error":%s}`, status: [2]int{401, 403}, mediaType: "application/json",
		header: func(key string) http.Header { return http.Header{"Api-Key": {key}, "Api-Username": {"user"}} },
	},
	"trackier": {
		unauthenticated: `{"success":false,"error":{"code":13,"message":%s}}`, forbidden: `{"success":false,"error":{"code":5,"message":%s}}`,
		status: [2]int{401, 403}, mediaType: "application/json", query: "apiKey",
	},
}

func TestNativeRefusalsSpeakThePlatformsDialect(t *testing.T) {
	p := newPlatforms(t)
	var lines []string
	for _, n := range p.native {
		lines = append(lines, n.caddyfile())
	}
	g, _ := startSite(t, "platform_proxy /native/*", append(lines, nativeClient,
		"client reader {\nkey_sha256 "+digest("reader-key")+"\nscopes read write admin secrets\n}",
		"client elsewhere {\nkey_sha256 "+digest("elsewhere-key")+"\nscopes native\nallow_ips 192.0.2.1\n}",
	)...)
	for name, form := range nativeForms {
		check := func(t *testing.T, key, template, message string, status int) {
			t.Helper()
			path := "/native/" + name + "/x"
			var h http.Header
			switch {
			case key == "":
			case form.query != "":
				path += "?" + form.query + "=" + key
			default:
				h = form.header(key)
			}
			got, body := g.native("GET", path, "", h)
			quoted, err := json.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf(template, quoted); got != status || body != want {
				t.Errorf("got %d %s\nwant %d %s", got, body, status, want)
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Run("no key", func(t *testing.T) {
				check(t, "", form.unauthenticated, `no client key was sent; send it where the platform's own key would be, or as "Authorization: Bearer KEY" or "X-Api-Key: KEY"`, form.status[0])
			})
			t.Run("wrong key", func(t *testing.T) {
				check(t, "wrong", form.unauthenticated, "the client key is not known to this gateway", form.status[0])
			})
			t.Run("the platform's own key", func(t *testing.T) {
				check(t, name+"-secret", form.unauthenticated, "the client key is not known to this gateway", form.status[0])
			})
			t.Run("no scope", func(t *testing.T) {
				check(t, "reader-key", form.forbidden, "the client lacks the scope native", form.status[1])
			})
		})
	}
	for name, n := range p.native {
		if total := n.counter.Total(); total != 0 {
			t.Errorf("%s was asked %d times", name, total)
		}
	}

	t.Run("another address", func(t *testing.T) {
		status, body := g.native("GET", "/native/trackier/x", "", http.Header{"X-Api-Key": {"elsewhere-key"}})
		if status != http.StatusForbidden || !strings.HasPrefix(body, `{"success":false,"error":{"code":41,"message":"the address 127.0.0.1 is not on the allowlist`) {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("a platform that there is not", func(t *testing.T) {
		a := g.do("GET", "/native/nothing/x", nil, nil)
		if a.status != http.StatusNotFound || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("fields of a refusal", func(t *testing.T) {
		answer := g.sendRaw("GET /native/affili/x HTTP/1.1\r\nHost: gateway.example\r\nOrigin: https://page.example\r\nConnection: close\r\n\r\n")
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Cache-Control": "private, no-store",
			"Www-Authenticate": `Bearer realm="tributary"`, "Access-Control-Allow-Origin": "*",
		} {
			if got, _ := header(answer, name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

func TestNativeLimitsOfAClient(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	g, _ := startSite(t, "platform_proxy /native/*",
		platformBlock("trackier", "", raw.url, "credential api_key secret-of-trackier"),
		platformBlock("other", "trackier", raw.url, "credential api_key secret-of-trackier"),
		"client rated {\nkey_sha256 "+digest("rated-key")+"\nscopes native\nplatforms trackier\nrate 1 1h\n}")
	if status, body := g.native("GET", "/native/other/x", "", http.Header{"X-Api-Key": {"rated-key"}}); status != http.StatusForbidden ||
		body != `{"success":false,"error":{"code":5,"message":"the client may not use the platform other"}}` {
		t.Errorf("%d %s", status, body)
	}
	answer := g.sendRaw("GET /native/trackier/x HTTP/1.1\r\nHost: gateway.example\r\nX-Api-Key: rated-key\r\nConnection: close\r\n\r\n")
	if status := firstLine(answer); status != "HTTP/1.1 429 Too Many Requests" || bodyOf(answer) != `{"success":false,"error":{"code":40,"message":"client \"rated\" may send 1 requests in 1h"}}` {
		t.Errorf("%s", answer)
	}
	if wait, _ := header(answer, "Retry-After"); wait == "" {
		t.Error("the refusal does not say how long to wait")
	}
	if left, _ := header(answer, "RateLimit"); !strings.HasPrefix(left, `"default";r=0;`) {
		t.Errorf("RateLimit is %q", left)
	}
	if raw.count() != 0 {
		t.Error("the platform was asked")
	}
}

func TestNativePlatformThatIsAway(t *testing.T) {
	g, _ := startSite(t, "platform_proxy /native/*",
		platformBlock("affjet", "", "http://"+freeAddress(t)+"/externalclient", affjetCredential+"\nbreaker 2 1h"), nativeClient)
	for _, want := range []string{
		"affjet cannot be reached: the connection was refused",
		"affjet cannot be reached: the connection was refused",
		"affjet has failed 2 times in a row; the gateway gives it a pause",
	} {
		status, body := g.native("GET", "/native/affjet/externalclient/transaction?apikey="+key, "", nil)
		if status != http.StatusServiceUnavailable || body != `{"result":400,"errors":["`+want+`"]}` {
			t.Errorf("%d %s", status, body)
		}
	}
}

// The breaker is the same that the unified API has.
func TestNativeServerErrorsPassAndAreCounted(t *testing.T) {
	g, raw := proxied(t, "keitaro", keitaroCredential+"\nbreaker 1 1h", "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops")
	status, body := g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
	if status != http.StatusInternalServerError || body != "oops" {
		t.Errorf("%d %s", status, body)
	}
	status, body = g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "gives it a pause") || raw.count() != 1 {
		t.Errorf("%d %s", status, body)
	}
}

func TestNativeRules(t *testing.T) {
	raw := newRawPlatform(t, emptyAnswer)
	g, _ := startSite(t, "platform_proxy /native/*",
		platformBlock("affjet", "", raw.url+"/externalclient", affjetCredential),
		platformBlock("keitaro", "", raw.url, keitaroCredential),
		"client partner {\nkey_sha256 "+keyDigest+"\nscopes native\n"+"native affjet GET /externalclient/merchant /externalclient/transaction/*\nnative keitaro POST,PUT /admin_api/v1/campaigns/*/clone\n}")
	tests := []struct {
		method, path string
		allowed      bool
	}{
		{"GET", "/affjet/externalclient/merchant", true},
		{"HEAD", "/affjet/externalclient/merchant", true},
		{"POST", "/affjet/externalclient/merchant", false},
		{"GET", "/affjet/externalclient/merchant/", false},
		{"GET", "/affjet/externalclient/Merchant", false},
		{"GET", "/affjet/externalclient/merchant/1", false},
		{"GET", "/affjet/externalclient/transaction", false},
		{"GET", "/affjet/externalclient/transaction/", true},
		{"GET", "/affjet/externalclient/transaction/1/2", true},
		{"GET", "/affjet/externalclient/%74ransaction/1", true},
		{"GET", "/affjet/externalclient//merchant", false},
		{"GET", "/affjet//externalclient/merchant", false},
		{"GET", "/affjet/externalclient/transaction/a%2Fb", false},
		{"GET", "/affjet/externalclient/transaction/a%252Fb", false},
		{"GET", "/affjet/externalclient/transaction/a%5Cb", false},
		{"GET", "/affjet/externalclient%2Fmerchant", false},
		{"GET", "/affjet/externalclient/overview", false},
		{"POST", "/keitaro/admin_api/v1/campaigns/1/clone", true},
		{"PUT", "/keitaro/admin_api/v1/campaigns/1/clone", true},
		{"GET", "/keitaro/admin_api/v1/campaigns/1/clone", false},
		{"POST", "/keitaro/admin_api/v1/campaigns/1/2/clone", false},
		{"POST", "/keitaro/admin_api/v1/campaigns//clone", false},
		{"POST", "/keitaro/admin_api/v1/campaigns/1/clone?_method=DELETE", false},
		{"GET", "/keitaro/externalclient/merchant", false},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			before := raw.count()
			g.native(test.method, "/native"+test.path, "", http.Header{"Authorization": {"Bearer " + key}})
			if asked := raw.count() > before; asked != test.allowed {
				t.Errorf("the platform was asked: %v", asked)
			}
		})
	}
	t.Run("in the platform's words", func(t *testing.T) {
		status, body := g.native("GET", "/native/affjet/externalclient/overview?apikey="+key, "", nil)
		if status != http.StatusOK || body != `{"result":100,"errors":["the client's native rules do not allow this GET"]}` {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("a method in disguise", func(t *testing.T) {
		before := raw.count()
		g.native("POST", "/native/keitaro/admin_api/v1/campaigns/1/clone", "", http.Header{"Api-Key": {key}, "X-Http-Method-Override": {"DELETE"}})
		if raw.count() > before {
			t.Error("the platform was asked")
		}
	})
}

// No client reaches what is not below the platform's documented paths, rules or not.
func TestNativeDotSegments(t *testing.T) {
	g, raw := proxied(t, "keitaro", keitaroCredential, emptyAnswer)
	for _, path := range []string{
		"/a/../b", "/a/./b", "/..", "/a/%2e%2e/b", "/a/%2E./b", "/a/..%2fb", "/a/..%5cb", `/a\..\b`, "/a/%252e%252e/b", "/a/..;x=1/b", "/a/..%20/b",
	} {
		answer := g.sendRaw("GET /native/keitaro" + path + " HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
		if firstLine(answer) == "HTTP/1.1 200 OK" && bodyOf(answer) == "{}" {
			t.Errorf("%s passed", path)
		}
	}
	if raw.count() != 0 {
		t.Errorf("the platform was asked: %q", raw.requests)
	}
	for _, path := range []string{"/a/...", "/a/.b", "/a..b", "/a/b.", "/a/x..;y"} {
		answer := g.sendRaw("GET /native/keitaro" + path + " HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
		if firstLine(answer) != "HTTP/1.1 200 OK" || firstLine(raw.last(t)) != "GET "+path+" HTTP/1.1" {
			t.Errorf("%s: %s", path, firstLine(answer))
		}
	}
}

func TestNativePreflights(t *testing.T) {
	p := newPlatforms(t)
	g, _ := startSite(t, "platform_proxy /native/*", p.native["affili"].caddyfile(), p.native["keitaro"].caddyfile(), nativeClient)
	ask := func(platform string) string {
		return g.sendRaw("OPTIONS /native/" + platform + "/api/merchants/conversions HTTP/1.1\r\nHost: gateway.example\r\nOrigin: https://page.example\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n\r\n")
	}
	answer := ask("affili")
	if origin, _ := header(answer, "Access-Control-Allow-Origin"); firstLine(answer) != "HTTP/1.1 204 No Content" || origin != "*" {
		t.Errorf("answered %s", answer)
	}
	if answer := ask("keitaro"); firstLine(answer) != "HTTP/1.1 401 Unauthorized" {
		t.Errorf("a platform that says nothing of browsers: %s", answer)
	}
	status, _ := g.native("OPTIONS", "/native/affili/api/merchants/conversions", "", nil)
	if status != http.StatusUnauthorized {
		t.Errorf("an OPTIONS that is no preflight: %d", status)
	}
}

func TestNativeConfigurationsThatAreRefused(t *testing.T) {
	platform := platformBlock("affjet", "", "http://127.0.0.1:1/externalclient", affjetCredential)
	tests := []struct{ name, site, lines, want string }{
		{"unknown platform", "platform_proxy * nothing", platform, `there is no platform "nothing"`},
		{"two platforms", "platform_proxy * affjet other", platform, "wrong argument count"},
		{"unknown subdirective", "platform_proxy {\nbase_pth /x\n}", platform, "unrecognized subdirective 'base_pth'"},
		{"base path without a slash", "platform_proxy {\nbase_path native\n}", platform, "base_path has to start with a slash"},
		{"base path twice", "platform_proxy {\nbase_path /a\nbase_path /b\n}", platform, "base_path already specified"},
		{"rule without the scope", "platform_proxy", platform + "client x {\nkey_sha256 " + keyDigest + "\nnative affjet\n}", "native rules have no effect without the scope native"},
		{"rule for an unknown platform", "platform_proxy", platform + "client x {\nkey_sha256 " + keyDigest + "\nscopes native\n" + "native afjet\n}", `a native rule is for the platform "afjet", which there is not`},
		{"rule for a platform of others", "platform_proxy", platform + platformBlock("other", "affjet", "http://127.0.0.1:1", affjetCredential) + "client x {\nkey_sha256 " + keyDigest + "\nscopes native\nplatforms affjet\n" + "native other\n}", "which is not among the client's platforms"},
		{"rule with a path that is no path", "platform_proxy", platform + "client x {\nkey_sha256 " + keyDigest + "\nscopes native\n" + "native affjet GET externalclient\n}", "it has to begin with a slash"},
		{"the same rule twice", "platform_proxy", platform + "client x {\nkey_sha256 " + keyDigest + "\nscopes native\n" + "native affjet GET\nnative affjet GET\n}", "native already specified: affjet GET"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &gateway{t: t, address: freeAddress(t), data: t.TempDir()}
			g.url = "http://" + g.address
			err := g.tryLoadSite(test.site, g.data+"/log", test.lines)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

// Whatever happens, neither credentials nor client keys are in the log.
func TestNativeSecretsAreNotLogged(t *testing.T) {
	raw := newRawPlatform(t, "HTTP/1.1 302 Found\r\nLocation: /x?apikey=secret-of-affjet\r\nSet-Cookie: s=secret-of-affjet\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	g, log := startSite(t, "platform_proxy /native/*",
		platformBlock("affjet", "", raw.url+"/externalclient", affjetCredential),
		platformBlock("trackier", "", raw.url, "credential api_key secret-of-trackier"),
		platformBlock("trackfinity", "", raw.url, "credential api_key secret-of-trackfinity\ncredential api_username user-of-trackfinity"),
		platformBlock("away", "affjet", "http://"+freeAddress(t), affjetCredential), nativeClient)
	requests := []struct {
		path   string
		header http.Header
	}{
		{"/native/affjet/externalclient/x?apikey=" + key, nil},
		{"/native/away/externalclient/x?apikey=" + key, nil},
		{"/native/nothing/x?apikey=" + key, http.Header{"X-Api-Key": {key}}},
		{"/native/trackier/x?apiKey=" + key, nil},
		{"/native/trackier/x", http.Header{"X-Api-Key": {key}}},
		{"/native/trackfinity/x", http.Header{"Api-Key": {key}, "Api-Username": {key}}},
		{"/native/trackfinity/x", http.Header{"Authorization": {"Bearer " + key}}},
	}
	for _, r := range requests {
		g.native("GET", r.path, "", r.header)
	}
	g.loadSite("respond ok", g.data+"/other") // the log of what ran before is complete
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "handled request"); n != len(requests) {
		t.Errorf("the log has %d requests, want %d", n, len(requests))
	}
	for _, secret := range []string{key, "secret-of-affjet", "secret-of-trackier", "secret-of-trackfinity", "user-of-trackfinity"} {
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.Contains(line, secret) {
				t.Errorf("%s is in the log: %s", secret, line)
			}
		}
	}
	if !strings.Contains(string(text), `"user_id":"tester"`) {
		t.Error("the log does not name the client")
	}
}
