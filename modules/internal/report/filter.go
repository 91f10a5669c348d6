package report

import (
	"fmt"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// filterFields knows the dimensions and metrics that a query may filter by. What only
// one platform has is known to its mapping, so it is checked by [Check].
type filterFields struct{}

// Kind implements condition.Fields.
func (filterFields) Kind(name string) (condition.Kind, error) {
	if d, ok := field.LookupDimension(name); ok {
		return kindOf(d.Type), nil
	}
	if _, ok := field.LookupMetric(name); ok {
		return condition.Number, nil
	}
	if _, _, ok := field.Native(name); ok {
		return condition.Text, nil
	}
	return 0, fmt.Errorf("there is no %q%s", name, field.DidYouMean(name, append(dimensionNames(), metricNames()...)))
}

// CheckOperator implements condition.Fields.
func (filterFields) CheckOperator(name, op string) error {
	if _, ok := field.LookupMetric(name); ok {
		return checkMetricOperator(name, op)
	}
	return nil
}

// checkMetricOperator says why an operator cannot be asked of a metric.
func checkMetricOperator(name, op string) error {
	if condition.OfNumbers(op) {
		return nil
	}
	return fmt.Errorf("%s is for texts, and %s is a number", op, name)
}

// CheckValue implements condition.Fields.
func (filterFields) CheckValue(name, value string) error {
	if d, _ := field.LookupDimension(name); d.Type != field.Entity {
		return nil
	}
	if _, id, ok := strings.Cut(value, ":"); !ok || id == "" {
		return fmt.Errorf("%q is not a unified id, which begins with the name of a platform and a colon", value)
	}
	return nil
}

// kindOf tells how values of a type are compared. The id of an entity is exact.
func kindOf(t field.Type) condition.Kind {
	switch t {
	case field.Integer, field.Decimal, field.Money, field.Rate:
		return condition.Number
	case field.Boolean:
		return condition.Boolean
	case field.Date:
		return condition.Date
	case field.Instant:
		return condition.Instant
	case field.Entity:
		return condition.Exact
	}
	return condition.Text
}

// local tells whether the gateway can apply a filter itself. Labels are known to a
// platform alone.
func local(f *condition.Condition) bool { return !condition.OfLabels(f.Op) }

// holds tells whether a dimension's value passes a filter. Of an entity the name is
// searched, and the id compared.
func holds(f *condition.Condition, v Value, t field.Type) bool {
	text := v.Text
	if t == field.Entity && condition.Searches(f.Op) {
		text = v.Name
	}
	return f.Holds(condition.Value{Null: v.Null, Kind: kindOf(t), Text: text})
}

// holdsNumber tells whether a metric's value passes a filter.
func holdsNumber(f *condition.Condition, c *cell) bool {
	v := condition.Value{Null: !c.set, Kind: condition.Number}
	if c.set {
		v.Text = string(c.appendPlain(nil))
	}
	return f.Holds(v)
}
