package keitaro

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// row is a click as a log or a report sees it, with its conversion in the
// conversion log.
type row struct {
	s    *Server
	c    *Click
	v    *Conversion // nil but in the conversion log
	zone *time.Location
}

// at is the row's own time.
func (r row) at() time.Time {
	if r.v != nil {
		return r.v.PostbackAt.In(r.zone)
	}
	return r.c.At.In(r.zone)
}

func (r row) stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(r.zone).Format(wall)
}

// column computes a value: nil, string, int64, bool or kit.Decimal.
type column func(row) any

// clickColumns are all columns of the document.
var clickColumns = numbered(map[string]column{
	"click_id":           func(r row) any { return r.c.ID },
	"sub_id":             func(r row) any { return r.c.SubID },
	"visitor_code":       func(r row) any { return r.c.VisitorCode },
	"campaign_id":        func(r row) any { return r.c.CampaignID },
	"campaign_group_id":  func(r row) any { return ref(r.s.byID.campaigns[r.c.CampaignID].GroupID) },
	"parent_campaign_id": func(r row) any { return ref(r.c.ParentCampaignID) },
	"landing_id":         func(r row) any { return ref(r.c.LandingID) },
	"offer_id":           func(r row) any { return ref(r.c.OfferID) },
	"ts_id":              func(r row) any { return ref(r.c.TrafficSourceID) },
	"stream_id":          func(r row) any { return r.c.StreamID },
	"language_id":        func(r row) any { return r.c.LanguageID },
	"device_type_id":     func(r row) any { return r.c.DeviceTypeID },

	"campaign": func(r row) any { return r.s.byID.campaigns[r.c.CampaignID].Name },
	"campaign_group": func(r row) any {
		return name(r.s.byID.groups, r.s.byID.campaigns[r.c.CampaignID].GroupID, func(g *Group) string { return g.Name })
	},
	"parent_campaign": func(r row) any {
		return name(r.s.byID.campaigns, r.c.ParentCampaignID, func(c *Campaign) string { return c.Name })
	},
	"landing": func(r row) any {
		return name(r.s.byID.landings, r.c.LandingID, func(l *LandingPage) string { return l.Name })
	},
	"landing_clicked_datetime": func(r row) any { return r.stamp(r.c.LandingClickedAt) },
	"landing_clicked_period": func(r row) any {
		if r.c.LandingClickedAt.IsZero() {
			return nil
		}
		return int64(r.c.LandingClickedAt.Sub(r.c.At) / time.Second)
	},
	"offer": func(r row) any {
		return name(r.s.byID.offers, r.c.OfferID, func(o *Offer) string { return o.Name })
	},
	"ts": func(r row) any {
		return name(r.s.byID.sources, r.c.TrafficSourceID, func(t *TrafficSource) string { return t.Name })
	},
	"stream":          func(r row) any { return r.s.byID.streams[r.c.StreamID].Name },
	"language":        func(r row) any { return r.c.Language },
	"device_type":     func(r row) any { return r.c.DeviceType },
	"connection_type": func(r row) any { return text(r.c.ConnectionType) },
	"ip":              func(r row) any { return r.c.IP.String() },
	"country_code":    func(r row) any { return r.c.CountryCode },
	"country":         func(r row) any { return r.c.Country },
	"region":          func(r row) any { return text(r.c.Region) },
	"city":            func(r row) any { return text(r.c.City) },
	"user_agent":      func(r row) any { return r.c.UserAgent },
	"operator":        func(r row) any { return text(r.c.Operator) },
	"os":              func(r row) any { return r.c.OS },
	"os_version":      func(r row) any { return text(r.c.OSVersion) },
	"browser":         func(r row) any { return r.c.Browser },
	"browser_version": func(r row) any { return r.c.BrowserVersion },
	"device_model":    func(r row) any { return text(r.c.DeviceModel) },
	"isp":             func(r row) any { return text(r.c.ISP) },
	"source":          func(r row) any { return r.c.Source },
	"referrer":        func(r row) any { return r.c.Referrer },
	"search_engine":   func(r row) any { return text(r.c.SearchEngine) },
	"keyword":         func(r row) any { return r.c.Keyword },
	"destination":     func(r row) any { return r.c.Destination },
	"revenue":         func(r row) any { return r.revenue().Decimal() },
	"cost":            func(r row) any { return r.c.Cost.Decimal() },
	"profit":          func(r row) any { return (r.revenue() - r.c.Cost).Decimal() },
	"ad_campaign_id":  func(r row) any { return r.c.AdCampaignID },
	"external_id":     func(r row) any { return r.c.ExternalID },
	"creative_id":     func(r row) any { return r.c.CreativeID },

	"is_unique_stream":   func(r row) any { return r.c.UniqueStream },
	"is_unique_campaign": func(r row) any { return r.c.UniqueCampaign },
	"is_lead":            func(r row) any { return r.outcome().leads > 0 },
	"is_sale":            func(r row) any { return r.outcome().sales > 0 },
	"is_rejected":        func(r row) any { return r.outcome().rejected > 0 },
	"is_bot":             func(r row) any { return r.c.Bot },
	"is_using_proxy":     func(r row) any { return r.c.Proxy },

	"datetime": func(r row) any { return r.at().Format(wall) },
	"year":     func(r row) any { return int64(r.at().Year()) },
	"month":    func(r row) any { return r.at().Format("2006-01") },
	"week": func(r row) any {
		year, week := r.at().ISOWeek()
		return fmt.Sprintf("%d-%02d", year, week)
	},
	"weekday":  func(r row) any { return int64(r.at().Weekday()) }, // 0 is Sunday
	"day":      func(r row) any { return r.at().Format(time.DateOnly) },
	"hour":     func(r row) any { return int64(r.at().Hour()) },
	"day_hour": func(r row) any { return r.at().Format("2006-01-02 15:00") },

	"ip_mask1": func(r row) any { return mask(r.c.IP, 24, 48) },
	"ip_mask2": func(r row) any { return mask(r.c.IP, 16, 32) },
	"label":    func(r row) any { return r.label() },
})

