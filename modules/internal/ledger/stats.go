package ledger

import (
	"context"
	"os"
	"time"
)

// Stats is what a ledger holds.
type Stats struct {
	Path string
	// InService tells whether the file is in use; Error is why not, where that is known.
	InService bool
	Error     error
	// Bytes is the size of the file.
	Bytes int64
	// Scopes are ordered by platform and operation.
	Scopes []ScopeStats
}

// ScopeStats is what a ledger holds of one list of one account.
type ScopeStats struct {
	Platform, Operation string
	// Rows is their number, Bytes the size of what is kept of them.
	Rows, Bytes int64
	// Covered is the moment from which on every row is kept; zero, with All: from the
	// beginning; zero without: nothing is covered.
	Covered time.Time
	All     bool
	// Pulled is when changes were last pulled, Whole when everything was; zero: never.
	Pulled, Whole time.Time
}

// Stats counts what is kept.
func (l *Ledger) Stats(ctx context.Context) (Stats, error) {
	out := Stats{Path: l.config.Path}
	db := l.database()
	if db == nil {
		out.Error = l.reason()
		return out, nil
	}
	out.InService = true
	if info, err := os.Stat(l.config.Path); err == nil {
		out.Bytes = info.Size()
	}
	rows, err := db.reader.QueryContext(ctx, `SELECT platform, operation, covered, pulled, whole, count(id), coalesce(sum(length(data)), 0)
		FROM scopes LEFT JOIN rows ON rows.scope = scopes.number GROUP BY scopes.number ORDER BY platform, operation, scopes.number`)
	if err != nil {
		l.failed(ctx, db, "reading", err)
		return out, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s ScopeStats
		var st state
		if err := rows.Scan(&s.Platform, &s.Operation, &st.covered, &st.pulled, &st.whole, &s.Rows, &s.Bytes); err != nil {
			return out, err
		}
		s.Pulled, s.Whole = moment(st.pulled), moment(st.whole)
		if st.covered.Valid {
			if s.All = st.covered.Int64 == beginning; !s.All {
				s.Covered = moment(st.covered.Int64)
			}
		}
		out.Scopes = append(out.Scopes, s)
	}
	return out, rows.Err()
}
