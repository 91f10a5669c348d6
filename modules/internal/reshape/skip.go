package reshape

// maxDepth is how deep arrays and objects may nest; encoding/json has the same limit.
const maxDepth = 10_000

const (
	notValue = "invalid character looking for a value"
	notNext  = "invalid character after a value"
)

// space returns the place of the first byte from i that is not white space.
func (r *run) space(i int) int {
	data := r.data
	for i < len(data) {
		switch data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// skip validates the value at i, which is not white space, and returns the place
// after it and what it is. Negative places are failures, described in run.err.
func (r *run) skip(i int) (int, kind) {
	if i >= len(r.data) {
		return r.eof(), absent
	}
	switch c := r.data[i]; c {
	case '"':
		return r.str(i)
	case '{':
		return r.skipObject(i), object
	case '[':
		return r.skipArray(i, nil), array
	case 't':
		return r.word(i, "true"), yes
	case 'f':
		return r.word(i, "false"), no
	case 'n':
		return r.word(i, "null"), null
	default:
		if c == '-' || c-'0' <= 9 {
			return r.number(i)
		}
		return r.fail(i, notValue), absent
	}
}

// word validates one of the literal names.
func (r *run) word(i int, name string) int {
	data := r.data
	if len(data)-i >= len(name) && string(data[i:i+len(name)]) == name {
		return i + len(name)
	}
	for j := range len(name) {
		if i+j >= len(data) {
			return r.eof()
		}
		if data[i+j] != name[j] {
			return r.fail(i+j, "invalid character in "+name)
		}
	}
	return i
}

func (r *run) skipObject(i int) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	if i = r.space(i + 1); i < len(r.data) && r.data[i] == '}' {
		r.depth--
		return i + 1
	}
	for more := true; more; {
		if i = r.key(i); i < 0 {
			return i
		}
		if i, _ = r.skip(i); i < 0 {
			return i
		}
		i, more = r.next(i, '}')
	}
	return i
}

// skipArray validates the array at i. The objects in it, if an order is given, are
// expected to be alike.
func (r *run) skipArray(i int, o *order) int {
	if r.depth++; r.depth > maxDepth {
		return r.fail(i, "nested too deeply")
	}
	if i = r.space(i + 1); i < len(r.data) && r.data[i] == ']' {
		r.depth--
		return i + 1
	}
	for more := true; more; {
		if o != nil && i < len(r.data) && r.data[i] == '{' {
			i = r.object(i, nil, o)
		} else {
			i, _ = r.skip(i)
		}
		if i < 0 {
			return i
		}
		i, more = r.next(i, ']')
	}
	return i
}

// key validates the key at i and its colon, and returns the place of the value.
func (r *run) key(i int) int {
	if i >= len(r.data) {
		return r.eof()
	}
	if r.data[i] != '"' {
		return r.fail(i, "invalid character looking for a key")
	}
	if i, _ = r.str(i); i < 0 {
		return i
	}
	return r.colon(i)
}

// colon validates the colon after a key and returns the place of the value.
func (r *run) colon(i int) int {
	if i+1 < len(r.data) && r.data[i] == ':' && r.data[i+1] > ' ' {
		return i + 1
	}
	if i = r.space(i); i >= len(r.data) {
		return r.eof()
	}
	if r.data[i] != ':' {
		return r.fail(i, "invalid character after a key")
	}
	return r.space(i + 1)
}

// next reads what follows a value inside an object or array: a comma, after which it
// returns the place of the next key or value, or the closing bracket, after which
// more is false.
func (r *run) next(i int, closing byte) (_ int, more bool) {
	data := r.data
	if i < len(data) && data[i] <= ' ' {
		i = r.space(i)
	}
	if i >= len(data) {
		return r.eof(), false
	}
	switch data[i] {
	case ',':
		i++
		if i < len(data) && data[i] <= ' ' {
			i = r.space(i)
		}
		return i, true
	case closing:
		r.depth--
		return i + 1, false
	}
	return r.fail(i, notNext), false
}

// fail records a syntax error and returns the place that means failure.
func (r *run) fail(i int, msg string) int {
	r.err = &SyntaxError{Offset: i, Msg: msg}
	return -1
}

func (r *run) eof() int { return r.fail(len(r.data), "unexpected end") }
