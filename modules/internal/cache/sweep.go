package cache

import "time"

const (
	// sweepEvery is how often what has expired is freed.
	sweepEvery = time.Minute
	// sweepShare: a sweep is followed by a pause of so many times its length, however
	// often something is dropped.
	sweepShare = 20
)

// sweep frees what nobody can read any more, dropped or expired, and returns how many entries of it
// were dropped. Readers need no sweep: it gives the room to others. What it leaves has been compared
// with all drops, so that making old ones coarser takes none of it.
func (c *Cache) sweep() (dropped int) {
	c.sweeping.Lock()
	defer c.sweeping.Unlock()
	now := c.now()
	var dead []*item
	c.memory.each(func(it *item) bool {
		spared, expired := c.drops.spares(it), !it.expires.After(now)
		if !spared || expired {
			dead = append(dead, it)
		}
		if !spared && !expired && it.entry != nil {
			dropped++
		}
		return true
	})
	c.memory.remove(dead)
	return dropped
}

// sweepAlways sweeps after drops, and now and then, until the cache is closed.
func (c *Cache) sweepAlways() {
	defer close(c.swept)
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-ticker.C:
		case <-c.dirty:
		}
		began := time.Now()
		c.sweep()
		pause := time.NewTimer(sweepShare * time.Since(began))
		select {
		case <-c.stop:
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}
