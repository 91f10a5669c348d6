package integration

import (
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// affjetData says what the unified API is to show of an account, by the documents
// alone. Amounts are in the currency of the configuration, EUR.
type affjetData struct {
	*affjet.Server
	zone *time.Location
}

func (d affjetData) network(n affjet.Network) object {
	return object{
		"id": ref("affjet", n.ID), "native_id": fmt.Sprint(n.ID), "name": n.Name, "currency": n.Currency,
		"first_import_at": at(n.Imported), "last_import_at": at(n.LastImported),
	}
}

func (d affjetData) merchant(m affjet.Merchant) object {
	return object{"id": ref("affjet", m.ID), "native_id": fmt.Sprint(m.ID), "name": m.Name, "network_merchant_id": m.CID}
}

func (d affjetData) networks(merchants bool) (list []object) {
	for _, n := range d.Networks() {
		o := d.network(n)
		o["platform"] = "affjet"
		if merchants {
			of := []any{}
			for _, m := range d.Merchants() {
				if m.Network == n.ID {
					of = append(of, d.merchant(m))
				}
			}
			o["merchants"] = of
		}
		list = append(list, o)
	}
	return list
}

// merchants lists the merchants, on request with their networks. The list of merchants
// has the networks' instants as days, which are midnights of the account's zone.
func (d affjetData) merchants(network, days bool) (list []object) {
	networks := map[int64]affjet.Network{}
	for _, n := range d.Networks() {
		if days {
			n.Imported, n.LastImported = midnight(n.Imported, d.zone), midnight(n.LastImported, d.zone)
		}
		networks[n.ID] = n
	}
	for _, m := range d.Merchants() {
		o := d.merchant(m)
		o["platform"], o["network_id"] = "affjet", ref("affjet", m.Network)
		if network {
			o["network"] = d.network(networks[m.Network])
		}
		list = append(list, o)
	}
	return list
}

func midnight(t time.Time, zone *time.Location) time.Time {
	y, m, day := t.In(zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

var (
	affjetStatus  = map[affjet.Status]string{affjet.Confirmed: "approved", affjet.Pending: "pending", affjet.Paid: "approved", affjet.Declined: "rejected"}
	affjetPayment = map[affjet.Status]string{affjet.Confirmed: "unpaid", affjet.Pending: "unpaid", affjet.Paid: "paid", affjet.Declined: "unpaid"}
	affjetType    = map[affjet.Type]string{affjet.Sale: "other", affjet.Bonus: "bonus"}
	affjetFlag    = map[int]string{0: "none", 1: "other", 2: "bonus"}
)

// values are the members that a transaction and its earlier states share.
func (d affjetData) values(v affjet.Values) object {
	digits := map[string]int{"JPY": 0}
	minor, known := digits[v.OriginalCurrency]
	if !known {
		minor = 2
	}
	return object{
		"occurred_at": at(v.Date),
		"status":      affjetStatus[v.Status], "native_status": v.NativeStatus,
		"payment_status": affjetPayment[v.Status], "native_payment_status": v.NativeStatus,
		"amount": money(v.Amount, 2, "EUR"), "commission": money(v.Commission, 2, "EUR"),
		"original": object{
			"amount": money(v.OriginalAmount, minor, v.OriginalCurrency), "commission": money(v.OriginalCommission, minor, v.OriginalCurrency),
			"currency": v.OriginalCurrency, "status": given(v.OriginalStatus),
		},
		"sub_ids": object{"1": given(v.CustomID)},
	}
}

func (d affjetData) conversion(t affjet.Transaction) object {
	o := d.values(t.Values)
	o["type"], o["native_type"] = affjetType[t.Type], string(t.Type)
	o["updated_at"] = at(t.Updated)
	o["revenue"] = money(t.Commission, 2, "EUR")
	o["commission_rate"] = percentOf(t.Commission, t.Amount)
	o["network_id"], o["merchant_id"] = ref("affjet", t.Network), ref("affjet", t.Merchant)
	if t.Flag == affjet.NoFlag {
		o["native_suspected_type"] = nil
	} else {
		o["suspected_type"], o["native_suspected_type"] = affjetFlag[t.Flag], strconv.Itoa(t.Flag)
	}
	return identified("affjet", t.UniqueID, o)
}

// percentOf is a share in percent with four decimals, rounded half away from zero.
func percentOf(part, whole int64) string {
	if whole == 0 {
		return "0"
	}
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(part), big.NewInt(100)), big.NewInt(whole)).FloatString(4)
}

func (d affjetData) conversions() (list []object) {
	for _, t := range d.Transactions() {
		list = append(list, d.conversion(t))
	}
	return list
}

// history lists earlier states in full, or only what each changed.
func (d affjetData) history(t affjet.Transaction, deltas bool) []any {
	list := []any{}
	for i, a := range t.Amends {
		state := d.values(a.Values)
		if deltas && i > 0 {
			unchanged(state, a.Values, t.Amends[i-1].Values)
		}
		state["native_id"], state["updated_at"] = a.UniqueID, at(a.Updated)
		list = append(list, state)
	}
	return list
}

// unchanged takes out of a state what is as it was before. What an amount's currency is
// without being told, the platform's own or none, depends on whose it is.
func unchanged(state object, v, before affjet.Values) {
	original := state["original"].(object)
	if v.OriginalCurrency == before.OriginalCurrency {
		original["amount"].(object)["currency"], original["commission"].(object)["currency"] = nil, nil
	}
	for _, m := range []struct {
		of    object
		same  bool
		names []string
	}{
		{state, v.Date.Equal(before.Date), []string{"occurred_at"}},
		{state, v.NativeStatus == before.NativeStatus, []string{"status", "native_status", "payment_status", "native_payment_status"}},
		{state, v.Amount == before.Amount, []string{"amount"}},
		{state, v.Commission == before.Commission, []string{"commission"}},
		{state, v.CustomID == before.CustomID, []string{"sub_ids"}},
		{original, v.OriginalAmount == before.OriginalAmount, []string{"amount"}},
		{original, v.OriginalCommission == before.OriginalCommission, []string{"commission"}},
		{original, v.OriginalCurrency == before.OriginalCurrency, []string{"currency"}},
		{original, v.OriginalStatus == before.OriginalStatus, []string{"status"}},
	} {
		if m.same {
			for _, name := range m.names {
				m.of[name] = nil
			}
		}
	}
}

func TestAffJet(t *testing.T) {
	server := affjet.New(affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 1100})
	d := affjetData{server, kit.Location("Europe/London")}
	g := start(t, stand(t, "affjet", server, server.Counter(), "/externalclient", "credential api_key affjet-secret\ncurrency EUR").caddyfile(), client)
	conversions := d.conversions()

	t.Run("networks", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/networks", "Network", d.networks(false))
		g.gives("/v1/networks?include=merchants", "Network", d.networks(true))
		g.givesEach("/v1/networks", "", "Network", d.networks(false))
		g.givesEach("/v1/networks", "?include=merchants", "Network", d.networks(true))
		g.problem(g.get("/v1/networks/affjet:999"), "not_found", 404)
	})
	t.Run("merchants", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/merchants", "Merchant", d.merchants(false, true))
		g.gives("/v1/merchants?include=network", "Merchant", d.merchants(true, true))
		g.givesEach("/v1/merchants", "", "Merchant", d.merchants(false, false))
		g.givesEach("/v1/merchants", "?include=network", "Merchant", d.merchants(true, false))
		g.problem(g.get("/v1/merchants/affjet:1"), "not_found", 404)
	})
	t.Run("conversions", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/conversions", "Conversion", conversions)
		g.givesEach("/v1/conversions", "", "Conversion", conversions[:40])
		g.problem(g.get("/v1/conversions/affjet:70000001"), "not_found", 404)
	})
	t.Run("earlier states of conversions", func(t *testing.T) {
		g := g.in(t)
		var history, deltas, both []object
		for _, tx := range server.Transactions() {
			h, e, b := d.conversion(tx), d.conversion(tx), d.conversion(tx)
			h["history"], e["deltas"] = d.history(tx, false), d.history(tx, true)
			b["history"], b["deltas"] = h["history"], e["deltas"]
			history, deltas, both = append(history, h), append(deltas, e), append(both, b)
		}
		g.gives("/v1/conversions?include=history", "Conversion", history)
		g.gives("/v1/conversions?include=deltas", "Conversion", deltas)
		g.givesEach("/v1/conversions", "?include=history,deltas", "Conversion", both[:20])
	})
	t.Run("amounts and identifiers beyond 2^53", func(t *testing.T) {
		g := g.in(t)
		var amounts, merchants int
		for _, tx := range server.Transactions() {
			if tx.OriginalAmount > 1<<53 {
				amounts++
				row := g.one("/v1/conversions/" + url.PathEscape("affjet:"+tx.UniqueID))
				// 2^53 + 1 hundredths
				if got := row["original"].(map[string]any)["amount"].(map[string]any)["value"]; got != "90071992547409.93" {
					t.Errorf("2^53+1 hundredths read as %v", got)
				}
			}
		}
		for _, m := range server.Merchants() {
			if m.ID > 1<<53 {
				merchants++
				same(t, g.one("/v1/merchants/affjet:9007199254740993")["name"], m.Name)
			}
		}
		if amounts == 0 || merchants == 0 {
			t.Fatal("the sandbox has none")
		}
	})
	t.Run("native objects", func(t *testing.T) {
		g := g.in(t)
		for i, row := range g.list("/v1/networks?include=native").Data {
			n := server.Networks()[i]
			same(t, nativeRow(row), object{
				"id": n.ID, "name": n.Name, "currency": n.Currency,
				"importDate": n.Imported.In(d.zone).Format("20060102150405"), "lastImportDate": n.LastImported.In(d.zone).Format("20060102150405"),
			})
		}
		tx := server.Transactions()[0]
		row := g.one("/v1/conversions/" + url.PathEscape("affjet:"+tx.UniqueID) + "?include=native")
		if got := nativeRow(row); got["uniqueId"] != tx.UniqueID || got["date"] != tx.Date.In(d.zone).Format("20060102150405") {
			t.Errorf("got %v", got)
		}
	})
	t.Run("selections", func(t *testing.T) { affjetSelections(g.in(t), d) })
	t.Run("orders", func(t *testing.T) {
		g := g.in(t)
		g.orders("/v1/networks", d.networks(false), []order{
			{"name", by("name")},
			{"-name", descending(by("name"))},
			{"first_import_at", by("first_import_at")},
			{"-last_import_at", descending(by("last_import_at"))},
			{"currency", by("currency")},
		})
		g.orders("/v1/merchants", d.merchants(false, true), []order{
			{"name", by("name")}, {"network_merchant_id", by("network_merchant_id")}, {"-network_id", descending(by("network_id"))},
		})
		g.orders("/v1/conversions", conversions, []order{
			{"occurred_at", by("occurred_at")},
			{"-updated_at", descending(by("updated_at"))},
			{"amount", byNumber("amount")},
			{"-commission", descending(byNumber("commission"))},
			{"revenue", byNumber("revenue")},
			{"-commission_rate", descending(byNumber("commission_rate"))},
			{"status", by("status")},
			{"suspected_type", by("suspected_type")},
			{"-original.status", descending(by("original.status"))},
			{"original.amount", byNumber("original.amount")},
			{"merchant_id", by("merchant_id")},
			{"native_id", by("native_id")},
		})
	})
	t.Run("members that the platform never gives", func(t *testing.T) {
		g := g.in(t)
		for path, member := range map[string]string{
			"/v1/networks?state=active": "state", "/v1/conversions?country=DE": "country",
			"/v1/conversions?campaign_id=affjet:1": "campaign_id", "/v1/merchants?updated_from=2026-01-01T00:00:00Z": "updated_from",
		} {
			s := g.list(path).Platforms[0]
			if len(s.Unsupported) != 1 || s.Unsupported[0] != member {
				t.Errorf("%s: unsupported %v, want %s", path, s.Unsupported, member)
			}
		}
	})
	t.Run("chosen members", func(t *testing.T) {
		g := g.in(t)
		page := g.list("/v1/conversions?limit=3&sort=occurred_at&fields=id,amount")
		for i, row := range page.Data {
			tx := server.Transactions()[i]
			same(t, row, identified("affjet", tx.UniqueID, object{"amount": money(tx.Amount, 2, "EUR")}))
		}
	})
	t.Run("ping", func(t *testing.T) {
		server.Counter().Reset()
		g := g.in(t)
		pong := g.one("/v1/platforms/affjet/ping")
		g.fits("Ping", pong)
		if pong["platform"] != "affjet" || server.Counter().Total() != 1 {
			t.Errorf("%v after %d native requests", pong, server.Counter().Total())
		}
	})
}

