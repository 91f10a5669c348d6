// Package quickstart is a Caddy app that tells whoever started the gateway with
// the sandbox platforms what to try: where it listens, the demo key, and three
// commands to paste.
//
// It belongs to the sandbox because it prints a key, which a gateway must never
// do with a real one.
package quickstart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
)

func init() {
	caddy.RegisterModule(App{})
	httpcaddyfile.RegisterGlobalOption("sandbox_quickstart", parseGlobalOption)
}

// App prints how to try the gateway, once everything is started.
type App struct {
	// The key of a client of the gateway, in plain text. Required.
	Key string `json:"key,omitempty"`

	// The URL that the gateway's API answers on, without `/v1`. Required.
	Listen string `json:"listen,omitempty"`

	out io.Writer
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "sandbox_quickstart",
		New: func() caddy.Module { return new(App) },
	}
}

// Provision subscribes to the event that all apps are started: before it, the
// commands might be refused a connection.
func (a *App) Provision(ctx caddy.Context) error {
	a.out = os.Stdout
	events, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("subscribing to events: %w", err)
	}
	return events.(*caddyevents.App).On("started", a)
}

// Validate implements caddy.Validator.
func (a *App) Validate() error {
	if a.Key == "" || a.Listen == "" {
		return errors.New("key and listen are required")
	}
	if strings.ContainsAny(a.Key, " '\n") {
		return errors.New("key has to stand in a quoted shell word: no spaces and no quotes")
	}
	if u, err := url.Parse(a.Listen); err != nil || u.Host == "" {
		return fmt.Errorf("listen is a URL such as http://127.0.0.1:8080, not %q", a.Listen)
	}
	return nil
}

// Start implements caddy.App.
func (*App) Start() error { return nil }

// Stop implements caddy.App.
func (*App) Stop() error { return nil }

// Handle implements caddyevents.Handler.
func (a *App) Handle(context.Context, caddy.Event) error {
	_, err := io.WriteString(a.out, a.text())
	return err
}

// text is what is printed. Each command stands on a line of its own, so that a
// line can be pasted, or piped into a shell, as it is.
func (a *App) text() string {
	var b strings.Builder
	base := strings.TrimRight(a.Listen, "/")
	fmt.Fprintf(&b, "\nTributary listens on %s\nDemo key: %s\nTry:\n", base, a.Key)
	for _, path := range []string{
		"/v1/conversions?sort=-occurred_at&limit=5",
		"/v1/reports?interval=last_month&group_by=platform&metrics=conversions,commission",
		"/v1/platforms",
	} {
		fmt.Fprintf(&b, "curl -sS -H 'Authorization: Bearer %s' '%s%s'\n", a.Key, base, path)
	}
	b.WriteByte('\n')
	return b.String()
}

func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	a := new(App)
	if existing != nil {
		d.Next()
		return nil, d.Err("sandbox_quickstart already specified")
	}
	if err := a.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "sandbox_quickstart", Value: caddyconfig.JSON(a, nil)}, nil
}

// UnmarshalCaddyfile sets the app up from Caddyfile tokens. Syntax:
//
//	sandbox_quickstart {
//		key    <key>
//		listen <url>
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "sandbox_quickstart"
	if d.NextArg() {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		var target *string
		switch d.Val() {
		case "key":
			target = &a.Key
		case "listen":
			target = &a.Listen
		default:
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
		option := d.Val()
		if *target != "" {
			return d.Errf("%s already specified", option)
		}
		if !d.AllArgs(target) {
			return d.ArgErr()
		}
	}
	if err := a.Validate(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

// Interface guards
var (
	_ caddy.App             = (*App)(nil)
	_ caddy.Provisioner     = (*App)(nil)
	_ caddy.Validator       = (*App)(nil)
	_ caddyevents.Handler   = (*App)(nil)
	_ caddyfile.Unmarshaler = (*App)(nil)
)
