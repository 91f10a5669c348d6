package integration

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

func TestCoverageOfTrackier(t *testing.T) {
	// the document's examples have /api before every path, the reference has not
	config := trackier.Config{Key: "trackier-secret", Seed: 1, Now: clock, Prefix: trackier.WithoutAPI}
	prefixed := config
	prefixed.Prefix = trackier.WithAPI
	// the three kinds of key, two of which have two versions
	set := func(name string, config trackier.Config, secret, options string, rows func(trackierWalk) []tableRow) *scene {
		w := trackierWalk{trackier.New(config)}
		return &scene{
			name: name, block: "credential api_key " + secret + "\ntimezone Asia/Kolkata\ncurrency USD\n" + options, secret: secret,
			place:   func(r *http.Request, key string) { r.Header.Set("X-Api-Key", key) },
			account: func() sandbox { return trackier.New(config) }, unified: w.Server,
			state: func(a sandbox) any { return a.(*trackier.Server).Data() },
			rows:  rows(w),
		}
	}
	example := set("network, as in the example", prefixed, "trackier-secret", "", trackierWalk.example)
	example.place = placeInQuery("apiKey")
	walkCoverage(t, "trackier", example,
		set("network", config, "trackier-secret", "", func(w trackierWalk) []tableRow {
			return slices.Concat(w.partners(), w.campaigns(), w.parts(), w.network(), w.referrals())
		}),
		set("publisher", config, trackier.DefaultPublisherKey, "option role publisher", trackierWalk.publisher),
		set("publisher, version 2", config, trackier.DefaultPublisherKey, "option role publisher\noption api v2", trackierWalk.publisher2),
		set("advertiser", config, trackier.DefaultAdvertiserKey, "option role advertiser", trackierWalk.advertiser),
		set("advertiser, version 2", config, trackier.DefaultAdvertiserKey, "option role advertiser\noption api v2", trackierWalk.advertiser2))
}

// trackierWalk is the network behind the unified API.
type trackierWalk struct{ *trackier.Server }

// data is what the network has now.
func (w trackierWalk) data() trackierData {
	d := trackierData{w.Data(), kit.Location("Asia/Kolkata"), map[string]trackier.Click{}}
	for _, c := range d.Clicks {
		d.clicks[c.ID] = c
	}
	return d
}

// there are the partners that are not deleted.
func there(all []trackier.Partner) []trackier.Partner {
	return slices.DeleteFunc(slices.Clone(all), func(p trackier.Partner) bool { return p.Deleted })
}

// partner is one by its number.
func partner(all []trackier.Partner, id int64) trackier.Partner {
	return all[slices.IndexFunc(all, func(p trackier.Partner) bool { return p.DisplayID == id })]
}

func (w trackierWalk) publishers() unifiedCall {
	return lists("publishers.list", "/v1/publishers", func() []object {
		d := w.data()
		return each(there(d.Affiliates), d.publisher)
	})
}

// example is the one endpoint of the document, with the key in the query.
func (w trackierWalk) example() []tableRow {
	return []tableRow{{call: "GET /api/affiliate", uses: []unifiedCall{w.publishers()}}}
}

// trackierTrip is the round trip of the first object at a path.
func trackierTrip(path string) roundTrip {
	return trackierRoundTrips[slices.IndexFunc(trackierRoundTrips, func(r roundTrip) bool { return r.path == path })]
}

// creates is a use of an operation that makes the object of a round trip.
func creates(operation string, r roundTrip) unifiedCall {
	return unifiedCall{operation, func(g *gateway) {
		o := g.made(r.path, r.body)
		same(g.t, o, identified("trackier", o["native_id"].(string), with(r.made, object{})))
	}}
}

