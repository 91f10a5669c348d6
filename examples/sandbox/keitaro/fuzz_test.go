package keitaro_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// FuzzWrites sends a body to every write that takes one: whatever it is, the
// answer has a status of the document, is JSON, and the data can still be read.
func FuzzWrites(f *testing.F) {
	f.Add(`{"name":"Test Campaign X","alias":"test-campaign-x","cost_value":"10.0000"}`)
	f.Add(newStream)
	f.Add(`{"name":"a","url":"b","country":[],"parameters":"\"{}\"","type":"campaigns","position":"10"}`)
	f.Add(`{"start_date":"2017-09-10","end_date":"2026-09-12","cost":10.02,"currency":"EUR","only_campaign_uniques":1}`)
	f.Add(`{"campaign_id":89,"ref_name":"source","items":{"a":"whitelist"},"stream_ids":[1282]}`)
	f.Add(`[]`)
	var s *keitaro.Server
	statuses := []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable}
	f.Fuzz(func(t *testing.T, body string) {
		if s == nil || len(s.Data().Campaigns)+len(s.Data().Streams) > 200 { // do not let what is made slow down the rest
			s = keitaro.New(config())
		}
		for _, route := range []string{
			"POST campaigns", "PUT campaigns/89", "POST campaigns/89/update_costs", "POST streams", "PUT streams/1282", "POST streams/copy",
			"POST offers", "PUT offers/16", "POST affiliate_networks", "PUT affiliate_networks/1", "POST landing_pages", "PUT landing_pages/26",
			"POST traffic_sources", "PUT traffic_sources/1", "POST groups", "PUT groups/1", "POST report/labels", "POST report/build",
		} {
			method, path, _ := strings.Cut(route, " ")
			r := httptest.NewRequestWithContext(t.Context(), method, "/admin_api/v1/"+path, strings.NewReader(body))
			r.Header.Set("Api-Key", key)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.True(t, slices.Contains(statuses, w.Code), w.Code)
			require.True(t, json.Valid(w.Body.Bytes()), w.Body.String())
		}
		read[[]object](t, s, http.MethodGet, "campaigns", "")
		read[[]object](t, s, http.MethodGet, "traffic_sources", "")
	})
}
