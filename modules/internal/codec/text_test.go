package codec

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

var (
	_ plugins.Codec = (*Datetime)(nil)
	_ plugins.Codec = (*Date)(nil)
	_ plugins.Codec = (*Enum)(nil)

	_ plugins.ObjectReader = (*Datetime)(nil)
	_ plugins.ObjectReader = (*Date)(nil)
)

func TestAppendBoolean(t *testing.T) {
	for _, native := range []string{"true", "TRUE", "1", "yes", "Y", "on", "t"} {
		got, err := AppendBoolean(nil, []byte(native))
		require.NoError(t, err, native)
		assert.Equal(t, "true", string(got), native)
	}
	for _, native := range []string{"false", "False", "0", "no", "N", "off", "f"} {
		got, err := AppendBoolean(nil, []byte(native))
		require.NoError(t, err, native)
		assert.Equal(t, "false", string(got), native)
	}
	for _, native := range []string{"", "2", "-1", "maybe", "falsehood", "10"} {
		_, err := AppendBoolean(nil, []byte(native))
		assert.Error(t, err, native)
	}
}

func TestAppendQuoted(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "abc", `"abc"`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"no needless escapes", "a/b<>&'\u2028é😀\x7f", "\"a/b<>&'\u2028é😀\x7f\""},
		{"control characters", "\b\f\n\r\t\x00\x1f", `"\b\f\n\r\t\u0000\u001f"`},
		{"invalid UTF-8", "a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"U+FFFD itself", "\uFFFD", "\"\uFFFD\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, string(AppendQuoted(nil, test.text)))
			assert.Equal(t, test.want, string(AppendQuoted(nil, []byte(test.text))))
		})
	}
}

func FuzzAppendQuoted(f *testing.F) {
	f.Add("a\"\\\n\xff\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		quoted := AppendQuoted(nil, text)
		require.True(t, utf8.Valid(quoted))
		var got string
		require.NoError(t, json.Unmarshal(quoted, &got))
		require.Equal(t, string([]rune(text)), got, "each invalid byte is one U+FFFD")
	})
}
