package mapping

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func parseOperation(e entry) *Operation {
	op := &Operation{Position: e.pos, ID: e.key}
	o := e.object()
	defer o.done()
	op.Resource = o.text("resource")
	op.Via = o.text("via")
	op.Change = parseChange(o)
	op.Lifecycle = parseLifecycle(o)
	op.Changes = parseChanges(o)
	if v, ok := o.get("calls"); ok {
		rate := parseRate(o)
		for _, item := range v.list() {
			c := item.object()
			call := parseCall(c, item)
			if call.Rate.Requests == 0 {
				call.Rate = rate
			}
			op.Calls = append(op.Calls, call)
			c.done()
		}
		op.requireRows(e.node)
		return op
	}
	if op.Via != "" {
		if v, ok := o.get("limits"); ok {
			v.faultf("%s is answered by %s: its limits are those of that list", op.ID, op.Via)
		}
		if op.Changes != nil {
			o.src.fault(op.Changes.Position, "%s is answered by %s: `changes` belongs to that list", op.ID, op.Via)
		}
		return op
	}
	op.Calls = []*Call{parseCall(o, e.node)}
	op.requireRows(e.node)
	return op
}

// requireRows reports calls that do not say what their answers hold.
func (op *Operation) requireRows(n node) {
	fetched := op.Change != nil && op.Change.Fetch != ""
	for _, c := range op.Calls {
		none := c.Write != nil && c.Write.None
		switch {
		case none && (fetched || c.Rows != nil), fetched && c.Rows != nil:
			n.src.fault(c.Position, "%s: one of `row`, `answer: none` and `fetch` only", n.what)
		case c.Rows == nil && !fetched && !none:
			n.src.fault(c.Position, "%s: wants `rows` (a list) or `row` (one object); @this is the body itself. What changes something may have `answer: none` or `fetch` instead", n.what)
		}
	}
}

// parseCall reads the keys of a call from o, which may hold keys of its owner too.
func parseCall(o *object, n node) *Call {
	c := &Call{Position: n.position(), When: o.text("when"), Include: map[string][]Assignment{}}
	if v, ok := o.require("call"); ok {
		c.Position = v.position()
		for i, item := range v.list() {
			r := Route{Position: item.position()}
			if r.Method, r.Path = item.call(); i == 0 {
				c.Method, c.Path = r.Method, r.Path
				continue
			}
			c.Else = append(c.Else, r)
		}
	}
	for _, in := range []string{"query", "header", "body"} {
		if v, ok := o.get(in); ok {
			c.Set = append(c.Set, parseConstants(in, v)...)
		}
	}
	if v, ok := o.get("rows"); ok {
		c.Rows = v.paths()
		if len(c.Rows) == 0 {
			c.Rows = [][]string{{}}
		}
	}
	c.Keyed = o.boolean("keyed")
	if v, ok := o.get("row"); ok {
		c.Rows, c.Single = v.paths(), true
	}
	c.Whole = o.boolean("whole")
	c.Write = parseCallWrite(o)
	c.Rate = parseRate(o)
	if v, ok := o.get("paging"); ok {
		c.Paging = parsePaging(v)
	}
	if v, ok := o.get("count"); ok {
		co := v.object()
		c.Count = &Count{}
		for _, in := range []string{"query", "body"} {
			if s, ok := co.get(in); ok {
				c.Count.Set = append(c.Count.Set, parseConstants(in, s)...)
			}
		}
		if r, ok := co.require("read"); ok {
			c.Count.Read = r.path()
		}
		co.done()
	}
	if v, ok := o.get("total"); ok {
		c.Total = v.path()
	}
	if v, ok := o.get("filters"); ok {
		for _, f := range v.entries() {
			c.Filters = append(c.Filters, parseFilter(f))
		}
	}
	if v, ok := o.get("sort"); ok {
		c.Sort = parseSort(v)
	}
	if v, ok := o.get("include"); ok {
		for _, inc := range v.entries() {
			c.Include[inc.key] = parseWith(inc.node)
		}
	}
	if v, ok := o.get("for_each"); ok {
		c.ForEach = parseForEach(v)
	}
	return c
}

// parseConstants reads constants for a part of the request. In a body, keys are
// members of the JSON object and values keep their type.
func parseConstants(in string, n node) []Assignment {
	var out []Assignment
	for _, e := range n.entries() {
		a := Assignment{Target: Target{Position: e.pos, In: in, Name: e.key}}
		if in == "body" {
			b, err := json.Marshal(e.plain())
			if err != nil {
				e.faultf("cannot be written as JSON: %v", err)
			}
			a.JSON = string(b)
			out = append(out, a)
			continue
		}
		if !e.isList() {
			a.Text = e.text()
			out = append(out, a)
			continue
		}
		if !a.Target.repeats() {
			e.faultf("only a query parameter whose name ends in [] takes a list")
		}
		for _, item := range e.list() {
			a.Text = item.text()
			out = append(out, a)
		}
	}
	return out
}

// parseWith reads constants for the query and the body.
func parseWith(n node) []Assignment {
	var out []Assignment
	o := n.object()
	defer o.done()
	for _, in := range []string{"query", "body"} {
		if v, ok := o.get(in); ok {
			out = append(out, parseConstants(in, v)...)
		}
	}
	return out
}

