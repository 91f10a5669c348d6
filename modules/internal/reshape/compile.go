package reshape

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
)

// Compile makes a plan. What a mapping can get wrong is an error here, so that a page
// can only fail for what the native body holds.
func Compile(shape Shape, source Source) (*Plan, error) {
	if source.Keyed && source.Single {
		return nil, errors.New("rows cannot be both keyed and single")
	}
	dropped, err := newDrop(shape.Drop)
	if err != nil {
		return nil, err
	}
	p := &Plan{source: source, outer: len(shape.Outer), opening: '[', drop: dropped}
	if source.Keyed {
		p.opening = '{'
	}
	c := &compiler{plan: p, outer: shape.Outer, slots: ignored}
	envelope := &node{}
	if len(source.Rows) == 0 {
		source.Rows = []Path{nil}
	}
	for _, path := range source.Rows {
		if err := checkPath(path); err != nil {
			return nil, fmt.Errorf("rows: %w", err)
		}
		n := envelope.at(path)
		n.rows = true
		p.candidates = append(p.candidates, n)
	}
	p.place = strings.Join(source.Rows[0], ".")
	captures, err := nodes(envelope, source.Capture)
	if err != nil {
		return nil, fmt.Errorf("captured value: %w", err)
	}
	row := c.level(nil, dropped, "")
	last, err := nodes(row.tree.root, source.Last)
	if err != nil {
		return nil, fmt.Errorf("value of the last row: %w", err)
	}
	if p.members, err = c.members(row, "", shape.Members, true); err != nil {
		return nil, err
	}
	c.number(envelope)
	p.envelope = envelope
	c.numberLevel(row)
	p.row = *row.tree
	p.scalars = row.this || !p.row.root.inner()
	p.slots = int(c.slots) + 1
	for _, n := range captures {
		p.captures = append(p.captures, n.slot)
	}
	for _, n := range last {
		p.last = append(p.last, n.slot)
	}
	for _, bind := range c.bindings {
		bind()
	}
	p.whole = p.link(nil, nil)
	return p, nil
}

// compiler holds what one Compile collects.
type compiler struct {
	plan  *Plan
	outer []string
	slots int32
	nodes int32
	// bindings run once all slots are numbered: ops refer to nodes until then.
	bindings []func()
}

// level is the row, or the element of a list, that paths start from.
type level struct {
	tree   *tree
	parent *level
	drop   *drop
	path   string
	this   bool // @this is used
	lists  []*level
}

func (c *compiler) level(parent *level, d *drop, path string) *level {
	l := &level{tree: &tree{root: &node{}}, parent: parent, drop: d, path: path}
	if parent != nil {
		parent.lists = append(parent.lists, l)
	}
	return l
}

// number gives the slots of a node and all below it, in one range.
func (c *compiler) number(n *node) {
	c.slots++
	n.slot = c.slots
	n.low = c.slots + 1
	n.leaf = !n.inner() && !n.rows
	if n.inner() {
		n.id = c.nodes
		c.nodes++
		c.plan.orders = int(c.nodes)
	}
	for _, k := range n.keys {
		c.number(k.node)
	}
	n.high = c.slots + 1
}

func (c *compiler) numberLevel(l *level) {
	c.slots++
	l.tree.key = c.slots
	c.number(l.tree.root)
	for _, list := range l.lists {
		c.numberLevel(list)
	}
}

func nodes(root *node, paths []Path) ([]*node, error) {
	found := make([]*node, len(paths))
	for i, path := range paths {
		if err := checkPath(path); err != nil {
			return nil, err
		}
		found[i] = root.at(path)
	}
	return found, nil
}

func checkPath(path Path) error {
	for _, step := range path {
		if strings.HasPrefix(step, "@") {
			return fmt.Errorf("path %s: %s has no meaning here", strings.Join(path, "."), step)
		}
	}
	return nil
}

