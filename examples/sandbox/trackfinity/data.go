package trackfinity

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Offer is what affiliates promote.
type Offer struct {
	ID          int64
	Name        string
	Group       int64 // offer group
	Program     int64
	ProductCode string
	Percent     bool  // payouts are a share of the amount
	Payout      int64 // hundredths of a dollar, or of a percent if Percent
}

// Login is an affiliate.
type Login struct {
	ID       int64
	Name     string
	Rep      int64 // account representative
	Inhouse  bool
	MediaBuy bool
}

// Named is anything that has only an id and a name.
type Named struct {
	ID   int64
	Name string
}

// Device is what a visitor came with; what is not known is empty.
type Device struct {
	Type, Brand, Model, OS, OSVersion, Carrier, Browser string
}

// Click is a visit that an affiliate sent.
type Click struct {
	Hash        string
	At          time.Time
	Login       int64
	Campaign    int64
	Offer       int64
	LandingPage int64
	AdTool      int64
	Country     int64
	Sub1, Sub2  string // free text, often empty
	Referrer    string // empty: none was sent
	Device      Device
	PageViews   int64
	UniqueOfAll bool   // the visitor had not been here before
	ExternalID  string // the affiliate's own identifier of the click; empty: none was sent
	IP          netip.Addr
}

// Kind is what happened in an event.
type Kind string

// The kinds of event; each is counted by the stat of its name.
const (
	Visit      Kind = "visitor"
	Initial    Kind = "initial"
	Trial      Kind = "trial"
	Rebill     Kind = "rebill"
	Refund     Kind = "refunds"
	Chargeback Kind = "chargeback"
	Cancel     Kind = "cancel"
)

// TransType returns what the transaction report calls events of the kind: the
// name of the stat, in the singular. It is empty for a visit, which is not a
// transaction.
func (k Kind) TransType() string {
	switch k {
	case Visit:
		return ""
	case Refund:
		return "refund"
	}
	return string(k)
}

// Event is something that happened because of a click. Every event but a visit
// is a transaction.
type Event struct {
	Kind    Kind
	At      time.Time
	Click   *Click // its hash is the transaction's too
	Revenue int64  // hundredths of a dollar; negative when money went back
	Payout  int64  // hundredths of a dollar, to the affiliate; negative likewise

	// Transaction is the transaction_id, ascending with time; zero for a visit.
	Transaction int64
	// Order is the advertiser's identifier of the sale. That of a refund or a
	// chargeback is the first sale's of the click; cancels and visits have none.
	Order string
	// Received is when the install heard of it from the biller, at most 90
	// seconds after At; zero for a visit.
	Received time.Time
}

// data is all that an install has. Nothing in this API writes, so it is only
// read once it is made.
type data struct {
	offers       []Offer
	logins       []Login
	groups       []Named
	landingPages []Named
	adTools      []Named
	countries    []Named // the code of a country is in codes
	codes        map[int64]string
	clicks       []*Click
	events       []Event // by time
	byHash       map[string]*Click
}

// Offers returns the offers by id.
func (s *Server) Offers() []Offer { return slices.Clone(s.data.offers) }

// Logins returns the affiliates by id.
func (s *Server) Logins() []Login { return slices.Clone(s.data.logins) }

// Clicks returns the clicks by time.
func (s *Server) Clicks() []Click {
	clicks := make([]Click, len(s.data.clicks))
	for i, c := range s.data.clicks {
		clicks[i] = *c
	}
	return clicks
}

// Events returns the events by time. Their clicks must not be changed.
func (s *Server) Events() []Event { return slices.Clone(s.data.events) }

func (d *data) offer(id int64) Offer {
	i := slices.IndexFunc(d.offers, func(o Offer) bool { return o.ID == id })
	return d.offers[i]
}

func (d *data) login(id int64) Login {
	i := slices.IndexFunc(d.logins, func(l Login) bool { return l.ID == id })
	return d.logins[i]
}

func nameOf(list []Named, id int64) string {
	i := slices.IndexFunc(list, func(n Named) bool { return n.ID == id })
	return list[i].Name
}

func text(id int64) string { return strconv.FormatInt(id, 10) }
