package inventory

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// endpoint checks what is said of one endpoint, and that nothing is missing there.
func (c *checker) endpoint(e *Endpoint) {
	var calls []*made
	for _, r := range e.By {
		all := c.reader(r)
		matched := slices.DeleteFunc(slices.Clone(all), func(m *made) bool { return !slices.Contains(m.routes, e.route()) })
		if len(all) > 0 && len(matched) == 0 {
			c.fault(r.Position, "%s does not call %s; it calls %s %s", r, e.Call, all[0].routes[0].method, all[0].routes[0].path)
		}
		calls = append(calls, matched...)
	}
	if e.Unreached == nil && len(calls) == 0 {
		return // said already
	}
	var sends, looks []fact
	for _, m := range calls {
		sends = append(sends, m.sends...)
		looks = append(looks, m.looks...)
	}
	for step := range strings.SplitSeq(e.Path, "/") {
		if name := variable(step); name != "" {
			sends = append(sends, fact{name: name, claim: "path"})
		}
	}
	c.items(e.Call, "sends", e.Parameters, sends)
	c.items(e.Call, "looks at", e.Answer, append(slices.Clone(looks), c.looked...))
	for _, m := range calls {
		c.listed(e.Call, "sends", m.sends, e.Parameters, c.inv.Common.Parameters)
		c.listed(e.Call, "looks at", m.looks, e.Answer, c.inv.Common.Answer)
	}
	c.endpointObjects(e, calls)
}

// items checks claims against what there is.
func (c *checker) items(where, verb string, items []*Item, facts []fact) {
	for _, i := range items {
		claimed := make([][]fact, len(i.Claims))
		for n, claim := range i.Claims {
			known := named(facts, i.Name)
			for _, f := range known {
				if f.claim == claim.Text {
					claimed[n] = append(claimed[n], f)
				}
			}
			if claimed[n] == nil {
				c.fault(claim.Position, "%s: the mapping %s no %q as %q%s", where, verb, i.Name, claim.Text, instead(known))
			}
		}
		c.values(i, claimed)
	}
}

// named returns the facts of a name, in any letter case since headers have none, and of
// what is below it.
func named(facts []fact, name string) []fact {
	var out []fact
	for _, f := range facts {
		if strings.EqualFold(f.name, name) || strings.HasPrefix(f.name, name+".") {
			out = append(out, f)
		}
	}
	return out
}

// instead says what is known of a name by which nothing was found.
func instead(known []fact) string {
	var names []string
	for _, f := range known {
		if !slices.Contains(names, f.claim) {
			names = append(names, f.claim)
		}
	}
	if names == nil {
		return ""
	}
	slices.Sort(names)
	return "; it is: " + strings.Join(names, ", ")
}

// values checks the values of an item. claimed are the facts of each of its claims.
func (c *checker) values(i *Item, claimed [][]fact) {
	for _, v := range i.Values {
		if v.Unreached != nil {
			continue
		}
		if len(v.Words) != 1 && len(v.Words) != len(i.Claims) {
			c.fault(v.Position, "%q wants one word, or one for each of the %d uses of %s", v.Native, len(i.Claims), i.Name)
			continue
		}
		var got []string
		right := true
		for n, facts := range claimed {
			word, ok := c.meaning(facts, v.Native)
			if !ok {
				word = "not known"
			}
			got = append(got, word)
			right = right && len(v.Words) > 1 && word == v.Words[n]
		}
		if len(v.Words) == 1 {
			right = slices.Contains(got, v.Words[0])
		}
		if !right {
			c.fault(v.Position, "%s: the value %q is %s, not %s", i.Name, v.Native, strings.Join(got, ", "), strings.Join(v.Words, ", "))
		}
	}
}

// meaning is the word that a native value stands for.
func (c *checker) meaning(facts []fact, native string) (string, bool) {
	for _, f := range facts {
		for _, w := range f.values {
			if strings.EqualFold(w.native, native) {
				return w.unified, true
			}
		}
	}
	for _, f := range facts {
		if f.other != "" {
			return f.other, true
		}
		if f.expr != "" {
			return c.evaluate(f, native)
		}
		if f.open {
			return asIs, true
		}
	}
	return "", false
}

