package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// errShared tells that rows cannot be told apart by their identifiers.
var errShared = errors.New("rows share identifiers")

// pull reads rows of a platform into the file.
type pull struct {
	ledger   *Ledger
	db       *database
	scope    *scope
	question *Question
	want     want
	state    state // what the scope's state will be
	seen     int64 // changes at the platform when it began
	touched  bool  // something was changed before it began
	began    time.Time
	requests int

	rows    map[uint64]mark // of this reading of a span, by the hash of their identifiers
	page    int
	pending []Row // the last page, which is written together with the state
	latest  time.Time
	err     error // why put ended the reading
}

// mark is where an identifier was met.
type mark struct {
	occurred int64
	page     int
}

// run pulls what is wanted. Rows are written while they are read; what they amount to,
// when all are there, in one transaction with the last of them. A pull that ends before has changed
// nothing but rows, which are as true as those they took the place of.
func (p *pull) run(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil { // a goroutine of its own would end the process
			failed := problem.New(problem.Internal, "the rows of %s could not be read", p.scope.platform)
			failed.Cause = fmt.Errorf("%v", r)
			err = failed
		}
	}()
	switch p.want {
	case wantRange:
		return p.pullRange(ctx)
	case wantPiece:
		return p.pullPiece(ctx)
	}
	return p.pullChanges(ctx)
}

// pullRange reads what is not covered yet.
func (p *pull) pullRange(ctx context.Context) error {
	span := Span{From: p.question.From}
	st := &p.state
	if st.covered.Valid {
		span.To = moment(st.covered.Int64)
	}
	if err := p.read(ctx, span); err != nil {
		return err
	}
	if !st.covered.Valid {
		st.whole = micros(p.began)
		p.brought()
	}
	st.covered = sql.NullInt64{Int64: start(p.question.From), Valid: true}
	return p.commit(ctx, nil)
}

// pullChanges reads what has changed since the last pull.
func (p *pull) pullChanges(ctx context.Context) error {
	st := &p.state
	span := Span{}
	if st.behind.Valid {
		span.Since = moment(st.pulled - st.behind.Int64).Add(-p.question.Overlap)
	} else if st.covered.Int64 != beginning {
		// no row has said when it changed, so that nothing is known of the platform's clock
		span.From = moment(st.covered.Int64)
	}
	if err := p.read(ctx, span); err != nil {
		return err
	}
	if st.undated && !span.Since.IsZero() {
		// a row that does not say when it changed is not among the changes
		if err := p.read(ctx, Span{From: span.Since}); err != nil {
			return err
		}
	}
	p.brought()
	return p.commit(ctx, nil)
}

// brought notes that everything is there that changed before the pull began.
func (p *pull) brought() {
	p.state.pulled = micros(p.began)
	p.touched = false
}

// read reads the rows of a span.
func (p *pull) read(ctx context.Context, span Span) error {
	p.rows, p.page, p.err = map[uint64]mark{}, 0, nil
	requests, failed := p.question.Pull(ctx, span, func(page []Row) error {
		p.err = p.put(ctx, page)
		return p.err
	})
	p.requests += requests
	switch {
	case p.err != nil:
		return p.err
	case failed != nil:
		return failed
	}
	return ctx.Err()
}

var hashSeed = maphash.MakeSeed()

// put takes a page of rows.
func (p *pull) put(ctx context.Context, page []Row) error {
	for i := range page {
		r := &page[i]
		if r.ID == "" {
			return fmt.Errorf("%w: one has none", errShared)
		}
		at := mark{occurred: r.occurred(), page: p.page}
		key := maphash.String(hashSeed, r.ID)
		// Rows that move while pages are read come twice, in different pages. Two in one
		// answer, or two of different moments, are two objects.
		if before, twice := p.rows[key]; twice && (before.page == at.page || before.occurred != at.occurred) {
			return fmt.Errorf("%w: there are two called %q", errShared, r.ID)
		}
		p.rows[key] = at
		if r.Updated.IsZero() {
			p.state.undated = true
		} else if r.Updated.After(p.latest) {
			p.latest = r.Updated
		}
	}
	p.page++
	if len(p.pending) > 0 {
		if err := p.db.write(ctx, func(tx *sql.Tx) error { return p.write(ctx, tx) }); err != nil {
			return err
		}
	}
	p.pending = page
	return nil
}

// write writes the last page.
func (p *pull) write(ctx context.Context, tx *sql.Tx) error {
	if len(p.pending) == 0 {
		return nil
	}
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM scopes WHERE number = ? AND scope IS NOT NULL)", p.state.number).Scan(&there)
	switch {
	case err != nil:
		return err
	case !there:
		return errDropped
	}
	// An identifier keeps its place in both orders, or moves; what is as it was is left alone.
	insert, err := tx.PrepareContext(ctx, `INSERT INTO rows (scope, occurred, id, sum, data) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET occurred = excluded.occurred, sum = excluded.sum, data = excluded.data WHERE sum <> excluded.sum`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for i := range p.pending {
		r := &p.pending[i]
		at := r.occurred()
		if _, err := insert.ExecContext(ctx, p.state.number, at, r.ID, sum([]byte(r.ID), at, r.Data), r.Data); err != nil {
			return err
		}
	}
	return nil
}

// commit writes the last page, removes rows that have vanished, and writes what all of it
// amounts to, in one transaction.
func (p *pull) commit(ctx context.Context, vanished []string) error {
	st := &p.state
	if !p.latest.IsZero() {
		lag := max(0, p.began.Sub(p.latest).Microseconds())
		if !st.behind.Valid || lag < st.behind.Int64 {
			st.behind = sql.NullInt64{Int64: lag, Valid: true}
		}
	}
	st.touched = p.touched || p.scope.changes.Load() != p.seen
	return p.db.write(ctx, func(tx *sql.Tx) error {
		if err := p.write(ctx, tx); err != nil {
			return err
		}
		for _, id := range vanished {
			if _, err := tx.ExecContext(ctx, "DELETE FROM rows WHERE scope = ? AND id = ?", st.number, id); err != nil {
				return err
			}
		}
		return st.save(ctx, tx)
	})
}

// save writes a state without rows.
func (p *pull) save(ctx context.Context, st *state) error {
	return p.db.write(ctx, func(tx *sql.Tx) error { return st.save(ctx, tx) })
}
