package mapping_test

import (
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestErrorBody(t *testing.T) {
	const coded = `
body: {success: false, error: {code: "{code}", message: "{message}"}, trail: ["{problem}", "{code}/{status}", "{status}", null, 1.50, "{}"]}
code: 51
codes:
  unauthenticated: {status: 401, code: 13}
  forbidden: E5
  rate_limited: {status: 200, message: "Too many: {message}"}
`
	tests := []struct {
		name, yaml string
		problem    *problem.Problem
		status     int
		body       string
	}{
		{
			"a code of its own", coded, problem.New(problem.Unauthenticated, `no "key"`), 401,
			`{"success":false,"error":{"code":13,"message":"no \"key\""},"trail":["unauthenticated","13/401",401,null,1.50,"{}"]}`,
		},
		{
			"a code that is text", coded, problem.New(problem.Forbidden, "no"), 403,
			`{"success":false,"error":{"code":"E5","message":"no"},"trail":["forbidden","E5/403",403,null,1.50,"{}"]}`,
		},
		{
			"a message and a status of its own, the common code", coded, problem.New(problem.RateLimited, "wait"), 200,
			`{"success":false,"error":{"code":51,"message":"Too many: wait"},"trail":["rate_limited","51/200",200,null,1.50,"{}"]}`,
		},
		{
			"nothing of its own", coded, problem.New(problem.PlatformTimeout, "late"), 504,
			`{"success":false,"error":{"code":51,"message":"late"},"trail":["platform_timeout","51/504",504,null,1.50,"{}"]}`,
		},
		{
			"members in the order of the mapping", `body: {z: "{message}", a: 1}`, problem.New(problem.NotFound, "none"), 404,
			`{"z":"none","a":1}`,
		},
		{
			"one status and one message for all", "{status: 500, message: Error, body: '{message}'}",
			problem.New(problem.NotFound, "none"), 500, `"Error"`,
		},
		{
			"a detail that looks like a hole", `body: ["{message}"]`, problem.New(problem.NotFound, "{code}"), 404,
			`["{code}"]`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := mapping.Parse("mapping.yaml", []byte("mapping: v1\nplatform: example\nerror_body:\n  "+
				strings.ReplaceAll(strings.TrimSpace(test.yaml), "\n", "\n  ")))
			if err != nil {
				t.Fatal(err)
			}
			status, body := m.Native.ErrorBody.Render(test.problem)
			if status != test.status || string(body) != test.body {
				t.Errorf("got %d %s\nwant %d %s", status, body, test.status, test.body)
			}
		})
	}
}

func TestErrorBodyFaults(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"unknown hole", "error_body: {body: {error: \"{mesage}\"}}", "mapping.yaml:3:28: error_body.body.error: no value {mesage}; there are {code}, {message}, {problem} and {status}; did you mean"},
		{"unknown hole of a message", "error_body: {body: {}, message: \"{detail}\"}", "mapping.yaml:3:33: error_body.message: no value {detail}"},
		{"unknown problem", "error_body: {body: {}, codes: {unautenticated: 1}}", `mapping.yaml:3:32: error_body.codes.unautenticated: no problem code "unautenticated"; did you mean "unauthenticated"?`},
		{"code without a value", "error_body: {body: [\"{code}\"], codes: {unauthenticated: 1}}", "error_body: wants `code`, the native code of refusals such as invalid_request"},
		{"code of a message without a value", "error_body: {body: {}, codes: {forbidden: {message: \"{code}\"}}}", "error_body: wants `code`"},
		{"no body", "error_body: {status: 400}", `error_body: the key "body" is missing`},
		{"status that no answer can have", "error_body: {body: {}, status: 101}", "mapping.yaml:3:32: error_body.status: wants an HTTP status between 200 and 599"},
		{"place of an unknown credential", "auth_also: {query: key, value: \"{credentials.key}\"}", "{credentials.key} names no credential of this mapping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := mapping.Parse("mapping.yaml", []byte("mapping: v1\nplatform: example\n"+test.yaml))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}
