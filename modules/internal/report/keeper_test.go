package report_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// altered is a keeper whose answers are altered.
type altered struct {
	*shelf
	alter func(*report.Question, *report.Kept)
}

func (a *altered) Windows(ctx context.Context, q *report.Question) *report.Kept {
	k := a.shelf.Windows(ctx, q)
	a.alter(q, k)
	return k
}

func TestFreshness(t *testing.T) {
	q := parse(t, "from=2026-01-01&to=2026-01-31&metrics=clicks")

	t.Run("is none without a keeper", func(t *testing.T) {
		r, _ := run(t, q, sample(t, "tracker", "tracker", answers(`{"rows":[{"clicks":3}]}`)))
		assert.Zero(t, r.Freshness)
		assert.True(t, r.Whole)
		assert.Equal(t, answer.Miss, r.Platforms[0].Cache)
		assert.Equal(t, noon(), r.Platforms[0].AsOf)
	})
	t.Run("is none of a platform without a scope", func(t *testing.T) {
		k := keptTracker(t)
		k.platform.Scope = ""
		for range 2 {
			r, _, calls := k.ask(q)
			assert.Equal(t, 1, calls)
			assert.Zero(t, r.Freshness)
		}
		assert.Empty(t, k.shelf.questions)
	})
	t.Run("is that of the least fresh platform", func(t *testing.T) {
		k := keptTracker(t)
		k.ask(q)
		other := sample(t, "tracker", "other", answers(`{"rows":[]}`))
		other.Scope = "other"
		r, p := report.Run(t.Context(), []report.Platform{k.platform, other}, q, k.options)
		require.Nil(t, p)
		assert.Equal(t, []string{answer.Hit, answer.Miss}, []string{r.Platforms[0].Cache, r.Platforms[1].Cache})
		assert.Equal(t, report.Freshness{State: answer.Miss, AsOf: noon(), Until: noon().Add(time.Hour)}, r.Freshness)
		assert.True(t, r.Whole)
	})
	t.Run("is stale where the platform failed and rows are there", func(t *testing.T) {
		k := keptTracker(t)
		old := noon().Add(-24 * time.Hour)
		gone := problem.New(problem.PlatformUnavailable, "gone")
		k.options.Keeper = &altered{k.shelf, func(_ *report.Question, kept *report.Kept) {
			kept.State, kept.AsOf, kept.Since, kept.Failed = answer.Stale, old, old.Add(time.Hour), gone
		}}
		r, rows, _ := k.ask(q)
		assert.NotEmpty(t, rows)
		s := r.Platforms[0]
		assert.Equal(t, answer.OK, s.Status)
		assert.Equal(t, answer.Stale, s.Cache)
		assert.Equal(t, old, s.AsOf)
		assert.Nil(t, s.Problem)
		assert.Same(t, gone, s.StaleFor)
		assert.False(t, r.Whole)
		assert.Equal(t, answer.Stale, r.Freshness.State)
		assert.Equal(t, old.Add(time.Hour), r.Freshness.Since)
		assert.NotContains(t, string(r.AppendJSON(nil, report.Page{Limit: report.All})), "gone")
	})
	t.Run("a window that could not be had makes the answer partial", func(t *testing.T) {
		k := keptTracker(t)
		k.options.Keeper = &altered{k.shelf, func(_ *report.Question, kept *report.Kept) {
			kept.Rows[3], kept.Failed = nil, problem.New(problem.PlatformUnavailable, "gone")
		}}
		r, rows, _ := k.ask(q)
		assert.NotEmpty(t, rows)
		assert.Equal(t, answer.Partial, r.Platforms[0].Status)
		assert.Equal(t, problem.PlatformUnavailable, r.Platforms[0].Problem.Code)
		assert.Nil(t, r.Platforms[0].StaleFor)
		assert.False(t, r.Whole)
	})
}

