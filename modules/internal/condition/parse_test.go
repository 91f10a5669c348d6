package condition_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func (f fields) Kind(name string) (condition.Kind, error) {
	kind, ok := f[name]
	if !ok {
		return 0, fmt.Errorf("there is no field %q", name)
	}
	return kind, nil
}

func (f fields) CheckOperator(name, op string) error {
	if f[name] == condition.Number && !condition.OfNumbers(op) {
		return errors.New("is not for numbers")
	}
	return nil
}

func (f fields) CheckValue(name, value string) error {
	if name == "exact" && value == "?" {
		return errors.New("is no word")
	}
	return nil
}

func TestParse(t *testing.T) {
	list, faults := condition.Parse(json.RawMessage(` [
		{"field":"text","op":"in","value":[ "DE", 1.50 , true]},
		{"op":"set","field":"number","value":null},
		{"field":"text","op":"starts_with","value":"a\"b","case_sensitive":true} ]`), known)
	require.Empty(t, faults)
	var filters []condition.Filter
	for _, c := range list {
		filters = append(filters, c.Filter)
	}
	assert.Equal(t, []condition.Filter{
		{Field: "text", Op: "in", Values: []string{"DE", "1.50", "true"}},
		{Field: "number", Op: "set"},
		{Field: "text", Op: "starts_with", Values: []string{`a"b`}, CaseSensitive: true},
	}, filters)
	for _, none := range []string{``, `null`, `[]`} {
		list, faults := condition.Parse(json.RawMessage(none), known)
		assert.Empty(t, list)
		assert.Empty(t, faults)
	}
}

func TestFaultsNameEveryPart(t *testing.T) {
	for _, c := range []struct {
		name, filter string
		faults       []problem.FieldError
	}{
		{"no object", `1`, []problem.FieldError{{Parameter: "filters[0]", Detail: "has to be an object with field, op and value"}}},
		{"null", `null`, []problem.FieldError{{Parameter: "filters[0]", Detail: "has to be an object with field, op and value"}}},
		{"nothing", `{}`, []problem.FieldError{{Parameter: "filters[0].field", Detail: "is missing"}, {Parameter: "filters[0].op", Detail: "is missing"}}},
		{"members of other types", `{"field":1,"op":["eq"],"value":{},"case_sensitive":"yes"}`, []problem.FieldError{
			{Parameter: "filters[0].case_sensitive", Detail: "has to be true or false"},
			{Parameter: "filters[0].field", Detail: "has to be text"},
			{Parameter: "filters[0].op", Detail: "has to be text"},
			{Parameter: "filters[0].value", Detail: "has to be text, a number, true or false"},
		}},
		{"an unknown member", `{"feild":"text","op":"set"}`, []problem.FieldError{{Parameter: "filters[0].feild", Detail: `unknown member; did you mean "field"?`}}},
		{"an unknown field", `{"field":"txt","op":"set"}`, []problem.FieldError{{Parameter: "filters[0].field", Detail: `there is no field "txt"`}}},
		{"an unknown operator", `{"field":"text","op":"betwen","value":1}`, []problem.FieldError{{Parameter: "filters[0].op", Detail: `there is no operator "betwen"; did you mean "between"?`}}},
		{"an operator of other fields", `{"field":"number","op":"contains","value":1}`, []problem.FieldError{{Parameter: "filters[0].op", Detail: "is not for numbers"}}},
		{"a value too many", `{"field":"text","op":"set","value":true}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "set takes no value"}}},
		{"no value", `{"field":"text","op":"eq"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "eq takes one value"}}},
		{"a list for one", `{"field":"text","op":"eq","value":["x"]}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "eq takes one value"}}},
		{"one for a list", `{"field":"text","op":"in","value":"x"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "in takes a list of values"}}},
		{"an empty list", `{"field":"text","op":"not_in","value":[]}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "not_in takes a list of values"}}},
		{"one for two", `{"field":"number","op":"between","value":[1]}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "between takes a list of two values"}}},
		{"null in a list", `{"field":"text","op":"in","value":["x",null]}`, []problem.FieldError{{Parameter: "filters[0].value[1]", Detail: "has to be text, a number, true or false"}}},
		{"no expression", `{"field":"text","op":"matches","value":"("}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "is not a regular expression of RE2: error parsing regexp: missing closing ): `(?i)(`"}}},
		{"no numbers", `{"field":"number","op":"in","value":["much",1,"more"]}`, []problem.FieldError{
			{Parameter: "filters[0].value", Detail: `"much" is not a number`},
			{Parameter: "filters[0].value", Detail: `"more" is not a number`},
		}},
		{"no boolean", `{"field":"boolean","op":"eq","value":"yes"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: `"yes" is neither true nor false`}}},
		{"no day", `{"field":"date","op":"gt","value":"2026-02-30"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: `"2026-02-30" is not a day such as 2026-01-31`}}},
		{"no time", `{"field":"instant","op":"gt","value":"June"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: `"June" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}}},
		{"a time before all years", `{"field":"instant","op":"gt","value":"0000-01-01T00:00:00+01:00"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: `"0000-01-01T00:00:00+01:00" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}}},
		{"no word of the field", `{"field":"exact","op":"eq","value":"?"}`, []problem.FieldError{{Parameter: "filters[0].value", Detail: "is no word"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, faults := condition.Parse(json.RawMessage("["+c.filter+"]"), known)
			assert.Empty(t, list)
			assert.Equal(t, c.faults, faults)
		})
	}
	_, faults := condition.Parse(json.RawMessage(`{}`), known)
	assert.Equal(t, []problem.FieldError{{Parameter: "filters", Detail: "has to be a list of objects"}}, faults)
}

func TestIn(t *testing.T) {
	c, faults := condition.In("text", []string{"DE", "FR"}, known)
	require.Empty(t, faults)
	assert.Equal(t, condition.Filter{Field: "text", Op: "in", Values: []string{"DE", "FR"}}, c.Filter)
	assert.True(t, c.Holds(condition.Value{Text: "fr"}))
	_, faults = condition.In("number", []string{"1", "x"}, known)
	assert.Equal(t, []problem.FieldError{{Parameter: "number", Detail: `"x" is not a number`}}, faults)
}

// Whatever the body: what has no fault can be asked of any value.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[{}]`, `[null]`,
		`[{"field":"number","op":"between","value":["1",1e400]}]`,
		`[{"field":"text","op":"matches","value":"a{1000}"},{"field":"text","op":"has_label","value":"x"}]`,
		`[{"field":"instant","op":"lt","value":"2026-06-01T00:00:00+03:30","case_sensitive":false}]`,
		`[{"field":"boolean","op":"in","value":[true,false]}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, _ := condition.Parse(body, known)
		for i := range list {
			require.True(t, condition.IsOperator(list[i].Op))
			for kind := condition.Text; kind <= condition.Instant; kind++ {
				for _, text := range []string{"", "x", "12", "true", "2026-06-01T00:00:00Z"} {
					list[i].Holds(condition.Value{Kind: kind, Text: text})
				}
			}
			list[i].Holds(condition.Value{Null: true})
		}
	})
}
