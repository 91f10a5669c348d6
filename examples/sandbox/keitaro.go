package sandbox

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

func init() { register(new(Keitaro)) }

// Keitaro is the sandbox of Keitaro's admin API as a handler.
type Keitaro struct {
	Options

	// The API key of the header `Api-Key`. Placeholders are resolved. Required.
	Key string `json:"key,omitempty"`

	// The platform's time zone, as an IANA name. Default: `Europe/Moscow`.
	TimeZone string `json:"time_zone,omitempty"`

	// Whether everything is answered with 402, as editions without the admin API
	// do. Default: false.
	NoAdminAPI bool `json:"no_admin_api,omitempty"`

	// Whether a stream's share is named `weight`, not `chance`. Default: false.
	Weight bool `json:"weight,omitempty"`

	// Whether flags of the logs are 1 and 0, not true and false. Default: false.
	NumericFlags bool `json:"numeric_flags,omitempty"`

	// Whether amounts in logs and reports are strings, not numbers. Default: false.
	MoneyAsText bool `json:"money_as_text,omitempty"`

	// Whether the meta of logs and reports is a list, not an object. Default: false.
	MetaAsList bool `json:"meta_as_list,omitempty"`

	// Whether log entries come as `rows` and `total`, not as a bare list. Default: false.
	LogEnvelope bool `json:"log_envelope,omitempty"`

	// Whether groups may be listed without a type. Default: false.
	GroupsWithoutType bool `json:"groups_without_type,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Keitaro) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.sandbox_keitaro", New: func() caddy.Module { return new(Keitaro) }}
}

// Provision implements caddy.Provisioner.
func (h *Keitaro) Provision(caddy.Context) error {
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
	h.start(keitaro.New(keitaro.Config{
		Key: key, AllowIPs: h.prefixes, Seed: h.Seed, Zone: location,
		NoAdminAPI:        h.NoAdminAPI,
		Weight:            h.Weight,
		NumericFlags:      h.NumericFlags,
		MoneyAsText:       h.MoneyAsText,
		MetaAsList:        h.MetaAsList,
		LogEnvelope:       h.LogEnvelope,
		GroupsWithoutType: h.GroupsWithoutType,
	}))
	return nil
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_keitaro {
//		key       <key>
//		time_zone <name>
//		allow_ips <address or prefix>...
//		deny_all
//		latency   <duration>
//		faults
//		seed      <number>
//		no_admin_api
//		weight
//		numeric_flags
//		money_as_text
//		meta_as_list
//		log_envelope
//		groups_without_type
//	}
func (h *Keitaro) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"key":                 text(&h.Key),
		"time_zone":           text(&h.TimeZone),
		"no_admin_api":        on(&h.NoAdminAPI),
		"weight":              on(&h.Weight),
		"numeric_flags":       on(&h.NumericFlags),
		"money_as_text":       on(&h.MoneyAsText),
		"meta_as_list":        on(&h.MetaAsList),
		"log_envelope":        on(&h.LogEnvelope),
		"groups_without_type": on(&h.GroupsWithoutType),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Keitaro)(nil)
	_ caddyhttp.MiddlewareHandler = (*Keitaro)(nil)
	_ caddyfile.Unmarshaler       = (*Keitaro)(nil)
)
