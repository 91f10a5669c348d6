package trackier

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// tokenPage is how many coupons or deals come at once: the documents name no
// number.
const tokenPage = 10

// publisherRoutes2 are version 2 of an affiliate's API. The first two are in the
// singular, as documented.
func (s *Server) publisherRoutes2(mux *http.ServeMux) {
	on := mux.HandleFunc
	on("GET /v2/publisher/campaigns", s.limited("campaigns", time.Second, 5, s.campaigns2))
	on("GET /v2/publisher/campaign/{id}", s.limited("campaign", time.Second, 5, s.campaign2))
	on("POST /v2/publishers/campaign/{id}/access", s.access2)
	on("GET /v2/publishers/{publisher}/campaignsCount", s.campaignsCount)
	on("GET /v2/publishers/profile", s.profile)
	on("POST /v2/publishers/profile", s.editProfile)
	on("GET /v2/publishers/coupons", s.coupons)
	on("GET /v2/publishers/deals", s.deals)
	on("GET /v2/publishers/reports", s.limited("reports", time.Minute, 200, s.publisherReport2))
	on("GET /v2/publishers/reports-kpi", s.reportsKPI)
	on("GET /v2/publishers/conversions", s.conversions2)
	on("GET /v2/publishers/categories", s.categories2)
}

// payouts2 are what an affiliate gets: money, or of a sale's campaign percent,
// which is all the document says to tell them apart.
func payouts2(c *Campaign) kit.Array {
	list := kit.Array{}
	for _, m := range c.Commissions {
		payout := m.Payout.Number()
		if c.Model == "cps" {
			payout = "5"
		}
		list = append(list, kit.Object{
			{Name: "payout", Value: payout}, {Name: "geo", Value: coverage(m.Countries)}, {Name: "city", Value: kit.Array{}}, {Name: "region", Value: kit.Array{}},
		})
	}
	return list
}

func (s *Server) campaign2JSON(c *Campaign) kit.Object {
	var link any
	if l := s.linkOf(s.publisherID, c.DisplayID); l != nil {
		link = l.URL() + "?p1={your-transaction-id}&source={your-sub-aff-id}"
	}
	goals, pages := kit.Array{}, kit.Array{}
	for _, g := range s.data.Goals {
		if g.CampaignID != c.DisplayID {
			continue
		}
		paid := kit.Array{}
		for _, p := range g.Payouts {
			paid = append(paid, kit.Object{{Name: "payout", Value: p.Payout.Number()}, {Name: "geo", Value: coverage(p.Countries)}})
		}
		goals = append(goals, kit.Object{
			{Name: "id", Value: g.ID}, {Name: "title", Value: g.Title}, {Name: "value", Value: g.Value}, {Name: "payout_model", Value: g.Model}, {Name: "payouts", Value: paid},
		})
	}
	for _, p := range s.data.LandingPages {
		if p.CampaignID == c.DisplayID {
			pages = append(pages, kit.Object{{Name: "id", Value: p.Number}, {Name: "title", Value: p.Title}, {Name: "type", Value: "landing"}})
		}
	}
	return kit.Object{
		{Name: "id", Value: c.DisplayID},
		{Name: "title", Value: c.Title},
		{Name: "description", Value: text(c.Description)},
		{Name: "kpi", Value: nil},
		{Name: "currency", Value: c.Currency},
		{Name: "categories", Value: c.Categories},
		{Name: "preview_url", Value: c.PreviewURL},
		{Name: "model", Value: c.Model},
		{Name: "device", Value: everything(c.Devices)},
		{Name: "os", Value: everything(c.OS)},
		{Name: "os_version", Value: nil},
		{Name: "app_id", Value: text(c.AppID)},
		{Name: "app_name", Value: text(c.AppName)},
		{Name: "tracking_link", Value: link},
		{Name: "impressionUrl", Value: s.impressionURL(c)},
		{Name: "bot_check_url", Value: nil},
		{Name: "countries", Value: c.Countries},
		{Name: "isps", Value: kit.Array{}},
		{Name: "defaultGoal", Value: "Install"},
		{Name: "payouts", Value: payouts2(c)},
		{Name: "goals", Value: goals},
		{Name: "creatives", Value: kit.Array{}},
		{Name: "landingPage", Value: pages},
	}
}

