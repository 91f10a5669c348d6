package trackier

import (
	"net/http"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// wall is how the platform writes instants: in the network's time zone, without
// an offset.
const wall = "2006-01-02 15:04:05"

// date writes a date in one of the ways of the samples.
func (s *Server) date(t time.Time, form DateForm) any {
	switch form {
	case DateText:
		return t.In(s.config.Zone).Format(time.DateOnly)
	case TimeText:
		return t.In(s.config.Zone).Format(wall)
	case DateObject:
		return phpDate(t)
	default:
		return nil
	}
}

// phpDate writes an instant as PHP serialises a DateTime of an offset.
func phpDate(t time.Time) kit.Object {
	return kit.Object{
		{Name: "date", Value: t.UTC().Format(wall + ".000000")},
		{Name: "timezone_type", Value: 1},
		{Name: "timezone", Value: "+00:00"},
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Server) campaignJSON(c *Campaign) kit.Object {
	return kit.Object{
		{Name: "_id", Value: c.ID},
		{Name: "display_id", Value: c.DisplayID},
		{Name: "title", Value: c.Title},
		{Name: "description", Value: c.Description},
		{Name: "status", Value: c.Status},
		{Name: "model", Value: c.Model},
		{Name: "currency", Value: c.Currency},
		{Name: "advertiser_id", Value: c.AdvertiserID},
		{Name: "advertiser_long_id", Value: s.byID.advertisers[c.AdvertiserID].ID},
		{Name: "url", Value: c.URL},
		{Name: "preview_url", Value: c.PreviewURL},
		{Name: "category", Value: c.Categories},
		{Name: "countries", Value: c.Countries},
		{Name: "device", Value: c.Devices},
		{Name: "os", Value: c.OS},
		{Name: "meta", Value: kit.Array{}}, // an empty map
		{Name: "created", Value: s.date(c.CreatedAt, c.DateForm)},
	}
}

// commissionJSON writes a commission; rate is the payout, as its page of the
// reference says when read and the samples agree.
func commissionJSON(c *Campaign, m Commission) kit.Object {
	return kit.Object{
		{Name: "_id", Value: m.ID},
		{Name: "goal", Value: m.Goal},
		{Name: "model", Value: c.Model},
		{Name: "currency", Value: c.Currency},
		{Name: "rate", Value: m.Payout.Number()},
		{Name: "revenue", Value: m.Revenue.Number()},
		{Name: "countries", Value: m.Countries},
	}
}

func commissionList(c *Campaign) kit.Array {
	list := kit.Array{}
	for _, m := range c.Commissions {
		list = append(list, commissionJSON(c, m))
	}
	return list
}

// listed are the commissions of a campaign in the list: a map by id in one
// element and an array in the next; an empty map is [].
func listed(c *Campaign) any {
	if !c.CommissionsMap {
		return commissionList(c)
	}
	o := kit.Object{}
	for _, m := range c.Commissions {
		o = append(o, kit.Member{Name: m.ID, Value: commissionJSON(c, m)})
	}
	return kit.EmptyAsList(o)
}

// listCampaigns lists the active campaigns; active=0 the others.
func (s *Server) listCampaigns(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	pages := p.paging(20, 0)
	active := r.URL.Query().Get("active")
	if active != "" && active != "0" && active != "1" {
		p.refuse("active")
	}
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	var found []*Campaign
	for i := range s.data.Campaigns {
		if c := &s.data.Campaigns[i]; c.Active() == (active != "0") {
			found = append(found, c)
		}
	}
	list := kit.Array{}
	for _, c := range cut(found, pages) {
		list = append(list, append(s.campaignJSON(c), kit.Member{Name: "commissions", Value: listed(c)}))
	}
	bare(w, kit.Object{
		{Name: "campaigns", Value: list},
		{Name: "total", Value: len(found)},
		{Name: "page", Value: pages.page},
		{Name: "limit", Value: pages.limit},
	})
}

func (s *Server) campaign(w http.ResponseWriter, r *http.Request) {
	c := s.byID.campaigns[s.byID.campaignIDs[r.PathValue("id")]]
	if c == nil {
		s.notFound(w)
		return
	}
	succeed(w, kit.Object{{Name: "campaign", Value: s.campaignJSON(c)}, {Name: "commissions", Value: commissionList(c)}})
}

// partnerJSON writes an affiliate or an advertiser with the hash of its
// password: whoever passes it on leaks it.
func (s *Server) partnerJSON(a *Partner) kit.Object {
	return kit.Object{
		{Name: "_id", Value: a.ID},
		{Name: "display_id", Value: a.DisplayID},
		{Name: "name", Value: a.Name},
		{Name: "email", Value: a.Email},
		{Name: "company", Value: a.Company},
		{Name: "password", Value: a.Password},
		{Name: "status", Value: a.Status},
		{Name: "country", Value: a.Country},
		{Name: "currency", Value: ReportCurrency},
		{Name: "phone", Value: text(a.Phone)},
		{Name: "meta", Value: kit.Array{}},
		{Name: "created", Value: s.date(a.CreatedAt, a.DateForm)},
	}
}

func (s *Server) listAffiliates(w http.ResponseWriter, r *http.Request) {
	if list, ok := s.partners(w, r, s.data.Affiliates); ok {
		bare(w, kit.Object{{Name: "affiliates", Value: list}})
	}
}

func (s *Server) listAdvertisers(w http.ResponseWriter, r *http.Request) {
	if list, ok := s.partners(w, r, s.data.Advertisers); ok {
		succeed(w, kit.Object{{Name: "advertisers", Value: list}})
	}
}

// partners lists all of them, or a page where page or limit is given: the
// documents name no default.
func (s *Server) partners(w http.ResponseWriter, r *http.Request, all []Partner) (kit.Array, bool) {
	p := params{r: r}
	pages := p.paging(len(all), 0)
	if p.bad != "" {
		s.refuse(w, p.bad)
		return nil, false
	}
	list := kit.Array{}
	for _, a := range cut(all, pages) {
		list = append(list, s.partnerJSON(&a))
	}
	return list, true
}

func (s *Server) affiliate(w http.ResponseWriter, r *http.Request) {
	a := s.byID.affiliates[s.byID.affiliateIDs[r.PathValue("id")]]
	if a == nil {
		s.notFound(w)
		return
	}
	succeed(w, kit.Object{{Name: "affiliate", Value: s.partnerJSON(a)}})
}

func (s *Server) advertiser(w http.ResponseWriter, r *http.Request) {
	a := s.byID.advertisers[s.byID.advertiserIDs[r.PathValue("id")]]
	if a == nil {
		s.notFound(w)
		return
	}
	succeed(w, kit.Object{{Name: "advertiser", Value: s.partnerJSON(a)}})
}

func (s *Server) account(w http.ResponseWriter, _ *http.Request) {
	a := s.data.Account
	succeed(w, kit.Object{{Name: "account", Value: kit.Object{
		{Name: "_id", Value: a.ID},
		{Name: "name", Value: a.Name},
		{Name: "domain", Value: a.Domain},
		{Name: "currency", Value: a.Currency},
		{Name: "timezone", Value: a.Timezone},
		{Name: "created", Value: s.date(a.CreatedAt, DateText)},
	}}})
}

func (s *Server) referralJSON(f Referral) kit.Object {
	return kit.Object{
		{Name: "_id", Value: f.ID},
		{Name: "affiliate_id", Value: f.AffiliateID},
		{Name: "referee_id", Value: f.RefereeID},
		{Name: "commission", Value: f.Percent},
		{Name: "created", Value: s.date(f.CreatedAt, TimeText)},
	}
}

func (s *Server) listReferrals(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, f := range s.data.Referrals {
		list = append(list, s.referralJSON(f))
	}
	succeed(w, kit.Object{{Name: "referrals", Value: list}})
}

func (s *Server) referral(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.data.Referrals, func(f Referral) bool { return f.ID == r.PathValue("id") })
	if i < 0 {
		s.notFound(w)
		return
	}
	succeed(w, kit.Object{{Name: "referral", Value: s.referralJSON(s.data.Referrals[i])}})
}

// latestJobs is how many the list shows.
const latestJobs = 50

func jobJSON(j Job) kit.Object {
	return kit.Object{
		{Name: "_id", Value: j.ID}, {Name: "status", Value: j.Status}, {Name: "errors", Value: j.Errors}, {Name: "created", Value: phpDate(j.CreatedAt)},
	}
}

func (s *Server) listJobs(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, j := range s.data.Jobs[:min(latestJobs, len(s.data.Jobs))] {
		list = append(list, jobJSON(j))
	}
	succeed(w, kit.Object{{Name: "jobs", Value: list}})
}

func (s *Server) job(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.data.Jobs, func(j Job) bool { return j.ID == r.PathValue("id") })
	if i < 0 {
		s.notFound(w)
		return
	}
	succeed(w, kit.Object{{Name: "job", Value: jobJSON(s.data.Jobs[i])}})
}
