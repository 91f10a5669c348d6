package mapping_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

func writes(t testing.TB) *mapping.Platform {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "writes", "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse("writes/mapping.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// write puts a body into the native request of an operation.
func write(t testing.TB, p *mapping.Platform, operation, body, base string) (*mapping.CallPlan, *mapping.Draft, []problem.FieldError) {
	t.Helper()
	plan := p.Operation(operation)
	parsed, faults := plan.Surface.ParseBody([]byte(body))
	if faults != nil {
		t.Fatalf("the surface refuses the body: %v", faults)
	}
	call, faults, err := plan.Choose(parsed.JSON)
	if err != nil || call == nil {
		t.Fatalf("no call: %v", err)
	}
	draft, err := call.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	draft.Set("native_id", "7")
	var native []byte
	if base != "" {
		native = []byte(base)
	}
	return call, draft, append(faults, call.Write(draft, parsed.JSON, native)...)
}

// A body of unified members becomes what the platform takes: names, words, numbers and
// identifiers are its own.
func TestWrite(t *testing.T) {
	p := writes(t)
	for _, test := range []struct {
		name, operation, body, base, want string
	}{
		{
			"names and words", "campaigns.create",
			`{"platform":"shop","name":"Test Campaign X","alias":"test-campaign-x","rotation":"position","state":"disabled","position":3,"uniqueness_ttl_hours":24}`, "",
			`{"name":"Test Campaign X","alias":"test-campaign-x","state":"disabled","type":"position","position":3,"cookies_ttl":24}`,
		},
		{
			"money with its currency, a boolean as a bit, an identifier as a number or as text", "campaigns.create",
			`{"name":"x","alias":"y","cost":{"model":"CPC","value":{"value":"0.50","currency":"USD"},"auto":true},"group_id":"shop:71","traffic_source_id":"shop:1"}`, "",
			`{"name":"x","alias":"y","cost_type":"CPC","cost_value":0.5,"cost_currency":"USD","cost_auto":1,"group_id":71,"traffic_source_id":"1"}`,
		},
		{
			"money without a currency", "campaigns.create",
			`{"name":"x","alias":"y","cost":{"value":{"value":"10","currency":null}}}`, "",
			`{"name":"x","alias":"y","cost_value":10}`,
		},
		{
			"null clears, also all that is below", "campaigns.update",
			`{"group_id":null,"cost":null}`, "",
			`{"cost_type":null,"cost_value":null,"cost_currency":null,"cost_auto":null,"group_id":null}`,
		},
		{
			"members put into the whole object", "campaigns.update",
			`{"name":"new","cost":{"auto":false}}`,
			`{"id": 7, "name":"old", "cost_value":"10.0000", "cost_auto":true, "extra":{"a":[1, 2]}, "token":"t"}`,
			`{"id":7,"name":"new","cost_value":"10.0000","cost_auto":0,"extra":{"a":[1, 2]},"token":"t"}`,
		},
		{
			"members declared in place, a time in the platform's zone, a constant that stands where nothing is given", "campaigns.costs",
			// Madrid is one hour before UTC in January
			`{"from":"2026-01-01T08:30:00Z","to":"2026-01-31T23:00:00Z","cost":{"value":"19.22","currency":"EUR"},"unique_only":true}`, "",
			`{"timezone":"Europe/Madrid","start_date":"2026-01-01 09:30","end_date":"2026-02-01","cost":19.22,"currency":"EUR","only_campaign_uniques":1}`,
		},
		{
			"a time in the zone that another member names", "campaigns.costs",
			// Moscow is three hours before UTC
			`{"from":"2026-01-01T08:30:00Z","to":"2026-01-31T21:00:00Z","timezone":"Europe/Moscow","cost":{"value":"10.02","currency":"EUR"}}`, "",
			`{"timezone":"Europe/Moscow","start_date":"2026-01-01 11:30","end_date":"2026-02-01","cost":10.02,"currency":"EUR"}`,
		},
		{
			"lists of objects, their identifiers kept, and what is read under two names or words", "streams.create",
			`{"campaign_id":"shop:2","name":"s","type":"forced","weight":14,"schema":"redirect","action":{"type":"http","payload":"http://test.com","options":{"a":[1]}},"match":"any",
			  "filters":[{"id":"386","name":"uniqueness","mode":"reject","payload":"stream"},{"name":"keyword","mode":"accept","payload":["value1","value2"]}],
			  "triggers":[{"condition":"always","target":"stream","action":"disable","alternative_urls":["http://a","http://b"],"reverse":true}],
			  "offers":[{"offer_id":"shop:3","share":100,"state":"active"}]}`, "",
			`{"campaign_id":2,"name":"s","type":"forced","chance":14,"schema":"redirect","action_type":"http","action_payload":"http://test.com","action_options":{"a":[1]},"filter_or":true,` +
				`"filters":[{"id":386,"name":"uniqueness","mode":"reject","payload":"stream"},{"name":"keyword","mode":"accept","payload":["value1","value2"]}],` +
				`"triggers":[{"condition":"always","target":"stream","action":"disable","alternative_urls":"http://a\nhttp://b","reverse":1}],` +
				`"offers":[{"offer_id":3,"share":100,"state":"active"}]}`,
		},
		{
			"a list of identifiers", "streams.copy",
			`{"stream_ids":["shop:1","shop:22"],"campaign_id":"shop:9"}`, "",
			`{"ids":[1,22],"campaign_id":"9"}`,
		},
		{
			"one of several native words, amounts as text, what is never read", "conversions.create",
			`{"external_id":"12345","type":"sale","amount":{"value":"10000","currency":"EUR"},"items":[{"name":"buy","amount":{"value":"10000","currency":null}}],
			  "attribution":{"token":"eyJpdiI6IjB","publisher_code":"affili12439651d0m","referrer":"5f53a29fb867dd7df313d4e2"}}`, "",
			`{"external_id":"12345","type":"buy","amount":"10000","commissions":[{"name":"buy","sub_amount":"10000"}],"token":"eyJpdiI6IjB","aff_id":"affili12439651d0m","referrer":"5f53a29fb867dd7df313d4e2"}`,
		},
		{
			"the first call whose condition holds, a list of one as the object itself", "conversions.create",
			`{"type":"lead","items":[{"name":"signup"}],"attribution":{"token":"e"}}`, "",
			`{"type":"lead","name":"signup","token":"e"}`,
		},
		{
			"units, words as numbers, a time as a number, members below others", "conversions.create",
			`{"type":"click","status":"approved","payment_status":"paid","locked":false,"occurred_at":"2026-01-01T00:00:00.250Z","commission":{"value":"12.3","currency":"EUR"},
			  "publisher":{"id":"shop:p/1"},"client":{"ips":["127.0.0.1"]},"sub_ids":{"1":"a\"b"},"attribution":{"token":"e"}}`, "",
			`{"type":"click","status":"1","checked_out":1,"is_closed":0,"created":1767225600,"payout":{"cents":1230},"pid":"p/1","client":{"ips":["127.0.0.1"]},"extra":{"p1":"a\"b"},"token":"e"}`,
		},
		{
			"amounts that share a currency, a list of one as its element", "conversions.update",
			`{"amount":{"value":"1","currency":"USD"},"commission":{"value":"2","currency":"USD"},"client":{"ips":["127.0.0.1"]}}`, "",
			`{"sum":1,"payout":2,"currency":"USD","ip":"127.0.0.1"}`,
		},
		{
			"one of the amounts that share a currency", "conversions.update",
			`{"amount":{"value":"1","currency":null},"commission":{"value":"2","currency":"USD"}}`, "",
			`{"sum":1,"payout":2,"currency":"USD"}`,
		},
		{
			"null for one of the amounts that share a currency, which is still that of the other", "conversions.update",
			`{"commission":null}`, "",
			`{"payout":null}`,
		},
		{
			"null for all amounts that share a currency", "conversions.update",
			`{"amount":null,"commission":null}`, "",
			`{"sum":null,"payout":null,"currency":null}`,
		},
		{
			"a form", "traffic_sources.create",
			`{"name":"a b&c","parameters":{"x":{"name":"n"},"list":["1","2"]},"postback_statuses":["lead","sale"]}`, "",
			`name=a+b%26c&postback_statuses=lead,sale&parameters[list][]=1&parameters[list][]=2&parameters[x][name]=n`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			call, draft, faults := write(t, p, test.operation, test.body, test.base)
			if faults != nil {
				t.Fatal(faults)
			}
			req, err := call.Request(draft, nil)
			if err != nil {
				t.Fatal(err)
			}
			if req.Idempotent {
				t.Error("the request may be repeated")
			}
			got := string(req.Body)
			if req.ContentType == "application/json" {
				if diff := cmp.Diff(sorted(t, test.want), sorted(t, got)); diff != "" {
					t.Errorf("got %s\n%s", got, diff)
				}
				return
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// What the platform cannot take is refused before anything is sent, each member by its name.
func TestWriteRefuses(t *testing.T) {
	p := writes(t)
	for _, test := range []struct {
		name, operation, body string
		want                  []problem.FieldError
	}{
		{
			"members that the call does not take", "campaigns.create",
			`{"name":"x","alias":"y","token":"t","payout":{"model":"CPA"},"cost":{"auto":true}}`,
			[]problem.FieldError{{Parameter: "payout", Detail: "shop does not take it"}, {Parameter: "token", Detail: "shop does not take it"}},
		},
		{
			"members below one that it takes", "conversions.create",
			`{"type":"click","client":{"user_agents":["a"]},"sub_ids":{"2":"b"},"attribution":{"token":"e"}}`,
			[]problem.FieldError{{Parameter: "sub_ids.2", Detail: "shop does not take it"}, {Parameter: "client.user_agents", Detail: "shop does not take it"}},
		},
		{
			"what this platform needs", "conversions.create",
			`{"type":"sale","external_id":"1","items":[]}`,
			[]problem.FieldError{
				{Parameter: "attribution.token", Detail: "is missing, and shop needs it"},
				{Parameter: "amount", Detail: `is missing, and shop needs it where type == "sale"`},
				{Parameter: "items", Detail: `is missing, and shop needs it where type == "sale"`},
			},
		},
		{
			"what parts of a list need", "conversions.create",
			`{"type":"sale","external_id":"1","amount":{"value":"1","currency":"EUR"},"items":[{"name":"a"},{},{"name":null}],"attribution":{"token":"e"}}`,
			[]problem.FieldError{
				{Parameter: "items[1].name", Detail: `is missing, and shop needs it where type == "sale"`},
				{Parameter: "items[2].name", Detail: `is missing, and shop needs it where type == "sale"`},
			},
		},
		{
			"words, currencies, precision and units", "conversions.create",
			`{"type":"rebill","status":"cancelled","amount":{"value":"1","currency":"USD"},"commission":{"value":"1.005","currency":"EUR"},"items":[{"name":"a","amount":{"value":"1","currency":"EUR"}},{"amount":{"value":"1","currency":"GBP"}}],"attribution":{"token":"e"}}`,
			[]problem.FieldError{
				{Parameter: "type", Detail: `shop has no word for "rebill"; it has: click, lead, sale`},
				{Parameter: "status", Detail: `shop has no word for "cancelled"; it has: approved, duplicate, pending, rejected`},
				{Parameter: "amount.currency", Detail: `the amounts of shop are in EUR, not in "USD"`},
				{Parameter: "commission.value", Detail: "shop takes no more than 2 decimal places"},
				{Parameter: "items[1].amount.currency", Detail: `the amounts of shop are in EUR, not in "GBP"`},
			},
		},
		{
			"identifiers", "streams.create",
			`{"campaign_id":"other:1","type":"forced","schema":"redirect","name":"s","offers":[{"offer_id":"shop:3","state":"active"},{"offer_id":"shop:x","state":"active"}]}`,
			[]problem.FieldError{
				{Parameter: "campaign_id", Detail: `"other:1" is no id of shop, which is asked to make the change`},
				{Parameter: "offers[1].offer_id", Detail: `shop takes a whole number here, not "x"`},
			},
		},
		{
			"times that the format cannot say", "campaigns.costs",
			`{"from":"2026-01-01T08:30:05Z","to":"2026-01-31T12:00:00Z","cost":{"value":"1","currency":"EUR"}}`,
			[]problem.FieldError{
				{Parameter: "from", Detail: "shop takes whole minutes here"},
				{Parameter: "to", Detail: "shop takes whole days here: give the midnight of Europe/Madrid"},
			},
		},
		{
			"a zone that there is not", "campaigns.costs",
			`{"from":"2026-01-01T08:30:00Z","to":"2026-01-31T23:00:00Z","timezone":"Mars/Olympus","cost":{"value":"1","currency":"EUR"}}`,
			[]problem.FieldError{{Parameter: "timezone", Detail: `"Mars/Olympus" is not a time zone such as Europe/London`}},
		},
		{
			"another spelling of a zone", "campaigns.costs",
			`{"from":"2026-01-01T08:30:00Z","to":"2026-01-31T23:00:00Z","timezone":"Europe//London","cost":{"value":"1","currency":"EUR"}}`,
			[]problem.FieldError{{Parameter: "timezone", Detail: `"Europe//London" is not a time zone such as Europe/London`}},
		},
		{
			"texts that hold the separator", "traffic_sources.create",
			`{"name":"x","postback_statuses":["lead","a,b"]}`,
			[]problem.FieldError{{Parameter: "postback_statuses[1]", Detail: `shop puts "," between the texts, so that one can neither hold it, nor be empty, nor have space around it`}},
		},
		{
			"texts of a list in a list", "streams.create",
			`{"campaign_id":"shop:1","triggers":[{"condition":"always","target":"stream","action":"disable"},{"condition":"always","target":"stream","action":"disable","alternative_urls":["http://a"," "]}]}`,
			[]problem.FieldError{{Parameter: "triggers[1].alternative_urls[1]", Detail: `shop puts "\n" between the texts, so that one can neither hold it, nor be empty, nor have space around it`}},
		},
		{
			"more than the one that there can be", "conversions.create",
			`{"type":"lead","items":[{"name":"a"},{"name":"b"}],"attribution":{"token":"e"}}`,
			[]problem.FieldError{{Parameter: "items", Detail: "shop takes exactly one"}},
		},
		{
			"two currencies where there is one, and more than one element", "conversions.update",
			`{"amount":{"value":"1","currency":"USD"},"commission":{"value":"2","currency":"EUR"},"client":{"ips":["127.0.0.1","127.0.0.2"]}}`,
			[]problem.FieldError{
				{Parameter: "commission.currency", Detail: "shop takes one currency for all amounts, and another is in USD"},
				{Parameter: "client.ips", Detail: "shop takes exactly one"},
			},
		},
		{
			"members of the one that it does not take", "conversions.create",
			`{"type":"lead","items":[{"name":"a","id":"1"}],"attribution":{"token":"e"}}`,
			[]problem.FieldError{{Parameter: "items[0].id", Detail: "shop does not take it"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := write(t, p, test.operation, test.body, "")
			if diff := cmp.Diff(test.want, faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// sorted is JSON with its members in the order of their names, so that only what is said
// counts; numbers stay as they are written.
func sorted(t *testing.T, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v: %s", err, text)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is only written is null when it is read, and the platform does not give it.
func TestMembersThatAreOnlyWritten(t *testing.T) {
	op := writes(t).Operation("conversions.get")
	var page reshape.Page
	if err := op.Calls[0].Plan.Page(&page, []byte(`{"data":{"id":1,"token":"t","aff_id":"a","external_id":"7"}}`), nil); err != nil {
		t.Fatal(err)
	}
	row := gjson.ParseBytes(page.Row(0))
	if v := row.Get("attribution"); v.Type != gjson.Null || row.Get("external_id").Str != "7" {
		t.Errorf("got %s", row.Raw)
	}
	if op.Gives("attribution.token") || op.Gives("attribution") || !op.Gives("external_id") {
		t.Error("what is given is not told from what is not")
	}
}

// A body with very many faults is answered as fast, and as briefly, as one with some.
func TestWriteNamesSomeOfVeryManyFaults(t *testing.T) {
	var members strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&members, `,"n%d":"x"`, i)
	}
	_, _, faults := write(t, writes(t), "conversions.create", `{"type":"other","attribution":{"token":"t"},"sub_ids":{"1":"a"`+members.String()+`}}`, "")
	if len(faults) != 20 || faults[0].Parameter != "sub_ids.n0" {
		t.Errorf("%d faults are named, first of all %v", len(faults), faults[0])
	}
}