// campaigns2 lists the campaigns an affiliate sees; showApproved=true those it
// may promote alone.
func (s *Server) campaigns2(w http.ResponseWriter, r *http.Request) {
	q := query2{params: params{r: r}}
	pages := paging{q.number("page", 1, 1, 1_000_000), q.number("limit", 1000, 1, 1000)}
	categories, approved := q.list("categories"), r.URL.Query().Get("showApproved")
	q.oneOf("showApproved", []string{approved}, []string{"", "true", "false", "1", "0"})
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	var found []*Campaign
	for i := range s.data.Campaigns {
		c := &s.data.Campaigns[i]
		stands := s.mayPromote(c)
		if stands == unseen || stands == mayAsk && (approved == "true" || approved == "1") {
			continue
		}
		if len(categories) == 0 || slices.ContainsFunc(c.Categories, func(name string) bool { return slices.Contains(categories, name) }) {
			found = append(found, c)
		}
	}
	list := kit.Array{}
	for _, c := range cut(found, pages) {
		list = append(list, s.campaign2JSON(c))
	}
	send(w, kit.Object{{Name: "success", Value: true}, {Name: "data", Value: kit.Object{
		{Name: "campaigns", Value: list}, {Name: "page", Value: pages.page}, {Name: "count", Value: len(found)},
	}}})
}

// seenBy2 is seenBy with the answers of version 2.
func (s *Server) seenBy2(w http.ResponseWriter, r *http.Request) *Campaign {
	c := s.byID.campaigns[s.byID.campaignIDs[r.PathValue("id")]]
	if c == nil || s.mayPromote(c) == unseen {
		s.notFound2(w)
		return nil
	}
	return c
}

func (s *Server) campaign2(w http.ResponseWriter, r *http.Request) {
	if c := s.seenBy2(w, r); c != nil {
		send(w, kit.Object{{Name: "success", Value: true}, {Name: "data", Value: kit.Object{{Name: "campaign", Value: s.campaign2JSON(c)}}}})
	}
}

func (s *Server) access2(w http.ResponseWriter, r *http.Request) {
	c := s.seenBy2(w, r)
	if c == nil {
		return
	}
	message := "Access has already been requested"
	if s.askFor(c) {
		message = "Access requested successfully"
	}
	send(w, kit.Object{{Name: "success", Value: true}, {Name: "message", Value: message}})
}

// campaignsCount counts the campaigns the affiliate itself may promote.
func (s *Server) campaignsCount(w http.ResponseWriter, r *http.Request) {
	if s.byID.affiliateIDs[r.PathValue("publisher")] != s.publisherID {
		s.notFound2(w)
		return
	}
	n := 0
	for i := range s.data.Campaigns {
		if s.mayPromote(&s.data.Campaigns[i]) == mayRun {
			n++
		}
	}
	send(w, kit.Object{{Name: "success", Value: true}, {Name: "count", Value: n}})
}

// profileJSON writes the affiliate; id is text here.
func (s *Server) profileJSON() kit.Object {
	a := s.byID.affiliates[s.publisherID]
	return kit.Object{
		{Name: "name", Value: a.Name},
		{Name: "email", Value: a.Email},
		{Name: "phone", Value: a.Phone},
		{Name: "status", Value: a.Status},
		{Name: "hashId", Value: a.ID},
		{Name: "company", Value: a.Company},
		{Name: "id", Value: string(kit.Plain.Append(nil, a.DisplayID))},
	}
}

func (s *Server) profile(w http.ResponseWriter, _ *http.Request) {
	send(w, kit.Object{{Name: "profile", Value: s.profileJSON()}})
}

func (s *Server) editProfile(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	a := *s.byID.affiliates[s.publisherID]
	if b.has("name") {
		b.require("name")
	}
	b.text("name", &a.Name)
	b.text("phone", &a.Phone)
	b.text("company", &a.Company)
	if *b.wrong != "" {
		invalid(w, []string{`"` + *b.wrong + `" must be a string`})
		return
	}
	a.ModifiedAt = s.now()
	s.savePartner(&s.data.Affiliates, a)
	send(w, kit.Object{{Name: "success", Value: true}, {Name: "message", Value: "Profile updated successfully"}, {Name: "publisher", Value: s.profileJSON()}})
}

// withToken is a page of rows and the way to the next; the last has none.
func withToken(name string, rows kit.Array, token string) kit.Object {
	o := kit.Object{{Name: name, Value: rows}}
	if token != "" {
		o = append(o, kit.Member{Name: "pageToken", Value: token})
	}
	return o
}

// sees reports whether an affiliate sees the campaign of a coupon or deal.
func (s *Server) sees(campaign int64) bool { return s.mayPromote(s.byID.campaigns[campaign]) != unseen }

