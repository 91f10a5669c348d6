package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGuestSeesNothingOfTheClientsRequest(t *testing.T) {
	type own string
	clientVars := map[string]any{"of": "the client"}
	ctx := context.WithValue(t.Context(), caddyhttp.VarsCtxKey, clientVars)
	ctx = context.WithValue(ctx, caddy.ReplacerCtxKey, caddy.NewReplacer())
	ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, new(caddyhttp.Server))
	ctx = context.WithValue(ctx, own("key"), "kept")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var vars []map[string]any
	guest := transport{roundTripper(func(r *http.Request) (*http.Response, error) {
		caddyhttp.SetVar(r.Context(), "set", "by the guest")
		vars = append(vars, r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any))
		assert.IsType(t, new(caddy.Replacer), r.Context().Value(caddy.ReplacerCtxKey))
		assert.NotSame(t, ctx.Value(caddy.ReplacerCtxKey), r.Context().Value(caddy.ReplacerCtxKey))
		assert.Nil(t, r.Context().Value(caddyhttp.ServerCtxKey))
		assert.Equal(t, "kept", r.Context().Value(own("key")))
		return httptest.NewRecorder().Result(), nil
	})}
	for range 2 {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		resp, err := guest.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	assert.Equal(t, map[string]any{"of": "the client"}, clientVars)
	vars[0]["only"] = "here"
	assert.NotContains(t, vars[1], "only", "each native request has a table of its own")
}

func TestCancellationReachesTheGuest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	guest := transport{roundTripper(func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()
		return nil, r.Context().Err()
	})}
	resp, err := guest.RoundTrip(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	require.ErrorIs(t, err, context.Canceled)
	assert.Nil(t, resp)
}

func TestDefaultTransportCallsAServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	rt, err := loadTransport(ctx, new(Platform))
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	resp, err := rt.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusTeapot, resp.StatusCode)
}
