package disk

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// expiredPerPut is how many expired records a Put removes beside as many as it puts,
	// so that they go faster than they come and no call pays for all of them.
	expiredPerPut = 64
	// trimStep is how many records are removed in one transaction where the bound has
	// become lower, so that others may write in between.
	trimStep = 1024
	// shrinkStep is how many pages a call gives back to the disk, of those that are
	// free: 8 MiB.
	shrinkStep = 2048
)

// removeExpired removes up to limit records that expired before now.
func removeExpired(ctx context.Context, tx *sql.Tx, now time.Time, limit int) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM records WHERE id IN
		(SELECT id FROM records WHERE expires < ? ORDER BY expires LIMIT ?)`, now.UnixMilli(), limit)
	return err
}

// trim removes records until all values together are within size, those first that
// expire first, and of those that expire together those that were put first. It
// removes at most limit of them, and returns how many.
func trim(ctx context.Context, tx *sql.Tx, size int64, limit int) (int, error) {
	var bytes int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(sum(bytes), 0) FROM usage").Scan(&bytes); err != nil {
		return 0, err
	}
	if bytes <= size {
		return 0, nil
	}
	expires, id, err := lastToGo(ctx, tx, bytes-size, limit)
	if err != nil {
		return 0, err
	}
	return affected(tx.ExecContext(ctx, "DELETE FROM records WHERE (expires, id) <= (?, ?)", expires, id))
}

// lastToGo finds the record up to which, in the order of going, an excess of bytes is
// removed, or limit records are.
func lastToGo(ctx context.Context, tx *sql.Tx, excess int64, limit int) (expires, id int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT expires, id, size FROM records ORDER BY expires, id LIMIT ?", limit)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = rows.Close() }()
	for excess > 0 && rows.Next() {
		var size int64
		if err := rows.Scan(&expires, &id, &size); err != nil {
			return 0, 0, unreadable(ctx, err)
		}
		excess -= size
	}
	return expires, id, rows.Err()
}

// trimAll brings a file under its bound that was filled under a higher one.
func (db *database) trimAll(ctx context.Context, size int64) error {
	for {
		var removed int
		err := db.write(ctx, asItComes, func(tx *sql.Tx) (err error) {
			removed, err = trim(ctx, tx, size, trimStep)
			return err
		})
		if err != nil || removed < trimStep {
			return err
		}
	}
}

// shrink gives free pages back to the disk where they are more than a quarter of the
// file; fewer are soon used again. Another call goes on where this one ends.
func (db *database) shrink(ctx context.Context) error {
	var free, pages int64
	err := db.writer.QueryRowContext(ctx, "SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count").Scan(&free, &pages)
	if err != nil || free <= pages/4 {
		return err
	}
	_, err = db.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", shrinkStep))
	return err
}

func affected(r sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}
