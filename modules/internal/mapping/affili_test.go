package mapping_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/plugins"
	"github.com/tributary-gateway/tributary/plugins/jalali"
)

// affili binds the bundled mapping to an account whose amounts are in rials.
func affili(t *testing.T, options map[string]string) *mapping.Platform {
	t.Helper()
	return bundled(t, "affili", mapping.Binding{Currency: "IRR", Options: options, Codecs: func(name string) (plugins.CodecProvider, error) {
		if name != "jalali" {
			return nil, fmt.Errorf("no codec %q", name)
		}
		return jalali.Module{}, nil
	}})
}

// The document's own sample: 17 Farvardin 1399 is 5 April 2020, 10 Ordibehesht is
// 29 April, and Tehran was at +04:30 in that summer.
func TestAffiliConversion(t *testing.T) {
	call := affili(t, nil).Operation("conversions.get").Calls[0]
	got := unified(t, call, sample(t, "affili", "conversion.native.json"), nil)
	if diff := cmp.Diff(decode(t, sample(t, "affili", "conversion.unified.json")), got); diff != "" {
		t.Errorf("rows differ (-want +got):\n%s", diff)
	}
}

// The form of a list is not documented, so the usual ones are read.
func TestAffiliListEnvelopes(t *testing.T) {
	call := affili(t, nil).Operation("conversions.list").Calls[0]
	want := decode(t, []byte(`[{"id":"affili:a","platform":"affili","native_id":"a"},{"id":"affili:b","platform":"affili","native_id":"b"}]`))
	for name, body := range map[string]string{
		"data":             `{"status":"ok","data":[{"id":"a"},{"id":"b"}],"api_version":"1.0.0"}`,
		"data.data":        `{"status":"ok","data":{"current_page":1,"data":[{"id":"a"},{"id":"b"}],"total":2}}`,
		"data.items":       `{"status":"ok","data":{"items":[{"id":"a"},{"id":"b"}]}}`,
		"data.conversions": `{"status":"ok","data":{"conversions":[{"id":"a"},{"id":"b"}]}}`,
		"conversions":      `{"conversions":[{"id":"a"},{"id":"b"}]}`,
		"bare":             `[{"id":"a"},{"id":"b"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, unified(t, call, []byte(body), nil)); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAffiliEnums(t *testing.T) {
	tests := []struct {
		name    string
		options map[string]string
		native  string
		want    string
	}{
		{"numbers", nil, `{"status":0,"type":6,"is_closed":0,"checked_out":0}`, `{"status":"pending","native_status":"0","type":"sale","native_type":"6","locked":false,"payment_status":"unpaid","native_payment_status":"0"}`},
		{"words and texts", nil, `{"status":"2","type":"lead"}`, `{"status":"rejected","native_status":"2","type":"lead","native_type":"lead"}`},
		{"words", nil, `{"status":"duplicated","type":"click"}`, `{"status":"duplicate","native_status":"duplicated","type":"click","native_type":"click"}`},
		{"newer accounts", map[string]string{"status_2": "refunded"}, `{"status":2,"type":"buy"}`, `{"status":"refunded","native_status":"2","type":"sale","native_type":"buy"}`},
		{"not documented", nil, `{"status":9,"type":7}`, `{"status":"unknown","native_status":"9","type":"unknown","native_type":"7"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			call := affili(t, test.options).Operation("conversions.get").Calls[0]
			got := unified(t, call, []byte(`{"status":"ok","data":`+test.native+`}`), nil).([]any)[0].(map[string]any)
			delete(got, "platform")
			if diff := cmp.Diff(decode(t, []byte(test.want)), any(got)); diff != "" {
				t.Errorf("row differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Filters are in the Gregorian calendar and Tehran's time, +03:30 in winter; the
// platform includes the end of a range.
func TestAffiliRequests(t *testing.T) {
	tests := []struct {
		name      string
		operation string
		filters   []filter
		at        mapping.PageAt
		want      string
	}{
		{"everything", "conversions.list", nil, mapping.PageAt{}, "?page=1"},
		{"third page", "conversions.list", nil, mapping.PageAt{Index: 2}, "?page=3"},
		{"a month", "conversions.list", []filter{
			{"occurred_from", []string{"2026-01-01T00:00:00Z"}, mapping.PushedWhole},
			{"occurred_to", []string{"2026-02-01T00:00:00Z"}, mapping.PushedWhole},
		}, mapping.PageAt{}, "?min_created_at=2026-01-01+03:30:00&max_created_at=2026-02-01+03:29:59&page=1"},
		{"changes", "conversions.list", []filter{
			{"updated_from", []string{"2026-01-01T00:00:00Z"}, mapping.PushedWhole},
			{"updated_to", []string{"2026-02-01T00:00:00Z"}, mapping.PushedWhole},
		}, mapping.PageAt{}, "?min_updated_at=2026-01-01+03:30:00&max_updated_at=2026-02-01+03:29:59&page=1"},
		{"states", "conversions.list", []filter{
			{"status", []string{"duplicate"}, mapping.PushedNarrowing},
			{"locked", []string{"true"}, mapping.PushedWhole},
			{"payment_status", []string{"unpaid"}, mapping.PushedWhole},
			{"external_id", []string{"12/34"}, mapping.PushedNarrowing},
		}, mapping.PageAt{}, "?status=3&is_closed=1&checked_out=0&external_id=12%2F34&page=1"},
		{"amounts", "conversions.list", []filter{
			{"amount_min", []string{"100"}, mapping.PushedNarrowing},
			{"amount_max", []string{"200"}, mapping.PushedNarrowing},
			{"fee_min", []string{"3"}, mapping.PushedNarrowing},
			{"fee_max", []string{"4"}, mapping.PushedNarrowing},
			{"commission_min", []string{"5"}, mapping.PushedWhole},
			{"commission_max", []string{"6"}, mapping.PushedWhole},
		}, mapping.PageAt{}, "?min_amount=100&max_amount=200&min_wage=3&max_wage=4&min_commission_amount=5&max_commission_amount=6&page=1"},
		{"what the platform cannot", "conversions.list", []filter{
			{"status", []string{"pending", "approved"}, mapping.NotPushed},
			{"type", []string{"sale"}, mapping.NotPushed},
			{"publisher_id", []string{"affili:0j18r"}, mapping.NotPushed},
		}, mapping.PageAt{}, "?page=1"},
		{"one conversion", "conversions.get", nil, mapping.PageAt{}, "/7%2F8"},
		{"ping", "platforms.ping", nil, mapping.PageAt{}, "?external_id=ping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := nativeRequest(t, affili(t, nil).Operation(test.operation).Calls[0], test.filters, test.at)
			if want := "GET /api/merchants/conversions" + test.want; got != want {
				t.Errorf("asks %s\nwant %s", got, want)
			}
		})
	}
}

// The quotes around the access id are part of the header.
func TestAffiliAuth(t *testing.T) {
	auth := affili(t, nil).Auth
	if len(auth) != 1 || auth[0].Bearer != `"{credentials.access_id}"` {
		t.Errorf("got %+v", auth)
	}
}

func TestAffiliErrors(t *testing.T) {
	rules := affili(t, nil).Rules
	tests := []struct {
		name    string
		status  int
		body    string
		problem problem.Code // empty: no rule, the status decides
		message string
	}{
		{"conversion", 200, `{"status":"ok","data":{"id":"a","status":2}}`, "", ""},
		{"list", 200, `{"status":"ok","data":[]}`, "", ""},
		{"wrong id", 401, `{"message":"Unauthenticated."}`, problem.PlatformCredentialsRejected, "Unauthenticated."},
		{"forbidden", 403, `{"status":"error","errors":"no access"}`, problem.PlatformForbidden, "no access"},
		{"refused filter", 422, `{"message":"The status is invalid."}`, problem.InvalidRequest, "The status is invalid."},
		{"taken", 409, `{"errors":"duplicate"}`, problem.Conflict, "duplicate"},
		{"too many", 429, `{"message":"Too Many Attempts."}`, problem.PlatformRateLimited, "Too Many Attempts."},
		{"fault", 500, `{"message":"Server Error"}`, problem.PlatformError, "Server Error"},
		{"maintenance", 503, ``, problem.PlatformUnavailable, ""},
		{"failure with 200", 200, `{"status":"error","errors":"oops"}`, problem.PlatformError, "oops"},
		{"errors in place of data", 200, `{"errors":"oops"}`, problem.PlatformError, "oops"},
		{"missing conversion", 404, `{"status":"error"}`, "", ""},
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
