package ledger

import (
	"context"
	"database/sql"
	"hash/maphash"
	"time"
)

// pullPiece reads the next piece of everything again, and removes rows that are no
// longer there: a platform tells what has changed, not what has vanished.
func (p *pull) pullPiece(ctx context.Context) error {
	st := &p.state
	if st.sweeping == 0 {
		st.sweeping, st.swept = micros(p.began), st.covered.Int64
	}
	from := st.swept
	to, err := p.pieceEnd(ctx, from)
	if err != nil {
		return err
	}
	span := Span{}
	if from != beginning {
		span.From = moment(from)
	}
	if to != never {
		span.To = moment(to)
	}
	if err := p.read(ctx, span); err != nil {
		return err
	}
	vanished, err := p.missing(ctx, from, to)
	if err != nil {
		return err
	}
	if len(vanished) > 0 {
		// a row that moved while pages were read may have been passed over
		if err := p.read(ctx, span); err != nil {
			return err
		}
		vanished = p.stillMissing(vanished)
	}
	if st.swept = to; to == never {
		st.whole, st.sweeping, st.swept = st.sweeping, 0, 0
	}
	return p.commit(ctx, vanished)
}

// pieceEnd chooses the end of a piece: the end of the month in which the next row is.
func (p *pull) pieceEnd(ctx context.Context, from int64) (int64, error) {
	var next sql.NullInt64
	var timeless bool
	err := p.db.reader.QueryRowContext(ctx, `SELECT
		(SELECT occurred FROM rows WHERE scope = ?1 AND occurred >= ?2 AND occurred < ?3 ORDER BY occurred LIMIT 1),
		EXISTS (SELECT 1 FROM rows WHERE scope = ?1 AND occurred = ?3)`, p.state.number, from, int64(never)).Scan(&next, &timeless)
	if err != nil {
		return 0, err
	}
	if !next.Valid || from == beginning && timeless {
		return never, nil // rows without a moment are in no range
	}
	at := moment(next.Int64)
	end := time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	if end.After(p.began) {
		return never, nil
	}
	return micros(end), nil
}

// missing returns the identifiers of rows that are kept and were not read.
func (p *pull) missing(ctx context.Context, from, to int64) ([]string, error) {
	query := "SELECT id FROM rows WHERE scope = ? AND occurred >= ? AND occurred < ?"
	if from == beginning && to == never {
		query = "SELECT id FROM rows WHERE scope = ? AND occurred >= ? AND occurred <= ?"
	}
	rows, err := p.db.reader.QueryContext(ctx, query, p.state.number, from, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !p.has(id) {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

// stillMissing returns which of some identifiers were not read this time either.
func (p *pull) stillMissing(ids []string) []string {
	var out []string
	for _, id := range ids {
		if !p.has(id) {
			out = append(out, id)
		}
	}
	return out
}

func (p *pull) has(id string) bool {
	_, ok := p.rows[maphash.String(hashSeed, id)]
	return ok
}
