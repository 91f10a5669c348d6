package report

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// filterOf makes a filter on a column of one platform, whose values are not checked.
func filterOf(t *testing.T, rest string) *condition.Condition {
	t.Helper()
	filters, faults := condition.Parse(json.RawMessage(`[{"field":"a.x",`+rest+`}]`), filterFields{})
	require.Empty(t, faults)
	return &filters[0]
}

func TestFiltersOnDimensions(t *testing.T) {
	for _, c := range []struct {
		name, filter string
		value        Value
		kind         field.Type
		want         bool
	}{
		{"texts whatever their case", `"op":"eq","value":"de"`, Value{Text: "DE"}, field.Text, true},
		{"digits of a text are a text", `"op":"eq","value":"7"`, Value{Text: "07"}, field.Text, false},
		{"whole numbers by value", `"op":"eq","value":"7"`, Value{Text: "07"}, field.Integer, true},
		{"days", `"op":"gt","value":"2026-01-31"`, Value{Text: "2026-02-01"}, field.Date, true},
		{"hours as moments", `"op":"eq","value":"2026-01-31T10:00:00+01:00"`, Value{Text: "2026-01-31T09:00:00Z"}, field.Instant, true},
		{"booleans in the platform's words", `"op":"eq","value":true`, Value{Text: "1"}, field.Boolean, true},
		{"null", `"op":"ne","value":"DE"`, null, field.Text, true},
		{"ids to the letter", `"op":"eq","value":"a:X"`, Value{Text: "a:x", Name: "a:X"}, field.Entity, false},
		{"names are searched", `"op":"contains","value":"shop"`, Value{Text: "a:1", Name: "Shoppers"}, field.Entity, true},
		{"ids are not searched", `"op":"contains","value":"a:"`, Value{Text: "a:1", Name: "Shoppers"}, field.Entity, false},
		{"what has an id is set without a name", `"op":"set"`, Value{Text: "a:1"}, field.Entity, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, holds(filterOf(t, c.filter), c.value, c.kind))
		})
	}
}

func TestFiltersOnMetrics(t *testing.T) {
	number := func(s string) *cell {
		n, err := parseNumber(s)
		require.NoError(t, err)
		return &cell{number: n, set: true}
	}
	for _, c := range []struct {
		filter string
		cell   *cell
		want   bool
	}{
		{`"op":"eq","value":0.1`, number("0.10"), true},
		{`"op":"ne","value":1`, &cell{}, true},
		{`"op":"gt","value":9007199254740992`, number("9007199254740993"), true},
		{`"op":"lt","value":5`, number("-5"), true},
		{`"op":"between","value":[1,2]`, number("2.1"), false},
		{`"op":"in","value":["1","2e0"]`, number("2"), true},
		{`"op":"set"`, number("0"), true},
		{`"op":"not_set"`, &cell{}, true},
		{`"op":"gt","value":0`, &cell{}, false},
		{`"op":"eq","value":"none"`, number("1"), false},
	} {
		t.Run(c.filter, func(t *testing.T) {
			assert.Equal(t, c.want, holdsNumber(filterOf(t, c.filter), c.cell))
		})
	}
}

func TestOnlyLabelsAreLeftToThePlatform(t *testing.T) {
	assert.True(t, local(filterOf(t, `"op":"not_in","value":[1]`)))
	assert.False(t, local(filterOf(t, `"op":"has_label","value":"good"`)))
	assert.False(t, local(filterOf(t, `"op":"not_has_label","value":"good"`)))
}
