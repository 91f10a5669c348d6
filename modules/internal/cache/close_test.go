package cache

import (
	"bytes"
	"context"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// working returns how many goroutines do what was made in tests of the given name.
func working(t *testing.T, label string) int {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&text, 1))
	n := 0
	for stack := range bytes.SplitSeq(text.Bytes(), []byte("\n\n")) {
		if bytes.Contains(stack, []byte(`"cache":"`+label+`"`)) {
			n++
		}
	}
	return n
}

// labelled runs f so that the goroutines that it starts can be told from others.
func labelled(t *testing.T, label string, f func()) {
	t.Helper()
	pprof.Do(context.Background(), pprof.Labels("cache", label), func(context.Context) { f() })
}

func TestCloseEndsAllGoroutines(t *testing.T) {
	for name, config := range map[string]Config{
		"memory only":        {},
		"a store":            {Open: newFake().open},
		"a store that fails": {Open: func(context.Context) (plugins.Store, error) { return nil, errFake }},
	} {
		t.Run(name, func(t *testing.T) {
			labelled(t, t.Name(), func() {
				c := newCache(t, config)
				e := entry("tracker", "a", "1")
				c.Put(c.Mark(), []*Entry{e})
				c.Get(t.Context(), []Key{KeyOf("not there")})
				_, _ = c.Drop(t.Context(), onPlatform("tracker"))
				assert.Positive(t, working(t, t.Name()))
				c.Close()
			})
			eventually(t, func() bool { return working(t, t.Name()) == 0 }, "nothing goes on")
		})
	}
}

// A store that hangs holds up Close for a while only; it is closed when it no longer hangs.
func TestCloseDoesNotWaitForAStoreThatHangs(t *testing.T) {
	t.Parallel()
	for _, hangs := range []string{"open", "get", "put", "delete"} {
		t.Run(hangs, func(t *testing.T) {
			t.Parallel()
			store := newFake()
			called, proceed := make(chan struct{}, 100), make(chan struct{})
			store.on(func(call string) error {
				if call == hangs {
					called <- struct{}{}
					<-proceed
				}
				return nil
			})
			labelled(t, t.Name(), func() {
				c := newCache(t, Config{Memory: storeOnly, Open: store.open, Patience: 10 * time.Millisecond})
				if hangs != "open" {
					stored(t, c)
				}
				e := entry("tracker", "a", "1")
				c.Put(c.Mark(), []*Entry{e})
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_, _ = c.Drop(context.Background(), onPlatform("another"))
					c.Get(context.Background(), []Key{KeyOf("b")})
				}()
				<-called
				c.Close()
				<-ended
			})
			store.mu.Lock()
			closed := store.closed
			store.mu.Unlock()
			assert.Zero(t, closed, "nothing is closed while it is used")
			close(proceed)
			eventually(t, func() bool { return working(t, t.Name()) == 0 }, "everything ends")
			store.mu.Lock()
			defer store.mu.Unlock()
			assert.Equal(t, 1, store.closed)
		})
	}
}

func TestAStoreThatPanicsInCloseIsSurvived(t *testing.T) {
	seen := newCounts()
	c := newCache(t, Config{Observer: seen, Open: func(context.Context) (plugins.Store, error) { return bad{newFake()}, nil }})
	stored(t, c)
	c.Close()
	assert.Equal(t, 1, seen.failures(writing))
}

type bad struct{ *fakeStore }

func (bad) Close() error { panic("closed twice") }
