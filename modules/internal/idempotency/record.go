package idempotency

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"go.etcd.io/bbolt"
)

// Fingerprint tells requests apart: the same for two that mean the same.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of texts, which depends on where one ends
// and the next begins.
func FingerprintOf(texts ...string) Fingerprint {
	h := sha256.New()
	for _, text := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return Fingerprint(h.Sum(nil))
}

// Answer is what a request was answered with.
type Answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	// Cut tells that the body was too large to be kept; it is nil then.
	Cut bool `json:"cut,omitempty"`
}

// record is what is kept under one key.
type record struct {
	Client  []byte `json:"client"`  // fingerprint of its name
	Request []byte `json:"request"` // fingerprint
	Expires int64  `json:"expires"` // Unix time in nanoseconds
	// Answer is nil until the request has ended.
	Answer *Answer `json:"answer,omitempty"`
}

// recordID is what a record is kept under: a client's key, hashed.
type recordID [sha256.Size]byte

var (
	records = []byte("records")  // by id
	expiry  = []byte("expiries") // of every record its size and client, by its time, then its id
	sizes   = []byte("sizes")    // of all records of a client, by its fingerprint
)

// get returns the record of an id; nil without one, or when its time is up.
func get(tx *bbolt.Tx, id recordID, now time.Time) (*record, error) {
	text := tx.Bucket(records).Get(id[:])
	if text == nil {
		return nil, nil
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("reading what is kept under a key: %w", err)
	}
	if r.Expires <= now.UnixNano() {
		return nil, nil
	}
	return r, nil
}

// put keeps a record in place of what was there.
func put(tx *bbolt.Tx, id recordID, r *record) error {
	if err := remove(tx, id); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding what is kept under a key: %w", err)
	}
	if err := tx.Bucket(records).Put(id[:], text); err != nil {
		return err
	}
	size := binary.BigEndian.AppendUint64(nil, uint64(len(text)))
	if err := tx.Bucket(expiry).Put(expiryOf(r, id), append(size, r.Client...)); err != nil {
		return err
	}
	return grow(tx, r.Client, int64(len(text)))
}

// remove forgets what is kept under an id, if anything is.
func remove(tx *bbolt.Tx, id recordID) error {
	text := tx.Bucket(records).Get(id[:])
	if text == nil {
		return nil
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return fmt.Errorf("reading what is kept under a key: %w", err)
	}
	return drop(tx, expiryOf(r, id))
}

// drop forgets the record that stands among the expiries under a key.
func drop(tx *bbolt.Tx, key []byte) error {
	if entry := tx.Bucket(expiry).Get(key); len(entry) >= sizeLength {
		size := int64(binary.BigEndian.Uint64(entry))
		if err := grow(tx, bytes.Clone(entry[sizeLength:]), -size); err != nil {
			return err
		}
	}
	if err := tx.Bucket(expiry).Delete(key); err != nil {
		return err
	}
	return tx.Bucket(records).Delete(key[timeLength:])
}

// The lengths of a size and of a time, in bytes.
const sizeLength, timeLength = 8, 8

// sizeOf returns the bytes of all records of a client.
func sizeOf(tx *bbolt.Tx, client []byte) int64 {
	size := tx.Bucket(sizes).Get(client)
	if len(size) != sizeLength {
		return 0
	}
	return int64(binary.BigEndian.Uint64(size))
}

// grow adds to the bytes of a client.
func grow(tx *bbolt.Tx, client []byte, by int64) error {
	size := sizeOf(tx, client) + by
	if size <= 0 {
		return tx.Bucket(sizes).Delete(client)
	}
	return tx.Bucket(sizes).Put(client, binary.BigEndian.AppendUint64(nil, uint64(size)))
}

// sweep forgets records whose time is up, at most so many that it takes no time.
func sweep(tx *bbolt.Tx, now time.Time) error {
	const most = 64
	end := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	var gone [][]byte
	cursor := tx.Bucket(expiry).Cursor()
	for key, _ := cursor.First(); key != nil && len(gone) < most && bytes.Compare(key[:len(end)], end) <= 0; key, _ = cursor.Next() {
		gone = append(gone, bytes.Clone(key))
	}
	for _, key := range gone {
		if err := drop(tx, key); err != nil {
			return err
		}
	}
	return nil
}

func expiryOf(r *record, id recordID) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(r.Expires)), id[:]...)
}
