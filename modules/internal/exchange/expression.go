package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"github.com/tidwall/gjson"
)

// program is a compiled expression over a scope.
type program struct{ vm *vm.Program }

// run evaluates the expression. A hostile body can make any expression fail
// (an index out of range, a text that is not one); what cannot be evaluated
// is null, so that a rule does not match and a message stays empty.
func (p program) run(s *scope) any {
	v, err := expr.Run(p.vm, s)
	if err != nil {
		return nil
	}
	return v
}

// match makes a program a condition.
func (p program) match(s *scope) bool {
	matched, _ := p.run(s).(bool)
	return matched
}

// compileProgram compiles and type-checks an expression over status, headers
// and body. The places it reads are added to p.
func compileProgram(source string, p *places, options ...expr.Option) (program, error) {
	options = append(options,
		expr.Env(&scope{}),
		expr.DisableBuiltin("now"), // rules depend on the response alone
	)
	// Types are checked as written first: calls that are patched in hide the
	// faults of their arguments from the checker.
	if _, err := expr.Compile(source, options...); err != nil {
		return program{}, err
	}
	patch := &patcher{places: p, chains: make(map[ast.Node][]component)}
	compiled, err := expr.Compile(source, append(options, expr.Patch(patch))...)
	if patch.fault != nil {
		return program{}, patch.fault.Bind(file.NewSource(source))
	}
	return program{compiled}, err
}

func compileCondition(source string, p *places) (condition, error) {
	compiled, err := compileProgram(source, p, expr.AsBool())
	if err != nil {
		return nil, err
	}
	if tree, err := parser.Parse(source); err == nil {
		if c := conditionOf(tree.Node, p); c != nil {
			return c, nil
		}
	}
	return compiled, nil
}

// text is a rule's code, message or address: the first of some places that is not null,
// or an expression.
type text struct {
	places  []int
	program program
	given   bool
}

func compileText(source string, p *places) (text, error) {
	if source == "" {
		return text{}, nil
	}
	compiled, err := compileProgram(source, p)
	if err != nil {
		return text{}, err
	}
	t := text{program: compiled, given: true}
	if tree, err := parser.Parse(source); err == nil {
		chains, _ := alternativesOf(tree.Node)
		for _, chain := range chains {
			t.places = append(t.places, p.add(chain))
		}
	}
	return t, nil
}

// alternativesOf reads body.a ?? body.b as the places that it names; false for any
// other node.
func alternativesOf(n ast.Node) ([][]component, bool) {
	if either, ok := n.(*ast.BinaryNode); ok && either.Operator == "??" {
		first, ok := alternativesOf(either.Left)
		if !ok {
			return nil, false
		}
		second, ok := alternativesOf(either.Right)
		if !ok {
			return nil, false
		}
		return append(first, second...), true
	}
	chain, ok := chainOf(n)
	if !ok {
		return nil, false
	}
	return [][]component{chain}, true
}

// of returns the text, which never shares the body's bytes.
func (t text) of(s *scope) string {
	switch {
	case !t.given:
		return ""
	case len(t.places) > 0:
		for _, place := range t.places {
			if v := s.lookup(place); v.Type != gjson.Null {
				return textOf(v)
			}
		}
		return ""
	}
	v := t.program.run(s)
	if list, ok := v.([]any); ok {
		parts := make([]string, len(list))
		for i, part := range list {
			parts[i] = s.Text(part)
		}
		return strings.Join(parts, "; ")
	}
	return s.Text(v)
}

// patcher rewrites an expression so that it asks the scope for the places of
// the body that it needs, instead of computing on a decoded body, and compares
// native values as equal does.
type patcher struct {
	places *places
	// chains tells which nodes stand for a place of the body. Nodes are visited
	// from the inside, so the inner part of a chain is known before the whole.
	chains map[ast.Node][]component
	fault  *file.Error
}

// Visit implements ast.Visitor.
func (p *patcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "body":
			p.stand(node, nil)
		case "At", "Header", "Equal", "Less", "AtMost", "In", "Text":
			p.fail(n, fmt.Sprintf("unknown name %s", n.Value))
		}
	case *ast.MemberNode:
		if name, ok := headerName(n); ok {
			ast.Patch(node, call("Header", &ast.StringNode{Value: name}))
			return
		}
		if isName(n.Node, "headers") {
			p.fail(n, `headers is followed by a name: headers["retry-after"]`)
			return
		}
		chain, ok := p.chains[n.Node]
		if !ok {
			return
		}
		if below, ok := chainOf(&ast.MemberNode{Node: &ast.IdentifierNode{Value: "body"}, Property: n.Property, Method: n.Method}); ok {
			p.stand(node, append(slices.Clip(chain), below...))
		}
	case *ast.ChainNode:
		if chain, ok := p.chains[n.Node]; ok {
			p.chains[n] = chain
		}
	case *ast.BinaryNode:
		p.binary(node, n)
	}
}

func (p *patcher) binary(node *ast.Node, n *ast.BinaryNode) {
	if !p.native(n.Left) && !p.native(n.Right) {
		return
	}
	var patched ast.Node
	switch n.Operator {
	case "==":
		patched = call("Equal", n.Left, n.Right)
	case "!=":
		patched = &ast.UnaryNode{Operator: "not", Node: call("Equal", n.Left, n.Right)}
	case "<":
		patched = call("Less", n.Left, n.Right)
	case ">":
		patched = call("Less", n.Right, n.Left)
	case "<=":
		patched = call("AtMost", n.Left, n.Right)
	case ">=":
		patched = call("AtMost", n.Right, n.Left)
	case "in":
		patched = call("In", n.Left, n.Right)
	case "matches", "contains", "startsWith", "endsWith":
		for _, side := range []*ast.Node{&n.Left, &n.Right} {
			if p.native(*side) {
				ast.Patch(side, call("Text", *side))
			}
		}
		return
	default:
		return
	}
	ast.Patch(node, patched)
}

// native tells whether a node's value comes from the body, so that its type is
// not known before a response is there.
func (p *patcher) native(n ast.Node) bool {
	if _, ok := p.chains[n]; ok {
		return true
	}
	switch n := n.(type) {
	case *ast.MemberNode:
		return p.native(n.Node) || isUnknown(n)
	case *ast.CallNode, *ast.PointerNode, *ast.IdentifierNode, *ast.BuiltinNode, *ast.ConditionalNode:
		return isUnknown(n)
	default:
		return false
	}
}

func isUnknown(n ast.Node) bool { return n.Type().String() == "interface {}" }

// stand replaces a node by the lookup of a place.
func (p *patcher) stand(node *ast.Node, chain []component) {
	at := call("At", &ast.IntegerNode{Value: p.places.add(chain)})
	ast.Patch(node, at)
	p.chains[at] = chain
}

func (p *patcher) fail(n ast.Node, message string) {
	if p.fault == nil {
		p.fault = &file.Error{Location: n.Location(), Message: message}
	}
}

func call(method string, arguments ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: method}, Arguments: arguments}
}

// position returns the line and column, both from 1, of an expression's fault.
func position(err error) (line, column int, message string) {
	if fault, ok := errors.AsType[*file.Error](err); ok {
		return fault.Line, fault.Column + 1, fault.Message
	}
	return 1, 1, err.Error()
}
