package clientauth

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Gate is the part of a handler's configuration that says how the handler
// learns who is calling. A handler embeds it, calls [Gate.ProvisionGate] when
// it is provisioned, and [Gate.Admit] for every request.
type Gate struct {
	// Where another authentication provider has left the client's name, as a
	// placeholder: `{http.auth.user.id}`. An empty value is answered with 401,
	// a name that is no client's with 403. Default: the client is known by its
	// key.
	Identity string `json:"identity,omitempty"`

	authenticator *Authenticator
}

// Source is what the app `tributary` gives to this package.
type Source interface {
	// Authenticator returns the authenticator of the app's clients, which
	// exists as soon as the app is provisioned.
	Authenticator() *Authenticator
}

// ProvisionGate takes the clients from the app `tributary`.
func (g *Gate) ProvisionGate(ctx caddy.Context) error {
	app, err := ctx.App("tributary")
	if err != nil {
		return err
	}
	source, ok := app.(Source)
	if !ok {
		return errors.New("the app tributary has no clients")
	}
	g.authenticator = source.Authenticator()
	if g.Identity != "" {
		g.authenticator.identityGates.Add(1)
	}
	return nil
}

// Admit recognises the client of a request. On success the placeholder
// {http.auth.user.id} is its name, and h says that no shared cache may keep the
// answer. The client's rate fields are written to h whenever the client is
// known. Nothing else is written: the caller answers with the problem, for
// instance by [WriteProblem].
func (g *Gate) Admit(h http.Header, r *http.Request) (*Identity, *problem.Problem) {
	return g.admit(h, r, func(from netip.Addr) (*Identity, *problem.Problem) { return g.authenticator.Authenticate(r, from) })
}

// AdmitKeys is [Gate.Admit] for a request that may have its key in further places
// than the gateway's own; keys are what was found there.
func (g *Gate) AdmitKeys(h http.Header, r *http.Request, keys []string) (*Identity, *problem.Problem) {
	return g.admit(h, r, func(from netip.Addr) (*Identity, *problem.Problem) {
		return g.authenticator.AuthenticateKeys(r, keys, from)
	})
}

func (g *Gate) admit(h http.Header, r *http.Request, byKey func(from netip.Addr) (*Identity, *problem.Problem)) (*Identity, *problem.Problem) {
	repl, _ := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	var id *Identity
	var p *problem.Problem
	switch {
	case g.Identity == "":
		id, p = byKey(clientIP(r))
	case repl == nil:
		id, p = g.authenticator.Identify("", clientIP(r))
	default:
		id, p = g.authenticator.Identify(repl.ReplaceAll(g.Identity, ""), clientIP(r))
	}
	if id != nil {
		id.SetRateFields(h)
	}
	if p != nil {
		return id, p
	}
	h["Cache-Control"] = cachePrivate
	if repl != nil {
		repl.Set("http.auth.user.id", id.name)
	}
	return id, nil
}

// cachePrivate is shared by all responses: its capacity is 1, so that an Add
// copies it.
var cachePrivate = []string{"private"}

// clientIP returns the caller's address as Caddy determined it, honouring
// trusted_proxies. The invalid address stands for one that is not known.
func clientIP(r *http.Request) netip.Addr {
	text, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

// UnmarshalGateOption reads the current token of d as an option of the gate,
// and tells whether it was one. Syntax:
//
//	identity <placeholder>
func (g *Gate) UnmarshalGateOption(d *caddyfile.Dispenser) (bool, error) {
	if d.Val() != "identity" {
		return false, nil
	}
	if g.Identity != "" {
		return true, d.Err("identity already specified")
	}
	if !d.AllArgs(&g.Identity) {
		return true, d.ArgErr()
	}
	if g.Identity == "" {
		return true, d.Err("identity needs a placeholder, such as {http.auth.user.id}")
	}
	return true, nil
}

// WriteProblem answers a request with a problem: status, body, and the fields
// that belong to it. base is the absolute URL of the API, under which the
// problems' pages are. The instance is the request's id unless it is set.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem, base string) {
	answer := *p
	if answer.Instance == "" {
		if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
			answer.Instance, _ = repl.GetString("http.request.uuid")
		}
	}
	h := w.Header()
	h.Set("Content-Type", problem.MediaType)
	h.Set("Cache-Control", "private, no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfterSeconds()))
	}
	for _, method := range p.Allow {
		h.Add("Allow", method)
	}
	if p.Code == problem.Unauthenticated {
		SetChallenge(h)
	}
	w.WriteHeader(p.Status())
	_, _ = w.Write(answer.JSON(base))
}

// SetChallenge writes the challenge that RFC 9110 section 11.6.1 wants with a 401.
func SetChallenge(h http.Header) { h.Set("WWW-Authenticate", `Bearer realm="tributary"`) }
