package integration

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// network are the rows of the network's logs, reports and imports.
func (w trackierWalk) network() []tableRow {
	d := w.data()
	job, first := d.Jobs[2], d.Conversions[0]
	return []tableRow{
		{
			call: "GET /network/conversions",
			native: nativeCall{path: "/network/conversions?start=2026-09-01&end=2026-09-30&fields[]=source&fields[]=cid&fields[]=method&fields[]=revenue" +
				"&fields[]=payout&fields[]=status&fields[]=clickIp&fields[]=referer"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(d.Conversions, d.conversion) }),
				gets("conversions.get", "/v1/conversions/trackier:"+first.ID, func() object { return d.conversion(first) }),
			},
		},
		{
			call: "GET /network/clicks", native: nativeCall{path: "/network/clicks?start=2026-09-01&end=2026-09-30&limit=10&page=1"},
			uses: []unifiedCall{lists("clicks.list", "/v1/clicks?occurred_from=2026-09-01T00:00:00Z&occurred_to=2026-09-11T00:00:00Z", func() (list []object) {
				for _, c := range d.Clicks {
					if !c.At.Before(day(2026, 9, 1, time.UTC)) && c.At.Before(day(2026, 9, 11, time.UTC)) {
						list = append(list, d.click(c))
					}
				}
				return list
			})},
		},
		{
			call: "GET /network/customReport", native: nativeCall{path: "/network/customReport?group[]=adid&start=2026-09-01&end=2026-09-30"},
			uses: []unifiedCall{reports(reportCall{trackierReport + "clicks,approved,revenue,commission_approved,profit", []string{"campaign"}, func() sums {
				return w.sums(func(tally trackierTally) {
					tally.click("clicks")
					tally.approved("approved")
					tally.money("revenue", tally.revenue)
					tally.money("commission_approved", tally.payout)
					tally.money("profit", tally.revenue-tally.payout)
				}, func(trackier.Campaign, int64) bool { return true }, w.byCampaign)
			}})},
		},
		{
			call: "GET /network/account",
			uses: []unifiedCall{gets("account.get", "/v1/account?platform=trackier", func() object {
				d := w.data()
				return identified("trackier", d.Account.ID, object{
					"name": d.Account.Name, "url": d.Account.Domain, "currency": "USD", "timezone": "Asia/Kolkata", "created_at": d.dated(d.Account.CreatedAt, trackier.DateText),
				})
			}), pings("trackier")},
		},
		{
			call:   "POST /network/conversion-import",
			native: nativeCall{body: `{"conversions":[{"campaign_id":17,"publisher_id":31,"txn_id":"A1","created":"2026-11-18 20:00:00","status":"pending","payout":2.5}]}`},
			uses: []unifiedCall{{"imports.create", func(g *gateway) {
				o := g.made("/v1/imports", `{"conversions":[{"campaign_id":"trackier:17","publisher":{"id":"trackier:31"},"external_id":"A1",
					"occurred_at":"2026-11-18T14:30:00Z","status":"pending","commission":{"value":"2.5","currency":null}}]}`)
				same(g.t, o, identified("trackier", o["native_id"].(string), object{
					"name": "import.json.conversion", "status": "completed", "native_status": "completed", "created_at": atNow,
					"logs": []object{{"occurred_at": atNow, "message": "Total Processed: 1 | Imported: 1 | Edited: 0 | Errors: 0"}},
				}))
				if !slices.ContainsFunc(w.Data().Conversions, func(v trackier.Conversion) bool {
					return v.TxnID == "A1" && v.CampaignID == 17 && v.AffiliateID == 31 && v.Status == "pending" && v.Payout == 2_5000 && at(v.At) == "2026-11-18T14:30:00Z"
				}) {
					g.t.Error("the network has no such conversion")
				}
			}}},
		},
		{
			call: "GET /jobs",
			uses: []unifiedCall{lists("imports.list", "/v1/imports", func() (list []object) {
				for _, j := range w.Data().Jobs[:50] { // the platform lists the latest
					list = append(list, trackierImport(j))
				}
				return list
			})},
		},
		{
			call: "GET /jobs/{id}", native: nativeCall{path: "/jobs/" + job.ID},
			uses: []unifiedCall{gets("imports.get", "/v1/imports/trackier:"+job.ID, func() object { return with(trackierImport(job), object{"logs": []any{}}) })},
		},
	}
}

func trackierImport(j trackier.Job) object {
	status := map[string]string{"pending": "pending", "progress": "running", "completed": "completed", "failed": "failed"}
	return identified("trackier", j.ID, object{
		"name": "import.json.conversion", "status": status[j.Status], "native_status": j.Status, "created_at": at(j.CreatedAt),
	})
}

