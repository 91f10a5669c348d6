package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Key is what an [Entry] is kept under: a SHA-256.
type Key [sha256.Size]byte

// KeyOf returns the key of the given members, in their order. Each has its length before it,
// so that no two lists of members have the same text.
func KeyOf(members ...string) Key {
	var short [256]byte // keeps most keys off the heap
	text := short[:0]
	for _, m := range members {
		text = binary.AppendUvarint(text, uint64(len(m)))
		text = append(text, m...)
	}
	return sha256.Sum256(text)
}

// Labels say what a value belongs to, for drops and statistics.
type Labels struct {
	Platform, Operation string
	// From and To are the days that the value is about, both included, as days since
	// 1970-01-01. From > To: it is about no days.
	From, To int32
}

// Entry is a value and what is known about it. Nobody changes an entry that
// [Cache.Get] returned, nor its value.
type Entry struct {
	Key    Key
	Labels Labels
	Value  []byte
	// Made is when the value was fetched. It is not looked at here.
	Made time.Time
	// Expires is when nobody wants the value any more: from then on it is not there.
	Expires time.Time
}

// item is what memory and the queue of the store hold: an entry, or an answer. Only asOf changes.
type item struct {
	// key is the whole key: places in memory are found by a hash, which clashes.
	key   string
	place uint64
	cost  int64

	entry *Entry // nil: an answer

	value   any // of an answer, as the next ones
	labels  []Labels
	expires time.Time

	// asOf is a mark: no drop up to it picks the item. It grows when later drops were looked at.
	asOf atomic.Uint64
}

// What keeping an item takes beside its texts and bytes: the item itself, its places in
// the maps of ristretto (a slot of the values is 64 bytes, one of the costs 16, and maps are
// between half and seven eighths full), and what the allocator rounds up.
const (
	entryOverhead  = 544
	answerOverhead = 384
	labelSize      = 40
)

// newEntry makes the item of an entry. It keeps e, and nothing else of the caller's.
func newEntry(e *Entry, m Mark) *item {
	it := &item{
		key: string(e.Key[:]), entry: e, expires: e.Expires,
		cost: entryOverhead + footprint(cap(e.Value)) + int64(len(e.Labels.Platform)+len(e.Labels.Operation)),
	}
	it.asOf.Store(uint64(m))
	return it
}

func newAnswer(m Mark, key []byte, labels []Labels, value any, size int64, until time.Time) *item {
	it := &item{key: string(key), value: value, labels: slices.Clone(labels), expires: until}
	it.cost = answerOverhead + footprint(len(key)) + max(size, 0)
	for _, l := range labels {
		it.cost += labelSize + int64(len(l.Platform)+len(l.Operation))
	}
	it.asOf.Store(uint64(m))
	return it
}

// footprint is about what the allocator takes for n bytes: its classes are up to an eighth apart.
func footprint(n int) int64 { return int64(n) + int64(n)/16 }

// is tells whether the item is what was kept under a key, as an entry or as an answer.
func (it *item) is(key []byte, answer bool) bool {
	return (it.entry == nil) == answer && it.key == string(key)
}

// each calls yield for the labels of the item until it returns false, and tells whether it
// never did.
func (it *item) each(yield func(Labels) bool) bool {
	if it.entry != nil {
		return yield(it.entry.Labels)
	}
	for _, l := range it.labels {
		if !yield(l) {
			return false
		}
	}
	return true
}

// clone copies an entry with all that it refers to. Its times have no monotonic part, which
// a value read back from the store has not either.
func (e *Entry) clone() *Entry {
	return &Entry{
		Key: e.Key,
		Labels: Labels{
			Platform: strings.Clone(e.Labels.Platform), Operation: strings.Clone(e.Labels.Operation),
			From: e.Labels.From, To: e.Labels.To,
		},
		Value:   append(make([]byte, 0, len(e.Value)), e.Value...),
		Made:    e.Made.Round(0).UTC(),
		Expires: e.Expires.Round(0).UTC(),
	}
}
