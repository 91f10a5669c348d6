package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What ristretto does that a cache of answers must not do.

func TestSetIsAsynchronousYetWhatWasPutIsFoundAtOnce(t *testing.T) {
	c := newCache(t, Config{})
	for i := range 10_000 {
		e := entry("tracker", fmt.Sprint(i), "rows")
		c.Put(c.Mark(), []*Entry{e})
		require.Equal(t, []string{"rows"}, values(t, c, e.Key))

		key := fmt.Append(nil, i)
		c.KeepAnswer(c.Mark(), key, nil, i, 8, start.Add(time.Hour))
		got, ok := c.Answer(key)
		require.True(t, ok)
		require.Equal(t, i, got)
	}
}

func TestTheNewerOfTwoQuickPutsOfANewKeyStays(t *testing.T) {
	c := newCache(t, Config{})
	for i := range 1000 {
		older, newer := entry("tracker", fmt.Sprint(i), "older"), entry("tracker", fmt.Sprint(i), "newer")
		if i%2 == 0 {
			c.Put(c.Mark(), []*Entry{older})
			c.Put(c.Mark(), []*Entry{newer})
		} else {
			c.Put(c.Mark(), []*Entry{entry("tracker", "another", "x"), older, newer})
		}
		require.Equal(t, []string{"newer"}, values(t, c, older.Key))
	}
}

// ristretto drops Sets when its buffer of 32,768 is full.
func TestNoneOfAFloodOfPutsIsLost(t *testing.T) {
	const entries, workers = 40_000, 4
	c := newCache(t, Config{Memory: 128 << 20})
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			var batch []*Entry
			for i := range entries / workers {
				batch = append(batch, entry("tracker", fmt.Sprint(w, i), fmt.Sprint(w, i)))
			}
			c.Put(c.Mark(), batch)
			for i, e := range batch {
				found := c.Get(context.Background(), []Key{e.Key})
				if !assert.NotNil(t, found[0]) || !assert.Equal(t, fmt.Sprint(w, i), string(found[0].Value)) {
					return
				}
			}
		})
	}
	group.Wait()
}

func TestAnEntryAboveTheBoundIsNotThereAndNeitherIsWhatItReplaced(t *testing.T) {
	for _, name := range []string{"alone", "in a batch"} {
		t.Run(name, func(t *testing.T) {
			seen := newCounts()
			c := newCache(t, Config{Memory: 1 << 20, Observer: seen})
			small, other := entry("tracker", "a", "small"), entry("tracker", "b", "other")
			c.Put(c.Mark(), []*Entry{small, other})
			huge := entry("tracker", "a", strings.Repeat("x", 2<<20))
			if name == "alone" {
				c.Put(c.Mark(), []*Entry{huge})
			} else {
				c.Put(c.Mark(), []*Entry{entry("tracker", "c", "third"), huge})
			}
			assert.Equal(t, []string{"-", "other"}, values(t, c, huge.Key, other.Key))
			assert.Equal(t, 1, seen.evictions(LevelMemory))

			c.KeepAnswer(c.Mark(), []byte("a"), nil, "small", 5, start.Add(time.Hour))
			c.KeepAnswer(c.Mark(), []byte("a"), nil, "huge", 2<<20, start.Add(time.Hour))
			_, ok := c.Answer([]byte("a"))
			assert.False(t, ok)
		})
	}
}

// ristretto lets an item that it has grow, and makes room only for the next new one.
func TestEntriesThatGrowStayWithinTheBound(t *testing.T) {
	const bound = 1 << 20
	c := newCache(t, Config{Memory: bound})
	for size := range 100 {
		for i := range 50 {
			e := entry("tracker", fmt.Sprint(i), strings.Repeat("x", size<<10))
			c.Put(c.Mark(), []*Entry{e})
			require.LessOrEqual(t, c.memory.used(), int64(bound))
		}
	}
}

// ristretto takes 56 bytes for each key, which its costs do not say unless told; its maps take more.
func TestTheBoundCountsWhatKeepingTakes(t *testing.T) {
	c := newCache(t, Config{Memory: 1 << 20})
	for i := range 10_000 {
		c.Put(c.Mark(), []*Entry{entry("tracker", fmt.Sprint(i), "1")})
	}
	kept := c.Stats(t.Context()).Memory.Entries
	require.Len(t, kept, 1)
	assert.Less(t, kept[0].Entries, int64(1<<20/400), "10,000 bytes of values, but more than a mebibyte of memory")
	assert.Greater(t, kept[0].Entries, int64(1<<20/800))
}

