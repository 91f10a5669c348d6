package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// source is one mapping file while it is read: its lines, and the faults found so far.
type source struct {
	name    string
	lines   []string
	faults  Faults
	anchors map[string]ast.Node
}

func (s *source) fault(p Position, format string, args ...any) {
	f := Fault{Position: p, Message: fmt.Sprintf(format, args...)}
	if p.Line > 0 && p.Line <= len(s.lines) {
		f.Source = strings.TrimRight(s.lines[p.Line-1], "\r")
	}
	s.faults = append(s.faults, f)
}

// node is a YAML value with its place.
type node struct {
	src  *source
	ast  ast.Node
	what string // how messages call it: the dotted path from the top of the file
}

func (n node) position() Position {
	p := Position{File: n.src.name, Line: 1, Column: 1}
	if n.ast == nil {
		return p
	}
	a := n.ast
	if m, ok := a.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		a = m.Values[0].Key
	}
	if t := a.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

func (n node) faultf(format string, args ...any) {
	n.src.fault(n.position(), n.what+": "+format, args...)
}

// value resolves anchors, aliases and tags.
func (n node) value() ast.Node {
	a := n.ast
	for {
		switch v := a.(type) {
		case *ast.AnchorNode:
			n.src.anchors[v.Name.GetToken().Value] = v.Value
			a = v.Value
		case *ast.AliasNode:
			target, ok := n.src.anchors[v.Value.GetToken().Value]
			if !ok {
				n.faultf("no anchor named %q before this place", v.Value.GetToken().Value)
				return nil
			}
			a = target
		case *ast.TagNode:
			a = v.Value
		default:
			return a
		}
	}
}

func (n node) isNull() bool {
	v := n.value()
	if v == nil {
		return true
	}
	_, ok := v.(*ast.NullNode)
	return ok
}

func (n node) isMapping() bool {
	switch n.value().(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func (n node) isList() bool {
	_, ok := n.value().(*ast.SequenceNode)
	return ok
}

// text returns a scalar as it is written in the file: `"01"`, `1.50` and `true`
// keep their form.
func (n node) text() string {
	s, ok := scalar(n.value())
	if !ok {
		n.faultf("wants text, not %s", kindOf(n.value()))
	}
	if s != strings.TrimSpace(s) && !strings.Contains(s, "\n") && s != " " {
		n.faultf("has stray white space around %q", strings.TrimSpace(s))
	}
	return s
}

func scalar(a ast.Node) (string, bool) {
	switch v := a.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		return v.GetToken().Value, true
	}
	return "", false
}

func kindOf(a ast.Node) string {
	switch a.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode, nil:
		return "nothing"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.BoolNode:
		return "a boolean"
	}
	return "text"
}

func (n node) boolean() bool {
	b, ok := n.value().(*ast.BoolNode)
	if !ok {
		n.faultf("wants true or false, not %s", kindOf(n.value()))
		return false
	}
	return b.Value
}

// integer returns a number that is not negative.
func (n node) integer() int {
	s, _ := scalar(n.value())
	i, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	if err != nil || i < 0 {
		n.faultf("wants a whole number, zero or more")
		return 0
	}
	return i
}

// duration returns a Go duration; the unit d (24 h) is known besides Go's own.
func (n node) duration() time.Duration {
	s := n.text()
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if i, err := strconv.Atoi(days); err == nil && i >= 0 {
			return time.Duration(i) * 24 * time.Hour
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		n.faultf("wants a duration such as 30s, 5m or 30d, not %q", s)
		return 0
	}
	return d
}

// list returns the items of a list; a single value is a list of one.
func (n node) list() []node {
	v := n.value()
	seq, ok := v.(*ast.SequenceNode)
	if !ok {
		if n.isNull() {
			return nil
		}
		return []node{n}
	}
	items := make([]node, len(seq.Values))
	for i, a := range seq.Values {
		items[i] = node{src: n.src, ast: a, what: fmt.Sprintf("%s[%d]", n.what, i)}
	}
	return items
}

