package query

import (
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// implied is what a filter of a query's body says in the words of one of the list's
// parameters, so that a platform can do it that knows the parameter. Every row that
// passes the filter passes the parameter; the filter is applied here all the same.
type implied struct {
	parameter string
	values    []string
}

// implications returns what the filters of the body imply. A parameter that the request
// gives itself is left to it.
func (l *listing) implications() []implied {
	var out []implied
	for i := range l.request.Filters {
		f := &l.request.Filters[i]
		for _, p := range l.operation.Parameters {
			if p.Filter == nil || p.Filter.Member == nil || len(p.Filter.Else) > 0 || len(l.args[p.Name]) > 0 || filterPath(p.Filter) != f.Field {
				continue
			}
			values := l.canonical(p, imply(f, p.Filter, l.operation.Resource.Member(f.Field).Type))
			if values != nil {
				out = append(out, implied{p.Name, values})
			}
		}
	}
	return out
}

// imply returns the values with which a parameter lets everything pass that a filter
// does; nil where there are none.
func imply(f *condition.Condition, by *surface.Filter, t surface.Type) []string {
	kind := kindOf(t)
	switch by.Op {
	case surface.Eq:
		if f.Op != "eq" && f.Op != "in" {
			return nil
		}
		switch kind {
		case condition.Exact, condition.Boolean:
			return f.Values
		case condition.Text:
			// what a platform compares to the letter would lose texts in other letters
			if f.CaseSensitive || by.Fold || !slices.ContainsFunc(f.Values, hasCase) {
				return f.Values
			}
		}
	case surface.From, surface.Min:
		if slices.Contains([]string{"gt", "gte", "between"}, f.Op) {
			return f.Values[:1]
		}
	case surface.To:
		if f.Op == "lt" {
			return f.Values
		}
	case surface.Max:
		if slices.Contains([]string{"lt", "lte", "between"}, f.Op) {
			return f.Values[len(f.Values)-1:]
		}
	}
	return nil
}

// hasCase tells whether a text equals others that are written in other letters.
func hasCase(text string) bool {
	for _, r := range text {
		if unicode.SimpleFold(r) != r {
			return true
		}
	}
	return !utf8.ValidString(text)
}

// canonical returns values as the parameter has them; nil where it does not take them.
func (l *listing) canonical(p *surface.Parameter, values []string) []string {
	if len(values) == 0 || slices.Contains(values, "") {
		return nil
	}
	query, path := maps.Clone(l.args), map[string]string{}
	if query == nil {
		query = map[string][]string{}
	}
	for _, given := range l.given {
		if given.In == "path" {
			path[given.Name] = l.request.Params.Text(given.Name)
			delete(query, given.Name)
		}
	}
	query[p.Name] = values
	params, faults := l.operation.ParseLists(query, path)
	if faults != nil {
		return nil
	}
	return params.List(p.Name)
}
