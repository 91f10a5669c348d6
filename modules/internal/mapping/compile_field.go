package mapping

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

// shape is a resource of the mapping as it reads: what reshape needs, and what
// filters and orders need to be turned back.
type shape struct {
	resource *Resource
	surface  *surface.Resource
	reshape  reshape.Shape
	fields   map[string]*Field // by unified member
	given    map[string]bool   // members that can be other than null
	enums    map[string]*codec.Enum
}

func (p *Platform) compileFormats(b Binding) {
	for name, f := range p.mapping.Formats {
		c, err := p.compileFormat(f, b)
		if err != nil {
			p.fault(f.Position, "format %s: %v", name, err)
			continue
		}
		p.formats[name] = c
		p.days[name] = f.Kind == "date"
	}
}

func (p *Platform) format(at Position, name string) plugins.Codec {
	c, ok := p.formats[name]
	if !ok {
		if _, declared := p.mapping.Formats[name]; !declared {
			p.fault(at, "no format named %q%s", name, suggest.DidYouMean(name, keys(p.mapping.Formats)))
		}
		return nil
	}
	return c
}

// compileResources compiles the resources that the surface has too; a name that it
// has not is a fault.
func (p *Platform) compileResources() map[string]*shape {
	shapes := map[string]*shape{}
	for name, r := range p.mapping.Resources {
		base, _, _ := strings.Cut(name, "/")
		sr := p.surface.Resource(base)
		if sr == nil {
			p.fault(r.Position, "the surface has no resource %q%s", base, suggest.DidYouMean(base, p.surfaceResources()))
			continue
		}
		s := &shape{resource: r, surface: sr, fields: map[string]*Field{}, given: map[string]bool{}, enums: map[string]*codec.Enum{}}
		c := fieldCompiler{p: p, shape: s}
		for _, path := range r.Secrets {
			s.reshape.Drop = append(s.reshape.Drop, reshape.Path(path))
		}
		s.reshape.Members = c.members(r.Fields, sr.Members, "", true)
		s.reshape.Outer = c.outer
		shapes[name] = s
	}
	return shapes
}

func (p *Platform) surfaceResources() []string {
	var names []string
	for _, op := range p.surface.Operations() {
		if op.Resource != nil && !slices.Contains(names, op.Resource.Name) {
			names = append(names, op.Resource.Name)
		}
	}
	return names
}

// fieldCompiler turns the fields of one resource into members in the surface's order.
type fieldCompiler struct {
	p     *Platform
	shape *shape
	outer []string
	below [][]string // paths that all others start from; none: the row
}

// members compiles the fields whose names start with prefix. A member of the
// surface that no field gives is null, save id and platform, which are the
// gateway's own.
func (c *fieldCompiler) members(fields []*Field, want []*surface.Member, prefix string, top bool) []reshape.Member {
	used := map[*Field]bool{}
	var out []reshape.Member
	for _, m := range want {
		if m.Name == "native" && top {
			continue // written by reshape when asked for
		}
		out = append(out, reshape.Member{Name: m.Name, Value: c.member(fields, m, prefix, top, used)})
	}
	for _, f := range fields {
		if used[f] || !strings.HasPrefix(f.Member, prefix) {
			continue
		}
		var names []string
		for _, m := range want {
			names = append(names, prefix+m.Name)
		}
		c.p.fault(f.Position, "%s has no member %q%s", c.shape.surface.Name, f.Member, suggest.DidYouMean(f.Member, names))
	}
	return out
}

