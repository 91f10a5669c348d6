package disk

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/tributary-gateway/tributary/plugins"
)

// openDamaged opens what is at a path, whatever it is, and returns what is logged.
func openDamaged(t *testing.T, path string) (*store, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.WarnLevel)
	s, err := open(t.Context(), path, defaultSize, zap.New(core))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // a damaged file may not be closed without an error
	return s, logs
}

func TestFilesThatAreNoStore(t *testing.T) {
	older := filepath.Join(t.TempDir(), "older.db")
	s := openAt(t, t.TempDir())
	_, err := s.db.writer.ExecContext(t.Context(), "PRAGMA user_version = 99")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Rename(s.path, older))

	without := filepath.Join(t.TempDir(), "without.db")
	s = openAt(t, t.TempDir())
	_, err = s.db.writer.ExecContext(t.Context(), "DROP TABLE records")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Rename(s.path, without))

	content := func(path string) string {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(b)
	}
	for _, test := range []struct{ name, content string }{
		{"text", "this is the shopping list\n"},
		{"much text", strings.Repeat("this is the shopping list\n", 5000)},
		{"zeros", strings.Repeat("\x00", 8192)},
		{"the beginning of a database", "SQLite format 3\x00" + strings.Repeat("x", 8176)},
		{"a store of another version", content(older)},
		{"a store without its table", content(without)},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cache.db")
			require.NoError(t, os.WriteFile(path, []byte(test.content), 0o600))
			require.NoError(t, os.WriteFile(path+"-wal", []byte("the log of another file"), 0o600))
			s, logs := openDamaged(t, path)
			records, _ := windows(3)
			require.NoError(t, s.Put(t.Context(), records))
			checkAll(t, s, records)
			kept := content(path + suffixDamaged)
			require.Len(t, kept, len(test.content), "it is kept")
			for i := range kept {
				require.Equal(t, test.content[i], kept[i], "it is kept as it was; byte %d", i)
			}
			require.Equal(t, 1, logs.Len())
			assert.Equal(t, path+suffixDamaged, logs.All()[0].ContextMap()["put_aside"])
			assert.NotEmpty(t, logs.All()[0].ContextMap()["damage"])
		})
	}
}

func TestEmptyFileIsANewStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, logs := openDamaged(t, path)
	assert.Zero(t, logs.Len())
	assert.NoFileExists(t, path+suffixDamaged)
}

// TestDatabaseOfAnotherProgram is what happens when a wrong path is configured: it is
// refused, and stays as it is.
func TestDatabaseOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	other, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "CREATE TABLE invoices (number); INSERT INTO invoices VALUES (1)")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	_, err = open(t.Context(), path, defaultSize, zap.NewNop())
	require.ErrorContains(t, err, "another program")
	require.ErrorContains(t, err, path)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(before, after))
	assert.NoFileExists(t, path+suffixDamaged)
}

// filled is a store of 60 records, closed: its content, and what is in it.
func filled(t *testing.T) (content []byte, records []plugins.StoreRecord) {
	t.Helper()
	s := openAt(t, t.TempDir())
	records, _ = windows(60)
	for i := range records {
		records[i].Operation = fmt.Sprint("operation ", i%5)
		records[i].Value = records[i].Value[:1+rand.IntN(len(records[i].Value))]
	}
	require.NoError(t, s.Put(t.Context(), records))
	require.NoError(t, s.Close())
	content, err := os.ReadFile(s.path)
	require.NoError(t, err)
	return content, records
}

// survive uses a store whose file is damaged in some way. Whatever it returns is right,
// and soon it works again.
func survive(t *testing.T, s *store, records []plugins.StoreRecord) {
	t.Helper()
	values, keys := split(records)
	check := func() {
		got, err := s.Get(t.Context(), keys)
		if err != nil {
			assert.Nil(t, got)
			return
		}
		for i := range got {
			if got[i] != nil {
				require.Equal(t, values[i], got[i], "the value of another record, or a changed one")
			}
		}
	}
	check()
	_, _ = s.Stats(t.Context()) // may be wrong, may fail; but it ends
	check()
	_, _ = s.Delete(t.Context(), plugins.StoreSelection{Operation: "operation 1", Days: true, From: 3, To: 40})
	check()
	var err error
	for range 3 { // an index may be found damaged after the one before has been made again
		if err = s.Put(t.Context(), records); err == nil {
			break
		}
	}
	require.NoError(t, err, "it works again")
	check()
}

func TestTruncatedFile(t *testing.T) {
	content, records := filled(t)
	for _, length := range []int{1, 16, 50, 99, 100, 512, 4095, 4096, 4097, 8192, 12288, len(content) / 2, len(content) - 4096, len(content) - 1} {
		t.Run(fmt.Sprint(length, " bytes"), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cache.db")
			require.NoError(t, os.WriteFile(path, content[:length], 0o600))
			s, _ := openDamaged(t, path)
			survive(t, s, records)
			checkAll(t, s, records[:1])
		})
	}
}

