package trackier

import (
	"net/netip"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// ReportCurrency is what reports and statistics are in. A conversion is in its
// campaign's currency.
const ReportCurrency = "USD"

// Money is an amount in ten-thousandths.
type Money int64

// Decimal returns the amount for printing.
func (m Money) Decimal() kit.Decimal { return kit.Decimal{Units: int64(m), Scale: 4} }

// Number returns the amount as the platform prints it: 1.18, and 0 for nothing.
func (m Money) Number() kit.Number { return m.Decimal().Short() }

// Data is everything the sandbox holds. Objects are referred to by their display
// ids; empty text is written as null where the samples have null.
type Data struct {
	Account     Account
	Campaigns   []Campaign
	Affiliates  []Partner
	Advertisers []Partner
	Referrals   []Referral
	Jobs        []Job // newest first
	Clicks      []Click
	Conversions []Conversion
	Impressions []Impressions
}

// Account is the network itself.
type Account struct {
	ID, Name, Domain, Currency, Timezone string
	CreatedAt                            time.Time
}

// DateForm is how a date is written: the samples have four ways.
type DateForm int

// The ways a date is written.
const (
	DateText   DateForm = iota // "2016-10-09"
	TimeText                   // "2019-03-12 16:18:58", in the network's time zone
	DateObject                 // a PHP DateTime object
	DateNull                   // null
)

// Campaign is what affiliates promote for an advertiser.
type Campaign struct {
	DisplayID      int64
	ID             string // 24 hexadecimal digits
	Title          string
	Description    string
	Status         string // active, paused or expired
	Model          string // cpa, cpl, cpi or cps
	AdvertiserID   int64
	Currency       string
	URL            string
	PreviewURL     string
	Categories     []string
	Countries      []string
	Devices        []string
	OS             []string
	Commissions    []Commission
	CommissionsMap bool // the list writes them as a map, else as an array
	CreatedAt      time.Time
	DateForm       DateForm
}

// Active reports whether the default list has the campaign.
func (c Campaign) Active() bool { return c.Status == "active" }

// Commission is what a campaign pays: Payout to the affiliate, Revenue from the
// advertiser, in the campaign's currency.
type Commission struct {
	ID, Goal        string
	Payout, Revenue Money
	Countries       []string
}

// Partner is an affiliate (publisher) or an advertiser.
type Partner struct {
	DisplayID int64
	ID        string // 24 hexadecimal digits
	Name      string
	Email     string
	Company   string
	Password  string // as a SHA-1 hash, which the platform shows
	Status    string // active, disabled or pending
	Country   string
	Phone     string // empty: null
	CreatedAt time.Time
	DateForm  DateForm
}

// Referral pays an affiliate for another it brought.
type Referral struct {
	ID                     string
	AffiliateID, RefereeID int64
	Percent                int64
	CreatedAt              time.Time
}

// Job is an import that runs on its own.
type Job struct {
	ID        string
	Status    string // pending, progress, completed or failed
	Errors    []string
	CreatedAt time.Time
}

// Click is one visit.
type Click struct {
	ID                      string // 24 hexadecimal digits
	At                      time.Time
	CampaignID, AffiliateID int64
	IP                      netip.Addr // the last part is hidden
	Country, Device, OS     string
	Browser, Source         string
	P1, P2, Referer         string
	LandingPageID           int64
}

// The statuses of conversions.
const (
	Approved  = "approved"
	Pending   = "pending"
	Cancelled = "cancelled"
	Rejected  = "rejected"
)

// Conversion is what an advertiser reported for a click.
type Conversion struct {
	ID                    string
	ClickID               string
	At                    time.Time
	CampaignID            int64
	AffiliateID           int64
	Status                string
	Method                string
	Currency              string
	Revenue, Payout, Sale Money // in Currency
	TxnID                 string
	// RevenueUSD and PayoutUSD are the amounts in the report currency.
	RevenueUSD, PayoutUSD Money
}

// Impressions counts the views of a campaign's creatives by an affiliate on a
// day of the network's time zone.
type Impressions struct {
	Day                     string // 2006-01-02
	CampaignID, AffiliateID int64
	Count                   int64
}

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
	i := index{
		campaigns: map[int64]*Campaign{}, affiliates: map[int64]*Partner{}, advertisers: map[int64]*Partner{}, clicks: map[string]*Click{},
		campaignIDs: map[string]int64{}, affiliateIDs: map[string]int64{}, advertiserIDs: map[string]int64{},
	}
	for n := range d.Campaigns {
		c := &d.Campaigns[n]
		i.campaigns[c.DisplayID] = c
		register(i.campaignIDs, c.DisplayID, c.ID)
	}
	partners := func(list []Partner, by map[int64]*Partner, ids map[string]int64) {
		for n := range list {
			by[list[n].DisplayID] = &list[n]
			register(ids, list[n].DisplayID, list[n].ID)
		}
	}
	partners(d.Affiliates, i.affiliates, i.affiliateIDs)
	partners(d.Advertisers, i.advertisers, i.advertiserIDs)
	for n := range d.Clicks {
		i.clicks[d.Clicks[n].ID] = &d.Clicks[n]
	}
	return i
}
