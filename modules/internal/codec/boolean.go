package codec

import "fmt"

// Boolean reads yes-or-no values as true and false.
type Boolean struct {
	// True and False are the native words to write. Default: "true" and "false".
	True, False string
}

// Read appends true or false.
func (b Boolean) Read(dst, native []byte) ([]byte, error) {
	v, ok := ParseBoolean(native)
	if !ok {
		return dst, fmt.Errorf("%s is neither true nor false", excerpt(native))
	}
	if v {
		return append(dst, "true"...), nil
	}
	return append(dst, "false"...), nil
}

// Write appends the native word.
func (b Boolean) Write(dst, unified []byte) ([]byte, error) {
	v, ok := ParseBoolean(unified)
	if !ok {
		return dst, fmt.Errorf("%s is neither true nor false", excerpt(unified))
	}
	word := "false"
	switch {
	case v && b.True != "":
		word = b.True
	case v:
		word = "true"
	case b.False != "":
		word = b.False
	}
	return append(dst, word...), nil
}

// ParseBoolean reads true, yes, on, y, t, 1 and their opposites, in any letter case.
func ParseBoolean(text []byte) (value, ok bool) {
	if len(text) > len("false") {
		return false, false
	}
	var folded [len("false")]byte
	n := copy(folded[:], text)
	for i := range folded[:n] {
		if c := folded[i]; 'A' <= c && c <= 'Z' {
			folded[i] = c | 0x20
		}
	}
	switch string(folded[:n]) {
	case "1", "t", "y", "on", "yes", "true":
		return true, true
	case "0", "f", "n", "no", "off", "false":
		return false, true
	}
	return false, false
}