// listed reports facts of the mapping that no item tells of.
func (c *checker) listed(where, verb string, facts []fact, lists ...[]*Item) {
	for _, f := range facts {
		if f.claim == "path" {
			continue
		}
		item := find(f, lists)
		if item == nil {
			c.fault(f.at, "the mapping %s %q of %s as %q, which %s does not list", verb, f.name, where, f.claim, c.inv.File)
			continue
		}
		if len(item.Values) > 0 || strings.HasPrefix(f.claim, "filter ") && !f.constant() || f.claim == "interval" {
			c.valuesListed(where, f, item)
		}
	}
}

// constant tells whether a fact is a value that is always the same.
func (f fact) constant() bool { return len(f.values) > 0 && f.values[0].unified == sent }

// find returns the item that lists a fact.
func find(f fact, lists [][]*Item) *Item {
	for _, items := range lists {
		for _, i := range items {
			if strings.EqualFold(i.Name, f.name) && slices.ContainsFunc(i.Claims, func(claim Claim) bool { return claim.Text == f.claim }) {
				return i
			}
		}
	}
	return nil
}

func (c *checker) valuesListed(where string, f fact, item *Item) {
	for _, w := range f.values {
		if !slices.ContainsFunc(item.Values, func(v *Value) bool { return strings.EqualFold(v.Native, w.native) && v.Unreached == nil }) {
			c.fault(w.at, "%s: the mapping knows the value %q of %q, which %s does not list", where, w.native, f.name, c.inv.File)
		}
	}
}

// endpointObjects checks that the rows of an endpoint are what its readers read.
func (c *checker) endpointObjects(e *Endpoint, calls []*made) {
	var listed []*Object
	for _, name := range e.Objects {
		at := slices.IndexFunc(c.inv.Objects, func(o *Object) bool { return o.Name == name })
		if at < 0 {
			c.fault(e.Position, "`objects` has no %q", name)
			continue
		}
		o := c.inv.Objects[at]
		listed = append(listed, o)
		if !slices.ContainsFunc(calls, o.readBy) {
			c.fault(e.Position, "nothing that calls %s reads its rows as %q", e.Call, name)
		}
	}
	for _, m := range calls {
		if m.resource != "" && (!m.rows || c.m.Resources[m.resource] == nil) {
			continue // answered with nothing, or with what is the gateway's own
		}
		if m.resource == "" && !strings.HasPrefix(m.reader, "report ") {
			continue
		}
		if !slices.ContainsFunc(listed, func(o *Object) bool { return o.readBy(m) }) {
			c.fault(e.Position, "%s reads the rows of %s as something that `object` does not name", m.reader, e.Call)
		}
	}
}

func (o *Object) readBy(m *made) bool {
	if report, ok := strings.CutPrefix(m.reader, "report "); ok {
		return slices.Contains(o.Reports, report)
	}
	return o.Resource != "" && o.Resource == m.resource
}

// common checks what goes with every endpoint.
func (c *checker) common() {
	var sends, looks, auth []fact
	for _, m := range c.made {
		sends = append(sends, m.sends...)
		looks = append(looks, m.looks...)
	}
	for _, place := range c.m.Auth {
		auth = append(auth, placeFact(place, "auth"))
	}
	for _, place := range c.m.Native.AuthAlso {
		auth = append(auth, placeFact(place, "auth also"))
	}
	c.items("every endpoint", "sends", c.inv.Common.Parameters, append(sends, auth...))
	c.items("every endpoint", "looks at", c.inv.Common.Answer, append(looks, c.looked...))
	c.listed("every endpoint", "sends", auth, c.inv.Common.Parameters)
	everywhere := [][]*Item{c.inv.Common.Answer}
	for _, e := range c.inv.Endpoints {
		everywhere = append(everywhere, e.Answer)
	}
	c.listed("every endpoint", "looks at", unique(c.looked), everywhere...)
}

// placeFact tells where a credential goes, or may come from.
func placeFact(p mapping.Place, claim string) fact {
	name := p.Name
	if p.In == "bearer" || p.In == "basic" {
		name = "Authorization"
	}
	return fact{name: name, claim: claim, at: p.Position, open: true}
}

// unique leaves out facts that are there already.
func unique(facts []fact) []fact {
	var out []fact
	for _, f := range facts {
		if !slices.ContainsFunc(out, func(o fact) bool { return o.name == f.name && o.claim == f.claim }) {
			out = append(out, f)
		}
	}
	return out
}
