package mapping_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// trackier binds the bundled mapping to a network whose clock is India's, at +05:30
// all year, and whose money is dollars.
func trackier(t *testing.T) *mapping.Platform {
	t.Helper()
	return bundled(t, "trackier", mapping.Binding{Zone: "Asia/Kolkata", Currency: "USD"})
}

// TestTrackierRows reads native answers: the platform's own samples of conversions,
// clicks and jobs, and others made of what is known of their form. Among them are its
// three ways to write a time, ids as numbers, and [] for empty maps.
func TestTrackierRows(t *testing.T) {
	p := trackier(t)
	for _, test := range []struct{ operation, file string }{
		{"conversions.list", "conversions"},
		{"clicks.list", "clicks"},
		{"campaigns.list", "campaigns"},
		{"campaigns.get", "campaign"},
		{"publishers.list", "affiliates"},
		{"merchants.list", "advertisers"},
		{"imports.list", "jobs"},
		{"account.get", "account"},
		{"referrals.list", "referrals"},
	} {
		t.Run(test.operation, func(t *testing.T) {
			for i, call := range p.Operation(test.operation).Calls {
				got := unified(t, call, sample(t, "trackier", test.file+".native.json"), nil)
				if diff := cmp.Diff(decode(t, sample(t, "trackier", test.file+".unified.json")), got); diff != "" {
					t.Errorf("call %d: rows differ (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// A PHP server writes an empty map as an empty list.
func TestTrackierEmptyAnswers(t *testing.T) {
	p := trackier(t)
	for operation, body := range map[string]string{
		"conversions.list": `{"success":true,"limit":500,"page":2,"columns":[],"records":[],"count":0}`,
		"clicks.list":      `{"success":true,"data":{"clicks":[],"pagination":{"per_page":10,"current_page":1,"total":0}}}`,
		"campaigns.list":   `{"data":[]}`,
		"publishers.list":  `{"data":{"affiliates":[]}}`,
	} {
		if got := unified(t, p.Operation(operation).Calls[0], []byte(body), nil).([]any); len(got) != 0 {
			t.Errorf("%s: %d rows", operation, len(got))
		}
	}
}

// Hashes of passwords and keys come with native objects and never pass.
func TestTrackierSecretsStayOutOfNative(t *testing.T) {
	p := trackier(t)
	for operation, test := range map[string]struct{ file, secret, kept string }{
		"publishers.list": {"affiliates", "password", "email"},
		"merchants.list":  {"advertisers", "password", "status"},
		"account.get":     {"account", "apiKey", "timezone"},
	} {
		t.Run(operation, func(t *testing.T) {
			var page reshape.Page
			if err := p.Operation(operation).Calls[0].Plan.Page(&page, sample(t, "trackier", test.file+".native.json"), &reshape.Options{Native: true}); err != nil {
				t.Fatal(err)
			}
			for i := range page.Len() {
				native := decode(t, page.Row(i)).(map[string]any)["native"].(map[string]any)
				if _, ok := native[test.secret]; ok {
					t.Errorf("row %d has %s", i, test.secret)
				}
			}
			native := decode(t, page.Row(0)).(map[string]any)["native"].(map[string]any)
			if _, ok := native[test.kept]; !ok {
				t.Errorf("the native row lacks %s: %v", test.kept, native)
			}
		})
	}
}

func TestTrackierTotals(t *testing.T) {
	p := trackier(t)
	for operation, test := range map[string]struct{ file, want string }{
		"clicks.list":    {"clicks", "979"},
		"campaigns.list": {"campaigns", "4"},
	} {
		call := p.Operation(operation).Calls[0]
		var page reshape.Page
		if err := call.Plan.Page(&page, sample(t, "trackier", test.file+".native.json"), nil); err != nil {
			t.Fatal(err)
		}
		if got := string(page.Captured[call.Total]); got != test.want {
			t.Errorf("%s: total is %s, want %s", operation, got, test.want)
		}
	}
}

// A list has what is active and what is not; it asks for one of the two where the
// states asked for need no more.
func TestTrackierCampaignStates(t *testing.T) {
	op := trackier(t).Operation("campaigns.list")
	for _, test := range []struct {
		states []string
		want   string // the values of active
	}{
		{nil, "10"},
		{[]string{"active"}, "1"},
		{[]string{"disabled"}, "0"},
		{[]string{"deleted", "disabled"}, "0"},
		{[]string{"active", "deleted"}, "10"},
		{[]string{"unknown"}, "10"},
	} {
		got := ""
		args := map[string][]string{}
		if test.states != nil {
			args["state"] = test.states
		}
		for _, call := range op.Calls {
			applies, err := call.Applies(op, args)
			if err != nil {
				t.Fatal(err)
			}
			if !applies {
				continue
			}
			line := nativeRequest(t, call, nil, mapping.PageAt{Index: 1})
			active, rest, _ := strings.Cut(strings.TrimPrefix(line, "GET /api/campaign?active="), "&")
			if rest != "limit=100&page=2" {
				t.Errorf("asks %s", line)
			}
			got += active
		}
		if got != test.want {
			t.Errorf("states %v: asks for active %s, want %s", test.states, got, test.want)
		}
	}
}

func TestTrackierRequests(t *testing.T) {
	fields := ""
	for name := range strings.FieldsSeq("_id created status cid campaign_id publisher_id source method currency sale revenue payout txnId clickIp country referer p1 p2 p3 p4 p5 p6 p7 p8 p9 p10") {
		fields += "fields[]=" + name + "&"
	}
	// 2018-12-31T19:00Z is the first of January in India; 2019-01-31T18:30Z is the
	// midnight with which its January ends
	january := []filter{
		{"occurred_from", []string{"2018-12-31T19:00:00Z"}, mapping.PushedNarrowing},
		{"occurred_to", []string{"2019-01-31T18:30:00Z"}, mapping.PushedNarrowing},
	}
	with := func(more ...filter) []filter { return append(january[:2:2], more...) }
	tests := []struct {
		name      string
		operation string
		filters   []filter
		at        mapping.PageAt
		want      string
	}{
		{"advertisers", "merchants.list", nil, mapping.PageAt{}, "/api/advertiser?page=1"},
		{"advertiser", "merchants.get", nil, mapping.PageAt{}, "/api/advertiser/7%2F8"},
		{"affiliates", "publishers.list", nil, mapping.PageAt{Index: 3}, "/api/affiliate?page=4"},
		{"affiliate", "publishers.get", nil, mapping.PageAt{}, "/api/affiliate/7%2F8"},
		{"campaign", "campaigns.get", nil, mapping.PageAt{}, "/api/campaign/7%2F8"},
		{"account", "account.get", nil, mapping.PageAt{}, "/api/network/account"},
		{"referrals", "referrals.list", nil, mapping.PageAt{}, "/api/network/referral?page=1"},
		{"jobs", "imports.list", nil, mapping.PageAt{}, "/api/jobs"},
		{"job", "imports.get", nil, mapping.PageAt{}, "/api/jobs/7%2F8"},
		{"ping", "platforms.ping", nil, mapping.PageAt{}, "/api/network/account"},
		{"clicks", "clicks.list", january, mapping.PageAt{Size: 1000, Index: 1}, "/api/network/clicks?start=2019-01-01&end=2019-01-31&limit=1000&page=2"},
		{"conversions", "conversions.list", january, mapping.PageAt{}, "/api/network/conversions?" + fields + "limit=500&start=2019-01-01&end=2019-01-31&page=1"},
		{
			"conversions by identifiers", "conversions.list",
			with(
				filter{"native_id", []string{"5ce5"}, mapping.PushedNarrowing},
				filter{"click_id", []string{"5ce6"}, mapping.PushedNarrowing},
				filter{"campaign_id", []string{"trackier:16", "affjet:6", "trackier:17"}, mapping.PushedNarrowing},
				filter{"publisher_id", []string{"trackier:31", "trackier:32"}, mapping.PushedWhole},
			),
			mapping.PageAt{Index: 1},
			"/api/network/conversions?" + fields + "limit=500&start=2019-01-01&end=2019-01-31&_id=5ce5&cid=5ce6&adid[]=16&adid[]=17&pid[]=31&pid[]=32&page=2",
		},
		{
			"conversions by columns", "conversions.list",
			with(
				filter{"status", []string{"cancelled"}, mapping.PushedNarrowing},
				filter{"external_id", []string{"A/1"}, mapping.PushedNarrowing},
			),
			mapping.PageAt{},
			"/api/network/conversions?" + fields + "limit=500&start=2019-01-01&end=2019-01-31&status=cancelled&query[]=status&txnId=A%2F1&query[]=txnId&page=1",
		},
		{
			"what the platform cannot", "conversions.list",
			with(
				filter{"status", []string{"approved", "pending"}, mapping.NotPushed},
				filter{"merchant_id", []string{"trackier:5"}, mapping.NotPushed},
				filter{"revenue_min", []string{"1"}, mapping.NotPushed},
			),
			mapping.PageAt{},
			"/api/network/conversions?" + fields + "limit=500&start=2019-01-01&end=2019-01-31&page=1",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := nativeRequest(t, trackier(t).Operation(test.operation).Calls[0], test.filters, test.at)
			if got != "GET "+test.want {
				t.Errorf("asks %s\nwant GET %s", got, test.want)
			}
		})
	}
}

// Without a range the platform chooses one of its own, so all days are asked for.
func TestTrackierDefaultRange(t *testing.T) {
	for _, operation := range []string{"conversions.list", "clicks.list"} {
		line := nativeRequest(t, trackier(t).Operation(operation).Calls[0], nil, mapping.PageAt{})
		_, query, _ := strings.Cut(line, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		end, err := time.Parse(time.DateOnly, values.Get("end"))
		if err != nil {
			t.Fatal(err)
		}
		if days := time.Until(end).Hours() / 24; values.Get("start") != "2000-01-01" || days < -1 || days > 2 {
			t.Errorf("%s: asks for %s to %s", operation, values.Get("start"), values.Get("end"))
		}
	}
	for operation, list := range map[string]string{"conversions.get": "conversions.list", "referrals.get": "referrals.list"} {
		if via := trackier(t).Operation(operation).Via; via == nil || via.ID != list {
			t.Errorf("%s does not look in the list", operation)
		}
	}
}

func TestTrackierPrefix(t *testing.T) {
	p := trackier(t)
	s := p.Spelling("prefix")
	for i, want := range []string{"/api/network/account", "/network/account"} {
		request, err := s.Settle(i)
		if err != nil {
			t.Fatal(err)
		}
		if request.Method != http.MethodGet || request.Path != want || request.Query != "" {
			t.Errorf("settles with %s %s?%s, want GET %s", request.Method, request.Path, request.Query, want)
		}
	}
	call := p.Operation("publishers.get").Calls[0]
	d, err := call.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("native_id", "31")
	request, err := call.Request(d, map[string]string{"prefix": ""})
	if err != nil {
		t.Fatal(err)
	}
	if request.Path != "/affiliate/31" {
		t.Errorf("asks %s without the prefix", request.Path)
	}
}

// The envelope of errors is not documented: codes are found at the top, below error
// and in errors, as numbers and as texts.
func TestTrackierErrorCodes(t *testing.T) {
	rules := trackier(t).Rules
	codes := map[int]problem.Code{
		5: problem.PlatformForbidden, 11: problem.PlatformForbidden, 60: problem.PlatformForbidden,
		12: problem.PlatformCredentialsRejected, 13: problem.PlatformCredentialsRejected, 102: problem.PlatformCredentialsRejected,
		20: problem.InvalidRequest, 30: problem.InvalidRequest, 107: problem.InvalidRequest,
		31: problem.NotFound, 32: problem.PlatformError, 33: problem.Conflict,
		40: problem.PlatformRateLimited, 41: problem.PlatformIPNotAllowed, 42: problem.PlatformAccountLocked,
		50: problem.PlatformUnavailable, 51: problem.PlatformError,
	}
	retried := map[int]bool{40: true, 50: true, 51: true}
	envelopes := []string{
		`{"code":%d,"message":"the reason"}`,
		`{"success":false,"code":"%d","message":"the reason"}`,
		`{"success":false,"error":{"code":%d,"message":"the reason"}}`,
		`{"success":false,"errors":[{"statusCode":400,"code":"%d","message":"the reason"}]}`,
		`{"errors":{"code":%d,"message":"the reason"}}`,
		`{"errors":{"success":false,"error":{"code":%d,"message":"the reason"}}}`,
	}
	for code, want := range codes {
		for _, envelope := range envelopes {
			for _, status := range []int{200, 400, 403} {
				v, ok := rules.Judge(status, http.Header{}, fmt.Appendf(nil, envelope, code), time.Unix(0, 0))
				if !ok || v.Problem != want || v.Code != fmt.Sprint(code) || v.Message != "the reason" || v.Retry != retried[code] {
					t.Errorf("%d with "+envelope+": judged as %+v, want %s", status, code, v, want)
				}
			}
		}
	}
}

func TestTrackierErrors(t *testing.T) {
	rules := trackier(t).Rules
	tests := []struct {
		name    string
		status  int
		body    string
		problem problem.Code // empty: no rule, the status decides
		message string
	}{
		{"success", 200, `{"success":true,"data":{"clicks":[]}}`, "", ""},
		{"success without the word", 200, `{"data":{"affiliates":[]}}`, "", ""},
		{"code of success", 200, `{"code":0,"data":{"affiliates":[]}}`, "", ""},
		{"records", 200, `{"success":true,"records":[],"count":0}`, "", ""},
		{"failure with 200", 200, `{"success":false,"data":{"message":"no"}}`, problem.PlatformError, "no"},
		{"wrong key", 401, `{"message":"API Key Invalid"}`, problem.PlatformCredentialsRejected, "API Key Invalid"},
		{"no permission", 403, `{"error":"No permissions"}`, problem.PlatformForbidden, "No permissions"},
		{"bad request", 400, `{}`, problem.InvalidRequest, ""},
		{"too many", 429, ``, problem.PlatformRateLimited, ""},
		{"fault", 500, `{"message":"Server error"}`, problem.PlatformError, "Server error"},
		{"missing object", 404, `{"message":"Resource Not Found"}`, "", ""},
		{"missing object with its code", 404, `{"code":31}`, "", ""},
		{"unknown address", 501, `{"message":"Request uri not found"}`, "", ""},
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
