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
// string cannot: operators on members of the resource. Every fault is reported.
func ParseFilters(r *surface.Resource, raw json.RawMessage) ([]condition.Condition, []problem.FieldError) {
	return condition.Parse(raw, filterFields{r})
}

// filterFields knows the members that a query may filter by: all single values.
type filterFields struct{ resource *surface.Resource }

// Kind implements condition.Fields.
func (f filterFields) Kind(path string) (condition.Kind, error) {
	m := f.resource.Member(path)
	switch {
	case m == nil:
		return 0, fmt.Errorf("%s has no member %q%s", f.resource.Name, path, suggest.DidYouMean(path, singleValues(f.resource.Members)))
	case !m.Type.Ordered():
		return 0, fmt.Errorf("%s is not a single value, so it cannot be filtered by", path)
	}
	return kindOf(m.Type), nil
}

// CheckOperator implements condition.Fields.
func (f filterFields) CheckOperator(path, op string) error {
	switch {
	case condition.OfLabels(op):
		return errors.New("labels are filtered in reports only")
	case condition.OfTruth(op) && f.resource.Member(path).Type != surface.Boolean:
		return fmt.Errorf("%s is for booleans, and %s is none", op, path)
	}
	return nil
}

// CheckValue implements condition.Fields.
func (f filterFields) CheckValue(path, value string) error {
	m := f.resource.Member(path)
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
