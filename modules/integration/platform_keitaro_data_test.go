package integration

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// keitaroData says what the unified API is to show of a tracker, by the documents alone.
// Amounts of logs are in the currency of the configuration, USD.
type keitaroData struct {
	keitaro.Data
	campaigns map[int64]keitaro.Campaign
	clicks    map[int64]keitaro.Click
	of        map[int64][]keitaro.Conversion // of a click
	labels    map[string]string              // of a campaign's source
}

func newKeitaroData(server *keitaro.Server) *keitaroData {
	d := &keitaroData{
		Data: server.Data(), campaigns: map[int64]keitaro.Campaign{}, clicks: map[int64]keitaro.Click{},
		of: map[int64][]keitaro.Conversion{}, labels: map[string]string{},
	}
	for _, c := range d.Campaigns {
		d.campaigns[c.ID] = c
	}
	for _, c := range d.Clicks {
		d.clicks[c.ID] = c
	}
	for _, v := range d.Conversions {
		d.of[v.ClickID] = append(d.of[v.ClickID], v)
	}
	for _, l := range d.Labels {
		if l.RefName == "source" {
			for _, item := range l.Items {
				d.labels[fmt.Sprint(l.CampaignID, " ", item)] = l.Name
			}
		}
	}
	return d
}

// usd is an amount of a log.
func usd(m keitaro.Money) object { return money(int64(m), 4, "USD") }

// listed are the expected objects of one state, deleted or not.
func listed[T any](all []T, state func(T) keitaro.State, deleted bool, expect func(T) object) (list []object) {
	for _, v := range all {
		if (state(v) == keitaro.Deleted) == deleted {
			list = append(list, expect(v))
		}
	}
	return list
}

func keitaroObject(id int64, state keitaro.State, created, updated time.Time, members object) object {
	members["state"], members["native_state"] = string(state), string(state)
	members["created_at"], members["updated_at"] = at(created), at(updated)
	return identified("keitaro", fmt.Sprint(id), members)
}

func (d *keitaroData) network(n keitaro.Network) object {
	return keitaroObject(n.ID, n.State, n.CreatedAt, n.UpdatedAt, object{
		"name": n.Name, "postback_url": given(n.PostbackURL), "template": given(n.Template),
	})
}

func (d *keitaroData) campaign(c keitaro.Campaign) object {
	return keitaroObject(c.ID, c.State, time.Time{}, c.UpdatedAt, object{
		"name": c.Name, "alias": c.Alias, "rotation": c.Type, "native_rotation": c.Type, "position": c.Position,
		"cost":                 object{"model": c.CostType, "value": money(int64(c.CostValue), 4, c.CostCurrency), "auto": c.CostAuto},
		"uniqueness_ttl_hours": c.CookiesTTL, "bind_visitors": given(c.BindVisitors),
		"group_id": ref("keitaro", c.GroupID), "traffic_source_id": ref("keitaro", c.TrafficSourceID),
	})
}

func (d *keitaroData) stream(t keitaro.Stream) object {
	match := map[bool]string{true: "any", false: "all"}
	o := keitaroObject(t.ID, t.State, time.Time{}, t.UpdatedAt, object{
		"campaign_id": ref("keitaro", t.CampaignID), "name": t.Name, "type": t.Type, "native_type": t.Type,
		"position": t.Position, "weight": t.Chance, "schema": t.Schema, "collect_clicks": t.CollectClicks,
		"match": match[t.FilterOr], "native_match": strconv.FormatBool(t.FilterOr), "comments": given(t.Comments),
		"action":   object{"type": t.ActionType, "payload": t.ActionPayload, "options": natively(t.ActionOptions)},
		"landings": shares(t.Landings, "landing_page_id"), "offers": shares(t.Offers, "offer_id"),
	})
	if t.Schema == "landings" && len(t.Filters)+len(t.Triggers) == 0 {
		return o // the tracker does not tell
	}
	mode := map[string]string{"accept": "accept", "allow": "accept", "reject": "reject"}
	filters, triggers := []any{}, []any{}
	for _, f := range t.Filters {
		filters = append(filters, object{"id": fmt.Sprint(f.ID), "name": f.Name, "mode": mode[f.Mode], "native_mode": f.Mode, "payload": natively(f.Payload)})
	}
	for _, g := range t.Triggers {
		triggers = append(triggers, object{
			"id": fmt.Sprint(g.ID), "condition": g.Condition, "target": g.Target, "pattern": given(g.Pattern), "action": g.Action,
			"interval": g.Interval, "alternative_urls": strings.Split(g.AlternativeURLs, "\n"), "reverse": g.Reverse, "scan_page": false,
		})
	}
	o["filters"], o["triggers"] = filters, triggers
	return o
}

