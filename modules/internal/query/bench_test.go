package query

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// canned answers every call with the same body.
type canned []byte

func (c canned) Do(context.Context, *exchange.Request) (*exchange.Response, *problem.Problem) {
	return &exchange.Response{Status: 200, Body: c, Requests: 1}, nil
}

// transactions is a native page of n rows of about 600 bytes.
func transactions(n int) canned {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"uniqueId":"%d","type":"transaction","status":"confirmed","date":"202611%02d101112","lastUpdate":"20261119090000",`+
			`"amount":123.45,"commission":6.78,"commissionRate":5.5,"originalAmount":130.10,"originalCommission":7.02,"originalCurrency":"USD","originalStatus":"validated",`+
			`"transactionFlag":0,"customId":"partner-%d","merchant":{"id":"%d","name":"A merchant of middling length","cid":"90211",`+
			`"affiliateNetwork":{"id":"12","name":"A network","currency":"EUR","importDate":"20250101000000","lastImportDate":"20261120000000"}},`+
			`"product":"Shoes, size 42, brown","category":"Clothes and shoes","country":"GB"}`, 100000+i, 1+i%28, i%7, i%40)
	}
	return canned(`{"result":0,"dataCount":` + fmt.Sprint(n) + `,"dataList":[` + strings.Join(rows, ",") + `]}`)
}

// BenchmarkListPage reads a page of 100 rows of one platform that has the order itself.
func BenchmarkListPage(b *testing.B) {
	text, err := os.ReadFile("../../../mappings/affjet/mapping.yaml")
	if err != nil {
		b.Fatal(err)
	}
	body := transactions(100)
	kept, err := cache.New(cache.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	e, err := New(Config{Surface: loadSurface(b), Secret: secret, Cache: kept, Platforms: []*Platform{platform(b, "affjet", string(text), body)}})
	if err != nil {
		b.Fatal(err)
	}
	r := request(b, e, "conversions.list", "limit=100", person{})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		l, p := e.List(b.Context(), r)
		if p != nil {
			b.Fatal(p)
		}
		n := 0
		if err := l.Each(b.Context(), func(row []byte) error { n += len(row); return nil }); err != nil {
			b.Fatal(err)
		}
		if l.Len() != 100 || n == 0 {
			b.Fatalf("%d rows", l.Len())
		}
		l.Close()
	}
}

// BenchmarkGet reads one object of about 2 KB: a network with its merchants.
func BenchmarkGet(b *testing.B) {
	text, err := os.ReadFile("../../../mappings/affjet/mapping.yaml")
	if err != nil {
		b.Fatal(err)
	}
	merchants := make([]string, 26)
	for i := range merchants {
		merchants[i] = fmt.Sprintf(`{"id":%d,"name":"Merchant %d of Example Network","cid":"55-%d"}`, 1000+i, i, 70_000+i)
	}
	body := canned(`{"result":0,"time":3.25,"data":{"id":12,"name":"Example Network","importDate":"20240105093000",` +
		`"lastImportDate":"20260331235958","currency":"EUR","merchants":[` + strings.Join(merchants, ",") + `]}}`)
	kept, err := cache.New(cache.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	e, err := New(Config{Surface: loadSurface(b), Secret: secret, Cache: kept, Platforms: []*Platform{platform(b, "affjet", string(text), body)}})
	if err != nil {
		b.Fatal(err)
	}
	op := e.surface.Operation("networks.get")
	params, faults := op.Parse("include=merchants", map[string]string{"id": "affjet:12"})
	if faults != nil {
		b.Fatal(faults)
	}
	r := &Request{Params: params, Client: person{}}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		o, p := e.Get(b.Context(), r)
		if p != nil {
			b.Fatal(p)
		}
		if len(o.JSON) < len(body) {
			b.Fatalf("%s", o.JSON)
		}
		o.Close()
	}
}
