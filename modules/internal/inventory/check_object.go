package inventory

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// object checks what is said of the members of one native object, and that every
// member which the mapping reads of it is listed.
func (c *checker) object(o *Object) {
	facts, ok := c.facts(o)
	if !ok {
		return
	}
	for _, i := range o.Fields {
		claimed := make([][]fact, len(i.Claims))
		for n, claim := range i.Claims {
			text := claim.Text
			if text == "metric" || text == "dimension" {
				text += " " + i.Name // by its own name
			}
			known := within(facts, i.Name)
			for _, f := range known {
				if f.claim == text {
					claimed[n] = append(claimed[n], f)
				}
			}
			if claimed[n] == nil {
				c.fault(claim.Position, "%s: the mapping does not read %q as %q%s", o.Name, i.Name, text, instead(known))
			}
		}
		c.values(i, claimed)
	}
	c.allRead(o, facts)
}

// facts are what the mapping reads of an object.
func (c *checker) facts(o *Object) ([]fact, bool) {
	if o.Resource != "" {
		r := c.m.Resources[o.Resource]
		if r == nil {
			c.fault(o.Position, "the mapping has no resource %q", o.Resource)
			return nil, false
		}
		facts := resourceFacts(r)
		for i := range facts {
			facts[i].resource = o.Resource
		}
		return facts, true
	}
	var facts []fact
	for _, name := range o.Reports {
		at := slices.IndexFunc(c.m.Reports, func(r *mapping.Report) bool { return r.Name == name && r.Call != nil })
		if at < 0 {
			c.fault(o.Position, "the mapping has no native report %q", name)
			return nil, false
		}
		facts = append(facts, columnFacts(c.m.Reports[at])...)
	}
	return facts, true
}

// within returns the facts of a member, of those below it, and of a time that it is part of.
func within(facts []fact, name string) []fact {
	var out []fact
	for _, f := range facts {
		if f.name == name || strings.HasPrefix(f.name, name+".") || f.whole && strings.HasPrefix(name, f.name+".") {
			out = append(out, f)
		}
	}
	return out
}

// allRead reports members and values that the mapping knows and the object does not list.
func (c *checker) allRead(o *Object, facts []fact) {
	for _, f := range unique(facts) {
		if strings.HasPrefix(f.name, "@") {
			continue // the row itself, or its key
		}
		item := slices.IndexFunc(o.Fields, func(i *Item) bool { return i.Name == f.name && i.claims(f.claim) })
		if item < 0 {
			c.fault(f.at, "the mapping reads %q as %q, which the object %q of %s does not list", f.name, f.claim, o.Name, c.inv.File)
		}
	}
	for _, f := range facts {
		for _, w := range f.values {
			// one of several places of a member is enough for a value
			known := slices.ContainsFunc(o.Fields, func(i *Item) bool {
				return i.claims(f.claim) && slices.ContainsFunc(i.Values, func(v *Value) bool { return strings.EqualFold(v.Native, w.native) && v.Unreached == nil })
			})
			if !known {
				c.fault(w.at, "the mapping knows the value %q of %q, which the object %q of %s does not list", w.native, f.name, o.Name, c.inv.File)
			}
		}
	}
}

// claims tells whether an item has a claim.
func (i *Item) claims(text string) bool {
	return slices.ContainsFunc(i.Claims, func(claim Claim) bool {
		return claim.Text == text || (claim.Text == "metric" || claim.Text == "dimension") && claim.Text+" "+i.Name == text
	})
}

// objects reports resources that answers are read as and no object describes.
func (c *checker) objects() {
	for _, name := range sorted(c.m.Resources) {
		read := slices.ContainsFunc(c.made, func(m *made) bool { return m.resource == name && m.rows })
		listed := slices.ContainsFunc(c.inv.Objects, func(o *Object) bool { return o.Resource == name })
		if read && !listed {
			c.fault(c.m.Resources[name].Position, "`objects` of %s has none that is read as %q", c.inv.File, name)
		}
	}
}