func affjetSelections(g *gateway, d affjetData) {
	networks, merchants, transactions := d.Networks(), d.Merchants(), d.Transactions()
	imported := networks[3].Imported
	selects(g, "/v1/networks", networks, func(n affjet.Network) string { return fmt.Sprint("affjet:", n.ID) }, []selection[affjet.Network]{
		{"native_id=11,1204", func(n affjet.Network) bool { return n.ID == 11 || n.ID == 1204 }},
		{"name=" + url.QueryEscape("RÉSEAU étoile"), func(n affjet.Network) bool { return n.ID == 12 }},
		{"q=" + url.QueryEscape(`"netz"`), func(n affjet.Network) bool { return n.ID == 15 }},
		{"q=100%25", func(n affjet.Network) bool { return n.ID == 109 }},
		{"first_import_from=" + imported.Format(time.RFC3339), func(n affjet.Network) bool { return !n.Imported.Before(imported) }},
		{"first_import_to=" + imported.Format(time.RFC3339), func(n affjet.Network) bool { return n.Imported.Before(imported) }},
		{"last_import_from=" + networks[1].LastImported.Format(time.RFC3339), func(n affjet.Network) bool { return !n.LastImported.Before(networks[1].LastImported) }},
	})
	selects(g, "/v1/merchants", merchants, func(m affjet.Merchant) string { return fmt.Sprint("affjet:", m.ID) }, []selection[affjet.Merchant]{
		{"network_id=affjet:12,affjet:31", func(m affjet.Merchant) bool { return m.Network == 12 || m.Network == 31 }},
		{"network_merchant_id=" + url.QueryEscape(merchants[1].CID), func(m affjet.Merchant) bool { return m.CID == merchants[1].CID }},
		{"native_id=9007199254740993", func(m affjet.Merchant) bool { return m.ID == 9007199254740993 }},
		{"native_id=9007199254740992", func(affjet.Merchant) bool { return false }},
		{"q=tom%27s", func(m affjet.Merchant) bool { return strings.Contains(strings.ToLower(m.Name), "tom's") }},
	})
	awkward := transactions[0].CustomID
	for _, tx := range transactions {
		if strings.Contains(tx.CustomID, "?q=100%") {
			awkward = tx.CustomID
			break
		}
	}
	middle := transactions[len(transactions)/2]
	rfc := func(t time.Time) string { return t.Format(time.RFC3339) }
	selects(g, "/v1/conversions", transactions, func(tx affjet.Transaction) string { return "affjet:" + tx.UniqueID }, []selection[affjet.Transaction]{
		{"merchant_id=affjet:501", func(tx affjet.Transaction) bool { return tx.Merchant == 501 }},
		{"merchant_id=affjet:501,affjet:504", func(tx affjet.Transaction) bool { return tx.Merchant == 501 || tx.Merchant == 504 }},
		{"network_id=affjet:23&type=bonus", func(tx affjet.Transaction) bool { return tx.Network == 23 && tx.Type == affjet.Bonus }},
		{"type=other", func(tx affjet.Transaction) bool { return tx.Type == affjet.Sale }},
		{"type=sale", func(affjet.Transaction) bool { return false }},
		{"native_id=" + url.QueryEscape(middle.UniqueID), func(tx affjet.Transaction) bool { return tx.UniqueID == middle.UniqueID }},
		{"sub_id_1=" + url.QueryEscape(awkward), func(tx affjet.Transaction) bool { return tx.CustomID == awkward }},
		{"sub_id_1=BLOG", func(affjet.Transaction) bool { return false }},
		{"payment_status=unpaid&status=approved", func(tx affjet.Transaction) bool { return tx.Status == affjet.Confirmed }},
		{"suspected_type=bonus", func(tx affjet.Transaction) bool { return tx.Flag == 2 }},
		{"suspected_type=other,none", func(tx affjet.Transaction) bool { return tx.Flag == 0 || tx.Flag == 1 }},
		// both edges of a range fall on a row: the first is in it, the last is not
		{"occurred_from=" + rfc(transactions[100].Date) + "&occurred_to=" + rfc(transactions[900].Date), func(tx affjet.Transaction) bool {
			return !tx.Date.Before(transactions[100].Date) && tx.Date.Before(transactions[900].Date)
		}},
		{"updated_from=" + rfc(middle.Updated) + "&updated_to=" + rfc(middle.Updated.Add(72*time.Hour)), func(tx affjet.Transaction) bool {
			return !tx.Updated.Before(middle.Updated) && tx.Updated.Before(middle.Updated.Add(72*time.Hour))
		}},
		// an offset of the caller's own
		{"occurred_from=" + url.QueryEscape("2026-06-01T00:00:00+05:30"), func(tx affjet.Transaction) bool {
			return !tx.Date.Before(time.Date(2026, 5, 31, 18, 30, 0, 0, time.UTC))
		}},
		{"commission_min=50&commission_max=50.01", func(tx affjet.Transaction) bool { return tx.Commission == 5000 || tx.Commission == 5001 }},
		{"revenue_min=100", func(tx affjet.Transaction) bool { return tx.Commission >= 10000 }},
		{"amount_max=-0.01", func(tx affjet.Transaction) bool { return tx.Amount < 0 }},
		{"amount_min=" + decimal(middle.Amount, 2) + "&amount_max=" + decimal(middle.Amount, 2), func(tx affjet.Transaction) bool { return tx.Amount == middle.Amount }},
		{"currency=EUR&status=rejected", func(tx affjet.Transaction) bool { return tx.Status == affjet.Declined }},
		{"currency=USD", func(affjet.Transaction) bool { return false }},
		{"q=" + url.QueryEscape("WYPŁAC"), func(tx affjet.Transaction) bool { return tx.OriginalStatus == "wypłacono" }},
	})
}

