package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

func TestAccountsAreATable(t *testing.T) {
	skew, within, latency, left := int64(-182_000), int64(600), 41.27, 17
	code, tenant := "platform_ip_not_allowed", "acme"
	reports := []accountReport{
		{
			Platform: "tracker", Mapping: "kind", Server: "https://t.example", Deprecations: []deprecation{
				{Deprecation: &query.Deprecation{Since: "2024-05-01", Sunset: "2027-01-01", Link: "https://t.example/v2"}},
				{Deprecation: &query.Deprecation{Since: "2022-12-01", Note: "version 2 replaces it"}, Operations: []string{"clicks.list", "clicks.query"}},
			},
			Credential: query.Checked{State: "ok"}, Allowlist: allowlistReport{Checked: query.Checked{State: "ok"}},
			Breaker: query.Breaker{State: "closed"}, Budget: query.Budget{Remaining: &left},
			Check: &checkReport{Status: "ok", ClockSkewMS: &skew, ClockErrorMS: &within, LatencyMS: &latency},
		},
		{
			Platform: "tracker", Mapping: "kind", Server: "https://t.example", Client: &tenant,
			Credential: query.Checked{State: "unknown"}, Breaker: query.Breaker{State: "half_open"},
			Allowlist: allowlistReport{query.Checked{State: "rejected"}, []string{"198.51.100.7"}},
			Check: &checkReport{
				Status: "wrong", Code: &code, Detail: "the operator has to add 198.51.100.7 there",
				Native: &problem.Native{Status: 403, Message: "go\x1b[2Jaway\nnow"},
			},
		},
	}
	var out strings.Builder
	require.NoError(t, printAccounts(&out, reports))
	lines := strings.Split(out.String(), "\n")
	var fields [][]string
	for _, line := range lines[:3] {
		fields = append(fields, strings.Fields(line))
	}
	assert.Equal(t, [][]string{
		{"PLATFORM", "MAPPING", "CLIENT", "SERVER", "CREDENTIAL", "ALLOWLIST", "BREAKER", "BUDGET", "DEPRECATED", "CLOCK", "LATENCY", "CHECK"},
		{"tracker", "kind", "-", "https://t.example", "ok", "ok", "closed", "17", "since", "2022-12-01", "-3m2s", "41ms", "ok"},
		{"tracker", "kind", "acme", "https://t.example", "unknown", "rejected", "198.51.100.7", "half_open", "-", "-", "unknown", "-", "wrong"},
	}, fields)
	assert.Equal(t, []string{
		"tracker: deprecated since 2024-05-01, ends on 2027-01-01: https://t.example/v2",
		"tracker: deprecated since 2022-12-01, of clicks.list, clicks.query: version 2 replaces it",
		"tracker of acme: platform_ip_not_allowed: the operator has to add 198.51.100.7 there (it says: go\uFFFD[2Jaway\uFFFDnow)",
		"",
	}, lines[3:], "what a platform says cannot move the cursor or begin a line")
	require.EqualError(t, verdict(reports), "checking 2 accounts: something is wrong with 1")
	require.NoError(t, verdict(reports[:1]))
}

func TestClockWithinWhatIsKnownIsRight(t *testing.T) {
	within := int64(500)
	for skew, want := range map[int64]string{0: "ok", 500: "ok", -500: "ok", 501: "+501ms", -2_340: "-2.3s", 3_600_000: "+1h0m0s"} {
		c := checkReport{ClockSkewMS: &skew, ClockErrorMS: &within}
		assert.Equal(t, want, c.clock(), "%d ms", skew)
	}
}

func TestRoundDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234567:                 "1.2ms",
		41270 * 1000:            "41ms",
		2345 * time.Millisecond: "2.3s",
		-90400 * 1000 * 1000:    "-1m30s",
	} {
		assert.Equal(t, want, roundDuration(d).String())
	}
}

func TestPlainlyUnwrapsWhatTheAdminAPISays(t *testing.T) {
	for _, tt := range []struct{ given, want string }{
		{"caddy responded with error: HTTP 400: {\"error\":\"there is no platform \\\"x\\\"\"}\n", `there is no platform "x"`},
		{"caddy responded with error: HTTP 502: <html>", "caddy responded with error: HTTP 502: <html>"},
		{"performing request: connection refused", "performing request: connection refused"},
	} {
		assert.EqualError(t, plainly(errors.New(tt.given)), tt.want)
	}
	wrapped := fmt.Errorf("performing request: %w", errNoClient)
	assert.ErrorIs(t, plainly(wrapped), errNoClient)
}

// The port of the API in place of that of the admin API is an easy mistake.
func TestAnAnswerThatIsNotOfTheAdminAPI(t *testing.T) {
	for _, body := range []string{"", "<html>"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		address, none := strings.TrimPrefix(server.URL, "http://"), ""
		at := &endpoint{address: &address, config: &none, adapter: &none}
		_, err := at.accounts(http.MethodGet, "/tributary/platforms", nil)
		server.Close()
		require.ErrorContains(t, err, "is --address that of its admin API?", body)
	}
}

func TestEveryPlatformCommandHasHelpAndAnExample(t *testing.T) {
	cmd := &cobra.Command{Use: "platform"}
	platformCommand(cmd)
	assert.NotEmpty(t, cmd.Example)
	for _, sub := range cmd.Commands() {
		assert.NotEmpty(t, sub.Short, sub.Name())
		assert.Contains(t, sub.Example, "tributary platform "+sub.Name())
	}
}
