package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// holder is the holder of a key at the sandbox, as a gateway sees it that is configured
// with the key.
type holder struct {
	*gateway
	d          trackierData
	server     *trackier.Server
	role, api  string
	publisher  trackier.Partner
	advertiser trackier.Partner
}

func startTrackierHolder(t *testing.T, role, api string, config trackier.Config) *holder {
	t.Helper()
	key := map[string]string{"network": "trackier-secret", "publisher": trackier.DefaultPublisherKey, "advertiser": trackier.DefaultAdvertiserKey}[role]
	block := fmt.Sprintf("credential api_key %s\ntimezone Asia/Kolkata\ncurrency USD\noption role %s\noption api %s", key, role, api)
	config.Key, config.Seed, config.Now = "trackier-secret", 1, clock
	server := trackier.New(config)
	h := &holder{server: server, role: role, api: api, publisher: server.Publisher(), advertiser: server.Advertiser()}
	h.d = trackierData{server.Data(), kit.Location("Asia/Kolkata"), map[string]trackier.Click{}}
	for _, c := range h.d.Clicks {
		h.d.clicks[c.ID] = c
	}
	h.gateway = start(t, stand(t, "trackier", server, server.Counter(), "", block).caddyfile(), editor)
	return h
}

func (h *holder) in(t *testing.T) *gateway { return h.gateway.in(t) }

// owns tells whether a campaign is the holder's to see.
func (h *holder) owns(c trackier.Campaign) bool {
	if h.role == "advertiser" {
		return c.AdvertiserID == h.advertiser.DisplayID
	}
	granted := slices.ContainsFunc(h.d.Accesses, func(a trackier.Access) bool {
		return a.AffiliateID == h.publisher.DisplayID && a.CampaignID == c.DisplayID && a.Granted
	})
	// version 2 lists those too that take permission
	return c.Active() && (c.Visibility == "public" || granted || h.api == "v2" && c.Visibility == "permission")
}

// campaign is how a campaign shows to the holder.
func (h *holder) campaign(c trackier.Campaign) object {
	var model any = c.Model
	payout := func(m trackier.Commission) trackier.Money { return m.Payout }
	revenue := func(m trackier.Commission) trackier.Money { return m.Revenue }
	members := object{"name": c.Title}
	switch h.role + h.api {
	case "publisherv1":
		if len(c.Commissions) == 0 {
			model = nil // it is in the commissions
		}
		members["state"], members["native_state"], members["created_at"] = "active", "active", at(midnight(c.CreatedAt, h.d.zone))
		members["payout"] = paid(c, model, payout)
	case "publisherv2":
		members["payout"] = paid(c, model, payout)
		if c.Model == "cps" && len(c.Commissions) == 1 {
			members["payout"] = object{"model": "cps", "percent": "5"} // all that the sandbox pays there
		}
	case "advertiserv1":
		if len(c.Commissions) == 0 {
			model = nil
		}
		state := map[bool]string{true: "active", false: "disabled"}[c.Active()]
		members["state"], members["native_state"], members["created_at"] = state, fmt.Sprint(c.Active()), at(midnight(c.CreatedAt, h.d.zone))
		members["merchant_id"], members["payout"] = "trackier:"+h.advertiser.ID, object{"model": model}
		if members["revenue"] = paid(with1(c, "USD"), nil, revenue); c.Model == "cps" && len(c.Commissions) == 1 {
			members["revenue"] = object{"percent": "8"}
		}
	case "advertiserv2":
		states := map[string]string{"active": "active", "paused": "disabled", "expired": "disabled"}
		members["state"], members["native_state"], members["created_at"] = states[c.Status], c.Status, at(c.CreatedAt)
		members["merchant_id"], members["updated_at"] = "trackier:"+h.advertiser.ID, at(c.CreatedAt)
		members["payout"], members["revenue"] = paid(c, model, payout), paid(c, nil, revenue)
	}
	return identified("trackier", fmt.Sprint(c.DisplayID), members)
}

// with1 is a campaign in another currency.
func with1(c trackier.Campaign, currency string) trackier.Campaign {
	c.Currency = currency
	return c
}

// earned tells whether a conversion is the holder's to see.
func (h *holder) earned(v trackier.Conversion) bool {
	if h.role == "publisher" {
		return v.AffiliateID == h.publisher.DisplayID
	}
	return slices.ContainsFunc(h.d.Campaigns, func(c trackier.Campaign) bool { return c.DisplayID == v.CampaignID && h.owns(c) })
}

// conversion is how a conversion shows to the holder.
func (h *holder) conversion(v trackier.Conversion) object {
	o := h.d.conversion(v)
	hidden := map[string][]string{"publisherv1": {"revenue", "publisher"}, "publisherv2": {"revenue", "publisher", "amount", "client"}, "advertiserv1": {"revenue", "commission"}}
	for _, name := range hidden[h.role+h.api] {
		delete(o, name)
	}
	return o
}