// partners are the rows of affiliates and advertisers.
func (w trackierWalk) partners() []tableRow {
	const (
		body  = `{"name":"testUser","email":"test-user@mail.example","password":"somethingCool!!","country":"IN"}`
		month = "?start=2026-09-01&end=2026-09-30"
	)
	trip := trackierTrip("/v1/publishers")
	return []tableRow{
		{call: "GET /affiliate", native: nativeCall{path: "/affiliate?page=1&limit=5"}, uses: []unifiedCall{w.publishers()}},
		{
			call: "GET /affiliate/{id}", native: nativeCall{path: "/affiliate/31"},
			uses: []unifiedCall{gets("publishers.get", "/v1/publishers/trackier:31", func() object {
				d := w.data()
				return d.publisher(partner(d.Affiliates, 31))
			})},
		},
		{call: "POST /affiliate", native: nativeCall{body: body}, uses: []unifiedCall{creates("publishers.create", trip)}},
		{
			call: "POST /affiliate/{id}", native: nativeCall{path: "/affiliate/32", body: `{"name":"newName","live":false}`},
			uses: []unifiedCall{{"publishers.update", func(g *gateway) {
				d := w.data()
				want := with(d.publisher(partner(d.Affiliates, 32)), trip.patched)
				same(g.t, g.done("PATCH", "/v1/publishers/trackier:32", trip.patch, http.StatusOK), want)
				same(g.t, g.one("/v1/publishers/trackier:32"), want)
				if p := partner(w.Data().Affiliates, 32); p.Name != "testUser" || p.Country != "DE" || p.Status != "active" {
					g.t.Errorf("the network has %+v", p)
				}
			}}},
		},
		{
			call: "DELETE /affiliate/{id}", native: nativeCall{path: "/affiliate/44"},
			uses: []unifiedCall{{"publishers.delete", func(g *gateway) {
				g.gone("DELETE", "/v1/publishers/trackier:44", "")
				if !partner(w.Data().Affiliates, 44).Deleted {
					g.t.Error("the publisher is still there")
				}
			}}},
		},
		{call: "GET /affiliate/earning/{id}", native: nativeCall{path: "/affiliate/earning/31" + month}},
		{
			call: "GET /advertiser", native: nativeCall{path: "/advertiser?page=1&limit=5"},
			uses: []unifiedCall{lists("merchants.list", "/v1/merchants", func() []object {
				d := w.data()
				return each(there(d.Advertisers), d.merchant)
			})},
		},
		{
			call: "GET /advertiser/{id}", native: nativeCall{path: "/advertiser/2"},
			uses: []unifiedCall{gets("merchants.get", "/v1/merchants/trackier:2", func() object {
				d := w.data()
				return d.merchant(partner(d.Advertisers, 2))
			})},
		},
		{call: "POST /advertiser", native: nativeCall{body: body}},
		{call: "POST /advertiser/{id}", native: nativeCall{path: "/advertiser/3", body: `{"name":"newName"}`}},
		{call: "DELETE /advertiser/{id}", native: nativeCall{path: "/advertiser/10"}},
	}
}

