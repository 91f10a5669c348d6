package codec

import (
	"bytes"
	"fmt"
)

// maxDigits bounds the text that an exponent may expand to: a few native bytes must
// not become megabytes.
const maxDigits = 1000

// number is the parsed text of a decimal number: its digits are whole and then
// fraction, its value is shifted left by exponent places.
type number struct {
	negative        bool
	whole, fraction []byte
	exponent        int
}

// parseNumber splits the text of a number. It takes what JSON takes and, because
// platforms write numbers as text, also leading zeros and a missing digit on one
// side of the point.
func parseNumber(text []byte) (n number, ok bool) {
	i := 0
	if i < len(text) && text[i] == '-' {
		n.negative = true
		i++
	}
	start := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	n.whole = text[start:i]
	if i < len(text) && text[i] == '.' {
		start = i + 1
		for i = start; i < len(text) && isDigit(text[i]); i++ {
		}
		n.fraction = text[start:i]
	}
	if len(n.whole)+len(n.fraction) == 0 {
		return n, false
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		negative := false
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			negative = text[i] == '-'
			i++
		}
		start = i
		for ; i < len(text) && isDigit(text[i]); i++ {
			if n.exponent < 1<<20 {
				n.exponent = n.exponent*10 + int(text[i]-'0')
			}
		}
		if i == start {
			return n, false
		}
		if negative {
			n.exponent = -n.exponent
		}
	}
	return n, i == len(text)
}

// AppendDecimal appends the exact decimal text of a number, shifted right by scale
// places. Zero has no sign. Space around the number is ignored.
func AppendDecimal(dst, text []byte, scale int) ([]byte, error) {
	n, ok := parseNumber(bytes.TrimSpace(text))
	if !ok {
		return dst, fmt.Errorf("%s is not a decimal number", excerpt(text))
	}
	point := len(n.whole) + n.exponent - scale
	if point > maxDigits || point < -maxDigits {
		return dst, fmt.Errorf("%s is too large or too small", excerpt(text))
	}
	if n.negative && !n.zero() {
		dst = append(dst, '-')
	}
	digits := len(n.whole) + len(n.fraction)
	first := 0
	for first < point-1 && n.digit(first) == '0' {
		first++
	}
	if point <= 0 {
		dst = append(dst, '0')
	} else {
		for i := first; i < point; i++ {
			dst = append(dst, n.digit(i))
		}
	}
	if point < digits {
		dst = append(dst, '.')
		for i := point; i < digits; i++ {
			dst = append(dst, n.digit(i))
		}
	}
	return dst, nil
}

// AppendInteger appends the digits of a whole number.
func AppendInteger(dst, text []byte) ([]byte, error) {
	start := len(dst)
	dst, err := AppendDecimal(dst, text, 0)
	if err != nil {
		return dst, err
	}
	if i := bytes.IndexByte(dst[start:], '.'); i >= 0 {
		if len(bytes.Trim(dst[start+i+1:], "0")) > 0 {
			return dst[:start], fmt.Errorf("%s is not a whole number", excerpt(text))
		}
		dst = dst[:start+i]
	}
	return dst, nil
}

// digit returns the digit at a place counted from the first; beyond the written
// digits there are zeros.
func (n *number) digit(i int) byte {
	switch {
	case i < 0:
		return '0'
	case i < len(n.whole):
		return n.whole[i]
	case i < len(n.whole)+len(n.fraction):
		return n.fraction[i-len(n.whole)]
	}
	return '0'
}

func (n *number) zero() bool {
	return len(bytes.Trim(n.whole, "0"))+len(bytes.Trim(n.fraction, "0")) == 0
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// excerpt quotes the beginning of a value for an error message.
func excerpt(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
