package integration

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// kind finds one of the kinds of objects.
func (k keitaroWalk) kind(operation string) keitaroKind {
	kinds := keitaroKinds(k.Data())
	return kinds[slices.IndexFunc(kinds, func(kind keitaroKind) bool { return kind.operation == operation })]
}

// turning is a row that gives an object another state.
func (k keitaroWalk) turning(kind keitaroKind, verb, state string, id int64) tableRow {
	return tableRow{
		call:   fmt.Sprintf("POST /admin_api/v1/%s/[i:id]/%s", kind.native, verb),
		native: nativeCall{path: fmt.Sprintf("/admin_api/v1/%s/%d/%s", kind.native, id, verb)},
		uses: []unifiedCall{{kind.operation + "." + verb, func(g *gateway) {
			want := with(k.object(kind, id), object{"state": state, "native_state": state, "updated_at": atNow})
			same(g.t, g.done("POST", fmt.Sprintf("%s/keitaro:%d/%s", kind.path, id, verb), "", http.StatusOK), want)
			same(g.t, k.object(kind, id), want)
		}}},
	}
}

// campaigns are the rows of campaigns that no other objects have, and those of groups.
func (k keitaroWalk) campaigns() []tableRow {
	kind := k.kind("campaigns")
	from, to := time.Date(2026, 2, 10, 0, 0, 0, 0, keitaroZone), time.Date(2026, 5, 12, 20, 10, 0, 0, keitaroZone)
	return []tableRow{
		{
			call: "GET /admin_api/v1/campaigns/deleted",
			uses: []unifiedCall{lists("campaigns.list", "/v1/campaigns?state=deleted", func() []object { return archived(kind.objects(k.objects())) })},
		},
		k.turning(kind, "restore", "active", 114),
		k.turning(kind, "disable", "disabled", kind.id),
		k.turning(kind, "enable", "active", kind.id),
		{
			call: "POST /admin_api/v1/campaigns/[i:id]/update_costs",
			native: nativeCall{
				path: "/admin_api/v1/campaigns/89/update_costs",
				body: `{"start_date":"2026-09-10","end_date":"2026-09-12","cost":10.02,"currency":"EUR","timezone":"Europe/Moscow","only_campaign_uniques":1}`,
			},
			uses: []unifiedCall{{"campaigns.costs", func(g *gateway) {
				g.gone("POST", "/v1/campaigns/keitaro:89/costs", fmt.Sprintf(`{"from":%q,"to":%q,"timezone":"Europe/Moscow","cost":{"value":"10.02","currency":"USD"},"unique_only":true}`,
					from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339)))
				var bear keitaro.Money
				for _, c := range k.Data().Clicks {
					if c.CampaignID == 89 && c.UniqueCampaign && !c.At.Before(from) && !c.At.After(to) {
						bear += c.Cost
					}
				}
				if bear != 10_0200 {
					g.t.Errorf("the unique clicks cost %s together, want 10.02", bear)
				}
			}}},
		},
		{
			call:   "GET /admin_api/v1/groups",
			native: nativeCall{path: "/admin_api/v1/groups?type=campaigns"},
			uses: []unifiedCall{lists("groups.list", "/v1/groups", func() []object {
				d := k.objects()
				return each(d.Groups, d.group)
			})},
		},
		{
			call:   "POST /admin_api/v1/groups",
			native: nativeCall{body: `{"name":"Test Group X","position":"10","type":"campaigns"}`},
			uses: []unifiedCall{{"groups.create", func(g *gateway) {
				o := g.made("/v1/groups", `{"name":"Test Group X","position":10,"type":"campaigns"}`)
				same(g.t, o, identified("keitaro", o["native_id"].(string), object{"name": "Test Group X", "position": 10, "type": "campaigns", "native_type": "campaigns"}))
			}}},
		},
		{
			call:   "PUT /admin_api/v1/groups/[i:id]",
			native: nativeCall{path: "/admin_api/v1/groups/2", body: `{"id":2,"name":"Test Group X2"}`},
			uses: []unifiedCall{{"groups.update", func(g *gateway) {
				size := 0
				for _, c := range k.Data().Campaigns {
					if c.GroupID == 2 && c.State != keitaro.Deleted {
						size++
					}
				}
				same(g.t, g.done("PATCH", "/v1/groups/keitaro:2", `{"name":"Test Group X2"}`, http.StatusOK),
					identified("keitaro", "2", object{"name": "Test Group X2", "position": 2, "type": "campaigns", "native_type": "campaigns", "count": size}))
			}}},
		},
		{
			call:   "DELETE /admin_api/v1/groups/[i:id]/delete",
			native: nativeCall{path: "/admin_api/v1/groups/11/delete", body: `{"id":11}`},
			uses: []unifiedCall{{"groups.delete", func(g *gateway) {
				g.gone("DELETE", "/v1/groups/keitaro:11", "")
				if slices.ContainsFunc(k.Data().Groups, func(v keitaro.Group) bool { return v.ID == 11 }) {
					g.t.Error("the group is still there")
				}
			}}},
		},
	}
}

