package inventory

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// fact is one thing that a mapping does: it sends a parameter, reads a member, or
// looks at a place of an answer.
type fact struct {
	name   string // native
	claim  string // what an inventory has to say of it
	at     mapping.Position
	values []word // the native values that it knows
	// whole tells that the value may be an object, of which all members are looked at.
	whole bool
	// open tells that other values pass as they are.
	open bool
	// other is the word for all values that are not listed.
	other string
	// expr is the expression that makes the value.
	expr string
	// resource is the mapping's resource that reads it.
	resource string
}

// word is a native value and what it stands for.
type word struct {
	native, unified string
	at              mapping.Position
}

// asIs is the word for values that pass as they are; sent the one for constants.
const (
	asIs = "as_is"
	sent = "sent"
)

// callFacts returns what a call of an operation sends, and what its answer has around
// the rows.
func callFacts(c *mapping.Call, tables map[string]*mapping.Enum, filterOf func(parameter string) string) (sends, looks []fact) {
	sends = append(sends, constants(c.Set, "constant")...)
	for _, f := range c.Filters {
		words := filterWords(f, tables[filterOf(f.Parameter)])
		if f.Item != "" {
			words = nil // the list that it is added to holds values of every kind
		}
		for _, t := range f.To {
			claim := "filter " + f.Parameter
			if t.In == "path" {
				claim = "path"
			}
			sends = append(sends, fact{name: t.Name, claim: claim, at: f.Position, values: words, open: true})
			sends = append(sends, itemFacts(t, f.Item, f.Position)...)
		}
		sends = append(sends, constants(f.With, "filter "+f.Parameter)...)
	}
	if s := c.Sort; s != nil {
		directions := []word{{native: s.Directions["asc"], unified: "asc", at: s.Position}, {native: s.Directions["desc"], unified: "desc", at: s.Position}}
		sends = append(sends, fact{name: s.To.Name, claim: "sort", at: s.Position, values: directions, open: true})
		for _, f := range itemFacts(s.To, s.Item, s.Position) {
			f.values, f.open = directions, true
			sends = append(sends, f)
		}
	}
	if p := c.Paging; p != nil {
		sends = append(sends, fact{name: p.To.Name, claim: p.Kind, at: p.Position, open: true})
		if p.Size != nil {
			sends = append(sends, fact{name: p.Size.Name, claim: "page size", at: p.Position, open: true})
		}
		if p.Cursor != nil {
			looks = append(looks, fact{name: dotted(p.Cursor), claim: "cursor", at: p.Position})
		}
	}
	if c.Count != nil {
		sends = append(sends, constants(c.Count.Set, "count")...)
		looks = append(looks, fact{name: dotted(c.Count.Read), claim: "count", at: c.Position})
	}
	for name, set := range c.Include {
		sends = append(sends, constants(set, "include "+name)...)
	}
	if c.Total != nil {
		looks = append(looks, fact{name: dotted(c.Total), claim: "total", at: c.Position})
	}
	return sends, append(looks, rowFacts(c)...)
}

// rowFacts are the places where the rows, or the one row, of an answer may be.
func rowFacts(c *mapping.Call) []fact {
	claim := "rows"
	if c.Single {
		claim = "row"
	}
	var out []fact
	for _, path := range c.Rows {
		out = append(out, fact{name: dotted(path), claim: claim, at: c.Position})
	}
	return out
}

// filterWords are the native values that a filter knows: its own or its member's.
func filterWords(f *mapping.Filter, table *mapping.Enum) []word {
	entries := f.Values
	if len(entries) == 0 && table != nil {
		entries = table.Table
	}
	var out []word
	for _, e := range entries {
		out = append(out, word{e.Native, e.Unified, e.Position})
	}
	return out
}

// constants are what is always sent, or sent with something; members of objects
// in a body have dotted names.
func constants(set []mapping.Assignment, claim string) []fact {
	var out []fact
	for _, a := range set {
		if a.Target.In == "body" {
			out = append(out, jsonFacts(a.Target.Name, gjson.Parse(a.JSON), claim, a.Target.Position)...)
			continue
		}
		out = append(out, fact{name: a.Target.Name, claim: claim, at: a.Target.Position, values: []word{{a.Text, sent, a.Target.Position}}})
	}
	return out
}

func jsonFacts(name string, v gjson.Result, claim string, at mapping.Position) []fact {
	if !v.IsObject() {
		f := fact{name: name, claim: claim, at: at}
		if !v.IsArray() {
			f.values = []word{{v.String(), sent, at}}
		} else {
			v.ForEach(func(_, item gjson.Result) bool {
				f.values = append(f.values, word{item.String(), sent, at})
				return true
			})
		}
		return []fact{f}
	}
	var out []fact
	v.ForEach(func(k, member gjson.Result) bool {
		out = append(out, jsonFacts(name+"."+k.String(), member, claim, at)...)
		return true
	})
	return out
}

// itemFacts are the members of an object that a filter or an order is sent as.
func itemFacts(t mapping.Target, item string, at mapping.Position) []fact {
	v := gjson.Parse(item)
	if !v.IsObject() {
		return nil
	}
	var out []fact
	v.ForEach(func(k, member gjson.Result) bool {
		f := fact{name: t.Name + "." + k.String(), claim: "item", at: at, open: true}
		if s := member.String(); !strings.Contains(s, "{") {
			f.values = []word{{s, sent, at}}
		}
		out = append(out, f)
		return true
	})
	return out
}

// reportFacts returns what a native report sends, and looks at around its rows.
func reportFacts(r *mapping.Report) (sends, looks []fact) {
	sends, looks = callFacts(r.Call, nil, func(string) string { return "" })
	if g := r.Range; g != nil {
		sends = append(sends,
			fact{name: g.From.Name, claim: "from", at: g.Position, open: true},
			fact{name: g.To.Name, claim: "to", at: g.Position, open: true})
		if g.Zone != nil {
			sends = append(sends, fact{name: g.Zone.Name, claim: "zone", at: g.Position, open: true})
		}
		for interval, set := range g.Intervals {
			for _, f := range constants(set, "interval") {
				for i := range f.values {
					f.values[i].unified = interval
				}
				sends = append(sends, f)
			}
		}
	}
	if g := r.Group; g != nil && g.To.In != "" {
		f := fact{name: g.To.Name, claim: "group", at: g.Position}
		for dimension, names := range g.By {
			for _, n := range names {
				f.values = append(f.values, word{n, dimension, g.Position})
			}
		}
		for _, d := range r.Dimensions {
			if _, by := g.By[d.Name]; d.Only && !by {
				f.values = append(f.values, word{d.Name, d.Name, d.Position})
			}
		}
		if g.None != "" {
			f.values = append(f.values, word{g.None, "total", g.Position})
		}
		sends = append(sends, f)
	}
	if r.Select != nil {
		sends = append(sends, fact{name: r.Select.Name, claim: "metrics", at: r.Select.Position, open: true})
	}
	for _, f := range r.Filters {
		sends = append(sends, fact{name: f.To.Name, claim: "filter " + f.Field, at: f.Position, open: true})
		sends = append(sends, itemFacts(f.To, f.Item, f.Position)...)
	}
	return sends, looks
}

// dotted is the written form of a path; the empty one is the answer itself.
func dotted(path []string) string {
	if len(path) == 0 {
		return "@this"
	}
	return strings.Join(path, ".")
}
