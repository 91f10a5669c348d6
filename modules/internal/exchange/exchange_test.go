package exchange

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// callerOf returns a caller of a native API that is served by handler on the loopback.
func callerOf(t testing.TB, handler http.HandlerFunc, options ...func(*Config)) *Caller {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := Config{Platform: "acme", Server: address, Transport: transport, RetryDelay: time.Millisecond}
	for _, o := range options {
		o(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

func rulesOf(t testing.TB, specs ...RuleSpec) *Rules {
	t.Helper()
	r, err := CompileRules(specs)
	require.NoError(t, err)
	return r
}

func authOf(t testing.TB, specs ...AuthSpec) []Auth {
	t.Helper()
	a, err := CompileAuth(specs)
	require.NoError(t, err)
	return a
}

var get = &Request{Operation: "things.list", Method: http.MethodGet, Path: "/things", Idempotent: true}

// answering with a constant is what most tests need of a platform
func answers(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func requireCode(t testing.TB, want problem.Code, p *problem.Problem) {
	t.Helper()
	require.NotNil(t, p, "want the problem %s", want)
	require.Equal(t, want, p.Code, p.Detail)
	require.Equal(t, "acme", p.Platform)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func urlOf(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}

// httptestServer returns the address of a server of plain HTTP.
func httptestServer(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(answers(http.StatusOK, "", `{}`))
	t.Cleanup(server.Close)
	return server.URL
}
