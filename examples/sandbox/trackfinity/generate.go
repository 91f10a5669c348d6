package trackfinity

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// beyondFloat is an integer that a float64 cannot hold: 2^53 + 1. It is the
// revenue of one sale in hundredths, and the id of one offer.
const beyondFloat = 1<<53 + 1

var devices = []Device{
	{"desktop", "", "", "Windows", "10", "", "Chrome"},
	{"desktop", "Apple", "Macintosh", "OS X", "10.15", "", "Safari"},
	{"mobile", "Samsung", "Galaxy S24+", "Android", "14", "Türk Telekom", "Chrome Mobile"},
	{"mobile", "Apple", "iPhone", "iOS", "17.5", "AT&T", "Mobile Safari"},
	{"tablet", "Apple", "iPad", "iPadOS", "17.4", "", "Mobile Safari"},
	{}, // nothing is known
}

func generate(config Config) data {
	r := kit.NewRandom(config.Seed, "trackfinity catalogue")
	d := data{codes: make(map[int64]string), byHash: make(map[string]*Click)}
	brands := r.Brands(24)
	for i, name := range brands[:15] {
		o := Offer{
			ID: int64(2001 + i), Name: name, Group: int64(1 + i%4), Program: int64(1 + i%3),
			ProductCode: "P/" + strconv.Itoa(10+i) + "%", Percent: i%3 == 0,
		}
		o.Payout = r.Between(150, 4_500)
		if i == 14 {
			o.ID = beyondFloat
		}
		d.offers = append(d.offers, o)
	}
	for i := range 4 {
		d.groups = append(d.groups, Named{int64(1 + i), "Group \"" + brands[15+i] + "\""})
	}
	for i := range 6 {
		d.landingPages = append(d.landingPages, Named{int64(31 + i), "/lp/" + strconv.Itoa(i) + "?v=50%"})
	}
	for i, name := range []string{"Banner 300×250", "Text link", "Pop-under", "E-Mail „Sommer“"} {
		d.adTools = append(d.adTools, Named{int64(51 + i), name})
	}
	for i := range 20 {
		d.logins = append(d.logins, Login{
			ID: int64(101 + i), Name: r.Person(), Rep: int64(1 + i%3), Inhouse: i%7 == 0, MediaBuy: i%5 == 0,
		})
	}
	for i, c := range kit.Countries() {
		id := int64(1 + i)
		d.countries = append(d.countries, Named{id, c.Name})
		d.codes[id] = c.Code
	}
	d.generateClicks(config)
	d.generateEvents(config)
	d.generateTransactions(config)
	return d
}

func (d *data) generateClicks(config Config) {
	r := kit.NewRandom(config.Seed, "trackfinity clicks")
	from, to := kit.Window(config.Now())
	for _, at := range r.Times(config.Rows, from, to) {
		c := &Click{
			Hash:        r.Hex(32),
			At:          at,
			Login:       kit.Pick(r, d.logins...).ID,
			Campaign:    r.Between(1, 9),
			Offer:       kit.Pick(r, d.offers...).ID,
			LandingPage: kit.Pick(r, d.landingPages...).ID,
			AdTool:      kit.Pick(r, d.adTools...).ID,
			Country:     kit.Pick(r, d.countries...).ID,
			Sub1:        kit.Pick(r, "", "", "summer/sale", "100%", "کد ۱", "a\"b"),
			Sub2:        kit.Pick(r, "", "", "", "s2-"+r.Hex(2)),
			Referrer:    kit.Pick(r, "", "https://blog.example/?q=søk&p=1%202", "https://www.example.org/a/b"),
			Device:      kit.Pick(r, devices...),
			PageViews:   r.Between(1, 6),
			UniqueOfAll: r.Chance(70),
		}
		d.clicks = append(d.clicks, c)
		d.byHash[c.Hash] = c
	}
}

func (d *data) generateEvents(config Config) {
	r := kit.NewRandom(config.Seed, "trackfinity events")
	_, to := kit.Window(config.Now())
	for i, c := range d.clicks {
		d.events = append(d.events, Event{Kind: Visit, At: c.At, Click: c})
		huge := i == len(d.clicks)/2
		if huge || r.Chance(25) {
			d.follow(r, c, to, huge)
		}
	}
	slices.SortStableFunc(d.events, func(a, b Event) int { return a.At.Compare(b.At) })
}

// follow makes what came of a click that sold something.
func (d *data) follow(r *kit.Random, c *Click, to time.Time, huge bool) {
	add := func(kind Kind, after time.Duration, revenue, payout int64) {
		if at := c.At.Add(after); at.Before(to) {
			d.events = append(d.events, Event{Kind: kind, At: at, Click: c, Revenue: revenue, Payout: payout})
		}
	}
	minutes := func(low, high int64) time.Duration { return time.Duration(r.Between(low, high)) * time.Minute }
	const day = 24 * 60
	price := r.Between(499, 19_999)
	if huge {
		add(Initial, 0, beyondFloat, 1)
		return
	}
	payout := d.offer(c.Offer).payout(price)
	sold := minutes(1, 90)
	if r.Chance(40) {
		add(Trial, sold, 100, 0)
		if r.Chance(40) {
			add(Cancel, sold+minutes(60, 6*day), 0, 0)
			return
		}
	} else {
		add(Initial, sold, price, payout)
	}
	for month := range r.IntN(5) {
		add(Rebill, sold+time.Duration(30*(month+1))*24*time.Hour, price, payout/2)
	}
	switch {
	case r.Chance(8):
		add(Refund, sold+minutes(day, 14*day), -price, -payout)
	case r.Chance(4):
		add(Chargeback, sold+minutes(20*day, 60*day), -price, -payout)
	}
}

// generateTransactions gives clicks and events what only the transaction report
// shows.
func (d *data) generateTransactions(config Config) {
	r := kit.NewRandom(config.Seed, "trackfinity transactions")
	_, to := kit.Window(config.Now())
	for i, c := range d.clicks {
		c.IP = r.IP()
		if r.Chance(60) {
			c.ExternalID = r.AwkwardID(i)
		}
	}
	id := int64(1238)
	firstOrder := make(map[*Click]string)
	for i := range d.events {
		e := &d.events[i]
		if e.Kind == Visit {
			continue
		}
		id += r.Between(1, 3) // some are lost, as in every table
		e.Transaction = id
		e.Received = e.At.Add(time.Duration(r.Between(0, 90)) * time.Second)
		if !e.Received.Before(to) {
			e.Received = e.At
		}
		switch e.Kind {
		case Refund, Chargeback:
			e.Order = firstOrder[e.Click]
		case Initial, Trial, Rebill:
			e.Order = r.AwkwardID(i)
			if firstOrder[e.Click] == "" {
				firstOrder[e.Click] = e.Order
			}
		}
	}
}

// payout returns what an affiliate gets for a sale of amount hundredths.
func (o Offer) payout(amount int64) int64 {
	if !o.Percent {
		return o.Payout
	}
	return kit.Ratio(amount*o.Payout, 10_000, 0).Units
}
