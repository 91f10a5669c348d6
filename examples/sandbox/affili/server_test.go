package affili

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testAccessID = "the-access-id"

var now = time.Date(2026, 6, 10, 10, 30, 0, 0, time.UTC)

func newServer() *Server {
	return New(Config{AccessID: testAccessID, Seed: 7, Now: func() time.Time { return now }})
}

type object = map[string]any

func newRequest(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", `Bearer "`+testAccessID+`"`)
	return r
}

// send sends a request with the access id; numbers in the answer stay literals.
func send(t *testing.T, s *Server, method, path, body string) (int, object) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, newRequest(t, method, path, body))
	dec := json.NewDecoder(w.Body)
	dec.UseNumber()
	var o object
	require.NoError(t, dec.Decode(&o))
	return w.Code, o
}

func list(t *testing.T, s *Server, pairs ...string) []object {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	status, answer := send(t, s, http.MethodGet, conversionsPath+"?"+query.Encode(), "")
	require.Equal(t, http.StatusOK, status, "%v", answer)
	items := []object{}
	for _, item := range answer["data"].([]any) {
		items = append(items, item.(object))
	}
	return items
}

func idsOf(items []object) []string {
	found := []string{}
	for _, item := range items {
		found = append(found, item["id"].(string))
	}
	return found
}

func kept(s *Server, keep func(Conversion) bool) []string {
	found := []string{}
	for _, c := range s.Conversions() {
		if keep(c) {
			found = append(found, c.ID)
		}
	}
	return found
}

func TestAuthorization(t *testing.T) {
	tests := []struct {
		name, configured, header string
		want                     int
	}{
		{"quoted, as documented", testAccessID, `Bearer "the-access-id"`, http.StatusOK},
		{"without quotes", testAccessID, "Bearer the-access-id", http.StatusOK},
		{"scheme in lower case", testAccessID, "bearer the-access-id", http.StatusOK},
		{"wrong", testAccessID, `Bearer "other"`, http.StatusUnauthorized},
		{"one quote", testAccessID, `Bearer "the-access-id`, http.StatusUnauthorized},
		{"other scheme", testAccessID, "Basic the-access-id", http.StatusUnauthorized},
		{"missing", testAccessID, "", http.StatusUnauthorized},
		{"none configured", "", `Bearer ""`, http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New(Config{AccessID: test.configured, Rows: 1})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, conversionsPath, nil)
			r.Header.Set("Authorization", test.header)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.Equal(t, test.want, w.Code)
			if w.Code == http.StatusUnauthorized {
				require.Contains(t, w.Body.String(), `{"status":"error","errors":{`)
			}
			require.Equal(t, 1, s.Counter().Total())
		})
	}
}

func TestRequestsThatNeverReachAnEndpoint(t *testing.T) {
	s := newServer()
	status, answer := send(t, s, http.MethodGet, "/api/merchants/publishers", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "error", answer["status"])
	status, _ = send(t, s, http.MethodPut, conversionsPath+"/eroxr", "{}")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, _ = send(t, s, http.MethodGet, setCookiePath, "")
	require.Equal(t, http.StatusMethodNotAllowed, status)

	s = New(Config{AccessID: testAccessID, Rows: 1, AllowIPs: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	status, _ = send(t, s, http.MethodGet, conversionsPath, "")
	require.Equal(t, http.StatusForbidden, status)
}

func TestPreflightNeedsNoAccessID(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, conversionsPath, nil)
	r.Header.Set("Origin", "https://shop.example")
	w := httptest.NewRecorder()
	newServer().ServeHTTP(w, r)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	require.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "authorization")
}

