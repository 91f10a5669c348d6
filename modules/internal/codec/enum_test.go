package codec

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newEnum(t testing.TB, o EnumOptions) *Enum {
	e, err := NewEnum(o)
	require.NoError(t, err)
	return e
}

var statuses = EnumOptions{Pairs: []Pair{
	{"confirmed", "approved"},
	{"pending", "pending"},
	{"paid", "approved"},
	{"declined", "rejected"},
	{"1", "pending"},
	{"11", "rejected"},
	{"111", "approved"},
	{"a state with a long name", "pending"},
	{"лишний", "rejected"},
	{"", "pending"},
}}

func TestEnumReads(t *testing.T) {
	e := newEnum(t, statuses)
	tests := []struct {
		native, want string
		known        bool
	}{
		{"confirmed", "approved", true},
		{"CONFIRMED", "approved", true},
		{"Paid", "approved", true},
		{"declined", "rejected", true},
		{"1", "pending", true},
		{"11", "rejected", true},
		{"111", "approved", true},
		{"1111", Unknown, false},
		{"A State With A Long Name", "pending", true},
		{"ЛИШНИЙ", "rejected", true},
		{"", "pending", true},
		{"confirme", Unknown, false},
		{"confirmed ", Unknown, false},
		{"[onfirmed", Unknown, false},
		{"new", Unknown, false},
		{"\xff", Unknown, false},
	}
	for _, test := range tests {
		t.Run(test.native, func(t *testing.T) {
			quoted, known := e.Quoted([]byte(test.native))
			assert.Equal(t, `"`+test.want+`"`, string(quoted))
			assert.Equal(t, test.known, known)
			if low, high, ok := words([]byte(test.native)); ok {
				quoted, known = e.Packed(low, high, len(test.native))
				assert.Equal(t, `"`+test.want+`"`, string(quoted))
				assert.Equal(t, test.known, known)
			}
			got, err := e.Read([]byte("<"), []byte(test.native))
			require.NoError(t, err)
			assert.Equal(t, "<"+test.want, string(got))
		})
	}
}

func TestEnumElse(t *testing.T) {
	e := newEnum(t, EnumOptions{Pairs: []Pair{{"paid", "paid"}}, Else: "unpaid"})
	quoted, known := e.Quoted([]byte("whatever"))
	assert.Equal(t, `"unpaid"`, string(quoted))
	assert.True(t, known)
	assert.Equal(t, []string{"paid", "unpaid"}, e.Unified())
	_, all := e.Natives("unpaid")
	assert.False(t, all, "no list of native values is all that reads as else")
	natives, all := e.Natives("paid")
	assert.Equal(t, []string{"paid"}, natives)
	assert.True(t, all)
}

func TestEnumCaseSensitive(t *testing.T) {
	e := newEnum(t, EnumOptions{Pairs: []Pair{{"A", "upper"}, {"a", "lower"}, {"A rather long native value", "upper"}}, CaseSensitive: true})
	for native, want := range map[string]string{"A": `"upper"`, "a": `"lower"`, "a rather long native value": `"unknown"`} {
		quoted, _ := e.Quoted([]byte(native))
		assert.Equal(t, want, string(quoted))
	}
}

func TestEnumWrites(t *testing.T) {
	o := statuses
	o.Write = map[string]string{"approved": "Confirmed", "pending": "pending"}
	e := newEnum(t, o)
	for unified, want := range map[string]string{"approved": "Confirmed", "pending": "pending"} {
		got, err := e.Write(nil, []byte(unified))
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		assert.True(t, e.Writable(unified))
	}
	natives, all := e.Natives("approved")
	assert.Equal(t, []string{"confirmed", "paid", "111"}, natives)
	assert.True(t, all)
	assert.False(t, e.Writable("rejected"), "several native values read so")
	_, err := e.Write(nil, []byte("rejected"))
	require.ErrorContains(t, err, "several")
	_, err = e.Write(nil, []byte("nonsense"))
	require.ErrorContains(t, err, "no native value")
}

func TestEnumsThatContradictThemselves(t *testing.T) {
	tests := []struct {
		name    string
		options EnumOptions
	}{
		{"empty", EnumOptions{}},
		{"same native value", EnumOptions{Pairs: []Pair{{"a", "x"}, {"a", "y"}}}},
		{"same native value in another case", EnumOptions{Pairs: []Pair{{"a", "x"}, {"A", "y"}}}},
		{"writing what reads otherwise", EnumOptions{Pairs: []Pair{{"a", "x"}, {"b", "y"}}, Write: map[string]string{"x": "b"}}},
		{"writing what is unknown", EnumOptions{Pairs: []Pair{{"a", "x"}}, Write: map[string]string{"x": "c"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewEnum(test.options)
			assert.Error(t, err)
		})
	}
}

// TestLargeEnum finds every one of many values, of every length.
func TestLargeEnum(t *testing.T) {
	var o EnumOptions
	native := func(i int) string { return fmt.Sprintf("%0*d", 1+i%20, i) }
	seen := make(map[string]bool)
	for i := range 2000 {
		if n := native(i); !seen[n] {
			seen[n] = true
			o.Pairs = append(o.Pairs, Pair{n, fmt.Sprint("v", i)})
		}
	}
	e := newEnum(t, o)
	for _, p := range o.Pairs {
		quoted, known := e.Quoted([]byte(p.Native))
		require.True(t, known)
		require.Equal(t, `"`+p.Unified+`"`, string(quoted))
	}
}

func BenchmarkEnumQuoted(b *testing.B) {
	e := newEnum(b, statuses)
	native := []byte("Confirmed")
	b.ReportAllocs()
	for b.Loop() {
		if _, known := e.Quoted(native); !known {
			b.Fatal("unknown")
		}
	}
}
