package query

import (
	"bytes"
	"strconv"

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
