package mapping

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// compileBody compiles what a call that changes something sends; nil for no body.
func (p *Platform) compileBody(c *Call, s *shape, so *surface.Operation) *bodyPlan {
	b := &bodyCompiler{p: p, operation: so, plan: &bodyPlan{root: &nativeNode{slot: -1}}}
	for _, a := range c.Set {
		if a.Target.In == "body" {
			b.constant(b.plan.root, a.Target.Position, a.Target.Name, gjson.Parse(a.JSON))
		}
	}
	if c.Write != nil {
		b.plan.form = c.Write.Form
		b.choose(c.Write, s)
	}
	b.plan.parts = b.parts(so.Body, "", "", b.plan.root, nil)
	b.reportUnused()
	if len(b.chosen) == 0 && len(b.plan.root.nodes) == 0 {
		return nil
	}
	for _, m := range so.Body {
		taken := slices.ContainsFunc(b.plan.parts, func(p *part) bool { return p.name == m.Name })
		if m.Required && !taken && m.Name != "platform" {
			p.fault(c.Position, "%s requires the member %q, which this call does not write", so.ID, m.Name)
		}
	}
	return b.plan
}

// bodyCompiler compiles one body, or the elements of a list in one.
type bodyCompiler struct {
	p         *Platform
	operation *surface.Operation
	plan      *bodyPlan
	chosen    []*chosenField
}

// chosenField is a field that a call takes.
type chosenField struct {
	field *Field
	// at is where the mapping names the member.
	at Position
	// exact tells that it is named itself, and not only what it is a part of: it has to
	// be there, and to have a way to be written.
	exact bool
	used  bool
}

// choose collects the fields that a call takes: those declared in place, and those of the
// resource that it names.
func (b *bodyCompiler) choose(w *CallWrite, s *shape) {
	for _, f := range w.Fields {
		b.chosen = append(b.chosen, &chosenField{field: f, at: f.Position, exact: true})
	}
	for _, m := range w.Members {
		found := false
		for _, f := range s.resource.Fields {
			if f.Member != m.Name && !strings.HasPrefix(f.Member, m.Name+".") {
				continue
			}
			found = true
			if !slices.ContainsFunc(b.chosen, func(c *chosenField) bool { return c.field.Member == f.Member }) {
				b.chosen = append(b.chosen, &chosenField{field: f, at: m.Position, exact: f.Member == m.Name})
			}
		}
		if !found {
			var names []string
			for _, f := range s.resource.Fields {
				names = append(names, f.Member)
			}
			b.p.fault(m.Position, "write: the resource %s of this mapping has no member %q%s", s.resource.Name, m.Name, suggest.DidYouMean(m.Name, names))
		}
	}
}

// elements chooses all fields of the objects in a list.
func (b *bodyCompiler) elements(fields []*Field, at Position) {
	for _, f := range fields {
		b.chosen = append(b.chosen, &chosenField{field: f, at: at})
	}
}

