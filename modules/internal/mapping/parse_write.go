package mapping

import "time"

// parseFieldWrite reads `write` of a field: a path, or what differs from reading.
func parseFieldWrite(n node) *FieldWrite {
	w := &FieldWrite{Position: n.position()}
	if !n.isMapping() {
		w.To = n.path()
		return w
	}
	o := n.object()
	defer o.done()
	if v, ok := o.get("to"); ok {
		w.To = v.path()
	}
	if v, ok := o.get("currency"); ok {
		w.Currency = v.path()
	}
	w.As = o.text("as")
	w.Zone = o.text("zone")
	if _, ok := o.get("emit"); ok {
		w.Emit = o.oneOf("emit", "string", "number", "integer", "boolean", "bit")
	}
	w.One = o.boolean("one")
	if v, ok := o.get("values"); ok {
		for _, e := range v.entries() {
			w.Values = append(w.Values, EnumEntry{Position: e.pos, Native: e.text(), Unified: e.key})
		}
	}
	return w
}

// parseChange reads the keys of an operation that changes something; nil where it has none.
func parseChange(o *object) *Change {
	c := &Change{Fetch: o.text("fetch"), Merge: o.text("merge")}
	c.Required = o.members("required")
	if v, ok := o.get("required_when"); ok {
		for _, item := range v.list() {
			c.RequiredWhen = append(c.RequiredWhen, parseRequirement(item))
		}
	}
	if v, ok := o.get("poll"); ok {
		c.Poll = parsePoll(v)
	}
	if c.Fetch == "" && c.Merge == "" && c.Required == nil && c.RequiredWhen == nil && c.Poll == nil {
		return nil
	}
	return c
}

func parseRequirement(n node) *Requirement {
	o := n.object()
	defer o.done()
	r := &Requirement{Position: n.position(), Members: o.members("members")}
	if v, ok := o.require("when"); ok {
		r.When, r.Position = v.text(), v.position()
	}
	if len(r.Members) == 0 {
		n.faultf("the key %q is missing", "members")
	}
	return r
}

func parsePoll(n node) *Poll {
	o := n.object()
	defer o.done()
	p := &Poll{Position: n.position(), Every: 2 * time.Second, For: 20 * time.Second}
	if v, ok := o.require("operation"); ok {
		p.Operation = v.text()
	}
	if v, ok := o.require("until"); ok {
		p.Until, p.Position = v.text(), v.position()
	}
	if v, ok := o.get("every"); ok {
		p.Every = v.duration()
	}
	if v, ok := o.get("for"); ok {
		p.For = v.duration()
	}
	if p.Every <= 0 {
		n.faultf("`every` wants a time above zero")
	}
	return p
}

// parseCallWrite reads the keys of a call that changes something; nil where it has none.
func parseCallWrite(o *object) *CallWrite {
	w := &CallWrite{Members: o.members("write"), Form: o.boolean("form")}
	if v, ok := o.get("fields"); ok {
		for _, e := range v.entries() {
			w.Fields = append(w.Fields, parseField(e))
		}
	}
	if v, ok := o.get("answer"); ok {
		if w.None = v.text() == "none"; !w.None {
			v.faultf("wants none; an answer with the object has `row` instead")
		}
	}
	if v, ok := o.get("id"); ok {
		w.ID = v.paths()
	}
	if w.Members == nil && w.Fields == nil && !w.Form && !w.None && w.ID == nil {
		return nil
	}
	return w
}

// members reads names of unified members.
func (o *object) members(key string) []Member {
	n, ok := o.get(key)
	if !ok {
		return nil
	}
	var out []Member
	for _, item := range n.list() {
		out = append(out, Member{Position: item.position(), Name: item.text()})
	}
	return out
}
