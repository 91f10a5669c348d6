package disk

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tributary-gateway/tributary/plugins"
)

// put writes records over what is under their keys. A value larger than size only makes
// the key empty.
func (db *database) put(ctx context.Context, tx *sql.Tx, records []plugins.StoreRecord, size int64) error {
	removeKey, insert := tx.StmtContext(ctx, db.removeKey), tx.StmtContext(ctx, db.insert)
	defer func() { _, _ = removeKey.Close(), insert.Close() }()
	for _, r := range records {
		if _, err := removeKey.ExecContext(ctx, r.Key); err != nil {
			return err
		}
		if int64(len(r.Value)) > size {
			continue
		}
		_, err := insert.ExecContext(ctx, r.Key, r.Platform, r.Operation, r.From, r.To,
			r.Expires.UnixMilli(), len(r.Value), checksum(r.Key, r.Value), r.Value)
		if err != nil {
			return err
		}
	}
	return nil
}

// read puts the values of keys into values, at their positions.
func (db *database) read(ctx context.Context, keys, values [][]byte) error {
	for len(keys) > 0 {
		l := db.lookups[0]
		if len(keys) > l.keys {
			l = db.lookups[1]
		}
		n := min(len(keys), l.keys)
		if err := l.read(ctx, keys[:n], values[:n]); err != nil {
			return err
		}
		keys, values = keys[n:], values[n:]
	}
	return nil
}

// lookup is a statement that reads the values of several keys at once, which costs a
// fraction of as many statements.
type lookup struct {
	keys int
	stmt *sql.Stmt
}

// query is the text of the statement. Its rows say by its position which key they
// belong to.
func (l lookup) query() string {
	var b strings.Builder
	b.WriteString("SELECT k.column1, r.sum, r.value FROM (VALUES ")
	for i := range l.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + strconv.Itoa(i) + ", ?)")
	}
	b.WriteString(") AS k CROSS JOIN records AS r ON r.key = k.column2")
	return b.String()
}

// read does what [database.read] does for at most as many keys as the statement takes.
func (l lookup) read(ctx context.Context, keys, values [][]byte) error {
	args := make([]any, l.keys) // nil is equal to no key
	for i, key := range keys {
		args[i] = key
	}
	rows, err := l.stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var (
			i     int
			sum   int64
			value []byte
		)
		if err := rows.Scan(&i, &sum, &value); err != nil {
			return unreadable(ctx, err)
		}
		if sum == checksum(keys[i], value) {
			values[i] = value
		}
	}
	return rows.Err()
}

// checksum is over a key and its value, so that neither another record's value nor a
// changed one passes for it.
func checksum(key, value []byte) int64 {
	var d xxhash.Digest
	d.ResetWithSeed(uint64(len(key)))
	_, _ = d.Write(key)
	_, _ = d.Write(value)
	return int64(d.Sum64())
}

// stats reads the sums that the triggers keep.
func (db *database) stats(ctx context.Context) ([]plugins.StoreStats, error) {
	rows, err := db.usage.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []plugins.StoreStats
	for rows.Next() {
		var s plugins.StoreStats
		if err := rows.Scan(&s.Platform, &s.Operation, &s.Entries, &s.Bytes); err != nil {
			return nil, unreadable(ctx, err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
