package trackier

import (
	"net/http"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// holderData is the account of the affiliate or advertiser whose key it is.
// There are no other lists of postbacks, invoices and payments.
func (s *Server) holderData(k kind, id int64) kit.Object {
	a := k.by[id]
	postbacks, invoices := kit.Array{}, kit.Array{}
	earned := s.firstMonth(k, id)
	invoices = append(invoices, kit.Object{
		{Name: "_id", Value: a.ID[:12] + "000000000001"},
		{Name: "start", Value: earned.span.start},
		{Name: "end", Value: earned.span.end},
		{Name: "amount", Value: earned.amount.Number()},
		{Name: "live", Value: false},
		{Name: "created", Value: earned.span.end},
	})
	user := append(s.partnerJSON(a), kit.Member{Name: "org_id", Value: s.data.Account.ID}, kit.Member{Name: "region", Value: nil})
	if k.name == "advertiser" {
		return kit.Object{
			{Name: "postbacks", Value: postbacks},
			{Name: "invoices", Value: invoices},
			{Name: "network", Value: s.networkJSON()},
			{Name: "user", Value: append(user, kit.Member{Name: "type", Value: "advertiser"})},
		}
	}
	postbacks = append(postbacks, kit.Object{
		{Name: "org_id", Value: s.data.Account.ID},
		{Name: "user_id", Value: a.ID},
		{Name: "ad_id", Value: nil},
		{Name: "event", Value: "conversion"},
		{Name: "data", Value: "http://postback.example/in?p1={p1}&ad={campaign_title}"},
		{Name: "type", Value: "url"},
		{Name: "_id", Value: a.ID[:12] + "000000000002"},
		{Name: "live", Value: true},
		{Name: "created", Value: s.date(a.CreatedAt, DateText)},
		{Name: "modified", Value: nil},
		{Name: "meta", Value: kit.Array{}},
	})
	return kit.Object{
		{Name: "postbacks", Value: postbacks},
		{Name: "invoices", Value: invoices},
		{Name: "payments", Value: kit.Array{}},
		{Name: "network", Value: s.networkJSON()},
		{Name: "user", Value: append(user, kit.Member{Name: "type", Value: "publisher"})},
	}
}

// invoiced is what an invoice is about.
type invoiced struct {
	span   window
	amount Money
}

// firstMonth is what the first thirty days of the data came to: for an affiliate
// its payout, for an advertiser the revenue of its campaigns.
func (s *Server) firstMonth(k kind, id int64) invoiced {
	from, _ := kit.Window(s.config.Now())
	first := from.AddDate(0, 0, 1)
	of := invoiced{span: window{s.day(first), s.day(first.AddDate(0, 0, 29))}}
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		switch {
		case v.Status != Approved || !of.span.covers(s.day(v.At)):
		case k.name == "affiliate" && v.AffiliateID == id:
			of.amount += v.PayoutUSD
		case k.name == "advertiser" && s.byID.campaigns[v.CampaignID].AdvertiserID == id:
			of.amount += v.RevenueUSD
		}
	}
	return of
}

func (s *Server) holderAccount(of func() kind, id *int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { succeed(w, s.holderData(of(), *id)) }
}

// editHolder changes the account: its password, or what the action basic_info
// takes.
func (s *Server) editHolder(of func() kind, id *int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, ok := s.readBody(w, r)
		if !ok {
			return
		}
		a := *of().by[*id]
		action, message := "", "Account updated successfully!!"
		b.require("action")
		switch b.text("action", &action); action {
		case "password":
			message = "Password updated successfully!!"
			b.require("old_password", "new_password")
			given, fresh := "", ""
			b.text("old_password", &given)
			b.text("new_password", &fresh)
			if hashed(given) != a.Password {
				b.refuse("old_password")
			}
			a.Password = hashed(fresh)
		case "basic_info":
			if b.has("name") {
				b.require("name")
			}
			b.text("name", &a.Name)
			b.text("phone", &a.Phone)
			b.text("username", &a.Username)
			b.choice("currency", &a.Currency, currencies...)
		default:
			b.refuse("action")
		}
		if s.refused(w, b) {
			return
		}
		a.ModifiedAt = s.now()
		s.savePartner(of().list, a)
		succeed(w, append(s.holderData(of(), *id), kit.Member{Name: "errors", Value: kit.Array{}}, kit.Member{Name: "message", Value: message}))
	}
}