func TestListHasTheDocumentedFields(t *testing.T) {
	s := newServer()
	_, answer := send(t, s, http.MethodGet, conversionsPath, "")
	require.Equal(t, "ok", answer["status"])
	require.Equal(t, "conversions", answer["tag"])
	require.Equal(t, "1.0.0", answer["api_version"])
	require.Len(t, answer, 4, "no paging data")

	table := nowruz(t)
	items := list(t, s)
	rows := s.Conversions()
	require.Len(t, items, len(rows))
	for i, item := range items {
		row := rows[i]
		require.Len(t, item, 14)
		require.Equal(t, row.ID, item["id"])
		require.Equal(t, json.Number(strconv.Itoa(int(row.Status))), item["status"])
		require.Equal(t, json.Number(strconv.FormatInt(row.Amount, 10)), item["amount"])
		require.Equal(t, json.Number(strconv.FormatInt(row.Wage, 10)), item["wage"])
		if row.TypeIsNumber {
			require.Equal(t, json.Number("6"), item["type"])
			require.Equal(t, Buy, row.Type)
		} else {
			require.Equal(t, string(row.Type), item["type"])
		}
		if row.Publisher == "" {
			require.Nil(t, item["publisher"])
		} else {
			require.Equal(t, row.Publisher, item["publisher"].(object)["id"])
		}
		require.Equal(t, row.Created, tehran(t, table, item["created_at"]))
		require.Equal(t, row.Updated, tehran(t, table, item["updated_at"]))
		require.Len(t, item["commissions"], len(row.Commissions))
	}
}

// tehran reads a Jalali date-time by the published table. Iran has had no summer
// time since 2022, so its clocks are 3:30 ahead.
func tehran(t *testing.T, table map[int]time.Time, v any) time.Time {
	t.Helper()
	var year, month, day, hour, minute, second int
	_, err := fmt.Sscanf(v.(string), "%04d-%02d-%02d %02d:%02d:%02d", &year, &month, &day, &hour, &minute, &second)
	require.NoError(t, err)
	return gregorianDay(t, table, year, month, day).Add(time.Duration(hour*3600+minute*60+second)*time.Second - 210*time.Minute)
}

func TestPHPStyle(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, conversionsPath, nil)
	r.Header.Set("Authorization", "Bearer "+testAccessID)
	w := httptest.NewRecorder()
	newServer().ServeHTTP(w, r)
	body := w.Body.String()
	require.Contains(t, body, `electronics\/mobile`)
	require.Contains(t, body, `"client":[]`, "an empty map")
	require.Contains(t, body, `"amount":9007199254740993,`)
	require.Less(t, strings.IndexFunc(body, func(c rune) bool { return c > 127 }), 0, "all beyond ASCII is escaped")
}

func TestFind(t *testing.T) {
	s := newServer()
	want := list(t, s)[3]
	status, answer := send(t, s, http.MethodGet, conversionsPath+"/"+want["id"].(string), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "findConversion", answer["tag"])
	require.Equal(t, want, answer["data"])

	status, answer = send(t, s, http.MethodGet, conversionsPath+"/nosuch", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "error", answer["status"])
	require.NotEmpty(t, answer["errors"])
}

