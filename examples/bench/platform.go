package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// nativeKey is the credential of the platform.
const nativeKey = "bench-native-key"

// workload is one thing to ask for, as the gateway and as the platform name it.
type workload struct {
	name   string
	asked  string // request of the gateway
	native string // the request that the gateway makes of it
	rows   int    // in the unified list; 0 for a single object
	passed bool   // through the native proxy, so that both answers are the same
}

var workloads = []workload{
	{
		name:   "a list of 100 conversions",
		asked:  "/v1/conversions?limit=100",
		native: "/externalclient/transaction?pageSize=101&pageIndex=0&apikey=" + nativeKey,
		rows:   100,
	},
	{
		name:   "one network with its merchants",
		asked:  "/v1/networks/affjet:12?include=merchants",
		native: "/externalclient/affiliateNetwork/12?includeMerchants=true&apikey=" + nativeKey,
	},
	{
		name:   "the same network through the native proxy",
		asked:  "/native/affjet/externalclient/affiliateNetwork/12?includeMerchants=true",
		native: "/externalclient/affiliateNetwork/12?includeMerchants=true&apikey=" + nativeKey,
		passed: true,
	},
}

// platform answers like AffJet, always the same: a short last page of
// transactions, and one network.
type platform struct {
	addr     string // host:port on the loopback
	requests atomic.Int64

	server *http.Server
	failed chan error // what Serve returned
}

func startPlatform() (*platform, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &platform{addr: listener.Addr().String(), failed: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /externalclient/transaction", p.answer(transactions()))
	mux.Handle("GET /externalclient/affiliateNetwork/12", p.answer(network()))
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { p.failed <- p.server.Serve(listener) }()
	return p, nil
}

// answer answers with a body to whoever has the credential.
func (p *platform) answer(body []byte) http.HandlerFunc {
	length := strconv.Itoa(len(body))
	return func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		if r.URL.Query().Get("apikey") != nativeKey {
			http.Error(w, "the bench's requests have its key", http.StatusUnauthorized)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", length)
		_, _ = w.Write(body) // who hangs up early has stopped counting
	}
}

// Close stops the platform and tells what made it fail before.
func (p *platform) Close() error {
	err := p.server.Close()
	if served := <-p.failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// transactions is a page of 100 rows with every member that the platform's
// document names, the latest first, about 60 KB.
func transactions() []byte {
	statuses := []string{"confirmed", "pending", "paid", "declined"}
	currencies := []string{"EUR", "USD", "GBP"}
	latest := time.Date(2026, 3, 31, 23, 59, 58, 0, time.UTC)
	var b bytes.Buffer
	b.WriteString(`{"result":0,"time":12.5,"dataCount":100,"errors":[],"dataList":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		at := latest.Add(-time.Duration(i) * 37 * time.Minute)
		amount := fmt.Sprintf("%d.%02d", 20+i*7, i)
		commission := fmt.Sprintf("%d.%02d", 1+i/3, 99-i)
		kind := "transaction"
		if i%10 == 9 {
			kind = "bonus"
		}
		fmt.Fprintf(&b, `{"date":"%s","lastUpdate":"%s","amount":%s,"commission":%s,"status":"%s",`,
			at.Format("20060102150405"), at.Add(26*time.Hour).Format("20060102150405"), amount, commission, statuses[i%4])
		fmt.Fprintf(&b, `"originalAmount":%s,"originalCommission":%s,"originalCurrency":"%s","originalStatus":"validated",`,
			amount, commission, currencies[i%3])
		fmt.Fprintf(&b, `"merchant":{"id":%d,"affiliateNetwork":{"id":%d}},"uniqueId":"%d","customId":"newsletter-%d",`,
			1000+i%40, 1+i%12, 9_007_199_254_740_993+int64(i), i)
		fmt.Fprintf(&b, `"commissionRate":%d.5,"type":"%s","transactionFlag":0,`, i%20, kind)
		fmt.Fprintf(&b, `"historicAmends":[{"date":"%s","amount":%s,"commission":%s,"status":"pending",`,
			at.Format("20060102150405"), amount, commission)
		fmt.Fprintf(&b, `"originalCurrency":"%s","originalStatus":"open","uniqueId":"%d","updateTime":"%s"}],"historicDeltas":[]}`,
			currencies[i%3], 70_000+i, at.Add(time.Hour).Format("20060102150405"))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// network is one network with its merchants, about 2 KB.
func network() []byte {
	var b bytes.Buffer
	b.WriteString(`{"result":0,"time":3.25,"data":{"id":12,"name":"Example Network",` +
		`"importDate":"20240105093000","lastImportDate":"20260331235958","currency":"EUR","merchants":[`)
	for i := range 26 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"Merchant %d of Example Network","cid":"55-%d"}`, 1000+i, i, 70_000+i)
	}
	b.WriteString(`]}}`)
	return b.Bytes()
}
