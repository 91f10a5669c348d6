package surface

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestParseBody(t *testing.T) {
	tests := []struct {
		name, op, body string
		platform, want string
	}{
		{
			"members in the document's order, without platform", "groups.create",
			` { "position" : 10 , "type":"campaigns", "platform":"keitaro", "name":"Sp\u0072ing" } `,
			"keitaro", `{"name":"Spring","type":"campaigns","position":10}`,
		},
		{
			"instants and decimals in one form", "campaigns.costs",
			`{"from":"2026-01-01T01:30:00+01:30","to":"2026-01-31T23:59:59.500Z","cost":{"currency":"EUR","value":"019.220"}}`,
			"", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-31T23:59:59.5Z","cost":{"value":"19.22","currency":"EUR"}}`,
		},
		{"null clears in an update", "networks.update", `{"postback_url":null}`, "", `{"postback_url":null}`},
		{"null is nothing in a create", "networks.create", `{"name":"n","postback_url":null,"state":null}`, "", `{"name":"n"}`},
		{
			"null within objects of a create", "conversions.create", `{"type":"lead","items":[{"id":null,"name":"signup","amount":null}],"publisher":null}`,
			"", `{"type":"lead","items":[{"name":"signup"}]}`,
		},
		{"objects change by member", "offers.update", `{"payout":{"amount":null,"percent":"12.50"}}`, "", `{"payout":{"amount":null,"percent":"12.5"}}`},
		{
			"sub-objects keep their ids", "streams.update",
			`{"filters":[{"id":"386","name":"country","mode":"reject","payload":["DE",{"b":1,"a":[null,true]}]}],"landings":[{"landing_page_id":"keitaro:26","share":100}]}`,
			"", `{"filters":[{"id":"386","name":"country","mode":"reject","payload":["DE",{"a":[null,true],"b":1}]}],"landings":[{"landing_page_id":"keitaro:26","share":100}]}`,
		},
		{"free values keep their numbers", "streams.update", `{"action":{"payload":1.50e3,"options":null}}`, "", `{"action":{"payload":1.50e3,"options":null}}`},
		{"maps have any key", "conversions.update", `{"sub_ids":{"2":"b","1":null}}`, "", `{"sub_ids":{"1":null,"2":"b"}}`},
		{"an empty list", "labels.update", `{"campaign_id":"keitaro:12","ref_name":"ip","label_name":"white","items":[]}`, "", `{"campaign_id":"keitaro:12","ref_name":"ip","label_name":"white","items":[]}`},
		{"characters of two halves", "groups.create", `{"name":"\ud83d\ude00\\ud800","type":"campaigns"}`, "", `{"name":"😀\\ud800","type":"campaigns"}`},
		{"booleans", "referrals.update", `{"recurring":false}`, "", `{"recurring":false}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body, faults := bundled(t).Operation(test.op).ParseBody([]byte(test.body))
			require.Empty(t, faults)
			assert.Equal(t, test.platform, body.Platform)
			assert.Equal(t, test.want, string(body.JSON))
		})
	}
}

func TestParseBodyNamesEveryFault(t *testing.T) {
	tests := []struct {
		name, op, body string
		want           []problem.FieldError
	}{
		{"nothing", "groups.create", " \n", []problem.FieldError{{Parameter: "body", Detail: "is empty, but has to be a JSON object"}}},
		{"a list", "groups.create", `[{}]`, []problem.FieldError{{Parameter: "body", Detail: "has to be a JSON object, not a list"}}},
		{"half a character", "groups.create", `{"name":"\\ud83d\\ude00 \ud83d\ude00 \ud800","type":"campaigns"}`, []problem.FieldError{{Parameter: "body", Detail: `has half a character, \ud800, at byte 38`}}},
		{"the other half", "groups.create", `{"name":"\udc00\ud800"}`, []problem.FieldError{{Parameter: "body", Detail: `has half a character, \udc00, at byte 10`}}},
		{"half a character before another", "groups.create", `{"name":"\ud800\u0041"}`, []problem.FieldError{{Parameter: "body", Detail: `has half a character, \ud800, at byte 10`}}},
		{"a word of the wrong type", "campaigns.update", `{"state":5}`, []problem.FieldError{{Parameter: "state", Detail: "has to be one of active, disabled, as text, not a number"}}},
		{"unknown twice", "groups.update", `{"nmae":"a","nmae":"b","nmae":"c"}`, []problem.FieldError{{Parameter: "nmae", Detail: `unknown member; did you mean "name"?`}}},
		{"cut off", "groups.create", `{"name":`, []problem.FieldError{{Parameter: "body", Detail: "is not JSON: unexpected end of JSON input, at byte 8"}}},
		{"more than one value", "groups.create", `{} {}`, []problem.FieldError{{Parameter: "body", Detail: "is not JSON: invalid character '{' after top-level value, at byte 4"}}},
		{"Latin-1", "groups.create", "{\"name\":\"\xe4\"}", []problem.FieldError{{Parameter: "body", Detail: "is not UTF-8"}}},
		{"nothing to change", "groups.update", `{}`, []problem.FieldError{{Parameter: "body", Detail: "has no member: give what changes"}}},
		{"required", "groups.create", `{"type":null}`, []problem.FieldError{
			{Parameter: "name", Detail: "is required"}, {Parameter: "type", Detail: "must not be null"},
		}},
		{"an amount that has to be there", "campaigns.costs", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","cost":null}`, []problem.FieldError{{Parameter: "cost", Detail: "must not be null"}}},
		{"several at once, in the order found", "campaigns.create", `{"nmae":"x","position":1.5,"rotation":"unknown","cost":{"value":{"value":10,"currency":"eur"},"auto":"yes"},"group_id":"71","platform":""}`, []problem.FieldError{
			{Parameter: "nmae", Detail: `unknown member; did you mean "name"?`},
			{Parameter: "platform", Detail: "is empty"},
			{Parameter: "name", Detail: "is required"},
			{Parameter: "rotation", Detail: `"unknown" is not one of position, weight`},
			{Parameter: "position", Detail: "1.5 is not a whole number"},
			{Parameter: "cost.value.value", Detail: `has to be exact decimal text such as "10.50", not a number`},
			{Parameter: "cost.value.currency", Detail: `"eur" does not match ^[A-Z]{3}$`},
			{Parameter: "cost.auto", Detail: "has to be true or false, not text"},
			{Parameter: "group_id", Detail: `"71" is not an id of the form <platform>:<native id>`},
		}},
		{"within lists", "streams.update", `{"filters":[{"name":"country","mode":"accept"},{"name":"","mode":"accpet","native_mode":"x"},null],"offers":[{"offer_id":"keitaro:1","share":101}]}`, []problem.FieldError{
			{Parameter: "filters[1].native_mode", Detail: "is answered, but cannot be written here"},
			{Parameter: "filters[1].name", Detail: "is empty"},
			{Parameter: "filters[1].mode", Detail: `"accpet" is not one of accept, reject; did you mean "accept"?`},
			{Parameter: "filters[2]", Detail: "must not be null"},
			{Parameter: "offers[0].share", Detail: "101 is more than 100"},
		}},
		{"given twice", "groups.update", `{"name":"a","name":"b"}`, []problem.FieldError{{Parameter: "name", Detail: "is given more than once"}}},
		{"given twice by another spelling", "groups.update", `{"name":"a","\u006eame":"b"}`, []problem.FieldError{{Parameter: "name", Detail: "is given more than once"}}},
		{"given twice in a free value", "traffic_sources.update", `{"parameters":{"a":{"b":1,"b":2}}}`, []problem.FieldError{{Parameter: "parameters.a.b", Detail: "is given more than once"}}},
		{"only read", "groups.update", `{"id":"keitaro:1","count":3}`, []problem.FieldError{
			{Parameter: "id", Detail: "is answered, but cannot be written here"}, {Parameter: "count", Detail: "is answered, but cannot be written here"},
		}},
		{"platform where the path names it", "groups.update", `{"platform":"keitaro","name":"x"}`, []problem.FieldError{{Parameter: "platform", Detail: "is answered, but cannot be written here"}}},
		{"empty list", "streams.copy", `{"stream_ids":[],"campaign_id":"keitaro:1"}`, []problem.FieldError{{Parameter: "stream_ids", Detail: "has to have at least 1 elements"}}},
		{"money without a currency", "offers.update", `{"payout":{"amount":{"value":"1"}}}`, []problem.FieldError{{Parameter: "payout.amount.currency", Detail: "is required"}}},
		{"times", "campaigns.costs", `{"from":"2026-01-01","to":"2026-02-30T00:00:00Z","cost":{"value":"1e3","currency":null}}`, []problem.FieldError{
			{Parameter: "from", Detail: `"2026-01-01" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`},
			{Parameter: "to", Detail: `"2026-02-30T00:00:00Z" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`},
			{Parameter: "cost.value", Detail: `"1e3" is not a decimal number such as 10.50`},
		}},
		{"lists and objects mixed up", "streams.update", `{"filters":{},"action":[],"triggers":[[]]}`, []problem.FieldError{
			{Parameter: "action", Detail: "has to be an object, not a list"}, {Parameter: "filters", Detail: "has to be a list, not an object"}, {Parameter: "triggers[0]", Detail: "has to be an object, not a list"},
		}},
		{"free value too deep", "streams.update", `{"action":{"payload":` + strings.Repeat("[", 34) + strings.Repeat("]", 34) + `}}`, []problem.FieldError{
			{Parameter: "action.payload" + strings.Repeat("[0]", 16) + "[0…", Detail: "is nested deeper than 32"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, faults := bundled(t).Operation(test.op).ParseBody([]byte(test.body))
			assert.Equal(t, test.want, faults)
		})
	}
}

func TestParseBodyKeepsWhatIsSound(t *testing.T) {
	body, faults := bundled(t).Operation("campaigns.create").ParseBody([]byte(
		`{"platform":"keitaro","name":"Spring","cost":{"model":"CPC","value":{"value":"five","currency":"USD"}},"group_id":"affjet:3","nme":1,"position":"1","alias":"s"}`))
	assert.Len(t, faults, 3)
	require.NotNil(t, body)
	assert.Equal(t, "keitaro", body.Platform)
	assert.JSONEq(t, `{"name":"Spring","alias":"s","group_id":"affjet:3"}`, string(body.JSON))
}

func TestParseBodyStopsAfterEnoughFaults(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(`,"x` + strings.Repeat("y", i) + `":1`)
	}
	_, faults := bundled(t).Operation("groups.create").ParseBody([]byte("{" + b.String()[1:] + "}"))
	assert.Len(t, faults, maxErrors)
}

// The document's examples are bodies that work.
func TestExamplesOfBodiesAreAccepted(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromData(mappings.Surface)
	require.NoError(t, err)
	for _, item := range spec.Paths.Map() {
		for _, described := range item.Operations() {
			op := bundled(t).Operation(described.OperationID)
			if !op.Kind.Writes() || described.RequestBody == nil {
				continue
			}
			examples := described.RequestBody.Value.Content.Get("application/json").Schema.Value.Examples
			require.NotEmpty(t, examples, op.ID)
			for _, example := range examples {
				text, err := json.Marshal(example)
				require.NoError(t, err)
				_, faults := op.ParseBody(text)
				assert.Empty(t, faults, "%s: %s", op.ID, text)
			}
		}
	}
}

// FuzzParseBody holds that a body is refused or read, and that what was read, read
// again, is the same.
func FuzzParseBody(f *testing.F) {
	ops := []string{"streams.update", "conversions.create", "campaigns.costs", "traffic_sources.update"}
	for _, seed := range []string{
		`{"filters":[{"id":"386","name":"country","mode":"reject","payload":["DE"]}]}`, `{"type":"sale","sub_ids":{"1":null}}`,
		`{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00+01:00","cost":{"value":"-00.10","currency":null}}`, `{"parameters":{"":{"a":[1e9]}}}`, `{"a":`, `[]`, "\x00",
	} {
		f.Add(seed)
	}
	s := bundled(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range ops {
			body, faults := s.Operation(id).ParseBody([]byte(text))
			if body == nil && len(faults) == 0 {
				t.Fatalf("%s: neither body nor faults", id)
			}
			if body == nil {
				continue
			}
			if !json.Valid(body.JSON) {
				t.Fatalf("%s: %s is not JSON", id, body.JSON)
			}
			again, wrong := s.Operation(id).ParseBody(body.JSON)
			sound := slices.IndexFunc(wrong, func(f problem.FieldError) bool {
				return f.Detail != "is required" && f.Parameter != "body"
			}) < 0
			if !sound || len(faults) == 0 && len(wrong) > 0 || string(again.JSON) != string(body.JSON) {
				t.Fatalf("%s: %s read again gives %v %v", id, body.JSON, again, wrong)
			}
		}
	})
}

func BenchmarkParseBody(b *testing.B) {
	op := bundled(b).Operation("streams.create")
	body := []byte(`{"campaign_id":"keitaro:2","type":"regular","schema":"redirect","action":{"type":"http","payload":"https://shop.example/"},"filters":[{"name":"country","mode":"accept","payload":["DE"]}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := op.ParseBody(body); faults != nil {
			b.Fatal(faults)
		}
	}
}
