package surface

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// limits are what the schema of a member says beyond its type. They hold for what
// clients write; what platforms give is not refused for them.
type limits struct {
	pattern   *regexp.Regexp // of a text
	minLength int
	minItems  int
	maxItems  int // zero for none
	min, max  *int64
}

func limitsOf(schema *openapi3.Schema) (limits, error) {
	l := limits{minLength: int(schema.MinLength), minItems: int(schema.MinItems)}
	if schema.MaxItems != nil {
		l.maxItems = int(*schema.MaxItems)
	}
	if schema.Min != nil {
		low := int64(*schema.Min)
		l.min = &low
	}
	if schema.Max != nil {
		high := int64(*schema.Max)
		l.max = &high
	}
	var err error
	if schema.Pattern != "" {
		l.pattern, err = compilePattern(schema.Pattern)
	}
	return l, err
}

// text checks a text. The error is for the client.
func (l *limits) text(text string) error {
	if len(text) < l.minLength {
		return errors.New("is empty")
	}
	if l.pattern != nil && !l.pattern.MatchString(text) {
		return fmt.Errorf("%s does not match %s", quote(text), l.pattern)
	}
	return nil
}

// integer checks a number as JSON spells it, and returns it in canonical form.
func (l *limits) integer(text string) (string, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s is not a whole number", shorten(text))
	case l.min != nil && n < *l.min:
		return "", fmt.Errorf("%d is less than %d", n, *l.min)
	case l.max != nil && n > *l.max:
		return "", fmt.Errorf("%d is more than %d", n, *l.max)
	}
	return strconv.FormatInt(n, 10), nil
}

// count checks how many elements a list has.
func (l *limits) count(n int) error {
	switch {
	case n < l.minItems:
		return fmt.Errorf("has to have at least %d elements", l.minItems)
	case l.maxItems > 0 && n > l.maxItems:
		return fmt.Errorf("has more than %d elements", l.maxItems)
	}
	return nil
}
