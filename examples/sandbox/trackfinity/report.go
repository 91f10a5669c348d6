package trackfinity

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// breakdown is what a view says about an event: the break, nil if it is not
// known, and its name if the break is an identifier.
type breakdown struct {
	value string
	known bool
	name  string
}

func byID(id int64, name string) breakdown { return breakdown{text(id), true, name} }
func byText(value string) breakdown        { return breakdown{value: value, known: value != ""} }

// view is one way of breaking a report down.
type view struct {
	named bool // rows have a <view>_name
	of    func(s *Server, e Event) breakdown
}

func byTime(format string) view {
	return view{of: func(s *Server, e Event) breakdown {
		return byText(e.At.In(s.config.Zone).Format(format))
	}}
}

func byClick(value func(*Click) string) view {
	return view{of: func(_ *Server, e Event) breakdown { return byText(value(e.Click)) }}
}

// views are the values of the parameter view.
var views = map[string]view{
	"period": byTime("2006-01-02"),
	"month":  byTime("2006-01"),
	"year":   byTime("2006"),
	"offer_group": {named: true, of: func(s *Server, e Event) breakdown {
		group := s.data.offer(e.Click.Offer).Group
		return byID(group, nameOf(s.data.groups, group))
	}},
	"landing_page": {named: true, of: func(s *Server, e Event) breakdown {
		return byID(e.Click.LandingPage, nameOf(s.data.landingPages, e.Click.LandingPage))
	}},
	"offer": {named: true, of: func(s *Server, e Event) breakdown {
		return byID(e.Click.Offer, s.data.offer(e.Click.Offer).Name)
	}},
	"login": {named: true, of: func(s *Server, e Event) breakdown {
		return byID(e.Click.Login, s.data.login(e.Click.Login).Name)
	}},
	"adtool": {named: true, of: func(s *Server, e Event) breakdown {
		return byID(e.Click.AdTool, nameOf(s.data.adTools, e.Click.AdTool))
	}},
	"demographic": {named: true, of: func(s *Server, e Event) breakdown {
		return breakdown{s.data.codes[e.Click.Country], true, nameOf(s.data.countries, e.Click.Country)}
	}},
	"subid1":            byClick(func(c *Click) string { return c.Sub1 }),
	"subid2":            byClick(func(c *Click) string { return c.Sub2 }),
	"refurl":            byClick(func(c *Click) string { return c.Referrer }),
	"device_type":       byClick(func(c *Click) string { return c.Device.Type }),
	"device_brand":      byClick(func(c *Click) string { return c.Device.Brand }),
	"device_model":      byClick(func(c *Click) string { return c.Device.Model }),
	"device_os":         byClick(func(c *Click) string { return c.Device.OS }),
	"device_os_version": byClick(func(c *Click) string { return c.Device.OSVersion }),
	"device_carrier":    byClick(func(c *Click) string { return c.Device.Carrier }),
	"device_browser":    byClick(func(c *Click) string { return c.Device.Browser }),
}

// stats is what one row of the report counts.
type stats struct {
	of              map[Kind]int64
	unique, pages   int64
	revenue, payout int64
}

func (t *stats) add(e Event) {
	t.of[e.Kind]++
	t.revenue += e.Revenue
	t.payout += e.Payout
	if e.Kind == Visit {
		t.pages += e.Click.PageViews
		if e.Click.UniqueOfAll {
			t.unique++
		}
	}
}

// write writes every number as a string, as the product does.
func (t *stats) write() kit.Object {
	count := func(name string, n int64) kit.Member { return kit.Member{Name: name, Value: text(n)} }
	money := func(name string, n int64) kit.Member { return kit.Member{Name: name, Value: kit.Cents(n).String()} }
	joins := t.of[Initial] + t.of[Trial]
	return kit.Object{
		count("visitor", t.of[Visit]),
		count("unique_visitor", t.unique),
		count("page_views", t.pages),
		count("joins", joins),
		count("initial", t.of[Initial]),
		count("trial", t.of[Trial]),
		count("rebill", t.of[Rebill]),
		count("refunds", t.of[Refund]),
		count("chargeback", t.of[Chargeback]),
		count("cancel", t.of[Cancel]),
		count("sales", joins),
		count("continuity", t.of[Rebill]),
		count("reversals", t.of[Chargeback]),
		money("revenue", t.revenue),
		money("payout", t.payout),
		money("profit", t.revenue-t.payout),
	}
}

// profitLoss serves GET /api/report/profitloss.
func (s *Server) profitLoss(w http.ResponseWriter, r *http.Request) {
	values, ok := query(w, r)
	if !ok {
		return
	}
	p, err := s.readReport(values)
	if err != nil {
		invalid(w, err)
		return
	}
	groups := make(map[breakdown]*stats)
	for _, e := range s.data.events {
		if !p.keep(e) {
			continue
		}
		by := views[p.view].of(s, e)
		if groups[by] == nil {
			groups[by] = &stats{of: make(map[Kind]int64)}
		}
		groups[by].add(e)
	}
	breaks := make([]breakdown, 0, len(groups))
	for by := range groups {
		breaks = append(breaks, by)
	}
	slices.SortFunc(breaks, func(a, b breakdown) int { return cmp.Compare(a.value, b.value) })
	rows := make([]kit.Object, len(breaks))
	for i, by := range breaks {
		row := kit.Object{{Name: "break", Value: nil}}
		if by.known {
			row[0].Value = by.value
		}
		if views[p.view].named {
			row = append(row, kit.Member{Name: p.view + "_name", Value: by.name})
		}
		rows[i] = append(row, kit.Member{Name: "stats", Value: groups[by].write()})
	}
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "rows", Value: rows}})
}
