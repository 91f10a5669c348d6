package trackier_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// fresh is a sandbox of its own, for tests that write.
func fresh() *trackier.Server { return trackier.New(config()) }

// as sends a request with a key and a body, and decodes the answer.
func as(t *testing.T, h http.Handler, key, method, path, body string) (int, object) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("X-Api-Key", key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	dec := json.NewDecoder(w.Body)
	dec.UseNumber()
	var v object
	require.NoError(t, dec.Decode(&v))
	return w.Code, v
}

// write sends a body with the network's key and returns the successful answer.
func write(t *testing.T, h http.Handler, method, path, body string) object {
	t.Helper()
	status, answer := as(t, h, key, method, path, body)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, true, answer["success"], answer)
	return answer
}

// code is the application's code in an answer.
func code(answer object) any {
	if e, ok := answer["error"].(object); ok {
		return e["code"]
	}
	return nil
}

// has checks that an answer has members, whatever else it has.
func has(t *testing.T, want, got object) {
	t.Helper()
	for name, value := range want {
		require.Equal(t, value, got[name], name)
	}
}

// newest is the data's campaign with the greatest display id.
func newest(s *trackier.Server) trackier.Campaign {
	list := s.Data().Campaigns
	return list[len(list)-1]
}

func TestRefusedWrites(t *testing.T) {
	s := fresh()
	d := s.Data()
	long := "/campaign/" + d.Campaigns[0].ID
	tests := []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"not JSON", "POST", "/campaign", "title=x", 400, "30"},
		{"half of JSON", "POST", "/affiliate", `{"name":`, 400, "30"},
		{"more than JSON", "POST", "/affiliate", `{} {}`, 400, "30"},
		{"an array", "PATCH", "/network/account", `[]`, 400, "30"},
		{"null", "PUT", "/campaign/domains", `null`, 400, "30"},
		{"no body", "POST", "/network/conversion-import", ``, 400, "30"},
		{"title missing", "POST", "/campaign", `{"url":"http://a.example","advertiser_id":1}`, 400, "20"},
		{"unknown advertiser", "POST", "/campaign", `{"title":"x","url":"http://a.example","advertiser_id":99}`, 400, "20"},
		{"unknown model", "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1,"model":"cpx"}`, 400, "20"},
		{"commission without revenue", "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1,"commissions":[{"payout":1}]}`, 400, "20"},
		{"negative payout", "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1,"commissions":[{"payout":-1,"revenue":1}]}`, 400, "20"},
		{"too fine a payout", "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1,"commissions":[{"payout":0.00001,"revenue":1}]}`, 400, "20"},
		{"edit without action", "POST", long, `{"title":"x"}`, 400, "20"},
		{"unknown action", "POST", long, `{"action":"rename","title":"x"}`, 400, "20"},
		{"empty title", "POST", long, `{"action":"basic_info","title":""}`, 400, "20"},
		{"day that is none", "POST", long, `{"action":"basic_info","expiry":"2026-02-30"}`, 400, "20"},
		{"image without url", "POST", long, `{"action":"image_upload"}`, 400, "20"},
		{"unknown publisher to block", "POST", long, `{"action":"settings","blacklist_pubs":[1]}`, 400, "20"},
		{"campaign unknown to edit", "POST", "/campaign/1", `{"action":"basic_info"}`, 404, "31"},
		{"campaign unknown to delete", "DELETE", "/campaign/1", "", 404, "31"},
		{"assigning nothing", "POST", "/campaign/assign-publisher", `{"publisher_ids":[],"campaign_ids":[]}`, 400, "20"},
		{"password missing", "POST", "/affiliate", `{"name":"x","email":"x@y.example"}`, 400, "20"},
		{"address that is none", "POST", "/advertiser", `{"name":"x","email":"x","password":"y"}`, 400, "20"},
		{"address taken", "POST", "/affiliate", `{"name":"x","email":"` + d.Affiliates[3].Email + `","password":"y"}`, 400, "33"},
		{"address taken by editing", "POST", "/advertiser/1", `{"email":"` + strings.ToUpper(d.Advertisers[3].Email) + `"}`, 400, "33"},
		{"unknown currency of a partner", "POST", "/affiliate/31", `{"currency":"XXX"}`, 400, "20"},
		{"affiliate unknown to edit", "POST", "/affiliate/1", `{}`, 404, "31"},
		{"advertiser unknown to delete", "DELETE", "/advertiser/31", ``, 404, "31"},
		{"referral without publisher", "POST", "/network/referral", `{}`, 400, "20"},
		{"referral of an unknown base", "POST", "/network/referral", `{"publisher_id":31,"base":"x"}`, 400, "20"},
		{"unknown referral", "PATCH", "/network/referral/1", `{}`, 404, "31"},
		{"network without a name", "PATCH", "/network/account", `{"name":null}`, 400, "20"},
		{"import of nothing", "POST", "/network/conversion-import", `{"conversions":[]}`, 400, "20"},
		{"import of text", "POST", "/network/conversion-import", `{"conversions":"x"}`, 400, "20"},
		{"link of an unknown affiliate", "POST", "/network/link/1/16", `{}`, 404, "31"},
		{"link under an unknown domain", "POST", "/network/link/31/16", `{"domain":"x.example"}`, 400, "20"},
		{"landing page without url", "POST", "/campaign/lpages/16", `{"title":"x"}`, 400, "20"},
		{"unknown landing page", "DELETE", "/campaign/lpages/16/1", ``, 404, "31"},
		{"payout without publishers", "POST", "/campaign/pub-payout/16", `{"payout":1}`, 400, "20"},
		{"payout without its revenue", "POST", "/campaign/pub-payout/16", `{"payout":1,"pids":[31],"crev":1}`, 400, "20"},
		{"cap of an unknown type", "POST", "/caps/16", `{"caps":[{"type":"x"}]}`, 400, "20"},
		{"no caps", "POST", "/caps/16", `{"caps":[]}`, 400, "20"},
		{"cap below zero", "POST", "/caps/16", `{"caps":[{"type":"click","daily":-1}]}`, 400, "20"},
		{"commission without rate", "POST", "/commissions/16", `{"revenue":1}`, 400, "20"},
		{"unknown commission", "GET", "/commissions/16/1", ``, 404, "31"},
		{"goal without goal", "POST", "/goal", `{"payouts":[]}`, 400, "20"},
		{"goal that is there", "POST", "/goal", `{"goal":{"title":"x","value":"` + d.Goals[0].Value + `","type":"public","ad_id":16}}`, 400, "33"},
		{"unknown goal", "DELETE", "/goal/1", ``, 404, "31"},
		{"unknown payout of a goal", "DELETE", "/goal/payout/" + d.Goals[0].ID + "/1", ``, 404, "31"},
		{"category without a name", "POST", "/dictionary/categories", `{}`, 400, "20"},
		{"category that is there", "POST", "/dictionary/categories", `{"name":"finance"}`, 400, "33"},
		{"unknown category", "DELETE", "/dictionary/categories/1", ``, 404, "31"},
		{"field without a name", "POST", "/dictionary/customField/affiliate", `{"ftype":"text"}`, 400, "20"},
		{"field of an unknown type", "POST", "/dictionary/customField/affiliate", `{"fname":"x","ftype":"x"}`, 400, "20"},
		{"unknown field", "DELETE", "/dictionary/customField/advertiser/1", ``, 404, "31"},
		{"method that is none", "PATCH", "/campaign/16", `{}`, 405, "32"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := as(t, s, key, test.method, test.path, test.body)
			require.Equal(t, test.status, status, answer)
			require.Equal(t, false, answer["success"])
			require.Equal(t, num(test.code), code(answer), answer)
		})
	}
	require.Equal(t, d, s.Data(), "nothing refused leaves a trace")

	c := config()
	c.Status200 = true
	status, answer := as(t, trackier.New(c), key, "POST", "/campaign", "{")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, num("30"), code(answer))
}

