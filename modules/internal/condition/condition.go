package condition

import (
	"regexp"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
)

// Filter is a condition as it is asked for.
type Filter struct {
	// Field is what is looked at, by its name.
	Field string
	// Op is one of [Operators].
	Op string
	// Values are texts; numbers as they were written. None for set, not_set, true
	// and false.
	Values []string
	// CaseSensitive tells that letter case matters. Default: false.
	CaseSensitive bool
}

// Condition is a filter that was checked and is ready to use. It is made by [Parse] or
// [In], and does not change.
type Condition struct {
	Filter

	operator *operator
	operands []operand
	pattern  *regexp.Regexp
}

// operand is one of the values, read in every way in which it can be compared.
type operand struct {
	text    string // as it was written
	folded  string // without letter case, where that does not matter
	number  []byte // without exponent; nil where it is no number
	instant []byte // in UTC; nil where it is no instant
	truth   *bool  // nil where it is no boolean
}

// Kind is what a value is compared as.
type Kind uint8

const (
	// Text is compared whatever the letter case, unless that matters. It is greater or
	// less than another text as a number where both are numbers.
	Text Kind = iota
	// Exact is a text of which every letter counts: an identifier, a word of an enum.
	Exact
	// Number is a decimal number of any size, compared exactly.
	Number
	// Boolean is true or false, in the words of [codec.ParseBoolean].
	Boolean
	// Date is a day such as 2026-01-31.
	Date
	// Instant is a time of RFC 3339. Values have it in UTC, with Z.
	Instant
)

// Value is what a condition is asked of.
type Value struct {
	// Null tells that there is none.
	Null bool
	Kind Kind
	// Text is the value: a text itself, of a number its digits.
	Text string
}

// Holds tells whether a value meets the condition. Null meets only what asks for its
// absence or excludes other values. What cannot be read as its kind is neither equal
// to anything, nor more or less.
func (c *Condition) Holds(v Value) bool {
	if v.Null {
		return c.operator.negated
	}
	return c.passes(v) != c.operator.negated
}

func (c *Condition) passes(v Value) bool {
	switch c.operator.test {
	case among:
		for i := range c.operands {
			if c.equal(v, &c.operands[i]) {
				return true
			}
		}
		return false
	case present:
		return v.Text != ""
	case isTrue, isFalse:
		truth, ok := codec.ParseBoolean([]byte(v.Text))
		return ok && truth == (c.operator.test == isTrue)
	case matches:
		return c.pattern.MatchString(v.Text)
	case contains:
		return strings.Contains(c.fold(v.Text), c.operands[0].folded)
	case starts:
		return strings.HasPrefix(c.fold(v.Text), c.operands[0].folded)
	case ends:
		return strings.HasSuffix(c.fold(v.Text), c.operands[0].folded)
	case labelled:
		return false
	}
	return c.ordered(v)
}

// ordered tells whether a value is as much more or less as the operator asks.
func (c *Condition) ordered(v Value) bool {
	order, ok := c.compare(v, &c.operands[0])
	if !ok {
		return false
	}
	switch c.operator.test {
	case above:
		return order > 0
	case notBelow:
		return order >= 0
	case below:
		return order < 0
	case notAbove:
		return order <= 0
	}
	last, ok := c.compare(v, &c.operands[1])
	return ok && order >= 0 && last <= 0
}

// equal compares texts as texts, also where they are digits: 7 and 07 are two.
func (c *Condition) equal(v Value, o *operand) bool {
	if v.Kind != Text {
		order, ok := c.compare(v, o)
		return ok && order == 0
	}
	if c.CaseSensitive {
		return v.Text == o.text
	}
	return strings.EqualFold(v.Text, o.text)
}

// compare tells whether a value comes before an operand, after it, or neither. ok is
// false where the two cannot be compared.
func (c *Condition) compare(v Value, o *operand) (order int, ok bool) {
	switch v.Kind {
	case Exact, Date:
		return strings.Compare(v.Text, o.text), true
	case Number:
		return compareNumbers(v, o)
	case Instant:
		return codec.CompareInstants([]byte(v.Text), o.instant), o.instant != nil
	case Boolean:
		truth, ok := codec.ParseBoolean([]byte(v.Text))
		if !ok || o.truth == nil {
			return 0, false
		}
		return rank(truth) - rank(*o.truth), true
	}
	if order, ok := compareNumbers(v, o); ok {
		return order, true
	}
	return strings.Compare(c.fold(v.Text), o.folded), true
}

func compareNumbers(v Value, o *operand) (order int, ok bool) {
	if o.number == nil {
		return 0, false
	}
	var buffer [64]byte
	number, err := codec.AppendDecimal(buffer[:0], []byte(v.Text), 0)
	if err != nil {
		return 0, false
	}
	return codec.CompareDecimals(number, o.number), true
}

// rank puts false before true.
func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *Condition) fold(s string) string {
	if c.CaseSensitive {
		return s
	}
	return Fold(s)
}
