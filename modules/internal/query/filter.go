package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Filter is a filter that a query string cannot say: an operator on a member.
type Filter struct {
	Field         string
	Op            string
	Values        []string
	CaseSensitive bool

	member *surface.Member
	regexp *regexp.Regexp
}

// arity is how many values an operator takes; -1: one or more.
var arity = map[string]int{
	"eq": 1, "ne": 1, "gt": 1, "gte": 1, "lt": 1, "lte": 1, "between": 2, "in": -1, "not_in": -1,
	"contains": 1, "not_contains": 1, "starts_with": 1, "ends_with": 1, "matches": 1, "not_matches": 1,
	"set": 0, "not_set": 0, "true": 0, "false": 0, "has_label": 1, "not_has_label": 1,
}

// Operators lists the operators of filters, sorted.
func Operators() []string { return slices.Sorted(maps.Keys(arity)) }

// ParseFilters reads the member "filters" of a query's body: a list of
// {"field":…,"op":…,"value":…,"case_sensitive":…}. Every fault is reported.
func ParseFilters(r *surface.Resource, raw json.RawMessage) ([]Filter, []problem.FieldError) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, []problem.FieldError{{Parameter: "filters", Detail: "has to be a list of filters"}}
	}
	var out []Filter
	var faults []problem.FieldError
	for i, item := range list {
		f, detail, where := parseFilter(r, item)
		if detail != "" {
			name := fmt.Sprintf("filters[%d]", i)
			if where != "" {
				name += "." + where
			}
			faults = append(faults, problem.FieldError{Parameter: name, Detail: detail})
			continue
		}
		out = append(out, f)
	}
	return out, faults
}

