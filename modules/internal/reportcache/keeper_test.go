package reportcache

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/plugins"
)

func TestAYearAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name                       string
		longest                    int
		cold, nextDay, nextWeekMax int
	}{
		// 365 = 12 × 30 + 5; what is younger than 37 days lives for hours
		{"30 days a call", 30, 13, 2, 13},
		{"no cap", 0, 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				q := w.days(365, c.longest)
				kept := w.ask(q)
				wholeOf(t, q, kept)
				assert.Equal(t, "miss", kept.State)
				assert.Equal(t, noon, kept.AsOf)
				assert.InDelta(t, 60, kept.Until.Sub(noon).Seconds(), 6)
				assert.Equal(t, c.cold, w.platform.count())

				kept = w.ask(q)
				wholeOf(t, q, kept)
				assert.Equal(t, "hit", kept.State)
				assert.Equal(t, noon, kept.AsOf)
				assert.Zero(t, w.platform.count(), "asked again at once")

				w.pass(day)
				q = w.days(365, c.longest)
				kept = w.ask(q)
				wholeOf(t, q, kept)
				assert.Equal(t, "miss", kept.State)
				assert.Equal(t, noon, kept.AsOf, "the oldest of its windows")
				assert.Equal(t, c.nextDay, w.platform.count(), "a day later, with what is fetched in the background")

				w.pass(8 * day)
				q = w.days(365, c.longest)
				kept = w.ask(q)
				wholeOf(t, q, kept)
				assert.Equal(t, w.Now(), kept.AsOf)
				assert.Equal(t, c.nextWeekMax, w.platform.count(), "when everything is past its life")
			})
		})
	}
}

// Old pieces are fetched ahead of their end, so that a year that is asked for every day never
// takes more than a call beyond those for the last weeks.
func TestAYearAskedEveryDay(t *testing.T) {
	for _, c := range []struct {
		name            string
		longest         int
		most, mostInAll int
	}{
		// each day 2 calls for the last 37 days; 13 pieces that have a turn every 4.7 days: less than twice a week
		{"30 days a call", 30, 2 + 5, 8*7*2 + 8*13*2},
		// one call a day, and 12 turns of everything
		{"no cap", 0, 2, 8*7 + 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.ask(w.days(365, c.longest))
				w.platform.count()
				all := 0
				for range 8 * 7 {
					w.pass(day)
					q := w.days(365, c.longest)
					kept := w.ask(q)
					wholeOf(t, q, kept)
					assert.Nil(t, kept.Failed)
					assert.Less(t, w.Now().Sub(kept.AsOf), 7*day, "fetched ahead of the end of its life")
					n := w.platform.count()
					assert.LessOrEqual(t, n, c.most)
					all += n
				}
				assert.LessOrEqual(t, all, c.mostInAll)
			})
		})
	}
}

func TestPartOfTheWindowsFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(60, 30)
		bad := q.Windows[0].From
		w.platform.set(func(p *tracker) {
			p.failing = func(windows []report.Window) *problem.Problem {
				if windows[0].From == bad {
					return problem.New(problem.PlatformError, "not this one")
				}
				return nil
			}
		})
		kept := w.ask(q)
		for i, rows := range kept.Rows {
			assert.Equal(t, i < 30, rows == nil, "window %d", i)
		}
		assert.Equal(t, problem.PlatformError, kept.Failed.Code)
		assert.Equal(t, "miss", kept.State)
		assert.Equal(t, 2, w.platform.count())
		w.platform.fails("")
		wholeOf(t, q, w.ask(q))
		assert.Equal(t, 1, w.platform.count(), "what came is kept, what failed is not")
	})
}

func TestHopelessCallsAreNotMade(t *testing.T) {
	for _, c := range []struct {
		name string
		code problem.Code
		most int
	}{
		{"some failures that may pass", problem.PlatformTimeout, 6},
		{"one that does not", problem.PlatformIPNotAllowed, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.platform.fails(c.code)
				q := w.days(300, 10)
				kept := w.ask(q)
				assert.Equal(t, make([][]byte, 300), kept.Rows)
				assert.Equal(t, c.code, kept.Failed.Code)
				assert.LessOrEqual(t, w.platform.count(), c.most)
			})
		})
	}
}

func TestOnlyKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(2, 0)
		q.Mode.OnlyKept = true
		kept := w.ask(q)
		assert.Equal(t, [][]byte{nil, nil}, kept.Rows)
		assert.Equal(t, problem.NotCached, kept.Failed.Code)
		assert.Equal(t, "miss", kept.State)

		fetching := w.days(1, 0)
		w.ask(fetching)
		assert.Equal(t, 1, w.platform.count())
		kept = w.ask(q)
		assert.Nil(t, kept.Rows[0])
		assert.NotNil(t, kept.Rows[1], "what is kept is given")
		assert.Equal(t, problem.NotCached, kept.Failed.Code)

		q = w.days(1, 0)
		q.Mode.OnlyKept = true
		for _, c := range []struct {
			name  string
			after time.Duration
			state string
		}{
			{"fresh", 0, "hit"},
			{"past its life", 2 * time.Minute, "stale"},
			{"as on error", 6 * day, "stale"},
			{"no more", 2 * day, "miss"},
		} {
			w.pass(c.after)
			kept = w.ask(q)
			assert.Equal(t, c.state, kept.State, c.name)
			assert.Equal(t, c.state == "miss", kept.Rows[0] == nil, c.name)
			assert.Equal(t, c.state == "miss", kept.Failed != nil, c.name)
		}
		assert.Zero(t, w.platform.count(), "nothing is fetched, in the background either")
	})
}

