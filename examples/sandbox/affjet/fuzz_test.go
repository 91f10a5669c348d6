package affjet_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

func FuzzQuery(f *testing.F) {
	f.Add("transaction", "dateFrom=20260101000000&order=amount-desc,date-asc&pageSize=3&pageIndex=1")
	f.Add("totalvalues", "groupBy=date,merchant&dateFrom=20260301&dateTo=20260310")
	f.Add("overview", "groupByMerchant=true&count=false")
	f.Add("merchant/501", "includeAffiliateNetwork=true")
	f.Add("affiliateNetwork/x", "order=%zz")
	s := affjet.New(affjet.Config{Key: "k", Rows: 50})
	f.Fuzz(func(t *testing.T, endpoint, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = "/externalclient/"+endpoint, "apikey=k&"+query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusNotFound {
			return
		}
		require.Equal(t, http.StatusOK, w.Code)
		var answer struct {
			Result    int
			DataCount int
			DataList  []json.RawMessage
			Errors    []string
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
		require.Contains(t, []int{0, 200, 300}, answer.Result)
		require.Equal(t, answer.Result != 0, len(answer.Errors) > 0)
	})
}

func BenchmarkTransactionPage(b *testing.B) {
	s := affjet.New(affjet.Config{Key: "k", Rows: 10_000})
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/externalclient/transaction?apikey=k&pageSize=100&pageIndex=50", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		b.SetBytes(int64(w.Body.Len()))
	}
}
