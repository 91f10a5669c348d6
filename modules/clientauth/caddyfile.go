package clientauth

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// UnmarshalCaddyfile sets a client up from Caddyfile tokens. Lists may stand
// on one line or on several. Syntax:
//
//	client <name> {
//		key_sha256 <hex...>
//		platforms  <names...>
//		scopes     <scopes...>
//		native     <platform|*> [<methods|*> [<paths...>]]
//		allow_ips  <addresses|ranges|private_ranges...>
//		rate       <requests> <duration>
//		credential <platform> <name> <value>
//	}
func (c *Client) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "client"
	c.DeclaredAt = fmt.Sprintf("%s:%d", d.File(), d.Line())
	if !d.AllArgs(&c.Name) {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		var err error
		switch d.Val() {
		case "key_sha256":
			err = appendArgs(d, &c.KeySHA256)
		case "platforms":
			err = appendArgs(d, &c.Platforms)
		case "scopes":
			err = appendArgs(d, &c.Scopes)
		case "native":
			err = c.unmarshalNative(d)
		case "allow_ips":
			err = appendArgs(d, &c.AllowIPs)
		case "rate":
			if c.Rate != nil {
				return d.Err("rate already specified")
			}
			c.Rate, err = UnmarshalRate(d)
		case "credential":
			err = c.unmarshalCredential(d)
		default:
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
		if err != nil {
			return err
		}
		if err := c.validate(); err != nil {
			return d.Errf("client %q: %w", c.Name, err)
		}
	}
	err := c.validate()
	if err == nil {
		err = c.validateNative()
	}
	if err != nil {
		return d.Errf("client %q: %w", c.Name, err)
	}
	return nil
}

func (c *Client) unmarshalCredential(d *caddyfile.Dispenser) error {
	var platform, name, value string
	if !d.AllArgs(&platform, &name, &value) {
		return d.ArgErr()
	}
	if _, ok := c.Credentials[platform][name]; ok {
		return d.Errf("credential %s %s already specified", platform, name)
	}
	if c.Credentials == nil {
		c.Credentials = make(map[string]map[string]string)
	}
	if c.Credentials[platform] == nil {
		c.Credentials[platform] = make(map[string]string)
	}
	c.Credentials[platform][name] = value
	return nil
}

// appendArgs adds the rest of the line to a list, refusing what is already there.
func appendArgs[T ~string](d *caddyfile.Dispenser, list *[]T) error {
	option := d.Val()
	if !d.NextArg() {
		return d.ArgErr()
	}
	for ok := true; ok; ok = d.NextArg() {
		v := T(d.Val())
		if slices.Contains(*list, v) {
			return d.Errf("%s already specified: %s", option, v)
		}
		*list = append(*list, v)
	}
	return nil
}

// UnmarshalRate reads the arguments of an option that is a rate:
//
//	rate <requests> <duration>
func UnmarshalRate(d *caddyfile.Dispenser) (*Rate, error) {
	var requests, per string
	if !d.AllArgs(&requests, &per) {
		return nil, d.ArgErr()
	}
	n, err := strconv.Atoi(requests)
	if err != nil {
		return nil, d.Errf("a rate is a number of requests and a duration; %q is not a number", requests)
	}
	dur, err := caddy.ParseDuration(per)
	if err != nil {
		return nil, d.Errf("a rate is a number of requests and a duration; %q is not a duration", per)
	}
	rate := &Rate{Requests: n, Per: caddy.Duration(dur)}
	if err := rate.Validate(); err != nil {
		return nil, d.WrapErr(err)
	}
	return rate, nil
}
