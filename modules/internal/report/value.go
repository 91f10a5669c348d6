package report

import (
	"cmp"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Value is the value of one dimension in one row.
type Value struct {
	// Null tells that there is none.
	Null bool
	// Text is the value; of an entity its id, of a number its digits.
	Text string
	// Name is the name of an entity; empty where it is not known.
	Name string
}

var null = Value{Null: true}

// appendJSON appends the value as its type is written.
func (v Value) appendJSON(dst []byte, t field.Type) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch t {
	case field.Integer:
		if n, err := codec.AppendInteger(dst, []byte(v.Text)); err == nil {
			return n
		}
	case field.Boolean:
		if b, err := codec.AppendBoolean(dst, []byte(v.Text)); err == nil {
			return b
		}
	case field.Entity:
		dst = codec.AppendQuoted(append(dst, `{"id":`...), v.Text)
		dst = append(dst, `,"name":`...)
		if v.Name == "" {
			return append(dst, "null}"...)
		}
		return append(codec.AppendQuoted(dst, v.Name), '}')
	}
	return codec.AppendQuoted(dst, v.Text)
}

// compare orders two values of a type. Null is not compared here: it goes last
// whatever the direction. Entities go by their names, and by id where these are equal.
func (v Value) compare(w Value, t field.Type) int {
	switch t {
	case field.Entity:
		if c := cmp.Or(cmp.Compare(b2i(v.Name == ""), b2i(w.Name == "")), strings.Compare(v.Name, w.Name)); c != 0 {
			return c
		}
	case field.Integer, field.Decimal:
		a, errA := parseNumber(v.Text)
		b, errB := parseNumber(w.Text)
		if errA == nil && errB == nil {
			return a.Cmp(&b)
		}
	}
	return strings.Compare(v.Text, w.Text)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
