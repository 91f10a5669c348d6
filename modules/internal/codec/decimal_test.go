package codec

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAppendDecimal(t *testing.T) {
	tests := []struct {
		name, text string
		scale      int
		want       string
	}{
		{"integer", "12", 0, "12"},
		{"trailing zeros are kept", "12.30", 0, "12.30"},
		{"what a float would round", "0.1000000000000000055511151231257827", 0, "0.1000000000000000055511151231257827"},
		{"beyond 2^53", "9007199254740993.01", 0, "9007199254740993.01"},
		{"leading zeros", "007.50", 0, "7.50"},
		{"no digit before the point", ".5", 0, "0.5"},
		{"no digit after the point", "5.", 0, "5"},
		{"space around", " 5 ", 0, "5"},
		{"negative", "-1.5", 0, "-1.5"},
		{"negative zero", "-0.00", 0, "0.00"},
		{"exponent", "1.5e3", 0, "1500"},
		{"exponent with digits left", "1.2345E+2", 0, "123.45"},
		{"negative exponent", "15e-4", 0, "0.0015"},
		{"minor units", "1230", 2, "12.30"},
		{"minor units below one", "-5", 2, "-0.05"},
		{"zero minor units", "0", 2, "0.00"},
		{"to minor units", "12.30", -2, "1230"},
		{"to minor units with more places", "12.345", -2, "1234.5"},
		{"one digit to minor units", "0.5", -2, "50"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := AppendDecimal([]byte("<"), []byte(test.text), test.scale)
			require.NoError(t, err)
			assert.Equal(t, "<"+test.want, string(got))
		})
	}
}

func TestAppendDecimalRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", ".", "-", "+5", "1,5", "1 000", "1_000", "0x10", "NaN", "Infinity", "1e", "1e+", "e5", "1.2.3", "12€", "--1", "1-",
		"1e1001", "1e-1002", "1e99999999999999999999",
	} {
		_, err := AppendDecimal(nil, []byte(text), 0)
		assert.Error(t, err, text)
	}
}

func TestAppendInteger(t *testing.T) {
	for text, want := range map[string]string{"12": "12", "12.00": "12", "-3": "-3", "1.5e1": "15", "98765432109876543210": "98765432109876543210"} {
		got, err := AppendInteger(nil, []byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, want, string(got), text)
	}
	for _, text := range []string{"1.5", "15e-1", "abc", ""} {
		_, err := AppendInteger(nil, []byte(text))
		assert.Error(t, err, text)
	}
}

func TestDecimalOfMinorUnitsAndBack(t *testing.T) {
	read, err := AppendDecimal(nil, []byte("1230"), 2)
	require.NoError(t, err)
	assert.Equal(t, "12.30", string(read))
	written, err := AppendDecimal(nil, read, -2)
	require.NoError(t, err)
	assert.Equal(t, "1230", string(written))
}

// TestDecimalIsExact compares with arithmetic on fractions.
func TestDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		scale := rapid.IntRange(-6, 6).Draw(t, "scale")
		got, err := AppendDecimal(nil, []byte(text), scale)
		require.NoError(t, err)
		require.NotContains(t, strings.ToLower(string(got)), "e")

		want, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		shift := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
		if scale > 0 {
			want.Quo(want, shift)
		} else {
			want.Mul(want, shift)
		}
		value, ok := new(big.Rat).SetString(string(got))
		require.True(t, ok)
		require.Zero(t, want.Cmp(value), "%s is not %s shifted by %d", got, text, scale)
	})
}

func FuzzAppendDecimal(f *testing.F) {
	for _, seed := range []string{"12.30", "-0", "1e3", ".5", "1e-1000", "x"} {
		f.Add([]byte(seed), 0)
	}
	f.Fuzz(func(t *testing.T, text []byte, scale int) {
		got, err := AppendDecimal(nil, text, scale%10)
		if err != nil {
			return
		}
		again, err := AppendDecimal(nil, got, 0)
		require.NoError(t, err)
		require.Equal(t, string(got), string(again), "reading what was written changes nothing")
	})
}
