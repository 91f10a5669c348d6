package affjet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// group is what one row of an overview or of total values sums up; what it is
// not grouped by is zero.
type group struct {
	date              string // Date in the account's zone
	merchant, network int64
}

// sums is one row of an overview or of total values, in hundredths of the
// account's currency.
type sums struct {
	group
	count                 int64
	value, commission     int64
	valueOf, commissionOf map[Status]int64
}

func (t *sums) add(x *Transaction) {
	t.count++
	t.value += x.Amount
	t.commission += x.Commission
	t.valueOf[x.Status] += x.Amount
	t.commissionOf[x.Status] += x.Commission
}

var sumFields = fields[*sums]{
	"transactionNumber":              key(func(t *sums) int64 { return t.count }),
	"totalValue":                     key(func(t *sums) int64 { return t.value }),
	"transactionConfirmedValue":      key(func(t *sums) int64 { return t.valueOf[Confirmed] }),
	"transactionPendingValue":        key(func(t *sums) int64 { return t.valueOf[Pending] }),
	"transactionPaidValue":           key(func(t *sums) int64 { return t.valueOf[Paid] }),
	"transactionDeclinedValue":       key(func(t *sums) int64 { return t.valueOf[Declined] }),
	"totalCommission":                key(func(t *sums) int64 { return t.commission }),
	"commissionRate":                 key(func(t *sums) int64 { return percent(t.commission, t.value).Units }),
	"transactionConfirmedCommission": key(func(t *sums) int64 { return t.commissionOf[Confirmed] }),
	"transactionPendingCommission":   key(func(t *sums) int64 { return t.commissionOf[Pending] }),
	"transactionPaidCommission":      key(func(t *sums) int64 { return t.commissionOf[Paid] }),
	"transactionDeclinedCommission":  key(func(t *sums) int64 { return t.commissionOf[Declined] }),
	"date":                           key(func(t *sums) string { return t.date }),
	"merchant":                       key(func(t *sums) int64 { return t.merchant }),
	"affiliateNetwork":               key(func(t *sums) int64 { return t.network }),
}

// write appends the sums that both endpoints share, in the document's order.
func (t *sums) write(o kit.Object) kit.Object {
	money := func(name string, units int64) kit.Member {
		return kit.Member{Name: name, Value: double(kit.Cents(units))}
	}
	return append(o,
		kit.Member{Name: "transactionNumber", Value: double(kit.Decimal{Units: t.count})},
		money("totalValue", t.value),
		money("transactionConfirmedValue", t.valueOf[Confirmed]),
		money("transactionPendingValue", t.valueOf[Pending]),
		money("transactionPaidValue", t.valueOf[Paid]),
		money("transactionDeclinedValue", t.valueOf[Declined]),
		money("totalCommission", t.commission),
		kit.Member{Name: "commissionRate", Value: double(percent(t.commission, t.value))},
		money("transactionConfirmedCommission", t.commissionOf[Confirmed]),
		money("transactionPendingCommission", t.commissionOf[Pending]),
		money("transactionPaidCommission", t.commissionOf[Paid]),
		money("transactionDeclinedCommission", t.commissionOf[Declined]))
}

