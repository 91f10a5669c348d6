package clientauth

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("client_auth", parseHandler)
	httpcaddyfile.RegisterDirectiveOrder("client_auth", httpcaddyfile.After, "try_files")
}

// Handler lets only clients of the gateway pass. It is for what an operator
// serves beside the gateway's own handlers, which authenticate by themselves.
//
// A refused request is answered with a problem (RFC 9457); an admitted one
// goes on, with `{http.auth.user.id}` set to the client's name and the fields
// `RateLimit` and `RateLimit-Policy` when the client has a rate.
type Handler struct {
	Gate
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.client_auth",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision implements caddy.Provisioner.
func (h *Handler) Provision(ctx caddy.Context) error { return h.ProvisionGate(ctx) }

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if _, p := h.Admit(w.Header(), r); p != nil {
		WriteProblem(w, r, p, defaultBase(r))
		return nil
	}
	return next.ServeHTTP(w, r)
}

// defaultBase returns the absolute URL of the API on the host that was asked:
// where unified_api is unless it was given another base path.
func defaultBase(r *http.Request) string {
	scheme := "https"
	if r.TLS == nil {
		scheme = "http"
	}
	return scheme + "://" + r.Host + "/v1"
}

func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	var handler Handler
	if err := handler.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	return &handler, nil
}

// UnmarshalCaddyfile sets the handler up from Caddyfile tokens. Syntax:
//
//	client_auth [<matcher>] {
//		identity <placeholder>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.unmarshalBlock(d)
}

// unmarshalBlock reads a directive that has no options but the gate's.
func (g *Gate) unmarshalBlock(d *caddyfile.Dispenser) error {
	d.Next() // the directive's or provider's name
	if d.NextArg() {
		return d.ArgErr()
	}
	for d.NextBlock(0) {
		known, err := g.UnmarshalGateOption(d)
		if err != nil {
			return err
		}
		if !known {
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
