package trackier

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// publisherRoutes are an affiliate's API, of both versions.
func (s *Server) publisherRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	on := mux.HandleFunc
	on("GET /affiliate/campaigns", s.publisherCampaigns)
	on("GET /affiliate/campaigns/{id}", s.publisherCampaign)
	on("GET /affiliate/link/{id}", s.publisherLink)
	on("POST /affiliate/link/{id}", s.createPublisherLink)
	on("GET /affiliate/customReport", s.publisherReport)
	on("GET /affiliate/conversions", s.publisherConversions)
	on("GET /affiliate/account", s.holderAccount(s.affiliates, &s.publisherID))
	on("PATCH /affiliate/account", s.editHolder(s.affiliates, &s.publisherID))
	on("POST /affiliate/requestAccess/{id}", s.requestAccess)
	s.publisherRoutes2(mux)
	return mux
}

// standing is what an affiliate may do in a campaign.
type standing int

const (
	unseen standing = iota // private, blocked or not active
	mayAsk                 // it takes permission
	mayRun                 // it may be promoted
)

// mayPromote tells how the holder of the publisher key stands to a campaign.
func (s *Server) mayPromote(c *Campaign) standing {
	i := s.access(s.publisherID, c.DisplayID)
	granted := i >= 0 && s.data.Accesses[i].Granted
	switch {
	case !c.Active() || slices.Contains(c.Blocked, s.publisherID):
		return unseen
	case c.Visibility == "public" || granted:
		return mayRun
	case c.Visibility == "permission":
		return mayAsk
	}
	return unseen
}

// seenBy finds the campaign that the path names if the affiliate sees it.
func (s *Server) seenBy(w http.ResponseWriter, r *http.Request) (*Campaign, standing) {
	c := s.byID.campaigns[s.byID.campaignIDs[r.PathValue("id")]]
	if c == nil || s.mayPromote(c) == unseen {
		s.notFound(w)
		return nil, unseen
	}
	return c, s.mayPromote(c)
}

// publisherCampaignJSON writes a campaign without what an affiliate must not
// know: its advertiser and its own url.
func (s *Server) publisherCampaignJSON(c *Campaign) kit.Object {
	var meta any = kit.Array{}
	if c.Visibility == "permission" {
		meta = kit.Object{{Name: "permission", Value: true}}
	}
	return kit.Object{
		{Name: "user_id", Value: nil},
		{Name: "display_id", Value: c.DisplayID},
		{Name: "org_id", Value: s.data.Account.ID},
		{Name: "title", Value: c.Title},
		{Name: "description", Value: text(c.Description)},
		{Name: "url", Value: nil},
		{Name: "preview_url", Value: c.PreviewURL},
		{Name: "image", Value: text(c.Image)},
		{Name: "category", Value: c.Categories},
		{Name: "currency", Value: c.Currency},
		{Name: "device", Value: everything(c.Devices)},
		{Name: "os", Value: everything(c.OS)},
		{Name: "os_ver", Value: kit.Array{}}, // an empty map
		{Name: "expiry", Value: text(c.Expiry)},
		{Name: "deleted", Value: false},
		{Name: "_id", Value: c.ID},
		{Name: "live", Value: true},
		{Name: "created", Value: s.date(c.CreatedAt, DateText)},
		{Name: "modified", Value: s.modified(c.ModifiedAt)},
		{Name: "meta", Value: meta},
		{Name: "status", Value: c.Status},
	}
}

// everything writes a list whose emptiness means that all is allowed.
func everything(list []string) []string {
	if len(list) == 0 {
		return []string{"all"}
	}
	return list
}

// earned writes what an affiliate gets: as numbers in the list, as text for a
// single campaign.
func earned(c *Campaign, asText bool) kit.Array {
	list := kit.Array{}
	for _, m := range c.Commissions {
		var rate any = m.Payout.Number()
		if asText {
			rate = string(m.Payout.Number())
		}
		list = append(list, kit.Object{
			{Name: "rate", Value: rate},
			{Name: "coverage", Value: coverage(m.Countries)},
			{Name: "model", Value: c.Model},
			{Name: "description", Value: nil},
			{Name: "ad_id", Value: c.ID},
		})
	}
	return list
}

// trackingJSON writes the affiliate's link for a campaign; null without one.
func (s *Server) trackingJSON(c *Campaign) any {
	l := s.linkOf(s.publisherID, c.DisplayID)
	if l == nil {
		return nil
	}
	return kit.Object{{Name: "url", Value: l.URL()}, {Name: "live", Value: true}}
}

func (s *Server) impressionURL(c *Campaign) string {
	return "http://" + s.data.Account.Domain + "/imp?campaign_id=" + strconv.FormatInt(c.DisplayID, 10) + "&pub_id=" + strconv.FormatInt(s.publisherID, 10)
}