// referrals are the rows of referrals.
func (w trackierWalk) referrals() []tableRow {
	trip, list := trackierTrip("/v1/referrals"), w.Data().Referrals
	expect := func(r trackier.Referral) object {
		state := map[bool][2]string{false: {"active", "true"}, true: {"disabled", "false"}}[r.Disabled]
		kind := map[string]string{"percentage": "percent", "amount": "amount"}
		return identified("trackier", r.ID, object{
			"publisher_id": ref("trackier", r.AffiliateID), "rate": decimal(int64(r.Rate), 4), "created_at": at(r.CreatedAt), "updated_at": at(r.ModifiedAt),
			"base": r.Base, "native_base": r.Base, "type": kind[r.Type], "native_type": r.Type, "recurring": r.Recurring, "state": state[0], "native_state": state[1],
		})
	}
	path := "/v1/referrals/trackier:" + list[1].ID
	return []tableRow{
		{
			call: "GET /network/referral",
			uses: []unifiedCall{
				lists("referrals.list", "/v1/referrals", func() []object { return each(w.Data().Referrals, expect) }),
				gets("referrals.get", path, func() object { return expect(list[1]) }),
			},
		},
		{
			call: "POST /network/referral", native: nativeCall{body: `{"publisher_id":33,"type":"percentage","base":"profit","rate":30.25,"recurring":false}`},
			uses: []unifiedCall{creates("referrals.create", trip)},
		},
		{
			call: "PATCH /network/referral/{id}", native: nativeCall{path: "/network/referral/" + list[1].ID, body: `{"rate":7,"type":"amount"}`},
			uses: []unifiedCall{{"referrals.update", func(g *gateway) {
				want := with(expect(list[1]), trip.patched)
				same(g.t, g.done("PATCH", path, trip.patch, http.StatusOK), want)
				same(g.t, expect(w.Data().Referrals[1]), want)
			}}},
		},
		{
			call: "DELETE /network/referral/{id}", native: nativeCall{path: "/network/referral/" + list[2].ID},
			uses: []unifiedCall{{"referrals.delete", func(g *gateway) {
				g.gone("DELETE", "/v1/referrals/trackier:"+list[2].ID, "")
				if slices.ContainsFunc(w.Data().Referrals, func(r trackier.Referral) bool { return r.ID == list[2].ID }) {
					g.t.Error("the referral is still there")
				}
			}}},
		},
	}
}

// trackierReport is nine months of sums in days of the network.
const trackierReport = "timezone=Asia/Kolkata&from=2026-01-01&to=2026-09-30&metrics="

// trackierTally adds one click or conversion to the sums of its key. Money is that of
// what is approved, in the currency of reports.
type trackierTally struct {
	sums
	key             string
	clicked, earned bool
	revenue, payout trackier.Money
}

func (t trackierTally) click(metric string) {
	if t.clicked {
		t.count(t.key + " " + metric)
	}
}

func (t trackierTally) approved(metric string) {
	if t.earned {
		t.count(t.key + " " + metric)
	}
}

func (t trackierTally) money(metric string, m trackier.Money) {
	if t.earned {
		t.add(t.key+" "+metric+" USD", big.NewRat(int64(m), 10_000))
	}
}

// sums adds up the clicks and conversions of those that are kept, by a key.
func (w trackierWalk) sums(add func(trackierTally), keep func(c trackier.Campaign, affiliate int64) bool, key func(trackier.Campaign, trackier.Click) string) sums {
	d, s := w.data(), sums{}
	campaigns := map[int64]trackier.Campaign{}
	for _, c := range d.Campaigns {
		campaigns[c.DisplayID] = c
	}
	within := func(t time.Time) bool {
		return !t.Before(day(2026, 1, 1, d.zone)) && t.Before(day(2026, 10, 1, d.zone))
	}
	for _, c := range d.Clicks {
		if campaign := campaigns[c.CampaignID]; within(c.At) && keep(campaign, c.AffiliateID) {
			add(trackierTally{sums: s, key: key(campaign, c), clicked: true})
		}
	}
	for _, v := range d.Conversions {
		if campaign := campaigns[v.CampaignID]; within(v.At) && keep(campaign, v.AffiliateID) && v.Status == trackier.Approved {
			add(trackierTally{sums: s, key: key(campaign, d.clicks[v.ClickID]), earned: true, revenue: v.RevenueUSD, payout: v.PayoutUSD})
		}
	}
	return s
}

func (w trackierWalk) byCampaign(c trackier.Campaign, _ trackier.Click) string {
	return fmt.Sprint("trackier:", c.DisplayID, " ", c.Title)
}
