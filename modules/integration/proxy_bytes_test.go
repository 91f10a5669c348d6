package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const affjetCredential = "credential api_key secret-of-affjet"

// proxied runs a gateway in front of a platform that answers with fixed bytes.
func proxied(t *testing.T, mapping, credentials, answer string) (*gateway, *rawPlatform) {
	t.Helper()
	raw := newRawPlatform(t, answer)
	server := raw.url
	if mapping == "affjet" {
		server += "/externalclient"
	}
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock(mapping, "", server, credentials), nativeClient)
	return g, raw
}

func TestNativePathsAndQueriesAreSentAsWritten(t *testing.T) {
	g, raw := proxied(t, "affjet", affjetCredential, emptyAnswer)
	tests := []struct{ name, sent, want string }{
		{"key in its place", "/x?a=1&apikey=test-key&b=2", "/x?a=1&apikey=secret-of-affjet&b=2"},
		{"key alone", "/x?apikey=test-key", "/x?apikey=secret-of-affjet"},
		{"key with an escape", "/x?api%6bey=test%2Dkey&b", "/x?apikey=secret-of-affjet&b"},
		{"key twice", "/x?apikey=test-key&c&apikey=other", "/x?apikey=secret-of-affjet&c"},
		{"semicolons", "/x?a=1;b=2&apikey=test-key", "/x?a=1;b=2&apikey=secret-of-affjet"},
		{"brackets and bare signs", "/x?a[]=1&a[]=2&b==&&c=%zz&+&apikey=test-key", "/x?a[]=1&a[]=2&b==&&c=%zz&+&apikey=secret-of-affjet"},
		{"question marks", "/x?a=b?c&apikey=test-key", "/x?a=b?c&apikey=secret-of-affjet"},
		{"escaped slash", "/x%2Fy%2fz?apikey=test-key", "/x%2Fy%2fz?apikey=secret-of-affjet"},
		{"needless escapes", "/%78/%7E~?apikey=test-key", "/%78/%7E~?apikey=secret-of-affjet"},
		{"signs", "/a;b=c,d/!$&'()*+=:@[]?apikey=test-key", "/a;b=c,d/!$&'()*+=:@[]?apikey=secret-of-affjet"},
		{"signs that should be escaped", `/a|b^c"d{e}?apikey=test-key`, `/a|b^c"d{e}?apikey=secret-of-affjet`},
		{"double slashes", "//x//y/?apikey=test-key", "//x//y/?apikey=secret-of-affjet"},
		{"bytes above ASCII", "/\xc3\xa9/\xff?q=\xc3\xa9&apikey=test-key", "/\xc3\xa9/\xff?q=\xc3\xa9&apikey=secret-of-affjet"},
		{"no path", "?apikey=test-key", "/?apikey=secret-of-affjet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := g.sendRaw("GET /native/affjet" + test.sent + " HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n")
			if firstLine(answer) != "HTTP/1.1 200 OK" {
				t.Fatalf("answered %q", answer)
			}
			if got := firstLine(raw.last(t)); got != "GET "+test.want+" HTTP/1.1" {
				t.Errorf("sent %q", got)
			}
		})
	}
}

