package sandbox

import (
	"errors"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

func init() { register(new(Trackier)) }

// Trackier is the sandbox of Trackier's API as a handler: version 1 for networks,
// and both versions for publishers and advertisers.
type Trackier struct {
	Options

	// The API key of the header `X-Api-Key`. Placeholders are resolved. Required.
	Key string `json:"key,omitempty"`

	// The API key of a publisher (affiliate). Placeholders are resolved.
	// Default: `sandbox-publisher`.
	PublisherKey string `json:"publisher_key,omitempty"`

	// The API key of an advertiser. Placeholders are resolved. Default:
	// `sandbox-advertiser`.
	AdvertiserKey string `json:"advertiser_key,omitempty"`

	// The platform's time zone, as an IANA name. Default: `Asia/Kolkata`.
	TimeZone string `json:"time_zone,omitempty"`

	// Whether the account is locked. Default: false.
	Locked bool `json:"locked,omitempty"`

	// Whether refused parameters and missing objects come with status 200, so
	// that only `success` tells. Default: false.
	Status200 bool `json:"status_200,omitempty"`

	// Whether the count of a list of conversions is that of its page. Default: false.
	CountIsPage bool `json:"count_is_page,omitempty"`

	// How long an import of conversions takes. Default: 0, done when it is asked
	// for the second time.
	JobTime caddy.Duration `json:"job_time,omitempty"`

	// Whether the errors of version 2 come under `errors`. Default: false.
	WrappedErrors bool `json:"wrapped_errors,omitempty"`

	// Whether the documented rate limits of version 2 are enforced. Default: false.
	RateLimits bool `json:"rate_limits,omitempty"`
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
	publisher, err := optionalKey("publisher_key", h.PublisherKey)
	if err != nil {
		return err
	}
	advertiser, err := optionalKey("advertiser_key", h.AdvertiserKey)
	if err != nil {
		return err
	}
	if h.JobTime < 0 {
		return errors.New("checking options: job_time must not be negative")
	}
	location, err := zone(h.TimeZone)
	if err != nil {
		return err
	}
	h.start(trackier.New(trackier.Config{
		Key: key, PublisherKey: publisher, AdvertiserKey: advertiser, AllowIPs: h.prefixes, Seed: h.Seed, Zone: location,
		Locked:        h.Locked,
		Status200:     h.Status200,
		CountIsPage:   h.CountIsPage,
		JobTime:       time.Duration(h.JobTime),
		WrappedErrors: h.WrappedErrors,
		RateLimits:    h.RateLimits,
	}))
	return nil
}

// optionalKey is a credential that has a default where none is configured.
func optionalKey(name, configured string) (string, error) {
	if configured == "" {
		return "", nil
	}
	return credential(name, configured)
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler. Syntax:
//
//	sandbox_trackier {
//		key            <key>
//		publisher_key  <key>
//		advertiser_key <key>
//		time_zone      <name>
//		allow_ips      <address or prefix>...
//		deny_all
//		latency        <duration>
//		faults
//		seed           <number>
//		locked
//		status_200
//		count_is_page
//		job_time       <duration>
//		wrapped_errors
//		rate_limits
//	}
func (h *Trackier) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return h.settings().with(settings{
		"key":            text(&h.Key),
		"publisher_key":  text(&h.PublisherKey),
		"advertiser_key": text(&h.AdvertiserKey),
		"time_zone":      text(&h.TimeZone),
		"locked":         on(&h.Locked),
		"status_200":     on(&h.Status200),
		"count_is_page":  on(&h.CountIsPage),
		"job_time":       duration(&h.JobTime),
		"wrapped_errors": on(&h.WrappedErrors),
		"rate_limits":    on(&h.RateLimits),
	}).unmarshal(d)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Trackier)(nil)
	_ caddyhttp.MiddlewareHandler = (*Trackier)(nil)
	_ caddyfile.Unmarshaler       = (*Trackier)(nil)
)
