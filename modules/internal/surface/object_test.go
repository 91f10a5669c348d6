package surface

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestParseObject(t *testing.T) {
	members, faults := ParseObject([]byte(` {"a":[1, 2],"b":null,"\u0063":"x"} `))
	assert.Empty(t, faults)
	assert.Equal(t, map[string]json.RawMessage{"a": json.RawMessage("[1, 2]"), "b": json.RawMessage("null"), "c": json.RawMessage(`"x"`)}, members)
}

func TestParseObjectNamesFaults(t *testing.T) {
	tests := []struct{ name, body, parameter, detail string }{
		{"nothing", "", "body", "is empty, but has to be a JSON object"},
		{"null", "null", "body", "has to be a JSON object, not null"},
		{"a list", "[]", "body", "has to be a JSON object, not a list"},
		{"cut off", `{"a"`, "body", "is not JSON: unexpected end of JSON input, at byte 4"},
		{"given twice", `{"a":1,"b":2,"a":3,"a":4}`, "a", "is given more than once"},
		{"given twice by another spelling", `{"a":1,"\u0061":1}`, "a", "is given more than once"},
		{"half a character", `{"a":"\ud800"}`, "body", `has half a character, \ud800, at byte 7`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			members, faults := ParseObject([]byte(test.body))
			assert.Nil(t, members)
			assert.Equal(t, []problem.FieldError{{Parameter: test.parameter, Detail: test.detail}}, faults)
		})
	}
}

// What is read is what the standard library reads, and no character is replaced.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":"\ud83d\ude00"}`, `{"a":"\\ud800","b":"\ud800"}`, `{"a":{"a":1},"a":2}`, `{"\udc00":1}`, "{}", "["} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		members, faults := ParseObject(data)
		if faults != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(data, &want); err != nil || want == nil {
			t.Fatalf("%q was read: %v", data, err)
		}
		if got, all := slices.Sorted(maps.Keys(members)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, all) {
			t.Errorf("%q has %q, not %q", data, all, got)
		}
		again, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(string(again), '\uFFFD') && !strings.ContainsRune(string(data), '\uFFFD') && !strings.Contains(strings.ToLower(string(data)), `\ufffd`) {
			t.Errorf("%q lost a character: %s", data, again)
		}
	})
}
