// Package clock is the clock of the gateway: one place to ask for the time, so that
// tests can let days pass. It must know nothing else.
package clock

import (
	"sync/atomic"
	"time"
)

var source atomic.Pointer[func() time.Time]

// Now returns the present moment.
func Now() time.Time {
	if f := source.Load(); f != nil {
		return (*f)()
	}
	return time.Now()
}

// Replace makes now the clock until restore is called. It is for tests, of which only
// one may use it at a time; now has to be safe for concurrent use.
func Replace(now func() time.Time) (restore func()) {
	source.Store(&now)
	return func() { source.Store(nil) }
}
