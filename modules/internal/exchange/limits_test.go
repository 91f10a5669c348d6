package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// switchable answers 500 while it is down.
type switchable struct {
	down     atomic.Bool
	requests atomic.Int32
}

func (s *switchable) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.requests.Add(1)
	if s.down.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, `{}`)
}

func TestBreakerOpensAndRecovers(t *testing.T) {
	platform := new(switchable)
	platform.down.Store(true)
	var log bytes.Buffer
	c := callerOf(t, platform.ServeHTTP, func(cfg *Config) {
		cfg.Breaker = Breaker{Failures: 3, Delay: time.Hour}
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	for range 3 {
		require.Equal(t, "closed", c.Health().Breaker)
		_, p := c.Do(t.Context(), get)
		requireCode(t, problem.PlatformError, p)
	}
	require.EqualValues(t, 9, platform.requests.Load(), "counted after retries")
	require.Equal(t, "open", c.Health().Breaker)
	require.Contains(t, log.String(), "platform gets a pause")

	response, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.InDelta(t, time.Hour, p.RetryAfter, float64(time.Minute))
	require.Zero(t, response.Requests)
	require.EqualValues(t, 9, platform.requests.Load(), "an open breaker asks nothing")

	c.breaker.HalfOpen() // as if the hour were over
	_, p = c.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)
	require.Equal(t, "open", c.Health().Breaker, "a probe that fails opens it again")

	platform.down.Store(false)
	c.breaker.HalfOpen()
	_, p = c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, "closed", c.Health().Breaker)
}

func awaitProbe(t *testing.T, c *Caller) {
	t.Helper()
	require.Eventually(t, func() bool { return c.Health().RetryIn == 0 }, 10*time.Second, time.Millisecond)
}

func TestBreakerLetsOneProbeThrough(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	var down atomic.Bool
	down.Store(true)
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		close(started)
		<-finish
		_, _ = io.WriteString(w, `{}`)
	}, func(cfg *Config) {
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Millisecond}
		cfg.Retries = -1
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)
	down.Store(false)
	awaitProbe(t, c)

	var probing sync.WaitGroup
	probing.Go(func() {
		_, p := c.Do(t.Context(), get)
		if p != nil {
			t.Error(p)
		}
	})
	<-started
	require.Equal(t, "half-open", c.Health().Breaker)
	_, p = c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	close(finish)
	probing.Wait()
	require.Equal(t, "closed", c.Health().Breaker)
}

// A probe whose client goes must not keep the breaker half open for ever.
func TestAbandonedProbeGivesItsPermitBack(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	c := callerOf(t, nil, func(cfg *Config) {
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Millisecond}
		cfg.Retries = -1
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if down.Load() {
				return nil, errors.New("down")
			}
			return inMemory([]byte(`{}`)).RoundTrip(r)
		})
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	for range 3 {
		awaitProbe(t, c)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, p = c.Do(gone, get)
		require.ErrorIs(t, p, context.Canceled)
	}
	down.Store(false)
	awaitProbe(t, c)
	_, p = c.Do(t.Context(), get)
	require.Nil(t, p)
}

func TestBreakerCountsOnlyWhatThePlatformFails(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		rule    RuleSpec
		want    string
	}{
		{"4xx", answers(400, "", `{}`), RuleSpec{}, "closed"},
		{"429", answers(429, "", `{}`), RuleSpec{}, "closed"},
		{"not JSON", answers(200, "", `<html>`), RuleSpec{}, "closed"},
		{"error in a 200", answers(200, "", `{"result":400}`), RuleSpec{When: "body.result == 400", Problem: "platform_error"}, "closed"},
		{"5xx that is the request's fault", answers(500, "", `{"code":30}`), RuleSpec{When: "body.code == 30", Problem: "invalid_request"}, "closed"},
		{"5xx by rule", answers(500, "", `{"code":51}`), RuleSpec{When: "body.code == 51", Problem: "platform_error"}, "open"},
		{"5xx", answers(502, "", ``), RuleSpec{}, "open"},
		{"timeout", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, RuleSpec{}, "open"},
		{"connection cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, RuleSpec{}, "open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, tt.handler, func(cfg *Config) {
				cfg.Breaker = Breaker{Failures: 1, Delay: time.Minute}
				cfg.Retries = -1
				if tt.name == "timeout" {
					cfg.Timeout = 50 * time.Millisecond
				}
				if tt.rule.When != "" {
					cfg.Rules = rulesOf(t, tt.rule)
				}
			})
			_, p := c.Do(t.Context(), get)
			require.NotNil(t, p)
			require.Equal(t, tt.want, c.Health().Breaker)
		})
	}
}

