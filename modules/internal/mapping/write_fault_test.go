package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// What cannot be written, and what has no meaning, is a fault when the mapping loads.
func TestWriteFaults(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "writes", "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"several native words for one", `, write: {values: {sale: buy}}}`, `}`, `type: the native values buy, sale, 6 all read as "sale"; say with ` + "`write: {values: {sale: …}}`"},
		{"word that reads as another", `{values: {sale: buy}}`, `{values: {sale: lead}}`, `"sale" would be written as "lead", which reads as "lead"`},
		{"word of no surface", `{values: {sale: buy}}`, `{values: {sales: buy}}`, `the surface has no value "sales" here; did you mean "sale"?`},
		{"word that is no boolean", `{any: "true", all: "false"}, emit: boolean`, `{any: "true", all: "false"}, emit: integer`, `match: the native value "false" cannot be sent as integer`},
		{"member that the resource lacks", "write: [name, parameters, postback_statuses]", "write: [nam, parameters]", `the resource traffic_source of this mapping has no member "nam"; did you mean "name"?`},
		{"member that the body lacks", "write: [name, alias, state, cost, group_id]\n    merge", "write: [native_id, name]\n    merge", `the body of campaigns.update has no member "native_id"`},
		{"member that cannot be written", "{expr: row.parameters, write: parameters}", "{expr: row.parameters}", "parameters has no way to be written: say with `write` where it goes"},
		{"member declared in place that the body lacks", "{stream_ids: {write", "{streams: {write", `the body of streams.copy has no member "streams"`},
		{"member that the surface requires", "write: [name, parameters, postback_statuses]", "write: [parameters]", `traffic_sources.create requires the member "name", which this call does not write`},
		{"two members in one place", "alias: alias", "alias: name", "name and alias are both written to name"},
		{"a member below another", "alias: alias", "alias: name.alias", "name and alias are both written to name.alias"},
		{"time without a format", "from: {write: {to: start_date, as: minute, zone: timezone}}", "from: {write: start_date}", "from is a time: say with `as` how the platform writes it"},
		{"zone of no member", "as: minute, zone: timezone", "as: minute, zone: tz", `zone: the body of campaigns.costs has no text "tz"`},
		{"one that is no list", "alias: alias", "alias: {from: alias, write: {one: true}}", "`one` is for lists, and alias is none"},
		{"member that needs to be and is not", "required: [alias]", "required: [allias]", `the body of campaigns.create has no member "allias"; did you mean "alias"?`},
		{"member of a list's parts that needs to be and is not", `"items[].name"`, `"items[].nane"`, `the body of conversions.create has no member "items[].nane"; did you mean "items[].name"?`},
		{"condition about what is not there", `{when: 'type == "sale"', members`, `{when: 'kind == "sale"', members`, "unknown name kind"},
		{"get that is not there", "fetch: traffic_sources.get", "fetch: traffic_source.get", `fetch names "traffic_source.get", which this mapping does not have; did you mean "traffic_sources.get"?`},
		{"list of many that would have to find the one", "    merge: campaigns.get\n    row: \"@this\"", "    fetch: campaigns.list\n  campaigns.list: {call: GET /campaigns, rows: \"@this\"}", `fetch names "campaigns.list", which does not get one object`},
		{"get that changes something", "merge: campaigns.get", "merge: campaigns.create", `merge names "campaigns.create", which does not get one object`},
		{"fetch of something new without its identifier", "    id: [data.id, id]\n", "", "`fetch` wants `id`"},
		{"fetch of a clone without its identifier", "  campaigns.archive:\n", "  campaigns.clone: {call: \"POST /campaigns/{native_id}/clone\", fetch: campaigns.get}\n  campaigns.archive:\n", "`fetch` wants `id`"},
		{"no answer where the surface answers", "    merge: campaigns.get\n    row: \"@this\"", "    answer: none", "campaigns.update answers the object"},
		{"paging of a change", "    form: true\n", "    paging: {page: query.page}\n", "traffic_sources.create changes something: `paging` has no meaning"},
		{"write of a read", `campaigns.get: {call: "GET /campaigns/{native_id}", `, `campaigns.get: {call: "GET /campaigns/{native_id}", write: name, `, "campaigns.get only reads"},
		{"spelling with a name that nothing gives", `"POST /campaigns/{native_id}/archive"`, `"POST /campaigns/{id_native}/archive"`, "nothing gives {id_native}"},
		{"poll until what is not there", "    row: \"@this\"\n  campaigns.update:", "    row: \"@this\"\n    poll: {operation: campaigns.get, until: status == \"x\"}\n  campaigns.update:", "until: unknown name status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := replace(t, string(data), test.old, test.new)
			m, err := mapping.Parse("writes/mapping.yaml", []byte(text))
			if err == nil {
				_, err = mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop"})
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "writes/mapping.yaml:") {
				t.Errorf("got:\n%v\nwant: %s", err, test.want)
			}
		})
	}
}

