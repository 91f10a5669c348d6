package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cockroachdb/apd/v3"
)

// RowsVersion is the version of the form in which rows are given to a [Keeper]. Rows of
// another version are not read, but asked for again.
const RowsVersion = 1

// The form of rows, in which every number is a varint of encoding/binary:
//
//	version, dimensions, metrics, number of texts, number of rows
//	texts: length and bytes, one after the other
//	rows:  flags, [currency], a value for each dimension, a cell for each metric
//
// A currency and what a value has (its text, and with the flag of names its name) are
// places among the texts. A value is 0 for null, else the place of its text plus one.
const (
	flagMoney     = 1 << iota // there is an amount; the currency follows
	flagContinues             // the row is of the same native row as the one before
	flagNames                 // values have names
	allFlags      = flagMoney | flagContinues | flagNames
)

// What a cell begins with.
const (
	cellUnset    = iota
	cellConflict // numbers that do not add up met
	cellWhole    // a whole number
	cellPlaces   // then the exponent, and a whole number
	cellLarge    // then the exponent, 1 if negative, and the digits as big-endian bytes
)

// maxExponent bounds the exponents of numbers, so that a few bytes do not become a text
// of any length. Native numbers have no more than some thousand places.
const maxExponent = 1 << 20

var errRows = errors.New("the kept rows are damaged")

// rowWriter writes the rows of one window.
type rowWriter struct {
	texts []byte
	count int
	at    map[string]uint64
	rows  []byte
}

// encodeRows writes rows of some dimensions and metrics. The result is never nil.
func encodeRows(rows []row, dims, metrics int) []byte {
	w := rowWriter{at: map[string]uint64{}}
	for i := range rows {
		w.row(&rows[i])
	}
	out := make([]byte, 0, 16+len(w.texts)+len(w.rows))
	for _, n := range []int{RowsVersion, dims, metrics, w.count, len(rows)} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	return append(append(out, w.texts...), w.rows...)
}

// text returns the place of a text.
func (w *rowWriter) text(s string) uint64 {
	at, ok := w.at[s]
	if !ok {
		at = uint64(w.count)
		w.at[s] = at
		w.count++
		w.texts = append(binary.AppendUvarint(w.texts, uint64(len(s))), s...)
	}
	return at
}

func (w *rowWriter) row(r *row) {
	var flags uint64
	if r.money {
		flags |= flagMoney
	}
	if r.continues {
		flags |= flagContinues
	}
	for i := range r.dims {
		if r.dims[i].Name != "" {
			flags |= flagNames
		}
	}
	w.rows = binary.AppendUvarint(w.rows, flags)
	if r.money {
		w.rows = binary.AppendUvarint(w.rows, w.text(r.currency))
	}
	for i := range r.dims {
		v := &r.dims[i]
		if v.Null {
			w.rows = binary.AppendUvarint(w.rows, 0)
			continue
		}
		w.rows = binary.AppendUvarint(w.rows, w.text(v.Text)+1)
		if flags&flagNames != 0 {
			w.rows = binary.AppendUvarint(w.rows, w.text(v.Name))
		}
	}
	for i := range r.cells {
		w.rows = appendCell(w.rows, &r.cells[i])
	}
}

func appendCell(dst []byte, c *cell) []byte {
	n := &c.number
	switch {
	case c.conflict:
		return append(dst, cellConflict)
	case !c.set:
		return append(dst, cellUnset)
	case !n.Coeff.IsInt64() || n.Negative && n.Coeff.Sign() == 0:
		dst = binary.AppendVarint(append(dst, cellLarge), int64(n.Exponent))
		dst = append(dst, byte(b2i(n.Negative)))
		digits := n.Coeff.Bytes()
		return append(binary.AppendUvarint(dst, uint64(len(digits))), digits...)
	}
	whole := n.Coeff.Int64()
	if n.Negative {
		whole = -whole
	}
	if n.Exponent == 0 {
		return binary.AppendVarint(append(dst, cellWhole), whole)
	}
	dst = binary.AppendVarint(append(dst, cellPlaces), int64(n.Exponent))
	return binary.AppendVarint(dst, whole)
}