func TestRevalidate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.ask(w.days(60, 30))
		w.platform.count()
		w.pass(time.Second)
		q := w.days(60, 30)
		q.Mode.Revalidate = true
		kept := w.ask(q)
		wholeOf(t, q, kept)
		assert.Equal(t, w.Now(), kept.AsOf)
		assert.Equal(t, "miss", kept.State)
		assert.Equal(t, 2, w.platform.count())
		w.pass(time.Nanosecond)
		assert.Equal(t, "miss", w.ask(q).State, "what it fetched is old for the next")

		w.platform.fails(problem.PlatformUnavailable)
		w.pass(time.Second)
		kept = w.ask(q)
		assert.Equal(t, make([][]byte, 60), kept.Rows, "nothing from before is good enough")
		assert.Equal(t, problem.PlatformUnavailable, kept.Failed.Code)
		q.Mode.Revalidate = false
		assert.Equal(t, "hit", w.ask(q).State, "what was kept is still there for others")

		q.Mode = report.Mode{Revalidate: true, OnlyKept: true}
		assert.Equal(t, problem.NotCached, w.ask(q).Failed.Code)
	})
}

func TestHolds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(10, 0)
		assert.False(t, w.Holds(q))
		w.ask(w.days(9, 0))
		assert.False(t, w.Holds(q), "a day is missing")
		w.ask(q)
		w.platform.count()
		assert.True(t, w.Holds(q))
		w.pass(2 * time.Minute)
		assert.False(t, w.Holds(q), "a day is past its life")
		assert.Zero(t, w.platform.count())
	})
}

// Of a question that nothing is kept of one window is looked for.
func TestHoldsLooksForOneWindowFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelfStore{records: map[string]plugins.StoreRecord{}}
		w := newWorld(t, store)
		assert.False(t, w.Holds(w.days(365, 0)))
		assert.Equal(t, 1, store.asked)
		q := w.days(30, 0)
		q.Windows = q.Windows[:20]
		w.ask(q)
		assert.True(t, w.Holds(q))
		store.asked = 0
		assert.False(t, w.Holds(w.days(30, 0)), "the last ten days are missing")
		assert.Equal(t, 1, store.asked)
	})
}

func TestScopesDoNotMix(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.days(3, 0), w.days(3, 0)
		b.Scope = "another account"
		first := w.ask(a)
		assert.Equal(t, "miss", w.ask(b).State)
		assert.Equal(t, first.Rows, w.ask(a).Rows)
		assert.NotEqual(t, first.Rows, w.ask(b).Rows)
	})
}

func TestWordsAndNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		word := w.question([]report.Window{{Interval: "current_period"}}, 0)
		wholeOf(t, word, w.ask(word))
		names := w.question([]report.Window{{}}, 0)
		names.Steady, names.Operation, names.Series = true, "networks.list", report.Series{Report: "networks.list"}
		w.ask(names)
		w.platform.count()
		w.pass(5 * time.Hour)
		assert.Equal(t, "hit", w.ask(names).State)
		w.platform.fails(problem.PlatformUnavailable)
		assert.Equal(t, "stale", w.ask(word).State)
		w.pass(8 * time.Hour) // it is tomorrow
		kept := w.ask(word)
		assert.Equal(t, [][]byte{nil}, kept.Rows, "the word means other days now")
		assert.Equal(t, "stale", w.ask(names).State)
	})
}

func TestNoRowsAreRowsToo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		calls := 0
		q.Fetch = emptyFetch(&calls)
		assert.Equal(t, [][]byte{{}}, w.ask(q).Rows)
		kept := w.ask(q)
		assert.Equal(t, [][]byte{{}}, kept.Rows)
		assert.Equal(t, "hit", kept.State)
		assert.Equal(t, 1, calls)
	})
}

func TestARestartStartsWarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelfStore{records: map[string]plugins.StoreRecord{}}
		w := newWorld(t, store)
		first := w.ask(w.days(365, 30))
		w.platform.count()
		w.Close()
		w.cache.Close()

		w.pass(30 * time.Second)
		w.open(store)
		q := w.days(365, 30)
		kept := w.ask(q)
		assert.Equal(t, "hit", kept.State)
		assert.Equal(t, first.Rows, kept.Rows)
		assert.Equal(t, noon, kept.AsOf)
		assert.Zero(t, w.platform.count())
		w.pass(day)
		q = w.days(365, 30)
		wholeOf(t, q, w.ask(q))
		assert.Equal(t, 2, w.platform.count())
	})
}

func TestAFutureWindowWasMadeByAWrongClock(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.pass(48 * time.Hour)
		q := w.days(3, 0)
		w.ask(q)
		w.platform.count()
		w.pass(-30 * time.Second)
		assert.Equal(t, "hit", w.ask(q).State, "clocks differ a little")
		w.pass(-5 * time.Minute)
		assert.Equal(t, "miss", w.ask(q).State)
		assert.Equal(t, 1, w.platform.count())
	})
}

func TestWhatIsCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(90, 30)
		check := func(outcome string, saved int) {
			t.Helper()
			outcomes, got := w.served.take()
			assert.Equal(t, map[string]int{outcome: 1}, outcomes)
			assert.Equal(t, saved, got)
		}
		w.ask(q)
		check("miss", 0)
		w.ask(q)
		check("hit", 3)
		w.pass(2 * time.Minute)
		w.ask(q)
		check("stale", 2) // one in the background
		w.pass(14 * time.Minute)
		w.ask(q)
		check("miss", 2) // today and three days before in one call
		w.platform.fails(problem.PlatformTimeout)
		w.pass(2 * day)
		w.ask(q)
		check("stale", 1)
		q.Mode.Revalidate = true
		w.ask(q)
		check("miss", 0)
	})
}
