package affjet

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// beyondFloat is an integer that a float64 cannot hold: 2^53 + 1. It is the id
// of one merchant and the amount of one transaction.
const beyondFloat = 1<<53 + 1

// perMillion is the worth of 1,000,000 minor units in hundredths of the
// account's currency.
var perMillion = map[string]int64{
	"GBP": 1_000_000, "USD": 787_300, "EUR": 853_100, "SEK": 74_210, "JPY": 512_000, "PLN": 196_900,
}

func toAccount(original int64, currency string) int64 {
	if currency == Currency {
		return original
	}
	return kit.Ratio(original*perMillion[currency], 1_000_000, 0).Units
}

func generate(config Config) data {
	from, to := kit.Window(config.Now())
	d := data{networks: generateNetworks(config, from, to)}
	d.merchants = generateMerchants(config, d.networks)
	d.transactions = generateTransactions(config, d, from, to)
	for _, t := range d.transactions {
		row := kit.Plain.Append(nil, writeTransaction(t, config.Zone))
		d.rows = append(d.rows, kit.Number(row))
	}
	return d
}

func generateNetworks(config Config, from, to time.Time) []Network {
	r := kit.NewRandom(config.Seed, "affjet networks")
	networks := []Network{
		{ID: 11, Name: "Nordic Affiliates", Currency: "SEK"},
		{ID: 12, Name: "Réseau Étoile", Currency: "EUR"},
		{ID: 15, Name: "Kölner \"Netz\"", Currency: "EUR"},
		{ID: 23, Name: "パートナー・リンク", Currency: "JPY"},
		{ID: 31, Name: "Sieć/Partnerska", Currency: "PLN"},
		{ID: 108, Name: "Harbour & Sons", Currency: "GBP"},
		{ID: 109, Name: "100% Performance", Currency: "USD"},
		{ID: 1204, Name: "Empty's", Currency: "GBP"}, // has merchants, but no transaction
	}
	for i := range networks {
		networks[i].Imported = certain(from.Add(-time.Duration(r.Between(1, 900*24*60))*time.Minute), config.Zone)
		networks[i].LastImported = certain(to.Add(-time.Duration(r.Between(1, 12*60))*time.Minute), config.Zone)
	}
	return networks
}

func generateMerchants(config Config, networks []Network) []Merchant {
	const n = 44
	r := kit.NewRandom(config.Seed, "affjet merchants")
	merchants := make([]Merchant, 0, n)
	for i, name := range r.Brands(n) {
		m := Merchant{ID: int64(501 + 3*i), Name: name, Network: networks[i%len(networks)].ID}
		switch i % 5 {
		case 0:
			m.CID = "00" + strconv.Itoa(1000+i) // a number, if the zeros do not matter
		case 1:
			m.CID = "AW-" + r.Hex(4) + "/" + strconv.Itoa(i)
		case 2:
			m.CID = strconv.FormatInt(beyondFloat+2*int64(i), 10)
		default:
			m.CID = strconv.FormatInt(r.Between(10_000, 99_999), 10)
		}
		if i == n-1 {
			m.ID = beyondFloat
		}
		merchants = append(merchants, m)
	}
	return merchants
}

func generateTransactions(config Config, d data, from, to time.Time) []Transaction {
	r := kit.NewRandom(config.Seed, "affjet transactions")
	empty := d.networks[len(d.networks)-1].ID
	active := slices.DeleteFunc(slices.Clone(d.merchants), func(m Merchant) bool { return m.Network == empty })
	currency := make(map[int64]string, len(d.networks))
	for _, n := range d.networks {
		currency[n.ID] = n.Currency
	}
	transactions := make([]Transaction, 0, config.Rows)
	for i, at := range r.Times(config.Rows, from, to) {
		m := kit.Pick(r, active...)
		t := Transaction{Merchant: m.ID, Network: m.Network, Type: Sale}
		t.Date = certain(at, config.Zone)
		t.UniqueID = strconv.FormatInt(70_000_000+int64(i)*13, 10)
		if r.Chance(25) {
			t.UniqueID = r.AwkwardID(i)
		}
		t.OriginalCurrency = currency[m.Network]
		generateValues(r, &t)
		if i == config.Rows/2 {
			t.OriginalCurrency = Currency
			t.OriginalAmount, t.OriginalCommission = beyondFloat, 45_035_996_273_705
		}
		generateHistory(r, &t, config.Zone, to)
		transactions = append(transactions, t)
	}
	slices.SortStableFunc(transactions, func(a, b Transaction) int { return a.Date.Compare(b.Date) })
	return transactions
}

