package reshape

import (
	"bytes"
	"encoding/binary"
)

// order remembers in which order the keys of an object came, so that the next object
// of the same node is read by comparing whole keys. It only makes things faster: a
// key that comes in another place is found by its text.
type order struct{ keys []seen }

// seen is a key as it stood in the body.
type seen struct {
	token []byte // "name": with quotes and colon
	node  *node  // nil when the key is not wanted

	// the first and last eight bytes of the token, so that most keys are compared
	// as words; mask leaves the token's bytes of the first
	first, mask, last uint64
}

// The limits keep what hostile bodies can store in a pooled run small.
const (
	maxOrder = 96
	maxToken = 64
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
// returns the place of its value, the place in the order that is expected next, and
// the key's node.
func (r *run) otherKey(i int, n *node, o *order, at int) (int, int, *node) {
	// most often an optional key is missing: the one after it, or a later one
	for next := at + 1; next < len(o.keys); next++ {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + len(s.token), next + 1, s.node
		}
	}
	for next := 0; next < at && next < len(o.keys); next++ {
		if s := &o.keys[next]; s.here(r.data, i) {
			return i + len(s.token), next + 1, s.node
		}
	}
	if i >= len(r.data) {
		return r.eof(), at, nil
	}
	if r.data[i] != '"' {
		return r.fail(i, "invalid character looking for a key"), at, nil
	}
	end, k := r.str(i)
	if end < 0 {
		return end, at, nil
	}
	name := unquote(&r.scratch, r.data[i:end], k)
	wanted := n.find(name)
	value := r.colon(end)
	if value < 0 {
		return value, at, nil
	}
	if value == end+1 && value-i <= maxToken && len(o.keys) < maxOrder {
		at = o.insert(at, r.data[i:value], wanted)
	}
	return value, at, wanted
}

// insert puts a key at a place in the order and returns the place after it.
func (o *order) insert(at int, token []byte, n *node) int {
	at = min(at, len(o.keys))
	o.keys = append(o.keys, seen{})
	copy(o.keys[at+1:], o.keys[at:])
	o.keys[at] = newSeen(token, n)
	return at + 1
}
