package gateway

import (
	"net/http"
	"strconv"

	"github.com/dustin/go-humanize"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

// UnmarshalCaddyfile sets a platform up from Caddyfile tokens. Syntax:
//
//	platform <name> [<mapping>] {
//		credential  <name> <value>
//		server      <url>
//		timezone    <name>
//		currency    <code>
//		timeout     <duration>
//		rate        <requests> <duration>
//		concurrency <number>
//		breaker     <failures> [<delay>]
//		max_body    <size>
//		option      <name> <value>
//		transport   <name> { ... }
//	}
func (p *Platform) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "platform"
	p.DeclaredAt = position(d)
	args := d.RemainingArgs()
	switch len(args) {
	case 2:
		p.Mapping = args[1]
		fallthrough
	case 1:
		p.Name = args[0]
	default:
		return d.ArgErr()
	}
	if err := p.validate(); err != nil {
		return d.Errf("platform %q: %w", p.Name, err)
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := p.unmarshalOption(d); err != nil {
			return err
		}
		if err := p.validate(); err != nil {
			return d.Errf("platform %s: %w", p.Name, err)
		}
	}
	return nil
}

func (p *Platform) unmarshalOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "credential":
		return setKey(d, &p.Credentials)
	case "server":
		return setOnce(d, &p.Server)
	case "timezone":
		return setOnce(d, &p.Timezone)
	case "currency":
		return setOnce(d, &p.Currency)
	case "timeout":
		return setDuration(d, &p.Timeout)
	case "rate":
		if p.Rate != nil {
			return d.Err("rate already specified")
		}
		rate, err := clientauth.UnmarshalRate(d)
		p.Rate = rate
		return err
	case "concurrency":
		return setCount(d, &p.Concurrency)
	case "breaker":
		return p.unmarshalBreaker(d)
	case "max_body":
		return p.unmarshalMaxBody(d)
	case "option":
		return setKey(d, &p.Options)
	case "transport":
		return p.unmarshalTransport(d)
	default:
		return d.Errf("unrecognized subdirective '%s'", d.Val())
	}
}

func (p *Platform) unmarshalBreaker(d *caddyfile.Dispenser) error {
	if p.Breaker != nil {
		return d.Err("breaker already specified")
	}
	args := d.RemainingArgs()
	if len(args) != 1 && len(args) != 2 {
		return d.ArgErr()
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return d.Errf("a breaker opens after a number of failures; %q is not a number above zero", args[0])
	}
	p.Breaker = &Breaker{Failures: n}
	if len(args) == 2 {
		delay, err := caddy.ParseDuration(args[1])
		if err != nil || delay <= 0 {
			return d.Errf("a breaker stays open for a duration; %q is not a duration above zero", args[1])
		}
		p.Breaker.Delay = caddy.Duration(delay)
	}
	return nil
}

func (p *Platform) unmarshalMaxBody(d *caddyfile.Dispenser) error {
	var text string
	if p.MaxBody != 0 {
		return d.Err("max_body already specified")
	}
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	size, err := humanize.ParseBytes(text)
	if err != nil || size == 0 || size > 1<<40 {
		return d.Errf("max_body is a size such as 64MiB, at most 1TiB; %q is not", text)
	}
	p.MaxBody = int64(size)
	return nil
}

func (p *Platform) unmarshalTransport(d *caddyfile.Dispenser) error {
	if p.TransportRaw != nil {
		return d.Err("transport already specified")
	}
	if !d.NextArg() {
		return d.ArgErr()
	}
	name := d.Val()
	module, err := caddyfile.UnmarshalModule(d, transportNamespace+"."+name)
	if err != nil {
		return err
	}
	if _, ok := module.(http.RoundTripper); !ok {
		return d.Errf("module %s.%s (%T) is not a RoundTripper", transportNamespace, name, module)
	}
	p.TransportRaw = caddyconfig.JSONModuleObject(module, "protocol", name, nil)
	return nil
}

func setDuration(d *caddyfile.Dispenser, target *caddy.Duration) error {
	option := d.Val()
	var text string
	if *target != 0 {
		return d.Errf("%s already specified", option)
	}
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	v, err := caddy.ParseDuration(text)
	if err != nil || v <= 0 {
		return d.Errf("%s is a duration above zero, such as 30s; %q is not", option, text)
	}
	*target = caddy.Duration(v)
	return nil
}

func setCount(d *caddyfile.Dispenser, target *int) error {
	option := d.Val()
	var text string
	if *target != 0 {
		return d.Errf("%s already specified", option)
	}
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 1 {
		return d.Errf("%s is a number above zero; %q is not", option, text)
	}
	*target = v
	return nil
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Platform)(nil)
