package platformproxy

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("platform_proxy", parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder("platform_proxy", httpcaddyfile.Before, "respond")
}

// UnmarshalCaddyfile sets the handler up from Caddyfile tokens. Syntax:
//
//	platform_proxy [<matcher>] [<platform>] {
//		base_path    <path>
//		drop_cookies
//		identity     <placeholder>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "platform_proxy"
	switch args := d.RemainingArgs(); len(args) {
	case 0:
	case 1:
		h.Platform = args[0]
	default:
		return d.ArgErr()
	}
	for d.NextBlock(0) {
		if err := h.unmarshalOption(d); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) unmarshalOption(d *caddyfile.Dispenser) error {
	if used, err := h.UnmarshalGateOption(d); used || err != nil {
		return err
	}
	switch d.Val() {
	case "base_path":
		if h.BasePath != "" {
			return d.Err("base_path already specified")
		}
		if !d.AllArgs(&h.BasePath) {
			return d.ArgErr()
		}
	case "drop_cookies":
		if h.DropCookies {
			return d.Err("drop_cookies already specified")
		}
		if d.NextArg() {
			return d.ArgErr()
		}
		h.DropCookies = true
	default:
		return d.Errf("unrecognized subdirective '%s'", d.Val())
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

// Interface guard
var _ caddyfile.Unmarshaler = (*Handler)(nil)
