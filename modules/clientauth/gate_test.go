package clientauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// caddyRequest is a request as Caddy's server prepares it.
func caddyRequest(t testing.TB, address string, fields ...string) (*http.Request, *caddy.Replacer) {
	t.Helper()
	r := request(t, fields...)
	r.Host = "gateway.example:8080"
	repl := caddy.NewReplacer()
	repl.Set("http.request.uuid", "a-request")
	ctx := context.WithValue(r.Context(), caddy.ReplacerCtxKey, repl)
	ctx = context.WithValue(ctx, caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: address})
	return r.WithContext(ctx), repl
}

// body is what of a problem is compared.
type body struct {
	Type, Title, Code, Instance string
	Status                      int
	RetryAfter                  int `json:"retry_after"`
}

func TestHandlerAnswersRefusalsWithProblems(t *testing.T) {
	clients := []Client{
		{Name: "acme", KeySHA256: []string{sumOfTest}, AllowIPs: []string{"203.0.113.7"}},
		{Name: "slow", KeySHA256: []string{sumOfRotated}, Rate: &Rate{Requests: 1, Per: caddy.Duration(time.Hour)}},
	}
	tests := []struct {
		name     string
		address  string
		identity string
		fields   []string
		exhaust  bool // one request before
		status   int
		code     string
		header   map[string]string
	}{
		{
			name: "admitted", address: "203.0.113.7", fields: []string{"X-Api-Key", "test"}, status: 204,
			header: map[string]string{"Cache-Control": "private", "RateLimit": ""},
		},
		{
			name: "admitted at a rate", address: "203.0.113.7", fields: []string{"X-Api-Key", "rotated"}, status: 204,
			header: map[string]string{"RateLimit-Policy": `"default";q=1;w=3600`, "RateLimit": `"default";r=0;t=3600`},
		},
		{
			name: "no key", address: "203.0.113.7", status: 401, code: "unauthenticated",
			header: map[string]string{"WWW-Authenticate": `Bearer realm="tributary"`, "Cache-Control": "private, no-store"},
		},
		{
			name: "other address, whatever a header claims", address: "198.51.100.1",
			fields: []string{"X-Api-Key", "test", "X-Forwarded-For", "203.0.113.7"}, status: 403, code: "ip_not_allowed",
			header: map[string]string{"WWW-Authenticate": ""},
		},
		{
			name: "too often", address: "203.0.113.7", fields: []string{"X-Api-Key", "rotated"}, exhaust: true, status: 429, code: "rate_limited",
			header: map[string]string{"Retry-After": "3600", "RateLimit-Policy": `"default";q=1;w=3600`, "RateLimit": `"default";r=0;t=3600`},
		},
		{name: "identity of a client", address: "203.0.113.7", identity: "acme", status: 204},
		{name: "identity of nobody", address: "203.0.113.7", identity: "-", status: 401, code: "unauthenticated"},
		{name: "identity of no client", address: "203.0.113.7", identity: "stranger", status: 403, code: "forbidden"},
		{name: "a key does not replace an identity", address: "203.0.113.7", identity: "-", fields: []string{"X-Api-Key", "test"}, status: 401, code: "unauthenticated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h Handler
			h.authenticator = newAuthenticator(t, clients...)
			next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.WriteHeader(http.StatusNoContent)
				return nil
			})
			r, repl := caddyRequest(t, tt.address, tt.fields...)
			if tt.identity != "" {
				h.Identity = "{http.auth.user.id}"
			}
			if tt.identity != "" && tt.identity != "-" {
				repl.Set("http.auth.user.id", tt.identity)
			}
			if tt.exhaust {
				require.NoError(t, h.ServeHTTP(httptest.NewRecorder(), r, next))
			}
			w := httptest.NewRecorder()
			require.NoError(t, h.ServeHTTP(w, r, next))

			assert.Equal(t, tt.status, w.Code)
			for name, want := range tt.header {
				assert.Equal(t, want, w.Header().Get(name), name)
			}
			if tt.code == "" {
				assert.Empty(t, w.Body.String())
				return
			}
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			var got body
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			assert.Equal(t, tt.code, got.Code)
			assert.Equal(t, tt.status, got.Status)
			assert.Equal(t, "http://gateway.example:8080/v1/problems/"+tt.code, got.Type)
			assert.Equal(t, "a-request", got.Instance)
			assert.NotContains(t, w.Body.String(), `"test"`)
		})
	}
}

