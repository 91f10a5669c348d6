package exchange

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whether a platform surely did nothing decides whether what was known of it still holds.
func TestProblemSaysWhetherThePlatformDidNothing(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	reset := &net.OpError{Op: "read", Err: errors.New("connection reset")}
	answer := func(status int) any { return status }
	put := &Request{Operation: "things.update", Method: http.MethodPut, Path: "/things/1", Body: []byte(`{}`), Idempotent: true}
	tests := []struct {
		name     string
		request  *Request
		attempts []any // the status of an answer, or an error
		undone   bool
	}{
		{"not connected", post, []any{refused, refused, refused}, true},
		{"not connected, again and again", put, []any{refused, refused, refused}, true},
		{"broken off", post, []any{reset}, false},
		{"failed, and then not connected", put, []any{answer(500), refused, refused}, false},
		{"not connected, and then failed", put, []any{refused, answer(500), answer(500)}, false},
		{"too often", post, []any{answer(429), answer(429), answer(429)}, true},
		{"failed", post, []any{answer(500)}, false},
		{"refused by the platform", post, []any{answer(422)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := 0
			c := callerOf(t, nil, func(cfg *Config) {
				cfg.Rules = rulesOf(t, RuleSpec{When: "status == 429", Problem: "platform_rate_limited", Retry: true})
				cfg.RetryDelay = time.Microsecond
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
					what := tt.attempts[next]
					next++
					if err, ok := what.(error); ok {
						return nil, err
					}
					return &http.Response{StatusCode: what.(int), Header: http.Header{}, Body: io.NopCloser(http.NoBody)}, nil
				})
			})
			_, p := c.Do(t.Context(), tt.request)
			require.NotNil(t, p)
			assert.Equal(t, len(tt.attempts), next, "attempts")
			assert.Equal(t, tt.undone, p.Undone, "%v", p)
		})
	}
}

func TestCallsThatAreNotMadeDoNothing(t *testing.T) {
	c := callerOf(t, answers(500, "application/json", `{}`), func(cfg *Config) {
		withKey(cfg)
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Hour}
		cfg.Retries = -1
	})
	_, p := c.Do(t.Context(), post)
	require.NotNil(t, p)
	require.False(t, p.Undone)

	_, p = c.Do(t.Context(), post)
	require.NotNil(t, p, "the breaker is open")
	assert.True(t, p.Undone)
	resp, p := c.Forward(forwardOf(t, false))
	if resp != nil {
		_ = resp.Body.Close()
	}
	require.NotNil(t, p)
	assert.True(t, p.Undone)
}

func TestForwardSaysWhetherThePlatformDidNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		undone bool
	}{
		"not connected": {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		"broken off":    {&net.OpError{Op: "read", Err: errors.New("connection reset")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := callerOf(t, nil, withKey, func(cfg *Config) {
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, tt.err })
			})
			resp, p := c.Forward(forwardOf(t, false))
			if resp != nil {
				_ = resp.Body.Close()
			}
			require.NotNil(t, p)
			assert.Equal(t, tt.undone, p.Undone)
		})
	}
}
