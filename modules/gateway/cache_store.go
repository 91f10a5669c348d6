package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/plugins"
)

// defaultStore is the module that keeps answers where the configuration names none.
const defaultStore = "disk"

// storeKey is what an open store belongs to, in the words of its module.
type storeKey struct{ key string }

// store opens a store once for all that use it: what is kept with another bound of
// memory uses the same file, and both are there while a configuration is replaced.
type store struct {
	key, dir string

	mu       sync.Mutex
	provider plugins.StoreProvider // of the present configuration
	opened   plugins.Store         // nil: nobody uses it
	users    int
}

// provisionStore loads the module of the store. Nothing is opened.
func (a *App) provisionStore(ctx caddy.Context, dir string) error {
	module, err := a.loadStore(ctx)
	if err != nil || module == nil {
		return err
	}
	provider, ok := module.(plugins.StoreProvider)
	if !ok {
		return fmt.Errorf("loading store: %T opens none", module)
	}
	a.storeProvider = provider
	key := storeKey{provider.StoreKey(dir)}
	a.store, err = borrow(&a.lease, key, func() (*store, error) {
		return &store{key: key.key, dir: dir, provider: provider}, nil
	})
	return err
}

// loadStore returns the module of the store; nil where there is none.
func (a *App) loadStore(ctx caddy.Context) (any, error) {
	if a.Cache != nil && a.Cache.MemoryOnly {
		return nil, nil
	}
	if a.Cache != nil && a.Cache.StoreRaw != nil {
		module, err := ctx.LoadModule(a.Cache, "StoreRaw")
		if err != nil {
			return nil, fmt.Errorf("loading store: %w", err)
		}
		return module, nil
	}
	if _, err := caddy.GetModule(storeNamespace + "." + defaultStore); err != nil {
		a.logger.Info("answers are kept in memory alone: the module " + storeNamespace + "." + defaultStore + " is not part of this build")
		return nil, nil
	}
	module, err := ctx.LoadModuleByID(storeNamespace+"."+defaultStore, nil)
	if err != nil {
		return nil, fmt.Errorf("loading store: %w", err)
	}
	return module, nil
}

// use makes a provider the one that opens the store from now on: modules of a
// configuration end with it.
func (s *store) use(p plugins.StoreProvider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.provider = p
}

// open opens the store, or returns the one that is open.
func (s *store) open(ctx context.Context) (plugins.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened == nil {
		opened, err := s.provider.OpenStore(ctx, s.dir)
		if err != nil {
			return nil, err
		}
		if opened == nil {
			return nil, errors.New("the module opened no store and said no error")
		}
		s.opened = opened
	}
	s.users++
	return &openStore{Store: s.opened, of: s}, nil
}

// openStore is an open store for one that uses it.
type openStore struct {
	plugins.Store
	of     *store
	closed sync.Once
}

// Close closes the store when nobody else uses it.
func (o *openStore) Close() (err error) {
	o.closed.Do(func() {
		s := o.of
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users--; s.users == 0 {
			err = s.opened.Close()
			s.opened = nil
		}
	})
	return err
}
