package idempotency

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseKey(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string
	}{
		{"as the draft writes it", []string{`"8e03978e-40d5-43e8-bc93-6894a57f9324"`}, "8e03978e-40d5-43e8-bc93-6894a57f9324"},
		{"bare", []string{"8e03978e-40d5-43e8-bc93-6894a57f9324"}, "8e03978e-40d5-43e8-bc93-6894a57f9324"},
		{"space around", []string{" \t\"a\" "}, "a"},
		{"escapes", []string{`"a\"b\\c d"`}, `a"b\c d`},
		{"parameters", []string{`"a";v=1`}, "a"},
		{"bare of other visible characters", []string{"order/12:a=b+c.~_{}"}, "order/12:a=b+c.~_{}"},
		{"longest", []string{strings.Repeat("k", MaxKey)}, strings.Repeat("k", MaxKey)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseKey(test.values)
			assert.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestParseKeyRefuses(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string
	}{
		{"nothing", []string{""}, "is empty"},
		{"space", []string{"  "}, "is empty"},
		{"empty string", []string{`""`}, "is empty"},
		{"two fields", []string{"a", "a"}, "is given more than once"},
		{"a list", []string{"a,b"}, "has the character ','"},
		{"a list of strings", []string{`"a", "b"`}, "has something behind its last quote"},
		{"parameters of a bare key", []string{"a;v=1"}, "has the character ';'"},
		{"space within", []string{"a b"}, "has the character ' '"},
		{"not ASCII", []string{"schl\u00fcssel"}, "has the character"},
		{"not ASCII in a string", []string{"\"\u00fc\""}, "not printable ASCII"},
		{"control character in a string", []string{"\"a\tb\""}, "not printable ASCII"},
		{"no end", []string{`"a`}, "does not end with a quote"},
		{"backslash at the end", []string{`"a\`}, "has a backslash"},
		{"unknown escape", []string{`"\n"`}, "has a backslash"},
		{"too long", []string{strings.Repeat("k", MaxKey+1)}, "has more than 255 characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseKey(test.values)
			assert.Empty(t, got)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

// FuzzParseKey holds that a key is printable and short, and the same however it is written.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{`"8e03978e"`, "8e03978e", `"a\"\\";x`, `"`, `"a" b`, "a,b", "\x7f"} {
		f.Add(seed)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey([]string{text})
		if err != nil {
			return
		}
		if key == "" || len(key) > MaxKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q gives the key %q", text, key)
		}
		if again, err := ParseKey([]string{`"` + quote.Replace(key) + `"`}); err != nil || again != key {
			t.Fatalf("%q, quoted, gives %q, %v", key, again, err)
		}
	})
}
