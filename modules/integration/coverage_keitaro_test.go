package integration

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

func TestCoverageOfKeitaro(t *testing.T) {
	// The document contradicts itself, and newer trackers contradict it: each spelling is
	// tried at a tracker that has no other.
	documented := keitaro.Config{
		Key: "keitaro-secret", Seed: 1, Now: clock,
		Conversions: keitaro.GetOnly, LogTypes: keitaro.GetOnly, Actions: keitaro.SingularActionsRoute,
	}
	newer := keitaro.Config{
		Key: "keitaro-secret", Seed: 1, Now: clock,
		Conversions: keitaro.PostOnly, LogTypes: keitaro.PostOnly, Actions: keitaro.PluralActionsRoute, NetworkArchive: keitaro.PostNetworkArchive,
	}
	older, other := keitaroWalk{keitaro.New(documented)}, keitaroWalk{keitaro.New(newer)}
	plural := regexp.MustCompile("^/admin_api/v1/streams/[0-9]+/events$")
	apiKey := func(r *http.Request, key string) { r.Header.Set("Api-Key", key) }
	bearer := func(r *http.Request, key string) { r.Header.Set("Authorization", "Bearer "+key) } // of newer clients
	set := func(name string, config keitaro.Config, place func(*http.Request, string), without *regexp.Regexp, server *keitaro.Server, rows []tableRow) *scene {
		return &scene{
			name: name, block: keitaroBlock, secret: "keitaro-secret", place: place,
			account: func() sandbox { return lacking{keitaro.New(config), without} }, unified: lacking{server, without},
			state:    func(a sandbox) any { return a.(lacking).sandbox.(*keitaro.Server).Data() },
			volatile: regexp.MustCompile(`("execution_time":)"[^"]*"`),
			rows:     rows,
		}
	}
	walkCoverage(t, "keitaro",
		set("as documented", documented, apiKey, plural, older.Server, slices.Concat(
			older.entities(), older.campaigns(), older.streams(), older.words(), older.logs(), older.reports())),
		set("as newer trackers are", newer, bearer, regexp.MustCompile("^/admin_api/v1/(stream/|report/build$)"), other.Server, other.spellings()))
}

// keitaroWalk is the tracker behind the unified API.
type keitaroWalk struct{ *keitaro.Server }

// data is what the tracker has now, objects the same without an index of its log.
func (k keitaroWalk) data() *keitaroData    { return newKeitaroData(k.Server) }
func (k keitaroWalk) objects() *keitaroData { return &keitaroData{Data: k.Data()} }

// keitaroKind is what is alike of the tracker's objects.
type keitaroKind struct {
	native, path, operation string
	objects                 func(d *keitaroData) []object // archived ones too
	id, last                int64                         // to read and to change; to archive
	body, change            string                        // as the document's examples
	archive, clone          string                        // rows; none: it cannot be done
	copied                  string                        // what a clone has behind its name

	unified, patch string
	made           func(o map[string]any) object
	patched        object
}

// trip is the round trip of the first object at a path, whose values are the samples'.
func trip(path string) roundTrip {
	return keitaroRoundTrips[slices.IndexFunc(keitaroRoundTrips, func(r roundTrip) bool { return r.path == path })]
}

