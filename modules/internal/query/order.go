package query

import (
	"bytes"

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
		c = compareDecimals(a, b)
	case surface.Decimal:
		c = compareDecimals(unquote(a), unquote(b))
	case surface.Money:
		c = compareDecimals(moneyValue(a), moneyValue(b))
	case surface.Instant:
		c = compareInstants(unquote(a), unquote(b))
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
	if i := bytes.IndexByte(rest, '"'); i >= 0 {
		return rest[:i]
	}
	return rest
}

// moneyCurrency cuts the currency out of a money object; nil when it has none.
func moneyCurrency(token []byte) []byte {
	const head = `"currency":"`
	i := bytes.Index(token, []byte(head))
	if i < 0 {
		return nil
	}
	rest := token[i+len(head):]
	if i := bytes.IndexByte(rest, '"'); i >= 0 {
		return rest[:i]
	}
	return nil
}

// compareInstants compares RFC 3339 times in UTC. Without the Z that ends them, a
// fraction sorts after none, as text.
func compareInstants(a, b []byte) int {
	return bytes.Compare(bytes.TrimSuffix(a, []byte("Z")), bytes.TrimSuffix(b, []byte("Z")))
}

// compareDecimals compares decimal texts without exponent, exactly and of any length.
func compareDecimals(a, b []byte) int {
	aNeg, a := cutSign(a)
	bNeg, b := cutSign(b)
	aWhole, aFraction := cutPoint(a)
	bWhole, bFraction := cutPoint(b)
	aZero := len(aWhole) == 0 && len(aFraction) == 0
	bZero := len(bWhole) == 0 && len(bFraction) == 0
	if aZero {
		aNeg = false
	}
	if bZero {
		bNeg = false
	}
	switch {
	case aNeg && !bNeg:
		return -1
	case bNeg && !aNeg:
		return 1
	}
	c := len(aWhole) - len(bWhole)
	if c == 0 {
		c = bytes.Compare(aWhole, bWhole)
	}
	if c == 0 {
		c = bytes.Compare(aFraction, bFraction)
	}
	if aNeg {
		c = -c
	}
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

func cutSign(s []byte) (negative bool, rest []byte) {
	if len(s) > 0 && s[0] == '-' {
		return true, s[1:]
	}
	return false, s
}

// cutPoint splits a decimal into its digits before and after the point, without the
// zeros that do not count.
func cutPoint(s []byte) (whole, fraction []byte) {
	whole = s
	if i := bytes.IndexByte(s, '.'); i >= 0 {
		whole, fraction = s[:i], bytes.TrimRight(s[i+1:], "0")
	}
	return bytes.TrimLeft(whole, "0"), fraction
}
