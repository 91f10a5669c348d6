package disk

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

	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed schema.sql
var schema string

const (
	// applicationID marks files of this package: "Trib" in ASCII.
	applicationID = 0x54726962
	// schemaVersion is that of schema.sql. Files of another one are begun anew.
	schemaVersion = 1
	// readers is how many calls of Get and Stats are answered at the same time.
	readers = 4
)

// settings are those of every connection.
//
// A commit is not forced to the disk (synchronous NORMAL in WAL mode): a process that
// is killed loses nothing, and a power cut may lose the last seconds of a cache, but
// does not damage the file. What Delete removes is forced to it, since that would be wrong
// when it came back.
//
// Writers of other processes are waited for, up to 5 seconds: SQLite polls, so that one that
// writes all the time may be lucky again and again.
var settings = url.Values{
	"_pragma": {
		"busy_timeout(5000)",
		"synchronous(NORMAL)",
		"journal_size_limit(16777216)", // the log is cut down to this when it starts over
		"trusted_schema(OFF)",
		"cell_size_check(ON)",
	},
	"_dqs":       {"0"},
	"_defensive": {"1"},
	"_error_rc":  {"1"},
	"_txlock":    {"immediate"}, // a transaction that would have to become a writing one could not wait for others
}

// source is the name of a file with its settings, as the driver wants it.
func source(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}).String()
}

// database is an open file. One connection writes, so that the writers of this process
// wait for each other in line and not for chance; others read beside it.
type database struct {
	file   os.FileInfo
	writer *sql.DB
	reader *sql.DB

	insert, removeKey *sql.Stmt // of writer
	lookups           [2]lookup // of reader: for few keys, for many
	usage             *sql.Stmt
}

// openDatabase opens a file and makes it where it is missing. The error is one of
// [damaged] where the file is none of this package.
func openDatabase(ctx context.Context, path, source string) (_ *database, err error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db := new(database)
	defer func() {
		if err != nil {
			_ = db.close()
		}
	}()
	if db.file, err = os.Stat(path); err != nil {
		return nil, err
	}
	if db.writer, err = sql.Open("sqlite", source); err != nil {
		return nil, err
	}
	db.writer.SetMaxOpenConns(1)
	if err := db.prepareFile(ctx); err != nil {
		return nil, err
	}
	if db.reader, err = sql.Open("sqlite", source+"&_query_only=1"); err != nil {
		return nil, err
	}
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	if err := db.prepareStatements(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

// create makes an empty file that only its owner may read; SQLite gives the files
// beside it the same permissions. A file that is there is not touched: opening and
// closing it would take away the locks that this process may hold on it (POSIX).
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return f.Close()
}

// prepareFile puts the schema into a new file, and refuses one that has another.
func (db *database) prepareFile(ctx context.Context) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()

	// before anything is changed, since it may be the file of somebody else
	empty, err := identify(ctx, conn)
	if err != nil {
		return err
	}
	if empty { // it is only heard before anything is written
		if _, err := conn.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
			return err
		}
	}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return errors.New("the file system has no locks that SQLite can use for several readers and a writer")
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	empty, err = identify(ctx, tx) // again: another gateway may have been faster
	if err != nil {
		return err
	}
	if empty {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("%s PRAGMA application_id = %d; PRAGMA user_version = %d", schema, applicationID, schemaVersion))
		if err != nil {
			return fmt.Errorf("making the tables: %w", err)
		}
	}
	// also shows that the file may be written
	if _, err := tx.ExecContext(ctx, "DELETE FROM usage WHERE entries <= 0"); err != nil {
		return missing(err)
	}
	return tx.Commit()
}

// identify looks whose file it is. Nobody's is empty; an error says that it is none of
// this version of the store.
func identify(ctx context.Context, in interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (empty bool, err error) {
	var id, version, tables int
	err = in.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return false, err
	case id == applicationID && version == schemaVersion:
		return false, nil
	case id == applicationID:
		return false, damage{fmt.Errorf("it is of version %d of the store, and this is version %d", version, schemaVersion)}
	case id != 0 || version != 0 || tables != 0:
		return false, errors.New("the file is the SQLite database of another program")
	}
	return true, nil
}

func (db *database) prepareStatements(ctx context.Context) error {
	prepare := func(in *sql.DB, to **sql.Stmt, query string) error {
		var err error
		*to, err = in.PrepareContext(ctx, query) //nolint:sqlclosecheck // it goes with its connections
		return missing(err)
	}
	db.lookups = [2]lookup{{keys: 8}, {keys: 64}}
	err := errors.Join(
		prepare(db.writer, &db.removeKey, "DELETE FROM records WHERE key = ?"),
		prepare(db.writer, &db.insert, `INSERT INTO records (key, platform, operation, first, last, expires, size, sum, value)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		prepare(db.reader, &db.usage, "SELECT platform, operation, entries, bytes FROM usage WHERE entries > 0 ORDER BY platform, operation"),
	)
	for i := range db.lookups {
		err = errors.Join(err, prepare(db.reader, &db.lookups[i].stmt, db.lookups[i].query()))
	}
	return err
}

// close closes the file; the last one who has it open also empties its log. The
// statements go with their connections.
func (db *database) close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.reader, db.writer} { // the writer last: readers may not write the log back
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// moved tells whether the path leads to another file by now, or to none: another gateway
// or the operator may have put it aside.
func (db *database) moved(path string) bool {
	now, err := os.Stat(path)
	return err != nil || !os.SameFile(now, db.file)
}

// durability says when a transaction is on the disk.
type durability string

const (
	asItComes durability = "NORMAL"
	onDisk    durability = "FULL" // when it has ended
)

// write does something in one transaction, and nothing of it when it fails. Where the
// disk is full, the log starts over and do is called once more: what the log had taken
// is room enough to remove things, and mostly to replace some.
func (db *database) write(ctx context.Context, durable durability, do func(*sql.Tx) error) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = "+string(durable)); err != nil {
		return err
	}
	err = transact(ctx, conn, do)
	if !full(err) {
		return err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)"); err != nil {
		return err
	}
	return transact(ctx, conn, do)
}

func transact(ctx context.Context, conn *sql.Conn, do func(*sql.Tx) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		// SQLite may have rolled back already, which is an error here; what counts is why
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
