package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// A clone is what it was made from, but for what names it.
func TestKeitaroClones(t *testing.T) {
	dated := now.Format(" Copy 02 Jan 2006 15:04")
	for name, test := range map[string]struct {
		config keitaro.Config
		named  func(path, of string) string
	}{
		"as documented": {keitaro.Config{}, func(path, of string) string {
			if path == "/v1/networks" {
				return of + dated
			}
			return of + " Copy"
		}},
		"as newer trackers do": {keitaro.Config{BareEntities: true, CopyOf: true}, func(_, of string) string { return "Copy of " + of }},
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := startKeitaroEditor(t, test.config)
			for path, schema := range map[string]string{
				"/v1/networks": "Network", "/v1/campaigns": "Campaign", "/v1/offers": "Offer", "/v1/landing-pages": "LandingPage", "/v1/traffic-sources": "TrafficSource",
			} {
				rows := g.list(path + "?limit=2").Data
				source := rows[1]
				clone := g.made(path+"/"+source["id"].(string)+"/clone", "")
				g.fits(schema, clone)
				want := with(source, object{
					"id": clone["id"], "native_id": clone["native_id"], "name": test.named(path, source["name"].(string)), "updated_at": atNow,
				})
				if source["created_at"] != nil {
					want["created_at"] = atNow
				}
				if path == "/v1/campaigns" { // an alias is of one campaign
					if clone["alias"] == source["alias"] || clone["alias"] == nil {
						t.Errorf("the clone has the alias %v", clone["alias"])
					}
					want["alias"] = clone["alias"]
				}
				same(t, clone, want)
				if clone["id"] == source["id"] {
					t.Errorf("the clone is its source")
				}
				same(t, g.one(path+"/"+clone["id"].(string)), want)
			}
		})
	}
}

// What answers with a list of one and what answers with the object read alike.
func TestKeitaroCampaignsAreTurnedOnAndOff(t *testing.T) {
	for name, config := range map[string]keitaro.Config{"lists of one": {}, "objects": {BareEntities: true}} {
		t.Run(name, func(t *testing.T) {
			g, server := startKeitaroEditor(t, config)
			d := newKeitaroData(server)
			for _, turn := range []struct{ verb, state string }{{"disable", "disabled"}, {"disable", "disabled"}, {"enable", "active"}} {
				o := g.done("POST", "/v1/campaigns/keitaro:89/"+turn.verb, "", http.StatusOK)
				want := with(d.campaign(d.campaigns[89]), object{"state": turn.state, "native_state": turn.state, "updated_at": atNow})
				same(t, o, want)
				same(t, g.one("/v1/campaigns/keitaro:89"), want)
			}
			g.gone("DELETE", "/v1/campaigns/keitaro:89", "")
			g.problem(g.send("POST", "/v1/campaigns/keitaro:89/enable", ""), "not_found", 404)
			if restored := g.done("POST", "/v1/campaigns/keitaro:89/restore", "", http.StatusOK); restored["state"] != "active" {
				t.Errorf("restored: %v", restored)
			}
		})
	}
}

// costs is a change of costs, and whom it is for.
type costs struct {
	name, body string
	from, to   time.Time // both included
	uniques    bool
}