// members compiles the members of an object.
func (c *compiler) members(l *level, at string, members []Member, taps bool) ([]field, error) {
	fields := make([]field, 0, len(members))
	for _, m := range members {
		path := at + m.Name
		if slices.ContainsFunc(fields, func(f field) bool { return f.name == m.Name }) {
			return nil, fmt.Errorf("member %s: declared twice", path)
		}
		f := field{name: m.Name, key: append(codec.AppendQuoted(nil, m.Name), ':'), tap: -1}
		if taps {
			f.tap = len(c.plan.taps)
			c.plan.taps = append(c.plan.taps, path)
		}
		var err error
		if f.op, f.fields, err = c.value(l, path, m.Value, taps); err != nil {
			return nil, fmt.Errorf("member %s: %w", path, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// value compiles one value. The members of objects are returned beside their op,
// since linking decides what becomes of them.
func (c *compiler) value(l *level, path string, v Value, taps bool) (o op, fields []field, err error) {
	o = op{path: path, tap: -1}
	var from []Path
	switch v := v.(type) {
	case nil, Null:
		o.json = []byte("null")
	case Const:
		if !json.Valid(v.JSON) {
			return o, nil, fmt.Errorf("constant %q is not JSON", v.JSON)
		}
		o.json = v.JSON
	case Text:
		o.code, from, o.empty = opText, v.From, v.EmptyIsNull
	case Integer:
		o.code, from = opInteger, v.From
	case Number:
		o.code, from = opNumber, v.From
	case Decimal:
		o.code, from, o.scale = opDecimal, v.From, v.Scale
	case Boolean:
		o.code, from = opBoolean, v.From
	case ID:
		o.code, from, o.lead = opID, v.From, codec.AppendEscaped(nil, v.Prefix)
	case Coded:
		o.code, from, o.codec = opCoded, v.From, v.Codec
		if d, ok := v.Codec.(*codec.Datetime); ok {
			o.code, o.datetime = opDatetime, d
		}
		if v.Codec == nil {
			return o, nil, errors.New("has no codec")
		}
	case Enum:
		o.code, from, o.enum = opEnum, v.From, v.Table
		if v.Table == nil {
			return o, nil, errors.New("has no table")
		}
	case Money:
		o.code, from, o.scale = opMoney, v.Amount, v.Scale
		o.otherwise = []byte("null")
		if v.DefaultCurrency != "" {
			o.otherwise = codec.AppendQuoted(nil, v.DefaultCurrency)
		}
		if len(v.Currency) > 0 {
			o.currency, _, err = c.refs(l, v.Currency)
		}
	case Object:
		o.code = opObject
		fields, err = c.members(l, path+".", v.Members, taps)
		return o, fields, err
	case Map:
		o.code = opMap
		fields, err = c.members(l, path+".", v.Members, taps)
		return o, fields, err
	case List:
		return c.list(l, path, v)
	case Split:
		o.code, from, o.sep = opSplit, v.From, v.Sep
		if v.Sep == "" {
			return o, nil, errors.New("has no separator")
		}
	case Raw:
		o.code, from = opRaw, v.From
	case Computed:
		o.code, from, o.call = opComputed, v.From, v.Func
		if v.Func == nil {
			return o, nil, errors.New("has no function")
		}
	default:
		return o, nil, fmt.Errorf("unknown kind of value %T", v)
	}
	if err == nil && o.code != opConst {
		o.from, o.drops, err = c.refs(l, from)
		o.plainly()
	}
	return o, nil, err
}

// list compiles a list, whose elements are a level of their own.
func (c *compiler) list(l *level, path string, v List) (o op, fields []field, err error) {
	o = op{code: opList, path: path, tap: -1, keyed: v.Keyed}
	if (v.Element == nil) == (v.Members == nil) {
		return o, nil, errors.New("a list has either members or an element")
	}
	for _, p := range v.From {
		if _, ok := outerName(p); ok {
			return o, nil, errors.New("a list cannot come from an outer token")
		}
	}
	if o.from, o.drops, err = c.refs(l, v.From); err != nil {
		return o, nil, err
	}
	var below *drop
	for _, d := range o.drops {
		if v.Keyed {
			d = d.elements()
		}
		below = union(below, d)
	}
	inside := c.level(l, below, path)
	o.list = inside.tree
	if v.Members != nil {
		if fields, err = c.members(inside, path+".", v.Members, false); err != nil {
			return o, nil, err
		}
		o.scalars = inside.this
		return o, fields, nil
	}
	element := field{tap: -1}
	if element.op, element.fields, err = c.value(inside, path, v.Element, false); err != nil {
		return o, nil, err
	}
	o.element, o.scalars = true, true
	return o, []field{element}, nil
}

// refs compiles the paths that a value comes from, and what is dropped of each. No
// path means the row itself.
func (c *compiler) refs(l *level, paths []Path) ([]ref, []*drop, error) {
	if len(paths) == 0 {
		paths = []Path{{"@this"}}
	}
	refs := make([]ref, len(paths))
	drops := make([]*drop, len(paths))
	for i, path := range paths {
		if err := c.ref(l, path, &refs[i], &drops[i]); err != nil {
			return nil, nil, fmt.Errorf("path %s: %w", strings.Join(path, "."), err)
		}
	}
	return refs, drops, nil
}

// ref compiles one path.
func (c *compiler) ref(l *level, path Path, to *ref, d **drop) error {
	if len(path) > 0 && path[0] == "@parent" {
		if l.parent == nil {
			return errors.New("there is no row around this one")
		}
		return c.ref(l.parent, path[1:], to, d)
	}
	if name, ok := outerName(path); ok {
		i := slices.Index(c.outer, name)
		if i < 0 {
			return fmt.Errorf("the shape names no outer token %q", name)
		}
		*to = outer(i)
		return nil
	}
	switch {
	case len(path) == 0, len(path) == 1 && path[0] == "@this":
		l.this = true
		*d = l.drop
		c.bindings = append(c.bindings, func() { *to = ref(l.tree.root.slot) })
		return nil
	case len(path) == 1 && path[0] == "@key":
		c.bindings = append(c.bindings, func() { *to = ref(l.tree.key) })
		return nil
	}
	if err := checkPath(path); err != nil {
		return err
	}
	n := l.tree.root.at(path)
	*d = l.drop.follow(path)
	c.bindings = append(c.bindings, func() { *to = ref(n.slot) })
	return nil
}

// outerName returns the name in @outer.<name>, written as one step or as two.
func outerName(path Path) (string, bool) {
	return strings.CutPrefix(strings.Join(path, "."), "@outer.")
}
