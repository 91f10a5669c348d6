package keitaro

import (
	"fmt"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// epoch is when the account began. Entities are dated from it, not from now, so
// that they are the same whenever the sandbox starts.
var epoch = time.Date(2017, time.January, 26, 16, 50, 59, 0, time.UTC)

// generate makes the data of a seed for the year before now.
func generate(seed uint64, now time.Time, zone *time.Location) Data {
	d := Data{}
	r := kit.NewRandom(seed, "keitaro entities")
	d.Groups = groups()
	d.Networks = networks(r)
	d.TrafficSources = trafficSources(r)
	d.LandingPages = landingPages(r)
	d.Offers = offers(r, d.Networks)
	d.Campaigns = campaigns(r, d.TrafficSources)
	addStreams(&d, r)
	d.Labels = labels(d.Campaigns)
	addTraffic(&d, seed, now, zone)
	d.Logs = logs(&d, zone)
	return d
}

// dates returns when an entity was made and last changed.
func dates(r *kit.Random) (created, updated time.Time) {
	created = epoch.Add(time.Duration(r.Between(0, 5*365*24*3600)) * time.Second)
	return created, created.Add(time.Duration(r.Between(0, 700*24*3600)) * time.Second)
}

func groups() []Group {
	return []Group{
		{ID: 1, Name: "group1", Position: 1, Type: "campaigns"},
		{ID: 2, Name: "Мобильные / \"push\"", Position: 2, Type: "campaigns"},
		{ID: 3, Name: "Rev'share 100%", Position: 3, Type: "campaigns"},
		{ID: 11, Name: "CPA", Position: 1, Type: "offers"},
		{ID: 12, Name: "Größe & Co", Position: 2, Type: "offers"},
		{ID: 21, Name: "Прелендинги", Position: 1, Type: "landings"},
	}
}

func networks(r *kit.Random) []Network {
	list := []Network{
		{Name: "bitterstrawberry.com", Template: "bitterstrawberrycom"},
		{Name: "affiliatecube.com", Template: "affiliatecube"},
	}
	for _, brand := range r.Brands(6) {
		list = append(list, Network{
			Name:        brand,
			PostbackURL: "https://tracker.example/1a2b3c/postback?subid={aff_sub}&payout={payout}&status={status}",
		})
	}
	for i := range list {
		n := &list[i]
		n.ID, n.State = int64(i+1), Active
		n.CreatedAt, n.UpdatedAt = dates(r)
	}
	list[6].State = Disabled
	list[7].State = Deleted
	return list
}

func trafficSources(r *kit.Random) []TrafficSource {
	list := []TrafficSource{
		{Name: "Traffic Source X", Template: "custom"},
		{Name: "Facebook \"Ads\"", Template: "facebook"},
		{Name: "Яндекс.Директ", Template: "yandex_direct"},
		{Name: "Push / Pop", Template: "", TrafficLoss: 250},
		{Name: "100% native", Template: "taboola", TrafficLoss: 1},
		{Name: "Übersicht", Template: ""},
	}
	for i := range list {
		t := &list[i]
		t.ID, t.State = int64(i+1), Active
		t.CreatedAt, t.UpdatedAt = dates(r)
		t.ParameterForm = ParameterForm(i % 3)
		t.AcceptParameters = i%2 == 0
		t.PostbackStatuses = []string{}
		if i < 4 {
			t.PostbackURL = fmt.Sprintf("https://source%d.example/pb?cid={external_id}&sum={revenue:usd}", t.ID)
			t.PostbackStatuses = []string{Sale, Rebill}
		}
		if i != 3 { // one has none: PHP writes []
			t.Parameters = []Parameter{
				{Name: "external_id", Placeholder: "{click_id}"},
				{Name: "cost", Placeholder: "{bid}"},
				{Name: "sub_id_1", Placeholder: "{site/id}"},
				{Name: "keyword", Placeholder: "{kéyword \"exact\"}"},
			}
		}
	}
	list[5].State = Deleted
	return list
}

func landingPages(r *kit.Random) []LandingPage {
	var list []LandingPage
	for i, brand := range r.Brands(14) {
		l := LandingPage{
			ID: int64(26 + i), Name: "LP " + brand, State: Active,
			Type: "external", ActionType: "http", ActionPayload: fmt.Sprintf("https://lp.example/%d/?c={campaign_name}", i+1),
		}
		l.CreatedAt, l.UpdatedAt = dates(r)
		if i%3 == 0 {
			l.Type, l.ActionType, l.ActionPayload = "local", "local_file", fmt.Sprintf("lander_%d", i)
		}
		if i%2 == 0 {
			l.GroupID = 21
		}
		if i%5 == 0 {
			l.Notes = "проверить \"кнопку\" / 50%"
		}
		list = append(list, l)
	}
	list[12].State, list[13].State = Disabled, Deleted
	return list
}

func offers(r *kit.Random, networks []Network) []Offer {
	list := make([]Offer, 0, 20)
	brands := r.Brands(20)
	for i := range 20 {
		o := Offer{
			ID: int64(i + 1), Name: brands[i] + kit.Pick(r, "", " CPL", " - iOS", " [18+]"), State: Active,
			URL:       fmt.Sprintf("http://offer%d.example/?ad_campaign_id={ad_campaign_id}&stream_id={stream_id}", i+1),
			NetworkID: networks[r.IntN(7)].ID,
			Payout:    Money(r.Between(5_0000, 80_0000)), PayoutCurrency: kit.Pick(r, "USD", "USD", "USD", "EUR", "RUB"), PayoutType: "CPA",
			PayoutUpsell: r.Chance(40),
		}
		if o.PayoutCurrency == "RUB" {
			o.Payout *= 90
		}
		o.CreatedAt, o.UpdatedAt = dates(r)
		switch i % 4 {
		case 1:
			o.Countries = []string{"DE"}
		case 2:
			o.Countries = []string{"US", "GB", "CI"}
		case 3:
			o.Countries = []string{} // no restriction, as an empty array
		}
		if i%3 == 0 {
			o.GroupID = 11 + int64(i%2)
		}
		if i%4 == 0 {
			o.Notes = "don't send \"incent\" / max 5% bots"
		}
		list = append(list, o)
	}
	list[0].Payout = 200 // 0.0200, the document's sample
	list[5].PayoutType = "CPC"
	list[8].PayoutAuto = true
	list[9].PayoutAuto = true
	list[15] = Offer{
		ID: 16, Name: "Test Offer X2", URL: "http://offer.com?ad_campaign_id={ad_campaign_id}", State: Active,
		CreatedAt: list[15].CreatedAt, UpdatedAt: list[15].UpdatedAt,
	}
	list[17].State, list[18].State, list[19].State = Disabled, Disabled, Deleted
	return list
}

func campaigns(r *kit.Random, sources []TrafficSource) []Campaign {
	list := make([]Campaign, 0, 26)
	brands := r.Brands(26)
	for i := range 26 {
		c := Campaign{
			ID: int64(89 + i), Alias: r.Text(aliasLetters, 6),
			Name: strings.TrimSpace(kit.Pick(r, "RU ", "DE ", "US/CA ", "") + brands[i]), Type: kit.Pick(r, "position", "position", "weight"),
			CookiesTTL: 24, Position: int64(i + 1), State: Active,
			CostType: kit.Pick(r, "CPC", "CPC", "CPC", "CPUC", "CPM"), CostValue: Money(r.Between(3001, 24999)), CostCurrency: "USD",
			BindVisitors: kit.Pick(r, "", "", "s", "sl", "slo"), Token: r.Hex(39),
			TrafficSourceID: sources[r.IntN(5)].ID,
		}
		_, c.UpdatedAt = dates(r)
		switch {
		case c.CostType == "CPM":
			c.CostValue *= 100
		case i%6 == 5:
			c.CostCurrency, c.CostValue = "RUB", c.CostValue*80
		case i%8 == 4:
			c.CostCurrency = "EUR"
		}
		if i%3 != 0 {
			c.GroupID = int64(1 + i%3)
		}
		c.CostAuto = i%7 == 3
		list = append(list, c)
	}
	list[0].Alias, list[0].CostType, list[0].CostValue, list[0].CostCurrency = "c8bL9W", "CPC", 10_0000, "RUB"
	list[7].UpdatedAt = time.Time{} // never changed since it was made
	list[11].TrafficSourceID = 0
	list[13].Position = 9999
	// a price of 18 digits, as set by someone testing the form: no double holds it
	list[23].CostType, list[23].CostValue, list[23].State = "CPM", 12345678901234_5678, Disabled
	list[20].State, list[21].State = Disabled, Disabled
	list[24].State, list[25].State = Deleted, Deleted
	return list
}

func labels(campaigns []Campaign) []Label {
	var list []Label
	for i, c := range campaigns {
		if i%3 == 0 {
			list = append(list,
				Label{c.ID, "source", "whitelist", []string{"news.example", "site/42"}},
				Label{c.ID, "source", "blacklist", []string{"100%fake.example", "ботнет.рф"}})
		}
		if i%6 == 0 {
			list = append(list, Label{c.ID, "sub_id_1", "blacklist", []string{"pub-3", "pub-7"}})
		}
	}
	return list
}

// aliasLetters are those of generated aliases, none of which looks like another.
const aliasLetters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
