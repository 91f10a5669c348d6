package report

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// local tells whether the gateway can apply the operator itself. Labels are known to
// a platform alone.
func (f *Filter) local() bool { return f.Op != "has_label" && f.Op != "not_has_label" }

// holds tells whether a dimension's value passes the filter. What is not set is
// different from every value, and neither greater nor less than any.
func (f *Filter) holds(v Value, t field.Type) bool {
	switch f.Op {
	case "set":
		return !v.Null && v.Text != ""
	case "not_set":
		return v.Null || v.Text == ""
	}
	if v.Null {
		switch f.Op {
		case "ne", "not_in", "not_contains", "not_matches":
			return true
		}
		return false
	}
	if t == field.Entity && f.searches() {
		v.Text = v.Name // ids are exact; to search is to search names
	}
	switch f.Op {
	case "eq":
		return f.equal(v.Text, f.Values[0], t)
	case "ne":
		return !f.equal(v.Text, f.Values[0], t)
	case "in":
		return slices.ContainsFunc(f.Values, func(w string) bool { return f.equal(v.Text, w, t) })
	case "not_in":
		return !slices.ContainsFunc(f.Values, func(w string) bool { return f.equal(v.Text, w, t) })
	case "gt":
		return f.compare(v.Text, f.Values[0]) > 0
	case "gte":
		return f.compare(v.Text, f.Values[0]) >= 0
	case "lt":
		return f.compare(v.Text, f.Values[0]) < 0
	case "lte":
		return f.compare(v.Text, f.Values[0]) <= 0
	case "between":
		return f.compare(v.Text, f.Values[0]) >= 0 && f.compare(v.Text, f.Values[1]) <= 0
	case "contains":
		return strings.Contains(f.fold(v.Text), f.fold(f.Values[0]))
	case "not_contains":
		return !strings.Contains(f.fold(v.Text), f.fold(f.Values[0]))
	case "starts_with":
		return strings.HasPrefix(f.fold(v.Text), f.fold(f.Values[0]))
	case "ends_with":
		return strings.HasSuffix(f.fold(v.Text), f.fold(f.Values[0]))
	case "matches":
		return f.pattern.MatchString(v.Text)
	case "not_matches":
		return !f.pattern.MatchString(v.Text)
	}
	b, ok := codec.ParseBoolean([]byte(v.Text))
	return ok && b == (f.Op == "true")
}

func (f *Filter) searches() bool {
	switch f.Op {
	case "contains", "not_contains", "starts_with", "ends_with", "matches", "not_matches":
		return true
	}
	return false
}

func (f *Filter) fold(s string) string {
	if f.CaseSensitive {
		return s
	}
	return strings.ToLower(s)
}

// equal compares ids to the letter, numbers as numbers, and texts as texts: the
// texts 7 and 07 are two.
func (f *Filter) equal(a, b string, t field.Type) bool {
	switch t {
	case field.Entity:
		return a == b
	case field.Integer:
		return f.compare(a, b) == 0
	}
	return f.fold(a) == f.fold(b)
}

// compare compares as numbers where both are, else as texts.
func (f *Filter) compare(a, b string) int {
	if x, err := parseNumber(a); err == nil {
		if y, err := parseNumber(b); err == nil {
			return x.Cmp(&y)
		}
	}
	return strings.Compare(f.fold(a), f.fold(b))
}

// holdsNumber tells whether a metric's value passes the filter.
func (f *Filter) holdsNumber(c *cell) bool {
	switch f.Op {
	case "set":
		return c.set
	case "not_set":
		return !c.set
	}
	if !c.set {
		return f.Op == "ne" || f.Op == "not_in"
	}
	compare := func(text string) int {
		n, err := parseNumber(text)
		if err != nil {
			return 2 // not a number: neither equal nor ordered
		}
		return c.number.Cmp(&n)
	}
	first := compare(f.Values[0])
	switch f.Op {
	case "eq":
		return first == 0
	case "ne":
		return first != 0
	case "gt":
		return first == 1
	case "gte":
		return first == 0 || first == 1
	case "lt":
		return first == -1
	case "lte":
		return first == 0 || first == -1
	case "between":
		last := compare(f.Values[1])
		return (first == 0 || first == 1) && (last == 0 || last == -1)
	case "in":
		return slices.ContainsFunc(f.Values, func(v string) bool { return compare(v) == 0 })
	case "not_in":
		return !slices.ContainsFunc(f.Values, func(v string) bool { return compare(v) == 0 })
	}
	return false
}
