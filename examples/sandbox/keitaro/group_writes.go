package keitaro

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func (s *Server) createGroup(_ *http.Request, in *input) answer {
	in.creating = true
	var g Group
	fillGroup(in, &g)
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	if s.config.NextGroupPosition {
		g.Position = 1
		for _, other := range s.data.Groups {
			if other.Type == g.Type {
				g.Position = max(g.Position, other.Position+1)
			}
		}
	}
	g.ID = next(&s.last.group)
	s.keepGroups(append(slices.Clone(s.data.Groups), g))
	return ok(textID(groupJSON(&g)))
}

// updateGroup answers with the group's size, as text.
func (s *Server) updateGroup(r *http.Request, in *input) answer {
	old := s.byID.groups[pathID(r)]
	if old == nil {
		return missing(noEntity)
	}
	g := *old
	fillGroup(in, &g)
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	groups := slices.Clone(s.data.Groups)
	groups[slices.IndexFunc(groups, func(e Group) bool { return e.ID == g.ID })] = g
	s.keepGroups(groups)
	return ok(append(groupJSON(&g), kit.Member{Name: "count", Value: strconv.Itoa(s.groupSize(g.ID))}))
}

// deleteGroup answers with nothing. What was in the group is in none after it.
func (s *Server) deleteGroup(r *http.Request, _ *input) answer {
	id := pathID(r)
	if s.byID.groups[id] == nil {
		return missing(noEntity)
	}
	s.keepGroups(slices.DeleteFunc(slices.Clone(s.data.Groups), func(g Group) bool { return g.ID == id }))
	leave := func(group *int64) {
		if *group == id {
			*group = 0
		}
	}
	s.campaignKind().change(s, func(c *Campaign) { leave(&c.GroupID) })
	s.offerKind().change(s, func(o *Offer) { leave(&o.GroupID) })
	s.landingPageKind().change(s, func(l *LandingPage) { leave(&l.GroupID) })
	return ok(nil)
}

func fillGroup(in *input, g *Group) {
	in.require("name", "position", "type")
	in.text("name", &g.Name)
	in.count("position", &g.Position)
	in.word("type", &g.Type, "campaigns", "offers", "landings")
}

func (s *Server) keepGroups(groups []Group) {
	s.data.Groups = groups
	s.byID.groups = by(groups, func(g *Group) int64 { return g.ID })
}

// groupSize counts what is in a group and not archived.
func (s *Server) groupSize(id int64) int {
	n := 0
	for _, c := range s.data.Campaigns {
		n += digit(c.GroupID == id && live(c))
	}
	for _, o := range s.data.Offers {
		n += digit(o.GroupID == id && live(o))
	}
	for _, l := range s.data.LandingPages {
		n += digit(l.GroupID == id && live(l))
	}
	return n
}
