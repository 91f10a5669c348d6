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
	_ plugins.Codec = Decimal{}
	_ plugins.Codec = Integer{}
	_ plugins.Codec = Boolean{}
	_ plugins.Codec = Identifier{}

	_ plugins.ObjectReader = (*Datetime)(nil)
	_ plugins.ObjectReader = (*Date)(nil)
)

func TestBoolean(t *testing.T) {
	for _, native := range []string{"true", "TRUE", "1", "yes", "Y", "on", "t"} {
		got, err := Boolean{}.Read(nil, []byte(native))
		require.NoError(t, err, native)
		assert.Equal(t, "true", string(got), native)
	}
	for _, native := range []string{"false", "False", "0", "no", "N", "off", "f"} {
		got, err := Boolean{}.Read(nil, []byte(native))
		require.NoError(t, err, native)
		assert.Equal(t, "false", string(got), native)
	}
	for _, native := range []string{"", "2", "-1", "maybe", "falsehood", "10"} {
		_, err := Boolean{}.Read(nil, []byte(native))
		assert.Error(t, err, native)
	}
	for unified, want := range map[string]string{"true": "1", "false": "0"} {
		got, err := Boolean{True: "1", False: "0"}.Write(nil, []byte(unified))
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		got, err = Boolean{}.Write(nil, []byte(unified))
		require.NoError(t, err)
		assert.Equal(t, unified, string(got))
	}
	_, err := Boolean{}.Write(nil, []byte("2"))
	require.Error(t, err)
}

func TestIdentifier(t *testing.T) {
	id := Identifier{Prefix: "tracker_us:"}
	for native, unified := range map[string]string{"10042": "tracker_us:10042", "a/b%:c": "tracker_us:a/b%:c", "": ""} {
		got, err := id.Read(nil, []byte(native))
		require.NoError(t, err)
		assert.Equal(t, unified, string(got))
		if native != "" {
			back, err := id.Write(nil, got)
			require.NoError(t, err)
			assert.Equal(t, native, string(back))
		}
	}
	for _, unified := range []string{"", "10042", "tracker_us:", "tracker_eu:1"} {
		_, err := id.Write(nil, []byte(unified))
		assert.Error(t, err, unified)
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
