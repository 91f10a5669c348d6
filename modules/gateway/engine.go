package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// cursorSecret is the file, in the data directory, of the secret that
// authenticates cursors.
const cursorSecret = "cursor.key"

// loadSurface compiles the surface once: it is the same for every configuration.
var loadSurface = sync.OnceValues(func() (*surface.Surface, error) { return surface.Load(mappings.Surface) })

// engines answers requests: one engine for all clients, and one of its own for
// each client that has native accounts of its own, so that no row which was
// read with one client's credentials is ever given to another.
type engines struct {
	common   *query.Engine
	own      map[string]*query.Engine
	accounts []account                    // those of all clients, then each client's own
	mappings map[string][sha256.Size]byte // digests of their texts, by name
	scopes   scopes

	inventories inventory.Set
}

// Engine returns what answers the requests of a client, by its name.
func (a *App) Engine(client string) *query.Engine {
	if e := a.engines.own[client]; e != nil {
		return e
	}
	return a.engines.common
}

// provisionEngines compiles the platforms and makes the engines.
func (a *App) provisionEngines(ctx caddy.Context) error {
	set, err := a.loadMappings()
	if err != nil {
		return fmt.Errorf("loading mappings: %w", err)
	}
	if a.cursors, err = a.lease.secret(filepath.Join(a.DataDir, cursorSecret)); err != nil {
		return err
	}
	a.engines.scopes = newScopes(a.cursors.value)
	repl := caddy.NewReplacer()
	platforms := make([]*platform, len(a.Platforms))
	common := make([]account, len(a.Platforms))
	for i, c := range a.Platforms {
		if slices.ContainsFunc(a.Platforms[:i], func(other *Platform) bool { return other.Name == c.Name }) {
			return fmt.Errorf("%s: there is another platform of this name", c.where())
		}
		platforms[i], err = a.newPlatform(ctx, repl, set, c)
		switch {
		case err != nil:
		case a.onlyOwn(c):
			common[i] = absentAccount(platforms[i])
		default:
			common[i], err = a.newAccount(ctx, repl, platforms[i], c.Credentials)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.where(), err)
		}
	}
	a.engines.accounts = slices.Clone(common)
	if a.engines.common, err = a.newEngine("", common); err != nil {
		return err
	}
	a.engines.own = make(map[string]*query.Engine)
	for i := range a.Clients {
		if err := a.provisionOwn(ctx, repl, &a.Clients[i], platforms, common); err != nil {
			return err
		}
	}
	return nil
}

// provisionOwn makes the engine of a client that has accounts of its own.
func (a *App) provisionOwn(ctx caddy.Context, repl *caddy.Replacer, c *clientauth.Client, platforms []*platform, common []account) error {
	if len(c.Credentials) == 0 {
		return nil
	}
	own := slices.Clone(common)
	for i, p := range platforms {
		written := c.Credentials[p.config.Name]
		if len(written) == 0 {
			continue
		}
		var err error
		if own[i], err = a.newAccount(ctx, repl, p, written); err != nil {
			return fmt.Errorf("client %q, at %s: platform %s: %w", c.Name, c.DeclaredAt, p.config.Name, err)
		}
		own[i].client = c.Name
		a.engines.accounts = append(a.engines.accounts, own[i])
	}
	engine, err := a.newEngine(c.Name, own)
	a.engines.own[c.Name] = engine
	return err
}

// newEngine makes the engine of a client, or of all others where client is
// empty. Cursors of one engine mean nothing to another.
func (a *App) newEngine(client string, accounts []account) (*query.Engine, error) {
	secret := a.cursors.value
	if client != "" {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(client))
		secret = h.Sum(nil)
	}
	platforms := make([]*query.Platform, len(accounts))
	for i, acc := range accounts {
		platforms[i] = acc.Platform
	}
	config := query.Config{
		Surface:   a.surface,
		Platforms: platforms,
		Secret:    secret,
		Cache:     a.answers.cache,
		Identity:  a.engines.scopes.engine(client, accounts, a.Cache),
		Now:       clock.Now,

		UnknownEnums: countUnknownEnums,
		Changed:      a.Changed,
		Fresh:        a.policies.fresh,
	}
	if !a.Cache.off() {
		config.Keeper, config.Ledger = a.answers.keeper, a.ledger
	}
	return query.New(config)
}

// loadMappings reads the bundled mappings and those of the configured folders.
func (a *App) loadMappings() (mapping.Set, error) {
	labels := []string{"mappings"}
	systems := []fs.FS{a.bundled}
	for _, folder := range a.Mappings {
		if _, err := os.ReadDir(folder); err != nil {
			return nil, err
		}
		label := filepath.Clean(folder)
		if base := filepath.Base(label); base == "." || base == ".." {
			var err error
			if label, err = filepath.Abs(label); err != nil { // a folder has a name
				return nil, err
			}
		}
		labels = append(labels, filepath.ToSlash(label))
		systems = append(systems, os.DirFS(folder))
	}
	a.engines.mappings = make(map[string][sha256.Size]byte)
	for i, fsys := range systems {
		for _, pattern := range []string{"mapping.yaml", "*/mapping.yaml"} {
			names, err := fs.Glob(fsys, pattern)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				text, err := fs.ReadFile(fsys, name)
				if err != nil {
					return nil, err
				}
				// the folder has the mapping's name, or loading it fails
				a.engines.mappings[path.Base(path.Dir(path.Join(labels[i], name)))] = sha256.Sum256(text)
			}
		}
	}
	label := func(i int) string { return labels[i] }
	var err error
	if a.engines.inventories, err = inventory.Load(label, systems...); err != nil {
		return nil, err
	}
	return mapping.Load(label, systems...)
}
