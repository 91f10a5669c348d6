package clientauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// NativeRule allows requests in the dialect of a platform.
type NativeRule struct {
	// Name of the platform; `*` stands for each that the client may use.
	Platform string `json:"platform"`

	// Methods, in capitals. `GET` includes `HEAD`. Default: any.
	Methods []string `json:"methods,omitempty"`

	// Paths as the platform documents them, from the root of its host, without
	// percent-encoding: `/externalclient/transaction`. A segment that is `*`
	// stands for any one segment, and `/*` at the end for all that is below. Letter
	// case matters. Default: any.
	Paths []string `json:"paths,omitempty"`
}

// anything stands for every platform, method, or segment of a path.
const anything = "*"

// nativeRule is a rule that has been checked.
type nativeRule struct {
	platform string
	methods  []string
	paths    [][]string // segments
}

var methodPattern = regexp.MustCompile(`^[A-Z]+$`)

// ParseNativeRule reads a rule as the Caddyfile and the command line have it:
// the platform, then methods joined by commas, then paths.
func ParseNativeRule(words []string) (NativeRule, error) {
	if len(words) == 0 {
		return NativeRule{}, errors.New("a native rule begins with the name of a platform, or with *")
	}
	r := NativeRule{Platform: words[0]}
	if len(words) > 1 && words[1] != anything {
		r.Methods = strings.Split(words[1], ",")
	}
	if len(words) > 2 {
		r.Paths = words[2:]
	}
	_, err := r.compile()
	return r, err
}

// String returns the rule as the command line writes it.
func (r NativeRule) String() string {
	words := []string{r.Platform}
	switch {
	case len(r.Methods) > 0:
		words = append(words, strings.Join(r.Methods, ","))
	case len(r.Paths) > 0:
		words = append(words, anything)
	}
	return strings.Join(append(words, r.Paths...), " ")
}

func (r NativeRule) compile() (nativeRule, error) {
	c := nativeRule{platform: r.Platform}
	if r.Platform == "" {
		return c, errors.New("a native rule needs the name of a platform, or *")
	}
	for _, m := range r.Methods {
		if !methodPattern.MatchString(m) {
			return c, fmt.Errorf("a native rule for %s has the method %q; methods are in capitals, such as GET, and joined by commas", r.Platform, m)
		}
		c.methods = append(c.methods, m)
		if m == http.MethodGet {
			c.methods = append(c.methods, http.MethodHead)
		}
	}
	for _, p := range r.Paths {
		segments, err := patternSegments(p)
		if err != nil {
			return c, fmt.Errorf("a native rule for %s has the path %q: %w", r.Platform, p, err)
		}
		c.paths = append(c.paths, segments)
	}
	return c, nil
}

// patternSegments splits the path of a rule. What no request could match, or what
// reads like something it does not mean, is refused.
func patternSegments(path string) ([]string, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("it has to begin with a slash")
	}
	if strings.ContainsAny(path, "%?#\\") {
		return nil, errors.New("it is written without percent-encoding, backslashes and a query")
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		switch {
		case s == "" && i < len(segments)-1:
			return nil, errors.New("it has an empty segment")
		case s == "." || s == "..":
			return nil, errors.New("it has a dot segment")
		case strings.Contains(s, anything) && s != anything:
			return nil, errors.New("a * stands for a whole segment, or at the end for all that is below")
		}
	}
	return segments, nil
}

// validateNative refuses rules that could never let anything through.
func (c *Client) validateNative() error {
	for _, r := range c.Native {
		if _, err := r.compile(); err != nil {
			return err
		}
		if r.Platform != anything && len(c.Platforms) > 0 && !slices.Contains(c.Platforms, r.Platform) {
			return fmt.Errorf("a native rule is for the platform %s, which is not among the client's platforms", r.Platform)
		}
	}
	if len(c.Native) > 0 && !slices.Contains(c.Scopes, ScopeNative) {
		return errors.New("native rules have no effect without the scope native")
	}
	return nil
}

// HasNativeRules tells whether the client is confined to some native requests.
func (id *Identity) HasNativeRules() bool { return len(id.native) > 0 }

// AllowsNative tells whether the client's rules let a request through. The path is
// as the platform documents it, from the root of its host, and still escaped. A
// client without rules may send any.
//
// Platforms differ in how they read what is not plain: a path with an escaped
// slash, an empty segment, or what is escaped twice, matches no rule.
func (id *Identity) AllowsNative(platform, method, path string) bool {
	if len(id.native) == 0 {
		return true
	}
	var segments []string
	plain := false
	for i := range id.native {
		r := &id.native[i]
		if r.platform != anything && r.platform != platform || len(r.methods) > 0 && !slices.Contains(r.methods, method) {
			continue
		}
		if len(r.paths) == 0 {
			return true
		}
		if segments == nil {
			segments, plain = pathSegments(path)
		}
		if plain && slices.ContainsFunc(r.paths, func(pattern []string) bool { return matchSegments(pattern, segments) }) {
			return true
		}
	}
	return false
}

// pathSegments unescapes the segments of a path, each on its own. It fails where a
// platform could see other segments than these.
func pathSegments(path string) ([]string, bool) {
	rest, ok := strings.CutPrefix(path, "/")
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		name, _, _ := strings.Cut(plain, ";") // what follows is a parameter of the segment to some servers
		if err != nil || s == "" && i < len(segments)-1 || name == "." || name == ".." ||
			strings.ContainsAny(plain, "/\\%") || strings.ContainsFunc(plain, isControl) {
			return segments, false
		}
		segments[i] = plain
	}
	return segments, ok
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func matchSegments(pattern, segments []string) bool {
	for i, p := range pattern {
		if i >= len(segments) {
			return false
		}
		if p == anything && i == len(pattern)-1 {
			return true
		}
		if p == anything && segments[i] != "" {
			continue
		}
		if p != segments[i] {
			return false
		}
	}
	return len(pattern) == len(segments)
}

// unmarshalNative reads a rule from Caddyfile tokens:
//
//	native <platform|*> [<methods|*> [<paths...>]]
func (c *Client) unmarshalNative(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) == 0 {
		return d.ArgErr()
	}
	r, err := ParseNativeRule(args)
	if err != nil {
		return d.WrapErr(err)
	}
	if slices.ContainsFunc(c.Native, func(other NativeRule) bool { return other.String() == r.String() }) {
		return d.Errf("native already specified: %s", r)
	}
	c.Native = append(c.Native, r)
	return nil
}
