package cache

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/ristretto/v2"
)

const (
	gateCount    = 64
	versionCount = 1024
	// asideShare is the part of memory for what ristretto refused.
	asideShare = 16
	// counterBytes is for how many bytes of memory ristretto counts one key's reads: ten keys for each
	// entry of 5 KiB. It takes about 3 bytes for each.
	counterBytes = 512
	minCounters  = 1 << 10
	// maxBatch is how many items are on their way into ristretto at once: fewer than it has room for.
	maxBatch = 1 << 10
)

// memory is the first level: ristretto, and beside it what ristretto refused.
//
// Of ristretto it takes which items to keep, and nothing more: keys are compared here,
// since ristretto knows only their hashes; expiry follows another clock; and
// writes are done one after the other, each waited for, since two of one key that wait
// together leave the older, and those that meet a full buffer are lost.
type memory struct {
	cache *ristretto.Cache[uint64, *item]
	seed  maphash.Seed
	hash  func([]byte) uint64 // in place of seed, for tests
	bound int64
	max   int64 // of one item
	aside aside

	// gates let reads end before ristretto is closed, which nothing may use afterwards.
	gates   [gateCount]gate
	write   sync.Mutex // of all that changes ristretto
	closed  bool       // under write
	closing atomic.Bool

	// versions count what was put, by place: what was read from the store before
	// a put is not kept over it.
	versions [versionCount]atomic.Uint32

	evictions atomic.Uint64
	evicted   func(entries int)
}

// gate is a lock on its own line of the processor's cache.
type gate struct {
	sync.RWMutex
	closed bool
	_      [64 - 25]byte
}

func newMemory(bound int64, hash func([]byte) uint64, evicted func(int)) (*memory, error) {
	m := &memory{seed: maphash.MakeSeed(), hash: hash, bound: bound, max: bound - bound/asideShare}
	m.aside.max = bound / asideShare
	m.evicted = func(n int) {
		m.evictions.Add(uint64(n))
		evicted(n)
	}
	cache, err := ristretto.NewCache(&ristretto.Config[uint64, *item]{
		NumCounters: max(bound/counterBytes, minCounters),
		MaxCost:     m.max,
		BufferItems: 64,
		// the costs of items say what keeping them takes
		IgnoreInternalCost: true,
		// without a second hash a new item takes the place of one that clashes with it
		KeyToHash: func(place uint64) (uint64, uint64) { return place, 0 },
		OnEvict: func(*ristretto.Item[*item]) {
			if !m.closing.Load() {
				m.evicted(1)
			}
		},
		OnReject: func(i *ristretto.Item[*item]) { m.setAside(i.Value) },
	})
	if err != nil {
		return nil, fmt.Errorf("making the memory of the cache: %w", err)
	}
	m.cache = cache
	return m, nil
}

// place returns where a key is kept. The key does not escape.
func (m *memory) place(key []byte) uint64 {
	if m.hash != nil {
		return m.hash(bytes.Clone(key))
	}
	return maphash.Bytes(m.seed, key)
}

// get returns the item under a key, whatever has become of it meanwhile.
func (m *memory) get(place uint64, key []byte, answer bool) *item {
	g := &m.gates[place%gateCount]
	g.RLock()
	if g.closed {
		g.RUnlock()
		return nil
	}
	it, found := m.cache.Get(place)
	g.RUnlock()
	if found && it.is(key, answer) {
		return it
	}
	if it = m.aside.get(place); it != nil && it.is(key, answer) {
		return it
	}
	return nil
}

// version changes with every put at a place, before the put can be seen to have ended.
func (m *memory) version(place uint64) *atomic.Uint32 { return &m.versions[place%versionCount] }

// put keeps items, each over what is under its key. They are found when put returns, except what had to
// leave again for want of room.
func (m *memory) put(items ...*item) {
	m.write.Lock()
	defer m.write.Unlock()
	m.keepAll(items)
	for _, it := range items {
		m.version(it.place).Add(1)
	}
}

// promote keeps an item that was found below memory, unless something was put at its place since version was read.
func (m *memory) promote(it *item, version uint32) {
	m.write.Lock()
	defer m.write.Unlock()
	if m.version(it.place).Load() == version {
		m.keep(it)
	}
}

// keepAll is keep for many: it waits for ristretto once, and then repeats by itself what did not go
// well because another item of the same batch was on its way.
func (m *memory) keepAll(items []*item) {
	for batch := range slices.Chunk(items, maxBatch) {
		if len(batch) > 1 && !m.closed {
			for _, it := range batch {
				if it.cost <= m.max && m.fits(it) {
					m.cache.Set(it.place, it, it.cost)
				}
			}
			m.cache.Wait()
		}
		for i, it := range batch {
			later := func(other *item) bool { return other.place == it.place }
			if !m.kept(it) && !slices.ContainsFunc(batch[i+1:], later) {
				m.keep(it)
			}
		}
	}
}

// keep is called under write: nothing else waits in ristretto then.
func (m *memory) keep(it *item) {
	switch {
	case m.closed:
		return
	case it.cost > m.max:
		m.forget(it.place) // what it replaces
		m.evicted(1)
		return
	case !m.fits(it):
		m.aside.add(it)
		m.cache.Del(it.place)
	}
	if !m.cache.Set(it.place, it, it.cost) {
		m.setAside(it)
	}
	m.cache.Wait()
	m.kept(it)
}

// fits tells whether an item can take the place of what is there: ristretto would let it grow beyond the bound.
func (m *memory) fits(it *item) bool {
	old, found := m.cache.Get(it.place)
	return !found || it.cost-old.cost <= m.cache.RemainingCost()
}

// kept tells whether an item is what readers find in its place. What is in ristretto is not aside as well.
func (m *memory) kept(it *item) bool {
	now, found := m.cache.Get(it.place)
	if !found {
		return m.aside.get(it.place) == it
	}
	if now == it {
		m.aside.remove(it.place)
	}
	return now == it
}

func (m *memory) setAside(it *item) {
	if n := m.aside.add(it); n > 0 {
		m.evicted(n)
	}
}

func (m *memory) forget(place uint64) {
	m.cache.Del(place)
	m.aside.remove(place)
}

// each calls yield for all items until it returns false.
func (m *memory) each(yield func(*item) bool) {
	stopped := false
	m.cache.IterValues(func(it *item) bool {
		stopped = !yield(it)
		return stopped
	})
	if !stopped {
		m.aside.each(yield)
	}
}

// remove frees items, where they are still in their places.
func (m *memory) remove(items []*item) {
	for _, it := range items {
		m.write.Lock()
		if !m.closed {
			if now, found := m.cache.Get(it.place); found && now == it {
				m.cache.Del(it.place)
			}
			m.aside.removeItem(it)
		}
		m.write.Unlock()
	}
}

// used returns how many bytes are taken.
func (m *memory) used() int64 {
	m.write.Lock()
	defer m.write.Unlock()
	if m.closed {
		return 0
	}
	m.cache.Wait() // for what was removed
	return m.max - m.cache.RemainingCost() + m.aside.size()
}

func (m *memory) close() {
	m.closing.Store(true)
	m.write.Lock()
	defer m.write.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	for i := range m.gates {
		m.gates[i].Lock()
		m.gates[i].closed = true
		m.gates[i].Unlock()
	}
	m.cache.Close()
	m.aside.clear()
}
