package sandbox

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

func init() { register(new(AffJet)) }

// AffJet is the sandbox of AffJet's external client API as a handler.
type AffJet struct {
	Options

	// The account's API key. Placeholders are resolved. Required.
	Key string `json:"key,omitempty"`

	// The number of transactions. Default: 2600.
	Rows int `json:"rows,omitempty"`

	// The account's time zone, as an IANA name. Default: `Europe/London`.
	TimeZone string `json:"time_zone,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*AffJet) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.sandbox_affjet", New: func() caddy.Module { return new(AffJet) }}
}

// Provision implements caddy.Provisioner.
func (h *AffJet) Provision(caddy.Context) error {
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
	h.start(affjet.New(affjet.Config{Key: key, AllowIPs: h.prefixes, Seed: h.Seed, Rows: h.Rows, Zone: location}))
	return nil
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_affjet {
//		key       <key>
//		rows      <number>
//		time_zone <name>
//		allow_ips <address or prefix>...
//		deny_all
//		latency   <duration>
//		faults
//		seed      <number>
//	}
func (h *AffJet) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"key":       text(&h.Key),
		"rows":      positive(&h.Rows),
		"time_zone": text(&h.TimeZone),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*AffJet)(nil)
	_ caddyhttp.MiddlewareHandler = (*AffJet)(nil)
	_ caddyfile.Unmarshaler       = (*AffJet)(nil)
)
