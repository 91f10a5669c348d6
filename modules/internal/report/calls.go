package report

import (
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

const (
	// concurrentWindows is how many windows of one question are fetched at the same
	// time; the platform's own limits may allow fewer.
	concurrentWindows = 4
	// enoughFailures is after how many failed windows the others are not tried any
	// more. A failure that no repetition mends is enough by itself.
	enoughFailures = 3
)

// Together makes n native calls, at most four at the same time, and returns the first
// failure. Calls that have not begun are left out once the failures show that they are
// hopeless too.
func Together(n int, call func(i int) *problem.Problem) *problem.Problem {
	var (
		mu       sync.Mutex
		failures int
		failed   *problem.Problem
	)
	hopeless := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return failures >= enoughFailures || failed != nil && !failed.Retryable()
	}
	var calls errgroup.Group
	calls.SetLimit(concurrentWindows)
	for i := range n {
		calls.Go(func() error {
			if hopeless() {
				return nil
			}
			if with := call(i); with != nil {
				mu.Lock()
				defer mu.Unlock()
				failures++
				if failed == nil {
					failed = with
				}
			}
			return nil
		})
	}
	_ = calls.Wait() // failures are in failed
	return failed
}
