package cache

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/plugins"
)

// DefaultMemory is the default of [Config].Memory: 256 MiB.
const DefaultMemory = 256 << 20

// Observer is told what there is to count. It must be safe for concurrent use, fast, and
// not call the cache.
type Observer interface {
	// Served counts a report or list: outcome is hit, stale, miss or coalesced; saved is the
	// number of native calls that were not made. The cache itself does not call it.
	Served(platform, operation, outcome string, saved int)
	// StoreFailed counts what the store did not do: opening, reading, writing, dropping.
	StoreFailed(doing string)
	// Evicted counts what had to leave for want of room: entries and answers from memory
	// ([LevelMemory]), entries from those that wait for the store ([LevelWaiting]).
	Evicted(level string, entries int)
}

// The levels of [Observer].Evicted.
const (
	LevelMemory  = "memory"
	LevelWaiting = "waiting"
)

// Config is what a [Cache] is made of.
type Config struct {
	// Memory bounds the memory of entries and answers together, in bytes, with what keeping them
	// takes. Default: [DefaultMemory].
	Memory int64
	// Open opens the second level. Nil: memory only.
	Open func(context.Context) (plugins.Store, error)
	// Now is the clock. Default: [clock.Now].
	Now func() time.Time
	// Observer counts. Default: nobody does.
	Observer Observer
	// Warn is told when the store begins to fail, with the error, and when it works again,
	// with none. Default: nobody is.
	Warn func(msg string, err error)
	// Patience is how long Get waits for the store. Default: 1 s.
	Patience time.Duration
	// Retry is how long a store that failed is left alone. Default: 30 s.
	Retry time.Duration
	// Hash finds the place of a key in memory. It is for tests, which let different keys
	// have one place. Default: a hash that nobody outside can foresee.
	Hash func(key []byte) uint64
}

// Cache is both levels. It is safe for concurrent use; after Close it is empty and stays so.
type Cache struct {
	now    func() time.Time
	drops  drops
	memory *memory
	lower  *lower
	closed atomic.Bool
	// the sweeper frees what was dropped or has expired; see sweep.
	sweeping sync.Mutex
	swept    chan struct{}
	dirty    chan struct{}
	start    sync.Once
	close    sync.Once
	stop     chan struct{}
}

// New makes a cache. It opens nothing: see [Cache.Start].
func New(config Config) (*Cache, error) {
	switch {
	case config.Memory < 0:
		return nil, fmt.Errorf("a cache cannot have %d bytes of memory", config.Memory)
	case config.Memory == 0:
		config.Memory = DefaultMemory
	}
	if config.Now == nil {
		config.Now = clock.Now
	}
	if config.Observer == nil {
		config.Observer = nobody{}
	}
	if config.Warn == nil {
		config.Warn = func(string, error) {}
	}
	if config.Patience <= 0 {
		config.Patience = defaultPatience
	}
	if config.Retry <= 0 {
		config.Retry = defaultRetry
	}
	memory, err := newMemory(config.Memory, config.Hash, func(n int) { config.Observer.Evicted(LevelMemory, n) })
	if err != nil {
		return nil, err
	}
	c := &Cache{now: config.Now, memory: memory, dirty: make(chan struct{}, 1), stop: make(chan struct{})}
	c.lower = newLower(&config, &c.drops)
	return c, nil
}

// Start opens the store, in the background. Until it is open, and without Start, only memory is
// used, and what is put waits for the store.
func (c *Cache) Start() {
	c.start.Do(func() {
		c.lower.start()
		c.swept = make(chan struct{})
		go c.sweepAlways()
	})
}

// Close writes what waits for the store, if that is open, and frees everything. It takes 5 s at most: what a
// store that hangs has not written by then is lost.
func (c *Cache) Close() {
	c.close.Do(func() {
		c.closed.Store(true)
		c.start.Do(func() {}) // never from now on
		close(c.stop)
		c.lower.close()
		if c.swept != nil {
			<-c.swept
		}
		c.memory.close()
	})
}

// Mark returns the present moment in the order of drops. It is taken before a fetch: what
// is dropped afterwards is neither kept nor found.
func (c *Cache) Mark() Mark { return c.drops.now() }

