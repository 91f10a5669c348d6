package query

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// DefaultScanLimit is how many native rows one request may read where the gateway
// filters or sorts them itself.
const DefaultScanLimit = 50_000

// Caller makes native calls; *exchange.Caller is one.
type Caller interface {
	Do(ctx context.Context, req *exchange.Request) (*exchange.Response, *problem.Problem)
}

// Platform is one configured platform.
type Platform struct {
	*mapping.Platform
	Caller Caller
	// State remembers which spellings the platform answers to.
	State *exchange.State
	// Inventory is the record of the platform's document; nil where there is none.
	Inventory *inventory.Inventory
	// Health describes breaker, budget and credential for /v1/platforms.
	Health func() exchange.Health
}

// Client is who asks, as far as it matters here.
type Client interface {
	// Allows tells whether the client may use a platform.
	Allows(platform string) bool
	// HasScope tells whether the client has a scope.
	HasScope(scope string) bool
}

// Config is what an [Engine] is made of.
type Config struct {
	Surface   *surface.Surface
	Platforms []*Platform
	// Secret authenticates cursors. It has to be the same after a restart.
	Secret []byte
	// Walks keeps rows that were read but not yet asked for. Required; shared by
	// the engines of one process.
	Walks *Walks
	// ScanLimit is the most native rows that one request reads where the gateway
	// filters or sorts; zero: [DefaultScanLimit].
	ScanLimit int
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// UnknownEnums is told how many native values read as unknown. May be nil.
	UnknownEnums func(platform string, n int)
	// Observer is told what was read. May be nil.
	Observer Observer
}

// Engine answers requests from its platforms. It is safe for concurrent use.
type Engine struct {
	surface   *surface.Surface
	platforms []*Platform
	byName    map[string]*Platform
	secret    []byte
	walks     *Walks
	scanLimit int
	now       func() time.Time
	pages     sync.Pool // of *page
	masks     sync.Map  // of reshape.Mask, by maskKey
	disorder  sync.Map  // of time.Time until when a list's order is not trusted
	settling  singleflight.Group

	unknownEnums func(platform string, n int)
	observer     Observer
}

// New makes an engine.
func New(c Config) (*Engine, error) {
	e := &Engine{
		surface: c.Surface, platforms: c.Platforms, byName: map[string]*Platform{},
		secret: c.Secret, walks: c.Walks, scanLimit: c.ScanLimit, now: c.Now,
		unknownEnums: c.UnknownEnums, observer: c.Observer,
	}
	if len(c.Secret) < 16 {
		return nil, fmt.Errorf("the cursor secret has %d bytes; it needs 16 or more", len(c.Secret))
	}
	if e.scanLimit == 0 {
		e.scanLimit = DefaultScanLimit
	}
	if e.now == nil {
		e.now = time.Now
	}
	e.pages.New = func() any { return new(page) }
	slices.SortFunc(e.platforms, func(a, b *Platform) int { return compareNames(a.Name, b.Name) })
	for _, p := range e.platforms {
		e.byName[p.Name] = p
	}
	return e, nil
}

func compareNames(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Platform returns a platform by name, or nil.
func (e *Engine) Platform(name string) *Platform { return e.byName[name] }

// Platforms returns all platforms, by name.
func (e *Engine) Platforms() []*Platform { return e.platforms }

// Having names the platforms that have an operation and that the client may use.
func (e *Engine) Having(operation string, client Client) []string {
	var names []string
	for _, p := range e.platforms {
		if p.Operation(operation) != nil && client.Allows(p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// page takes an empty page from the pool.
func (e *Engine) page() *page {
	p := e.pages.Get().(*page)
	p.Data = append(p.Data[:0], listHead...)
	return p
}

// free gives a page back that nothing refers to any more.
func (e *Engine) free(p *page) {
	p.Reset()
	p.pageAt = pageAt{}
	e.pages.Put(p)
}

// distrustFor is how long the gateway makes the order of a list itself after its platform
// did not keep it. It is short, since rows that change while they are read look the same.
const distrustFor = 5 * time.Minute

// distrust notes that a platform gave a list in another order than it was asked for.
func (e *Engine) distrust(r *reader) {
	e.disorder.Store(r.platform.Name+"\x00"+r.operation, e.now().Add(distrustFor))
}

func (e *Engine) distrusts(r *reader) bool {
	until, ok := e.disorder.Load(r.platform.Name + "\x00" + r.operation)
	return ok && e.now().Before(until.(time.Time))
}

// countUnknown counts native enum values that no mapping knows.
func (e *Engine) countUnknown(platform string, n int) {
	if n > 0 && e.unknownEnums != nil {
		e.unknownEnums(platform, n)
	}
}