// campaigns are the rows of the network's campaigns.
func (w trackierWalk) campaigns() []tableRow {
	find := func(id int64) trackier.Campaign {
		all := w.Data().Campaigns
		return all[slices.IndexFunc(all, func(c trackier.Campaign) bool { return c.DisplayID == id })]
	}
	return []tableRow{
		{
			call: "GET /campaign", native: nativeCall{path: "/campaign?active=1&page=1"},
			uses: []unifiedCall{lists("campaigns.list", "/v1/campaigns", func() []object {
				d := w.data()
				return each(slices.DeleteFunc(slices.Clone(d.Campaigns), func(c trackier.Campaign) bool { return c.Deleted }), d.campaign)
			})},
		},
		{
			call: "GET /campaign/{id}", native: nativeCall{path: "/campaign/16"},
			uses: []unifiedCall{gets("campaigns.get", "/v1/campaigns/trackier:16", func() object { return w.data().campaign(find(16)) })},
		},
		{
			call: "POST /campaign",
			native: nativeCall{body: `{"title":"API Campaign","url":"http://shop.example/?a={click_id}","advertiser_id":3,"model":"cpa","status":"active",
				"commissions":[{"payout":1.5,"revenue":2.25}]}`},
			uses: []unifiedCall{creates("campaigns.create", trackierTrip("/v1/campaigns"))},
		},
		{
			call: "POST /campaign/{id}", native: nativeCall{path: "/campaign/17", body: `{"action":"basic_info","title":"Renamed"}`},
			uses: []unifiedCall{{"campaigns.update", func(g *gateway) {
				want := with(w.data().campaign(find(17)), object{"name": "Renamed", "state": "disabled", "native_state": "disabled", "updated_at": today})
				same(g.t, g.done("PATCH", "/v1/campaigns/trackier:17", `{"name":"Renamed","state":"disabled"}`, http.StatusOK), want)
				if c := find(17); c.Title != "Renamed" || c.Status != "disabled" {
					g.t.Errorf("the network has %q, %s", c.Title, c.Status)
				}
			}}},
		},
		{
			call: "DELETE /campaign/{id}", native: nativeCall{path: "/campaign/38"},
			uses: []unifiedCall{{"campaigns.archive", func(g *gateway) {
				g.gone("DELETE", "/v1/campaigns/trackier:38", "")
				if !find(38).Deleted {
					g.t.Error("the campaign is still there")
				}
			}}},
		},
	}
}

// parts are rows of the network that only the native proxy reaches.
func (w trackierWalk) parts() []tableRow {
	const days = "?start=2026-09-01&end=2026-09-07"
	d := w.Data()
	link, goal := d.Links[0], d.Goals[0]
	var unlinked string // an affiliate and a campaign
	for _, a := range d.Affiliates {
		if !slices.ContainsFunc(d.Links, func(l trackier.Link) bool { return l.AffiliateID == a.DisplayID && l.CampaignID == 16 }) {
			unlinked = fmt.Sprintf("/network/link/%d/16", a.DisplayID)
			break
		}
	}
	at := func(call, path, body string) tableRow {
		return tableRow{call: call, native: nativeCall{path: path, body: body}}
	}
	return []tableRow{
		at("GET /campaign/stats/{id}", "/campaign/stats/16"+days, ""),
		at("GET /campaign/stats/{id}/{affId}", "/campaign/stats/16/31"+days, ""),
		at("GET /network/stats", "/network/stats"+days, ""),
		at("GET /campaign/domains", "", ""),
		at("PUT /campaign/domains", "", `{"domains":["track.example"]}`),
		at("POST /campaign/assign-publisher", "", fmt.Sprintf(`{"publisher_ids":[%q],"campaign_ids":[%q]}`, d.Affiliates[2].ID, d.Campaigns[3].ID)),
		at("GET /campaign/pub-payout/{campId}", "/campaign/pub-payout/16", ""),
		at("GET /campaign/lpages/{campId}", "/campaign/lpages/16", ""),
		at("GET /caps/{campId}", "/caps/16", ""),
		at("GET /commissions/{campId}", "/commissions/16", ""),
		at("GET /goal", "", ""),
		at("GET /goal/{id}", "/goal/"+goal.ID, ""),
		at("GET /goal/campaign/{campId}", fmt.Sprint("/goal/campaign/", goal.CampaignID), ""),
		at("GET /goal/payout/{goalId}", "/goal/payout/"+goal.ID, ""),
		at("PATCH /network/account", "", `{"name":"Renamed","support":"help@mail.example"}`),
		at("GET /network/link/{affId}/{campId}", fmt.Sprintf("/network/link/%d/%d", link.AffiliateID, link.CampaignID), ""),
		at("POST /network/link/{affId}/{campId}", unlinked, `{}`),
		at("GET /dictionary/countries", "", ""),
		at("GET /dictionary/devices", "", ""),
		at("GET /dictionary/categories", "", ""),
		at("GET /dictionary/customField/affiliate", "", ""),
		at("GET /dictionary/customField/advertiser", "", ""),
	}
}
