package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/plugins"
)

// How long the gateway waits for a store.
const (
	defaultPatience = time.Second
	defaultRetry    = 30 * time.Second
	// openPatience is how many times the patience of reads the store has for being opened, while they wait.
	openPatience = 4
	// writePatience is for what nobody waits for.
	writePatience = 30 * time.Second
	// dropPatience is how long a drop waits until the store has carried it out.
	dropPatience = 5 * time.Second
	// closePatience bounds Close.
	closePatience = 5 * time.Second
)

// maxReads is how many reads of the store are under way at once: a store that hangs
// does not collect more than these.
const maxReads = 64

// What the store is doing when it fails, as [Observer] has it.
const (
	opening  = "opening"
	reading  = "reading"
	writing  = "writing"
	dropping = "dropping"
)

var (
	errSlow    = errors.New("the store did not answer in time")
	errGone    = errors.New("nobody waits for the store's answer")
	errNotOpen = errors.New("the store is not open")
	errClosed  = errors.New("the cache is closed")
)

// lower is the second level: a store that may be slow, fail, lie, panic or not be there at all.
//
// One goroutine does all that changes it, one thing after the other: see run. What is read
// counts as made as of the last drop that the store has carried out. So the
// drops that it has not carried out hold for what lies in it as well.
type lower struct {
	open            func(context.Context) (plugins.Store, error) // nil: there is no store
	drops           *drops
	queue           queue
	patience, retry time.Duration
	now             func() time.Time
	observer        Observer
	warn            func(string, error)

	wake  chan struct{}   // there is something to do
	life  context.Context // ends when the level is closed
	end   context.CancelFunc
	ended chan struct{} // run has
	tried chan struct{} // closed when the store was opened, or could not be, for the first time
	reads chan struct{} // holds one for each read under way

	// of run alone
	hung    <-chan struct{} // closed when the call that hangs is over; nil: none does
	refused *item           // the first of the latest batch that was not written; nil: none was refused since the last that was

	mu      sync.Mutex
	started bool
	patient time.Time // until then reads wait for the store to be opened
	state   State
	since   time.Time
	cause   error // of failing
	again   time.Time
	store   plugins.Store // nil: not open so far
	carried Mark          // the store has carried out the drops up to it
	waiters []*waiter
	calls   sync.WaitGroup // in the store; none begins once shut
	shut    bool
}

// newLower makes the level; it does nothing before start.
func newLower(c *Config, d *drops) *lower {
	l := &lower{
		open: c.Open, drops: d, patience: c.Patience, retry: c.Retry, now: c.Now, observer: c.Observer, warn: c.Warn,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), tried: make(chan struct{}), reads: make(chan struct{}, maxReads),
		state: Opening, since: c.Now(),
	}
	l.life, l.end = context.WithCancel(context.Background())
	if l.open == nil {
		l.state = Off
	}
	return l
}

// outcome is what a call of the store came to.
type outcome[T any] struct {
	result T
	err    error
}

// call runs f beside the caller, and waits for it no longer than limit or ctx; f may go on then,
// until over is closed. A panic of f is an error.
func call[T any](ctx context.Context, l *lower, limit time.Duration, f func(context.Context) (T, error)) (result T, over <-chan struct{}, err error) {
	ended := make(chan struct{})
	if !l.begin() {
		close(ended)
		return result, ended, errClosed
	}
	outcomes := make(chan outcome[T], 1)
	// a client that goes away is no reason to break off what the store does
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	go func() {
		defer l.calls.Done()
		defer close(ended)
		defer cancel()
		outcomes <- guarded(inner, f)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case o := <-outcomes:
		return o.result, ended, o.err
	case <-timer.C:
		return result, ended, errSlow
	case <-ctx.Done():
		return result, ended, errGone
	}
}

func guarded[T any](ctx context.Context, f func(context.Context) (T, error)) (o outcome[T]) {
	defer func() {
		if r := recover(); r != nil {
			o.err = fmt.Errorf("the store panicked: %v", r)
		}
	}()
	o.result, o.err = f(ctx)
	return o
}

func (l *lower) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut {
		return false
	}
	l.calls.Add(1)
	return true
}

