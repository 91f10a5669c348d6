package platformproxy

import (
	"net/url"
	"strings"
)

// ownURL turns a URL that the platform names into the gateway's own. What leads
// elsewhere stays, without the gateway's credentials; relative ones stay relative.
// query is the client's own, with its key: where the platform repeats the credential
// that stood in its place, the client gets back what it sent.
func (c *call) ownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	rest := text
	switch {
	case u.Host == "" && u.Scheme != "":
		return text // no address: mailto:, data:
	case u.Host != "":
		at := strings.Index(text, "//") + 2
		if end := strings.IndexAny(text[at:], "/?#"); end >= 0 {
			rest = text[at+end:]
		} else {
			rest = ""
		}
		if !sameHost(u, c.native.Server) {
			return text[:len(text)-len(rest)] + c.cleanQuery(rest, "")
		}
	case !strings.HasPrefix(text, "/"):
		return c.cleanQuery(text, c.r.URL.RawQuery)
	}
	end := strings.IndexAny(rest, "?#")
	if end < 0 {
		end = len(rest)
	}
	path, ok := c.platform.roots.toDocumented("/" + strings.TrimPrefix(rest[:end], "/"))
	if !ok {
		// the same host, but nothing that the gateway leads to
		s := c.native.Server
		return s.Scheme + "://" + s.Host + c.cleanQuery(rest, "")
	}
	path = c.base + path
	if strings.HasPrefix(path, "//") {
		path = "/." + path // or the first segment would be a host
	}
	return path + c.cleanQuery(rest[end:], c.r.URL.RawQuery)
}

// cleanQuery takes the gateway's credentials out of the query of a URL.
func (c *call) cleanQuery(text, own string) string {
	before, rest, ok := strings.Cut(text, "?")
	if !ok {
		return text
	}
	query, fragment, fragmented := strings.Cut(rest, "#")
	cleaned := c.native.Caller.CleanQuery(query, own)
	if cleaned != "" || query == "" {
		before += "?" + cleaned
	}
	if fragmented {
		before += "#" + fragment
	}
	return before
}

// sameHost tells whether a URL leads to the platform. A platform that wants TLS sends
// from one default port to the other.
func sameHost(u, server *url.URL) bool {
	if !strings.EqualFold(u.Hostname(), server.Hostname()) {
		return false
	}
	port, scheme := u.Port(), strings.ToLower(u.Scheme)
	if scheme == "" {
		scheme = server.Scheme
	}
	if scheme != "http" && scheme != "https" {
		return false
	}
	return portOf(port, scheme) == portOf(server.Port(), server.Scheme) ||
		isDefault(port, scheme) && isDefault(server.Port(), server.Scheme)
}

func portOf(port, scheme string) string {
	switch {
	case port != "":
		return port
	case scheme == "https":
		return "443"
	}
	return "80"
}

func isDefault(port, scheme string) bool { return portOf(port, scheme) == portOf("", scheme) }
