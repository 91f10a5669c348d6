package keitaro

import (
	"slices"
)

// costTypes are those of the newer specification; the document has the first
// three.
var costTypes = []string{"CPC", "CPUC", "CPM", "RevShare", "CPA", "CPS", "CPUV", "CPV"}

// costCurrencies are those of a campaign's costs.
var costCurrencies = []string{"EUR", "USD", "RUB", "UAH", "GBP"}

func (s *Server) fillCampaign(in *input, c *Campaign) {
	in.require("alias", "name")
	in.text("alias", &c.Alias)
	taken := slices.ContainsFunc(s.data.Campaigns, func(other Campaign) bool {
		return other.Alias == c.Alias && other.ID != c.ID // an archived one may come back
	})
	if taken {
		in.refuse("alias", isTaken)
	}
	in.text("name", &c.Name)
	in.word("type", &c.Type, "position", "weight")
	in.count("cookies_ttl", &c.CookiesTTL)
	in.count("position", &c.Position)
	in.state(&c.State)
	in.word("cost_type", &c.CostType, costTypes...)
	in.money("cost_value", &c.CostValue)
	in.word("cost_currency", &c.CostCurrency, costCurrencies...)
	in.flag("cost_auto", &c.CostAuto)
	in.reference("group_id", &c.GroupID, s.isGroup("campaigns"))
	in.wordOrNull("bind_visitors", &c.BindVisitors, "s", "sl", "slo")
	in.reference("traffic_source_id", &c.TrafficSourceID, func(id int64) bool { return isLive(s.byID.sources, id) })
	in.text("token", &c.Token)
}

// completeCampaign makes up an alias and a token where there are none.
func (s *Server) completeCampaign(c *Campaign) {
	for c.Alias == "" || slices.ContainsFunc(s.data.Campaigns, func(other Campaign) bool {
		return other.Alias == c.Alias && other.ID != c.ID
	}) {
		c.Alias = s.random.Text(aliasLetters, 6)
	}
	if c.Token == "" {
		c.Token = s.random.Hex(39)
	}
}

// cloneStreams gives a cloned campaign copies of the streams of its source.
func (s *Server) cloneStreams(from, to int64) {
	for _, t := range s.streamsOf(from) {
		s.copyStream(t, to)
	}
}

// isLive reports whether there is such an entity that is not archived.
func isLive[E stateful](by map[int64]*E, id int64) bool {
	e, found := by[id]
	return found && live(*e)
}

// isGroup returns a test for the ids of groups of a type.
func (s *Server) isGroup(kind string) func(int64) bool {
	return func(id int64) bool {
		g := s.byID.groups[id]
		return g != nil && g.Type == kind
	}
}