// Each kind of key shows its holder's campaigns, conversions, account and sums, and
// nothing that is not theirs.
func TestTrackierHolders(t *testing.T) {
	for _, as := range []string{"publisher v1", "publisher v2", "advertiser v1", "advertiser v2"} {
		t.Run(as, func(t *testing.T) {
			role, api, _ := strings.Cut(as, " ")
			h := startTrackierHolder(t, role, api, trackier.Config{})
			t.Run("campaigns", h.campaigns)
			t.Run("conversions", h.conversions)
			t.Run("account", h.account)
			t.Run("reports", h.reports)
			t.Run("the rest is not there", h.lacks)
			t.Run("lifecycle", h.lifecycle)
		})
	}
}

func (h *holder) campaigns(t *testing.T) {
	g := h.in(t)
	var all []trackier.Campaign
	for _, c := range h.d.Campaigns {
		if h.owns(c) {
			all = append(all, c)
		}
	}
	want := each(all, h.campaign)
	g.gives("/v1/campaigns", "Campaign", want)
	g.givesEach("/v1/campaigns", "", "Campaign", want)
	g.problem(g.get("/v1/campaigns/trackier:999999"), "not_found", 404)
	g.orders("/v1/campaigns", want, []order{{"name", by("name")}, {"-native_id", descending(by("native_id"))}})
}