// An account of another zone tells its times in it: instants are right on both sides of
// both changes of the clock, and so are the edges of ranges.
func TestAffJetInAnotherZone(t *testing.T) {
	zone := kit.Location("America/New_York")
	server := affjet.New(affjet.Config{Key: "affjet-secret", Seed: 3, Now: clock, Zone: zone, Rows: 800})
	d := affjetData{server, zone}
	g := start(t, stand(t, "affjet", server, server.Counter(), "/externalclient", "credential api_key affjet-secret\ntimezone America/New_York\ncurrency EUR").caddyfile(), client)
	g.gives("/v1/conversions", "Conversion", d.conversions())
	g.gives("/v1/merchants?include=network", "Merchant", d.merchants(true, true))
	// clocks change on 8 March 2026 at 07:00Z and on 1 November at 06:00Z
	var tests []selection[affjet.Transaction]
	for _, change := range []time.Time{time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)} {
		for _, hours := range []int{-26, -1, 0, 1, 26} {
			from := change.Add(time.Duration(hours) * time.Hour)
			to := from.Add(48 * time.Hour)
			tests = append(tests, selection[affjet.Transaction]{
				"occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339),
				func(tx affjet.Transaction) bool { return !tx.Date.Before(from) && tx.Date.Before(to) },
			})
		}
	}
	selects(g, "/v1/conversions", server.Transactions(), func(tx affjet.Transaction) string { return "affjet:" + tx.UniqueID }, tests)
}
