package trackier

import (
	"net/http"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// capTypes are what a cap counts.
var capTypes = strings.Fields("conversion payout revenue click pendingPayout pendingRevenue approvedConv")

func capJSON(c *Campaign, l Cap) kit.Object {
	publishers, kind := l.Publishers, "group"
	if len(publishers) == 0 {
		publishers = []string{"ALL"}
	}
	if l.Each {
		kind = "each"
	}
	limit := func(n *int64) any {
		if n == nil {
			return nil
		}
		return *n
	}
	return kit.Object{
		{Name: "pub_id", Value: publishers[0]},
		{Name: "pids", Value: publishers},
		{Name: "ad_id", Value: c.ID},
		{Name: "type", Value: l.Type},
		{Name: "redirect", Value: kit.Object{{Name: "type", Value: "blank"}, {Name: "value", Value: ""}}},
		{Name: "geo", Value: coverage(l.Countries)},
		{Name: "id", Value: l.ID},
		{Name: "daily", Value: limit(l.Daily)},
		{Name: "monthly", Value: limit(l.Monthly)},
		{Name: "lifetime", Value: limit(l.Lifetime)},
		{Name: "pause_campaign", Value: binary(l.PauseCampaign)},
		{Name: "pub_cap_type", Value: kind},
	}
}

func (s *Server) capOf(w http.ResponseWriter, r *http.Request) (*Campaign, int, bool) {
	campaign := s.byID.campaignIDs[r.PathValue("id")]
	return partOf(s, w, r, s.data.Caps, func(l Cap, id string) bool { return l.ID == id && l.CampaignID == campaign })
}

func (s *Server) capsJSON(c *Campaign) kit.Array {
	list := kit.Array{}
	for _, l := range s.data.Caps {
		if l.CampaignID == c.DisplayID {
			list = append(list, capJSON(c, l))
		}
	}
	return list
}

// caps lists the caps of a campaign; a single one comes as a list too.
func (s *Server) caps(w http.ResponseWriter, r *http.Request) {
	c, i, ok := s.capOf(w, r)
	switch {
	case !ok:
	case i < 0:
		succeed(w, kit.Object{{Name: "caps", Value: s.capsJSON(c)}})
	default:
		succeed(w, kit.Object{{Name: "caps", Value: kit.Array{capJSON(c, s.data.Caps[i])}}})
	}
}

// createCaps adds several caps at once and answers with those.
func (s *Server) createCaps(w http.ResponseWriter, r *http.Request) {
	c := s.campaignOf(w, r)
	if c == nil {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("caps")
	added := []Cap{}
	for _, each := range b.objects("caps") {
		l := Cap{CampaignID: c.DisplayID}
		each.require("type")
		s.readCap(each, &l)
		added = append(added, l)
	}
	if len(added) == 0 {
		b.refuse("caps")
	}
	if s.refused(w, b) {
		return
	}
	list := kit.Array{}
	for _, l := range added {
		l.ID = s.newID()
		s.data.Caps = appended(s.data.Caps, l)
		list = append(list, capJSON(c, l))
	}
	announce(w, "CAP Added Successfully", kit.Object{{Name: "caps", Value: list}})
}

// readCap reads a cap; pub_id is the older form of pids.
func (s *Server) readCap(b body, l *Cap) {
	b.choice("type", &l.Type, capTypes...)
	var one string
	if b.text("pub_id", &one); one != "" && one != "ALL" {
		var id int64
		if b.ref("pub_id", s.byID.affiliateIDs, &id); id != 0 {
			l.Publishers = []string{s.byID.affiliates[id].ID}
		}
	}
	s.readPublishers(b, &l.Publishers)
	b.list("geo", &l.Countries)
	if len(l.Countries) == 1 && l.Countries[0] == "ALL" {
		l.Countries = nil
	}
	b.whole("daily", &l.Daily)
	b.whole("monthly", &l.Monthly)
	b.whole("lifetime", &l.Lifetime)
	b.flag("pc", &l.PauseCampaign)
	kind := map[bool]string{true: "each", false: "group"}[l.Each]
	b.choice("pub_cap_type", &kind, "each", "group")
	l.Each = kind == "each"
}

func (s *Server) editCap(w http.ResponseWriter, r *http.Request) {
	c, i, ok := s.capOf(w, r)
	if !ok {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	l := s.data.Caps[i]
	s.readCap(b, &l)
	if s.refused(w, b) {
		return
	}
	s.data.Caps = replaced(s.data.Caps, i, l)
	announce(w, "CAP Updated Successfully", kit.Object{{Name: "caps", Value: kit.Array{capJSON(c, l)}}})
}

func (s *Server) deleteCap(w http.ResponseWriter, r *http.Request) {
	if _, i, ok := s.capOf(w, r); ok {
		s.data.Caps = removed(s.data.Caps, i)
		removedPart(w, "CAP")
	}
}