// Costs go to the clicks between two instants, however the zones are called in which
// they are told, and show in reports.
func TestKeitaroCosts(t *testing.T) {
	const campaign = 89
	for _, test := range []costs{
		{
			"in the tracker's zone", `{"from":"2026-02-10T17:10:00Z","to":"2026-02-12T21:40:00+03:00","cost":{"value":"19.22","currency":"USD"}}`,
			time.Date(2026, 2, 10, 17, 10, 0, 0, time.UTC), time.Date(2026, 2, 12, 18, 40, 0, 0, time.UTC), false,
		},
		{
			"in another zone, of unique clicks", `{"from":"2026-06-01T00:00:00Z","to":"2026-07-01T00:00:00Z","timezone":"America/Sao_Paulo","cost":{"value":"1000.0007","currency":null},"unique_only":true}`,
			time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			g, server := startKeitaroEditor(t, keitaro.Config{})
			var want keitaro.Money // beside the costs that are told
			bearing := 0
			for _, c := range server.Data().Clicks {
				switch {
				case c.CampaignID != campaign:
				case c.At.Before(test.from) || c.At.After(test.to) || test.uniques && !c.UniqueCampaign:
					want += c.Cost
				default:
					bearing++
				}
			}
			if bearing < 5 {
				t.Fatalf("only %d clicks", bearing)
			}
			told := keitaro.Money(19_2200)
			if test.uniques {
				told = 1000_0007
			}
			g.gone("POST", fmt.Sprintf("/v1/campaigns/keitaro:%d/costs", campaign), test.body)
			a := g.post("/v1/reports", fmt.Sprintf(`{"from":"2025-11-01","to":"2026-11-20","timezone":"Europe/Moscow","metrics":["cost"],
				"filters":[{"field":"campaign","op":"eq","value":"keitaro:%d"}]}`, campaign))
			report := decode[reportPage](t, a.body)
			if len(report.Data) != 1 {
				t.Fatalf("got %s", a.body)
			}
			same(t, report.Data[0].Metrics, object{"cost": usd(want + told)})
		})
	}
	t.Run("of a currency", func(t *testing.T) {
		g, server := startKeitaroEditor(t, keitaro.Config{})
		p := g.problem(g.send("POST", "/v1/campaigns/keitaro:89/costs", `{"from":"2026-02-10T00:00:00Z","to":"2026-02-11T00:00:00Z","cost":{"value":"1","currency":"XAU"}}`), "invalid_request", 400)
		if n, _ := p["native"].(map[string]any); !strings.Contains(fmt.Sprint(n["message"]), "currency") {
			t.Errorf("the tracker's refusal is not told: %v", p)
		}
		g.problem(g.send("POST", "/v1/campaigns/keitaro:9007199254740993/costs", `{"from":"2026-02-10T00:00:00Z","to":"2026-02-11T00:00:00Z","cost":{"value":"1","currency":null}}`), "not_found", 404)
		if n := server.Counter().Total(); n != 2 {
			t.Errorf("%d native requests for 2 changes", n)
		}
	})
}

func TestKeitaroLabelsAreChanged(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	const list = "/v1/labels?campaign_id=keitaro:90&ref_name=ip&label_name=whitelist"
	want := object{"platform": "keitaro", "campaign_id": "keitaro:90", "ref_name": "ip", "label_name": "whitelist", "items": []any{"203.0.113.7", "203.0.113.8"}}
	o := g.done("PATCH", "/v1/labels", `{"campaign_id":"keitaro:90","ref_name":"ip","label_name":"whitelist","items":["203.0.113.7","203.0.113.8"]}`, http.StatusOK)
	same(t, o, want)
	g.fits("Label", o)
	same(t, g.list(list).Data, []object{want})
	kept := slices.ContainsFunc(server.Data().Labels, func(l keitaro.Label) bool {
		return l.CampaignID == 90 && l.RefName == "ip" && l.Name == "whitelist" && slices.Equal(l.Items, []string{"203.0.113.7", "203.0.113.8"})
	})
	if !kept {
		t.Errorf("the tracker has %v", server.Data().Labels)
	}
	g.problem(g.send("PATCH", "/v1/labels", `{"campaign_id":"keitaro:90","ref_name":"ip","label_name":"grey","items":["203.0.113.7"]}`), "invalid_request", 400)
}

// Clearing a log needs a scope of its own, and clears that log alone.
func TestKeitaroLogsAreCleared(t *testing.T) {
	config := keitaro.Config{Key: "keitaro-secret", Now: clock, Seed: 1}
	server := keitaro.New(config)
	block := stand(t, "keitaro", server, server.Counter(), "", keitaroBlock).caddyfile()
	g := start(t, block, editor, "client janitor {\nkey_sha256 "+digest("janitor-key")+"\nscopes read admin\n}\n")
	before := map[string]int{}
	for _, e := range server.Data().Logs {
		before[e.Type]++
	}
	g.problem(g.send("DELETE", "/v1/logs/postbacks?platform=keitaro", ""), "forbidden", 403)
	if n := server.Counter().Total(); n != 0 {
		t.Errorf("%d native requests for what is forbidden", n)
	}
	janitor := http.Header{"X-Api-Key": {"janitor-key"}}
	if a := g.do("DELETE", "/v1/logs/postbacks?platform=keitaro", janitor, nil); a.status != http.StatusNoContent || len(a.body) > 0 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	for kind, n := range before {
		if kind == "postbacks" {
			n = 0
		}
		if p := g.list("/v1/logs/" + kind + "?limit=1000"); len(p.Data) != min(n, 1000) {
			t.Errorf("%d entries of %s, want %d", len(p.Data), kind, n)
		}
	}
	g.problem(g.do("DELETE", "/v1/logs/nothing?platform=keitaro", janitor, nil), "not_found", 404)
}

