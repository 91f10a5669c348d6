package affili

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// beyondFloat is an integer that a float64 cannot hold: 2^53 + 1.
const beyondFloat = 1<<53 + 1

// ids hands out short identifiers, each of them once.
type ids struct {
	random *kit.Random
	used   map[string]bool
}

func (i *ids) next() string {
	for {
		if id := i.random.Hash(5); !i.used[id] {
			i.used[id] = true
			return id
		}
	}
}

func generatePublishers(r *kit.Random, next func() string) []Publisher {
	publishers := make([]Publisher, 25)
	for i := range publishers {
		publishers[i] = Publisher{
			ID:       next(),
			Name:     r.Person(),
			AffID:    "affili" + r.Hex(11),
			Referrer: r.Hex(24),
		}
	}
	return publishers
}

func generateConversions(config Config, publishers []Publisher, next func() string) []Conversion {
	r := kit.NewRandom(config.Seed, "affili conversions")
	from, to := kit.Window(config.Now())
	conversions := make([]Conversion, 0, config.Rows)
	for i, at := range r.Times(config.Rows, from, to) {
		c := Conversion{ID: next(), Publisher: kit.Pick(r, publishers...).ID, Created: at, Type: kit.Pick(r, Buy, Buy, Buy, Click, Lead)}
		if r.Chance(3) {
			c.Publisher = "" // has left
		}
		generateParts(r, &c, i, next)
		if i == config.Rows/2 {
			c = oversized(c, next)
		}
		generateState(r, &c, to)
		if r.Chance(85) {
			c.Agents, c.IPs = []string{r.Device().Browser}, []string{r.IP().String()}
			for range r.IntN(3) {
				c.Clicks = append(c.Clicks, ClickRef{ID: next(), At: at.Add(-time.Duration(r.Between(1, 14*24*60)) * time.Minute)})
			}
		}
		conversions = append(conversions, c)
	}
	slices.Reverse(conversions)
	return conversions
}

// generateParts fills in the order, or what stands for it.
func generateParts(r *kit.Random, c *Conversion, i int, next func() string) {
	switch c.Type {
	case Buy:
		c.TypeIsNumber = r.Chance(50)
		c.ExternalID = strconv.Itoa(100_000 + i)
		if r.Chance(30) {
			c.ExternalID = r.AwkwardID(i)
		}
		for _, name := range []string{"buy", "کتاب و لوازم التحریر", "electronics/mobile"}[:r.Between(1, 3)] {
			amount := r.Between(150, 95_000) * 1000
			c.Commissions = append(c.Commissions, Commission{ID: next(), Name: name, Amount: amount})
			c.Amount += amount
		}
		c.Wage = kit.Ratio(c.Amount*r.Between(50, 400), 10_000, 0).Units
	case Lead:
		c.Commissions = []Commission{{ID: next(), Name: kit.Pick(r, "ثبت نام", "sign-up \"free\""), Amount: r.Between(50, 400) * 1000}}
		c.Wage = 12_500
		if r.Chance(50) {
			c.ExternalID = fmt.Sprintf("user+%d@example.com", i)
		}
	case Click:
		c.Commissions = []Commission{{ID: next(), Name: "click", Amount: r.Between(2, 9) * 500}}
		c.Wage = 150
	}
}

// oversized turns c into an order whose amount a float64 would round.
func oversized(c Conversion, next func() string) Conversion {
	c.Type, c.TypeIsNumber = Buy, true
	c.ExternalID = "18014398509481985" // 2^54 + 1
	c.Amount, c.Wage = beyondFloat, 90_071_992_547_410
	c.Commissions = []Commission{{ID: next(), Name: "buy", Amount: beyondFloat}}
	return c
}

// generateState decides what has become of c until the end of the data.
func generateState(r *kit.Random, c *Conversion, to time.Time) {
	c.Updated = c.Created
	decided := c.Created.Add(time.Duration(r.Between(60, 30*24*60)) * time.Minute)
	if !decided.Before(to) {
		return // still pending
	}
	c.Updated = decided
	c.Status = kit.Pick(r, Approved, Approved, Approved, Approved, Rejected, Rejected, Duplicated)
	settled := decided.Add(time.Duration(r.Between(24*60, 45*24*60)) * time.Minute)
	if settled.Before(to) {
		c.Updated, c.Closed = settled, true
		c.CheckedOut = c.Status == Approved && r.Chance(90)
	}
}
