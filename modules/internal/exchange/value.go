package exchange

import (
	"math"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// maxDecoded bounds, in bytes, a part of a body that is decoded for an
	// expression or a message. What is larger stays text: decoding recurses, and
	// a hostile body of millions of brackets must not exhaust the stack.
	maxDecoded = 64 << 10
	// maxTextDepth is how deep arrays and objects are spelled out in a message.
	maxTextDepth = 4
)

// number is a JSON number, exact where it is an integer of 64 bits.
type number struct {
	integer  int64
	float    float64
	integral bool
}

func integer(i int64) number { return number{i, float64(i), true} }

func (n number) equal(m number) bool {
	if n.integral && m.integral {
		return n.integer == m.integer
	}
	return n.float == m.float
}

func (n number) less(m number) bool {
	if n.integral && m.integral {
		return n.integer < m.integer
	}
	return n.float < m.float
}

// parseNumber reads a number as JSON spells it. It refuses other text without
// the error that strconv would allocate, since it sees every text that is
// compared with a number.
func parseNumber(s string) (number, bool) {
	if s == "" || len(s) > 64 {
		return number{}, false
	}
	digits := s
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return number{}, false
	}
	whole := true
	for i := range len(digits) {
		switch c := digits[i]; {
		case '0' <= c && c <= '9':
		case c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-':
			whole = false
		default:
			return number{}, false
		}
	}
	if whole && len(digits) <= 18 { // cannot overflow
		i, err := strconv.ParseInt(s, 10, 64)
		return integer(i), err == nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return number{}, false
	}
	if whole {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return integer(i), true
		}
	}
	return number{float: f}, true
}

// numberOf reads a Go value of an expression as a number: platforms send the
// same code as 13 and as "13".
func numberOf(v any) (number, bool) {
	switch v := v.(type) {
	case int:
		return integer(int64(v)), true
	case int64:
		return integer(v), true
	case float64:
		return number{float: v}, true
	case string:
		return parseNumber(v)
	default:
		return number{}, false
	}
}

// equal compares as users of rules expect: null and absent are equal, a number
// equals its text, and texts equal byte for byte.
func equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case string:
		if y, ok := b.(string); ok {
			return x == y
		}
	}
	x, ok := numberOf(a)
	if !ok {
		return false
	}
	y, ok := numberOf(b)
	return ok && x.equal(y)
}

// valueOf turns a native value into what an expression computes with. Integers
// stay exact; absent is nil.
func valueOf(r gjson.Result) any {
	switch r.Type {
	case gjson.True:
		return true
	case gjson.False:
		return false
	case gjson.String:
		return strings.Clone(r.Str)
	case gjson.Number:
		n, ok := parseNumber(r.Raw)
		if !ok {
			return strings.Clone(r.Raw)
		}
		if n.integral {
			return int(n.integer)
		}
		return n.float
	case gjson.JSON:
		if len(r.Raw) > maxDecoded {
			return strings.Clone(r.Raw)
		}
		if r.IsArray() {
			list := []any{}
			r.ForEach(func(_, v gjson.Result) bool {
				list = append(list, valueOf(v))
				return true
			})
			return list
		}
		object := map[string]any{}
		r.ForEach(func(k, v gjson.Result) bool {
			object[strings.Clone(k.Str)] = valueOf(v)
			return true
		})
		return object
	default:
		return nil
	}
}

// textOf spells a native value out for a message: texts as they are, lists
// joined by "; ", objects as "name: value".
func textOf(r gjson.Result) string {
	var b strings.Builder
	appendText(&b, r, maxTextDepth)
	return b.String()
}

func appendText(b *strings.Builder, r gjson.Result, depth int) {
	switch {
	case r.Type == gjson.Null:
	case r.Type == gjson.String:
		b.WriteString(r.Str)
	case r.Type != gjson.JSON || depth == 0 || len(r.Raw) > maxDecoded:
		b.WriteString(r.Raw)
	default:
		object, first := r.IsObject(), true
		r.ForEach(func(k, v gjson.Result) bool {
			if v.Type == gjson.Null {
				return true
			}
			if !first {
				b.WriteString("; ")
			}
			first = false
			if object {
				b.WriteString(k.Str)
				b.WriteString(": ")
			}
			appendText(b, v, depth-1)
			return true
		})
	}
}
