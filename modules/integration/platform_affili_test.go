package integration

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
)

const affiliBlock = "credential access_id affili-secret\ncurrency IRR"

func startAffili(t *testing.T, config affili.Config, block string) (*gateway, affiliData) {
	t.Helper()
	config.AccessID, config.Seed, config.Now = "affili-secret", 1, clock
	d := affiliData{affili.New(config), "rejected"}
	return start(t, stand(t, "affili", d, d.Counter(), "", block).caddyfile(), client), d
}

// affiliData says what the unified API is to show of a merchant's account, by the
// documents alone. Amounts are whole rial.
type affiliData struct {
	*affili.Server
	status2 string
}

func (d affiliData) conversion(c affili.Conversion) object {
	digit := map[bool]string{true: "1", false: "0"}
	paid := map[bool]string{true: "paid", false: "unpaid"}
	kinds := map[affili.Type]string{affili.Buy: "sale", affili.Click: "click", affili.Lead: "lead"}
	statuses := []string{"pending", "approved", d.status2, "duplicate"}
	o := object{
		"external_id": given(c.ExternalID), "type": kinds[c.Type], "native_type": string(c.Type),
		"status": statuses[c.Status], "native_status": strconv.Itoa(int(c.Status)),
		"payment_status": paid[c.CheckedOut], "native_payment_status": digit[c.CheckedOut], "locked": c.Closed,
		// instants, although the platform writes them in the Jalali calendar
		"occurred_at": at(c.Created), "updated_at": at(c.Updated),
		"amount": money(c.Amount, 0, "IRR"), "fee": money(c.Wage, 0, "IRR"),
	}
	if c.TypeIsNumber {
		o["native_type"] = "6"
	}
	items := []any{}
	for _, part := range c.Commissions {
		items = append(items, object{"id": part.ID, "name": part.Name, "amount": money(part.Amount, 0, "IRR")})
	}
	o["items"] = items
	if len(c.IPs) > 0 {
		o["client"] = object{"ips": c.IPs, "user_agents": c.Agents}
	}
	for _, p := range d.Publishers() {
		if p.ID == c.Publisher {
			o["publisher"] = object{"id": "affili:" + p.ID, "name": p.Name}
		}
	}
	return identified("affili", c.ID, o)
}

