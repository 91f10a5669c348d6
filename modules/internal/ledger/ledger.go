package ledger

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Observer is told what the ledger does. It is safe for concurrent use.
type Observer interface {
	// Served tells how a question was answered: hit, stale, miss or coalesced, and
	// whether that saved a native call.
	Served(platform, operation, outcome string, saved int)
	// StoreFailed tells what could not be done with the file: opening, reading, writing
	// or dropping.
	StoreFailed(doing string)
}

// Config is what a [Ledger] is made of.
type Config struct {
	// Path is the file. Its folder is made where it is missing.
	Path string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Warn is told once when the file stops being usable. May be nil.
	Warn func(message string, err error)
	// Observer may be nil.
	Observer Observer
	// Deadline is how long a pull may take. Default: 10 min.
	Deadline time.Duration
	// Retry is how long after a failure the file is left alone. Default: 30 s.
	Retry time.Duration
	// Keep is how long rows are kept that nobody asks for. Default: 35 days.
	Keep time.Duration
}

// Ledger keeps rows. It is safe for concurrent use.
type Ledger struct {
	config Config
	ctx    context.Context // ends with Close
	end    context.CancelFunc
	work   sync.WaitGroup // pulls and removals

	mu      sync.Mutex
	started bool
	closed  bool
	db      *database // nil: not open
	opening chan struct{}
	broken  error     // why it is not open; nil where it never was
	retry   time.Time // not to be opened before
	ruined  bool      // the file is damaged: the next one begins empty
	scopes  map[string]*scope
	touches map[string]bool // platforms that were changed, which the file does not say yet

	changes sync.Map // of *atomic.Int64, by platform
}

// New makes a ledger that is not open yet.
func New(c Config) *Ledger {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Deadline == 0 {
		c.Deadline = 10 * time.Minute
	}
	if c.Retry == 0 {
		c.Retry = 30 * time.Second
	}
	if c.Keep == 0 {
		c.Keep = 35 * 24 * time.Hour
	}
	l := &Ledger{config: c, scopes: map[string]*scope{}, touches: map[string]bool{}}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// Start opens the file, behind the back of the caller. Before it the ledger is out of
// use. It may be called again.
func (l *Ledger) Start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = true
	l.open()
}

// open begins to open the file, if it is time to. It holds the lock.
func (l *Ledger) open() {
	if !l.started || l.closed || l.db != nil || l.opening != nil || l.config.Now().Before(l.retry) {
		return
	}
	done := make(chan struct{})
	l.opening = done
	ruined := l.ruined
	l.work.Go(func() {
		db, err := openDatabase(l.ctx, l.config.Path, ruined)
		l.mu.Lock()
		l.opening = nil
		close(done)
		switch {
		case err != nil:
			l.breaks("opening", err)
		case l.closed:
			_ = db.close()
		default:
			l.db, l.broken, l.ruined = db, nil, false
			l.noteTouches()
			l.forget(db)
		}
		l.mu.Unlock()
	})
}

// Opened waits until the file was opened, or could not be. It tells which.
func (l *Ledger) Opened(ctx context.Context) bool {
	l.mu.Lock()
	done := l.opening
	l.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.db != nil
}

// breaks puts the file out of use for a while. It holds the lock.
func (l *Ledger) breaks(doing string, err error) {
	if l.closed {
		return
	}
	if l.config.Observer != nil {
		l.config.Observer.StoreFailed(doing)
	}
	if l.broken == nil && l.config.Warn != nil {
		l.config.Warn("the ledger of conversions is out of use; they are read from the platforms", err)
	}
	l.broken = err
	l.ruined = l.ruined || damaged(err)
	l.retry = l.config.Now().Add(l.config.Retry)
	if l.db != nil {
		old := l.db
		l.db = nil
		l.work.Go(func() { _ = old.close() }) // waits for its readers
	}
	// what is known of the scopes may not be what the next file says
	l.scopes = map[string]*scope{}
}

// failed notes that something could not be done with the file. What ended because its
// caller has gone, or because another failure was first, says nothing of the file.
func (l *Ledger) failed(ctx context.Context, db *database, doing string, err error) {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == db {
		l.breaks(doing, err)
	}
}

// database returns the open file; nil where there is none.
func (l *Ledger) database() *database {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open()
	return l.db
}

// InService tells whether the file is open, or just being opened.
func (l *Ledger) InService() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open()
	return l.db != nil || l.opening != nil && l.broken == nil
}

// Fit tells whether the rows of a scope can be kept, as far as is known: false where some
// could not be told apart, until it is worth trying again.
func (l *Ledger) Fit(scope string) bool {
	l.mu.Lock()
	s := l.scopes[scope]
	l.mu.Unlock()
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.unfit <= l.config.Now().UnixMicro()
}

// opened returns the open file; nil where there is none. Right after the start it is
// waited for: a restart is to begin with what was kept.
func (l *Ledger) opened(ctx context.Context) *database {
	l.mu.Lock()
	l.open()
	db, opening := l.db, l.opening
	first := l.broken == nil
	l.mu.Unlock()
	if db != nil || opening == nil || !first {
		return db
	}
	longest := time.NewTimer(openingPatience)
	defer longest.Stop()
	select {
	case <-opening:
	case <-longest.C:
	case <-ctx.Done():
	}
	return l.database()
}

// openingPatience is how long a question waits for the file to be opened.
const openingPatience = 2 * time.Second

// forget removes, behind the back of the caller, the rows that nobody has asked for
// in a long time: of accounts that are gone, of mappings that were changed. It holds
// the lock.
func (l *Ledger) forget(db *database) {
	before := l.config.Now().Add(-l.config.Keep)
	l.work.Go(func() {
		if err := db.forget(l.ctx, before); err != nil {
			l.failed(l.ctx, db, "dropping", err)
		}
	})
}

// Close ends pulls and closes the file. Questions are not answered afterwards.
func (l *Ledger) Close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	db := l.db
	l.db = nil
	l.mu.Unlock()
	l.end()
	l.work.Wait()
	if db != nil {
		_ = db.close()
	}
}
