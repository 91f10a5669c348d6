package ledger

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Row is what is kept of one object.
type Row struct {
	// ID is its native identifier; rows with the same one are the same object.
	ID string
	// Occurred is when it happened; zero: it does not say.
	Occurred time.Time
	// Updated is when it last changed, by the platform's clock; zero: it does not say.
	Updated time.Time
	// Data is the object, for its readers. The ledger keeps it until it is written.
	Data []byte
}

const (
	// beginning is before every moment, and never after them: the moments of a row that
	// has none.
	beginning = math.MinInt64
	never     = math.MaxInt64
)

// The moments that rows are told apart by are those of the years 1 to 9999; others are
// taken for the first or the last of them.
var (
	firstMoment = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + 1 // the zero time is none
	lastMoment  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
)

// micros is a moment as the file has it.
func micros(t time.Time) int64 { return min(max(t.UnixMicro(), firstMoment), lastMoment) }

// moment is a moment as the file has it; zero: none.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// occurred is the place of a row in the order of moments.
func (r *Row) occurred() int64 {
	if r.Occurred.IsZero() {
		return never
	}
	return micros(r.Occurred)
}

// sum is the checksum of a row as it is in the file.
func sum(id []byte, occurred int64, data []byte) int64 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], uint64(occurred))
	binary.LittleEndian.PutUint64(head[8:], uint64(len(id)))
	var h xxhash.Digest
	h.Reset()
	_, _ = h.Write(head[:])
	_, _ = h.Write(id)
	_, _ = h.Write(data) // none of them fails
	return int64(h.Sum64())
}
