package trackier

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func (s *Server) account(w http.ResponseWriter, _ *http.Request) { s.writeAccount(w) }

// writeAccount answers with the network, under both names that are around.
func (s *Server) writeAccount(w http.ResponseWriter) {
	a := s.data.Account
	network := append(s.networkJSON(), kit.Member{Name: "_id", Value: a.ID}, kit.Member{Name: "live", Value: true},
		kit.Member{Name: "modified", Value: s.modified(a.ModifiedAt)}, kit.Member{Name: "meta", Value: kit.Array{}})
	succeed(w, kit.Object{
		{Name: "account", Value: kit.Object{
			{Name: "_id", Value: a.ID},
			{Name: "name", Value: a.Name},
			{Name: "domain", Value: a.Domain},
			{Name: "currency", Value: a.Currency},
			{Name: "timezone", Value: a.Timezone},
			{Name: "created", Value: s.date(a.CreatedAt, DateText)},
		}},
		{Name: "currencyCodes", Value: []string{"INR", "USD", "PKR", "AUD", "EUR", "GBP"}},
		{Name: "network", Value: network},
	})
}

// networkJSON writes the network as every kind of key sees it.
func (s *Server) networkJSON() kit.Object {
	a := s.data.Account
	return kit.Object{
		{Name: "name", Value: a.Name},
		{Name: "domain", Value: a.Domain},
		{Name: "url", Value: a.URL},
		{Name: "region", Value: kit.Object{{Name: "currency", Value: a.Currency}, {Name: "zone", Value: a.Timezone}}},
		{Name: "appearance", Value: kit.Object{{Name: "email", Value: a.Email}, {Name: "support", Value: a.Support}, {Name: "termsurl", Value: a.Terms}}},
		{Name: "created", Value: s.date(a.CreatedAt, DateText)},
	}
}

func (s *Server) editAccount(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	a := s.data.Account
	if b.has("name") {
		b.require("name")
	}
	b.text("name", &a.Name)
	b.text("url", &a.URL)
	b.text("email", &a.Email)
	b.text("support", &a.Support)
	b.text("termsurl", &a.Terms)
	b.choice("currency", &a.Currency, currencies...)
	if s.refused(w, b) {
		return
	}
	a.ModifiedAt = s.now()
	s.data.Account = a
	s.writeAccount(w)
}

// referralJSON writes a referral link; referee_id is null until somebody signed
// up with it.
func (s *Server) referralJSON(f Referral) kit.Object {
	var referee, modified any
	if f.RefereeID != 0 {
		referee = f.RefereeID
	}
	if !f.ModifiedAt.IsZero() {
		modified = s.date(f.ModifiedAt, TimeText)
	}
	return kit.Object{
		{Name: "_id", Value: f.ID},
		{Name: "affiliate_id", Value: f.AffiliateID},
		{Name: "referee_id", Value: referee},
		{Name: "user_id", Value: s.byID.affiliates[f.AffiliateID].ID},
		{Name: "commission", Value: f.Rate.Number()},
		{Name: "rate", Value: f.Rate.Number()},
		{Name: "type", Value: f.Type},
		{Name: "base", Value: f.Base},
		{Name: "recurring", Value: f.Recurring},
		{Name: "live", Value: !f.Disabled},
		{Name: "created", Value: s.date(f.CreatedAt, TimeText)},
		{Name: "modified", Value: modified},
	}
}

func (s *Server) listReferrals(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, f := range s.data.Referrals {
		list = append(list, s.referralJSON(f))
	}
	succeed(w, kit.Object{{Name: "referrals", Value: list}})
}

// referralOf finds the referral that the path names, or answers that there is none.
func (s *Server) referralOf(w http.ResponseWriter, r *http.Request) int {
	i := slices.IndexFunc(s.data.Referrals, func(f Referral) bool { return f.ID == r.PathValue("id") })
	if i < 0 {
		s.notFound(w)
	}
	return i
}

func (s *Server) referral(w http.ResponseWriter, r *http.Request) {
	if i := s.referralOf(w, r); i >= 0 {
		succeed(w, kit.Object{{Name: "referral", Value: s.referralJSON(s.data.Referrals[i])}})
	}
}

// createReferral adds a link by which an affiliate brings others.
func (s *Server) createReferral(w http.ResponseWriter, r *http.Request) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("publisher_id")
	f := Referral{Base: "payout", Type: "percentage", Recurring: true, CreatedAt: s.now()}
	s.readReferral(b, &f)
	if s.refused(w, b) {
		return
	}
	f.ID = s.newID()
	s.data.Referrals = appended(s.data.Referrals, f)
	s.writeReferral(w, f, "Referral Link Created!!")
}

func (s *Server) editReferral(w http.ResponseWriter, r *http.Request) {
	i := s.referralOf(w, r)
	if i < 0 {
		return
	}
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	f := s.data.Referrals[i]
	s.readReferral(b, &f)
	live := !f.Disabled
	b.flag("live", &live)
	if s.refused(w, b) {
		return
	}
	f.Disabled, f.ModifiedAt = !live, s.now()
	s.data.Referrals = replaced(s.data.Referrals, i, f)
	s.writeReferral(w, f, "Referral link Updated!!")
}

func (s *Server) readReferral(b body, f *Referral) {
	b.ref("publisher_id", s.byID.affiliateIDs, &f.AffiliateID)
	b.flag("recurring", &f.Recurring)
	b.choice("base", &f.Base, "payout", "profit")
	b.choice("type", &f.Type, "percentage", "amount")
	b.money("rate", &f.Rate)
	f.Percent = int64(f.Rate / 1_0000)
}

// writeReferral answers a write with all publishers beside the referral.
func (s *Server) writeReferral(w http.ResponseWriter, f Referral, message string) {
	list := kit.Array{}
	for _, a := range s.data.Affiliates {
		if !a.Deleted {
			list = append(list, kit.Object{{Name: "_id", Value: a.ID}, {Name: "name", Value: a.Name}, {Name: "username", Value: cmp.Or(a.Username, a.Name)}})
		}
	}
	succeed(w, kit.Object{{Name: "message", Value: message}, {Name: "referral", Value: s.referralJSON(f)}, {Name: "publishers", Value: list}})
}

func (s *Server) deleteReferral(w http.ResponseWriter, r *http.Request) {
	if i := s.referralOf(w, r); i >= 0 {
		s.data.Referrals = removed(s.data.Referrals, i)
		succeed(w, kit.Object{{Name: "message", Value: "Referral link removed!!"}})
	}
}
