package disk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest"

	"github.com/tributary-gateway/tributary/plugins"
)

func openSized(t *testing.T, dir string, size int64) *store {
	t.Helper()
	s, err := open(t.Context(), filepath.Join(dir, defaultFile), size, zaptest.NewLogger(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// kilobytes is a record of so many KiB that expires after minutes.
func kilobytes(key string, n, minutes int) plugins.StoreRecord {
	return plugins.StoreRecord{
		Key: []byte(key), Value: bytes.Repeat([]byte{byte(n)}, n<<10), Platform: "tracker", Operation: "reports.run",
		From: 1, Expires: time.Now().Add(time.Duration(minutes) * time.Minute).Truncate(time.Minute),
	}
}

// there are those of keys under which something is.
func there(t *testing.T, s *store, keys ...string) (found []string) {
	t.Helper()
	for _, key := range keys {
		values, err := s.Get(t.Context(), [][]byte{[]byte(key)})
		require.NoError(t, err)
		if values[0] != nil {
			found = append(found, key)
		}
	}
	return found
}

func total(t *testing.T, s *store) (entries, size int64) {
	t.Helper()
	stats, err := s.Stats(t.Context())
	require.NoError(t, err)
	for _, line := range stats {
		entries += line.Entries
		size += line.Bytes
	}
	return entries, size
}

func TestWhatGoesFirst(t *testing.T) {
	s := openSized(t, t.TempDir(), 100<<10)
	put := func(records ...plugins.StoreRecord) { require.NoError(t, s.Put(t.Context(), records)) }
	put(kilobytes("late", 30, 90), kilobytes("early", 30, 30), kilobytes("middle", 30, 60))
	assert.Equal(t, []string{"late", "early", "middle"}, there(t, s, "late", "early", "middle"), "90 KiB of 100")
	put(kilobytes("later", 10, 120))
	assert.Equal(t, []string{"late", "early", "middle", "later"}, there(t, s, "late", "early", "middle", "later"), "all of 100")
	put(kilobytes("more", 1, 120))
	assert.Equal(t, []string{"late", "middle", "later", "more"}, there(t, s, "late", "early", "middle", "later", "more"), "what expires first")
	put(kilobytes("larger", 60, 100))
	assert.Equal(t, []string{"later", "more", "larger"}, there(t, s, "late", "middle", "later", "more", "larger"), "as many as it takes")
	put(kilobytes("larger", 70, 100))
	assert.Equal(t, []string{"later", "more", "larger"}, there(t, s, "later", "more", "larger"), "its old value does not count")
	put(kilobytes("last", 20, 120))
	assert.Equal(t, []string{"later", "more", "last"}, there(t, s, "later", "more", "larger", "last"))
	put(kilobytes("equal", 99, 120))
	assert.Equal(t, []string{"equal"}, there(t, s, "later", "more", "last", "equal"), "of those that expire together, what was put first")
}

func TestValueLargerThanAll(t *testing.T) {
	s := openSized(t, t.TempDir(), 100<<10)
	require.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{kilobytes("a", 50, 60), kilobytes("b", 40, 60)}))
	require.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{kilobytes("a", 101, 90), kilobytes("c", 5, 60)}))
	assert.Equal(t, []string{"b", "c"}, there(t, s, "a", "b", "c"), "the others stay")
	require.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{kilobytes("d", 100, 90)}))
	assert.Equal(t, []string{"d"}, there(t, s, "b", "c", "d"))
}

func TestExpiredRecordsGo(t *testing.T) {
	s := openAt(t, t.TempDir())
	var old []plugins.StoreRecord
	for i := range 200 {
		old = append(old, kilobytes(fmt.Sprint("old ", i), 1, -60))
	}
	old = append(old, kilobytes("new", 1, 60))
	require.NoError(t, s.Put(t.Context(), old))
	require.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{kilobytes("newer", 1, 60)}))
	entries, _ := total(t, s)
	assert.EqualValues(t, 2, entries, "those of before went with the first, a bounded number with each")
	assert.Equal(t, []string{"new", "newer"}, there(t, s, "new", "newer", "old 0", "old 199"))
}

// TestFileStaysBounded replaces a bounded store's content many times over.
func TestFileStaysBounded(t *testing.T) {
	const size = 1 << 20
	s := openSized(t, t.TempDir(), size)
	for round := range 30 {
		records, _ := windows(60)
		for i := range records {
			records[i].Key = fmt.Appendf(nil, "round %d record %d", round, i)
			records[i].Expires = time.Now().Add(time.Duration(1+round) * time.Hour)
		}
		require.NoError(t, s.Put(t.Context(), records))
		checkAll(t, s, records)
		_, sum := total(t, s)
		require.LessOrEqual(t, sum, int64(size))
	}
	_, sum := total(t, s)
	assert.Greater(t, sum, int64(size*9/10), "it is used as far as it goes")
	require.NoError(t, s.Close())
	info, err := os.Stat(s.path)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(size*3/2))
}

// TestFileShrinks when most of it is deleted, a piece with every call.
func TestFileShrinks(t *testing.T) {
	s := openAt(t, t.TempDir())
	for i := range 4 {
		var records []plugins.StoreRecord
		for k := range 60 {
			r := kilobytes(fmt.Sprint(i, " ", k), 100, 60)
			r.Platform = fmt.Sprint("platform ", i)
			records = append(records, r)
		}
		require.NoError(t, s.Put(t.Context(), records))
	}
	pages := func() (n int) {
		require.NoError(t, s.db.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&n))
		return n
	}
	full := pages()
	for i := range 3 {
		_, err := s.Delete(t.Context(), plugins.StoreSelection{Platform: fmt.Sprint("platform ", i)})
		require.NoError(t, err)
	}
	for range full/shrinkStep + 1 {
		require.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{kilobytes("a", 1, 60)}))
	}
	assert.Less(t, pages(), full/2)
	entries, _ := total(t, s)
	assert.EqualValues(t, 61, entries)
}

// TestLowerSize: a file that was filled under a higher bound is brought under the new
// one when it is opened.
func TestLowerSize(t *testing.T) {
	dir := t.TempDir()
	s := openSized(t, dir, defaultSize)
	var records []plugins.StoreRecord
	for i := range 3 * trimStep {
		r := kilobytes(fmt.Sprint(i), 0, i)
		r.Value = []byte("0123456789")
		records = append(records, r)
	}
	require.NoError(t, s.Put(t.Context(), records))
	require.NoError(t, s.Close())

	s = openSized(t, dir, 10*trimStep/2)
	entries, sum := total(t, s)
	assert.EqualValues(t, trimStep/2, entries)
	assert.EqualValues(t, 10*trimStep/2, sum)
	checkAll(t, s, records[len(records)-trimStep/2:])
}
