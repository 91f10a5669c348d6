package sandbox

import (
	"maps"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// register makes a platform's module known to Caddy, with a directive of the
// module's own name.
func register(module interface {
	caddy.Module
	caddyhttp.MiddlewareHandler
},
) {
	caddy.RegisterModule(module)
	info := module.CaddyModule()
	name := info.ID.Name()
	httpcaddyfile.RegisterHandlerDirective(name, func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		platform := info.New()
		return platform.(caddyhttp.MiddlewareHandler), platform.(caddyfile.Unmarshaler).UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder(name, httpcaddyfile.Before, "respond")
}

// setting reads the arguments of one option; the dispenser is at its name.
type setting func(d *caddyfile.Dispenser) error

// settings are the options of a directive by name.
type settings map[string]setting

// with returns the options of both.
func (s settings) with(more settings) settings {
	all := maps.Clone(s)
	maps.Copy(all, more)
	return all
}

// unmarshal reads a directive that has a block of options, each at most once,
// and no arguments of its own.
func (s settings) unmarshal(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.ArgErr()
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		read, ok := s[name]
		if !ok {
			return d.Errf("unrecognized subdirective '%s'", name)
		}
		if seen[name] {
			return d.Errf("%s already specified", name)
		}
		seen[name] = true
		if err := read(d); err != nil {
			return err
		}
	}
	return nil
}

// one reads an option of exactly one argument.
func one(set func(d *caddyfile.Dispenser, value string) error) setting {
	return func(d *caddyfile.Dispenser) error {
		args := d.RemainingArgs()
		if len(args) != 1 {
			return d.ArgErr()
		}
		return set(d, args[0])
	}
}

func text(target *string) setting {
	return one(func(_ *caddyfile.Dispenser, value string) error {
		*target = value
		return nil
	})
}

func texts(target *[]string) setting {
	return func(d *caddyfile.Dispenser) error {
		*target = d.RemainingArgs()
		if len(*target) == 0 {
			return d.ArgErr()
		}
		return nil
	}
}

// on reads an option that is a word alone.
func on(target *bool) setting {
	return func(d *caddyfile.Dispenser) error {
		if d.NextArg() {
			return d.ArgErr()
		}
		*target = true
		return nil
	}
}

// positive reads a number from 1.
func positive(target *int) setting {
	return one(func(d *caddyfile.Dispenser, value string) error {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n == 0 {
			return d.Errf("'%s' is not a number from 1", value)
		}
		*target = int(n)
		return nil
	})
}

// unsigned reads a number from 0.
func unsigned(target *uint64) setting {
	return one(func(d *caddyfile.Dispenser, value string) error {
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return d.Errf("'%s' is not a number from 0", value)
		}
		*target = n
		return nil
	})
}

func duration(target *caddy.Duration) setting {
	return one(func(d *caddyfile.Dispenser, value string) error {
		parsed, err := caddy.ParseDuration(value)
		if err != nil {
			return d.Errf("'%s' is not a duration", value)
		}
		*target = caddy.Duration(parsed)
		return nil
	})
}
