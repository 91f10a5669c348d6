package codec

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// Decimals compare as exact numbers; math/big does the same another way.
func TestCompareDecimalsAgreesWithBigRational(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25}|0[0-9]{1,3})(\.[0-9]{1,25})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := CompareDecimals([]byte(a), []byte(b)), x.Cmp(y); got != want {
			t.Fatalf("%s against %s: got %d, want %d", a, b, got, want)
		}
	})
}

func TestCompareDecimals(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       int
	}{
		{"zero has no sign", "-0.00", "0", 0},
		{"zeros that do not count", "007.50", "7.5", 0},
		{"less than zero", "-0.01", "0", -1},
		{"more digits below zero", "-10", "-9", -1},
		{"a longer fraction", "1.05", "1.5", -1},
		{"no digit before the point", ".5", "0.5", 0},
		{"beyond what a float holds", "9007199254740993", "9007199254740992", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, CompareDecimals([]byte(c.a), []byte(c.b)))
			assert.Equal(t, -c.want, CompareDecimals([]byte(c.b), []byte(c.a)))
		})
	}
}

// Texts of instants compare as the moments do.
func TestCompareInstantsAgreesWithTime(t *testing.T) {
	moment := rapid.Map(rapid.Custom(func(t *rapid.T) [2]int64 {
		return [2]int64{rapid.Int64Range(1767225600, 1767225610).Draw(t, "s"), rapid.SampledFrom([]int64{0, 1, 500_000_000, 999_999_999}).Draw(t, "ns")}
	}), func(v [2]int64) time.Time { return time.Unix(v[0], v[1]).UTC() })
	rapid.Check(t, func(t *rapid.T) {
		a, b := moment.Draw(t, "a"), moment.Draw(t, "b")
		if got, want := CompareInstants(a.AppendFormat(nil, time.RFC3339Nano), b.AppendFormat(nil, time.RFC3339Nano)), a.Compare(b); got != want {
			t.Fatalf("%s against %s: got %d, want %d", a, b, got, want)
		}
	})
}
