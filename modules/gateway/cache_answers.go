package gateway

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/reportcache"
	"github.com/tributary-gateway/tributary/plugins"
)

// answersKey is what kept answers belong to: another bound of memory or another store
// makes other ones.
type answersKey struct {
	dir    string
	memory int64
	store  string
}

// fetchDeadline is how long rows may be fetched for whoever waits for them, with all
// their pages. Each request among them ends by the timeout of its platform.
const fetchDeadline = 15 * time.Minute

// answers are what is kept of the platforms' answers. It outlives the configurations that
// use it, one after the other: how long things are kept is asked of the present one.
type answers struct {
	cache   *cache.Cache
	keeper  *reportcache.Keeper
	present atomic.Pointer[policies]
	again   again
}

// newAnswers makes them with no more than the given memory. open opens the store; nil: there is none.
func newAnswers(memory int64, open func(context.Context) (plugins.Store, error)) (*answers, error) {
	s := new(answers)
	var err error
	s.cache, err = cache.New(cache.Config{
		Memory: memory, Open: open, Now: clock.Now, Observer: counts, Warn: warner("cache"),
	})
	if err != nil {
		return nil, err
	}
	s.again.drop, s.again.after = func(again plugins.StoreSelection) { s.drop(again) }, unsettled
	s.keeper = reportcache.New(reportcache.Config{
		Cache: s.cache, Now: clock.Now, Observer: counts, Deadline: fetchDeadline,
		Policy: func(platform, operation string) reportcache.Policy {
			return s.present.Load().rows(platform, operation)
		},
	})
	return s, nil
}

// Close ends what runs in the background, and writes what waits for the store.
func (s *answers) Close() {
	s.again.close()
	s.keeper.Close()
	s.cache.Close()
}

// drop forgets what a selection picks. It tells whether the store has done it: else it does
// it later, and the drop holds until then.
func (s *answers) drop(selection plugins.StoreSelection) (told bool) {
	_, err := s.cache.Drop(context.Background(), selection)
	return err == nil
}

// warner returns a function that logs what concerns more than one configuration.
func warner(name string) func(msg string, err error) {
	return func(msg string, err error) {
		logger := caddy.Log().Named("tributary." + name)
		if err == nil {
			logger.Info(msg)
			return
		}
		logger.Warn(msg, zap.Error(err))
	}
}

// collectors is the part of the memory that is left to Go's garbage collector, which by
// default lets what is dead take as much as what is alive.
const collectors = 2

// provisionCache takes over what is kept from the configuration before, or makes room for it.
func (a *App) provisionCache(ctx caddy.Context) error {
	a.policies = &policies{cache: a.Cache, surface: a.surface}
	if err := a.Cache.validate(a.surface, a.platformNames()); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	dir, err := filepath.Abs(a.DataDir)
	if err != nil {
		return err
	}
	// what uses store and ledger is borrowed after them, so that it ends before
	if !a.Cache.off() {
		if err := a.provisionStore(ctx, dir); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		a.ledger, err = borrow(&a.lease, ledgerKey{dir}, func() (*ledger.Ledger, error) {
			return ledger.New(ledger.Config{Path: filepath.Join(dir, ledgerFile), Now: clock.Now, Warn: warner("ledger"), Observer: ledgerCounts}), nil
		})
		if err != nil {
			return err
		}
	}
	path := filepath.Join(dir, changesFile)
	a.changes, err = borrow(&a.lease, changesKey{path}, func() (*changes, error) { return &changes{path: path}, nil })
	if err != nil {
		return err
	}
	key := answersKey{dir: dir, memory: a.Cache.memory() / collectors}
	var open func(context.Context) (plugins.Store, error)
	if a.store != nil {
		key.store, open = a.store.key, a.store.open
	}
	a.answers, err = borrow(&a.lease, key, func() (*answers, error) { return newAnswers(key.memory, open) })
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	a.answers.present.CompareAndSwap(nil, a.policies)
	return nil
}

// ledgerFile is the file, in the data directory, of conversions that are kept.
const ledgerFile = "ledger.db"

// ledgerKey is what the ledger belongs to: one can be open in a data directory.
type ledgerKey struct{ dir string }

// startCache begins to use the disk, and to go by this configuration.
func (a *App) startCache() {
	a.replaced = a.answers.present.Swap(a.policies)
	a.startStore()
	if a.ledger == nil {
		return
	}
	a.ledger.Start()
	// what it has, the first client is to get: without it, reports would go past the ledger
	// to the platforms. A disk that hangs delays the start no longer than this.
	ctx, cancel := context.WithTimeout(context.Background(), openPatience)
	defer cancel()
	a.ledger.Opened(ctx)
}

// openPatience is how long the start of the gateway waits for the ledger.
const openPatience = 2 * time.Second

// stopCache goes by the configuration before again, where this one was not replaced
// but given up.
func (a *App) stopCache() {
	a.changes.leave(a)
	if a.replaced != nil {
		a.answers.present.CompareAndSwap(a.policies, a.replaced)
	}
}

// Kept returns where answers are kept; nil where the configuration lets none be.
func (a *App) Kept() *cache.Cache {
	if a.Cache.off() {
		return nil
	}
	return a.answers.cache
}

// Observer returns what counts how answers were made. It is never nil.
func (a *App) Observer() cache.Observer { return counts }