func keitaroKinds(d keitaro.Data) []keitaroKind {
	whole := d.Campaigns[slices.IndexFunc(d.Campaigns, func(c keitaro.Campaign) bool {
		return c.State == keitaro.Active && c.GroupID > 0 && c.BindVisitors != "" && c.TrafficSourceID > 0 && !c.UpdatedAt.IsZero()
	})]
	kinds := []keitaroKind{
		{
			native: "affiliate_networks", path: "/v1/networks", operation: "networks", id: 1, last: 6,
			objects: func(d *keitaroData) []object { return each(d.Networks, d.network) },
			body:    `{"name":"test","postback_url":"http://postback"}`, change: `{"name":"test2","postback_url":"http://postback2"}`,
			archive: "DELETE /admin_api/v1/affiliate_networks/[i:id]", clone: "POST /admin_api/v1/affiliate_networks/[i:id]/clone",
			copied: now.Format(" Copy 02 Jan 2006 15:04"),
			patch:  `{"name":"test2","postback_url":"http://postback2"}`, patched: object{"name": "test2", "postback_url": "http://postback2", "updated_at": atNow},
		},
		{
			native: "campaigns", path: "/v1/campaigns", operation: "campaigns", id: whole.ID, last: 101,
			objects: func(d *keitaroData) []object { return each(d.Campaigns, d.campaign) },
			body:    `{"name":"Test Campaign X","alias":"test-campaign-x"}`, change: `{"name":"Test Campaign X2","alias":"test-campaign-x2"}`,
			archive: "DELETE /admin_api/v1/campaigns/[i:id]", clone: "POST /admin_api/v1/campaigns/[i:id]/clone", copied: " Copy",
			patch: `{"name":"Test Campaign X2","alias":"test-campaign-x2"}`, patched: object{"name": "Test Campaign X2", "alias": "test-campaign-x2"},
		},
		{
			native: "offers", path: "/v1/offers", operation: "offers", id: 3, last: 9,
			objects: func(d *keitaroData) []object { return each(d.Offers, d.offer) },
			body:    `{"name":"Test Offer X","url":"http://offer.com?ad_campaign_id={ad_campaign_id}&stream_id={stream_id}"}`,
			change:  `{"name":"Test Offer X2","url":"http://offer.com?ad_campaign_id={ad_campaign_id}"}`,
			archive: "DELETE /admin_api/v1/offers/[i:id]/archive", clone: "POST /admin_api/v1/offers/[i:id]/clone", copied: " Copy",
			patch:   `{"name":"Test Offer X2","url":"http://offer.com?ad_campaign_id={ad_campaign_id}"}`,
			patched: object{"name": "Test Offer X2", "url": "http://offer.com?ad_campaign_id={ad_campaign_id}", "updated_at": atNow},
		},
		{
			native: "landing_pages", path: "/v1/landing-pages", operation: "landing_pages", id: 26, last: 30,
			objects: func(d *keitaroData) []object { return each(d.LandingPages, d.landingPage) },
			body:    `{"name":"Test Landing X","landing_type":"external","action_type":"http","action_payload":"http://page.com"}`,
			change:  `{"name":"Test Landing X2","notes":"new"}`,
			archive: "DELETE /admin_api/v1/landing_pages/[i:id]", clone: "PUT /admin_api/v1/landing_pages/[i:id]/clone", copied: " Copy",
			patch: `{"name":"Test Landing X2","notes":"new"}`, patched: object{"name": "Test Landing X2", "notes": "new", "updated_at": atNow},
		},
		{
			native: "traffic_sources", path: "/v1/traffic-sources", operation: "traffic_sources", id: 2, last: 4,
			objects: func(d *keitaroData) []object { return each(d.TrafficSources, d.trafficSource) },
			body:    `{"name":"Test Source X","postback_url":"http://postback"}`, change: `{"name":"Test Source X2","traffic_loss":"1.5"}`,
			archive: "DELETE /admin_api/v1/traffic_sources/[i:id]", clone: "POST /admin_api/v1/traffic_sources/[i:id]/clone", copied: " Copy",
			patch: `{"name":"Test Source X2","traffic_loss":"1.5"}`, patched: object{"name": "Test Source X2", "traffic_loss": "1.5", "updated_at": atNow},
		},
	}
	for i := range kinds {
		r := trip(kinds[i].path)
		kinds[i].unified = r.body
		kinds[i].made = func(o map[string]any) object {
			return identified("keitaro", o["native_id"].(string), with(r.made, object{}))
		}
	}
	return append(kinds, keitaroKind{
		native: "streams", path: "/v1/streams", operation: "streams", id: d.Streams[0].ID, last: d.Streams[20].ID,
		objects: func(d *keitaroData) []object { return each(d.Streams, d.stream) },
		body: `{"campaign_id":90,"type":"forced","name":"Test Stream","position":1,"comments":"","state":"active","action_type":"http","action_payload":"http://test.com",
			"schema":"redirect","collect_clicks":true,"filter_or":true,"filters":[{"name":"uniqueness","mode":"reject","payload":"stream"}]}`,
		change:  `{"name":"Test Stream 2","comments":"changed"}`,
		archive: "DELETE /admin_api/v1/streams/[i:id]",
		unified: newStream, made: func(o map[string]any) object { return with(keitaroStream(o), object{"updated_at": o["updated_at"]}) },
		patch: `{"name":"Test Stream 2","comments":"changed"}`, patched: object{"name": "Test Stream 2", "comments": "changed", "updated_at": atNow},
	})
}

