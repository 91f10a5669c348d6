package integration

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestKeitaroConversions(t *testing.T) {
	g, server := startKeitaro(t, keitaro.Config{}, keitaroBlock)
	d := newKeitaroData(server)
	conversions := each(d.Conversions, d.conversion)
	t.Run("list", func(t *testing.T) { g.in(t).gives("/v1/conversions", "Conversion", conversions) })
	t.Run("get", func(t *testing.T) {
		g := g.in(t)
		g.givesEach("/v1/conversions", "", "Conversion", conversions[:10])
		g.problem(g.get("/v1/conversions/keitaro:9007199254740993"), "not_found", 404)
		g.problem(g.get("/v1/conversions/keitaro:none"), "not_found", 404)
	})
	t.Run("amounts beyond 2^53", func(t *testing.T) {
		n := 0
		for _, v := range d.Conversions {
			if v.Revenue > 1<<53 {
				n++
				row := g.in(t).one(fmt.Sprintf("/v1/conversions/keitaro:%d", v.ID))
				if got := member(row, "revenue.value"); got != "9007199254740.9931" {
					t.Errorf("got %v", got)
				}
			}
		}
		if n == 0 {
			t.Fatal("the sandbox has none")
		}
	})
	t.Run("selections", func(t *testing.T) {
		middle := d.Conversions[len(d.Conversions)/2]
		awkward := d.Conversions[slices.IndexFunc(d.Conversions, func(v keitaro.Conversion) bool { return strings.Contains(v.TID, `"`) })]
		from, to := middle.PostbackAt, middle.PostbackAt.Add(30*24*time.Hour)
		rfc := func(t time.Time) string { return t.Format(time.RFC3339) }
		click := func(v keitaro.Conversion) keitaro.Click { return d.clicks[v.ClickID] }
		selects(g.in(t), "/v1/conversions", d.Conversions, func(v keitaro.Conversion) string { return fmt.Sprint("keitaro:", v.ID) }, []selection[keitaro.Conversion]{
			{"occurred_from=" + rfc(from) + "&occurred_to=" + rfc(to), func(v keitaro.Conversion) bool {
				return !v.PostbackAt.Before(from) && v.PostbackAt.Before(to)
			}},
			{"occurred_to=" + rfc(from), func(v keitaro.Conversion) bool { return v.PostbackAt.Before(from) }},
			{"clicked_from=" + rfc(from), func(v keitaro.Conversion) bool { return !click(v).At.Before(from) }},
			{"status=approved", func(v keitaro.Conversion) bool { return v.Status == keitaro.Sale || v.Status == keitaro.Rebill }},
			{"status=pending,rejected", func(v keitaro.Conversion) bool { return v.Status == keitaro.Lead || v.Status == keitaro.Rejected }},
			{"status=refunded", func(keitaro.Conversion) bool { return false }},
			{"type=rebill", func(v keitaro.Conversion) bool { return v.Status == keitaro.Rebill }},
			{"type=lead", func(v keitaro.Conversion) bool { return kind(v) == "lead" }},
			{"type=sale&status=rejected", func(v keitaro.Conversion) bool { return kind(v) == "sale" && v.Status == keitaro.Rejected }},
			{"previous_status=pending", func(v keitaro.Conversion) bool { return v.PreviousStatus == keitaro.Lead }},
			{"campaign_id=keitaro:89,keitaro:95", func(v keitaro.Conversion) bool { return click(v).CampaignID == 89 || click(v).CampaignID == 95 }},
			{fmt.Sprint("stream_id=keitaro:", click(middle).StreamID), func(v keitaro.Conversion) bool { return click(v).StreamID == click(middle).StreamID }},
			{"offer_id=keitaro:3", func(v keitaro.Conversion) bool { return click(v).OfferID == 3 }},
			{"traffic_source_id=keitaro:2&country=DE,FR", func(v keitaro.Conversion) bool {
				return click(v).TrafficSourceID == 2 && (click(v).CountryCode == "DE" || click(v).CountryCode == "FR")
			}},
			{"landing_page_id=keitaro:27", func(v keitaro.Conversion) bool { return click(v).LandingID == 27 }},
			{"click_id=" + middle.SubID, func(v keitaro.Conversion) bool { return v.SubID == middle.SubID }},
			{"external_id=" + url.QueryEscape(awkward.TID), func(v keitaro.Conversion) bool { return v.TID == awkward.TID }},
			{"sub_id_1=pub-3", func(v keitaro.Conversion) bool { return click(v).SubIDs[0] == "pub-3" }},
			{"sub_id_1=PUB-3", func(keitaro.Conversion) bool { return false }},
			{"sub_id_3=" + url.QueryEscape("баннер №1"), func(v keitaro.Conversion) bool { return click(v).SubIDs[2] == "баннер №1" }},
			{"revenue_min=20&revenue_max=30.5", func(v keitaro.Conversion) bool { return v.Revenue >= 20_0000 && v.Revenue <= 30_5000 }},
			{"revenue_min=9007199254740.9931", func(v keitaro.Conversion) bool { return v.Revenue == 9007199254740_9931 }},
			{"profit_max=0", func(v keitaro.Conversion) bool { return v.Revenue-click(v).Cost <= 0 }},
			{"cost_min=1.5", func(v keitaro.Conversion) bool { return click(v).Cost >= 1_5000 }},
			{"q=" + url.QueryEscape(`FRAUD "auto"`), func(v keitaro.Conversion) bool { return v.OriginalStatus == `fraud "auto"` }},
		})
	})
	t.Run("orders", func(t *testing.T) {
		g.in(t).orders("/v1/conversions", conversions, []order{
			{"occurred_at", by("occurred_at")},
			{"-clicked_at", descending(by("clicked_at"))},
			{"-revenue", descending(byNumber("revenue"))},
			{"profit", byNumber("profit")},
			{"external_id", by("external_id")},
			{"-type", descending(by("type"))},
			{"original.status", by("original.status")},
		})
	})
}

