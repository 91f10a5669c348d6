package exchange

import (
	"context"
	"io"
	"maps"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// failingFirst answers with the statuses in turn, then with a success.
func failingFirst(requests *atomic.Int32, header http.Header, statuses ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if n := int(requests.Add(1)); n <= len(statuses) {
			maps.Copy(w.Header(), header)
			w.WriteHeader(statuses[n-1])
			return
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}
}

func TestIdempotentCallIsRepeatedUntilItSucceeds(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			var requests atomic.Int32
			c := callerOf(t, failingFirst(&requests, nil, status, status))
			response, p := c.Do(t.Context(), get)
			require.Nil(t, p)
			require.Equal(t, `{"ok":true}`, string(response.Body))
			require.Equal(t, 3, response.Requests)
			require.EqualValues(t, 3, requests.Load())
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		retries int
		write   bool
		want    int
	}{
		{"after the configured number", 503, 1, false, 2},
		{"by default after two", 503, 0, false, 3},
		{"at once when switched off", 503, -1, false, 1},
		{"at once for a write", 503, 0, true, 1},
		{"at once for a refusal", 400, 0, false, 1},
		{"at once for an unknown call", 501, 0, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int32
			always := []int{tt.status, tt.status, tt.status, tt.status, tt.status}
			c := callerOf(t, failingFirst(&requests, nil, always...), func(cfg *Config) { cfg.Retries = tt.retries })
			response, p := c.Do(t.Context(), &Request{Method: http.MethodPost, Path: "/things", Body: []byte(`{}`), Idempotent: !tt.write})
			require.NotNil(t, p)
			require.Equal(t, tt.want, response.Requests)
			require.EqualValues(t, tt.want, requests.Load())
			require.Equal(t, tt.status, response.Status)
			require.Nil(t, response.Body)
		})
	}
}

func TestRepetitionSendsTheBodyAgain(t *testing.T) {
	var bodies []string
	c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if len(bodies) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `[]`)
	})
	_, p := c.Do(t.Context(), &Request{Method: http.MethodPost, Path: "/report", Body: []byte(`{"range":"all"}`), Idempotent: true})
	require.Nil(t, p)
	require.Equal(t, []string{`{"range":"all"}`, `{"range":"all"}`}, bodies)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	tests := []struct {
		name, body, wait string
		status           int
	}{
		{"in the header", "", "0.03", 429},
		{"in the body", `{"code":40,"wait":0.03}`, "", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var times []time.Time
			c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
				times = append(times, time.Now())
				if len(times) > 1 {
					_, _ = io.WriteString(w, `{}`)
					return
				}
				if tt.wait != "" {
					w.Header().Set("Retry-After", tt.wait)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}, func(cfg *Config) {
				cfg.Rules = rulesOf(t, RuleSpec{When: "body.code == 40", Problem: "platform_rate_limited", Retry: true, RetryAfter: "body.wait"})
			})
			response, p := c.Do(t.Context(), get)
			require.Nil(t, p)
			require.Equal(t, 2, response.Requests)
			// what is asserted is the contract, a lower bound: never earlier than asked
			require.GreaterOrEqual(t, times[1].Sub(times[0]), 30*time.Millisecond)
		})
	}
}

func TestRetryAfterBeyondTheTimeoutEndsTheCallAtOnce(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, http.Header{"Retry-After": {"120"}}, 429))
	response, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformRateLimited, p)
	require.Equal(t, 2*time.Minute, p.RetryAfter)
	require.Equal(t, 1, response.Requests)
	require.True(t, p.Retryable())
}

func TestRuleDecidesAboutRetry(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, nil, 503), func(cfg *Config) {
		cfg.Rules = rulesOf(t, RuleSpec{When: "status == 503", Problem: "platform_unavailable"})
	})
	response, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.Equal(t, 1, response.Requests)
	require.Zero(t, response.Rule)
}

func TestCutOffAnswerIsRepeated(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"rows":[`)
			return
		}
		_, _ = io.WriteString(w, `{"rows":[]}`)
	})
	response, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, `{"rows":[]}`, string(response.Body))
	require.Equal(t, 2, response.Requests)
}

func TestDeadlineDuringRetriesReturnsWhatThePlatformSaid(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, nil, 503, 503, 503), func(cfg *Config) {
		cfg.Timeout, cfg.RetryDelay = 500*time.Millisecond, time.Minute
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.Equal(t, 503, p.Native.Status)
}

func TestClientThatGoesEndsTheCall(t *testing.T) {
	arrived := make(chan struct{})
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	response, p := c.Do(ctx, get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.ErrorIs(t, p, context.Canceled)
	require.Equal(t, 1, response.Requests)
	require.True(t, c.Health().LastFailure.IsZero(), "the platform is not to blame")
}

func TestPlatformThatHangsIsATimeout(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"before its header", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"within its body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"rows":[`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, tt.handler, func(cfg *Config) { cfg.Timeout = 50 * time.Millisecond })
			_, p := c.Do(t.Context(), get)
			requireCode(t, problem.PlatformTimeout, p)
			require.ErrorIs(t, p, context.DeadlineExceeded)
			require.Contains(t, p.Detail, "things.list")
		})
	}
}
