package reportcache

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func TestStaleWhileItIsFetchedAnew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		w.ask(q)
		w.platform.count()
		w.pass(2 * time.Minute)

		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		for range 5 {
			kept := w.ask(q)
			wholeOf(t, q, kept)
			assert.Equal(t, "stale", kept.State)
			assert.Equal(t, noon, kept.AsOf)
			assert.Equal(t, w.Now().Add(soon), kept.Until, "it will be there soon")
			assert.Nil(t, kept.Failed)
		}
		assert.Equal(t, 1, w.platform.count(), "one refresh for all who ask")
		close(release)
		synctest.Wait()

		kept := w.ask(q)
		assert.Equal(t, "hit", kept.State)
		assert.Equal(t, noon.Add(2*time.Minute), kept.AsOf)
		assert.Zero(t, w.platform.count())

		w.pass(12 * time.Minute)
		kept = w.ask(q)
		assert.Equal(t, "miss", kept.State, "after that it is fetched in front of the client")
		assert.Equal(t, 1, w.platform.count())
	})
}

func TestARefreshNeedsRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		room := false
		q.Spare = func() bool { return room }
		w.ask(q)
		w.platform.count()
		w.pass(2 * time.Minute)
		kept := w.ask(q)
		assert.Equal(t, "stale", kept.State)
		assert.Equal(t, w.Now().Add(pause), kept.Until)
		assert.Zero(t, w.platform.count())
		room = true
		assert.Equal(t, "stale", w.ask(q).State)
		assert.Equal(t, 1, w.platform.count())
		assert.Equal(t, "hit", w.ask(q).State)
	})
}

func TestOneRefreshOfASeriesAtATime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.ask(w.days(4, 0))
		w.platform.count()
		w.pass(17 * time.Minute)
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		yesterday, before := w.days(4, 0), w.days(4, 0)
		yesterday.Windows, before.Windows = yesterday.Windows[2:3], before.Windows[1:2]
		assert.Equal(t, "stale", w.ask(yesterday).State)
		assert.Equal(t, "stale", w.ask(before).State)
		assert.Equal(t, 1, w.platform.count())
		close(release)
		synctest.Wait()
		assert.Equal(t, "hit", w.ask(yesterday).State)
		assert.Equal(t, "stale", w.ask(before).State)
		assert.Equal(t, 1, w.platform.count())
		assert.Equal(t, "hit", w.ask(before).State)
	})
}

func TestOnlyAFewRefreshesOfAPlatformAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		of := func(scope string) *report.Question {
			q := w.days(1, 0)
			q.Scope = scope
			return q
		}
		scopes := []string{"a", "b", "c", "d", "e"}
		for _, scope := range scopes {
			w.ask(of(scope))
		}
		w.platform.count()
		w.pass(2 * time.Minute)
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		for _, scope := range scopes {
			assert.Equal(t, "stale", w.ask(of(scope)).State)
		}
		assert.Equal(t, maxBackground, w.platform.count())
		other := of("a")
		other.Platform = "another"
		w.platform.set(func(p *tracker) { p.during = nil })
		w.ask(other)
		w.pass(2 * time.Minute)
		w.platform.count()
		assert.Equal(t, "stale", w.ask(other).State)
		assert.Equal(t, 1, w.platform.count(), "another platform is not held up")
		close(release)
		synctest.Wait()
		for _, scope := range scopes[2:] {
			w.ask(of(scope))
		}
		assert.Equal(t, 3, w.platform.count())
	})
}

func TestStaleWhileThePlatformFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(10, 0)
		w.ask(q)
		w.platform.fails(problem.PlatformTimeout)
		w.platform.count()

		w.pass(7 * day)
		kept := w.ask(q)
		wholeOf(t, q, kept)
		assert.Equal(t, "stale", kept.State)
		assert.Equal(t, noon, kept.AsOf)
		require.NotNil(t, kept.Failed)
		assert.Equal(t, problem.PlatformTimeout, kept.Failed.Code)
		assert.Equal(t, "tracker", kept.Failed.Platform)
		assert.Equal(t, w.Now().Add(5*time.Second), kept.Until)
		assert.Equal(t, 1, w.platform.count())

		until := kept.Until
		w.pass(4 * time.Second)
		kept = w.ask(q)
		wholeOf(t, q, kept)
		assert.Equal(t, "stale", kept.State)
		assert.Equal(t, until, kept.Until)
		assert.Equal(t, problem.PlatformTimeout, kept.Failed.Code)
		assert.Zero(t, w.platform.count(), "it is left alone for 5 s")

		w.pass(time.Second)
		w.ask(q)
		assert.Equal(t, 1, w.platform.count(), "then it is tried again")

		// the window of the day that was open lived for a minute, and is given for 7 days after it;
		// those that were older lived for hours
		w.pass(5 * time.Minute)
		kept = w.ask(q)
		assert.Nil(t, kept.Rows[9])
		assert.NotNil(t, kept.Rows[0])
		assert.Equal(t, problem.PlatformTimeout, kept.Failed.Code)
		w.pass(day)
		kept = w.ask(q)
		assert.Equal(t, make([][]byte, 10), kept.Rows)
		assert.Equal(t, "miss", kept.State)
		assert.Zero(t, kept.AsOf)

		w.platform.fails("")
		kept = w.ask(q)
		wholeOf(t, q, kept)
		assert.Nil(t, kept.Failed)
	})
}

func TestAFailedRefreshIsHeeded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		w.ask(q)
		w.pass(2 * time.Minute)
		w.platform.fails(problem.PlatformUnavailable)
		w.platform.count()
		assert.Nil(t, w.ask(q).Failed, "it has not failed yet")
		for range 3 {
			kept := w.ask(q)
			wholeOf(t, q, kept)
			assert.Equal(t, "stale", kept.State)
			assert.Equal(t, problem.PlatformUnavailable, kept.Failed.Code)
			assert.Equal(t, w.Now().Add(pause), kept.Until)
		}
		assert.Equal(t, 1, w.platform.count())
		w.pass(pause)
		w.platform.fails("")
		w.ask(q)
		assert.Equal(t, "hit", w.ask(q).State)
		assert.Equal(t, 1, w.platform.count())
	})
}

func TestARefusedCredentialIsNotMetWithOldRows(t *testing.T) {
	for _, code := range []problem.Code{problem.PlatformCredentialsRejected, problem.PlatformForbidden, problem.PlatformAccountLocked} {
		t.Run(string(code), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				q := w.days(2, 0) // today lives for a minute, yesterday for 15
				w.ask(q)
				w.pass(2 * time.Minute)
				w.platform.fails(code)
				assert.Equal(t, "stale", w.ask(q).State, "nobody knows it yet")
				for range 2 {
					kept := w.ask(q)
					assert.Nil(t, kept.Rows[1])
					assert.NotNil(t, kept.Rows[0], "fresh rows are given")
					assert.Equal(t, code, kept.Failed.Code)
				}
				q.Mode.OnlyKept = true
				kept := w.ask(q)
				assert.Nil(t, kept.Rows[1])
				assert.Equal(t, code, kept.Failed.Code)
				q.Mode.OnlyKept = false
				w.pass(day)
				kept = w.ask(q)
				assert.Equal(t, [][]byte{nil, nil}, kept.Rows)
				assert.Equal(t, code, kept.Failed.Code)

				w.platform.fails("")
				kept = w.ask(q)
				wholeOf(t, q, kept)
				assert.Nil(t, kept.Failed)
			})
		})
	}
}
