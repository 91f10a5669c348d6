package keitaro

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// clicksPerDay is the mean; a year has about 20,000.
const clicksPerDay = 58

// usd are the dollars of one unit, in ten-thousandths: amounts of clicks and
// reports are in dollars.
var usd = map[string]int64{"USD": 10000, "EUR": 10850, "RUB": 111, "UAH": 240, "GBP": 12700}

// inUSD converts, rounding half up.
func inUSD(m Money, currency string) Money {
	return Money((int64(m)*usd[currency] + 5000) / 10000)
}

// addTraffic generates the year before now, day by day: a day's rows depend on
// the seed and its date alone.
func addTraffic(d *Data, seed uint64, now time.Time, zone *time.Location) {
	from, to := kit.Window(now)
	d.Clicks = make([]Click, 0, 366*clicksPerDay)
	g := &traffic{data: d, zone: zone, end: to, byID: newIndex(d), streams: map[int64][]*Stream{}}
	for i := range d.Streams {
		t := &d.Streams[i]
		g.streams[t.CampaignID] = append(g.streams[t.CampaignID], t)
	}
	for i := range d.Campaigns {
		weight := 27 - i
		switch {
		case i == 22 || i == 23: // set up, never used
			weight = 0
		case d.Campaigns[i].State == Deleted:
			weight = 1
		}
		for range weight {
			g.campaigns = append(g.campaigns, &d.Campaigns[i])
		}
	}
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		g.addDay(kit.NewRandom(seed, "keitaro day "+day.Format(time.DateOnly)), day)
	}
	slices.SortFunc(d.Conversions, func(a, b Conversion) int {
		return cmp.Or(a.PostbackAt.Compare(b.PostbackAt), cmp.Compare(a.ID, b.ID))
	})
}

type traffic struct {
	data      *Data
	zone      *time.Location
	end       time.Time
	byID      index
	streams   map[int64][]*Stream
	campaigns []*Campaign // each as often as its share of the traffic
}

func (g *traffic) addDay(r *kit.Random, day time.Time) {
	n := clicksPerDay + r.IntN(31) - 15
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		n -= 9
	}
	number := day.Unix() / 86400
	var visits []Click // of today: who comes back is taken from them
	seen := map[string]bool{}
	for i, at := range r.Times(n, day, day.AddDate(0, 0, 1)) {
		if g.ambiguous(at) {
			continue
		}
		var c Click
		if len(visits) > 0 && r.Chance(15) {
			c = kit.Pick(r, visits...)
		} else {
			c = visitor(r)
			visits = append(visits, c)
		}
		c.ID, c.At, c.SubID = number*1000+int64(i), at, r.Hash(13)
		g.route(r, &c)
		first := func(key string) bool {
			key = c.VisitorCode + " " + key
			was := seen[key]
			seen[key] = true
			return !was
		}
		c.UniqueGlobal = first("")
		c.UniqueCampaign = first(fmt.Sprint("campaign ", c.CampaignID))
		c.UniqueStream = first(fmt.Sprint("stream ", c.StreamID))
		g.price(r, &c)
		describe(r, &c, i)
		g.data.Clicks = append(g.data.Clicks, c)
		g.convert(r, c, number%97 == 0)
	}
}

// ambiguous reports whether the tracker's clock shows the time of t twice. Most
// times are far from a change of its offset, which is cheap to see.
func (g *traffic) ambiguous(t time.Time) bool {
	_, before := t.Add(-3 * time.Hour).In(g.zone).Zone()
	_, after := t.Add(3 * time.Hour).In(g.zone).Zone()
	return before != after && kit.Ambiguous(t, g.zone)
}

// visitor makes a person with a device.
func visitor(r *kit.Random) Click {
	country, device := r.Country(), r.Device()
	c := Click{
		VisitorCode: r.Hash(10), IP: r.IP(),
		CountryCode: country.Code, Country: country.Name, Region: country.City, City: country.City,
		UserAgent: device.UserAgent, OS: device.OS, Browser: device.Browser,
		DeviceType: device.Type, DeviceTypeID: 1,
		OSVersion: kit.Pick(r, "10", "14", "17.5", ""), BrowserVersion: kit.Pick(r, "126.0", "17.5", "127.0"),
		ConnectionType: "wifi", ISP: kit.Pick(r, "Deutsche Telekom AG", "Türk Telekom", "AT&T", "ПАО \"Ростелеком\""),
		Bot: r.Chance(6), Proxy: r.Chance(3),
	}
	switch device.Type {
	case "mobile":
		c.DeviceTypeID, c.DeviceModel = 2, kit.Pick(r, "Pixel 8", "iPhone", "Galaxy S24")
	case "tablet":
		c.DeviceTypeID, c.DeviceModel = 3, "iPad"
	}
	if c.DeviceTypeID == 2 && r.Chance(60) {
		c.ConnectionType, c.Operator = "cellular", kit.Pick(r, "Vodafone", "МегаФон", "Orange")
	}
	language := r.IntN(len(languages))
	c.LanguageID, c.Language = int64(language+1), languages[language]
	if r.Chance(10) { // not to be found out
		c.City, c.Region, c.ISP, c.ConnectionType = "", "", "", ""
	}
	return c
}

