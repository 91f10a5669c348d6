package query

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"
)

// tokenText returns the text of a JSON token: a string's text, a number's digits; empty
// for null.
func tokenText(token []byte) string {
	if isNull(token) {
		return ""
	}
	if token[0] == '"' {
		return gjson.ParseBytes(token).Str
	}
	return string(token)
}

// plainText is tokenText without a copy where there are no escapes.
func plainText(token []byte) []byte {
	if bytes.IndexByte(token, '\\') < 0 {
		return unquote(token)
	}
	return []byte(tokenText(token))
}

// wholeNumber reads a count from a number or a text of digits.
func wholeNumber(token []byte) (int, bool) {
	n, err := strconv.Atoi(tokenText(token))
	return n, err == nil && n >= 0
}

// fold makes texts equal that differ in letter case only, by Unicode's simple folding:
// every letter becomes the smallest of those that are the same one.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case r < unicode.MaxASCII:
			return r
		}
		smallest := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			smallest = min(smallest, other)
		}
		return smallest
	}, s)
}
