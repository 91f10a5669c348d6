package cache

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// filled returns a store that holds a batch of a platform from an earlier run.
func filled(t *testing.T, platform string, n int) (*fakeStore, []Key) {
	t.Helper()
	store := newFake()
	entries, keys, _ := batch(platform, n)
	c := newCache(t, Config{Open: store.open})
	stored(t, c)
	c.Put(c.Mark(), entries)
	c.Close()
	require.Len(t, store.records, n)
	return store, keys
}

func TestADropDeletesInTheStore(t *testing.T) {
	store, keys := filled(t, "a", 5)
	c := newCache(t, Config{Open: store.open})
	stored(t, c)
	other := entry("b", "other", "1")
	c.Put(c.Mark(), []*Entry{other})
	stored(t, c)
	n, err := c.Drop(t.Context(), onPlatform("a"))
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	assert.Equal(t, []string{"-", "1"}, values(t, c, keys[0], other.Key))
	assert.Len(t, store.records, 1)

	n, err = c.Drop(t.Context(), plugins.StoreSelection{})
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Empty(t, store.records)
}

// A drop that was made before the store was open is carried out before anything is read from it.
func TestADropBeforeTheStoreIsOpenHolds(t *testing.T) {
	store, keys := filled(t, "a", 5)
	c, err := New(Config{Open: store.open, Now: newClock().now, Patience: time.Minute})
	require.NoError(t, err)
	waiting := entry("a", "waiting", "1")
	c.Put(c.Mark(), []*Entry{waiting})
	_, err = c.Drop(t.Context(), onPlatform("a"))
	require.ErrorIs(t, err, errNotOpen)
	later := entry("a", "later", "2")
	c.Put(c.Mark(), []*Entry{later})
	c.Start()
	t.Cleanup(c.Close)
	stored(t, c)
	assert.Equal(t, []string{"-", "-", "2"}, values(t, c, keys[0], waiting.Key, later.Key))
	assert.Len(t, store.records, 1)
	assert.True(t, store.holds(later.Key), "what was put after the drop is not of it")
}

func TestADropThatTheStoreFailedToCarryOutHolds(t *testing.T) {
	store, keys := filled(t, "a", 5)
	seen := newCounts()
	c := newCache(t, Config{Memory: storeOnly, Open: store.open, Observer: seen, Retry: soon})
	stored(t, c)
	assert.Equal(t, []string{"rows of 0"}, values(t, c, keys[0]))
	store.failing("delete")
	_, err := c.Drop(t.Context(), plugins.StoreSelection{Platform: "a", Days: true, From: 20000, To: 20001})
	require.ErrorIs(t, err, errFake)
	later := entry("a", "later", "2")
	c.Put(c.Mark(), []*Entry{later})
	eventually(t, func() bool { return seen.failures(dropping) > 3 }, "it is tried again")
	assert.Equal(t, []string{"-", "2"}, values(t, c, keys[0], later.Key))
	s := c.Stats(t.Context()).Store
	assert.Equal(t, 1, s.Undone)
	assert.Equal(t, Failing, s.State, "it is not read before it has carried out the drop")
	assert.True(t, store.holds(keys[0]))

	store.failing()
	stored(t, c)
	assert.Equal(t, []string{"-", "2"}, values(t, c, keys[0], later.Key))
	assert.False(t, store.holds(keys[0]))
	assert.Zero(t, c.Stats(t.Context()).Store.Undone)
}

// A write that hangs and succeeds in the end does not bring back what was dropped meanwhile.
func TestAWriteUnderWayDoesNotOvertakeADrop(t *testing.T) {
	store := newFake()
	writing, proceed := make(chan struct{}), make(chan struct{})
	c := newCache(t, Config{Memory: storeOnly, Open: store.open})
	stored(t, c)
	store.on(func(call string) error {
		if call == "put" {
			writing <- struct{}{}
			<-proceed
		}
		return nil
	})
	e, waiting := entry("a", "written", "1"), entry("a", "waiting", "2")
	c.Put(c.Mark(), []*Entry{e})
	<-writing
	c.Put(c.Mark(), []*Entry{waiting})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, err := c.Drop(ctx, onPlatform("a"))
	require.ErrorIs(t, err, context.Canceled, "the store has not done it so far")
	assert.Equal(t, 1, n, "what waited; what is being written is for the store to count")
	assert.Equal(t, []string{"-", "-"}, values(t, c, e.Key, waiting.Key))
	assert.Zero(t, store.count("delete"))

	store.on(nil)
	close(proceed)
	eventually(t, func() bool { return c.Stats(t.Context()).Store.Undone == 0 }, "the drop is carried out")
	assert.Empty(t, store.records)
	assert.Equal(t, []string{"-", "-"}, values(t, c, e.Key, waiting.Key))
	assert.Equal(t, 1, store.count("put"), "what waited is not written")
}

// A put that was overtaken by a drop between its look at the drops and the queue.
func TestWhatIsDroppedWhileItIsPutIsNotWritten(t *testing.T) {
	store := newFake()
	c := newCache(t, Config{Memory: storeOnly, Open: store.open})
	stored(t, c)
	e := entry("a", "a", "1")
	late := newEntry(e.clone(), c.Mark())
	_, err := c.Drop(t.Context(), onPlatform("a"))
	require.NoError(t, err)
	c.lower.put([]*item{late})
	stored(t, c)
	assert.False(t, store.holds(e.Key))
	assert.Equal(t, []string{"-"}, values(t, c, e.Key))
}

func TestDropsWaitForTheStoreTogether(t *testing.T) {
	store, keys := filled(t, "a", 50)
	c := newCache(t, Config{Memory: storeOnly, Open: store.open})
	stored(t, c)
	type result struct {
		n   int
		err error
	}
	results := make(chan result)
	for i := range 10 {
		go func() {
			n, err := c.Drop(context.Background(), plugins.StoreSelection{Platform: "a", Operation: []string{"", "reports.query"}[i%2]})
			results <- result{n, err}
		}()
	}
	sum := 0
	for range 10 {
		r := <-results
		require.NoError(t, r.err)
		sum += r.n
	}
	assert.Equal(t, 50, sum)
	assert.Equal(t, []string{"-"}, values(t, c, keys[0]))
}

// A drop frees memory, in the background where there is a store that counts.
func TestADropFreesMemory(t *testing.T) {
	store := newFake()
	for name, config := range map[string]Config{"memory only": {}, "with a store": {Open: store.open}} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, config)
			var keep int64
			for i := range 200 {
				if i == 100 {
					keep = c.memory.used()
				}
				e := entry([]string{"b", "a"}[i/100], fmt.Sprint(i), "1")
				c.Put(c.Mark(), []*Entry{e})
			}
			c.KeepAnswer(c.Mark(), []byte("a"), []Labels{{Platform: "a"}}, "x", 1, start.Add(time.Hour))
			n, err := c.Drop(t.Context(), onPlatform("a"))
			require.NoError(t, err)
			assert.Equal(t, 100, n)
			eventually(t, func() bool { return c.memory.used() == keep }, "the room of a is free")
		})
	}
}
