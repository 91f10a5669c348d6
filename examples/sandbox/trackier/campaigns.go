package trackier

import (
	"net/http"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The words that campaigns take.
var (
	models       = []string{"cpa", "cpl", "cpi", "cps", "cpc", "cpm"}
	statuses     = []string{"active", "pending", "paused", "disabled"}
	visibilities = []string{"public", "private", "permission"}
)

// createCampaign adds a campaign, pending unless it says otherwise.
func (s *Server) createCampaign(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("title", "url", "advertiser_id")
	c := Campaign{
		DisplayID: next(s.byID.campaigns), Status: "pending", Model: "cpa", Visibility: "public", Currency: ReportCurrency,
		Categories: []string{}, Countries: []string{}, Devices: []string{}, OS: []string{}, Commissions: []Commission{}, CreatedAt: s.now(),
	}
	b.ref("advertiser_id", s.byID.advertiserIDs, &c.AdvertiserID)
	b.text("currency", &c.Currency)
	b.text("image", &c.Image)
	b.text("app_name", &c.AppName)
	b.text("app_id", &c.AppID)
	readBasics(b, &c)
	readTargeting(b, &c)
	for _, each := range b.objects("commissions") {
		each.require("payout", "revenue")
		m := Commission{ID: s.newID(), Countries: []string{}}
		each.money("payout", &m.Payout)
		each.money("revenue", &m.Revenue)
		each.coverage(&m.Countries)
		c.Commissions = append(c.Commissions, m)
		c.Countries = append(c.Countries, m.Countries...)
	}
	if usd[c.Currency] == 0 {
		b.refuse("currency")
	}
	if s.refused(w, b) {
		return
	}
	slices.Sort(c.Countries)
	c.Countries, c.ID = slices.Compact(c.Countries), s.newID()
	s.saveCampaign(c)
	succeed(w, kit.Object{
		{Name: "campaign", Value: s.campaignJSON(&c)},
		{Name: "commissions", Value: commissionList(&c)},
		{Name: "message", Value: "Campaign created Successfully!!"},
	})
}

// readBasics reads what create and the action basic_info share.
func readBasics(b body, c *Campaign) {
	for _, name := range []string{"title", "url"} {
		if b.has(name) {
			b.require(name)
		}
	}
	b.text("title", &c.Title)
	b.text("url", &c.URL)
	b.text("preview_url", &c.PreviewURL)
	b.text("description", &c.Description)
	b.choice("model", &c.Model, models...)
	b.choice("status", &c.Status, statuses...)
	b.list("category", &c.Categories)
}

// readTargeting reads what create and the action targeting share.
func readTargeting(b body, c *Campaign) {
	b.list("device", &c.Devices)
	b.list("os", &c.OS)
	b.list("category", &c.Categories)
	b.choice("visibility", &c.Visibility, visibilities...)
}

// editCampaign changes what the action of the body takes; members of other
// actions are ignored.
func (s *Server) editCampaign(w http.ResponseWriter, r *http.Request) {
	old := s.campaignOf(w, r)
	if old == nil {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	c, action := *old, ""
	b.require("action")
	b.text("action", &action)
	message := ""
	switch action {
	case "targeting":
		readTargeting(b, &c)
		message = "Targeting Info Updated!!"
	case "image_upload":
		b.require("image_url")
		b.text("image_url", &c.Image)
		message = "Image Updated!!"
	case "basic_info":
		readBasics(b, &c)
		readLife(b, &c)
		message = "Basic Info Updated!!"
	case "settings":
		b.refs("blacklist_pubs", s.byID.affiliateIDs, &c.Blocked)
		b.refs("whitelist_pubs", s.byID.affiliateIDs, &c.Allowed)
		message = "Settings Updated!!"
	default:
		b.refuse("action")
	}
	if s.refused(w, b) {
		return
	}
	c.ModifiedAt = s.now()
	s.saveCampaign(c)
	succeed(w, kit.Object{{Name: "campaign", Value: s.campaignJSON(&c)}, {Name: "message", Value: message}})
}

// readLife reads how long a campaign runs: `live` is another way to say status.
func readLife(b body, c *Campaign) {
	b.text("expiry", &c.Expiry)
	if _, err := time.Parse(time.DateOnly, c.Expiry); c.Expiry != "" && err != nil {
		b.refuse("expiry")
	}
	live := c.Active()
	if b.flag("live", &live); b.has("live") && !b.has("status") && live != c.Active() {
		c.Status = map[bool]string{true: "active", false: "paused"}[live]
	}
}

func (s *Server) deleteCampaign(w http.ResponseWriter, r *http.Request) {
	old := s.campaignOf(w, r)
	if old == nil {
		return
	}
	c := *old
	c.Deleted = true
	s.saveCampaign(c)
	succeed(w, kit.Object{{Name: "message", Value: "Campaign removed successfully!!"}})
}

// assignPublishers lets affiliates into campaigns, of which long ids are given.
func (s *Server) assignPublishers(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("publisher_ids", "campaign_ids")
	var affiliates, campaigns []int64
	b.refs("publisher_ids", s.byID.affiliateIDs, &affiliates)
	b.refs("campaign_ids", s.byID.campaignIDs, &campaigns)
	if len(affiliates) == 0 {
		b.refuse("publisher_ids")
	}
	if len(campaigns) == 0 {
		b.refuse("campaign_ids")
	}
	if s.refused(w, b) {
		return
	}
	for _, campaign := range campaigns {
		for _, affiliate := range affiliates {
			s.grant(affiliate, campaign)
		}
	}
	succeed(w, kit.Object{{Name: "message", Value: "Campaign Access Granted"}})
}

func (s *Server) access(affiliate, campaign int64) int {
	return slices.IndexFunc(s.data.Accesses, func(a Access) bool { return a.AffiliateID == affiliate && a.CampaignID == campaign })
}

func (s *Server) grant(affiliate, campaign int64) {
	i := s.access(affiliate, campaign)
	if i < 0 {
		a := Access{ID: s.newID(), AffiliateID: affiliate, CampaignID: campaign, Granted: true, CreatedAt: s.now()}
		s.data.Accesses = appended(s.data.Accesses, a)
		return
	}
	a := s.data.Accesses[i]
	a.Granted = true
	s.data.Accesses = replaced(s.data.Accesses, i, a)
}

func (s *Server) domains(w http.ResponseWriter, _ *http.Request) {
	succeed(w, kit.Object{{Name: "domains", Value: s.data.Domains}})
}

// replaceDomains takes the whole list: [] wipes it. A body without a list comes
// back with HTTP 200, success false and the list as it stays.
func (s *Server) replaceDomains(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("domains")
	domains := s.data.Domains
	b.list("domains", &domains)
	if *b.wrong != "" {
		failWith(w, kit.Object{{Name: "message", Value: "Invalid Request Body!!"}, {Name: "domains", Value: s.data.Domains}})
		return
	}
	s.data.Domains = domains
	succeed(w, kit.Object{
		{Name: "message", Value: "Please follow this guide to add tracking domain. http://sandbox.example/add-custom-tracking-domain/"},
		{Name: "domains", Value: domains},
	})
}

// failWith answers with HTTP 200, success false and data nevertheless.
func failWith(w http.ResponseWriter, data kit.Object) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: false}, {Name: "data", Value: data}})
}