func TestBreakerCanBeSwitchedOff(t *testing.T) {
	c := callerOf(t, answers(500, "", ""), func(cfg *Config) { cfg.Breaker.Failures, cfg.Retries = -1, -1 })
	for range DefaultBreakerFailures + 1 {
		_, p := c.Do(t.Context(), get)
		requireCode(t, problem.PlatformError, p)
	}
	require.Equal(t, "disabled", c.Health().Breaker)
}

func TestConcurrencyIsCapped(t *testing.T) {
	const limit, calls = 3, 12
	var running, most atomic.Int32
	arrived, release := make(chan struct{}, calls), make(chan struct{})
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		running.Add(-1)
		_, _ = io.WriteString(w, `{}`)
	}, func(cfg *Config) { cfg.Concurrency, cfg.Retries = limit, -1 })
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if _, p := c.Do(t.Context(), get); p != nil {
				t.Error(p)
			}
		})
	}
	for range limit {
		<-arrived
	}
	for range calls - limit {
		release <- struct{}{} // lets one end, so that exactly one more can come
		<-arrived
	}
	close(release)
	all.Wait()
	require.EqualValues(t, limit, most.Load())
}

func TestWaitingForASlotEndsWithTheTimeout(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	state := NewState()
	slow := func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		_, _ = io.WriteString(w, `{}`)
	}
	holder := callerOf(t, slow, func(cfg *Config) { cfg.Concurrency, cfg.State = 1, state })
	var holding sync.WaitGroup
	holding.Go(func() {
		if _, p := holder.Do(t.Context(), get); p != nil {
			t.Error(p)
		}
	})
	<-started
	waiter := callerOf(t, answers(200, "", `{}`), func(cfg *Config) {
		cfg.Concurrency, cfg.State, cfg.Timeout = 1, state, 20*time.Millisecond
	})
	response, p := waiter.Do(t.Context(), get)
	requireCode(t, problem.PlatformTimeout, p)
	require.Contains(t, p.Detail, "busy")
	require.Zero(t, response.Requests)
	close(finish)
	holding.Wait()
	next := callerOf(t, answers(200, "", `{}`), func(cfg *Config) { cfg.Concurrency, cfg.State = 1, state })
	_, p = next.Do(t.Context(), get)
	require.Nil(t, p)
}

func TestRateIsKept(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, nil), func(cfg *Config) {
		cfg.Rate = Rate{Requests: 2, Per: 2 * time.Minute}
		cfg.Now = func() time.Time { return now }
	})
	require.Equal(t, 2, c.Health().BudgetLeft)
	for range 2 {
		_, p := c.Do(t.Context(), get)
		require.Nil(t, p)
	}
	require.Equal(t, 0, c.Health().BudgetLeft)
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformRateLimited, p)
	require.Equal(t, time.Minute, p.RetryAfter)
	require.EqualValues(t, 2, requests.Load())

	now = now.Add(time.Minute) // one more token; the refused call has taken none
	_, p = c.Do(t.Context(), get)
	require.Nil(t, p)
	require.EqualValues(t, 3, requests.Load())
}

func TestRateWaitsWithinTheTimeout(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, nil), func(cfg *Config) {
		cfg.Rate = Rate{Requests: 1, Per: 20 * time.Millisecond}
	})
	for range 3 {
		_, p := c.Do(t.Context(), get)
		require.Nil(t, p)
	}
	require.EqualValues(t, 3, requests.Load())
}

func TestRetriesCountAgainstTheRate(t *testing.T) {
	var requests atomic.Int32
	c := callerOf(t, failingFirst(&requests, nil, 503, 503), func(cfg *Config) {
		cfg.Rate = Rate{Requests: 2, Per: time.Hour}
	})
	response, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.Equal(t, 503, p.Native.Status, "what the platform said is worth more than our own rate")
	require.Equal(t, 2, response.Requests)
	require.EqualValues(t, 2, requests.Load())
}

func TestStateOutlivesItsCaller(t *testing.T) {
	platform := new(switchable)
	platform.down.Store(true)
	state := NewState()
	limits := func(cfg *Config) {
		cfg.State, cfg.Retries = state, -1
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Minute}
		cfg.Rate = Rate{Requests: 5, Per: time.Hour}
		cfg.Credentials = map[string]string{"api_key": "first"}
	}
	before := callerOf(t, platform.ServeHTTP, limits)
	_, p := before.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)

	after := callerOf(t, platform.ServeHTTP, limits)
	require.Equal(t, "open", after.Health().Breaker)
	require.Equal(t, 4, after.Health().BudgetLeft)
	require.False(t, after.Health().LastFailure.IsZero())

	changed := callerOf(t, platform.ServeHTTP, limits, func(cfg *Config) { cfg.Breaker.Failures = 7 })
	require.Equal(t, "closed", changed.Health().Breaker)

	_, known := state.Choice("ping")
	require.False(t, known)
	state.SetChoice("ping", 1)
	choice, known := after.State().Choice("ping")
	require.True(t, known)
	require.Equal(t, 1, choice)
}