// get returns what lies in the store under keys, nil for what does not, and the mark as of which
// it counts as made.
func (l *lower) get(ctx context.Context, keys []Key) ([]*Entry, Mark) {
	entries := make([]*Entry, len(keys))
	l.awaitOpen(ctx)
	l.mu.Lock()
	store, asOf, ready := l.store, l.carried, l.state == Ready
	l.mu.Unlock()
	if !ready {
		return entries, asOf
	}
	values, err := l.read(ctx, store, keys)
	switch {
	case errors.Is(err, errGone), errors.Is(err, errClosed):
		return entries, asOf
	case err != nil:
		l.fail(reading, err)
		return entries, asOf
	}
	for i, v := range values {
		if v == nil {
			continue
		}
		if entries[i], err = unseal(v, keys[i]); err != nil && !errors.Is(err, errVersion) {
			l.observer.StoreFailed(reading) // of one record: the others may be good
		}
	}
	return entries, asOf
}

// awaitOpen waits a little, right after the start, until the store is open: what it holds saves the
// first readers their fetches.
func (l *lower) awaitOpen(ctx context.Context) {
	l.mu.Lock()
	wait := l.started && l.state == Opening
	until := min(time.Until(l.patient), l.patience)
	l.mu.Unlock()
	if !wait || until <= 0 {
		return
	}
	timer := time.NewTimer(until)
	defer timer.Stop()
	select {
	case <-l.tried:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// read asks the store for keys together.
func (l *lower) read(ctx context.Context, store plugins.Store, keys []Key) ([][]byte, error) {
	names := make([][]byte, len(keys))
	for i, k := range keys {
		names[i] = k[:]
	}
	values, err := ask(ctx, l, l.patience, func(ctx context.Context) ([][]byte, error) {
		return store.Get(ctx, names)
	})
	if err == nil && len(values) != len(keys) {
		err = fmt.Errorf("the store returned %d values for %d keys", len(values), len(keys))
	}
	return values, err
}

// ask is call for what changes nothing, of which not more than maxReads are under way.
func ask[T any](ctx context.Context, l *lower, limit time.Duration, f func(context.Context) (T, error)) (result T, err error) {
	wait := time.NewTimer(limit)
	defer wait.Stop()
	select {
	case l.reads <- struct{}{}:
	case <-wait.C:
		return result, errSlow
	case <-ctx.Done():
		return result, errGone
	}
	result, _, err = call(ctx, l, limit, func(ctx context.Context) (T, error) {
		defer func() { <-l.reads }()
		return f(ctx)
	})
	if errors.Is(err, errClosed) {
		<-l.reads // f was not called
	}
	return result, err
}

// put lets entries wait for the store.
func (l *lower) put(items []*item) {
	if l.open == nil {
		return
	}
	if n := l.queue.add(items); n > 0 {
		l.observer.Evicted(LevelWaiting, n)
	}
	l.rouse()
}

// rouse tells run that there is something to do.
func (l *lower) rouse() {
	select {
	case l.wake <- struct{}{}:
	default: // it has been told
	}
}

// fail remembers that the store does not work, and leaves it alone for a while.
func (l *lower) fail(doing string, err error) {
	l.mu.Lock()
	if l.state == Closed {
		l.mu.Unlock()
		return
	}
	begins := l.state != Failing
	l.settle()
	if begins {
		l.state, l.since = Failing, l.now()
	}
	l.cause, l.again = fmt.Errorf("%s: %w", doing, err), time.Now().Add(l.retry)
	cause := l.cause
	l.dismiss(cause)
	l.mu.Unlock()
	l.rouse()
	l.observer.StoreFailed(doing)
	if begins {
		l.warn("the cache goes on without its store", cause)
	}
}

// works remembers that the store works.
func (l *lower) works() {
	l.mu.Lock()
	before := l.state
	l.settle()
	if before == Opening || before == Failing {
		l.state, l.since, l.cause = Ready, l.now(), nil
	}
	l.mu.Unlock()
	if before == Failing {
		l.warn("the cache uses its store again", nil)
	}
}

// settle tells those who wait for the store to be open that it is, or will not be soon. It is called under mu.
func (l *lower) settle() {
	select {
	case <-l.tried:
	default:
		close(l.tried)
	}
}
