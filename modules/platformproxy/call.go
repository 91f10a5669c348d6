package platformproxy

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/gateway"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// call is one request and its way to the platform.
type call struct {
	h         *Handler
	w         http.ResponseWriter
	r         *http.Request
	platform  *platform
	base      string // what stands before documented paths here
	path      string // as the platform documents it, escaped
	server    string // as the platform's server has it, escaped
	native    *gateway.Native
	body      []byte // where the key may be in it
	anonymous bool
	changing  bool        // it may change something at the platform
	sent      bool        // it may have reached the platform
	fields    http.Header // of the answer, as they were before the platform was asked
}

// maxKeyBody bounds the bodies of platforms that want their key in the body, in bytes:
// only these are read before they are sent.
const maxKeyBody = 4 << 20

// passedOn are the methods that a refused one may be replaced by; others pass as well.
var passedOn = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// serve forwards the request, or says why not.
func (c *call) serve() *problem.Problem {
	switch c.r.Method {
	case http.MethodTrace, http.MethodConnect, "TRACK":
		// an echo of the request would show the credential
		p := problem.New(problem.MethodNotAllowed, "%s is not passed on", c.r.Method)
		p.Allow = passedOn
		return p
	}
	if climbs(c.path) {
		return problem.New(problem.InvalidRequest, "a path cannot hold the segments . and .., nor be escaped more than %d times", maxEscapes)
	}
	client := ""
	if c.anonymous = c.isPreflight(); !c.anonymous {
		id, p := c.admit()
		if p != nil {
			return p
		}
		client = id.Name()
	}
	var ok bool
	if c.server, ok = c.platform.roots.toServer(c.path); !ok {
		return problem.New(problem.NotFound, "documented paths of %s begin with %s", c.platform.name, c.platform.roots.documented)
	}
	c.native = c.h.app.Native(c.platform.name, client)
	if c.native.Caller == nil {
		return problem.New(problem.Forbidden, "the client has no account at %s; the operator has to give it a credential", c.platform.name)
	}
	// interim answers are the platform's alone
	c.fields = c.w.Header().Clone()
	clear(c.w.Header())
	if c.changing = c.changes(); c.changing {
		defer func() {
			if c.sent {
				c.tellChanged(true) // what was read while the answer came may be from before
			}
		}()
	}
	c.h.proxy.ServeHTTP(c.w, c.r.WithContext(context.WithValue(c.r.Context(), callKey{}, c)))
	return nil
}

// changes tells whether the request may change something at the platform. One that is
// meant as another than it looks like may.
func (c *call) changes() bool {
	return !c.anonymous && (c.platform.calls.Changes(c.r.Method, c.path) || overrides(c.r))
}

// tellChanged has forgotten what is kept of the platform. settled is false where it may
// still be at the change.
func (c *call) tellChanged(settled bool) {
	c.h.app.Changed(c.platform.name, query.Touched{Uncertain: !settled})
}

// isPreflight tells whether a browser asks what a page of another origin may send. It
// does so without a key, and is told by platforms that answer browsers.
func (c *call) isPreflight() bool {
	return c.platform.CORS && c.r.Method == http.MethodOptions &&
		c.r.Header.Get("Origin") != "" && c.r.Header.Get("Access-Control-Request-Method") != ""
}

// admit recognises the client and holds the request against what it may do.
func (c *call) admit() (*clientauth.Identity, *problem.Problem) {
	auth := c.platform.auth
	if auth.InBody() {
		if p := c.readBody(); p != nil {
			return nil, p
		}
	}
	id, p := c.h.AdmitKeys(c.w.Header(), c.r, auth.Keys(c.r.Header, c.r.URL.RawQuery, c.body))
	name := c.platform.name
	switch {
	case p != nil:
		return nil, p
	case !id.HasScope(clientauth.ScopeNative):
		return nil, problem.New(problem.Forbidden, "the client lacks the scope %s", clientauth.ScopeNative)
	case !id.Allows(name):
		return nil, problem.New(problem.Forbidden, "the client may not use the platform %s", name)
	case !id.AllowsNative(name, c.r.Method, c.path):
		return nil, problem.New(problem.Forbidden, "the client's native rules do not allow this %s", c.r.Method)
	case id.HasNativeRules() && overrides(c.r):
		return nil, problem.New(problem.Forbidden, "the client has native rules, beside which a request cannot name another method (X-HTTP-Method-Override, _method)")
	}
	return id, nil
}

func (c *call) readBody() *problem.Problem {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxKeyBody))
	c.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problem.New(problem.PayloadTooLarge, "a body that holds a key has at most %d bytes", tooLarge.Limit)
	case err != nil:
		p := problem.New(problem.InvalidRequest, "the body did not arrive whole")
		p.Cause = err
		return p
	}
	return nil
}

// refuse answers with a problem, in the platform's own form where the mapping has one.
func (c *call) refuse(p *problem.Problem) {
	p = c.hide(p)
	h := c.w.Header()
	maps.Copy(h, c.fields)
	if c.platform.CORS && c.r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*") // or the page could not read why
	}
	form := c.platform.ErrorBody
	if form == nil {
		clientauth.WriteProblem(c.w, c.r, p, apiURL(c.r))
		return
	}
	status, body := form.Render(p)
	h.Set("Content-Type", form.MediaType)
	h.Set("Cache-Control", "private, no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfterSeconds()))
	}
	for _, method := range p.Allow {
		h.Add("Allow", method)
	}
	if status == http.StatusUnauthorized {
		clientauth.SetChallenge(h)
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the client has gone, or nothing is wrong
}

// hide keeps a fault of the gateway to its log, under the request's id.
func (c *call) hide(p *problem.Problem) *problem.Problem {
	if p.Code != problem.Internal {
		return p
	}
	id := ""
	if repl, ok := c.r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		id, _ = repl.GetString("http.request.uuid")
	}
	c.h.logger.Error("request failed", zap.String("instance", id), zap.String("platform", c.platform.name),
		zap.String("detail", p.Detail), zap.Error(p.Cause))
	return problem.New(problem.Internal, "the gateway failed; its log says more under %s", id)
}
