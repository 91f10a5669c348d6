package reshape

// value validates the value at i, records it and what is wanted below it, and
// returns the place after it.
func (r *run) value(i int, n *node) int {
	s := &r.slots[n.slot]
	if s.kind != absent {
		// a key that appears twice: the last one counts, with all below it
		clear(r.slots[n.low:n.high])
	}
	if n.rows {
		return r.candidate(i, n)
	}
	end, k := i, absent
	if i < len(r.data) && r.data[i] == '{' && n.inner() {
		end, k = r.object(i, n), object
	} else if i < len(r.data) && r.data[i] == '[' && n.inner() {
		end, k = r.array(i, n), array
	} else {
		end, k = r.skip(i)
	}
	if end < 0 {
		return end
	}
	*s = slot{uint32(i), uint32(end), k}
	return end
}

// object validates the object at i and records what is wanted in it.
func (r *run) object(i int, n *node) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	data := r.data
	o := &r.orders[n.id]
	i++
	if i < len(data) && data[i] <= ' ' {
		i = r.space(i)
	}
	if i < len(data) && data[i] == '}' {
		r.depth--
		return i + 1
	}
	for at := 0; ; {
		// Rows of one page have their keys in the same order, most often: look for
		// the key that came here the last time, with its quotes and colon.
		var wanted *node
		if at < len(o.keys) && o.keys[at].here(data, i) {
			wanted = o.keys[at].node
			i += len(o.keys[at].token)
			at++
		} else if i, at, wanted = r.otherKey(i, n, o, at); i < 0 {
			return i
		}
		if i < len(data) && data[i] <= ' ' {
			i = r.space(i)
		}
		switch {
		case wanted == nil:
			i, _ = r.skip(i)
		case wanted.leaf:
			end, k := r.skip(i)
			r.slots[wanted.slot] = slot{uint32(i), uint32(end), k}
			i = end
		default:
			i = r.value(i, wanted)
		}
		if i < 0 {
			return i
		}
		if i+1 < len(data) && data[i] == ',' && data[i+1] == '"' {
			i++
			continue
		}
		var more bool
		if i, more = r.next(i, '}'); !more {
			return i
		}
	}
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

// first reads the first element of an array as if it stood in the array's place.
func (r *run) first(i int, n *node) int {
	if i < len(r.data) {
		switch r.data[i] {
		case '{':
			return r.object(i, n)
		case '[':
			return r.array(i, n)
		}
	}
	end, _ := r.skip(i)
	return end
}
