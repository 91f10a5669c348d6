package keitaro_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// at returns a fresh sandbox whose clock shows an instant.
func at(t *testing.T, instant string) *keitaro.Server {
	t.Helper()
	c := config()
	now, err := time.Parse(time.DateTime, instant)
	require.NoError(t, err)
	c.Now = func() time.Time { return now }
	return keitaro.New(c)
}

func campaign(s *keitaro.Server, id int64) keitaro.Campaign {
	return find(s.Data().Campaigns, func(c keitaro.Campaign) bool { return c.ID == id })
}

// sampleCampaign is the document's, with the id that comes after the generated
// ones, and what differs from sample to sample.
func sampleCampaign(alias, name, state, updated, token string) string {
	return fmt.Sprintf(`{ "id": 115, "alias": %q, "name": %q, "type": "position", "cookies_ttl": 24, "position": 9999, "state": %q,
		"updated_at": %s, "cost_type": "CPC", "cost_value": "0.0000", "cost_currency": "USD", "group_id": null, "bind_visitors": null,
		"traffic_source_id": null, "token": %q, "cost_auto": false }`, alias, name, state, updated, token)
}

func TestLifeOfACampaign(t *testing.T) {
	s := at(t, "2017-06-01 13:46:20")
	const changed = `"2017-06-01 13:46:20"`
	do := func(method, path, body string) string {
		status, answer := ask(t, s, method, path, body)
		require.Equal(t, http.StatusOK, status, answer)
		return answer
	}
	created := do(http.MethodPost, "campaigns", `{"name":"Test Campaign X","alias":"test-campaign-x"}`)
	token := campaign(s, 115).Token
	require.Regexp(t, `^[0-9a-f]{39}$`, token)
	require.JSONEq(t, sampleCampaign("test-campaign-x", "Test Campaign X", "active", "null", token), created)

	updated := do(http.MethodPut, "campaigns/115", `{"name":"Test Campaign X2","alias":"test-campaign-x2"}`)
	require.JSONEq(t, sampleCampaign("test-campaign-x2", "Test Campaign X2", "active", "null", token), updated)
	require.JSONEq(t, updated, do(http.MethodGet, "campaigns/115", ""))

	archived := do(http.MethodDelete, "campaigns/115", "")
	require.JSONEq(t, "["+sampleCampaign("test-campaign-x2", "Test Campaign X2", "deleted", changed, token)+"]", archived)
	status, _ := ask(t, s, http.MethodGet, "campaigns/115", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Len(t, read[[]object](t, s, http.MethodGet, "campaigns", ""), 24)
	require.Len(t, read[[]object](t, s, http.MethodGet, "campaigns/deleted", ""), 3)

	active := "[" + sampleCampaign("test-campaign-x2", "Test Campaign X2", "active", changed, token) + "]"
	require.JSONEq(t, active, do(http.MethodPost, "campaigns/115/restore", ""))
	require.Len(t, read[[]object](t, s, http.MethodGet, "campaigns", ""), 25)
	require.JSONEq(t, active, do(http.MethodPost, "campaigns/115/restore", ""), "nothing to restore")

	disabled := do(http.MethodPost, "campaigns/115/disable", "")
	require.JSONEq(t, "["+sampleCampaign("test-campaign-x2", "Test Campaign X2", "disabled", changed, token)+"]", disabled)
	require.Equal(t, keitaro.Disabled, campaign(s, 115).State)
	require.JSONEq(t, active, do(http.MethodPost, "campaigns/115/enable", ""))
}

func TestCloneOfACampaign(t *testing.T) {
	s := at(t, "2017-06-01 13:46:20")
	rows := read[[]object](t, s, http.MethodPost, "campaigns/90/clone", "")
	require.Len(t, rows, 1)
	clone, source := campaign(s, 115), campaign(s, 90)
	require.Regexp(t, `^[A-Za-z0-9]{6}$`, clone.Alias)
	require.NotEqual(t, source.Alias, clone.Alias)
	require.NotEqual(t, source.Token, clone.Token)
	require.Equal(t, source.Name+" Copy", rows[0]["name"])
	require.Equal(t, num("115"), rows[0]["id"])

	want := source
	want.ID, want.Alias, want.Token, want.Name = 115, clone.Alias, clone.Token, source.Name+" Copy"
	want.UpdatedAt = time.Date(2017, 6, 1, 13, 46, 20, 0, time.UTC)
	require.Equal(t, want, clone)

	var streams, copies []keitaro.Stream
	for _, t := range s.Data().Streams {
		switch {
		case t.CampaignID == 90 && t.State != keitaro.Deleted:
			streams = append(streams, t)
		case t.CampaignID == 115:
			copies = append(copies, t)
		}
	}
	require.NotEmpty(t, streams)
	require.Len(t, copies, len(streams))
	for i := range copies {
		require.Equal(t, streams[i].Name, copies[i].Name)
		require.Greater(t, copies[i].ID, streams[i].ID)
		require.Len(t, copies[i].Offers, len(streams[i].Offers))
	}

	c := config()
	c.CopyOf, c.BareEntities = true, true
	newer := keitaro.New(c)
	require.Equal(t, "Copy of "+source.Name, read[object](t, newer, http.MethodPost, "campaigns/90/clone", "")["name"])
}

func TestGeneratedAliasesAndTokensAreTheSameEveryTime(t *testing.T) {
	var answers [2]string
	for i := range answers {
		s := keitaro.New(config())
		_, first := ask(t, s, http.MethodPost, "campaigns/89/clone", "")
		_, second := ask(t, s, http.MethodPost, "campaigns", `{"name":"a","alias":"b"}`)
		answers[i] = first + second
	}
	require.Equal(t, answers[0], answers[1])
}

func TestCampaignTakesEveryMember(t *testing.T) {
	s := keitaro.New(config())
	read[object](t, s, http.MethodPut, "campaigns/89", `{"id":5,"alias":"new","name":"Новая","type":"weight","cookies_ttl":"48","position":3,
		"state":"disabled","cost_type":"CPUC","cost_value":"12.34567","cost_currency":"EUR","cost_auto":"1","group_id":"2","bind_visitors":"slo",
		"traffic_source_id":4,"token":"secret","nobody":"knows"}`)
	before := campaign(keitaro.New(config()), 89)
	require.Equal(t, keitaro.Campaign{
		ID: 89, Alias: "new", Name: "Новая", Type: "weight", CookiesTTL: 48, Position: 3, State: keitaro.Disabled, UpdatedAt: before.UpdatedAt,
		CostType: "CPUC", CostValue: 12_3457, CostCurrency: "EUR", CostAuto: true, GroupID: 2, BindVisitors: "slo", TrafficSourceID: 4, Token: "secret",
	}, campaign(s, 89))

	row := read[object](t, s, http.MethodPut, "campaigns/89", `{"group_id":null,"bind_visitors":null,"traffic_source_id":"","cost_auto":false,"state":"removed"}`)
	require.Nil(t, row["group_id"])
	require.Nil(t, row["bind_visitors"])
	require.Nil(t, row["traffic_source_id"])
	require.Equal(t, "12.3457", row["cost_value"], "what is not given stays")
	require.Equal(t, "deleted", row["state"], "the document's tables call it removed")
}

func TestCampaignRefusals(t *testing.T) {
	s := keitaro.New(config())
	tests := map[string]string{
		`{"name":"a"}`:                             `{"alias":["Is required"]}`,
		`{"name":"","alias":"b"}`:                  `{"name":["Is required"]}`,
		`{"name":"a","alias":"c8bL9W"}`:            `{"alias":["Already exists"]}`,
		`{"name":["a"],"alias":"b"}`:               `{"name":["Must be a string"]}`,
		`{"name":"a","alias":"b","type":"random"}`: `{"type":["Must be one of position, weight"]}`,
		`{"name":"a","alias":"b","state":"gone"}`:  `{"state":["Must be one of active, disabled, deleted, removed"]}`,
		`{"name":"a","alias":"b","cost_type":"X","cost_currency":"BTC"}`: `{"cost_type":["Must be one of CPC, CPUC, CPM, RevShare, CPA, CPS, CPUV, CPV"],
			"cost_currency":["Must be one of EUR, USD, RUB, UAH, GBP"]}`,
		`{"name":"a","alias":"b","bind_visitors":"x"}`:              `{"bind_visitors":["Must be one of s, sl, slo"]}`,
		`{"name":"a","alias":"b","cookies_ttl":-1}`:                 `{"cookies_ttl":["Must be a non-negative integer"]}`,
		`{"name":"a","alias":"b","cost_value":"1e9"}`:               `{"cost_value":["Must be a non-negative number"]}`,
		`{"name":"a","alias":"b","cost_auto":"maybe"}`:              `{"cost_auto":["Must be 0 or 1"]}`,
		`{"name":"a","alias":"b","group_id":11}`:                    `{"group_id":["Not found"]}`, // a group of offers
		`{"name":"a","alias":"b","traffic_source_id":"6"}`:          `{"traffic_source_id":["Not found"]}`,
		`{"name":"a","alias":"b","traffic_source_id":[1]}`:          `{"traffic_source_id":["Not found"]}`,
		`{"name":"a","alias":"b","position":"9999999999999999999"}`: `{"position":["Must be a non-negative integer"]}`,
	}
	for body, want := range tests {
		t.Run(body, func(t *testing.T) {
			status, answer := ask(t, s, http.MethodPost, "campaigns", body)
			require.Equal(t, http.StatusNotAcceptable, status)
			require.JSONEq(t, want, answer)
		})
	}
	status, _ := ask(t, s, http.MethodPut, "campaigns/89", `{"alias":"c8bL9W"}`)
	require.Equal(t, http.StatusOK, status, "its own alias")
	status, _ = ask(t, s, http.MethodPut, "campaigns/90", `{"alias":"`+campaign(s, 114).Alias+`"}`)
	require.Equal(t, http.StatusNotAcceptable, status, "an archived campaign keeps its alias")
	require.Len(t, s.Data().Campaigns, 26)
}

func TestWhatWasReadCanBeSentBack(t *testing.T) {
	s := keitaro.New(config())
	before := s.Data()
	for _, path := range []string{"affiliate_networks", "campaigns", "offers", "landing_pages", "traffic_sources"} {
		for _, row := range read[[]object](t, s, http.MethodGet, path, "") {
			one := fmt.Sprintf("%s/%v", path, row["id"])
			_, body := ask(t, s, http.MethodGet, one, "")
			status, answer := ask(t, s, http.MethodPut, one, body)
			require.Equal(t, http.StatusOK, status, answer)
		}
	}
	for _, stream := range before.Streams {
		one := fmt.Sprintf("streams/%d", stream.ID)
		if status, body := ask(t, s, http.MethodGet, one, ""); status == http.StatusOK {
			status, answer := ask(t, s, http.MethodPut, one, body)
			require.Equal(t, http.StatusOK, status, answer)
		}
	}
	after := s.Data()
	require.Equal(t, before.Campaigns, after.Campaigns)
	for i, o := range after.Offers {
		o.UpdatedAt = before.Offers[i].UpdatedAt
		require.Equal(t, before.Offers[i], o)
	}
	for i, l := range after.LandingPages {
		require.Equal(t, before.LandingPages[i].ActionPayload, l.ActionPayload)
		require.Equal(t, before.LandingPages[i].Notes, l.Notes)
	}
	for i, source := range after.TrafficSources {
		require.ElementsMatch(t, before.TrafficSources[i].Parameters, source.Parameters)
		require.Equal(t, before.TrafficSources[i].ParameterForm, source.ParameterForm)
		require.Equal(t, before.TrafficSources[i].TrafficLoss, source.TrafficLoss)
	}
	for i, stream := range after.Streams {
		require.Equal(t, before.Streams[i].Filters, stream.Filters)
		require.Equal(t, before.Streams[i].Triggers, stream.Triggers)
		require.Equal(t, before.Streams[i].ActionOptions, stream.ActionOptions)
		require.Len(t, stream.Offers, len(before.Streams[i].Offers))
	}
}

func TestDataStaysAsItWasRead(t *testing.T) {
	s := keitaro.New(config())
	before := s.Data()
	name := before.Campaigns[0].Name
	read[object](t, s, http.MethodPut, "campaigns/89", `{"name":"other"}`)
	require.Equal(t, name, before.Campaigns[0].Name)
	require.Equal(t, "other", s.Data().Campaigns[0].Name)
}