// Get returns the entries of keys, in their order; nil for those that are not there: never put, dropped,
// expired, evicted, or not to be read. What memory lacks is asked of the store together.
func (c *Cache) Get(ctx context.Context, keys []Key) []*Entry {
	entries := make([]*Entry, len(keys))
	var missing []missed
	for i := range keys {
		place := c.memory.place(keys[i][:])
		version := c.memory.version(place).Load() // before memory is looked at
		entries[i] = c.current(c.memory.get(place, keys[i][:], false))
		if entries[i] == nil && c.lower.open != nil {
			missing = append(missing, missed{i, place, version})
		}
	}
	if len(missing) > 0 && !c.closed.Load() {
		c.getLower(ctx, keys, missing, entries)
	}
	return entries
}

// missed is a key that memory lacks: its index, its place, and the version of that before.
type missed struct {
	index   int
	place   uint64
	version uint32
}

// getLower looks for what memory lacks among what waits for the store, and then in the store.
func (c *Cache) getLower(ctx context.Context, keys []Key, missing []missed, entries []*Entry) {
	asked := missing[:0]
	for _, m := range missing {
		if it := c.lower.queue.get(string(keys[m.index][:])); it != nil {
			entries[m.index] = c.promote(it, m)
			continue // whatever it is: what lies in the store is older
		}
		asked = append(asked, m)
	}
	if len(asked) == 0 {
		return
	}
	names := make([]Key, len(asked))
	for i, m := range asked {
		names[i] = keys[m.index]
	}
	found, asOf := c.lower.get(ctx, names)
	for i, m := range asked {
		if found[i] != nil {
			it := newEntry(found[i], asOf)
			it.place = m.place
			entries[m.index] = c.promote(it, m)
		}
	}
}

// promote lets memory keep what was found below it, and returns its entry if that is there for readers.
func (c *Cache) promote(it *item, m missed) *Entry {
	e := c.current(it)
	if e != nil {
		c.memory.promote(it, m.version)
	}
	return e
}

// current returns the entry of an item, unless it was dropped or has expired.
func (c *Cache) current(it *item) *Entry {
	if it == nil || !c.drops.spares(it) || !it.expires.After(c.now()) {
		return nil
	}
	return it.entry
}

// Put keeps copies of entries of which the fetch began at m, unless they were dropped since. Get finds them
// when Put has returned. The store has them later, when it can.
func (c *Cache) Put(m Mark, entries []*Entry) {
	if c.closed.Load() {
		return
	}
	items := make([]*item, 0, len(entries))
	for _, e := range entries {
		it := newEntry(e.clone(), m)
		it.place = c.memory.place(e.Key[:])
		if c.drops.spares(it) {
			items = append(items, it)
		}
	}
	// The store's queue is first: what is in memory no more has to be found there.
	c.lower.put(items)
	c.memory.put(items...)
}

// Drop forgets what the selection picks, on both levels, answers made of it, and what fetches under way
// will put of it. It returns how many entries these were, about. An error says that the store
// has not carried out the drop so far: it holds all the same, and the store is asked
// again before it is used. Only when that does not succeed until the process ends
// may the next one find in the store what was dropped, if it has not expired by then.
func (c *Cache) Drop(ctx context.Context, s plugins.StoreSelection) (int, error) {
	if c.lower.open == nil {
		c.drops.add(s)
		return c.sweep(), nil
	}
	n, waiter, err := c.lower.drop(s)
	select {
	case c.dirty <- struct{}{}:
	default: // the sweeper has been told
	}
	if waiter != nil {
		var stored int
		stored, err = waiter.await(ctx)
		n += stored
	}
	if err != nil {
		return n, fmt.Errorf("dropping in the store: %w", err)
	}
	return n, nil
}

// Answer returns what was kept under key by [Cache.KeepAnswer]. It looks in memory only, and
// takes a fraction of a microsecond.
func (c *Cache) Answer(key []byte) (value any, ok bool) {
	it := c.memory.get(c.memory.place(key), key, true)
	if it == nil || !c.drops.spares(it) || !it.expires.After(c.now()) {
		return nil, false
	}
	return it.value, true
}

// KeepAnswer keeps a value that takes size bytes and was made of what has the labels and was known at m. It is
// there until the given moment, or until something is dropped that has one of the labels.
func (c *Cache) KeepAnswer(m Mark, key []byte, labels []Labels, value any, size int64, until time.Time) {
	if c.closed.Load() {
		return
	}
	it := newAnswer(m, key, labels, value, size, until)
	it.place = c.memory.place(key)
	if c.drops.spares(it) {
		c.memory.put(it)
	}
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Served(string, string, string, int) {}
func (nobody) StoreFailed(string)                 {}
func (nobody) Evicted(string, int)                {}