// TestChangedBytes changes a few bytes anywhere, and often where the structure is: at
// the beginning of pages.
func TestChangedBytes(t *testing.T) {
	content, records := filled(t)
	made := 0
	for round := range 60 {
		random := rand.New(rand.NewPCG(uint64(round), 3))
		changed := []byte(string(content))
		for range 1 + random.IntN(12) {
			at := random.IntN(len(changed))
			if random.IntN(2) == 0 {
				at = at&^4095 + random.IntN(40)
			}
			changed[at] ^= byte(1 + random.IntN(255))
		}
		path := filepath.Join(t.TempDir(), "cache.db")
		require.NoError(t, os.WriteFile(path, changed, 0o600))
		core, logs := observer.New(zapcore.WarnLevel)
		s, err := open(t.Context(), path, defaultSize, zap.New(core))
		if err != nil { // what says whose file it is has changed
			require.ErrorContains(t, err, "another program", "round %d", round)
			continue
		}
		survive(t, s, records)
		made += logs.Len()
		_ = s.Close()
	}
	assert.NotZero(t, made, "some damage is found")
}

// TestDamageWhileOpen changes the file beneath an open store.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	s, logs := openDamaged(t, filepath.Join(dir, defaultFile))
	records, _ := windows(600) // more than what connections remember
	require.NoError(t, s.Put(t.Context(), records))
	_, err := s.db.writer.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
	require.NoError(t, err)

	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() }) // not before: it would take the locks away
	info, err := f.Stat()
	require.NoError(t, err)
	noise := []byte(strings.Repeat("noise", 1000))
	for at := int64(4096); at < info.Size(); at += 4096 {
		_, err := f.WriteAt(noise[:100], at)
		require.NoError(t, err)
	}
	_, keys := split(records)
	_, err = s.Get(t.Context(), keys)
	require.Error(t, err)
	assert.True(t, damaged(err), "%v", err)
	require.Equal(t, 1, logs.Len())

	require.NoError(t, s.Put(t.Context(), records))
	checkAll(t, s, records)
	assert.FileExists(t, s.path+suffixDamaged)
	assert.Equal(t, 1, logs.Len())
}

// TestTwoFindTheSameDamage: the second one takes the file that the first has begun.
func TestTwoFindTheSameDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), defaultFile)
	a, logsOfA := openDamaged(t, path)
	b, logsOfB := openDamaged(t, path)
	records, _ := windows(3)
	why := damage{errors.New("noise")}
	err := b.use(t.Context(), "trying", func(*database) error {
		require.ErrorIs(t, a.use(t.Context(), "trying", func(*database) error { return why }), why)
		require.NoError(t, a.Put(t.Context(), records))
		return why
	})
	require.ErrorIs(t, err, why)
	checkAll(t, b, records)
	assert.Equal(t, 1, logsOfA.Len())
	assert.Zero(t, logsOfB.Len())
}

// TestFileThatIsTakenAway is what an operator does who wants to be rid of what is cached.
func TestFileThatIsTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), defaultFile)
	s, logs := openDamaged(t, path)
	records, keys := windows(3)
	require.NoError(t, s.Put(t.Context(), records))
	require.NoError(t, os.Remove(path))
	values, err := s.Get(t.Context(), keys)
	require.NoError(t, err)
	assert.Equal(t, make([][]byte, 3), values)
	require.NoError(t, s.Put(t.Context(), records))
	require.NoError(t, s.Close())
	again, _ := openDamaged(t, path)
	checkAll(t, again, records)
	assert.Zero(t, logs.Len())
}

// TestReplacingFails: as long as a damaged file can be neither put aside nor opened,
// every call fails; then the store works without being opened again.
func TestReplacingFails(t *testing.T) {
	dir := t.TempDir()
	s, _ := openDamaged(t, filepath.Join(dir, defaultFile))
	require.NoError(t, os.MkdirAll(filepath.Join(s.path+suffixDamaged, "folder"), 0o700), "nothing can be renamed to this")
	why := damage{errors.New("noise")}
	_, err := s.db.writer.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
	require.NoError(t, err, "or it would mend the file when it is closed")
	err = s.use(t.Context(), "trying", func(*database) error {
		require.NoError(t, os.WriteFile(s.path, []byte(strings.Repeat("noise", 5000)), 0o600))
		return why
	})
	require.ErrorIs(t, err, why)
	require.ErrorContains(t, err, "putting a damaged store aside")
	records, _ := windows(3)
	require.Error(t, s.Put(t.Context(), records))
	require.NoError(t, os.RemoveAll(s.path+suffixDamaged))
	require.NoError(t, s.Put(t.Context(), records))
	checkAll(t, s, records)
}

func TestCancelledCallsAreNoDamage(t *testing.T) {
	s, logs := openDamaged(t, filepath.Join(t.TempDir(), defaultFile))
	records, keys := windows(1000)
	require.NoError(t, s.Put(t.Context(), records))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(cancelled, keys)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Put(cancelled, records), context.Canceled)
	_, err = s.Delete(cancelled, plugins.StoreSelection{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Stats(cancelled)
	require.ErrorIs(t, err, context.Canceled)
	for range 50 { // and those that are in the midst of reading
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if got, err := s.Get(ctx, keys); err != nil {
			require.ErrorIs(t, err, context.Canceled)
			assert.Nil(t, got)
		}
	}
	checkAll(t, s, records)
	assert.Zero(t, logs.Len())
}
