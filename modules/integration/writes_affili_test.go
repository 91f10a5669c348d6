package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
)

// startAffiliEditor is a merchant's account, further lines of its block, and a client
// that may change it.
func startAffiliEditor(t *testing.T, block ...string) (*gateway, affiliData) {
	t.Helper()
	d := affiliData{affili.New(affili.Config{AccessID: "affili-secret", Seed: 1, Now: clock}), "rejected"}
	block = append(block, affiliBlock)
	return start(t, stand(t, "affili", d, d.Counter(), "", strings.Join(block, "\n")).caddyfile(), editor), d
}

// find is a conversion of the account; it has to be there.
func (d affiliData) find(t *testing.T, native any) affili.Conversion {
	t.Helper()
	all := d.Conversions()
	i := slices.IndexFunc(all, func(c affili.Conversion) bool { return c.ID == native })
	if i < 0 {
		t.Fatalf("the account has no conversion %v", native)
	}
	return all[i]
}

// attribution is what ties a conversion to a publisher, with a token that the gateway
// has got.
func (d affiliData) attribution(g *gateway, p affili.Publisher) object {
	g.t.Helper()
	made := g.done("POST", "/v1/attribution-tokens", asJSON(object{"platform": "affili", "referrer": p.Referrer}), http.StatusCreated)
	return object{"token": made["token"], "publisher_code": p.AffID, "referrer": p.Referrer}
}

// order12345 is a sale with an order number of its own.
func order12345(attribution object) object {
	return object{
		"platform": "affili", "type": "sale", "external_id": "12345-new", "amount": money(10000, 0, "IRR"),
		"items": []any{object{"name": "buy", "amount": money(10000, 0, "IRR")}}, "attribution": attribution,
	}
}

// asJSON is an object as JSON.
func asJSON(o object) string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // tests make no such objects
	}
	return string(b)
}

