package trackier

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// index finds objects by display id, and display ids by either form of id.
type index struct {
	campaigns     map[int64]*Campaign
	affiliates    map[int64]*Partner
	advertisers   map[int64]*Partner
	clicks        map[string]*Click
	campaignIDs   map[string]int64
	affiliateIDs  map[string]int64
	advertiserIDs map[string]int64
}

func newIndex(d *Data) index {
	i := index{clicks: map[string]*Click{}}
	for n := range d.Clicks {
		i.clicks[d.Clicks[n].ID] = &d.Clicks[n]
	}
	i.addObjects(d)
	return i
}

// addObjects indexes what writes change, anew. Deleted objects are found by
// their display ids only: reports still name them, parameters no longer do.
func (i *index) addObjects(d *Data) {
	i.campaigns, i.campaignIDs = map[int64]*Campaign{}, map[string]int64{}
	for n := range d.Campaigns {
		c := &d.Campaigns[n]
		i.campaigns[c.DisplayID] = c
		register(i.campaignIDs, c.DisplayID, c.ID, c.Deleted)
	}
	partners := func(list []Partner) (map[int64]*Partner, map[string]int64) {
		by, ids := map[int64]*Partner{}, map[string]int64{}
		for n := range list {
			by[list[n].DisplayID] = &list[n]
			register(ids, list[n].DisplayID, list[n].ID, list[n].Deleted)
		}
		return by, ids
	}
	i.affiliates, i.affiliateIDs = partners(d.Affiliates)
	i.advertisers, i.advertiserIDs = partners(d.Advertisers)
}

// register makes an object findable by both its ids: parameters take either.
func register(ids map[string]int64, display int64, long string, deleted bool) {
	if !deleted {
		ids[strconv.FormatInt(display, 10)] = display
		ids[long] = display
	}
}

// clickOf is the click of a conversion. An import without one gets what is known.
func (s *Server) clickOf(v *Conversion) *Click {
	if c := s.byID.clicks[v.ClickID]; c != nil {
		return c
	}
	return &Click{At: v.At, CampaignID: v.CampaignID, AffiliateID: v.AffiliateID, IP: v.IP, Device: "unknown"}
}

// appended returns a new list with one element more.
func appended[E any](list []E, e E) []E { return append(slices.Clone(list), e) }

// replaced returns a new list with another element at i.
func replaced[E any](list []E, i int, e E) []E {
	list = slices.Clone(list)
	list[i] = e
	return list
}

// removed returns a new list without the element at i.
func removed[E any](list []E, i int) []E { return slices.Delete(slices.Clone(list), i, i+1) }

// saveCampaign stores a campaign in the place of that of its display id, or as a
// new one.
func (s *Server) saveCampaign(c Campaign) {
	i := slices.IndexFunc(s.data.Campaigns, func(old Campaign) bool { return old.DisplayID == c.DisplayID })
	if i < 0 {
		s.data.Campaigns = appended(s.data.Campaigns, c)
	} else {
		s.data.Campaigns = replaced(s.data.Campaigns, i, c)
	}
	s.byID.addObjects(&s.data)
}

// savePartner stores a partner among its kind.
func (s *Server) savePartner(list *[]Partner, a Partner) {
	i := slices.IndexFunc(*list, func(old Partner) bool { return old.DisplayID == a.DisplayID })
	if i < 0 {
		*list = appended(*list, a)
	} else {
		*list = replaced(*list, i, a)
	}
	s.byID.addObjects(&s.data)
}

// next is the display id of a new object.
func next[E any](known map[int64]E) int64 {
	last := int64(0)
	for id := range maps.Keys(known) {
		last = max(last, id)
	}
	return last + 1
}

// newID is the long id of a new object.
func (s *Server) newID() string { return s.ids.Hex(24) }

// now is the time of a change, in whole seconds as the platform shows it.
func (s *Server) now() time.Time { return s.config.Now().Truncate(time.Second) }
