package exchange

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestWhenMatchesAsUsersExpect(t *testing.T) {
	header := http.Header{"X-Reason": {"quota"}}
	tests := []struct {
		when string
		body string
		want bool
	}{
		{`status == 429`, ``, true},
		{`status != 429`, ``, false},
		{`status >= 400 && status < 500`, ``, true},
		{`status > 429 or status <= 428`, ``, false},
		{`status in [401, 429]`, ``, true},
		{`not (status in [401, 429])`, ``, false},

		{`body.result == 100`, `{"result":100}`, true},
		{`body.result == 100`, `{"result":"100"}`, true},
		{`body.result == "100"`, `{"result":100}`, true},
		{`body.result == "100"`, `{"result":"100"}`, true},
		{`body.result == 100`, `{"result":100.0}`, true},
		{`body.result == 100`, `{"result":1e2}`, true},
		{`body.result == 100`, `{"result":"100x"}`, false},
		{`body.result == 100`, `{"result":true}`, false},
		{`body.result == 100`, `{"result":[100]}`, false},
		{`body.result == -1`, `{"result":-1}`, true},
		{`body.result == 0`, `{"result":null}`, false},
		{`body.result == 0`, `{"result":""}`, false},
		{`body.result == 0`, `{"result":false}`, false},
		{`100 == body.result`, `{"result":100}`, true},
		{`body.result != 0`, `{}`, true},
		{`body.id == 9007199254740993`, `{"id":9007199254740993}`, true},
		{`body.id == 9007199254740993`, `{"id":9007199254740992}`, false},
		{`body.success == false`, `{"success":false}`, true},
		{`body.success == false`, `{}`, false},
		{`body.error != nil`, `{"error":null}`, false},
		{`body.error != nil`, `{"error":{}}`, true},
		{`body.error == nil`, `{}`, true},
		{`body.status == "error"`, `{"status":"error"}`, true},
		{`body.status == "error"`, "\n {\"a\":1,\"status\":\"\\u0065rror\"}", true},
		{`body.error.code in [12, 13]`, `{"error":{"code":"13"}}`, true},
		{`body.error.code in [12, 13]`, `{"error":"13"}`, false},
		{`body.error?.code == 13`, `{}`, false},
		{`body.errors[0].code == 107`, `{"errors":[{"code":"107"}]}`, true},
		{`body[0].code == 107`, `[{"code":"107"}]`, true},
		{`body["a.b"] == 1`, `{"a.b":1}`, true},
		{`body["a*"] == 1`, `{"ab":1}`, false},
		{`headers["x-reason"] == "quota"`, ``, true},
		{`headers.x_reason == "quota"`, ``, true},
		{`headers["x-other"] == ""`, ``, true},

		// these need the expression language
		{`body.code > 400`, `{"code":"401"}`, true},
		{`body.code >= 401`, `{"code":401}`, true},
		{`400 > body.code`, `{"code":401}`, false},
		{`body.code < 400`, `{}`, false},
		{`body.code <= 401`, `{"code":"401"}`, true},
		{`body.code == status`, `{"code":"429"}`, true},
		{`body.a == body.b`, `{"a":1,"b":"1"}`, true},
		{`body.message contains "IP"`, `{"message":"your IP is unknown"}`, true},
		{`body.message contains "IP"`, `{}`, false},
		{`body.message matches "^4\\d\\d$"`, `{"message":404}`, true},
		{`lower(headers["x-reason"]) startsWith "quo"`, ``, true},
		{`len(body.errors) > 0`, `{"errors":[1]}`, true},
		{`len(body.errors) > 0`, `{}`, false},
		{`any(body.errors, .code == 13)`, `{"errors":[{"code":"12"},{"code":"13"}]}`, true},
		{`any(body.errors, .code in [14])`, `{"errors":[{"code":"12"}]}`, false},
		{`"error" in body`, `{"error":null}`, true},
		{`13 in body.codes`, `{"codes":["12","13"]}`, true},
		{`body == nil`, ``, true},
		{`body == nil`, `{}`, false},
		{`body.flag`, `{"flag":true}`, true},
		{`body.flag`, `{"flag":"true"}`, false},
		{`let e = body.error; e.code == 5`, `{"error":{"code":5}}`, true},
		{`body.error?.code > 4`, `{"error":{"code":5}}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.when+" of "+tt.body, func(t *testing.T) {
			r := rulesOf(t, RuleSpec{When: tt.when, Problem: "platform_error"})
			_, matched := r.Judge(429, header, []byte(tt.body), time.Time{})
			require.Equal(t, tt.want, matched)
		})
	}
}

// Simple conditions are evaluated without the expression language; both ways
// have to agree.
func TestConditionsAgreeWithPrograms(t *testing.T) {
	literal := rapid.SampledFrom([]string{"0", "1", "-1", "13", `"13"`, `"x"`, `""`, "true", "false", "nil", "1.5", `"1.50"`})
	value := rapid.SampledFrom([]string{"0", "1", "-1", "13", `"13"`, `"x"`, `""`, "true", "false", "null", "1.5", `"1.50"`, "13.0", "[]", "{}", `{"b":13}`})
	subject := rapid.SampledFrom([]string{"body.a", "body.a.b", "body.c"})
	rapid.Check(t, func(t *rapid.T) {
		var when string
		if rapid.Bool().Draw(t, "list") {
			when = fmt.Sprintf("%s in [%s, %s]", subject.Draw(t, "subject"), literal.Draw(t, "first"), literal.Draw(t, "second"))
		} else {
			when = fmt.Sprintf("%s %s %s", subject.Draw(t, "subject"), rapid.SampledFrom([]string{"==", "!="}).Draw(t, "operator"), literal.Draw(t, "literal"))
		}
		body := fmt.Sprintf(`{"a":%s,"z":[{"a":1}]}`, value.Draw(t, "value"))

		p := new(places)
		simple, err := compileCondition(when, p)
		require.NoError(t, err)
		_, isProgram := simple.(program)
		require.False(t, isProgram, when)
		full, err := compileProgram(when, p)
		require.NoError(t, err)
		s := newScope(p)
		s.set(200, nil, []byte(body))
		require.Equal(t, full.match(s), simple.match(s), "%s of %s", when, body)
	})
}

func TestFirstRuleThatMatchesWins(t *testing.T) {
	r := rulesOf(t,
		RuleSpec{When: "status == 429", Problem: "platform_rate_limited", Retry: true},
		RuleSpec{When: "body.result == 100", Problem: "platform_credentials_rejected", Code: "body.result", Message: "body.errors"},
		RuleSpec{When: "body.result != 0", Problem: "platform_error", Code: `"E" + string(body.result)`, Message: "body.errors[1]"},
	)
	v, ok := r.Judge(200, nil, []byte(`{"rows":[1,2],"errors":["bad","key"],"result":100}`), time.Time{})
	require.True(t, ok)
	require.Equal(t, Verdict{Rule: 1, Problem: problem.PlatformCredentialsRejected, Code: "100", Message: "bad; key"}, v)

	v, ok = r.Judge(200, nil, []byte(`{"result":7,"errors":["bad","key"]}`), time.Time{})
	require.True(t, ok)
	require.Equal(t, Verdict{Rule: 2, Problem: problem.PlatformError, Code: "E7", Message: "key"}, v)

	_, ok = r.Judge(200, nil, []byte(`{"result":0}`), time.Time{})
	require.False(t, ok)
	_, ok = (*Rules)(nil).Judge(500, nil, nil, time.Time{})
	require.False(t, ok)
}

func TestMessageSpellsStructuresOut(t *testing.T) {
	tests := []struct{ message, body, want string }{
		{"body.m", `{"m":"plain \"text\""}`, `plain "text"`},
		{"body.m", `{"m":12.50}`, "12.50"},
		{"body.m", `{"m":null}`, ""},
		{"body.m", `{}`, ""},
		{"body", `{"name":["is required","is short"],"alias":["is taken"]}`, "name: is required; is short; alias: is taken"},
		{`body.a ?? body.b`, `{"b":"second"}`, "second"},
		{`body.a ?? body.b ?? body.c`, `{"a":null,"b":{"name":["is taken"]},"c":"third"}`, "name: is taken"},
		{`body.a ?? body`, `["one","two"]`, "one; two"},
		{`body.a ?? body.b`, `{}`, ""},
		{`body.a ?? string(len(body.b))`, `{"b":[1,2]}`, "2"},
		{`map(body.list, .text)`, `{"list":[{"text":"one"},{"text":2.5},{"text":true}]}`, "one; 2.5; true"},
		{`len(body.list)`, `{"list":[1,2]}`, "2"},
		{`body.a + ": " + body.b`, `{"a":"x","b":"y"}`, "x: y"},
	}
	for _, tt := range tests {
		t.Run(tt.message+" of "+tt.body, func(t *testing.T) {
			r := rulesOf(t, RuleSpec{When: "true", Problem: "platform_error", Message: tt.message})
			v, ok := r.Judge(200, nil, []byte(tt.body), time.Time{})
			require.True(t, ok)
			require.Equal(t, tt.want, v.Message)
		})
	}
}

func TestRetryAfterComesFromWhereTheRuleSays(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		name, spec, header, body string
		want                     time.Duration
	}{
		{"header by default", "", "7", `{}`, 7 * time.Second},
		{"header as date", "header", "Fri, 20 Nov 2026 08:01:30 GMT", `{}`, 90 * time.Second},
		{"header in the past", "header", "Fri, 20 Nov 2026 07:00:00 GMT", `{}`, 0},
		{"header unreadable", "header", "soon", `{}`, 0},
		{"body number", "body.error.wait", "7", `{"error":{"wait":1.5}}`, 1500 * time.Millisecond},
		{"body text", "body.error.wait", "", `{"error":{"wait":"3"}}`, 3 * time.Second},
		{"body without it", "body.error.wait", "7", `{}`, 0},
		{"body hostile", "body.wait", "", `{"wait":1e300}`, 24 * time.Hour},
		{"fixed", "2m", "7", `{}`, 2 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rulesOf(t, RuleSpec{When: "true", Problem: "platform_rate_limited", RetryAfter: tt.spec})
			v, _ := r.Judge(429, http.Header{"Retry-After": {tt.header}}, []byte(tt.body), now)
			require.Equal(t, tt.want, v.RetryAfter)
		})
	}
}

func TestRuleFindsTheRefusedAddress(t *testing.T) {
	tests := []struct{ message, want string }{
		{"203.0.113.9", "203.0.113.9"},
		{"Request IP (203.0.113.9) is not whitelisted.", "203.0.113.9"},
		{"denied: 2001:db8::1", "2001:db8::1"},
		{"not whitelisted", "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			r := rulesOf(t, RuleSpec{When: "true", Problem: "platform_ip_not_allowed", IP: "body.message"})
			v, _ := r.Judge(403, nil, fmt.Appendf(nil, `{"message":%q}`, tt.message), time.Time{})
			require.Equal(t, tt.want, v.IP.String())
		})
	}
}

func TestFaultyRulesAreRefusedWithTheirPlace(t *testing.T) {
	tests := []struct {
		name    string
		spec    RuleSpec
		want    RuleError // Message: a part of it
		message string
	}{
		{"unknown name", RuleSpec{When: "status == 1 and stats == 2"}, RuleError{Member: "when", Line: 1, Column: 17}, "unknown name stats"},
		{"second line", RuleSpec{When: "status == 1 and\nbdy.x == 2"}, RuleError{Member: "when", Line: 2, Column: 1}, "unknown name bdy"},
		{"type", RuleSpec{When: `status == "1"`}, RuleError{Member: "when", Line: 1, Column: 8}, "mismatched types int and string"},
		{"not a condition", RuleSpec{When: `status + 1`}, RuleError{Member: "when", Line: 1, Column: 1}, "expected bool, but got int"},
		{"syntax", RuleSpec{When: `body.x ==`}, RuleError{Member: "when", Line: 1, Column: 9}, "unexpected token EOF"},
		{"internal name", RuleSpec{When: `Equal(body.a, 1)`}, RuleError{Member: "when", Line: 1, Column: 1}, "unknown name Equal"},
		{"unnamed header", RuleSpec{When: `headers[body.x] == ""`}, RuleError{Member: "when", Line: 1, Column: 8}, "headers is followed by a name"},
		{"clock", RuleSpec{When: `now().Year() == 2026`}, RuleError{Member: "when", Line: 1, Column: 1}, "unknown name now"},
		{"no condition", RuleSpec{When: " "}, RuleError{Member: "when"}, "a condition is needed"},
		{"problem", RuleSpec{When: "true", Problem: "platform_eror"}, RuleError{Member: "problem"}, `unknown problem "platform_eror"`},
		{"code", RuleSpec{When: "true", Code: "body.x +"}, RuleError{Member: "code", Line: 1, Column: 8}, "unexpected token EOF"},
		{"message", RuleSpec{When: "true", Message: "bod.x"}, RuleError{Member: "message", Line: 1, Column: 1}, "unknown name bod"},
		{"ip", RuleSpec{When: "true", IP: "ip"}, RuleError{Member: "ip", Line: 1, Column: 1}, "unknown name ip"},
		{"retry_after", RuleSpec{When: "true", RetryAfter: "later"}, RuleError{Member: "retry_after"}, "neither"},
		{"retry_after body", RuleSpec{When: "true", RetryAfter: "body.x + 1"}, RuleError{Member: "retry_after"}, "not a member of the body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.spec.Problem == "" {
				tt.spec.Problem = "platform_error"
			}
			_, err := CompileRules([]RuleSpec{{When: "true", Problem: "platform_error"}, tt.spec})
			var fault *RuleError
			require.ErrorAs(t, err, &fault)
			require.ErrorContains(t, err, "compiling error rule 1: "+tt.want.Member+": ")
			require.Contains(t, fault.Message, tt.message)
			tt.want.Index, tt.want.Message = 1, fault.Message
			require.Equal(t, tt.want, *fault)
		})
	}
}

func TestAllFaultsOfAllRulesAreReported(t *testing.T) {
	_, err := CompileRules([]RuleSpec{{When: "stats == 1", Problem: "nope"}, {When: "true", Problem: "platform_error", Code: "cod"}})
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	require.Len(t, joined.Unwrap(), 3)
}

func TestDeepBodiesDoNotExhaustTheStack(t *testing.T) {
	deep := make([]byte, 32<<20)
	for i := range deep {
		deep[i] = '['
	}
	r := rulesOf(t, RuleSpec{When: `body != nil and len(string(body)) > 0`, Problem: "platform_error", Message: "body"})
	v, ok := r.Judge(200, nil, deep, time.Time{})
	require.True(t, ok)
	require.Len(t, v.Message, len(deep))
}

func TestSuccessCostsNoAllocation(t *testing.T) {
	r, body := successRules(t), successBody()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, matched := r.Judge(200, nil, body, time.Time{}); matched {
			t.Fatal("a success matched a rule")
		}
	}))
}