func TestAdmittedClientIsTheUser(t *testing.T) {
	g := Gate{authenticator: newAuthenticator(t, Client{Name: "acme", KeySHA256: []string{sumOfTest}})}
	r, repl := caddyRequest(t, "203.0.113.7", "Authorization", "Bearer test")
	id, p := g.Admit(make(http.Header), r)
	require.Nil(t, p)
	assert.Equal(t, "acme", id.Name())
	user, ok := repl.GetString("http.auth.user.id")
	assert.True(t, ok)
	assert.Equal(t, "acme", user)
}

func TestRefusedClientIsNotTheUser(t *testing.T) {
	g := Gate{authenticator: newAuthenticator(t, Client{Name: "acme", KeySHA256: []string{sumOfTest}, AllowIPs: []string{"10.0.0.1"}})}
	r, repl := caddyRequest(t, "203.0.113.7", "Authorization", "Bearer test")
	_, p := g.Admit(make(http.Header), r)
	require.NotNil(t, p)
	_, ok := repl.Get("http.auth.user.id")
	assert.False(t, ok)
}

func TestGateOutsideOfCaddysServerRefuses(t *testing.T) {
	g := Gate{Identity: "{http.auth.user.id}", authenticator: newAuthenticator(t, Client{Name: "acme"})}
	_, p := g.Admit(make(http.Header), request(t))
	require.NotNil(t, p)
	assert.Equal(t, http.StatusUnauthorized, p.Status())
}

func BenchmarkAdmit(b *testing.B) {
	g := Gate{authenticator: newAuthenticator(b, Client{
		Name: "acme", KeySHA256: []string{sumOfTest},
		AllowIPs: []string{PrivateRanges, "203.0.113.0/24"}, Rate: &Rate{Requests: 1 << 30, Per: caddy.Duration(time.Second)},
	})}
	r, _ := caddyRequest(b, "203.0.113.7", "Authorization", "Bearer test")
	h := make(http.Header)
	b.ReportAllocs()
	for b.Loop() {
		if _, p := g.Admit(h, r); p != nil {
			b.Fatal(p)
		}
	}
}

func TestProvider(t *testing.T) {
	var p Provider
	p.authenticator = newAuthenticator(t,
		Client{Name: "acme", KeySHA256: []string{sumOfTest}, Rate: &Rate{Requests: 1, Per: caddy.Duration(time.Hour)}})

	r, _ := caddyRequest(t, "203.0.113.7", "X-Api-Key", "test")
	user, ok, err := p.Authenticate(httptest.NewRecorder(), r)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "acme", user.ID)

	w := httptest.NewRecorder()
	user, ok, err = p.Authenticate(w, r)
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Equal(t, "acme", user.ID)
	assert.Equal(t, "rate_limited", user.Metadata["problem"])
	assert.Equal(t, "3600", w.Header().Get("Retry-After"))

	r, _ = caddyRequest(t, "203.0.113.7", "X-Api-Key", "wrong")
	w = httptest.NewRecorder()
	user, ok, err = p.Authenticate(w, r)
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Empty(t, user.ID)
	assert.Equal(t, "unauthenticated", user.Metadata["problem"])
	assert.Equal(t, `Bearer realm="tributary"`, w.Header().Get("WWW-Authenticate"))
	assert.Equal(t, http.StatusOK, w.Code, "the handler around the provider answers")
}
