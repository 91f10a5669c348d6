package reportcache

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// oldDays is a question about 300 days that are all old, kept and almost at the end of
// their life, so that each of their 10 or 11 pieces of 30 days has had its turn.
func (w *world) oldDays() *report.Question {
	today := report.DateOf(w.Now())
	q := w.question(daysOf(today-399, today-100), 30)
	w.ask(q)
	w.platform.count()
	w.pass(6 * day)
	return q
}

func TestOldWindowsAreFetchedAheadOnePieceAtATime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.oldDays()
		gate := make(chan struct{})
		flying := 0
		w.platform.set(func(p *tracker) {
			p.during = func(context.Context, []report.Window) {
				flying++
				<-gate
				flying--
			}
		})
		kept := w.ask(q)
		assert.Equal(t, "hit", kept.State)
		assert.Equal(t, noon, kept.AsOf, "nobody waits for them")
		for flying > 0 {
			assert.Equal(t, 1, flying)
			gate <- struct{}{}
			synctest.Wait()
		}
		w.platform.set(func(p *tracker) {
			days := 0
			for _, windows := range p.calls {
				assert.LessOrEqual(t, len(windows), 30)
				days += len(windows)
			}
			assert.Equal(t, 300, days)
		})
		kept = w.ask(q)
		assert.Equal(t, w.Now(), kept.AsOf)
		w.platform.count()
		w.pass(day)
		assert.Equal(t, "hit", w.ask(q).State)
		assert.Zero(t, w.platform.count())
	})
}

func TestFetchingAheadEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(w *world, q *report.Question)
		want int
	}{
		{"where there is no room", func(_ *world, q *report.Question) { q.Spare = func() bool { return false } }, 0},
		{"when there is no more room", func(_ *world, q *report.Question) {
			asked := 0
			q.Spare = func() bool { asked++; return asked <= 3 }
		}, 3},
		{"at the first failure", func(w *world, _ *report.Question) { w.platform.fails(problem.PlatformTimeout) }, 1},
		{"with the gateway", func(w *world, _ *report.Question) { w.Close() }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				q := w.oldDays()
				c.set(w, q)
				kept := w.ask(q)
				wholeOf(t, q, kept)
				assert.Equal(t, "hit", kept.State)
				assert.Nil(t, kept.Failed, "fresh rows are as good as before")
				assert.Equal(t, c.want, w.platform.count())
			})
		})
	}
}

func TestARefreshDoesNotBeginWhatIsUnderWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q, forced := w.days(1, 0), w.days(1, 0)
		w.ask(q)
		w.platform.count()
		w.pass(2 * time.Minute)
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		forced.Mode.Revalidate = true
		var kept *report.Kept
		var wg sync.WaitGroup
		wg.Go(func() { kept = w.Windows(t.Context(), forced) })
		synctest.Wait()
		w.served.take()
		assert.Equal(t, "stale", w.ask(q).State)
		outcomes, saved := w.served.take()
		assert.Equal(t, map[string]int{"stale": 1}, outcomes)
		assert.Equal(t, 1, saved)
		close(release)
		wg.Wait()
		wholeOf(t, forced, kept)
		assert.Equal(t, 1, w.platform.count())
	})
}

func TestFailuresThatAreOverAreForgotten(t *testing.T) {
	f := failures{of: map[cache.Key]*failure{}}
	now := noon
	for i := range 10_000 {
		now = now.Add(10 * time.Millisecond)
		f.add([]cache.Key{cache.KeyOf(time.Duration(i).String())}, &failure{until: now.Add(pause)}, now)
	}
	// 500 of them are not over
	assert.Less(t, len(f.of), 1100)
	last := cache.KeyOf(time.Duration(9999).String())
	assert.NotNil(t, f.at(last, now))
	assert.Nil(t, f.at(last, now.Add(pause)))
	f.clear([]cache.Key{last})
	assert.Nil(t, f.at(last, now))
}
