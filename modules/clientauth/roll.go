package clientauth

import (
	"fmt"
	"slices"
)

// roll is what no two clients may have in common.
type roll struct {
	names  map[string]bool
	owners map[digest]string // the client's name by the digest of its key
}

func newRoll() *roll {
	return &roll{names: make(map[string]bool), owners: make(map[digest]string)}
}

// enter adds a valid client and returns the digests of its keys. A client that
// is invalid, or has the name or a key of one before it, is refused and leaves
// no trace.
func (r *roll) enter(c *Client) ([]digest, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if r.names[c.Name] {
		return nil, fmt.Errorf("%s: there is another client of this name", c.where())
	}
	sums := make([]digest, len(c.KeySHA256))
	for i, text := range c.KeySHA256 {
		sum, err := parseDigest(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.where(), err)
		}
		if slices.Contains(sums[:i], sum) {
			return nil, fmt.Errorf("%s: the same key_sha256 is given twice", c.where())
		}
		if other, ok := r.owners[sum]; ok {
			return nil, fmt.Errorf("%s: the same key_sha256 is given for client %q", c.where(), other)
		}
		sums[i] = sum
	}
	r.names[c.Name] = true
	for _, sum := range sums {
		r.owners[sum] = c.Name
	}
	return sums, nil
}
