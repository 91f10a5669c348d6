package codec

import (
	"bytes"
	"cmp"
)

// CompareInstants compares RFC 3339 times in UTC. Without the Z that ends them, a
// fraction sorts after none, as text.
func CompareInstants(a, b []byte) int {
	return bytes.Compare(bytes.TrimSuffix(a, []byte("Z")), bytes.TrimSuffix(b, []byte("Z")))
}

// CompareDecimals compares decimal texts without exponent, exactly and of any length.
func CompareDecimals(a, b []byte) int {
	aNegative, a := cutSign(a)
	bNegative, b := cutSign(b)
	aWhole, aFraction := cutPoint(a)
	bWhole, bFraction := cutPoint(b)
	// zero has no sign
	aNegative = aNegative && len(aWhole)+len(aFraction) > 0
	bNegative = bNegative && len(bWhole)+len(bFraction) > 0
	switch {
	case aNegative && !bNegative:
		return -1
	case bNegative && !aNegative:
		return 1
	case aNegative:
		return compareDigits(bWhole, bFraction, aWhole, aFraction)
	}
	return compareDigits(aWhole, aFraction, bWhole, bFraction)
}

func compareDigits(aWhole, aFraction, bWhole, bFraction []byte) int {
	if c := cmp.Compare(len(aWhole), len(bWhole)); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(aWhole, bWhole), bytes.Compare(aFraction, bFraction))
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
	whole, fraction, _ = bytes.Cut(s, []byte{'.'})
	return bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
}
