package reshape

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101 // the lowest bit of each byte
	highs = 0x8080808080808080 // the highest bit of each byte
)

// notPlain looks at eight bytes of a string at once. The lowest bit that is set in the
// result is in the first byte that is a quote, a backslash, a control character, or not
// ASCII. Subtracting marks bytes below a bound in their highest bit; a borrow only
// reaches bytes after the first one marked.
func notPlain(w uint64) uint64 { return (special(w) | w) & highs }

// special marks quotes, backslashes and control characters among bytes of ASCII. The
// exclusive or puts the quote in the place of the space, right after the control
// characters.
func special(w uint64) uint64 { return ((w ^ 2*ones) - '!'*ones) | ((w ^ '\\'*ones) - ones) }

// str validates the string whose opening quote is at i, and returns the place after
// its closing quote and whether it is text or wild.
func (r *run) str(i int) (int, kind) {
	data := slices.Clip(r.data)
	for i++; i >= 0 && i <= len(data)-8; i += 8 {
		if found := notPlain(binary.LittleEndian.Uint64(data[i : i+8])); found != 0 {
			i += bits.TrailingZeros64(found) >> 3
			if data[i] == '"' {
				return i + 1, text
			}
			break
		}
	}
	return r.rest(i)
}

// rest validates a string from i on, where str came upon something other than plain
// ASCII, or near the end of the body.
func (r *run) rest(i int) (int, kind) {
	data := r.data
	k := text
	for {
		for i < len(data) && plain[data[i]] {
			i++
		}
		if i >= len(data) {
			return r.eof(), absent
		}
		switch c := data[i]; {
		case c == '"':
			return i + 1, k
		case c == '\\':
			k = wild
			if i = r.escape(i); i < 0 {
				return i, absent
			}
		case c < ' ':
			return r.fail(i, "control character in string"), absent
		default:
			k = wild
			i = r.beyondASCII(i)
		}
	}
}

// beyondASCII returns the place of the first quote, backslash or control character.
// Like str, but text in other scripts is its usual case.
func (r *run) beyondASCII(i int) int {
	data := r.data
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		if found := special(w) &^ w & highs; found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	for i < len(data) && (data[i] >= utf8.RuneSelf || plain[data[i]]) {
		i++
	}
	return i
}

// plain marks the bytes that stand for themselves in a string of ASCII.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// escape validates the escape sequence at i and returns the place after it.
func (r *run) escape(i int) int {
	data := r.data
	if i+1 >= len(data) {
		return r.eof()
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(data) {
				return r.eof()
			}
			if !isHex(data[j]) {
				return r.fail(j, "invalid character in \\u escape")
			}
		}
		return i + 6
	}
	return r.fail(i+1, "invalid escape in string")
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20-'a' <= 5 }

// unquote returns the text of a string token. A wild one is decoded into scratch,
// whose memory is reused.
func unquote(scratch *[]byte, token []byte, k kind) []byte {
	inside := token[1 : len(token)-1]
	if k == text {
		return inside
	}
	*scratch = appendUnquoted((*scratch)[:0], inside)
	return *scratch
}

// appendUnquoted decodes the inside of a valid string token. Invalid UTF-8 and lone
// surrogates become U+FFFD.
func appendUnquoted(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\':
			c = s[i+1]
			i += 2
			if c == 'u' {
				r := hex4(s[i:])
				i += 4
				if utf16.IsSurrogate(r) {
					low := rune(-1)
					if len(s)-i >= 6 && s[i] == '\\' && s[i+1] == 'u' {
						low = hex4(s[i+2:])
					}
					if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
						i += 6
					}
				}
				dst = utf8.AppendRune(dst, r)
				continue
			}
			dst = append(dst, unescaped[c])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return dst
}

var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func hex4(s []byte) (r rune) {
	for _, c := range s[:4] {
		if c > '9' {
			c = c&^0x20 - 'A' + 10
		} else {
			c -= '0'
		}
		r = r<<4 | rune(c)
	}
	return r
}

// appendRaw appends native JSON as it is, save that invalid UTF-8, which only
// strings can hold, becomes U+FFFD.
func appendRaw(dst, token []byte) []byte {
	for !utf8.Valid(token) {
		i := 0
		for {
			c, size := utf8.DecodeRune(token[i:])
			if c == utf8.RuneError && size == 1 {
				break
			}
			i += size
		}
		dst = append(append(dst, token[:i]...), "\uFFFD"...)
		token = token[i+1:]
	}
	return append(dst, token...)
}
