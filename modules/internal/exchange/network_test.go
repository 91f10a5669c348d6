package exchange

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestPlatformThatCannotBeReached(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	selfSigned := httptest.NewTLSServer(nil)
	t.Cleanup(selfSigned.Close)
	tests := []struct{ name, server, reason string }{
		{"refused", closed.URL, "the connection was refused"},
		{"not TLS", strings.Replace(httptestServer(t), "http:", "https:", 1), "the platform's server setting"},
		{"unknown authority", selfSigned.URL, "its TLS certificate cannot be verified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, nil, func(cfg *Config) { cfg.Server = urlOf(t, tt.server) })
			_, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: "/x", Query: "q=private-value", Idempotent: true})
			requireCode(t, problem.PlatformUnavailable, p)
			require.Contains(t, p.Detail, tt.reason)
			require.NotContains(t, p.Error()+p.Cause.Error(), "private-value")
		})
	}
}

func TestErrorsOfTheTransport(t *testing.T) {
	tests := []struct {
		name     string
		err      error
		want     problem.Code
		detail   string
		requests int
	}{
		{"unknown name", &net.DNSError{Err: "no such host", IsNotFound: true}, problem.PlatformUnavailable, "cannot be resolved", 1},
		{"name server that fails", &net.DNSError{Err: "server misbehaving", IsTemporary: true}, problem.PlatformUnavailable, "cannot be resolved", 3},
		{"wrong host in the certificate", x509.HostnameError{Certificate: &x509.Certificate{}}, problem.PlatformUnavailable, "certificate cannot be verified; the operator should check", 1},
		{"reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, problem.PlatformUnavailable, "was reset", 3},
		{"closed before the answer", io.EOF, problem.PlatformUnavailable, "the connection failed", 3},
		{"proxy that gave up", fmt.Errorf("copying: %w", http.ErrAbortHandler), problem.PlatformUnavailable, "was cut off", 3},
		{"slow dial", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, problem.PlatformTimeout, "in time", 3},
		{"neither response nor error", nil, problem.PlatformUnavailable, "the connection failed", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, nil, func(cfg *Config) {
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, tt.err })
			})
			response, p := c.Do(t.Context(), get)
			requireCode(t, tt.want, p)
			require.Contains(t, p.Detail, tt.detail)
			require.Equal(t, tt.requests, response.Requests)
			require.Nil(t, p.Native)
			if tt.err != nil {
				require.ErrorIs(t, p, tt.err)
			}
		})
	}
}

func TestConnectionThatFailsWithinABody(t *testing.T) {
	c := callerOf(t, nil, func(cfg *Config) {
		cfg.Retries = -1
		cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(`{"rows":[`), failingReader{syscall.ECONNRESET})
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1}, nil
		})
	})
	response, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformUnavailable, p)
	require.Contains(t, p.Detail, "was reset")
	require.Equal(t, 200, response.Status)
}

func TestCallThatCannotBeMade(t *testing.T) {
	c := callerOf(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") }, func(cfg *Config) {
		cfg.Auth = authOf(t, AuthSpec{Body: "key", Value: "{credentials.key}"})
		cfg.Credentials = map[string]string{"key": "0123456789"}
	})
	for name, req := range map[string]*Request{
		"method": {Method: "NO METHOD", Path: "/x"},
		"escape": {Method: http.MethodGet, Path: "/x%zz"},
		"body":   {Method: http.MethodPost, Path: "/x", Body: []byte(`["a list has no members"]`)},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := c.Do(t.Context(), req)
			requireCode(t, problem.Internal, p)
			require.Error(t, errors.Unwrap(p))
		})
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
