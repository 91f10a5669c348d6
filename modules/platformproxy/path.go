package platformproxy

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// requestPath returns the path of a request as it was written. Parsing undoes some
// escapes, and writing a parsed path again escapes what was not.
func requestPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(path, "/") {
		// another handler may have changed the URL
		if plain, err := url.PathUnescape(path); err == nil && plain == r.URL.Path {
			return path
		}
	}
	return r.URL.EscapedPath()
}

// setPath sets the escaped path of a URL so that it is sent as it is.
func setPath(u *url.URL, escaped string) error {
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return err
	}
	u.Path, u.RawPath, u.Opaque = plain, escaped, ""
	if u.EscapedPath() != escaped && !strings.HasPrefix(escaped, "//") {
		u.Opaque = escaped
	}
	return nil
}

// split takes the name of a platform from the beginning of a path: /name/rest is the
// name and /rest. The path of a platform itself is /.
func split(path string) (name, rest string) {
	name, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name, "/" + rest
}

// below returns what follows a prefix of whole segments; / for the prefix itself.
func below(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	switch {
	case !ok:
		return "", false
	case rest == "":
		return "/", true
	}
	return rest, rest[0] == '/'
}

// maxEscapes is how often a path may be escaped. Nobody needs more, and each takes
// time to undo.
const maxEscapes = 4

// climbs tells whether a path holds a dot segment in any form in which a server could
// see one: escaped, escaped twice, behind a backslash, or with a parameter. One that
// is escaped too often to tell counts as well.
func climbs(path string) bool {
	for range maxEscapes + 1 {
		for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			name, _, _ := strings.Cut(segment, ";")
			if name = strings.TrimRight(name, " \t\r\n\x00"); name == "." || name == ".." {
				return true
			}
		}
		plain := unescape(path)
		if plain == path {
			return false
		}
		path = plain
	}
	return true
}

var escaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescape undoes escapes, and leaves what is none: servers forgive it.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(digits string) string {
		plain, _ := url.PathUnescape(digits) // it is one
		return plain
	})
}

// roots turns the paths that a platform documents into those of its server. Both
// begin at the root of a host: where the configured server has another path than the
// mapping's, the one stands for the other.
type roots struct{ documented, server string }

// newRoots compares the path of the mapping's server with that of the configured one.
// A server that ends in the documented path, as behind another proxy, has all of the
// documented host below it.
func newRoots(documented, server string) roots {
	if prefix, ok := strings.CutSuffix(server, documented); ok {
		return roots{"", prefix}
	}
	return roots{documented, server}
}

// toServer returns the path of the server for a documented one. It fails for a path
// that is not below the one of the mapping's server, when that has a stand-in.
func (r roots) toServer(path string) (string, bool) {
	return replace(path, r.documented, r.server)
}

// toDocumented is the other way round.
func (r roots) toDocumented(path string) (string, bool) {
	return replace(path, r.server, r.documented)
}

func replace(path, from, to string) (string, bool) {
	if path == from {
		return to, true
	}
	rest, ok := below(path, from)
	return to + rest, ok
}
