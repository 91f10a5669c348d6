package condition_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
)

// fields has one field of each kind, by the kind's name.
type fields map[string]condition.Kind

var known = fields{
	"text": condition.Text, "exact": condition.Exact, "number": condition.Number,
	"boolean": condition.Boolean, "date": condition.Date, "instant": condition.Instant,
}

func of(t testing.TB, filter string) *condition.Condition {
	t.Helper()
	list, faults := condition.Parse(json.RawMessage("["+filter+"]"), known)
	require.Empty(t, faults)
	require.Len(t, list, 1)
	return &list[0]
}

func TestHolds(t *testing.T) {
	const text, exact, number, boolean, date, instant = condition.Text, condition.Exact, condition.Number, condition.Boolean, condition.Date, condition.Instant
	for _, c := range []struct {
		filter string
		kind   condition.Kind
		value  string
		want   bool
	}{
		// texts: letter case matters only if asked
		{`"op":"eq","value":"de"`, text, "DE", true},
		{`"op":"eq","value":"de","case_sensitive":true`, text, "DE", false},
		{`"op":"eq","value":"ΣΑΣ"`, text, "σας", true},
		{`"op":"eq","value":"7"`, text, "07", false},
		{`"op":"eq","value":7`, text, "7", true},
		{`"op":"ne","value":"DE"`, text, "de", false},
		{`"op":"in","value":["DE","FR"]`, text, "fr", true},
		{`"op":"in","value":["DE","FR"]`, text, "IT", false},
		{`"op":"not_in","value":["DE","FR"]`, text, "DE", false},
		{`"op":"not_in","value":["DE","FR"]`, text, "IT", true},
		{`"op":"lte","value":"b"`, text, "B", true},
		{`"op":"lt","value":"b","case_sensitive":true`, text, "B", true},
		{`"op":"gt","value":"9"`, text, "10", true},
		{`"op":"gt","value":"9"`, text, "10 pieces", false},
		{`"op":"contains","value":"SALE"`, text, "summer-sale", true},
		{`"op":"contains","value":"ära"`, text, "ÄRA 1", true},
		{`"op":"contains","value":"SALE","case_sensitive":true`, text, "summer-sale", false},
		{`"op":"not_contains","value":"x"`, text, "xy", false},
		{`"op":"starts_with","value":"Sum"`, text, "summer", true},
		{`"op":"ends_with","value":"mer"`, text, "summer", true},
		{`"op":"ends_with","value":"CD","case_sensitive":true`, text, "abcd", false},
		{`"op":"matches","value":"^s\\d+$"`, text, "S10", true},
		{`"op":"matches","value":"^s\\d+$","case_sensitive":true`, text, "S10", false},
		{`"op":"not_matches","value":"^s\\d+$"`, text, "x", true},
		{`"op":"set"`, text, "x", true},
		{`"op":"set"`, text, "", false},
		{`"op":"not_set"`, text, "", true},
		{`"op":"not_set"`, text, "x", false},
		// identifiers and words: to the letter, but searched as texts are
		{`"op":"eq","value":"a:X"`, exact, "a:x", false},
		{`"op":"in","value":["a:X"]`, exact, "a:X", true},
		{`"op":"gt","value":"a:9"`, exact, "a:10", false},
		{`"op":"contains","value":"A:"`, exact, "a:1", true},
		// numbers: by value, of any size
		{`"op":"eq","value":"7"`, number, "07", true},
		{`"op":"eq","value":1e3`, number, "1000.0", true},
		{`"op":"eq","value":0.1`, number, "0.10", true},
		{`"op":"ne","value":0.1`, number, "0.10", false},
		{`"op":"gt","value":9007199254740992`, number, "9007199254740993", true},
		{`"op":"gte","value":5`, number, "5", true},
		{`"op":"lt","value":5`, number, "-5", true},
		{`"op":"lt","value":10`, number, "10", false},
		{`"op":"lte","value":"12.50"`, number, "12.5", true},
		{`"op":"lte","value":5`, number, "5.01", false},
		{`"op":"between","value":["2","4"]`, number, "4", true},
		{`"op":"between","value":["2","4"]`, number, "2", true},
		{`"op":"between","value":["2","4"]`, number, "1.9", false},
		{`"op":"between","value":["2","4"]`, number, "5", false},
		{`"op":"eq","value":"many"`, number, "1", false},
		{`"op":"ne","value":"many"`, number, "1", true},
		{`"op":"lt","value":"many"`, number, "1", false},
		{`"op":"eq","value":"1"`, number, "one", false},
		// booleans: in any words
		{`"op":"true"`, boolean, "1", true},
		{`"op":"false"`, boolean, "1", false},
		{`"op":"false"`, boolean, "no", true},
		{`"op":"false"`, boolean, "maybe", false},
		{`"op":"eq","value":true`, boolean, "1", true},
		{`"op":"eq","value":true`, boolean, "0", false},
		{`"op":"gt","value":false`, boolean, "true", true},
		{`"op":"eq","value":"maybe"`, boolean, "maybe", false},
		// days and moments
		{`"op":"gt","value":"2026-01-31"`, date, "2026-02-01", true},
		{`"op":"gte","value":"2026-06-01T00:00:00Z"`, instant, "2026-06-01T00:00:00Z", true},
		{`"op":"eq","value":"2026-06-01T03:30:00+03:30"`, instant, "2026-06-01T00:00:00Z", true},
		{`"op":"lt","value":"2026-06-01T00:00:00.5Z"`, instant, "2026-06-01T00:00:00Z", true},
		{`"op":"eq","value":"June"`, instant, "2026-06-01T00:00:00Z", false},
		{`"op":"gt","value":"June"`, instant, "2026-06-01T00:00:00Z", false},
		// labels: a platform alone knows them
		{`"op":"has_label","value":"good"`, text, "x", false},
		{`"op":"not_has_label","value":"good"`, text, "x", false},
	} {
		t.Run(c.filter+" on "+c.value, func(t *testing.T) {
			f := of(t, `{"field":"text",`+c.filter+`}`) // its values are not checked
			assert.Equal(t, c.want, f.Holds(condition.Value{Kind: c.kind, Text: c.value}))
		})
	}
}

