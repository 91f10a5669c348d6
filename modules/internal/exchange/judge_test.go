package exchange

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestStatusDecidesWhereNoRuleDoes(t *testing.T) {
	tests := []struct {
		status int
		single bool
		want   problem.Code
		detail string
	}{
		{400, false, problem.InvalidRequest, "correct the request"},
		{406, false, problem.InvalidRequest, "correct the request"},
		{422, false, problem.InvalidRequest, "correct the request"},
		{401, false, problem.PlatformCredentialsRejected, "replace it"},
		{402, false, problem.PlatformError, "check the platform's server setting"},
		{403, false, problem.PlatformForbidden, "permission"},
		{404, false, problem.PlatformError, "check the platform's server setting"},
		{404, true, problem.NotFound, "no such object"},
		{405, false, problem.PlatformError, "check the platform's server setting"},
		{501, false, problem.PlatformError, "check the platform's server setting"},
		{408, false, problem.PlatformTimeout, "took too long"},
		{504, false, problem.PlatformTimeout, "took too long"},
		{409, false, problem.Conflict, "conflicts"},
		{413, false, problem.PlatformError, "check the platform's server setting"},
		{429, false, problem.PlatformRateLimited, "wait"},
		{500, false, problem.PlatformError, "status 500"},
		{502, false, problem.PlatformError, "status 502"},
		{503, false, problem.PlatformUnavailable, "try again later"},
		{304, false, problem.PlatformError, "redirect"},
	}
	for _, tt := range tests {
		t.Run(strconv.Itoa(tt.status)+map[bool]string{true: " single"}[tt.single], func(t *testing.T) {
			c := callerOf(t, answers(tt.status, "", ""), func(cfg *Config) { cfg.Retries = -1 })
			response, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: "/x", Single: tt.single, Idempotent: true})
			requireCode(t, tt.want, p)
			require.Contains(t, p.Detail, tt.detail)
			require.Equal(t, &problem.Native{Status: tt.status}, p.Native)
			require.Equal(t, tt.status, response.Status)
			require.Equal(t, -1, response.Rule)
		})
	}
}