var languages = []string{"English", "German", "French", "Russian", "Turkish", "Spanish", "Japanese"}

// route sends a click through a campaign.
func (g *traffic) route(r *kit.Random, c *Click) {
	campaign := kit.Pick(r, g.campaigns...)
	stream := kit.Pick(r, g.streams[campaign.ID]...)
	c.CampaignID, c.StreamID, c.TrafficSourceID = campaign.ID, stream.ID, campaign.TrafficSourceID
	c.ParentCampaignID, c.LandingID, c.OfferID, c.LandingClickedAt = 0, 0, 0, time.Time{}
	if r.Chance(4) && campaign.ID != g.data.Campaigns[0].ID {
		c.ParentCampaignID = g.data.Campaigns[0].ID
	}
	c.LandingID, c.OfferID = share(r, stream.Landings), share(r, stream.Offers)
	if c.LandingID != 0 {
		if r.Chance(45) {
			c.LandingClickedAt = c.At.Add(time.Duration(r.Between(2, 240)) * time.Second)
			if g.ambiguous(c.LandingClickedAt) {
				c.LandingClickedAt = c.At
			}
		} else {
			c.OfferID = 0 // the offer is chosen when the visitor goes on
		}
	}
	c.Destination = stream.ActionPayload
	if o := g.byID.offers[c.OfferID]; o != nil {
		c.Destination = strings.NewReplacer("{ad_campaign_id}", "77", "{stream_id}", fmt.Sprint(stream.ID)).Replace(o.URL)
	} else if l := g.byID.landings[c.LandingID]; l != nil {
		c.Destination = l.ActionPayload
	}
}

// share draws one of the targets by their percentages.
func share(r *kit.Random, shares []Share) int64 {
	if len(shares) == 0 {
		return 0
	}
	at := r.Int64N(100)
	for _, h := range shares {
		if at -= h.Percent; at < 0 {
			return h.TargetID
		}
	}
	return shares[len(shares)-1].TargetID
}

// price sets what the click cost, by its campaign's cost model.
func (g *traffic) price(r *kit.Random, c *Click) {
	campaign := g.byID.campaigns[c.CampaignID]
	cost := campaign.CostValue
	switch {
	case campaign.CostAuto: // the source tells it with each click
		cost = Money(r.Between(1, 2500))
	case campaign.CostType == "CPM":
		cost /= 1000
	case campaign.CostType == "CPUC" && !c.UniqueCampaign:
		cost = 0
	}
	c.Cost = inUSD(cost, campaign.CostCurrency)
}

// describe sets what the link and the referring page say.
func describe(r *kit.Random, c *Click, serial int) {
	c.Source = kit.Pick(r, "news.example", "site/42", "100%fake.example", "ботнет.рф", "app \"X\"", "")
	c.Referrer, c.SearchEngine = "", ""
	switch r.IntN(3) {
	case 0:
		c.Referrer = "https://" + kit.Pick(r, "news.example/a?b=1&c=2", "пример.рф/статья", "site.example/%D0%B0")
	case 1:
		c.Referrer, c.SearchEngine = "https://www.google.com/", "google"
	}
	c.Keyword = kit.Pick(r, "buy shoes", "купить \"кроссовки\"", "50% off", "o'neill / surf", "uuid=10042", "")
	c.SubIDs, c.ExtraParams = [10]string{}, [10]string{}
	c.SubIDs[0] = fmt.Sprintf("pub-%d", 1+r.IntN(12))
	if r.Chance(50) {
		c.SubIDs[1] = r.AwkwardID(serial)
	}
	if r.Chance(20) {
		c.SubIDs[2] = kit.Pick(r, "баннер №1", "top/left", "Ünïcødé")
	}
	if r.Chance(5) {
		c.SubIDs[9], c.ExtraParams[0], c.ExtraParams[9] = "last", "a=1&b=\"2\"", "100%"
	}
	c.ExternalID, c.AdCampaignID, c.CreativeID = "", "", ""
	if r.Chance(70) {
		c.ExternalID = r.AwkwardID(serial)
		c.AdCampaignID = fmt.Sprint(9007199254740993 + 2*r.Int64N(50))
		c.CreativeID = fmt.Sprintf("cr/%d", r.IntN(30))
	}
}
