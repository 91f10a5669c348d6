package trackier

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// hit is a conversion with its click.
type hit struct {
	s *Server
	v *Conversion
	c *Click
}

// conversionColumns are the columns of conversions, in the order they are
// written, with the labels of `columns`.
var conversionColumns = []struct {
	name, label string
	value       func(hit) any
}{
	{"_id", "ID", func(h hit) any { return h.v.ID }},
	{"created", "Created", func(h hit) any { return h.v.At.In(h.s.config.Zone).Format(wall) }},
	{"cid", "Click ID", func(h hit) any { return h.v.ClickID }},
	{"campaign_id", "Campaign ID", func(h hit) any { return h.v.CampaignID }},
	{"campaign_name", "Campaign Name", func(h hit) any { return h.s.titleOf(h.v.CampaignID) }},
	{"publisher_id", "Publisher ID", func(h hit) any { return h.v.AffiliateID }},
	{"source", "Source", func(h hit) any { return h.c.Source }},
	{"method", "Method", func(h hit) any { return h.v.Method }},
	{"currency", "Currency", func(h hit) any { return h.v.Currency }},
	{"revenue", "Revenue", func(h hit) any { return h.v.Revenue.Number() }},
	{"payout", "Payout", func(h hit) any { return h.v.Payout.Number() }},
	{"sale", "Sale Amount", func(h hit) any { return h.v.Sale.Number() }},
	{"status", "Status", func(h hit) any { return h.v.Status }},
	{"txnId", "Transaction ID", func(h hit) any { return h.v.TxnID }},
	{"clickIp", "Click IP", func(h hit) any { return address(h.c.IP) }},
	{"country", "Country", func(h hit) any { return h.c.Country }},
	{"device", "Device", func(h hit) any { return h.c.Device }},
	{"os", "OS", func(h hit) any { return text(h.c.OS) }},
	{"p1", "P1", func(h hit) any { return h.c.P1 }},
	{"p2", "P2", func(h hit) any { return h.c.P2 }},
	{"p3", "P3", noSub},
	{"p4", "P4", noSub},
	{"p5", "P5", noSub},
	{"p6", "P6", noSub},
	{"p7", "P7", noSub},
	{"p8", "P8", noSub},
	{"p9", "P9", noSub},
	{"p10", "P10", noSub},
	{"referer", "Referer", func(h hit) any { return text(h.c.Referer) }},
}

// noSub is the value of a sub id that no click of the sandbox has.
func noSub(hit) any { return "" }

// address writes an address, or null.
func address(ip netip.Addr) any {
	if !ip.IsValid() {
		return nil
	}
	return ip.String()
}

// titleOf is the title of a campaign; empty if there is none.
func (s *Server) titleOf(campaign int64) string {
	if c := s.byID.campaigns[campaign]; c != nil {
		return c.Title
	}
	return ""
}

// value is the value of a column, and whether there is such a column.
func (h hit) value(name string) (any, bool) {
	for _, column := range conversionColumns {
		if column.name == name {
			return column.value(h), true
		}
	}
	return nil, false
}

// conversionView is how a kind of key sees conversions.
type conversionView struct {
	limit  int
	list   bool                     // records are an array
	open   bool                     // start and end may be left out
	mine   func(hit) bool           // nil: all
	hidden []string                 // columns
	values map[string]func(hit) any // of columns that differ
}

func (v conversionView) shows(column string) bool { return !slices.Contains(v.hidden, column) }

// conversions lists the network's conversions, as an object keyed by their ids.
func (s *Server) conversions(w http.ResponseWriter, r *http.Request) {
	s.writeConversions(w, r, conversionView{limit: 500})
}

// writeConversions lists conversions, oldest first.
func (s *Server) writeConversions(w http.ResponseWriter, r *http.Request, view conversionView) {
	p := params{r: r}
	pages := p.paging(view.limit, 0)
	var span window
	if view.open {
		span = p.openWindow(s.lastWeek())
	} else {
		span = p.window(nil)
	}
	fields := p.list("fields")
	if view.list { // the sample of publishers separates by commas
		fields = strings.FieldsFunc(strings.Join(fields, ","), func(c rune) bool { return c == ',' })
	}
	for _, name := range fields {
		if _, ok := (hit{s, &Conversion{}, &Click{}}).value(name); !ok || !view.shows(name) {
			p.refuse("fields")
		}
	}
	match := s.conversionFilter(&p)
	if p.bad != "" {
		s.refuse(w, p.bad)
		return
	}
	var found []hit
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		h := hit{s, v, s.clickOf(v)}
		if span.covers(s.day(v.At)) && (view.mine == nil || view.mine(h)) && match(h) {
			found = append(found, h)
		}
	}
	columns := kit.Object{}
	shown := func(name string) bool { return view.shows(name) && (len(fields) == 0 || slices.Contains(fields, name)) }
	for _, column := range conversionColumns {
		if shown(column.name) {
			columns = append(columns, kit.Member{Name: column.name, Value: column.label})
		}
	}
	keyed, rows := kit.Object{}, kit.Array{}
	for _, h := range cut(found, pages) {
		record := kit.Object{}
		for _, column := range conversionColumns {
			value := column.value
			if other, ok := view.values[column.name]; ok {
				value = other
			}
			if shown(column.name) {
				record = append(record, kit.Member{Name: column.name, Value: value(h)})
			}
		}
		keyed, rows = append(keyed, kit.Member{Name: h.v.ID, Value: record}), append(rows, record)
	}
	records := kit.EmptyAsList(keyed)
	if view.list {
		records = rows
	}
	count := len(found)
	if s.config.CountIsPage {
		count = len(rows)
	}
	kit.PHP.Write(w, http.StatusOK, kit.Object{
		{Name: "success", Value: true},
		{Name: "query", Value: p.echo()},
		{Name: "limit", Value: pages.limit},
		{Name: "page", Value: pages.page},
		{Name: "columns", Value: columns},
		{Name: "records", Value: records},
		{Name: "count", Value: count},
	})
}

// conversionFilter reads adid[], pid[], cid, _id, and query[]=<name> with a
// parameter of that name for any column.
func (s *Server) conversionFilter(p *params) func(hit) bool {
	campaigns, affiliates := p.ids("adid", s.byID.campaignIDs), p.ids("pid", s.byID.affiliateIDs)
	values := p.r.URL.Query()
	type condition struct{ name, want string }
	var conditions []condition
	for _, name := range []string{"cid", "_id"} {
		if values.Get(name) != "" {
			conditions = append(conditions, condition{name, values.Get(name)})
		}
	}
	for _, name := range p.list("query") {
		if _, ok := (hit{s, &Conversion{}, &Click{}}).value(name); !ok || !values.Has(name) {
			p.refuse("query")
			continue
		}
		conditions = append(conditions, condition{name, values.Get(name)})
	}
	return func(h hit) bool {
		if !wants(campaigns, h.v.CampaignID) || !wants(affiliates, h.v.AffiliateID) {
			return false
		}
		return !slices.ContainsFunc(conditions, func(c condition) bool {
			switch c.name { // ids have two forms
			case "campaign_id":
				return s.byID.campaignIDs[c.want] != h.v.CampaignID
			case "publisher_id":
				return s.byID.affiliateIDs[c.want] != h.v.AffiliateID
			}
			v, _ := h.value(c.name)
			return plain(v) != c.want
		})
	}
}

// plain is a value as the text that a query string has for it.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	return string(kit.Plain.Append(nil, v))
}

// day is the network's day of an instant.
func (s *Server) day(t time.Time) string { return t.In(s.config.Zone).Format(time.DateOnly) }
