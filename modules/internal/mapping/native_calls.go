package mapping

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// NativeCalls tells which requests in the platform's own dialect only read. Methods
// say so by themselves but for two kinds of calls that the mapping knows better: reads
// with a body, which are sent by POST, and changes that are made by GET.
type NativeCalls struct {
	reads, changes []nativeRoute
}

// nativeRoute is a method and the segments of a path as the platform documents it,
// unescaped; [anySegment] stands for any one that is not empty.
type nativeRoute struct {
	method   string
	segments []string
}

const anySegment = "*"

// NativeCalls returns what the mapping knows of native requests, whatever options are set.
func (p *Platform) NativeCalls() *NativeCalls {
	n := new(NativeCalls)
	for id, op := range p.mapping.Operations {
		so := p.surface.Operation(id)
		for _, c := range op.Calls {
			if so.Kind.Writes() {
				n.changes = append(n.changes, p.nativeRoutes(c)...)
			} else {
				n.reads = append(n.reads, p.nativeRoutes(c)...)
			}
		}
	}
	for _, r := range p.mapping.Reports {
		if r.Call != nil {
			n.reads = append(n.reads, p.nativeRoutes(r.Call)...)
		}
	}
	if s := p.Session; s != nil && s.Login != nil {
		n.reads = append(n.reads, p.nativeRoutes(&Call{Method: s.Login.Method, Path: s.Login.Path})...)
	}
	return n
}

// nativeRoutes are all spellings of a call.
func (p *Platform) nativeRoutes(c *Call) []nativeRoute {
	var out []nativeRoute
	for _, r := range append([]Route{{Method: c.Method, Path: c.Path}}, c.Else...) {
		for _, text := range p.spelled(r.Method + " " + r.Path) {
			method, path, _ := strings.Cut(text, " ")
			segments := strings.Split(p.NativePath()+path, "/")
			for i, s := range segments {
				if t := compileTemplate(s); len(t.holes()) > 0 {
					segments[i] = anySegment // whatever stands beside it
				} else if plain, err := url.PathUnescape(s); err == nil {
					segments[i] = plain
				}
			}
			out = append(out, nativeRoute{method, segments})
		}
	}
	return out
}

// spelled fills the spellings in a text in every way.
func (p *Platform) spelled(text string) []string {
	for _, name := range keys(p.spellings) {
		hole := "{" + name + "}"
		if !strings.Contains(text, hole) {
			continue
		}
		var out []string
		for _, choice := range p.spellings[name].Choices {
			out = append(out, p.spelled(strings.ReplaceAll(text, hole, choice))...)
		}
		return out
	}
	return []string{text}
}

// Changes tells whether a native request may change something at the platform. The path
// is as the platform documents it, from the root of its host, and escaped. What is in
// doubt may.
func (n *NativeCalls) Changes(method, path string) bool {
	segments := strings.Split(path, "/")
	plain := true
	for i, s := range segments {
		text, err := url.PathUnescape(s)
		plain = plain && err == nil && !strings.ContainsAny(text, `/\;%`)
		segments[i] = text
	}
	asked := func(method string) func(r nativeRoute) bool {
		return func(r nativeRoute) bool { return r.method == method && r.matches(segments) }
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		return slices.ContainsFunc(n.changes, asked(http.MethodGet))
	case http.MethodOptions:
		return false
	}
	return !plain || slices.ContainsFunc(n.changes, asked(method)) || !slices.ContainsFunc(n.reads, asked(method))
}

func (r nativeRoute) matches(segments []string) bool {
	return slices.EqualFunc(r.segments, segments, func(known, s string) bool {
		return known == s || known == anySegment && s != ""
	})
}
