package disk

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/plugins"
	"github.com/tributary-gateway/tributary/plugins/storetest"
)

// openAt opens the store in a folder, and closes it with the test.
func openAt(t testing.TB, dir string) *store {
	t.Helper()
	s, err := open(t.Context(), filepath.Join(dir, defaultFile), defaultSize, zaptest.NewLogger(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) plugins.Store {
		return openAt(t, t.TempDir())
	})
}

// TestBehavesAsAMap does the same with a store and with a map, and compares them after
// every step.
func TestBehavesAsAMap(t *testing.T) {
	ctx := t.Context()
	names := rapid.SampledFrom([]string{"", "a", "b"})
	days := rapid.Int32Range(-3, 3)
	selections := rapid.Custom(func(t *rapid.T) plugins.StoreSelection {
		return plugins.StoreSelection{
			Platform: names.Draw(t, "platform"), Operation: names.Draw(t, "operation"),
			Days: rapid.Bool().Draw(t, "days"), From: days.Draw(t, "from"), To: days.Draw(t, "to"),
		}
	})
	records := rapid.Custom(func(t *rapid.T) plugins.StoreRecord {
		return plugins.StoreRecord{
			Key:      []byte{byte(rapid.IntRange(0, 7).Draw(t, "key"))},
			Value:    bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.IntRange(1, 9000).Draw(t, "length")),
			Platform: names.Draw(t, "platform"), Operation: names.Draw(t, "operation"),
			From: days.Draw(t, "from"), To: days.Draw(t, "to"),
			Expires: time.Now().Add(time.Hour),
		}
	})
	dir := t.TempDir()
	s := openAt(t, dir)
	defer func() { require.NoError(t, s.Close()) }() // the last one
	rapid.Check(t, func(t *rapid.T) {
		_, err := s.Delete(ctx, plugins.StoreSelection{})
		require.NoError(t, err)
		model := make(map[string]plugins.StoreRecord)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				batch := rapid.SliceOfN(records, 0, 4).Draw(t, "records")
				require.NoError(t, s.Put(ctx, batch))
				for _, r := range batch {
					model[string(r.Key)] = r
				}
			},
			"delete": func(t *rapid.T) {
				sel := selections.Draw(t, "selection")
				n, err := s.Delete(ctx, sel)
				require.NoError(t, err)
				picked := 0
				for key, r := range model {
					if picks(sel, r) {
						delete(model, key)
						picked++
					}
				}
				require.Equal(t, picked, n)
			},
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "now") > 0 { // seldom, it takes its time
					return
				}
				require.NoError(t, s.Close())
				s, err = open(ctx, filepath.Join(dir, defaultFile), defaultSize, zap.NewNop())
				require.NoError(t, err)
			},
			"": func(t *rapid.T) { compare(ctx, t, s, model) },
		})
	})
}

// picks is the contract of a selection, day by day.
func picks(sel plugins.StoreSelection, r plugins.StoreRecord) bool {
	if sel.Platform != "" && sel.Platform != r.Platform || sel.Operation != "" && sel.Operation != r.Operation {
		return false
	}
	if !sel.Days || r.From > r.To {
		return true
	}
	for day := r.From; day <= r.To; day++ {
		for asked := sel.From; asked <= sel.To; asked++ {
			if day == asked {
				return true
			}
		}
	}
	return false
}

func compare(ctx context.Context, t require.TestingT, s *store, model map[string]plugins.StoreRecord) {
	var keys [][]byte
	sums := make(map[[2]string]plugins.StoreStats)
	for i := range 8 {
		keys = append(keys, []byte{byte(i)})
	}
	values, err := s.Get(ctx, keys)
	require.NoError(t, err)
	for i, key := range keys {
		require.Equal(t, model[string(key)].Value, values[i])
	}
	for _, r := range model {
		sum := sums[[2]string{r.Platform, r.Operation}]
		sum.Platform, sum.Operation = r.Platform, r.Operation
		sum.Entries++
		sum.Bytes += int64(len(r.Value))
		sums[[2]string{r.Platform, r.Operation}] = sum
	}
	stats, err := s.Stats(ctx)
	require.NoError(t, err)
	require.Len(t, stats, len(sums))
	for _, line := range stats {
		require.Equal(t, sums[[2]string{line.Platform, line.Operation}], line)
	}
}

func TestWhatOnlyItsOwnerMayRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := openAt(t, dir)
	records, _ := windows(1)
	require.NoError(t, s.Put(t.Context(), records))
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	assert.Equal(t, os.FileMode(0o700), mode(dir))
	assert.Equal(t, os.FileMode(0o700), mode(filepath.Dir(dir)))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		assert.Equal(t, os.FileMode(0o600), mode(s.path+suffix), suffix)
	}
}

func TestPathsThatLookLikeSomethingElse(t *testing.T) {
	for _, name := range []string{"a?mode=memory", "a%20b", "a b#c", ":memory:", "file:x", "dä ta"} {
		dir := filepath.Join(t.TempDir(), name)
		s := openAt(t, dir)
		records, _ := windows(1)
		require.NoError(t, s.Put(t.Context(), records))
		require.NoError(t, s.Close())
		assert.FileExists(t, filepath.Join(dir, defaultFile))
		checkAll(t, openAt(t, dir), records)
	}
}

func TestRecordsWithoutAKeyOrAValue(t *testing.T) {
	s := openAt(t, t.TempDir())
	records, _ := windows(2)
	for _, wrong := range []plugins.StoreRecord{{Value: []byte("value")}, {Key: []byte("key")}} {
		require.ErrorContains(t, s.Put(t.Context(), append(records[:2:2], wrong)), "needs a key and a value")
	}
	stats, err := s.Stats(t.Context())
	require.NoError(t, err)
	assert.Empty(t, stats)
}

// TestCloseWhileInUse lets what is under way end, and refuses what comes after.
func TestCloseWhileInUse(t *testing.T) {
	s := openAt(t, t.TempDir())
	records, keys := windows(100)
	var all sync.WaitGroup
	begun := make(chan struct{}, 8)
	for range 4 {
		all.Go(func() {
			for err := error(nil); err == nil; err = s.Put(t.Context(), records) {
				begun <- struct{}{}
			}
		})
		all.Go(func() {
			var err error
			for err == nil {
				var values [][]byte
				if values, err = s.Get(t.Context(), keys); err == nil {
					assert.Len(t, values, len(keys))
				}
				begun <- struct{}{}
			}
			assert.ErrorContains(t, err, "the store is closed")
		})
	}
	for range 40 {
		<-begun
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	for open := true; open; {
		select {
		case <-begun:
		case <-ended:
			open = false
		}
	}
	require.NoError(t, <-closed)
	_, err := s.Delete(t.Context(), plugins.StoreSelection{})
	require.ErrorContains(t, err, "the store is closed")
	checkAll(t, openAt(t, filepath.Dir(s.path)), records)
}
