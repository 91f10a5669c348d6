package affjet_test

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

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

const key = "account key/1"

// now lies in winter, so that the year before it has both changes of the clock:
// summer time in the United Kingdom from 2025-03-30 to 2025-10-26, 01:00 UTC.
var now = time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)

func newServer() *affjet.Server {
	return affjet.New(affjet.Config{Key: key, Seed: 7, Now: func() time.Time { return now }})
}

// object is JSON whose numbers are still the literals that were sent.
type object = map[string]any

// request sends a GET with the key and returns the raw body.
func request(t *testing.T, s *affjet.Server, path string, pairs ...string) string {
	t.Helper()
	query := url.Values{"apikey": {key}}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/externalclient/"+path+"?"+query.Encode(), nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

func decode(t *testing.T, body string) object {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var o object
	require.NoError(t, dec.Decode(&o))
	return o
}

// list asks for a list and returns its items after checking the envelope.
func list(t *testing.T, s *affjet.Server, path string, pairs ...string) []object {
	t.Helper()
	answer := decode(t, request(t, s, path, pairs...))
	require.Equal(t, json.Number("0"), answer["result"], "%v", answer["errors"])
	items := []object{}
	for _, item := range answer["dataList"].([]any) {
		items = append(items, item.(object))
	}
	count, err := answer["dataCount"].(json.Number).Int64()
	require.NoError(t, err)
	require.Len(t, items, int(count), "dataCount is the number of items in the response")
	return items
}

// result asks for path and returns the result code.
func result(t *testing.T, s *affjet.Server, path string, pairs ...string) string {
	t.Helper()
	answer := decode(t, request(t, s, path, pairs...))
	code := answer["result"].(json.Number).String()
	if code != "0" {
		require.NotEmpty(t, answer["errors"])
	}
	return code
}

func column(items []object, name string) []string {
	values := make([]string, len(items))
	for i, item := range items {
		switch v := item[name].(type) {
		case string:
			values[i] = v
		case json.Number:
			values[i] = v.String()
		}
	}
	return values
}

func TestKeyIsAParameterOfTheURL(t *testing.T) {
	tests := []struct {
		name, configured, query, want string
	}{
		{"right key", key, "apikey=account+key%2F1", `"result":0`},
		{"wrong key", key, "apikey=other", `"result":100`},
		{"no key", key, "", `"result":100`},
		{"none configured and none given", "", "apikey=", `"result":100`},
		{"broken escape", key, "apikey=account+key%2F1&order=%zz", `"result":200`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := affjet.New(affjet.Config{Key: test.configured, Rows: 1})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/externalclient/merchant?"+test.query, nil)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.Equal(t, http.StatusOK, w.Code, "results other than 0 are in the body")
			require.Contains(t, w.Body.String(), test.want)
			require.Equal(t, 1, s.Counter().Of("GET /externalclient/merchant"))
		})
	}
}

func TestRequestsThatNeverReachAnEndpoint(t *testing.T) {
	elsewhere := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	tests := []struct {
		name, method, path string
		allow              []netip.Prefix
		want               int
	}{
		{"address not on the allowlist", http.MethodGet, "/externalclient/merchant", elsewhere, http.StatusForbidden},
		{"unknown endpoint", http.MethodGet, "/externalclient/invoice", nil, http.StatusNotFound},
		{"list without items of their own", http.MethodGet, "/externalclient/transaction/5", nil, http.StatusNotFound},
		{"other root", http.MethodGet, "/merchant", nil, http.StatusNotFound},
		{"undocumented method", http.MethodPost, "/externalclient/merchant", nil, http.StatusMethodNotAllowed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := affjet.New(affjet.Config{Key: key, Rows: 1, AllowIPs: test.allow})
			r := httptest.NewRequestWithContext(t.Context(), test.method, test.path+"?apikey="+url.QueryEscape(key), nil)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.Equal(t, test.want, w.Code)
		})
	}
}

func TestTimeIsVolatile(t *testing.T) {
	s := newServer()
	seen := map[any]bool{}
	for range 20 {
		seen[decode(t, request(t, s, "transaction", "pageSize", "50"))["time"]] = true
	}
	require.Greater(t, len(seen), 1)
}

func TestDataDependsOnSeedAndDayAlone(t *testing.T) {
	at := func(seed uint64, now time.Time) []affjet.Transaction {
		return affjet.New(affjet.Config{Seed: seed, Rows: 200, Now: func() time.Time { return now }}).Transactions()
	}
	require.Equal(t, at(7, now), at(7, now.Add(9*time.Hour)))
	require.NotEqual(t, at(7, now), at(8, now))
	require.NotEqual(t, at(7, now), at(7, now.AddDate(0, 0, 1)))
}

func TestDataIsAYearOfAwkwardRows(t *testing.T) {
	s := newServer()
	require.Len(t, s.Networks(), 8)
	require.GreaterOrEqual(t, len(s.Merchants()), 40)
	rows := s.Transactions()
	require.GreaterOrEqual(t, len(rows), 2500)

	midnight := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	ids := map[string]bool{}
	has := map[string]int{}
	note := func(what string, is bool) {
		if is {
			has[what]++
		}
	}
	for _, row := range rows {
		require.False(t, ids[row.UniqueID], "unique id %q twice", row.UniqueID)
		ids[row.UniqueID] = true
		require.False(t, row.Date.Before(midnight.AddDate(0, 0, -365)) || !row.Date.Before(midnight), "date %s", row.Date)
		note("slash in id", strings.Contains(row.UniqueID, "/"))
		note("percent in id", strings.Contains(row.UniqueID, "%"))
		note("space in id", strings.Contains(row.UniqueID, " "))
		note("quote in id", strings.Contains(row.UniqueID, `"`))
		note("unicode in id", strings.Contains(row.UniqueID, "ñ"))
		note("integer beyond 2^53 as id", len(row.UniqueID) == 16 && row.UniqueID > "9007199254740992")
		note("no custom id", row.CustomID == "")
		note("amount beyond a float", row.Amount == 1<<53+1)
		note("refund", row.Amount < 0)
		note("bonus", row.Type == affjet.Bonus)
		note("no flag", row.Flag == affjet.NoFlag)
		note("flag 1", row.Flag == 1)
		note("flag 2", row.Flag == 2)
		note("currency "+row.OriginalCurrency, true)
		note("status "+row.NativeStatus, true)
		note("several amends", len(row.Amends) > 1)
	}
	for _, want := range []string{
		"slash in id", "percent in id", "space in id", "quote in id", "unicode in id", "integer beyond 2^53 as id",
		"no custom id", "amount beyond a float", "refund", "bonus", "no flag", "flag 1", "flag 2", "several amends",
		"currency GBP", "currency EUR", "currency JPY", "currency SEK", "currency PLN", "currency USD",
		"status confirmed", "status Pending", "status PAID", "status declined",
	} {
		require.Positive(t, has[want], want)
	}
}
