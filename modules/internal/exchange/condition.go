package exchange

import (
	"net/http"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/tidwall/gjson"
)

// condition is a rule's when. Those that compare a place, the status or a
// header with constants, joined by and, or and not, are evaluated here: every
// successful response runs all rules, and an expression program costs
// allocations. All others are programs.
type condition interface {
	match(s *scope) bool
}

type (
	both    struct{ a, b condition }
	either  struct{ a, b condition }
	negated struct{ c condition }

	// placeIs, statusIs and headerIs compare with constants: any of them, where
	// there are several.
	placeIs struct {
		place int
		any   []constant
	}
	statusIs struct{ any []int }
	headerIs struct {
		name string
		any  []string
	}
	// statusOrder is status < limit, or status <= limit where included.
	statusOrder struct {
		limit    int
		included bool
	}
)

func (c both) match(s *scope) bool    { return c.a.match(s) && c.b.match(s) }
func (c either) match(s *scope) bool  { return c.a.match(s) || c.b.match(s) }
func (c negated) match(s *scope) bool { return !c.c.match(s) }

func (c placeIs) match(s *scope) bool {
	r := s.lookup(c.place)
	for i := range c.any {
		if c.any[i].equal(r) {
			return true
		}
	}
	return false
}

func (c statusIs) match(s *scope) bool {
	return slices.Contains(c.any, s.Status)
}

func (c headerIs) match(s *scope) bool {
	value := s.Header(c.name)
	return slices.Contains(c.any, value)
}

func (c statusOrder) match(s *scope) bool {
	return s.Status < c.limit || (c.included && s.Status == c.limit)
}

// constant is a literal that native values are compared with, by the rules of equal.
type constant struct {
	kind   gjson.Type // Null, True, False, Number or String
	text   string
	number number
	// numeric: a number, or a text that reads as one and so equals the number
	numeric bool
}

func (c *constant) equal(r gjson.Result) bool {
	switch r.Type {
	case gjson.String:
		if c.kind == gjson.String {
			return r.Str == c.text
		}
		if c.kind != gjson.Number {
			return false
		}
		n, ok := parseNumber(r.Str)
		return ok && n.equal(c.number)
	case gjson.Number:
		if !c.numeric {
			return false
		}
		n, ok := parseNumber(r.Raw)
		return ok && n.equal(c.number)
	case gjson.JSON:
		return false
	default:
		return r.Type == c.kind
	}
}

// conditionOf returns the condition of an expression that has been type
// checked, or nil where only a program will do.
func conditionOf(n ast.Node, p *places) condition {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			if c := conditionOf(n.Node, p); c != nil {
				return negated{c}
			}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			a := conditionOf(n.Left, p)
			b := conditionOf(n.Right, p)
			if a == nil || b == nil {
				return nil
			}
			if n.Operator == "and" || n.Operator == "&&" {
				return both{a, b}
			}
			return either{a, b}
		case "==", "!=":
			c := comparisonOf(n.Left, []ast.Node{n.Right}, p)
			if c == nil {
				c = comparisonOf(n.Right, []ast.Node{n.Left}, p)
			}
			if c != nil && n.Operator == "!=" {
				return negated{c}
			}
			return c
		case "in":
			if list, ok := n.Right.(*ast.ArrayNode); ok {
				return comparisonOf(n.Left, list.Nodes, p)
			}
		case "<", "<=", ">", ">=":
			return orderOf(n)
		}
	}
	return nil
}

// comparisonOf returns the condition that subject equals one of the nodes, or
// nil unless these are constants of fitting types.
func comparisonOf(subject ast.Node, nodes []ast.Node, p *places) condition {
	constants := make([]constant, 0, len(nodes))
	for _, n := range nodes {
		c, ok := constantOf(n)
		if !ok {
			return nil
		}
		constants = append(constants, c)
	}
	if isName(subject, "status") {
		var c statusIs
		for _, k := range constants {
			if k.kind != gjson.Number || !k.number.integral {
				return nil
			}
			c.any = append(c.any, int(k.number.integer))
		}
		return c
	}
	if name, ok := headerName(subject); ok {
		c := headerIs{name: name}
		for _, k := range constants {
			if k.kind != gjson.String {
				return nil
			}
			c.any = append(c.any, k.text)
		}
		return c
	}
	if chain, ok := chainOf(subject); ok && len(chain) > 0 {
		return placeIs{p.add(chain), constants}
	}
	return nil
}

func orderOf(n *ast.BinaryNode) condition {
	limit, ok := n.Right.(*ast.IntegerNode)
	if !ok || !isName(n.Left, "status") {
		return nil
	}
	switch n.Operator {
	case "<":
		return statusOrder{limit.Value, false}
	case "<=":
		return statusOrder{limit.Value, true}
	case ">":
		return negated{statusOrder{limit.Value, true}}
	default:
		return negated{statusOrder{limit.Value, false}}
	}
}

func constantOf(n ast.Node) (constant, bool) {
	switch n := n.(type) {
	case *ast.NilNode:
		return constant{kind: gjson.Null}, true
	case *ast.BoolNode:
		if n.Value {
			return constant{kind: gjson.True}, true
		}
		return constant{kind: gjson.False}, true
	case *ast.IntegerNode:
		return constant{kind: gjson.Number, number: integer(int64(n.Value)), numeric: true}, true
	case *ast.FloatNode:
		return constant{kind: gjson.Number, number: number{float: n.Value}, numeric: true}, true
	case *ast.StringNode:
		number, numeric := parseNumber(n.Value)
		return constant{kind: gjson.String, text: n.Value, number: number, numeric: numeric}, true
	case *ast.UnaryNode:
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return constant{kind: gjson.Number, number: integer(int64(-i.Value)), numeric: true}, true
		}
	}
	return constant{}, false
}

func isName(n ast.Node, name string) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == name
}

// chainOf reads body.a[0].b as the steps below body; false for any other node.
// Optional chaining changes nothing, since absent members are null anyway.
func chainOf(n ast.Node) ([]component, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return nil, n.Value == "body"
	case *ast.ChainNode:
		return chainOf(n.Node)
	case *ast.MemberNode:
		chain, ok := chainOf(n.Node)
		if !ok || n.Method {
			return nil, false
		}
		switch property := n.Property.(type) {
		case *ast.StringNode:
			return append(chain, component{name: property.Value}), true
		case *ast.IntegerNode:
			if property.Value >= 0 {
				return append(chain, component{index: property.Value, list: true}), true
			}
		}
	}
	return nil, false
}

// headerName reads headers.name and headers["name"], in any letter case.
func headerName(n ast.Node) (string, bool) {
	member, ok := n.(*ast.MemberNode)
	if !ok || !isName(member.Node, "headers") {
		return "", false
	}
	property, ok := member.Property.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return http.CanonicalHeaderKey(strings.ReplaceAll(property.Value, "_", "-")), true
}
