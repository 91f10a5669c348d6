package cache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// storeOnly is a memory in which nothing has room, so that every read goes below it.
const storeOnly = 1

// soon is a [Config].Retry of tests that wait for it.
const soon = 5 * time.Millisecond

func batch(platform string, n int) (entries []*Entry, keys []Key, want []string) {
	for i := range n {
		e := entry(platform, fmt.Sprint(i), fmt.Sprint("rows of ", i))
		entries, keys, want = append(entries, e), append(keys, e.Key), append(want, string(e.Value))
	}
	return entries, keys, want
}

func TestARestartStartsWarm(t *testing.T) {
	store := newFake()
	entries, keys, want := batch("tracker", 100)
	first := newCache(t, Config{Open: store.open})
	stored(t, first)
	first.Put(first.Mark(), entries)
	first.Close()
	assert.Equal(t, 1, store.closed)
	assert.Len(t, store.records, 100, "closing writes what waits")

	second := newCache(t, Config{Open: store.open})
	stored(t, second)
	second.Put(second.Mark(), []*Entry{entry("tracker", "7", "newer")})
	want[7] = "newer"
	assert.Equal(t, want, values(t, second, keys...))
	assert.Equal(t, []int{99}, store.gets, "what memory lacks is asked for together")
	assert.Equal(t, want, values(t, second, keys...))
	assert.Len(t, store.gets, 1, "and then it is in memory")

	e := second.Get(t.Context(), keys[:1])[0]
	assert.Equal(t, entries[0], e)
}

// Right after a restart a read waits for the store rather than let the platform be asked.
func TestTheFirstReadsWaitForTheStoreToBeOpen(t *testing.T) {
	store, keys := filled(t, "a", 5)
	opening, proceed := make(chan struct{}), make(chan struct{})
	store.on(func(call string) error {
		if call == "open" {
			close(opening)
			<-proceed
		}
		return nil
	})
	c := newCache(t, Config{Open: store.open})
	<-opening
	read := make(chan []*Entry)
	go func() { read <- c.Get(context.Background(), keys[:1]) }()
	close(proceed)
	found := <-read
	require.NotNil(t, found[0])
	assert.Equal(t, "rows of 0", string(found[0].Value))
}

func TestReadsDoNotWaitLongForAStoreThatDoesNotOpen(t *testing.T) {
	store, keys := filled(t, "a", 5)
	proceed := make(chan struct{})
	t.Cleanup(func() { close(proceed) })
	store.on(func(string) error { <-proceed; return nil })
	c, err := New(Config{Open: store.open, Now: newClock().now, Patience: time.Millisecond})
	require.NoError(t, err)
	c.Start()
	t.Cleanup(func() { go c.Close() })
	for range 20 {
		assert.Equal(t, []string{"-"}, values(t, c, keys[0]))
	}
	assert.Equal(t, Opening, c.Stats(t.Context()).Store.State)
}

func TestTheOldestIsLeftOutWhenTooMuchWaits(t *testing.T) {
	seen := newCounts()
	c, err := New(Config{Memory: storeOnly, Open: newFake().open, Now: newClock().now, Observer: seen})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	const size, n = 1 << 20, 40
	var keys []Key
	for i := range n {
		e := entry("tracker", fmt.Sprint(i), strings.Repeat("x", size))
		c.Put(c.Mark(), []*Entry{e})
		keys = append(keys, e.Key)
	}
	found := c.Get(t.Context(), keys)
	assert.Nil(t, found[n-maxWaiting/size])
	assert.NotNil(t, found[n-maxWaiting/size+2], "the latest wait")
	assert.NotNil(t, found[n-1])
	s := c.Stats(t.Context()).Store
	assert.LessOrEqual(t, s.WaitingBytes, int64(maxWaiting))
	assert.Equal(t, int64(n), s.Waiting+int64(s.LeftOut))
	assert.Equal(t, int(s.LeftOut), seen.evictions(LevelWaiting))
}

func TestNothingIsOpenedBeforeStart(t *testing.T) {
	store := newFake()
	c, err := New(Config{Open: store.open, Now: newClock().now})
	require.NoError(t, err)
	e := entry("tracker", "a", "1")
	c.Put(c.Mark(), []*Entry{e})
	assert.Equal(t, []string{"1"}, values(t, c, e.Key))
	s := c.Stats(t.Context()).Store
	assert.Equal(t, Opening, s.State)
	assert.Equal(t, int64(1), s.Waiting)
	n, err := c.Drop(t.Context(), onPlatform("tracker"))
	require.ErrorIs(t, err, errNotOpen)
	assert.Equal(t, 1, n)
	assert.Equal(t, []string{"-"}, values(t, c, e.Key))
	c.Close()
	assert.Zero(t, store.count("open"))
}

