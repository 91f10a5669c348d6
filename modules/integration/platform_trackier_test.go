package integration

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

const trackierBlock = "credential api_key trackier-secret\ntimezone Asia/Kolkata\ncurrency USD"

func startTrackier(t *testing.T, config trackier.Config, block string) (*gateway, trackierData, *trackier.Server) {
	t.Helper()
	config.Key, config.Seed, config.Now = "trackier-secret", 1, clock
	server := trackier.New(config)
	d := trackierData{server.Data(), config.Zone, map[string]trackier.Click{}}
	if d.zone == nil {
		d.zone = kit.Location("Asia/Kolkata")
	}
	for _, c := range d.Clicks {
		d.clicks[c.ID] = c
	}
	return start(t, stand(t, "trackier", server, server.Counter(), "", block).caddyfile(), client), d, server
}

// trackierData says what the unified API is to show of a network, by the documents alone.
type trackierData struct {
	trackier.Data
	zone   *time.Location
	clicks map[string]trackier.Click
}

// dated is an instant as far as it is told: a date without a time is the midnight at
// which the network's day begins.
func (d trackierData) dated(t time.Time, form trackier.DateForm) any {
	switch form {
	case trackier.DateText:
		return at(midnight(t, d.zone))
	case trackier.DateNull:
		return nil
	}
	return at(t)
}

func (d trackierData) partner(p trackier.Partner, members object) object {
	states := map[string]string{"active": "active", "disabled": "disabled", "pending": "disabled"}
	members["name"], members["state"], members["native_state"] = p.Name, states[p.Status], p.Status
	members["created_at"] = d.dated(p.CreatedAt, p.DateForm)
	return identified("trackier", fmt.Sprint(p.DisplayID), members)
}

func (d trackierData) merchant(p trackier.Partner) object { return d.partner(p, object{}) }

func (d trackierData) publisher(p trackier.Partner) object {
	return d.partner(p, object{"email": p.Email, "company": p.Company, "country": p.Country, "currency": "USD"})
}

func (d trackierData) campaign(c trackier.Campaign) object {
	states := map[string]string{"active": "active", "paused": "disabled", "expired": "disabled"}
	return identified("trackier", fmt.Sprint(c.DisplayID), object{
		"name": c.Title, "state": states[c.Status], "native_state": c.Status, "merchant_id": ref("trackier", c.AdvertiserID),
		"payout":  paid(c, c.Model, func(m trackier.Commission) trackier.Money { return m.Payout }),
		"revenue": paid(c, nil, func(m trackier.Commission) trackier.Money { return m.Revenue }), "created_at": d.dated(c.CreatedAt, c.DateForm),
	})
}

// paid is what a campaign pays, or what is paid for it; nil for nothing. Where there are
// several commissions neither is shown. CPS pays percents.
func paid(c trackier.Campaign, model any, amount func(trackier.Commission) trackier.Money) any {
	switch {
	case len(c.Commissions) != 1 && model == nil:
		return nil
	case len(c.Commissions) != 1:
		return object{"model": model}
	case c.Model == "cps":
		return object{"model": model, "percent": decimal(int64(amount(c.Commissions[0])), 4)}
	}
	return object{"model": model, "amount": money(int64(amount(c.Commissions[0])), 4, c.Currency)}
}

func (d trackierData) conversion(v trackier.Conversion) object {
	c := d.clicks[v.ClickID]
	return identified("trackier", v.ID, object{
		"external_id": given(v.TxnID), "status": v.Status, "native_status": v.Status, "occurred_at": at(v.At), "click_id": v.ClickID,
		"amount": money(int64(v.Sale), 4, v.Currency), "commission": money(int64(v.Payout), 4, v.Currency), "revenue": money(int64(v.Revenue), 4, v.Currency),
		"campaign_id": ref("trackier", v.CampaignID), "publisher": object{"id": ref("trackier", v.AffiliateID)},
		"client": object{"ips": []string{c.IP.String()}}, "country": c.Country, "sub_ids": object{"1": given(c.P1), "2": given(c.P2)},
	})
}

func (d trackierData) click(c trackier.Click) object {
	return identified("trackier", c.ID, object{
		"click_id": c.ID, "occurred_at": at(c.At), "campaign_id": ref("trackier", c.CampaignID), "publisher_id": ref("trackier", c.AffiliateID),
		"landing_page_id": fmt.Sprint("trackier:", c.LandingPageID), "ip": c.IP.String(), "country": c.Country, "device_type": c.Device,
		"os": given(c.OS), "browser": given(c.Browser), "source": given(c.Source), "referrer": given(c.Referer),
		"sub_ids": object{"1": given(c.P1), "2": given(c.P2)},
	})
}

