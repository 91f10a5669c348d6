package trackier

import (
	"net/http"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// advertiserRoutes are an advertiser's API, of both versions. Jobs are there for
// its imports.
func (s *Server) advertiserRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	on := mux.HandleFunc
	on("GET /advertiser/campaigns", s.advertiserCampaigns)
	on("GET /advertiser/campaigns/{id}", s.advertiserCampaign)
	on("GET /advertiser/campaignStats/{id}", s.advertiserStats)
	on("GET /advertiser/report", s.performance)
	on("GET /advertiser/customReport", s.advertiserReport)
	on("GET /advertiser/conversion-logs", s.conversionLogs)
	on("GET /advertiser/account", s.holderAccount(s.advertisers, &s.advertiserID))
	on("PATCH /advertiser/account", s.editHolder(s.advertisers, &s.advertiserID))
	on("POST /advertiser/conversion-import", s.importConversions(advertiser))
	on("GET /jobs/{id}", s.job)
	s.advertiserRoutes2(mux)
	return mux
}

// owned are the advertiser's campaigns.
func (s *Server) owned() []*Campaign {
	list := []*Campaign{}
	for i := range s.data.Campaigns {
		if c := &s.data.Campaigns[i]; c.AdvertiserID == s.advertiserID && !c.Deleted {
			list = append(list, c)
		}
	}
	return list
}

// own narrows campaigns to the advertiser's; nil are all of them.
func (s *Server) own(asked map[int64]bool) map[int64]bool {
	ids := map[int64]bool{}
	for _, c := range s.owned() {
		if wants(asked, c.DisplayID) {
			ids[c.DisplayID] = true
		}
	}
	return ids
}

func (s *Server) advertiserCampaignJSON(c *Campaign) kit.Object {
	return kit.Object{
		{Name: "user_id", Value: s.byID.advertisers[c.AdvertiserID].ID},
		{Name: "display_id", Value: c.DisplayID},
		{Name: "org_id", Value: s.data.Account.ID},
		{Name: "title", Value: c.Title},
		{Name: "description", Value: text(c.Description)},
		{Name: "url", Value: c.URL},
		{Name: "preview_url", Value: c.PreviewURL},
		{Name: "image", Value: text(c.Image)},
		{Name: "category", Value: c.Categories},
		{Name: "device", Value: everything(c.Devices)},
		{Name: "expiry", Value: text(c.Expiry)},
		{Name: "_id", Value: c.ID},
		{Name: "live", Value: c.Active()},
		{Name: "created", Value: s.date(c.CreatedAt, DateText)},
		{Name: "modified", Value: s.modified(c.ModifiedAt)},
		{Name: "meta", Value: kit.Array{}},
	}
}

// owed writes what an advertiser pays, as text: "9.9", and "8 %" of a sale.
func owed(c *Campaign) kit.Array {
	list := kit.Array{}
	for _, m := range c.Commissions {
		revenue := string(m.Revenue.Number())
		if c.Model == "cps" {
			revenue = "8 %"
		}
		list = append(list, kit.Object{
			{Name: "revenue", Value: revenue}, {Name: "coverage", Value: coverage(m.Countries)}, {Name: "model", Value: c.Model}, {Name: "description", Value: nil},
		})
	}
	return list
}

func (s *Server) advertiserCampaigns(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, c := range s.owned() {
		list = append(list, append(s.advertiserCampaignJSON(c),
			kit.Member{Name: "commissions", Value: owed(c)}, kit.Member{Name: "caps", Value: s.capsJSON(c)}))
	}
	succeed(w, kit.Object{{Name: "campaigns", Value: list}, {Name: "total", Value: len(list)}, {Name: "page", Value: 1}})
}

// ownedOf finds the campaign of the path if it is the advertiser's.
func (s *Server) ownedOf(w http.ResponseWriter, r *http.Request) *Campaign {
	i := slices.IndexFunc(s.owned(), func(c *Campaign) bool { return c.DisplayID == s.byID.campaignIDs[r.PathValue("id")] })
	if i < 0 {
		s.notFound(w)
		return nil
	}
	return s.owned()[i]
}

func (s *Server) advertiserCampaign(w http.ResponseWriter, r *http.Request) {
	if c := s.ownedOf(w, r); c != nil {
		succeed(w, kit.Object{
			{Name: "campaign", Value: s.advertiserCampaignJSON(c)}, {Name: "commissions", Value: owed(c)}, {Name: "caps", Value: s.capsJSON(c)},
		})
	}
}

func (s *Server) advertiserStats(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	span := p.window(s.lastWeek())
	c := s.ownedOf(w, r)
	switch {
	case c == nil:
	case p.bad != "":
		s.refuse(w, p.bad)
	default:
		s.writeStats(w, scope{span: span, campaigns: map[int64]bool{c.DisplayID: true}})
	}
}

// performance lists days, newest first, with what they cost the advertiser.
func (s *Server) performance(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	span := p.openWindow(s.lastWeek())
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	list := kit.Array{}
	all, byDay, _ := s.daily(scope{span: span, campaigns: s.own(nil)})
	for _, day := range slices.Backward(all) {
		t := byDay[day]
		list = append(list, kit.Object{
			{Name: "created", Value: day},
			{Name: "clicks", Value: t.clicks},
			{Name: "conversions", Value: t.approved},
			{Name: "impressions", Value: t.impressions},
			{Name: "debit", Value: t.revenue.Number()},
		})
	}
	succeed(w, kit.Object{{Name: "performance", Value: list}, {Name: "start", Value: span.start}, {Name: "end", Value: span.end}})
}

// conversionLogs lists the conversions of the advertiser's campaigns as an
// array: without money, as the columns of the sample, and dated by objects of
// the network's zone.
func (s *Server) conversionLogs(w http.ResponseWriter, r *http.Request) {
	own := s.own(nil)
	s.writeConversions(w, r, conversionView{
		limit: 500, list: true, open: true, hidden: []string{"payout", "revenue"},
		mine:   func(h hit) bool { return own[h.v.CampaignID] },
		values: map[string]func(hit) any{"created": func(h hit) any { return s.zoned(h.v.At) }},
	})
}

// zoned writes an instant as PHP serialises a DateTime of a named zone.
func (s *Server) zoned(t time.Time) kit.Object {
	return kit.Object{
		{Name: "date", Value: t.In(s.config.Zone).Format(wall + ".000000")},
		{Name: "timezone_type", Value: 3},
		{Name: "timezone", Value: s.config.Zone.String()},
	}
}