// What a platform says about a refusal that no rule knows helps to correct the request.
func TestUsualMessageWithoutARule(t *testing.T) {
	const key = "0123456789abcdef"
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"error", 422, `{"error":"the alias is taken"}`, "the alias is taken"},
		{"message of an error", 400, `{"error":{"code":7,"message":"no such group"}}`, "no such group"},
		{"message", 409, `{"status":"failed","message":"the name is taken"}`, "the name is taken"},
		{"with the credential", 401, `{"error":"the key ` + key + ` is unknown"}`, "the key [redacted] is unknown"},
		{"in a list", 400, `{"error":["a","b"]}`, ""},
		{"not a text", 400, `{"error":true}`, ""},
		{"cut off", 400, `{"error":"the alias","x":`, ""},
		{"text", 400, `the alias is taken`, ""},
		{"web page", 400, `<html>{"error":"no"}`, ""},
		{"the platform's own failure", 500, `{"error":"SELECT secret FROM users"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, answers(tt.status, "application/json", tt.body), func(cfg *Config) {
				cfg.Retries, cfg.Credentials = -1, map[string]string{"key": key}
			})
			_, p := c.Do(t.Context(), get)
			require.NotNil(t, p)
			require.Equal(t, &problem.Native{Status: tt.status, Message: tt.want}, p.Native)
		})
	}
}

func TestRulesAreLookedAtOnAnyStatus(t *testing.T) {
	rules := rulesOf(t,
		RuleSpec{When: "status == 404", Problem: "invalid_request", Message: "body.error"},
		RuleSpec{When: "body.error.code == 13", Problem: "platform_credentials_rejected", Code: "body.error.code", Message: "body.error.message"},
		RuleSpec{When: "status == 402", Problem: "platform_forbidden", Message: "body.error", Hint: "this edition has no API"},
	)
	tests := []struct {
		name   string
		status int
		body   string
		rule   int
		want   problem.Code
		native problem.Native
	}{
		{"an error with 200", 200, `{"error":{"code":13,"message":"Invalid API Key"}}`, 1, problem.PlatformCredentialsRejected, problem.Native{Status: 200, Code: "13", Message: "Invalid API Key"}},
		{"an error with 500", 500, `{"error":{"code":"13","message":"Invalid API Key"}}`, 1, problem.PlatformCredentialsRejected, problem.Native{Status: 500, Code: "13", Message: "Invalid API Key"}},
		{"a 404 that is not one", 404, `{"error":"bad parameter"}`, 0, problem.InvalidRequest, problem.Native{Status: 404, Message: "bad parameter"}},
		{"a rule by status on a web page", 402, `<html>`, 2, problem.PlatformForbidden, problem.Native{Status: 402}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, answers(tt.status, "application/json", tt.body), func(cfg *Config) { cfg.Rules = rules })
			response, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: "/x", Single: true})
			requireCode(t, tt.want, p)
			require.Equal(t, &tt.native, p.Native)
			require.Equal(t, tt.rule, response.Rule)
			if tt.rule == 2 {
				require.Contains(t, p.Detail, "this edition has no API")
			}
		})
	}
}

// What is not found outside of a single object is the endpoint: a wrong server.
func TestNotFoundOutsideOfOneObjectIsAWrongServer(t *testing.T) {
	for single, want := range map[bool]problem.Code{true: problem.NotFound, false: problem.PlatformError} {
		c := callerOf(t, answers(200, "", `{"code":31,"message":"Resource Not Found"}`), func(cfg *Config) {
			cfg.Rules = rulesOf(t, RuleSpec{When: "body.code == 31", Problem: "not_found", Code: "body.code", Message: "body.message"})
		})
		_, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: "/x", Single: single})
		requireCode(t, want, p)
		require.Equal(t, &problem.Native{Status: 200, Code: "31", Message: "Resource Not Found"}, p.Native)
	}
}

func TestRefusedAddressIsNamed(t *testing.T) {
	rule := RuleSpec{When: "body.code == 41", Problem: "platform_ip_not_allowed", IP: "body.message", Hint: "Settings, Security, ADMIN_API_ALLOWED_IPS"}
	tests := []struct {
		name, message string
		egress        []string
		want          string
	}{
		{"as the platform says", "Request IP 203.0.113.9 Not Whitelisted", []string{"198.51.100.7"}, "add 203.0.113.9 there: Settings, Security, ADMIN_API_ALLOWED_IPS"},
		{"as configured", "Not Whitelisted", []string{"198.51.100.7", "2001:db8::7"}, "add 198.51.100.7, 2001:db8::7 there"},
		{"unknown", "Not Whitelisted", nil, "add the gateway's egress address there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, answers(403, "", `{"code":41,"message":"`+tt.message+`"}`), func(cfg *Config) {
				cfg.Rules, cfg.EgressAddresses = rulesOf(t, rule), tt.egress
			})
			_, p := c.Do(t.Context(), get)
			requireCode(t, problem.PlatformIPNotAllowed, p)
			require.Contains(t, p.Detail, tt.want)
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Int32
	c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed.Add(1)
			return
		}
		http.Redirect(w, r, "http://"+r.Host+"/elsewhere?"+r.URL.RawQuery, http.StatusMovedPermanently)
	}, func(cfg *Config) {
		cfg.Auth = authOf(t, AuthSpec{Query: "apikey", Value: "{credentials.key}"})
		cfg.Credentials = map[string]string{"key": "0123456789abcdef"}
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)
	require.Contains(t, p.Detail, "redirect")
	require.Contains(t, p.Detail, "/elsewhere)")
	require.NotContains(t, p.Detail, "apikey")
	require.False(t, p.Retryable(), "the operator has to act first")
	require.Zero(t, followed.Load())
}

func TestNativeMessageIsBounded(t *testing.T) {
	c := callerOf(t, answers(200, "", `{"code":"`+strings.Repeat("c", 5000)+`","message":"`+strings.Repeat("ä", 5000)+`"}`), func(cfg *Config) {
		cfg.Rules = rulesOf(t, RuleSpec{When: "body.code != nil", Problem: "platform_error", Code: "body.code", Message: "body.message"})
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)
	require.LessOrEqual(t, len(p.Native.Code), 100)
	require.LessOrEqual(t, len(p.Native.Message), 500)
	require.Greater(t, len(p.Native.Message), 490)
	require.Equal(t, strings.Repeat("ä", 248)+"…", p.Native.Message)
}
