package query

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
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
	// Scope tells accounts, servers and mappings apart under which a report has other rows;
	// it holds no secret. Empty where no rows are kept.
	Scope string
	// Ledger is how long the rows of its lists are good that are kept in the ledger; nil
	// where none are.
	Ledger *ledger.Policy
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
	// Cache keeps, in memory, rows that were read but not yet asked for. Required; engines may
	// share it.
	Cache *cache.Cache
	// ScanLimit is the most native rows that one request reads where the gateway
	// filters or sorts; zero: [DefaultScanLimit].
	ScanLimit int
	// Now is the clock. Default: [clock.Now].
	Now func() time.Time
	// UnknownEnums is told how many native values read as unknown. May be nil.
	UnknownEnums func(platform string, n int)
	// Observer is told what was read. May be nil.
	Observer Observer
	// Keeper keeps the rows of reports. Nil: they are asked natively each time.
	Keeper report.Keeper
	// Ledger keeps the rows of lists whose platforms say what has changed. May be nil.
	Ledger *ledger.Ledger
	// Identity tells engines apart whose answers to one request may differ, also from
	// those before a restart. It holds no secret. Empty: nobody has to tell.
	Identity string
	// Changed is told what a change may have touched, before its answer is given. It has to
	// tell Cache and Ledger. Nil: only these are told.
	Changed func(platform string, t Touched)
	// Fresh tells how old an answer may be without being said to be stale; zero: it is
	// always read from the platform. Nil: all are.
	Fresh func(platform, operation string) time.Duration
}

// Engine answers requests from its platforms. It is safe for concurrent use.
type Engine struct {
	surface   *surface.Surface
	platforms []*Platform
	byName    map[string]*Platform
	secret    []byte
	cache     *cache.Cache
	scanLimit int
	now       func() time.Time
	keeper    report.Keeper
	ledger    *ledger.Ledger
	identity  string
	changes   func(platform string, t Touched)
	fresh     func(platform, operation string) time.Duration
	pages     sync.Pool // of *page
	masks     sync.Map  // of reshape.Mask, by maskKey
	disorder  sync.Map  // of time.Time until when a list's order is not trusted
	settling  singleflight.Group
	crowded   report.Crowded

	unknownEnums func(platform string, n int)
	observer     Observer
}

// New makes an engine.
func New(c Config) (*Engine, error) {
	e := &Engine{
		surface: c.Surface, platforms: c.Platforms, byName: map[string]*Platform{},
		secret: c.Secret, cache: c.Cache, scanLimit: c.ScanLimit, now: c.Now,
		unknownEnums: c.UnknownEnums, observer: c.Observer, keeper: c.Keeper,
		ledger: c.Ledger, identity: c.Identity, changes: c.Changed, fresh: c.Fresh,
	}
	if len(c.Secret) < 16 {
		return nil, fmt.Errorf("the cursor secret has %d bytes; it needs 16 or more", len(c.Secret))
	}
	if e.scanLimit == 0 {
		e.scanLimit = DefaultScanLimit
	}
	if e.now == nil {
		e.now = clock.Now
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

// Identity tells the engine apart from those whose answers to one request may differ.
func (e *Engine) Identity() string { return e.identity }

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