// ristretto panics when something is set or read while it closes.
func TestUseDuringAndAfterClose(t *testing.T) {
	for range 50 {
		store := newFake()
		c := newCache(t, Config{Memory: 1 << 20, Open: store.open})
		var group sync.WaitGroup
		running, stop := make(chan struct{}, 4), make(chan struct{})
		for w := range 4 {
			group.Go(func() {
				for i := 0; ; i++ {
					use(c, w, i)
					if i == 0 {
						running <- struct{}{}
					}
					select {
					case <-stop:
						use(c, w, i+1)
						return
					default:
					}
				}
			})
		}
		for range 4 {
			<-running
		}
		c.Close()
		close(stop)
		group.Wait()
		c.Close()
		c.Start()
		e := entry("tracker", "0", "x")
		c.Put(c.Mark(), []*Entry{e})
		require.Equal(t, []string{"-"}, values(t, c, e.Key))
		_, ok := c.Answer([]byte("0"))
		require.False(t, ok)
		require.Equal(t, 1, store.closed)
		s := c.Stats(t.Context())
		require.Equal(t, Closed, s.Store.State)
		require.Zero(t, s.Memory.Used)
	}
}

// use calls everything that a cache has.
func use(c *Cache, worker, i int) {
	e := entry("tracker", fmt.Sprint(worker, i%100), "x")
	c.Put(c.Mark(), []*Entry{e})
	c.Get(context.Background(), []Key{e.Key, KeyOf("not there")})
	c.KeepAnswer(c.Mark(), e.Key[:], []Labels{e.Labels}, i, 8, start.Add(time.Hour))
	c.Answer(e.Key[:])
	if i%50 == 0 {
		_, _ = c.Drop(context.Background(), onPlatform("tracker"))
		c.Stats(context.Background())
	}
}

// ristretto keeps no keys: what is under another key with the same hash, it returns.
func TestKeysOfOneHashAreToldApart(t *testing.T) {
	c := newCache(t, Config{Hash: func([]byte) uint64 { return 7 }})
	a, b := entry("tracker", "a", "of a"), entry("tracker", "b", "of b")
	c.Put(c.Mark(), []*Entry{a})
	assert.Equal(t, []string{"of a", "-"}, values(t, c, a.Key, b.Key))
	c.Put(c.Mark(), []*Entry{b})
	assert.Equal(t, []string{"-", "of b"}, values(t, c, a.Key, b.Key), "the newer takes the place")

	_, ok := c.Answer(b.Key[:])
	assert.False(t, ok, "an entry is no answer")
	c.KeepAnswer(c.Mark(), b.Key[:], nil, "answer", 6, start.Add(time.Hour))
	assert.Equal(t, []string{"-"}, values(t, c, b.Key), "an answer is no entry")
	_, ok = c.Answer([]byte("b"))
	assert.False(t, ok)
	got, ok := c.Answer(b.Key[:])
	assert.True(t, ok)
	assert.Equal(t, "answer", got)
}

// ristretto refuses what is new when what it has was read more often, though the new may be wanted at once.
func TestWhatRistrettoRefusesIsFound(t *testing.T) {
	c := newCache(t, Config{Memory: 1 << 20})
	value := strings.Repeat("x", 10<<10)
	var popular []Key
	for i := range 90 {
		e := entry("tracker", fmt.Sprint("popular", i), value)
		c.Put(c.Mark(), []*Entry{e})
		popular = append(popular, e.Key)
	}
	for range 200 {
		c.Get(t.Context(), popular)
	}
	for i := range 1000 {
		e := entry("tracker", fmt.Sprint("new", i), value+fmt.Sprint(i))
		c.Put(c.Mark(), []*Entry{e})
		require.Equal(t, []string{value + fmt.Sprint(i)}, values(t, c, e.Key))
		e.Value = []byte("amended")
		c.Put(c.Mark(), []*Entry{e})
		require.Equal(t, []string{"amended"}, values(t, c, e.Key))
		require.LessOrEqual(t, c.memory.used(), int64(1<<20))
	}
}

// The import path without /v2 is dead, and 2.4.1 leaks memory.
func TestRistrettoIsOfAGoodVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "go.mod"))
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^\s*github\.com/dgraph-io/ristretto(?:/v2)? (v.*)$`)
	var direct []string
	for _, found := range line.FindAllStringSubmatch(string(text), -1) {
		if !strings.HasSuffix(found[1], "// indirect") {
			direct = append(direct, found[1])
		}
	}
	require.Len(t, direct, 1)
	var major, minor, patch int
	_, err = fmt.Sscanf(direct[0], "v%d.%d.%d", &major, &minor, &patch)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, slices.Compare([]int{major, minor, patch}, []int{2, 4, 2}), 0, direct[0])
}

// A caller keeps what it put: the cache has copies.
func TestWhatIsPutIsCopied(t *testing.T) {
	c := newCache(t, Config{})
	e := entry("tracker", "a", "rows")
	c.Put(c.Mark(), []*Entry{e})
	e.Value[0] = 'X'
	e.Expires = start
	assert.Equal(t, []string{"rows"}, values(t, c, e.Key))

	key, labels := []byte("key"), []Labels{{Platform: "tracker"}}
	c.KeepAnswer(c.Mark(), key, labels, "answer", 6, start.Add(time.Hour))
	key[0], labels[0].Platform = 'X', "other"
	_, ok := c.Answer([]byte("key"))
	assert.True(t, ok)
	_, err := c.Drop(t.Context(), onPlatform("tracker"))
	require.NoError(t, err)
	_, ok = c.Answer([]byte("key"))
	assert.False(t, ok)
}
