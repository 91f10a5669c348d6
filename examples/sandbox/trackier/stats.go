package trackier

import (
	"maps"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// tally adds up clicks and conversions. Money is in the report currency, and of
// approved conversions only: nothing else is earned.
type tally struct {
	clicks, impressions                    int64
	approved, pending, cancelled, rejected int64
	revenue, payout                        Money
	device, os, country                    map[string]int64
}

func (t *tally) addClick(c *Click) {
	t.clicks++
	if t.device == nil {
		t.device, t.os, t.country = map[string]int64{}, map[string]int64{}, map[string]int64{}
	}
	t.device[c.Device]++
	t.country[c.Country]++
	if c.OS != "" {
		t.os[c.OS]++
	}
}

func (t *tally) addConversion(v *Conversion) {
	switch v.Status {
	case Approved:
		t.approved++
		t.revenue += v.RevenueUSD
		t.payout += v.PayoutUSD
	case Pending:
		t.pending++
	case Cancelled:
		t.cancelled++
	case Rejected:
		t.rejected++
	}
}

// scope is what statistics are asked about; nil means all.
type scope struct {
	span                  window
	campaigns, affiliates map[int64]bool
}

func (c scope) wants(day string, campaign, affiliate int64) bool {
	return c.span.covers(day) && wants(c.campaigns, campaign) && wants(c.affiliates, affiliate)
}

func (s *Server) networkStats(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	span := p.window(s.lastWeek())
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	s.writeStats(w, scope{span: span})
}

// campaignStats answers for one campaign, or one affiliate in it.
func (s *Server) campaignStats(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	c := scope{span: p.window(s.lastWeek())}
	campaign, found := s.byID.campaignIDs[r.PathValue("id")]
	c.campaigns = map[int64]bool{campaign: true}
	if id := r.PathValue("affiliate"); id != "" {
		affiliate, ok := s.byID.affiliateIDs[id]
		found, c.affiliates = found && ok, map[int64]bool{affiliate: true}
	}
	switch {
	case !found:
		s.notFound(w)
	case p.bad != "":
		s.refuse(w, p.bad)
	default:
		s.writeStats(w, c)
	}
}

func (s *Server) writeStats(w http.ResponseWriter, c scope) { succeed(w, s.stats(c)) }

// stats are an object keyed by date that has every day asked for, and their
// total.
func (s *Server) stats(c scope) kit.Object {
	list, byDay, total := s.daily(c)
	stats := kit.Object{}
	for _, day := range list {
		stats = append(stats, kit.Member{Name: day, Value: append(statsJSON(byDay[day]), kit.Member{Name: "meta", Value: metaJSON(byDay[day])})})
	}
	return kit.Object{{Name: "stats", Value: kit.EmptyAsList(stats)}, {Name: "total", Value: statsJSON(&total)}}
}

// daily adds up what is in a scope by day; every day of it is there.
func (s *Server) daily(c scope) (list []string, byDay map[string]*tally, total tally) {
	byDay, list = map[string]*tally{}, days(c.span)
	for _, day := range list {
		byDay[day] = &tally{}
	}
	on := func(day string, campaign, affiliate int64) *tally {
		if !c.wants(day, campaign, affiliate) {
			return nil
		}
		return byDay[day]
	}
	for i := range s.data.Clicks {
		k := &s.data.Clicks[i]
		if t := on(s.day(k.At), k.CampaignID, k.AffiliateID); t != nil {
			t.addClick(k)
			total.addClick(k)
		}
	}
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		if t := on(s.day(v.At), v.CampaignID, v.AffiliateID); t != nil {
			t.addConversion(v)
			total.addConversion(v)
		}
	}
	for _, m := range s.data.Impressions {
		if t := on(m.Day, m.CampaignID, m.AffiliateID); t != nil {
			t.impressions += m.Count
			total.impressions += m.Count
		}
	}
	return list, byDay, total
}

func statsJSON(t *tally) kit.Object {
	return kit.Object{
		{Name: "clicks", Value: t.clicks},
		{Name: "impressions", Value: t.impressions},
		{Name: "conversions", Value: t.approved},
		{Name: "revenue", Value: t.revenue.Number()},
		{Name: "payout", Value: t.payout.Number()},
	}
}

// metaJSON counts clicks by device, system and country; maps without members
// are [], and so is the whole of a day without clicks.
func metaJSON(t *tally) any {
	if t.clicks == 0 {
		return kit.Array{}
	}
	return kit.Object{{Name: "device", Value: counts(t.device)}, {Name: "os", Value: counts(t.os)}, {Name: "country", Value: counts(t.country)}}
}

func counts(m map[string]int64) any {
	o := kit.Object{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o = append(o, kit.Member{Name: name, Value: m[name]})
	}
	return kit.EmptyAsList(o)
}