func shares(list []keitaro.Share, target string) []any {
	out := []any{}
	for _, h := range list {
		out = append(out, object{
			"id": fmt.Sprint(h.ID), target: ref("keitaro", h.TargetID), "share": h.Percent, "state": string(h.State), "native_state": string(h.State),
			"created_at": at(h.CreatedAt), "updated_at": at(h.UpdatedAt),
		})
	}
	return out
}

func (d *keitaroData) offer(o keitaro.Offer) object {
	currency := o.PayoutCurrency
	if currency == "" {
		currency = "USD" // the tracker's, by the configuration
	}
	var network, countries any
	if i := slices.IndexFunc(d.Networks, func(n keitaro.Network) bool { return n.ID == o.NetworkID }); i >= 0 {
		network = d.Networks[i].Name
	}
	if o.Countries != nil {
		countries = o.Countries
	}
	return keitaroObject(o.ID, o.State, o.CreatedAt, o.UpdatedAt, object{
		"name": o.Name, "url": o.URL, "group_id": ref("keitaro", o.GroupID), "network_id": ref("keitaro", o.NetworkID), "network_name": network,
		"payout":  object{"model": given(o.PayoutType), "amount": money(int64(o.Payout), 4, currency), "auto": o.PayoutAuto, "upsell": o.PayoutUpsell},
		"country": countries, "notes": given(o.Notes),
	})
}

func (d *keitaroData) landingPage(l keitaro.LandingPage) object {
	return keitaroObject(l.ID, l.State, l.CreatedAt, l.UpdatedAt, object{
		"name": l.Name, "type": l.Type, "group_id": ref("keitaro", l.GroupID), "notes": given(l.Notes),
		"action": object{"type": l.ActionType, "payload": l.ActionPayload, "options": []any{}},
	})
}

// trafficSource has its parameters as an object in whichever form they come; no
// parameters are an empty one.
func (d *keitaroData) trafficSource(s keitaro.TrafficSource) object {
	parameters := object{}
	for _, p := range s.Parameters {
		parameters[p.Name] = object{"name": p.Name, "placeholder": p.Placeholder}
	}
	return keitaroObject(s.ID, s.State, s.CreatedAt, s.UpdatedAt, object{
		"name": s.Name, "postback_url": given(s.PostbackURL), "postback_statuses": s.PostbackStatuses, "template": given(s.Template),
		"parameters": parameters, "accept_parameters": s.AcceptParameters, "traffic_loss": decimal(s.TrafficLoss, 2),
	})
}

func (d *keitaroData) group(g keitaro.Group) object {
	return identified("keitaro", fmt.Sprint(g.ID), object{"name": g.Name, "type": g.Type, "native_type": g.Type, "position": g.Position})
}

var (
	keitaroType   = map[string]any{keitaro.Lead: "lead", keitaro.Sale: "sale", keitaro.Rebill: "rebill", "": nil}
	keitaroStatus = map[string]any{keitaro.Lead: "pending", keitaro.Sale: "approved", keitaro.Rebill: "approved", keitaro.Rejected: "rejected", "": nil}
)

// kind is the type of a conversion: what is rejected is of the type that it was before.
func kind(v keitaro.Conversion) any {
	if v.Status == keitaro.Rejected {
		return keitaroType[v.PreviousStatus]
	}
	return keitaroType[v.Status]
}

