package report

import (
	"fmt"
	"sync"
	"time"
)

const (
	// crowdedFor is how long what has too many rows is not tried again.
	crowdedFor = 6 * time.Hour
	// maxCrowded bounds what is remembered.
	maxCrowded = 1000
)

// Crowded remembers what has too many rows to be kept, so that it is not tried each time
// before the platform is asked otherwise: native reports by day, and lists of names. The
// zero value, and nil, which remembers nothing, are ready to use. It is safe for
// concurrent use.
type Crowded struct {
	mu sync.Mutex
	by map[string]crowd
}

type crowd struct {
	days  int // of the shortest range that had too many
	until time.Time
}

// crowdKey tells fetches apart by what decides how many rows a day has.
func crowdKey(p Platform, f *fetch) string {
	return fmt.Sprintf("%q %q %q %q %v %v", p.Name, p.Scope, f.report.Name, f.grain, f.split, f.pushed)
}

// namesKey is that of a list of names.
func namesKey(p Platform, list string) string { return fmt.Sprintf("%q %q %q", p.Name, p.Scope, list) }

// note remembers that a range of so many days had too many rows.
func (c *Crowded) note(key string, days int, now time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]crowd{}
	}
	one := crowd{days, now.Add(crowdedFor)}
	if before, ok := c.by[key]; ok && now.Before(before.until) {
		one.days = min(one.days, before.days)
	}
	if len(c.by) >= maxCrowded {
		clear(c.by) // what is crowded still is soon noted again
	}
	c.by[key] = one
}

// has tells whether so many days, or fewer, had too many rows lately.
func (c *Crowded) has(key string, days int, now time.Time) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.by[key]
	return ok && now.Before(one.until) && days >= one.days
}
