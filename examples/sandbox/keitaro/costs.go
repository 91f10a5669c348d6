package keitaro

import (
	"net/http"
	"slices"
	"time"
)

// maxCost keeps the conversion between currencies within its integers.
const maxCost Money = 1_000_000_000_0000

// updateCosts spreads a cost over the clicks that a campaign had from start_date
// to end_date, both included, in ten-thousandths of a dollar and to the last of
// them. With only_campaign_uniques the cost goes to unique clicks alone; what the
// others cost stays. Dates are in the tracker's zone, and the cost in dollars,
// unless the body says otherwise.
func (s *Server) updateCosts(r *http.Request, in *input) answer {
	campaign := s.byID.campaigns[pathID(r)]
	if campaign == nil || deleted(*campaign) {
		return missing(noEntity)
	}
	in.creating = true
	in.require("start_date", "end_date", "cost")
	zone := s.config.Zone
	var name string
	if in.text("timezone", &name); name != "" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil || name == "Local" {
			in.refuse("timezone", "Unknown timezone "+name)
			return refused(in.bad)
		}
	}
	from, _ := in.time("start_date", zone)
	to, day := in.time("end_date", zone)
	if day { // included whole
		to = to.AddDate(0, 0, 1).Add(-time.Second)
	}
	if to.Before(from) {
		in.refuse("end_date", "Must not be before start_date")
	}
	var cost Money
	if in.money("cost", &cost); cost > maxCost {
		in.refuse("cost", "Is too large")
	}
	currency := Currency
	in.word("currency", &currency, costCurrencies...)
	var uniques bool
	in.flag("only_campaign_uniques", &uniques)
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	period := query{from: from, to: to}
	s.spread(inUSD(cost, currency), func(c *Click) bool {
		return c.CampaignID == campaign.ID && period.covers(c.At) && (c.UniqueCampaign || !uniques)
	})
	return success()
}

// time takes a day, or a day with a time.
func (in *input) time(name string, zone *time.Location) (t time.Time, day bool) {
	var given string
	in.text(name, &given)
	t, day, valid := parseTime(given, zone)
	if !valid {
		in.refuse(name, "Must be a date and time")
	}
	return t, day
}

// spread makes the clicks that it is for cost an amount together. The clicks are
// changed in a copy, as [kind.change] does.
func (s *Server) spread(amount Money, over func(*Click) bool) {
	clicks := slices.Clone(s.data.Clicks)
	var chosen []*Click
	for i := range clicks {
		if over(&clicks[i]) {
			chosen = append(chosen, &clicks[i])
		}
	}
	if len(chosen) == 0 {
		return
	}
	each, rest := amount/Money(len(chosen)), amount%Money(len(chosen))
	for i, c := range chosen {
		c.Cost = each
		if Money(i) < rest {
			c.Cost++
		}
	}
	s.data.Clicks = clicks
	s.byID.clicks = by(clicks, func(c *Click) int64 { return c.ID })
}