func TestKeitaroClicks(t *testing.T) {
	g, server := startKeitaro(t, keitaro.Config{}, keitaroBlock)
	d := newKeitaroData(server)
	t.Run("list", func(t *testing.T) {
		g := g.in(t)
		var all []string
		for _, c := range d.Clicks {
			all = append(all, "keitaro:"+c.SubID)
		}
		rows, _ := g.walk("/v1/clicks?limit=1000&fields=id")
		sameSet(t, ids(rows), all)
		// every member of a quarter of them
		recent := d.Clicks[len(d.Clicks)*3/4:]
		rows, _ = g.walk("/v1/clicks?limit=1000&occurred_from=" + recent[0].At.Format(time.RFC3339))
		sameRows(t, rows, each(recent, d.click))
		g.fits("Click", rows[:100]...)
		if p := g.list("/v1/clicks?limit=0"); *p.Page.Total != len(d.Clicks) {
			t.Errorf("limit=0 counts %d, want %d", *p.Page.Total, len(d.Clicks))
		}
	})
	t.Run("selections", func(t *testing.T) {
		c := d.Clicks[slices.IndexFunc(d.Clicks, func(c keitaro.Click) bool { return strings.Contains(c.SubIDs[1], "/") })]
		from, to := c.At, c.At.Add(49*time.Hour)
		span := "occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339)
		within := func(keep func(keitaro.Click) bool) func(keitaro.Click) bool {
			return func(c keitaro.Click) bool { return !c.At.Before(from) && c.At.Before(to) && keep(c) }
		}
		had := func(c keitaro.Click, status string) bool {
			return slices.ContainsFunc(d.of[c.ID], func(v keitaro.Conversion) bool { return v.Status == status })
		}
		v6 := d.Clicks[slices.IndexFunc(d.Clicks, func(c keitaro.Click) bool { return c.IP.Is6() })].IP
		selects(g.in(t), "/v1/clicks", d.Clicks, func(c keitaro.Click) string { return "keitaro:" + c.SubID }, []selection[keitaro.Click]{
			{span, within(func(keitaro.Click) bool { return true })},
			{span + "&bot=true", within(func(c keitaro.Click) bool { return c.Bot })},
			{span + "&proxy=false&unique_campaign=true", within(func(c keitaro.Click) bool { return !c.Proxy && c.UniqueCampaign })},
			{span + "&unique_stream=false", within(func(c keitaro.Click) bool { return !c.UniqueStream })},
			{span + "&device_type=mobile,tablet", within(func(c keitaro.Click) bool { return c.DeviceType != "desktop" })},
			{span + "&os=Android&browser=" + url.QueryEscape("Chrome Mobile"), within(func(c keitaro.Click) bool { return c.OS == "Android" && c.Browser == "Chrome Mobile" })},
			{span + "&cost_min=0.5&cost_max=1", within(func(c keitaro.Click) bool { return c.Cost >= 5000 && c.Cost <= 1_0000 })},
			{"lead=true&sale=false", func(c keitaro.Click) bool { return had(c, keitaro.Lead) && !had(c, keitaro.Sale) }},
			{"rejected=true", func(c keitaro.Click) bool { return had(c, keitaro.Rejected) }},
			{"parent_campaign_id=keitaro:89&country=IR", func(c keitaro.Click) bool { return c.ParentCampaignID == 89 && c.CountryCode == "IR" }},
			{fmt.Sprint("campaign_group_id=keitaro:", d.campaigns[c.CampaignID].GroupID, "&sub_id_2=", url.QueryEscape(c.SubIDs[1])), func(v keitaro.Click) bool {
				return d.campaigns[v.CampaignID].GroupID == d.campaigns[c.CampaignID].GroupID && v.SubIDs[1] == c.SubIDs[1]
			}},
			{"ad_campaign_id=9007199254740993", func(c keitaro.Click) bool { return c.AdCampaignID == "9007199254740993" }},
			{"creative_id=cr%2F7", func(c keitaro.Click) bool { return c.CreativeID == "cr/7" }},
			{"ip=" + url.QueryEscape(v6.String()), func(c keitaro.Click) bool { return c.IP == v6 }},
			{"ip=192.0.2.1,203.0.113.7", func(c keitaro.Click) bool {
				return c.IP == netip.MustParseAddr("192.0.2.1") || c.IP == netip.MustParseAddr("203.0.113.7")
			}},
			{"visitor_id=" + c.VisitorCode, func(v keitaro.Click) bool { return v.VisitorCode == c.VisitorCode }},
			{"click_id=" + c.SubID, func(v keitaro.Click) bool { return v.SubID == c.SubID }},
			{"q=" + url.QueryEscape("КРОССОВКИ") + "&sub_id_1=pub-1", func(c keitaro.Click) bool {
				return strings.Contains(c.Keyword, "кроссовки") && c.SubIDs[0] == "pub-1"
			}},
		})
	})
	t.Run("orders", func(t *testing.T) {
		// a week, since each order is walked through
		from, to := now.AddDate(0, 0, -30), now.AddDate(0, 0, -23)
		var want []object
		for _, c := range d.Clicks {
			if !c.At.Before(from) && c.At.Before(to) {
				want = append(want, d.click(c))
			}
		}
		span := "occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339)
		g.in(t).orders("/v1/clicks?"+span, want, []order{
			{"-occurred_at", descending(by("occurred_at"))},
			{"cost", byNumber("cost")},
			{"-revenue", descending(byNumber("revenue"))},
			{"keyword", by("keyword")},
			{"-landing_clicked_at", descending(by("landing_clicked_at"))},
		})
	})
}

