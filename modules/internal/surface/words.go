package surface

import "strings"

// list joins words for a message.
func list(words []string) string { return strings.Join(words, ", ") }
