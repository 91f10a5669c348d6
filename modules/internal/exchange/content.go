package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var (
	errHTML    = errors.New("a web page instead of JSON")
	errNotJSON = errors.New("something that is not JSON")
)

var utf8BOM = []byte("\xef\xbb\xbf")

// jsonText returns a body as JSON text in UTF-8: without byte order mark and
// surrounding space, and converted where it came in another charset. It is nil
// for an empty body, and shares the body's bytes where it can. That the body
// is JSON is told from how it starts, not from its media type, since platforms
// send JSON as text/plain, text/html or without a type; whether it is valid to
// its end is for who reads it.
func jsonText(body []byte, contentType string) ([]byte, error) {
	text, err := toUTF8(body, contentType)
	if err != nil {
		return nil, err
	}
	text = trimSpace(text)
	if len(text) == 0 {
		return nil, nil
	}
	switch text[0] {
	case '{', '[':
		return text, nil
	case '<':
		return nil, errHTML
	default:
		// a scalar is looked at whole: "not found" starts like null, "1,2" like a number
		if gjson.ValidBytes(text) {
			return text, nil
		}
		return nil, errNotJSON
	}
}

// toUTF8 converts a body by its byte order mark or its declared charset. A
// declared charset other than UTF-16 counts only where the body is not UTF-8
// already: JSON is UTF-8 (RFC 8259 section 8.1), and servers declare their
// default charset beside it.
func toUTF8(body []byte, contentType string) ([]byte, error) {
	if bytes.HasPrefix(body, utf8BOM) {
		return body[len(utf8BOM):], nil
	}
	charset := declaredCharset(contentType)
	wide := strings.HasPrefix(charset, "utf-16") || strings.HasPrefix(charset, "utf16")
	if hasUTF16BOM(body) {
		charset, wide = "utf-16", true
	}
	if charset == "" || (!wide && utf8.Valid(body)) {
		return body, nil
	}
	from, err := charsetOf(charset, body)
	if err != nil {
		return nil, fmt.Errorf("text in the unknown charset %q: %w", charset, err)
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(from.NewDecoder()), body)
	if err != nil {
		return nil, fmt.Errorf("text that is not in its charset %q: %w", charset, err)
	}
	return text, nil
}

func charsetOf(name string, body []byte) (encoding.Encoding, error) {
	// The registry of HTML takes utf-16 for little endian; without a byte order
	// mark the first byte of JSON text, which is ASCII, tells (RFC 4627 section 3).
	if name == "utf-16" && len(body) > 0 && body[0] == 0 {
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	}
	return htmlindex.Get(name)
}

func hasUTF16BOM(b []byte) bool {
	return len(b) >= 2 && (b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe)
}

// declaredCharset returns the charset of a media type in lower case; empty for
// none and for UTF-8, which nearly all responses are in.
func declaredCharset(contentType string) string {
	const name = "charset="
	for i := 0; i+len(name) <= len(contentType); i++ {
		if !strings.EqualFold(contentType[i:i+len(name)], name) {
			continue
		}
		if value := contentType[i+len(name):]; len(value) >= 5 && strings.EqualFold(value[:5], "utf-8") {
			return ""
		}
		_, parameters, err := mime.ParseMediaType(contentType)
		if err != nil {
			return ""
		}
		charset := strings.ToLower(parameters["charset"])
		if charset == "utf-8" || charset == "utf8" {
			return ""
		}
		return charset
	}
	return ""
}

// trimSpace removes the white space of JSON (RFC 8259 section 2).
func trimSpace(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }
