package trackier

import (
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// partRoutes serve what belongs to a campaign: landing pages, caps, payouts of
// single publishers and commissions.
func (s *Server) partRoutes(mux *http.ServeMux) {
	on := mux.HandleFunc
	on("GET /campaign/lpages/{id}", s.landingPages)
	on("POST /campaign/lpages/{id}", s.saveLandingPage)
	on("POST /campaign/lpages/{id}/{part}", s.saveLandingPage)
	on("DELETE /campaign/lpages/{id}/{part}", s.deleteLandingPage)
	on("GET /campaign/pub-payout/{id}", s.payouts)
	on("POST /campaign/pub-payout/{id}", s.savePayout)
	on("GET /campaign/pub-payout/{id}/{part}", s.payouts)
	on("POST /campaign/pub-payout/{id}/{part}", s.savePayout)
	on("DELETE /campaign/pub-payout/{id}/{part}", s.deletePayout)
	on("GET /caps/{id}", s.caps)
	on("POST /caps/{id}", s.createCaps)
	on("GET /caps/{id}/{part}", s.caps)
	on("POST /caps/{id}/{part}", s.editCap)
	on("DELETE /caps/{id}/{part}", s.deleteCap)
	on("GET /commissions/{id}", s.commissions)
	on("POST /commissions/{id}", s.saveCommission)
	on("GET /commissions/{id}/{part}", s.commissions)
	on("POST /commissions/{id}/{part}", s.saveCommission)
	on("DELETE /commissions/{id}/{part}", s.deleteCommission)
}

// partOf finds a part of a campaign in a list, or answers that there is none.
// Without a part in the path it is -1: a new one.
func partOf[E any](s *Server, w http.ResponseWriter, r *http.Request, list []E, is func(E, string) bool) (c *Campaign, i int, ok bool) {
	c = s.campaignOf(w, r)
	if c == nil {
		return nil, 0, false
	}
	id := r.PathValue("part")
	if id == "" {
		return c, -1, true
	}
	i = slices.IndexFunc(list, func(e E) bool { return is(e, id) })
	if i < 0 {
		s.notFound(w)
		return nil, 0, false
	}
	return c, i, true
}

// announce answers a write with its message beside the data.
func announce(w http.ResponseWriter, message string, data kit.Object) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: true}, {Name: "message", Value: message}, {Name: "data", Value: data}})
}

// binary writes a flag that is 0 or 1.
func binary(flag bool) int {
	if flag {
		return 1
	}
	return 0
}

// removedPart answers the deletion of a part.
func removedPart(w http.ResponseWriter, what string) {
	succeed(w, kit.Object{{Name: "message", Value: what + " removed successfully!!"}})
}

func (s *Server) pagesJSON(c *Campaign) kit.Array {
	list := kit.Array{}
	for _, p := range s.data.LandingPages {
		if p.CampaignID != c.DisplayID {
			continue
		}
		var modified any
		if !p.ModifiedAt.IsZero() {
			modified = phpDate(p.ModifiedAt)
		}
		list = append(list, kit.Object{
			{Name: "_id", Value: p.ID},
			{Name: "modified", Value: modified},
			{Name: "int_id", Value: p.Number},
			{Name: "title", Value: p.Title},
			{Name: "preview_url", Value: p.PreviewURL},
			{Name: "url", Value: p.URL},
		})
	}
	return list
}

func (s *Server) landingPages(w http.ResponseWriter, r *http.Request) {
	if c := s.campaignOf(w, r); c != nil {
		succeed(w, kit.Object{{Name: "landing_pages", Value: s.pagesJSON(c)}})
	}
}

func (s *Server) pageOf(w http.ResponseWriter, r *http.Request) (*Campaign, int, bool) {
	campaign := s.byID.campaignIDs[r.PathValue("id")]
	return partOf(s, w, r, s.data.LandingPages, func(p LandingPage, id string) bool { return p.ID == id && p.CampaignID == campaign })
}

// saveLandingPage adds or changes a page, and answers with all of the campaign.
func (s *Server) saveLandingPage(w http.ResponseWriter, r *http.Request) {
	c, i, ok := s.pageOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	p := LandingPage{CampaignID: c.DisplayID}
	if i >= 0 {
		p = s.data.LandingPages[i]
	} else {
		b.require("title", "url", "preview_url")
	}
	b.text("title", &p.Title)
	b.text("url", &p.URL)
	b.text("preview_url", &p.PreviewURL)
	if s.refused(w, b) {
		return
	}
	if i >= 0 {
		p.ModifiedAt = s.now()
		s.data.LandingPages = replaced(s.data.LandingPages, i, p)
		announce(w, "Landing page updated Successfully", kit.Object{{Name: "landing_pages", Value: s.pagesJSON(c)}})
		return
	}
	p.ID, p.Number = s.newID(), 1
	for _, other := range s.data.LandingPages {
		if other.CampaignID == p.CampaignID {
			p.Number = max(p.Number, other.Number+1)
		}
	}
	s.data.LandingPages = appended(s.data.LandingPages, p)
	announce(w, "Landing page added Successfully", kit.Object{{Name: "landing_pages", Value: s.pagesJSON(c)}})
}

func (s *Server) deleteLandingPage(w http.ResponseWriter, r *http.Request) {
	if _, i, ok := s.pageOf(w, r); ok {
		s.data.LandingPages = removed(s.data.LandingPages, i)
		removedPart(w, "Landing page")
	}
}

