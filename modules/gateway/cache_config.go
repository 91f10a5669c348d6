package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Cache says what the gateway keeps of the platforms' answers, how long, and where.
// What is kept outlives a reload of the configuration, save what a changed mapping,
// credential or server made another question.
type Cache struct {
	// Whether nothing is kept: every report and list is read from the
	// platforms each time. Rows that were read ahead of a page still have the
	// default memory. Default: false.
	Off bool `json:"off,omitempty"`

	// The memory for what is kept, in bytes: answers ready to send, rows of
	// reports, and rows that were read ahead of a page. Half of it holds them; the
	// other half is for Go's garbage collector, which lets what is dead take
	// as much as what is alive (GOGC=100), so that the process grows by about this
	// much. At least 1048576 (1 MiB). Default: 268435456 (256 MiB).
	Memory int64 `json:"memory,omitempty"`

	// Where answers are kept beyond memory, so that a restart starts warm: any
	// module of `tributary.stores`. Default: `disk` with its own defaults;
	// without that module, memory alone.
	StoreRaw json.RawMessage `json:"store,omitempty" caddy:"namespace=tributary.stores inline_key=module"`

	// Whether answers are kept in memory alone; not beside a store. Default: false.
	MemoryOnly bool `json:"memory_only,omitempty"`

	PlatformKeeping

	// What is different for some platforms, by their names.
	Platforms map[string]*PlatformCache `json:"platforms,omitempty"`
}

// PlatformCache is what is different for one platform. What it does not say is as for
// all platforms.
type PlatformCache struct {
	PlatformKeeping

	// What is different for some operations, by their names: `reports.query`, or
	// a list such as `networks.list`.
	Operations map[string]*OperationCache `json:"operations,omitempty"`

	// Where this was configured (file:line), for messages. The Caddyfile
	// adapter sets it.
	DeclaredAt string `json:"declared_at,omitempty"`
}

// OperationCache is what is different for one operation of a platform. What it does
// not say is as for the platform.
type OperationCache struct {
	Keeping

	// Where this was configured (file:line), for messages. The Caddyfile
	// adapter sets it.
	DeclaredAt string `json:"declared_at,omitempty"`
}

// PlatformKeeping is what can be said of all platforms and of one.
type PlatformKeeping struct {
	Keeping

	// Whether the conversions of platforms that can be asked for changes are
	// kept and brought up to date, rather than read anew. Default: true.
	Ledger *bool `json:"ledger,omitempty"`
}

// Keeping is how long answers are kept. Durations are at least zero and at most
// ten years.
type Keeping struct {
	// How long rows of reports are fresh.
	Fresh *Fresh `json:"fresh,omitempty"`

	// How long after that they are given all the same, said to be stale, while one
	// request brings them up to date. Zero: not at all. Default: `10m`.
	Stale *caddy.Duration `json:"stale,omitempty"`

	// How long after they were fresh they are given where the platform fails,
	// said to be stale. Zero: not at all. Default: `168h`.
	StaleIfError *caddy.Duration `json:"stale_if_error,omitempty"`

	// How long lists that change slowly are kept, such as networks and
	// campaigns; lists of what happens, such as conversions, only where this
	// is said of their operation. Zero: not at all. Default: not at all.
	Lists *caddy.Duration `json:"lists,omitempty"`
}

// Fresh is how long rows of reports are fresh, by the age that the end of their days
// had when they were read.
type Fresh struct {
	// Of days up to today. Default: `60s`.
	Today *caddy.Duration `json:"today,omitempty"`

	// Of days that ended up to 3 days before. Default: `15m`.
	Days3 *caddy.Duration `json:"days_3,omitempty"`

	// Of days that ended up to 35 days before. Default: `6h`.
	Days35 *caddy.Duration `json:"days_35,omitempty"`

	// Of older days. Default: `168h`.
	Older *caddy.Duration `json:"older,omitempty"`
}

// The memory of the cache, in bytes.
const (
	defaultCacheMemory = 256 << 20
	minCacheMemory     = 1 << 20
	maxCacheMemory     = 1 << 40
)

// maxKept is the longest time that anything is kept for; longestKept is it as text.
const (
	maxKept     = 10 * 365 * 24 * time.Hour
	longestKept = "3650d"
)

// off tells whether nothing is kept.
func (c *Cache) off() bool { return c != nil && c.Off }

// memory returns the memory for all that is kept, in bytes.
func (c *Cache) memory() int64 {
	if c == nil || c.Memory == 0 {
		return defaultCacheMemory
	}
	return c.Memory
}

// lives are the settings that say how long answers are kept, as text. Settings that say
// the same have the same, wherever they stand in a file.
func (c *Cache) lives() []byte {
	if c == nil {
		c = new(Cache)
	}
	said := Cache{Off: c.Off, PlatformKeeping: c.PlatformKeeping, Platforms: make(map[string]*PlatformCache, len(c.Platforms))}
	for name, p := range c.Platforms {
		of := &PlatformCache{PlatformKeeping: p.PlatformKeeping, Operations: make(map[string]*OperationCache, len(p.Operations))}
		for id, o := range p.Operations {
			of.Operations[id] = &OperationCache{Keeping: o.Keeping}
		}
		said.Platforms[name] = of
	}
	text, _ := json.Marshal(said) // numbers and texts, which it always can
	return text
}

