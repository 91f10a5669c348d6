package keitaro_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// expect sends a request that has to be answered with 200 and this JSON.
func expect(t *testing.T, s *keitaro.Server, method, path, body, want string) {
	t.Helper()
	status, answer := ask(t, s, method, path, body)
	require.Equal(t, http.StatusOK, status, answer)
	require.JSONEq(t, want, answer)
}

// The samples of the document, with the id that comes after the generated ones.
func TestNetworkSamples(t *testing.T) {
	s := at(t, "2017-03-29 11:49:49")
	const dates = `"created_at": "2017-03-29 11:49:49", "updated_at": "2017-03-29 11:49:49"`
	expect(t, s, http.MethodPost, "affiliate_networks", `{"name":"test","postback_url":"http://postback"}`,
		`[{"id": "9", "name": "test", "postback_url": "http://postback", "state": "active", "template_name": "", `+dates+`}]`)
	expect(t, s, http.MethodPut, "affiliate_networks/9", `{"name":"test2","postback_url":"http://postback2"}`,
		`[{"id": "9", "name": "test2", "postback_url": "http://postback2", "state": "active", "template_name": "", `+dates+`}]`)
	expect(t, s, http.MethodPost, "affiliate_networks/1/clone", "",
		`[{"id": "10", "name": "bitterstrawberry.com Copy 29 Mar 2017 11:49", "postback_url": "", "state": "active", "template_name": "bitterstrawberrycom", `+dates+`}]`)
	expect(t, s, http.MethodDelete, "affiliate_networks/10", "",
		`[{"id": "10", "name": "bitterstrawberry.com Copy 29 Mar 2017 11:49", "postback_url": "", "state": "deleted", "template_name": "bitterstrawberrycom", `+dates+`}]`)
	require.Equal(t, num("9"), read[object](t, s, http.MethodGet, "affiliate_networks/9", "")["id"], "a number when it is read")
	status, _ := ask(t, s, http.MethodGet, "affiliate_networks/10", "")
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, idsOf(read[[]object](t, s, http.MethodGet, "affiliate_networks", "")), "10")
	status, answer := ask(t, s, http.MethodPut, "affiliate_networks/9", `{"name":null}`)
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"name":["Is required"]}`, answer)
}

func TestNetworksAreArchivedByEitherSpelling(t *testing.T) {
	status, _ := ask(t, shared, http.MethodPost, "affiliate_networks/1/archive", "")
	require.Equal(t, http.StatusNotFound, status)
	c := config()
	c.NetworkArchive, c.BareEntities = keitaro.PostNetworkArchive, true
	s := keitaro.New(c)
	status, _ = ask(t, s, http.MethodDelete, "affiliate_networks/1", "")
	require.Equal(t, http.StatusNotFound, status)
	row := read[object](t, s, http.MethodPost, "affiliate_networks/1/archive", "")
	require.Equal(t, "deleted", row["state"])
	require.Equal(t, "1", row["id"])
}

func TestOfferSamples(t *testing.T) {
	s := at(t, "2017-09-12 18:09:20")
	const dates = `"created_at": {"date": "2017-09-12 18:09:20.000000", "timezone_type": 3, "timezone": "UTC"},
		"updated_at": {"date": "2017-09-12 18:09:20.000000", "timezone_type": 3, "timezone": "UTC"}`
	const url = `http://offer.com?ad_campaign_id={ad_campaign_id}`
	expect(t, s, http.MethodPost, "offers", `{"name":"Test Offer X","url":"`+url+`&stream_id={stream_id}"}`,
		`{"name": "Test Offer X", "url": "`+url+`&stream_id={stream_id}", `+dates+`, "state": "active", "id": "21", "group": "No group", "affiliate_network": null}`)
	const rest = `"group_id": null, "url": "` + url + `", "affiliate_network_id": null, "payout_value": "0.0000", "payout_currency": null,
		"payout_type": null, "payout_auto": false, "payout_upsell": false, "country": null, "notes": null, "affiliate_network": null, ` + dates
	expect(t, s, http.MethodPut, "offers/21", `{"name":"Test Offer X2","url":"`+url+`"}`, `{"id": 21, "name": "Test Offer X2", "state": "active", `+rest+`}`)
	expect(t, s, http.MethodPost, "offers/21/clone", "", `[{"id": 22, "name": "Test Offer X2 Copy", "state": "active", `+rest+`}]`)
	expect(t, s, http.MethodDelete, "offers/21/archive", "", `[{"id": 21, "name": "Test Offer X2", "state": "deleted", `+rest+`}]`)
	status, _ := ask(t, s, http.MethodGet, "offers/21", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestOfferTakesEveryMember(t *testing.T) {
	s := keitaro.New(config())
	row := read[object](t, s, http.MethodPost, "offers", `{"name":"a","url":"b","group_id":"11","affiliate_network_id":1,"payout_value":0.02,
		"payout_currency":"EUR","payout_type":"CPC","state":"disabled","payout_auto":1,"payout_upsell":"1","country":["DE","US"],"notes":"test note"}`)
	require.Equal(t, "CPA", row["group"])
	require.Equal(t, "bitterstrawberry.com", row["affiliate_network"])
	require.Equal(t, "0.0200", row["payout_value"])
	require.Equal(t, "21", row["id"])
	got := s.Data().Offers[20]
	require.Equal(t, keitaro.Offer{
		ID: 21, Name: "a", URL: "b", GroupID: 11, NetworkID: 1, Payout: 200, PayoutCurrency: "EUR", PayoutType: "CPC", State: keitaro.Disabled,
		PayoutAuto: true, PayoutUpsell: true, Countries: []string{"DE", "US"}, Notes: "test note", CreatedAt: noon, UpdatedAt: noon,
	}, got)
	require.Equal(t, []any{"FR"}, read[object](t, s, http.MethodPut, "offers/21", `{"country":"FR"}`)["country"])
	row = read[object](t, s, http.MethodPut, "offers/21", `{"country":null,"payout_type":null,"payout_value":null,"group_id":0}`)
	require.Nil(t, row["country"])
	require.Nil(t, row["payout_type"])
	require.Nil(t, row["group_id"])
	require.Equal(t, "0.0000", row["payout_value"])
	require.Equal(t, "EUR", row["payout_currency"])
	for body, want := range map[string]string{
		`{}`: `{"name":["Is required"],"url":["Is required"]}`,
		`{"name":"a","url":"b","payout_type":"CPM"}`:         `{"payout_type":["Must be one of CPA, CPC"]}`,
		`{"name":"a","url":"b","group_id":1}`:                `{"group_id":["Not found"]}`, // a group of campaigns
		`{"name":"a","url":"b","affiliate_network_id":8}`:    `{"affiliate_network_id":["Not found"]}`,
		`{"name":"a","url":"b","country":{"a":1}}`:           `{"country":["Must be a list of known values"]}`,
		`{"name":"a","url":"b","payout_value":"12,5"}`:       `{"payout_value":["Must be a non-negative number"]}`,
		`{"name":"a","url":"b","payout_value":1.2e3}`:        `{"payout_value":["Must be a non-negative number"]}`,
		`{"name":"a","url":"b","payout_currency":"bitcoin"}`: `{"payout_currency":["Must be one of EUR, USD, RUB, UAH, GBP"]}`,
	} {
		status, answer := ask(t, s, http.MethodPost, "offers", body)
		require.Equal(t, http.StatusNotAcceptable, status, body)
		require.JSONEq(t, want, answer, body)
	}
}

func TestLandingPages(t *testing.T) {
	s := keitaro.New(config())
	const rest = `"landing_type": "local", "action_type": "local_file", "action_payload": "lander", "group_id": 21, "notes": "n",
		"created_at": "2026-05-20 12:00:00", "updated_at": "2026-05-20 12:00:00"`
	expect(t, s, http.MethodPost, "landing_pages", `{"name":"LP","landing_type":"local","action_type":"local_file","action_payload":"lander",
		"action_options":{"folder":"a"},"group_id":"21","notes":"n"}`,
		`{"id": 40, "name": "LP", "state": "active", "action_options": {"folder": "a"}, `+rest+`}`)
	expect(t, s, http.MethodPut, "landing_pages/40", `{"name":"LP2","action_options":null}`,
		`{"id": 40, "name": "LP2", "state": "active", "action_options": [], `+rest+`}`)
	expect(t, s, http.MethodPut, "landing_pages/40/clone", "", `[{"id": 41, "name": "LP2 Copy", "state": "active", "action_options": [], `+rest+`}]`)
	expect(t, s, http.MethodDelete, "landing_pages/40", "", `[{"id": 40, "name": "LP2", "state": "deleted", "action_options": [], `+rest+`}]`)
	status, answer := ask(t, s, http.MethodPost, "landing_pages", `{"landing_type":"x"}`)
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"name":["Is required"],"landing_type":["Must be one of local, external, preloaded"]}`, answer)
}

func TestTrafficSources(t *testing.T) {
	s := keitaro.New(config())
	row := read[object](t, s, http.MethodPost, "traffic_sources", `{"name":"Source","postback_url":"http://p","postback_statuses":["sale","lead"],
		"template_name":"custom","accept_parameters":true,"traffic_loss":2.5,"parameters":{"keyword":{"name":"utm_term","placeholder":"{keyword}"}}}`)
	require.Equal(t, object{
		"id": num("7"), "name": "Source", "postback_url": "http://p", "postback_statuses": []any{"sale", "lead"}, "template_name": "custom",
		"accept_parameters": true, "parameters": object{"keyword": object{"name": "utm_term", "placeholder": "{keyword}"}}, "traffic_loss": "2.50",
		"state": "active", "created_at": "2026-05-20 12:00:00", "updated_at": "2026-05-20 12:00:00",
	}, row)
	text := `{"cost":{"name":"cost","placeholder":"{bid}"}}`
	require.Equal(t, text, read[object](t, s, http.MethodPut, "traffic_sources/7", `{"parameters":`+quoted(text)+`}`)["parameters"])
	require.Equal(t, quoted(text), read[object](t, s, http.MethodPut, "traffic_sources/7", `{"parameters":`+quoted(quoted(text))+`}`)["parameters"])
	require.Equal(t, []keitaro.Parameter{{Name: "cost", Placeholder: "{bid}"}}, s.Data().TrafficSources[6].Parameters)
	require.Equal(t, []any{}, read[object](t, s, http.MethodPut, "traffic_sources/7", `{"parameters":[]}`)["parameters"])
	require.Equal(t, "Source Copy", read[[]object](t, s, http.MethodPost, "traffic_sources/7/clone", "")[0]["name"])
	require.Equal(t, "deleted", read[[]object](t, s, http.MethodDelete, "traffic_sources/7", "")[0]["state"])
	for body, want := range map[string]string{
		`{}`:                                          `{"name":["Is required"]}`,
		`{"name":"a","postback_statuses":["x"]}`:      `{"postback_statuses":["Must be a list of known values"]}`,
		`{"name":"a","parameters":"{"}`:               `{"parameters":["Must be JSON"]}`,
		`{"name":"a","parameters":[1]}`:               `{"parameters":["Must be an object"]}`,
		`{"name":"a","parameters":{"a":1}}`:           `{"parameters":["Must be an object of objects"]}`,
		`{"name":"a","parameters":{"a":{"name":[]}}}`: `{"parameters":["Must have names and placeholders"]}`,
		`{"name":"a","traffic_loss":"100.01"}`:        `{"traffic_loss":["Must be a percentage"]}`,
	} {
		status, answer := ask(t, s, http.MethodPost, "traffic_sources", body)
		require.Equal(t, http.StatusNotAcceptable, status, body)
		require.JSONEq(t, want, answer, body)
	}
}

// quoted is a text as JSON.
func quoted(text string) string { return string(kit.Plain.Append(nil, text)) }

func TestGroupSamples(t *testing.T) {
	s := keitaro.New(config())
	expect(t, s, http.MethodPost, "groups", `{"name":"Test Group X","position":"10","type":"campaigns"}`,
		`{"name": "Test Group X", "position": 10, "type": "campaigns", "id": "22"}`)
	expect(t, s, http.MethodPut, "groups/22", `{"id":19,"name":"Test Group X2"}`,
		`{"id": 22, "name": "Test Group X2", "position": 10, "type": "campaigns", "count": "0"}`)
	members := 0
	for _, c := range s.Data().Campaigns {
		if c.GroupID == 2 && c.State != keitaro.Deleted {
			members++
		}
	}
	require.Positive(t, members)
	require.Equal(t, fmt.Sprint(members), read[object](t, s, http.MethodPut, "groups/2", `{"position":7}`)["count"])

	status, body := ask(t, s, http.MethodDelete, "groups/2/delete", "")
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, body)
	require.Equal(t, []string{"1", "3", "22"}, idsOf(read[[]object](t, s, http.MethodGet, "groups?type=campaigns", "")))
	for _, c := range s.Data().Campaigns {
		require.NotEqual(t, int64(2), c.GroupID)
	}
	status, body = ask(t, s, http.MethodPost, "groups", `{"type":"streams"}`)
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"name":["Is required"],"position":["Is required"],"type":["Must be one of campaigns, offers, landings"]}`, body)

	read[object](t, s, http.MethodPost, "groups", `{"name":"a","position":1,"type":"offers"}`)
	ask(t, s, http.MethodDelete, "groups/23/delete", "")
	require.Equal(t, "24", read[object](t, s, http.MethodPost, "groups", `{"name":"a","position":1,"type":"offers"}`)["id"], "ids are not given again")

	c := config()
	c.NextGroupPosition = true
	row := read[object](t, keitaro.New(c), http.MethodPost, "groups", `{"name":"Test Group X","position":"10","type":"landings"}`)
	require.Equal(t, num("2"), row["position"], "as in the document's sample")
}

