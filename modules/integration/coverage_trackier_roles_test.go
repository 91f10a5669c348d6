package integration

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// visible are the campaigns that the publisher may promote, and those that it has to ask
// for: what is active, and neither private nor closed to it, unless it was let in.
func (w trackierWalk) visible() (run, ask []trackier.Campaign) {
	d, me := w.Data(), w.Publisher().DisplayID
	for _, c := range d.Campaigns {
		granted := slices.ContainsFunc(d.Accesses, func(a trackier.Access) bool {
			return a.CampaignID == c.DisplayID && a.AffiliateID == me && a.Granted
		})
		switch {
		case !c.Active() || slices.Contains(c.Blocked, me):
		case c.Visibility == "public" || granted:
			run = append(run, c)
		case c.Visibility == "permission":
			ask = append(ask, c)
		}
	}
	return run, ask
}

// owned are the campaigns of the advertiser.
func (w trackierWalk) owned() []trackier.Campaign {
	return slices.DeleteFunc(slices.Clone(w.Data().Campaigns), func(c trackier.Campaign) bool {
		return c.AdvertiserID != w.Advertiser().DisplayID || c.Deleted
	})
}

// earns are the conversions of the publisher, or of the advertiser's campaigns.
func (w trackierWalk) earns(mine func(trackier.Conversion) bool) []trackier.Conversion {
	return slices.DeleteFunc(slices.Clone(w.Data().Conversions), func(v trackier.Conversion) bool { return !mine(v) })
}

func (w trackierWalk) promoted(v trackier.Conversion) bool {
	return v.AffiliateID == w.Publisher().DisplayID
}

func (w trackierWalk) advertised(v trackier.Conversion) bool {
	return slices.ContainsFunc(w.owned(), func(c trackier.Campaign) bool { return c.DisplayID == v.CampaignID })
}

// promisedModel is told with the commissions.
func promisedModel(c trackier.Campaign) any {
	if len(c.Commissions) == 0 {
		return nil
	}
	return c.Model
}

func payoutOf(m trackier.Commission) trackier.Money  { return m.Payout }
func revenueOf(m trackier.Commission) trackier.Money { return m.Revenue }

// onlyMembers is an object with no others than those named, and its identifiers.
func onlyMembers(o object, names ...string) object {
	out := object{}
	for _, name := range append(names, "id", "platform", "native_id") {
		out[name] = o[name]
	}
	return out
}

const (
	trackierDays  = "?start=2026-09-01&end=2026-09-30"
	trackierGroup = "&group[]=adid"
)

