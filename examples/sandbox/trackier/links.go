package trackier

import (
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// linkOf finds the tracking link of an affiliate for a campaign; nil: none yet.
func (s *Server) linkOf(affiliate, campaign int64) *Link {
	i := slices.IndexFunc(s.data.Links, func(l Link) bool { return l.AffiliateID == affiliate && l.CampaignID == campaign })
	if i < 0 {
		return nil
	}
	return &s.data.Links[i]
}

// addLink makes a tracking link under a domain; empty: the first of the network.
func (s *Server) addLink(affiliate, campaign int64, domain string) *Link {
	if domain == "" {
		domain = s.data.Account.Domain
		if len(s.data.Domains) > 0 {
			domain = s.data.Domains[0]
		}
	}
	s.data.Links = appended(s.data.Links, Link{ID: s.newID(), AffiliateID: affiliate, CampaignID: campaign, Domain: domain, CreatedAt: s.now()})
	return s.linkOf(affiliate, campaign)
}

// linkData writes a tracking link for the network.
func (s *Server) linkData(l *Link) kit.Object {
	return kit.Object{
		{Name: "tracking_link", Value: l.URL()},
		{Name: "link", Value: kit.Object{
			{Name: "user_id", Value: s.byID.affiliates[l.AffiliateID].ID},
			{Name: "ad_id", Value: s.byID.campaigns[l.CampaignID].ID},
			{Name: "domain", Value: l.Domain},
			{Name: "_id", Value: l.ID},
			{Name: "live", Value: true},
			{Name: "created", Value: s.date(l.CreatedAt, DateText)},
			{Name: "modified", Value: nil},
			{Name: "meta", Value: kit.Array{}},
		}},
	}
}

// linkPath reads the affiliate and the campaign of the path, or answers that one
// of them does not exist.
func (s *Server) linkPath(w http.ResponseWriter, r *http.Request) (affiliate, campaign int64, ok bool) {
	affiliate, first := s.byID.affiliateIDs[r.PathValue("affiliate")]
	campaign, second := s.byID.campaignIDs[r.PathValue("campaign")]
	if !first || !second {
		s.notFound(w)
	}
	return affiliate, campaign, first && second
}

func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	affiliate, campaign, ok := s.linkPath(w, r)
	if !ok {
		return
	}
	l := s.linkOf(affiliate, campaign)
	if l == nil {
		s.notFound(w)
		return
	}
	succeed(w, s.linkData(l))
}

// createLink makes a tracking link. One that exists comes with success false and
// its data. The body may be missing: its only member is optional.
func (s *Server) createLink(w http.ResponseWriter, r *http.Request) {
	affiliate, campaign, ok := s.linkPath(w, r)
	if !ok {
		return
	}
	domain := ""
	if r.ContentLength != 0 {
		b, ok := s.readBody(w, r)
		if !ok {
			return
		}
		if b.text("domain", &domain); domain != "" && !slices.Contains(s.data.Domains, domain) {
			b.refuse("domain")
		}
		if s.refused(w, b) {
			return
		}
	}
	if l := s.linkOf(affiliate, campaign); l != nil {
		failWith(w, append(kit.Object{{Name: "message", Value: "Link already exists!!"}}, s.linkData(l)...))
		return
	}
	l := s.addLink(affiliate, campaign, domain)
	succeed(w, append(kit.Object{{Name: "message", Value: "Link created Successfully!!"}}, s.linkData(l)...))
}
