package inventory

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// writeFacts returns what a call that changes something sends of the object. body are
// the members that the surface's body has.
func writeFacts(c *mapping.Call, r *mapping.Resource, body []*surface.Member) []fact {
	if c.Write == nil {
		return nil
	}
	var out []fact
	own := map[string]bool{}
	for _, f := range c.Write.Fields {
		own[f.Member] = true
		out = append(out, written(f, nil, "", body)...)
	}
	if r == nil {
		return out
	}
	for _, m := range c.Write.Members {
		for _, f := range r.Fields {
			if !own[f.Member] && (f.Member == m.Name || strings.HasPrefix(f.Member, m.Name+".")) {
				out = append(out, written(f, nil, "", body)...)
			}
		}
	}
	return out
}

// written are the native members that a field is written to, below base. It is nothing
// where the body has no such member, or the field is only read.
func written(f *mapping.Field, base []string, prefix string, body []*surface.Member) []fact {
	member := member(body, f.Member)
	to, currency := places(f)
	if member == nil || to == nil {
		return nil
	}
	if to[0] == "@this" {
		to = nil // the object around it
	}
	to = slices.Concat(base, to)
	claim := "write " + prefix + f.Member
	var out []fact
	if len(to) > 0 {
		out = append(out, fact{name: dotted(to), claim: claim, at: f.Position, values: writtenWords(f, member), open: true})
	}
	if currency != nil {
		out = append(out, fact{name: dotted(slices.Concat(base, currency)), claim: claim, at: f.Position, open: true})
	}
	below := member.Members
	if member.Element != nil {
		below = member.Element.Members
	}
	for _, e := range f.Each {
		out = append(out, written(e, to, prefix+f.Member+".", below)...)
	}
	return out
}

// member finds a dotted member of a body.
func member(body []*surface.Member, path string) *surface.Member {
	name, rest, deeper := strings.Cut(path, ".")
	at := slices.IndexFunc(body, func(m *surface.Member) bool { return m.Name == name })
	switch {
	case at < 0:
		return nil
	case !deeper:
		return body[at]
	case body[at].Type == surface.Map:
		return body[at].Element
	}
	return member(body[at].Members, rest)
}

// places are where a field and its currency are written; nil for what is only read.
func places(f *mapping.Field) (to, currency []string) {
	switch {
	case len(f.From) > 0:
		to = f.From[0]
	case f.Money != nil && len(f.Money.Amount) > 0:
		to = f.Money.Amount[0]
		if len(f.Money.Currency) > 0 {
			currency = f.Money.Currency[0]
		}
	}
	if len(to) > 0 && strings.HasPrefix(to[0], "@") {
		to = nil
	}
	if f.Write != nil {
		if f.Write.To != nil {
			to = f.Write.To
		}
		if f.Write.To != nil && len(f.Write.To) == 0 {
			to = []string{"@this"}
		}
		if f.Write.Currency != nil {
			currency = f.Write.Currency
		}
	}
	if len(to) == 0 {
		to = nil
	}
	return to, currency
}

// writtenWords are the native values that are sent: of each word that the body may
// hold the one that the field writes for it.
func writtenWords(f *mapping.Field, m *surface.Member) []word {
	var out []word
	add := func(entries []mapping.EnumEntry) {
		for _, e := range entries {
			known := slices.ContainsFunc(out, func(w word) bool { return w.unified == e.Unified })
			// what an option chooses is compared as it is written
			allowed := len(m.Enum) == 0 || slices.Contains(m.Enum, e.Unified) || strings.Contains(e.Unified, "{option.")
			if !known && allowed {
				out = append(out, word{e.Native, e.Unified, e.Position})
			}
		}
	}
	if f.Write != nil {
		add(f.Write.Values)
	}
	if f.Enum != nil {
		add(f.Enum.Table)
	}
	return out
}
