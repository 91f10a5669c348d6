package disk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/plugins"
)

// store is a [plugins.Store] in one file.
type store struct {
	path   string
	source string // how the driver names the file
	size   int64  // the bound of all values together
	logger *zap.Logger

	mu     sync.RWMutex // held for writing while db is replaced
	db     *database    // nil: closed, or damaged and not made again yet
	closed bool
}

// open opens the store at a path; a damaged file is put aside.
func open(ctx context.Context, path string, size int64, logger *zap.Logger) (*store, error) {
	s := &store{path: path, source: source(path), size: size, logger: logger}
	if err := s.reopen(ctx); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return s, nil
}

// Get returns the values of keys.
func (s *store) Get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	values := make([][]byte, len(keys))
	err := s.use(ctx, "reading", func(db *database) error { return db.read(ctx, keys, values) })
	if err != nil {
		return nil, err
	}
	return values, nil
}

// Put stores records and makes room for them. A value larger than all together may be
// is not kept, and neither is what was under its key.
func (s *store) Put(ctx context.Context, records []plugins.StoreRecord) error {
	for _, r := range records {
		if len(r.Key) == 0 || len(r.Value) == 0 {
			return errors.New("a record needs a key and a value")
		}
	}
	return s.use(ctx, "writing", func(db *database) error {
		err := db.write(ctx, asItComes, func(tx *sql.Tx) error {
			if err := db.put(ctx, tx, records, s.size); err != nil {
				return err
			}
			if err := removeExpired(ctx, tx, time.Now(), len(records)+expiredPerPut); err != nil {
				return err
			}
			_, err := trim(ctx, tx, s.size, math.MaxInt)
			return err
		})
		if err == nil {
			_ = db.shrink(ctx) // the records are there; the next call tries it again
		}
		return err
	})
}

// Delete removes the records that a selection picks. It waits until that is on the disk.
// Where the disk has no room for that either, all records go with the file.
func (s *store) Delete(ctx context.Context, sel plugins.StoreSelection) (int, error) {
	where, args := condition(sel)
	var n int
	err := s.use(ctx, "removing from", func(db *database) error {
		err := db.write(ctx, onDisk, func(tx *sql.Tx) (err error) {
			n, err = affected(tx.ExecContext(ctx, "DELETE FROM records WHERE "+where, args...))
			return err
		})
		if err == nil {
			_ = db.shrink(ctx) // the records are gone; the next call tries it again
		}
		return err
	})
	if full(err) {
		return s.forget(ctx, where, args)
	}
	return n, err
}

// forget begins a new file, and returns how many of the selected records the old one had.
func (s *store) forget(ctx context.Context, where string, args []any) (n int, err error) {
	err = s.use(ctx, "counting", func(db *database) error {
		return db.reader.QueryRowContext(ctx, "SELECT count(*) FROM records WHERE "+where, args...).Scan(&n)
	})
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		_ = s.db.close() // the disk is full, it may not be able to
		s.db = nil
	}
	if err := remove(s.path); err != nil {
		return 0, fmt.Errorf("removing %s: %w", s.path, err)
	}
	s.logger.Warn("the disk is full; everything that was cached on it is forgotten, since some of it had to be",
		zap.String("path", s.path))
	return n, nil // the next call begins the new file
}

// condition is a selection in SQL.
func condition(sel plugins.StoreSelection) (string, []any) {
	parts, args := []string{"TRUE"}, []any{}
	add := func(part string, values ...any) { parts, args = append(parts, part), append(args, values...) }
	if sel.Platform != "" {
		add("platform = ?", sel.Platform)
	}
	if sel.Operation != "" {
		add("operation = ?", sel.Operation)
	}
	switch {
	case sel.Days && sel.From <= sel.To:
		add("(first > last OR first <= ? AND last >= ?)", sel.To, sel.From)
	case sel.Days:
		add("first > last")
	}
	return strings.Join(parts, " AND "), args
}

// Stats counts what is stored.
func (s *store) Stats(ctx context.Context) ([]plugins.StoreStats, error) {
	var all []plugins.StoreStats
	err := s.use(ctx, "counting", func(db *database) (err error) {
		all, err = db.stats(ctx)
		return err
	})
	return all, err
}

// Close closes the file when the calls under way have ended.
func (s *store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	db := s.db
	s.db, s.closed = nil, true
	if db == nil {
		return nil
	}
	return db.close()
}

// use does something with the open file. Where that finds the file damaged, it begins
// a new one for the next call.
func (s *store) use(ctx context.Context, doing string, do func(*database) error) error {
	db, err := s.useFile(ctx, do)
	if damaged(err) {
		err = errors.Join(err, s.replace(ctx, db, err))
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", doing, s.path, err)
	}
	return nil
}

func (s *store) useFile(ctx context.Context, do func(*database) error) (*database, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for s.db == nil || s.db.moved(s.path) {
		s.mu.RUnlock()
		err := s.openAgain(ctx)
		s.mu.RLock()
		if err != nil {
			return nil, err
		}
	}
	return s.db, do(s.db)
}

// openAgain opens what the path leads to now.
func (s *store) openAgain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("the store is closed")
	case s.db == nil:
	case s.db.moved(s.path):
		_ = s.db.close() // nobody looks at it any more
		s.db = nil
	default:
		return nil // somebody else was faster
	}
	return s.reopen(ctx)
}

// replace puts a damaged file aside and begins a new one, unless somebody else has.
func (s *store) replace(ctx context.Context, db *database, why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if db == nil || s.db != db {
		return nil
	}
	s.db = nil
	_ = db.close() // it is damaged
	if !db.moved(s.path) {
		if err := s.putAside(why); err != nil {
			return err
		}
	}
	return s.reopen(ctx)
}

// reopen opens the file, or a new one where it is damaged. The caller holds s.mu.
func (s *store) reopen(ctx context.Context) error {
	db, err := s.openFile(ctx)
	if damaged(err) {
		if err := s.putAside(err); err != nil {
			return err
		}
		db, err = s.openFile(ctx)
	}
	s.db = db
	return err
}

// Where several gateways make the same file at the same moment, SQLite neither waits for
// the others nor finds everything in its place. They are given this much time.
const (
	openAttempts = 6
	openPause    = 20 * time.Millisecond // longer with each attempt
)

func (s *store) openFile(ctx context.Context) (*database, error) {
	db, err := openDatabase(ctx, s.path, s.source)
	for attempts := 1; passing(err) && attempts < openAttempts; attempts++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(attempts) * openPause):
		}
		db, err = openDatabase(ctx, s.path, s.source)
	}
	if err != nil {
		return nil, err
	}
	if err := db.trimAll(ctx, s.size); err != nil {
		_ = db.close() // why it cannot be used says more
		return nil, err
	}
	return db, nil
}

func (s *store) putAside(why error) error {
	if err := putAside(s.path); err != nil {
		return errors.Join(why, err)
	}
	s.logger.Warn("the store of cached reports is damaged; beginning a new one",
		zap.String("put_aside", s.path+suffixDamaged), zap.NamedError("damage", why))
	return nil
}

var _ plugins.Store = (*store)(nil)
