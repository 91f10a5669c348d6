package mapping_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// trackfinity binds the bundled mapping to an install whose amounts are in dollars.
func trackfinity(t *testing.T) *mapping.Platform {
	t.Helper()
	return bundled(t, "trackfinity", mapping.Binding{Server: "http://install.example", Currency: "USD"})
}

// The answer's form is not documented: whatever can only be the commission is read.
func TestTrackfinityPayoutPreview(t *testing.T) {
	call := trackfinity(t).Operation("payout_previews.query").Calls[0]
	tests := []struct {
		name   string
		native string
		outer  map[string]string
		want   string
	}{
		{
			"number", `12.5`,
			map[string]string{"click_id": `"9f2c"`, "amount": `"100.00"`, "type": `"rebill"`},
			`{"click_id":"9f2c","amount":{"value":"100.00","currency":"USD"},"type":"rebill","commission":{"value":"12.5","currency":"USD"}}`,
		},
		{"text", `"12.50"`, map[string]string{"click_id": `"9f2c"`}, `{"click_id":"9f2c","type":"initial","commission":{"value":"12.50","currency":"USD"}}`},
		{"nothing", `0`, map[string]string{"click_id": `"9f2c"`}, `{"click_id":"9f2c","type":"initial","commission":{"value":"0","currency":"USD"}}`},
		{"commission", `{"commission":"12.50"}`, nil, `{"type":"initial","commission":{"value":"12.50","currency":"USD"}}`},
		{"payout with a currency", `{"payout":12.5,"currency":"eur"}`, nil, `{"type":"initial","commission":{"value":"12.5","currency":"EUR"}}`},
		{"amount", `{"amount":3}`, nil, `{"type":"initial","commission":{"value":"3","currency":"USD"}}`},
		{"value", `{"value":3}`, nil, `{"type":"initial","commission":{"value":"3","currency":"USD"}}`},
		{"nested number", `{"result":3}`, nil, `{"type":"initial","commission":{"value":"3","currency":"USD"}}`},
		{"nested object", `{"success":true,"data":{"payout":"3.10"}}`, nil, `{"type":"initial","commission":{"value":"3.10","currency":"USD"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := unified(t, call, []byte(test.native), test.outer).([]any)[0].(map[string]any)
			delete(got, "platform")
			if diff := cmp.Diff(decode(t, []byte(test.want)), any(got)); diff != "" {
				t.Errorf("row differs (-want +got):\n%s", diff)
			}
		})
	}
	for name, native := range map[string]string{"other object": `{"sum":3}`, "text that is no number": `"no such click"`, "null": `null`} {
		t.Run(name, func(t *testing.T) {
			if err := call.Validate([]byte(native)); err == nil {
				t.Error("was read")
			}
		})
	}
}

func TestTrackfinityPing(t *testing.T) {
	p := trackfinity(t)
	call := p.Operation("platforms.ping").Calls[0]
	if got, want := nativeRequest(t, call, nil, mapping.PageAt{}), "GET /api/service/ping"; got != want {
		t.Errorf("asks %s, want %s", got, want)
	}
	s := p.Spelling("ping")
	for i, want := range []string{"/api/service/ping", "/api/ping"} {
		settling, err := s.Settle(i)
		if err != nil {
			t.Fatal(err)
		}
		if settling.Method != http.MethodGet || settling.Path != want {
			t.Errorf("settles with %s %s, want GET %s", settling.Method, settling.Path, want)
		}
	}
	for _, answer := range []string{"true", "1"} { // the document's, and that of the platform it is a label of
		var page reshape.Page
		if err := call.Plan.Page(&page, []byte(answer), nil); err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestTrackfinityPayoutPreviewRequest(t *testing.T) {
	call := trackfinity(t).Operation("payout_previews.query").Calls[0]
	tests := []struct {
		name    string
		filters []filter
		want    string
	}{
		{"click alone", []filter{{"click_id", []string{"9f2c"}, mapping.PushedWhole}}, "transaction_type=initial&transaction_hash=9f2c"},
		{"all", []filter{
			{"click_id", []string{"9f2c"}, mapping.PushedWhole},
			{"amount", []string{"49.90"}, mapping.PushedWhole},
			{"type", []string{"rebill"}, mapping.PushedWhole},
		}, "transaction_hash=9f2c&amount=49.90&transaction_type=rebill"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := "GET /api/transaction/transaction_payout_preview?" + test.want
			if got := nativeRequest(t, call, test.filters, mapping.PageAt{}); got != want {
				t.Errorf("asks %s\nwant %s", got, want)
			}
		})
	}
}

func TestTrackfinityAuth(t *testing.T) {
	want := []exchange.AuthSpec{
		{Header: "api-key", Value: "{credentials.api_key}"},
		{Header: "api-username", Value: "{credentials.api_username}"},
	}
	if diff := cmp.Diff(want, trackfinity(t).Auth); diff != "" {
		t.Errorf("auth differs (-want +got):\n%s", diff)
	}
}

func TestTrackfinityErrors(t *testing.T) {
	rules := trackfinity(t).Rules
	tests := []struct {
		name    string
		status  int
		body    string
		problem problem.Code // empty: no rule, the status decides
		message string
	}{
		{"ping", 200, `true`, "", ""},
		{"number", 200, `12.5`, "", ""},
		{"report", 200, `{"rows":[]}`, "", ""},
		{"refusal", 200, `false`, problem.PlatformError, ""},
		{"bad parameter", 404, `"Invalid parameter"`, problem.InvalidRequest, "Invalid parameter"},
		{"bad parameter, without a body", 404, ``, problem.InvalidRequest, ""},
		{"unsupported request", 400, `{"error":"Unsupported request"}`, problem.PlatformError, "Unsupported request"},
		{"wrong method", 405, `{"message":"Method not allowed"}`, problem.PlatformError, "Method not allowed"},
		{"wrong key", 401, `{"error":"Invalid API key"}`, problem.PlatformCredentialsRejected, "Invalid API key"},
		{"wrong key, without a body", 401, ``, problem.PlatformCredentialsRejected, ""},
		{"forbidden", 403, `{"error":"Not an admin"}`, problem.PlatformForbidden, "Not an admin"},
		{"address refused with 403", 403, `{"error":"Your IP 192.0.2.7 is not allowed"}`, problem.PlatformIPNotAllowed, "Your IP 192.0.2.7 is not allowed"},
		{"address refused with 401", 401, `{"message":"address not in ADMIN_API_ALLOWED_IPS"}`, problem.PlatformIPNotAllowed, "address not in ADMIN_API_ALLOWED_IPS"},
		{"address refused with a text", 403, `"IP not allowed"`, problem.PlatformIPNotAllowed, "IP not allowed"},
		{"address refused with 200", 200, `{"error":"IP not allowed"}`, problem.PlatformIPNotAllowed, "IP not allowed"},
		{"key refused with 200", 200, `{"error":"Invalid API key"}`, problem.PlatformCredentialsRejected, "Invalid API key"},
		{"other error with 200", 200, `{"error":"Oops"}`, problem.PlatformError, "Oops"},
		{"too many", 429, ``, problem.PlatformRateLimited, ""},
		{"fault", 500, ``, "", ""},
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