func TestNativeRequestsWithoutAKeyInTheQuery(t *testing.T) {
	g, raw := proxied(t, "keitaro", "credential api_key secret-of-keitaro", emptyAnswer)
	for sent, want := range map[string]string{
		"/a?":          "/a?",
		"/a":           "/a",
		"/a?;":         "/a?;",
		"/a?apikey=x":  "/a?apikey=x",
		"/a?b=%2F%2f;": "/a?b=%2F%2f;",
	} {
		g.sendRaw("GET /native/keitaro" + sent + " HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
		if got := firstLine(raw.last(t)); got != "GET "+want+" HTTP/1.1" {
			t.Errorf("%s: sent %q", sent, got)
		}
	}
}

// What a platform gets is what its client sent: no field is invented, and none but
// those of the gateway's own business and of the connection is taken away.
func TestNativeRequestFields(t *testing.T) {
	g, raw := proxied(t, "keitaro", "credential api_key secret-of-keitaro", emptyAnswer)
	host := strings.TrimPrefix(raw.url, "http://")
	tests := []struct{ name, sent, want string }{
		{
			"next to nothing", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nApi-Key: secret-of-keitaro\r\n\r\n",
		},
		{
			"a body with GET", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 2\r\nApi-Key: secret-of-keitaro\r\n\r\n{}",
		},
		{
			"no media type", "POST /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"a\":1}",
			"POST /x HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 7\r\nApi-Key: secret-of-keitaro\r\n\r\n{\"a\":1}",
		},
		{
			"an empty body", "POST /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			"POST /x HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\nApi-Key: secret-of-keitaro\r\n\r\n",
		},
		{
			"chunks", "PUT /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
			"PUT /x HTTP/1.1\r\nHost: " + host + "\r\nTransfer-Encoding: chunked\r\nApi-Key: secret-of-keitaro\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		},
		{
			"fields of its own", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nAccept: */*\r\nAccept-Encoding: br;q=1, gzip\r\nUser-Agent: php/5\r\nCookie: a=b\r\nX-Two: 1\r\nX-Two: 2\r\nConnection: close\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: php/5\r\nAccept: */*\r\nAccept-Encoding: br;q=1, gzip\r\nApi-Key: secret-of-keitaro\r\nCookie: a=b\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n",
		},
		{
			"the gateway's own places", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer test-key\r\nX-Api-Key: test-key\r\nConnection: close\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nApi-Key: secret-of-keitaro\r\n\r\n",
		},
		{
			"a password of something before the gateway", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Basic dXNlcjpwYXNz\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nApi-Key: secret-of-keitaro\r\n\r\n",
		},
		{
			"the client's address, and fields of the connection", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Port: 80\r\nForwarded: for=1.2.3.4\r\nX-Real-Ip: 1.2.3.4\r\nVia: 1.1 x\r\nKeep-Alive: timeout=5\r\nX-Own: 1\r\nTe: trailers\r\nConnection: close, X-Own, Te\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nApi-Key: secret-of-keitaro\r\nTe: trailers\r\n\r\n",
		},
		{
			"another protocol asked for", "GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-Websocket-Key: x\r\n\r\n",
			"GET /x HTTP/1.1\r\nHost: " + host + "\r\nApi-Key: secret-of-keitaro\r\nSec-Websocket-Key: x\r\n\r\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if answer := g.sendRaw(test.sent); firstLine(answer) != "HTTP/1.1 200 OK" {
				t.Fatalf("answered %q", answer)
			}
			if got := raw.last(t); got != test.want {
				t.Errorf("sent\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestNativeBodyWaitsForThePlatform(t *testing.T) {
	g, raw := proxied(t, "keitaro", "credential api_key secret-of-keitaro", emptyAnswer)
	answer := g.sendRaw("POST /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
	if !strings.HasPrefix(answer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") {
		t.Errorf("answered %q", answer)
	}
	if v, _ := header(raw.last(t), "Expect"); v != "100-continue" || bodyOf(raw.last(t)) != "{}" {
		t.Errorf("sent %q", raw.last(t))
	}
}

func TestNativeAnswersPassAsTheyAre(t *testing.T) {
	// gzip of {"compressed":true}
	const gzipped = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x4a\xce\xcf\x2d\x28\x4a\x2d\x2e\x4e\x4d\x51\xb2\x2a\x29\x2a\x4d\xad\x05\x00\xf1\xea\x39\x95\x13\x00\x00\x00"
	tests := []struct {
		name, answer string
		first, body  string
		fields       map[string]string
		without      []string
	}{
		{
			name:   "compressed without being asked for, and without a type",
			answer: fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(gzipped), gzipped),
			first:  "HTTP/1.1 200 OK", body: gzipped,
			fields:  map[string]string{"Content-Encoding": "gzip", "Content-Length": fmt.Sprint(len(gzipped)), "Cache-Control": "private"},
			without: []string{"Content-Type", "Server", "Vary"},
		},
		{
			name:   "fields",
			answer: "HTTP/1.1 406 Nope\r\nContent-Type: text/html\r\nServer: nginx\r\nX-A: 1\r\nSet-Cookie: keitaro=1; path=/\r\nEtag: \"x\"\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nAlt-Svc: h3=\":443\"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
			first:  "HTTP/1.1 406 Not Acceptable", body: "x",
			fields:  map[string]string{"Content-Type": "text/html", "Server": "nginx", "X-A": "1", "Set-Cookie": "keitaro=1; path=/", "Etag": `"x"`, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
			without: []string{"Alt-Svc"},
		},
		{
			name:   "nothing",
			answer: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
			first:  "HTTP/1.1 204 No Content", body: "",
			without: []string{"Content-Type", "Content-Length"},
		},
		{
			name:   "a shared cache is kept away",
			answer: "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60, S-Maxage=3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			first:  "HTTP/1.1 200 OK", body: "",
			fields: map[string]string{"Cache-Control": "private, max-age=60"},
		},
		{
			name:   "what is stricter stays",
			answer: "HTTP/1.1 200 OK\r\nCache-Control: no-store,max-age=0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			first:  "HTTP/1.1 200 OK", body: "",
			fields: map[string]string{"Cache-Control": "no-store,max-age=0"},
		},
		{
			name:   "trailers",
			answer: "HTTP/1.1 200 OK\r\nTrailer: X-End\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nX-End: 1\r\n\r\n",
			first:  "HTTP/1.1 200 OK", body: "1\r\na\r\n0\r\nX-End: 1\r\n\r\n",
			fields: map[string]string{"Trailer": "X-End"},
		},
		{
			name:   "interim answers",
			answer: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
			first:  "HTTP/1.1 103 Early Hints",
			body:   "HTTP/1.1 200 OK",
		},
		{
			name:   "the credential in fields",
			answer: "HTTP/1.1 200 OK\r\nX-Echo: key=secret-of-keitaro!\r\nSet-Cookie: k=secret%2Dof%2Dkeitaro; s=secret-of-keitaro\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			first:  "HTTP/1.1 200 OK",
			fields: map[string]string{"X-Echo": "key=[redacted]!", "Set-Cookie": "k=secret%2Dof%2Dkeitaro; s=[redacted]"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, _ := proxied(t, "keitaro", "credential api_key secret-of-keitaro", test.answer)
			got := g.sendRaw("GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
			body := bodyOf(got)
			if test.name == "interim answers" {
				body = firstLine(body)
			}
			if firstLine(got) != test.first || body != test.body {
				t.Errorf("answered %q", got)
			}
			for name, want := range test.fields {
				if v, _ := header(got, name); v != want {
					t.Errorf("%s is %q, want %q", name, v, want)
				}
			}
			for _, name := range test.without {
				if v, ok := header(got, name); ok {
					t.Errorf("%s: %s was invented, or not taken away", name, v)
				}
			}
		})
	}
}

// Interim answers are read by programs as final ones are.
func TestNativeInterimAnswersHoldNoCredential(t *testing.T) {
	g, _ := proxied(t, "keitaro", "credential api_key secret-of-keitaro", "HTTP/1.1 103 Early Hints\r\nLink: </style.css?k=secret-of-keitaro>\r\n\r\n"+emptyAnswer)
	answer := g.sendRaw("GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 103 Early Hints\r\nLink: </style.css?k=[redacted]>\r\n\r\nHTTP/1.1 200 OK\r\n") {
		t.Errorf("answered %q", answer)
	}
}

func TestNativeHEAD(t *testing.T) {
	g, _ := proxied(t, "keitaro", "credential api_key secret-of-keitaro", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nConnection: close\r\n\r\n")
	got := g.sendRaw("HEAD /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nConnection: close\r\n\r\n")
	if v, _ := header(got, "Content-Length"); v != "12345" || bodyOf(got) != "" {
		t.Errorf("answered %q", got)
	}
}

func TestNativeCookiesCanBeLeftOut(t *testing.T) {
	raw := newRawPlatform(t, "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	g, _ := startSite(t, "platform_proxy /native/* {\ndrop_cookies\n}", platformBlock("keitaro", "", raw.url, "credential api_key secret-of-keitaro"), nativeClient)
	got := g.sendRaw("GET /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nApi-Key: test-key\r\nCookie: c=d\r\nConnection: close\r\n\r\n")
	if _, ok := header(got, "Set-Cookie"); ok || firstLine(got) != "HTTP/1.1 200 OK" {
		t.Errorf("answered %q", got)
	}
	if _, ok := header(raw.last(t), "Cookie"); ok {
		t.Errorf("sent %q", raw.last(t))
	}
}

// An echo of a request would show the credential.
func TestNativeTraceIsRefused(t *testing.T) {
	g, raw := proxied(t, "keitaro", "credential api_key secret-of-keitaro", emptyAnswer)
	for _, method := range []string{"TRACE", "TRACK"} {
		status, body := g.native(method, "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
		if status != http.StatusMethodNotAllowed || body != `{"error":"`+method+` is not passed on"}` {
			t.Errorf("%s: %d %s", method, status, body)
		}
		answer := g.sendRaw(method + " /native/keitaro/x HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n")
		if allow, _ := header(answer, "Allow"); allow != "GET" { // the first of several fields
			t.Errorf("%s: Allow begins with %q", method, allow)
		}
	}
	if raw.count() != 0 {
		t.Error("the platform was asked")
	}
}
