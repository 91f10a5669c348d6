package cache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// start is the moment at which the clocks of tests begin.
var start = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// manualClock is a clock that tests move.
type manualClock struct{ nanoseconds atomic.Int64 }

func newClock() *manualClock {
	c := &manualClock{}
	c.nanoseconds.Store(start.UnixNano())
	return c
}

func (c *manualClock) now() time.Time          { return time.Unix(0, c.nanoseconds.Load()).UTC() }
func (c *manualClock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// newCache makes a cache that is started, and closed when the test ends.
func newCache(t testing.TB, config Config) *Cache {
	t.Helper()
	if config.Now == nil {
		config.Now = newClock().now
	}
	if config.Patience == 0 && config.Open != nil {
		config.Patience = time.Minute // a busy machine is no slow store
	}
	c, err := New(config)
	require.NoError(t, err)
	c.Start()
	t.Cleanup(c.Close)
	return c
}

// entry makes an entry of a platform that lives for an hour.
func entry(platform, name, value string) *Entry {
	return &Entry{
		Key:    KeyOf(platform, name),
		Labels: Labels{Platform: platform, Operation: "reports.query", From: 20000, To: 20000},
		Value:  []byte(value), Made: start, Expires: start.Add(time.Hour),
	}
}

// values returns the values found under keys, "-" for those that are not there.
func values(t testing.TB, c *Cache, keys ...Key) []string {
	t.Helper()
	found := c.Get(context.Background(), keys)
	require.Len(t, found, len(keys))
	list := make([]string, len(keys))
	for i, e := range found {
		list[i] = "-"
		if e != nil {
			require.Equal(t, keys[i], e.Key)
			list[i] = string(e.Value)
		}
	}
	return list
}

// onPlatform picks all of a platform.
func onPlatform(name string) plugins.StoreSelection { return plugins.StoreSelection{Platform: name} }

// eventually waits until a condition holds that other goroutines bring about.
func eventually(t testing.TB, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, time.Millisecond, what)
}

// stored waits until nothing waits for the store.
func stored(t testing.TB, c *Cache) {
	t.Helper()
	eventually(t, func() bool {
		s := c.Stats(context.Background()).Store
		return s.State == Ready && s.Waiting == 0
	}, "nothing waits for the store")
}

// fakeStore is a store in memory that does what tests tell it. It outlives the caches that use it.
type fakeStore struct {
	mu      sync.Mutex
	records map[string]plugins.StoreRecord
	calls   map[string]int
	gets    []int // how many keys each read asked for
	closed  int
	// before runs before each call, with its name: get, put, delete, stats. It may fail, wait or panic.
	before func(call string) error
	// lie changes what a read returns.
	lie func([][]byte) [][]byte
}

var errFake = errors.New("no space left on device")

func newFake() *fakeStore {
	return &fakeStore{records: map[string]plugins.StoreRecord{}, calls: map[string]int{}}
}

// open is a [Config].Open.
func (f *fakeStore) open(context.Context) (plugins.Store, error) { return f, f.begin("open") }

func (f *fakeStore) begin(call string) error {
	f.mu.Lock()
	f.calls[call]++
	before := f.before
	f.mu.Unlock()
	if before != nil {
		return before(call)
	}
	return nil
}

// on makes before what runs before calls.
func (f *fakeStore) on(before func(call string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = before
}

// failing makes the named calls fail.
func (f *fakeStore) failing(calls ...string) {
	f.on(func(call string) error {
		if slices.Contains(calls, call) {
			return errFake
		}
		return nil
	})
}

func (f *fakeStore) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[call]
}

// holds tells whether something lies under a key.
func (f *fakeStore) holds(k Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, found := f.records[string(k[:])]
	return found
}

func (f *fakeStore) Get(_ context.Context, keys [][]byte) ([][]byte, error) {
	if err := f.begin("get"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gets = append(f.gets, len(keys))
	found := make([][]byte, len(keys))
	for i, k := range keys {
		if r, ok := f.records[string(k)]; ok {
			found[i] = slices.Clone(r.Value)
		}
	}
	if f.lie != nil {
		found = f.lie(found)
	}
	return found, nil
}

func (f *fakeStore) Put(_ context.Context, records []plugins.StoreRecord) error {
	if err := f.begin("put"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range records {
		r.Value = slices.Clone(r.Value)
		f.records[string(r.Key)] = r
	}
	return nil
}

func (f *fakeStore) Delete(_ context.Context, s plugins.StoreSelection) (int, error) {
	if err := f.begin("delete"); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.records)
	maps.DeleteFunc(f.records, func(_ string, r plugins.StoreRecord) bool {
		return picks(s, Labels{Platform: r.Platform, Operation: r.Operation, From: r.From, To: r.To})
	})
	return before - len(f.records), nil
}

func (f *fakeStore) Stats(context.Context) ([]plugins.StoreStats, error) {
	if err := f.begin("stats"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := map[[2]string]*plugins.StoreStats{}
	for _, r := range f.records {
		n := [2]string{r.Platform, r.Operation}
		if counts[n] == nil {
			counts[n] = &plugins.StoreStats{Platform: r.Platform, Operation: r.Operation}
		}
		counts[n].Entries++
		counts[n].Bytes += int64(len(r.Value))
	}
	var list []plugins.StoreStats
	for _, s := range counts {
		list = append(list, *s)
	}
	return list, nil
}

func (f *fakeStore) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
	return nil
}

// counts is an observer and a list of warnings.
type counts struct {
	mu       sync.Mutex
	failed   map[string]int
	evicted  map[string]int
	warnings []string
}

func newCounts() *counts { return &counts{failed: map[string]int{}, evicted: map[string]int{}} }

func (c *counts) Served(string, string, string, int) {}

func (c *counts) StoreFailed(doing string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed[doing]++
}

func (c *counts) Evicted(level string, entries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evicted[level] += entries
}

func (c *counts) warn(msg string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, fmt.Sprintf("%s (%v)", msg, err))
}

func (c *counts) failures(doing string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed[doing]
}

func (c *counts) evictions(level string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evicted[level]
}

func (c *counts) warned() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.warnings)
}
