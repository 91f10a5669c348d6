package trackier

import (
	"fmt"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// epoch is when the network began. Its objects are dated from it, not from now,
// so that they are the same whenever the sandbox starts.
var epoch = time.Date(2016, time.October, 9, 4, 30, 0, 0, time.UTC)

// generate makes the data of a seed for the year before now.
func generate(seed uint64, now time.Time, zone *time.Location) Data {
	r := kit.NewRandom(seed, "trackier objects")
	d := Data{Account: Account{
		ID: r.Hex(24), Name: "Sandbox \"Network\" / संजाल", Domain: "sandbox.example", Currency: ReportCurrency, Timezone: zone.String(),
		URL: "sandbox.example", Email: "info@sandbox.example", CreatedAt: epoch,
	}}
	d.Advertisers = partners(r, 10, 1, "advertiser")
	d.Affiliates = partners(r, 15, 31, "affiliate")
	d.Affiliates[13].Status, d.Affiliates[14].Status = "disabled", "pending"
	d.Advertisers[9].Status = "disabled"
	d.Campaigns = campaigns(r, d.Advertisers)
	for i := range 6 {
		id, percent := r.Hex(24), r.Between(1, 10)
		d.Referrals = append(d.Referrals, Referral{
			ID: id, AffiliateID: d.Affiliates[i].DisplayID, RefereeID: d.Affiliates[i+6].DisplayID,
			Percent: percent, Rate: Money(percent) * 1_0000, Base: "payout", Type: "percentage", Recurring: true, CreatedAt: since(r, epoch, 1500),
		})
	}
	addTraffic(&d, seed, now, zone)
	d.Jobs = jobs(kit.NewRandom(seed, "trackier jobs"), now)
	addParts(&d, kit.NewRandom(seed, "trackier parts"))
	return d
}

// since returns an instant up to so many days after another.
func since(r *kit.Random, t time.Time, days int64) time.Time {
	return t.Add(time.Duration(r.Between(0, days*24*3600)) * time.Second)
}

func partners(r *kit.Random, n int, first int64, kind string) []Partner {
	list := make([]Partner, n)
	for i, company := range r.Brands(n) {
		list[i] = Partner{
			DisplayID: first + int64(i), ID: r.Hex(24), Name: r.Person(), Company: company,
			Email: fmt.Sprintf("%s+%d@mail.example", kind, i+1), Password: r.Hex(40),
			Status: "active", Country: r.Country().Code, Phone: kit.Pick(r, "", "+91 22 5550 0100", "+49 (30) 5550/12"),
			CreatedAt: since(r, epoch, 1500), DateForm: DateForm(i % 4),
		}
	}
	return list
}

func campaigns(r *kit.Random, advertisers []Partner) []Campaign {
	list := make([]Campaign, 25)
	for i, brand := range r.Brands(25) {
		c := Campaign{
			DisplayID: int64(16 + i), ID: r.Hex(24), Title: brand + kit.Pick(r, "", " CPA", " - Android", " [50% off]"),
			Description: kit.Pick(r, "", "<p>No \"incent\" traffic</p>", "Только / only 18+ 🎯"), Status: "active",
			Visibility: []string{"public", "public", "public", "permission", "private"}[i%5],
			Model:      kit.Pick(r, "cpa", "cpa", "cpl", "cpi", "cps"), AdvertiserID: advertisers[r.IntN(9)].DisplayID,
			Currency:   kit.Pick(r, "USD", "USD", "USD", "EUR", "INR"),
			PreviewURL: fmt.Sprintf("https://shop%d.example/a?b=1&c=2", i+1), Categories: []string{kit.Pick(r, "Shopping", "Finance", "Mode & Beauté")},
			Countries: []string{}, Devices: []string{}, OS: []string{},
			CommissionsMap: i%2 == 0, CreatedAt: since(r, epoch, 1500), DateForm: DateForm(i % 4),
		}
		c.URL = c.PreviewURL + "&click_id={click_id}&p={p1}"
		if i%3 == 0 {
			c.Countries, c.Devices, c.OS = []string{"US", "IN"}, []string{"mobile"}, []string{"Android", "iOS"}
		}
		c.Commissions = commissions(r, i)
		if c.Currency == "INR" {
			for n := range c.Commissions {
				c.Commissions[n].Payout *= 80
				c.Commissions[n].Revenue *= 80
			}
		}
		list[i] = c
	}
	for i := 19; i < 25; i++ {
		list[i].Status = "paused"
	}
	list[24].Status = "expired"
	return list
}

// commissions pays for one to three goals; some campaigns have none yet.
func commissions(r *kit.Random, i int) []Commission {
	list := []Commission{}
	for range (i + 1) % 4 {
		payout := Money(r.Between(1000, 30_0000))
		list = append(list, Commission{
			ID: r.Hex(24), Goal: kit.Pick(r, "install", "sale", "first \"deposit\""), Payout: payout,
			Revenue: payout + Money(r.Between(100, 10_0000)), Countries: kit.Pick(r, []string{}, []string{"US"}, []string{"IN", "GB"}),
		})
	}
	return list
}

func jobs(r *kit.Random, now time.Time) []Job {
	_, to := kit.Window(now)
	list := make([]Job, 60)
	for i := range list {
		list[i] = Job{
			ID: r.Hex(24), Status: kit.Pick(r, "completed", "completed", "failed"), Errors: []string{},
			CreatedAt: to.Add(-time.Duration(i*7+1) * time.Hour),
		}
		switch {
		case i == 0:
			list[i].Status = "pending"
		case i == 1:
			list[i].Status = "progress"
		case list[i].Status == "failed": // more than ten errors halt an import
			for line := range 11 {
				list[i].Errors = append(list[i].Errors, fmt.Sprintf("Line %d: click id \"x/%d\" not found", line+2, line))
			}
		}
	}
	return list
}
