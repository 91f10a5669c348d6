package trackier

import (
	"net/http"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The groupings and measures of version 2 that the sandbox has data for. An
// unknown one is refused, one of the document without data here is too.
var (
	groups2 = labels{
		{"campaign_name", "Campaign"},
		{"campaign_id", "Campaign ID"},
		{"campaign_long_id", "Campaign Long ID"},
		{"campaign_status", "Campaign Status"},
		{"publisher", "Publisher"},
		{"publisher_id", "Publisher ID"},
		{"publisher_long_id", "Publisher Long ID"},
		{"advertiser", "Advertiser"},
		{"advertiser_id", "Advertiser ID"},
		{"source", "Source"},
		{"os", "OS"},
		{"country", "Country"},
		{"hour", "Hour"},
		{"created", "Date"},
		{"month", "Month"},
	}
	measures2 = labels{
		{"clicks", "Clicks"},
		{"grossClicks", "Gross Clicks"},
		{"uniqueClicks", "Unique Clicks"},
		{"approvedConversions", "Approved Conversions"},
		{"pendingConversions", "Pending Conversions"},
		{"cancelledConversions", "Cancelled Conversions"},
		{"rejectedConversions", "Rejected Conversions"},
		{"grossConversions", "Gross Conversions"},
		{"payout", "Payout"},
		{"revenue", "Revenue"},
		{"profit", "Profit"},
	}
)

// measure2 is the value of a measure of version 2.
func measure2(t *tally, name string) any {
	switch name {
	case "approvedConversions":
		return t.approved
	case "pendingConversions":
		return t.pending
	case "cancelledConversions":
		return t.cancelled
	case "rejectedConversions":
		return t.rejected
	case "grossConversions":
		return t.approved + t.pending + t.cancelled + t.rejected
	case "payout":
		return t.payout.Number()
	case "revenue":
		return t.revenue.Number()
	case "profit":
		return (t.revenue - t.payout).Number()
	}
	return t.clicks // no click of the sandbox repeats another
}

// firstGrouping names the groupings of version 1 that version 2 spells otherwise.
var firstGrouping = map[string]string{"campaign_name": "adid", "publisher": "pid"}

func (s *Server) publisherReport2(w http.ResponseWriter, r *http.Request) {
	s.report2(w, r, func(asked map[int64]bool) scope {
		return scope{campaigns: asked, affiliates: map[int64]bool{s.publisherID: true}}
	})
}

func (s *Server) advertiserReport2(w http.ResponseWriter, r *http.Request) {
	s.report2(w, r, func(asked map[int64]bool) scope { return scope{campaigns: s.own(asked)} })
}

// report2 answers with records by campaign, unless grouped otherwise, of today,
// unless days are given.
func (s *Server) report2(w http.ResponseWriter, r *http.Request, narrowed func(asked map[int64]bool) scope) {
	q := query2{params: params{r: r}}
	today := s.today()
	span := window{q.day("start", &today.start), q.day("end", &today.end)}
	groups, kpis := q.list("group"), q.list("kpi")
	q.oneOf("group", groups, groups2.names())
	q.oneOf("kpi", kpis, measures2.names())
	if len(groups) == 0 {
		groups = []string{"campaign_name", "campaign_id"}
	}
	if len(kpis) == 0 {
		kpis = []string{"clicks", "approvedConversions", "payout", "revenue", "profit"}
	}
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	c := narrowed(q.ids("camp_ids", s.byID.campaignIDs))
	c.span = span
	inner := make([]string, len(groups))
	for i, name := range groups {
		inner[i] = name
		if first, ok := firstGrouping[name]; ok {
			inner[i] = first
		}
	}
	records, _, _ := s.tallies(c, inner)
	rows := kit.Array{}
	for _, e := range records {
		row := kit.Object{}
		for i, name := range groups {
			row = append(row, kit.Member{Name: name, Value: e.keys[i]})
		}
		row = append(row, kit.Member{Name: "currency", Value: ReportCurrency})
		for _, name := range kpis {
			row = append(row, kit.Member{Name: name, Value: measure2(&e.tally, name)})
		}
		rows = append(rows, row)
	}
	send(w, kit.Object{{Name: "records", Value: rows}})
}

// reportsKPI tells what reports take.
func (s *Server) reportsKPI(w http.ResponseWriter, _ *http.Request) {
	send(w, kit.Object{
		{Name: "allowedGrouping", Value: groups2.names()},
		{Name: "allowedKpi", Value: measures2.names()},
		{Name: "groupingMap", Value: groups2.json()},
		{Name: "kpiMap", Value: measures2.json()},
	})
}
