package idempotency

import (
	"fmt"
	"net/http"

	"go.etcd.io/bbolt"
)

// Claim is a key that a running request has taken. Exactly one of Keep, Release and
// Abandon ends it; what comes after that does nothing.
type Claim struct {
	store  *Store
	id     recordID
	record record
	ended  bool
}

// Keep remembers the answer, so that the same request gets it again. Where that
// fails, the claim is abandoned.
func (c *Claim) Keep(a Answer) error {
	return c.end("keeping an answer", func(tx *bbolt.Tx) error {
		a.Header = storable(a.Header)
		if len(a.Body) > c.store.maxBody {
			a.Body, a.Cut = nil, true
		}
		c.record.Answer = &a
		return put(tx, c.id, &c.record)
	})
}

// Release gives the key back as if it had never been used: nothing was done, and the
// same request may try again. Where that fails, the claim is abandoned.
func (c *Claim) Release() error {
	return c.end("giving a key back", func(tx *bbolt.Tx) error { return remove(tx, c.id) })
}

// Abandon ends the claim of a request of which nobody knows what it did: the key
// counts as interrupted until it expires.
func (c *Claim) Abandon() {
	if !c.ended {
		c.ended = true
		c.store.leave(c)
	}
}

func (c *Claim) end(doing string, f func(*bbolt.Tx) error) error {
	if c.ended {
		return nil
	}
	defer c.Abandon() // once the file says what to find instead
	if err := c.store.update(f); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// storable leaves out the fields that belong to one message and not to the answer.
func storable(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Content-Length", "Date", "Connection", "Transfer-Encoding"} {
		h.Del(name)
	}
	return h
}
