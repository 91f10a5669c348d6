package trackier

import (
	"fmt"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Link is the tracking link of an affiliate for a campaign.
type Link struct {
	ID                      string
	AffiliateID, CampaignID int64
	Domain                  string
	CreatedAt               time.Time
}

// URL is what an affiliate publishes.
func (l Link) URL() string { return "http://" + l.Domain + "/" + l.ID }

// Access is what an affiliate asked for or was granted in a campaign that is not
// public.
type Access struct {
	ID                      string
	AffiliateID, CampaignID int64
	Granted                 bool
	CreatedAt               time.Time
}

// LandingPage is one of the pages that a campaign leads to.
type LandingPage struct {
	ID                     string
	Number                 int64 // within the campaign, from 1
	CampaignID             int64
	Title, URL, PreviewURL string
	ModifiedAt             time.Time // zero: never
}

// Cap limits what a campaign takes; a limit that is nil does not exist.
type Cap struct {
	ID                       string
	CampaignID               int64
	Type                     string
	Publishers               []string // long ids; empty: all
	Countries                []string // empty: all
	Daily, Monthly, Lifetime *int64
	PauseCampaign            bool
	Each                     bool // for each publisher, not all together
}

// PublisherPayout is what an affiliate gets in a campaign instead of what others
// get.
type PublisherPayout struct {
	ID              string
	CampaignID      int64
	GoalID          string   // empty: the default goal
	Publishers      []string // long ids
	Countries       []string // empty: all
	Payout, Revenue Money
	ChangesRevenue  bool
}

// Goal is an event that a campaign pays for besides its default.
type Goal struct {
	ID, Title, Value string
	CampaignID       int64
	Type             string // public, private or pub_specific
	Model            string // fixed or percentage
	Payouts          []GoalPayout
}

// GoalPayout is what a goal pays in some countries.
type GoalPayout struct {
	ID              string
	Countries       []string // empty: all
	Payout, Revenue Money
}

// Coupon is a code that affiliates may publish.
type Coupon struct {
	ID, Code, Description string
	Status                string // active, pending or expired
	Type                  string // generic, exclusive or one_time
	CampaignID            int64
	CreatedAt             time.Time
}

// Deal is an offer that affiliates may publish.
type Deal struct {
	ID, Name, Description string
	CampaignID            int64
	CreatedAt             time.Time
}

// Category is a word for campaigns.
type Category struct{ ID, Name string }

// CustomField is what else an affiliate or advertiser has to say on creation.
type CustomField struct {
	ID, Label, Name string
	Of              string // affiliate or advertiser
	Type            string // text, file, date or email
	Required        bool
}

// addParts generates what belongs to campaigns.
func addParts(d *Data, r *kit.Random) {
	d.Domains = []string{"viralarticlez.example", "dobolly.example"}
	for i, c := range d.Campaigns {
		for n := range int64(i % 3) {
			d.LandingPages = append(d.LandingPages, LandingPage{
				ID: r.Hex(24), Number: n + 1, CampaignID: c.DisplayID, Title: fmt.Sprintf("Page %d / %s", n+1, c.Title),
				URL: fmt.Sprintf("%s&lp=%d", c.URL, n+1), PreviewURL: c.PreviewURL,
			})
			d.Coupons = append(d.Coupons, Coupon{
				ID: r.Hex(24), Code: fmt.Sprintf("SAVE%d%%-%d", 10*(n+1), i), Description: "Off \"everything\" / all", CampaignID: c.DisplayID,
				Status: "active", Type: kit.Pick(r, "generic", "exclusive", "one_time"), CreatedAt: since(r, epoch, 1500),
			})
			d.Deals = append(d.Deals, Deal{
				ID: r.Hex(24), Name: fmt.Sprintf("Deal %d of %s", n+1, c.Title), Description: "2 for 1", CampaignID: c.DisplayID,
				CreatedAt: since(r, epoch, 1500),
			})
		}
		if i%4 == 0 {
			d.Caps = append(d.Caps, Cap{
				ID: r.Hex(24), CampaignID: c.DisplayID, Type: "conversion", Daily: new(r.Between(5, 50)), PauseCampaign: true, Each: true,
			})
			d.Goals = append(d.Goals, Goal{
				ID: r.Hex(24), Title: "Deposit", Value: "deposit", CampaignID: c.DisplayID, Type: kit.Pick(r, "public", "private"), Model: "fixed",
				Payouts: []GoalPayout{{ID: r.Hex(24), Payout: 2_0000, Revenue: 10_0000}},
			})
			d.Payouts = append(d.Payouts, PublisherPayout{
				ID: r.Hex(24), CampaignID: c.DisplayID, Publishers: []string{d.Affiliates[0].ID}, Payout: Money(r.Between(1000, 9_0000)),
			})
		}
		if c.Visibility == "public" {
			d.Links = append(d.Links, Link{
				ID: r.Hex(24), AffiliateID: d.Affiliates[i%3].DisplayID, CampaignID: c.DisplayID, Domain: d.Domains[1], CreatedAt: c.CreatedAt,
			})
			continue
		}
		d.Accesses = append(d.Accesses, Access{
			ID: r.Hex(24), AffiliateID: d.Affiliates[i%2].DisplayID, CampaignID: c.DisplayID, Granted: i%4 < 2, CreatedAt: c.CreatedAt,
		})
	}
	names := []string{}
	for _, c := range d.Campaigns {
		names = append(names, c.Categories...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.Categories = append(d.Categories, Category{ID: r.Hex(24), Name: name})
	}
}
