package plugins

import (
	"context"
	"time"
)

// Store keeps values by key beyond the memory of one process: on a disk, so that a
// restart starts warm, or where several gateways share it. It is the second level of
// the cache. Losing what it holds costs native calls, never a wrong answer, so it may
// forget anything at any time; it must never return a value under another key than
// that under which it was put, nor one that was put only in part.
//
// Implementations are safe for concurrent use. An error says that the store could not
// do it; the gateway goes on without the store, tries it again later, and no client
// sees the error. Expired records need not be hidden: the gateway looks at what it
// put into the value.
type Store interface {
	// Get returns the values of keys, in their order; nil for those that are not there.
	// The caller does not change them.
	Get(ctx context.Context, keys [][]byte) ([][]byte, error)

	// Put stores records, all of them or none, over what was under their keys.
	// The store keeps no reference to them after it has returned.
	Put(ctx context.Context, records []StoreRecord) error

	// Delete removes the records that the selection picks, and returns how many. What
	// was put before the call is not found after it.
	Delete(ctx context.Context, s StoreSelection) (int, error)

	// Stats counts what is stored, a line for each platform and operation.
	Stats(ctx context.Context) ([]StoreStats, error)

	// Close frees what the store has open. Nothing is called afterwards.
	Close() error
}

// StoreRecord is one value of a [Store].
type StoreRecord struct {
	// Key has 1 to 64 bytes of any value.
	Key []byte
	// Value has 1 byte to 64 MiB of any value.
	Value []byte
	// Platform and Operation say what the value belongs to, for Delete and Stats.
	Platform, Operation string
	// From and To are the days that the value is about, both included, as numbers of
	// days since 1970-01-01. Values that are about no days have From > To: they
	// are in no window.
	From, To int32
	// Expires is when nobody wants the value any more; it may be removed then.
	Expires time.Time
}

// StoreSelection picks records. The zero selection picks all.
type StoreSelection struct {
	// Platform and Operation are those of the records; empty: any.
	Platform, Operation string
	// Days picks records that are about at least one day from From to To, both
	// included, and those that are about no days. False: whatever they are about.
	Days     bool
	From, To int32
}

// StoreStats is what a [Store] holds of one operation of one platform.
type StoreStats struct {
	Platform, Operation string
	// Entries is the number of records, Bytes the size of their values.
	Entries, Bytes int64
}

// StoreProvider is what a Caddy module in the namespace tributary.stores implements.
type StoreProvider interface {
	// OpenStore opens the store. It is called when the gateway starts, not when
	// a configuration is only checked. dir is the gateway's data directory.
	// An error that may pass leaves the gateway without the store until it is called again.
	OpenStore(ctx context.Context, dir string) (Store, error)

	// StoreKey identifies what OpenStore opens: configurations with the same key
	// share one open store, so that it outlives a reload. dir is as in OpenStore.
	StoreKey(dir string) string
}
