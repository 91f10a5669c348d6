package query

import (
	"fmt"
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
type Walks struct {
	cache *ristretto.Cache[string, *walk]
}

// walk is what one platform gave for one list so far. It is not changed once kept.
type walk struct {
	key   string // compared on reading, since the cache knows only its hash
	ready []ref
	held  []ref
	pager pager
	done  bool
	asOf  time.Time
	// failed is what ended the reading; the rows before it are shown all the same.
	failed *problem.Problem

	report *report.Result // of a report: all that it has
}

// over tells whether the platform has nothing more to give: such a walk serves every page.
func (v *walk) over() bool { return v.done || v.failed != nil }

// NewWalks makes a store of the given size in bytes; zero: [DefaultWalkMemory].
func NewWalks(size int64) (*Walks, error) {
	if size == 0 {
		size = DefaultWalkMemory
	}
	cache, err := ristretto.NewCache(&ristretto.Config[string, *walk]{
		NumCounters: 100_000, MaxCost: size, BufferItems: 64,
	})
	if err != nil {
		return nil, fmt.Errorf("making the store of walks: %w", err)
	}
	return &Walks{cache: cache}, nil
}

// Close frees the store. Nothing may use it afterwards.
func (w *Walks) Close() { w.cache.Close() }

func (w *Walks) get(key string) *walk {
	v, ok := w.cache.Get(key)
	if !ok || v.key != key {
		return nil
	}
	return v
}

// put keeps a walk until its cursor expires. It waits until the walk can be read
// back: the next page may be asked for at once.
func (w *Walks) put(key string, v *walk) {
	v.key = key
	w.cache.SetWithTTL(key, v, v.cost(), CursorLife)
	w.cache.Wait()
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
