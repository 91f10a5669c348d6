package reportcache

import (
	"sync/atomic"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

const (
	// pause is how long windows are not fetched after a failure, while stale rows can be given.
	pause = 5 * time.Second
	// soon is when rows that are being fetched in the background are likely to be there.
	soon = time.Second
)

// failure is why windows could not be fetched, and how long that is heeded.
type failure struct {
	with  *problem.Problem
	until time.Time
	// number counts failures: it is greater than ask.failed of those who asked before it.
	number uint64
}

// failures are the latest failures of windows. It is guarded by the keeper.
type failures struct {
	of    map[cache.Key]*failure
	count atomic.Uint64 // of calls that failed
	sweep int           // the number of failures from which on those that are over are looked for
}

// add notes that windows failed.
func (f *failures) add(keys []cache.Key, with *failure, now time.Time) {
	with.number = f.count.Add(1)
	for _, key := range keys {
		f.of[key] = with
	}
	if len(f.of) < max(f.sweep, 1024) {
		return
	}
	for key, old := range f.of {
		if !now.Before(old.until) {
			delete(f.of, key)
		}
	}
	f.sweep = 2 * len(f.of)
}

// at returns the failure of a window, or nil when it is over or there was none.
func (f *failures) at(key cache.Key, now time.Time) *failure {
	if with := f.of[key]; with != nil && now.Before(with.until) {
		return with
	}
	return nil
}

// after returns the failure of a window that came after a number of failures, over or not.
func (f *failures) after(key cache.Key, number uint64) *failure {
	if with := f.of[key]; with != nil && with.number > number {
		return with
	}
	return nil
}

// clear forgets the failures of windows that were fetched.
func (f *failures) clear(keys []cache.Key) {
	for _, key := range keys {
		delete(f.of, key)
	}
}

// refused tells whether the platform turned the gateway's credential away. Who may no
// longer ask for rows is not given old ones.
func refused(p *problem.Problem) bool {
	return p.Code == problem.PlatformCredentialsRejected || p.Code == problem.PlatformForbidden || p.Code == problem.PlatformAccountLocked
}
