package kit

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
)

// Nobody is a prefix that no client comes from (RFC 6666, discard-only): an
// allowlist of it alone refuses everyone.
var Nobody = netip.MustParsePrefix("100::/128")

// Allowed reports whether the peer of r is in one of the prefixes. An empty
// list allows every address.
func Allowed(prefixes []netip.Prefix, r *http.Request) bool {
	if len(prefixes) == 0 {
		return true
	}
	peer, ok := Peer(r)
	if !ok {
		return false
	}
	for _, p := range prefixes {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

// Peer returns the address at the other end of the connection. A platform sees
// no more than that.
func Peer(r *http.Request) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	return ap.Addr().Unmap(), true
}

// SameSecret compares two credentials without telling by its duration where
// they differ. An empty secret equals nothing.
func SameSecret(given, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}
