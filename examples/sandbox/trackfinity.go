package sandbox

import (
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

func init() { register(new(Trackfinity)) }

// Trackfinity is the sandbox of Trackfinity's API for admins as a handler.
type Trackfinity struct {
	Options

	// The API key of the header `api-key`. Placeholders are resolved. Required.
	Key string `json:"key,omitempty"`

	// The user of the header `api-username`. Placeholders are resolved. Required.
	Username string `json:"username,omitempty"`

	// The number of clicks. Default: 4000.
	Rows int `json:"rows,omitempty"`

	// The install's time zone, as an IANA name. Default: `UTC`.
	TimeZone string `json:"time_zone,omitempty"`

	// The only path of ping, `/api/ping` or `/api/service/ping`. Default: both.
	PingPath string `json:"ping_path,omitempty"`

	// Whether the profit/loss report is at `/api/service/profitloss` too.
	// Default: false.
	ServiceReport bool `json:"service_report,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Trackfinity) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.sandbox_trackfinity", New: func() caddy.Module { return new(Trackfinity) }}
}

// Provision implements caddy.Provisioner.
func (h *Trackfinity) Provision(caddy.Context) error {
	if err := h.provision(); err != nil {
		return err
	}
	key, err := credential("key", h.Key)
	if err != nil {
		return err
	}
	username, err := credential("username", h.Username)
	if err != nil {
		return err
	}
	location, err := zone(h.TimeZone)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", trackfinity.PingPath, trackfinity.ServicePingPath}, h.PingPath) {
		return fmt.Errorf("checking options: ping_path must be %s or %s", trackfinity.PingPath, trackfinity.ServicePingPath)
	}
	h.start(trackfinity.New(trackfinity.Config{
		Key: key, Username: username, AllowIPs: h.prefixes, Seed: h.Seed, Rows: h.Rows,
		Zone: location, PingPath: h.PingPath, ServiceReport: h.ServiceReport,
	}))
	return nil
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_trackfinity {
//		key       <key>
//		username  <name>
//		rows      <number>
//		time_zone <name>
//		ping_path <path>
//		service_report
//		allow_ips <address or prefix>...
//		deny_all
//		latency   <duration>
//		faults
//		seed      <number>
//	}
func (h *Trackfinity) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"key":            text(&h.Key),
		"username":       text(&h.Username),
		"rows":           positive(&h.Rows),
		"time_zone":      text(&h.TimeZone),
		"ping_path":      text(&h.PingPath),
		"service_report": on(&h.ServiceReport),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Trackfinity)(nil)
	_ caddyhttp.MiddlewareHandler = (*Trackfinity)(nil)
	_ caddyfile.Unmarshaler       = (*Trackfinity)(nil)
)
