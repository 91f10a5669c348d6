package ledger

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// scope is one list of one account, as far as it is kept.
type scope struct {
	name, platform, operation string
	changes                   *atomic.Int64 // at the platform, in this process

	mu     sync.Mutex // of what follows
	loaded bool
	state  state
	seen   int64   // changes that the last pull began after
	flight *flight // the pull that is under way; nil: none is
	// refused is how the platform turned the gateway away when it was asked last; nil: it
	// did not. Until it no longer does, nothing is given of what it gave before.
	refused *problem.Problem
	// after is when a pull may be tried again that nobody has to wait for.
	after time.Time
	// sweepAfter is the same for the next piece of everything.
	sweepAfter time.Time
}

// state is what the file says of a scope. Moments are microseconds since 1970.
type state struct {
	number  int64
	covered sql.NullInt64 // every row from it on is there
	pulled  int64         // when the last pull of changes began
	// behind is how far the platform's clock may be behind: the least time that ever was
	// between the beginning of a pull and the latest change that it brought. Nothing
	// that changed since another pull can be dated before that pull by more.
	behind   sql.NullInt64
	undated  bool // rows without a moment of change were seen, which no pull of changes brings
	whole    int64
	sweeping int64 // when the pull of everything began that is under way; 0: none
	swept    int64 // what it has read up to
	touched  bool
	unfit    int64
	asked    int64
}

// scopeOf returns what is known of a scope, which may be nothing yet.
func (l *Ledger) scopeOf(q *Question) *scope {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.scopes[q.Scope]
	if s == nil {
		s = &scope{name: q.Scope, platform: q.Platform, operation: q.Operation, changes: l.changesAt(q.Platform)}
		l.scopes[q.Scope] = s
	}
	return s
}

const stateColumns = "number, covered, pulled, behind, undated, whole, sweeping, swept, touched, unfit, asked"

func (st *state) fields() []any {
	return []any{&st.number, &st.covered, &st.pulled, &st.behind, &st.undated, &st.whole, &st.sweeping, &st.swept, &st.touched, &st.unfit, &st.asked}
}

// load reads what the file says of a scope, and enters one that it does not have. It
// holds the scope's lock.
func (s *scope) load(ctx context.Context, db *database, now time.Time) error {
	const often = 24 * time.Hour // of noting that it is still asked for
	if s.loaded && now.UnixMicro()-s.state.asked < often.Microseconds() {
		return nil
	}
	var st state
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO scopes (scope, platform, operation, pulled, undated, whole, sweeping, swept, touched, unfit, asked)
			VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, ?) ON CONFLICT (scope) DO UPDATE SET asked = excluded.asked`,
			s.name, s.platform, s.operation, now.UnixMicro())
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT "+stateColumns+" FROM scopes WHERE scope = ?", s.name).Scan(st.fields()...)
	})
	if err != nil {
		return err
	}
	s.state, s.loaded = st, true
	return nil
}

// touched tells whether something was changed at the platform since the last pull.
func (s *scope) touched() bool { return s.state.touched || s.changes.Load() != s.seen }

// save puts a state into the file. It fails where the scope was removed meanwhile.
func (st *state) save(ctx context.Context, tx *sql.Tx) error {
	result, err := tx.ExecContext(ctx, `UPDATE scopes SET covered = ?, pulled = ?, behind = ?, undated = ?, whole = ?,
		sweeping = ?, swept = ?, touched = ?, unfit = ? WHERE number = ? AND scope IS NOT NULL`,
		st.covered, st.pulled, st.behind, st.undated, st.whole, st.sweeping, st.swept, st.touched, st.unfit, st.number)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n != 1 {
		err = errDropped
	}
	return err
}

// covers tells whether every row of a range is kept; a zero beginning is open.
func (st *state) covers(from time.Time) bool {
	return st.covered.Valid && st.covered.Int64 <= start(from)
}

// start is the first moment of a range.
func start(from time.Time) int64 {
	if from.IsZero() {
		return beginning
	}
	return micros(from)
}

// Touched tells that something was changed at a platform: the next question about its
// rows waits for a pull. It returns at once.
func (l *Ledger) Touched(platform string) {
	l.changesAt(platform).Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touches[platform] = true
	l.noteTouches()
}

// changesAt counts the changes at a platform in this process.
func (l *Ledger) changesAt(platform string) *atomic.Int64 {
	n, ok := l.changes.Load(platform)
	if !ok {
		n, _ = l.changes.LoadOrStore(platform, new(atomic.Int64))
	}
	return n.(*atomic.Int64)
}

// noteTouches puts into the file, behind the back of the caller, what was changed, for
// the process that reads it next. It holds the lock.
func (l *Ledger) noteTouches() {
	db := l.db
	if db == nil || l.closed || len(l.touches) == 0 {
		return
	}
	platforms := slices.Collect(maps.Keys(l.touches))
	clear(l.touches)
	l.work.Go(func() {
		for _, platform := range platforms {
			if err := db.touch(context.WithoutCancel(l.ctx), platform); err != nil {
				l.failed(l.ctx, db, "writing", err)
			}
		}
	})
}

func (db *database) touch(ctx context.Context, platform string) error {
	_, err := db.writer.ExecContext(ctx, "UPDATE scopes SET touched = 1 WHERE platform = ?", platform)
	return err
}

// Drop removes the rows of a platform; of all where it is empty. It returns how many
// there were.
func (l *Ledger) Drop(ctx context.Context, platform string) (int, error) {
	db := l.database()
	if db == nil {
		return 0, l.reason()
	}
	numbers, err := db.numbers(ctx, "SELECT number FROM scopes WHERE ? = '' OR platform = ?", platform, platform)
	removed := 0
	if err == nil {
		removed, err = db.remove(ctx, numbers)
	}
	l.mu.Lock()
	for name, s := range l.scopes {
		if platform == "" || s.platform == platform {
			delete(l.scopes, name)
		}
	}
	l.mu.Unlock()
	if err != nil {
		l.failed(ctx, db, "dropping", err)
	}
	return removed, err
}

// reason tells why the file is out of use.
func (l *Ledger) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	return errors.New("the ledger is not open")
}
