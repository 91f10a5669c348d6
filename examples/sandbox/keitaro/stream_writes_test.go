package keitaro_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func stream(s *keitaro.Server, id int64) keitaro.Stream {
	return find(s.Data().Streams, func(t keitaro.Stream) bool { return t.ID == id })
}

// lastStream is the id of the newest of a sandbox.
func lastStream(s *keitaro.Server) int64 {
	streams := s.Data().Streams
	return streams[len(streams)-1].ID
}

const newStream = `{"campaign_id":"89","type":"regular","name":"Test Stream","position":1,"chance":14,"comments":"","action_type":"http",
	"action_payload":"http://test.com","schema":"landings","collect_clicks":true,"filter_or":true,
	"filters":[{"name":"uniqueness","mode":"reject","payload":"stream"},{"name":"keyword","mode":"allow","payload":["value1","value2"]},
		{"name":"parameter","mode":"accept","payload":{"name":"x","value":["@empty"]}}],
	"triggers":[{"condition":"not_contains","target":"selected_page","selected_page":"http://example.com","pattern":"keyword",
		"action":"disable","interval":60,"reverse":1,"scan_page":true}],
	"landings":[{"landing_id":26,"share":100}],
	"offers":[{"offer_id":3,"state":"active","share":0},{"offer_id":4,"share":"100"}]}`

func TestCreateStream(t *testing.T) {
	s := at(t, "2017-05-23 11:34:17")
	id := lastStream(s) + 1
	row := read[object](t, s, http.MethodPost, "streams", newStream)
	text := fmt.Sprint(id)
	for name, want := range (object{
		"id": num(text), "type": "regular", "name": "Test Stream", "campaign_id": num("89"), "position": num("1"), "chance": num("14"),
		"action_options": nil, "comments": "", "state": "active", "updated_at": "2017-05-23 11:34:17", "action_type": "http",
		"action_payload": "http://test.com", "schema": "landings", "collect_clicks": true, "filter_or": true,
	}) {
		require.Equal(t, want, row[name], name)
	}
	share := row["landings"].([]any)[0].(object)
	require.Equal(t, object{
		"id": share["id"], "stream_id": num(text), "landing_id": num("26"), "state": "active", "share": num("100"),
		"created_at": "2017-05-23 11:34:17", "updated_at": "2017-05-23 11:34:17",
	}, share)
	require.Equal(t, row, read[object](t, s, http.MethodGet, "streams/"+text, ""))

	kept := stream(s, id)
	require.Equal(t, []any{"stream", []string{"value1", "value2"}, kit.Object{{Name: "name", Value: "x"}, {Name: "value", Value: []string{"@empty"}}}},
		[]any{kept.Filters[0].Payload, kept.Filters[1].Payload, kept.Filters[2].Payload})
	trigger := kept.Triggers[0]
	require.Positive(t, trigger.ID)
	trigger.ID = 0
	require.Equal(t, keitaro.Trigger{
		Condition: "not_contains", Target: "selected_page", SelectedPage: "http://example.com", Pattern: "keyword", Action: "disable",
		Interval: 60, Reverse: true, ScanPage: true,
	}, trigger)
	used := map[int64]bool{}
	for _, f := range kept.Filters {
		require.False(t, used[f.ID] || f.ID == 0)
		used[f.ID] = true
	}
	require.Equal(t, int64(4), kept.Offers[1].TargetID)
	require.Equal(t, int64(100), kept.Offers[1].Percent)
}