func TestAffiliAttributionToken(t *testing.T) {
	g, d := startAffiliEditor(t)
	p := d.Publishers()[0]
	a := g.send("POST", "/v1/attribution-tokens", asJSON(object{"referrer": p.Referrer}))
	if a.status != http.StatusCreated || a.header.Get("Location") != "" {
		t.Fatalf("%d at %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	made := decode[map[string]any](t, a.body)
	g.fits("AttributionToken", made)
	token, _ := made["token"].(string)
	if !strings.HasPrefix(token, "eyJ") || made["valid_days"] != json.Number("30") || made["platform"] != "affili" {
		t.Errorf("got %v", made)
	}
	again := d.attribution(g, p)
	if again["token"] == token {
		t.Error("two visitors got the same token")
	}
	refused := g.problem(g.send("POST", "/v1/attribution-tokens", `{"referrer":"5f53a29fb867dd7df313d4e2"}`), "invalid_request", 400)
	if native, _ := refused["native"].(map[string]any); refused["platform"] != "affili" || !strings.Contains(fmt.Sprint(native["message"]), "referrer") {
		t.Errorf("got %v", refused)
	}
	d.Counter().Reset()
	// set-cookie takes the referrer only
	wrong := g.problem(g.send("POST", "/v1/attribution-tokens", `{"publisher_code":"x","days":3}`), "invalid_request", 400)
	if got := strings.Join(named(wrong), " "); got != "days referrer publisher_code" {
		t.Errorf("errors of %q: %v", got, wrong["errors"])
	}
	wrong = g.problem(g.send("POST", "/v1/attribution-tokens", asJSON(object{"publisher_code": p.AffID, "referrer": p.Referrer})), "invalid_request", 400)
	if got := strings.Join(named(wrong), " "); got != "publisher_code" || d.Counter().Total() != 0 {
		t.Errorf("errors of %q after %d native requests", got, d.Counter().Total())
	}
}

// A sale is made, read, changed, found and counted.
func TestAffiliSale(t *testing.T) {
	g, d := startAffiliEditor(t)
	before := d.Conversions()
	p := d.Publishers()[3]
	total := func() (rows int, amount int64) { // of the clock's day
		for _, c := range d.Conversions() {
			if c.Created.UTC().Format("2006-01-02") == "2026-11-20" {
				rows, amount = rows+1, amount+c.Amount
			}
		}
		return rows, amount
	}
	reported := func() (conversions, value any) {
		r := g.report("/v1/reports?from=2026-11-20&to=2026-11-20&metrics=conversions,order_value")
		if len(r.Data) == 0 {
			return json.Number("0"), "0"
		}
		return r.Data[0].Metrics["conversions"], member(r.Data[0].Metrics, "order_value")
	}
	rowsBefore, amountBefore := total()
	if n, v := reported(); fmt.Sprint(n) != fmt.Sprint(rowsBefore) || v != fmt.Sprint(amountBefore) {
		t.Fatalf("a report of %v with %v, want %d with %d", n, v, rowsBefore, amountBefore)
	}

	// beyond 2^53, which no double holds
	sale := with(order12345(d.attribution(g, p)), object{
		"amount": money(9007199254740995, 0, "IRR"),
		"items":  []any{object{"name": "shoes", "amount": money(9007199254740993, 0, "IRR")}, object{"name": "bags", "amount": money(2, 0, "IRR")}},
	})
	d.Counter().Reset()
	made := g.made("/v1/conversions", asJSON(sale))
	if n := d.Counter().All(); d.Counter().Total() != 2 {
		t.Errorf("native requests: %v, want the change and the conversion", n)
	}
	g.fits("Conversion", made)
	native := fmt.Sprint(made["native_id"])
	c := d.find(t, native)
	want := identified("affili", native, object{
		"external_id": "12345-new", "type": "sale", "native_type": "6", "status": "pending", "native_status": "0",
		"payment_status": "unpaid", "native_payment_status": "0", "locked": false, "occurred_at": at(now), "updated_at": at(now),
		"amount": money(9007199254740995, 0, "IRR"), "fee": money(0, 0, "IRR"), "publisher": object{"id": "affili:" + p.ID, "name": p.Name},
		"items": []any{
			object{"id": c.Commissions[0].ID, "name": "shoes", "amount": money(9007199254740993, 0, "IRR")},
			object{"id": c.Commissions[1].ID, "name": "bags", "amount": money(2, 0, "IRR")},
		},
	})
	same(t, made, want)
	same(t, d.conversion(c), want)
	path := "/v1/conversions/affili:" + native
	same(t, g.one(path), want)
	// 09:30 UTC is 13:00 in Tehran, on the 29th of Aban
	if created := nativeRow(g.one(path + "?include=native"))["created_at"]; created != "1405-08-29 13:00:00" {
		t.Errorf("the platform writes %v", created)
	}
	if n, v := reported(); fmt.Sprint(n) != fmt.Sprint(rowsBefore+1) || v != fmt.Sprint(amountBefore+9007199254740995) {
		t.Errorf("a report of %v with %v", n, v)
	}

	changed := g.done("PATCH", path, `{"status":"approved","amount":{"value":"2000","currency":null},"items":[{"name":"buy","amount":{"value":"2000","currency":"IRR"}}]}`, http.StatusOK)
	want = with(want, object{
		"status": "approved", "native_status": "1", "amount": money(2000, 0, "IRR"),
		"items": []any{object{"id": d.find(t, native).Commissions[0].ID, "name": "buy", "amount": money(2000, 0, "IRR")}},
	})
	same(t, changed, want)
	same(t, g.one(path), want)
	want = with(want, object{"external_id": "ORD & 7", "type": "click", "native_type": "click"})
	same(t, g.done("PATCH", path, `{"external_id":"ORD & 7","type":"click"}`, http.StatusOK), want)

	sameRows(t, g.list("/v1/conversions?external_id="+url.QueryEscape("ORD & 7")).Data, []object{want})
	sameRows(t, g.list("/v1/conversions?status=approved&amount_min=2000&amount_max=2000&occurred_from="+at(now).(string)).Data, []object{want})
	if gone := g.list("/v1/conversions?external_id=12345-new"); len(gone.Data) != 0 {
		t.Errorf("still under its first number: %v", gone.Data)
	}
	rows, amount := total()
	if n, v := reported(); rows != rowsBefore+1 || amount != amountBefore+2000 || fmt.Sprint(n) != fmt.Sprint(rows) || v != fmt.Sprint(amount) {
		t.Errorf("a report of %v with %v, want %d with %d", n, v, rows, amount)
	}
	// nothing else has changed
	all, _ := g.walk("/v1/conversions?limit=1000")
	sameRows(t, all, append(each(before, d.conversion), want))
}

// A lead is made with the name of its commission, a click with nothing but its publisher.
func TestAffiliLeadAndClick(t *testing.T) {
	g, d := startAffiliEditor(t)
	p := d.Publishers()[1]
	attribution := d.attribution(g, p)
	common := object{
		"status": "pending", "native_status": "0", "payment_status": "unpaid", "native_payment_status": "0", "locked": false,
		"occurred_at": at(now), "updated_at": at(now), "amount": money(0, 0, "IRR"), "fee": money(0, 0, "IRR"),
		"publisher": object{"id": "affili:" + p.ID, "name": p.Name},
	}
	lead := g.made("/v1/conversions", asJSON(object{"type": "lead", "items": []any{object{"name": "signup"}}, "attribution": attribution}))
	id := fmt.Sprint(lead["native_id"])
	part := d.find(t, id).Commissions[0]
	same(t, lead, identified("affili", id, with(common, object{
		"type": "lead", "native_type": "lead", "items": []any{object{"id": part.ID, "name": "signup", "amount": money(0, 0, "IRR")}},
	})))
	click := g.made("/v1/conversions", asJSON(object{"type": "click", "external_id": "visit-1", "attribution": attribution}))
	id = fmt.Sprint(click["native_id"])
	same(t, click, identified("affili", id, with(common, object{"type": "click", "native_type": "click", "external_id": "visit-1", "items": []any{}})))
	sameSet(t, ids(g.list("/v1/conversions?type=lead,click&occurred_from="+at(now).(string)).Data), []string{fmt.Sprint(lead["id"]), fmt.Sprint(click["id"])})
}

// Accounts differ in what their third status is.
func TestAffiliWritesTheThirdStatus(t *testing.T) {
	for _, test := range []struct{ option, other string }{{"rejected", "refunded"}, {"refunded", "rejected"}} {
		t.Run(test.option, func(t *testing.T) {
			g, d := startAffiliEditor(t, "option status_2 "+test.option)
			i := slices.IndexFunc(d.Conversions(), func(c affili.Conversion) bool { return !c.Closed && c.Status == affili.Pending })
			id := d.Conversions()[i].ID
			path := "/v1/conversions/affili:" + id
			refused := g.problem(g.send("PATCH", path, `{"status":"`+test.other+`"}`), "invalid_request", 400)
			if got := strings.Join(named(refused), " "); got != "status" || d.Counter().Total() != 0 {
				t.Errorf("errors of %q after %d native requests", got, d.Counter().Total())
			}
			if o := g.done("PATCH", path, `{"status":"`+test.option+`"}`, http.StatusOK); o["status"] != test.option || d.find(t, id).Status != affili.Rejected {
				t.Errorf("%v, natively %v", o["status"], d.find(t, id).Status)
			}
			if o := g.done("PATCH", path, `{"status":"duplicate"}`, http.StatusOK); o["status"] != "duplicate" || d.find(t, id).Status != affili.Duplicated {
				t.Errorf("%v, natively %v", o["status"], d.find(t, id).Status)
			}
		})
	}
}

func TestAffiliIdempotencyKeys(t *testing.T) {
	g, d := startAffiliEditor(t)
	sale := order12345(d.attribution(g, d.Publishers()[0]))
	before := len(d.Conversions())
	d.Counter().Reset()
	first := g.once("/v1/conversions", "order-1", asJSON(sale))
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	sameAnswer(t, first, g.once("/v1/conversions", "order-1", asJSON(sale)))
	g.problem(g.once("/v1/conversions", "order-1", asJSON(with(sale, object{"external_id": "other"}))), "idempotency_key_reused", 422)
	if n := d.Counter().Total(); n != 2 || len(d.Conversions()) != before+1 {
		t.Errorf("%d native requests made %d conversions", n, len(d.Conversions())-before)
	}
	// a new key is a new sale, whose number is taken
	conflict := g.once("/v1/conversions", "order-2", asJSON(sale))
	g.problem(conflict, "conflict", 409)
	sameAnswer(t, conflict, g.once("/v1/conversions", "order-2", asJSON(sale)))
	if n := d.Counter().Total(); n != 3 || len(d.Conversions()) != before+1 {
		t.Errorf("%d native requests made %d conversions", n, len(d.Conversions())-before)
	}
}
