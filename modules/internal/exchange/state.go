package exchange

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Rate is how many native requests may be made per time. Requests is also the
// size of the bucket: after a quiet Per that many may be made at once. The
// zero value sets no limit.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Limit is a rate that a platform has for calls of one kind, beside the one for all. The
// zero value sets none.
type Limit struct {
	// Call names the kind, as in GET /conversions. Requests with the same name and rate
	// share the limit.
	Call string
	Rate
}

// Breaker says when a platform gets a pause.
type Breaker struct {
	// Failures is how many calls in a row have to fail, after their retries.
	// Default: 10; negative switches the breaker off.
	Failures int
	// Delay is how long the pause lasts; one call is then let through to see. Default: 10 s.
	Delay time.Duration
}

// State is what a platform's callers know about it that must outlive a
// configuration: breaker, rate buckets, concurrency, the last outcome of
// credential and allowlist, and choices among spellings. Callers with the same
// limits share them; a caller with other limits starts with fresh ones. One
// State belongs to one account at one platform. Safe for concurrent use.
type State struct {
	retries   budget.Budget
	anonymous *semaphore.Weighted // of calls without a credential

	mu        sync.Mutex
	breakers  map[Breaker]circuitbreaker.CircuitBreaker[any]
	limiters  map[Rate]*rate.Limiter
	limits    map[Limit]*ownLimit
	bulkheads map[int]bulkhead.Bulkhead[any]
	choices   map[string]int
	sessions  map[uint64]*session // by fingerprint

	last atomic.Pointer[standing]
	// in Unix nanoseconds; 0: never
	lastSuccess, lastFailure atomic.Int64
}

// standing is what the platform last said about a credential and our address.
type standing struct {
	credentials uint64 // fingerprint
	credential  CredentialState
	allowlist   bool       // refused
	address     netip.Addr // that the allowlist lacks; invalid where the platform does not say
	// in Unix nanoseconds, of refusals; what was accepted was at the last success
	credentialAt, allowlistAt int64
}

// minRetries is how many repetitions a platform may have under way at once,
// however few calls there are; beyond it they may be a fifth of the failing
// calls. A platform that is down must not get thrice the load.
const minRetries = 10

// NewState returns a State that knows nothing yet.
func NewState() *State {
	return &State{
		anonymous: semaphore.NewWeighted(maxAnonymous),
		retries:   budget.NewBuilder().WithMinConcurrency(minRetries).Build(),
		breakers:  make(map[Breaker]circuitbreaker.CircuitBreaker[any]),
		limiters:  make(map[Rate]*rate.Limiter),
		limits:    make(map[Limit]*ownLimit),
		bulkheads: make(map[int]bulkhead.Bulkhead[any]),
		choices:   make(map[string]int),
		sessions:  make(map[uint64]*session),
	}
}

// Choice returns the index that was remembered under key, for instance which
// of several documented spellings of a path a platform answers to.
func (s *State) Choice(key string) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.choices[key]
	return i, ok
}

// SetChoice remembers an index under key.
func (s *State) SetChoice(key string, index int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.choices[key] = index
}

func (s *State) breaker(b Breaker) circuitbreaker.CircuitBreaker[any] {
	if b.Failures < 0 {
		return nil
	}
	return shared(s, s.breakers, b, func() circuitbreaker.CircuitBreaker[any] {
		return circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(uint(b.Failures)).
			WithSuccessThreshold(1). // so one call probes at a time
			WithDelay(b.Delay).
			Build()
	})
}

func (s *State) limiter(r Rate) *rate.Limiter {
	if r.Requests <= 0 {
		return nil
	}
	return shared(s, s.limiters, r, r.limiter)
}

func (r Rate) limiter() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(r.Requests)/r.Per.Seconds()), r.Requests)
}

// ownLimit is the limit of one kind of call. Whoever waits for it waits for the turn
// before, in the order of coming.
type ownLimit struct {
	turn    *semaphore.Weighted
	limiter *rate.Limiter
}

// own returns what keeps a limit of one kind of call; nil where there is none.
func (s *State) own(l Limit) *ownLimit {
	if l.Requests <= 0 {
		return nil
	}
	return shared(s, s.limits, l, func() *ownLimit {
		return &ownLimit{turn: semaphore.NewWeighted(1), limiter: l.limiter()}
	})
}

func (s *State) bulkhead(concurrency int) bulkhead.Bulkhead[any] {
	if concurrency <= 0 {
		return nil
	}
	return shared(s, s.bulkheads, concurrency, func() bulkhead.Bulkhead[any] {
		return bulkhead.New[any](uint(concurrency))
	})
}

// session returns what is kept of the tokens of an account.
func (s *State) session(account uint64) *session {
	return shared(s, s.sessions, account, func() *session { return new(session) })
}

func shared[K comparable, V any](s *State, m map[K]V, key K, create func() V) V {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := m[key]
	if !ok {
		v = create()
		m[key] = v
	}
	return v
}

// judged remembers what an answer said about credentials and our address. It
// writes only changes, so that it costs a success nothing.
func (s *State) judged(next standing) {
	if last := s.last.Load(); last == nil || *last != next {
		s.last.Store(&next)
	}
}

// standing returns what the platform last said about the credentials of a fingerprint.
func (s *State) standing(credentials uint64) standing {
	if last := s.last.Load(); last != nil && last.credentials == credentials {
		return *last
	}
	return standing{credentials: credentials, credential: CredentialUnknown}
}

var fingerprintSeed = maphash.MakeSeed()

// fingerprint tells credentials apart without keeping them.
func fingerprint(credentials map[string]string) uint64 {
	names := make([]string, 0, len(credentials))
	for name := range credentials {
		names = append(names, name)
	}
	slices.Sort(names)
	var h maphash.Hash
	h.SetSeed(fingerprintSeed)
	for _, name := range names {
		maphash.WriteComparable(&h, name)
		maphash.WriteComparable(&h, credentials[name])
	}
	return h.Sum64()
}
