package gateway

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/plugins"
)

// platform is a platform as it is called: its mapping compiled, its transport
// loaded, its placeholders resolved.
type platform struct {
	config    *Platform
	server    string // with placeholders resolved; empty: the mapping's
	plan      *mapping.Platform
	inventory *inventory.Inventory // of its mapping; nil where it has none
	auth      []exchange.Auth
	transport http.RoundTripper
}

// newPlatform makes a platform ready to be called, without calling it.
func (a *App) newPlatform(ctx caddy.Context, repl *caddy.Replacer, set mapping.Set, c *Platform) (*platform, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	p := &platform{config: c}
	if c.Server != "" {
		server, err := repl.ReplaceOrErr(c.Server, true, true)
		if err == nil {
			err = validateServer(server)
		}
		if err != nil {
			return nil, fmt.Errorf("resolving server: %w", err)
		}
		p.server = server
	}
	if err := p.compile(ctx, a, set); err != nil {
		return nil, err
	}
	var err error
	if p.auth, err = exchange.CompileAuth(p.plan.Auth); err != nil {
		return nil, err
	}
	p.transport, err = loadTransport(ctx, c)
	return p, err
}

// compile binds the mapping to the configuration.
func (p *platform) compile(ctx caddy.Context, a *App, set mapping.Set) error {
	name := p.config.Mapping
	if name == "" {
		name = p.config.Name
	}
	m := set[name]
	if m == nil {
		return fmt.Errorf("there is no mapping %q; there are %s", name, strings.Join(set.Names(), ", "))
	}
	p.inventory = a.engines.inventories[name]
	var err error
	p.plan, err = mapping.Compile(m, a.surface, mapping.Binding{
		Platform: p.config.Name,
		Server:   p.server,
		Zone:     p.config.Timezone,
		Currency: p.config.Currency,
		Options:  p.config.Options,
		Codecs:   func(name string) (plugins.CodecProvider, error) { return loadCodec(ctx, name) },
		Now:      clock.Now,
	})
	return err
}

// loadCodec makes a new instance of the module of a codec.
func loadCodec(ctx caddy.Context, name string) (plugins.CodecProvider, error) {
	module, err := ctx.LoadModuleByID(codecNamespace+"."+name, nil)
	if err != nil {
		return nil, fmt.Errorf("loading codec %s: %w", name, err)
	}
	provider, ok := module.(plugins.CodecProvider)
	if !ok {
		return nil, fmt.Errorf("loading codec %s: %T makes no codecs", name, module)
	}
	return provider, nil
}

const codecNamespace = "tributary.codecs"

// account is a platform with one set of credentials: what an engine calls.
type account struct {
	*query.Platform
	config *Platform
	client string // whose own it is; empty: of all clients without one
	key    stateKey
	call   exchange.Config // what its caller is made of; none where there is no account
}

// newAccount resolves credentials and makes the caller that uses them.
func (a *App) newAccount(ctx caddy.Context, repl *caddy.Replacer, p *platform, written map[string]string) (account, error) {
	credentials, err := resolveCredentials(repl, written)
	if err != nil {
		return account{}, err
	}
	if err := checkCredentials(p.plan, credentials); err != nil {
		return account{}, err
	}
	key := stateKey{platform: p.config.Name, server: p.plan.Server.String(), credentials: digestOfCredentials(credentials)}
	state, err := borrow(&a.lease, key, func() (*exchange.State, error) { return exchange.NewState(), nil })
	if err != nil {
		return account{}, err
	}
	config := exchange.Config{
		Platform:        p.config.Name,
		Server:          p.plan.Server,
		Transport:       p.transport,
		Timeout:         time.Duration(p.config.Timeout),
		MaxBody:         p.config.MaxBody,
		Rate:            exchange.Rate{Requests: p.plan.Limits.Requests, Per: p.plan.Limits.Per},
		Concurrency:     p.plan.Limits.Concurrency,
		Auth:            p.auth,
		Session:         p.plan.Session,
		Credentials:     credentials,
		Rules:           p.plan.Rules,
		EgressAddresses: a.EgressAddresses,
		State:           state,
		Logger:          ctx.Slogger(),
	}
	if r := p.config.Rate; r != nil {
		config.Rate = exchange.Rate{Requests: r.Requests, Per: time.Duration(r.Per)}
	}
	if p.config.Concurrency > 0 {
		config.Concurrency = p.config.Concurrency
	}
	if config.Concurrency == 0 {
		config.Concurrency = defaultConcurrency
	}
	if b := p.config.Breaker; b != nil {
		config.Breaker = exchange.Breaker{Failures: b.Failures, Delay: time.Duration(b.Delay)}
	}
	caller, err := exchange.New(config)
	if err != nil {
		return account{}, err
	}
	return account{
		Platform: &query.Platform{
			Platform: p.plan, Inventory: p.inventory, Caller: caller, State: state, Health: caller.Health,
			Scope:  a.engines.scopes.account(p, a.engines.mappings[p.plan.Mapping], credentials),
			Ledger: a.policies.ledgerOf(p.config.Name),
		},
		config: p.config,
		key:    key,
		call:   config,
	}, nil
}

// resolveCredentials replaces the placeholders of credentials. Its errors
// repeat a placeholder, never what one stands for.
func resolveCredentials(repl *caddy.Replacer, written map[string]string) (map[string]string, error) {
	resolved := make(map[string]string, len(written))
	for _, name := range slices.Sorted(maps.Keys(written)) {
		value, err := repl.ReplaceOrErr(written[name], true, true)
		if err == nil && value == "" {
			err = errors.New("the value is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("resolving credential %s: %w", name, err)
		}
		resolved[name] = value
	}
	return resolved, nil
}

// checkCredentials holds credentials against the names that the mapping gives them.
func checkCredentials(plan *mapping.Platform, credentials map[string]string) error {
	for _, name := range plan.Credentials {
		if _, ok := credentials[name]; !ok {
			return fmt.Errorf("the credential %s is missing; the mapping %s needs %s", name, plan.Mapping, strings.Join(plan.Credentials, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(credentials)) {
		if !slices.Contains(plan.Credentials, name) {
			return fmt.Errorf("the credential %s is not one of the mapping %s, which has %s", name, plan.Mapping, strings.Join(plan.Credentials, ", "))
		}
	}
	return nil
}
