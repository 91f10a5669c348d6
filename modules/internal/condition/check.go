package condition

import (
	"fmt"
	"regexp"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// Fields knows the fields that conditions may be on.
type Fields interface {
	// Kind returns what the values of a field are. [Text] is taken as it is; values of
	// other kinds are checked. The error says, for the client, why there can be no
	// condition on the field.
	Kind(field string) (Kind, error)
	// CheckOperator says, for the client, why an operator cannot be asked of a field.
	CheckOperator(field, op string) error
	// CheckValue says, for the client, why no value of a field can be as an operator
	// asks, beside its kind.
	CheckValue(field, value string) error
}

// In makes the condition that a field has one of some values, which a parameter of the
// field's name asks for. Faults name the parameter.
func In(field string, values []string, fields Fields) (Condition, []problem.FieldError) {
	given := raw{Condition: Condition{Filter: Filter{Field: field, Op: "in", Values: values}}, list: true, given: true}
	r := &reader{at: field}
	given.check(r, fields)
	for i := range r.faults {
		r.faults[i].Parameter = field
	}
	return given.Condition, r.faults
}

// check makes a condition ready to use, or reports why it cannot be.
func (c *raw) check(r *reader, fields Fields) {
	kind := Text
	if c.Field == "" {
		r.fault(partField, "is missing")
	} else {
		var err error
		if kind, err = fields.Kind(c.Field); err != nil {
			r.fault(partField, "%v", err)
		}
	}
	c.operator = operatorByName[c.Op]
	switch {
	case c.Op == "":
		r.fault(partOp, "is missing")
	case c.operator == nil:
		r.fault(partOp, "there is no operator %q%s", c.Op, suggest.DidYouMean(c.Op, Operators()))
	}
	if len(r.faults) > 0 || !c.fits(r) {
		return
	}
	if err := fields.CheckOperator(c.Field, c.Op); err != nil {
		r.fault(partOp, "%v", err)
		return
	}
	c.compile(r)
	if !c.operator.test.compares() {
		return
	}
	for _, err := range c.Misfits(kind) {
		r.fault(partValue, "%v", err)
	}
	for _, v := range c.Values {
		if err := fields.CheckValue(c.Field, v); err != nil {
			r.fault(partValue, "%v", err)
		}
	}
}

// Misfits says, for the client, which of the values that an operator compares are not of
// a kind. Parsing asks for it itself; it is for fields of which the kind is known later.
func (c *Condition) Misfits(kind Kind) []error {
	if !c.operator.test.compares() {
		return nil
	}
	var errs []error
	for i := range c.operands {
		if err := c.operands[i].check(kind); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// fits checks that the operator is given as many values as it takes.
func (c *raw) fits(r *reader) bool {
	var fits bool
	var want string
	switch c.operator.takes {
	case nothing:
		fits, want = !c.given, "no value"
	case one:
		fits, want = c.given && !c.list, "one value"
	case two:
		fits, want = c.list && len(c.Values) == 2, "a list of two values"
	case some:
		fits, want = c.list && len(c.Values) > 0, "a list of values"
	}
	if !fits {
		r.fault(partValue, "%s takes %s", c.Op, want)
	}
	return fits
}

// compile reads the values.
func (c *raw) compile(r *reader) {
	for _, text := range c.Values {
		c.operands = append(c.operands, read(text, c.fold(text)))
	}
	if c.operator.test != matches {
		return
	}
	source := c.Values[0]
	if !c.CaseSensitive {
		source = "(?i)" + source
	}
	pattern, err := regexp.Compile(source)
	if err != nil {
		r.fault(partValue, "is not a regular expression of RE2: %v", err)
		return
	}
	c.pattern = pattern
}

// read reads a value in every way in which it can be compared.
func read(text, folded string) operand {
	o := operand{text: text, folded: folded}
	if number, err := codec.AppendDecimal(nil, []byte(text), 0); err == nil {
		o.number = number
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		// years of other than four digits would not compare as text
		if t = t.UTC(); t.Year() >= 0 && t.Year() <= 9999 {
			o.instant = t.AppendFormat(nil, time.RFC3339Nano)
		}
	}
	if truth, ok := codec.ParseBoolean([]byte(text)); ok {
		o.truth = &truth
	}
	return o
}

// check says why a value is not of a kind.
func (o *operand) check(kind Kind) error {
	switch kind {
	case Number:
		if o.number == nil {
			return fmt.Errorf("%q is not a number", o.text)
		}
	case Boolean:
		if o.text != "true" && o.text != "false" {
			return fmt.Errorf("%q is neither true nor false", o.text)
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, o.text); err != nil {
			return fmt.Errorf("%q is not a day such as 2026-01-31", o.text)
		}
	case Instant:
		if o.instant == nil {
			return fmt.Errorf("%q is not an RFC 3339 time such as 2026-01-31T15:04:05Z", o.text)
		}
	}
	return nil
}
