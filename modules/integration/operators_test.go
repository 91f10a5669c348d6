package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

// Filters of a query's body are compared as what they are: amounts as numbers, times as
// instants, texts whatever their letter case; null is neither more nor less than anything.
func TestOperatorsEqualTheData(t *testing.T) {
	server := affjet.New(affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 800})
	g := start(t, stand(t, "affjet", server, server.Counter(), "/externalclient", "credential api_key affjet-secret\ncurrency EUR").caddyfile(), client)
	moment := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	contains := func(tx affjet.Transaction, part string) bool {
		return strings.Contains(strings.ToLower(tx.CustomID), part)
	}
	type filter struct{ field, op, rest string }
	for _, test := range []struct {
		filters []filter
		keep    func(tx affjet.Transaction) bool
	}{
		{[]filter{{"amount", "gt", `,"value":"99.5"`}}, func(tx affjet.Transaction) bool { return tx.Amount > 9950 }},
		{[]filter{{"amount", "gte", `,"value":100`}}, func(tx affjet.Transaction) bool { return tx.Amount >= 10000 }},
		{[]filter{{"amount", "lt", `,"value":0`}}, func(tx affjet.Transaction) bool { return tx.Amount < 0 }},
		{[]filter{{"commission", "lte", `,"value":"2.10"`}}, func(tx affjet.Transaction) bool { return tx.Commission <= 210 }},
		{[]filter{{"amount", "between", `,"value":["9.99","99.90"]`}}, func(tx affjet.Transaction) bool { return tx.Amount >= 999 && tx.Amount <= 9990 }},
		{[]filter{{"commission", "eq", `,"value":"0.0"`}}, func(tx affjet.Transaction) bool { return tx.Commission == 0 }},
		{[]filter{{"original.amount", "gt", `,"value":"90071992547409.92"`}}, func(tx affjet.Transaction) bool { return tx.OriginalAmount == 1<<53+1 }},
		{[]filter{{"status", "ne", `,"value":"approved"`}}, func(tx affjet.Transaction) bool { return affjetStatus[tx.Status] != "approved" }},
		{[]filter{{"status", "in", `,"value":["pending","rejected"]`}, {"type", "not_in", `,"value":["bonus"]`}}, func(tx affjet.Transaction) bool {
			return affjetStatus[tx.Status] != "approved" && tx.Type == affjet.Sale
		}},
		{[]filter{{"original.currency", "eq", `,"value":"jpy"`}}, func(tx affjet.Transaction) bool { return tx.OriginalCurrency == "JPY" }},
		{[]filter{{"original.currency", "eq", `,"value":"jpy","case_sensitive":true`}}, func(affjet.Transaction) bool { return false }},
		{[]filter{{"original.status", "contains", `,"value":"PŁAC"`}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus == "wypłacono" }},
		{[]filter{{"original.status", "starts_with", `,"value":"Appr","case_sensitive":true`}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus == "Approuvée" }},
		{[]filter{{"original.status", "ends_with", `,"value":"/a"`}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus == "N/A" }},
		{[]filter{{"original.status", "not_contains", `,"value":"offen"`}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus != "offen" }},
		{[]filter{{"original.status", "set", ""}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus != "" }},
		{[]filter{{"original.status", "not_set", ""}}, func(tx affjet.Transaction) bool { return tx.OriginalStatus == "" }},
		{[]filter{{"sub_ids.1", "matches", `,"value":"^clickref [0-9a-f]{6}$"`}}, func(tx affjet.Transaction) bool { return contains(tx, "clickref ") }},
		{[]filter{{"sub_ids.1", "not_matches", `,"value":"^(blog|app)$"`}}, func(tx affjet.Transaction) bool { return tx.CustomID != "blog" && tx.CustomID != "app" }},
		{[]filter{{"sub_ids.1", "contains", `,"value":"?Q=100%"`}}, func(tx affjet.Transaction) bool { return contains(tx, "?q=100%") }},
		{[]filter{{"native_id", "contains", `,"value":"\"4"`}}, func(tx affjet.Transaction) bool { return strings.Contains(tx.UniqueID, `"4`) }},
		// the same instant, as two clocks show it
		{[]filter{{"occurred_at", "gte", `,"value":"2026-06-01T00:00:00Z"`}}, func(tx affjet.Transaction) bool { return !tx.Date.Before(moment) }},
		{[]filter{{"occurred_at", "lt", `,"value":"2026-06-01T03:30:00+03:30"`}}, func(tx affjet.Transaction) bool { return tx.Date.Before(moment) }},
		{[]filter{{"amount.currency", "eq", `,"value":"EUR"`}, {"amount", "gt", `,"value":500`}}, func(tx affjet.Transaction) bool { return tx.Amount > 50000 }},
	} {
		var parts []string
		for _, f := range test.filters {
			parts = append(parts, fmt.Sprintf(`{"field":%q,"op":%q%s}`, f.field, f.op, f.rest))
		}
		body := `{"limit":1000,"filters":[` + strings.Join(parts, ",") + `]}`
		t.Run(body, func(t *testing.T) {
			a := g.in(t).post("/v1/conversions/query", body)
			if a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			var want []string
			for _, tx := range server.Transactions() {
				if test.keep(tx) {
					want = append(want, "affjet:"+tx.UniqueID)
				}
			}
			sameSet(t, ids(decode[page](t, a.body).Data), want)
		})
	}
	for _, bad := range []string{`"op":"gt","field":"amount","value":"much"`, `"op":"gte","field":"occurred_at","value":"June"`, `"op":"matches","field":"native_id","value":"("`, `"op":"in","field":"status"`} {
		p := g.problem(g.post("/v1/conversions/query", `{"filters":[{`+bad+`}]}`), "invalid_request", 400)
		if errors, _ := p["errors"].([]any); !slices.ContainsFunc(errors, func(e any) bool { return member(e, "parameter") == "filters[0].value" }) {
			t.Errorf("%s: %v", bad, p)
		}
	}
}
