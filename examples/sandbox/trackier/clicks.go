package trackier

import (
	"net/http"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// mostClicks is the default and the greatest limit of clicks.
const mostClicks = 1000

// clickFields are the labels of `fieldMap`.
var clickFields = kit.Object{
	{Name: "_id", Value: "Click ID"},
	{Name: "created", Value: "Created"},
	{Name: "campaign_id", Value: "Campaign ID"},
	{Name: "publisher_id", Value: "Publisher ID"},
	{Name: "p1", Value: "P1"},
	{Name: "ipaddr", Value: "IP"},
	{Name: "country", Value: "Country"},
	{Name: "device", Value: "Device"},
}

// clicks lists clicks, oldest first; start and end may be left out.
func (s *Server) clicks(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	span, pages := p.window(&window{"", "9999-12-31"}), p.paging(mostClicks, mostClicks)
	campaigns, affiliates := p.ids("adid", s.byID.campaignIDs), p.ids("pid", s.byID.affiliateIDs)
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	var found []*Click
	for i := range s.data.Clicks {
		c := &s.data.Clicks[i]
		if span.covers(s.day(c.At)) && wants(campaigns, c.CampaignID) && wants(affiliates, c.AffiliateID) {
			found = append(found, c)
		}
	}
	list := kit.Array{}
	for _, c := range cut(found, pages) {
		list = append(list, s.clickJSON(c))
	}
	succeed(w, kit.Object{
		{Name: "clicks", Value: list},
		{Name: "fieldMap", Value: clickFields},
		{Name: "query", Value: p.echo()},
		{Name: "pagination", Value: kit.Object{
			{Name: "per_page", Value: pages.limit}, {Name: "current_page", Value: pages.page}, {Name: "total", Value: len(found)},
		}},
	})
}

func (s *Server) clickJSON(c *Click) kit.Object {
	return kit.Object{
		{Name: "p1", Value: c.P1},
		{Name: "p2", Value: c.P2},
		{Name: "source", Value: c.Source},
		{Name: "ipaddr", Value: c.IP.String()},
		{Name: "country", Value: c.Country},
		{Name: "device", Value: c.Device},
		{Name: "os", Value: text(c.OS)},
		{Name: "browser", Value: text(c.Browser)},
		{Name: "referer", Value: text(c.Referer)},
		{Name: "created", Value: s.date(c.At, TimeText)},
		{Name: "_id", Value: c.ID},
		{Name: "campaign_id", Value: c.CampaignID},
		{Name: "campaign_long_id", Value: s.byID.campaigns[c.CampaignID].ID},
		{Name: "publisher_id", Value: c.AffiliateID},
		{Name: "publisher_long_id", Value: s.byID.affiliates[c.AffiliateID].ID},
		{Name: "lp_id", Value: c.LandingPageID},
		{Name: "sl", Value: ""},
	}
}

// lastWeek is the window of statistics without start and end.
func (s *Server) lastWeek() *window {
	now := s.config.Now()
	return &window{s.day(now.AddDate(0, 0, -6)), s.day(now)}
}

// days lists the days of a window, at most two years of them.
func days(v window) []string {
	var list []string
	first, err := time.Parse(time.DateOnly, v.start)
	if err != nil { // checked when it was read
		return nil
	}
	for d := first; len(list) < 731 && v.covers(d.Format(time.DateOnly)); d = d.AddDate(0, 0, 1) {
		list = append(list, d.Format(time.DateOnly))
	}
	return list
}
