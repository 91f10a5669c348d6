package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
)

const (
	someAttribution = `"attribution":{"token":"t","publisher_code":"a","referrer":"r"}`
	someOrder       = `"external_id":"1","amount":{"value":"5","currency":"IRR"},"items":[{"name":"buy","amount":{"value":"5","currency":"IRR"}}]`
)

// Everything that is wrong with a body is named, in words of the unified API, and the
// platform is told nothing.
func TestAffiliRefusedBodies(t *testing.T) {
	g, d := startAffiliEditor(t)
	tests := []struct {
		name, request, body string
		errors              string // parameters, in the order of the answer
	}{
		{"nothing", "POST /v1/conversions", `{}`, "type attribution.token attribution.publisher_code attribution.referrer"},
		{"a type and no more", "POST /v1/conversions", `{"type":"click"}`, "attribution.token attribution.publisher_code attribution.referrer"},
		{"a sale and no more", "POST /v1/conversions", `{"type":"sale"}`, "attribution.token attribution.publisher_code attribution.referrer external_id amount items"},
		{"a sale of nothing", "POST /v1/conversions", `{"type":"sale","external_id":null,"amount":null,"items":[],` + someAttribution + `}`, "external_id amount items"},
		{"a lead without a name", "POST /v1/conversions", `{"type":"lead",` + someAttribution + `}`, "items"},
		{"a lead of a commission without a name", "POST /v1/conversions", `{"type":"lead","items":[{}],` + someAttribution + `}`, "items[0].name"},
		{
			"a sale of parts that lack what they need", "POST /v1/conversions",
			`{"type":"sale","external_id":"1","amount":{"value":"5","currency":"IRR"},"items":[{"name":"a","amount":{"value":"5","currency":"IRR"}},{"name":"b"},{}],` + someAttribution + `}`,
			"items[2].name items[1].amount items[2].amount",
		},
		{"a change of parts that lack what they need", "PATCH /v1/conversions/affili:x", `{"items":[{}]}`, "items[0].name items[0].amount"},
		{"a lead of two", "POST /v1/conversions", `{"type":"lead","items":[{"name":"a"},{"name":"b"}],` + someAttribution + `}`, "items"},
		{"a lead with an amount of its commission", "POST /v1/conversions", `{"type":"lead","items":[{"name":"a","amount":{"value":"5","currency":"IRR"}}],` + someAttribution + `}`, "items[0].amount"},
		{"parts of attribution", "POST /v1/conversions", `{"type":"click","attribution":{"token":null,"referrer":"r"}}`, "attribution.token attribution.publisher_code"},
		{"a word that the platform does not have", "POST /v1/conversions", `{"type":"bonus",` + someOrder + `,` + someAttribution + `}`, "type"},
		{"wrong words and types", "POST /v1/conversions", `{"type":"buy","external_id":5,"amount":"5","items":{"name":"buy"},"attribution":{"tokens":"t"}}`, "external_id type amount items attribution.tokens"},
		{"what other platforms' conversions have", "POST /v1/conversions", `{"type":"sale",` + someOrder + `,` + someAttribution + `,"country":"IR","click_id":"1","campaign_id":"affili:1","status":"approved"}`, "status campaign_id click_id country"},
		{"other currencies", "POST /v1/conversions", `{"type":"sale","external_id":"1","amount":{"value":"5","currency":"EUR"},"items":[{"name":"buy","amount":{"value":"5","currency":"USD"}}],` + someAttribution + `}`, "amount.currency items[0].amount.currency"},
		{"an amount without what it is made of", "PATCH /v1/conversions/affili:x", `{"amount":{"value":"5","currency":"IRR"}}`, "items"},
		{"what the platform decides by itself", "PATCH /v1/conversions/affili:x", `{"locked":false,"payment_status":"paid","occurred_at":"2026-01-01T00:00:00Z","publisher":{"id":"affili:1"}}`, "payment_status occurred_at publisher locked"},
		{"a status that it does not have", "PATCH /v1/conversions/affili:x", `{"status":"cancelled"}`, "status"},
		{"nothing that changes", "PATCH /v1/conversions/affili:x", `{}`, "body"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := g.in(t)
			method, path, _ := strings.Cut(test.request, " ")
			p := g.problem(g.send(method, path, test.body), "invalid_request", 400)
			if got := strings.Join(named(p), " "); got != test.errors {
				t.Errorf("errors of %q, want %q: %v", got, test.errors, p["errors"])
			}
		})
	}
	if n := d.Counter().Total(); n != 0 {
		t.Errorf("%d native requests: %v", n, d.Counter().All())
	}
}

// What only the platform can know is refused by it, once, and the refusal is told.
func TestAffiliRefusals(t *testing.T) {
	g, d := startAffiliEditor(t)
	all := d.Conversions()
	taken := all[slices.IndexFunc(all, func(c affili.Conversion) bool { return c.ExternalID != "" })]
	closed := all[slices.IndexFunc(all, func(c affili.Conversion) bool { return c.Closed })]
	open := all[slices.IndexFunc(all, func(c affili.Conversion) bool { return !c.Closed && c.ID != taken.ID })]
	attribution := d.attribution(g, d.Publishers()[0])
	sale := order12345(attribution)
	tests := []struct {
		name, request, body string
		code                string
		status              int
		says                string
	}{
		{"an order that there is already", "POST /v1/conversions", asJSON(with(sale, object{"external_id": taken.ExternalID})), "conflict", 409, "external_id"},
		{"the number of another order", "PATCH /v1/conversions/affili:" + open.ID, asJSON(object{"external_id": taken.ExternalID}), "conflict", 409, "external_id"},
		{"a publisher that there is not", "POST /v1/conversions", asJSON(with(sale, object{"attribution": with(attribution, object{"publisher_code": "nobody"})})), "invalid_request", 400, "aff_id"},
		{"a conversion that is closed", "PATCH /v1/conversions/affili:" + closed.ID, `{"status":"approved"}`, "invalid_request", 400, "CONVERSION_IS_CLOSED"},
		{"a conversion that there is not", "PATCH /v1/conversions/affili:nope", `{"status":"approved"}`, "not_found", 404, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := g.in(t)
			d.Counter().Reset()
			method, path, _ := strings.Cut(test.request, " ")
			p := g.problem(g.send(method, path, test.body), test.code, test.status)
			native, _ := p["native"].(map[string]any)
			if p["platform"] != "affili" || !strings.Contains(fmt.Sprint(native["message"]), test.says) {
				t.Errorf("got %v", p)
			}
			if n := d.Counter().Total(); n != 1 {
				t.Errorf("%d native requests: a refusal is not repeated", n)
			}
		})
	}
	sameRows(t, g.list("/v1/conversions?limit=1000").Data, each(all, d.conversion))
}
