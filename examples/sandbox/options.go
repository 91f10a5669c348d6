package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Options are what every sandbox platform can be told.
type Options struct {
	// The addresses or CIDR prefixes that the platform's allowlist lets in.
	// Default: all.
	AllowIPs []string `json:"allow_ips,omitempty"`

	// Whether the platform's allowlist refuses every address. Default: false.
	DenyAll bool `json:"deny_all,omitempty"`

	// How long every answer takes more than it needs. Default: 0.
	Latency caddy.Duration `json:"latency,omitempty"`

	// Whether faults can be set while running, from the loopback, at
	// `/_sandbox/faults`. Default: false.
	Faults bool `json:"faults,omitempty"`

	// Which data the platform has: the same seed gives the same rows for the
	// same day. Default: 0.
	Seed uint64 `json:"seed,omitempty"`

	prefixes []netip.Prefix
	platform *kit.Faults
}

// settings returns the Caddyfile options of these fields.
func (o *Options) settings() settings {
	return settings{
		"allow_ips": texts(&o.AllowIPs),
		"deny_all":  on(&o.DenyAll),
		"latency":   duration(&o.Latency),
		"faults":    on(&o.Faults),
		"seed":      unsigned(&o.Seed),
	}
}

// provision checks the options. The platform itself is set by start, once its
// prefixes are known.
func (o *Options) provision() error {
	if o.DenyAll && len(o.AllowIPs) > 0 {
		return errors.New("checking options: deny_all and allow_ips exclude each other")
	}
	if o.Latency < 0 {
		return errors.New("checking options: latency must not be negative")
	}
	o.prefixes = nil
	if o.DenyAll {
		o.prefixes = []netip.Prefix{kit.Nobody}
	}
	for _, text := range o.AllowIPs {
		prefix, err := parsePrefix(text)
		if err != nil {
			return fmt.Errorf("parsing allow_ips: %w", err)
		}
		o.prefixes = append(o.prefixes, prefix)
	}
	return nil
}

// parsePrefix reads a CIDR prefix or a single address.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// start makes the options serve platform.
func (o *Options) start(platform http.Handler) { o.platform = kit.NewFaults(platform) }

// ServeHTTP implements caddyhttp.MiddlewareHandler. The platform answers every
// request; the next handler is never asked.
func (o *Options) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if o.Faults && r.URL.Path == kit.ControlPath {
		o.platform.Control().ServeHTTP(w, r)
		return nil
	}
	if !kit.Wait(r.Context(), time.Duration(o.Latency)) {
		return nil // the client has gone: nobody to answer
	}
	o.platform.ServeHTTP(w, r)
	return nil
}

// credential resolves the placeholders of a credential, which must not be empty.
func credential(name, configured string) (string, error) {
	if configured == "" {
		return "", fmt.Errorf("checking options: %s is required", name)
	}
	value, err := caddy.NewReplacer().ReplaceOrErr(configured, true, true)
	if err != nil {
		return "", fmt.Errorf("resolving %s: %w", name, err)
	}
	return value, nil
}

// zone loads a time zone; nil, the platform's default, if none is named.
func zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("loading time_zone: %w", err)
	}
	return location, nil
}