// publisher are the rows of an affiliate, who is not told what the advertiser pays.
func (w trackierWalk) publisher() []tableRow {
	run, ask := w.visible()
	linked, bare := run[0], run[0]
	for _, c := range run {
		if slices.ContainsFunc(w.Data().Links, func(l trackier.Link) bool {
			return l.CampaignID == c.DisplayID && l.AffiliateID == w.Publisher().DisplayID
		}) {
			linked = c
		} else {
			bare = c
		}
	}
	d := w.data()
	campaign := func(c trackier.Campaign) object {
		return identified("trackier", fmt.Sprint(c.DisplayID), object{
			"name": c.Title, "state": "active", "native_state": "active", "payout": paid(c, promisedModel(c), payoutOf), "created_at": d.dated(c.CreatedAt, trackier.DateText),
		})
	}
	conversion := func(v trackier.Conversion) object {
		c := d.clicks[v.ClickID]
		return with(d.conversion(v), object{
			"revenue": nil, "publisher": nil, "country": given(c.Country), "sub_ids": object{"1": given(c.P1), "2": given(c.P2)},
		})
	}
	mine := w.earns(w.promoted)
	return []tableRow{
		{
			call: "GET /affiliate/campaigns", native: nativeCall{path: "/affiliate/campaigns?page=1"},
			uses: []unifiedCall{lists("campaigns.list", "/v1/campaigns", func() []object { return each(run, campaign) })},
		},
		{
			call: "GET /affiliate/campaigns/{id}", native: nativeCall{path: "/affiliate/campaigns/16"},
			uses: []unifiedCall{gets("campaigns.get", "/v1/campaigns/trackier:16", func() object { return campaign(run[0]) })},
		},
		{call: "GET /affiliate/link/{campId}", native: nativeCall{path: fmt.Sprint("/affiliate/link/", linked.DisplayID)}},
		{call: "POST /affiliate/link/{campId}", native: nativeCall{path: fmt.Sprint("/affiliate/link/", bare.DisplayID), body: `{}`}},
		{
			call: "GET /affiliate/customReport", native: nativeCall{path: "/affiliate/customReport" + trackierDays + trackierGroup},
			uses: []unifiedCall{reports(reportCall{trackierReport + "clicks,commission_approved", []string{"campaign"}, func() sums {
				return w.sums(func(tally trackierTally) {
					tally.click("clicks")
					tally.money("commission_approved", tally.payout)
				}, func(_ trackier.Campaign, affiliate int64) bool { return affiliate == w.Publisher().DisplayID }, w.byCampaign)
			}})},
		},
		{
			call: "GET /affiliate/conversions", native: nativeCall{path: "/affiliate/conversions" + trackierDays},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(mine, conversion) }),
				gets("conversions.get", "/v1/conversions/trackier:"+mine[0].ID, func() object { return conversion(mine[0]) }),
			},
		},
		{call: "GET /affiliate/account", uses: []unifiedCall{w.account(w.Publisher()), pings("trackier")}},
		{call: "PATCH /affiliate/account", native: nativeCall{body: `{"action":"basic_info","name":"New Name","phone":"1"}`}},
		{call: "POST /affiliate/requestAccess/{campId}", native: nativeCall{path: fmt.Sprint("/affiliate/requestAccess/", ask[0].DisplayID), body: `{}`}},
	}
}

// account is a use of the account of a publisher or an advertiser, in version 1.
func (w trackierWalk) account(p trackier.Partner) unifiedCall {
	return gets("account.get", "/v1/account?platform=trackier", func() object {
		return identified("trackier", fmt.Sprint(p.DisplayID), object{
			"name": p.Name, "email": p.Email, "state": p.Status, "native_state": p.Status, "currency": "USD", "created_at": w.data().dated(p.CreatedAt, p.DateForm),
		})
	})
}