// plain turns a YAML value into what encoding/json writes.
func (n node) plain() any {
	switch v := n.value().(type) {
	case *ast.SequenceNode:
		list := []any{}
		for _, item := range n.list() {
			list = append(list, item.plain())
		}
		return list
	case *ast.MappingNode, *ast.MappingValueNode:
		m := map[string]any{}
		for _, e := range n.entries() {
			m[e.key] = e.plain()
		}
		return m
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode, *ast.FloatNode:
		return json.Number(v.GetToken().Value)
	case *ast.NullNode, nil:
		return nil
	default:
		s, _ := scalar(v)
		return s
	}
}

// target reads `query.name`, `body.a.b`, `body.filters[]`, `path.name`, `header.Name`.
func (n node) target() Target {
	s := n.text()
	t := Target{Position: n.position()}
	in, name, ok := strings.Cut(s, ".")
	switch in {
	case "query", "path", "header", "body":
	default:
		ok = false
	}
	if !ok || name == "" {
		n.faultf("wants query.NAME, path.NAME, header.NAME or body.MEMBER, not %q", s)
		return t
	}
	t.In = in
	t.Name, t.Append = strings.CutSuffix(name, "[]")
	if in == "query" {
		// in a query the brackets are part of the name that repeats
		t.Name = name
	}
	return t
}

func (o *object) target(key string) Target {
	if v, ok := o.require(key); ok {
		return v.target()
	}
	return Target{}
}

func parsePaging(n node) *Paging {
	o := n.object()
	defer o.done()
	p := &Paging{Position: n.position(), Pages: o.integer("pages")}
	for _, kind := range []string{"page", "offset", "cursor"} {
		if v, ok := o.get(kind); ok {
			if p.Kind != "" {
				v.faultf("one of page, offset and cursor only")
			}
			p.Kind, p.To = kind, v.target()
		}
	}
	if p.Kind == "" {
		n.faultf("wants one of page, offset or cursor")
	}
	if v, ok := o.get("first"); ok {
		p.First = v.integer()
	} else if p.Kind == "page" {
		p.First = 1
	}
	if v, ok := o.get("size"); ok {
		t := v.target()
		p.Size = &t
	}
	p.Max = o.integer("max")
	if p.Size != nil && p.Max == 0 {
		n.faultf("`size` wants `max`, the largest page that the platform gives")
	}
	p.Stop = o.oneOf("stop", "empty_page", "short_page", "total")
	if v, ok := o.get("next"); ok {
		p.Cursor = v.path()
	}
	if p.Kind == "cursor" && p.Cursor == nil {
		n.faultf("a cursor wants `next`, its place in the answer")
	}
	return p
}

func parseFilter(e entry) *Filter {
	f := &Filter{Position: e.pos, Parameter: e.key}
	if !e.isMapping() {
		f.To = []Target{e.target()}
		return f
	}
	o := e.object()
	defer o.done()
	if v, ok := o.require("to"); ok {
		for _, t := range v.list() {
			f.To = append(f.To, t.target())
		}
	}
	f.Item = o.item("item")
	f.As = o.text("as")
	f.Edge = o.oneOf("edge", "same", "before")
	f.Many = o.boolean("many")
	f.Join = o.text("join")
	f.Emit = o.oneOf("emit", "string", "number", "integer", "boolean")
	f.Narrows = o.boolean("narrows")
	f.Default = o.text("default")
	if v, ok := o.get("with"); ok {
		f.With = parseWith(v)
	}
	if v, ok := o.get("values"); ok {
		for _, p := range v.entries() {
			f.Values = append(f.Values, EnumEntry{Position: p.pos, Native: p.text(), Unified: p.key})
		}
	}
	return f
}

// item reads a template of text or of JSON.
func (o *object) item(key string) string {
	v, ok := o.get(key)
	if !ok {
		return ""
	}
	if !v.isMapping() && !v.isList() {
		return v.text()
	}
	b, err := json.Marshal(v.plain())
	if err != nil {
		v.faultf("cannot be written as JSON: %v", err)
	}
	return string(b)
}

func parseSort(n node) *Sort {
	o := n.object()
	defer o.done()
	s := &Sort{Position: n.position(), To: o.target("to"), Item: o.item("item"), Join: o.text("join"), One: o.boolean("one"), Directions: map[string]string{"asc": "asc", "desc": "desc"}, Fields: map[string]string{}}
	if v, ok := o.get("directions"); ok {
		do := v.object()
		for _, d := range []string{"asc", "desc"} {
			if w, ok := do.require(d); ok {
				s.Directions[d] = w.text()
			}
		}
		do.done()
	}
	if v, ok := o.get("fields"); ok {
		for _, e := range v.entries() {
			s.Fields[e.key] = e.text()
		}
	}
	if s.Item == "" {
		n.faultf("wants `item`, a template with {field} and {direction}")
	}
	return s
}

func parseForEach(n node) *ForEach {
	o := n.object()
	defer o.done()
	f := &ForEach{Position: n.position(), As: o.text("as"), Operation: o.text("operation"), Member: o.text("member"), Values: o.texts("values"), Parameter: o.text("parameter")}
	if f.As == "" {
		n.faultf("wants `as`, the name of the value in templates")
	}
	if (f.Operation == "") == (len(f.Values) == 0) {
		n.faultf("wants either `operation` or `values`")
	}
	if f.Member == "" {
		f.Member = "native_id"
	}
	return f
}

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return strconv.Quote(s)
	}
	return string(b)
}
