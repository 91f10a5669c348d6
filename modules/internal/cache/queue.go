package cache

import (
	"container/list"
	"sync"
)

// The bounds of what waits for the store, in bytes of items, and of one batch.
const (
	maxWaiting      = 16 << 20
	maxBatchBytes   = 4 << 20
	maxBatchEntries = 256
)

// queue holds the entries that are not written to the store yet, the oldest first. They leave it
// when they are written, so that a read of memory, queue and store, in this order, misses none.
type queue struct {
	mu      sync.Mutex
	items   map[string]*list.Element // of *item, by key
	order   list.List
	bytes   int64
	flying  map[*item]bool // are being written
	leftOut uint64
}

// get returns what waits under a key.
func (q *queue) get(key string) *item {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.items[key]; e != nil {
		return e.Value.(*item)
	}
	return nil
}

// add lets items wait, each in place of what waited under its key. Where that makes too many, the
// oldest are left out; it returns how many.
func (q *queue) add(items []*item) (leftOut int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.items == nil {
		q.items = map[string]*list.Element{}
	}
	for _, it := range items {
		q.drop(q.items[it.key])
		q.items[it.key] = q.order.PushBack(it)
		q.bytes += it.cost
	}
	for q.bytes > maxWaiting {
		q.drop(q.order.Front())
		leftOut++
	}
	q.leftOut += uint64(leftOut)
	return leftOut
}

// batch returns the oldest that wait. They wait on until landed is told of them. What was dropped
// before it came to wait leaves without a word.
func (q *queue) batch(spared func(*item) bool) (batch []*item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := int64(0)
	q.flying = map[*item]bool{}
	for e := q.order.Front(); e != nil && len(batch) < maxBatchEntries && size < maxBatchBytes; {
		it, next := e.Value.(*item), e.Next()
		if spared(it) {
			batch = append(batch, it)
			q.flying[it] = true
			size += it.cost
		} else {
			q.drop(e)
		}
		e = next
	}
	return batch
}

// landed ends a batch. What was written waits no longer; where others wait under the same keys
// now, they do.
func (q *queue) landed(written []*item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying = nil
	q.remove(written)
}

// leaveOut ends a batch that is not written, and returns how many of it wait no longer.
func (q *queue) leaveOut(batch []*item) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying = nil
	n := q.remove(batch)
	q.leftOut += uint64(n)
	return n
}

// remove removes items, where no others wait under their keys, and returns how many it removed.
func (q *queue) remove(items []*item) (n int) {
	for _, it := range items {
		if e := q.items[it.key]; e != nil && e.Value == it {
			q.drop(e)
			n++
		}
	}
	return n
}

// withdraw adds a drop, removes what it picks, and returns how many these were. What is being
// written is not counted: the store will. No batch is taken between the one and the other.
func (q *queue) withdraw(add func() Mark, spared func(*item) bool) (m Mark, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	m = add()
	for e := q.order.Front(); e != nil; {
		it, next := e.Value.(*item), e.Next()
		if !spared(it) {
			if !q.flying[it] {
				n++
			}
			q.drop(e)
		}
		e = next
	}
	return m, n
}

func (q *queue) drop(e *list.Element) {
	if e == nil {
		return
	}
	it := q.order.Remove(e).(*item)
	delete(q.items, it.key)
	q.bytes -= it.cost
}

// size returns how many entries wait, their bytes, and how many were left out so far.
func (q *queue) size() (entries, bytes int64, leftOut uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int64(q.order.Len()), q.bytes, q.leftOut
}
