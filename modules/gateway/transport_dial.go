package gateway

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// dialer makes connections, as net/http's transport has it.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// explainDials gives the errors of Caddy's own transport their cause.
func explainDials(module any) {
	if h, ok := module.(*reverseproxy.HTTPTransport); ok && h.Transport != nil && h.Transport.DialContext != nil {
		h.Transport.DialContext = explained(h.Transport.DialContext)
	}
}

// dialError is a dial that failed, with its cause. The error of Caddy's own
// transport keeps its cause to itself; without it the gateway could not tell a
// wrong name from a server that is down.
type dialError struct {
	error
	cause error
}

// Unwrap returns both, for errors.Is and errors.As.
func (e *dialError) Unwrap() []error { return []error{e.error, e.cause} }

// explained returns a dialer whose errors have their cause. It watches only
// while a connection is made.
func explained(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var mu sync.Mutex // addresses are tried side by side
		var cause error
		note := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				cause = err
			}
		}
		conn, err := dial(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			DNSDone:     func(info httptrace.DNSDoneInfo) { note(info.Err) },
			ConnectDone: func(_, _ string, err error) { note(err) },
		}), network, address)
		mu.Lock()
		defer mu.Unlock()
		if err != nil && cause != nil {
			err = &dialError{err, cause}
		}
		return conn, err
	}
}