func TestNestedPartsKeepTheirIDs(t *testing.T) {
	s := keitaro.New(config())
	id := lastStream(s) + 1
	read[object](t, s, http.MethodPost, "streams", newStream)
	before := stream(s, id)
	path := fmt.Sprintf("streams/%d", id)

	read[object](t, s, http.MethodPut, path, `{"name":"Renamed","weight":20}`)
	renamed := stream(s, id)
	require.Equal(t, "Renamed", renamed.Name)
	require.Equal(t, int64(20), renamed.Chance)
	require.Equal(t, before.Filters, renamed.Filters, "lists that are not given stay")
	require.Equal(t, before.Offers, renamed.Offers)

	read[object](t, s, http.MethodPut, path, fmt.Sprintf(
		`{"filters":[{"id":%d,"mode":"accept"},{"name":"country","mode":"reject","payload":["US"]}],"triggers":[],"offers":[{"id":"%d","share":60},{"offer_id":5,"share":40}]}`,
		before.Filters[1].ID, before.Offers[1].ID))
	after := stream(s, id)
	require.Equal(t, keitaro.Filter{ID: before.Filters[1].ID, Name: "keyword", Mode: "accept", Payload: []string{"value1", "value2"}}, after.Filters[0],
		"what is not given of a part stays")
	require.Len(t, after.Filters, 2, "what the list does not have is gone")
	require.Greater(t, after.Filters[1].ID, before.Filters[2].ID)
	require.Empty(t, after.Triggers)
	require.Equal(t, []int64{before.Offers[1].ID, 4, 60}, []int64{after.Offers[0].ID, after.Offers[0].TargetID, after.Offers[0].Percent})
	require.Equal(t, int64(5), after.Offers[1].TargetID)
	require.Greater(t, after.Offers[1].ID, before.Offers[1].ID)
	require.Equal(t, before.Landings, after.Landings)
	status, answer := ask(t, s, http.MethodPut, path, fmt.Sprintf(`{"filters":[{"id":%[1]d},{"id":"%[1]d"}]}`, after.Filters[0].ID))
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"filters":["id: Is there twice"]}`, answer)
	require.Equal(t, "allow", before.Filters[1].Mode, "earlier data stays as it was read")
}

func TestStreamRefusals(t *testing.T) {
	s := keitaro.New(config())
	const rest = `"type":"regular","schema":"redirect","action_type":"http"}`
	for body, want := range map[string]string{
		`{}`:                         `{"campaign_id":["Is required"],"type":["Is required"],"schema":["Is required"],"action_type":["Is required"]}`,
		`{"campaign_id":114,` + rest: `{"campaign_id":["Not found"]}`, // archived
		`{"campaign_id":0,` + rest:   `{"campaign_id":["Not found"]}`,
		`{"campaign_id":89,"type":"x","schema":"y","action_type":"http"}`: `{"type":["Must be one of forced, regular, default"],
			"schema":["Must be one of redirect, action, landings, offers"]}`,
		`{"campaign_id":89,"filters":{"a":1},` + rest:                              `{"filters":["Must be a list of objects"]}`,
		`{"campaign_id":89,"filters":[1],` + rest:                                  `{"filters":["Must be a list of objects"]}`,
		`{"campaign_id":89,"filters":[{"mode":"allow"}],` + rest:                   `{"filters":["name: Is required"]}`,
		`{"campaign_id":89,"filters":[{"name":"keyword","mode":"x"}],` + rest:      `{"filters":["mode: Must be one of accept, allow, reject"]}`,
		`{"campaign_id":89,"filters":[{"id":385,"name":"k"}],` + rest:              `{"filters":["id: Entity not found"]}`,
		`{"campaign_id":89,"triggers":[{"target":"stream"}],` + rest:               `{"triggers":["condition: Is required"]}`,
		`{"campaign_id":89,"landings":[{"landing_id":1,"share":1}],` + rest:        `{"landings":["landing_id: Not found"]}`,
		`{"campaign_id":89,"offers":[{"offer_id":3,"share":101}],` + rest:          `{"offers":["share: Must be a percentage"]}`,
		`{"campaign_id":89,"offers":[{"share":10}],` + rest:                        `{"offers":["offer_id: Is required"]}`,
		`{"campaign_id":89,"type":"regular","schema":"action","action_type":"no"}`: "",
	} {
		status, answer := ask(t, s, http.MethodPost, "streams", body)
		require.Equal(t, http.StatusNotAcceptable, status, body)
		if want == "" {
			require.Contains(t, answer, `{"action_type":["Must be one of http, local_file, `)
			continue
		}
		require.JSONEq(t, want, answer, body)
	}
	id := lastStream(s) + 1
	require.Equal(t, num(fmt.Sprint(id)), read[object](t, s, http.MethodPost, "streams", `{"campaign_id":89,`+rest)["id"], "refusals use up no ids")
}

func TestLifeOfAStream(t *testing.T) {
	s := at(t, "2017-05-23 11:55:00")
	row := read[object](t, s, http.MethodPost, "streams/1282/disable", "")
	require.Equal(t, "disabled", row["state"])
	require.Equal(t, "2017-05-23 11:55:00", row["updated_at"])
	require.Equal(t, "active", read[object](t, s, http.MethodPost, "streams/1282/enable", "")["state"])

	rows := read[[]object](t, s, http.MethodDelete, "streams/1282", "")
	require.Equal(t, "deleted", rows[0]["state"])
	status, _ := ask(t, s, http.MethodGet, "streams/1282", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Len(t, read[[]object](t, s, http.MethodGet, "streams/deleted", ""), 3)
	require.NotContains(t, idsOf(read[[]object](t, s, http.MethodGet, "campaigns/89/streams", "")), "1282")

	require.Equal(t, "active", read[object](t, s, http.MethodPost, "streams/1282/restore", "")["state"])
	require.Contains(t, idsOf(read[[]object](t, s, http.MethodGet, "campaigns/89/streams", "")), "1282")
}

func idsOf(rows []object) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = fmt.Sprint(row["id"])
	}
	return ids
}

func TestCopyAndMoveStreams(t *testing.T) {
	s := keitaro.New(config())
	last := lastStream(s)
	source := stream(s, 1282)
	rows := read[[]object](t, s, http.MethodPost, "streams/copy", `{"stream_ids":[1282,"1283"],"campaign_id":112}`)
	require.Equal(t, []string{fmt.Sprint(last + 1), fmt.Sprint(last + 2)}, idsOf(rows))
	clone := stream(s, last+1)
	require.Equal(t, int64(112), clone.CampaignID)
	require.Equal(t, source.Name, clone.Name)
	require.Len(t, clone.Filters, len(source.Filters))
	for i, f := range clone.Filters {
		require.NotEqual(t, source.Filters[i].ID, f.ID)
		require.Equal(t, source.Filters[i].Payload, f.Payload)
	}
	require.Equal(t, source, stream(s, 1282), "the source stays")

	rows = read[[]object](t, s, http.MethodPost, "streams/move_streams", fmt.Sprintf(`{"ids":[%d],"to_campaign_id":111}`, last+1))
	require.Equal(t, num("111"), rows[0]["campaign_id"])
	moved := stream(s, last+1)
	require.Equal(t, clone.Filters, moved.Filters, "with the ids it has")

	from := len(read[[]object](t, s, http.MethodGet, "campaigns/111/streams", ""))
	rows = read[[]object](t, s, http.MethodPost, "streams/copy", `{"from_campaign_id":111,"to_campaign_id":110}`)
	require.Len(t, rows, from)

	for body, want := range map[string]string{
		`{}`: `{"campaign_id":["Is required"],"stream_ids":["Is required"]}`,
		`{"campaign_id":114,"stream_ids":[1282]}`: `{"campaign_id":["Not found"]}`,
		`{"campaign_id":89,"stream_ids":[1]}`:     `{"stream_ids":["Entity not found: 1"]}`,
		`{"campaign_id":89,"stream_ids":["a"]}`:   `{"stream_ids":["Must be a list of known values"]}`,
	} {
		for _, path := range []string{"streams/copy", "streams/move_streams"} {
			status, answer := ask(t, s, http.MethodPost, path, body)
			require.Equal(t, http.StatusNotAcceptable, status, body)
			require.JSONEq(t, want, answer, body)
		}
	}
}
