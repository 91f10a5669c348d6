package document

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Fault is what makes a text no document. Line and Column count from 1.
type Fault struct {
	Line, Column int
	Message      string
}

// Parse reads the one document of a text. what names such texts in the message about one
// that holds none or several: "a mapping file". There is either a document or a fault.
func Parse(text []byte, what string) (ast.Node, *Fault) {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		fault := &Fault{Line: 1, Column: 1, Message: "not valid YAML: " + err.Error()}
		if syntax, ok := errors.AsType[yaml.Error](err); ok {
			fault.Message = "not valid YAML: " + syntax.GetMessage()
			fault.place(syntax.GetToken())
		}
		return nil, fault
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, &Fault{Line: 1, Column: 1, Message: what + " holds one YAML document"}
	}
	a := &aliases{defined: map[string]bool{}}
	ast.Walk(visitor{aliases: a, verb: "repeats"}, tree.Docs[0].Body)
	if a.fault != nil {
		return nil, a.fault
	}
	return tree.Docs[0].Body, nil
}

// aliases is what is known of a document's anchors while it is walked from its beginning.
type aliases struct {
	defined map[string]bool
	fault   *Fault // the first
}

// visitor is where a walk is: within the anchors that are open.
type visitor struct {
	*aliases
	open []string
	verb string // what an alias here does
}

// Visit implements ast.Visitor.
func (v visitor) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		v.defined[name] = true
		v.open = append(slices.Clip(v.open), name)
	case *ast.MappingValueNode:
		v.verb = "repeats"
		if _, ok := n.Key.(*ast.MergeKeyNode); ok {
			v.verb = "merges"
		}
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		switch {
		case v.fault != nil:
		case slices.Contains(v.open, name):
			v.fault = newFault(n, "*%s %s what it is part of", name, v.verb)
		case !v.defined[name]:
			v.fault = newFault(n, "no anchor named %q before this place", name)
		}
	}
	return v
}

func newFault(n ast.Node, format string, args ...any) *Fault {
	f := &Fault{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	f.place(n.GetToken())
	return f
}

func (f *Fault) place(t *token.Token) {
	if t != nil && t.Position != nil {
		f.Line, f.Column = t.Position.Line, t.Position.Column
	}
}
