package platformproxy

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"sync"

	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// callKey is where the context of a request has its call.
type callKey struct{}

func callOf(r *http.Request) *call { return r.Context().Value(callKey{}).(*call) }

// newProxy makes what copies requests and answers. It is the standard library's: it
// keeps the connection's own fields apart, hands on interim answers and trailers, ends
// an answer that breaks off as broken, and leaves the choice of a server, retries and
// limits to the platform's caller, which have no place in Caddy's own proxy.
func newProxy(logger *zap.Logger) *httputil.ReverseProxy {
	errorLog, _ := zap.NewStdLogAt(logger, zap.DebugLevel) // the level is one that there is
	return &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { callOf(p.In).rewrite(p) },
		Transport:      forwarder{},
		FlushInterval:  -1,
		ErrorLog:       errorLog,
		BufferPool:     new(bufferPool),
		ModifyResponse: func(resp *http.Response) error { callOf(resp.Request).modify(resp); return nil },
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) {
			p, ok := errors.AsType[*problem.Problem](err)
			if !ok {
				p = problem.New(problem.Internal, "the request could not be passed on")
				p.Cause = err
			}
			callOf(r).refuse(p)
		},
	}
}

// forwarder sends requests by the platform's caller.
type forwarder struct{}

// RoundTrip implements http.RoundTripper.
func (forwarder) RoundTrip(r *http.Request) (*http.Response, error) {
	c := callOf(r)
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		// before it is handed on
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			c.native.Caller.CleanHeader(http.Header(h))
			return nil
		},
	}))
	resp, p := c.native.Caller.Forward(&exchange.Forward{Request: r, Auth: c.platform.auth, Body: c.body, Anonymous: c.anonymous})
	if c.sent = p == nil || !p.Undone; c.sent && c.changing {
		c.tellChanged(p == nil) // before the client learns of it
	}
	if p != nil {
		return nil, p
	}
	resp.Request = r
	return resp, nil
}

// rewrite makes the native request, save for server and credential.
func (c *call) rewrite(p *httputil.ProxyRequest) {
	// the path was unescaped once already, so it can be
	_ = setPath(p.Out.URL, c.server)
	// as written, also where it cannot be parsed, or is an empty one after a ?
	p.Out.URL.RawQuery, p.Out.URL.ForceQuery = c.r.URL.RawQuery, c.r.URL.ForceQuery
	// filled when the body has been read
	p.Out.Trailer = p.In.Trailer
	hideClient(p.Out.Header)
	// the platform's answer is one to a request: protocols are not switched
	delete(p.Out.Header, "Connection")
	delete(p.Out.Header, "Upgrade")
	if c.h.DropCookies || c.h.Identity != "" {
		// the session at who has said who is calling may be in one
		delete(p.Out.Header, "Cookie")
	}
}

// modify makes the platform's answer the gateway's. Fields that both have are the platform's.
func (c *call) modify(resp *http.Response) {
	h := resp.Header
	for _, name := range []string{"Location", "Content-Location"} {
		for i, v := range h[name] {
			h[name][i] = c.ownURL(v)
		}
	}
	c.native.Caller.CleanHeader(h)
	delete(h, "Alt-Svc") // is about the platform's host
	if c.h.DropCookies {
		delete(h, "Set-Cookie")
	}
	if !c.anonymous {
		keepPrivate(h)
	}
	for name, values := range c.fields {
		if _, ok := h[name]; !ok && name != "Server" && name != "Cache-Control" {
			h[name] = values
		}
	}
	if _, typed := h["Content-Type"]; !typed {
		c.w.Header()["Content-Type"] = nil // or the server would guess one
	}
}

// bufferPool keeps the buffers that answers are copied with.
type bufferPool struct{ pool sync.Pool }

const bufferSize = 32 << 10

// Get implements httputil.BufferPool.
func (b *bufferPool) Get() []byte {
	if v, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return v[:]
	}
	return new([bufferSize]byte)[:]
}

// Put implements httputil.BufferPool.
func (b *bufferPool) Put(buffer []byte) {
	b.pool.Put((*[bufferSize]byte)(buffer))
}