// publisherCampaigns lists the campaigns that may be promoted;
// status=requestPermission those that take permission.
func (s *Server) publisherCampaigns(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	pages := p.paging(10, 0)
	wanted, model := mayRun, r.URL.Query().Get("model")
	switch r.URL.Query().Get("status") {
	case "", "active":
	case "requestPermission":
		wanted = mayAsk
	default:
		p.refuse("status")
	}
	if model != "" && !slices.Contains(models, model) {
		p.refuse("model")
	}
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	var found []*Campaign
	for i := range s.data.Campaigns {
		if c := &s.data.Campaigns[i]; s.mayPromote(c) == wanted && (model == "" || c.Model == model) {
			found = append(found, c)
		}
	}
	list := kit.Array{}
	for _, c := range cut(found, pages) {
		list = append(list, append(s.publisherCampaignJSON(c),
			kit.Member{Name: "commissions", Value: earned(c, false)},
			kit.Member{Name: "tracking_link", Value: s.trackingJSON(c)},
			kit.Member{Name: "impressionUrl", Value: s.impressionURL(c)},
			kit.Member{Name: "creatives", Value: kit.Array{}}))
	}
	succeed(w, kit.Object{
		{Name: "campaigns", Value: list}, {Name: "total", Value: len(found)}, {Name: "page", Value: pages.page}, {Name: "domains", Value: s.data.Domains},
	})
}

func (s *Server) publisherCampaign(w http.ResponseWriter, r *http.Request) {
	c, stands := s.seenBy(w, r)
	if c == nil {
		return
	}
	succeed(w, kit.Object{
		{Name: "campaign", Value: s.publisherCampaignJSON(c)},
		{Name: "commissions", Value: earned(c, true)},
		{Name: "tracking_link", Value: s.trackingJSON(c)},
		{Name: "impressionUrl", Value: s.impressionURL(c)},
		{Name: "permission", Value: kit.Object{
			{Name: "hasPermission", Value: stands == mayRun},
			{Name: "permRequired", Value: c.Visibility != "public"},
			{Name: "access", Value: s.accessJSON(c)},
		}},
		{Name: "domains", Value: s.data.Domains},
	})
}

// accessJSON writes the access to a campaign; null if nobody asked for one.
func (s *Server) accessJSON(c *Campaign) any {
	i := s.access(s.publisherID, c.DisplayID)
	if i < 0 {
		return nil
	}
	a := s.data.Accesses[i]
	return kit.Object{{Name: "_id", Value: a.ID}, {Name: "created", Value: s.date(a.CreatedAt, DateText)}, {Name: "live", Value: a.Granted}}
}

// requestAccess asks for a campaign; asking again changes nothing.
func (s *Server) requestAccess(w http.ResponseWriter, r *http.Request) {
	c, _ := s.seenBy(w, r)
	if c == nil {
		return
	}
	message := "Access has already been requested!!"
	if s.askFor(c) {
		message = "Access has been requested!!"
	}
	succeed(w, kit.Object{{Name: "message", Value: message}, {Name: "access", Value: s.accessJSON(c)}})
}

// askFor records that the affiliate wants access; false if that was known.
func (s *Server) askFor(c *Campaign) bool {
	if s.access(s.publisherID, c.DisplayID) >= 0 {
		return false
	}
	s.data.Accesses = appended(s.data.Accesses, Access{
		ID: s.newID(), AffiliateID: s.publisherID, CampaignID: c.DisplayID, Granted: c.Visibility == "public", CreatedAt: s.now(),
	})
	return true
}

func (s *Server) publisherLink(w http.ResponseWriter, r *http.Request) {
	c, _ := s.seenBy(w, r)
	switch {
	case c == nil:
	case s.trackingJSON(c) == nil:
		s.notFound(w)
	default:
		succeed(w, kit.Object{{Name: "tracking_link", Value: s.trackingJSON(c)}})
	}
}

// createPublisherLink makes a link for a campaign that may be promoted.
func (s *Server) createPublisherLink(w http.ResponseWriter, r *http.Request) {
	c, stands := s.seenBy(w, r)
	switch {
	case c == nil:
	case stands != mayRun:
		fail(w, http.StatusForbidden, 5, "Insufficient Permission")
	case s.trackingJSON(c) != nil:
		failWith(w, kit.Object{{Name: "message", Value: "Link already exists!!"}, {Name: "tracking_link", Value: s.trackingJSON(c)}})
	default:
		s.addLink(s.publisherID, c.DisplayID, "")
		succeed(w, kit.Object{{Name: "tracking_link", Value: s.trackingJSON(c)}})
	}
}

// publisherConversions lists the affiliate's conversions as an array, without
// what the advertiser pays.
func (s *Server) publisherConversions(w http.ResponseWriter, r *http.Request) {
	s.writeConversions(w, r, conversionView{
		limit: 200, list: true, open: true, hidden: []string{"revenue"},
		mine: func(h hit) bool { return h.v.AffiliateID == s.publisherID },
	})
}