// The document has two ways of archiving a network: the one that a tracker has is found
// out once.
func TestKeitaroNetworksAreArchivedEitherWay(t *testing.T) {
	const first, second = "/admin_api/v1/affiliate_networks/1", "/admin_api/v1/affiliate_networks/2"
	for _, test := range []struct {
		name  string
		way   keitaro.NetworkArchive
		calls map[string]int
	}{
		{"DELETE", keitaro.DeleteNetwork, map[string]int{"DELETE " + first: 1, "DELETE " + second: 1}},
		{"POST", keitaro.PostNetworkArchive, map[string]int{"DELETE " + first: 1, "POST " + first + "/archive": 1, "POST " + second + "/archive": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g, server := startKeitaroEditor(t, keitaro.Config{NetworkArchive: test.way})
			g.gone("DELETE", "/v1/networks/keitaro:1", "")
			g.gone("DELETE", "/v1/networks/keitaro:2", "")
			if got := server.Counter().All(); fmt.Sprint(got) != fmt.Sprint(test.calls) {
				t.Errorf("native requests %v, want %v", got, test.calls)
			}
			for _, n := range server.Data().Networks {
				if n.ID <= 2 && n.State != keitaro.Deleted {
					t.Errorf("the network %d is %s", n.ID, n.State)
				}
			}
			g.problem(g.send("DELETE", "/v1/networks/keitaro:1", ""), "not_found", 404)
		})
	}
}

// A campaign that is asked for twice with one key is made once.
func TestKeitaroCampaignsAreMadeOnce(t *testing.T) {
	g, server := startKeitaroEditor(t, keitaro.Config{})
	const body = `{"platform":"keitaro","name":"Once","alias":"once"}`
	before := len(server.Data().Campaigns)
	first := g.once("/v1/campaigns", "spring", body)
	if first.status != http.StatusCreated {
		t.Fatalf("got %d %s", first.status, first.body)
	}
	sameAnswer(t, first, g.once("/v1/campaigns", "spring", body))
	if n, m := server.Counter().Of("POST /admin_api/v1/campaigns"), len(server.Data().Campaigns); n != 1 || m != before+1 {
		t.Errorf("%d native requests made %d campaigns", n, m-before)
	}
	g.problem(g.once("/v1/campaigns", "spring", strings.Replace(body, "Once", "Twice", 1)), "idempotency_key_reused", 422)
	if n := server.Counter().Total(); n != 1 {
		t.Errorf("%d native requests", n)
	}
}

// The key of a campaign can be written by those who may read it.
func TestKeitaroTokensNeedTheirScope(t *testing.T) {
	server := keitaro.New(keitaro.Config{Key: "keitaro-secret", Now: clock, Seed: 1})
	block := stand(t, "keitaro", server, server.Counter(), "", keitaroBlock).caddyfile()
	g := start(t, block, editor, "client keeper {\nkey_sha256 "+digest("keeper-key")+"\nscopes read write secrets\n}\n")
	const body = `{"token":"47jmtgv14ldjdj7qbswwtmjjlg57xzg5"}`
	g.problem(g.send("PATCH", "/v1/campaigns/keitaro:89", body), "forbidden", 403)
	if n := server.Counter().Total(); n != 0 {
		t.Errorf("%d native requests for what is forbidden", n)
	}
	header := http.Header{"X-Api-Key": {"keeper-key"}, "Content-Type": {"application/json"}}
	a := g.do("PATCH", "/v1/campaigns/keitaro:89", header, strings.NewReader(body))
	if a.status != http.StatusOK || decode[map[string]any](t, a.body)["token"] != "47jmtgv14ldjdj7qbswwtmjjlg57xzg5" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if o := g.done("PATCH", "/v1/campaigns/keitaro:89", `{"position":3}`, http.StatusOK); o["token"] != nil {
		t.Errorf("the answer to a client without the scope has the token %v", o["token"])
	}
}