// publisher2 are the rows of an affiliate in version 2. It lists what can be asked for
// too, and does not tell states and dates of campaigns.
func (w trackierWalk) publisher2() []tableRow {
	run, ask := w.visible()
	d, me := w.data(), w.Publisher()
	campaign := func(c trackier.Campaign) object {
		if c.Model == "cps" { // "payout is a percent in the model CPS": that of the sandbox is 5
			for i := range c.Commissions {
				c.Commissions = slices.Clone(c.Commissions)
				c.Commissions[i].Payout = 5_0000
			}
		}
		return identified("trackier", fmt.Sprint(c.DisplayID), object{"name": c.Title, "payout": paid(c, c.Model, payoutOf)})
	}
	conversion := func(v trackier.Conversion) object {
		c := d.clicks[v.ClickID]
		return with(onlyMembers(d.conversion(v), "external_id", "status", "native_status", "occurred_at", "click_id", "commission", "campaign_id"),
			object{"country": given(c.Country), "sub_ids": object{"1": given(c.P1), "2": given(c.P2)}})
	}
	mine := w.earns(w.promoted)
	unknown := http.StatusNotImplemented // this network has none
	return []tableRow{
		{
			call: "GET /v2/publisher/campaigns",
			uses: []unifiedCall{lists("campaigns.list", "/v1/campaigns", func() []object { return each(append(run, ask...), campaign) })},
		},
		{
			call: "GET /v2/publisher/campaign/{id}", native: nativeCall{path: "/v2/publisher/campaign/16"},
			uses: []unifiedCall{gets("campaigns.get", "/v1/campaigns/trackier:16", func() object { return campaign(run[0]) })},
		},
		{
			call: "GET /v2/publishers/profile",
			uses: []unifiedCall{gets("account.get", "/v1/account?platform=trackier", func() object {
				return identified("trackier", fmt.Sprint(me.DisplayID), object{"name": me.Name, "email": me.Email, "state": me.Status, "native_state": me.Status})
			}), pings("trackier")},
		},
		{call: "POST /v2/publishers/profile", native: nativeCall{body: `{"name":"New Name","phone":"1","company":"New"}`}},
		{call: "GET /v2/publishers/coupons"},
		{call: "GET /v2/publishers/deals"},
		{call: "POST /v2/publishers/campaign/{id}/access", native: nativeCall{path: fmt.Sprintf("/v2/publishers/campaign/%d/access", ask[0].DisplayID), body: `{}`}},
		{call: "GET /v2/publishers/:pubId/campaignsCount", native: nativeCall{path: fmt.Sprintf("/v2/publishers/%d/campaignsCount", me.DisplayID)}},
		{
			call: "GET /v2/publishers/reports", native: nativeCall{path: "/v2/publishers/reports" + trackierDays + "&group[]=campaign_id&kpi[]=clicks&kpi[]=payout"},
			uses: []unifiedCall{reports(reportCall{trackierReport + "clicks,approved,commission_approved", []string{"campaign"}, func() sums {
				return w.sums(func(tally trackierTally) {
					tally.click("clicks")
					tally.approved("approved")
					tally.money("commission_approved", tally.payout)
				}, func(_ trackier.Campaign, affiliate int64) bool { return affiliate == me.DisplayID }, w.byCampaign)
			}})},
		},
		{
			call: "GET /v2/publishers/conversions", native: nativeCall{path: "/v2/publishers/conversions?start=2026-01-01&end=2026-09-30"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(mine, conversion) }),
				gets("conversions.get", "/v1/conversions/trackier:"+mine[0].ID, func() object { return conversion(mine[0]) }),
			},
		},
		{call: "GET /v2/publishers/reports-kpi"},
		{call: "GET /v2/publishers/categories"},
		{call: "POST /v2/publishers/bulk-deeplink", native: nativeCall{body: `{"url":"https://shop.example/"}`, status: unknown}},
	}
}

