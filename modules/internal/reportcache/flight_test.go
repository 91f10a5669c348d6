package reportcache

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/plugins"
)

// waitFor holds up calls until a channel is closed, or their context ends.
func waitFor(release <-chan struct{}) func(context.Context, []report.Window) {
	return func(ctx context.Context, _ []report.Window) {
		select {
		case <-release:
		case <-ctx.Done():
		}
	}
}

func emptyFetch(calls *int) func(context.Context, []report.Window) ([][]byte, *problem.Problem) {
	return func(_ context.Context, windows []report.Window) ([][]byte, *problem.Problem) {
		*calls++
		rows := make([][]byte, len(windows))
		for i := range rows {
			rows[i] = []byte{}
		}
		return rows, nil
	}
}

// together asks n questions at once and returns the answers.
func (w *world) together(n int, ask func(i int) *report.Question) []*report.Kept {
	out := make([]*report.Kept, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i] = w.Windows(w.t.Context(), ask(i)) })
	}
	wg.Wait()
	return out
}

func TestAThousandConcurrentMissesMakeOneCallPerWindowSet(t *testing.T) {
	for _, c := range []struct {
		name string
		mode report.Mode
		held bool // the platform answers when all of them wait
	}{
		{"held up", report.Mode{}, true},
		{"answered at once", report.Mode{}, false},
		{"no-cache", report.Mode{Revalidate: true}, true},
		{"no-cache, answered at once", report.Mode{Revalidate: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				if c.mode.Revalidate {
					w.ask(w.days(60, 30))
					w.platform.count()
					w.served.take()
					w.pass(time.Second)
				}
				release := make(chan struct{})
				if c.held {
					w.platform.set(func(p *tracker) { p.during = waitFor(release) })
					go func() {
						synctest.Wait()
						close(release)
					}()
				}
				q := w.days(60, 30)
				q.Mode = c.mode
				answers := w.together(1000, func(int) *report.Question { return q })
				for _, kept := range answers {
					require.Equal(t, answers[0].Rows, kept.Rows)
				}
				wholeOf(t, q, answers[0])
				assert.Equal(t, 2, w.platform.count())
				outcomes, _ := w.served.take()
				assert.Equal(t, 1, outcomes["miss"])
				assert.Equal(t, 999, outcomes["coalesced"]+outcomes["hit"])
				if c.held {
					assert.Equal(t, 999, outcomes["coalesced"])
				}
			})
		})
	}
}

// Between the look at what is kept and the departure another question may have fetched it all.
func TestWhoLookedBeforeTheRowsCameDoesNotFetchThemAgain(t *testing.T) {
	for _, mode := range []report.Mode{{}, {Revalidate: true}} {
		inWorld(t, func(t *testing.T, w *world) {
			w.ask(w.days(60, 30))
			w.pass(day)
			q := w.days(60, 30)
			q.Mode = mode
			late := w.Keeper.ask(t.Context(), q)
			other := w.ask(q)
			w.platform.count()
			w.served.take()
			late.await(t.Context(), w.depart(t.Context(), late))
			assert.Equal(t, other.Rows, late.answer().Rows)
			assert.Zero(t, w.platform.count())
		})
	}
}

func TestOverlappingQuestionsShareWhatIsUnderWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		last := report.DateOf(w.Now()) - 100
		sets := [][]report.Window{daysOf(last-9, last), daysOf(last-14, last-5), daysOf(last-5, last+5), daysOf(last-14, last+5)}
		var wg sync.WaitGroup
		answers := make([]*report.Kept, len(sets))
		for i, ws := range sets {
			wg.Go(func() { answers[i] = w.Windows(t.Context(), w.question(ws, 0)) })
			synctest.Wait()
		}
		close(release)
		wg.Wait()
		for i, ws := range sets {
			wholeOf(t, w.question(ws, 0), answers[i])
		}
		w.platform.set(func(p *tracker) {
			assert.Equal(t, [][]report.Window{daysOf(last-9, last), daysOf(last-14, last-10), daysOf(last+1, last+5)}, p.calls)
		})
	})
}