func TestModes(t *testing.T) {
	q := parse(t, "from=2026-01-01&to=2026-01-31&metrics=clicks")
	q.Mode = report.Mode{OnlyKept: true}
	k := keptTracker(t)
	_, p := report.Run(t.Context(), []report.Platform{k.platform}, q, k.options)
	require.NotNil(t, p)
	assert.Equal(t, problem.NotCached, p.Code)
	_, p = report.Run(t.Context(), []report.Platform{k.platform}, q, report.Options{Now: noon})
	require.NotNil(t, p)
	assert.Equal(t, problem.NotCached, p.Code, "without a keeper nothing is kept")
	assert.Zero(t, k.source.Requests())

	k.ask(parse(t, "from=2026-01-01&to=2026-01-31&group_by=country&metrics=clicks"))
	_, _, calls := k.ask(q)
	assert.Zero(t, calls, "finer rows are kept too")
	q.Mode = report.Mode{Revalidate: true}
	_, _, calls = k.ask(q)
	assert.Equal(t, 1, calls)
	last := k.shelf.questions[len(k.shelf.questions)-1]
	assert.True(t, last.Mode.Revalidate)
	assert.Equal(t, []string{"date"}, last.Series.Grain, "nothing more than is needed")
}

// Rows that cannot be read, as those of another version, are asked for again, once.
func TestUnreadableRowsAreAskedForAgain(t *testing.T) {
	q := parse(t, "from=2026-01-01&to=2026-01-31&metrics=clicks")
	k := keptTracker(t)
	_, want, _ := k.ask(q)
	for key := range k.shelf.rows {
		k.shelf.rows[key] = []byte{99}
	}
	_, rows, calls := k.ask(q)
	assert.Equal(t, want, rows)
	assert.Equal(t, 1, calls)

	k.options.Keeper = &altered{k.shelf, func(_ *report.Question, kept *report.Kept) { kept.Rows[0] = []byte{99} }}
	_, p := report.Run(t.Context(), []report.Platform{k.platform}, q, k.options)
	require.NotNil(t, p)
	assert.Equal(t, problem.Internal, p.Code)
}

// The whole list of names is kept, so that the names of other rows need no call either.
func TestNamesAreKept(t *testing.T) {
	body := `{"dataList":[{"date":"20260101","affiliateNetwork":7,"transactionNumber":5}]}`
	source := &fake{answer: func(native) (string, *problem.Problem) { return body, nil }, lists: map[string]string{
		"networks.list": `[{"id":"affjet:7","name":"Seven"},{"id":"affjet:8","name":"Eight"}]`,
	}}
	k := keep(t, bindAffjet(t, source, "UTC"))
	q := parse(t, "from=2026-01-01&to=2026-01-03&group_by=network&metrics=conversions")
	r, rows, calls := k.ask(q)
	assert.Equal(t, 2, calls)
	_, want := run(t, q, bindAffjet(t, source, "UTC"))
	assert.Equal(t, want, rows)
	assert.Contains(t, rows[0], `"name":"Seven"`)
	assert.Equal(t, answer.Miss, r.Platforms[0].Cache)
	names := k.shelf.questions[len(k.shelf.questions)-1]
	assert.Equal(t, "networks.list", names.Operation)
	assert.True(t, names.Steady)

	r, rows, calls = k.ask(q)
	assert.Zero(t, calls)
	assert.Equal(t, want, rows)
	assert.Equal(t, answer.Hit, r.Platforms[0].Cache)

	body = `{"dataList":[{"date":"20260201","affiliateNetwork":8,"transactionNumber":5}]}`
	_, rows, calls = k.ask(parse(t, "from=2026-02-01&to=2026-02-03&group_by=network&metrics=conversions"))
	assert.Equal(t, 1, calls)
	assert.Contains(t, rows[0], `"name":"Eight"`)

	t.Run("their age is not that of the numbers", func(t *testing.T) {
		k.options.Keeper = &altered{k.shelf, func(q *report.Question, kept *report.Kept) {
			if q.Steady {
				kept.AsOf, kept.Until = noon().Add(-5*time.Hour), noon().Add(time.Minute)
			}
		}}
		r, _, _ := k.ask(q)
		assert.Equal(t, noon(), r.Platforms[0].AsOf)
		assert.Equal(t, noon().Add(time.Minute), r.Freshness.Until)
	})
	t.Run("stale ones do, and it is said why", func(t *testing.T) {
		gone := problem.New(problem.PlatformUnavailable, "gone")
		k.options.Keeper = &altered{k.shelf, func(q *report.Question, kept *report.Kept) {
			if q.Steady {
				kept.State, kept.Failed = answer.Stale, gone
			}
		}}
		r, rows, _ := k.ask(q)
		assert.Equal(t, want, rows)
		assert.Equal(t, answer.OK, r.Platforms[0].Status)
		assert.Same(t, gone, r.Platforms[0].StaleFor)
	})
}

