package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/tributary-gateway/tributary/modules/internal/document"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// source is an inventory file while it is read: its lines, anchors and faults.
type source struct {
	file    string
	lines   []string
	anchors map[string]ast.Node
	faults  mapping.Faults
}

func (s *source) fault(at mapping.Position, format string, args ...any) {
	f := mapping.Fault{Position: at, Message: fmt.Sprintf(format, args...)}
	if at.File == s.file && at.Line > 0 && at.Line <= len(s.lines) {
		f.Source = strings.TrimRight(s.lines[at.Line-1], "\r")
	}
	s.faults = append(s.faults, f)
}

// err returns the faults found so far in the order of their positions, and forgets them.
func (s *source) err() error {
	if len(s.faults) == 0 {
		return nil
	}
	out := s.faults
	s.faults = nil
	slices.SortStableFunc(out, func(a, b mapping.Fault) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	// what is shared by an alias has its fault once
	return slices.CompactFunc(out, func(a, b mapping.Fault) bool { return a.Position == b.Position && a.Message == b.Message })
}

// read parses a file that holds one YAML document.
func read(file string, data []byte) (node, error) {
	s := &source{file: file, lines: strings.Split(string(data), "\n"), anchors: map[string]ast.Node{}}
	body, fault := document.Parse(data, "an inventory")
	if fault != nil {
		s.fault(mapping.Position{File: file, Line: fault.Line, Column: fault.Column}, "%s", fault.Message)
		return node{}, s.err()
	}
	return node{src: s, ast: body}, nil
}

// node is a YAML value with its place.
type node struct {
	src *source
	ast ast.Node
}

func (n node) position() mapping.Position {
	p := mapping.Position{File: n.src.file, Line: 1, Column: 1}
	a := n.ast
	if m, ok := a.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		a = m.Values[0].Key
	}
	if a == nil {
		return p
	}
	if t := a.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

func (n node) faultf(format string, args ...any) { n.src.fault(n.position(), format, args...) }

// value resolves anchors and aliases.
func (n node) value() ast.Node {
	a := n.ast
	for {
		switch v := a.(type) {
		case *ast.AnchorNode:
			n.src.anchors[v.Name.GetToken().Value] = v.Value
			a = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			target, ok := n.src.anchors[name]
			if !ok {
				n.faultf("no anchor named %q before this place", name)
				return nil
			}
			a = target
		default:
			return a
		}
	}
}

func (n node) isMapping() bool {
	switch n.value().(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func scalar(a ast.Node) (string, bool) {
	switch v := a.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return v.GetToken().Value, true
	}
	return "", false
}

// text returns a scalar as it is written.
func (n node) text() string {
	s, ok := scalar(n.value())
	if !ok || s == "" {
		n.faultf("wants text")
	}
	return s
}

func (n node) boolean() bool {
	b, ok := n.value().(*ast.BoolNode)
	if !ok {
		n.faultf("wants true or false")
		return false
	}
	return b.Value
}

func (n node) integer() int {
	s, _ := scalar(n.value())
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 {
		n.faultf("wants a whole number, zero or more")
	}
	return i
}

// list returns the items of a list; a single value is a list of one.
func (n node) list() []node {
	seq, ok := n.value().(*ast.SequenceNode)
	if !ok {
		return []node{n}
	}
	items := make([]node, len(seq.Values))
	for i, a := range seq.Values {
		items[i] = node{n.src, a}
	}
	return items
}

// entry is one key of a mapping with its value.
type entry struct {
	node
	key string
	pos mapping.Position
}

// entries returns the keys of a mapping in their order. What a merge key brings is
// overridden by the keys beside it.
func (n node) entries() []entry {
	var values []*ast.MappingValueNode
	switch v := n.value().(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		n.faultf("wants a mapping (key: value)")
		return nil
	}
	var out []entry
	merged := map[string]int{}
	for _, kv := range values {
		value := node{n.src, kv.Value}
		if _, ok := kv.Key.(*ast.MergeKeyNode); ok {
			for _, source := range value.list() {
				for _, e := range source.entries() {
					if !slices.ContainsFunc(out, func(o entry) bool { return o.key == e.key }) {
						merged[e.key] = len(out)
						out = append(out, e)
					}
				}
			}
			continue
		}
		key := node{n.src, kv.Key}
		name, ok := scalar(key.value())
		if !ok {
			key.faultf("a key has to be text")
			continue
		}
		e := entry{node: value, key: name, pos: key.position()}
		if i, ok := merged[name]; ok {
			out[i] = e
			delete(merged, name)
			continue
		}
		out = append(out, e)
	}
	return out
}

// object reads a mapping whose keys are fixed; [object.done] reports others.
type object struct {
	node
	all   []entry
	asked []string
}

func (n node) object() *object { return &object{node: n, all: n.entries()} }

func (o *object) get(key string) (node, bool) {
	o.asked = append(o.asked, key)
	for _, e := range o.all {
		if e.key == key {
			return e.node, true
		}
	}
	return node{}, false
}

func (o *object) require(key string) (node, bool) {
	n, ok := o.get(key)
	if !ok {
		o.faultf("the key %q is missing", key)
	}
	return n, ok
}

func (o *object) done() {
	for _, e := range o.all {
		if !slices.Contains(o.asked, e.key) {
			o.src.fault(e.pos, "unknown key %q%s", e.key, suggest.DidYouMean(e.key, o.asked))
		}
	}
}
