package reportcache

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/plugins"
)

// noon is when most tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// watch is a clock that moves when it is told to.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// tracker is a platform that remembers what it was asked.
type tracker struct {
	mu    sync.Mutex
	calls [][]report.Window
	// failing, when set, is what it answers instead of rows.
	failing func(windows []report.Window) *problem.Problem
	// during, when set, is called while a call is under way.
	during func(ctx context.Context, windows []report.Window)
}

// fetch answers each window with the number of the call in which it was asked for.
func (p *tracker) fetch(ctx context.Context, windows []report.Window) ([][]byte, *problem.Problem) {
	p.mu.Lock()
	p.calls = append(p.calls, slices.Clone(windows))
	n, during, failing := len(p.calls), p.during, p.failing
	p.mu.Unlock()
	if during != nil {
		during(ctx, windows)
	}
	if err := ctx.Err(); err != nil {
		gone := problem.New(problem.PlatformUnavailable, "the call was ended")
		gone.Cause = err
		return nil, gone
	}
	if failing != nil {
		if failed := failing(windows); failed != nil {
			return nil, failed
		}
	}
	rows := make([][]byte, len(windows))
	for i, w := range windows {
		rows[i] = rowsText(w, n)
	}
	return rows, nil
}

func rowsText(w report.Window, call int) []byte {
	return fmt.Appendf(nil, "%v..%v %s%s #%d", w.From, w.To, w.Interval, w.Part, call)
}

// count returns how many calls there were since it was asked the last time.
func (p *tracker) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.calls)
	p.calls = nil
	return n
}

func (p *tracker) set(change func(p *tracker)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// fails lets the tracker fail with a code; empty: work again.
func (p *tracker) fails(code problem.Code) {
	p.set(func(p *tracker) {
		p.failing = nil
		if code != "" {
			p.failing = func([]report.Window) *problem.Problem { return problem.New(code, "made to fail") }
		}
	})
}

// served counts what the observer is told.
type served struct {
	mu       sync.Mutex
	outcomes map[string]int
	saved    int
}

func (s *served) Served(_, _, outcome string, saved int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outcomes == nil {
		s.outcomes = map[string]int{}
	}
	s.outcomes[outcome]++
	s.saved += saved
}
func (*served) StoreFailed(string)  {}
func (*served) Evicted(string, int) {}

func (s *served) take() (map[string]int, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	outcomes, saved := s.outcomes, s.saved
	s.outcomes, s.saved = nil, 0
	return outcomes, saved
}

// world is a keeper over a real cache, and a platform.
type world struct {
	t *testing.T
	watch
	*Keeper
	cache    *cache.Cache
	platform *tracker
	served   *served
	policy   Policy
}

// inWorld runs a test in a bubble of package synctest, where it can wait until nothing is under way.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t, nil)) })
}

func newWorld(t *testing.T, store plugins.Store) *world {
	w := &world{t: t, watch: watch{now: noon}, platform: &tracker{}, served: &served{}, policy: DefaultPolicy()}
	w.open(store)
	return w
}

// open makes a keeper and a cache, as after a restart.
func (w *world) open(store plugins.Store) {
	config := cache.Config{Memory: 64 << 20, Now: w.Now}
	if store != nil {
		config.Open = func(context.Context) (plugins.Store, error) { return store, nil }
	}
	var err error
	w.cache, err = cache.New(config)
	require.NoError(w.t, err)
	w.cache.Start()
	synctest.Wait()
	w.Keeper = New(Config{
		Cache: w.cache, Policy: func(string, string) Policy { return w.policy }, Now: w.Now, Observer: w.served, Deadline: time.Minute,
	})
	k, c := w.Keeper, w.cache
	w.t.Cleanup(func() { k.Close(); c.Close() })
}

// ask asks and waits until nothing is under way any more, in the background either.
func (w *world) ask(q *report.Question) *report.Kept {
	kept := w.Windows(w.t.Context(), q)
	synctest.Wait()
	return kept
}

// days is a question about some days up to today in UTC.
func (w *world) days(n, longest int) *report.Question {
	today := report.DateOf(w.Now())
	return w.question(daysOf(today-report.Date(n-1), today), longest)
}

func (w *world) question(windows []report.Window, longest int) *report.Question {
	return &report.Question{
		Platform: "tracker", Scope: "account", Operation: "reports.query",
		Series:  report.Series{Report: "performance", Grain: []string{"day"}, Base: "day", Metrics: []string{"clicks"}},
		Windows: windows, Joint: true, Longest: longest, Fetch: w.platform.fetch,
	}
}

// daysOf makes a window of each day.
func daysOf(from, to report.Date) []report.Window {
	var out []report.Window
	for d := from; d <= to; d++ {
		out = append(out, report.Window{Range: report.Range{From: d, To: d}})
	}
	return out
}

// wholeOf requires that all rows are there, each under its own window.
func wholeOf(t *testing.T, q *report.Question, kept *report.Kept) {
	t.Helper()
	require.Len(t, kept.Rows, len(q.Windows))
	for i, rows := range kept.Rows {
		require.NotNil(t, rows, "window %d", i)
		w := q.Windows[i]
		require.Contains(t, string(rows), fmt.Sprintf("%v..%v %s%s #", w.From, w.To, w.Interval, w.Part))
	}
}

// shelfStore is a [plugins.Store] that outlives caches.
type shelfStore struct {
	mu      sync.Mutex
	records map[string]plugins.StoreRecord
	asked   int // keys
}

func (s *shelfStore) Get(_ context.Context, keys [][]byte) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked += len(keys)
	out := make([][]byte, len(keys))
	for i, key := range keys {
		out[i] = s.records[string(key)].Value
	}
	return out, nil
}

func (s *shelfStore) Put(_ context.Context, records []plugins.StoreRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		r.Value = slices.Clone(r.Value)
		s.records[string(r.Key)] = r
	}
	return nil
}

func (s *shelfStore) Delete(context.Context, plugins.StoreSelection) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.records)
	clear(s.records)
	return n, nil
}

func (s *shelfStore) Stats(context.Context) ([]plugins.StoreStats, error) { return nil, nil }
func (s *shelfStore) Close() error                                        { return nil }