func TestHealthRemembersWhatThePlatformSaidOfUs(t *testing.T) {
	var status atomic.Int32
	state := NewState()
	options := func(key string) func(*Config) {
		return func(cfg *Config) {
			cfg.State, cfg.Credentials = state, map[string]string{"api_key": key}
			cfg.Rules = rulesOf(t, RuleSpec{When: "status == 451", Problem: "platform_ip_not_allowed"})
		}
	}
	handler := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }
	c := callerOf(t, handler, options("first"))
	require.Equal(t, Health{Breaker: "closed", BudgetLeft: -1, Credential: CredentialUnknown}, c.Health())

	status.Store(204)
	_, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, CredentialAccepted, c.Health().Credential)
	require.False(t, c.Health().LastSuccess.IsZero())
	require.True(t, c.Health().LastFailure.IsZero())

	status.Store(451)
	_, p = c.Do(t.Context(), get)
	requireCode(t, problem.PlatformIPNotAllowed, p)
	require.True(t, c.Health().AllowlistRefused)
	require.Equal(t, CredentialAccepted, c.Health().Credential)

	status.Store(401)
	_, p = c.Do(t.Context(), get)
	requireCode(t, problem.PlatformCredentialsRejected, p)
	require.Equal(t, CredentialRefused, c.Health().Credential)
	require.False(t, c.Health().LastFailure.IsZero())

	replaced := callerOf(t, handler, options("second"))
	require.Equal(t, CredentialUnknown, replaced.Health().Credential, "nothing is known of a new credential")
}

// What the platform said is as old as the call that said so, whatever came after.
func TestHealthTellsWhenThePlatformSaidWhat(t *testing.T) {
	var status atomic.Int32
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	now := start
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }, func(cfg *Config) {
		cfg.Now = func() time.Time { return now }
		cfg.Retries = -1
		cfg.Rules = rulesOf(t, RuleSpec{When: "status == 451", Problem: "platform_ip_not_allowed", IP: `"198.51.100.7"`})
	})
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for minute, step := range []struct {
		status                  int32
		credential              CredentialState
		credentialAt, allowedAt time.Time
		refused                 string
	}{
		{204, CredentialAccepted, at(0), at(0), ""},
		{500, CredentialAccepted, at(0), at(0), ""}, // says nothing of either
		{204, CredentialAccepted, at(2), at(2), ""},
		{451, CredentialAccepted, at(2), at(3), "198.51.100.7"},
		{451, CredentialAccepted, at(2), at(4), "198.51.100.7"},
		{401, CredentialRefused, at(5), time.Time{}, ""},
		{503, CredentialRefused, at(5), time.Time{}, ""},
		{451, CredentialRefused, at(5), at(7), "198.51.100.7"},
		{401, CredentialRefused, at(8), time.Time{}, ""},
		{204, CredentialAccepted, at(9), at(9), ""},
	} {
		now = at(minute)
		status.Store(step.status)
		response, _ := c.Do(t.Context(), get)
		response.Release()
		h := c.Health()
		require.Equal(t, step.credential, h.Credential, "minute %d", minute)
		require.True(t, h.CredentialAt.Equal(step.credentialAt), "minute %d: the credential at %v", minute, h.CredentialAt)
		require.True(t, h.AllowlistAt.Equal(step.allowedAt), "minute %d: the allowlist at %v", minute, h.AllowlistAt)
		require.Equal(t, step.refused != "", h.AllowlistRefused, "minute %d", minute)
		if step.refused != "" {
			require.Equal(t, step.refused, h.RefusedAddress.String())
		}
	}
}

func TestPanickingTransport(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  problem.Code
	}{
		{"an aborted handler", http.ErrAbortHandler, problem.PlatformUnavailable},
		{"a fault", "index out of range near 0123456789abcdef", problem.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			c := callerOf(t, nil, func(cfg *Config) {
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { panic(tt.value) })
				cfg.Credentials = map[string]string{"api_key": "0123456789abcdef"}
				cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			_, p := c.Do(t.Context(), get)
			requireCode(t, tt.want, p)
			require.NotContains(t, p.Cause.Error()+log.String(), "0123456789abcdef")
			require.Equal(t, tt.want == problem.Internal, log.Len() > 0)
		})
	}
	t.Run("while the body is read", func(t *testing.T) {
		c := callerOf(t, nil, func(cfg *Config) {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: panicBody{}, ContentLength: -1}, nil
			})
		})
		_, p := c.Do(t.Context(), get)
		requireCode(t, problem.PlatformUnavailable, p)
	})
}

type panicBody struct{}

func (panicBody) Read([]byte) (int, error) { panic(http.ErrAbortHandler) }
func (panicBody) Close() error             { return nil }