func TestWritesDoNotChangeWhatWasReturned(t *testing.T) {
	s := fresh()
	before := s.Data()
	same := fresh().Data()
	write(t, s, "POST", "/campaign/16", `{"action":"basic_info","title":"Other"}`)
	write(t, s, "DELETE", "/affiliate/31", "")
	write(t, s, "POST", "/caps/16", `{"caps":[{"type":"click","daily":"5"}]}`)
	require.Equal(t, same, before)
	require.NotEqual(t, before.Campaigns[0], s.Data().Campaigns[0])
}

func TestNewObjectsAreTheSameForASeed(t *testing.T) {
	body := `{"title":"x","url":"u","advertiser_id":1}`
	first, second := fresh(), fresh()
	write(t, first, "POST", "/campaign", body)
	write(t, second, "POST", "/api/campaign", body)
	require.Equal(t, first.Data(), second.Data())
}

func TestResetUndoesWrites(t *testing.T) {
	s := fresh()
	before := s.Data()
	write(t, s, "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1}`)
	write(t, s, "DELETE", "/affiliate/32", "")
	queue(t, s, `{"campaign_id":16,"publisher_id":31}`)
	after := s.Data()
	s.Reset()
	require.Equal(t, before, s.Data())
	data(t, s, "/affiliate/32")
	write(t, s, "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1}`)
	require.Equal(t, after.Campaigns, s.Data().Campaigns)
}

func TestWritesAndReadsAtOnce(t *testing.T) {
	s := fresh()
	n := len(s.Data().Campaigns)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				for _, q := range []struct{ key, method, path, body string }{
					{key, "POST", "/campaign", `{"title":"x","url":"u","advertiser_id":1,"status":"active"}`},
					{key, "GET", "/campaign", ""},
					{key, "GET", "/network/stats", ""},
					{publisherKey, "GET", "/v2/publisher/campaigns", ""},
				} {
					r := httptest.NewRequestWithContext(t.Context(), q.method, q.path, strings.NewReader(q.body))
					r.Header.Set("X-Api-Key", q.key)
					w := httptest.NewRecorder()
					s.ServeHTTP(w, r)
					assert.Equal(t, http.StatusOK, w.Code)
				}
				assert.NotEmpty(t, s.Data().Campaigns)
			}
		})
	}
	all.Wait()
	ids := map[int64]bool{}
	for _, c := range s.Data().Campaigns {
		ids[c.DisplayID] = true
	}
	require.Len(t, ids, n+20, "every campaign has an id of its own")
}

