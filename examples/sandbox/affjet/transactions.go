package affjet

import (
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// indexed is a transaction together with its place in the data, where its
// written form is.
type indexed struct {
	*Transaction
	index int
}

var transactionFields = fields[indexed]{
	"date":               when(func(t indexed) time.Time { return t.Date }),
	"lastUpdate":         when(func(t indexed) time.Time { return t.Updated }),
	"amount":             key(func(t indexed) int64 { return t.Amount }),
	"commission":         key(func(t indexed) int64 { return t.Commission }),
	"status":             key(func(t indexed) string { return t.NativeStatus }),
	"originalAmount":     key(func(t indexed) int64 { return hundredths(t.OriginalAmount, t.OriginalCurrency) }),
	"originalCommission": key(func(t indexed) int64 { return hundredths(t.OriginalCommission, t.OriginalCurrency) }),
	"originalCurrency":   key(func(t indexed) string { return t.OriginalCurrency }),
	"originalStatus":     key(func(t indexed) string { return t.OriginalStatus }),
	"uniqueId":           key(func(t indexed) string { return t.UniqueID }),
	"customId":           key(func(t indexed) string { return t.CustomID }),
	"commissionRate":     key(func(t indexed) int64 { return percent(t.Commission, t.Amount).Units }),
	"type":               key(func(t indexed) string { return string(t.Type) }),
	"transactionFlag":    key(func(t indexed) int { return t.Flag }),
}

// hundredths makes amounts comparable as the numbers that are written.
func hundredths(minor int64, currency string) int64 {
	if Digits(currency) == 0 {
		return minor * 100
	}
	return minor
}

// transactions serves GET /externalclient/transaction.
func (s *Server) transactions(a *answer, p *params, _ string) {
	p.only("count", "dateFrom", "dateTo", "lastUpdateFrom", "lastUpdateTo", "pageSize", "pageIndex", "merchantId",
		"affiliateNetworkId", "customId", "uniqueId", "order", "includeAmendHistory", "includeDeltaHistory", "type")
	amends, deltas := p.boolean("includeAmendHistory"), p.boolean("includeDeltaHistory")
	keep := s.transactionFilter(p)
	rows := make([]indexed, 0, len(s.data.transactions))
	for i := range s.data.transactions {
		if t := &s.data.transactions[i]; keep(t) {
			rows = append(rows, indexed{t, i})
		}
	}
	zone := s.config.Zone
	respondPaged(a, p, rows, transactionFields, func(t indexed) any {
		if !amends && !deltas {
			return s.data.rows[t.index]
		}
		o := writeTransaction(*t.Transaction, zone)
		if amends {
			o = append(o, kit.Member{Name: "historicAmends", Value: writeAmends(*t.Transaction, zone)})
		}
		if deltas {
			o = append(o, kit.Member{Name: "historicDeltas", Value: writeDeltas(*t.Transaction, zone)})
		}
		return o
	})
}

// transactionFilter reads the filters of a request. Both ends of a range belong
// to it; blank texts filter nothing.
func (s *Server) transactionFilter(p *params) func(*Transaction) bool {
	from, to := p.instant("dateFrom", datetimeFormat), p.instant("dateTo", datetimeFormat)
	updatedFrom, updatedTo := p.instant("lastUpdateFrom", datetimeFormat), p.instant("lastUpdateTo", datetimeFormat)
	owned := p.owner()
	customID, uniqueID := p.values.Get("customId"), p.values.Get("uniqueId")
	kind := Type(p.values.Get("type"))
	if kind != "" && kind != Bonus && kind != Sale {
		p.refuse("type", "must be bonus or transaction")
	}
	return func(t *Transaction) bool {
		return between(t.Date, from, to) && between(t.Updated, updatedFrom, updatedTo) &&
			owned(t) &&
			(customID == "" || t.CustomID == customID) &&
			(uniqueID == "" || t.UniqueID == uniqueID) &&
			(kind == "" || t.Type == kind)
	}
}

// owner reads the filters by merchant and network.
func (p *params) owner() func(*Transaction) bool {
	const all = -1
	merchant, network := p.integer("merchantId", all), p.integer("affiliateNetworkId", all)
	return func(t *Transaction) bool {
		return (merchant == all || t.Merchant == merchant) && (network == all || t.Network == network)
	}
}

// between reports whether t is in [from, to]; a zero end is open.
func between(t, from, to time.Time) bool {
	return !t.Before(from) && (to.IsZero() || !t.After(to))
}
