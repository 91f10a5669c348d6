package mapping

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func whenEnv(op *surface.Operation, options map[string]string) map[string]any {
	env := map[string]any{"option": options}
	if op != nil {
		for _, p := range op.Parameters {
			env[p.Name] = []string(nil)
		}
	}
	return env
}

// rowPaths replaces `row.a.b` by a lookup in the native values of the row, and
// remembers which ones. Nodes are visited from the inside, so a path grows step by
// step: `row.a` becomes a value, and `.b` then leads further down the same one.
type rowPaths struct {
	paths [][]string
	index map[ast.Node]int // by the node that stands for the value
}

// Visit implements ast.Visitor.
func (r *rowPaths) Visit(n *ast.Node) {
	switch v := (*n).(type) {
	case *ast.ChainNode:
		if _, ok := r.index[v.Node]; ok {
			ast.Patch(n, v.Node)
		}
	case *ast.MemberNode:
		step, ok := v.Property.(*ast.StringNode)
		if !ok {
			return
		}
		if i, ok := r.index[v.Node]; ok {
			r.paths[i] = append(r.paths[i], step.Value)
			ast.Patch(n, v.Node)
			return
		}
		if row, ok := v.Node.(*ast.IdentifierNode); ok && row.Value == "row" {
			value := &ast.MemberNode{Node: &ast.IdentifierNode{Value: "args"}, Property: &ast.IntegerNode{Value: len(r.paths)}}
			r.index[value] = len(r.paths)
			r.paths = append(r.paths, []string{step.Value})
			ast.Patch(n, value)
		}
	}
}

// compileRowExpr compiles an expression over native members of the row (`row.a.b`) and
// platform.currency. Its value becomes the unified member.
func (p *Platform) compileRowExpr(source string) (reshape.Computed, error) {
	visitor := &rowPaths{index: map[ast.Node]int{}}
	env := map[string]any{"args": []any{}, "row": map[string]any{}, "platform": map[string]any{"currency": nil}}
	if p.Currency != "" {
		env["platform"] = map[string]any{"currency": p.Currency}
	}
	decimal := expr.Function("decimal", decimalOf, new(func(any) any))
	program, err := expr.Compile(source, expr.Env(env), expr.Patch(visitor), decimal)
	if err != nil {
		return reshape.Computed{}, err
	}
	out := reshape.Computed{Func: func(dst []byte, tokens [][]byte) ([]byte, error) {
		args := make([]any, len(tokens))
		for i, t := range tokens {
			if t != nil {
				args[i] = exactValue(gjson.ParseBytes(t))
			}
		}
		v, err := expr.Run(program, map[string]any{"args": args, "platform": env["platform"]})
		if err != nil {
			return dst, fmt.Errorf("evaluating expr: %w", err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return dst, fmt.Errorf("the value of expr is not JSON: %w", err)
		}
		return append(dst, b...), nil
	}}
	for _, p := range visitor.paths {
		out.From = append(out.From, reshape.Path(p))
	}
	return out, nil
}

// exactValue is a native value for an expression. A number whose digits a float would not
// give back stays as it is written, and is no operand of arithmetic.
func exactValue(v gjson.Result) any {
	switch {
	case v.IsObject():
		object := map[string]any{}
		v.ForEach(func(key, value gjson.Result) bool {
			object[key.String()] = exactValue(value)
			return true
		})
		return object
	case v.IsArray():
		list := []any{}
		v.ForEach(func(_, value gjson.Result) bool {
			list = append(list, exactValue(value))
			return true
		})
		return list
	case v.Type == gjson.Number:
		written, err := codec.AppendDecimal(nil, []byte(v.Raw), 0)
		if err != nil || strconv.FormatFloat(v.Num, 'f', -1, 64) != string(written) {
			return json.Number(v.Raw)
		}
	}
	return v.Value()
}

// decimalOf is the function `decimal` of expressions: the decimal text of a number, or
// of a text that is one; null for anything else. Unlike string, it has no exponent.
func decimalOf(params ...any) (any, error) {
	text := ""
	switch v := params[0].(type) {
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		text = strconv.Itoa(v)
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	if exact, err := codec.AppendDecimal(nil, []byte(text), 0); err == nil {
		return string(exact), nil
	}
	return nil, nil
}

func pathsOf(in []reshape.Path) [][]string {
	out := make([][]string, len(in))
	for i, p := range in {
		out[i] = p
	}
	return out
}
