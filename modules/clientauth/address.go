package clientauth

import (
	"fmt"
	"net/netip"
)

// PrivateRanges is the word that stands for all private and loopback ranges,
// as in Caddy's own matchers.
const PrivateRanges = "private_ranges"

// privatePrefixes are the ranges of RFC 1918, RFC 4193 and the loopback: the
// same as Caddy's `private_ranges`.
var privatePrefixes = []netip.Prefix{
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fd00::/8"),
	netip.MustParsePrefix("::1/128"),
}

// parseRanges reads an allowlist: addresses, CIDR ranges and [PrivateRanges].
func parseRanges(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		if text == PrivateRanges {
			out = append(out, privatePrefixes...)
			continue
		}
		p, err := parseRange(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = canonical(addr)
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address, nor a CIDR range, nor %s", text, PrivateRanges)
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("the range %q has bits set after its prefix; did you mean %s?", text, p.Masked())
	}
	return p, nil
}

// canonical strips what does not matter for an allowlist: the IPv6 form of an
// IPv4 address, and the zone of a link-local one.
func canonical(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func contains(ranges []netip.Prefix, a netip.Addr) bool {
	a = canonical(a)
	for _, p := range ranges {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