// streams are the rows of streams that no other objects have.
func (k keitaroWalk) streams() []tableRow {
	kind, d := k.kind("streams"), k.Data()
	gone := d.Streams[slices.IndexFunc(d.Streams, func(s keitaro.Stream) bool { return s.State == keitaro.Deleted })].ID
	first, second := d.Streams[1].ID, d.Streams[2].ID
	from := d.Streams[1].CampaignID
	of := func(campaign int64) (list []object) {
		for _, o := range present(kind.objects(k.objects())) {
			if o["campaign_id"] == ref("keitaro", campaign) {
				list = append(list, o)
			}
		}
		return list
	}
	both := fmt.Sprintf(`{"stream_ids":["keitaro:%d","keitaro:%d"],"campaign_id":"keitaro:%d"}`, first, second, from+7)
	native := fmt.Sprintf(`{"stream_ids":[%d,%d],"campaign_id":%d}`, first, second, from+7)
	return []tableRow{
		{
			call:   "GET /admin_api/v1/campaigns/[i:campaign_id]/streams",
			native: nativeCall{path: "/admin_api/v1/campaigns/90/streams"},
			uses:   []unifiedCall{lists("streams.list", "/v1/campaigns/keitaro:90/streams", func() []object { return of(90) })},
		},
		{
			call: "GET /admin_api/v1/streams/deleted",
			uses: []unifiedCall{lists("streams.list", "/v1/streams?state=deleted", func() []object { return archived(kind.objects(k.objects())) })},
		},
		k.turning(kind, "restore", "active", gone),
		k.turning(kind, "enable", "active", kind.id),
		k.turning(kind, "disable", "disabled", kind.id),
		{
			call: "POST /admin_api/v1/streams/copy", native: nativeCall{body: native},
			uses: []unifiedCall{{"streams.copy", func(g *gateway) {
				before := k.Data().Streams
				g.gone("POST", "/v1/streams/copy", both)
				after := k.Data().Streams
				if len(after) != len(before)+2 {
					g.t.Fatalf("%d streams more", len(after)-len(before))
				}
				for i, c := range after[len(before):] {
					if source := held(g.t, k.Server, fmt.Sprint([]int64{first, second}[i])); c.CampaignID != from+7 || c.Name != source.Name || source.CampaignID != from {
						g.t.Errorf("%d is a copy called %q in the campaign %d", c.ID, c.Name, c.CampaignID)
					}
				}
			}}},
		},
		{
			call: "POST /admin_api/v1/streams/move_streams", native: nativeCall{body: native},
			uses: []unifiedCall{{"streams.move", func(g *gateway) {
				before := len(k.Data().Streams)
				g.gone("POST", "/v1/streams/move", both)
				for _, id := range []int64{first, second} {
					if s := held(g.t, k.Server, fmt.Sprint(id)); s.CampaignID != from+7 || len(k.Data().Streams) != before {
						g.t.Errorf("%d is in the campaign %d", id, s.CampaignID)
					}
				}
			}}},
		},
		{
			call:   "GET /admin_api/v1/streams/search",
			native: nativeCall{path: "/admin_api/v1/streams/search?query=don%27t%20touch"},
			uses: []unifiedCall{lists("streams.list", "/v1/streams?q=don%27t+touch", func() (list []object) {
				for _, o := range present(kind.objects(k.objects())) {
					if o["comments"] == "don't touch" {
						list = append(list, o)
					}
				}
				return list
			})},
		},
		k.events("GET /admin_api/v1/stream/:id/events", "/admin_api/v1/stream/%d/events"),
	}
}

