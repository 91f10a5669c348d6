package kit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"
)

// Member is one name and value of an [Object].
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose members keep their order. A name may come
// twice if a platform is that careless.
type Object []Member

// Array is a JSON array; nil is written as [].
type Array []any

// Number is the literal of a JSON number, written as it is.
type Number string

// Style is how a platform writes JSON text.
type Style struct {
	EscapeSlashes bool // "/" as "\/"
	EscapeUnicode bool // all beyond ASCII as \uXXXX, in surrogate pairs where needed
}

// The two styles met in the field: as most encoders write, and as PHP's
// json_encode does without flags.
var (
	Plain = Style{}
	PHP   = Style{EscapeSlashes: true, EscapeUnicode: true}
)

// EmptyAsList returns o, or an empty list if o has no members: PHP cannot tell
// an empty map from an empty list and writes both as [].
func EmptyAsList(o Object) any {
	if len(o) == 0 {
		return Array{}
	}
	return o
}

// Write answers with v as JSON. A Content-Type already set by the caller stays.
func (s Style) Write(w http.ResponseWriter, status int, v any) {
	body := s.Append(nil, v)
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody to tell
}

// Append appends v as JSON to dst. It takes nil, bool, string, the integer
// types int, int64 and uint64, [Decimal], [Number], [Object], [Array],
// slices of Object, string, int and int64, and whatever encoding/json can marshal. There
// are no floats on purpose: an amount that passes through one is no longer exact.
func (s Style) Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return s.appendString(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case Decimal:
		return append(dst, v.String()...)
	case Number:
		return append(dst, v...)
	case Object:
		return s.appendObject(dst, v)
	case Array:
		return appendList(s, dst, v)
	case []Object:
		return appendList(s, dst, v)
	case []string:
		return appendList(s, dst, v)
	case []int:
		return appendList(s, dst, v)
	case []int64:
		return appendList(s, dst, v)
	case float32, float64:
		panic("sandbox: a float in native JSON: use Decimal or Number")
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sandbox: writing native JSON: %v", err))
	}
	return append(dst, b...)
}

func (s Style) appendObject(dst []byte, o Object) []byte {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(s.appendString(dst, m.Name), ':')
		dst = s.Append(dst, m.Value)
	}
	return append(dst, '}')
}

func appendList[T any](s Style, dst []byte, list []T) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.Append(dst, v)
	}
	return append(dst, ']')
}

func (s Style) appendString(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	unit := func(dst []byte, u rune) []byte {
		return append(dst, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	dst = append(dst, '"')
	for _, c := range text { // invalid UTF-8 becomes U+FFFD
		switch {
		case c == '"' || c == '\\' || c == '/' && s.EscapeSlashes:
			dst = append(dst, '\\', byte(c))
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < 0x20:
			dst = unit(dst, c)
		case c < utf8.RuneSelf || !s.EscapeUnicode:
			dst = utf8.AppendRune(dst, c)
		case c > 0xFFFF:
			c -= 0x10000
			dst = unit(unit(dst, 0xD800|c>>10), 0xDC00|c&0x3FF)
		default:
			dst = unit(dst, c)
		}
	}
	return append(dst, '"')
}
