package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/mappings"
)

// scopes makes names of everything that decides what an account's answers are. They are
// the same after a restart, since their key is made of the secret in the data directory,
// and say nothing to whoever does not know it.
type scopes struct{ key []byte }

func newScopes(secret []byte) scopes {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("tributary: scopes of kept answers"))
	return scopes{h.Sum(nil)}
}

// account returns the scope of an account: what was read with one credential, by one
// mapping, from one server, is never the answer for another. mapping is the digest of
// the mapping's text. What changes only how the platform is called, such as its rate,
// does not count.
func (s scopes) account(p *platform, mapping [sha256.Size]byte, credentials map[string]string) string {
	h := s.begin("account")
	h.add(surfaceDigest[:]...)
	h.texts(p.config.Name, p.plan.Mapping)
	h.add(mapping[:]...)
	h.texts(p.plan.Server.String(), p.plan.Zone.String(), p.plan.Currency)
	h.pairs(p.config.Options)
	h.pairs(credentials)
	return h.sum()
}

// surfaceDigest is that of the unified API: a gateway that has another gives other rows.
var surfaceDigest = sha256.Sum256(mappings.Surface)

// engine returns what tells apart the engines of clients with accounts of their own, by
// the client's name, from that of all others, which is empty. What is ready to be sent has
// the end of its life from the settings by which it was made, so that these count too;
// rows of reports are looked at by the present ones.
func (s scopes) engine(client string, accounts []account, kept *Cache) string {
	h := s.begin("engine")
	h.texts(client)
	h.add(kept.lives()...)
	for _, acc := range accounts {
		h.texts(acc.config.Name, acc.Scope)
	}
	return h.sum()
}

// members is a digest of texts, each with its length before it.
type members struct{ hash.Hash }

func (s scopes) begin(kind string) members {
	h := members{hmac.New(sha256.New, s.key)}
	h.texts(kind)
	return h
}

func (m members) add(b ...byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	m.Write(n[:])
	m.Write(b)
}

func (m members) texts(texts ...string) {
	for _, t := range texts {
		m.add([]byte(t)...)
	}
}

func (m members) pairs(values map[string]string) {
	m.add(byte(len(values)), byte(len(values)>>8))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		m.texts(name, values[name])
	}
}

func (m members) sum() string { return base64.RawURLEncoding.EncodeToString(m.Sum(nil)) }
