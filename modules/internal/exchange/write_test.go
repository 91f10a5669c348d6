package exchange

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

var post = &Request{Operation: "things.create", Method: http.MethodPost, Path: "/things", Body: []byte(`{}`)}

const uncertainty = "the change may have been made"

// A change is repeated only where the platform has done nothing.
func TestChangeIsRepeatedOnlyWhereNothingWasDone(t *testing.T) {
	rules := []RuleSpec{
		{When: "status == 429", Problem: "platform_rate_limited", Retry: true},
		{When: "body.code == 40", Problem: "platform_rate_limited", Retry: true},
		{When: "status == 503", Problem: "platform_unavailable", Retry: true},
		{When: "status == 500", Problem: "platform_error", Retry: true},
		{When: "body.code == 51", Problem: "platform_error", Retry: true},
		{When: "body.code == 33", Problem: "conflict"},
	}
	tests := []struct {
		name      string
		rules     []RuleSpec
		status    int
		body      string
		requests  int32
		uncertain bool
	}{
		{"the rate, by a rule", rules, 429, `{}`, 2, false},
		{"the rate, by a rule about the body", rules, 200, `{"code":40}`, 2, false},
		{"a pause, by a rule", rules, 503, `{}`, 2, false},
		{"a fault, by a rule", rules, 500, `{}`, 1, true},
		{"a fault, by a rule about the body", rules, 200, `{"code":51}`, 1, true},
		{"a refusal, by a rule about the body", rules, 200, `{"code":33}`, 1, false},
		{"the rate, without a rule", nil, 429, `{}`, 1, false},
		{"a pause, without a rule", nil, 503, `{}`, 1, true},
		{"a gateway before the platform", nil, 502, `{}`, 1, true},
		{"an answer that is not JSON", nil, 200, `<html>`, 1, true},
		{"an answer that is too large", nil, 200, `{"long":"` + strings.Repeat("x", 1<<10) + `"}`, 1, true},
		{"a redirect", nil, 303, ``, 1, true},
		{"a refusal", nil, 422, `{}`, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int32
			c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) > 1 {
					_, _ = io.WriteString(w, `{"ok":true}`)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}, func(cfg *Config) { cfg.Rules, cfg.MaxBody = rulesOf(t, tt.rules...), 1<<10 })
			_, p := c.Do(t.Context(), post)
			require.Equal(t, tt.requests, requests.Load())
			if tt.requests > 1 {
				require.Nil(t, p)
				return
			}
			require.NotNil(t, p)
			require.Equal(t, tt.uncertain, strings.Contains(p.Detail, uncertainty), p.Detail)
			require.Equal(t, tt.uncertain, p.Uncertain)
			if tt.uncertain {
				require.False(t, p.Retryable())
				require.NotContains(t, p.Detail, "ask for less")
			}
		})
	}
}

func TestChangeThatIsLostOnTheWay(t *testing.T) {
	tests := []struct {
		name      string
		err       error
		requests  int
		uncertain bool
	}{
		{"no connection", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, 3, false},
		{"no address", &net.DNSError{Err: "server misbehaving", IsTemporary: true}, 3, false},
		{"connection that breaks", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, 1, true},
		{"no answer", io.EOF, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, nil, func(cfg *Config) {
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, tt.err })
			})
			response, p := c.Do(t.Context(), post)
			requireCode(t, problem.PlatformUnavailable, p)
			require.Equal(t, tt.requests, response.Requests)
			require.Equal(t, tt.uncertain, strings.Contains(p.Detail, uncertainty), p.Detail)
		})
	}
}

func TestChangeThatTakesTooLongMayHaveBeenMade(t *testing.T) {
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees that its client has gone only then
		<-r.Context().Done()
	}, func(cfg *Config) { cfg.Timeout = 50 * time.Millisecond })
	_, p := c.Do(t.Context(), post)
	requireCode(t, problem.PlatformTimeout, p)
	require.Contains(t, p.Detail, uncertainty)
	require.NotContains(t, p.Detail, "try again", "whoever does may make it twice")

	_, p = c.Do(t.Context(), get)
	require.NotContains(t, p.Detail, uncertainty, "a read changes nothing")
}