// Clicks and conversions are right on both sides of both changes of a tracker's clock.
func TestKeitaroInAnotherZone(t *testing.T) {
	zone := kit.Location("America/New_York")
	g, server := startKeitaro(t, keitaro.Config{Zone: zone, Seed: 4}, "credential api_key keitaro-secret\ntimezone America/New_York\ncurrency USD")
	d := newKeitaroData(server)
	g.gives("/v1/conversions", "Conversion", each(d.Conversions, d.conversion))
	var clicks []selection[keitaro.Click]
	for _, change := range []time.Time{time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)} {
		for _, hours := range []int{-26, -2, 0, 2} {
			from := change.Add(time.Duration(hours) * time.Hour)
			to := from.Add(24 * time.Hour)
			clicks = append(clicks, selection[keitaro.Click]{
				"occurred_from=" + from.Format(time.RFC3339) + "&occurred_to=" + to.Format(time.RFC3339),
				func(c keitaro.Click) bool { return !c.At.Before(from) && c.At.Before(to) },
			})
			var want []object
			for _, c := range d.Clicks {
				if !c.At.Before(from) && c.At.Before(to) {
					want = append(want, d.click(c))
				}
			}
			rows, _ := g.walk("/v1/clicks?limit=1000&" + clicks[len(clicks)-1].query)
			sameRows(t, rows, want)
		}
	}
	selects(g, "/v1/clicks", d.Clicks, func(c keitaro.Click) string { return "keitaro:" + c.SubID }, clicks)
}