// parts compiles the members whose fields were chosen. prefix is that of their fields,
// shown that of their paths in messages, and node where base, a native path, starts.
func (b *bodyCompiler) parts(members []*surface.Member, prefix, shown string, node *nativeNode, base []string) []*part {
	var out []*part
	for _, m := range members {
		name := prefix + m.Name
		part := &part{name: m.Name, path: shown + m.Name, slot: -1}
		if c := b.field(name); c != nil {
			if b.member(c, m, part, node, base) {
				out = append(out, part)
			}
			continue
		}
		switch m.Type {
		case surface.Object, surface.Money:
			part.parts = b.parts(m.Members, name+".", part.path+".", node, base)
		case surface.Map:
			part.parts = b.entries(m, name+".", part.path+".", node, base)
		}
		if len(part.parts) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// entries compiles the fields of a map, one for each key.
func (b *bodyCompiler) entries(m *surface.Member, prefix, shown string, node *nativeNode, base []string) []*part {
	var out []*part
	for _, c := range b.chosen {
		key, ok := strings.CutPrefix(c.field.Member, prefix)
		if !ok {
			continue
		}
		element := m.Element
		if element == nil {
			element = &surface.Member{Type: surface.Text}
		}
		part := &part{name: key, path: shown + key, slot: -1}
		if b.member(c, element, part, node, base) {
			out = append(out, part)
		}
	}
	return out
}

func (b *bodyCompiler) field(name string) *chosenField {
	for _, c := range b.chosen {
		if c.field.Member == name {
			return c
		}
	}
	return nil
}

// reportUnused reports members that were named and that the body of the surface lacks.
func (b *bodyCompiler) reportUnused() {
	for _, c := range b.chosen {
		if c.used || !c.exact {
			continue
		}
		b.p.fault(c.at, "write: the body of %s has no member %q%s", b.operation.ID, c.field.Member, suggest.DidYouMean(c.field.Member, paths(b.operation.Body)))
	}
}

func paths(members []*surface.Member) []string {
	var out []string
	for _, m := range members {
		out = append(out, m.Path)
		if m.Type == surface.Object {
			out = append(out, paths(m.Members)...)
		}
	}
	return out
}

// member compiles one field. It tells whether the member can be written.
func (b *bodyCompiler) member(c *chosenField, m *surface.Member, part *part, node *nativeNode, base []string) bool {
	c.used = true
	f := c.field
	path, ok := f.target()
	if !ok {
		if c.exact {
			b.p.fault(f.Position, "%s has no way to be written: say with `write` where it goes", f.Member)
		}
		return false
	}
	path = slices.Concat(base, path)
	object := f.Each != nil && m.Type == surface.Object
	if f.Write != nil && f.Write.One {
		if m.Type != surface.List {
			b.p.fault(f.Write.Position, "`one` is for lists, and %s is none", f.Member)
			return false
		}
		object = f.Each != nil
	}
	if object {
		inner := &bodyCompiler{p: b.p, operation: b.operation, plan: b.plan}
		inner.elements(f.Each, c.at)
		shown := part.path + "."
		if part.one = m.Type == surface.List; part.one {
			shown = part.path + "[0]."
		}
		part.parts = inner.parts(m.Members, "", shown, node, path)
		return len(part.parts) > 0
	}
	if len(path) == 0 {
		b.p.fault(f.Position, "%s cannot be the whole body", f.Member)
		return false
	}
	write := b.value(f, m)
	if write == nil {
		return false
	}
	part.slot = b.plan.slots
	b.plan.slots++
	b.place(node, path, part, f, write, false)
	if currency := f.currency(); m.Type == surface.Money && currency != nil {
		b.place(node, slices.Concat(base, currency), part, f, writeCurrency, true)
	}
	return true
}

// target is the native path that a field is written to.
func (f *Field) target() ([]string, bool) {
	var path []string
	switch {
	case f.Write != nil && f.Write.To != nil:
		return f.Write.To, true
	case len(f.From) > 0:
		path = f.From[0]
	case f.Money != nil:
		path = f.Money.Amount[0]
	default:
		return nil, false
	}
	writable := len(path) > 0 && !slices.ContainsFunc(path, func(step string) bool { return strings.HasPrefix(step, "@") || digits(step) })
	return path, writable
}

// currency is the native path of the currency of money; nil where the platform has none.
func (f *Field) currency() []string {
	switch {
	case f.Write != nil && f.Write.Currency != nil:
		return f.Write.Currency
	case f.Money != nil && len(f.Money.Currency) > 0:
		return f.Money.Currency[0]
	}
	return nil
}

// place puts a value into the native object. Several amounts may have one currency.
func (b *bodyCompiler) place(node *nativeNode, path []string, part *part, f *Field, write valueWriter, currency bool) {
	for _, step := range path[:len(path)-1] {
		if node.write != nil || node.constant != nil {
			break
		}
		node = node.grow(step)
	}
	if node.write == nil && node.constant == nil {
		node = node.grow(path[len(path)-1])
	}
	if currency && node.currency {
		node.amounts = append(node.amounts, &nativeNode{slot: part.slot, path: part.path})
		return
	}
	if node.write != nil || node.nodes != nil {
		other := node.path
		if other == "" {
			other = "another member"
		}
		b.p.fault(f.Position, "%s and %s are both written to %s", other, f.Member, strings.Join(path, "."))
		return
	}
	node.slot, node.path, node.write, node.currency = part.slot, part.path, write, currency
}

// grow returns a member of an object, making it where it is not there. With [] behind its
// name it is a list of one object.
func (n *nativeNode) grow(step string) *nativeNode {
	name, list := strings.CutSuffix(step, "[]")
	if c := n.child(name); c != nil {
		return c
	}
	c := &nativeNode{name: name, slot: -1, list: list}
	n.nodes = append(n.nodes, c)
	return c
}

// constant puts a constant into the native object, member by member.
func (b *bodyCompiler) constant(node *nativeNode, at Position, name string, v gjson.Result) {
	node = node.grow(name)
	if v.IsObject() && v.Raw != "{}" {
		v.ForEach(func(key, value gjson.Result) bool {
			b.constant(node, at, key.Str, value)
			return true
		})
		return
	}
	node.constant = []byte(v.Raw)
	switch v.Str {
	case "{platform.timezone}":
		node.constant = []byte(quoteJSON(b.p.Zone.String()))
	case "{platform.currency}":
		node.constant = []byte(quoteJSON(b.p.Currency))
	}
}