// entities are the rows of what is listed, got, made, changed, archived and cloned alike.
func (k keitaroWalk) entities() []tableRow {
	var rows []tableRow
	for _, kind := range keitaroKinds(k.Data()) {
		root := "/admin_api/v1/" + kind.native
		one, unified := fmt.Sprint(root, "/", kind.id), fmt.Sprint(kind.path, "/keitaro:", kind.id)
		if kind.native != "streams" { // which are listed by campaign
			rows = append(rows, tableRow{
				call: "GET " + root,
				uses: []unifiedCall{lists(kind.operation+".list", kind.path, func() []object { return present(kind.objects(k.objects())) })},
			})
		}
		rows = append(rows,
			tableRow{
				call: "GET " + root + "/[i:id]", native: nativeCall{path: one},
				uses: []unifiedCall{gets(kind.operation+".get", unified, func() object { return k.object(kind, kind.id) })},
			},
			tableRow{
				call: "POST " + root, native: nativeCall{body: kind.body},
				uses: []unifiedCall{{kind.operation + ".create", func(g *gateway) {
					o := g.made(kind.path, kind.unified)
					same(g.t, o, kind.made(o))
				}}},
			},
			tableRow{
				call: "PUT " + root + "/[i:id]", native: nativeCall{path: one, body: kind.change},
				uses: []unifiedCall{{kind.operation + ".update", func(g *gateway) {
					want := with(k.object(kind, kind.id), kind.patched)
					same(g.t, g.done("PATCH", unified, kind.patch, http.StatusOK), want)
					same(g.t, k.object(kind, kind.id), want)
				}}},
			})
		rows = append(rows, k.archiving(kind))
		if kind.clone != "" {
			rows = append(rows, k.cloning(kind))
		}
	}
	return rows
}

// archiving is the row that archives an object of a kind.
func (k keitaroWalk) archiving(kind keitaroKind) tableRow {
	method, path, _ := strings.Cut(kind.archive, " ")
	return tableRow{
		call: kind.archive, native: nativeCall{method: method, path: strings.Replace(path, "[i:id]", fmt.Sprint(kind.last), 1)},
		uses: []unifiedCall{{kind.operation + ".archive", func(g *gateway) {
			want := with(k.object(kind, kind.last), object{"state": "deleted", "native_state": "deleted", "updated_at": atNow})
			g.gone("DELETE", fmt.Sprint(kind.path, "/keitaro:", kind.last), "")
			same(g.t, k.object(kind, kind.last), want)
		}}},
	}
}

// cloning is the row that clones an object of a kind.
func (k keitaroWalk) cloning(kind keitaroKind) tableRow {
	method, path, _ := strings.Cut(kind.clone, " ")
	return tableRow{
		call: kind.clone, native: nativeCall{method: method, path: strings.Replace(path, "[i:id]", fmt.Sprint(kind.id), 1)},
		uses: []unifiedCall{{kind.operation + ".clone", func(g *gateway) {
			of := k.object(kind, kind.id)
			o := g.made(fmt.Sprint(kind.path, "/keitaro:", kind.id, "/clone"), "")
			want := with(of, object{"id": o["id"], "native_id": o["native_id"], "name": of["name"].(string) + kind.copied, "updated_at": atNow})
			if of["created_at"] != nil {
				want["created_at"] = atNow
			}
			if kind.operation == "campaigns" { // an alias is of one campaign
				if want["alias"] = o["alias"]; o["alias"] == nil || o["alias"] == of["alias"] {
					g.t.Errorf("the clone has the alias %v", o["alias"])
				}
			}
			same(g.t, o, want)
			if objects := kind.objects(k.objects()); objects[len(objects)-1]["id"] != o["id"] {
				g.t.Errorf("the tracker has no clone %v", o["id"])
			}
		}}},
	}
}

// present are the objects that are not archived.
func present(objects []object) []object {
	return slices.DeleteFunc(objects, func(o object) bool { return o["state"] == "deleted" })
}

// archived are the others.
func archived(objects []object) []object {
	return slices.DeleteFunc(objects, func(o object) bool { return o["state"] != "deleted" })
}

// object is an object of the tracker as it is now.
func (k keitaroWalk) object(kind keitaroKind, id int64) object {
	objects := kind.objects(k.objects())
	return objects[slices.IndexFunc(objects, func(o object) bool { return o["native_id"] == fmt.Sprint(id) })]
}
