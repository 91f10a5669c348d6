package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func forwardOf(t *testing.T, anonymous bool) *Forward {
	t.Helper()
	n, err := NewNativeAuth([]AuthSpec{{Header: "Api-Key", Value: "{credentials.key}"}}, nil)
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/things", nil)
	r.Header.Set("Api-Key", "the client's")
	return &Forward{Request: r, Auth: n, Anonymous: anonymous}
}

func withKey(cfg *Config) {
	cfg.Credentials = map[string]string{"key": "secret-of-ours"}
	cfg.Auth = []Auth{{spec: AuthSpec{Header: "Api-Key"}, value: template{{credential: "key"}}}}
}

// The credential goes nowhere but to the platform, whatever the request says.
func TestForwardGoesToThePlatform(t *testing.T) {
	var got *http.Request
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) { got = r }, withKey)
	f := forwardOf(t, false)
	f.Request.URL.Scheme, f.Request.URL.Host, f.Request.Host = "https", "elsewhere.example", "elsewhere.example"
	resp, p := c.Forward(f)
	require.Nil(t, p)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, c.server.Host, got.Host)
	assert.Equal(t, []string{"secret-of-ours"}, got.Header["Api-Key"])
}

func TestForwardWithoutACredential(t *testing.T) {
	var got *http.Request
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) { got = r }, withKey)
	resp, p := c.Forward(forwardOf(t, true))
	require.Nil(t, p)
	require.NoError(t, resp.Body.Close())
	assert.Empty(t, got.Header["Api-Key"])
}

// Anonymous calls have a limit of their own, and leave the platform's alone.
func TestForwardLimitsAnonymousCalls(t *testing.T) {
	c := callerOf(t, answers(http.StatusInternalServerError, "", ""), func(cfg *Config) {
		cfg.Rate = Rate{Requests: 1, Per: time.Hour}
		cfg.Concurrency = 1
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Hour}
	})
	var open []io.Closer
	for range maxAnonymous {
		resp, p := c.Forward(forwardOf(t, true))
		require.Nil(t, p)
		open = append(open, resp.Body)
	}
	_, p := c.Forward(forwardOf(t, true))
	requireCode(t, problem.PlatformUnavailable, p)
	resp, p := c.Forward(forwardOf(t, false))
	require.Nil(t, p, "the platform's own limits are as they were")
	require.NoError(t, resp.Body.Close())
	for _, body := range open {
		require.NoError(t, body.Close())
	}
	resp, p = c.Forward(forwardOf(t, true))
	require.Nil(t, p)
	require.NoError(t, resp.Body.Close())
}

func TestForwardSharesTheLimitsOfCalls(t *testing.T) {
	c := callerOf(t, answers(http.StatusOK, "application/json", "{}"), func(cfg *Config) {
		cfg.Rate = Rate{Requests: 2, Per: time.Hour}
	})
	response, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	response.Release()
	resp, p := c.Forward(forwardOf(t, false))
	require.Nil(t, p)
	require.NoError(t, resp.Body.Close())
	_, p = c.Forward(forwardOf(t, false))
	requireCode(t, problem.PlatformRateLimited, p)
	_, p = c.Do(t.Context(), get)
	requireCode(t, problem.PlatformRateLimited, p)
}

// A probe that could not even be sent must not keep the breaker half open for ever.
func TestForwardGivesTheBreakersPermitBack(t *testing.T) {
	body := errors.New("broken")
	c := callerOf(t, answers(http.StatusOK, "", ""), func(cfg *Config) {
		cfg.Breaker = Breaker{Failures: 1, Delay: time.Nanosecond}
		cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, body })
	})
	for range 5 {
		_, p := c.Forward(forwardOf(t, false))
		requireCode(t, problem.PlatformUnavailable, p)
		assert.NotContains(t, p.Detail, "pause")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := forwardOf(t, false)
	f.Request = f.Request.WithContext(ctx)
	_, p := c.Forward(f)
	requireCode(t, problem.PlatformUnavailable, p)
	_, p = c.Forward(forwardOf(t, false))
	assert.NotContains(t, p.Detail, "pause")
}

func TestForwardTransportsThatMisbehave(t *testing.T) {
	tests := []struct {
		name  string
		serve roundTripper
		want  problem.Code
	}{
		{"a panic", func(*http.Request) (*http.Response, error) { panic("secret-of-ours") }, problem.Internal},
		{"an abort", func(*http.Request) (*http.Response, error) { panic(http.ErrAbortHandler) }, problem.PlatformUnavailable},
		{"nothing", func(*http.Request) (*http.Response, error) { return nil, nil }, problem.PlatformUnavailable},
		{"another protocol", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: http.Header{}, Body: http.NoBody}, nil
		}, problem.PlatformUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, answers(http.StatusOK, "", ""), withKey, func(cfg *Config) {
				cfg.Transport, cfg.Concurrency = tt.serve, 1
			})
			for range 2 { // the place was given back
				_, p := c.Forward(forwardOf(t, false))
				requireCode(t, tt.want, p)
				assert.NotContains(t, p.Error()+p.Cause.Error(), "secret-of-ours")
			}
		})
	}
	t.Run("no body", func(t *testing.T) {
		c := callerOf(t, answers(http.StatusOK, "", ""), func(cfg *Config) {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}}, nil
			})
		})
		resp, p := c.Forward(forwardOf(t, false))
		require.Nil(t, p)
		require.NoError(t, resp.Body.Close())
	})
}

// A token that the platform no longer takes is renewed, and the request repeated where
// its body can be: the client knows nothing of tokens.
func TestForwardRenewsTheTokenOfASession(t *testing.T) {
	logins := 0
	c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			logins++
			_, _ = fmt.Fprintf(w, `{"token":"token-number-%d"}`, logins)
			return
		}
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") == "Bearer token-number-1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}, func(cfg *Config) {
		cfg.Credentials = map[string]string{"key": "secret-of-ours"}
		cfg.Auth = authOf(t, AuthSpec{Bearer: "{token}"})
		cfg.Session = &SessionSpec{Login: &LoginSpec{Method: http.MethodPost, Path: "/login", Body: `{"key":"{credentials.key}"}`, Token: "token"}}
	})
	n, err := NewNativeAuth([]AuthSpec{{Bearer: "{token}"}}, nil)
	require.NoError(t, err)
	send := func(body io.Reader) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/things", body)
		require.Equal(t, []string{"the client's"}, n.Keys(http.Header{"Authorization": {"Bearer the client's"}}, "", nil))
		resp, p := c.Forward(&Forward{Request: r, Auth: n})
		require.Nil(t, p)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	resp := send(strings.NewReader("streamed"))
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "a body that was streamed is gone")
	resp = send(nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "Bearer token-number-2", resp.Header.Get("X-Echo"))
	assert.Equal(t, 2, logins)
	c.CleanHeader(resp.Header)
	assert.Equal(t, "Bearer [redacted]", resp.Header.Get("X-Echo"))
}
