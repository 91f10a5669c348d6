package keitaro

import (
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// kind is one sort of entity: where it is kept, and how bodies and answers have
// it.
type kind[E stateful] struct {
	list  func(*Data) *[]E
	index func(*index) map[int64]*E
	last  *int64 // the last id given
	head  func(*E) head
	json  func(*E) kit.Object
	// fresh is what a new one has before its body is read.
	fresh E
	// fill sets what a body gives, and refuses what it must not.
	fill func(*input, *E)
	// complete, unless nil, gives what is about to be kept its ids and tokens.
	complete func(*E)
	// distinct, unless nil, takes from a clone what no two may have.
	distinct func(*E)
	// cloned, unless nil, is told the ids of an entity and of its clone.
	cloned func(from, to int64)
	// silent kinds keep the time of their last change when they are updated.
	silent bool
	// dated clones carry the time in their names.
	dated bool
}

// head is what all entities have.
type head struct {
	id      *int64
	name    *string
	state   *State
	created *time.Time // nil if the platform does not tell
	updated *time.Time
}

// get finds an entity that is not archived.
func (k *kind[E]) get(s *Server, id int64) (*E, bool) {
	e, ok := k.index(&s.byID)[id]
	return e, ok && live(*e)
}

// add keeps a new entity under the next id.
func (k *kind[E]) add(s *Server, e E) *E {
	id := next(k.last)
	*k.head(&e).id = id
	if k.complete != nil {
		k.complete(&e)
	}
	list := k.list(&s.data)
	*list = append(*list, e)
	added := &(*list)[len(*list)-1]
	k.index(&s.byID)[id] = added
	return added
}

// change alters entities in a copy of their list: who holds the old one, from
// [Server.Data], keeps seeing what it saw.
func (k *kind[E]) change(s *Server, alter func(*E)) {
	list := k.list(&s.data)
	*list = slices.Clone(*list)
	byID := k.index(&s.byID)
	for i := range *list {
		e := &(*list)[i]
		alter(e)
		byID[*k.head(e).id] = e
	}
}

// replace keeps e in the place of the entity that has its id.
func (k *kind[E]) replace(s *Server, e E) *E {
	if k.complete != nil {
		k.complete(&e)
	}
	id := *k.head(&e).id
	k.change(s, func(old *E) {
		if *k.head(old).id == id {
			*old = e
		}
	})
	return k.index(&s.byID)[id]
}

func (s *Server) networkKind() *kind[Network] {
	return &kind[Network]{
		list: func(d *Data) *[]Network { return &d.Networks }, index: func(i *index) map[int64]*Network { return i.networks },
		last:  &s.last.network,
		head:  func(n *Network) head { return head{&n.ID, &n.Name, &n.State, &n.CreatedAt, &n.UpdatedAt} },
		json:  networkJSON,
		fresh: Network{State: Active}, fill: fillNetwork, dated: true,
	}
}

func (s *Server) trafficSourceKind() *kind[TrafficSource] {
	return &kind[TrafficSource]{
		list: func(d *Data) *[]TrafficSource { return &d.TrafficSources }, index: func(i *index) map[int64]*TrafficSource { return i.sources },
		last:  &s.last.source,
		head:  func(t *TrafficSource) head { return head{&t.ID, &t.Name, &t.State, &t.CreatedAt, &t.UpdatedAt} },
		json:  trafficSourceJSON,
		fresh: TrafficSource{State: Active, PostbackStatuses: []string{}}, fill: fillTrafficSource,
	}
}

func (s *Server) landingPageKind() *kind[LandingPage] {
	return &kind[LandingPage]{
		list: func(d *Data) *[]LandingPage { return &d.LandingPages }, index: func(i *index) map[int64]*LandingPage { return i.landings },
		last:  &s.last.landing,
		head:  func(l *LandingPage) head { return head{&l.ID, &l.Name, &l.State, &l.CreatedAt, &l.UpdatedAt} },
		json:  landingPageJSON,
		fresh: LandingPage{State: Active, Type: "external", ActionType: "http"}, fill: s.fillLandingPage,
	}
}

func (s *Server) offerKind() *kind[Offer] {
	return &kind[Offer]{
		list: func(d *Data) *[]Offer { return &d.Offers }, index: func(i *index) map[int64]*Offer { return i.offers },
		last:  &s.last.offer,
		head:  func(o *Offer) head { return head{&o.ID, &o.Name, &o.State, &o.CreatedAt, &o.UpdatedAt} },
		json:  s.offerJSON,
		fresh: Offer{State: Active}, fill: s.fillOffer,
	}
}

func (s *Server) campaignKind() *kind[Campaign] {
	return &kind[Campaign]{
		list: func(d *Data) *[]Campaign { return &d.Campaigns }, index: func(i *index) map[int64]*Campaign { return i.campaigns },
		last: &s.last.campaign,
		head: func(c *Campaign) head { return head{&c.ID, &c.Name, &c.State, nil, &c.UpdatedAt} },
		json: campaignJSON,
		// as the document's sample of a campaign made of a name and an alias
		fresh: Campaign{Type: "position", CookiesTTL: 24, Position: 9999, State: Active, CostType: "CPC", CostCurrency: Currency},
		fill:  s.fillCampaign, complete: s.completeCampaign, silent: true,
		distinct: func(c *Campaign) { c.Alias, c.Token = "", "" },
		cloned:   s.cloneStreams,
	}
}

func (s *Server) streamKind() *kind[Stream] {
	return &kind[Stream]{
		list: func(d *Data) *[]Stream { return &d.Streams }, index: func(i *index) map[int64]*Stream { return i.streams },
		last: &s.last.stream,
		head: func(t *Stream) head { return head{&t.ID, &t.Name, &t.State, nil, &t.UpdatedAt} },
		json: s.streamJSON,
		// the weight is in no table of defaults: one stream alone has all
		fresh: Stream{State: Active, Position: 1, Chance: 100}, fill: s.fillStream, complete: s.completeStream,
	}
}

// lastIDs are the last ids given; the id of what was deleted is not given again.
type lastIDs struct {
	network, group, source, landing, offer, campaign int64
	serials
}

func newLastIDs(d *Data) lastIDs {
	var l lastIDs
	for _, e := range d.Networks {
		l.network = max(l.network, e.ID)
	}
	for _, e := range d.Groups {
		l.group = max(l.group, e.ID)
	}
	for _, e := range d.TrafficSources {
		l.source = max(l.source, e.ID)
	}
	for _, e := range d.LandingPages {
		l.landing = max(l.landing, e.ID)
	}
	for _, e := range d.Offers {
		l.offer = max(l.offer, e.ID)
	}
	for _, e := range d.Campaigns {
		l.campaign = max(l.campaign, e.ID)
	}
	for _, e := range d.Streams {
		l.stream = max(l.stream, e.ID)
		for _, f := range e.Filters {
			l.filter = max(l.filter, f.ID)
		}
		for _, g := range e.Triggers {
			l.trigger = max(l.trigger, g.ID)
		}
		for _, h := range slices.Concat(e.Landings, e.Offers) {
			l.share = max(l.share, h.ID)
		}
	}
	return l
}
