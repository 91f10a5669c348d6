package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

const limitsMapping = `mapping: v1
platform: sample
server: https://sample.example
formats: {day: {date: "2006-01-02"}}
resources:
  conversion: {native_id: id}
  campaign: {native_id: id}
operations:
  conversions.list:
    limits: {requests: 200, per: 1m}
    calls:
      - {call: GET /sales, rows: data}
      - {call: GET /leads, rows: data, limits: {requests: 5}}
  conversions.get: {via: conversions.list}
  campaigns.list: {call: GET /campaigns, rows: data}
  campaigns.archive: {call: "DELETE /campaigns/{native_id}", limits: {requests: 1, per: 10s}, answer: none}
reports:
  - {name: sums, call: GET /report, limits: {requests: 10, per: 1h}, rows: data, range: {from: query.f, to: query.t, as: day}}
`

// Limits are those of a native endpoint: of the call, else of its operation.
func TestLimitsOfCalls(t *testing.T) {
	m, err := mapping.Parse("sample.yaml", []byte(limitsMapping))
	if err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	limit := func(call string, requests int, per time.Duration) exchange.Limit {
		return exchange.Limit{Call: call, Rate: exchange.Rate{Requests: requests, Per: per}}
	}
	lists := []exchange.Limit{limit("GET /sales", 200, time.Minute), limit("GET /leads", 5, time.Second)}
	for id, want := range map[string][]exchange.Limit{
		"conversions.list":  lists,
		"conversions.get":   lists,
		"campaigns.list":    {{}},
		"campaigns.archive": {limit("DELETE /campaigns/{native_id}", 1, 10*time.Second)},
	} {
		var got []exchange.Limit
		for _, c := range p.Operation(id).Endpoints() {
			draft, err := c.Draft(nil)
			if err != nil {
				t.Fatal(err)
			}
			draft.Set("native_id", "7")
			request, err := c.Request(draft, nil)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, request.Limit)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
	if diff := cmp.Diff(limit("GET /report", 10, time.Hour), p.Reports[0].Call.Limit); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsOfLimits(t *testing.T) {
	for name, test := range map[string]struct{ operation, fault string }{
		"no requests":        {"{call: GET /a, rows: data, limits: {per: 1s}}", `the key "requests" is missing`},
		"none at all":        {"{call: GET /a, rows: data, limits: {requests: 0}}", "wants a number of requests, 1 or more"},
		"at the same time":   {"{call: GET /a, rows: data, limits: {requests: 1, concurrency: 2}}", `unknown key "concurrency"`},
		"answered by a list": {"{via: networks.list, limits: {requests: 1}}", "its limits are those of that list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.Parse("sample.yaml", []byte("mapping: v1\nplatform: sample\noperations:\n  networks.get: "+test.operation+"\n"))
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("got %v, want %s", err, test.fault)
			}
		})
	}
}
