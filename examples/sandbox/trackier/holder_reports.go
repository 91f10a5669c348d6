package trackier

import (
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The groupings that the reports of the other two keys offer, with the labels of
// their own documents.
var (
	publisherGroups = labels{
		{"adid", "Campaign"},
		{"campaign_id", "Campaign ID"},
		{"pid", "Publisher"},
		{"publisher_id", "Publisher ID"},
		{"source", "Source (Sub Publisher)"},
		{"device", "Device"},
		{"os", "Operating System"},
		{"country", "Country (GEO)"},
		{"created", "Date"},
		{"month", "Month"},
	}
	advertiserGroups = labels{
		{"adid", "Campaign"}, {"device", "Device"}, {"os", "Operating System"}, {"country", "Country"}, {"browser", "Browser"},
	}
)

// labels are names with what people read, in an order that stays.
type labels []struct{ name, label string }

func (l labels) of(name string) (string, bool) {
	i := slices.IndexFunc(l, func(e struct{ name, label string }) bool { return e.name == name })
	if i < 0 {
		return "", false
	}
	return l[i].label, true
}

func (l labels) names() []string {
	list := make([]string, len(l))
	for i, e := range l {
		list[i] = e.name
	}
	return list
}

func (l labels) json() kit.Object {
	o := kit.Object{}
	for _, e := range l {
		o = append(o, kit.Member{Name: e.name, Value: e.label})
	}
	return o
}

// today is the window of reports without start and end.
func (s *Server) today() window {
	day := s.day(s.config.Now())
	return window{day, day}
}

// holderReport is what both reports read: groups, days and campaigns. Without
// groups it is by campaign, without days of today.
type holderReport struct {
	groups []string
	scope  scope
	query  kit.Object
}

// readHolderReport reads the parameters; false if it refused them.
func (s *Server) readHolderReport(w http.ResponseWriter, r *http.Request, known labels) (holderReport, bool) {
	p := params{r: r}
	values := r.URL.Query()
	span := s.today()
	if v := values.Get("start"); v != "" {
		span.start = v
	}
	if v := values.Get("end"); v != "" {
		span.end = v
	}
	p.checkDays(span)
	h := holderReport{groups: p.list("group"), scope: scope{span: span, campaigns: p.ids("adid", s.byID.campaignIDs)}}
	if len(h.groups) == 0 {
		h.groups = []string{"adid"}
	}
	for _, name := range h.groups {
		if _, ok := known.of(name); !ok {
			p.refuse("group")
		}
	}
	if p.bad != "" {
		s.refuse(w, p.bad)
		return h, false
	}
	h.query = kit.Object{{Name: "start", Value: span.start}, {Name: "end", Value: span.end}, {Name: "group", Value: h.groups}}
	return h, true
}

// publisherReport answers with what the affiliate earned: no revenue in it.
func (s *Server) publisherReport(w http.ResponseWriter, r *http.Request) {
	h, ok := s.readHolderReport(w, r, publisherGroups)
	if !ok {
		return
	}
	h.scope.affiliates = map[int64]bool{s.publisherID: true}
	measured := func(t *tally) kit.Object {
		return kit.Object{
			{Name: "grossClicks", Value: t.clicks}, {Name: "totalConversions", Value: t.approved}, {Name: "payout", Value: t.payout.Number()},
		}
	}
	records, total, _ := s.tallies(h.scope, h.groups)
	rows := kit.Array{}
	for _, e := range records {
		row := kit.Object{}
		for i, name := range h.groups {
			row = append(row, kit.Member{Name: name, Value: e.keys[i]})
		}
		rows = append(rows, append(row, measured(&e.tally)...))
	}
	succeed(w, kit.Object{
		{Name: "records", Value: rows},
		{Name: "total", Value: measured(&total)},
		{Name: "ads", Value: kit.Array{}},
		{Name: "groupingMap", Value: publisherGroups.json()},
		{Name: "query", Value: append(h.query,
			kit.Member{Name: "pid", Value: []string{s.byID.affiliates[s.publisherID].ID}},
			kit.Member{Name: "fields", Value: []string{"grossClicks", "totalConversions", "payout"}})},
		{Name: "report_currency", Value: ReportCurrency},
		{Name: "fieldMap", Value: kit.Object{
			{Name: "grossClicks", Value: "Gross Clicks"}, {Name: "totalConversions", Value: "Conversions"}, {Name: "payout", Value: "Payout"},
		}},
	})
}

// advertiserReport names its columns by their labels, and leaves counts of zero
// out, as the sample does.
func (s *Server) advertiserReport(w http.ResponseWriter, r *http.Request) {
	h, ok := s.readHolderReport(w, r, advertiserGroups)
	if !ok {
		return
	}
	h.scope.campaigns = s.own(h.scope.campaigns)
	measured := func(t *tally) kit.Object {
		o := kit.Object{}
		if t.clicks > 0 {
			o = append(o, kit.Member{Name: "clicks", Value: t.clicks})
		}
		if t.approved > 0 {
			o = append(o, kit.Member{Name: "conversions", Value: t.approved})
		}
		return append(o, kit.Member{Name: "revenue", Value: t.revenue.Number()})
	}
	records, total, _ := s.tallies(h.scope, h.groups)
	rows := kit.Array{}
	for _, e := range records {
		row := measured(&e.tally)
		for i, name := range h.groups {
			label, _ := advertiserGroups.of(name)
			row = append(row, kit.Member{Name: label, Value: e.keys[i]})
		}
		rows = append(rows, row)
	}
	succeed(w, kit.Object{
		{Name: "ads", Value: kit.Array{}},
		{Name: "records", Value: rows},
		{Name: "groupingMap", Value: advertiserGroups.json()},
		{Name: "total", Value: measured(&total)},
		{Name: "query", Value: append(h.query, kit.Member{Name: "fields", Value: []string{"clicks", "conversions", "revenue"}})},
	})
}
