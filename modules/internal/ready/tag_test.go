package ready_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/ready"
)

func TestTag(t *testing.T) {
	tag := ready.Tag([]byte("ab"), []byte("c"))
	assert.Regexp(t, `^W/"[0-9a-f]{32}"$`, tag)
	assert.Equal(t, tag, ready.Tag([]byte("ab"), []byte("c")))
	assert.NotEqual(t, tag, ready.Tag([]byte("a"), []byte("bc")), "where a part ends counts")
	assert.NotEqual(t, tag, ready.Tag([]byte("ab"), []byte("d")))
}

func TestMatches(t *testing.T) {
	const tag = `W/"b2"`
	tests := []struct {
		name  string
		lines []string
		want  bool
	}{
		{"nothing", nil, false},
		{"an empty line", []string{""}, false},
		{"the tag", []string{`W/"b2"`}, true},
		// the weak comparison, RFC 9110 section 8.8.3.2
		{"as a strong one", []string{`"b2"`}, true},
		{"another", []string{`W/"b3"`}, false},
		{"a longer one", []string{`W/"b22"`}, false},
		{"anything", []string{"*"}, true},
		{"anything, with spaces", []string{" * "}, true},
		{"in a list", []string{`"a1", W/"b2", "c3"`}, true},
		{"last of a list without spaces", []string{`"a1",W/"b2"`}, true},
		{"on another line", []string{`"a1"`, `W/"b2"`}, true},
		{"empty members", []string{` , ,"a1",, "b2"`}, true},
		{"a comma within another", []string{`"a,1", "b2"`}, true},
		{"within another", []string{`"a, W/"b2"`}, false},
		{"without quotes", []string{`b2`}, false},
		{"a quote that does not end", []string{`"b2`}, false},
		{"an asterisk in a list", []string{`"a1", *`}, false},
		{"lower-case weakness", []string{`w/"b2"`}, false},
		{"behind something malformed", []string{`"a1" x, "b2"`}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, ready.Matches(tt.lines, tag))
		})
	}
}

// A tag is found wherever it stands in a list of tags.
func FuzzMatches(f *testing.F) {
	f.Add(`W/"a", "b"`, "b2")
	f.Add(`*`, "")
	f.Add(`"`, `x`)
	f.Fuzz(func(t *testing.T, line, opaque string) {
		ready.Matches([]string{line}, `W/"`+opaque+`"`) // does not panic
		tag := ready.Tag([]byte(opaque))
		if !ready.Matches([]string{line, tag}, tag) || !ready.Matches([]string{`"x", ` + tag}, tag) {
			t.Errorf("%q hides a tag", line)
		}
	})
}