// rowReader reads what a rowWriter wrote. After a fault it reads zeros.
type rowReader struct {
	rest  []byte
	fault bool
	texts []string
}

// decodeRows reads rows of so many dimensions and metrics. It takes memory in proportion
// to the bytes, whatever they are.
func decodeRows(b []byte, dims, metrics int) ([]row, error) {
	r := &rowReader{rest: b}
	if version := r.number(); version != RowsVersion {
		return nil, fmt.Errorf("kept rows are of version %d, not %d", version, RowsVersion)
	}
	if d, m := r.number(), r.number(); d != uint64(dims) || m != uint64(metrics) {
		return nil, fmt.Errorf("kept rows have %d dimensions and %d metrics, not %d and %d", d, m, dims, metrics)
	}
	texts, count := r.count(1), r.count(1+dims+metrics)
	r.readTexts(texts)
	if r.fault || count > len(r.rest)/(1+dims+metrics) {
		return nil, errRows
	}
	rows := make([]row, count)
	values, cells := make([]Value, count*dims), make([]cell, count*metrics)
	for i := range rows {
		at := &rows[i]
		at.dims, at.cells = values[:dims:dims], cells[:metrics:metrics]
		values, cells = values[dims:], cells[metrics:]
		r.row(at)
		if r.fault || i == 0 && at.continues {
			return nil, errRows
		}
	}
	if len(r.rest) > 0 {
		return nil, errRows
	}
	return rows, nil
}

func (r *rowReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fault = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *rowReader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fault = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count reads how many things of at least some bytes follow.
func (r *rowReader) count(least int) int {
	n := r.number()
	if n > uint64(len(r.rest)/least) {
		r.fault = true
		return 0
	}
	return int(n)
}

func (r *rowReader) bytes() []byte {
	n := r.count(1)
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *rowReader) readTexts(n int) {
	r.texts = make([]string, n)
	start := r.rest
	for range r.texts {
		r.bytes()
	}
	all := string(start[:len(start)-len(r.rest)]) // all of them in one piece
	r.rest = start
	for i := range r.texts {
		n := len(r.bytes())
		end := len(start) - len(r.rest)
		r.texts[i] = all[end-n : end]
	}
}

// text reads the place of a text, and gives the text.
func (r *rowReader) text(place uint64) string {
	if place >= uint64(len(r.texts)) {
		r.fault = true
		return ""
	}
	return r.texts[place]
}

func (r *rowReader) row(into *row) {
	flags := r.number()
	r.fault = r.fault || flags&^allFlags != 0
	into.money, into.continues = flags&flagMoney != 0, flags&flagContinues != 0
	if into.money {
		into.currency = r.text(r.number())
	}
	for i := range into.dims {
		v := &into.dims[i]
		place := r.number()
		if place == 0 {
			v.Null = true
			continue
		}
		v.Text = r.text(place - 1)
		if flags&flagNames != 0 {
			v.Name = r.text(r.number())
		}
	}
	for i := range into.cells {
		r.cell(&into.cells[i])
	}
}

func (r *rowReader) cell(c *cell) {
	switch kind := r.number(); kind {
	case cellUnset:
		return
	case cellConflict:
		c.conflict = true
		return
	case cellWhole:
		r.whole(&c.number)
	case cellPlaces:
		r.exponent(&c.number)
		r.whole(&c.number)
	case cellLarge:
		r.exponent(&c.number)
		c.number.Negative = r.number() == 1
		c.number.Coeff.SetBytes(r.bytes())
	default:
		r.fault = true
	}
	c.set = true
}

func (r *rowReader) exponent(n *apd.Decimal) {
	exponent := r.signed()
	if exponent > maxExponent || exponent < -maxExponent {
		r.fault = true
		return
	}
	n.Exponent = int32(exponent)
}

func (r *rowReader) whole(n *apd.Decimal) {
	whole := r.signed()
	if whole == math.MinInt64 {
		r.fault = true // it has no positive counterpart, and is written as a large number
		return
	}
	n.Negative = whole < 0
	n.Coeff.SetInt64(max(whole, -whole))
}