func TestWhatWaitsForTheStoreIsFound(t *testing.T) {
	store := newFake()
	writing, written := make(chan struct{}, 1), make(chan struct{})
	store.on(func(call string) error {
		if call == "put" {
			writing <- struct{}{}
			<-written
		}
		return nil
	})
	c := newCache(t, Config{Memory: storeOnly, Open: store.open})
	a, b := entry("tracker", "a", "1"), entry("tracker", "b", "2")
	c.Put(c.Mark(), []*Entry{a})
	<-writing
	c.Put(c.Mark(), []*Entry{b, entry("tracker", "a", "newer")})
	assert.Equal(t, []string{"newer", "2"}, values(t, c, a.Key, b.Key))
	assert.Zero(t, store.count("get"))
	close(written)
	stored(t, c)
	assert.Equal(t, []string{"newer", "2"}, values(t, c, a.Key, b.Key))
}

func TestEntriesExpireByTheClockOfTheCache(t *testing.T) {
	for _, memory := range []int64{storeOnly, DefaultMemory} {
		clock, store := newClock(), newFake()
		c := newCache(t, Config{Memory: memory, Open: store.open, Now: clock.now})
		e := entry("tracker", "a", "1")
		c.Put(c.Mark(), []*Entry{e})
		c.KeepAnswer(c.Mark(), []byte("a"), nil, "x", 1, e.Expires)
		stored(t, c)
		clock.advance(time.Hour - 1)
		assert.Equal(t, []string{"1"}, values(t, c, e.Key))
		clock.advance(1)
		assert.Equal(t, []string{"-"}, values(t, c, e.Key))
		_, ok := c.Answer([]byte("a"))
		assert.False(t, ok)
		c.sweep()
		assert.Zero(t, c.memory.used(), "a sweep frees it")
	}
}

// Each call of a store may fail in each way: nobody but the operator sees it.
func TestAStoreThatFailsIsWarnedOfOnceAndTriedAgain(t *testing.T) {
	ways := map[string]func() error{
		"with an error": func() error { return errFake },
		"with a panic":  func() error { panic("index out of range") },
	}
	for _, test := range []struct{ call, doing string }{{"open", opening}, {"get", reading}, {"put", writing}, {"delete", dropping}} {
		for way, fail := range ways {
			t.Run(test.doing+" "+way, func(t *testing.T) {
				store, seen := newFake(), newCounts()
				store.on(func(call string) error {
					if call == test.call {
						return fail()
					}
					return nil
				})
				c := newCache(t, Config{Open: store.open, Observer: seen, Warn: seen.warn, Retry: soon})
				e := entry("tracker", "a", "1")
				c.Put(c.Mark(), []*Entry{e})
				switch test.call {
				case "get":
					stored(t, c)
					assert.Equal(t, []string{"-"}, values(t, c, KeyOf("not in memory")))
				case "delete":
					_, err := c.Drop(t.Context(), onPlatform("another"))
					require.Error(t, err)
				}
				eventually(t, func() bool { return seen.failures(test.doing) > 1 }, "it is tried again")
				c.Put(c.Mark(), []*Entry{e})
				assert.Equal(t, []string{"1"}, values(t, c, e.Key), "memory goes on")
				s := c.Stats(t.Context()).Store
				assert.Equal(t, Failing, s.State)
				assert.True(t, strings.HasPrefix(s.Error, test.doing+": "), s.Error)
				require.Len(t, seen.warned(), 1)
				assert.Contains(t, seen.warned()[0], s.Error)

				store.on(nil)
				c.Put(c.Mark(), []*Entry{e})
				eventually(t, func() bool { return len(seen.warned()) == 2 }, "it works again")
				assert.Equal(t, "the cache uses its store again (<nil>)", seen.warned()[1])
				stored(t, c)
				assert.True(t, store.holds(e.Key))
			})
		}
	}
}

func TestAStoreThatOpensNothingFails(t *testing.T) {
	seen := newCounts()
	c := newCache(t, Config{Open: func(context.Context) (plugins.Store, error) { return nil, nil }, Observer: seen, Retry: time.Hour})
	eventually(t, func() bool { return c.Stats(t.Context()).Store.State == Failing }, "it failed")
	assert.Equal(t, 1, seen.failures(opening))
}

// While the store fails it is left alone: nobody waits for it.
func TestAStoreThatFailsIsLeftAlone(t *testing.T) {
	store, seen := newFake(), newCounts()
	c := newCache(t, Config{Memory: storeOnly, Open: store.open, Observer: seen, Retry: time.Hour})
	stored(t, c)
	store.failing("get")
	for range 100 {
		values(t, c, KeyOf("a"))
	}
	assert.Equal(t, 1, store.count("get"))
	assert.Equal(t, 1, seen.failures(reading))
	store.failing()
	e := entry("tracker", "a", "1")
	c.Put(c.Mark(), []*Entry{e})
	assert.Equal(t, []string{"1"}, values(t, c, e.Key), "what waits is found")
	assert.Zero(t, store.count("put"))
}

