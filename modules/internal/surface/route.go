package surface

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// node is one segment of the paths. A fixed segment goes before a variable one.
type node struct {
	fixed    map[string]*node
	variable *node
	name     string // of the variable that leads here
	methods  []method
	allow    []string
}

type method struct {
	name string
	op   *Operation
}

// Route finds the operation for a method and a path below the base path, as it
// stands in the request line ("/conversions/tracker:a%2Fb"). HEAD is answered by
// the operation of GET. The values of variable segments are percent-decoded.
//
// Without a route op and allow are nil; with a route that lacks the method,
// allow lists the methods that it has.
func (s *Surface) Route(verb, escapedPath string) (op *Operation, path map[string]string, allow []string) {
	at, rest := s.routes, escapedPath
	for rest != "" {
		if rest[0] != '/' {
			return nil, nil, nil
		}
		segment := rest[1:]
		if end := strings.IndexByte(segment, '/'); end >= 0 {
			segment = segment[:end]
		}
		rest = rest[1+len(segment):]
		if strings.IndexByte(segment, '%') >= 0 {
			decoded, err := url.PathUnescape(segment)
			if err != nil {
				return nil, nil, nil
			}
			segment = decoded
		}
		if next := at.fixed[segment]; next != nil {
			at = next
			continue
		}
		if at.variable == nil || segment == "" {
			return nil, nil, nil
		}
		at = at.variable
		if path == nil {
			path = make(map[string]string, 1)
		}
		path[at.name] = segment
	}
	if verb == http.MethodHead {
		verb = http.MethodGet
	}
	for _, m := range at.methods {
		if m.name == verb {
			return m.op, path, nil
		}
	}
	return nil, nil, at.allow
}

// add enters an operation.
func (n *node) add(op *Operation) error {
	for segment := range strings.SplitSeq(strings.TrimPrefix(op.Path, "/"), "/") {
		name, isVariable := strings.CutPrefix(segment, "{")
		if !isVariable {
			if n.fixed == nil {
				n.fixed = map[string]*node{}
			}
			if n.fixed[segment] == nil {
				n.fixed[segment] = &node{}
			}
			n = n.fixed[segment]
			continue
		}
		name = strings.TrimSuffix(name, "}")
		if n.variable == nil {
			n.variable = &node{name: name}
		}
		n = n.variable
		if n.name != name {
			return fmt.Errorf("the path variable {%s} is called {%s} in another path", name, n.name)
		}
	}
	n.methods = append(n.methods, method{op.Method, op})
	return nil
}

// freeze makes the lists of allowed methods.
func (n *node) freeze() {
	for _, m := range n.methods {
		n.allow = append(n.allow, m.name)
		if m.name == http.MethodGet {
			n.allow = append(n.allow, http.MethodHead)
		}
	}
	slices.Sort(n.allow)
	for _, next := range n.fixed {
		next.freeze()
	}
	if n.variable != nil {
		n.variable.freeze()
	}
}
