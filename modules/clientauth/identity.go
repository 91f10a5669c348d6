package clientauth

import (
	"net/http"
	"net/netip"
	"slices"
)

// Identity is a client that was recognised: what a request may do. It is
// shared by all requests of the client and never changes.
type Identity struct {
	name      string
	platforms []string
	scopes    []Scope
	native    []nativeRule
	ranges    []netip.Prefix
	limiter   *Limiter
}

// Name returns the client's name.
func (id *Identity) Name() string { return id.name }

// Allows tells whether the client may use a platform.
func (id *Identity) Allows(platform string) bool {
	return len(id.platforms) == 0 || slices.Contains(id.platforms, platform)
}

// HasScope tells whether the client has a scope.
func (id *Identity) HasScope(s Scope) bool { return slices.Contains(id.scopes, s) }

// SetRateFields writes the client's RateLimit and RateLimit-Policy fields, or
// nothing when it has no rate.
func (id *Identity) SetRateFields(h http.Header) {
	if id.limiter != nil {
		id.limiter.SetFields(h)
	}
}
