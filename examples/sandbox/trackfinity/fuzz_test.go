package trackfinity_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzQuery(f *testing.F) {
	f.Add(report, "view=offer&period=8&start=2026-01-01&params[filter_loginid]=101&filter_campaignid=3")
	f.Add(preview, "transaction_hash=x&amount=1.5&transaction_type=rebill")
	f.Add(transactionReport, "period=7&trans_type=rebill&trans_start=5&params[trans_count]=2&no_inhouse=1&filter_orderid=100%25")
	f.Add("/api/ping", "view=%zz")
	s := newServer()
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("api-key", key)
		r.Header.Set("api-username", username)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound}, w.Code)
		require.True(t, json.Valid(w.Body.Bytes()))
	})
}