func TestTrackierObjects(t *testing.T) {
	g, d, server := startTrackier(t, trackier.Config{}, trackierBlock)
	for _, test := range []struct {
		path, schema string
		want         []object
	}{
		{"/v1/merchants", "Merchant", each(d.Advertisers, d.merchant)},
		{"/v1/publishers", "Publisher", each(d.Affiliates, d.publisher)},
		{"/v1/campaigns", "Campaign", each(d.Campaigns, d.campaign)},
	} {
		t.Run(test.path, func(t *testing.T) {
			g := g.in(t)
			g.gives(test.path, test.schema, test.want)
			g.givesEach(test.path, "", test.schema, test.want)
			g.problem(g.get(test.path+"/trackier:999999"), "not_found", 404)
			g.problem(g.get(test.path+"/trackier:no%2Fsuch"), "not_found", 404)
			g.orders(test.path, test.want, []order{
				{"name", by("name")}, {"-created_at", descending(by("created_at"))}, {"state,-native_id", by("state")},
			})
		})
	}
	t.Run("an object by its long identifier is the same object", func(t *testing.T) {
		c := d.Campaigns[3]
		same(t, g.in(t).one("/v1/campaigns/trackier:"+c.ID), d.campaign(c))
	})
	t.Run("hashes of passwords never pass", func(t *testing.T) {
		g := g.in(t)
		for _, path := range []string{"/v1/publishers", "/v1/publishers/trackier:31", "/v1/merchants", "/v1/merchants/trackier:1"} {
			a := g.get(path + "?include=native")
			if !strings.Contains(string(a.body), d.Affiliates[0].Email) && !strings.Contains(string(a.body), d.Advertisers[0].Email) {
				t.Fatalf("%s shows no native objects: %s", path, a.body)
			}
			for _, p := range slices.Concat(d.Affiliates, d.Advertisers) {
				if strings.Contains(string(a.body), p.Password) || strings.Contains(string(a.body), `"password"`) {
					t.Fatalf("%s shows the hash of a password", path)
				}
			}
		}
	})
	t.Run("account", func(t *testing.T) {
		row := g.in(t).one("/v1/account?platform=trackier")
		g.in(t).fits("Account", row)
		same(t, row, identified("trackier", d.Account.ID, object{
			"name": d.Account.Name, "url": d.Account.Domain, "currency": "USD", "timezone": "Asia/Kolkata", "created_at": d.dated(d.Account.CreatedAt, trackier.DateText),
		}))
	})
	t.Run("referrals", func(t *testing.T) {
		g := g.in(t)
		want := each(d.Referrals, func(r trackier.Referral) object {
			return identified("trackier", r.ID, object{
				"publisher_id": ref("trackier", r.AffiliateID), "rate": fmt.Sprint(r.Percent), "created_at": at(r.CreatedAt),
				"base": r.Base, "native_base": r.Base, "type": "percent", "native_type": r.Type, "recurring": r.Recurring,
				"state": "active", "native_state": "true",
			})
		})
		g.gives("/v1/referrals", "Referral", want)
		g.givesEach("/v1/referrals", "", "Referral", want)
		g.problem(g.get("/v1/referrals/trackier:none"), "not_found", 404)
	})
	t.Run("imports", func(t *testing.T) {
		g := g.in(t)
		status := map[string]string{"pending": "pending", "progress": "running", "completed": "completed", "failed": "failed"}
		want := each(d.Jobs, func(j trackier.Job) object {
			return identified("trackier", j.ID, object{
				"name": "import.json.conversion", "status": status[j.Status], "native_status": j.Status, "created_at": at(j.CreatedAt),
			})
		})
		g.gives("/v1/imports", "Import", want[:50]) // the platform lists the latest
		for _, w := range want {
			w["logs"] = []any{} // which only a single one comes with
		}
		g.givesEach("/v1/imports", "", "Import", want)
		selects(g, "/v1/imports", d.Jobs[:50], func(j trackier.Job) string { return "trackier:" + j.ID }, []selection[trackier.Job]{
			{"status=failed,running", func(j trackier.Job) bool { return j.Status == "failed" || j.Status == "progress" }},
		})
	})
	t.Run("selections", func(t *testing.T) {
		g := g.in(t)
		selects(g, "/v1/campaigns", d.Campaigns, func(c trackier.Campaign) string { return fmt.Sprint("trackier:", c.DisplayID) }, []selection[trackier.Campaign]{
			{"state=active", func(c trackier.Campaign) bool { return c.Status == "active" }},
			{"state=disabled", func(c trackier.Campaign) bool { return c.Status != "active" }},
			{"merchant_id=trackier:2", func(c trackier.Campaign) bool { return c.AdvertiserID == 2 }},
			{"q=" + url.QueryEscape("[50% OFF]"), func(c trackier.Campaign) bool { return strings.Contains(c.Title, "[50% off]") }},
			{"native_id=16,40", func(c trackier.Campaign) bool { return c.DisplayID == 16 || c.DisplayID == 40 }},
		})
		selects(g, "/v1/publishers", d.Affiliates, func(p trackier.Partner) string { return fmt.Sprint("trackier:", p.DisplayID) }, []selection[trackier.Partner]{
			{"state=disabled", func(p trackier.Partner) bool { return p.Status != "active" }},
			{"q=AFFILIATE%2B7%40", func(p trackier.Partner) bool { return p.Email == "affiliate+7@mail.example" }},
			{"name=" + url.QueryEscape(strings.ToUpper(d.Affiliates[2].Name)), func(p trackier.Partner) bool { return p.Name == d.Affiliates[2].Name }},
		})
	})
	t.Run("ping", func(t *testing.T) {
		server.Counter().Reset()
		if pong := g.in(t).one("/v1/platforms/trackier/ping"); pong["status"] != "ok" || server.Counter().Total() != 1 {
			t.Errorf("%v after %d native requests", pong, server.Counter().Total())
		}
	})
}

