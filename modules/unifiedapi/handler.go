package unifiedapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/gateway"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("unified_api", parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder("unified_api", httpcaddyfile.Before, "respond")
}

// DefaultBasePath is where the API is served unless the configuration says otherwise.
const DefaultBasePath = "/v1"

// Handler serves the unified REST API of the app `tributary`. It authenticates clients
// by itself: only health, problem pages and the API's description are open.
type Handler struct {
	clientauth.Gate

	// The path that all routes are below, without a slash at its end.
	// Default: `/v1`.
	BasePath string `json:"base_path,omitempty"`

	app     *gateway.App
	surface *surface.Surface
	openapi []byte
	vary    []string // the field, of answers that may be kept
	kept    keeping
	logger  *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.unified_api",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision implements caddy.Provisioner.
func (h *Handler) Provision(ctx caddy.Context) error {
	if h.BasePath == "" {
		h.BasePath = DefaultBasePath
	}
	if !strings.HasPrefix(h.BasePath, "/") || strings.HasSuffix(h.BasePath, "/") {
		return fmt.Errorf("base_path has to start with a slash and must not end with one, not %q", h.BasePath)
	}
	if err := h.ProvisionGate(ctx); err != nil {
		return err
	}
	app, err := ctx.App("tributary")
	if err != nil {
		return err
	}
	h.app = app.(*gateway.App)
	h.surface = h.app.Surface()
	h.logger = ctx.Logger()
	h.provisionKept()
	if h.openapi, err = h.surface.JSON(h.BasePath); err != nil {
		return fmt.Errorf("describing the API: %w", err)
	}
	return nil
}

// cachePrivate is shared by all answers: its capacity is 1, so that an Add copies it.
var cachePrivate = []string{"private"}

// exchange is one request and its answer.
type exchange struct {
	h         *Handler
	w         http.ResponseWriter
	r         *http.Request
	operation *surface.Operation
	engine    *query.Engine
	client    *clientauth.Identity
	path      string // below the base path, as it stands in the request line

	// of answers that are kept
	directives ready.Directives
	key        []byte // nil: the answer is not kept
	unwanted   bool   // one is kept that the client does not want
	room       [256]byte
}

// ServeHTTP implements caddyhttp.MiddlewareHandler. Paths outside of the base path are
// left to the next handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), h.BasePath)
	if !ok || path != "" && path[0] != '/' {
		return next.ServeHTTP(w, r)
	}
	x := &exchange{h: h, w: w, r: r, path: path}
	operation, values, allow := h.surface.Route(r.Method, path)
	x.operation = operation
	if operation == nil || operation.Scope != "" {
		id, p := h.Admit(w.Header(), r)
		if p != nil {
			return x.refuse(p)
		}
		x.client = id
		x.engine = h.app.Engine(id.Name())
	}
	switch {
	case r.Method == http.MethodOptions && len(allow) > 0:
		w.Header().Set("Allow", strings.Join(append(slices.Clone(allow), http.MethodOptions), ", "))
		w.WriteHeader(http.StatusNoContent)
		return nil
	case operation == nil && len(allow) > 0:
		p := problem.New(problem.MethodNotAllowed, "%s cannot be used with %s here; it takes %s.", path, r.Method, strings.Join(allow, ", "))
		p.Allow = allow
		return x.refuse(p)
	case operation == nil:
		return x.refuse(problem.New(problem.NotFound, "There is no route %s. %s/openapi.json lists all.", h.BasePath+path, x.base()))
	case operation.Scope != "" && !x.client.HasScope(operation.Scope):
		return x.refuse(problem.New(problem.Forbidden, "%s needs the scope %s, which this client has not.", operation.ID, operation.Scope))
	}
	w.Header()["Cache-Control"] = cachePrivate
	return x.serve(values)
}

func (x *exchange) serve(values map[string]string) error {
	switch x.operation.Kind {
	case surface.KindList, surface.KindQuery:
		return x.list(values)
	case surface.KindGet:
		return x.get(values)
	case surface.KindPing:
		return x.ping(values)
	case surface.KindReport:
		return x.report()
	case surface.KindDefinition:
		return x.reportDefinition()
	case surface.KindCreate, surface.KindUpdate, surface.KindDelete, surface.KindAction:
		return x.write(values)
	}
	return x.system(values)
}

// refuse answers with a problem. What is the gateway's own fault is logged.
func (x *exchange) refuse(p *problem.Problem) error {
	if p.Code == problem.NotCached {
		x.w.Header().Add("Cache-Status", ready.Status{Detail: string(p.Code)}.String())
	}
	clientauth.WriteProblem(x.w, x.r, x.hide(p), x.base())
	return nil
}

// hide keeps a fault of the gateway to its log, under the request's id, by which the
// answer refers to it.
func (x *exchange) hide(p *problem.Problem) *problem.Problem {
	if p.Code != problem.Internal {
		return p
	}
	hidden := problem.New(problem.Internal, "The gateway failed; its log says more under this instance.")
	hidden.Platform = p.Platform
	if repl, ok := x.r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		hidden.Instance, _ = repl.GetString("http.request.uuid")
	}
	x.h.logger.Error("request failed",
		zap.String("instance", hidden.Instance),
		zap.String("path", x.r.URL.Path),
		zap.String("platform", p.Platform),
		zap.String("detail", p.Detail),
		zap.Any("errors", p.Errors),
		zap.Error(p.Cause))
	return hidden
}

// params checks the parameters of the request.
func (x *exchange) params(values map[string]string) (*surface.Params, *problem.Problem) {
	params, faults := x.operation.Parse(x.r.URL.RawQuery, values)
	if len(faults) > 0 {
		return nil, problem.Refused(faults)
	}
	return params, nil
}

// base is the absolute URL of the API as the client called it.
func (x *exchange) base() string {
	scheme := "https"
	if x.r.TLS == nil {
		scheme = "http"
	}
	return scheme + "://" + x.r.Host + x.h.BasePath
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	unified_api [<matcher>] {
//		base_path <path>
//		identity  <placeholder>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	for d.NextBlock(0) {
		if used, err := h.UnmarshalGateOption(d); used || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if d.Val() != "base_path" {
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
		if h.BasePath != "" {
			return d.Err("base_path already specified")
		}
		if !d.AllArgs(&h.BasePath) {
			return d.ArgErr()
		}
	}
	return nil
}

func parseCaddyfile(helper httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	h := new(Handler)
	if err := h.UnmarshalCaddyfile(helper.Dispenser); err != nil {
		return nil, err
	}
	return h, nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
