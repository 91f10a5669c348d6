package mapping

import (
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// when is a compiled `when`. Its names are the parameters of the operation,
// each a list of texts that is empty when the parameter was not given, and `option`,
// the platform's settings.
type when struct {
	program *vm.Program
	// never tells that the platform's settings alone decide that it does not hold.
	never bool
}

func compileWhen(source string, env map[string]any) (*when, error) {
	options, _ := env["option"].(map[string]string)
	settled := &settledOptions{options: options}
	program, err := expr.Compile(source, expr.Env(env), expr.AsBool(), expr.Patch(settled))
	if err != nil {
		return nil, err
	}
	holds, known := settled.last.(*ast.BoolNode)
	return &when{program: program, never: known && !holds.Value}, nil
}

func (c *when) holds(env map[string]any) (bool, error) {
	if c == nil {
		return true, nil
	}
	v, err := expr.Run(c.program, env)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	return ok && b, nil
}

// impossible tells that what has the condition never happens with the platform's settings.
func (c *when) impossible() bool { return c != nil && c.never }

// settledOptions replaces `option.NAME` by its value, which does not change while the
// platform is configured as it is, and works out what is certain then. Nodes are
// visited from the inside, so the last one is the whole condition.
type settledOptions struct {
	options map[string]string
	last    ast.Node
}

// Visit implements ast.Visitor.
func (s *settledOptions) Visit(n *ast.Node) {
	if settled := s.settle(*n); settled != nil {
		ast.Patch(n, settled)
	}
	s.last = *n
}

// settle returns what stands for a node; nil: the node itself.
func (s *settledOptions) settle(n ast.Node) ast.Node {
	switch v := n.(type) {
	case *ast.MemberNode:
		of, isName := v.Node.(*ast.IdentifierNode)
		name, isText := v.Property.(*ast.StringNode)
		if isName && isText && of.Value == "option" {
			if value, ok := s.options[name.Value]; ok {
				return &ast.StringNode{Value: value}
			}
		}
	case *ast.UnaryNode:
		if b, ok := v.Node.(*ast.BoolNode); ok && (v.Operator == "not" || v.Operator == "!") {
			return &ast.BoolNode{Value: !b.Value}
		}
	case *ast.BinaryNode:
		return settlePair(v)
	}
	return nil
}

func settlePair(n *ast.BinaryNode) ast.Node {
	switch n.Operator {
	case "==", "!=":
		left, ok := n.Left.(*ast.StringNode)
		right, both := n.Right.(*ast.StringNode)
		if ok && both {
			return &ast.BoolNode{Value: (left.Value == right.Value) == (n.Operator == "==")}
		}
	case "in":
		text, ok := n.Left.(*ast.StringNode)
		list, both := n.Right.(*ast.ArrayNode)
		if ok && both && !slices.ContainsFunc(list.Nodes, notText) {
			return &ast.BoolNode{Value: slices.ContainsFunc(list.Nodes, func(e ast.Node) bool { return e.(*ast.StringNode).Value == text.Value })}
		}
	case "and", "&&":
		return settleSides(n, false)
	case "or", "||":
		return settleSides(n, true)
	}
	return nil
}

func notText(n ast.Node) bool {
	_, ok := n.(*ast.StringNode)
	return !ok
}

// settleSides settles a conjunction, which one false side decides, or a disjunction,
// which one true side does.
func settleSides(n *ast.BinaryNode, decides bool) ast.Node {
	for _, sides := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		b, ok := sides[0].(*ast.BoolNode)
		switch {
		case ok && b.Value == decides:
			return &ast.BoolNode{Value: decides}
		case ok:
			return sides[1]
		}
	}
	return nil
}
