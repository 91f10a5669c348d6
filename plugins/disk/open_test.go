package disk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	sqlite3 "modernc.org/sqlite/lib"
)

// TestFolderThatCannotBeUsed: as soon as it can, the store is opened.
func TestFolderThatCannotBeUsed(t *testing.T) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(inTheWay, []byte("not a folder"), 0o600))
	path := filepath.Join(inTheWay, "cache.db")
	_, err := open(t.Context(), path, defaultSize, zap.NewNop())
	require.ErrorContains(t, err, "opening "+path)
	assert.False(t, damaged(err))

	require.NoError(t, os.Remove(inTheWay))
	s := openAt(t, inTheWay)
	records, _ := windows(3)
	require.NoError(t, s.Put(t.Context(), records))
	checkAll(t, s, records)
}

func TestFolderInThePlaceOfTheFile(t *testing.T) {
	path := t.TempDir()
	_, err := open(t.Context(), path, defaultSize, zap.NewNop())
	require.Error(t, err)
	assert.False(t, damaged(err), "%v", err)
	assert.DirExists(t, path)
}

// TestFolderThatGoesAway while the store is open, as that of a disk which is unmounted:
// calls fail until it is back.
func TestFolderThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mounted")
	s := openAt(t, dir)
	records, keys := windows(3)
	require.NoError(t, s.Put(t.Context(), records))
	require.NoError(t, os.Rename(dir, dir+" elsewhere"))
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	_, err := s.Get(t.Context(), keys)
	require.ErrorContains(t, err, "reading "+s.path)
	require.ErrorContains(t, s.Put(t.Context(), records), "writing "+s.path)

	require.NoError(t, os.Remove(dir))
	require.NoError(t, os.Rename(dir+" elsewhere", dir))
	checkAll(t, s, records)
	require.NoError(t, s.Put(t.Context(), records))
}

// TestFileThatMayOnlyBeRead opens the file as SQLite opens one that it may not write.
func TestFileThatMayOnlyBeRead(t *testing.T) {
	s := openAt(t, t.TempDir())
	require.NoError(t, s.Close())
	_, err := openDatabase(t.Context(), s.path, s.source+"&mode=ro")
	require.Error(t, err)
	assert.Equal(t, sqlite3.SQLITE_READONLY, code(err), "%v", err)
	assert.False(t, damaged(err))
}

// TestLocksThatDoNotWork uses the layer of SQLite that has none.
func TestLocksThatDoNotWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	_, err := openDatabase(t.Context(), path, source(path)+"&vfs=unix-none")
	require.ErrorContains(t, err, "no locks")
	assert.False(t, damaged(err))
}

// TestWriterOfAnotherProcess that does not end: a call gives up after a while, and
// reading goes on.
func TestWriterOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), defaultFile)
	a, b := openAt(t, filepath.Dir(path)), openAt(t, filepath.Dir(path))
	records, _ := windows(3)
	require.NoError(t, a.Put(t.Context(), records))
	for _, s := range []*store{a, b} {
		_, err := s.db.writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 20")
		require.NoError(t, err)
	}
	tx, err := b.db.writer.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	err = a.Put(t.Context(), records[:1])
	assert.Equal(t, sqlite3.SQLITE_BUSY, code(err), "%v", err)
	checkAll(t, a, records)
	require.NoError(t, tx.Rollback())
	require.NoError(t, a.Put(t.Context(), records[:1]))
	checkAll(t, b, records)
}