// sum adds up the transactions that pass keep, one row per group, ordered by
// date, network and merchant.
func (s *Server) sum(keep func(*Transaction) bool, by func(*Transaction) group) []*sums {
	groups := make(map[group]*sums)
	var rows []*sums
	for i := range s.data.transactions {
		t := &s.data.transactions[i]
		if !keep(t) {
			continue
		}
		g := by(t)
		row := groups[g]
		if row == nil {
			row = newSums(g)
			groups[g] = row
			rows = append(rows, row)
		}
		row.add(t)
	}
	slices.SortFunc(rows, func(a, b *sums) int {
		for _, field := range []string{"date", "affiliateNetwork", "merchant"} {
			if c := sumFields[field](a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}

func newSums(g group) *sums {
	return &sums{group: g, valueOf: make(map[Status]int64), commissionOf: make(map[Status]int64)}
}

// days reads dateFrom and dateTo, which are whole days of the account's zone.
// The end is the last second of its day.
func (p *params) days() (from, to time.Time) {
	from, to = p.instant("dateFrom", dateFormat), p.instant("dateTo", dateFormat)
	if !to.IsZero() {
		to = to.AddDate(0, 0, 1).Add(-time.Second)
	}
	return from, to
}

// overview serves GET /externalclient/overview: sums by day and merchant.
func (s *Server) overview(a *answer, p *params, _ string) {
	p.only("count", "groupByMerchant", "dateFrom", "dateTo", "pageSize", "pageIndex", "merchantId", "affiliateNetworkId", "order")
	byMerchant := p.boolean("groupByMerchant")
	from, to := p.days()
	owned := p.owner()
	rows := s.sum(func(t *Transaction) bool {
		return between(t.Date, from, to) && owned(t)
	}, func(t *Transaction) group {
		g := group{merchant: t.Merchant, network: t.Network}
		if !byMerchant {
			g.date = t.Date.In(s.config.Zone).Format(dateFormat)
		}
		return g
	})
	respondPaged(a, p, rows, sumFields, func(t *sums) any {
		return t.write(kit.Object{
			{Name: "date", Value: t.date}, // "always empty" when grouped by merchant
			{Name: "merchant", Value: merchantOf(t.merchant, t.network)},
		})
	})
}

// maxDays is how long the range of total values may be.
const maxDays = 30

// totalValues serves GET /externalclient/totalvalues.
func (s *Server) totalValues(a *answer, p *params, _ string) {
	p.only("count", "groupBy", "dateFrom", "dateTo", "merchantId", "affiliateNetworkId", "order")
	byDate, byNetwork, byMerchant := p.groupBy()
	from, to := p.recentDays(s.config.Now())
	owned := p.owner()
	rows := s.sum(func(t *Transaction) bool {
		return between(t.Date, from, to) && owned(t)
	}, func(t *Transaction) group {
		var g group
		if byDate {
			g.date = t.Date.In(s.config.Zone).Format(dateFormat)
		}
		if byNetwork {
			g.network = t.Network
		}
		if byMerchant {
			g.merchant = t.Merchant
		}
		return g
	})
	if len(rows) == 0 && !byDate && !byNetwork && !byMerchant {
		rows = append(rows, newSums(group{})) // the sum of nothing is still a sum
	}
	count := p.boolean("count")
	if !count {
		sortRows(p, rows, sumFields)
	}
	respond(a, p, count, rows, func(t *sums) any {
		var o kit.Object
		if byDate {
			o = append(o, kit.Member{Name: "date", Value: t.date})
		}
		if byNetwork {
			o = append(o, kit.Member{Name: "affiliateNetwork", Value: t.network})
		}
		if byMerchant {
			o = append(o, kit.Member{Name: "merchant", Value: t.merchant})
		}
		return t.write(o)
	})
}

func (p *params) groupBy() (date, network, merchant bool) {
	if !p.values.Has("groupBy") {
		return false, false, false
	}
	for word := range strings.SplitSeq(p.values.Get("groupBy"), ",") {
		switch word {
		case "date":
			date = true
		case "affiliateNetwork":
			network = true
		case "merchant":
			merchant = true
		default:
			p.refuse("groupBy", fmt.Sprintf("has an unknown word '%s'", word))
		}
	}
	return date, network, merchant
}

// recentDays is days for an endpoint that takes no more than maxDays: a missing
// end means today, a missing start that many days before the end.
func (p *params) recentDays(now time.Time) (from, to time.Time) {
	from, to = p.days()
	if to.IsZero() {
		y, m, d := now.In(p.zone).Date()
		to = time.Date(y, m, d+1, 0, 0, -1, 0, p.zone)
	}
	earliest := to.Add(time.Second).AddDate(0, 0, -maxDays)
	if from.IsZero() {
		from = earliest
	}
	if from.Before(earliest) {
		p.refuse("dateFrom", fmt.Sprintf("begins a range of more than %d days", maxDays))
	}
	return from, to
}