func TestLifecycle(t *testing.T) {
	const text = example + `  conversions.create:
    lifecycle: {deprecated: 2025-02-03, note: gone}
    call: POST /sales
    fields: {type: {write: {to: kind, values: {sale: sale}}}}
    row: data
`
	p, err := compile(t, replace(t, text, "formats:\n", "options: {api: {values: [v1, v2], default: v1}}\nlifecycle: {deprecated: 2022-12-01, sunset: 2023-01-01, when: option.api == \"v1\"}\nformats:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Lifecycle == nil || p.Lifecycle.Deprecated.Format("2006-01-02") != "2022-12-01" || p.Lifecycle.Sunset.Format("2006-01-02") != "2023-01-01" {
		t.Errorf("the platform: %+v", p.Lifecycle)
	}
	if p.Operation("conversions.list").Lifecycle != p.Lifecycle {
		t.Error("an operation without one of its own has the platform's")
	}
	if l := p.Operation("conversions.create").Lifecycle; l == nil || l.Note != "gone" {
		t.Errorf("an operation with one of its own has %+v", l)
	}
	m, err := mapping.Parse("example/mapping.yaml", []byte(replace(t, text, "formats:\n", "options: {api: {values: [v1, v2], default: v1}}\nlifecycle: {deprecated: 2022-12-01, when: option.api == \"v1\"}\nformats:\n")))
	if err != nil {
		t.Fatal(err)
	}
	if p, err = mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop", Options: map[string]string{"api": "v2"}}); err != nil {
		t.Fatal(err)
	}
	if p.Lifecycle != nil {
		t.Error("a condition that does not hold deprecates nothing")
	}
}

// FuzzWrite: whatever the body, what is sent is JSON, or the body is refused.
func FuzzWrite(f *testing.F) {
	p := writes(f)
	operations := []string{"campaigns.create", "campaigns.update", "campaigns.costs", "streams.create", "streams.copy", "conversions.create", "traffic_sources.create"}
	for i, body := range []string{
		`{"name":"x","alias":"y","cost":{"value":{"value":"1.5","currency":"EUR"}}}`,
		`{"cost":null,"group_id":"shop:1"}`,
		`{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","cost":{"value":"1","currency":null}}`,
		`{"filters":[{"name":"a","mode":"accept","payload":[1,{"a":"\u0000"}]},null],"action":{"options":{}}}`,
		`{"stream_ids":["shop:1",null,3],"campaign_id":"shop:2"}`,
		`{"type":"lead","items":[{"name":"a"}],"sub_ids":{"1":"\ud800"}}`,
		`{"name":"x","parameters":{"a":[[]]},"postback_statuses":["a",1]}`,
	} {
		f.Add(uint8(i), body, `{"name":"old","x":[1]}`)
	}
	f.Fuzz(func(t *testing.T, which uint8, body, base string) {
		if !json.Valid([]byte(body)) || !json.Valid([]byte(base)) {
			return
		}
		call, _, err := p.Operation(operations[int(which)%len(operations)]).Choose([]byte(body))
		if err != nil || call == nil {
			return
		}
		for _, base := range [][]byte{nil, []byte(base)} {
			draft, err := call.Draft(nil)
			if err != nil {
				t.Fatal(err)
			}
			draft.Set("native_id", "7")
			if faults := call.Write(draft, []byte(body), base); faults != nil {
				continue
			}
			req, err := call.Request(draft, nil)
			if err != nil {
				t.Fatal(err)
			}
			if req.ContentType == "application/json" && !json.Valid(req.Body) {
				t.Errorf("%s became %s", body, req.Body)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	p := writes(b)
	plan := p.Operation("campaigns.create")
	body, faults := plan.Surface.ParseBody([]byte(`{"name":"Test Campaign X","alias":"test-campaign-x","rotation":"position","state":"active","position":3,"cost":{"model":"CPC","value":{"value":"0.50","currency":"EUR"},"auto":true},"group_id":"shop:71"}`))
	if faults != nil {
		b.Fatal(faults)
	}
	b.ReportAllocs()
	for b.Loop() {
		call, faults, err := plan.Choose(body.JSON)
		if err != nil || faults != nil {
			b.Fatal(err, faults)
		}
		draft, err := call.Draft(nil)
		if err != nil {
			b.Fatal(err)
		}
		if faults := call.Write(draft, body.JSON, nil); faults != nil {
			b.Fatal(faults)
		}
		if _, err := call.Request(draft, nil); err != nil {
			b.Fatal(err)
		}
	}
}
