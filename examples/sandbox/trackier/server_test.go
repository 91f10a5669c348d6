package trackier_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

const key = "5c54073a89d4465d2d17cf96"

// noon is the clock of all tests.
var noon = time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)

func config() trackier.Config {
	return trackier.Config{Key: key, Seed: 7, Now: func() time.Time { return noon }}
}

// shared is one sandbox as documented, for all tests.
var shared = trackier.New(config())

var kolkata = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		panic(err)
	}
	return zone
}()

type object = map[string]any

func num(s string) json.Number { return json.Number(s) }

// ask sends a request with the key in its header unless headers say otherwise.
func ask(t *testing.T, h http.Handler, method, path string, headers ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("X-Api-Key", key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	return w.Code, w.Body.String()
}

// read decodes a 200 answer; numbers stay json.Number.
func read(t *testing.T, h http.Handler, path string) object {
	t.Helper()
	status, answer := ask(t, h, http.MethodGet, path)
	require.Equal(t, http.StatusOK, status, answer)
	dec := json.NewDecoder(strings.NewReader(answer))
	dec.UseNumber()
	var v object
	require.NoError(t, dec.Decode(&v))
	return v
}

// data is the member data of an answer.
func data(t *testing.T, h http.Handler, path string) object {
	t.Helper()
	return read(t, h, path)["data"].(object)
}

func TestAuthentication(t *testing.T) {
	tests := []struct {
		name, path, header string
		status             int
		body               string
	}{
		{"header", "/jobs", key, 200, ""},
		{"query", "/jobs?apiKey=" + key, "", 200, ""},
		{"wrong key", "/jobs", "x", 401, `{"success":false,"error":{"code":13,"message":"Invalid API Key"}}`},
		{"wrong key in the query", "/jobs?apiKey=x", "", 401, `{"success":false,"error":{"code":13,"message":"Invalid API Key"}}`},
		{"no key", "/jobs", "", 401, `{"success":false,"error":{"code":12,"message":"Unauthorized Request"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := ask(t, shared, http.MethodGet, test.path, "X-Api-Key", test.header)
			require.Equal(t, test.status, status)
			if test.body != "" {
				require.Equal(t, test.body, body)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	with := func(change func(*trackier.Config)) *trackier.Server {
		c := config()
		change(&c)
		return trackier.New(c)
	}
	tests := []struct {
		name   string
		server *trackier.Server
		method string
		path   string
		status int
		code   string
	}{
		{"address not whitelisted", with(func(c *trackier.Config) { c.AllowIPs = []netip.Prefix{kit.Nobody} }), "GET", "/jobs", 403, "41"},
		{"account locked", with(func(c *trackier.Config) { c.Locked = true }), "GET", "/jobs", 403, "42"},
		{"no key configured", with(func(c *trackier.Config) { c.Key = "" }), "GET", "/jobs", 401, "13"},
		{"unknown campaign", shared, "GET", "/campaign/1", 404, "31"},
		{"unknown affiliate", shared, "GET", "/affiliate/1", 404, "31"},
		{"unknown advertiser", shared, "GET", "/advertiser/31", 404, "31"},
		{"unknown job", shared, "GET", "/jobs/1", 404, "31"},
		{"unknown referral", shared, "GET", "/network/referral/1", 404, "31"},
		{"statistics of an unknown campaign", shared, "GET", "/campaign/stats/1", 404, "31"},
		{"statistics of an unknown affiliate", shared, "GET", "/campaign/stats/16/1", 404, "31"},
		{"unknown path", shared, "GET", "/nothing", 501, "31"},
		{"other method", shared, "PUT", "/jobs", 405, "32"},
		{"start missing", shared, "GET", "/network/conversions?end=2026-01-01", 400, "20"},
		{"day unreadable", shared, "GET", "/network/conversions?start=01-01-2026&end=2026-01-01", 400, "20"},
		{"report without days", shared, "GET", "/network/customReport?group[]=adid", 400, "20"},
		{"unknown group", shared, "GET", "/network/customReport?group[]=x&start=2026-01-01&end=2026-01-01", 400, "20"},
		{"unknown field", shared, "GET", "/network/conversions?fields[]=x&start=2026-01-01&end=2026-01-01", 400, "20"},
		{"unknown query column", shared, "GET", "/network/conversions?query[]=x&x=1&start=2026-01-01&end=2026-01-01", 400, "20"},
		{"limit not a number", shared, "GET", "/network/clicks?limit=many", 400, "20"},
		{"page zero", shared, "GET", "/campaign?page=0", 400, "20"},
		{"active neither 0 nor 1", shared, "GET", "/campaign?active=yes", 400, "20"},
		{"affiliates' limit", shared, "GET", "/affiliate?limit=-1", 400, "20"},
		{"half a window", shared, "GET", "/network/stats?start=2026-01-01", 400, "20"},
		{"half a window of a campaign", shared, "GET", "/campaign/stats/16?start=2026-01-01", 400, "20"},
		{"errors with status 200", with(func(c *trackier.Config) { c.Status200 = true }), "GET", "/campaign/1", 200, "31"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := ask(t, test.server, test.method, test.path)
			require.Equal(t, test.status, status, body)
			require.True(t, strings.HasPrefix(body, `{"success":false,"error":{"code":`+test.code+`,"message":"`), body)
		})
	}
}

func TestAllowlistLetsItsOwnPass(t *testing.T) {
	c := config()
	c.AllowIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // where httptest comes from
	status, _ := ask(t, trackier.New(c), http.MethodGet, "/jobs")
	require.Equal(t, http.StatusOK, status)
}

func TestPrefixes(t *testing.T) {
	for prefix, want := range map[trackier.Prefix][2]int{
		trackier.BothPrefixes: {200, 200}, trackier.WithAPI: {200, 501}, trackier.WithoutAPI: {501, 200},
	} {
		c := config()
		c.Prefix = prefix
		s := trackier.New(c)
		with, _ := ask(t, s, http.MethodGet, "/api/affiliate/31")
		without, _ := ask(t, s, http.MethodGet, "/affiliate/31")
		require.Equal(t, want, [2]int{with, without})
	}
}

func TestCounter(t *testing.T) {
	s := trackier.New(config())
	ask(t, s, http.MethodGet, "/jobs?apiKey=x")
	ask(t, s, http.MethodGet, "/jobs", "X-Api-Key", "wrong")
	require.Equal(t, 2, s.Counter().Of("GET /jobs"))
}
