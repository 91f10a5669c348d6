package query

import (
	"bytes"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// key is one member of an order, ready to compare.
type key struct {
	member     string
	kind       surface.Type
	descending bool
}

// compareTokens compares two JSON tokens of a member as the surface orders them: null
// last, whichever the direction, then by kind.
func compareTokens(a, b []byte, k key) int {
	aNull, bNull := isNull(a), isNull(b)
	switch {
	case aNull && bNull:
		return 0
	case aNull:
		return 1
	case bNull:
		return -1
	}
	var c int
	switch k.kind {
	case surface.Integer, surface.Number:
		c = codec.CompareDecimals(a, b)
	case surface.Decimal:
		c = codec.CompareDecimals(unquote(a), unquote(b))
	case surface.Money:
		c = codec.CompareDecimals(moneyValue(a), moneyValue(b))
	case surface.Instant:
		c = codec.CompareInstants(unquote(a), unquote(b))
	case surface.Text:
		if a[0] == '{' && b[0] == '{' { // the currency of an amount
			a, b = moneyCurrency(a), moneyCurrency(b)
		}
		c = bytes.Compare(plainText(a), plainText(b))
	default:
		c = bytes.Compare(plainText(a), plainText(b))
	}
	if k.descending {
		return -c
	}
	return c
}

func isNull(token []byte) bool { return len(token) == 0 || token[0] == 'n' }

// unquote cuts the quotes off a JSON string; escapes stay.
func unquote(token []byte) []byte {
	if len(token) >= 2 && token[0] == '"' {
		return token[1 : len(token)-1]
	}
	return token
}

// moneyValue cuts the amount out of a money object, which is always written as
// {"value":"12.30","currency":"EUR"}.
func moneyValue(token []byte) []byte {
	const head = `{"value":"`
	if !bytes.HasPrefix(token, []byte(head)) {
		return unquote(token)
	}
	rest := token[len(head):]
	if before, _, ok := bytes.Cut(rest, []byte{'"'}); ok {
		return before
	}
	return rest
}

// moneyCurrency cuts the currency out of a money object; nil when it has none.
func moneyCurrency(token []byte) []byte {
	const head = `"currency":"`
	_, after, ok := bytes.Cut(token, []byte(head))
	if !ok {
		return nil
	}
	rest := after
	if before, _, ok := bytes.Cut(rest, []byte{'"'}); ok {
		return before
	}
	return nil
}