// longList is a list that is too long to be read whole.
type longList struct{ *fake }

func (l *longList) List(ctx context.Context, operation string, args map[string][]string, members []string, yield func([][]byte) bool) (report.Freshness, *problem.Problem) {
	ended := false
	_, p := l.fake.List(ctx, operation, args, members, func(values [][]byte) bool {
		ended = !yield(values)
		return !ended
	})
	if p == nil && !ended {
		p = problem.New(problem.ScanLimitExceeded, "too many rows")
	}
	return report.Freshness{}, p
}

// Of a list that is too long to be kept, the names that are needed are read, and
// the whole of it is not tried again for a while.
func TestNamesOfALongList(t *testing.T) {
	source := &longList{&fake{
		answer: func(native) (string, *problem.Problem) {
			return `{"dataList":[{"date":"20260101","affiliateNetwork":7,"transactionNumber":5}]}`, nil
		},
		lists: map[string]string{"networks.list": affjetNetworks},
	}}
	k := keep(t, bindAffjet(t, source, "UTC"))
	k.source = source.fake
	for i, want := range []int{3, 1} {
		r, rows, calls := k.ask(parse(t, "from=2026-01-01&to=2026-01-03&group_by=network&metrics=conversions"))
		assert.Equal(t, []string{row(`"network":{"id":"affjet:7","name":"\"Tradedoubler\""}`, `"conversions":5`)}, rows)
		assert.Equal(t, want, calls, "report %d", i)
		assert.Equal(t, answer.OK, r.Platforms[0].Status)
	}
}

// keepsLists is a source whose lists are kept behind it.
type keepsLists struct {
	*fake
	fresh report.Freshness
}

func (k *keepsLists) Keeps(string) bool { return true }

func (k *keepsLists) List(ctx context.Context, operation string, args map[string][]string, members []string, yield func([][]byte) bool) (report.Freshness, *problem.Problem) {
	_, p := k.fake.List(ctx, operation, args, members, yield)
	return k.fresh, p
}