func (h *holder) conversions(t *testing.T) {
	g := h.in(t)
	if h.role == "advertiser" && h.api == "v2" {
		return // lacks tells it
	}
	var all []trackier.Conversion
	for _, v := range h.d.Conversions {
		if h.earned(v) {
			all = append(all, v)
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d conversions only", len(all))
	}
	want := each(all, h.conversion)
	g.gives("/v1/conversions", "Conversion", want)
	g.givesEach("/v1/conversions", "", "Conversion", want[:2])
	middle := all[len(all)/2]
	from, to := middle.At, middle.At.Add(30*24*time.Hour)
	tests := []selection[trackier.Conversion]{
		{"occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339), func(v trackier.Conversion) bool { return !v.At.Before(from) && v.At.Before(to) }},
		{"status=approved", func(v trackier.Conversion) bool { return v.Status == trackier.Approved }},
		{"status=pending,rejected", func(v trackier.Conversion) bool { return v.Status == trackier.Pending || v.Status == trackier.Rejected }},
		{"click_id=" + middle.ClickID, func(v trackier.Conversion) bool { return v.ClickID == middle.ClickID }},
		{fmt.Sprint("campaign_id=trackier:", middle.CampaignID), func(v trackier.Conversion) bool { return v.CampaignID == middle.CampaignID }},
		{"country=" + h.d.clicks[middle.ClickID].Country, func(v trackier.Conversion) bool {
			return h.d.clicks[v.ClickID].Country == h.d.clicks[middle.ClickID].Country
		}},
	}
	selects(g, "/v1/conversions", all, func(v trackier.Conversion) string { return "trackier:" + v.ID }, tests)
}

func (h *holder) account(t *testing.T) {
	g := h.in(t)
	pong := g.one("/v1/platforms/trackier/ping")
	if pong["status"] != "ok" {
		t.Errorf("%v", pong)
	}
	if h.role == "advertiser" && h.api == "v2" {
		return
	}
	a := g.get("/v1/account?platform=trackier&include=native")
	got := decode[map[string]any](t, a.body)
	p := h.publisher
	if h.role == "advertiser" {
		p = h.advertiser
	}
	if strings.Contains(string(a.body), p.Password) {
		t.Errorf("the hash of the password: %s", a.body)
	}
	want := object{"name": p.Name, "email": p.Email, "state": "active", "native_state": "active"}
	if h.api == "v1" {
		want["currency"], want["created_at"] = "USD", h.d.dated(p.CreatedAt, p.DateForm)
	}
	delete(got, "native")
	same(t, got, identified("trackier", fmt.Sprint(p.DisplayID), want))
	g.fits("Account", got)
}

// sums of what the holder earned or owes, in dollars, of some days of the network.
type holderSums struct {
	clicks, approved int64
	money            trackier.Money
}

func (h *holder) sums(key func(at time.Time, campaign int64) string) map[string]holderSums {
	sums := map[string]holderSums{}
	add := func(at time.Time, campaign, affiliate int64, change func(*holderSums)) {
		day := at.In(h.d.zone).Format(time.DateOnly)
		if day < "2026-07-01" || day > "2026-07-20" || !h.earned(trackier.Conversion{CampaignID: campaign, AffiliateID: affiliate}) {
			return
		}
		s := sums[key(at, campaign)]
		change(&s)
		sums[key(at, campaign)] = s
	}
	for _, c := range h.d.Clicks {
		add(c.At, c.CampaignID, c.AffiliateID, func(s *holderSums) { s.clicks++ })
	}
	for _, v := range h.d.Conversions {
		if v.Status != trackier.Approved {
			continue
		}
		add(v.At, v.CampaignID, v.AffiliateID, func(s *holderSums) {
			s.approved++
			if h.role == "publisher" {
				s.money += v.PayoutUSD
			} else {
				s.money += v.RevenueUSD
			}
		})
	}
	return sums
}

func (h *holder) reports(t *testing.T) {
	g := h.in(t)
	amount := map[string]string{"publisher": "commission_approved", "advertiser": "revenue"}[h.role]
	day := func(at time.Time, _ int64) string { return at.In(h.d.zone).Format(time.DateOnly) }
	campaign := func(_ time.Time, id int64) string { return fmt.Sprint("trackier:", id) }
	keys := map[string]func(time.Time, int64) string{"date": day, "campaign": campaign}
	if h.role == "advertiser" && h.api == "v1" {
		delete(keys, "campaign") // the report names campaigns and does not number them
	}
	for dimension, key := range keys {
		t.Run(dimension, func(t *testing.T) {
			metrics := "clicks," + amount
			if h.api == "v2" {
				metrics += ",approved"
			}
			report := g.in(t).report("/v1/reports?platform=trackier&timezone=Asia/Kolkata&from=2026-07-01&to=2026-07-20&metrics=" + metrics + "&group_by=" + dimension)
			got := map[string]holderSums{}
			for _, row := range report.Data {
				name := fmt.Sprint(row.Dimensions[dimension])
				if entity, ok := row.Dimensions[dimension].(map[string]any); ok {
					name = fmt.Sprint(entity["id"])
				}
				s := holderSums{clicks: whole(t, row.Metrics["clicks"]), money: trackier.Money(units(t, row.Metrics[amount]))}
				if h.api == "v2" {
					s.approved = whole(t, row.Metrics["approved"])
				}
				if s != (holderSums{}) {
					got[name] = s
				}
			}
			want := h.sums(key)
			if h.api == "v1" {
				for name, s := range want {
					s.approved = 0
					want[name] = s
				}
			}
			if len(want) < 2 || !maps.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// whole is a metric that is a count; none is nothing.
func whole(t *testing.T, v any) int64 {
	t.Helper()
	if v == nil {
		return 0
	}
	var n int64
	if _, err := fmt.Sscan(fmt.Sprint(v), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// units is money of dollars in ten-thousandths.
func units(t *testing.T, v any) int64 {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		return 0
	}
	if m["currency"] != "USD" {
		t.Fatalf("money in %v", m["currency"])
	}
	whole, fraction, _ := strings.Cut(fmt.Sprint(m["value"]), ".")
	var n int64
	if _, err := fmt.Sscan(whole+(fraction + "0000")[:4], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// lacks checks that what the key does not open looks like what the platform has not.
func (h *holder) lacks(t *testing.T) {
	g := h.in(t)
	h.server.Counter().Reset()
	missing := []string{"/v1/publishers/trackier:31", "/v1/merchants/trackier:1", "/v1/referrals/trackier:1", "/v1/imports/trackier:1"}
	if h.role == "advertiser" && h.api == "v2" {
		missing = append(missing, "/v1/conversions/trackier:1", "/v1/account?platform=trackier")
	}
	for _, path := range missing {
		g.problem(g.get(path), "unsupported_by_platform", 422)
	}
	for _, path := range []string{"/v1/publishers", "/v1/clicks", "/v1/imports"} {
		g.problem(g.get(path+"?platform=trackier"), "unsupported_by_platform", 422)
	}
	for _, write := range []string{
		`POST /v1/publishers {"platform":"trackier","name":"a","email":"a@b.example","password":"p"}`, `PATCH /v1/campaigns/trackier:16 {"name":"x"}`,
		`DELETE /v1/campaigns/trackier:16 `, `POST /v1/imports {"platform":"trackier","conversions":[{}]}`,
	} {
		method, rest, _ := strings.Cut(write, " ")
		path, body, _ := strings.Cut(rest, " ")
		g.problem(g.send(method, path, body), "unsupported_by_platform", 422)
	}
	if n := h.server.Counter().Total(); n != 0 {
		t.Errorf("%d native requests", n)
	}
	described, _ := g.one("/v1/platforms/trackier")["operations"].(map[string]any)
	for id := range described {
		resource, _, _ := strings.Cut(id, ".")
		if !slices.Contains([]string{"campaigns", "conversions", "account", "reports", "platforms"}, resource) {
			t.Errorf("%s is said to be there", id)
		}
	}
	if described["campaigns.list"] == nil || described["campaigns.create"] != nil || described["reports.query"] == nil {
		t.Errorf("there is %v", slices.Collect(maps.Keys(described)))
	}
}

// lifecycle checks that version 1 is said to have ended, and version 2 is not.
func (h *holder) lifecycle(t *testing.T) {
	g := h.in(t)
	deprecation, sunset := "", ""
	if h.api == "v1" {
		deprecation, sunset = "@1669852800", "Thu, 01 Dec 2022 00:00:00 GMT" // date -d 2022-12-01T00:00:00Z +%s
	}
	for _, path := range []string{"/v1/campaigns", "/v1/reports?from=2026-07-01&to=2026-07-01&metrics=clicks", "/v1/platforms/trackier/ping"} {
		a := g.get(path)
		if a.status != 200 || a.header.Get("Deprecation") != deprecation || a.header.Get("Sunset") != sunset {
			t.Errorf("%s: %d, deprecated %q, ends %q", path, a.status, a.header.Get("Deprecation"), a.header.Get("Sunset"))
		}
	}
	deprecated, _ := g.one("/v1/platforms/trackier")["deprecated"].(map[string]any)
	switch {
	case h.api == "v2" && deprecated != nil:
		t.Errorf("version 2 is deprecated: %v", deprecated)
	case h.api == "v1" && (deprecated["since"] != "2022-12-01" || deprecated["sunset"] != "2022-12-01" || !strings.Contains(fmt.Sprint(deprecated["note"]), "version 2")):
		t.Errorf("version 1 is %v", deprecated)
	}
}

// The network's own API has version 1 alone, whatever version is asked for.
func TestTrackierNetworkIsVersion1(t *testing.T) {
	h := startTrackierHolder(t, "network", "v2", trackier.Config{})
	if a := h.get("/v1/campaigns/trackier:16"); a.status != 200 || a.header.Get("Sunset") != "Thu, 01 Dec 2022 00:00:00 GMT" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// A key of another kind, a wrong one, and parameters that are refused are told from one
// another in all envelopes of version 2, although all have HTTP 400.
func TestTrackierErrorsOfVersion2(t *testing.T) {
	for name, config := range map[string]trackier.Config{"as documented": {}, "below errors": {WrappedErrors: true}} {
		t.Run(name, func(t *testing.T) {
			config.PublisherKey, config.AdvertiserKey = "another", "and another"
			for role, code := range map[string]string{"publisher": "13", "advertiser": "102"} {
				h := startTrackierHolder(t, role, "v2", config)
				p := h.problem(h.get("/v1/campaigns?platform=trackier"), "platform_credentials_rejected", 502)
				if native, _ := p["native"].(map[string]any); native["code"] != code || native["status"] == nil {
					t.Errorf("%v", p)
				}
				// a report has to be of groups that the platform knows
				h = startTrackierHolder(t, role, "v2", trackier.Config{WrappedErrors: config.WrappedErrors})
				p = h.problem(h.get("/v1/reports?platform=trackier&from=2026-07-01&to=2026-07-02&metrics=clicks&group_by=trackier.goal_id"), "invalid_request", 400)
				if native, _ := p["native"].(map[string]any); native["code"] != "107" {
					t.Errorf("%v", p)
				}
			}
		})
	}
}

// The documented limits of version 2 are the gateway's too, and what is over them at the
// platform is told as what it is.
func TestTrackierLimitsOfVersion2(t *testing.T) {
	h := startTrackierHolder(t, "publisher", "v2", trackier.Config{RateLimits: true})
	operations, _ := h.one("/v1/platforms/trackier")["operations"].(map[string]any)
	for id, want := range map[string]object{
		"campaigns.list": {"GET /v2/publisher/campaigns": object{"requests": 5, "seconds": 1}},
		"campaigns.get":  {"GET /v2/publisher/campaign/{native_id}": object{"requests": 5, "seconds": 1}},
		"reports.query":  {"GET /v2/publishers/reports": object{"requests": 200, "seconds": 60}},
	} {
		capability, _ := operations[id].(map[string]any)
		caps, _ := capability["caps"].(map[string]any)
		if d := diff(caps["rate"], want); d != "" {
			t.Errorf("%s (-want +got):\n%s", id, d)
		}
	}
	// the platform's clock stands still, so that its sixth request is one too many
	for range 5 {
		h.one("/v1/campaigns/trackier:" + fmt.Sprint(h.visible()))
	}
	p := h.problem(h.get("/v1/campaigns/trackier:"+fmt.Sprint(h.visible())), "platform_rate_limited", 503)
	if native, _ := p["native"].(map[string]any); native["code"] != "40" {
		t.Errorf("%v", p)
	}
}

// visible is a campaign that the holder sees.
func (h *holder) visible() int64 {
	return h.d.Campaigns[slices.IndexFunc(h.d.Campaigns, h.owns)].DisplayID
}
