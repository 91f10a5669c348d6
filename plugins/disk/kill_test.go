package disk

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// TestKilledWhileWriting kills a gateway in the midst of its steps, over and over on
// the same file. What it had said to be done is there, what it had begun is there whole
// or not at all, and nothing else is.
func TestKilledWhileWriting(t *testing.T) {
	const rounds, endless = 100, 1 << 30
	dir := t.TempDir()
	known := nothing()
	next, undone := 0, 0
	for round := range rounds {
		c := startChild(t, dir, next, endless)
		var begun *step
		hear := func() bool {
			verb, s, more := c.next(t)
			switch {
			case !more:
				return false
			case verb == "begin":
				begun = &s
			default:
				known, begun, next = known.after(s), nil, s.number+1
			}
			return true
		}
		for range 1 + rand.IntN(24) {
			require.True(t, hear(), "the child ended by itself: %s", c.errors)
		}
		for begun == nil {
			require.True(t, hear(), "the child ended by itself: %s", c.errors)
		}
		time.Sleep(rand.N(2 * time.Millisecond)) // waits for nothing: it is anywhere in its step
		require.NoError(t, c.process.Process.Kill())
		for hear() { // what it had still said
		}
		require.Error(t, c.process.Wait(), "it was killed")

		s := openAt(t, dir)
		got := stateOf(t, s)
		if begun != nil {
			next = begun.number + 1
			if done := known.after(*begun); assert.ObjectsAreEqual(done, got) {
				known = done
			} else {
				undone++
			}
		}
		require.Equal(t, known, got, "round %d", round)
		var entries int64
		for _, key := range got {
			if key >= 0 {
				entries++
			}
		}
		stats, err := s.Stats(t.Context())
		require.NoError(t, err)
		if entries > 0 {
			require.Len(t, stats, 1)
			require.Equal(t, entries, stats[0].Entries)
		}
		if round%10 == 9 {
			var check string
			require.NoError(t, s.db.reader.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check))
			require.Equal(t, "ok", check)
		}
		require.NoError(t, s.Close())
		require.NoFileExists(t, s.path+suffixDamaged)
	}
	assert.NotZero(t, undone, "some kill came in the midst of a step")
}

// TestTwoGateways has two processes work on one file at the same time.
func TestTwoGateways(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	c := startChild(t, dir, 0, 20) // none of these steps removes
	ended := make(chan struct{})
	var own sync.WaitGroup
	own.Go(func() {
		records, keys := windows(40)
		for {
			assert.NoError(t, s.Put(t.Context(), records))
			values, err := s.Get(t.Context(), keys)
			assert.NoError(t, err)
			for i, value := range values {
				assert.True(t, bytes.Equal(records[i].Value, value))
			}
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	known, done := nothing(), 0
	for verb, next, more := c.next(t); more; verb, next, more = c.next(t) {
		if verb != "done" {
			continue
		}
		known = known.after(next)
		done++
		got := stateOf(t, s)
		for key := range known {
			assert.GreaterOrEqual(t, got[key], known[key], "what the other had done")
		}
	}
	close(ended)
	own.Wait()
	require.NoError(t, c.process.Wait(), "%s", c.errors)
	assert.Equal(t, 20, done)
	assert.Equal(t, known, stateOf(t, s))
}

// TestFirstOpenings has several begin a file at the same time.
func TestFirstOpenings(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		var all sync.WaitGroup
		for range 2 {
			c := startChild(t, dir, 0, 3)
			all.Go(func() {
				for _, _, more := c.next(t); more; _, _, more = c.next(t) {
				}
				assert.NoError(t, c.process.Wait(), "%s", c.errors)
			})
		}
		for range 4 {
			all.Go(func() {
				s, err := open(t.Context(), filepath.Join(dir, defaultFile), defaultSize, zap.NewNop())
				if assert.NoError(t, err) {
					_, err := s.Get(t.Context(), stepKeys)
					assert.NoError(t, err)
					assert.NoError(t, s.Close())
				}
			})
		}
		all.Wait()
		assert.Equal(t, nothing().after(step{0}).after(step{1}).after(step{2}), stateOf(t, openAt(t, dir)))
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		assert.Len(t, files, 3, "the file and its two: %q", files)
	}
}
