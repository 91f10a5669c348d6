package ready

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is the smallest body, in bytes, that is compressed: below it the frame
// takes what is saved, and it is sent in one packet in any case.
const minCompressed = 512

var writers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// compress returns the gzip form of a body; nil where that is not smaller.
func compress(plain []byte) []byte {
	if len(plain) < minCompressed {
		return nil
	}
	var b bytes.Buffer
	b.Grow(len(plain) / 6)
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&b)
	// a buffer does not fail
	_, _ = w.Write(plain)
	_ = w.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return bytes.Clone(b.Bytes())
}
