package trackfinity_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

const (
	key      = "44b5498dbcb481a0d00b404c0169af62"
	username = "productsupport"
	report   = "/api/report/profitloss"
	preview  = "/api/transaction/transaction_payout_preview"
)

// now is a Wednesday in the second half of a month.
var now = time.Date(2026, 3, 18, 10, 30, 0, 0, time.UTC)

func newServer(change ...func(*trackfinity.Config)) *trackfinity.Server {
	config := trackfinity.Config{Key: key, Username: username, Seed: 7, Now: func() time.Time { return now }}
	for _, c := range change {
		c(&config)
	}
	return trackfinity.New(config)
}

// send sends a request with the credentials of the document's example.
func send(t *testing.T, s *trackfinity.Server, method, path string, pairs ...string) (int, string) {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path+"?"+query.Encode(), nil)
	r.Header.Set("api-key", key)
	r.Header.Set("api-username", username)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

type row struct {
	Break *string
	Stats map[string]string // fails to decode if a number is not a string
	Name  string
}

// rows asks for a report.
func rows(t *testing.T, s *trackfinity.Server, pairs ...string) []row {
	t.Helper()
	status, body := send(t, s, http.MethodGet, report, pairs...)
	require.Equal(t, http.StatusOK, status, body)
	var answer struct{ Rows []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	list := []row{}
	for _, raw := range answer.Rows {
		var r row
		require.NoError(t, json.Unmarshal(raw, &r))
		var all map[string]any
		require.NoError(t, json.Unmarshal(raw, &all))
		for name, value := range all {
			if strings.HasSuffix(name, "_name") {
				r.Name = value.(string)
			}
		}
		list = append(list, r)
	}
	return list
}

func TestCredentials(t *testing.T) {
	tests := []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"as documented", map[string]string{"api-key": key, "api-username": username}, http.StatusOK},
		{"in upper case", map[string]string{"API-KEY": key, "Api-Username": username}, http.StatusOK},
		{"wrong key", map[string]string{"api-key": "x", "api-username": username}, http.StatusUnauthorized},
		{"wrong user", map[string]string{"api-key": key, "api-username": "x"}, http.StatusUnauthorized},
		{"no user", map[string]string{"api-key": key}, http.StatusUnauthorized},
		{"nothing", nil, http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/ping", nil)
			for name, value := range test.headers {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.Equal(t, test.want, w.Code)
			require.Equal(t, 1, s.Counter().Of("GET /api/ping"))
		})
	}
	status, _ := send(t, trackfinity.New(trackfinity.Config{Rows: 1}), http.MethodGet, "/api/ping")
	require.Equal(t, http.StatusUnauthorized, status, "an install without credentials refuses everyone")
}

func TestAddressMustBeAllowed(t *testing.T) {
	allow := func(prefix string) *trackfinity.Server {
		return newServer(func(c *trackfinity.Config) { c.AllowIPs = []netip.Prefix{netip.MustParsePrefix(prefix)} })
	}
	// httptest requests come from 192.0.2.1
	status, _ := send(t, allow("192.0.2.0/24"), http.MethodGet, "/api/ping")
	require.Equal(t, http.StatusOK, status)
	status, _ = send(t, allow("198.51.100.0/24"), http.MethodGet, "/api/ping")
	require.Equal(t, http.StatusForbidden, status)
}

func TestPingIsABareTrue(t *testing.T) {
	tests := []struct {
		name, only       string
		ping, pingOfRest int
	}{
		{"both paths", "", http.StatusOK, http.StatusOK},
		{"only the examples'", trackfinity.PingPath, http.StatusOK, http.StatusNotFound},
		{"only the table's", trackfinity.ServicePingPath, http.StatusNotFound, http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(func(c *trackfinity.Config) { c.PingPath = test.only })
			for path, want := range map[string]int{"/api/ping": test.ping, "/api/service/ping": test.pingOfRest} {
				status, body := send(t, s, http.MethodGet, path)
				require.Equal(t, want, status)
				if want == http.StatusOK {
					require.Equal(t, "true", body)
				}
			}
		})
	}
}

func TestStatusTable(t *testing.T) {
	tests := []struct {
		name, method, path string
		want               int
	}{
		{"invalid method", http.MethodDelete, report, http.StatusMethodNotAllowed},
		{"method that the endpoint does not support", http.MethodPatch, report, http.StatusBadRequest},
		{"method that the transaction report does not support", http.MethodPost, transactionReport, http.StatusBadRequest},
		{"invalid endpoint", http.MethodGet, "/api/report/nosuch", http.StatusNotFound},
		{"invalid endpoint with a valid method", http.MethodPut, "/api/nosuch", http.StatusNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := send(t, newServer(), test.method, test.path)
			require.Equal(t, test.want, status)
			require.Contains(t, body, `"error"`)
		})
	}
	t.Run("broken query", func(t *testing.T) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, report+"?view=%zz", nil)
		r.Header.Set("api-key", key)
		r.Header.Set("api-username", username)
		w := httptest.NewRecorder()
		newServer().ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code)
	})
}

func TestReportAtTheServicePath(t *testing.T) {
	status, _ := send(t, newServer(), http.MethodGet, "/api/service/profitloss")
	require.Equal(t, http.StatusNotFound, status)
	status, body := send(t, newServer(func(c *trackfinity.Config) { c.ServiceReport = true }), http.MethodGet, "/api/service/profitloss")
	require.Equal(t, http.StatusOK, status)
	_, same := send(t, newServer(), http.MethodGet, report)
	require.Equal(t, same, body)
}

func TestDataIsAYearOfAwkwardRows(t *testing.T) {
	s := newServer()
	require.Equal(t, s.Clicks(), newServer().Clicks())
	require.NotEqual(t, s.Clicks(), newServer(func(c *trackfinity.Config) { c.Seed = 8 }).Clicks())
	end := time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	has := map[string]int{}
	for _, e := range s.Events() {
		require.False(t, e.At.Before(end.AddDate(0, 0, -365)) || !e.At.Before(end), "%s", e.At)
		has[string(e.Kind)]++
		if e.Revenue == 1<<53+1 {
			has["beyond a float"]++
		}
	}
	for _, want := range []string{"visitor", "initial", "trial", "rebill", "refunds", "chargeback", "cancel", "beyond a float"} {
		require.Positive(t, has[want], want)
	}
}
