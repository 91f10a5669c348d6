package clientauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
)

// KeyPrefix begins every key made by [NewKey], so that secret scanners and
// people recognise one.
const KeyPrefix = "trib_"

// maxKeyLength bounds what a request may present as a key: long enough for
// any key an operator would make, short enough to be hashed without a thought.
const maxKeyLength = 256

// digest is the SHA-256 of a key.
type digest [sha256.Size]byte

// NewKey makes a client key of 256 random bits: [KeyPrefix] and 43 characters
// of base64url.
func NewKey() string {
	var b [32]byte
	// crypto/rand.Read never fails: it ends the program instead.
	_, _ = rand.Read(b[:])
	return KeyPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// HashKey returns what a configuration keeps of a key: its SHA-256 in
// hexadecimal, as `printf %s KEY | sha256sum` prints it.
func HashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// parseDigest reads a key_sha256 of a configuration. What is refused is not
// repeated in the error: it may be the key itself, put there by mistake.
func parseDigest(s string) (digest, error) {
	var d digest
	if n, err := hex.Decode(d[:], []byte(s)[:min(len(s), 2*len(d))]); err != nil || n != len(d) || len(s) != 2*len(d) {
		return digest{}, fmt.Errorf("a key_sha256 is the SHA-256 of a key as %d hexadecimal digits, not this text of %d characters", 2*len(d), len(s))
	}
	return d, nil
}

// keyState tells what a request presented as its key.
type keyState int

const (
	keyMissing keyState = iota
	keyConflict
	keyPresent
)

// presentedKey finds the client key of a request: a bearer token (RFC 6750
// section 2.1) or X-Api-Key. The same key may stand in both; different keys
// are a conflict, since no choice between them would be the caller's.
func presentedKey(h http.Header) (string, keyState) {
	var key string
	state := keyMissing
	for k := range presentedKeys(h) {
		switch {
		case k == "":
		case state == keyMissing:
			key, state = k, keyPresent
		case k != key:
			state = keyConflict
		}
	}
	return key, state
}

// presentedKeys goes through all that stands where a key belongs, empty values included.
func presentedKeys(h http.Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, v := range h["Authorization"] {
			// the scheme's name is case-insensitive, RFC 9110 section 11.1
			scheme, token, ok := strings.Cut(v, " ")
			if ok && strings.EqualFold(scheme, "Bearer") && !yield(strings.Trim(token, " ")) {
				return
			}
		}
		for _, v := range h["X-Api-Key"] {
			if !yield(strings.Trim(v, " ")) {
				return
			}
		}
	}
}

// misplaced tells where a request without a key has something that may be meant as one,
// without repeating it.
func misplaced(r *http.Request) string {
	switch {
	case slices.ContainsFunc(r.Header["Authorization"], func(v string) bool { return strings.TrimSpace(v) != "" }):
		return ": the field Authorization has no Bearer token"
	case r.Header.Get("Api-Key") != "":
		return ": the field Api-Key is not looked at"
	}
	for name := range r.URL.Query() {
		switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
		case "key", "apikey", "xapikey", "accesstoken", "token", "authorization":
			return ": the query is not looked at, since addresses get into logs"
		}
	}
	return ""
}
