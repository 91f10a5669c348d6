package trackier

import (
	"net/http"
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
		{Name: "image", Value: text(c.Image)},
		{Name: "app_name", Value: text(c.AppName)},
		{Name: "app_id", Value: text(c.AppID)},
		{Name: "expiry", Value: text(c.Expiry)},
		{Name: "vis", Value: c.Visibility},
		{Name: "live", Value: c.Active()},
		{Name: "blocked_pubs", Value: c.Blocked},
		{Name: "allowed_pubs", Value: c.Allowed},
		{Name: "meta", Value: kit.Array{}}, // an empty map
		{Name: "created", Value: s.date(c.CreatedAt, c.DateForm)},
		{Name: "modified", Value: s.modified(c.ModifiedAt)},
	}
}

// modified writes the day of a change, or null.
func (s *Server) modified(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return s.date(t, DateText)
}

// coverage writes countries as rates have them: none is all.
func coverage(countries []string) []string {
	if len(countries) == 0 {
		return []string{"ALL"}
	}
	return countries
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
		{Name: "coverage", Value: coverage(m.Countries)},
		{Name: "ad_id", Value: c.ID},
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
		if c := &s.data.Campaigns[i]; !c.Deleted && c.Active() == (active != "0") {
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

// campaignOf finds the campaign that the path names, or answers that there is
// none.
func (s *Server) campaignOf(w http.ResponseWriter, r *http.Request) *Campaign {
	id, ok := s.byID.campaignIDs[r.PathValue("id")]
	if !ok {
		s.notFound(w)
		return nil
	}
	return s.byID.campaigns[id]
}

func (s *Server) campaign(w http.ResponseWriter, r *http.Request) {
	c := s.campaignOf(w, r)
	if c == nil {
		return
	}
	succeed(w, kit.Object{{Name: "campaign", Value: s.campaignJSON(c)}, {Name: "commissions", Value: commissionList(c)}})
}
