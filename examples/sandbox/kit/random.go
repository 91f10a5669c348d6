package kit

import (
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Random is a source of plausible data. The same seed and stream give the same
// values in the same order on every machine. It is not safe for concurrent use:
// generate the data in the constructor of a sandbox, then only read it.
type Random struct{ *rand.Rand }

// NewRandom returns the source named stream of a seed. Give each kind of row a
// stream of its own, so that a change in how one kind is generated leaves the
// others as they were.
func NewRandom(seed uint64, stream string) *Random {
	h := fnv.New64a()
	_, _ = h.Write([]byte(stream)) // hash.Hash never fails
	return &Random{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// Pick returns one element of choices, which must not be empty. Repeat an
// element to make it likelier.
func Pick[T any](r *Random, choices ...T) T { return choices[r.IntN(len(choices))] }

// Chance reports true in percent of 100 cases.
func (r *Random) Chance(percent int) bool { return r.IntN(100) < percent }

// Between returns an integer from low to high, both included.
func (r *Random) Between(low, high int64) int64 { return low + r.Int64N(high-low+1) }

// Text returns n bytes taken from alphabet.
func (r *Random) Text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// Hex returns n lower-case hexadecimal digits.
func (r *Random) Hex(n int) string { return r.Text("0123456789abcdef", n) }

// Hash returns an identifier of n lower-case letters and digits, beginning with
// a letter.
func (r *Random) Hash(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	return r.Text(letters, 1) + r.Text(letters+"0123456789", n-1)
}

// Times returns n instants of whole seconds in [from, to), in ascending order.
func (r *Random) Times(n int, from, to time.Time) []time.Time {
	seconds := int64(to.Sub(from) / time.Second)
	times := make([]time.Time, n)
	for i := range times {
		times[i] = from.Add(time.Duration(r.Int64N(seconds)) * time.Second)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// IP returns a public IPv4 address of a documentation block (RFC 5737), or now
// and then an IPv6 one (RFC 3849).
func (r *Random) IP() netip.Addr {
	if r.Chance(10) {
		a := [16]byte{0x20, 0x01, 0x0d, 0xb8}
		for i := 8; i < 16; i++ {
			a[i] = byte(r.IntN(256))
		}
		return netip.AddrFrom16(a)
	}
	last := byte(1 + r.IntN(254))
	return Pick(r,
		netip.AddrFrom4([4]byte{192, 0, 2, last}),
		netip.AddrFrom4([4]byte{198, 51, 100, last}),
		netip.AddrFrom4([4]byte{203, 0, 113, last}))
}
