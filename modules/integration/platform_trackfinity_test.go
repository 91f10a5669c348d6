package integration

import (
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

const trackfinityBlock = "credential api_key trackfinity-secret\ncredential api_username admin\ncurrency USD"

func startTrackfinity(t *testing.T, config trackfinity.Config) (*gateway, *trackfinity.Server) {
	t.Helper()
	config.Key, config.Username, config.Seed, config.Now = "trackfinity-secret", "admin", 1, clock
	server := trackfinity.New(config)
	return start(t, stand(t, "trackfinity", server, server.Counter(), "", trackfinityBlock).caddyfile(), client), server
}

// preview is what a conversion of a click would pay, in dollars: an offer pays an amount
// or a share of the order, 100 dollars unless said; a trial pays nothing, a rebill half.
func preview(o trackfinity.Offer, kind, amount string) string {
	if amount == "" {
		amount = "100"
	}
	payout := big.NewRat(o.Payout, 100)
	if o.Percent {
		order, _ := new(big.Rat).SetString(amount)
		payout.Mul(payout, order).Quo(payout, big.NewRat(100, 1))
	}
	switch kind {
	case "trial":
		payout.SetInt64(0)
	case "rebill":
		payout.Quo(payout, big.NewRat(2, 1))
	}
	return payout.FloatString(2)
}

func TestTrackfinity(t *testing.T) {
	g, server := startTrackfinity(t, trackfinity.Config{})
	t.Run("payout previews", func(t *testing.T) {
		g := g.in(t)
		offers := map[int64]trackfinity.Offer{}
		for _, o := range server.Offers() {
			offers[o.ID] = o
		}
		for _, c := range server.Clicks()[:40] {
			for _, asked := range []struct{ amount, kind string }{{"", ""}, {"19.99", ""}, {"123456789012.34", "initial"}, {"50", "rebill"}, {"", "trial"}} {
				path, want := "/v1/payout-previews?click_id="+c.Hash, object{"platform": "trackfinity", "click_id": c.Hash, "type": "initial"}
				if asked.amount != "" {
					path += "&amount=" + asked.amount
					want["amount"] = object{"value": asked.amount, "currency": "USD"}
				}
				if asked.kind != "" {
					path += "&type=" + asked.kind
					want["type"] = asked.kind
				}
				want["commission"] = object{"value": preview(offers[c.Offer], asked.kind, asked.amount), "currency": "USD"}
				row := g.one(path)
				g.fits("PayoutPreview", row)
				same(t, row, want)
			}
		}
	})
	t.Run("refused previews", func(t *testing.T) {
		g := g.in(t)
		g.problem(g.get("/v1/payout-previews?click_id=nothing"), "invalid_request", 400)
		g.problem(g.get("/v1/payout-previews?click_id="+server.Clicks()[0].Hash+"&type=other"), "invalid_request", 400)
		g.problem(g.get("/v1/payout-previews"), "invalid_request", 400)
		g.problem(g.get("/v1/payout-previews?click_id=a&amount=-1e5"), "invalid_request", 400)
	})
	t.Run("lists that it has not", func(t *testing.T) {
		g := g.in(t)
		for _, path := range []string{"/v1/networks", "/v1/clicks", "/v1/campaigns", "/v1/account?platform=trackfinity"} {
			g.problem(g.get(path), "unsupported_by_platform", 422)
		}
	})
}

// The document has ping at two places: the one that answers is found out once.
func TestTrackfinityPing(t *testing.T) {
	for _, path := range []string{"", trackfinity.PingPath, trackfinity.ServicePingPath} {
		t.Run("at "+path, func(t *testing.T) {
			g, server := startTrackfinity(t, trackfinity.Config{PingPath: path})
			same(t, g.one("/v1/platforms/trackfinity/ping")["status"], "ok")
			if n := server.Counter().Total(); n > 3 {
				t.Errorf("%d native requests to find out", n)
			}
			server.Counter().Reset()
			same(t, g.one("/v1/platforms/trackfinity/ping")["status"], "ok")
			if n := server.Counter().Total(); n != 1 {
				t.Errorf("%d native requests, although it is known what answers", n)
			}
		})
	}
}

// trackfinityTypes are the types and statuses of transactions, by what profit and loss
// counts them as.
var trackfinityTypes = map[trackfinity.Kind][2]string{
	trackfinity.Initial: {"sale", "approved"}, trackfinity.Trial: {"sale", "approved"}, trackfinity.Rebill: {"rebill", "approved"},
	trackfinity.Refund: {"other", "refunded"}, trackfinity.Chargeback: {"other", "refunded"}, trackfinity.Cancel: {"other", "cancelled"},
}

// trackfinityCountries are the codes of countries by the identifiers that clicks have.
func trackfinityCountries() map[int64]string {
	codes := map[int64]string{}
	for i, c := range kit.Countries() {
		codes[int64(1+i)] = c.Code
	}
	return codes
}

// trackfinityConversion is what the unified API is to show of a transaction.
func trackfinityConversion(server *trackfinity.Server) func(trackfinity.Event) object {
	logins, codes := map[int64]string{}, trackfinityCountries()
	for _, l := range server.Logins() {
		logins[l.ID] = l.Name
	}
	return func(e trackfinity.Event) object {
		types := trackfinityTypes[e.Kind]
		o := object{
			"external_id": given(e.Order), "type": types[0], "native_type": e.Kind.TransType(), "status": types[1], "native_status": e.Kind.TransType(),
			"occurred_at": at(e.At), "amount": money(e.Revenue, 2, "USD"), "revenue": money(e.Revenue, 2, "USD"), "commission": money(e.Payout, 2, "USD"),
			"campaign_id": ref("trackfinity", e.Click.Campaign), "offer_id": ref("trackfinity", e.Click.Offer),
			"publisher": object{"id": ref("trackfinity", e.Click.Login), "name": logins[e.Click.Login]},
			"click_id":  e.Click.Hash, "country": codes[e.Click.Country], "sub_ids": object{"1": given(e.Click.Sub1), "2": given(e.Click.Sub2)},
		}
		if e.Kind == trackfinity.Initial || e.Kind == trackfinity.Trial {
			o["client"] = object{"ips": []string{e.Click.IP.String()}}
		}
		return identified("trackfinity", fmt.Sprint(e.Transaction), o)
	}
}

func TestTrackfinityConversions(t *testing.T) {
	g, server := startTrackfinity(t, trackfinity.Config{Rows: 1600})
	var events []trackfinity.Event
	for _, e := range server.Events() {
		if e.Kind != trackfinity.Visit {
			events = append(events, e)
		}
	}
	id := func(e trackfinity.Event) string { return fmt.Sprint("trackfinity:", e.Transaction) }
	codes := trackfinityCountries()
	want := each(events, trackfinityConversion(server))
	t.Run("list", func(t *testing.T) { g.in(t).gives("/v1/conversions", "Conversion", want) })
	t.Run("get", func(t *testing.T) {
		g := g.in(t)
		g.givesEach("/v1/conversions", "", "Conversion", want[:10])
		g.problem(g.get("/v1/conversions/trackfinity:999999999"), "not_found", 404)
	})
	t.Run("amounts and identifiers beyond 2^53", func(t *testing.T) {
		amount := slices.IndexFunc(events, func(e trackfinity.Event) bool { return e.Revenue > 1<<53 })
		offer := slices.IndexFunc(events, func(e trackfinity.Event) bool { return e.Click.Offer > 1<<53 })
		if got := member(g.in(t).one("/v1/conversions/"+id(events[amount])), "amount.value"); got != "90071992547409.93" {
			t.Errorf("2^53+1 hundredths read as %v", got)
		}
		if got := g.in(t).one("/v1/conversions/" + id(events[offer]))["offer_id"]; got != "trackfinity:9007199254740993" {
			t.Errorf("2^53+1 reads as %v", got)
		}
	})
	t.Run("selections", func(t *testing.T) {
		e := events[len(events)/2]
		from, to := e.At, e.At.Add(30*24*time.Hour)
		selects(g.in(t), "/v1/conversions", events, id, []selection[trackfinity.Event]{
			{"occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339), func(e trackfinity.Event) bool { return !e.At.Before(from) && e.At.Before(to) }},
			{"status=refunded", func(e trackfinity.Event) bool {
				return e.Kind == trackfinity.Refund || e.Kind == trackfinity.Chargeback
			}},
			{"type=rebill", func(e trackfinity.Event) bool { return e.Kind == trackfinity.Rebill }},
			{"type=sale", func(e trackfinity.Event) bool {
				return e.Kind == trackfinity.Initial || e.Kind == trackfinity.Trial
			}},
			{"publisher_id=trackfinity:101", func(e trackfinity.Event) bool { return e.Click.Login == 101 }},
			{"offer_id=trackfinity:9007199254740993", func(e trackfinity.Event) bool { return e.Click.Offer == 9007199254740993 }},
			{"click_id=" + e.Click.Hash, func(v trackfinity.Event) bool { return v.Click.Hash == e.Click.Hash }},
			{"amount_max=-0.01", func(e trackfinity.Event) bool { return e.Revenue < 0 }},
			{"sub_id_1=" + url.QueryEscape(`a"b`), func(e trackfinity.Event) bool { return e.Click.Sub1 == `a"b` }},
			{"country=IR", func(e trackfinity.Event) bool { return codes[e.Click.Country] == "IR" }},
		})
	})
	t.Run("orders", func(t *testing.T) {
		g.in(t).orders("/v1/conversions", want, []order{{"-occurred_at", descending(by("occurred_at"))}, {"amount", byNumber("amount")}, {"publisher.name", by("publisher.name")}})
	})
}