// events is a row of the events of a stream that has some.
func (k keitaroWalk) events(call, path string) tableRow {
	d := k.Data()
	id := d.StreamEvents[slices.IndexFunc(d.StreamEvents, func(e keitaro.StreamEvent) bool { return e.StreamID > d.Streams[30].ID })].StreamID
	return tableRow{
		call: call, native: nativeCall{path: fmt.Sprintf(path, id)},
		uses: []unifiedCall{lists("streams.events", fmt.Sprintf("/v1/streams/keitaro:%d/events", id), func() (list []object) {
			for _, e := range d.StreamEvents {
				if e.StreamID == id {
					list = append(list, identified("keitaro", fmt.Sprint(e.ID), object{"occurred_at": at(e.At), "message": e.Message}))
				}
			}
			return list
		})},
	}
}

// dictionary is a use of a list of the words that the documents have.
func dictionary(operation, path, words string) unifiedCall {
	return unifiedCall{operation, func(g *gateway) {
		rows, _ := g.walk(path)
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row["native_id"]))
		}
		if strings.Join(got, " ") != words {
			g.t.Errorf("%s: got %v, want %s", path, got, words)
		}
	}}
}

const (
	streamActions = "http local_file curl status404 show_text show_html campaign do_nothing meta double_meta js js_for_script js_for_iframe blank_referrer formsubmit iframe remote frame"
	logTypes      = "system traffic postbacks ssl sent_postbacks"
)

// words are the rows of what the tracker knows by name.
func (k keitaroWalk) words() []tableRow {
	return []tableRow{
		{call: "GET /admin_api/v1/stream_types", uses: []unifiedCall{dictionary("stream_types.list", "/v1/stream-types", "forced regular default"), pings("keitaro")}},
		{call: "GET /admin_api/v1/stream_actions", uses: []unifiedCall{dictionary("stream_actions.list", "/v1/stream-actions", streamActions)}},
		{call: "GET /admin_api/v1/stream_schemas", uses: []unifiedCall{dictionary("stream_schemas.list", "/v1/stream-schemas", "redirect action landings offers")}},
		{call: "GET /admin_api/v1/stream_filters", uses: []unifiedCall{dictionary("stream_filters.list", "/v1/stream-filters", "uniqueness parameter country user_agent keyword")}},
		{call: "GET /admin_api/v1/logs/types", uses: []unifiedCall{dictionary("logs.types", "/v1/logs", logTypes)}},
		{call: "GET /admin_api/v1/report/definition"},
		{call: "POST /admin_api/v1/clicks/clean", native: nativeCall{body: `{"campaign_id":89}`, status: http.StatusNotFound}},
		{call: "POST /admin_api/v1/clicks/update_costs", native: nativeCall{body: `{"campaign_ids":[89]}`, status: http.StatusNotFound}},
		{
			call:   "GET /admin_api/v1/report/labels",
			native: nativeCall{path: "/admin_api/v1/report/labels?campaign_id=89&ref_name=source&label_name=whitelist"},
			uses: []unifiedCall{{"labels.list", func(g *gateway) {
				same(g.t, g.list("/v1/labels?campaign_id=keitaro:89&ref_name=source&label_name=whitelist").Data, []object{{
					"platform": "keitaro", "campaign_id": "keitaro:89", "ref_name": "source", "label_name": "whitelist", "items": []string{"news.example", "site/42"},
				}})
			}}},
		},
		{
			call:   "POST /admin_api/v1/report/labels",
			native: nativeCall{body: `{"campaign_id":90,"ref_name":"ip","label_name":"whitelist","items":["203.0.113.7"]}`},
			uses: []unifiedCall{{"labels.update", func(g *gateway) {
				o := g.done("PATCH", "/v1/labels", `{"campaign_id":"keitaro:90","ref_name":"ip","label_name":"whitelist","items":["203.0.113.7"]}`, http.StatusOK)
				same(g.t, o, object{"platform": "keitaro", "campaign_id": "keitaro:90", "ref_name": "ip", "label_name": "whitelist", "items": []any{"203.0.113.7"}})
				if !slices.ContainsFunc(k.Data().Labels, func(l keitaro.Label) bool {
					return l.CampaignID == 90 && l.RefName == "ip" && l.Name == "whitelist" && slices.Equal(l.Items, []string{"203.0.113.7"})
				}) {
					g.t.Error("the tracker has no such label")
				}
			}}},
		},
	}
}

