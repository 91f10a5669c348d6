package unifiedapi

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// The bodies of queries are as strict as those of changes.
func TestQueryMembers(t *testing.T) {
	fault := func(parameter, detail string) []problem.FieldError {
		return []problem.FieldError{{Parameter: parameter, Detail: detail}}
	}
	tests := []struct {
		name, body string
		want       []problem.FieldError
	}{
		{"nothing", " ", nil},
		{"no member", "{}", nil},
		{"members", `{"limit":5,"filters":[{"field":"name","op":"eq","value":null}]}`, nil},
		{"null", `{"sort":null}`, fault("sort", "must not be null")},
		{"filters that are null", `{"filters":null}`, fault("filters", "must not be null")},
		{"given twice", `{"name":1,"name":2}`, fault("name", "is given more than once")},
		{"null as a whole", `null`, fault("body", "has to be a JSON object, not null")},
		{"not JSON", `{"name":`, fault("body", "is not JSON: unexpected end of JSON input, at byte 8")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, faults := queryMembers([]byte(test.body))
			assert.Equal(t, test.want, faults)
		})
	}
}

func TestTextsOfAMember(t *testing.T) {
	for raw, want := range map[string][]string{
		`"a"`: {"a"}, `5`: {"5"}, `true`: {"true"}, `["a",1.50,false]`: {"a", "1.50", "false"}, `[]`: nil,
	} {
		got, err := texts(json.RawMessage(raw))
		require.NoError(t, err, raw)
		assert.Equal(t, want, got, raw)
	}
	for raw, want := range map[string]string{
		`[null]`: "must not be null", `["a",null]`: "must not be null",
		`{}`: "has to be a text, a number, a boolean or a list of them", `[[1]]`: "has to be a text, a number, a boolean or a list of them",
	} {
		_, err := texts(json.RawMessage(raw))
		assert.EqualError(t, err, want, raw)
	}
}
