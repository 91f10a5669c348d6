package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// damage is an error that says that the file, not the disk, is the trouble: a new one
// will do. Codes of SQLite that say so are known to [damaged] without it.
type damage struct{ error }

// Unwrap returns what was found.
func (d damage) Unwrap() error { return d.error }

// damaged tells whether a new file would do better. A full disk, a folder that cannot
// be written, a lock that is not given are no damage: the file is good once they pass.
func damaged(err error) bool {
	if _, ok := errors.AsType[damage](err); ok {
		return true
	}
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	case sqlite3.SQLITE_CONSTRAINT:
		return true // what is put satisfies them all, unless an index has lost its way
	}
	return false
}

// full tells whether there is no room to write.
func full(err error) bool {
	switch c := extendedCode(err); c {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE: // quotas, and limits of a process
		return true
	default:
		return c&primary == sqlite3.SQLITE_FULL
	}
}

// passing tells whether opening may do better in a moment.
func passing(err error) bool {
	return code(err) == sqlite3.SQLITE_BUSY || code(err) == sqlite3.SQLITE_IOERR
}

// missing makes damage of the error that a table or a column is not there: the file
// says that it is a store of this version.
func missing(err error) error {
	if code(err) == sqlite3.SQLITE_ERROR {
		return damage{err}
	}
	return err
}

// unreadable makes damage of the error that a column does not have the type that it was
// written with, unless the rows ended because nobody wants them any more.
func unreadable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return damage{err}
}

// primary masks the part of an SQLite code that says what happened without details.
const primary = 0xff

func code(err error) int { return extendedCode(err) & primary }

func extendedCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return sqlite3.SQLITE_OK
}

// suffixDamaged ends the name of what was found in the place of a store. There is one
// such file at most: it is kept for the operator, who may have named a wrong path.
const suffixDamaged = ".damaged"

// putAside moves a file away, so that the next one begins empty.
func putAside(path string) error {
	if err := removeLog(path); err != nil {
		return fmt.Errorf("removing the log of a damaged store: %w", err)
	}
	if err := os.Rename(path, path+suffixDamaged); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("putting a damaged store aside: %w", err)
	}
	return nil
}

// remove removes a file, with what SQLite keeps beside it.
func remove(path string) error {
	if err := removeLog(path); err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeLog removes what SQLite keeps beside a file. That goes first: it belongs to no
// other file, and must not be found beside a new one.
func removeLog(path string) error {
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