func TestComputedReports(t *testing.T) {
	lists := map[string]string{"conversions.list": affjetConversions}
	const query = "from=2026-06-01&to=2026-06-02&group_by=date&metrics=conversions,commission"

	t.Run("are kept by day, with the filters that narrow their list", func(t *testing.T) {
		at := func(text string) time.Time {
			moment, err := time.Parse(time.RFC3339, text)
			require.NoError(t, err)
			return moment
		}
		source := &listing{fake: &fake{}, sales: []sale{
			{at: at("2026-06-01T22:30:00Z"), network: 7, status: "approved", cents: 110, currency: "EUR"},
			{at: at("2026-06-01T23:30:00Z"), network: 7, status: "rejected", cents: 220, currency: "EUR"},
			{at: at("2026-06-02T08:15:00Z"), network: 8, status: "pending", cents: 330, currency: "USD"},
		}}
		k := keep(t, bindAffjet(t, source, "Europe/London"))
		k.source = source.fake
		for _, c := range []struct {
			filter string
			calls  int
		}{{"", 1}, {"", 0}, {"&network=affjet:7", 1}, {"&network=affjet:8", 1}, {"&network=affjet:7", 0}, {"&timezone=Asia/Kolkata", 1}} {
			q := parse(t, query+c.filter)
			_, rows, calls := k.ask(q)
			assert.Equal(t, c.calls, calls, c.filter)
			_, want := run(t, q, bindAffjet(t, &listing{fake: &fake{}, sales: source.sales}, "Europe/London"))
			assert.Equal(t, want, rows)
		}
		_, _, calls := k.ask(parse(t, "from=2026-05-30&to=2026-06-03&group_by=month&metrics=conversions,commission"))
		assert.Equal(t, 2, calls, "the days before and after, two calls of a list")
		last := k.source.listed[len(k.source.listed)-2:]
		assert.ElementsMatch(t, []map[string][]string{
			{"occurred_from": {"2026-05-30T00:00:00Z"}, "occurred_to": {"2026-06-01T00:00:00Z"}},
			{"occurred_from": {"2026-06-03T00:00:00Z"}, "occurred_to": {"2026-06-04T00:00:00Z"}},
		}, last)
	})
	t.Run("are not made of those of other metrics, whose currencies would part them otherwise", func(t *testing.T) {
		source := &listing{fake: &fake{}, sales: []sale{
			{at: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), network: 7, cents: 110, currency: "EUR"},
			{at: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), network: 7, cents: 220, currency: "USD"},
		}}
		k := keep(t, bindAffjet(t, source, "Europe/London"))
		k.source = source.fake
		// the order value of each sale is a pound
		k.ask(parse(t, "from=2026-06-01&to=2026-06-02&group_by=date&metrics=conversions,order_value,commission"))
		_, rows, calls := k.ask(parse(t, query))
		assert.Equal(t, 1, calls)
		assert.Equal(t, []string{
			row(`"date":"2026-06-01"`, `"conversions":1,"commission":{"value":"1.10","currency":"EUR"}`),
			row(`"date":"2026-06-01"`, `"conversions":1,"commission":{"value":"2.20","currency":"USD"}`),
		}, rows)
	})
	t.Run("are not kept where their list is, and are as fresh as it", func(t *testing.T) {
		source := &keepsLists{fake: &fake{lists: lists}, fresh: report.Freshness{State: answer.Stale, AsOf: noon().Add(-time.Hour), Until: noon().Add(time.Second)}}
		k := keep(t, bindAffjet(t, source, "Europe/London"))
		k.source = source.fake
		r, rows, calls := k.ask(parse(t, query))
		assert.Len(t, rows, 2)
		assert.Equal(t, 1, calls)
		assert.Equal(t, source.fresh, r.Freshness)
		assert.Equal(t, answer.Stale, r.Platforms[0].Cache)
		assert.Equal(t, noon().Add(-time.Hour), r.Platforms[0].AsOf)
		assert.Empty(t, k.shelf.questions)

		source.fresh = report.Freshness{}
		r, _, _ = k.ask(parse(t, query))
		assert.Equal(t, report.Freshness{State: answer.Miss, AsOf: noon(), Until: noon()}, r.Freshness, "read just now")
	})
}

// What two clients' native calls would share is told apart by the account.
func TestScopesAreApart(t *testing.T) {
	k := keptTracker(t)
	q := parse(t, "from=2026-01-01&to=2026-01-31&metrics=clicks")
	k.ask(q)
	k.platform.Scope = "another"
	_, _, calls := k.ask(q)
	assert.Equal(t, 1, calls)
}

func TestTogether(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   problem.Code
		least  int32
		atMost int32
	}{
		{"what no repetition mends ends it", problem.PlatformCredentialsRejected, 1, 4},
		{"three failures end it", problem.PlatformUnavailable, 3, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			var calls atomic.Int32
			p := report.Together(100, func(int) *problem.Problem {
				calls.Add(1)
				return problem.New(c.code, "no")
			})
			require.NotNil(t, p)
			assert.Equal(t, c.code, p.Code)
			assert.GreaterOrEqual(t, calls.Load(), c.least)
			assert.LessOrEqual(t, calls.Load(), c.atMost)
		})
	}
	var calls atomic.Int32
	require.Nil(t, report.Together(100, func(int) *problem.Problem { calls.Add(1); return nil }))
	assert.Equal(t, int32(100), calls.Load())
}

// Without a keeper the calls are those of before: one for each window, none by day that
// was not asked for.
func TestWithoutAKeeperNothingMoreIsAsked(t *testing.T) {
	source := answers(`{"rows":[{"clicks":3}]}`)
	run(t, parse(t, "from=2026-01-01&to=2026-12-31&metrics=clicks"), sample(t, "tracker", "tracker", source))
	require.Len(t, source.requests, 1)
	assert.JSONEq(t, `{"from":"2026-01-01","to":"2026-12-31","zone":"UTC","metrics":["clicks"]}`, source.requests[0].body)
}