// payoutJSON writes a publisher's own payout; rate is the payout.
func payoutJSON(c *Campaign, p PublisherPayout) kit.Object {
	return kit.Object{
		{Name: "ad_id", Value: c.ID},
		{Name: "goal_id", Value: text(p.GoalID)},
		{Name: "user_id", Value: p.Publishers[0]},
		{Name: "rate", Value: p.Payout.Number()},
		{Name: "revenue", Value: p.Revenue.Number()},
		{Name: "coverage", Value: coverage(p.Countries)},
		{Name: "pids", Value: p.Publishers},
		{Name: "crev", Value: binary(p.ChangesRevenue)},
		{Name: "_id", Value: p.ID},
	}
}

// payouts lists the payouts of a campaign, or those of one publisher in it.
func (s *Server) payouts(w http.ResponseWriter, r *http.Request) {
	c := s.campaignOf(w, r)
	if c == nil {
		return
	}
	long := ""
	if id := r.PathValue("part"); id != "" {
		display, ok := s.byID.affiliateIDs[id]
		if !ok {
			s.notFound(w)
			return
		}
		long = s.byID.affiliates[display].ID
	}
	list := kit.Array{}
	for _, p := range s.data.Payouts {
		if p.CampaignID == c.DisplayID && (long == "" || slices.Contains(p.Publishers, long)) {
			list = append(list, payoutJSON(c, p))
		}
	}
	succeed(w, kit.Object{{Name: "payouts", Value: list}})
}

func (s *Server) payoutOf(w http.ResponseWriter, r *http.Request) (*Campaign, int, bool) {
	campaign := s.byID.campaignIDs[r.PathValue("id")]
	return partOf(s, w, r, s.data.Payouts, func(p PublisherPayout, id string) bool { return p.ID == id && p.CampaignID == campaign })
}

// savePayout adds or changes a payout. A revenue is needed where it replaces the
// campaign's.
func (s *Server) savePayout(w http.ResponseWriter, r *http.Request) {
	c, i, ok := s.payoutOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	p, verb := PublisherPayout{CampaignID: c.DisplayID, Countries: []string{}}, "Created"
	if i >= 0 {
		p, verb = s.data.Payouts[i], "Updated"
	} else {
		b.require("pids", "payout")
	}
	b.text("goal_id", &p.GoalID)
	b.money("payout", &p.Payout)
	b.flag("crev", &p.ChangesRevenue)
	if p.ChangesRevenue && i < 0 {
		b.require("revenue")
	}
	b.money("revenue", &p.Revenue)
	b.coverage(&p.Countries)
	s.readPublishers(b, &p.Publishers)
	if len(p.Publishers) == 0 {
		b.refuse("pids")
	}
	if s.refused(w, b) {
		return
	}
	if i >= 0 {
		s.data.Payouts = replaced(s.data.Payouts, i, p)
	} else {
		p.ID = s.newID()
		s.data.Payouts = appended(s.data.Payouts, p)
	}
	announce(w, "Publisher Specific Payout "+verb+" Successfully", kit.Object{{Name: "payouts", Value: []kit.Object{payoutJSON(c, p)}}})
}

// readPublishers reads pids in either form of id; ["ALL"] is none.
func (s *Server) readPublishers(b body, to *[]string) {
	if all, ok := b.members["pids"].([]any); ok && len(all) == 1 && all[0] == "ALL" {
		*to = []string{}
		return
	}
	var ids []int64
	b.refs("pids", s.byID.affiliateIDs, &ids)
	if !b.has("pids") || *b.wrong != "" {
		return
	}
	list := []string{}
	for _, id := range ids {
		list = append(list, s.byID.affiliates[id].ID)
	}
	*to = list
}

func (s *Server) deletePayout(w http.ResponseWriter, r *http.Request) {
	if _, i, ok := s.payoutOf(w, r); ok {
		s.data.Payouts = removed(s.data.Payouts, i)
		removedPart(w, "Payout")
	}
}

// commissions lists what a campaign pays, or one of it.
func (s *Server) commissions(w http.ResponseWriter, r *http.Request) {
	c, i, ok := s.commissionOf(w, r)
	switch {
	case !ok:
	case i < 0:
		succeed(w, kit.Object{{Name: "commissions", Value: commissionList(c)}})
	default:
		succeed(w, kit.Object{{Name: "commission", Value: commissionJSON(c, c.Commissions[i])}})
	}
}

func (s *Server) commissionOf(w http.ResponseWriter, r *http.Request) (*Campaign, int, bool) {
	var list []Commission
	if c := s.byID.campaigns[s.byID.campaignIDs[r.PathValue("id")]]; c != nil {
		list = c.Commissions
	}
	return partOf(s, w, r, list, func(m Commission, id string) bool { return m.ID == id })
}

// saveCommission adds or changes what a campaign pays: rate to the affiliate,
// revenue from the advertiser.
func (s *Server) saveCommission(w http.ResponseWriter, r *http.Request) {
	old, i, ok := s.commissionOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	c, m, message := *old, Commission{Countries: []string{}}, "Commission Saved Successfully!!"
	if i >= 0 {
		m, message = c.Commissions[i], "Commission Updated!!"
	} else {
		b.require("rate", "revenue")
	}
	b.money("rate", &m.Payout)
	b.money("revenue", &m.Revenue)
	b.coverage(&m.Countries)
	if s.refused(w, b) {
		return
	}
	if i >= 0 {
		c.Commissions = replaced(c.Commissions, i, m)
	} else {
		m.ID = s.newID()
		c.Commissions = appended(c.Commissions, m)
	}
	s.saveCampaign(c)
	succeed(w, kit.Object{{Name: "commission", Value: commissionJSON(&c, m)}, {Name: "message", Value: message}})
}

func (s *Server) deleteCommission(w http.ResponseWriter, r *http.Request) {
	if old, i, ok := s.commissionOf(w, r); ok {
		c := *old
		c.Commissions = removed(c.Commissions, i)
		s.saveCampaign(c)
		removedPart(w, "Commission")
	}
}
