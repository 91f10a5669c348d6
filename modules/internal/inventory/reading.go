package inventory

import (
	"regexp"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// resourceFacts returns the native members that a resource of the mapping reads.
func resourceFacts(r *mapping.Resource) []fact {
	out := fieldFacts(r.Fields, [][]string{nil}, "")
	for _, path := range r.Secrets {
		out = append(out, fact{name: dotted(path), claim: "secret", at: r.Position})
	}
	return out
}

// fieldFacts returns what fields read below one of some native places.
func fieldFacts(fields []*mapping.Field, bases [][]string, prefix string) []fact {
	var out []fact
	for _, f := range fields {
		member := prefix + f.Member
		paths := f.From
		if f.Money != nil {
			paths = append(append([][]string{}, f.Money.Amount...), f.Money.Currency...)
		}
		if f.Expr != "" {
			paths = expressionPaths(f.Expr)
		}
		var below [][]string
		for _, path := range paths {
			if len(path) > 0 && path[0] == "@outer" {
				continue // what was asked for, not what is answered
			}
			for _, base := range bases {
				whole := append(append([]string{}, base...), path...)
				below = append(below, whole)
				x := fact{name: dotted(whole), claim: member, at: f.Position, whole: f.As != "", open: f.Enum == nil, expr: f.Expr}
				if f.Enum != nil {
					x.values, x.other = enumWords(f.Enum), f.Enum.Else
				}
				out = append(out, x)
			}
		}
		out = append(out, fieldFacts(f.Each, below, member+".")...)
	}
	return out
}

func enumWords(e *mapping.Enum) []word {
	var out []word
	for _, entry := range e.Table {
		out = append(out, word{entry.Native, entry.Unified, entry.Position})
	}
	return out
}

// rowPath finds the native members that an expression reads.
var rowPath = regexp.MustCompile(`\brow((?:\??\.[A-Za-z_][A-Za-z0-9_]*|\["[^"]+"\])+)`)

var pathStep = regexp.MustCompile(`\.([A-Za-z_][A-Za-z0-9_]*)|\["([^"]+)"\]`)

func expressionPaths(source string) [][]string {
	var out [][]string
	for _, m := range rowPath.FindAllStringSubmatch(source, -1) {
		var path []string
		for _, step := range pathStep.FindAllStringSubmatch(m[1], -1) {
			path = append(path, step[1]+step[2])
		}
		out = append(out, path)
	}
	return out
}

// columnFacts returns the native members that a report reads.
func columnFacts(r *mapping.Report) []fact {
	var out []fact
	add := func(paths [][]string, claim string, at mapping.Position, table *mapping.Enum) {
		for _, path := range paths {
			if len(path) > 0 && path[0] == "@body" {
				continue // around the rows: see lookFacts
			}
			x := fact{name: dotted(path), claim: claim, at: at, open: table == nil}
			if table != nil {
				x.values, x.other = enumWords(table), table.Else
			}
			out = append(out, x)
		}
	}
	for _, d := range r.Dimensions {
		add(d.From, "dimension "+d.Name, d.Position, d.Enum)
		add(d.Label, "dimension "+d.Name, d.Position, nil)
	}
	for _, m := range r.Metrics {
		if m.Rate != nil && m.From == nil {
			// made from others; the platform's own is not looked at
			out = append(out, fact{name: m.Name, claim: "metric " + m.Name, at: m.Position, open: true})
			continue
		}
		add(m.From, "metric "+m.Name, m.Position, nil)
		add(m.SumOf, "metric "+m.Name, m.Position, nil)
		add(m.Currency, "currency", m.Position, nil)
	}
	return out
}

// currencyFacts are the places around a report's rows that hold a currency.
func currencyFacts(r *mapping.Report) []fact {
	var out []fact
	for _, m := range r.Metrics {
		for _, path := range m.Currency {
			if len(path) > 1 && path[0] == "@body" {
				out = append(out, fact{name: strings.Join(path[1:], "."), claim: "currency", at: m.Position})
			}
		}
	}
	return out
}

// bodyPath finds the members of an answer that an error rule looks at.
var bodyPath = regexp.MustCompile(`\bbody((?:\??\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])+)`)

// ruleFacts are the members of answers that error rules look at. A step into a list is
// left out of the name.
func ruleFacts(rules []*mapping.ErrorRule) []fact {
	var out []fact
	for _, r := range rules {
		for _, source := range []string{r.When, r.Code, r.Message, r.IP, r.RetryAfter} {
			for _, m := range bodyPath.FindAllStringSubmatch(source, -1) {
				var path []string
				for _, step := range pathStep.FindAllStringSubmatch(m[1], -1) {
					path = append(path, step[1])
				}
				out = append(out, fact{name: strings.Join(path, "."), claim: "errors", at: r.Position})
			}
		}
	}
	return out
}