// validate refuses what is wrong in itself or names what there is not. platforms are
// the names of those that are configured.
func (c *Cache) validate(s *surface.Surface, platforms []string) error {
	switch {
	case c == nil:
		return nil
	case c.Off && (c.Memory != 0 || c.StoreRaw != nil || c.MemoryOnly || !c.empty() || len(c.Platforms) > 0):
		return errors.New("a cache that is off has no other settings")
	case c.MemoryOnly && c.StoreRaw != nil:
		return errors.New("a cache in memory only has no store")
	}
	if err := validateMemory(c.Memory); c.Memory != 0 && err != nil {
		return err
	}
	if err := c.Keeping.validate(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Platforms)) {
		p := c.Platforms[name]
		if p == nil {
			return fmt.Errorf("platform %s: nothing is said of it", name)
		}
		if err := checkCachedPlatform(name, platforms, p.DeclaredAt); err != nil {
			return err
		}
		if err := p.validate(s); err != nil {
			return fmt.Errorf("platform %s: %w", name, err)
		}
	}
	return nil
}

func (p *PlatformCache) validate(s *surface.Surface) error {
	if err := p.Keeping.validate(); err != nil {
		return fmt.Errorf("%w%s", err, at(p.DeclaredAt))
	}
	for _, id := range slices.Sorted(maps.Keys(p.Operations)) {
		o := p.Operations[id]
		if o == nil {
			return fmt.Errorf("operation %s: nothing is said of it%s", id, at(p.DeclaredAt))
		}
		err := checkCachedOperation(s, id)
		if err == nil {
			err = o.validate(s.Operation(id))
		}
		if err != nil {
			return fmt.Errorf("%w%s", err, at(o.DeclaredAt))
		}
	}
	return nil
}

func (o *OperationCache) validate(op *surface.Operation) error {
	if o.Lists != nil && op.Kind != surface.KindList {
		return fmt.Errorf("lists is about lists, and %s is none", op.ID)
	}
	if o.Fresh != nil && op.ID != ledgerOperation && op.Parameter(eventsSince) != nil {
		return fmt.Errorf("fresh is about reports, the names in them, and conversions; how long %s is kept, lists says", op.ID)
	}
	return o.Keeping.validate()
}

func checkCachedPlatform(name string, known []string, declared string) error {
	if slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("there is no platform %q%s%s", name, suggest.DidYouMean(name, known), at(declared))
}

// at says where something was configured, where that is known.
func at(declared string) string {
	if declared == "" {
		return ""
	}
	return ", at " + declared
}

// checkCachedOperation refuses an operation of which nothing is kept, or that there is not.
func checkCachedOperation(s *surface.Surface, id string) error {
	op := s.Operation(id)
	switch {
	case op == nil:
		var names []string
		for _, o := range s.Operations() {
			if keepable(o) {
				names = append(names, o.ID)
			}
		}
		return fmt.Errorf("there is no operation %q%s", id, suggest.DidYouMean(id, names))
	case op.Alias != nil && keepable(op.Alias.Operation):
		return fmt.Errorf("%s is kept as %s; name that", id, op.Alias.Operation.ID)
	case !keepable(op):
		return fmt.Errorf("nothing is kept of %s: it is neither a list nor a report", id)
	}
	return nil
}

// keepable tells whether answers of an operation can be kept.
func keepable(op *surface.Operation) bool {
	return (op.Kind == surface.KindList || op.Kind == surface.KindReport) && op.Alias == nil
}

func validateMemory(n int64) error {
	if n < minCacheMemory || n > maxCacheMemory {
		return fmt.Errorf("memory is a size from %s to %s, not %s", humanize.IBytes(minCacheMemory), humanize.IBytes(maxCacheMemory), size(n))
	}
	return nil
}

// size writes a number of bytes for people.
func size(n int64) string {
	if n < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return humanize.IBytes(uint64(n))
}

// empty tells whether nothing is said.
func (k *PlatformKeeping) empty() bool { return k.Ledger == nil && k.Keeping == Keeping{} }

func (k *Keeping) validate() error {
	named := []struct {
		name string
		d    *caddy.Duration
	}{{"stale", k.Stale}, {"stale_if_error", k.StaleIfError}, {"lists", k.Lists}}
	if f := k.Fresh; f != nil {
		for _, d := range []*caddy.Duration{f.Today, f.Days3, f.Days35, f.Older} {
			named = append(named, struct {
				name string
				d    *caddy.Duration
			}{"fresh", d})
		}
	}
	for _, n := range named {
		if n.d == nil {
			continue
		}
		if err := validateKept(time.Duration(*n.d)); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	return nil
}

func validateKept(d time.Duration) error {
	if d < 0 || d > maxKept {
		return fmt.Errorf("a duration from 0s to %s is needed, not %s", longestKept, d)
	}
	return nil
}
