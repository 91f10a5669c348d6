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
	// The token is all between the brace or comma before the key and the value:
	// "name": and white space. Its first three words tell most keys apart; the masks
	// leave what belongs to it.
	words, masks [3]uint64
	size         int

	slot  int32  // where the value is recorded, if nothing inside is wanted, or ignored
	inner bool   // something inside the value is wanted
	node  *node  // nil when the value is not wanted
	below *order // of the objects in a value in which nothing is wanted
	token []byte
}

// wordsSize is how many bytes the words of a key hold.
const wordsSize = 24

// ignored is a slot that nobody reads.
const ignored = 1

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
	return i >= 0 && i <= len(data)-wordsSize && s.begins((*[wordsSize]byte)(data[i:i+wordsSize])) && s.goesOn(data, i)
}

// begins compares the words of the key.
func (s *seen) begins(w *[wordsSize]byte) bool {
	return (binary.LittleEndian.Uint64(w[0:])^s.words[0])&s.masks[0]|
		(binary.LittleEndian.Uint64(w[8:])^s.words[1])&s.masks[1]|
		(binary.LittleEndian.Uint64(w[16:])^s.words[2])&s.masks[2] == 0
}

// goesOn compares what a key has beyond its words.
func (s *seen) goesOn(data []byte, i int) bool {
	return s.size <= wordsSize || bytes.HasPrefix(data[i:], s.token)
}

func newSeen(token []byte, n *node) seen {
	s := seen{token: bytes.Clone(token), size: len(token)}
	s.of(n)
	for i := range s.words {
		var word, mask [8]byte
		if 8*i < len(token) {
			for j := range copy(word[:], token[8*i:]) {
				mask[j] = 0xFF
			}
		}
		s.words[i], s.masks[i] = binary.LittleEndian.Uint64(word[:]), binary.LittleEndian.Uint64(mask[:])
	}
	return s
}

// of says what is wanted of the key's value.
func (s *seen) of(n *node) {
	s.node, s.slot, s.inner = n, ignored, n != nil && !n.leaf
	if n != nil && n.leaf {
		s.slot = n.slot
	}
}

// otherKey reads a key that was not the expected one at a place in the order. It
// returns the place of its value, what is known about the key, and the place in the
// order that is expected next.
func (r *run) otherKey(i int, n *node, o *order, at int) (int, *seen, int) {
	if o.missed > maxMissed {
		return r.newKey(i, n, o, at)
	}
	// most often an optional key is missing, so look behind the expected one first
	for next := at + 1; next < len(o.keys); next++ {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + s.size, s, next + 1
		}
	}
	for next := range min(at, len(o.keys)) {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + s.size, s, next + 1
		}
	}
	return r.newKey(i, n, o, at)
}

// newKey reads a key that is not in the order, and puts it there if it is worth it.
func (r *run) newKey(i int, n *node, o *order, at int) (int, *seen, int) {
	start := i
	if i = r.space(i); i >= len(r.data) {
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
	var wanted *node
	if n != nil {
		wanted = n.find(unquote(&r.scratch, r.data[i:end], k))
	}
	o.missed++
	if value-start > maxToken || len(o.keys) >= maxOrder || r.listed >= maxSeen || o.missed > maxMissed {
		r.unlisted.of(wanted)
		return value, &r.unlisted, at
	}
	at = min(at, len(o.keys))
	o.keys = slices.Insert(o.keys, at, newSeen(r.data[start:value], wanted))
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
