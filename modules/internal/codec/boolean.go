package codec

import (
	"fmt"
	"strconv"
)

// AppendBoolean appends true or false.
func AppendBoolean(dst, text []byte) ([]byte, error) {
	v, ok := ParseBoolean(text)
	if !ok {
		return dst, fmt.Errorf("%s is neither true nor false", excerpt(text))
	}
	return strconv.AppendBool(dst, v), nil
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
