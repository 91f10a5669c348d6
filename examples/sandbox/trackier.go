package sandbox

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

func init() { register(new(Trackier)) }

// Trackier is the sandbox of version 1 of Trackier's API as a handler.
type Trackier struct {
	Options

	// The API key of the header `X-Api-Key`. Placeholders are resolved. Required.
	Key string `json:"key,omitempty"`

	// The platform's time zone, as an IANA name. Default: `Asia/Kolkata`.
	TimeZone string `json:"time_zone,omitempty"`

	// Whether the account is locked. Default: false.
	Locked bool `json:"locked,omitempty"`

	// Whether refused parameters and missing objects come with status 200, so
	// that only `success` tells. Default: false.
	Status200 bool `json:"status_200,omitempty"`

	// Whether the count of a list of conversions is that of its page. Default: false.
	CountIsPage bool `json:"count_is_page,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Trackier) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.sandbox_trackier", New: func() caddy.Module { return new(Trackier) }}
}

// Provision implements caddy.Provisioner.
func (h *Trackier) Provision(caddy.Context) error {
	if err := h.provision(); err != nil {
		return err
	}
	key, err := credential("key", h.Key)
	if err != nil {
		return err
	}
	location, err := zone(h.TimeZone)
	if err != nil {
		return err
	}
	h.start(trackier.New(trackier.Config{
		Key: key, AllowIPs: h.prefixes, Seed: h.Seed, Zone: location,
		Locked:      h.Locked,
		Status200:   h.Status200,
		CountIsPage: h.CountIsPage,
	}))
	return nil
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_trackier {
//		key       <key>
//		time_zone <name>
//		allow_ips <address or prefix>...
//		deny_all
//		latency   <duration>
//		faults
//		seed      <number>
//		locked
//		status_200
//		count_is_page
//	}
func (h *Trackier) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"key":           text(&h.Key),
		"time_zone":     text(&h.TimeZone),
		"locked":        on(&h.Locked),
		"status_200":    on(&h.Status200),
		"count_is_page": on(&h.CountIsPage),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Trackier)(nil)
	_ caddyhttp.MiddlewareHandler = (*Trackier)(nil)
	_ caddyfile.Unmarshaler       = (*Trackier)(nil)
)
