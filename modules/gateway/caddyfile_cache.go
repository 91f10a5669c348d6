package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/plugins"
)

// storeNamespace is that of the modules that keep answers beyond memory.
const storeNamespace = "tributary.stores"

// UnmarshalCaddyfile sets the cache up from Caddyfile tokens. Syntax:
//
//	cache {
//		memory         <size>
//		store          <module> { ... } | off
//		fresh          <today> <3 days> <35 days> <older>
//		stale          <duration>
//		stale_if_error <duration>
//		lists          <duration>
//		ledger         on|off
//		platform       <name> {
//			fresh, stale, stale_if_error, lists, ledger
//			operation <operationId> {
//				fresh, stale, stale_if_error, lists
//			}
//		}
//	}
//
// or
//
//	cache off
func (c *Cache) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // "cache"
	if d.NextArg() {
		if d.Val() != "off" || d.CountRemainingArgs() > 0 {
			return d.Errf("cache takes off or a block, not %q", d.Val())
		}
		c.Off = true
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if c.Off {
			return d.Err("a cache that is off has no other settings")
		}
		if err := c.unmarshalOption(d); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cache) unmarshalOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "memory":
		return c.unmarshalMemory(d)
	case "store":
		return c.unmarshalStore(d)
	case "platform":
		return c.unmarshalPlatform(d)
	}
	return c.PlatformKeeping.unmarshalOption(d, "memory", "store", "platform")
}

