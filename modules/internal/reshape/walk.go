package reshape

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// value validates the value at i, records it and what is wanted below it, and
// returns the place after it.
func (r *run) value(i int, n *node) int {
	s := &r.slots[n.slot]
	if s.kind() != absent {
		// a key that appears twice: the last one counts, with all below it
		clear(r.slots[n.low:n.high])
	}
	if n.rows {
		return r.candidate(i, n)
	}
	var end int
	var k kind
	if i < len(r.data) && r.data[i] == '{' && n.inner() {
		end, k = r.object(i, n, &r.orders[n.id]), object
	} else if i < len(r.data) && r.data[i] == '[' && n.inner() {
		end, k = r.array(i, n), array
	} else {
		end, k = r.skip(i)
	}
	if end < 0 {
		return end
	}
	*s = newSlot(i, end, k)
	return end
}

// object validates the object at i and records what is wanted in it; without a node
// nothing is. Nearly all of the time is spent here, so that the usual key, string and
// number are read without a call. Where the compiler knows the capacity to be the length,
// and one comparison shows that a word is within it, a load needs no more checks.
func (r *run) object(i int, n *node, o *order) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	data, slots, keys := slices.Clip(r.data), r.slots, o.keys
	if at := r.space(i + 1); at < len(data) && data[at] == '}' {
		r.depth--
		return at + 1
	}
	for at := 0; ; {
		// Rows of one page have their keys in the same order, most often: look for
		// the key that came here the last time, with all up to its value.
		i++ // an opening brace or a comma
		var s *seen
		if at < len(keys) && i >= 0 && i <= len(data)-wordsSize &&
			keys[at].begins((*[wordsSize]byte)(data[i:i+wordsSize])) && keys[at].goesOn(data, i) {
			s = &keys[at]
			i += s.size
			at++
		} else if i, s, at = r.otherKey(i, n, o, at); i < 0 {
			return i
		} else {
			keys = o.keys
		}
		var c byte
		if i < len(data) {
			c = data[i]
		}
		if c <= ' ' {
			// a key that is remembered without white space behind it
			if i = r.space(i); i < len(data) {
				c = data[i]
			}
		}
		end, k, to := i+1, text, s.slot // reading what is inside may change s
		switch {
		case s.inner:
			end = r.value(i, s.node)
		case c == '"':
			for {
				if end > len(data)-8 {
					end, k = r.rest(end)
					break
				}
				found := notPlain(binary.LittleEndian.Uint64(data[end : end+8]))
				if found == 0 {
					end += 8
					continue
				}
				end += bits.TrailingZeros64(found) >> 3
				if data[end] == '"' {
					end++
				} else {
					end, k = r.rest(end)
				}
				break
			}
		case c-'0' <= 9:
			end, k = digits(data, i), integer
			if end < len(data) && data[end] == '.' {
				end, k = digits(data, end+1), decimal
			}
			if end >= len(data) || data[end]|0x20 == 'e' || data[end-1] == '.' || c == '0' && data[i+1]-'0' <= 9 {
				// with an exponent, or wrong
				end, k = r.number(i)
			}
		case c == '{' || c == '[':
			end, k = r.below(i, s)
		default:
			end, k = r.skip(i)
		}
		if end < 0 {
			return end
		}
		slots[to] = newSlot(i, end, k)
		if i = end; i < len(data) && data[i] == ',' {
			continue
		}
		if i = r.space(i); i >= len(data) {
			return r.eof()
		}
		switch data[i] {
		case ',':
		case '}':
			r.depth--
			return i + 1
		default:
			return r.fail(i, notNext)
		}
	}
}

// below validates an array or object in which nothing is wanted. Objects in it have an
// order too.
func (r *run) below(i int, s *seen) (int, kind) {
	if s == &r.unlisted {
		return r.skip(i)
	}
	if s.below == nil {
		s.below = &order{}
	}
	if r.data[i] == '{' {
		return r.object(i, nil, s.below), object
	}
	return r.skipArray(i, s.below), array
}

// array validates the array at i and records what is wanted in its elements: those
// with a number in some path, and the first for paths that step over the array.
func (r *run) array(i int, n *node) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	if i = r.space(i + 1); i < len(r.data) && r.data[i] == ']' {
		r.depth--
		return i + 1
	}
	for index := 0; ; index++ {
		end := -1
		for _, e := range n.elements {
			if e.index == index {
				if end = r.value(i, e.node); end < 0 {
					return end
				}
			}
		}
		if index == 0 && n.named {
			if end = r.first(i, n); end < 0 {
				return end
			}
		}
		if end < 0 {
			if end, _ = r.skip(i); end < 0 {
				return end
			}
		}
		var more bool
		if i, more = r.next(end, ']'); !more {
			return i
		}
	}
}

// first reads the first element of an array as if it stood in the array's place. Where
// elements are wanted by number as well, an array in the array is not stepped over: each
// level would be read twice, and all in it.
func (r *run) first(i int, n *node) int {
	switch {
	case i < len(r.data) && r.data[i] == '{':
		return r.object(i, n, &r.orders[n.id])
	case i < len(r.data) && r.data[i] == '[' && len(n.elements) == 0:
		return r.array(i, n)
	}
	end, _ := r.skip(i)
	return end
}
