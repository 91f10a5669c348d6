package codec

import (
	"bytes"
	"fmt"
)

// Identifier makes unified identifiers, <platform>:<native id>, of native ones.
type Identifier struct {
	// Prefix is the platform's name and a colon.
	Prefix string
}

// Read appends the unified identifier. The native one is never changed, however
// many digits it has.
func (id Identifier) Read(dst, native []byte) ([]byte, error) {
	if len(native) == 0 {
		return dst, nil
	}
	return append(append(dst, id.Prefix...), native...), nil
}

// Write appends the native identifier. One of another platform is an error.
func (id Identifier) Write(dst, unified []byte) ([]byte, error) {
	native, ok := bytes.CutPrefix(unified, []byte(id.Prefix))
	if !ok || len(native) == 0 {
		return dst, fmt.Errorf("%s is not an identifier that begins with %q", excerpt(unified), id.Prefix)
	}
	return append(dst, native...), nil
}
