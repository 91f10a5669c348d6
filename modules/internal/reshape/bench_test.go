package reshape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// transactions builds a page of an AffJet transaction list: every field of the
// platform's document, one earlier state in the history, some nulls and odd values.
func transactions(rows int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	statuses := []string{"confirmed", "pending", "paid", "declined", "Confirmed", "on hold"}
	currencies := []string{"EUR", "USD", "GBP", "pln"}
	var b bytes.Buffer
	b.WriteString(`{"result":0,"time":812.33,"dataCount":10000,"errors":[],"dataList":[`)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		at := time.Date(2025, 1, 1, 0, 0, random.IntN(365*86400), 0, time.UTC).In(zone)
		updated := at.Add(time.Duration(random.IntN(40*86400)) * time.Second)
		cents := random.IntN(5_000_000)
		custom := `"` + fmt.Sprintf("%x", random.Uint32()) + `"`
		switch i % 100 {
		case 13:
			custom = "null"
		case 14:
			custom = `"caf\u00e9 \"quoted\" \/ 100%"`
		case 15:
			custom = `"پرداخت"`
		}
		amount := fmt.Sprintf("%d.%02d", cents/100, cents%100)
		commission := fmt.Sprintf("%d.%02d", cents/1000, cents/10%100)
		if i%50 == 7 {
			commission = "-" + commission
		}
		status, currency := statuses[random.IntN(len(statuses)-i%2)], currencies[random.IntN(len(currencies))]
		fmt.Fprintf(&b, `{"date":"%s","lastUpdate":"%s","amount":%s,"commission":%s,"status":"%s",`+
			`"originalAmount":%s,"originalCommission":%s,"originalCurrency":"%s","originalStatus":"validated",`+
			`"merchant":{"id":%d,"affiliateNetwork":{"id":%d}},"uniqueId":"%d-%x","customId":%s,"commissionRate":%d.%d,`+
			`"type":"%s","transactionFlag":%d,`+
			`"historicAmends":[{"date":"%s","amount":%s,"commission":%s,"status":"pending","originalAmount":%s,"originalCommission":%s,`+
			`"originalCurrency":"%s","originalStatus":"open","uniqueId":"%d-%x","customId":%s,"updateTime":"%s"}],"historicDeltas":[]}`,
			at.Format("20060102150405"), updated.Format("20060102150405"), amount, commission, status,
			amount, commission, currency,
			1000+random.IntN(900), 1+random.IntN(60), 9_007_199_254_740_993+int64(i), random.Uint32(), custom, random.IntN(30), random.IntN(10),
			[]string{"transaction", "transaction", "bonus"}[random.IntN(3)], random.IntN(3),
			at.Format("20060102150405"), amount, commission, amount, commission,
			currency, i, random.Uint32(), custom, at.Format("20060102150405"))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// conversionShape maps such rows to the unified conversion, in the order of the
// contract's schema.
func conversionShape(t testing.TB) Shape {
	instant := datetime(t, "Europe/London", "20060102150405")
	status := []string{"confirmed", "approved", "pending", "pending", "paid", "approved", "declined", "rejected"}
	money := func(path string) Money { return Money{Amount: from(path), DefaultCurrency: "GBP"} }
	original := func(path string) Money { return Money{Amount: from(path), Currency: from("originalCurrency")} }
	id := func(path string) ID { return ID{Prefix: "affjet:", From: from(path)} }
	return Shape{Members: []Member{
		{"id", id("uniqueId")},
		{"platform", Const{JSON: []byte(`"affjet"`)}},
		{"native_id", Text{From: from("uniqueId")}},
		{"external_id", Null{}},
		{"type", Enum{From: from("type"), Table: enum(t, "", "transaction", "other", "bonus", "bonus")}},
		{"native_type", Text{From: from("type")}},
		{"status", Enum{From: from("status"), Table: enum(t, "", status...)}},
		{"native_status", Text{From: from("status")}},
		{"previous_status", Null{}},
		{"payment_status", Enum{From: from("status"), Table: enum(t, "unpaid", "paid", "paid")}},
		{"occurred_at", Coded{From: from("date"), Codec: instant}},
		{"updated_at", Coded{From: from("lastUpdate"), Codec: instant}},
		{"clicked_at", Null{}},
		{"amount", money("amount")},
		{"commission", money("commission")},
		{"revenue", money("commission")},
		{"cost", Null{}},
		{"profit", Null{}},
		{"fee", Null{}},
		{"commission_rate", Decimal{From: from("commissionRate")}},
		{"original", Object{Members: []Member{
			{"amount", original("originalAmount")},
			{"commission", original("originalCommission")},
			{"currency", Text{From: from("originalCurrency")}},
			{"status", Text{From: from("originalStatus")}},
		}}},
		{"network_id", id("merchant.affiliateNetwork.id")},
		{"merchant_id", id("merchant.id")},
		{"campaign_id", Null{}},
		{"stream_id", Null{}},
		{"offer_id", Null{}},
		{"landing_page_id", Null{}},
		{"traffic_source_id", Null{}},
		{"publisher", Null{}},
		{"click_id", Null{}},
		{"sub_ids", Map{Members: []Member{{"1", Text{From: from("customId"), EmptyIsNull: true}}}}},
		{"items", Null{}},
		{"locked", Null{}},
		{"country", Null{}},
		{"client", Null{}},
		{"suspected_type", Enum{From: from("transactionFlag"), Table: enum(t, "", "0", "none", "1", "transaction", "2", "bonus")}},
		{"native_suspected_type", Text{From: from("transactionFlag"), EmptyIsNull: true}},
		{"attribution", Null{}},
		{"history", Null{}},
		{"deltas", Null{}},
	}}
}

var transactionRows = Source{Rows: []Path{{"dataList"}}}

// mapConversions does the same through encoding/json and generic maps, as a reader
// would write it who does not mind what it costs.
func mapConversions(body []byte) ([][]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var page map[string]any
	if err := decoder.Decode(&page); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, err
	}
	text := func(v any) any {
		if v == nil {
			return nil
		}
		return fmt.Sprint(v)
	}
	id := func(v any) any { return "affjet:" + fmt.Sprint(v) }
	money := func(v any, currency string) any {
		return map[string]any{"value": fmt.Sprint(v), "currency": strings.ToUpper(currency)}
	}
	word := func(v any, table map[string]string, otherwise string) any {
		if unified, ok := table[strings.ToLower(fmt.Sprint(v))]; ok {
			return unified
		}
		return otherwise
	}
	statuses := map[string]string{"confirmed": "approved", "pending": "pending", "paid": "approved", "declined": "rejected"}
	var rows [][]byte
	for _, item := range page["dataList"].([]any) {
		native := item.(map[string]any)
		instant := func(name string) any {
			t, err := time.ParseInLocation("20060102150405", native[name].(string), zone)
			if err != nil {
				panic(err)
			}
			return t.UTC().Format(time.RFC3339)
		}
		merchant := native["merchant"].(map[string]any)
		currency := native["originalCurrency"].(string)
		var subIDs any
		if custom := text(native["customId"]); custom != nil {
			subIDs = map[string]any{"1": custom}
		}
		row, err := json.Marshal(map[string]any{
			"id": id(native["uniqueId"]), "platform": "affjet", "native_id": native["uniqueId"], "external_id": nil,
			"type":        word(native["type"], map[string]string{"transaction": "other", "bonus": "bonus"}, "unknown"),
			"native_type": native["type"],
			"status":      word(native["status"], statuses, "unknown"), "native_status": native["status"], "previous_status": nil,
			"payment_status": word(native["status"], map[string]string{"paid": "paid"}, "unpaid"),
			"occurred_at":    instant("date"), "updated_at": instant("lastUpdate"), "clicked_at": nil,
			"amount": money(native["amount"], "GBP"), "commission": money(native["commission"], "GBP"), "revenue": money(native["commission"], "GBP"),
			"cost": nil, "profit": nil, "fee": nil, "commission_rate": text(native["commissionRate"]),
			"original": map[string]any{
				"amount": money(native["originalAmount"], currency), "commission": money(native["originalCommission"], currency),
				"currency": currency, "status": native["originalStatus"],
			},
			"network_id":  id(merchant["affiliateNetwork"].(map[string]any)["id"]),
			"merchant_id": id(merchant["id"]),
			"campaign_id": nil, "stream_id": nil, "offer_id": nil, "landing_page_id": nil, "traffic_source_id": nil, "publisher": nil, "click_id": nil,
			"sub_ids": subIDs, "items": nil, "locked": nil, "country": nil, "client": nil,
			"suspected_type":        word(native["transactionFlag"], map[string]string{"0": "none", "1": "transaction", "2": "bonus"}, "unknown"),
			"native_suspected_type": text(native["transactionFlag"]),
			"attribution":           nil, "history": nil, "deltas": nil,
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func TestPageEqualsTheMapBaseline(t *testing.T) {
	body := transactions(500)
	want, err := mapConversions(body)
	require.NoError(t, err)
	var page Page
	require.NoError(t, compile(t, conversionShape(t), transactionRows).Page(&page, body, nil))
	require.Equal(t, len(want), page.Len())
	for i := range want {
		require.JSONEq(t, string(want[i]), string(page.Row(i)))
	}
}

// BenchmarkReshapePage reshapes a page of 10,000 rows and about 7 MB.
func BenchmarkReshapePage(b *testing.B) { benchmarkPage(b, transactions(10_000)) }

func benchmarkPage(b *testing.B, body []byte) {
	plan := compile(b, conversionShape(b), transactionRows)
	var page Page
	require.NoError(b, plan.Page(&page, body, nil))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		page.Reset()
		if err := plan.Page(&page, body, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMapBaseline is the same work through encoding/json and generic maps.
func BenchmarkMapBaseline(b *testing.B) {
	body := transactions(10_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mapConversions(body); err != nil {
			b.Fatal(err)
		}
	}
}
