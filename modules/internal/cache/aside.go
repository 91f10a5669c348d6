package cache

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// aside holds the latest items that ristretto refused, since the ones that it has were read more
// often: the next read of something new is often at once. The first in leaves first.
type aside struct {
	max   int64
	count atomic.Int64 // of items: mostly none, and then nothing is locked
	mu    sync.RWMutex
	items map[uint64]*list.Element // of *item, by place
	order list.List
	bytes int64
}

func (a *aside) get(place uint64) *item {
	if a.count.Load() == 0 {
		return nil
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if e := a.items[place]; e != nil {
		return e.Value.(*item)
	}
	return nil
}

// add puts an item at its place, and returns how many had to leave for it, perhaps itself.
func (a *aside) add(it *item) (left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(a.items[it.place])
	if it.cost > a.max {
		return 1
	}
	if a.items == nil {
		a.items = map[uint64]*list.Element{}
	}
	a.items[it.place] = a.order.PushBack(it)
	a.bytes += it.cost
	a.count.Add(1)
	for a.bytes > a.max {
		a.drop(a.order.Front())
		left++
	}
	return left
}

// remove removes what is at a place.
func (a *aside) remove(place uint64) {
	if a.count.Load() == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(a.items[place])
}

// removeItem removes an item, if it is there.
func (a *aside) removeItem(it *item) {
	if a.get(it.place) != it {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.items[it.place]; e != nil && e.Value == it {
		a.drop(e)
	}
}

func (a *aside) drop(e *list.Element) {
	if e == nil {
		return
	}
	it := a.order.Remove(e).(*item)
	delete(a.items, it.place)
	a.bytes -= it.cost
	a.count.Add(-1)
}

func (a *aside) each(yield func(*item) bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for e := a.order.Front(); e != nil; e = e.Next() {
		if !yield(e.Value.(*item)) {
			return
		}
	}
}

func (a *aside) size() int64 {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.bytes
}

func (a *aside) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.items, a.bytes = nil, 0
	a.order.Init()
	a.count.Store(0)
}