func (c *fieldCompiler) member(fields []*Field, m *surface.Member, prefix string, top bool, used map[*Field]bool) reshape.Value {
	name := prefix + m.Name
	var exact *Field
	var below []*Field
	for _, f := range fields {
		if f.Member != name && !strings.HasPrefix(f.Member, name+".") {
			continue
		}
		switch used[f] = true; {
		case !f.reads():
		case f.Member == name:
			exact = f
		default:
			below = append(below, f)
		}
	}
	switch {
	case exact != nil && len(below) > 0:
		c.p.fault(below[0].Position, "%q and %q give the same member twice", exact.Member, below[0].Member)
		return reshape.Null{}
	case exact != nil:
		if top {
			c.shape.fields[name] = exact
		}
		c.shape.given[name] = true
		c.note(m, name)
		return c.value(exact, m)
	case len(below) > 0:
		return c.composite(below, m, name, top)
	case top && m.Name == "id":
		if f := find(fields, prefix+"native_id"); f != nil {
			return reshape.ID{Prefix: c.p.Name + ":", From: c.paths(f.From)}
		}
		return reshape.Null{}
	case top && m.Name == "platform":
		return reshape.Const{JSON: []byte(quoteJSON(c.p.Name))}
	case strings.HasPrefix(m.Name, "native_"):
		// an enum that reads native values always shows the native one too
		base := find(fields, prefix+strings.TrimPrefix(m.Name, "native_"))
		if base != nil && base.Enum != nil && len(base.From) > 0 {
			c.shape.given[name] = true
			return reshape.Text{From: c.paths(base.From), EmptyIsNull: true}
		}
	}
	return reshape.Null{}
}

// reads tells whether a field has a value when it is read; all others are only written.
func (f *Field) reads() bool {
	return f.From != nil || f.Money != nil || f.Const != nil || f.Expr != ""
}

// note marks the members below one that is given whole.
func (c *fieldCompiler) note(m *surface.Member, name string) {
	for _, sub := range m.Members {
		c.shape.given[name+"."+sub.Name] = true
	}
}

func (c *fieldCompiler) composite(below []*Field, m *surface.Member, name string, top bool) reshape.Value {
	c.shape.given[name] = true
	for _, f := range below {
		c.shape.given[f.Member] = true
		if top {
			c.shape.fields[f.Member] = f
		}
	}
	switch m.Type {
	case surface.Object:
		return reshape.Object{Members: c.members(below, m.Members, name+".", false)}
	case surface.Map:
		var entries []reshape.Member
		for _, f := range below {
			element := m.Element
			if element == nil {
				element = &surface.Member{Type: surface.Text}
			}
			entries = append(entries, reshape.Member{Name: strings.TrimPrefix(f.Member, name+"."), Value: c.value(f, element)})
		}
		return reshape.Map{Members: entries}
	}
	c.p.fault(below[0].Position, "%s of %s has no members of its own", name, c.shape.surface.Name)
	return reshape.Null{}
}

func find(fields []*Field, name string) *Field {
	for _, f := range fields {
		if f.Member == name {
			return f
		}
	}
	return nil
}

// paths turns the paths of a mapping into reshape's, and takes note of values that
// come from outside the row.
func (c *fieldCompiler) paths(in [][]string) []reshape.Path {
	var out []reshape.Path
	for _, p := range in {
		switch {
		case len(p) == 2 && p[0] == "@outer":
			if !slices.Contains(c.outer, p[1]) {
				c.outer = append(c.outer, p[1])
			}
			out = append(out, reshape.Path{"@outer." + p[1]})
		case len(c.below) > 0:
			for _, base := range c.below {
				out = append(out, reshape.Path(slices.Concat(base, p)))
			}
		case len(p) == 0:
			out = append(out, reshape.Path{"@this"})
		default:
			out = append(out, reshape.Path(p))
		}
	}
	return out
}

// value compiles one field for a member of the given type.
func (c *fieldCompiler) value(f *Field, m *surface.Member) reshape.Value {
	switch {
	case f.Const != nil:
		return reshape.Const{JSON: []byte(constantJSON(*f.Const, m))}
	case f.Expr != "":
		v, err := c.p.compileRowExpr(f.Expr)
		if err != nil {
			c.p.fault(f.Position, "expr: %v", err)
			return reshape.Null{}
		}
		v.From = c.paths(pathsOf(v.From))
		return v
	case f.Money != nil:
		return c.money(f, m)
	case f.Each != nil:
		if m.Type != surface.List && m.Type != surface.Object {
			c.p.fault(f.Position, "%s is not a list or an object, so `each` has no meaning", f.Member)
			return reshape.Null{}
		}
		return c.each(f, m)
	}
	return c.simple(f, m)
}

