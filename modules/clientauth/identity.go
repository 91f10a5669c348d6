package clientauth

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
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
	reach     string
	powers    string
}

// Name returns the client's name.
func (id *Identity) Name() string { return id.name }

// Allows tells whether the client may use a platform.
func (id *Identity) Allows(platform string) bool {
	return len(id.platforms) == 0 || slices.Contains(id.platforms, platform)
}

// HasScope tells whether the client has a scope.
func (id *Identity) HasScope(s Scope) bool { return slices.Contains(id.scopes, s) }

// Reach is the same text for all clients that may use the same platforms.
func (id *Identity) Reach() string { return id.reach }

// Powers is the same text for all clients that have the same scopes.
func (id *Identity) Powers() string { return id.powers }

// SetRateFields writes the client's RateLimit and RateLimit-Policy fields, or
// nothing when it has no rate.
func (id *Identity) SetRateFields(h http.Header) {
	if id.limiter != nil {
		id.limiter.SetFields(h)
	}
}

// setOf is the same text for lists that have the same members.
func setOf(members []string) string {
	var b strings.Builder
	for _, m := range slices.Compact(slices.Sorted(slices.Values(members))) {
		b.WriteString(strconv.Quote(m))
	}
	return b.String()
}