func parseFilter(r *surface.Resource, raw json.RawMessage) (f Filter, detail, where string) {
	var in struct {
		Field         string          `json:"field"`
		Op            string          `json:"op"`
		Value         json.RawMessage `json:"value"`
		CaseSensitive bool            `json:"case_sensitive"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return f, "has to be an object with field, op, value and case_sensitive", ""
	}
	f = Filter{Field: in.Field, Op: in.Op, CaseSensitive: in.CaseSensitive}
	n, ok := arity[in.Op]
	if !ok {
		return f, fmt.Sprintf("has to be one of %s", strings.Join(Operators(), ", ")), "op"
	}
	if f.member = r.Member(in.Field); f.member == nil {
		return f, fmt.Sprintf("%s has no member %q", r.Name, in.Field), "field"
	}
	if !f.member.Type.Ordered() {
		return f, fmt.Sprintf("%s is not a single value, so it cannot be filtered by", in.Field), "field"
	}
	if len(in.Value) > 0 {
		var err error
		if f.Values, err = filterValues(in.Value); err != nil {
			return f, err.Error(), "value"
		}
	}
	if n >= 0 && len(f.Values) != n || n < 0 && len(f.Values) == 0 {
		return f, fmt.Sprintf("%s takes %s", in.Op, plural(n)), "value"
	}
	return f, f.compile(), "value"
}

func plural(n int) string {
	switch n {
	case -1:
		return "one or more values"
	case 0:
		return "no value"
	case 1:
		return "one value"
	}
	return fmt.Sprintf("%d values", n)
}

func filterValues(raw json.RawMessage) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("is not JSON")
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case string:
			out = append(out, item)
		case json.Number:
			out = append(out, item.String())
		case bool:
			out = append(out, fmt.Sprint(item))
		case nil:
		default:
			return nil, fmt.Errorf("has to be a text, a number, a boolean or a list of them")
		}
	}
	return out, nil
}

// compile checks values that need more than their number. It returns what is wrong.
func (f *Filter) compile() string {
	switch f.Op {
	case "matches", "not_matches":
		source := f.Values[0]
		if !f.CaseSensitive {
			source = "(?i)" + source
		}
		re, err := regexp.Compile(source)
		if err != nil {
			return fmt.Sprintf("is not an RE2 expression: %v", err)
		}
		f.regexp = re
	case "has_label", "not_has_label":
		return "labels are filtered in reports only"
	case "true", "false":
		if f.member.Type != surface.Boolean {
			return fmt.Sprintf("%s is not a boolean", f.Field)
		}
	case "gt", "gte", "lt", "lte", "between", "eq", "ne", "in", "not_in":
		return f.comparable()
	}
	return ""
}

// comparable checks that values are of the member's type, and writes instants as the
// members have them. It returns what is wrong.
func (f *Filter) comparable() string {
	for i, v := range f.Values {
		switch {
		case f.numeric() && !isDecimal(v):
			return fmt.Sprintf("%q is not a number", v)
		case f.member.Type == surface.Enum && !slices.Contains(f.member.Enum, v):
			return fmt.Sprintf("%q is not one of %s", v, strings.Join(f.member.Enum, ", "))
		case f.member.Type == surface.Boolean && v != "true" && v != "false":
			return fmt.Sprintf("%q is neither true nor false", v)
		case f.member.Type == surface.Instant:
			t, err := time.Parse(time.RFC3339, v)
			if err != nil {
				return fmt.Sprintf("%q is not a time of RFC 3339", v)
			}
			f.Values[i] = t.UTC().Format(time.RFC3339Nano)
		}
	}
	return ""
}

func (f *Filter) numeric() bool {
	switch f.member.Type {
	case surface.Integer, surface.Number, surface.Decimal, surface.Money:
		return true
	}
	return false
}

func isDecimal(s string) bool {
	_, rest := cutSign([]byte(s))
	digits, points := 0, 0
	for _, c := range rest {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && points == 0:
			points++
		default:
			return false
		}
	}
	return digits > 0
}

// holds tells whether a value passes. Null passes only what asks for its absence, and
// what excludes other values.
func (f *Filter) holds(token []byte) bool {
	if isNull(token) {
		return f.Op == "not_set" || f.Op == "ne" || strings.HasPrefix(f.Op, "not_")
	}
	text := tokenText(token)
	if f.member.Type == surface.Money {
		text = string(moneyValue(token))
	}
	switch f.Op {
	case "set":
		return text != ""
	case "not_set":
		return text == ""
	case "true", "false":
		return text == f.Op
	case "eq", "in":
		return f.any(text)
	case "ne", "not_in":
		return !f.any(text)
	case "gt":
		return f.compare(text, f.Values[0]) > 0
	case "gte":
		return f.compare(text, f.Values[0]) >= 0
	case "lt":
		return f.compare(text, f.Values[0]) < 0
	case "lte":
		return f.compare(text, f.Values[0]) <= 0
	case "between":
		return f.compare(text, f.Values[0]) >= 0 && f.compare(text, f.Values[1]) <= 0
	case "matches":
		return f.regexp.MatchString(text)
	case "not_matches":
		return !f.regexp.MatchString(text)
	}
	return f.holdsText(text)
}

func (f *Filter) holdsText(text string) bool {
	want := f.Values[0]
	if !f.CaseSensitive {
		text, want = fold(text), fold(want)
	}
	switch f.Op {
	case "contains":
		return strings.Contains(text, want)
	case "not_contains":
		return !strings.Contains(text, want)
	case "starts_with":
		return strings.HasPrefix(text, want)
	}
	return strings.HasSuffix(text, want)
}

func (f *Filter) any(text string) bool {
	return slices.ContainsFunc(f.Values, func(v string) bool { return f.compare(text, v) == 0 })
}

func (f *Filter) compare(a, b string) int {
	switch {
	case f.numeric():
		return compareDecimals([]byte(a), []byte(b))
	case f.member.Type == surface.Instant:
		return compareInstants([]byte(a), []byte(b))
	}
	if f.member.Type == surface.Text && !f.CaseSensitive {
		a, b = fold(a), fold(b)
	}
	return strings.Compare(a, b)
}
