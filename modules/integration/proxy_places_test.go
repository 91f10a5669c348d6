package integration

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every place that a mapping can name, read backwards: the key is taken out, the
// credential put in, and all around it stays.
func TestNativeKeyPlaces(t *testing.T) {
	const json = "application/json"
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, auth   string
		field, value string // of the request; empty: none
		mediaType    string
		body         string
		wantField    string // its value natively
		wantBody     string
		status       int
	}{
		{
			name: "header with a prefix", auth: `{header: X-Auth, value: "Token {credentials.key}"}`,
			field: "X-Auth", value: "Token test-key", wantField: "Token native-key", status: 200,
		},
		{
			name: "header without its prefix", auth: `{header: X-Auth, value: "Token {credentials.key}"}`,
			field: "X-Auth", value: "test-key", status: 401,
		},
		{
			name: "bearer in quotes", auth: `{bearer: '"{credentials.key}"'}`,
			field: "Authorization", value: `Bearer "test-key"`, wantField: `Bearer "native-key"`, status: 200,
		},
		{
			name: "bearer without the quotes", auth: `{bearer: '"{credentials.key}"'}`,
			field: "Authorization", value: "bearer  test-key", wantField: `Bearer "native-key"`, status: 200,
		},
		{
			// dXNlcjp0ZXN0LWtleQ== is user:test-key, bmF0aXZlLXVzZXI6bmF0aXZlLWtleQ== is native-user:native-key
			name: "password", auth: `{basic: {username: "{credentials.user}", password: "{credentials.key}"}}`,
			field: "Authorization", value: "Basic dXNlcjp0ZXN0LWtleQ==", wantField: "Basic bmF0aXZlLXVzZXI6bmF0aXZlLWtleQ==", status: 200,
		},
		{
			// dGVzdC1rZXk6 is test-key:
			name: "user's name", auth: `{basic: {username: "{credentials.user}", password: "{credentials.key}"}}`,
			field: "Authorization", value: "Basic dGVzdC1rZXk6", wantField: "Basic bmF0aXZlLXVzZXI6bmF0aXZlLWtleQ==", status: 200,
		},
		{
			name: "member of JSON", auth: `{body: auth.key, value: "{credentials.key}"}`,
			mediaType: json, body: `{ "a": 1.50, "auth": {"key":"test-key", "x": [ ] } }`,
			wantBody: `{ "a": 1.50, "auth": {"key":"native-key", "x": [ ] } }`, status: 200,
		},
		{
			name: "member of JSON without a type", auth: `{body: key, value: "{credentials.key}"}`,
			body: `{"key":"test-key"}`, wantBody: `{"key":"native-key"}`, status: 200,
		},
		{
			name: "member of a form", auth: `{body: key, value: "{credentials.key}"}`,
			mediaType: form, body: "a=%20;+&key=test%2Dkey&b", wantBody: "a=%20;+&key=native-key&b", status: 200,
		},
		{
			name: "member that is missing, and a key elsewhere", auth: `{body: key, value: "{credentials.key}"}`,
			field: "X-Api-Key", value: "test-key", mediaType: json, body: `{"a":1}`, wantBody: `{"a":1,"key":"native-key"}`, status: 200,
		},
		{
			name: "member of what has none", auth: `{body: key, value: "{credentials.key}"}`,
			field: "X-Api-Key", value: "test-key", mediaType: json, body: `[1]`, status: 400,
		},
		{
			name: "no body", auth: `{body: key, value: "{credentials.key}"}`, status: 401,
		},
		{
			name: "body beyond what is read", auth: `{body: key, value: "{credentials.key}"}`,
			mediaType: json, body: `{"key":"test-key","a":"` + strings.Repeat("x", 5<<20) + `"}`, status: 413,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw := newRawPlatform(t, emptyAnswer)
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "placed"), 0o700); err != nil {
				t.Fatal(err)
			}
			mapping := "mapping: v1\nplatform: placed\ncredentials: {key: {}, user: {}}\nauth: [" + test.auth + "]\nerror_body: {body: {error: \"{message}\"}}\n"
			if err := os.WriteFile(filepath.Join(dir, "placed", "mapping.yaml"), []byte(mapping), 0o600); err != nil {
				t.Fatal(err)
			}
			g, _ := startSite(t, "platform_proxy /native/*", "mappings "+dir,
				platformBlock("placed", "", raw.url, "credential key native-key\ncredential user native-user"), nativeClient)
			h := http.Header{}
			if test.field != "" {
				h[test.field] = []string{test.value}
			}
			if test.mediaType != "" {
				h["Content-Type"] = []string{test.mediaType}
			}
			status, body := g.native("POST", "/native/placed/x", test.body, h)
			if status != test.status {
				t.Fatalf("%d %s", status, body)
			}
			if status != http.StatusOK {
				if raw.count() != 0 || !strings.HasPrefix(body, `{"error":`) {
					t.Errorf("asked %d times, answered %s", raw.count(), body)
				}
				return
			}
			sent := raw.last(t)
			if got, _ := header(sent, test.field); test.wantField != "" && got != test.wantField {
				t.Errorf("%s is %q, want %q", test.field, got, test.wantField)
			}
			if strings.Contains(sent, key) || bodyOf(sent) != test.wantBody {
				t.Errorf("sent %q", sent)
			}
		})
	}
}
