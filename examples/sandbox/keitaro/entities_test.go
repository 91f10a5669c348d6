package keitaro_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// names returns the names of an object's members.
func names(o object) []string {
	list := make([]string, 0, len(o))
	for n := range o {
		list = append(list, n)
	}
	return list
}

func TestEntitiesHaveTheMembersOfTheSamples(t *testing.T) {
	tests := map[string]string{
		"affiliate_networks": "created_at id name postback_url state template_name updated_at",
		"campaigns":          "id alias name type cookies_ttl position state updated_at cost_type cost_value cost_currency group_id bind_visitors traffic_source_id token cost_auto",
		"campaigns/deleted":  "id alias name type cookies_ttl position state updated_at cost_type cost_value cost_currency group_id bind_visitors traffic_source_id token cost_auto",
		"offers":             "id name group_id url affiliate_network_id payout_value payout_currency payout_type state created_at updated_at payout_auto payout_upsell country notes affiliate_network",
		"groups?type=offers": "id name position type",
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			rows := read[[]object](t, shared, http.MethodGet, path, "")
			require.NotEmpty(t, rows)
			for _, row := range rows {
				require.ElementsMatch(t, strings.Fields(want), names(row))
			}
		})
	}
}

func TestCampaigns(t *testing.T) {
	rows := read[[]object](t, shared, http.MethodGet, "campaigns", "")
	require.Len(t, rows, 24, "all at once: entity lists have no paging")
	first := rows[0]
	require.Equal(t, num("89"), first["id"])
	require.Equal(t, "c8bL9W", first["alias"])
	require.Equal(t, "10.0000", first["cost_value"], "money is text")
	require.Nil(t, first["group_id"])
	one := read[object](t, shared, http.MethodGet, "campaigns/89", "")
	require.Equal(t, first, one)
	nulls := map[string]bool{}
	for _, row := range rows {
		require.NotContains(t, row, "created_at")
		require.NotEqual(t, "deleted", row["state"])
		for _, name := range []string{"updated_at", "bind_visitors", "traffic_source_id"} {
			nulls[name] = nulls[name] || row[name] == nil
		}
	}
	require.Equal(t, map[string]bool{"updated_at": true, "bind_visitors": true, "traffic_source_id": true}, nulls)
	_, body := ask(t, shared, http.MethodGet, "campaigns", "")
	require.Contains(t, body, `"cost_value":"12345678901234.5678"`, "an amount that no double holds")
	for _, row := range read[[]object](t, shared, http.MethodGet, "campaigns/deleted", "") {
		require.Equal(t, "deleted", row["state"])
		status, _ := ask(t, shared, http.MethodGet, "campaigns/"+row["id"].(json.Number).String(), "")
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestOffersCarryPHPDates(t *testing.T) {
	rows := read[[]object](t, shared, http.MethodGet, "offers", "")
	countries := map[string]bool{}
	for _, row := range rows {
		date, ok := row["created_at"].(object)
		require.True(t, ok)
		require.Equal(t, num("3"), date["timezone_type"])
		require.Equal(t, "UTC", date["timezone"])
		require.Regexp(t, `^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.000000$`, date["date"])
		switch country := row["country"].(type) {
		case nil:
			countries["null"] = true
		case []any:
			countries[strconv.Itoa(len(country))] = true
		}
	}
	require.Equal(t, map[string]bool{"null": true, "0": true, "1": true, "3": true}, countries)
	require.Equal(t, "0.0200", rows[0]["payout_value"])
	bare := read[object](t, shared, http.MethodGet, "offers/16", "")
	for _, name := range []string{"group_id", "affiliate_network_id", "payout_currency", "payout_type", "country", "notes", "affiliate_network"} {
		require.Nil(t, bare[name], name)
	}
	require.Equal(t, "0.0000", bare["payout_value"])
}

func TestTextIsEscapedAsPHPDoes(t *testing.T) {
	_, body := ask(t, shared, http.MethodGet, "offers", "")
	require.Contains(t, body, `"http:\/\/`)
	for _, c := range body {
		require.Less(t, c, rune(0x80), "beyond ASCII unescaped")
	}
}

func TestTrafficSourceParametersComeInThreeForms(t *testing.T) {
	rows := read[[]object](t, shared, http.MethodGet, "traffic_sources", "")
	require.Contains(t, rows[0]["parameters"], "external_id")
	require.True(t, strings.HasPrefix(rows[1]["parameters"].(string), `{"external_id"`))
	require.True(t, strings.HasPrefix(rows[2]["parameters"].(string), `"{\"external_id`))
	require.Equal(t, []any{}, rows[3]["parameters"], "an empty map is []")
	require.Equal(t, "2.50", rows[3]["traffic_loss"])
}

func TestGroupsNeedAType(t *testing.T) {
	require.Len(t, read[[]object](t, shared, http.MethodGet, "groups?type=campaigns", ""), 3)
	require.Len(t, read[[]object](t, shared, http.MethodGet, "groups?type=landings", ""), 1)
	for _, path := range []string{"groups", "groups?type=streams"} {
		status, body := ask(t, shared, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotAcceptable, status)
		require.JSONEq(t, `{"type":["Must be one of campaigns, offers, landings"]}`, body)
	}
	c := config()
	c.GroupsWithoutType = true
	require.Len(t, read[[]object](t, keitaro.New(c), http.MethodGet, "groups", ""), 6)
}

func TestStreams(t *testing.T) {
	d := shared.Data()
	seen := map[string]bool{}
	for _, campaign := range d.Campaigns[:24] {
		for _, row := range read[[]object](t, shared, http.MethodGet, "campaigns/"+strconv.FormatInt(campaign.ID, 10)+"/streams", "") {
			require.Equal(t, num(strconv.FormatInt(campaign.ID, 10)), row["campaign_id"])
			require.Contains(t, row, "chance")
			id := row["id"].(json.Number).String()
			require.Equal(t, row, read[object](t, shared, http.MethodGet, "streams/"+id, ""))
			switch row["action_options"].(type) {
			case nil:
				seen["options null"] = true
			case []any:
				seen["options list"] = true
			case object:
				seen["options object"] = true
			}
			seen[row["schema"].(string)] = true
			seen[row["type"].(string)] = true
			if _, ok := row["filters"]; !ok {
				require.Equal(t, "landings", row["schema"])
				seen["no filters member"] = true
			}
			filters, _ := row["filters"].([]any)
			for _, f := range filters {
				switch f.(object)["payload"].(type) {
				case string:
					seen["payload text"] = true
				case []any:
					seen["payload list"] = true
				case object:
					seen["payload object"] = true
				}
			}
		}
	}
	for _, want := range []string{
		"options null", "options list", "options object", "landings", "offers", "forced", "regular", "default",
		"no filters member", "payload text", "payload list", "payload object",
	} {
		require.True(t, seen[want], want)
	}
	require.Len(t, read[[]object](t, shared, http.MethodGet, "streams/deleted", ""), 2)
}

func TestStreamShareIsCalledWeightInNewerVersions(t *testing.T) {
	c := config()
	c.Weight = true
	row := read[object](t, keitaro.New(c), http.MethodGet, "streams/1282", "")
	require.Contains(t, row, "weight")
	require.NotContains(t, row, "chance")
}

func TestStreamSearch(t *testing.T) {
	want := 0
	for _, s := range shared.Data().Streams {
		if s.State != keitaro.Deleted && contains(strings.ToLower(s.Name), "поток") {
			want++
		}
	}
	require.Positive(t, want)
	require.Len(t, read[[]object](t, shared, http.MethodGet, "streams/search?query=%D0%9F%D0%9E%D0%A2%D0%9E%D0%9A", ""), want)
	status, body := ask(t, shared, http.MethodGet, "streams/search", "")
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"query":["Is required"]}`, body)
}

func TestStreamEventsUnderBothSpellings(t *testing.T) {
	d := shared.Data()
	id := d.StreamEvents[0].StreamID
	want := 0
	for _, e := range d.StreamEvents {
		if e.StreamID == id {
			want++
		}
	}
	path := strconv.FormatInt(id, 10) + "/events"
	rows := read[[]object](t, shared, http.MethodGet, "streams/"+path, "")
	require.Len(t, rows, want)
	require.Equal(t, rows, read[[]object](t, shared, http.MethodGet, "stream/"+path, ""))
}

func TestDictionaries(t *testing.T) {
	for path, want := range map[string]string{
		"stream_types": "forced", "stream_schemas": "landings", "stream_filters": "uniqueness",
		"stream_actions": "blank_referrer", "streams_actions": "status404",
	} {
		var keys []any
		for _, row := range read[[]object](t, shared, http.MethodGet, path, "") {
			keys = append(keys, row["key"])
		}
		require.Contains(t, keys, want, path)
	}
}
