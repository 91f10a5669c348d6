package reshape

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// order remembers in which order the keys of an object came, so that the next object
// in the same place is read by comparing whole keys. It only makes things faster: a key
// that comes elsewhere is found by its text.
type order struct {
	keys []seen
	// missed counts keys that were in no place: an object whose keys are data, not
	// names, is not worth remembering.
	missed int
}

// seen is a key as it stood in the body.
type seen struct {
	token []byte // all from the opening quote to the value: "name":
	node  *node  // nil when the key is not wanted
	below *order // of the objects in a value that is not wanted

	// the first and last eight bytes of the token, so that most keys are compared
	// as words; mask leaves the token's bytes of the first
	first, mask, last uint64
}

// The limits keep small what hostile bodies can make a pooled run store and search.
const (
	maxOrder  = 96 // keys of an object
	maxToken  = 64 // bytes of a key
	maxMissed = 4 * maxOrder
	maxSeen   = 2048 // keys of a run
)

// here reports whether the key stands at i. Close to the end of the body it does not
// see it.
func (s *seen) here(data []byte, i int) bool {
	end := i + len(s.token)
	if end+8 > len(data) || (binary.LittleEndian.Uint64(data[i:])^s.first)&s.mask != 0 {
		return false
	}
	return len(s.token) <= 8 || binary.LittleEndian.Uint64(data[end-8:]) == s.last &&
		(len(s.token) <= 16 || string(data[i+8:end-8]) == string(s.token[8:len(s.token)-8]))
}

func newSeen(token []byte, n *node) seen {
	s := seen{token: bytes.Clone(token), node: n, mask: 1<<(8*min(len(token), 8)) - 1}
	var first [8]byte
	copy(first[:], token)
	s.first = binary.LittleEndian.Uint64(first[:])
	if len(token) >= 8 {
		s.last = binary.LittleEndian.Uint64(token[len(token)-8:])
	}
	return s
}

// otherKey reads a key that was not the expected one at a place in the order. It
// returns the place of its value, what is known about the key, and the place in the
// order that is expected next.
func (r *run) otherKey(i int, n *node, o *order, at int) (int, *seen, int) {
	if i >= len(r.data) || r.data[i] != '"' || o.missed > maxMissed {
		return r.newKey(i, n, o, at)
	}
	// most often an optional key is missing, so look behind the expected one first
	for next := at + 1; next < len(o.keys); next++ {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + len(s.token), s, next + 1
		}
	}
	for next := range min(at, len(o.keys)) {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + len(s.token), s, next + 1
		}
	}
	return r.newKey(i, n, o, at)
}

// newKey reads a key that is not in the order, and puts it there if it is worth it.
func (r *run) newKey(i int, n *node, o *order, at int) (int, *seen, int) {
	if i >= len(r.data) {
		return r.eof(), nil, at
	}
	if r.data[i] != '"' {
		return r.fail(i, "invalid character looking for a key"), nil, at
	}
	end, k := r.str(i)
	if end < 0 {
		return end, nil, at
	}
	value := r.colon(end)
	if value < 0 {
		return value, nil, at
	}
	r.unlisted = seen{}
	if n != nil {
		r.unlisted.node = n.find(unquote(&r.scratch, r.data[i:end], k))
	}
	o.missed++
	if value-i > maxToken || len(o.keys) >= maxOrder || r.listed >= maxSeen || o.missed > maxMissed {
		return value, &r.unlisted, at
	}
	at = min(at, len(o.keys))
	o.keys = slices.Insert(o.keys, at, newSeen(r.data[i:value], r.unlisted.node))
	r.listed++
	return value, &o.keys[at], at + 1
}

// forget makes the run learn anew where that went wrong.
func (r *run) forget() {
	if r.listed >= maxSeen {
		clear(r.orders)
		r.listed = 0
	}
	for i := range r.orders {
		if o := &r.orders[i]; o.missed > maxMissed {
			*o = order{}
		}
	}
}
