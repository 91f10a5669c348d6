package keitaro_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

const key = "5552798f1c388c8ade27c13ba47fe460"

// noon is the clock of all tests.
var noon = time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)

func config() keitaro.Config {
	return keitaro.Config{Key: key, Seed: 7, Now: func() time.Time { return noon }}
}

// shared is one sandbox as documented, for all tests that only read.
var shared = keitaro.New(config())

// ask sends a request with the key and returns status and body.
func ask(t *testing.T, h http.Handler, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/admin_api/v1/"+path, strings.NewReader(body))
	r.Header.Set("Api-Key", key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	require.NoError(t, err)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	return w.Code, string(answer)
}

// read decodes a 200 answer; numbers stay json.Number.
func read[T any](t *testing.T, h http.Handler, method, path, body string) T {
	t.Helper()
	status, answer := ask(t, h, method, path, body)
	require.Equal(t, http.StatusOK, status, answer)
	dec := json.NewDecoder(strings.NewReader(answer))
	dec.UseNumber()
	var v T
	require.NoError(t, dec.Decode(&v))
	return v
}

type object = map[string]any

func num(s string) json.Number { return json.Number(s) }

func TestAuthentication(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		status  int
	}{
		{"documented header", []string{"Api-Key", key}, http.StatusOK},
		{"bearer token", []string{"Api-Key", "", "Authorization", "Bearer " + key}, http.StatusOK},
		{"wrong key", []string{"Api-Key", key + "x"}, http.StatusUnauthorized},
		{"no key", []string{"Api-Key", ""}, http.StatusUnauthorized},
		{"other scheme", []string{"Api-Key", "", "Authorization", "Basic " + key}, http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := ask(t, shared, http.MethodGet, "stream_types", "", test.headers...)
			require.Equal(t, test.status, status)
			if status != http.StatusOK {
				require.Equal(t, `{"error":"Access denied"}`, body)
			}
		})
	}
}

func TestNoKeyConfiguredRefusesEveryone(t *testing.T) {
	c := config()
	c.Key = ""
	status, _ := ask(t, keitaro.New(c), http.MethodGet, "campaigns", "", "Api-Key", "")
	require.Equal(t, http.StatusUnauthorized, status)
}

func TestAllowlist(t *testing.T) {
	c := config()
	c.AllowIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // where httptest comes from
	status, _ := ask(t, keitaro.New(c), http.MethodGet, "stream_types", "")
	require.Equal(t, http.StatusOK, status)
	c.AllowIPs = []netip.Prefix{kit.Nobody}
	status, body := ask(t, keitaro.New(c), http.MethodGet, "stream_types", "")
	require.Equal(t, http.StatusForbidden, status)
	require.JSONEq(t, `{"error":"Forbidden"}`, body)
}

func TestEditionWithoutAdminAPI(t *testing.T) {
	c := config()
	c.NoAdminAPI = true
	status, body := ask(t, keitaro.New(c), http.MethodGet, "campaigns", "")
	require.Equal(t, http.StatusPaymentRequired, status)
	require.Contains(t, body, `{"error":"`)
}

func TestNotFound(t *testing.T) {
	archived := ""
	for _, c := range shared.Data().Campaigns {
		if c.State == keitaro.Deleted {
			archived = strconv.FormatInt(c.ID, 10)
		}
	}
	for _, path := range []string{
		"campaigns/0", "campaigns/abc", "campaigns/" + archived, "offers/999999", "affiliate_networks/99", "landing_pages/1",
		"traffic_sources/99", "streams/1", "streams/1/events", "stream/1/events", "campaigns/0/streams", "nothing", "logs/nothing?limit=1",
	} {
		status, body := ask(t, shared, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, status, path)
		require.Contains(t, body, `{"error":"`, path)
	}
	status, _ := ask(t, shared, http.MethodPatch, "campaigns", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestSwitchedRoutes(t *testing.T) {
	const columns = `{"columns":["tid"],"limit":1}`
	c := config()
	c.Conversions, c.LogTypes, c.Actions = keitaro.GetOnly, keitaro.PostOnly, keitaro.PluralActionsRoute
	other := keitaro.New(c)
	tests := []struct {
		method, path, body string
		both, switched     int
	}{
		{http.MethodGet, "conversions/log?columns[]=tid&limit=1", "", 200, 200},
		{http.MethodPost, "conversions/log", columns, 200, 404},
		{http.MethodGet, "logs/types", "", 200, 404},
		{http.MethodPost, "logs/types", "", 200, 200},
		{http.MethodGet, "stream_actions", "", 200, 404},
		{http.MethodGet, "streams_actions", "", 200, 200},
	}
	for _, test := range tests {
		status, _ := ask(t, shared, test.method, test.path, test.body)
		require.Equal(t, test.both, status, test.method+" "+test.path)
		status, _ = ask(t, other, test.method, test.path, test.body)
		require.Equal(t, test.switched, status, test.method+" "+test.path)
	}
}

func TestCounterCountsRefusedRequestsToo(t *testing.T) {
	s := keitaro.New(config())
	ask(t, s, http.MethodGet, "campaigns", "")
	ask(t, s, http.MethodGet, "campaigns", "", "Api-Key", "wrong")
	ask(t, s, http.MethodGet, "offers", "")
	require.Equal(t, 3, s.Counter().Total())
	require.Equal(t, 2, s.Counter().Of("GET /admin_api/v1/campaigns"))
}