// logs are the rows of clicks, conversions, and the tracker's own logs.
func (k keitaroWalk) logs() []tableRow {
	return []tableRow{
		{
			call: "POST /admin_api/v1/clicks/log",
			native: nativeCall{body: `{"range":{"from":"2026-09-10","to":"2026-09-12","timezone":"Europe/Madrid"},"limit":50,
				"columns":["sub_id","campaign","datetime","is_bot"],"filters":[{"name":"campaign_id","operator":"EQUALS","expression":89}],"sort":[{"name":"datetime","order":"desc"}]}`},
			uses: []unifiedCall{lists("clicks.list", "/v1/clicks?occurred_from=2026-09-10T00:00:00Z&occurred_to=2026-09-12T00:00:00Z", func() (list []object) {
				d := k.data()
				for _, c := range d.Clicks {
					if !c.At.Before(day(2026, 9, 10, time.UTC)) && c.At.Before(day(2026, 9, 12, time.UTC)) {
						list = append(list, d.click(c))
					}
				}
				return list
			})},
		},
		k.conversions("GET /admin_api/v1/conversions/log"),
		{
			call:   "GET /admin_api/v1/logs/[a:log]",
			native: nativeCall{path: "/admin_api/v1/logs/ssl?limit=5&offset=1&query=certificate"},
			uses: []unifiedCall{{"logs.list", func(g *gateway) {
				var want []object
				for _, e := range slices.Backward(k.Data().Logs) { // newest first
					if e.Type == "ssl" {
						want = append(want, object{"platform": "keitaro", "type": "ssl", "occurred_at": at(e.At), "message": e.Message, "job_id": e.JobID})
					}
				}
				rows, _ := g.walk("/v1/logs/ssl?limit=500")
				same(g.t, rows, want)
			}}},
		},
		{
			call:   "DELETE /admin_api/v1/logs/[a:log]",
			native: nativeCall{path: "/admin_api/v1/logs/system"},
			uses: []unifiedCall{{"logs.clear", func(g *gateway) {
				g.gone("DELETE", "/v1/logs/system?platform=keitaro", "")
				if slices.ContainsFunc(k.Data().Logs, func(e keitaro.LogEntry) bool { return e.Type == "system" }) {
					g.t.Error("the log is not empty")
				}
			}}},
		},
	}
}

// conversions is a row of the log of conversions.
func (k keitaroWalk) conversions(call string) tableRow {
	d := k.data()
	first := d.Conversions[0]
	return tableRow{
		call: call,
		native: nativeCall{body: `{"range":{"from":"2026-09-10","to":"2026-09-12","timezone":"Europe/Madrid"},"limit":5,
			"columns":["conversion_id","sub_id","status","revenue"],"filters":[{"name":"status","operator":"EQUALS","expression":"sale"}]}`},
		uses: []unifiedCall{
			lists("conversions.list", "/v1/conversions?occurred_from=2026-09-01T00:00:00Z", func() (list []object) {
				for _, v := range d.Conversions {
					if !v.PostbackAt.Before(day(2026, 9, 1, time.UTC)) {
						list = append(list, d.conversion(v))
					}
				}
				return list
			}),
			gets("conversions.get", fmt.Sprint("/v1/conversions/keitaro:", first.ID), func() object { return d.conversion(first) }),
		},
	}
}

