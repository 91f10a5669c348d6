package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

// shared holds what outlives a configuration as long as the next one uses it
// too, each thing under a key of what it belongs to.
var shared = caddy.NewUsagePool()

// stateKey is what the state of a platform belongs to: another server or other
// credentials have another health.
type stateKey struct {
	platform, server string
	credentials      digest
}

// limiterKey is what a client's bucket belongs to: a client whose rate was
// changed begins with a full one.
type limiterKey struct {
	client string
	rate   clientauth.Rate
}

// lease is what one configuration has borrowed from the pool, to be given back
// exactly as often.
type lease struct {
	keys []any
}

// pooled makes any value one that a pool can hold. A value that can be closed is
// closed when nobody uses it any more.
type pooled[T any] struct{ value T }

func (p pooled[T]) Destruct() error {
	if c, ok := any(p.value).(interface{ Close() }); ok {
		c.Close()
	}
	return nil
}

// borrow returns the pool's value of a key, made by create where there is none.
// The only error is that of create.
func borrow[T any](l *lease, key any, create func() (T, error)) (T, error) {
	v, _, err := shared.LoadOrNew(key, func() (caddy.Destructor, error) {
		value, err := create()
		return pooled[T]{value}, err
	})
	if err != nil {
		var none T
		return none, err
	}
	l.keys = append(l.keys, key)
	return v.(pooled[T]).value, nil
}

// release gives everything back, what was borrowed last first, since it may use what was
// borrowed before it; a second time there is nothing left to give.
func (l *lease) release() {
	for _, key := range slices.Backward(l.keys) {
		// the only error is that of Destruct, which has none
		_, _ = shared.Delete(key)
	}
	l.keys = nil
}

// digest tells texts apart without keeping them.
type digest [sha256.Size]byte

// digestKey makes digests, of credentials above all, useless outside this process.
var digestKey = func() []byte {
	b := make([]byte, sha256.Size)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}()

// digestOf returns the digest of texts, which depends on where one ends and the
// next begins.
func digestOf(texts ...string) (d digest) {
	h := hmac.New(sha256.New, digestKey)
	for _, s := range texts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	h.Sum(d[:0])
	return d
}

// digestOfCredentials returns the digest of a set of credentials.
func digestOfCredentials(credentials map[string]string) digest {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(credentials)) {
		texts = append(texts, name, credentials[name])
	}
	return digestOf(texts...)
}