func (c *Cache) unmarshalMemory(d *caddyfile.Dispenser) error {
	if c.Memory != 0 {
		return d.Err("memory already specified")
	}
	var text string
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n > maxCacheMemory {
		return d.Errf("memory is a size such as 256MiB, at most %s; %q is not", humanize.IBytes(maxCacheMemory), text)
	}
	c.Memory = int64(n)
	if err := validateMemory(c.Memory); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (c *Cache) unmarshalStore(d *caddyfile.Dispenser) error {
	if c.StoreRaw != nil || c.MemoryOnly {
		return d.Err("store already specified")
	}
	if !d.NextArg() {
		return d.ArgErr()
	}
	name := d.Val()
	if name == "off" {
		if d.NextArg() {
			return d.ArgErr()
		}
		if d.NextBlock(d.Nesting()) {
			return d.Err("a store that is off has no settings")
		}
		c.MemoryOnly = true
		return nil
	}
	if _, err := caddy.GetModule(storeNamespace + "." + name); err != nil {
		return d.Errf("there is no store %q; there are %s", name, strings.Join(storeNames(), ", "))
	}
	module, err := caddyfile.UnmarshalModule(d, storeNamespace+"."+name)
	if err != nil {
		return err
	}
	if _, ok := module.(plugins.StoreProvider); !ok {
		return d.Errf("module %s.%s (%T) opens no store", storeNamespace, name, module)
	}
	c.StoreRaw = caddyconfig.JSONModuleObject(module, "module", name, nil)
	return nil
}

// storeNames are the stores of this build, and the word for none.
func storeNames() []string {
	var names []string
	for _, module := range caddy.GetModules(storeNamespace) {
		names = append(names, module.ID.Name())
	}
	return append(names, "off")
}

func (c *Cache) unmarshalPlatform(d *caddyfile.Dispenser) error {
	var name string
	p := &PlatformCache{DeclaredAt: position(d)}
	if !d.AllArgs(&name) {
		return d.ArgErr()
	}
	if other := c.Platforms[name]; other != nil {
		return d.Errf("platform %s already specified at %s", name, other.DeclaredAt)
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		var err error
		if d.Val() == "operation" {
			err = p.unmarshalOperation(d)
		} else {
			err = p.unmarshalOption(d, "operation")
		}
		if err != nil {
			return err
		}
	}
	if c.Platforms == nil {
		c.Platforms = make(map[string]*PlatformCache)
	}
	c.Platforms[name] = p
	return nil
}

func (p *PlatformCache) unmarshalOperation(d *caddyfile.Dispenser) error {
	var id string
	o := &OperationCache{DeclaredAt: position(d)}
	if !d.AllArgs(&id) {
		return d.ArgErr()
	}
	if other := p.Operations[id]; other != nil {
		return d.Errf("operation %s already specified at %s", id, other.DeclaredAt)
	}
	s, err := loadSurface()
	if err != nil {
		return err
	}
	if err := checkCachedOperation(s, id); err != nil {
		return d.WrapErr(err)
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := o.unmarshalOption(d); err != nil {
			return err
		}
		if err := o.validate(s.Operation(id)); err != nil {
			return d.WrapErr(err)
		}
	}
	if p.Operations == nil {
		p.Operations = make(map[string]*OperationCache)
	}
	p.Operations[id] = o
	return nil
}

// unmarshalOption reads one option. more are those that are known beside its own.
func (k *PlatformKeeping) unmarshalOption(d *caddyfile.Dispenser, more ...string) error {
	if d.Val() != "ledger" {
		return k.Keeping.unmarshalOption(d, append(more, "ledger")...)
	}
	if k.Ledger != nil {
		return d.Err("ledger already specified")
	}
	var text string
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	if text != "on" && text != "off" {
		return d.Errf("ledger is on or off, not %q", text)
	}
	on := text == "on"
	k.Ledger = &on
	return nil
}

func (k *Keeping) unmarshalOption(d *caddyfile.Dispenser, more ...string) error {
	switch d.Val() {
	case "fresh":
		return k.unmarshalFresh(d)
	case "stale":
		return setKept(d, &k.Stale)
	case "stale_if_error":
		return setKept(d, &k.StaleIfError)
	case "lists":
		return setKept(d, &k.Lists)
	default:
		known := append(more, "fresh", "stale", "stale_if_error", "lists")
		return d.Errf("unrecognized subdirective '%s'%s", d.Val(), suggest.DidYouMean(d.Val(), known))
	}
}

func (k *Keeping) unmarshalFresh(d *caddyfile.Dispenser) error {
	if k.Fresh != nil {
		return d.Err("fresh already specified")
	}
	args := d.RemainingArgs()
	if len(args) != 4 {
		return d.Err("fresh takes four durations: of days up to today, to 3 days before, to 35 days before, and older")
	}
	var lives [4]*caddy.Duration
	for i, text := range args {
		life, err := parseKept(d, "fresh", text)
		if err != nil {
			return err
		}
		lives[i] = life
	}
	k.Fresh = &Fresh{Today: lives[0], Days3: lives[1], Days35: lives[2], Older: lives[3]}
	return nil
}

func setKept(d *caddyfile.Dispenser, target **caddy.Duration) error {
	option := d.Val()
	if *target != nil {
		return d.Errf("%s already specified", option)
	}
	var text string
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	kept, err := parseKept(d, option, text)
	*target = kept
	return err
}

func parseKept(d *caddyfile.Dispenser, option, text string) (*caddy.Duration, error) {
	v, err := caddy.ParseDuration(text)
	if err != nil {
		return nil, d.Errf("%s takes durations such as 15m or 7d; %q is none", option, text)
	}
	if validateKept(v) != nil {
		return nil, d.Errf("%s takes durations from 0s to %s, not %s", option, longestKept, text)
	}
	kept := caddy.Duration(v)
	return &kept, nil
}

// unmarshalCache reads the block of the cache. Platforms may be named in it before
// they are configured, so that checkCachePlatforms follows.
func (a *App) unmarshalCache(d *caddyfile.Dispenser) error {
	if a.Cache != nil {
		return d.Err("cache already specified")
	}
	c := new(Cache)
	if err := c.UnmarshalCaddyfile(d.NewFromNextSegment()); err != nil {
		return err
	}
	a.Cache = c
	return nil
}

// checkCachePlatforms refuses settings of the cache for a platform that is not configured.
func (a *App) checkCachePlatforms() error {
	if a.Cache == nil {
		return nil
	}
	names := a.platformNames()
	for _, name := range slices.Sorted(maps.Keys(a.Cache.Platforms)) {
		if err := checkCachedPlatform(name, names, a.Cache.Platforms[name].DeclaredAt); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return nil
}

func (a *App) platformNames() []string {
	names := make([]string, len(a.Platforms))
	for i, p := range a.Platforms {
		names[i] = p.Name
	}
	return names
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Cache)(nil)