// evaluate reads a row that has one member only, and returns what an expression makes of it.
func (c *checker) evaluate(f fact, native string) (string, bool) {
	plan, source := c.plan(f.resource)
	if plan == nil {
		return "", false
	}
	row, err := sjson.Set("{}", f.name, native)
	if err != nil {
		return "", false
	}
	body := row
	if source.Keyed {
		body = `{"key":` + row + `}`
	} else if !source.Single {
		body = "[" + row + "]"
	}
	if place := source.Rows[0]; len(place) > 0 {
		if body, err = sjson.SetRaw("{}", dotted(place), body); err != nil {
			return "", false
		}
	}
	var page reshape.Page
	outer := make([][]byte, len(plan.Outer()))
	if err := plan.Plan.Page(&page, []byte(body), &reshape.Options{Outer: outer}); err != nil || page.Len() == 0 {
		return "", false
	}
	v := gjson.GetBytes(page.Row(0), f.claim)
	if v.Type == gjson.Null {
		return "null", true
	}
	return v.String(), true
}

// plan returns a call that reads a resource.
func (c *checker) plan(resource string) (*mapping.CallPlan, *mapping.Call) {
	for _, id := range sorted(c.m.Operations) {
		op, plan := c.m.Operations[id], c.p.Operation(id)
		if plan == nil || op.Via != "" || c.resource(op) != resource {
			continue
		}
		for n, call := range op.Calls {
			if n < len(plan.Calls) && call.Rows != nil {
				return plan.Calls[n], call
			}
		}
	}
	return nil, nil
}

// operators checks the operators of filters of reports, both ways.
func (c *checker) operators() {
	var known []fact
	for _, r := range c.m.Reports {
		for _, f := range r.Filters {
			for unified, native := range f.Operators {
				known = append(known, fact{name: native, claim: unified, at: f.Position})
			}
		}
	}
	known = unique(known)
	for _, i := range c.inv.Operators {
		for _, claim := range i.Claims {
			if !slices.ContainsFunc(known, func(f fact) bool { return f.name == i.Name && f.claim == claim.Text }) {
				c.fault(claim.Position, "no report's filter sends the operator %q for %q%s", i.Name, claim.Text, instead(named(known, i.Name)))
			}
		}
	}
	for _, f := range known {
		if !slices.ContainsFunc(c.inv.Operators, func(i *Item) bool { return i.Name == f.name && i.claims(f.claim) }) {
			c.fault(f.at, "the mapping sends the operator %q for %q, which %s does not list", f.name, f.claim, c.inv.File)
		}
	}
}

// limits checks the documented limits, and that every page size, longest range and limit of
// a single endpoint that the mapping keeps to is one of them.
func (c *checker) limits() {
	for _, l := range c.inv.Limits {
		if l.Unreached != nil {
			continue
		}
		got := map[string]int{"requests": c.m.Limits.Requests, "concurrency": c.m.Limits.Concurrency}
		if value, ok := got[l.Kind]; ok && value != l.Value && l.Of == nil {
			c.fault(l.Position, "%s: the mapping keeps to %d, not %d", l.Name, value, l.Value)
		}
		for _, r := range l.Of {
			// a limit may be of one of several calls; others that it is not of have none
			calls := c.reader(r)
			if kept := func(m *made) bool { return c.limit(m, l.Kind) == l.Value }; len(calls) > 0 && !slices.ContainsFunc(calls, kept) {
				c.fault(r.Position, "%s: %s keeps to %d, not %d", l.Name, r, c.limit(calls[0], l.Kind), l.Value)
			}
		}
	}
	for _, m := range c.made {
		for _, kind := range []string{"page_size", "range_days", "requests"} {
			value := c.limit(m, kind)
			listed := slices.ContainsFunc(c.inv.Limits, func(l *Limit) bool {
				return l.Kind == kind && l.Value == value && slices.ContainsFunc(l.Of, func(r Reader) bool { return r.String() == m.reader })
			})
			if value > 0 && !listed {
				c.fault(m.at, "%s keeps to %s of %d, which `limits` of %s does not list", m.reader, kind, value, c.inv.File)
			}
		}
	}
}

// limit is the limit of a kind that a call keeps to; zero: none.
func (c *checker) limit(m *made, kind string) int {
	switch kind {
	case "page_size":
		if m.paging != nil && m.paging.Size != nil {
			return m.paging.Max
		}
	case "requests":
		return m.requests
	case "range_days":
		for _, r := range c.p.Reports {
			if "report "+r.Name == m.reader {
				return r.MaxDays
			}
		}
	}
	return 0
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
