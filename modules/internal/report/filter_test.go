package report

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

func TestFilterHolds(t *testing.T) {
	text := func(s string) Value { return Value{Text: s} }
	for _, c := range []struct {
		op     string
		values []string
		value  Value
		kind   field.Type
		folds  bool // letter case is ignored: the default
		want   bool
	}{
		{"eq", []string{"de"}, text("DE"), field.Text, true, true},
		{"eq", []string{"de"}, text("DE"), field.Text, false, false},
		{"eq", []string{"7"}, text("07"), field.Text, true, false},
		{"eq", []string{"7"}, text("07"), field.Integer, true, true},
		{"eq", []string{"a:X"}, Value{Text: "a:x", Name: "a:X"}, field.Entity, true, false},
		{"ne", []string{"DE"}, null, field.Text, true, true},
		{"ne", []string{"DE"}, text("de"), field.Text, true, false},
		{"gt", []string{"9"}, text("10"), field.Text, true, true},
		{"gt", []string{"2026-01-31"}, text("2026-02-01"), field.Date, true, true},
		{"gte", []string{"10"}, text("10.0"), field.Integer, true, true},
		{"lt", []string{"10"}, text("10"), field.Integer, true, false},
		{"lte", []string{"b"}, text("B"), field.Text, true, true},
		{"lt", []string{"5"}, null, field.Integer, true, false},
		{"between", []string{"2", "4"}, text("4"), field.Integer, true, true},
		{"between", []string{"2", "4"}, text("5"), field.Integer, true, false},
		{"in", []string{"DE", "FR"}, text("fr"), field.Text, true, true},
		{"in", []string{"DE", "FR"}, null, field.Text, true, false},
		{"not_in", []string{"DE", "FR"}, null, field.Text, true, true},
		{"not_in", []string{"DE", "FR"}, text("DE"), field.Text, true, false},
		{"contains", []string{"SALE"}, text("summer-sale"), field.Text, true, true},
		{"contains", []string{"SALE"}, text("summer-sale"), field.Text, false, false},
		{"contains", []string{"shop"}, Value{Text: "a:1", Name: "Shoppers"}, field.Entity, true, true},
		{"contains", []string{"a:"}, Value{Text: "a:1", Name: "Shoppers"}, field.Entity, true, false},
		{"not_contains", []string{"x"}, null, field.Text, true, true},
		{"not_contains", []string{"x"}, text("xy"), field.Text, true, false},
		{"starts_with", []string{"Sum"}, text("summer"), field.Text, true, true},
		{"ends_with", []string{"mer"}, text("summer"), field.Text, true, true},
		{"ends_with", []string{"mer"}, null, field.Text, true, false},
		{"matches", []string{`^s\d+$`}, text("S10"), field.Text, true, true},
		{"matches", []string{`^s\d+$`}, text("S10"), field.Text, false, false},
		{"not_matches", []string{`^s\d+$`}, text("x"), field.Text, true, true},
		{"set", nil, text("x"), field.Text, true, true},
		{"set", nil, text(""), field.Text, true, false},
		{"not_set", nil, null, field.Text, true, true},
		{"true", nil, text("1"), field.Boolean, true, true},
		{"false", nil, text("1"), field.Boolean, true, false},
		{"false", nil, null, field.Boolean, true, false},
	} {
		f := &Filter{Op: c.op, Values: c.values, CaseSensitive: !c.folds}
		if c.op == "matches" || c.op == "not_matches" {
			source := c.values[0]
			if c.folds {
				source = "(?i)" + source
			}
			f.pattern = regexp.MustCompile(source)
		}
		assert.Equal(t, c.want, f.holds(c.value, c.kind), "%s %v on %v", c.op, c.values, c.value)
	}
}

func TestEveryOperatorIsAppliedHereOrByThePlatformAlone(t *testing.T) {
	for _, op := range mapping.FilterOperators {
		f := &Filter{Op: op, Values: []string{"1", "2"}, pattern: regexp.MustCompile("1")}
		if op == "has_label" || op == "not_has_label" {
			assert.False(t, f.local(), op)
			continue
		}
		assert.True(t, f.local(), op)
		some := false
		for _, v := range []Value{null, {Text: "1"}, {Text: "3"}, {Text: "0"}} {
			some = some || f.holds(v, field.Integer)
		}
		assert.True(t, some, "%s lets something pass", op)
	}
}

func TestFilterHoldsNumber(t *testing.T) {
	number := func(s string) *cell {
		n, err := parseNumber(s)
		if err != nil {
			t.Fatal(err)
		}
		return &cell{number: n, set: true}
	}
	for _, c := range []struct {
		op     string
		values []string
		cell   *cell
		want   bool
	}{
		{"eq", []string{"0.1"}, number("0.10"), true},
		{"ne", []string{"0.1"}, number("0.10"), false},
		{"ne", []string{"1"}, &cell{}, true},
		{"gt", []string{"9007199254740992"}, number("9007199254740993"), true},
		{"gte", []string{"5"}, number("5"), true},
		{"lt", []string{"5"}, number("-5"), true},
		{"lte", []string{"5"}, number("5.01"), false},
		{"between", []string{"1", "2"}, number("2"), true},
		{"between", []string{"1", "2"}, number("2.1"), false},
		{"in", []string{"1", "2"}, number("2"), true},
		{"not_in", []string{"1", "2"}, number("3"), true},
		{"set", nil, number("0"), true},
		{"not_set", nil, &cell{}, true},
		{"gt", []string{"0"}, &cell{}, false},
		{"eq", []string{"none"}, number("1"), false},
	} {
		f := &Filter{Op: c.op, Values: c.values}
		assert.Equal(t, c.want, f.holdsNumber(c.cell), "%s %v on %v", c.op, c.values, c.cell)
	}
}
