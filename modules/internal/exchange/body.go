package exchange

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

const (
	firstBuffer  = 16 << 10
	maxAnnounced = 8 << 20
	// maxPooled is the size from which a buffer is left to the garbage
	// collector: one huge page must not stay in memory for small objects.
	maxPooled = 16 << 20
)

// buffer holds a body. Buffers are pooled, since a page of rows is megabytes.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, firstBuffer)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) release() {
	if b == nil || cap(b.bytes) > maxPooled {
		return
	}
	b.bytes = b.bytes[:0]
	buffers.Put(b)
}

// tooLargeError tells that a body went over the limit, after decompression.
type tooLargeError struct{ limit int64 }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("reading body: more than %d bytes", e.limit)
}

// encodingError tells that a body cannot be decompressed.
type encodingError struct {
	encoding string
	err      error
}

func (e *encodingError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("reading body: unknown content encoding %q", e.encoding)
	}
	return fmt.Sprintf("reading body: content encoding %q: %v", e.encoding, e.err)
}

func (e *encodingError) Unwrap() error { return e.err }

// readBody reads a body whole, decompressed, up to limit bytes. The buffer is
// the caller's to release, unless there is an error.
func readBody(resp *http.Response, limit int64) (*buffer, error) {
	if resp.Body == nil || resp.Body == http.NoBody {
		return newBuffer(), nil
	}
	hint := resp.ContentLength
	var source io.Reader = resp.Body
	var unzip *unzipper
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip = unzippers.Get().(*unzipper)
		defer unzip.release()
		var err error
		if source, err = unzip.open(resp.Body); err != nil {
			return nil, err
		}
		hint = -1
	default:
		return nil, &encodingError{encoding: encoding}
	}
	b := newBuffer()
	if err := b.readAll(source, limit, hint); err != nil {
		b.release()
		if unzip != nil && isCorrupt(err) {
			err = &encodingError{"gzip", err}
		}
		return nil, err
	}
	return b, nil
}

func (b *buffer) readAll(r io.Reader, limit, hint int64) error {
	if hint > limit {
		return &tooLargeError{limit}
	}
	// one byte more than announced, so that the end is met without growing; but
	// an announcement alone must not take much memory
	if need := int(min(hint, maxAnnounced)) + 1; need > cap(b.bytes) {
		b.bytes = make([]byte, 0, need)
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
			b.bytes = append(b.bytes, 0)[:len(b.bytes)]
		}
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		if int64(len(b.bytes)) > limit {
			return &tooLargeError{limit}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unzipper decompresses gzip; its windows are worth keeping.
type unzipper struct {
	buffered *bufio.Reader
	zip      gzip.Reader
}

var unzippers = sync.Pool{New: func() any { return &unzipper{buffered: bufio.NewReader(nil)} }}

func (u *unzipper) release() {
	u.buffered.Reset(nil)
	unzippers.Put(u)
}

// open returns a reader of the decompressed body. A transport that has
// decompressed the body but kept the header is forgiven: JSON never starts
// with gzip's magic number.
func (u *unzipper) open(body io.Reader) (io.Reader, error) {
	u.buffered.Reset(body)
	magic, err := u.buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return u.buffered, nil
	}
	if err := u.zip.Reset(u.buffered); err != nil {
		if isCorrupt(err) {
			err = &encodingError{"gzip", err}
		}
		return nil, err
	}
	return &u.zip, nil
}

// isCorrupt tells a compressed stream's own faults from those of the connection.
func isCorrupt(err error) bool {
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(flate.CorruptInputError))
}