func (n node) texts() []string {
	var out []string
	for _, item := range n.list() {
		out = append(out, item.text())
	}
	return out
}

// entry is one key of a mapping with its value.
type entry struct {
	key string
	pos Position // of the key
	node
}

// entries returns the keys of a mapping in their order. Merge keys (`<<: *name`)
// give their entries where no later key overrides them.
func (n node) entries() []entry {
	var values []*ast.MappingValueNode
	switch v := n.value().(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		if !n.isNull() {
			n.faultf("wants a mapping (key: value), not %s", kindOf(n.value()))
		}
		return nil
	}
	var out []entry
	at := map[string]int{}
	add := func(e entry, override bool) {
		if i, ok := at[e.key]; ok {
			if override {
				out[i] = e
			}
			return
		}
		at[e.key] = len(out)
		out = append(out, e)
	}
	for _, kv := range values {
		if _, ok := kv.Key.(*ast.MergeKeyNode); ok {
			merged := node{src: n.src, ast: kv.Value, what: n.what}
			for _, item := range merged.list() { // of several the first has precedence
				for _, e := range item.entries() {
					add(e, false)
				}
			}
			continue
		}
		keyNode := node{src: n.src, ast: kv.Key, what: n.what}
		key, ok := scalar(keyNode.value())
		if !ok {
			keyNode.faultf("a key has to be text")
			continue
		}
		if key != strings.TrimSpace(key) {
			keyNode.faultf("the key %q has stray white space", key)
		}
		what := key
		if n.what != "" {
			what = n.what + "." + key
		}
		add(entry{key: key, pos: keyNode.position(), node: node{src: n.src, ast: kv.Value, what: what}}, true)
	}
	return out
}

// object reads a mapping whose keys are fixed by the language. Every key has to
// be asked for before [object.done], which reports those that were not.
type object struct {
	node
	all   []entry
	byKey map[string]entry
	asked map[string]bool
}

func (n node) object() *object {
	o := &object{node: n, byKey: map[string]entry{}, asked: map[string]bool{}}
	o.all = n.entries()
	for _, e := range o.all {
		o.byKey[e.key] = e
	}
	return o
}

// get returns the value of a key, and whether the key is there with a value.
func (o *object) get(key string) (node, bool) {
	o.asked[key] = true
	e, ok := o.byKey[key]
	if !ok || e.isNull() {
		return node{}, false
	}
	return e.node, true
}

// require is get for a key that has to be there.
func (o *object) require(key string) (node, bool) {
	n, ok := o.get(key)
	if !ok {
		o.faultf("the key %q is missing", key)
	}
	return n, ok
}

func (o *object) text(key string) string {
	if n, ok := o.get(key); ok {
		return n.text()
	}
	return ""
}

func (o *object) integer(key string) int {
	if n, ok := o.get(key); ok {
		return n.integer()
	}
	return 0
}

func (o *object) boolean(key string) bool {
	if n, ok := o.get(key); ok {
		return n.boolean()
	}
	return false
}

func (o *object) duration(key string) time.Duration {
	if n, ok := o.get(key); ok {
		return n.duration()
	}
	return 0
}

func (o *object) texts(key string) []string {
	if n, ok := o.get(key); ok {
		return n.texts()
	}
	return nil
}

// oneOf reads a text that has to be one of the given words; the first is the default.
func (o *object) oneOf(key string, words ...string) string {
	n, ok := o.get(key)
	if !ok {
		return words[0]
	}
	s := n.text()
	if !slices.Contains(words, s) {
		n.faultf("wants one of %s, not %q%s", strings.Join(words, ", "), s, suggest.DidYouMean(s, words))
		return words[0]
	}
	return s
}

// done reports the keys that nothing asked for.
func (o *object) done() {
	for _, e := range o.all {
		if o.asked[e.key] {
			continue
		}
		known := slices.Sorted(maps.Keys(o.asked))
		o.src.fault(e.pos, "%sunknown key %q%s", prefix(o.what), e.key, suggest.DidYouMean(e.key, known))
	}
}

func prefix(what string) string {
	if what == "" {
		return ""
	}
	return what + ": "
}