func TestTheCallOutlivesItsClient(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		q := w.days(60, 30)
		client, leave := context.WithCancel(t.Context())
		var left, other *report.Kept
		var wg sync.WaitGroup
		wg.Go(func() { left = w.Windows(client, q) })
		synctest.Wait()
		waiting := make(chan struct{})
		go func() {
			other = w.Windows(t.Context(), q)
			close(waiting)
		}()
		synctest.Wait()
		leave()
		wg.Wait()
		assert.Equal(t, make([][]byte, 60), left.Rows, "it returns at once")
		assert.Equal(t, problem.PlatformUnavailable, left.Failed.Code)
		require.ErrorIs(t, left.Failed, context.Canceled)

		close(release)
		<-waiting
		wholeOf(t, q, other)
		assert.Nil(t, other.Failed)
		assert.Equal(t, "hit", w.ask(q).State, "the result is kept")
		assert.Equal(t, 2, w.platform.count())
	})
}

func TestAWaiterThatLeavesDoesNotEndTheCall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		w.ask(q)
		w.platform.count()
		w.pass(day)
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		var kept *report.Kept
		var wg sync.WaitGroup
		wg.Go(func() { kept = w.Windows(t.Context(), q) })
		synctest.Wait()
		client, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		left := w.Windows(client, q)
		assert.Equal(t, "stale", left.State, "old rows are better than none")
		assert.Equal(t, noon, left.AsOf)
		wholeOf(t, q, left)
		require.ErrorIs(t, left.Failed, context.DeadlineExceeded)
		close(release)
		wg.Wait()
		wholeOf(t, q, kept)
		assert.Nil(t, kept.Failed)
		assert.Equal(t, 1, w.platform.count())
	})
}

func TestWhoHasLeftAlreadyAsksForNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		client, leave := context.WithCancel(t.Context())
		leave()
		kept := w.Windows(client, w.days(2, 0))
		synctest.Wait()
		assert.Equal(t, [][]byte{nil, nil}, kept.Rows)
		assert.Equal(t, problem.PlatformUnavailable, kept.Failed.Code)
		assert.Zero(t, w.platform.count())
	})
}

func TestAFailedCallIsNotFollowedByAStampede(t *testing.T) {
	for _, held := range []bool{true, false} {
		inWorld(t, func(t *testing.T, w *world) {
			w.platform.fails(problem.PlatformUnavailable)
			release := make(chan struct{})
			if held {
				w.platform.set(func(p *tracker) { p.during = waitFor(release) })
				go func() {
					synctest.Wait()
					close(release)
				}()
			}
			q := w.days(1, 0)
			start := make(chan struct{})
			var wg sync.WaitGroup
			asks := make([]*ask, 1000)
			answers := make([]*report.Kept, len(asks))
			for i := range asks {
				asks[i] = w.Keeper.ask(t.Context(), q) // all have looked before the first fetches
				wg.Go(func() {
					<-start
					asks[i].await(t.Context(), w.depart(t.Context(), asks[i]))
					answers[i] = asks[i].answer()
				})
			}
			close(start)
			wg.Wait()
			for i, kept := range answers {
				require.Equal(t, problem.PlatformUnavailable, kept.Failed.Code)
				require.Nil(t, kept.Rows[0])
				require.False(t, i > 0 && kept.Failed == answers[0].Failed, "each has a problem of its own")
			}
			assert.Equal(t, 1, w.platform.count())

			w.platform.fails("")
			kept := w.ask(q)
			wholeOf(t, q, kept)
			assert.Equal(t, 1, w.platform.count(), "the next question tries again")
		})
	}
}

