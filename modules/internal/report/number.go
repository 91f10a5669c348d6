package report

import (
	"fmt"

	"github.com/cockroachdb/apd/v3"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
)

// exact adds, subtracts and compares without rounding; ratio divides. A rate has
// twelve significant digits.
var (
	exact = apd.BaseContext
	ratio = apd.BaseContext.WithPrecision(12)
)

// cell is the value of one metric in one row: nothing, a number, or a conflict
// where numbers that do not add up met.
type cell struct {
	number   apd.Decimal
	set      bool
	conflict bool
}

// parseNumber reads a decimal number of any size exactly.
func parseNumber(text string) (apd.Decimal, error) { return parseScaled(text, 0) }

// parseScaled reads a number that is written in units of 10^-scale.
func parseScaled(text string, scale int) (n apd.Decimal, err error) {
	var buffer [64]byte
	plain, err := codec.AppendDecimal(buffer[:0], []byte(text), scale)
	if err != nil {
		return n, err
	}
	if _, _, err := n.SetString(string(plain)); err != nil {
		return n, fmt.Errorf("reading the number %s: %w", plain, err)
	}
	return n, nil
}

// add adds another cell. Numbers that do not add up conflict, and stay so.
func (c *cell) add(other *cell, adds bool) {
	switch {
	case other.conflict:
		c.conflict, c.set = true, false
	case !other.set || c.conflict:
	case !c.set:
		c.number.Set(&other.number)
		c.set = true
	case !adds:
		c.conflict, c.set = true, false
	default:
		// without a precision nothing is rounded, and no exponent of ours overflows
		_, _ = exact.Add(&c.number, &c.number, &other.number)
	}
}

// divide makes a rate; it is not set where a part is missing or there is nothing to
// divide by.
func divide(numerator, denominator *cell) cell {
	var c cell
	if !numerator.set || !denominator.set || denominator.number.IsZero() {
		return c
	}
	if _, err := ratio.Quo(&c.number, &numerator.number, &denominator.number); err != nil {
		return cell{}
	}
	c.number.Reduce(&c.number)
	c.set = true
	return c
}

// appendPlain appends the number without exponent, with the decimal places it has.
func (c *cell) appendPlain(dst []byte) []byte { return c.number.Append(dst, 'f') }

// appendNumber appends the number without exponent and without zeros at its end.
func (c *cell) appendNumber(dst []byte) []byte {
	var short apd.Decimal
	short.Reduce(&c.number)
	return short.Append(dst, 'f')
}
