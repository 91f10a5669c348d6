package platformproxy

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"strings"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/gateway"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func init() {
	caddy.RegisterModule(Handler{})
}

// DefaultBasePath is where the platforms are served unless the configuration says otherwise.
const DefaultBasePath = "/native"

// Handler serves the platforms of the app `tributary` in their own dialect, each below
// its name: what follows `/native/<platform>` is the path as the platform documents it, from the
// root of its host. It authenticates clients by itself, and they need the scope
// `native`.
//
// A client's key may stand where the platform's own clients put theirs, in
// `Authorization: Bearer`, or in `X-Api-Key`. It is removed, and the platform's
// credential put where the platform wants it. Everything else passes as it is.
type Handler struct {
	clientauth.Gate

	// The platform to serve, where a whole site speaks the dialect of one: paths
	// are then the documented ones, without a name before them. Default: all
	// platforms, each below its name.
	Platform string `json:"platform,omitempty"`

	// The path that everything is below, without a slash at its end. Default:
	// `/native`; none where a platform is named.
	BasePath string `json:"base_path,omitempty"`

	// Whether cookies are left out in both directions. A platform may give a
	// session of the operator's account out as a cookie; the APIs of platforms
	// do without. Default: cookies pass, save that with `identity` those of a
	// request stay here, since the client may be known by one of them.
	DropCookies bool `json:"drop_cookies,omitempty"`

	app       *gateway.App
	platforms map[string]*platform
	proxy     *httputil.ReverseProxy
	logger    *zap.Logger
}

// platform is what is known of a platform before a request arrives.
type platform struct {
	name  string
	roots roots
	auth  *exchange.NativeAuth
	calls *mapping.NativeCalls
	mapping.Native
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.platform_proxy",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision implements caddy.Provisioner.
func (h *Handler) Provision(ctx caddy.Context) error {
	if h.BasePath == "" && h.Platform == "" {
		h.BasePath = DefaultBasePath
	}
	if h.BasePath != "" && (!strings.HasPrefix(h.BasePath, "/") || strings.HasSuffix(h.BasePath, "/")) {
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
	h.logger = ctx.Logger()
	h.platforms = make(map[string]*platform)
	for _, config := range h.app.Platforms {
		if h.Platform != "" && h.Platform != config.Name {
			continue
		}
		if h.platforms[config.Name], err = newPlatform(h.app.Native(config.Name, "").Platform); err != nil {
			return fmt.Errorf("platform %s: %w", config.Name, err)
		}
	}
	if h.Platform != "" && h.platforms[h.Platform] == nil {
		return fmt.Errorf("there is no platform %q", h.Platform)
	}
	h.proxy = newProxy(h.logger)
	return nil
}

func newPlatform(plan *mapping.Platform) (*platform, error) {
	auth, err := exchange.NewNativeAuth(plan.Auth, plan.AuthAlso())
	return &platform{
		name:   plan.Name,
		roots:  newRoots(plan.NativePath(), strings.TrimRight(plan.Server.EscapedPath(), "/")),
		auth:   auth,
		calls:  plan.NativeCalls(),
		Native: plan.Native(),
	}, err
}

// ServeHTTP implements caddyhttp.MiddlewareHandler. Paths outside of the base path are
// left to the next handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	path := requestPath(r)
	if h.BasePath != "" {
		var ok bool
		if path, ok = below(path, h.BasePath); !ok {
			return next.ServeHTTP(w, r)
		}
	}
	name, base := h.Platform, h.BasePath
	if name == "" {
		name, path = split(path)
		base += "/" + name
	}
	p := h.platforms[name]
	if p == nil {
		clientauth.WriteProblem(w, r, problem.New(problem.NotFound, "there is no platform %q here", name), apiURL(r))
		return nil
	}
	c := &call{h: h, w: w, r: r, platform: p, base: base, path: path}
	if refusal := c.serve(); refusal != nil {
		c.refuse(refusal)
	}
	return nil
}

// apiURL is where the unified API is by default, for the pages about problems.
func apiURL(r *http.Request) string {
	scheme := "https"
	if r.TLS == nil {
		scheme = "http"
	}
	return scheme + "://" + r.Host + "/v1"
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