func TestASlowStoreDoesNotHoldUpReads(t *testing.T) {
	store, seen := newFake(), newCounts()
	e := entry("tracker", "a", "1")
	c := newCache(t, Config{Memory: storeOnly, Open: store.open, Observer: seen, Patience: 20 * time.Millisecond, Retry: soon})
	c.Put(c.Mark(), []*Entry{e})
	eventually(t, func() bool { return store.holds(e.Key) }, "it is written")
	eventually(t, func() bool { return c.Stats(t.Context()).Store.State == Ready }, "the store works")
	answer := make(chan struct{})
	store.on(func(call string) error {
		if call == "get" {
			<-answer
		}
		return nil
	})
	for range 3 * maxReads { // more than may be under way
		assert.Equal(t, []string{"-"}, values(t, c, e.Key))
	}
	eventually(t, func() bool { return seen.failures(reading) > 1 }, "it counts as a failure")
	close(answer)
	eventually(t, func() bool { return values(t, c, e.Key)[0] == "1" }, "it works again")
}

func TestAReaderThatGoesAwayIsNoFailureOfTheStore(t *testing.T) {
	store, seen := newFake(), newCounts()
	c := newCache(t, Config{Memory: storeOnly, Open: store.open, Observer: seen})
	stored(t, c)
	answer := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	store.on(func(call string) error {
		if call == "get" {
			cancel()
			<-answer
		}
		return nil
	})
	assert.Equal(t, []*Entry{nil}, c.Get(ctx, []Key{KeyOf("a")}))
	close(answer)
	assert.Equal(t, Ready, c.Stats(t.Context()).Store.State)
	assert.Zero(t, seen.failures(reading))
}

func TestAStoreThatLiesIsNotBelieved(t *testing.T) {
	entries, keys, _ := batch("tracker", 3)
	none := []string{"-", "-", "-"}
	for name, test := range map[string]struct {
		lie  func([][]byte) [][]byte
		want []string
	}{
		"bytes changed": {func(v [][]byte) [][]byte { v[1][len(v[1])-1] ^= 1; return v }, []string{"rows of 0", "-", "rows of 2"}},
		"bytes missing": {func(v [][]byte) [][]byte { v[0] = v[0][:len(v[0])-1]; return v }, []string{"-", "rows of 1", "rows of 2"}},
		"nothing":       {func(v [][]byte) [][]byte { v[2] = []byte{}; return v }, []string{"rows of 0", "rows of 1", "-"}},
		"other keys":    {func(v [][]byte) [][]byte { slices.Reverse(v); return v }, []string{"-", "rows of 1", "-"}},
		"fewer values":  {func(v [][]byte) [][]byte { return v[:2] }, none},
		"more values":   {func(v [][]byte) [][]byte { return append(v, v[0]) }, none},
		"no values":     {func([][]byte) [][]byte { return nil }, none},
	} {
		t.Run(name, func(t *testing.T) {
			store := newFake()
			c := newCache(t, Config{Memory: storeOnly, Open: store.open, Retry: time.Hour})
			c.Put(c.Mark(), entries)
			stored(t, c)
			store.mu.Lock()
			store.lie = test.lie
			store.mu.Unlock()
			assert.Equal(t, test.want, values(t, c, keys...))
		})
	}
}

// What was put while the store was asked is not replaced by what the store had.
func TestWhatIsReadDoesNotReplaceWhatWasPutMeanwhile(t *testing.T) {
	store := newFake()
	first := newCache(t, Config{Open: store.open})
	stored(t, first)
	e := entry("tracker", "a", "older")
	first.Put(first.Mark(), []*Entry{e})
	first.Close()

	c := newCache(t, Config{Open: store.open})
	stored(t, c)
	store.lie = func(v [][]byte) [][]byte {
		c.Put(c.Mark(), []*Entry{entry("tracker", "a", "newer")})
		return v
	}
	values(t, c, e.Key) // may be either
	assert.Equal(t, []string{"newer"}, values(t, c, e.Key))
}

