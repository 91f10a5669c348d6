package integration

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestCoverageOfAffJet(t *testing.T) {
	config := affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 500}
	server := affjet.New(config)
	walkCoverage(t, "affjet", &scene{
		name: "as documented", path: "/externalclient", block: "credential api_key affjet-secret\ncurrency EUR", secret: "affjet-secret",
		place:   placeInQuery("apikey"),
		account: func() sandbox { return affjet.New(config) }, unified: server,
		// "the length of time in milliseconds that the server has spent"
		volatile: regexp.MustCompile(`("time":)[0-9.]+`),
		rows:     affjetRows(affjetData{server, kit.Location("Europe/London")}),
	})
}

// placeInQuery is the place of clients that put their key into the query.
func placeInQuery(name string) func(*http.Request, string) {
	return func(r *http.Request, key string) {
		q := r.URL.Query()
		q.Set(name, key)
		r.URL.RawQuery = q.Encode()
	}
}

func affjetRows(d affjetData) []tableRow {
	networks, merchants := d.networks(true), d.merchants(true, false)
	conversions := d.conversions()
	first := d.Transactions()[0]
	names := map[any]string{} // of what a report is grouped by
	for _, o := range append(d.networks(false), merchants...) {
		names[o["id"]] = fmt.Sprint(o["id"], " ", o["name"])
	}
	merchant := func(tx affjet.Transaction) string { return names[fmt.Sprint("affjet:", tx.Merchant)] }
	return []tableRow{
		{
			call:   "GET /externalclient/affiliateNetwork",
			native: nativeCall{path: "/externalclient/affiliateNetwork?includeMerchants=true&order=name-desc,importDate-asc"},
			uses:   []unifiedCall{lists("networks.list", "/v1/networks?include=merchants", func() []object { return networks }), pings("affjet")},
		},
		{
			call:   "GET /externalclient/affiliateNetwork/<<id>>",
			native: nativeCall{path: "/externalclient/affiliateNetwork/12?includeMerchants=true"},
			uses:   []unifiedCall{gets("networks.get", "/v1/networks/affjet:12?include=merchants", func() object { return networks[1] })},
		},
		{
			call:   "GET /externalclient/merchant",
			native: nativeCall{path: "/externalclient/merchant?includeAffiliateNetwork=true"},
			uses:   []unifiedCall{lists("merchants.list", "/v1/merchants?include=network", func() []object { return d.merchants(true, true) })},
		},
		{
			call:   "GET /externalclient/merchant/<<id>>",
			native: nativeCall{path: "/externalclient/merchant/501?includeAffiliateNetwork=true"},
			uses:   []unifiedCall{gets("merchants.get", "/v1/merchants/affjet:501?include=network", func() object { return merchants[0] })},
		},
		{
			call:   "GET /externalclient/overview",
			native: nativeCall{path: "/externalclient/overview?dateFrom=20260101&dateTo=20261031&pageSize=50&pageIndex=0&order=totalValue-asc,commissionRate-desc"},
			uses: []unifiedCall{reports(
				reportCall{"timezone=Europe/London&from=2026-01-01&to=2026-10-31&metrics=" + affjetMetrics, []string{"date", "merchant"}, func() sums {
					return d.sums(day(2026, 1, 1, d.zone), day(2026, 11, 1, d.zone), func(tx affjet.Transaction) string {
						return fmt.Sprint(tx.Date.In(d.zone).Format(time.DateOnly), " ", merchant(tx))
					})
				}},
				reportCall{"timezone=Europe/London&from=2026-01-01&to=2026-10-31&metrics=" + affjetMetrics, []string{"merchant"}, func() sums {
					return d.sums(day(2026, 1, 1, d.zone), day(2026, 11, 1, d.zone), merchant)
				}},
			)},
		},
		{
			call:   "GET /externalclient/transaction",
			native: nativeCall{path: "/externalclient/transaction?dateFrom=20260101000000&pageSize=100&pageIndex=1&includeAmendHistory=true&includeDeltaHistory=true&order=commission-desc"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return conversions }),
				gets("conversions.get", "/v1/conversions/"+url.PathEscape("affjet:"+first.UniqueID)+"?include=history", func() object {
					return with(d.conversion(first), object{"history": d.history(first, false)})
				}),
			},
		},
		{
			call:   "GET /externalclient/totalvalues",
			native: nativeCall{path: "/externalclient/totalvalues?groupBy=date,affiliateNetwork,merchant&dateFrom=20261001&dateTo=20261030"},
			uses: []unifiedCall{reports(reportCall{"timezone=Europe/London&from=2026-10-01&to=2026-10-30&metrics=" + affjetMetrics, []string{"network"}, func() sums {
				return d.sums(day(2026, 10, 1, d.zone), day(2026, 10, 31, d.zone), func(tx affjet.Transaction) string { return names[fmt.Sprint("affjet:", tx.Network)] })
			}})},
		},
	}
}

// affjetMetrics are those that the native sums have.
const affjetMetrics = "conversions,order_value,order_value_pending,order_value_approved,order_value_paid,order_value_rejected,revenue,commission,commission_pending,commission_approved,commission_paid,commission_rejected"

// sums adds up the transactions of a time by a key. What is paid has been confirmed.
func (d affjetData) sums(from, to time.Time, key func(affjet.Transaction) string) sums {
	s := sums{}
	for _, tx := range d.Transactions() {
		if tx.Date.Before(from) || !tx.Date.Before(to) {
			continue
		}
		k := key(tx)
		s.count(k + " conversions")
		value := func(metric string) { s.add(k+" "+metric+" EUR", big.NewRat(tx.Amount, 100)) }
		earned := func(metric string) { s.add(k+" "+metric+" EUR", big.NewRat(tx.Commission, 100)) }
		value("order_value")
		earned("commission")
		earned("revenue")
		state := affjetStatus[tx.Status]
		value("order_value_" + state)
		earned("commission_" + state)
		if tx.Status == affjet.Paid {
			value("order_value_paid")
			earned("commission_paid")
		}
	}
	return s
}

// day is the midnight at which a day begins.
func day(year int, month time.Month, d int, zone *time.Location) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, zone)
}
