package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Select is which rows are read, and in which order.
type Select struct {
	// From and To bound their moments, To not included. Zero: open. Rows without a moment are
	// in no range, save that without bounds.
	From, To time.Time
	// Descending: the latest first. Rows without a moment come last all the same.
	Descending bool
	// After is where to go on, from [View.Rows]; empty: at the beginning.
	After Place
	// Limit is the most rows.
	Limit int
}

// Place is between two rows of an order. Empty: before the first.
type Place string

func placeOf(occurred int64, id string) Place {
	return Place(strconv.FormatInt(occurred, 36) + " " + id)
}

// parts reads a place.
func (p Place) parts() (occurred int64, id string, err error) {
	number, id, ok := strings.Cut(string(p), " ")
	if !ok {
		return 0, "", errors.New("the place in the list is none")
	}
	if occurred, err = strconv.ParseInt(number, 36, 64); err != nil {
		return 0, "", fmt.Errorf("reading a place in the list: %w", err)
	}
	return occurred, id, nil
}

// View is what the rows of a scope are at one moment, whatever is written meanwhile. It
// is for one goroutine, holds one of few connections, and has to be closed soon.
type View struct {
	ledger *Ledger
	db     *database
	tx     *sql.Tx
	number int64
}

// View begins to read the rows of a question that was [Ledger.Ready]. Nil: the ledger
// has them no longer, and the platform is to be asked.
func (l *Ledger) View(ctx context.Context, q *Question) *View {
	db := l.database()
	if db == nil {
		return nil
	}
	tx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		l.failed(ctx, db, "reading", err)
		return nil
	}
	var st state
	err = tx.QueryRowContext(ctx, "SELECT "+stateColumns+" FROM scopes WHERE scope = ?", q.Scope).Scan(st.fields()...)
	if err != nil || !st.covers(q.From) {
		_ = tx.Rollback()
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			l.failed(ctx, db, "reading", err)
		}
		s := l.scopeOf(q)
		s.mu.Lock()
		s.loaded = false // it was removed, perhaps by another process
		s.mu.Unlock()
		return nil
	}
	return &View{ledger: l, db: db, tx: tx, number: st.number}
}

// Close ends the view.
func (v *View) Close() { _ = v.tx.Rollback() }

// Rows gives rows to yield, which must not keep them, and returns where to go on; empty
// after the last one.
func (v *View) Rows(ctx context.Context, s Select, yield func(data []byte)) (Place, error) {
	parts, err := s.parts()
	if err != nil {
		return "", err
	}
	given := 0
	for _, part := range parts {
		last, n, err := v.read(ctx, &part, s.Limit-given, yield)
		if err != nil {
			v.ledger.failed(ctx, v.db, "reading", err)
			return "", err
		}
		if given += n; given == s.Limit {
			return last, nil
		}
	}
	return "", nil
}

// Count returns the number of rows that a selection has from its beginning.
func (v *View) Count(ctx context.Context, s Select) (int, error) {
	parts, err := s.parts()
	if err != nil {
		return 0, err
	}
	total := 0
	for _, part := range parts {
		var n int
		if err := v.tx.QueryRowContext(ctx, countAll, v.number, part.from, part.to).Scan(&n); err != nil {
			v.ledger.failed(ctx, v.db, "reading", err)
			return 0, err
		}
		total += n
	}
	return total, nil
}

// part is a stretch of the order of moments, both ends included, that is read in one
// direction, from behind a row where on is set.
type part struct {
	from, to   int64
	descending bool
	on         bool
	at         int64
	id         string
}

// parts are the stretches that make a selection, in their order.
func (s *Select) parts() ([]part, error) {
	timed := part{from: start(s.From), to: never - 1, descending: s.Descending}
	if !s.To.IsZero() {
		timed.to = micros(s.To) - 1
	}
	timeless := part{from: never, to: never}
	whole := s.From.IsZero() && s.To.IsZero()
	if s.After != "" {
		at, id, err := s.After.parts()
		if err != nil {
			return nil, err
		}
		if at == never {
			timeless.on, timeless.at, timeless.id = true, at, id
			return []part{timeless}, nil
		}
		timed.on, timed.at, timed.id = true, at, id
	}
	if whole {
		return []part{timed, timeless}, nil
	}
	return []part{timed}, nil
}

// The statements that read a stretch: all of it, and from behind a row.
const (
	countAll       = "SELECT count(*) FROM rows WHERE scope = ? AND occurred BETWEEN ? AND ?"
	selectAll      = "SELECT occurred, id, sum, data FROM rows WHERE scope = ? AND occurred BETWEEN ? AND ? ORDER BY occurred, id LIMIT ?"
	selectAllDown  = "SELECT occurred, id, sum, data FROM rows WHERE scope = ? AND occurred BETWEEN ? AND ? ORDER BY occurred DESC, id DESC LIMIT ?"
	selectRest     = "SELECT occurred, id, sum, data FROM rows WHERE scope = ? AND occurred BETWEEN ? AND ? AND (occurred, id) > (?, ?) ORDER BY occurred, id LIMIT ?"
	selectRestDown = "SELECT occurred, id, sum, data FROM rows WHERE scope = ? AND occurred BETWEEN ? AND ? AND (occurred, id) < (?, ?) ORDER BY occurred DESC, id DESC LIMIT ?"
)

// statement is what reads a stretch, with its values. What is behind a row is also
// outside the stretch before it, so that the order of the file is entered there.
func (p *part) statement(number int64, limit int) (query string, args []any) {
	switch {
	case p.on && p.descending:
		return selectRestDown, []any{number, p.from, min(p.to, p.at), p.at, p.id, limit}
	case p.on:
		return selectRest, []any{number, max(p.from, p.at), p.to, p.at, p.id, limit}
	case p.descending:
		return selectAllDown, []any{number, p.from, p.to, limit}
	}
	return selectAll, []any{number, p.from, p.to, limit}
}

// read gives the first rows of a stretch, and returns the place behind the last of them.
func (v *View) read(ctx context.Context, p *part, limit int, yield func(data []byte)) (last Place, n int, err error) {
	query, args := p.statement(v.number, limit)
	rows, err := v.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = rows.Close() }()
	var occurred, check int64
	var id, data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&occurred, &id, &check, &data); err != nil {
			return "", 0, err
		}
		if sum(id, occurred, data) != check {
			return "", 0, fmt.Errorf("%w: a row is not what was written", errDamaged)
		}
		yield(data)
		if n++; n == limit {
			last = placeOf(occurred, string(id))
		}
	}
	return last, n, rows.Err()
}