// each compiles the members of the native objects at a path: a list of them, or the
// one that there is.
func (c *fieldCompiler) each(f *Field, m *surface.Member) reshape.Value {
	inner := fieldCompiler{p: c.p, shape: &shape{surface: c.shape.surface, fields: map[string]*Field{}, given: map[string]bool{}, enums: map[string]*codec.Enum{}}}
	defer func() { c.outer = append(c.outer, inner.outer...) }()
	if m.Type == surface.List {
		want := m.Members
		if m.Element != nil {
			want = m.Element.Members
		}
		return reshape.List{From: c.paths(f.From), Members: inner.members(f.Each, want, "", true)}
	}
	// a step into an array takes its first element, so one object and a list of one
	// are read alike
	inner.below = f.From
	return reshape.Object{Members: inner.members(f.Each, m.Members, "", true)}
}

func (c *fieldCompiler) money(f *Field, m *surface.Member) reshape.Value {
	if m.Type != surface.Money {
		c.p.fault(f.Position, "%s is not money", f.Member)
		return reshape.Null{}
	}
	currency := f.Money.Fixed
	if currency == "" && !f.Money.Alone {
		currency = c.p.Currency
	}
	return reshape.Money{Amount: c.paths(f.Money.Amount), Scale: f.Scale, Currency: c.paths(f.Money.Currency), DefaultCurrency: currency}
}

func (c *fieldCompiler) simple(f *Field, m *surface.Member) reshape.Value {
	from := c.paths(f.From)
	if f.Enum != nil {
		if m.Type != surface.Enum && m.Type != surface.Boolean && m.Type != surface.Text {
			c.p.fault(f.Position, "%s is not an enum", f.Member)
			return reshape.Null{}
		}
		table := c.enum(f.Enum, m)
		if table == nil {
			return reshape.Null{}
		}
		c.shape.enums[f.Member] = table
		return reshape.Enum{From: from, Table: table}
	}
	if f.As != "" {
		coder := c.p.format(f.Position, f.As)
		if coder == nil {
			return reshape.Null{}
		}
		if m.Type != surface.Instant && m.Type != surface.Date && m.Type != surface.Text {
			c.p.fault(f.Position, "%s is neither a time nor a date, so `as` has no meaning", f.Member)
		}
		return reshape.Coded{From: from, Codec: coder}
	}
	switch m.Type {
	case surface.Text:
		return reshape.Text{From: from, EmptyIsNull: !f.Empty}
	case surface.Integer:
		return reshape.Integer{From: from}
	case surface.Number:
		return reshape.Number{From: from}
	case surface.Decimal:
		return reshape.Decimal{From: from, Scale: f.Scale}
	case surface.Boolean:
		return reshape.Boolean{From: from}
	case surface.ID:
		return reshape.ID{Prefix: c.p.Name + ":", From: from}
	case surface.Instant, surface.Date:
		c.p.fault(f.Position, "%s is a time: say with `as` how the platform writes it", f.Member)
	case surface.Enum:
		c.p.fault(f.Position, "%s is an enum: list its native values with `enum`", f.Member)
	case surface.Money:
		c.p.fault(f.Position, "%s is money: give it with `money`", f.Member)
	case surface.List:
		if f.Split != "" {
			return reshape.Split{From: from, Sep: f.Split}
		}
		if m.Element != nil && m.Element.Type != surface.Object {
			return reshape.List{From: from, Element: c.element(m.Element)}
		}
		if m.Element == nil || len(m.Element.Members) == 0 {
			return reshape.Raw{From: from}
		}
		c.p.fault(f.Position, "%s is a list of objects: give their members with `each`", f.Member)
	default:
		return reshape.Raw{From: from}
	}
	return reshape.Null{}
}

func (c *fieldCompiler) element(m *surface.Member) reshape.Value {
	switch m.Type {
	case surface.Integer:
		return reshape.Integer{}
	case surface.Number:
		return reshape.Number{}
	case surface.Boolean:
		return reshape.Boolean{}
	case surface.ID:
		return reshape.ID{Prefix: c.p.Name + ":"}
	case surface.Text:
		return reshape.Text{}
	}
	return reshape.Raw{}
}

func constantJSON(s string, m *surface.Member) string {
	switch m.Type {
	case surface.Integer, surface.Number, surface.Boolean:
		return s
	}
	return quoteJSON(s)
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