// conversionColumns are those that the conversion log alone has.
var conversionColumns = map[string]column{
	"conversion_id":     func(r row) any { return r.v.ID },
	"click_datetime":    func(r row) any { return r.stamp(r.c.At) },
	"postback_datetime": func(r row) any { return r.stamp(r.v.PostbackAt) },
	"sale_datetime":     func(r row) any { return r.stamp(r.v.SaleAt) },
	"sale_period": func(r row) any { // seconds from the click to the sale
		if r.v.SaleAt.IsZero() {
			return nil
		}
		return int64(r.v.SaleAt.Sub(r.c.At) / time.Second)
	},
	"tid":             func(r row) any { return r.v.TID },
	"status":          func(r row) any { return r.v.Status },
	"previous_status": func(r row) any { return text(r.v.PreviousStatus) },
	"original_status": func(r row) any { return r.v.OriginalStatus },
	"params": func(r row) any { // as the query of the postback
		pairs := make([]string, len(r.v.Params))
		for i, p := range r.v.Params {
			pairs[i] = p.Name + "=" + p.Placeholder
		}
		return strings.Join(pairs, "&")
	},
}

// numbered adds the columns that are counted through.
func numbered(columns map[string]column) map[string]column {
	for i := range 10 {
		columns[fmt.Sprint("sub_id_", i+1)] = func(r row) any { return r.c.SubIDs[i] }
		columns[fmt.Sprint("extra_param_", i+1)] = func(r row) any { return r.c.ExtraParams[i] }
	}
	return columns
}

func isClickColumn(name string) bool { return clickColumns[name] != nil }

func isConversionColumn(name string) bool {
	return clickColumns[name] != nil || conversionColumns[name] != nil
}

// value is the row's value of a known column.
func (r row) value(name string) any {
	if c := clickColumns[name]; c != nil {
		return c(r)
	}
	return conversionColumns[name](r)
}

// name is the name of the entity of an id, null if there is none.
func name[E any](by map[int64]*E, id int64, of func(*E) string) any {
	if e := by[id]; e != nil {
		return of(e)
	}
	return nil
}

func (r row) outcome() outcome { return r.s.byID.outcomes[r.c.ID] }

// revenue is the conversion's own in the conversion log; a click's is that of
// its leads and sales.
func (r row) revenue() Money {
	if r.v != nil {
		return r.v.Revenue
	}
	o := r.outcome()
	return o.leadRevenue + o.saleRevenue
}

// mask hides the end of an address.
func mask(ip netip.Addr, bits4, bits6 int) string {
	bits := bits6
	if ip.Is4() {
		bits = bits4
	}
	p, err := ip.Prefix(bits)
	if err != nil { // bits always fit
		return ""
	}
	return p.Masked().Addr().String()
}

// label is how the click's source is labelled in its campaign.
func (r row) label() any {
	for _, l := range r.s.data.Labels {
		if l.CampaignID == r.c.CampaignID && l.RefName == "source" && slices.Contains(l.Items, r.c.Source) {
			return l.Name
		}
	}
	return nil
}

// hasLabel reports whether the row's value of a column is so labelled in the
// row's campaign.
func (r row) hasLabel(column, label string) bool {
	value := plain(r.value(column))
	return slices.ContainsFunc(r.s.data.Labels, func(l Label) bool {
		return l.CampaignID == r.c.CampaignID && l.RefName == column && l.Name == label && slices.Contains(l.Items, value)
	})
}

// passes reports whether the row satisfies the filters on columns.
func (r row) passes(filters []filter) bool {
	for _, f := range filters {
		if f.labelled() {
			if r.hasLabel(f.name, f.label) != (f.operator == "HAS_LABEL") {
				return false
			}
		} else if !f.match(r.value(f.name)) {
			return false
		}
	}
	return true
}
