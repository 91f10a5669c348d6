package keitaro

import (
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// tally adds up the clicks of a report's row.
type tally struct {
	clicks, uniqueCampaign, uniqueStream, uniqueGlobal int64
	bots, proxies, emptyReferrers                      int64
	landingViews, landingClicks, landingSeconds        int64
	leads, sales, rejected, rebills                    int64
	cost, leadRevenue, saleRevenue, rejectedRevenue    Money
}

func (t *tally) add(c *Click, o outcome) {
	count := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	t.clicks++
	count(&t.uniqueCampaign, c.UniqueCampaign)
	count(&t.uniqueStream, c.UniqueStream)
	count(&t.uniqueGlobal, c.UniqueGlobal)
	count(&t.bots, c.Bot)
	count(&t.proxies, c.Proxy)
	count(&t.emptyReferrers, c.Referrer == "")
	count(&t.landingViews, c.LandingID != 0)
	if !c.LandingClickedAt.IsZero() {
		t.landingClicks++
		t.landingSeconds += int64(c.LandingClickedAt.Sub(c.At) / time.Second)
	}
	t.cost += c.Cost
	t.leads += o.leads
	t.sales += o.sales
	t.rejected += o.rejected
	t.rebills += o.rebills
	t.leadRevenue += o.leadRevenue
	t.saleRevenue += o.saleRevenue
	t.rejectedRevenue += o.rejectedRevenue
}

// conversions are those of every status.
func (t *tally) conversions() int64 { return t.leads + t.sales + t.rejected + t.rebills }

// revenue is what leads and sales (with rebills) bring; what was rejected is
// not earned.
func (t *tally) revenue() Money { return t.leadRevenue + t.saleRevenue }

// percent is a share in percent with the two decimals of the document's sample.
func percent(part, whole int64) kit.Decimal { return kit.Ratio(part*100, whole, 2) }

// each is an amount for each of something, with the precision of money.
func each(amount Money, of int64) kit.Decimal {
	d := kit.Ratio(int64(amount), of, 0)
	return kit.Decimal{Units: d.Units, Scale: 4}
}

// metrics are all of the document, computed from a report's row. The document
// names them without formulas; these are the usual ones. A ratio to nothing is
// zero, and a "confirmed" metric takes only what sales brought.
var metrics = map[string]func(*tally) any{
	"clicks":                 func(t *tally) any { return t.clicks },
	"campaign_unique_clicks": func(t *tally) any { return t.uniqueCampaign },
	"stream_unique_clicks":   func(t *tally) any { return t.uniqueStream },
	"global_unique_clicks":   func(t *tally) any { return t.uniqueGlobal },
	"uc_campaign_rate":       func(t *tally) any { return percent(t.uniqueCampaign, t.clicks) },
	"uc_stream_rate":         func(t *tally) any { return percent(t.uniqueStream, t.clicks) },
	"uc_global_rate":         func(t *tally) any { return percent(t.uniqueGlobal, t.clicks) },
	"bots":                   func(t *tally) any { return t.bots },
	"bot_share":              func(t *tally) any { return percent(t.bots, t.clicks) },
	"proxies":                func(t *tally) any { return t.proxies },
	"empty_referrers":        func(t *tally) any { return t.emptyReferrers },
	"conversions":            func(t *tally) any { return t.conversions() },
	"leads":                  func(t *tally) any { return t.leads },
	"sales":                  func(t *tally) any { return t.sales },
	"rejected":               func(t *tally) any { return t.rejected },
	"rebills":                func(t *tally) any { return t.rebills },
	"approve":                func(t *tally) any { return percent(t.sales, t.leads+t.sales+t.rejected) },
	"lp_clicks":              func(t *tally) any { return t.landingClicks },
	"lp_ctr":                 func(t *tally) any { return percent(t.landingClicks, t.landingViews) },
	"landing_clicked_period": func(t *tally) any { return kit.Ratio(t.landingSeconds, t.landingClicks, 0).Units },
	"cr":                     func(t *tally) any { return percent(t.conversions(), t.clicks) },
	"crs":                    func(t *tally) any { return percent(t.sales, t.clicks) },
	"crl":                    func(t *tally) any { return percent(t.leads, t.clicks) },
	"roi":                    func(t *tally) any { return percent(int64(t.revenue()-t.cost), int64(t.cost)) },
	"roi_confirmed":          func(t *tally) any { return percent(int64(t.saleRevenue-t.cost), int64(t.cost)) },
	"epc":                    func(t *tally) any { return each(t.revenue(), t.clicks) },
	"epc_confirmed":          func(t *tally) any { return each(t.saleRevenue, t.clicks) },
	"cps":                    func(t *tally) any { return each(t.cost, t.sales) },
	"cpa":                    func(t *tally) any { return each(t.cost, t.conversions()) },
	"cpc":                    func(t *tally) any { return each(t.cost, t.clicks) },
	"ecpc":                   func(t *tally) any { return each(t.cost, t.uniqueCampaign) },
	"ecpm":                   func(t *tally) any { return each(t.revenue()*1000, t.clicks) },
	"ecpm_confirmed":         func(t *tally) any { return each(t.saleRevenue*1000, t.clicks) },
	"ec":                     func(t *tally) any { return each(t.revenue(), t.conversions()) },
	"ec_confirmed":           func(t *tally) any { return each(t.saleRevenue, t.sales) },
	"profitability":          func(t *tally) any { return percent(int64(t.revenue()-t.cost), int64(t.revenue())) },
	"cost":                   func(t *tally) any { return t.cost.Decimal() },
	"revenue":                func(t *tally) any { return t.revenue().Decimal() },
	"profit":                 func(t *tally) any { return (t.revenue() - t.cost).Decimal() },
	"lead_revenue":           func(t *tally) any { return t.leadRevenue.Decimal() },
	"sale_revenue":           func(t *tally) any { return t.saleRevenue.Decimal() },
	"rejected_revenue":       func(t *tally) any { return t.rejectedRevenue.Decimal() },
	"profit_confirmed":       func(t *tally) any { return (t.saleRevenue - t.cost).Decimal() },
}

func isMetric(name string) bool { return metrics[name] != nil }
