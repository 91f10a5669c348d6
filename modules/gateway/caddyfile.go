package gateway

import (
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("tributary", parseGlobalOption)
}

func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	app := new(App)
	if existing != nil {
		d.Next()
		return nil, d.Err("tributary already specified; one block holds all of it")
	}
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "tributary", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile sets the app up from Caddyfile tokens. Syntax:
//
//	tributary {
//		data_dir         <folder>
//		mappings         <folders...>
//		egress_addresses <addresses...>
//		platform         <name> [<mapping>] { ... }
//		client           <name> { ... }
//		clients_file     <file>
//		cache            [off] { ... }
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "tributary"
	if d.NextArg() {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		var err error
		switch d.Val() {
		case "data_dir":
			err = setOnce(d, &a.DataDir)
		case "mappings":
			err = appendArgs(d, &a.Mappings, nil)
		case "egress_addresses":
			err = appendArgs(d, &a.EgressAddresses, validateAddress)
		case "platform":
			err = a.unmarshalPlatform(d)
		case "client":
			err = a.unmarshalClient(d)
		case "clients_file":
			err = setOnce(d, &a.ClientsFile)
		case "cache":
			err = a.unmarshalCache(d)
		case "redirect":
			err = d.Err("unrecognized subdirective 'redirect': this release does not redirect clicks")
		default:
			err = d.Errf("unrecognized subdirective '%s'", d.Val())
		}
		if err != nil {
			return err
		}
	}
	return a.checkCachePlatforms()
}

func (a *App) unmarshalPlatform(d *caddyfile.Dispenser) error {
	p := new(Platform)
	if err := p.UnmarshalCaddyfile(d.NewFromNextSegment()); err != nil {
		return err
	}
	for _, other := range a.Platforms {
		if other.Name == p.Name {
			return d.Errf("platform %s already specified, at %s", p.Name, other.DeclaredAt)
		}
	}
	a.Platforms = append(a.Platforms, p)
	return nil
}

func (a *App) unmarshalClient(d *caddyfile.Dispenser) error {
	var c clientauth.Client
	if err := c.UnmarshalCaddyfile(d.NewFromNextSegment()); err != nil {
		return err
	}
	for _, other := range a.Clients {
		if other.Name == c.Name {
			return d.Errf("client %q already specified, at %s", c.Name, other.DeclaredAt)
		}
	}
	a.Clients = append(a.Clients, c)
	return nil
}

// position returns the file and line of the current token, for messages about
// what only shows when the configuration is loaded.
func position(d *caddyfile.Dispenser) string {
	return fmt.Sprintf("%s:%d", d.File(), d.Line())
}

// setOnce reads the one argument of an option that may stand only once.
func setOnce(d *caddyfile.Dispenser, target *string) error {
	option := d.Val()
	if *target != "" {
		return d.Errf("%s already specified", option)
	}
	if !d.AllArgs(target) {
		return d.ArgErr()
	}
	if *target == "" {
		return d.Errf("%s is empty", option)
	}
	return nil
}

// setKey reads the name and the value of an option that may stand once a name.
func setKey(d *caddyfile.Dispenser, target *map[string]string) error {
	option := d.Val()
	var name, value string
	if !d.AllArgs(&name, &value) {
		return d.ArgErr()
	}
	if _, ok := (*target)[name]; ok {
		return d.Errf("%s %s already specified", option, name)
	}
	if *target == nil {
		*target = make(map[string]string)
	}
	(*target)[name] = value
	return nil
}

// appendArgs adds the arguments of an option to a list.
func appendArgs(d *caddyfile.Dispenser, list *[]string, check func(string) error) error {
	option := d.Val()
	args := d.RemainingArgs()
	if len(args) == 0 {
		return d.ArgErr()
	}
	for _, arg := range args {
		if slices.Contains(*list, arg) {
			return d.Errf("%s already specified: %s", option, arg)
		}
		if check != nil {
			if err := check(arg); err != nil {
				return d.WrapErr(err)
			}
		}
		*list = append(*list, arg)
	}
	return nil
}

// Interface guard
var _ caddyfile.Unmarshaler = (*App)(nil)