func TestKeitaroLabelsAndLogs(t *testing.T) {
	g, server := startKeitaro(t, keitaro.Config{}, keitaroBlock)
	d := newKeitaroData(server)
	t.Run("labels", func(t *testing.T) {
		g := g.in(t)
		for _, l := range d.Labels {
			page := g.list(fmt.Sprintf("/v1/labels?campaign_id=keitaro:%d&ref_name=%s&label_name=%s", l.CampaignID, l.RefName, l.Name))
			g.fits("Label", page.Data...)
			same(t, page.Data, []object{{
				"platform": "keitaro", "campaign_id": ref("keitaro", l.CampaignID), "ref_name": l.RefName, "label_name": l.Name, "items": l.Items,
			}})
		}
		refused := g.problem(g.get("/v1/labels?campaign_id=keitaro:89"), "invalid_request", 400)
		if errors, _ := refused["errors"].([]any); len(errors) != 2 {
			t.Errorf("two names are missing: %v", refused)
		}
	})
	t.Run("types of logs", func(t *testing.T) {
		rows, _ := g.in(t).walk("/v1/logs")
		same(t, ids(rows), []string{"keitaro:system", "keitaro:traffic", "keitaro:postbacks", "keitaro:ssl", "keitaro:sent_postbacks"})
	})
	entries := map[string][]object{}
	for _, e := range slices.Backward(d.Logs) { // newest first
		entries[e.Type] = append(entries[e.Type], object{
			"platform": "keitaro", "type": e.Type, "occurred_at": at(e.At), "message": e.Message, "job_id": e.JobID,
		})
	}
	for _, kind := range []string{"system", "postbacks", "ssl", "sent_postbacks"} {
		t.Run("log "+kind, func(t *testing.T) {
			g := g.in(t)
			rows, _ := g.walk("/v1/logs/" + kind + "?limit=500")
			g.fits("LogEntry", rows...)
			same(t, rows, entries[kind])
		})
	}
	t.Run("parts of a log", func(t *testing.T) {
		g := g.in(t)
		first := entries["ssl"][3]
		same(t, g.list("/v1/logs/ssl?job_id="+first["job_id"].(string)).Data, []object{first})
		same(t, g.list("/v1/logs/ssl?limit=2&sort=occurred_at").Data, []object{entries["ssl"][len(entries["ssl"])-1], entries["ssl"][len(entries["ssl"])-2]})
		var april []object
		for _, e := range entries["system"] {
			if strings.HasPrefix(e["occurred_at"].(string), "2026-04-") {
				april = append(april, e)
			}
		}
		rows, _ := g.walk("/v1/logs/system?occurred_from=2026-04-01T00:00:00Z&occurred_to=2026-05-01T00:00:00Z")
		same(t, rows, april)
		same(t, g.list("/v1/logs/system?q=STATISTICS%20OF%202026-04-02").Data, g.list("/v1/logs/system?q=2026-04-02").Data)
		g.problem(g.get("/v1/logs/nothing"), "not_found", 404)
	})
}

// quirk is a way in which trackers differ.
type quirk struct {
	name   string
	config keitaro.Config
}

// What differs between trackers is found out by trying, once, and changes no answer.
func TestKeitaroVersions(t *testing.T) {
	for _, q := range []quirk{
		{"as documented", keitaro.Config{Conversions: keitaro.GetOnly, LogTypes: keitaro.GetOnly, Actions: keitaro.SingularActionsRoute, LogEnvelope: true}},
		{"newer", keitaro.Config{
			Conversions: keitaro.PostOnly, LogTypes: keitaro.PostOnly, Actions: keitaro.PluralActionsRoute,
			Weight: true, NumericFlags: true, MoneyAsText: true, MetaAsList: true, GroupsWithoutType: true,
		}},
	} {
		t.Run(q.name, func(t *testing.T) {
			g, server := startKeitaro(t, q.config, keitaroBlock)
			d := newKeitaroData(server)
			for _, test := range []struct {
				path string
				most int // requests to find out and to answer
			}{{"/v1/conversions?limit=1", 3}, {"/v1/logs", 3}, {"/v1/stream-actions", 3}} {
				server.Counter().Reset()
				g.list(test.path)
				if n := server.Counter().Total(); n > test.most {
					t.Errorf("%s: %d native requests to find out", test.path, n)
				}
				server.Counter().Reset()
				g.list(test.path)
				if n := server.Counter().Total(); n != 1 {
					t.Errorf("%s: %d native requests, although it is known what answers", test.path, n)
				}
			}
			g.gives("/v1/conversions", "Conversion", each(d.Conversions, d.conversion))
			g.gives("/v1/groups", "Group", each(d.Groups, d.group))
			same(t, len(g.list("/v1/stream-actions").Data), 18)
			same(t, len(g.list("/v1/logs").Data), 5)
			same(t, len(g.list("/v1/logs/ssl").Data), 12)
			for _, s := range d.Streams[:3] {
				same(t, g.one(fmt.Sprintf("/v1/streams/keitaro:%d", s.ID)), d.stream(s))
			}
			var clicks []object
			for _, c := range d.Clicks[:200] {
				clicks = append(clicks, d.click(c))
			}
			sameRows(t, g.list("/v1/clicks?limit=200&sort=occurred_at").Data, clicks)
		})
	}
}
