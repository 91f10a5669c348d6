package integration

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

const keitaroBlock = "credential api_key keitaro-secret\ntimezone Europe/Moscow\ncurrency USD"

func startKeitaro(t *testing.T, config keitaro.Config, block string, lines ...string) (*gateway, *keitaro.Server) {
	t.Helper()
	config.Key, config.Now = "keitaro-secret", clock
	if config.Seed == 0 {
		config.Seed = 1
	}
	server := keitaro.New(config)
	return start(t, append(lines, stand(t, "keitaro", server, server.Counter(), "", block).caddyfile(), client)...), server
}

func TestKeitaroObjects(t *testing.T) {
	g, server := startKeitaro(t, keitaro.Config{}, keitaroBlock,
		"client keeper {\nkey_sha256 "+digest("keeper-key")+"\nscopes read secrets\n}")
	d := newKeitaroData(server)
	networks := listed(d.Networks, func(n keitaro.Network) keitaro.State { return n.State }, false, d.network)
	campaigns := listed(d.Campaigns, func(c keitaro.Campaign) keitaro.State { return c.State }, false, d.campaign)
	offers := listed(d.Offers, func(o keitaro.Offer) keitaro.State { return o.State }, false, d.offer)
	landings := listed(d.LandingPages, func(l keitaro.LandingPage) keitaro.State { return l.State }, false, d.landingPage)
	sources := listed(d.TrafficSources, func(s keitaro.TrafficSource) keitaro.State { return s.State }, false, d.trafficSource)

	for _, test := range []struct {
		path, schema string
		want         []object
		archived     string // an identifier
	}{
		{"/v1/networks", "Network", networks, "keitaro:8"},
		{"/v1/campaigns", "Campaign", campaigns, "keitaro:113"},
		{"/v1/offers", "Offer", offers, "keitaro:20"},
		{"/v1/landing-pages", "LandingPage", landings, "keitaro:39"},
		{"/v1/traffic-sources", "TrafficSource", sources, "keitaro:6"},
	} {
		t.Run(test.path, func(t *testing.T) {
			g := g.in(t)
			g.gives(test.path, test.schema, test.want)
			g.givesEach(test.path, "", test.schema, test.want)
			g.problem(g.get(test.path+"/"+test.archived), "not_found", 404)
			g.problem(g.get(test.path+"/keitaro:9007199254740993"), "not_found", 404)
			g.orders(test.path, test.want, []order{
				{"name", by("name")}, {"-updated_at", descending(by("updated_at"))}, {"state", by("state")}, {"-native_id", descending(by("native_id"))},
			})
		})
	}
	t.Run("groups", func(t *testing.T) { g.in(t).gives("/v1/groups", "Group", each(d.Groups, d.group)) })
	t.Run("deleted campaigns", func(t *testing.T) {
		g := g.in(t)
		deleted := listed(d.Campaigns, func(c keitaro.Campaign) keitaro.State { return c.State }, true, d.campaign)
		g.gives("/v1/campaigns?state=deleted", "Campaign", deleted)
		g.gives("/v1/campaigns?state=active,disabled,deleted", "Campaign", each(d.Campaigns, d.campaign))
	})
	t.Run("a campaign's token needs the scope secrets", func(t *testing.T) {
		g := g.in(t)
		c := d.Campaigns[0]
		for _, path := range []string{"/v1/campaigns", "/v1/campaigns/keitaro:89"} {
			for _, query := range []string{"?fields=id,token", "?include=native", ""} {
				if a := g.get(path + query); a.status != 200 || strings.Contains(string(a.body), c.Token) {
					t.Errorf("%s%s: %d with the token of a campaign", path, query, a.status)
				}
			}
		}
		a := g.do("GET", "/v1/campaigns/keitaro:89?include=native", http.Header{"X-Api-Key": {"keeper-key"}}, nil)
		if row := decode[map[string]any](t, a.body); row["token"] != c.Token {
			t.Errorf("with the scope: %v", row["token"])
		}
	})
	t.Run("amounts beyond 2^53", func(t *testing.T) {
		cost := g.in(t).one("/v1/campaigns/keitaro:112")["cost"]
		if got := member(cost, "value.value"); got != "12345678901234.5678" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("native objects", func(t *testing.T) {
		n := d.Networks[2]
		same(t, nativeRow(g.in(t).one("/v1/networks/keitaro:3?include=native")), object{
			"id": n.ID, "name": n.Name, "postback_url": n.PostbackURL, "state": string(n.State), "template_name": n.Template,
			"created_at": n.CreatedAt.UTC().Format("2006-01-02 15:04:05"), "updated_at": n.UpdatedAt.UTC().Format("2006-01-02 15:04:05"),
		})
	})
	t.Run("selections", func(t *testing.T) { keitaroSelections(g.in(t), d) })
	t.Run("words", func(t *testing.T) {
		g := g.in(t)
		for path, words := range map[string]string{
			"/v1/stream-types": "forced regular default", "/v1/stream-schemas": "redirect action landings offers",
			"/v1/stream-filters": "uniqueness parameter country user_agent keyword",
			"/v1/stream-actions": "http local_file curl status404 show_text show_html campaign do_nothing meta double_meta js js_for_script js_for_iframe blank_referrer formsubmit iframe remote frame",
		} {
			rows, _ := g.walk(path)
			var got []string
			for _, row := range rows {
				got = append(got, row["native_id"].(string))
				if row["id"] != "keitaro:"+row["native_id"].(string) || row["name"] == nil {
					t.Errorf("%s: %v", path, row)
				}
			}
			if strings.Join(got, " ") != words {
				t.Errorf("%s: got %v", path, got)
			}
		}
	})
	t.Run("ping", func(t *testing.T) {
		server.Counter().Reset()
		if pong := g.in(t).one("/v1/platforms/keitaro/ping"); pong["status"] != "ok" || server.Counter().Total() != 1 {
			t.Errorf("%v after %d native requests", pong, server.Counter().Total())
		}
	})
}

func keitaroSelections(g *gateway, d *keitaroData) {
	live := func(s keitaro.State) bool { return s != keitaro.Deleted }
	moment := d.Campaigns[5].UpdatedAt
	selects(g, "/v1/campaigns", d.Campaigns, func(c keitaro.Campaign) string { return fmt.Sprint("keitaro:", c.ID) }, []selection[keitaro.Campaign]{
		{"state=disabled", func(c keitaro.Campaign) bool { return c.State == keitaro.Disabled }},
		{"group_id=keitaro:2", func(c keitaro.Campaign) bool { return c.GroupID == 2 && live(c.State) }},
		{"traffic_source_id=keitaro:1,keitaro:3&rotation=weight", func(c keitaro.Campaign) bool {
			return (c.TrafficSourceID == 1 || c.TrafficSourceID == 3) && c.Type == "weight" && live(c.State)
		}},
		{"position_min=3&position_max=5", func(c keitaro.Campaign) bool { return c.Position >= 3 && c.Position <= 5 }},
		{"updated_from=" + moment.Format(time.RFC3339), func(c keitaro.Campaign) bool { return !c.UpdatedAt.Before(moment) && live(c.State) }},
		{"updated_to=" + moment.Format(time.RFC3339), func(c keitaro.Campaign) bool {
			return c.UpdatedAt.Before(moment) && !c.UpdatedAt.IsZero() && live(c.State)
		}},
		{"name=" + url.QueryEscape(strings.ToUpper(d.Campaigns[9].Name)), func(c keitaro.Campaign) bool { return c.ID == d.Campaigns[9].ID }},
		{"q=" + d.Campaigns[4].Alias, func(c keitaro.Campaign) bool { return c.ID == d.Campaigns[4].ID }},
		{"native_id=89,90", func(c keitaro.Campaign) bool { return c.ID == 89 || c.ID == 90 }},
	})
	selects(g, "/v1/offers", d.Offers, func(o keitaro.Offer) string { return fmt.Sprint("keitaro:", o.ID) }, []selection[keitaro.Offer]{
		{"network_id=keitaro:3", func(o keitaro.Offer) bool { return o.NetworkID == 3 && live(o.State) }},
		{"state=disabled,active&group_id=keitaro:11,keitaro:12", func(o keitaro.Offer) bool { return o.GroupID > 0 && live(o.State) }},
		{"q=incent", func(o keitaro.Offer) bool { return o.Notes != "" && live(o.State) }},
	})
	selects(g, "/v1/groups", d.Groups, func(v keitaro.Group) string { return fmt.Sprint("keitaro:", v.ID) }, []selection[keitaro.Group]{
		{"type=offers", func(v keitaro.Group) bool { return v.Type == "offers" }},
		{"type=landings,campaigns", func(v keitaro.Group) bool { return v.Type != "offers" }},
		{"name=" + url.QueryEscape("größe & co"), func(v keitaro.Group) bool { return v.ID == 12 }},
		{"position_min=2", func(v keitaro.Group) bool { return v.Position >= 2 }},
	})
	selects(g, "/v1/landing-pages", d.LandingPages, func(l keitaro.LandingPage) string { return fmt.Sprint("keitaro:", l.ID) }, []selection[keitaro.LandingPage]{
		{"group_id=keitaro:21", func(l keitaro.LandingPage) bool { return l.GroupID == 21 && live(l.State) }},
		{"q=" + url.QueryEscape("КНОПКУ"), func(l keitaro.LandingPage) bool { return l.Notes != "" && live(l.State) }},
	})
	selects(g, "/v1/traffic-sources", d.TrafficSources, func(s keitaro.TrafficSource) string { return fmt.Sprint("keitaro:", s.ID) }, []selection[keitaro.TrafficSource]{
		{"name=" + url.QueryEscape(`facebook "ads"`), func(s keitaro.TrafficSource) bool { return s.ID == 2 }},
	})
}

func TestKeitaroStreams(t *testing.T) {
	g, server := startKeitaro(t, keitaro.Config{}, keitaroBlock)
	d := newKeitaroData(server)
	var streams, deleted []object // of campaigns that are there
	for _, s := range d.Streams {
		switch {
		case s.State == keitaro.Deleted:
			deleted = append(deleted, d.stream(s))
		case d.campaigns[s.CampaignID].State != keitaro.Deleted:
			streams = append(streams, d.stream(s))
		}
	}
	t.Run("of all campaigns, with one call for each", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/streams", "Stream", streams)
		g.givesEach("/v1/streams", "", "Stream", streams)
		server.Counter().Reset()
		g.list("/v1/streams?limit=1000")
		if n := server.Counter().Total(); n != 1+24 {
			t.Errorf("%d native requests for a list of campaigns and the streams of 24", n)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		g := g.in(t)
		g.gives("/v1/streams?state=deleted", "Stream", deleted)
		g.problem(g.get("/v1/streams/"+deleted[0]["id"].(string)), "not_found", 404)
	})
	t.Run("of a campaign, with one call", func(t *testing.T) {
		g := g.in(t)
		server.Counter().Reset()
		for _, c := range d.Campaigns[:4] {
			var want []object
			for _, s := range streams {
				if s["campaign_id"] == ref("keitaro", c.ID) {
					want = append(want, s)
				}
			}
			rows, _ := g.walk(fmt.Sprintf("/v1/campaigns/keitaro:%d/streams", c.ID))
			sameRows(t, rows, want)
			rows, _ = g.walk(fmt.Sprintf("/v1/streams?campaign_id=keitaro:%d", c.ID))
			sameRows(t, rows, want)
		}
		if n := server.Counter().Total(); n != 8 {
			t.Errorf("%d native requests for 8 lists", n)
		}
		g.problem(g.get("/v1/campaigns/keitaro:113/streams"), "not_found", 404)
	})
	t.Run("selections", func(t *testing.T) {
		own := func(keep func(keitaro.Stream) bool) func(keitaro.Stream) bool {
			return func(s keitaro.Stream) bool {
				return s.State != keitaro.Deleted && d.campaigns[s.CampaignID].State != keitaro.Deleted && keep(s)
			}
		}
		selects(g.in(t), "/v1/streams", d.Streams, func(s keitaro.Stream) string { return fmt.Sprint("keitaro:", s.ID) }, []selection[keitaro.Stream]{
			{"campaign_id=keitaro:89,keitaro:91", own(func(s keitaro.Stream) bool { return s.CampaignID == 89 || s.CampaignID == 91 })},
			{"type=forced", own(func(s keitaro.Stream) bool { return s.Type == "forced" })},
			{"state=disabled", own(func(s keitaro.Stream) bool { return s.State == keitaro.Disabled })},
			{"match=any&collect_clicks=true", own(func(s keitaro.Stream) bool { return s.FilterOr })},
			{"weight_min=34", own(func(s keitaro.Stream) bool { return s.Chance >= 34 })},
			{"position_max=1", own(func(s keitaro.Stream) bool { return s.Position == 1 })},
			{"campaign_id=keitaro:89&q=default", own(func(s keitaro.Stream) bool { return s.CampaignID == 89 && s.Type == "default" })},
			// the tracker's own search looks at streams of deleted campaigns, too
			{"q=" + url.QueryEscape("DON'T TOUCH"), func(s keitaro.Stream) bool { return s.State != keitaro.Deleted && s.Comments == "don't touch" }},
			{"q=" + url.QueryEscape(`"&" proxies`), func(s keitaro.Stream) bool {
				return s.State != keitaro.Deleted && strings.Contains(s.Name, `"&" proxies`)
			}},
		})
	})
	t.Run("orders", func(t *testing.T) {
		g.in(t).orders("/v1/streams", streams, []order{
			{"name", by("name")}, {"weight", byNumber("weight")}, {"-updated_at", descending(by("updated_at"))}, {"-position", descending(byNumber("position"))},
		})
	})
	t.Run("events", func(t *testing.T) {
		g := g.in(t)
		for _, s := range d.Streams[:8] {
			if s.State == keitaro.Deleted {
				g.problem(g.get(fmt.Sprintf("/v1/streams/keitaro:%d/events", s.ID)), "not_found", 404)
				continue
			}
			want := []object{}
			for _, e := range d.StreamEvents {
				if e.StreamID == s.ID {
					want = append(want, identified("keitaro", fmt.Sprint(e.ID), object{"occurred_at": at(e.At), "message": e.Message}))
				}
			}
			g.gives(fmt.Sprintf("/v1/streams/keitaro:%d/events", s.ID), "StreamEvent", want)
		}
	})
}
