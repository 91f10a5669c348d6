package trackier

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// fact is a click or a conversion as a report groups it.
type fact struct {
	s  *Server
	c  *Click
	at time.Time // of the conversion, or else the click, in the network's zone
}

// groupings are what group[] takes. Campaigns and affiliates come by name
// unless their ids are asked for: only adid and campaign_id are in the
// documents, the others follow the columns of clicks and conversions.
var groupings = map[string]struct {
	label string
	value func(fact) any
}{
	"adid":              {"Campaign", func(f fact) any { return f.s.byID.campaigns[f.c.CampaignID].Title }},
	"campaign_id":       {"Campaign ID", func(f fact) any { return f.c.CampaignID }},
	"campaign_long_id":  {"Campaign Long ID", func(f fact) any { return f.s.byID.campaigns[f.c.CampaignID].ID }},
	"campaign_status":   {"Campaign Status", func(f fact) any { return f.s.byID.campaigns[f.c.CampaignID].Status }},
	"publisher_long_id": {"Publisher Long ID", func(f fact) any { return f.s.byID.affiliates[f.c.AffiliateID].ID }},
	"pid":               {"Publisher", func(f fact) any { return f.s.byID.affiliates[f.c.AffiliateID].Name }},
	"publisher_id":      {"Publisher ID", func(f fact) any { return f.c.AffiliateID }},
	"advertiser_id":     {"Advertiser ID", func(f fact) any { return f.s.byID.campaigns[f.c.CampaignID].AdvertiserID }},
	"advertiser": {"Advertiser", func(f fact) any {
		return f.s.byID.advertisers[f.s.byID.campaigns[f.c.CampaignID].AdvertiserID].Name
	}},
	"country": {"Country", func(f fact) any { return f.c.Country }},
	"device":  {"Device", func(f fact) any { return f.c.Device }},
	"os":      {"OS", func(f fact) any { return text(f.c.OS) }},
	"browser": {"Browser", func(f fact) any { return text(f.c.Browser) }},
	"source":  {"Source", func(f fact) any { return f.c.Source }},
	"p1":      {"P1", func(f fact) any { return f.c.P1 }},
	"p2":      {"P2", func(f fact) any { return f.c.P2 }},
	"created": {"Date", func(f fact) any { return f.at.Format(time.DateOnly) }},
	"date":    {"Date", func(f fact) any { return f.at.Format(time.DateOnly) }},
	"month":   {"Month", func(f fact) any { return f.at.Format("2006-01") }},
	"hour":    {"Hour", func(f fact) any { return f.at.Hour() }},
}

// identity tells namesakes apart: what is shown by name is grouped by id.
var identity = map[string]string{"adid": "campaign_id", "pid": "publisher_id", "advertiser": "advertiser_id"}

// measures are the labels of `fieldMap`.
var measures = kit.Object{
	{Name: "grossClicks", Value: "Gross Clicks"},
	{Name: "approvedConversions", Value: "Approved Conversions"},
	{Name: "pendingConversions", Value: "Pending Conversions"},
	{Name: "cancelledConversions", Value: "Cancelled Conversions"},
	{Name: "rejectedConversions", Value: "Rejected Conversions"},
	{Name: "payout", Value: "Payout"},
	{Name: "revenue", Value: "Revenue"},
	{Name: "profit", Value: "Profit"},
}

func measuresJSON(t *tally) kit.Object {
	return kit.Object{
		{Name: "grossClicks", Value: t.clicks},
		{Name: "approvedConversions", Value: t.approved},
		{Name: "pendingConversions", Value: t.pending},
		{Name: "cancelledConversions", Value: t.cancelled},
		{Name: "rejectedConversions", Value: t.rejected},
		{Name: "payout", Value: t.payout.Number()},
		{Name: "revenue", Value: t.revenue.Number()},
		{Name: "profit", Value: (t.revenue - t.payout).Number()},
	}
}

// report answers customReport: clicks by their own day, conversions by theirs.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	c := scope{span: p.window(nil), campaigns: p.ids("adid", s.byID.campaignIDs), affiliates: p.ids("pid", s.byID.affiliateIDs)}
	groups, labels := p.list("group"), kit.Object{}
	for _, name := range groups {
		g, ok := groupings[name]
		if !ok {
			p.refuse("group")
		}
		labels = append(labels, kit.Member{Name: name, Value: g.label})
	}
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	records, total, seen := s.tallies(c, groups)
	rows := kit.Array{}
	for _, e := range records {
		row := kit.Object{}
		for i, name := range groups {
			row = append(row, kit.Member{Name: name, Value: e.keys[i]})
		}
		rows = append(rows, append(row, measuresJSON(&e.tally)...))
	}
	campaigns := kit.Object{}
	for _, id := range p.list("adid") {
		if k := s.byID.campaigns[s.byID.campaignIDs[id]]; k != nil {
			campaigns = append(campaigns, kit.Member{Name: k.ID, Value: k.Title})
		}
	}
	succeed(w, kit.Object{
		{Name: "records", Value: rows},
		{Name: "total", Value: measuresJSON(&total)},
		{Name: "affs", Value: s.affiliatesJSON(seen)},
		{Name: "ads", Value: kit.EmptyAsList(campaigns)},
		{Name: "groupingMap", Value: kit.EmptyAsList(labels)},
		{Name: "report_currency", Value: ReportCurrency},
		{Name: "query", Value: p.echo()},
		{Name: "fieldMap", Value: measures},
	})
}

// record is a row of a report.
type record struct {
	key   string
	keys  []any
	tally tally
}

// tallies groups what a scope wants, in an order that stays, and tells
// which affiliates occur. Without groups there is one record.
func (s *Server) tallies(c scope, groups []string) (records []*record, total tally, affiliates map[int64]bool) {
	byKey := map[string]*record{}
	affiliates = map[int64]bool{}
	if len(groups) == 0 {
		byKey[""] = &record{}
	}
	of := func(f fact) *tally {
		affiliates[f.c.AffiliateID] = true
		keys := make([]any, len(groups))
		var key strings.Builder
		for i, name := range groups {
			keys[i] = groupings[name].value(f)
			by := keys[i]
			if id, ok := identity[name]; ok {
				by = groupings[id].value(f)
			}
			key.Write(kit.Plain.Append(nil, by))
			key.WriteByte(',')
		}
		e := byKey[key.String()]
		if e == nil {
			e = &record{key: key.String(), keys: keys}
			byKey[e.key] = e
		}
		return &e.tally
	}
	for i := range s.data.Clicks {
		k := &s.data.Clicks[i]
		if c.wants(s.day(k.At), k.CampaignID, k.AffiliateID) {
			of(fact{s, k, k.At.In(s.config.Zone)}).addClick(k)
			total.addClick(k)
		}
	}
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		if c.wants(s.day(v.At), v.CampaignID, v.AffiliateID) {
			of(fact{s, s.clickOf(v), v.At.In(s.config.Zone)}).addConversion(v)
			total.addConversion(v)
		}
	}
	for _, e := range byKey {
		records = append(records, e)
	}
	slices.SortFunc(records, func(a, b *record) int { return strings.Compare(a.key, b.key) })
	return records, total, affiliates
}

func (s *Server) affiliatesJSON(seen map[int64]bool) kit.Array {
	list := kit.Array{}
	for _, a := range s.data.Affiliates {
		if seen[a.DisplayID] {
			list = append(list, kit.Object{
				{Name: "_id", Value: a.ID}, {Name: "display_id", Value: a.DisplayID}, {Name: "name", Value: a.Name},
			})
		}
	}
	return list
}