func (s *Server) coupons(w http.ResponseWriter, r *http.Request) {
	q := query2{params: params{r: r}}
	campaigns := q.ids("campaign_id", s.byID.campaignIDs)
	hidden := func(c Coupon) bool { return !s.sees(c.CampaignID) || !wants(campaigns, c.CampaignID) }
	page, token := pageOf(&q, "pageToken", slices.DeleteFunc(slices.Clone(s.data.Coupons), hidden), tokenPage)
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	rows := kit.Array{}
	for _, c := range page {
		rows = append(rows, kit.Object{
			{Name: "id", Value: c.ID},
			{Name: "code", Value: c.Code},
			{Name: "description", Value: c.Description},
			{Name: "status", Value: c.Status},
			{Name: "type", Value: c.Type},
			{Name: "campaign_name", Value: s.titleOf(c.CampaignID)},
			{Name: "campaign_id", Value: c.CampaignID},
			{Name: "created", Value: iso(c.CreatedAt)},
		})
	}
	send(w, withToken("coupons", rows, token))
}

func (s *Server) deals(w http.ResponseWriter, r *http.Request) {
	q := query2{params: params{r: r}}
	page, token := pageOf(&q, "pageToken", slices.DeleteFunc(slices.Clone(s.data.Deals), func(d Deal) bool { return !s.sees(d.CampaignID) }), tokenPage)
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	rows := kit.Array{}
	for _, d := range page {
		rows = append(rows, kit.Object{
			{Name: "id", Value: d.ID},
			{Name: "name", Value: d.Name},
			{Name: "description", Value: d.Description},
			{Name: "status", Value: "active"},
			{Name: "campaign_name", Value: s.titleOf(d.CampaignID)},
			{Name: "campaign_id", Value: d.CampaignID},
			{Name: "created", Value: iso(d.CreatedAt)},
		})
	}
	send(w, withToken("deals", rows, token))
}

// conversions2 lists the affiliate's conversions, oldest first; start and end
// are required.
func (s *Server) conversions2(w http.ResponseWriter, r *http.Request) {
	q := query2{params: params{r: r}}
	span := window{q.day("start", nil), q.day("end", nil)}
	pages := paging{q.number("page", 1, 1, 1_000_000), q.number("limit", 100, 100, 1000)}
	values := r.URL.Query()
	q.oneOf("status", []string{values.Get("status")}, []string{"", Approved, Pending, Cancelled, Rejected})
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	same := func(name, value string) bool { return values.Get(name) == "" || values.Get(name) == value }
	var found []hit
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		h := hit{s, v, s.clickOf(v)}
		if v.AffiliateID == s.publisherID && span.covers(s.day(v.At)) && same("status", v.Status) && same("click_id", v.ClickID) &&
			same("p1", h.c.P1) && same("p2", h.c.P2) && same("p3", "") && same("p4", "") && same("p5", "") {
			found = append(found, h)
		}
	}
	rows := kit.Array{}
	for _, h := range cut(found, pages) {
		rows = append(rows, s.conversion2JSON(h))
	}
	send(w, kit.Object{
		{Name: "conversions", Value: rows},
		{Name: "pagination", Value: kit.Object{
			{Name: "perPage", Value: pages.limit}, {Name: "currentPage", Value: pages.page}, {Name: "total", Value: len(found)},
		}},
	})
}

func (s *Server) conversion2JSON(h hit) kit.Object {
	o := kit.Object{
		{Name: "_id", Value: h.v.ID},
		{Name: "click_id", Value: h.v.ClickID},
		{Name: "source", Value: h.c.Source},
		{Name: "elapsed_time", Value: int64(h.v.At.Sub(h.c.At) / time.Second)},
		{Name: "p1", Value: h.c.P1},
		{Name: "p2", Value: h.c.P2},
	}
	for name := range strings.FieldsSeq("p3 p4 p5 p6 p7 p8 p9 p10") {
		o = append(o, kit.Member{Name: name, Value: ""})
	}
	return append(o, kit.Object{
		{Name: "os", Value: h.c.OS},
		{Name: "goal_id", Value: nil},
		{Name: "txn_id", Value: text(h.v.TxnID)},
		{Name: "currency", Value: h.v.Currency},
		{Name: "payout", Value: h.v.Payout.Number()},
		{Name: "country", Value: h.c.Country},
		{Name: "browser", Value: h.c.Browser},
		{Name: "device", Value: h.c.Device},
		{Name: "created", Value: iso(h.v.At)},
		{Name: "status", Value: h.v.Status},
		{Name: "campaign_id", Value: h.v.CampaignID},
		{Name: "campaign_name", Value: s.titleOf(h.v.CampaignID)},
		{Name: "goal_name", Value: "Install"},
	}...)
}

// categories2 lists categories as objects with their dates.
func (s *Server) categories2(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, c := range s.data.Categories {
		list = append(list, kit.Object{{Name: "_id", Value: c.ID}, {Name: "name", Value: c.Name}, {Name: "created", Value: iso(epoch)}})
	}
	send(w, kit.Object{{Name: "categories", Value: list}})
}
