package affili

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchange sends a request and checks that the answer has the envelope.
func exchange(t *testing.T, s *Server, r *http.Request, statuses ...int) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Contains(t, statuses, w.Code)
	var answer struct{ Status string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	require.Equal(t, w.Code == http.StatusOK, answer.Status == "ok")
}

func FuzzFilters(f *testing.F) {
	f.Add("status=1&min_amount=5&max_created_at=2026-01-01")
	f.Add("min_created_at=1404-10-20&page=-3&is_closed=2")
	s := New(Config{AccessID: testAccessID, Rows: 30, PageSize: 10})
	f.Fuzz(func(t *testing.T, query string) {
		r := newRequest(t, http.MethodGet, conversionsPath, "")
		r.URL.RawQuery = query
		exchange(t, s, r, http.StatusOK, http.StatusUnprocessableEntity)
	})
}

func FuzzWrites(f *testing.F) {
	f.Add(`{"amount":"2000","commissions":[{"name":"buy","sub_amount":"2000"}],"type":"buy","status":"1"}`)
	f.Add(`{"type":"lead","token":"t","aff_id":"a","referrer":"r","name":null}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		s := New(Config{AccessID: testAccessID, Rows: 3})
		for _, path := range []string{conversionsPath, conversionsPath + "/" + s.Conversions()[0].ID, setCookiePath} {
			exchange(t, s, newRequest(t, http.MethodPost, path, body), http.StatusOK, http.StatusUnprocessableEntity)
		}
		exchange(t, s, newRequest(t, http.MethodGet, conversionsPath, ""), http.StatusOK)
	})
}
