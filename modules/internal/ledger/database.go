package ledger

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

const (
	// schemaVersion is that of schema.sql. Files of another one are begun anew.
	schemaVersion = 1
	// readers is how many reads go on at the same time; others wait.
	readers = 8
)

// settings are those of every connection. A commit is not forced to the disk
// (synchronous NORMAL in WAL mode): a process that is killed loses nothing, and a power
// cut loses the last pulls, which then are made again.
var settings = url.Values{
	"_pragma": {
		"busy_timeout(5000)",
		"auto_vacuum(INCREMENTAL)", // both only count in a new file
		"page_size(16384)",         // so that rows of a few kilobytes stay with their keys
		"synchronous(NORMAL)",
		"journal_size_limit(16777216)",
		"trusted_schema(OFF)",
		"cell_size_check(ON)",
	},
	"_txlock": {"immediate"},
}

// errDamaged tells that the file holds what was not put into it.
var errDamaged = errors.New("the file is damaged")

// errDropped tells that a scope does not cover what it did when the question was asked.
var errDropped = errors.New("the rows were removed meanwhile")

// database is an open file. One connection writes, others read beside it.
type database struct {
	writer, reader *sql.DB
}

// openDatabase opens a file, and makes it where it is missing. One that is none of this
// version, or that is damaged, is put aside: all that it had can be pulled again.
func openDatabase(ctx context.Context, path string, ruined bool) (*database, error) {
	if ruined {
		if err := putAside(path); err != nil {
			return nil, err
		}
	}
	db, err := connect(ctx, path)
	if err == nil || !damaged(err) {
		return db, err
	}
	if err := putAside(path); err != nil {
		return nil, err
	}
	return connect(ctx, path)
}

func connect(ctx context.Context, path string) (_ *database, err error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db := new(database)
	defer func() {
		if err != nil {
			_ = db.close()
		}
	}()
	if db.writer, err = sql.Open("sqlite", source(path)); err != nil {
		return nil, err
	}
	db.writer.SetMaxOpenConns(1)
	if err := db.prepare(ctx); err != nil {
		return nil, err
	}
	if db.reader, err = sql.Open("sqlite", strings.Replace(source(path), "_txlock=immediate", "_query_only=1", 1)); err != nil {
		return nil, err
	}
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	return db, db.reader.PingContext(ctx)
}

// source is the name of a file with its settings, as the driver wants it.
func source(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		if filepath.VolumeName(path) == "" {
			return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
		}
		path = "/" + path // a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}).String()
}

// create makes an empty file that only its owner may read; SQLite gives the files
// beside it the same permissions.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // opening and closing it would take away the locks that this process may hold on it
	case err != nil:
		return err
	}
	return f.Close()
}

// prepare puts the schema into a new file, and refuses one that has another.
func (db *database) prepare(ctx context.Context) error {
	var mode string
	if err := db.writer.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return errors.New("the file system has no locks that SQLite can use for several readers and a writer")
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		var version, tables int
		if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
			return err
		}
		switch {
		case version == schemaVersion:
			return nil
		case tables > 0:
			return fmt.Errorf("%w: it has version %d of the schema, not %d", errDamaged, version, schemaVersion)
		}
		_, err := tx.Exec(schema + fmt.Sprintf("PRAGMA user_version = %d;", schemaVersion))
		return err
	})
}

// write runs a transaction, which is undone as a whole where it fails.
func (db *database) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// forget removes scopes that nobody has asked for since a moment, and their rows.
func (db *database) forget(ctx context.Context, since time.Time) error {
	numbers, err := db.numbers(ctx, "SELECT number FROM scopes WHERE asked < ?", since.UnixMicro())
	if err != nil {
		return err
	}
	_, err = db.remove(ctx, numbers)
	return err
}

func (db *database) numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := db.writer.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// remove removes scopes, and returns how many rows they had. A scope loses its name
// before its rows, which go in steps that others need not wait long for; where that
// is broken off, the next removal of what nobody asks for ends it.
func (db *database) remove(ctx context.Context, numbers []int64) (int, error) {
	const step = 2000
	removed := 0
	for _, n := range numbers {
		if _, err := db.writer.ExecContext(ctx, "UPDATE scopes SET covered = NULL, scope = NULL WHERE number = ?", n); err != nil {
			return removed, err
		}
		for {
			result, err := db.writer.ExecContext(ctx,
				"DELETE FROM rows WHERE (scope, occurred, id) IN (SELECT scope, occurred, id FROM rows WHERE scope = ? LIMIT ?)", n, step)
			if err != nil {
				return removed, err
			}
			gone, err := result.RowsAffected()
			if err != nil {
				return removed, err
			}
			removed += int(gone)
			if gone < step {
				break
			}
		}
		if _, err := db.writer.ExecContext(ctx, "DELETE FROM scopes WHERE number = ?", n); err != nil {
			return removed, err
		}
	}
	if len(numbers) > 0 {
		if _, err := db.writer.ExecContext(ctx, "PRAGMA incremental_vacuum(1000)"); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// close closes the file; reads that go on are waited for.
func (db *database) close() error {
	var errs []error
	for _, d := range []*sql.DB{db.reader, db.writer} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// damaged tells whether a new file would do better.
func damaged(err error) bool {
	if errors.Is(err, errDamaged) {
		return true
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true
		}
	}
	return false
}

// putAside moves a file away, so that the next one begins empty. Of those that were moved
// away the last is kept, for whoever wants to know what became of it.
func putAside(path string) error {
	// the log goes first: it belongs to no other file
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the log of a damaged file: %w", err)
		}
	}
	if err := os.Rename(path, path+".damaged"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("putting a damaged file aside: %w", err)
	}
	return nil
}