func TestAffili(t *testing.T) {
	g, d := startAffili(t, affili.Config{}, affiliBlock)
	conversions := d.Conversions()
	want := each(conversions, d.conversion)
	t.Run("list", func(t *testing.T) { g.in(t).gives("/v1/conversions", "Conversion", want) })
	t.Run("get", func(t *testing.T) {
		g := g.in(t)
		g.givesEach("/v1/conversions", "", "Conversion", want[:50])
		g.problem(g.get("/v1/conversions/affili:nope"), "not_found", 404)
		g.problem(g.get("/v1/conversions/affili:a%2Fb"), "not_found", 404)
	})
	t.Run("amounts and identifiers beyond 2^53", func(t *testing.T) {
		i := slices.IndexFunc(conversions, func(c affili.Conversion) bool { return c.Amount > 1<<53 })
		row := g.in(t).one("/v1/conversions/affili:" + conversions[i].ID)
		if member(row, "amount.value") != "9007199254740993" || row["external_id"] != "18014398509481985" {
			t.Errorf("got %v of %v", row["amount"], row["external_id"])
		}
	})
	t.Run("Jalali dates are Gregorian instants", func(t *testing.T) {
		// Nowruz 1405 was at 20:30Z on 20 March 2026, midnight in Tehran
		newYear := time.Date(2026, 3, 20, 20, 30, 0, 0, time.UTC)
		before, after := 0, 0
		for _, c := range conversions {
			if c.Created.Sub(newYear).Abs() > 72*time.Hour {
				continue
			}
			row := g.in(t).one("/v1/conversions/affili:" + c.ID + "?include=native")
			year := "1405"
			if after++; c.Created.Before(newYear) {
				year = "1404"
				after--
				before++
			}
			if got := fmt.Sprint(nativeRow(row)["created_at"]); !strings.HasPrefix(got, year) || row["occurred_at"] != at(c.Created) {
				t.Errorf("%s reads as %v, want %v", got, row["occurred_at"], at(c.Created))
			}
		}
		if before == 0 || after == 0 {
			t.Fatal("the sandbox has none at that time")
		}
	})
	t.Run("selections", func(t *testing.T) {
		middle := conversions[len(conversions)/2]
		awkward := conversions[slices.IndexFunc(conversions, func(c affili.Conversion) bool { return strings.Contains(c.ExternalID, "%") })]
		from, to := middle.Created, middle.Created.Add(60*24*time.Hour)
		rfc := func(t time.Time) string { return t.Format(time.RFC3339) }
		selects(g.in(t), "/v1/conversions", conversions, func(c affili.Conversion) string { return "affili:" + c.ID }, []selection[affili.Conversion]{
			{"occurred_from=" + rfc(from) + "&occurred_to=" + rfc(to), func(c affili.Conversion) bool { return !c.Created.Before(from) && c.Created.Before(to) }},
			{"updated_from=" + rfc(middle.Updated), func(c affili.Conversion) bool { return !c.Updated.Before(middle.Updated) }},
			{"updated_to=" + rfc(middle.Updated), func(c affili.Conversion) bool { return c.Updated.Before(middle.Updated) }},
			{"status=approved,pending", func(c affili.Conversion) bool { return c.Status == affili.Approved || c.Status == affili.Pending }},
			{"status=rejected", func(c affili.Conversion) bool { return c.Status == affili.Rejected }},
			{"status=duplicate", func(c affili.Conversion) bool { return c.Status == affili.Duplicated }},
			{"status=refunded", func(affili.Conversion) bool { return false }},
			{"payment_status=paid", func(c affili.Conversion) bool { return c.CheckedOut }},
			{"locked=true&payment_status=unpaid", func(c affili.Conversion) bool { return c.Closed && !c.CheckedOut }},
			{"locked=false", func(c affili.Conversion) bool { return !c.Closed }},
			{"type=sale", func(c affili.Conversion) bool { return c.Type == affili.Buy }},
			{"type=lead,click", func(c affili.Conversion) bool { return c.Type != affili.Buy }},
			{"external_id=" + url.QueryEscape(awkward.ExternalID), func(c affili.Conversion) bool { return c.ExternalID == awkward.ExternalID }},
			{"external_id=18014398509481985", func(c affili.Conversion) bool { return c.ExternalID == "18014398509481985" }},
			{"publisher_id=affili:" + middle.Publisher, func(c affili.Conversion) bool { return c.Publisher == middle.Publisher }},
			{"amount_min=9007199254740993", func(c affili.Conversion) bool { return c.Amount >= 9007199254740993 }},
			{"amount_min=9007199254740994", func(affili.Conversion) bool { return false }},
			{"amount_max=50000000&amount_min=1000000", func(c affili.Conversion) bool { return c.Amount <= 50000000 && c.Amount >= 1000000 }},
			// amounts are whole here, and the platform takes no others
			{"amount_min=999999.5&amount_max=50000000.5", func(c affili.Conversion) bool { return c.Amount >= 1000000 && c.Amount <= 50000000 }},
			{"fee_min=12500&fee_max=12500", func(c affili.Conversion) bool { return c.Wage == 12500 }},
			{"native_id=" + middle.ID, func(c affili.Conversion) bool { return c.ID == middle.ID }},
			{"currency=IRR&type=click", func(c affili.Conversion) bool { return c.Type == affili.Click }},
		})
	})
	t.Run("orders", func(t *testing.T) {
		g.in(t).orders("/v1/conversions", want, []order{
			{"occurred_at", by("occurred_at")},
			{"-amount", descending(byNumber("amount"))},
			{"fee", byNumber("fee")},
			{"publisher.name", by("publisher.name")},
			{"-external_id", descending(by("external_id"))},
		})
	})
	t.Run("ping", func(t *testing.T) {
		d.Counter().Reset()
		if pong := g.in(t).one("/v1/platforms/affili/ping"); pong["status"] != "ok" || d.Counter().Total() != 1 {
			t.Errorf("%v after %d native requests", pong, d.Counter().Total())
		}
	})
}

// Whether a list has pages is not documented: whoever asks for pages gets all rows
// either way, and soon knows.
func TestAffiliWithAndWithoutPages(t *testing.T) {
	for _, test := range []struct {
		size int
		most int // native requests of a list
	}{{0, 2}, {50, 600/50 + 1}, {600, 2}} {
		t.Run(fmt.Sprint(test.size, " rows a page"), func(t *testing.T) {
			g, d := startAffili(t, affili.Config{PageSize: test.size}, affiliBlock)
			rows, _ := g.walk("/v1/conversions?limit=1000")
			sameRows(t, rows, each(d.Conversions(), d.conversion))
			if n := d.Counter().Total(); n > test.most {
				t.Errorf("%d native requests, want at most %d", n, test.most)
			}
		})
	}
}

// Newer accounts use the status 2 for what was refunded.
func TestAffiliRefunds(t *testing.T) {
	g, d := startAffili(t, affili.Config{}, affiliBlock+"\noption status_2 refunded")
	d.status2 = "refunded"
	g.gives("/v1/conversions", "Conversion", each(d.Conversions(), d.conversion))
	selects(g, "/v1/conversions", d.Conversions(), func(c affili.Conversion) string { return "affili:" + c.ID }, []selection[affili.Conversion]{
		{"status=refunded", func(c affili.Conversion) bool { return c.Status == affili.Rejected }},
		{"status=rejected", func(affili.Conversion) bool { return false }},
	})
}
