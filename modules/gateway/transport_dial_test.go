package gateway

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

func TestDialsThatFailHaveTheirCause(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	closed := server.URL
	server.Close()
	tests := []struct {
		name, url string
		is        func(error) bool
	}{
		{"a closed port", closed, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
		{"a name that cannot be one", "http://no..name", func(err error) bool {
			dns, ok := errors.AsType[*net.DNSError](err)
			return ok && dns.IsNotFound
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
			defer cancel()
			guest, err := loadTransport(ctx, &Platform{TransportRaw: json.RawMessage(`{"protocol":"http"}`)})
			require.NoError(t, err)
			resp, err := guest.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil))
			require.Error(t, err)
			assert.Nil(t, resp)
			assert.True(t, tt.is(err), "%v", err)
			_, dialed := errors.AsType[reverseproxy.DialError](err)
			assert.True(t, dialed, "still what a proxy knows it by")
		})
	}
}
