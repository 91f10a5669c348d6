package query

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// DefaultWalkMemory is the default bound of [Walks], in bytes.
const DefaultWalkMemory = 128 << 20

// Walks keeps, in memory and bounded, the rows that a platform gave for a list and
// that no page has shown yet, so that the next page need not ask again. What is not
// found is read from the platform once more: a walk is never wrong for want of memory.
//
// The memory for it is taken with the first rows that are kept: of many clients with
// accounts of their own few ask for a second page.
type Walks struct {
	size  int64
	cache atomic.Pointer[ristretto.Cache[string, *walk]] // nil: nothing was kept so far
	mu    sync.Mutex                                     // of making the cache
	// changes counts the changes that were made at each platform: what was read
	// before one is not shown after it.
	changes sync.Map // of *atomic.Uint64, by platform
}

// Changed tells that something was changed at a platform.
func (w *Walks) Changed(platform string) { w.counter(platform).Add(1) }

// era tells rows apart that were read before and after a change at a platform.
func (w *Walks) era(platform string) uint64 { return w.counter(platform).Load() }

func (w *Walks) counter(platform string) *atomic.Uint64 {
	n, ok := w.changes.Load(platform)
	if !ok {
		n, _ = w.changes.LoadOrStore(platform, new(atomic.Uint64))
	}
	return n.(*atomic.Uint64)
}

// walk is what one platform gave for one list so far. It is not changed once kept.
type walk struct {
	key   string // compared on reading, since the cache knows only its hash
	ready []ref
	held  []ref
	pager pager
	done  bool
	asOf  time.Time
	era   uint64
	// failed is what ended the reading; the rows before it are shown all the same.
	failed *problem.Problem

	report *report.Result // of a report: all that it has
}

// over tells whether the platform has nothing more to give: such a walk serves every page.
func (v *walk) over() bool { return v.done || v.failed != nil }

// NewWalks makes a store of the given size in bytes; zero: [DefaultWalkMemory].
func NewWalks(size int64) (*Walks, error) {
	switch {
	case size < 0:
		return nil, fmt.Errorf("the store of walks cannot have %d bytes", size)
	case size == 0:
		size = DefaultWalkMemory
	}
	return &Walks{size: size}, nil
}

// opened returns the cache, and makes it where there is none.
func (w *Walks) opened() (*ristretto.Cache[string, *walk], error) {
	if cache := w.cache.Load(); cache != nil {
		return cache, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if cache := w.cache.Load(); cache != nil {
		return cache, nil
	}
	cache, err := ristretto.NewCache(&ristretto.Config[string, *walk]{
		NumCounters: 100_000, MaxCost: w.size, BufferItems: 64,
	})
	if err != nil {
		return nil, fmt.Errorf("making the store of walks: %w", err)
	}
	w.cache.Store(cache)
	return cache, nil
}

// Close frees the store. Nothing may use it afterwards.
func (w *Walks) Close() {
	if cache := w.cache.Load(); cache != nil {
		cache.Close()
	}
}

func (w *Walks) get(key string) *walk {
	cache := w.cache.Load()
	if cache == nil {
		return nil
	}
	v, ok := cache.Get(key)
	if !ok || v.key != key {
		return nil
	}
	return v
}

// put keeps a walk until its cursor expires. It waits until the walk can be read
// back: the next page may be asked for at once.
func (w *Walks) put(key string, v *walk) {
	cache, err := w.opened()
	if err != nil {
		return // the rows are read again
	}
	v.key = key
	cache.SetWithTTL(key, v, v.cost(), CursorLife)
	cache.Wait()
}

// cost is the memory of a walk in bytes, about.
func (v *walk) cost() int64 {
	seen := map[*page]bool{}
	n := int64(256)
	if v.report != nil {
		n += int64(len(v.report.Rows)*(len(v.report.Dimensions)+len(v.report.Metrics))) * 96
	}
	for _, list := range [][]ref{v.ready, v.held} {
		n += int64(len(list)) * 24
		for _, r := range list {
			if !seen[r.page] {
				seen[r.page] = true
				n += int64(cap(r.page.Data) + r.page.Len()*64)
			}
		}
	}
	return n
}