func TestTrackierConversionsAndClicks(t *testing.T) {
	g, d, _ := startTrackier(t, trackier.Config{}, trackierBlock)
	conversions := each(d.Conversions, d.conversion)
	t.Run("conversions", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/conversions", "Conversion", conversions)
		g.givesEach("/v1/conversions", "", "Conversion", conversions[:8])
		g.problem(g.get("/v1/conversions/trackier:000000000000000000000000"), "not_found", 404)
	})
	t.Run("clicks", func(t *testing.T) { g.in(t).gives("/v1/clicks", "Click", each(d.Clicks, d.click)) })
	t.Run("amounts beyond 2^53", func(t *testing.T) {
		i := slices.IndexFunc(d.Conversions, func(v trackier.Conversion) bool { return v.Sale > 1<<53 })
		row := g.in(t).one("/v1/conversions/trackier:" + d.Conversions[i].ID)
		if got := member(row, "amount.value"); got != "9007199254740.9931" {
			t.Errorf("got %v", got)
		}
	})
	middle := d.Conversions[len(d.Conversions)/2]
	from, to := middle.At, middle.At.Add(40*24*time.Hour)
	span := "occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339)
	t.Run("selected conversions", func(t *testing.T) {
		awkward := d.Conversions[slices.IndexFunc(d.Conversions, func(v trackier.Conversion) bool { return strings.Contains(v.TxnID, "&") })]
		selects(g.in(t), "/v1/conversions", d.Conversions, func(v trackier.Conversion) string { return "trackier:" + v.ID }, []selection[trackier.Conversion]{
			{span, func(v trackier.Conversion) bool { return !v.At.Before(from) && v.At.Before(to) }},
			{"occurred_to=" + from.Format(time.RFC3339), func(v trackier.Conversion) bool { return v.At.Before(from) }},
			{"status=approved", func(v trackier.Conversion) bool { return v.Status == trackier.Approved }},
			{"status=cancelled,rejected", func(v trackier.Conversion) bool {
				return v.Status == trackier.Cancelled || v.Status == trackier.Rejected
			}},
			{"status=refunded", func(trackier.Conversion) bool { return false }},
			{fmt.Sprint("campaign_id=trackier:", middle.CampaignID), func(v trackier.Conversion) bool { return v.CampaignID == middle.CampaignID }},
			{"campaign_id=trackier:17,trackier:18&status=pending", func(v trackier.Conversion) bool {
				return (v.CampaignID == 17 || v.CampaignID == 18) && v.Status == trackier.Pending
			}},
			{"publisher_id=trackier:31,trackier:33", func(v trackier.Conversion) bool { return v.AffiliateID == 31 || v.AffiliateID == 33 }},
			{"click_id=" + middle.ClickID, func(v trackier.Conversion) bool { return v.ClickID == middle.ClickID }},
			{"native_id=" + middle.ID + "," + awkward.ID, func(v trackier.Conversion) bool { return v.ID == middle.ID || v.ID == awkward.ID }},
			{"external_id=" + url.QueryEscape(awkward.TxnID), func(v trackier.Conversion) bool { return v.TxnID == awkward.TxnID }},
			{"country=IN,US&sub_id_2=" + url.QueryEscape("a&b=c"), func(v trackier.Conversion) bool {
				c := d.clicks[v.ClickID]
				return (c.Country == "IN" || c.Country == "US") && c.P2 == "a&b=c"
			}},
			{"currency=INR", func(v trackier.Conversion) bool { return v.Currency == "INR" }},
			{"amount_min=500&amount_max=510", func(v trackier.Conversion) bool { return v.Sale >= 500_0000 && v.Sale <= 510_0000 }},
			{"commission_min=9007199254.7409", func(v trackier.Conversion) bool { return v.Payout >= 9007199254_7409 }},
		})
	})
	t.Run("selected clicks", func(t *testing.T) {
		selects(g.in(t), "/v1/clicks", d.Clicks, func(c trackier.Click) string { return "trackier:" + c.ID }, []selection[trackier.Click]{
			{span, func(c trackier.Click) bool { return !c.At.Before(from) && c.At.Before(to) }},
			{span + "&country=IR,JP&device_type=mobile", func(c trackier.Click) bool {
				return !c.At.Before(from) && c.At.Before(to) && (c.Country == "IR" || c.Country == "JP") && c.Device == "mobile"
			}},
			{"campaign_id=trackier:20&publisher_id=trackier:31", func(c trackier.Click) bool { return c.CampaignID == 20 && c.AffiliateID == 31 }},
			{"sub_id_2=" + url.QueryEscape("a&b=c") + "&" + span, func(c trackier.Click) bool { return c.P2 == "a&b=c" && !c.At.Before(from) && c.At.Before(to) }},
		})
	})
	t.Run("orders", func(t *testing.T) {
		g.in(t).orders("/v1/conversions", conversions, []order{
			{"-occurred_at", descending(by("occurred_at"))},
			{"commission", byNumber("commission")},
			{"-amount", descending(byNumber("amount"))},
			{"external_id", by("external_id")},
			{"publisher.id", by("publisher.id")},
		})
	})
}

