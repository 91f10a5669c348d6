package query

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
)

// described makes an engine of one bundled mapping, with its inventory, that is not called.
func described(t *testing.T, name string) *Engine {
	t.Helper()
	text, err := fs.ReadFile(mappings.Bundled, name+"/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("\nserver:")) {
		text = append(text, "\nserver: https://tracker.example\n"...)
	}
	p := platform(t, name, string(text), nil)
	set, err := inventory.Load(func(int) string { return "mappings" }, mappings.Bundled)
	if err != nil {
		t.Fatal(err)
	}
	p.Inventory = set[name]
	e, err := New(Config{Surface: loadSurface(t), Platforms: []*Platform{p}, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDescribe(t *testing.T) {
	e := described(t, "affjet")
	d, p := e.Describe(&Request{Client: person{}}, "affjet")
	if p != nil {
		t.Fatal(p)
	}
	conversions := d.Operations["conversions.list"]
	for name, want := range map[string]string{"occurred_from": "native", "merchant_id": "native", "status": "gateway", "amount_min": "gateway", "country": ""} {
		if got := conversions.Filters[name]; got != want {
			t.Errorf("the filter %s is %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"amount": "native", "commission_rate": "gateway", "country": ""} {
		if got := conversions.Sorts[name]; got != want {
			t.Errorf("the order by %s is %q, want %q", name, got, want)
		}
	}
	if !slices.Contains(conversions.Unsupported, "country") || slices.Contains(conversions.Unsupported, "amount") {
		t.Errorf("always null are %v", conversions.Unsupported)
	}
	if diff := cmp.Diff(map[string]any{"page_size": 10000}, conversions.Caps); diff != "" {
		t.Error(diff)
	}
	reports := d.Operations["reports.query"]
	for name, want := range map[string]string{"merchant": "native", "network": "native", "sub_id_1": "gateway", "affjet.type": "gateway", "country": ""} {
		if got := reports.Filters[name]; got != want {
			t.Errorf("the filter of reports by %s is %q, want %q", name, got, want)
		}
	}
	if diff := cmp.Diff(map[string]any{"range_days": map[string]int{"totalvalues": 30}}, reports.Caps); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{"clicks": true, "country": true, "commission": false, "commission_rate": false, "month": false, "platform": false} {
		if got := slices.Contains(reports.Unsupported, name); got != want {
			t.Errorf("that reports lack %s is %v, want %v", name, got, want)
		}
	}
	want := inventory.Line{Call: "GET /externalclient/totalvalues", Operations: []string{"reports.query"}, Documented: true}
	if len(d.Endpoints) != 7 || !cmp.Equal(d.Endpoints[6], want) {
		t.Errorf("the native endpoints are %v, want the seven of the document with %v at their end", d.Endpoints, want)
	}
}

// What endpoints of a platform allow is told of each operation that calls them.
func TestDescribeTellsLimitsOfEndpoints(t *testing.T) {
	const text = `mapping: v1
platform: sample
server: https://sample.example
formats: {day: {date: "2006-01-02"}}
resources:
  conversion: {native_id: id}
  campaign: {native_id: id}
operations:
  conversions.list: {call: GET /sales, limits: {requests: 200, per: 1m}, rows: data}
  conversions.get: {via: conversions.list}
  campaigns.list: {call: GET /campaigns, rows: data}
reports:
  - {name: sums, call: GET /report, limits: {requests: 5}, rows: data, range: {from: query.f, to: query.t, as: day}}
  - {name: counted, from: conversions.list}
`
	e, err := New(Config{Surface: loadSurface(t), Platforms: []*Platform{platform(t, "shop", text, nil)}, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	d, p := e.Describe(&Request{Client: person{}}, "shop")
	if p != nil {
		t.Fatal(p)
	}
	for operation, want := range map[string]string{
		"conversions.list": `{"rate":{"GET /sales":{"requests":200,"seconds":60}}}`,
		"conversions.get":  `{"rate":{"GET /sales":{"requests":200,"seconds":60}}}`,
		"campaigns.list":   `{}`,
		"reports.query":    `{"rate":{"GET /report":{"requests":5,"seconds":1}}}`,
	} {
		got, err := json.Marshal(d.Operations[operation].Caps)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, want %s", operation, got, want)
		}
	}
}

func TestDescribeAllLeavesEndpointsOut(t *testing.T) {
	for _, d := range described(t, "affjet").DescribeAll(&Request{Client: person{}}) {
		if d.Endpoints != nil {
			t.Errorf("%s lists its endpoints", d.Platform)
		}
	}
}

// The document of the tracker marks all three members of a group as required; a change
// of costs needs its days and the amount.
func TestDescribeNamesWhatAChangeTakes(t *testing.T) {
	d, p := described(t, "keitaro").Describe(&Request{Client: person{}}, "keitaro")
	if p != nil {
		t.Fatal(p)
	}
	tests := map[string]map[string]string{
		"groups.create":     {"name": "required", "type": "required", "position": "required"},
		"campaigns.costs":   {"from": "required", "to": "required", "timezone": "optional", "cost": "required", "unique_only": "optional"},
		"campaigns.archive": nil,
		"campaigns.list":    nil,
	}
	for id, want := range tests {
		if diff := cmp.Diff(want, d.Operations[id].Members, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
	if lacking := d.Operations["campaigns.archive"].Unsupported; len(lacking) > 0 {
		t.Errorf("an answer without a body lacks %v", lacking)
	}
}
