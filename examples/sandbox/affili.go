package sandbox

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
)

func init() { register(new(Affili)) }

// Affili is the sandbox of Affili's API for merchants as a handler.
type Affili struct {
	Options

	// The merchant's ACCESS ID. Placeholders are resolved. Required.
	AccessID string `json:"access_id,omitempty"`

	// The number of conversions. Default: 600.
	Rows int `json:"rows,omitempty"`

	// The number of conversions on a page. Default: 0, every row in every
	// answer.
	PageSize int `json:"page_size,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Affili) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.sandbox_affili", New: func() caddy.Module { return new(Affili) }}
}

// Provision implements caddy.Provisioner.
func (h *Affili) Provision(caddy.Context) error {
	if err := h.provision(); err != nil {
		return err
	}
	id, err := credential("access_id", h.AccessID)
	if err != nil {
		return err
	}
	h.start(affili.New(affili.Config{AccessID: id, AllowIPs: h.prefixes, Seed: h.Seed, Rows: h.Rows, PageSize: h.PageSize}))
	return nil
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_affili {
//		access_id <id>
//		rows      <number>
//		page_size <number>
//		allow_ips <address or prefix>...
//		deny_all
//		latency   <duration>
//		faults
//		seed      <number>
//	}
func (h *Affili) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"access_id": text(&h.AccessID),
		"rows":      positive(&h.Rows),
		"page_size": positive(&h.PageSize),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Affili)(nil)
	_ caddyhttp.MiddlewareHandler = (*Affili)(nil)
	_ caddyfile.Unmarshaler       = (*Affili)(nil)
)
