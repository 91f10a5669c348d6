package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

// A value lies in the store with all that is known about it, so that what is read can be told from
// what somebody else wrote, an older gateway wrote, or a disk made of it:
//
//	version    1 byte
//	checksum   8 bytes: xxHash64 of all that follows
//	key        32 bytes
//	made       8 bytes of seconds since 1970, 4 bytes of nanoseconds
//	expires    the same
//	from, to   4 bytes each
//	platform   its length as a varint, its bytes
//	operation  the same
//	value      the rest
//
// Numbers are little-endian.
const (
	envelopeVersion = 1
	envelopeHead    = 1 + 8
	timeSize        = 8 + 4
	envelopeFixed   = envelopeHead + len(Key{}) + 2*timeSize + 2*4
)

var (
	errVersion  = errors.New("the record has another version")
	errChecksum = errors.New("the record is damaged")
	errForm     = errors.New("the record does not have the form of its version")
	errOtherKey = errors.New("the record belongs to another key")
)

// seal makes of an entry what lies in the store.
func seal(e *Entry) []byte {
	size := envelopeFixed + 2*binary.MaxVarintLen64 + len(e.Labels.Platform) + len(e.Labels.Operation) + len(e.Value)
	b := make([]byte, envelopeHead, size)
	b[0] = envelopeVersion
	b = append(b, e.Key[:]...)
	b = appendTime(b, e.Made)
	b = appendTime(b, e.Expires)
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Labels.From))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Labels.To))
	for _, s := range []string{e.Labels.Platform, e.Labels.Operation} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, e.Value...)
	binary.LittleEndian.PutUint64(b[1:], xxhash.Sum64(b[envelopeHead:]))
	return b
}

// unseal returns the entry of a key in what was read from the store. The value is a part of b.
func unseal(b []byte, key Key) (*Entry, error) {
	switch {
	case len(b) == 0 || b[0] != envelopeVersion:
		return nil, errVersion
	case len(b) < envelopeFixed:
		return nil, errForm
	case binary.LittleEndian.Uint64(b[1:]) != xxhash.Sum64(b[envelopeHead:]):
		return nil, errChecksum
	}
	b = b[envelopeHead:]
	if Key(b[:len(key)]) != key {
		return nil, errOtherKey
	}
	b = b[len(key):]
	e := &Entry{Key: key, Made: timeOf([timeSize]byte(b)), Expires: timeOf([timeSize]byte(b[timeSize:]))}
	b = b[2*timeSize:]
	e.Labels.From = int32(binary.LittleEndian.Uint32(b))
	e.Labels.To = int32(binary.LittleEndian.Uint32(b[4:]))
	b = b[8:]
	for _, s := range []*string{&e.Labels.Platform, &e.Labels.Operation} {
		n, width := binary.Uvarint(b)
		if width <= 0 || n > uint64(len(b)-width) {
			return nil, fmt.Errorf("reading the labels: %w", errForm)
		}
		*s, b = string(b[width:width+int(n)]), b[width+int(n):]
	}
	e.Value = slices.Clip(b)
	return e, nil
}

func appendTime(b []byte, t time.Time) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(t.Unix()))
	return binary.LittleEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

func timeOf(b [timeSize]byte) time.Time {
	return time.Unix(int64(binary.LittleEndian.Uint64(b[:8])), int64(binary.LittleEndian.Uint32(b[8:]))).UTC()
}
