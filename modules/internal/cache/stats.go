package cache

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// statsPatience is how long the store may count.
const statsPatience = time.Second

// State is what can be said of the store.
type State string

// The states of a store.
const (
	Off     State = "off"     // there is none
	Opening State = "opening" // not open so far, or not started
	Ready   State = "ready"
	Failing State = "failing" // left alone, and tried again later
	Closed  State = "closed"
)

// Stats is what a [Cache] holds, and how its store is.
type Stats struct {
	Memory MemoryStats
	Store  StoreStats
	// Drops is the number of drops so far.
	Drops uint64
}

// MemoryStats is what memory holds.
type MemoryStats struct {
	// Bound is [Config].Memory; Used is how much of it is taken, in bytes.
	Bound, Used int64
	// Entries are those of Put, Answers those of KeepAnswer; an answer of several
	// platforms or operations has an empty word in their place. In order of names.
	Entries, Answers []Usage
	// Evicted is how many had to leave for want of room so far.
	Evicted uint64
}

// StoreStats is what the store holds.
type StoreStats struct {
	State State
	// Since is when the state began.
	Since time.Time
	// Error says why the store is failing, or did not open so far.
	Error string
	// Entries is what the store counts; nil when it cannot be asked. In order of names.
	Entries []Usage
	// Waiting is how many entries are not written yet, and WaitingBytes their size.
	// LeftOut is how many were not written so far, since too many waited.
	Waiting, WaitingBytes int64
	LeftOut               uint64
	// Undone is the number of drops that the store has still to carry out. What they
	// pick is not read from it.
	Undone int
}

// Usage is what one operation of one platform takes.
type Usage struct {
	Platform, Operation string
	// Entries is a number, Bytes the size in memory, or of the values in the store.
	Entries, Bytes int64
}

// Stats counts what is kept. It walks through memory, and asks the store, for which it waits a second.
func (c *Cache) Stats(ctx context.Context) Stats {
	s := Stats{Memory: MemoryStats{Bound: c.memory.bound, Used: c.memory.used(), Evicted: c.memory.evictions.Load()}}
	entries, answers := tally{}, tally{}
	now := c.now()
	c.memory.each(func(it *item) bool {
		if c.drops.spares(it) && it.expires.After(now) {
			if it.entry != nil {
				entries.add(it.entry.Labels.Platform, it.entry.Labels.Operation, it.cost)
			} else {
				platform, operation := common(it.labels)
				answers.add(platform, operation, it.cost)
			}
		}
		return true
	})
	s.Memory.Entries, s.Memory.Answers = entries.usage(), answers.usage()
	s.Store = c.lower.stats(ctx)
	s.Drops = uint64(c.drops.now())
	return s
}

// common returns the platform and the operation of labels, each empty where there are several.
func common(labels []Labels) (platform, operation string) {
	for i, l := range labels {
		if i == 0 {
			platform, operation = l.Platform, l.Operation
		}
		if l.Platform != platform {
			platform = ""
		}
		if l.Operation != operation {
			operation = ""
		}
	}
	return platform, operation
}

// tally counts by platform and operation.
type tally map[[2]string]*Usage

func (t tally) add(platform, operation string, bytes int64) {
	u := t[[2]string{platform, operation}]
	if u == nil {
		u = &Usage{Platform: platform, Operation: operation}
		t[[2]string{platform, operation}] = u
	}
	u.Entries++
	u.Bytes += bytes
}

func (t tally) usage() []Usage {
	list := make([]Usage, 0, len(t))
	for _, u := range t {
		list = append(list, *u)
	}
	return ordered(list)
}

// ordered sorts by platform, then operation.
func ordered(list []Usage) []Usage {
	slices.SortFunc(list, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Operation, b.Operation))
	})
	return list
}

// stats asks the store, when it works.
func (l *lower) stats(ctx context.Context) StoreStats {
	s := StoreStats{}
	s.Waiting, s.WaitingBytes, s.LeftOut = l.queue.size()
	l.mu.Lock()
	store, carried := l.store, l.carried
	s.State, s.Since = l.state, l.since
	if l.cause != nil {
		s.Error = l.cause.Error()
	}
	l.mu.Unlock()
	if s.State == Off || s.State == Closed {
		return s
	}
	s.Undone = len(l.drops.after(carried))
	if s.State != Ready {
		return s
	}
	counts, err := ask(ctx, l, statsPatience, store.Stats)
	if err != nil {
		if !errors.Is(err, errGone) && !errors.Is(err, errClosed) {
			l.observer.StoreFailed(reading)
		}
		return s
	}
	s.Entries = make([]Usage, len(counts))
	for i, c := range counts {
		s.Entries[i] = Usage(c)
	}
	ordered(s.Entries)
	return s
}
