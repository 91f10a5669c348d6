package keitaro

import (
	"fmt"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// hugeFraud is a revenue of 17 digits that no double holds, as a forged postback
// reports it; the network rejects it.
const hugeFraud Money = 9007199254740_9931

// convert decides what becomes of a click on an offer. On an odd day one of its
// first conversions is the forged one.
func (g *traffic) convert(r *kit.Random, c Click, odd bool) {
	offer := g.byID.offers[c.OfferID]
	if offer == nil || c.Bot || !r.Chance(14) {
		return
	}
	v := Conversion{
		ID: c.ID * 10, ClickID: c.ID, SubID: c.SubID,
		Revenue:    inUSD(offer.Payout, orUSD(offer.PayoutCurrency)),
		PostbackAt: g.clear(c.At.Add(time.Duration(r.Between(60, 3*24*3600)) * time.Second)),
		Params:     []Parameter{{Name: "subid", Placeholder: c.SubID}, {Name: "payout", Placeholder: offer.Payout.String()}},
	}
	if offer.PayoutAuto {
		v.Revenue = Money(r.Between(1, 250_0000))
	}
	if r.Chance(75) {
		v.TID = r.AwkwardID(int(c.ID))
	}
	decided := g.clear(v.PostbackAt.Add(time.Duration(r.Between(3600, 5*24*3600)) * time.Second))
	// everything is drawn before it is decided, so that where the year ends does
	// not change what the day's later rows draw
	rejectedAs, rebills := kit.Pick(r, "rejected", "trash", "отказ"), r.IntN(3)
	v.Status, v.OriginalStatus = Lead, kit.Pick(r, "lead", "pending", "hold/1")
	switch fate := r.IntN(100); {
	case odd && c.ID%1000 < 30:
		v.Status, v.OriginalStatus, v.PreviousStatus, v.Revenue = Rejected, "fraud \"auto\"", Lead, hugeFraud
	case fate < 25: // stays a lead
	case fate < 40:
		v.Status, v.OriginalStatus, v.SaleAt = Sale, "sale", v.PostbackAt
	case fate < 80 && decided.Before(g.end):
		v.PreviousStatus, v.Status, v.OriginalStatus, v.SaleAt = Lead, Sale, "approved", decided
	case fate >= 80 && decided.Before(g.end):
		v.PreviousStatus, v.Status, v.OriginalStatus = Lead, Rejected, rejectedAs
	}
	if !offer.PayoutUpsell || v.Status != Sale {
		rebills = 0
	}
	if !v.PostbackAt.Before(g.end) {
		return // still to come
	}
	g.data.Conversions = append(g.data.Conversions, v)
	for i := range rebills {
		again := v
		again.ID += int64(i + 1)
		again.TID = fmt.Sprintf("rebill/%d-%d", c.ID, i+1)
		again.Status, again.PreviousStatus, again.OriginalStatus = Rebill, "", "rebill"
		again.PostbackAt = g.clear(v.SaleAt.AddDate(0, 0, 7*(i+1)))
		again.SaleAt = again.PostbackAt
		if again.PostbackAt.Before(g.end) {
			g.data.Conversions = append(g.data.Conversions, again)
		}
	}
}

// clear moves an instant out of the hour that the tracker's clock shows twice.
func (g *traffic) clear(t time.Time) time.Time {
	if g.ambiguous(t) {
		return t.Add(3 * time.Hour)
	}
	return t
}

func orUSD(currency string) string {
	if currency == "" {
		return "USD"
	}
	return currency
}