func TestUpdateLabels(t *testing.T) {
	s := keitaro.New(config())
	labels := func(label string) []string {
		return read[[]string](t, s, http.MethodGet, "report/labels?campaign_id=89&ref_name=source&label_name="+label, "")
	}
	require.Equal(t, []string{"100%fake.example", "ботнет.рф"}, labels("blacklist"))
	expect(t, s, http.MethodPost, "report/labels", `{"campaign_id":89,"ref_name":"source","items":{"news.example":"blacklist","ботнет.рф":null,"site/9":"whitelist"}}`, `{"success":true}`)
	require.Equal(t, []string{"100%fake.example", "news.example"}, labels("blacklist"))
	require.Equal(t, []string{"site/42", "site/9"}, labels("whitelist"))
	expect(t, s, http.MethodPost, "report/labels", `{"campaign_id":89,"ref_name":"source","label_name":"whitelist","items":["news.example"]}`, `{"success":true}`)
	require.Equal(t, []string{"site/42", "site/9", "news.example"}, labels("whitelist"))
	expect(t, s, http.MethodPost, "report/labels", `{"campaign_id":89,"ref_name":"source","items":[]}`, `{"success":true}`)
	require.Equal(t, []string{"100%fake.example"}, labels("blacklist"))
	require.Equal(t, []string{"pub-3", "pub-7"},
		read[[]string](t, s, http.MethodGet, "report/labels?campaign_id=89&ref_name=sub_id_1&label_name=blacklist", ""), "of another parameter")

	row := report(t, s, "clicks/log", `{"limit":1,"columns":["label"],"filters":[
		{"name":"campaign_id","operator":"EQUALS","expression":89},{"name":"source","operator":"EQUALS","expression":"news.example"}]}`).Rows[0]
	require.Equal(t, "whitelist", row["label"])

	for body, want := range map[string]string{
		`{}`: `{"campaign_id":["Is required"],"ref_name":["Is required"],"items":["Is required"]}`,
		`{"campaign_id":0,"ref_name":"x","items":{"a":"grey"}}`: `{"campaign_id":["Not found"],"ref_name":["Unknown column x"],"items":["Must be labelled whitelist or blacklist"]}`,
		`{"campaign_id":5,"ref_name":"source","items":["a"]}`:   `{"campaign_id":["Not found"],"label_name":["Is required"]}`,
		`{"campaign_id":89,"ref_name":"source","items":"a"}`:    `{"items":["Must be an object or a list"]}`,
	} {
		status, answer := ask(t, s, http.MethodPost, "report/labels", body)
		require.Equal(t, http.StatusNotAcceptable, status, body)
		require.JSONEq(t, want, answer, body)
	}
}