// generateValues fills in what the network reports at first.
func generateValues(r *kit.Random, t *Transaction) {
	t.OriginalAmount = r.Between(199, 89_999)
	if r.Chance(1) {
		t.OriginalAmount = -t.OriginalAmount // goods sent back
	}
	t.OriginalCommission = kit.Ratio(t.OriginalAmount*r.Between(100, 1500), 10_000, 0).Units
	if r.Chance(4) {
		t.Type = Bonus
		t.OriginalAmount, t.OriginalCommission = 0, r.Between(500, 20_000)
	}
	switch {
	case r.Chance(15):
		t.Flag = NoFlag
	case r.Chance(3) && t.Type == Bonus:
		t.Flag = 1
	case r.Chance(3) && t.Type == Sale:
		t.Flag = 2
	}
	switch r.IntN(5) {
	case 0: // no custom id: null
	case 1:
		t.CustomID = "clickref " + r.Hex(6)
	case 2:
		t.CustomID = "søk/" + r.Hex(4) + "?q=100%"
	default:
		t.CustomID = kit.Pick(r, "newsletter", "blog", "homepage", "app", "Ευχαριστώ")
	}
}

// generateHistory makes the amends of t, whose values are the first report, and
// leaves t with the values of the last.
func generateHistory(r *kit.Random, t *Transaction, zone *time.Location, to time.Time) {
	final := kit.Pick(r, Confirmed, Paid, Paid, Paid, Declined)
	steps := []Status{Pending, Confirmed, Paid}
	switch final {
	case Confirmed:
		steps = steps[:2]
	case Declined:
		steps = []Status{Pending, Declined}
	}
	at := t.Date.Add(time.Duration(r.Between(1, 90)) * time.Minute)
	for i, status := range steps {
		at = certain(at, zone)
		if i > 0 && !at.Before(to) {
			break // it has not happened yet
		}
		t.Updated = at
		t.Status = status
		t.NativeStatus = letterCase(r, status)
		t.OriginalStatus = kit.Pick(r, "", networkWords[status], networkWords[status], networkWords[status])
		if i > 0 && r.Chance(10) && t.Type == Sale && t.OriginalAmount < beyondFloat {
			t.OriginalAmount -= t.OriginalAmount / 4 // part of the order was cancelled
			t.OriginalCommission -= t.OriginalCommission / 4
		}
		t.Amount = toAccount(t.OriginalAmount, t.OriginalCurrency)
		t.Commission = toAccount(t.OriginalCommission, t.OriginalCurrency)
		t.Amends = append(t.Amends, Amend{Values: t.Values, UniqueID: t.UniqueID + "-" + strconv.Itoa(i+1), Updated: at})
		at = at.Add(time.Duration(r.Between(3*24*60, 40*24*60)) * time.Minute)
	}
}

var networkWords = map[Status]string{Pending: "offen", Confirmed: "Approuvée", Paid: "wypłacono", Declined: "N/A"}

func letterCase(r *kit.Random, s Status) string {
	upper := string(s[0]-'a'+'A') + string(s[1:])
	if r.Chance(20) {
		return map[Status]string{Confirmed: "CONFIRMED", Pending: "PENDING", Paid: "PAID", Declined: "DECLINED"}[s]
	}
	return kit.Pick(r, string(s), string(s), upper)
}

// certain moves t out of the hour that clocks in zone show twice.
func certain(t time.Time, zone *time.Location) time.Time {
	if kit.Ambiguous(t, zone) {
		return t.Add(2 * time.Hour)
	}
	return t
}