func TestWhatWasDroppedWhileItWasReadIsNotFound(t *testing.T) {
	store := newFake()
	first := newCache(t, Config{Open: store.open})
	stored(t, first)
	e := entry("tracker", "a", "1")
	first.Put(first.Mark(), []*Entry{e})
	first.Close()

	c := newCache(t, Config{Open: store.open})
	stored(t, c)
	dropped := make(chan error, 1)
	store.lie = func(v [][]byte) [][]byte {
		before := c.Mark()
		go func() {
			_, err := c.Drop(context.Background(), onPlatform("tracker"))
			dropped <- err
		}()
		eventually(t, func() bool { return c.Mark() > before }, "the drop is known")
		return v
	}
	assert.Equal(t, []string{"-"}, values(t, c, e.Key))
	require.NoError(t, <-dropped)
	store.lie = nil
	assert.Equal(t, []string{"-"}, values(t, c, e.Key))
	assert.False(t, store.holds(e.Key))
}

func TestABatchThatTheStoreRefusesTwiceIsLeftOut(t *testing.T) {
	store, seen := newFake(), newCounts()
	store.failing("put")
	c := newCache(t, Config{Memory: storeOnly, Open: store.open, Observer: seen, Retry: soon})
	entries, keys, _ := batch("tracker", 10)
	c.Put(c.Mark(), entries)
	eventually(t, func() bool { return seen.evictions(LevelWaiting) == 10 }, "they are left out")
	assert.Equal(t, uint64(10), c.Stats(t.Context()).Store.LeftOut)
	store.failing()
	e := entry("tracker", "later", "1")
	c.Put(c.Mark(), []*Entry{e})
	stored(t, c)
	assert.Equal(t, []string{"1", "-"}, values(t, c, e.Key, keys[0]))
}

func TestStats(t *testing.T) {
	clock, store := newClock(), newFake()
	c := newCache(t, Config{Memory: 1 << 20, Open: store.open, Now: clock.now})
	day := Labels{"b", "reports.query", 5, 5}
	for i, l := range []Labels{day, day, {"b", "networks.list", 1, 0}, {"a", "reports.query", 5, 5}} {
		c.Put(c.Mark(), []*Entry{{Key: KeyOf(fmt.Sprint(i)), Labels: l, Value: make([]byte, 100), Made: start, Expires: start.Add(time.Hour)}})
	}
	until := start.Add(time.Hour)
	c.KeepAnswer(c.Mark(), []byte("1"), []Labels{day}, "x", 100, until)
	c.KeepAnswer(c.Mark(), []byte("2"), []Labels{day, {"a", "reports.query", 5, 5}}, "x", 100, until)
	c.KeepAnswer(c.Mark(), []byte("3"), nil, "x", 100, until)
	stored(t, c)
	clock.advance(time.Minute)

	s := c.Stats(t.Context())
	number := func(list []Usage) (lines []string) {
		for _, u := range list {
			assert.GreaterOrEqual(t, u.Bytes, 100*u.Entries)
			lines = append(lines, fmt.Sprintf("%s/%s %d", u.Platform, u.Operation, u.Entries))
		}
		return lines
	}
	entries := []string{"a/reports.query 1", "b/networks.list 1", "b/reports.query 2"}
	assert.Equal(t, entries, number(s.Memory.Entries))
	assert.Equal(t, []string{"/ 1", "/reports.query 1", "b/reports.query 1"}, number(s.Memory.Answers))
	assert.Equal(t, entries, number(s.Store.Entries))
	assert.Equal(t, Ready, s.Store.State)
	assert.Equal(t, start, s.Store.Since)
	assert.Empty(t, s.Store.Error)
	sum := int64(0)
	for _, u := range slices.Concat(s.Memory.Entries, s.Memory.Answers) {
		sum += u.Bytes
	}
	assert.Equal(t, sum, s.Memory.Used)

	store.failing("stats")
	s = c.Stats(t.Context())
	assert.Nil(t, s.Store.Entries)
	assert.Equal(t, Ready, s.Store.State, "a store that cannot count may still read")
	assert.Equal(t, Off, newCache(t, Config{}).Stats(t.Context()).Store.State)
}

func TestAMemoryOfLessThanNothingIsRefused(t *testing.T) {
	_, err := New(Config{Memory: -1})
	require.Error(t, err)
}

func TestKeysOfDifferentMembersDiffer(t *testing.T) {
	seen := map[Key]string{}
	for _, members := range [][]string{nil, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"\x01a", "b"}, {"b", "a"}, {strings.Repeat("a", 200)}} {
		k := KeyOf(members...)
		assert.Equal(t, k, KeyOf(members...))
		assert.NotContains(t, seen, k, "%q", members)
		seen[k] = fmt.Sprintf("%q", members)
	}
	// by sha256sum, of the bytes 01 61 02 62 63
	assert.Equal(t, "ea1cc672b17a5c99d273503a298965ef39b3616dfc46fb44022907c44f4e34fa", fmt.Sprintf("%x", KeyOf("a", "bc")))
}