func (d *keitaroData) conversion(v keitaro.Conversion) object {
	c := d.clicks[v.ClickID]
	return identified("keitaro", fmt.Sprint(v.ID), object{
		"external_id": given(v.TID), "type": kind(v), "native_type": v.Status,
		"status": keitaroStatus[v.Status], "native_status": v.Status,
		"previous_status": keitaroStatus[v.PreviousStatus], "native_previous_status": given(v.PreviousStatus),
		"original":    object{"status": v.OriginalStatus},
		"occurred_at": at(v.PostbackAt), "clicked_at": at(c.At),
		"revenue": usd(v.Revenue), "cost": usd(c.Cost), "profit": usd(v.Revenue - c.Cost),
		"campaign_id": ref("keitaro", c.CampaignID), "stream_id": ref("keitaro", c.StreamID), "offer_id": ref("keitaro", c.OfferID),
		"landing_page_id": ref("keitaro", c.LandingID), "traffic_source_id": ref("keitaro", c.TrafficSourceID),
		"click_id": v.SubID, "country": c.CountryCode, "sub_ids": numbered(c.SubIDs),
		"client": object{"ips": []string{c.IP.String()}, "user_agents": []string{c.UserAgent}},
	})
}

func numbered(texts [10]string) object {
	o := object{}
	for i, text := range texts {
		o[strconv.Itoa(i+1)] = given(text)
	}
	return o
}

func (d *keitaroData) click(c keitaro.Click) object {
	var revenue keitaro.Money
	had := map[string]bool{}
	for _, v := range d.of[c.ID] {
		had[v.Status] = true
		if v.Status != keitaro.Rejected {
			revenue += v.Revenue
		}
	}
	return identified("keitaro", c.SubID, object{
		"click_id": c.SubID, "visitor_id": c.VisitorCode, "occurred_at": at(c.At), "landing_clicked_at": at(c.LandingClickedAt),
		"campaign_id": ref("keitaro", c.CampaignID), "parent_campaign_id": ref("keitaro", c.ParentCampaignID),
		"campaign_group_id": ref("keitaro", d.campaigns[c.CampaignID].GroupID), "stream_id": ref("keitaro", c.StreamID),
		"offer_id": ref("keitaro", c.OfferID), "landing_page_id": ref("keitaro", c.LandingID), "traffic_source_id": ref("keitaro", c.TrafficSourceID),
		"ip": c.IP.String(), "country": c.CountryCode, "region": given(c.Region), "city": given(c.City), "language": c.Language,
		"connection_type": given(c.ConnectionType), "isp": given(c.ISP), "operator": given(c.Operator), "user_agent": c.UserAgent,
		"device_type": c.DeviceType, "device_model": given(c.DeviceModel), "os": c.OS, "os_version": given(c.OSVersion),
		"browser": c.Browser, "browser_version": c.BrowserVersion, "referrer": given(c.Referrer), "source": given(c.Source),
		"search_engine": given(c.SearchEngine), "keyword": given(c.Keyword), "destination": given(c.Destination),
		"sub_ids": numbered(c.SubIDs), "extra_params": numbered(c.ExtraParams),
		"ad_campaign_id": given(c.AdCampaignID), "creative_id": given(c.CreativeID), "external_id": given(c.ExternalID),
		"unique": object{"campaign": c.UniqueCampaign, "stream": c.UniqueStream}, "bot": c.Bot, "proxy": c.Proxy,
		"lead": had[keitaro.Lead], "sale": had[keitaro.Sale], "rejected": had[keitaro.Rejected],
		"cost": usd(c.Cost), "revenue": usd(revenue), "profit": usd(revenue - c.Cost),
		"label": given(d.labels[fmt.Sprint(c.CampaignID, " ", c.Source)]),
	})
}

func each[T any](all []T, expect func(T) object) (list []object) {
	for _, v := range all {
		list = append(list, expect(v))
	}
	return list
}