// FuzzBodies looks for a body that makes the sandbox fail otherwise than by
// refusing it.
func FuzzBodies(f *testing.F) {
	f.Add(`{"title":"x","url":"u","advertiser_id":"3","commissions":[{"payout":0.5,"revenue":"1","coverage":["ALL"]}],"status":"pending"}`)
	f.Add(`{"action":"targeting","device":["mobile"],"visibility":"public","live":0}`)
	f.Add(`{"conversions":[{"campaign_id":16,"publisher_id":"31","payout":2,"created":"2017-10-26 22:33:00","ipaddr":"::1"},{"conversion_id":null}]}`)
	f.Add(`{"caps":[{"type":"revenue","daily":1,"pids":["ALL"],"pc":true}],"goal":{"title":1},"payouts":[{}],"domains":[]}`)
	s := fresh()
	goal := s.Data().Goals[0].ID
	paths := []string{
		"POST /campaign", "POST /campaign/17", "PUT /campaign/domains", "POST /campaign/assign-publisher", "POST /affiliate", "POST /advertiser/1",
		"POST /network/referral", "PATCH /network/account", "POST /network/conversion-import", "POST /network/link/32/17", "POST /campaign/lpages/17",
		"POST /campaign/pub-payout/17", "POST /caps/17", "POST /commissions/17", "POST /goal", "POST /goal/" + goal, "POST /goal/payout/" + goal,
	}
	f.Fuzz(func(t *testing.T, body string) {
		s.Reset() // so that a failure can be repeated
		for _, path := range paths {
			method, path, _ := strings.Cut(path, " ")
			status, _ := as(t, s, key, method, path, body)
			require.Contains(t, []int{200, 400}, status)
		}
		job := "/jobs/" + s.Data().Jobs[0].ID
		for range 2 {
			status, _ := as(t, s, key, "GET", job, "")
			require.Equal(t, 200, status)
		}
	})
}