func TestFilters(t *testing.T) {
	s := newServer()
	rows := s.Conversions()
	some, later := rows[400], rows[100]
	awkward := rows[slices.IndexFunc(rows, func(c Conversion) bool { return strings.Contains(c.ExternalID, "/") })]
	zone := time.FixedZone("Tehran", 3*3600+1800)
	tests := []struct {
		name  string
		pairs []string
		keep  func(Conversion) bool
	}{
		{"status", []string{"status", "2"}, func(c Conversion) bool { return c.Status == Rejected }},
		{"status zero", []string{"status", "0"}, func(c Conversion) bool { return c.Status == Pending }},
		{"external id", []string{"external_id", awkward.ExternalID}, func(c Conversion) bool { return c.ID == awkward.ID }},
		{"closed", []string{"is_closed", "1"}, func(c Conversion) bool { return c.Closed }},
		{"not checked out", []string{"checked_out", "0"}, func(c Conversion) bool { return !c.CheckedOut }},
		{"amounts, included", []string{"min_amount", "1000000", "max_amount", strconv.FormatInt(some.Amount, 10)}, func(c Conversion) bool {
			return c.Amount >= 1_000_000 && c.Amount <= some.Amount
		}},
		{"wage", []string{"min_wage", "12500", "max_wage", "12500"}, func(c Conversion) bool { return c.Wage == 12_500 }},
		{"commission", []string{"max_commission_amount", "4500"}, func(c Conversion) bool {
			sum := int64(0)
			for _, part := range c.Commissions {
				sum += part.Amount
			}
			return sum <= 4500
		}},
		{"created, Tehran time, included", []string{
			"min_created_at", some.Created.In(zone).Format("2006-01-02 15:04:05"),
			"max_created_at", later.Created.In(zone).Format("2006-01-02 15:04:05"),
		}, func(c Conversion) bool { return !c.Created.Before(some.Created) && !c.Created.After(later.Created) }},
		{"updated, with an offset", []string{"min_updated_at", later.Updated.Format(time.RFC3339)}, func(c Conversion) bool {
			return !c.Updated.Before(later.Updated)
		}},
		{"day alone is its midnight in Tehran", []string{"min_created_at", "2026-01-10"}, func(c Conversion) bool {
			return !c.Created.Before(time.Date(2026, 1, 9, 20, 30, 0, 0, time.UTC))
		}},
		{"blank and unknown parameters", []string{"status", "", "page", "3", "colour", "red"}, func(Conversion) bool { return true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := kept(s, test.keep)
			require.NotEmpty(t, want)
			require.Equal(t, want, idsOf(list(t, s, test.pairs...)))
		})
	}
}

func TestIncorrectFilters(t *testing.T) {
	tests := []struct{ name, value string }{
		{"status", "4"},
		{"status", "approved"},
		{"is_closed", "true"},
		{"min_amount", "12.5"},
		{"max_created_at", "1404-10-20 00:00:00"}, // Jalali
		{"min_updated_at", "20260101"},
	}
	for _, test := range tests {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			status, answer := send(t, newServer(), http.MethodGet, conversionsPath+"?"+test.name+"="+url.QueryEscape(test.value), "")
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Equal(t, "error", answer["status"])
			require.Contains(t, answer["errors"], test.name)
		})
	}
}

func TestPageSize(t *testing.T) {
	s := New(Config{AccessID: testAccessID, Seed: 7, Rows: 130, PageSize: 50, Now: func() time.Time { return now }})
	var walked []string
	for page, want := range []int{50, 50, 30, 0} {
		items := list(t, s, "page", strconv.Itoa(page+1))
		require.Len(t, items, want)
		walked = append(walked, idsOf(items)...)
	}
	require.Equal(t, kept(s, func(Conversion) bool { return true }), walked)
	require.Len(t, list(t, s), 50)
}

func TestDataIsAYearOfAwkwardRows(t *testing.T) {
	s := newServer()
	require.Equal(t, s.Conversions(), newServer().Conversions())
	other := New(Config{Seed: 8, Now: func() time.Time { return now }})
	require.NotEqual(t, s.Conversions(), other.Conversions())
	require.GreaterOrEqual(t, len(s.Conversions()), 600)
	midnight := time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC)
	has, external := map[string]int{}, map[string]bool{}
	for _, c := range s.Conversions() {
		require.False(t, c.Created.Before(midnight.AddDate(0, 0, -365)) || !c.Updated.Before(midnight))
		if c.ExternalID != "" {
			require.False(t, external[c.ExternalID], "external id %q twice", c.ExternalID)
			external[c.ExternalID] = true
		}
		has[string(c.Type)]++
		has["status "+strconv.Itoa(int(c.Status))]++
		if c.Publisher == "" {
			has["no publisher"]++
		}
		if c.ExternalID == "" {
			has["no external id"]++
		}
		if len(c.Agents) == 0 {
			has["no client"]++
		}
		if strings.ContainsAny(c.ExternalID, "/%") {
			has["slash or percent"]++
		}
	}
	for _, want := range []string{
		"buy", "click", "lead", "status 0", "status 1", "status 2", "status 3",
		"no publisher", "no external id", "no client", "slash or percent",
	} {
		require.Positive(t, has[want], want)
	}
}
