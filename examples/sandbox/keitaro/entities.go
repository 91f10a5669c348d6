package keitaro

import (
	"cmp"
	"net/http"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// wall is how the platform writes instants: local, without an offset.
const wall = "2006-01-02 15:04:05"

// stamp writes an instant of an entity, null if there is none. Entities carry
// UTC, as the samples with a time zone say.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(wall)
}

// phpTime writes an instant as PHP serialises a DateTime object.
func phpTime(t time.Time) kit.Object {
	return kit.Object{
		{Name: "date", Value: t.UTC().Format(wall + ".000000")},
		{Name: "timezone_type", Value: 3},
		{Name: "timezone", Value: "UTC"},
	}
}

// ref writes the id of another entity, null for none.
func ref(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// text writes a text, null for none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func networkJSON(n *Network) kit.Object {
	return kit.Object{
		{Name: "created_at", Value: stamp(n.CreatedAt)},
		{Name: "id", Value: n.ID},
		{Name: "name", Value: n.Name},
		{Name: "postback_url", Value: n.PostbackURL},
		{Name: "state", Value: string(n.State)},
		{Name: "template_name", Value: n.Template},
		{Name: "updated_at", Value: stamp(n.UpdatedAt)},
	}
}

func campaignJSON(c *Campaign) kit.Object {
	return kit.Object{
		{Name: "id", Value: c.ID},
		{Name: "alias", Value: c.Alias},
		{Name: "name", Value: c.Name},
		{Name: "type", Value: c.Type},
		{Name: "cookies_ttl", Value: c.CookiesTTL},
		{Name: "position", Value: c.Position},
		{Name: "state", Value: string(c.State)},
		{Name: "updated_at", Value: stamp(c.UpdatedAt)},
		{Name: "cost_type", Value: c.CostType},
		{Name: "cost_value", Value: c.CostValue.String()},
		{Name: "cost_currency", Value: c.CostCurrency},
		{Name: "group_id", Value: ref(c.GroupID)},
		{Name: "bind_visitors", Value: text(c.BindVisitors)},
		{Name: "traffic_source_id", Value: ref(c.TrafficSourceID)},
		{Name: "token", Value: c.Token},
		{Name: "cost_auto", Value: c.CostAuto},
	}
}

// offerJSON writes an offer: it alone has its times as PHP objects, and carries
// its network's name.
func (s *Server) offerJSON(o *Offer) kit.Object {
	var network, countries any
	if n := s.byID.networks[o.NetworkID]; n != nil {
		network = n.Name
	}
	if o.Countries != nil {
		countries = o.Countries
	}
	return kit.Object{
		{Name: "id", Value: o.ID},
		{Name: "name", Value: o.Name},
		{Name: "group_id", Value: ref(o.GroupID)},
		{Name: "url", Value: o.URL},
		{Name: "affiliate_network_id", Value: ref(o.NetworkID)},
		{Name: "payout_value", Value: o.Payout.String()},
		{Name: "payout_currency", Value: text(o.PayoutCurrency)},
		{Name: "payout_type", Value: text(o.PayoutType)},
		{Name: "state", Value: string(o.State)},
		{Name: "created_at", Value: phpTime(o.CreatedAt)},
		{Name: "updated_at", Value: phpTime(o.UpdatedAt)},
		{Name: "payout_auto", Value: o.PayoutAuto},
		{Name: "payout_upsell", Value: o.PayoutUpsell},
		{Name: "country", Value: countries},
		{Name: "notes", Value: text(o.Notes)},
		{Name: "affiliate_network", Value: network},
	}
}

func landingPageJSON(l *LandingPage) kit.Object {
	options := l.ActionOptions
	if options == nil {
		options = kit.Array{}
	}
	return kit.Object{
		{Name: "id", Value: l.ID},
		{Name: "name", Value: l.Name},
		{Name: "landing_type", Value: l.Type},
		{Name: "action_type", Value: l.ActionType},
		{Name: "action_payload", Value: l.ActionPayload},
		{Name: "action_options", Value: options},
		{Name: "group_id", Value: ref(l.GroupID)},
		{Name: "notes", Value: text(l.Notes)},
		{Name: "state", Value: string(l.State)},
		{Name: "created_at", Value: stamp(l.CreatedAt)},
		{Name: "updated_at", Value: stamp(l.UpdatedAt)},
	}
}

func trafficSourceJSON(t *TrafficSource) kit.Object {
	return kit.Object{
		{Name: "id", Value: t.ID},
		{Name: "name", Value: t.Name},
		{Name: "postback_url", Value: t.PostbackURL},
		{Name: "postback_statuses", Value: t.PostbackStatuses},
		{Name: "template_name", Value: t.Template},
		{Name: "accept_parameters", Value: t.AcceptParameters},
		{Name: "parameters", Value: parametersJSON(t)},
		{Name: "traffic_loss", Value: kit.Decimal{Units: t.TrafficLoss, Scale: 2}.String()},
		{Name: "state", Value: string(t.State)},
		{Name: "created_at", Value: stamp(t.CreatedAt)},
		{Name: "updated_at", Value: stamp(t.UpdatedAt)},
	}
}

func parametersJSON(t *TrafficSource) any {
	o := make(kit.Object, 0, len(t.Parameters))
	for _, p := range t.Parameters {
		o = append(o, kit.Member{Name: cmp.Or(p.Key, p.Name), Value: kit.Object{
			{Name: "name", Value: p.Name}, {Name: "placeholder", Value: p.Placeholder},
		}})
	}
	v := kit.EmptyAsList(o)
	for range t.ParameterForm {
		v = string(kit.PHP.Append(nil, v))
	}
	return v
}

func groupJSON(g *Group) kit.Object {
	return kit.Object{
		{Name: "id", Value: g.ID},
		{Name: "name", Value: g.Name},
		{Name: "position", Value: g.Position},
		{Name: "type", Value: g.Type},
	}
}

// groups lists the groups of one type, which the document's URL always names.
func (s *Server) groups(w http.ResponseWriter, r *http.Request) {
	kind := r.URL.Query().Get("type")
	switch kind {
	case "campaigns", "offers", "landings":
	default:
		if kind != "" || !s.config.GroupsWithoutType {
			var bad invalid
			bad.add("type", "Must be one of campaigns, offers, landings")
			bad.write(w)
			return
		}
	}
	rows := kit.Array{}
	for _, g := range s.data.Groups {
		if kind == "" || g.Type == kind {
			rows = append(rows, groupJSON(&g))
		}
	}
	kit.PHP.Write(w, http.StatusOK, rows)
}
