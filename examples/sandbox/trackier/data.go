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
	Domains     []string
	Categories  []Category
	// CustomFields are what a network asks its affiliates and advertisers for.
	CustomFields []CustomField
	Links        []Link
	Accesses     []Access
	Coupons      []Coupon
	Deals        []Deal
	// What belongs to campaigns besides their commissions.
	LandingPages []LandingPage
	Caps         []Cap
	Payouts      []PublisherPayout
	Goals        []Goal
	Clicks       []Click
	Conversions  []Conversion
	Impressions  []Impressions
}

// Account is the network itself.
type Account struct {
	ID, Name, Domain, Currency, Timezone string
	URL, Email, Support, Terms           string
	CreatedAt, ModifiedAt                time.Time // ModifiedAt is zero: never
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
	Status         string // active, pending, paused, disabled or expired
	Model          string // cpa, cpl, cpi, cps, cpc or cpm
	Visibility     string // public, private or permission
	AdvertiserID   int64
	Currency       string
	URL            string
	PreviewURL     string
	Categories     []string
	Countries      []string
	Devices        []string
	OS             []string
	Commissions    []Commission
	CommissionsMap bool   // the list writes them as a map, else as an array
	Image          string // empty: null
	AppName, AppID string // empty: null
	Expiry         string // 2006-01-02; empty: null
	Blocked        []int64
	Allowed        []int64
	CreatedAt      time.Time
	ModifiedAt     time.Time // zero: never
	DateForm       DateForm
	// Deleted hides a campaign; reports of its time still name it.
	Deleted bool
}

// Active reports whether the default list has the campaign.
func (c Campaign) Active() bool { return c.Status == "active" && !c.Deleted }

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
	Username  string // empty: the name
	Currency  string // empty: the report currency
	CreatedAt time.Time
	// ModifiedAt is zero if nobody edited it.
	ModifiedAt time.Time
	DateForm   DateForm
	// Deleted hides a partner; reports of its time still name it.
	Deleted bool
}

// Referral pays an affiliate for another it brought: Rate percent of Base, or
// that amount. Percent is Rate without its decimals.
type Referral struct {
	ID                     string
	AffiliateID, RefereeID int64 // RefereeID is 0 if nobody signed up yet
	Percent                int64
	Rate                   Money
	Base                   string // payout or profit
	Type                   string // percentage or amount
	Recurring, Disabled    bool
	CreatedAt, ModifiedAt  time.Time
}

// The statuses of jobs.
const (
	JobPending   = "pending"
	JobProgress  = "progress"
	JobCompleted = "completed"
	JobFailed    = "failed"
)

// Job is an import that runs on its own.
type Job struct {
	ID        string
	Status    string
	Errors    []string
	Log       string // what became of it; empty until it is done
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
	IP                    netip.Addr // of an import; else the click's
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