// keitaroZone is where the tracker lives.
var keitaroZone = kit.Location("Europe/Moscow")

// reports are the rows of reports.
func (k keitaroWalk) reports() []tableRow {
	return []tableRow{
		{
			call:   "POST /admin_api/v1/clicks/summary",
			native: nativeCall{body: `{"range":{"from":"2026-09-10","to":"2026-09-12","timezone":"Europe/Madrid"},"metrics":["clicks","bot_share","cr"]}`},
			uses:   []unifiedCall{reports(reportCall{keitaroReport, nil, func() sums { return k.sums(func(*keitaroData, keitaro.Click) string { return "" }) }})},
		},
		k.build("POST /admin_api/v1/report/build"),
	}
}

// keitaroReport is half a year of sums.
const keitaroReport = "timezone=Europe/Moscow&from=2026-01-01&to=2026-06-30&metrics=clicks,bots,conversions,revenue,cost,profit"

// build is a row of the report, with the document's example.
func (k keitaroWalk) build(call string) tableRow {
	return tableRow{
		call: call,
		native: nativeCall{body: `{"range":{"from":"2026-09-10","to":"2026-09-12","timezone":"Europe/Madrid"},"grouping":["ts","landing"],"metrics":["clicks","bot_share","cr"],
			"filters":[{"name":"campaign_id","operator":"EQUALS","expression":89},{"name":"stream_id","operator":"GREATER_THAN","expression":0}]}`},
		uses: []unifiedCall{reports(reportCall{keitaroReport, []string{"campaign"}, func() sums {
			return k.sums(func(d *keitaroData, c keitaro.Click) string {
				return fmt.Sprint("keitaro:", c.CampaignID, " ", d.campaigns[c.CampaignID].Name)
			})
		}})},
	}
}

// sums adds up half a year of clicks and their conversions, which count when clicked.
func (k keitaroWalk) sums(key func(*keitaroData, keitaro.Click) string) sums {
	d, s := k.data(), sums{}
	for _, c := range d.Clicks {
		if c.At.Before(day(2026, 1, 1, keitaroZone)) || !c.At.Before(day(2026, 7, 1, keitaroZone)) {
			continue
		}
		k := key(d, c)
		amount := func(metric string, m keitaro.Money) { s.add(k+" "+metric+" USD", big.NewRat(int64(m), 10_000)) }
		s.count(k + " clicks")
		if c.Bot {
			s.count(k + " bots")
		}
		amount("cost", c.Cost)
		amount("profit", -c.Cost)
		for _, v := range d.of[c.ID] {
			s.count(k + " conversions")
			if v.Status != keitaro.Rejected {
				amount("revenue", v.Revenue)
				amount("profit", v.Revenue)
			}
		}
	}
	return s
}

// spellings are the rows that only another tracker has.
func (k keitaroWalk) spellings() []tableRow {
	networks := k.kind("networks")
	networks.archive = "POST /admin_api/v1/affiliate_networks/[i:id]/archive"
	return []tableRow{
		k.archiving(networks),
		k.build("POST /admin_api/v1/clicks/build"),
		k.conversions("POST /admin_api/v1/conversions/log"),
		{call: "POST /admin_api/v1/logs/types", uses: []unifiedCall{dictionary("logs.types", "/v1/logs", logTypes)}},
		{call: "GET /admin_api/v1/streams_actions", uses: []unifiedCall{dictionary("stream_actions.list", "/v1/stream-actions", streamActions)}},
		k.events("GET /admin_api/v1/streams/{id}/events", "/admin_api/v1/streams/%d/events"),
	}
}
