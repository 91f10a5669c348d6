package integration

import (
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

func TestCoverageOfTrackfinity(t *testing.T) {
	// the document and the page of the report each have two addresses for one thing
	config := trackfinity.Config{Key: "trackfinity-secret", Username: "admin", Seed: 1, Now: clock, Rows: 600, PingPath: trackfinity.ServicePingPath}
	elsewhere := config
	elsewhere.PingPath, elsewhere.ServiceReport = trackfinity.PingPath, true
	server, other := trackfinity.New(config), trackfinity.New(elsewhere)
	first := regexp.MustCompile("^/api/report/profitloss$")
	// "the headers keys are NOT case sensitive"
	place := func(r *http.Request, key string) {
		r.Header.Set("api-key", key)
		r.Header.Set("api-username", "admin")
	}
	walkCoverage(t, "trackfinity",
		&scene{
			name: "as in the table", block: trackfinityBlock, secret: "trackfinity-secret", place: place,
			account: func() sandbox { return trackfinity.New(config) }, unified: server,
			rows: trackfinityRows(server),
		},
		&scene{
			name: "as in the examples", block: trackfinityBlock, secret: "trackfinity-secret", place: place,
			account: func() sandbox { return lacking{trackfinity.New(elsewhere), first} }, unified: lacking{other, first},
			rows: []tableRow{
				{
					call:   "GET /api/ping",
					native: nativeCall{path: "/api/ping?payvia_type_id=1&rule_type=enabled"},
					uses:   []unifiedCall{pings("trackfinity")},
				},
				{
					call:   "GET /api/service/profitloss",
					native: nativeCall{path: "/api/service/profitloss?view=login&period=8&start=2026-01-01&end=2026-06-30"},
					uses:   []unifiedCall{trackfinityReport(other)},
				},
			},
		})
}

func trackfinityRows(server *trackfinity.Server) []tableRow {
	click := server.Clicks()[7]
	offers := map[int64]trackfinity.Offer{}
	for _, o := range server.Offers() {
		offers[o.ID] = o
	}
	var events []trackfinity.Event
	for _, e := range server.Events() {
		if e.Kind != trackfinity.Visit {
			events = append(events, e)
		}
	}
	conversion := trackfinityConversion(server)
	return []tableRow{
		{
			call:   "GET /api/service/ping",
			native: nativeCall{path: "/api/service/ping?payvia_type_id=1&rule_type=enabled"},
			uses:   []unifiedCall{pings("trackfinity")},
		},
		{
			call:   "GET /api/report/profitloss",
			native: nativeCall{path: "/api/report/profitloss?view=login&period=8&start=2026-01-01&end=2026-06-30"},
			uses:   []unifiedCall{trackfinityReport(server)},
		},
		{
			call:   "GET /api/transaction/transaction_payout_preview",
			native: nativeCall{path: "/api/transaction/transaction_payout_preview?transaction_hash=" + click.Hash + "&amount=19.99&transaction_type=rebill"},
			uses: []unifiedCall{gets("payout_previews.query", "/v1/payout-previews?click_id="+click.Hash+"&amount=19.99&type=rebill", func() object {
				return object{
					"platform": "trackfinity", "click_id": click.Hash, "type": "rebill", "amount": money(1999, 2, "USD"),
					"commission": object{"value": preview(offers[click.Offer], "rebill", "19.99"), "currency": "USD"},
				}
			})},
		},
		{
			call:   "GET /api/report/transaction",
			native: nativeCall{path: "/api/report/transaction?period=8&start=2026-01-01&end=2026-06-30&trans_start=5&trans_count=50"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(events, conversion) }),
				gets("conversions.get", fmt.Sprint("/v1/conversions/trackfinity:", events[3].Transaction), func() object { return conversion(events[3]) }),
			},
		},
	}
}

// trackfinityReport asks for half a year by affiliate.
func trackfinityReport(server *trackfinity.Server) unifiedCall {
	return reports(reportCall{"from=2026-01-01&to=2026-06-30&metrics=clicks,conversions,revenue,commission", []string{"publisher"}, func() sums {
		logins := map[int64]string{}
		for _, l := range server.Logins() {
			logins[l.ID] = l.Name
		}
		s := sums{}
		for _, e := range server.Events() {
			if e.At.Before(day(2026, 1, 1, time.UTC)) || !e.At.Before(day(2026, 7, 1, time.UTC)) {
				continue
			}
			k := fmt.Sprint("trackfinity:", e.Click.Login, " ", logins[e.Click.Login])
			if e.Kind == trackfinity.Visit {
				s.count(k + " clicks")
			} else {
				s.count(k + " conversions")
			}
			s.add(k+" revenue USD", big.NewRat(e.Revenue, 100))
			s.add(k+" commission USD", big.NewRat(e.Payout, 100))
		}
		return s
	}})
}
