package mapping

import "strings"

func parseResource(e entry) *Resource {
	r := &Resource{Position: e.pos, Name: e.key}
	for _, f := range e.entries() {
		if f.key == "secrets" {
			r.Secrets = f.paths()
			continue
		}
		r.Fields = append(r.Fields, parseField(f))
	}
	return r
}

func parseField(e entry) *Field {
	f := &Field{Position: e.pos, Member: e.key}
	if !e.isMapping() {
		f.From = e.paths()
		return f
	}
	o := e.object()
	defer o.done()
	sources := 0
	if v, ok := o.get("from"); ok {
		f.From = v.paths()
		sources++
	}
	if v, ok := o.get("money"); ok {
		f.Money = parseMoney(v)
		sources++
	}
	if v, ok := o.get("const"); ok {
		s := v.text()
		f.Const = &s
		sources++
	}
	if v, ok := o.get("expr"); ok {
		f.Expr = v.text()
		sources++
	}
	if v, ok := o.get("write"); ok {
		f.Write = parseFieldWrite(v)
	}
	if sources > 1 || sources == 0 && f.Write == nil {
		e.faultf("wants exactly one of from, money, const and expr")
	}
	f.As = o.text("as")
	f.Scale = o.integer("scale")
	f.Split = o.text("split")
	if v, ok := o.get("enum"); ok {
		f.Enum = parseEnum(v)
	}
	if v, ok := o.get("each"); ok {
		for _, part := range v.entries() {
			f.Each = append(f.Each, parseField(part))
		}
	}
	f.Empty = o.oneOf("empty", "null", "kept") == "kept"
	return f
}

func parseMoney(n node) *Money {
	if !n.isMapping() {
		return &Money{Amount: n.paths()}
	}
	o := n.object()
	defer o.done()
	m := &Money{}
	if v, ok := o.require("value"); ok {
		m.Amount = v.paths()
	}
	if v, ok := o.get("currency"); ok {
		s, isText := scalar(v.value())
		switch {
		case isText && s == "{platform.currency}":
		case isText && len(s) == 3 && strings.ToUpper(s) == s:
			m.Fixed = s
		default:
			m.Currency = v.paths()
		}
	}
	m.Alone = o.oneOf("else", "platform", "none") == "none"
	return m
}

func parseEnum(n node) *Enum {
	t := &Enum{Position: n.position()}
	seen := map[string]bool{}
	for _, e := range n.entries() {
		switch e.key {
		case "else":
			t.Else = e.text()
			continue
		case "case":
			t.Case = e.boolean()
			continue
		}
		key := e.key
		if !t.Case {
			key = strings.ToLower(key)
		}
		if seen[key] {
			e.faultf("the native value %q is there twice (letter case is ignored unless `case: true` comes first)", e.key)
		}
		seen[key] = true
		t.Table = append(t.Table, EnumEntry{Position: e.pos, Native: e.key, Unified: e.text()})
	}
	return t
}