// Times and days are those of the network's zone, on both sides of a change of clocks.
func TestTrackierInAnotherZone(t *testing.T) {
	g, d, _ := startTrackier(t, trackier.Config{Zone: kit.Location("America/New_York")}, "credential api_key trackier-secret\ntimezone America/New_York\ncurrency USD")
	g.gives("/v1/publishers", "Publisher", each(d.Affiliates, d.publisher))
	g.gives("/v1/conversions", "Conversion", each(d.Conversions, d.conversion))
	var tests []selection[trackier.Click]
	for _, change := range []time.Time{time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)} {
		for _, hours := range []int{-30, -3, 0, 3} {
			from := change.Add(time.Duration(hours) * time.Hour)
			to := from.Add(24 * time.Hour)
			tests = append(tests, selection[trackier.Click]{
				"occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339),
				func(c trackier.Click) bool { return !c.At.Before(from) && c.At.Before(to) },
			})
		}
	}
	selects(g, "/v1/clicks", d.Clicks, func(c trackier.Click) string { return "trackier:" + c.ID }, tests)
}

// What the documents disagree about is found out by trying, once, and changes no answer.
func TestTrackierVersions(t *testing.T) {
	for name, config := range map[string]trackier.Config{
		"paths under /api":    {Prefix: trackier.WithAPI},
		"paths without /api":  {Prefix: trackier.WithoutAPI},
		"count of the page":   {CountIsPage: true},
		"failures with a 200": {Status200: true},
	} {
		t.Run(name, func(t *testing.T) {
			g, d, server := startTrackier(t, config, trackierBlock)
			g.one("/v1/publishers/trackier:31")
			if n := server.Counter().Total(); n > 3 {
				t.Errorf("%d native requests to find out", n)
			}
			server.Counter().Reset()
			g.one("/v1/publishers/trackier:32")
			g.one("/v1/campaigns/trackier:16")
			if n := server.Counter().Total(); n != 2 {
				t.Errorf("%d native requests, although it is known what answers", n)
			}
			g.gives("/v1/conversions", "Conversion", each(d.Conversions, d.conversion))
			g.problem(g.get("/v1/publishers/trackier:999999"), "not_found", 404)
		})
	}
}
