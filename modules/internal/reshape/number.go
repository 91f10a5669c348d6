package reshape

import (
	"encoding/binary"
	"math/bits"
)

// number validates the number at i, RFC 8259 section 6, and returns the place after
// it and how it is written.
func (r *run) number(i int) (int, kind) {
	data := r.data
	k := integer
	if data[i] == '-' {
		i++
	}
	if i >= len(data) {
		return r.eof(), absent
	}
	start := i
	if i = digits(data, start); i == start {
		return r.fail(i, "invalid character in number"), absent
	}
	if data[start] == '0' && i > start+1 {
		return r.fail(start+1, "leading zero in number"), absent
	}
	if i < len(data) && data[i] == '.' {
		k = decimal
		start = i + 1
		if i = digits(data, start); i == start {
			return r.noDigit(i), absent
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		k = exponent
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = digits(data, start); i == start {
			return r.noDigit(i), absent
		}
	}
	return i, k
}

func (r *run) noDigit(i int) int {
	if i >= len(r.data) {
		return r.eof()
	}
	return r.fail(i, "invalid character in number")
}

// digits returns the place after the digits that begin at i.
func digits(data []byte, i int) int {
	for ; i >= 0 && i <= len(data)-8; i += 8 {
		// digits become 0 to 9; adding marks whatever is more in its highest bit
		w := binary.LittleEndian.Uint64(data[i:i+8]) ^ '0'*ones
		if other := ((w + (0x80-10)*ones) | w) & highs; other != 0 {
			return i + bits.TrailingZeros64(other)>>3
		}
	}
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}
