package trackier

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// usd are the dollars of one unit, in ten-thousandths.
var usd = map[string]int64{"USD": 10000, "EUR": 10850, "INR": 120}

// inUSD converts, rounding half up.
func inUSD(m Money, currency string) Money { return Money((int64(m)*usd[currency] + 5000) / 10000) }

// hugeSale is an order of 17 digits that no double holds; it is cancelled.
const hugeSale Money = 9007199254740_9931

// addTraffic generates the year before now, day by day: a day's rows depend on
// the seed and its date alone.
func addTraffic(d *Data, seed uint64, now time.Time, zone *time.Location) {
	from, to := kit.Window(now)
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		addDay(d, kit.NewRandom(seed, "trackier day "+day.Format(time.DateOnly)), day, to, zone)
	}
	slices.SortFunc(d.Conversions, func(a, b Conversion) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
}

func addDay(d *Data, r *kit.Random, day, end time.Time, zone *time.Location) {
	n := 11 + r.IntN(9)
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		n -= 3
	}
	for i, at := range r.Times(n, day, day.AddDate(0, 0, 1)) {
		c := click(d, r, i, at)
		v := convert(d, r, c, day.Unix()/86400%61 == 0)
		if kit.Ambiguous(c.At, zone) || v != nil && kit.Ambiguous(v.At, zone) {
			continue
		}
		d.Clicks = append(d.Clicks, c)
		if v != nil && v.At.Before(end) {
			d.Conversions = append(d.Conversions, *v)
		}
	}
	for range 3 {
		c := d.Campaigns[r.IntN(19)]
		d.Impressions = append(d.Impressions, Impressions{
			Day: day.Format(time.DateOnly), CampaignID: c.DisplayID,
			AffiliateID: d.Affiliates[r.IntN(13)].DisplayID, Count: r.Between(1, 5000),
		})
	}
}

func click(d *Data, r *kit.Random, serial int, at time.Time) Click {
	device, country := r.Device(), r.Country()
	// the first campaigns and affiliates have the most traffic; the last ones none
	campaign := d.Campaigns[min(r.IntN(23), r.IntN(23))]
	affiliate := d.Affiliates[min(r.IntN(14), r.IntN(14))]
	c := Click{
		// object ids begin with the time
		ID: fmt.Sprintf("%08x", at.Unix()) + r.Hex(16), At: at, CampaignID: campaign.DisplayID, AffiliateID: affiliate.DisplayID,
		IP: anonymous(r.IP()), Country: country.Code, Device: device.Type, OS: device.OS, Browser: device.Browser,
		Source: kit.Pick(r, "{aff_id}", "news", "сайт/42", "100% \"organic\"", ""), P2: kit.Pick(r, "", "", "a&b=c", "übung"),
		Referer: kit.Pick(r, "", "", "https://blog.example/статья?x=1"), LandingPageID: r.Between(0, 2),
	}
	if r.Chance(80) {
		c.P1 = r.AwkwardID(serial)
	}
	if r.Chance(8) {
		c.Device, c.OS, c.Browser = "unknown", "", ""
	}
	return c
}

// anonymous hides the last part of an address, as the samples do.
func anonymous(ip netip.Addr) netip.Addr {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil { // bits always fit
		return ip
	}
	return p.Masked().Addr()
}

// convert decides what becomes of a click; nil is nothing. On an odd day all
// are huge orders, cancelled.
func convert(d *Data, r *kit.Random, c Click, odd bool) *Conversion {
	if !r.Chance(17) {
		return nil
	}
	campaign := d.Campaigns[c.CampaignID-d.Campaigns[0].DisplayID]
	v := &Conversion{
		At: since(r, c.At.Add(30*time.Second), 4), ClickID: c.ID, CampaignID: c.CampaignID, AffiliateID: c.AffiliateID,
		Status:   kit.Pick(r, Approved, Approved, Approved, Approved, Pending, Cancelled, Rejected),
		Method:   kit.Pick(r, "PostBack URL", "PostBack URL", "iFrame Pixel", "API/Import"),
		Currency: campaign.Currency, Sale: Money(r.Between(1, 900_0000)), TxnID: r.AwkwardID(int(c.At.Unix() % 1e6)),
	}
	v.ID = fmt.Sprintf("%08x", v.At.Unix()) + r.Hex(16)
	if len(campaign.Commissions) > 0 {
		paid := kit.Pick(r, campaign.Commissions...)
		v.Payout, v.Revenue = paid.Payout, paid.Revenue
	}
	if campaign.Model == "cps" { // a share of the sale: 8 percent, of which 5 go on
		v.Revenue, v.Payout = v.Sale*8/100, v.Sale*5/100
	}
	if r.Chance(15) {
		v.TxnID = ""
	}
	if odd {
		v.Status, v.Sale, v.Revenue, v.Payout = Cancelled, hugeSale, hugeSale/100, hugeSale/1000
	}
	v.RevenueUSD, v.PayoutUSD = inUSD(v.Revenue, v.Currency), inUSD(v.Payout, v.Currency)
	return v
}
