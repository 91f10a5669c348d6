package keitaro

import (
	"net/netip"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Currency is what amounts of clicks, conversions and reports are in, whatever
// the currencies of campaigns and offers.
const Currency = "USD"

// Money is an amount in ten-thousandths, the precision of the platform.
type Money int64

// Decimal returns the amount for printing: 100000 is 10.0000.
func (m Money) Decimal() kit.Decimal { return kit.Decimal{Units: int64(m), Scale: 4} }

// String returns the amount as entities carry it: "10.0000".
func (m Money) String() string { return m.Decimal().String() }

// State is the state of an entity.
type State string

// The states of the newer specification; "removed" in the document's tables is
// "deleted" in its samples.
const (
	Active   State = "active"
	Disabled State = "disabled"
	Deleted  State = "deleted"
)

// Data is everything the sandbox holds. A zero id or a zero time means none;
// empty text of a reference to nothing is written as null.
type Data struct {
	Networks       []Network
	Groups         []Group
	TrafficSources []TrafficSource
	LandingPages   []LandingPage
	Offers         []Offer
	Campaigns      []Campaign
	Streams        []Stream
	StreamEvents   []StreamEvent
	Labels         []Label
	Clicks         []Click      // by At, which is also by ID
	Conversions    []Conversion // by PostbackAt, then ID
	Logs           []LogEntry   // by Type, then At
}

// Network is an affiliate network.
type Network struct {
	ID                   int64
	Name                 string
	PostbackURL          string
	Template             string
	State                State
	CreatedAt, UpdatedAt time.Time
}

// Group gathers campaigns, offers or landing pages: Type is one of "campaigns",
// "offers" and "landings".
type Group struct {
	ID       int64
	Name     string
	Position int64
	Type     string
}

// ParameterForm is how a traffic source's parameters are written: three forms
// are met in the field.
type ParameterForm int

// An object; a string that holds its JSON; a string that holds such a string.
const (
	ParametersObject ParameterForm = iota
	ParametersText
	ParametersTextTwice
)

// Parameter is a query parameter a traffic source sends, and what it fills it
// with. Key is the tracker's own name for it; empty: the same as Name.
type Parameter struct{ Name, Placeholder, Key string }

// TrafficSource is where visitors come from.
type TrafficSource struct {
	ID                   int64
	Name                 string
	PostbackURL          string
	PostbackStatuses     []string
	Template             string
	Parameters           []Parameter
	ParameterForm        ParameterForm
	AcceptParameters     bool
	TrafficLoss          int64 // hundredths of a percent
	State                State
	CreatedAt, UpdatedAt time.Time
}

// LandingPage is a page shown before the offer.
type LandingPage struct {
	ID                   int64
	Name                 string
	Type                 string // local, external or preloaded
	ActionType           string
	ActionPayload        string
	ActionOptions        any // kit.Array, kit.Object, or nil, which is written as []
	GroupID              int64
	Notes                string
	State                State
	CreatedAt, UpdatedAt time.Time
}

// Offer is what a conversion is paid for.
type Offer struct {
	ID                   int64
	Name                 string
	GroupID              int64
	URL                  string
	NetworkID            int64
	Payout               Money
	PayoutCurrency       string // empty: null
	PayoutType           string // CPA, CPC, or empty: null
	PayoutAuto           bool
	PayoutUpsell         bool
	Countries            []string // nil: null
	Notes                string   // empty: null
	State                State
	CreatedAt, UpdatedAt time.Time
}

// Campaign distributes the visitors of one link over streams. The platform does
// not tell when it was created.
type Campaign struct {
	ID              int64
	Alias           string
	Name            string
	Type            string // position or weight
	CookiesTTL      int64  // hours
	Position        int64
	State           State
	UpdatedAt       time.Time // zero: null
	CostType        string
	CostValue       Money
	CostCurrency    string
	CostAuto        bool
	GroupID         int64
	BindVisitors    string // s, sl, slo, or empty: null
	TrafficSourceID int64
	Token           string
}

// Stream is one way through a campaign.
type Stream struct {
	ID            int64
	CampaignID    int64
	Type          string // forced, regular or default
	Name          string
	Position      int64
	Chance        int64
	ActionOptions any // kit.Array, kit.Object, or nil (null)
	Comments      string
	State         State
	UpdatedAt     time.Time
	ActionType    string
	ActionPayload string
	Schema        string // redirect, action, landings or offers
	CollectClicks bool
	FilterOr      bool
	Filters       []Filter
	Triggers      []Trigger
	Landings      []Share
	Offers        []Share
}

// Filter decides whom a stream takes.
type Filter struct {
	ID      int64
	Name    string
	Mode    string // accept or reject; older installations: allow or reject
	Payload any    // text, []string, kit.Object{name, value}, or as a client wrote it
}

// Trigger watches a stream's pages.
type Trigger struct {
	ID              int64
	Condition       string
	Target          string
	SelectedPage    string // empty: null, as the other texts below
	Pattern         string
	Action          string
	Interval        int64 // minutes
	AlternativeURLs string
	GrabFromPage    string
	AVSettings      string
	Reverse         bool
	ScanPage        bool
}

// Share is a landing page's or an offer's part of a stream.
type Share struct {
	ID                   int64
	TargetID             int64 // landing page or offer
	State                State
	Percent              int64
	CreatedAt, UpdatedAt time.Time
}

// StreamEvent is something that happened to a stream.
type StreamEvent struct {
	ID, StreamID int64
	At           time.Time
	Message      string
}

// Label marks values of a click parameter as good or bad for one campaign.
type Label struct {
	CampaignID int64
	RefName    string // the click column: source, sub_id_1, …
	Name       string // whitelist or blacklist
	Items      []string
}

// LogEntry is a line of one of the tracker's logs.
type LogEntry struct {
	Type    string
	At      time.Time
	JobID   string
	Message string
}

// Click is one visit.
type Click struct {
	ID                                     int64
	SubID                                  string // the visit's public id
	VisitorCode                            string
	At                                     time.Time
	CampaignID, ParentCampaignID, StreamID int64
	LandingID, OfferID, TrafficSourceID    int64
	LandingClickedAt                       time.Time // zero: did not go on from the landing page
	LanguageID, DeviceTypeID               int64
	Language, DeviceType, ConnectionType   string
	IP                                     netip.Addr
	CountryCode, Country, Region, City     string
	UserAgent, OS, OSVersion               string
	Browser, BrowserVersion, DeviceModel   string
	ISP, Operator                          string
	Source, Referrer, SearchEngine         string
	Keyword, Destination                   string
	SubIDs, ExtraParams                    [10]string
	Cost                                   Money
	AdCampaignID, ExternalID, CreativeID   string
	UniqueStream, UniqueCampaign           bool
	UniqueGlobal, Bot, Proxy               bool
}

// The statuses of conversions.
const (
	Lead     = "lead"
	Sale     = "sale"
	Rejected = "rejected"
	Rebill   = "rebill"
)

// Conversion is an event that a network reported for a click. A sub id may have
// several, told apart by their transaction ids.
type Conversion struct {
	ID             int64
	ClickID        int64
	SubID          string
	TID            string
	Status         string
	PreviousStatus string
	OriginalStatus string // as the network wrote it
	Revenue        Money
	PostbackAt     time.Time // when it was first reported
	SaleAt         time.Time // zero: no sale
	Params         []Parameter
}

func (e Network) state() State       { return e.State }
func (e TrafficSource) state() State { return e.State }
func (e LandingPage) state() State   { return e.State }
func (e Offer) state() State         { return e.State }
func (e Campaign) state() State      { return e.State }
func (e Stream) state() State        { return e.State }

// index finds entities by id, archived ones too: old clicks refer to them.
type index struct {
	networks  map[int64]*Network
	groups    map[int64]*Group
	sources   map[int64]*TrafficSource
	landings  map[int64]*LandingPage
	offers    map[int64]*Offer
	campaigns map[int64]*Campaign
	streams   map[int64]*Stream
	clicks    map[int64]*Click
	outcomes  map[int64]outcome // of a click
}

// outcome sums up the conversions of a click.
type outcome struct {
	leads, sales, rejected, rebills           int64
	leadRevenue, saleRevenue, rejectedRevenue Money
}

func newIndex(d *Data) index {
	i := index{
		networks:  by(d.Networks, func(e *Network) int64 { return e.ID }),
		groups:    by(d.Groups, func(e *Group) int64 { return e.ID }),
		sources:   by(d.TrafficSources, func(e *TrafficSource) int64 { return e.ID }),
		landings:  by(d.LandingPages, func(e *LandingPage) int64 { return e.ID }),
		offers:    by(d.Offers, func(e *Offer) int64 { return e.ID }),
		campaigns: by(d.Campaigns, func(e *Campaign) int64 { return e.ID }),
		streams:   by(d.Streams, func(e *Stream) int64 { return e.ID }),
		clicks:    by(d.Clicks, func(e *Click) int64 { return e.ID }),
		outcomes:  make(map[int64]outcome),
	}
	for _, v := range d.Conversions {
		o := i.outcomes[v.ClickID]
		switch v.Status {
		case Lead:
			o.leads, o.leadRevenue = o.leads+1, o.leadRevenue+v.Revenue
		case Sale:
			o.sales, o.saleRevenue = o.sales+1, o.saleRevenue+v.Revenue
		case Rebill: // further money of a sale that went on
			o.rebills, o.saleRevenue = o.rebills+1, o.saleRevenue+v.Revenue
		case Rejected:
			o.rejected, o.rejectedRevenue = o.rejected+1, o.rejectedRevenue+v.Revenue
		}
		i.outcomes[v.ClickID] = o
	}
	return i
}

// by indexes the elements of a slice in place.
func by[E any](list []E, id func(*E) int64) map[int64]*E {
	m := make(map[int64]*E, len(list))
	for i := range list {
		m[id(&list[i])] = &list[i]
	}
	return m
}