func TestFetchesThatGoWrong(t *testing.T) {
	for _, c := range []struct {
		name  string
		fetch func(ctx context.Context, never <-chan struct{}) ([][]byte, *problem.Problem)
		code  problem.Code
		cause string
	}{
		{"a panic", func(context.Context, <-chan struct{}) ([][]byte, *problem.Problem) { panic("out of cheese") }, problem.Internal, "panic in a fetch: out of cheese"},
		{"too few rows", func(context.Context, <-chan struct{}) ([][]byte, *problem.Problem) { return [][]byte{{}}, nil }, problem.Internal, "a fetch of 2 windows brought rows of 1"},
		{"no rows of a window", func(context.Context, <-chan struct{}) ([][]byte, *problem.Problem) { return [][]byte{{}, nil}, nil }, problem.Internal, "a fetch brought no rows of window 2 of 2"},
		{"the deadline, heeded", func(ctx context.Context, _ <-chan struct{}) ([][]byte, *problem.Problem) {
			<-ctx.Done()
			p := problem.New(problem.PlatformTimeout, "in its own words")
			p.Cause = errors.New("its own cause")
			return nil, p
		}, problem.PlatformTimeout, "its own cause"},
		{"the deadline, not heeded", func(_ context.Context, never <-chan struct{}) ([][]byte, *problem.Problem) {
			<-never
			return nil, nil
		}, problem.PlatformTimeout, context.DeadlineExceeded.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				never := make(chan struct{})
				q := w.days(2, 0)
				q.Fetch = func(ctx context.Context, _ []report.Window) ([][]byte, *problem.Problem) { return c.fetch(ctx, never) }
				for _, kept := range w.together(10, func(int) *report.Question { return q }) {
					assert.Equal(t, [][]byte{nil, nil}, kept.Rows)
					require.NotNil(t, kept.Failed)
					assert.Equal(t, c.code, kept.Failed.Code)
					assert.Contains(t, kept.Failed.Cause.Error(), c.cause)
					assert.NotContains(t, string(kept.Failed.JSON("")), "cheese")
				}
				next := w.days(2, 0)
				wholeOf(t, next, w.ask(next))
				close(never)
			})
		})
	}
}

func TestADropDuringACall(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		q := w.days(2, 0)
		var before, after *report.Kept
		var wg sync.WaitGroup
		wg.Go(func() { before = w.Windows(t.Context(), q) })
		synctest.Wait()
		_, err := w.cache.Drop(t.Context(), plugins.StoreSelection{Platform: "tracker"})
		require.NoError(t, err)
		wg.Go(func() { after = w.Windows(t.Context(), q) })
		synctest.Wait()
		close(release)
		wg.Wait()
		assert.Equal(t, [][]byte{rowsText(q.Windows[0], 1), rowsText(q.Windows[1], 1)}, before.Rows, "who waited for it gets it")
		assert.Equal(t, [][]byte{rowsText(q.Windows[0], 2), rowsText(q.Windows[1], 2)}, after.Rows, "who asks after the drop does not")
		assert.Equal(t, after.Rows, w.ask(q).Rows, "and it is not kept")
		assert.Equal(t, 2, w.platform.count())
	})
}

func TestRowsThatWereDroppedDoNotStandInForAFailure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		w.ask(q)
		w.pass(day)
		release := make(chan struct{})
		w.platform.fails(problem.PlatformTimeout)
		w.platform.set(func(p *tracker) { p.during = waitFor(release) })
		var kept *report.Kept
		var wg sync.WaitGroup
		wg.Go(func() { kept = w.Windows(t.Context(), q) })
		synctest.Wait()
		_, err := w.cache.Drop(t.Context(), plugins.StoreSelection{})
		require.NoError(t, err)
		close(release)
		wg.Wait()
		assert.Equal(t, [][]byte{nil}, kept.Rows)
		assert.Equal(t, problem.PlatformTimeout, kept.Failed.Code)
	})
}

func TestDropsPickDays(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(100, 30)
		w.ask(q)
		word := w.question([]report.Window{{Interval: "all_time"}}, 0)
		w.ask(word)
		w.platform.count()
		first := q.Windows[50].From
		_, err := w.cache.Drop(t.Context(), plugins.StoreSelection{Platform: "tracker", Days: true, From: int32(first), To: int32(first) + 4})
		require.NoError(t, err)
		wholeOf(t, q, w.ask(q))
		w.platform.set(func(p *tracker) { assert.Equal(t, [][]report.Window{daysOf(first, first+4)}, p.calls) })
		w.platform.count()
		w.ask(word)
		assert.Equal(t, 1, w.platform.count(), "what is about no days goes too")
	})
}

func TestCloseEndsWhatIsFetchedInTheBackground(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		q := w.days(1, 0)
		w.ask(q)
		w.pass(2 * time.Minute)
		ended := false
		w.platform.set(func(p *tracker) {
			p.during = func(ctx context.Context, _ []report.Window) {
				<-ctx.Done()
				ended = true
			}
		})
		assert.Equal(t, "stale", w.ask(q).State)
		w.Close()
		assert.True(t, ended)
		w.platform.set(func(p *tracker) { p.during = nil })
		w.platform.count()
		w.pass(time.Minute)
		w.ask(q)
		assert.Zero(t, w.platform.count(), "nothing is begun in the background any more")
		w.pass(day)
		assert.Equal(t, "miss", w.ask(q).State, "but who asks gets an answer")
	})
}
