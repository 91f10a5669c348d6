package ready

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Tag makes a weak entity tag of the parts of a body that tell it from another. Where
// one part ends and the next begins counts.
func Tag(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	return `W/"` + hex.EncodeToString(h.Sum(nil)[:16]) + `"`
}

// Matches tells whether the lines of If-None-Match name an entity tag, by the weak
// comparison (RFC 9110, sections 13.1.2 and 8.8.3.2). What follows something malformed
// is not looked at.
func Matches(lines []string, tag string) bool {
	want := strings.TrimPrefix(tag, "W/")
	for _, line := range lines {
		rest := strings.TrimLeft(line, " \t,")
		if strings.TrimRight(rest, " \t") == "*" {
			return true
		}
		for rest != "" {
			rest = strings.TrimPrefix(rest, "W/")
			if rest == "" || rest[0] != '"' {
				break
			}
			end := strings.IndexByte(rest[1:], '"') + 2
			if end < 2 {
				break
			}
			if rest[:end] == want {
				return true
			}
			next := strings.TrimLeft(rest[end:], " \t")
			if next != "" && next[0] != ',' {
				break
			}
			rest = strings.TrimLeft(next, " \t,")
		}
	}
	return false
}
