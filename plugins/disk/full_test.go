package disk

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tributary-gateway/tributary/plugins"
)

// fill puts batches of records until the disk is full, and returns the keys and values
// that are there, and the error.
func fill(t *testing.T, s *store) (records []plugins.StoreRecord, err error) {
	t.Helper()
	for batch := 0; ; batch++ {
		next, _ := windows(5)
		for i := range next {
			next[i].Key = fmt.Appendf(nil, "batch %d record %d", batch, i)
		}
		if err := s.Put(t.Context(), next); err != nil {
			_, keys := split(next)
			values, getErr := s.Get(t.Context(), keys)
			require.NoError(t, getErr)
			for _, value := range values {
				require.Nil(t, value, "nothing of what did not fit")
			}
			return records, err
		}
		records = append(records, next...)
		require.Less(t, batch, 10_000, "the disk has no end")
	}
}

func split(records []plugins.StoreRecord) (values, keys [][]byte) {
	for _, r := range records {
		values, keys = append(values, r.Value), append(keys, r.Key)
	}
	return values, keys
}

// checkAll compares what is stored with records.
func checkAll(t *testing.T, s *store, records []plugins.StoreRecord) {
	t.Helper()
	values, keys := split(records)
	got, err := s.Get(t.Context(), keys)
	require.NoError(t, err)
	for i := range values {
		require.True(t, bytes.Equal(values[i], got[i]), "%q", keys[i])
	}
}

// tryFull fills a disk, and looks at what can still be done: everything but putting.
// Once some of it is removed, or more gives the disk room, it works as before.
func tryFull(t *testing.T, s *store, more func()) {
	t.Helper()
	first, err := fill(t, s)
	assert.True(t, full(err), "%v", err)
	assert.ErrorContains(t, err, s.path)
	require.NotEmpty(t, first)
	checkAll(t, s, first)

	stats, err := s.Stats(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, len(first), stats[0].Entries)
	n, err := s.Delete(t.Context(), plugins.StoreSelection{})
	require.NoError(t, err, "removing needs no room")
	assert.Equal(t, len(first), n)
	require.NoError(t, s.Put(t.Context(), first[:5]), "there is room again")
	checkAll(t, s, first[:5])

	second, err := fill(t, s)
	assert.True(t, full(err), "%v", err)
	more()
	third, _ := windows(100)
	require.NoError(t, s.Put(t.Context(), third), "there is more room")
	checkAll(t, s, append(second, third...))
	assert.NoFileExists(t, s.path+suffixDamaged, "a full disk is no damage")
}

func TestFullDisk(t *testing.T) {
	s := openAt(t, t.TempDir())
	limit := func(pages int) {
		_, err := s.db.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		require.NoError(t, err)
	}
	limit(300)
	_, err := fill(t, s)
	assert.Equal(t, sqlite3.SQLITE_FULL, code(err))
	_, err = s.Delete(t.Context(), plugins.StoreSelection{})
	require.NoError(t, err)
	tryFull(t, s, func() { limit(1 << 30) })
}
