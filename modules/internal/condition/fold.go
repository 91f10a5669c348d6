package condition

import (
	"strings"
	"unicode"
)

// Fold makes texts equal that differ in letter case only, by Unicode's simple folding:
// every letter becomes the smallest of those that are the same one.
func Fold(s string) string {
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
