package reshape

import (
	"cmp"
	"slices"
	"strconv"
)

// candidate validates the value at i, a place where rows may be. Rows are reshaped at
// once, in the hope that nothing later in the body overrules them; settle looks.
func (r *run) candidate(i int, n *node) int {
	s := &r.slots[n.slot]
	var end int
	var k kind
	if i < len(r.data) && r.data[i] == r.p.opening && !r.hoping && !r.p.source.Single {
		r.hoping, r.hoped = true, i
		end, k = r.rows(i), array
		if r.p.opening == '{' {
			k = object
		}
	} else {
		end, k = r.skip(i)
	}
	if end >= 0 && n.inner() {
		// something inside is wanted as well; it has been validated already
		depth := r.depth
		switch k {
		case object:
			end = r.object(i, n, &r.orders[n.id])
		case array:
			end = r.array(i, n)
		}
		r.depth = depth
	}
	if end < 0 {
		return end
	}
	*s = newSlot(i, end, k)
	return end
}

// rows reshapes the array or object of rows at i.
func (r *run) rows(i int) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	closing := r.p.opening + 2 // ']' and '}' follow their opening brackets by two
	if i = r.space(i + 1); i < len(r.data) && r.data[i] == closing {
		r.depth--
		return i + 1
	}
	for {
		if closing == '}' {
			start := i
			if i = r.key(i); i < 0 {
				return i
			}
			r.rowKey = r.keySlot(start)
		}
		if i = r.row(i); i < 0 {
			return i
		}
		var more bool
		if i, more = r.next(i, closing); !more {
			return i
		}
	}
}

// keySlot returns the slot for the validated key at i.
func (r *run) keySlot(i int) slot {
	end, k := r.str(i)
	return newSlot(i, end, k)
}

// row validates one row and appends its unified form.
func (r *run) row(i int) int {
	t := &r.p.row
	clear(r.slots[t.root.slot:t.root.high])
	r.slots[t.key] = r.rowKey
	end := r.value(i, t.root)
	if end < 0 || r.shape != nil {
		return end
	}
	switch k := r.slots[t.root.slot].kind(); {
	case k == object, r.p.scalars, k == array && len(t.root.elements) > 0:
		r.emitRow(i, end)
		if r.count == 0 {
			r.reserve(i, end)
		}
	default:
		r.refuse("", "an object", k.String(), nil)
	}
	r.count++
	return end
}

// reserve makes room in the page for all rows of the body, if they are like the first,
// which stood from start to end. A body whose first row is misleading grows the page no
// further than several times its own size.
func (r *run) reserve(start, end int) {
	p := r.page
	alike := (len(r.data) - end) / (end - start + len(","))
	written := len(p.Data) - p.rows[len(p.rows)-1].start
	p.rows = slices.Grow(p.rows, min(alike, len(r.data)/64))
	p.Data = slices.Grow(p.Data, min((alike+1)*written*9/8, 4*len(r.data)))
}

// settle finds which candidate holds the rows, now that the whole body is known, and
// reshapes them if that has not happened.
func (r *run) settle() error {
	winner := r.winner()
	if winner != nil && r.hoping && winner.start() == r.hoped {
		return nil
	}
	r.restart()
	if winner == nil {
		return r.noRows()
	}
	at := winner.start()
	switch {
	case !r.p.source.Single && winner.kind() == array && r.p.opening == '{':
		// an object without rows, as PHP writes it
	case !r.p.source.Single:
		r.rows(at)
	case winner.kind() == array && !r.p.source.Whole:
		if at = r.space(at + 1); r.data[at] != ']' {
			r.row(at)
		}
	default:
		r.row(at)
	}
	return nil
}

// winner returns the first candidate that can hold rows.
func (r *run) winner() *slot {
	for _, n := range r.p.candidates {
		s := &r.slots[n.slot]
		switch {
		case r.p.source.Single && s.kind() > null,
			r.p.opening == '[' && s.kind() == array,
			r.p.opening == '{' && (s.kind() == object || r.emptyArray(s)):
			return s
		}
	}
	return nil
}

func (r *run) emptyArray(s *slot) bool {
	return s.kind() == array && r.data[r.space(s.start()+1)] == ']'
}

func (r *run) noRows() error {
	found := absent
	for _, n := range r.p.candidates {
		found = max(found, r.slots[n.slot].kind())
	}
	if found <= null && r.p.source.Optional {
		return nil
	}
	want := "an array of rows"
	switch {
	case r.p.source.Single:
		want = "a row"
	case r.p.opening == '{':
		want = "an object of rows"
	}
	return &ShapeError{Path: cmp.Or(r.p.place, "the body"), Want: want, Got: found.String()}
}

// refuse records the first fault of shape; the walk goes on, since a body that is not
// JSON at all is the graver fault.
func (r *run) refuse(path, want, got string, err error) {
	if r.shape == nil {
		row := strconv.Itoa(r.count)
		if r.p.place != "" {
			row = r.p.place + "." + row
		}
		if path != "" {
			row += "." + path
		}
		r.shape = &ShapeError{Path: row, Want: want, Got: got, Err: err}
	}
}
