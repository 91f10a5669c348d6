package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// ParseFilters reads the member "filters" of a query's body, which says what a query
// string cannot: operators on members of the list's resource. Every fault is reported.
func ParseFilters(list *surface.Operation, raw json.RawMessage) ([]condition.Condition, []problem.FieldError) {
	fields := filterFields{list}
	conditions, faults := condition.Parse(raw, fields)
	for i := range conditions {
		conditions[i].Field = fields.path(conditions[i].Field)
	}
	return conditions, faults
}

// filterFields knows the members that a query may filter by: all single values, by
// their dotted paths, or by the names of the list's parameters that filter by them.
type filterFields struct{ list *surface.Operation }

// path is the dotted path of a field: sub_ids.1 of sub_id_1.
func (f filterFields) path(name string) string {
	p := f.list.Parameter(name)
	if f.list.Resource.Member(name) != nil || p == nil || p.Filter == nil ||
		p.Filter.Op != surface.Eq || p.Filter.Member == nil || len(p.Filter.Else) > 0 {
		return name
	}
	return filterPath(p.Filter)
}

func (f filterFields) member(name string) *surface.Member {
	return f.list.Resource.Member(f.path(name))
}

// Kind implements condition.Fields.
func (f filterFields) Kind(name string) (condition.Kind, error) {
	m := f.member(name)
	switch {
	case m == nil:
		r := f.list.Resource
		return 0, fmt.Errorf("%s has no member %q%s", r.Name, name, suggest.DidYouMean(name, singleValues(r.Members)))
	case !m.Type.Ordered():
		return 0, fmt.Errorf("%s is not a single value, so it cannot be filtered by", name)
	}
	return kindOf(m.Type), nil
}

// CheckOperator implements condition.Fields.
func (f filterFields) CheckOperator(name, op string) error {
	switch {
	case condition.OfLabels(op):
		return errors.New("labels are filtered in reports only")
	case condition.OfTruth(op) && f.member(name).Type != surface.Boolean:
		return fmt.Errorf("%s is for booleans, and %s is none", op, name)
	}
	return nil
}

// CheckValue implements condition.Fields.
func (f filterFields) CheckValue(name, value string) error {
	m := f.member(name)
	if m.Type == surface.Enum && !slices.Contains(m.Enum, value) {
		return fmt.Errorf("%q is not one of %s%s", value, strings.Join(m.Enum, ", "), suggest.DidYouMean(value, m.Enum))
	}
	return nil
}

// singleValues lists the members that can be filtered by, by their dotted paths.
func singleValues(members []*surface.Member) []string {
	var paths []string
	for _, m := range members {
		if m.Type.Ordered() {
			paths = append(paths, m.Path)
		}
		if m.Type == surface.Object || m.Type == surface.Money {
			paths = append(paths, singleValues(m.Members)...)
		}
	}
	return paths
}

// kindOf tells how values of a type are compared: words and identifiers to the letter,
// money by its value.
func kindOf(t surface.Type) condition.Kind {
	switch t {
	case surface.Text:
		return condition.Text
	case surface.Integer, surface.Number, surface.Decimal, surface.Money:
		return condition.Number
	case surface.Boolean:
		return condition.Boolean
	case surface.Date:
		return condition.Date
	case surface.Instant:
		return condition.Instant
	}
	return condition.Exact
}

// filterValue makes the JSON token of a member a value that conditions can be asked of.
func filterValue(token []byte, t surface.Type) condition.Value {
	switch {
	case isNull(token):
		return condition.Value{Null: true}
	case t == surface.Money:
		return condition.Value{Kind: condition.Number, Text: string(moneyValue(token))}
	}
	return condition.Value{Kind: kindOf(t), Text: tokenText(token)}
}
