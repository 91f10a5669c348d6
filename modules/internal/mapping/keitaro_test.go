package mapping_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// keitaro binds the bundled mapping to a tracker whose clock is Madrid's and whose
// money is dollars.
func keitaro(t *testing.T) *mapping.Platform {
	t.Helper()
	return bundled(t, "keitaro", mapping.Binding{Server: "https://tracker.example", Zone: "Europe/Madrid", Currency: "USD"})
}

// TestKeitaroRows reads native answers. Those of networks, campaigns, streams, offers
// and groups are the documented samples; the others are made of documented members.
func TestKeitaroRows(t *testing.T) {
	p := keitaro(t)
	tests := []struct {
		operation string
		call      int
		file      string
		outer     map[string]string
	}{
		{operation: "networks.list", file: "networks"},
		{operation: "networks.get", file: "network"},
		{operation: "campaigns.list", file: "campaigns"},
		{operation: "campaigns.list", call: 1, file: "campaigns"},
		{operation: "streams.list", file: "streams"},
		{operation: "streams.list", call: 1, file: "streams"},
		{operation: "streams.list", call: 2, file: "streams"},
		{operation: "streams.events", file: "events"},
		{operation: "stream_types.list", file: "stream_types"},
		{operation: "stream_schemas.list", file: "stream_types"},
		{operation: "stream_actions.list", file: "stream_actions"},
		{operation: "stream_filters.list", file: "stream_filters"},
		{operation: "offers.list", file: "offers"},
		{operation: "landing_pages.list", file: "landing_pages"},
		{operation: "traffic_sources.list", file: "traffic_sources"},
		{operation: "groups.list", file: "groups"},
		{operation: "conversions.list", file: "conversions"},
		{operation: "clicks.list", file: "clicks"},
		{operation: "labels.list", file: "labels", outer: map[string]string{"campaign_id": `"4"`, "ref_name": `"ip"`, "label_name": `"blacklist"`}},
		{operation: "labels.list", file: "labels_enveloped", outer: map[string]string{"campaign_id": `"4"`, "ref_name": `"ip"`, "label_name": `"blacklist"`}},
		{operation: "logs.types", file: "log_types"},
		{operation: "logs.list", file: "log", outer: map[string]string{"type": `"postbacks"`}},
		{operation: "logs.list", file: "log_enveloped", outer: map[string]string{"type": `"postbacks"`}},
	}
	for _, test := range tests {
		t.Run(test.operation+"/"+test.file, func(t *testing.T) {
			call := p.Operation(test.operation).Calls[test.call]
			got := unified(t, call, sample(t, "keitaro", test.file+".native.json"), test.outer)
			if diff := cmp.Diff(decode(t, sample(t, "keitaro", test.file+".unified.json")), got); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}

// The campaign's token is a key: a client may see it by scope, so it must not be in
// the native row, which goes by another one.
func TestKeitaroTokenStaysOutOfNative(t *testing.T) {
	call := keitaro(t).Operation("campaigns.list").Calls[0]
	var page reshape.Page
	if err := call.Plan.Page(&page, sample(t, "keitaro", "campaigns.native.json"), &reshape.Options{Native: true}); err != nil {
		t.Fatal(err)
	}
	row := decode(t, page.Row(0)).(map[string]any)
	native := row["native"].(map[string]any)
	if native["alias"] != "c8bL9W" {
		t.Errorf("native row is %v", native)
	}
	if _, ok := native["token"]; ok {
		t.Error("the native row has the token")
	}
}

func TestKeitaroTotal(t *testing.T) {
	call := keitaro(t).Operation("conversions.list").Calls[0]
	var page reshape.Page
	if err := call.Plan.Page(&page, sample(t, "keitaro", "conversions.native.json"), nil); err != nil {
		t.Fatal(err)
	}
	if got := string(page.Captured[call.Total]); got != "7" {
		t.Errorf("total is %s, want 7", got)
	}
}

// TestKeitaroRequests asks for lists and compares the native requests.
func TestKeitaroRequests(t *testing.T) {
	newest := []mapping.SortKey{{Member: "occurred_at", Descending: true}}
	type args = map[string][]string
	tests := []struct {
		name      string
		operation string
		args      args
		order     []mapping.SortKey
		want      []string // method, path and query of each call that applies
		body      string   // of the first, without columns
		pushed    map[string]mapping.Pushed
		single    bool // a 404 means that what the client named does not exist
	}{
		{name: "campaigns", operation: "campaigns.list", want: []string{"GET /admin_api/v1/campaigns"}},
		{name: "disabled campaigns", operation: "campaigns.list", args: args{"state": {"disabled"}}, want: []string{"GET /admin_api/v1/campaigns"}},
		{name: "deleted campaigns", operation: "campaigns.list", args: args{"state": {"deleted"}}, want: []string{"GET /admin_api/v1/campaigns/deleted"}},
		{name: "campaigns of both kinds", operation: "campaigns.list", args: args{"state": {"active", "deleted"}}, want: []string{"GET /admin_api/v1/campaigns", "GET /admin_api/v1/campaigns/deleted"}},
		{name: "streams of a campaign", operation: "streams.list", args: args{"campaign_id": {"keitaro:2"}}, want: []string{"GET /admin_api/v1/campaigns/EACH/streams"}, single: true},
		{name: "streams found by text", operation: "streams.list", args: args{"q": {"a b"}}, want: []string{"GET /admin_api/v1/streams/search?query=a+b"}, pushed: map[string]mapping.Pushed{"q": mapping.PushedWhole}},
		{name: "streams of a campaign found by text", operation: "streams.list", args: args{"q": {"x"}, "campaign_id": {"keitaro:2"}}, want: []string{"GET /admin_api/v1/campaigns/EACH/streams"}, single: true},
		{name: "deleted streams", operation: "streams.list", args: args{"state": {"deleted"}}, want: []string{"GET /admin_api/v1/streams/deleted"}},
		{name: "events", operation: "streams.events", args: args{"id": {"keitaro:8"}}, want: []string{"GET /admin_api/v1/streams/8/events"}, single: true},
		{name: "groups", operation: "groups.list", want: []string{"GET /admin_api/v1/groups?type=campaigns", "GET /admin_api/v1/groups?type=offers", "GET /admin_api/v1/groups?type=landings"}},
		{name: "groups of one type", operation: "groups.list", args: args{"type": {"offers"}}, want: []string{"GET /admin_api/v1/groups?type=offers"}},
		{name: "labels", operation: "labels.list", args: args{"campaign_id": {"keitaro:4"}, "ref_name": {"ip"}, "label_name": {"blacklist"}}, want: []string{"GET /admin_api/v1/report/labels?campaign_id=4&ref_name=ip&label_name=blacklist"}},
		{name: "log types", operation: "logs.types", want: []string{"GET /admin_api/v1/logs/types"}},
		{name: "a log", operation: "logs.list", args: args{"type": {"postbacks"}}, want: []string{"GET /admin_api/v1/logs/postbacks?limit=100&offset=200"}, single: true},
		{
			name: "newest conversions of a status", operation: "conversions.list", order: newest,
			args: args{"status": {"approved", "pending"}, "campaign_id": {"keitaro:4", "other:5"}, "revenue_min": {"0.10"}},
			want: []string{"POST /admin_api/v1/conversions/log"},
			body: `{"range": {"from": "2000-01-01", "to": "TOMORROW"}, "limit": 100, "offset": 200,
				"filters": [
					{"name": "campaign_id", "operator": "IN_LIST", "expression": [4]},
					{"name": "revenue", "operator": "EQUALS_OR_GREATER_THAN", "expression": 0.10},
					{"name": "status", "operator": "IN_LIST", "expression": ["sale", "rebill", "lead"]}],
				"sort": [{"name": "postback_datetime", "order": "DESC"}]}`,
			pushed: map[string]mapping.Pushed{"status": mapping.PushedWhole, "campaign_id": mapping.PushedWhole, "revenue_min": mapping.PushedWhole},
		},
		{
			// 2017-09-11T22:00Z is midnight in Madrid: the day before is the last one asked for
			name: "conversions of a range", operation: "conversions.list",
			args:   args{"occurred_from": {"2017-09-09T22:30:00Z"}, "occurred_to": {"2017-09-11T22:00:00Z"}, "native_id": {"3"}},
			want:   []string{"POST /admin_api/v1/conversions/log"},
			body:   `{"range": {"from": "2017-09-10", "to": "2017-09-11"}, "filters": [{"name": "conversion_id", "operator": "IN_LIST", "expression": ["3"]}], "limit": 100, "offset": 200}`,
			pushed: map[string]mapping.Pushed{"occurred_from": mapping.PushedNarrowing, "occurred_to": mapping.PushedNarrowing, "native_id": mapping.PushedNarrowing},
		},
		{
			name: "what conversions cannot filter natively", operation: "conversions.list",
			args:   args{"type": {"lead"}, "clicked_from": {"2017-09-09T22:30:00Z"}},
			want:   []string{"POST /admin_api/v1/conversions/log"},
			body:   `{"range": {"from": "2000-01-01", "to": "TOMORROW"}, "limit": 100, "offset": 200}`,
			pushed: map[string]mapping.Pushed{"type": mapping.NotPushed, "clicked_from": mapping.NotPushed},
		},
		{
			name: "clicks", operation: "clicks.list", order: []mapping.SortKey{{Member: "occurred_at"}, {Member: "cost", Descending: true}},
			args: args{"bot": {"false"}, "unique_campaign": {"true"}, "sub_id_3": {"c"}, "country": {"ES", "DE"}},
			want: []string{"POST /admin_api/v1/clicks/log"},
			body: `{"range": {"from": "2000-01-01", "to": "TOMORROW"}, "limit": 100, "offset": 200,
				"filters": [
					{"name": "is_bot", "operator": "IS_FALSE"},
					{"name": "country_code", "operator": "IN_LIST", "expression": ["ES", "DE"]},
					{"name": "sub_id_3", "operator": "IN_LIST", "expression": ["c"]},
					{"name": "is_unique_campaign", "operator": "IS_TRUE"}],
				"sort": [{"name": "datetime", "order": "ASC"}, {"name": "cost", "order": "DESC"}]}`,
			pushed: map[string]mapping.Pushed{"bot": mapping.PushedWhole, "unique_campaign": mapping.PushedWhole, "sub_id_3": mapping.PushedNarrowing, "country": mapping.PushedNarrowing},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			op := keitaro(t).Operation(test.operation)
			began := time.Now()
			var got []string
			for _, call := range op.Calls {
				applies, err := call.Applies(op, test.args)
				if err != nil {
					t.Fatal(err)
				}
				if !applies {
					continue
				}
				d, err := call.Draft(test.args)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"id", "native_id", "campaign_id", "ref_name", "label_name", "bot", "type", "country", "sub_id_3", "unique_campaign", "revenue_min", "status", "q", "occurred_from", "occurred_to", "clicked_from"} {
					if len(test.args[name]) == 0 {
						continue
					}
					pushed, err := call.Push(d, name, test.args[name])
					if err != nil {
						t.Fatal(err)
					}
					if want, ok := test.pushed[name]; ok && pushed != want {
						t.Errorf("pushing %s gave %v, want %v", name, pushed, want)
					}
				}
				if len(test.order) > 0 {
					if ok, err := call.PushSort(d, test.order); !ok || err != nil {
						t.Errorf("the order was not pushed: %v", err)
					}
				}
				if err := call.Page(d, mapping.PageAt{Size: 100, Index: 2, Offset: 200}); err != nil {
					t.Fatal(err)
				}
				if call.ForEach != nil {
					d.Set(call.ForEach.As, "EACH")
				}
				request, err := call.Request(d, nil)
				if err != nil {
					t.Fatal(err)
				}
				if request.Single != test.single {
					t.Errorf("single is %v, want %v", request.Single, test.single)
				}
				line := request.Method + " " + request.Path
				if request.Query != "" {
					line += "?" + request.Query
				}
				got = append(got, line)
				if test.body != "" {
					body := decode(t, request.Body).(map[string]any)
					want := bytes.ReplaceAll([]byte(test.body), []byte("TOMORROW"), []byte(tomorrow(t, began, body)))
					if columns, _ := body["columns"].([]any); len(columns) < 30 {
						t.Errorf("asks for %d columns", len(columns))
					}
					delete(body, "columns")
					if diff := cmp.Diff(decode(t, want), any(body)); diff != "" {
						t.Errorf("body differs (-want +got):\n%s", diff)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("requests differ (-want +got):\n%s", diff)
			}
		})
	}
}

// tomorrow is the day after today in Madrid: by the time when the test began or, past
// a midnight since then, by the time now.
func tomorrow(t *testing.T, began time.Time, body map[string]any) string {
	t.Helper()
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	day := func(at time.Time) string { return at.In(madrid).AddDate(0, 0, 1).Format(time.DateOnly) }
	if sent, _ := body["range"].(map[string]any); sent["to"] == day(time.Now()) {
		return day(time.Now())
	}
	return day(began)
}

func TestKeitaroGets(t *testing.T) {
	p := keitaro(t)
	for operation, want := range map[string]string{
		"networks.get":        "/admin_api/v1/affiliate_networks/7",
		"campaigns.get":       "/admin_api/v1/campaigns/7",
		"streams.get":         "/admin_api/v1/streams/7",
		"offers.get":          "/admin_api/v1/offers/7",
		"landing_pages.get":   "/admin_api/v1/landing_pages/7",
		"traffic_sources.get": "/admin_api/v1/traffic_sources/7",
	} {
		t.Run(operation, func(t *testing.T) {
			call := p.Operation(operation).Calls[0]
			d, err := call.Draft(nil)
			if err != nil {
				t.Fatal(err)
			}
			d.Set("native_id", "7")
			request, err := call.Request(d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if request.Method != http.MethodGet || request.Path != want || !request.Single {
				t.Errorf("asks %s %s (single: %v), want GET %s", request.Method, request.Path, request.Single, want)
			}
		})
	}
	if via := p.Operation("conversions.get").Via; via == nil || via.ID != "conversions.list" {
		t.Error("a conversion is not looked up in the list")
	}
}

func TestKeitaroErrors(t *testing.T) {
	rules := keitaro(t).Rules
	tests := []struct {
		name    string
		status  int
		body    string
		problem problem.Code // empty: no rule, the status decides
		message string
	}{
		{"wrong key", 401, `{"error":"Access denied"}`, problem.PlatformCredentialsRejected, "Access denied"},
		{"edition without the API", 402, `{"error":"Upgrade your license"}`, problem.PlatformForbidden, "Upgrade your license"},
		{"lacking permission", 403, `{"error":"Forbidden"}`, problem.PlatformForbidden, "Forbidden"},
		{"refused fields", 406, `{"alias":["must be unique"],"name":["is required","is too short"]}`, problem.InvalidRequest, "alias: must be unique; name: is required; is too short"},
		{"bad request", 400, `{"error":"Bad range"}`, problem.InvalidRequest, "Bad range"},
		{"fault of the tracker", 500, `{"error":"Oops"}`, problem.PlatformError, "Oops"},
		{"missing object", 404, `{"error":"Not found"}`, "", ""},
		{"rows", 200, `[{"id":1}]`, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, ok := rules.Judge(test.status, http.Header{}, []byte(test.body), time.Unix(0, 0))
			if ok != (test.problem != "") || v.Problem != test.problem || v.Message != test.message {
				t.Errorf("judged as %q, %q; want %q, %q", v.Problem, v.Message, test.problem, test.message)
			}
		})
	}
}
