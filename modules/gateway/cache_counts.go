package gateway

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// counts and ledgerCounts count for as long as the process runs, so that a reload loses nothing.
var counts, ledgerCounts = new(counters), new(counters)

// counters count how answers were made, by platform and operation. It implements the
// observers of cache, reportcache and ledger. What it has a line for is bounded by the
// platforms of the configurations and the operations of the surface.
type counters struct {
	mu    sync.Mutex // of adding lines
	lines atomic.Pointer[map[subject]*tally]

	evicted, failed words
}

// subject is what is counted by.
type subject struct{ platform, operation string }

// tally is how the answers of one operation of one platform were made.
type tally struct{ hits, stale, misses, coalesced, saved atomic.Uint64 }

// Served counts a report or list, by how it was made: hit, stale, miss or coalesced.
// saved is the number of native calls that were not made.
func (c *counters) Served(platform, operation, outcome string, saved int) {
	t := c.tally(subject{platform, operation})
	switch outcome {
	case outcomeHit:
		t.hits.Add(1)
	case outcomeStale:
		t.stale.Add(1)
	case outcomeMiss:
		t.misses.Add(1)
	case outcomeCoalesced:
		t.coalesced.Add(1)
	}
	if saved > 0 {
		t.saved.Add(uint64(saved))
	}
}

// The outcomes that are counted.
const (
	outcomeHit       = "hit"
	outcomeStale     = "stale"
	outcomeMiss      = "miss"
	outcomeCoalesced = "coalesced"
)

// StoreFailed counts what a store did not do.
func (c *counters) StoreFailed(doing string) { c.failed.add(doing, 1) }

// Evicted counts entries that were left out for want of room.
func (c *counters) Evicted(level string, entries int) { c.evicted.add(level, uint64(max(0, entries))) }

// tally returns the line of a subject. Lines are looked up far more often than made,
// so that they are read without a lock.
func (c *counters) tally(s subject) *tally {
	if lines := c.lines.Load(); lines != nil {
		if t := (*lines)[s]; t != nil {
			return t
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[subject]*tally{}
	if lines := c.lines.Load(); lines != nil {
		if t := (*lines)[s]; t != nil {
			return t
		}
		next = maps.Clone(*lines)
	}
	t := new(tally)
	next[s] = t
	c.lines.Store(&next)
	return t
}

// each gives the lines, by platform and operation.
func (c *counters) each(yield func(s subject, t *tally)) {
	lines := c.lines.Load()
	if lines == nil {
		return
	}
	for _, s := range slices.SortedFunc(maps.Keys(*lines), compareSubjects) {
		yield(s, (*lines)[s])
	}
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(a.platform, b.platform), cmp.Compare(a.operation, b.operation))
}

// words counts by a word, of which there are few.
type words struct {
	mu    sync.Mutex
	known map[string]uint64
}

func (w *words) add(word string, n uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil {
		w.known = make(map[string]uint64)
	}
	w.known[word] += n
}

// all returns a copy.
func (w *words) all() map[string]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.known)
}
