package keitaro

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func fillNetwork(in *input, n *Network) {
	in.require("name")
	in.text("name", &n.Name)
	in.text("postback_url", &n.PostbackURL)
	in.text("template_name", &n.Template)
	in.state(&n.State)
}

func (s *Server) fillOffer(in *input, o *Offer) {
	in.require("name", "url")
	in.text("name", &o.Name)
	in.reference("group_id", &o.GroupID, s.isGroup("offers"))
	in.text("url", &o.URL)
	in.reference("affiliate_network_id", &o.NetworkID, func(id int64) bool { return isLive(s.byID.networks, id) })
	in.money("payout_value", &o.Payout)
	in.wordOrNull("payout_currency", &o.PayoutCurrency, costCurrencies...)
	in.wordOrNull("payout_type", &o.PayoutType, "CPA", "CPC")
	in.state(&o.State)
	in.flag("payout_auto", &o.PayoutAuto)
	in.flag("payout_upsell", &o.PayoutUpsell)
	in.countries("country", &o.Countries)
	in.text("notes", &o.Notes)
}

// countries takes a code, a list of codes, or null for none.
func (in *input) countries(name string, into *[]string) {
	if code, isText := in.tree[name].(string); isText {
		*into = nil
		if code != "" {
			*into = []string{code}
		}
		return
	}
	in.texts(name, into, func(code string) bool { return code != "" })
}

// createdOffer answers a new offer as the sample does: what was given, when it
// was made, the id as text, and the names of its group and its network.
func (s *Server) createdOffer(in *input, entity kit.Object) any {
	var kept kit.Object
	var group any = "No group"
	for _, m := range entity {
		switch m.Name {
		case "created_at", "updated_at", "state", "id", "affiliate_network":
			kept = append(kept, m)
			continue
		case "group_id":
			if id, isID := m.Value.(int64); isID {
				group = s.byID.groups[id].Name
			}
		}
		if _, given := in.given(m.Name); given {
			kept = append(kept, m)
		}
	}
	return append(textID(kept), kit.Member{Name: "group", Value: group})
}

func (s *Server) fillLandingPage(in *input, l *LandingPage) {
	in.require("name")
	in.text("name", &l.Name)
	in.word("landing_type", &l.Type, "local", "external", "preloaded")
	in.word("action_type", &l.ActionType, keysOf(streamActions)...)
	in.text("action_payload", &l.ActionPayload)
	in.value("action_options", &l.ActionOptions)
	in.reference("group_id", &l.GroupID, s.isGroup("landings"))
	in.text("notes", &l.Notes)
	in.state(&l.State)
}

func fillTrafficSource(in *input, t *TrafficSource) {
	in.require("name")
	in.text("name", &t.Name)
	in.text("postback_url", &t.PostbackURL)
	in.texts("postback_statuses", &t.PostbackStatuses, func(status string) bool {
		return slices.Contains([]string{Lead, Sale, Rejected, Rebill}, status)
	})
	if t.PostbackStatuses == nil {
		t.PostbackStatuses = []string{}
	}
	in.text("template_name", &t.Template)
	in.parameters(t)
	in.flag("accept_parameters", &t.AcceptParameters)
	if v, there := in.given("traffic_loss"); there {
		loss, _ := scalar(v)
		percent, valid := fixed(loss, 2)
		if !valid || percent > 100_00 {
			in.refuse("traffic_loss", "Must be a percentage")
		} else {
			t.TrafficLoss = percent
		}
	}
	in.state(&t.State)
}

// parameters takes the parameters of a traffic source in any of their forms,
// and keeps the form.
func (in *input) parameters(t *TrafficSource) {
	const name = "parameters"
	v, there := in.given(name)
	if !there {
		return
	}
	form := ParametersObject
	for text, isText := v.(string); isText && form < ParametersTextTwice; text, isText = v.(string) {
		form++
		if v = nil; json.Unmarshal([]byte(text), &v) != nil {
			in.refuse(name, "Must be JSON")
			return
		}
	}
	if list, isList := v.([]any); isList && len(list) == 0 {
		v = map[string]any{} // an empty map, as PHP writes it
	}
	of, isObject := v.(map[string]any)
	if v != nil && !isObject {
		in.refuse(name, "Must be an object")
		return
	}
	var list []Parameter
	for _, key := range slices.Sorted(maps.Keys(of)) {
		tree, isObject := of[key].(map[string]any)
		if !isObject {
			in.refuse(name, "Must be an object of objects")
			return
		}
		part, p := &input{tree: tree}, Parameter{Name: key, Key: key}
		part.text("name", &p.Name)
		part.text("placeholder", &p.Placeholder)
		if len(part.bad) > 0 {
			in.refuse(name, "Must have names and placeholders")
			return
		}
		if p.Key == p.Name {
			p.Key = ""
		}
		list = append(list, p)
	}
	t.Parameters, t.ParameterForm = list, form
}

// keysOf are the values of a fixed list.
func keysOf(rows []kit.Object) []string {
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i], _ = row[0].Value.(string)
	}
	return keys
}
