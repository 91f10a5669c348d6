package keitaro

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// filter is one condition. Logs and the rows below a report are filtered by
// column, the rows of a report by metric.
type filter struct {
	name     string
	operator string
	match    func(value any) bool
	label    string // of HAS_LABEL and NOT_HAS_LABEL
}

// refusal is a message in the platform's words.
type refusal string

func (r refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// labelled reports whether the filter asks for labels, which are kept per
// campaign and so cannot be seen from the value alone.
func (f filter) labelled() bool { return strings.HasSuffix(f.operator, "HAS_LABEL") }

func newFilter(v any, known func(string) bool) (filter, error) {
	member, _ := v.(map[string]any)
	name, _ := scalar(member["name"])
	operator, _ := scalar(member["operator"])
	sensitive, _ := scalar(member["case_sensitive"])
	f := filter{name: name, operator: operator}
	if !known(name) {
		return f, refuse("Unknown column %s", name)
	}
	expression := member["expression"]
	switch operator {
	case "IS_SET":
		f.match = isSet
	case "IS_NOT_SET":
		f.match = func(v any) bool { return !isSet(v) }
	case "IS_TRUE":
		f.match = isTrue
	case "IS_FALSE":
		f.match = func(v any) bool { return !isTrue(v) }
	case "HAS_LABEL", "NOT_HAS_LABEL":
		label, _ := scalar(expression)
		if !isConversionColumn(name) {
			return f, refuse("Column %s has no labels", name)
		}
		if label != "whitelist" && label != "blacklist" {
			return f, refuse("Unknown label %s", label)
		}
		f.label = label
	case "IN_LIST", "NOT_IN_LIST", "BETWEEN":
		list, err := texts(expression)
		if err != nil || operator == "BETWEEN" && len(list) != 2 {
			return f, refuse("Operator %s wants a list", operator)
		}
		f.match = matchList(operator, list)
	default:
		wanted, ok := scalar(expression)
		if !ok {
			return f, refuse("Operator %s wants a value", operator)
		}
		var err error
		if f.match, err = matchOne(operator, wanted, sensitive == "true" || sensitive == "1"); err != nil {
			return f, err
		}
	}
	return f, nil
}

func texts(v any) ([]string, error) {
	var list []string
	for _, e := range items(v) {
		t, ok := scalar(e)
		if !ok {
			return nil, fmt.Errorf("not a value: %v", e)
		}
		list = append(list, t)
	}
	if list == nil {
		return nil, fmt.Errorf("not a list: %v", v)
	}
	return list, nil
}

func matchList(operator string, list []string) func(any) bool {
	in := func(v any) bool {
		return slices.ContainsFunc(list, func(e string) bool { return compareText(v, e) == 0 })
	}
	switch operator {
	case "BETWEEN":
		return func(v any) bool { return v != nil && compareText(v, list[0]) >= 0 && compareText(v, list[1]) <= 0 }
	case "NOT_IN_LIST":
		return func(v any) bool { return !in(v) }
	}
	return in
}

func matchOne(operator, wanted string, sensitive bool) (func(any) bool, error) {
	ordered := func(accept func(int) bool) func(any) bool {
		return func(v any) bool { return v != nil && accept(compareText(v, wanted)) }
	}
	fold := strings.ToLower
	if sensitive {
		fold = func(s string) string { return s }
	}
	textual := func(test func(s, part string) bool, want bool) func(any) bool {
		return func(v any) bool { return test(fold(plain(v)), fold(wanted)) == want }
	}
	switch operator {
	case "EQUALS":
		return ordered(func(c int) bool { return c == 0 }), nil
	case "NOT_EQUAL":
		return func(v any) bool { return v == nil || compareText(v, wanted) != 0 }, nil
	case "EQUALS_OR_GREATER_THAN":
		return ordered(func(c int) bool { return c >= 0 }), nil
	case "EQUALS_OR_LESS_THAN":
		return ordered(func(c int) bool { return c <= 0 }), nil
	case "GREATER_THAN":
		return ordered(func(c int) bool { return c > 0 }), nil
	case "LESS_THAN":
		return ordered(func(c int) bool { return c < 0 }), nil
	case "BEGINS_WITH":
		return textual(strings.HasPrefix, true), nil
	case "ENDS_WITH":
		return textual(strings.HasSuffix, true), nil
	case "CONTAINS":
		return textual(strings.Contains, true), nil
	case "NOT_CONTAIN":
		return textual(strings.Contains, false), nil
	case "MATCH_REGEXP", "NOT_MATCH_REGEXP":
		pattern, err := phpRegexp(wanted, sensitive)
		if err != nil {
			return nil, refuse("Invalid expression %s", wanted)
		}
		want := operator == "MATCH_REGEXP"
		return func(v any) bool { return pattern.MatchString(plain(v)) == want }, nil
	}
	return nil, refuse("Unknown operator %s", operator)
}

// phpRegexp compiles "/pattern/flags", or a pattern without delimiters.
func phpRegexp(s string, sensitive bool) (*regexp.Regexp, error) {
	flags := ""
	if end := strings.LastIndexByte(s, '/'); strings.HasPrefix(s, "/") && end > 0 {
		s, flags = s[1:end], s[end+1:]
		s = strings.ReplaceAll(s, `\/`, "/")
	}
	if !sensitive || strings.Contains(flags, "i") {
		s = "(?i)" + s
	}
	return regexp.Compile(s)
}

func isSet(v any) bool {
	return v != nil && v != ""
}

func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	return false
}

// plain is a value as text.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case kit.Decimal:
		return v.String()
	}
	return ""
}

// compareText compares a value with the text of an expression: as numbers if
// both are, else as text without regard to case, as MySQL's collations do.
func compareText(v any, wanted string) int {
	if b, ok := v.(bool); ok {
		v = int64(0)
		if b {
			v = int64(1)
		}
		wanted = strings.NewReplacer("true", "1", "false", "0").Replace(wanted)
	}
	if _, isText := v.(string); !isText {
		if a, ok := new(big.Rat).SetString(plain(v)); ok {
			if b, ok := new(big.Rat).SetString(wanted); ok {
				return a.Cmp(b)
			}
		}
	}
	return strings.Compare(strings.ToLower(plain(v)), strings.ToLower(wanted))
}

// compareValues orders two values of one column; null first, as MySQL does.
func compareValues(a, b any) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(rank(a), rank(b))
	default:
		switch a := a.(type) {
		case int64:
			if b, ok := b.(int64); ok {
				return cmp.Compare(a, b)
			}
		case kit.Decimal:
			if b, ok := b.(kit.Decimal); ok && a.Scale == b.Scale {
				return cmp.Compare(a.Units, b.Units)
			}
		}
	}
	return strings.Compare(plain(a), plain(b))
}

func rank(v any) int {
	if v == nil {
		return 0
	}
	return 1
}
