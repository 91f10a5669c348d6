package integration

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
)

func TestCoverageOfAffili(t *testing.T) {
	config := affili.Config{AccessID: "affili-secret", Seed: 1, Now: clock, Rows: 300}
	server := affili.New(config)
	walkCoverage(t, "affili", &scene{
		name: "as documented", block: affiliBlock, secret: "affili-secret",
		// authorization: Bearer "YOUR_ACCESS_ID", with the quotes
		place:   func(r *http.Request, key string) { r.Header.Set("Authorization", `Bearer "`+key+`"`) },
		account: func() sandbox { return affili.New(config) }, unified: server,
		state: func(a sandbox) any { return a.(*affili.Server).Conversions() },
		rows:  slices.Concat(affiliRows(affiliData{server, "rejected"}), affiliNewerRows()),
	})
}

func affiliRows(d affiliData) []tableRow {
	all := d.Conversions()
	whole := all[slices.IndexFunc(all, func(c affili.Conversion) bool {
		return c.ExternalID != "" && c.Publisher != "" && len(c.IPs) > 0
	})]
	open := all[slices.IndexFunc(all, func(c affili.Conversion) bool { return !c.Closed && c.Type == affili.Buy })]
	publisher := d.Publishers()[3]
	// the document's samples, with a referral link that this merchant has
	cookie := fmt.Sprintf(`{"referrer": %q}`, publisher.Referrer)
	sale := fmt.Sprintf(`{"external_id": "12345", "amount": "10000", "token": "eyJpdiI6IjBtZGhoaE03SmRHMTDUyMzJhNjEc1OTEyZDE2M2NTA3OTE5M2I4In0",
		"aff_id": %q, "referrer": %q, "commissions": [{"name": "buy", "sub_amount": "10000"}], "type": "buy"}`, publisher.AffID, publisher.Referrer)
	const change = `{"external_id": "123", "amount": "2000", "commissions": [{"name": "buy", "sub_amount": "2000"}], "type": "buy", "status": "1"}`
	return []tableRow{
		{
			call:   "POST /api/merchants/set-cookie",
			native: nativeCall{body: cookie},
			uses: []unifiedCall{{"attribution_tokens.create", func(g *gateway) {
				o := g.done("POST", "/v1/attribution-tokens", cookie, http.StatusCreated)
				// the token is made up on the spot, in the form of the document's sample
				if token, _ := o["token"].(string); len(token) != len("eyJpdiI6")+56 || token[:8] != "eyJpdiI6" {
					g.t.Errorf("got the token %q", token)
				}
			}}},
		},
		{
			call:   "GET /api/merchants/conversions/{id}",
			native: nativeCall{path: "/api/merchants/conversions/" + whole.ID},
			uses:   []unifiedCall{gets("conversions.get", "/v1/conversions/affili:"+whole.ID, func() object { return d.conversion(whole) })},
		},
		{
			call:   "GET /api/merchants/conversions",
			native: nativeCall{path: "/api/merchants/conversions?status=1&is_closed=1&min_amount=1000&min_created_at=2026-01-01%2000:00:00"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(d.Conversions(), d.conversion) }),
				pings("affili"),
			},
		},
		{
			call:   "POST /api/merchants/conversions/{id}",
			native: nativeCall{path: "/api/merchants/conversions/" + open.ID, body: change},
			uses: []unifiedCall{{"conversions.update", func(g *gateway) {
				o := g.done("PATCH", "/v1/conversions/affili:"+open.ID, `{"external_id":"123","amount":{"value":"2000","currency":"IRR"},
					"items":[{"name":"buy","amount":{"value":"2000","currency":"IRR"}}],"type":"sale","status":"approved"}`, http.StatusOK)
				same(g.t, o, with(d.conversion(d.find(g.t, open.ID)), object{
					"external_id": "123", "amount": money(2000, 0, "IRR"), "type": "sale", "status": "approved", "native_status": "1", "updated_at": atNow,
				}))
				if items, _ := o["items"].([]any); len(items) != 1 || member(items[0], "name") != "buy" || member(items[0], "amount.value") != "2000" {
					g.t.Errorf("the items are %v", o["items"])
				}
			}}},
		},
		{
			call:   "POST /api/merchants/conversions",
			native: nativeCall{body: sale},
			uses: []unifiedCall{{"conversions.create", func(g *gateway) {
				o := g.made("/v1/conversions", fmt.Sprintf(`{"external_id":"12345","type":"sale","amount":{"value":"10000","currency":"IRR"},
					"items":[{"name":"buy","amount":{"value":"10000","currency":null}}],
					"attribution":{"token":"eyJpdiI6IjBtZGhoaE03SmRHMTDUyMzJhNjEc1OTEyZDE2M2NTA3OTE5M2I4In0","publisher_code":%q,"referrer":%q}}`,
					publisher.AffID, publisher.Referrer))
				same(g.t, o, with(d.conversion(d.find(g.t, o["native_id"].(string))), object{
					"external_id": "12345", "type": "sale", "amount": money(10000, 0, "IRR"), "status": "pending", "native_status": "0",
					"publisher": object{"id": "affili:" + publisher.ID, "name": publisher.Name}, "occurred_at": atNow, "updated_at": atNow,
				}))
				if items, _ := o["items"].([]any); len(items) != 1 || member(items[0], "name") != "buy" || member(items[0], "amount.value") != "10000" {
					g.t.Errorf("the items are %v", o["items"])
				}
			}}},
		},
	}
}

// affiliNewerRows are endpoints of newer interfaces, which this account does not have:
// what it says to that passes through.
func affiliNewerRows() []tableRow {
	missing := func(path, body string) nativeCall {
		return nativeCall{path: path, body: body, status: http.StatusNotFound}
	}
	return []tableRow{
		{call: "POST /api/v2/clients/set-cookie", native: missing("", `{"aff_id":"a","referrer":"b","account_id":"c"}`)},
		{call: "POST /api/v2/clients/conversion", native: missing("", `{"type":"sale","order_id":"1","amount":"10000"}`)},
		{call: "GET /services/customers", native: missing("", "")},
		{call: "POST /services/customers", native: missing("", `{"referrer":"b","mcs_id":"1"}`)},
		{call: "POST /services/customers/{id}", native: missing("/services/customers/1", `{}`)},
		{call: "POST /services/conversions", native: missing("", `{"type":"sale","order_id":"1","amount":"10000"}`)},
		{call: "POST /services/conversions/{id}", native: missing("/services/conversions/1", `{"status":1}`)},
	}
}