func TestClearLog(t *testing.T) {
	s := keitaro.New(config())
	expect(t, s, http.MethodDelete, "logs/postbacks", "", `{"success":true}`)
	require.Empty(t, read[[]object](t, s, http.MethodGet, "logs/postbacks?limit=10", ""))
	require.NotEmpty(t, read[[]object](t, s, http.MethodGet, "logs/traffic?limit=10", ""))
}

func TestManyClientsAtOnce(t *testing.T) {
	s := keitaro.New(config())
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for j := range 3 {
				alias := fmt.Sprint("c", i, "-", j)
				status, answer := ask(t, s, http.MethodPost, "campaigns", `{"name":"n","alias":"`+alias+`"}`)
				if status != http.StatusOK {
					t.Error(answer) // require must not end another goroutine
				}
				ask(t, s, http.MethodPost, "streams", newStream)
				ask(t, s, http.MethodPost, "campaigns/89/update_costs", `{"start_date":"2026-02-01","end_date":"2026-02-02","cost":7}`)
				ask(t, s, http.MethodGet, "campaigns/89/streams", "")
				ask(t, s, http.MethodPost, "report/build", `{"limit":1,"grouping":["campaign"],"metrics":["cost"]}`)
				d := s.Data()
				for _, stream := range d.Streams {
					if stream.ID == 0 {
						t.Error("a stream without an id")
					}
				}
				for _, click := range d.Clicks { // while others change what clicks cost
					if click.Cost < 0 {
						t.Error("a click that pays")
					}
				}
			}
		})
	}
	clients.Wait()
	seen := map[int64]bool{}
	for _, c := range s.Data().Campaigns {
		require.False(t, seen[c.ID], "an id twice")
		seen[c.ID] = true
	}
	require.Len(t, seen, 38)
}
