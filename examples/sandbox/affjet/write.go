package affjet

import (
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// double writes a number as the document wants a Double: always with a decimal
// point, and otherwise no digit more than needed.
func double(d kit.Decimal) kit.Number {
	n := d.Short()
	if !strings.Contains(string(n), ".") {
		n += ".0"
	}
	return n
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// writeNetwork writes a network, its dates in the format of the endpoint that
// shows it.
func writeNetwork(n Network, format string, zone *time.Location) kit.Object {
	return kit.Object{
		{Name: "id", Value: n.ID},
		{Name: "name", Value: n.Name},
		{Name: "importDate", Value: n.Imported.In(zone).Format(format)},
		{Name: "lastImportDate", Value: n.LastImported.In(zone).Format(format)},
		{Name: "currency", Value: n.Currency},
	}
}

func writeMerchant(m Merchant) kit.Object {
	return kit.Object{
		{Name: "id", Value: m.ID},
		{Name: "name", Value: m.Name},
		{Name: "cid", Value: m.CID},
	}
}

func writeTransaction(t Transaction, zone *time.Location) kit.Object {
	digits := Digits(t.OriginalCurrency)
	o := kit.Object{
		{Name: "date", Value: t.Date.In(zone).Format(datetimeFormat)},
		{Name: "lastUpdate", Value: t.Updated.In(zone).Format(datetimeFormat)},
		{Name: "amount", Value: double(kit.Cents(t.Amount))},
		{Name: "commission", Value: double(kit.Cents(t.Commission))},
		{Name: "status", Value: t.NativeStatus},
		{Name: "originalAmount", Value: double(kit.Decimal{Units: t.OriginalAmount, Scale: digits})},
		{Name: "originalCommission", Value: double(kit.Decimal{Units: t.OriginalCommission, Scale: digits})},
		{Name: "originalCurrency", Value: t.OriginalCurrency},
		{Name: "originalStatus", Value: orNull(t.OriginalStatus)},
		{Name: "merchant", Value: merchantOf(t.Merchant, t.Network)},
		{Name: "uniqueId", Value: t.UniqueID},
		{Name: "customId", Value: orNull(t.CustomID)},
		{Name: "commissionRate", Value: double(percent(t.Commission, t.Amount))},
		{Name: "type", Value: string(t.Type)},
	}
	if t.Flag == NoFlag {
		return append(o, kit.Member{Name: "transactionFlag", Value: ""})
	}
	return append(o, kit.Member{Name: "transactionFlag", Value: t.Flag})
}

// merchantOf writes the merchant of a transaction or overview, where its
// network is an object and not a list.
func merchantOf(merchant, network int64) kit.Object {
	return kit.Object{
		{Name: "id", Value: merchant},
		{Name: "affiliateNetwork", Value: kit.Object{{Name: "id", Value: network}}},
	}
}

// percent returns commission as a percentage of amount, with four decimals.
func percent(commission, amount int64) kit.Decimal {
	d := kit.Ratio(commission, amount, 6)
	return kit.Decimal{Units: d.Units, Scale: 4}
}

// writeValues writes the amendable values in the order of the document, without
// uniqueId and updateTime, which end every record of a history.
func writeValues(v Values, zone *time.Location) kit.Object {
	digits := Digits(v.OriginalCurrency)
	return kit.Object{
		{Name: "date", Value: v.Date.In(zone).Format(datetimeFormat)},
		{Name: "amount", Value: double(kit.Cents(v.Amount))},
		{Name: "commission", Value: double(kit.Cents(v.Commission))},
		{Name: "status", Value: v.NativeStatus},
		{Name: "originalAmount", Value: double(kit.Decimal{Units: v.OriginalAmount, Scale: digits})},
		{Name: "originalCommission", Value: double(kit.Decimal{Units: v.OriginalCommission, Scale: digits})},
		{Name: "originalCurrency", Value: v.OriginalCurrency},
		{Name: "originalStatus", Value: orNull(v.OriginalStatus)},
		{Name: "customId", Value: orNull(v.CustomID)},
	}
}

// writeAmends writes every amend in full.
func writeAmends(t Transaction, zone *time.Location) kit.Array {
	list := kit.Array{}
	for _, a := range t.Amends {
		list = append(list, finishAmend(writeValues(a.Values, zone), a, zone))
	}
	return list
}

// writeDeltas writes of every amend what differs from the one before it.
func writeDeltas(t Transaction, zone *time.Location) kit.Array {
	list := kit.Array{}
	var before kit.Object
	for _, a := range t.Amends {
		values := writeValues(a.Values, zone)
		changed := kit.Object{}
		for i, m := range values {
			if before == nil || before[i].Value != m.Value {
				changed = append(changed, m)
			}
		}
		list = append(list, finishAmend(changed, a, zone))
		before = values
	}
	return list
}

func finishAmend(o kit.Object, a Amend, zone *time.Location) kit.Object {
	return append(o,
		kit.Member{Name: "uniqueId", Value: a.UniqueID},
		kit.Member{Name: "updateTime", Value: a.Updated.In(zone).Format(datetimeFormat)})
}