// advertiser are the rows of an advertiser, who is told what it pays, but no money of
// conversions beside the sale's.
func (w trackierWalk) advertiser() []tableRow {
	d, own := w.data(), w.owned()
	campaign := func(c trackier.Campaign) object {
		state, live := "active", "true"
		if !c.Active() {
			state, live = "disabled", "false"
		}
		priced := c // amounts have no currency of their own: it is the network's
		priced.Currency = "USD"
		if c.Model == "cps" { // "8 %"
			priced.Commissions = slices.Clone(c.Commissions)
			for i := range priced.Commissions {
				priced.Commissions[i].Revenue = 8_0000
			}
		}
		return identified("trackier", fmt.Sprint(c.DisplayID), object{
			"name": c.Title, "state": state, "native_state": live, "merchant_id": "trackier:" + w.Advertiser().ID,
			"payout": object{"model": promisedModel(c)}, "revenue": paid(priced, nil, revenueOf), "created_at": d.dated(c.CreatedAt, trackier.DateText),
		})
	}
	conversion := func(v trackier.Conversion) object {
		c := d.clicks[v.ClickID]
		return with(d.conversion(v), object{
			"revenue": nil, "commission": nil, "country": given(c.Country), "sub_ids": object{"1": given(c.P1), "2": given(c.P2)},
		})
	}
	mine := w.earns(w.advertised)
	one := own[0].DisplayID
	return []tableRow{
		{
			call: "GET /advertiser/campaigns",
			uses: []unifiedCall{lists("campaigns.list", "/v1/campaigns", func() []object { return each(own, campaign) })},
		},
		{
			call: "GET /advertiser/campaigns/{id}", native: nativeCall{path: fmt.Sprint("/advertiser/campaigns/", one)},
			uses: []unifiedCall{gets("campaigns.get", fmt.Sprint("/v1/campaigns/trackier:", one), func() object { return campaign(own[0]) })},
		},
		{call: "GET /advertiser/campaignStats/{id}", native: nativeCall{path: fmt.Sprint("/advertiser/campaignStats/", one) + trackierDays}},
		{call: "GET /advertiser/report", native: nativeCall{path: "/advertiser/report" + trackierDays}},
		{
			call: "GET /advertiser/customReport", native: nativeCall{path: "/advertiser/customReport" + trackierDays + trackierGroup + "&group[]=device"},
			uses: []unifiedCall{reports(reportCall{trackierReport + "clicks,revenue", []string{"country"}, func() sums {
				return w.sums(func(tally trackierTally) {
					tally.click("clicks")
					tally.money("revenue", tally.revenue)
				}, w.advertises, func(_ trackier.Campaign, c trackier.Click) string { return c.Country })
			}})},
		},
		{
			call: "GET /advertiser/conversion-logs", native: nativeCall{path: "/advertiser/conversion-logs?start=2026-01-01&end=2026-09-30&limit=1&page=2"},
			uses: []unifiedCall{
				lists("conversions.list", "/v1/conversions", func() []object { return each(mine, conversion) }),
				gets("conversions.get", "/v1/conversions/trackier:"+mine[0].ID, func() object { return conversion(mine[0]) }),
			},
		},
		{call: "GET /advertiser/account", uses: []unifiedCall{w.account(w.Advertiser()), pings("trackier")}},
		{call: "PATCH /advertiser/account", native: nativeCall{body: `{"action":"basic_info","name":"New Name"}`}},
		{
			call:   "POST /advertiser/conversion-import",
			native: nativeCall{body: fmt.Sprintf(`{"conversions":[{"campaign_id":%d,"publisher_id":31,"txn_id":"A2","status":"approved"}]}`, one)},
		},
	}
}

func (w trackierWalk) advertises(c trackier.Campaign, _ int64) bool {
	return c.AdvertiserID == w.Advertiser().DisplayID
}

// advertiser2 are the rows of an advertiser in version 2.
func (w trackierWalk) advertiser2() []tableRow {
	own := w.owned()
	campaign := func(c trackier.Campaign) object {
		states := map[string]string{"active": "active", "paused": "disabled", "expired": "disabled"}
		changed := c.CreatedAt
		if !c.ModifiedAt.IsZero() {
			changed = c.ModifiedAt
		}
		return identified("trackier", fmt.Sprint(c.DisplayID), object{
			"name": c.Title, "state": states[c.Status], "native_state": c.Status, "merchant_id": "trackier:" + w.Advertiser().ID,
			"payout": paid(c, c.Model, payoutOf), "revenue": paid(c, nil, revenueOf), "created_at": at(c.CreatedAt), "updated_at": at(changed),
		})
	}
	return []tableRow{
		{
			call: "GET /v2/advertisers/campaigns",
			uses: []unifiedCall{
				lists("campaigns.list", "/v1/campaigns", func() []object { return each(own, campaign) }),
				gets("campaigns.get", fmt.Sprint("/v1/campaigns/trackier:", own[0].DisplayID), func() object { return campaign(own[0]) }),
				pings("trackier"),
			},
		},
		{
			call: "GET /v2/advertisers/reports", native: nativeCall{path: "/v2/advertisers/reports" + trackierDays + "&group[]=campaign_id&kpi[]=clicks&kpi[]=revenue"},
			uses: []unifiedCall{reports(reportCall{trackierReport + "clicks,approved,revenue", []string{"campaign"}, func() sums {
				return w.sums(func(tally trackierTally) {
					tally.click("clicks")
					tally.approved("approved")
					tally.money("revenue", tally.revenue)
				}, w.advertises, w.byCampaign)
			}})},
		},
	}
}