// What is not there is different from every value, and neither more nor less than any.
func TestNullMeetsOnlyWhatExcludes(t *testing.T) {
	values := map[string]string{
		"between": `,"value":[1,2]`, "in": `,"value":[1]`, "not_in": `,"value":[1]`,
		"set": "", "not_set": "", "true": "", "false": "",
	}
	meets := []string{"ne", "not_in", "not_contains", "not_matches", "not_set"}
	for _, op := range condition.Operators() {
		value, ok := values[op]
		if !ok {
			value = `,"value":1`
		}
		f := of(t, `{"field":"text","op":"`+op+`"`+value+`}`)
		assert.Equal(t, slices.Contains(meets, op), f.Holds(condition.Value{Null: true}), op)
	}
}

func BenchmarkHolds(b *testing.B) {
	for _, c := range []struct {
		name, filter string
		value        condition.Value
	}{
		{"text", `{"field":"text","op":"in","value":["DE","FR"]}`, condition.Value{Text: "fr"}},
		{"number", `{"field":"number","op":"between","value":["12","13.50"]}`, condition.Value{Kind: condition.Number, Text: "12.50"}},
		{"instant", `{"field":"instant","op":"gte","value":"2026-06-01T00:00:00Z"}`, condition.Value{Kind: condition.Instant, Text: "2026-06-02T00:00:00Z"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := of(b, c.filter)
			b.ReportAllocs()
			for b.Loop() {
				if !f.Holds(c.value) {
					b.Fatal("the value does not pass")
				}
			}
		})
	}
}
