package reportcache

import (
	"context"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// DefaultDeadline is the default of [Config].Deadline: 2 min.
const DefaultDeadline = 2 * time.Minute

// Config is what a [Keeper] is made of.
type Config struct {
	// Cache keeps the bytes. It has to be there.
	Cache *cache.Cache
	// Policy tells how long the rows of a platform's operation are good for. It is
	// asked for every question, so what it says may change: lives are reckoned when
	// rows are looked at. Default: [DefaultPolicy] for all.
	Policy func(platform, operation string) Policy
	// Now is the clock. Default: [clock.Now].
	Now func() time.Time
	// Observer counts the questions. Default: nobody does.
	Observer cache.Observer
	// Deadline is how long one native call may take, with all its pages, whoever waits for
	// it. Default: [DefaultDeadline].
	Deadline time.Duration
}

// Keeper is a [report.Keeper] over a [cache.Cache]. It is safe for concurrent use. Nobody
// changes rows that it returned, nor a question that it was asked.
type Keeper struct {
	config Config
	series *register

	mu       sync.Mutex
	open     map[cache.Key]*flight
	failures failures
	// busy are the families and how many of a platform's are fetched in the background.
	busy       map[string]struct{}
	busyOf     map[string]int
	closed     bool
	background sync.WaitGroup
	ending     context.Context // of what is fetched in the background
	end        context.CancelFunc
}

// New makes a keeper. [Keeper.Close] ends what it does in the background.
func New(c Config) *Keeper {
	if c.Policy == nil {
		c.Policy = func(string, string) Policy { return DefaultPolicy() }
	}
	if c.Now == nil {
		c.Now = clock.Now
	}
	if c.Deadline <= 0 {
		c.Deadline = DefaultDeadline
	}
	k := &Keeper{
		config: c, series: newRegister(), open: map[cache.Key]*flight{}, failures: failures{of: map[cache.Key]*failure{}},
		busy: map[string]struct{}{}, busyOf: map[string]int{},
	}
	k.ending, k.end = context.WithCancel(context.Background())
	return k
}

// closing is how long Close waits.
const closing = 5 * time.Second

// Close ends what is fetched in the background, and waits up to 5 s for its end. Questions
// are answered after it as before, but nothing is begun in the background any more.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.end()
	over := make(chan struct{})
	go func() {
		k.background.Wait()
		close(over)
	}()
	limit := time.NewTimer(closing)
	defer limit.Stop()
	select {
	case <-over:
	case <-limit.C:
	}
}

// Known returns the series of a scope and report that were asked for by days, the
// latest used first; no more than 32. Nobody changes them.
func (k *Keeper) Known(scope, report string) []report.Series { return k.series.list(scope, report) }

// Holds tells whether Windows would answer from fresh rows alone. Where it would not, the
// last window mostly tells: it is the one that a cold question lacks, and that comes to
// the end of its life first, so that the others need not be looked up.
func (k *Keeper) Holds(q *report.Question) bool {
	if n := len(q.Windows); n > 1 {
		last := *q
		last.Windows = q.Windows[n-1:]
		if !k.holds(&last) {
			return false
		}
	}
	return k.holds(q)
}

func (k *Keeper) holds(q *report.Question) bool {
	a := k.ask(context.Background(), q)
	for _, s := range a.standing {
		if s != fresh {
			return false
		}
	}
	return true
}

// Windows returns the rows of every window of a question.
//
// Where all windows are kept, and none is further past its life than it may be served
// stale, it answers at once and lets what is past its life be fetched in the background.
// Otherwise it waits until everything that is not fresh has been fetched, by itself or by
// whoever is fetching it already, or until ctx ends. With Mode.Revalidate a call that is
// already under way is good enough too.
func (k *Keeper) Windows(ctx context.Context, q *report.Question) *report.Kept {
	a := k.ask(ctx, q)
	if !q.Steady && len(q.Windows) > 0 && dated(&q.Windows[0]) {
		k.series.use(q, a.family)
	}
	var t *trip
	ahead := 0
	switch {
	case q.Mode.OnlyKept:
	case a.waits():
		if ctx.Err() == nil {
			t = k.depart(ctx, a)
		}
		a.await(ctx, t)
	default:
		ahead = k.refresh(ctx, a)
	}
	kept := a.answer()
	if kept.Failed == nil && ahead == 0 && !q.Mode.OnlyKept {
		ahead = k.refreshAhead(ctx, a)
	}
	k.count(a, kept, t, ahead)
	return kept
}

// count tells the observer how the question was answered: ahead is how many calls it
// caused in the background.
func (k *Keeper) count(a *ask, kept *report.Kept, t *trip, ahead int) {
	if k.config.Observer == nil {
		return
	}
	own := 0
	if t != nil {
		own = int(t.calls.Load())
	}
	outcome, whole := kept.State, true
	for _, rows := range kept.Rows {
		whole = whole && rows != nil
	}
	if outcome == answer.Miss && whole && own == 0 {
		outcome = "coalesced"
	}
	saved := 0
	if whole {
		saved = max(0, calls(a.q.Windows, a.q.Joint, a.q.Longest)-own-ahead)
	}
	k.config.Observer.Served(a.q.Platform, a.q.Operation, outcome, saved)
}
