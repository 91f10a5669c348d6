package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy" // has the default transport
)

const transportNamespace = "http.reverse_proxy.transport"

// loadTransport loads the transport of a platform. Caddy cleans it up with the
// app's context, which closes its idle connections.
func loadTransport(ctx caddy.Context, p *Platform) (http.RoundTripper, error) {
	if p.TransportRaw == nil {
		p.TransportRaw = json.RawMessage(`{"protocol":"http"}`)
	}
	module, err := ctx.LoadModule(p, "TransportRaw")
	if err != nil {
		return nil, fmt.Errorf("loading transport: %w", err)
	}
	guest, ok := module.(http.RoundTripper)
	if !ok {
		return nil, fmt.Errorf("loading transport: %T is not a RoundTripper", module)
	}
	leaveBodies(module)
	explainDials(module)
	return transport{guest}, nil
}

// continueTimeout is how long a body waits for a platform that was asked whether it
// wants it, unless the configuration says otherwise.
const continueTimeout = time.Second

// leaveBodies keeps Caddy's own transport from asking for compressed bodies by itself
// and unpacking them: the engine asks and unpacks where it wants to, and the native
// proxy hands on what was asked for. A client that asks before it sends a body
// (Expect: 100-continue) is answered by the platform.
func leaveBodies(module any) {
	h, ok := module.(*reverseproxy.HTTPTransport)
	if !ok || h.Transport == nil {
		return
	}
	h.Transport.DisableCompression = true
	if h.Transport.ExpectContinueTimeout == 0 {
		h.Transport.ExpectContinueTimeout = continueTimeout
	}
}

// transport calls a guest of Caddy's reverse proxy outside of one. Guests
// expect what Caddy's server keeps in the context of a request; each native
// request gets its own, since those of one client's request run concurrently
// and share its context, but must not share a map of variables.
type transport struct {
	guest http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.guest.RoundTrip(r.WithContext(&guestContext{Context: r.Context()}))
}

// guestContext hides what Caddy keeps about the client's request, and offers an
// empty table of variables and a replacer without them to guests that ask.
type guestContext struct {
	context.Context

	once     sync.Once
	vars     map[string]any
	replacer *caddy.Replacer
}

func (c *guestContext) Value(key any) any {
	name, ok := key.(caddy.CtxKey)
	if !ok {
		return c.Context.Value(key)
	}
	c.once.Do(func() {
		c.vars = make(map[string]any)
		c.replacer = caddy.NewReplacer()
	})
	switch name {
	case caddy.ReplacerCtxKey:
		return c.replacer
	case caddyhttp.VarsCtxKey:
		return c.vars
	}
	return nil
}
