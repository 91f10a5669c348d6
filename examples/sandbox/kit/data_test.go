package kit_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestSameSeedAndStreamGiveTheSameValues(t *testing.T) {
	draw := func(seed uint64, stream string) []string {
		r := kit.NewRandom(seed, stream)
		return []string{r.Hex(16), r.Person(), r.AwkwardID(3), r.IP().String(), r.Country().Name, r.Hash(5)}
	}
	first := draw(1, "a")
	require.Equal(t, first, draw(1, "a"))
	require.NotEqual(t, first, draw(2, "a"))
	require.NotEqual(t, first, draw(1, "b"))
}

func TestBetweenIncludesBothEnds(t *testing.T) {
	r := kit.NewRandom(1, "")
	seen := map[int64]bool{}
	for range 200 {
		seen[r.Between(-1, 1)] = true
	}
	require.Equal(t, map[int64]bool{-1: true, 0: true, 1: true}, seen)
}

func TestBrandsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range kit.NewRandom(1, "").Brands(150) {
		require.False(t, seen[name], name)
		seen[name] = true
	}
	require.Len(t, seen, 150)
}

func TestAwkwardIDsAreDistinctAndAwkward(t *testing.T) {
	r := kit.NewRandom(1, "")
	seen, all := map[string]bool{}, ""
	for n := range 2000 {
		id := r.AwkwardID(n)
		require.False(t, seen[id], id)
		seen[id] = true
		all += id
	}
	for _, c := range `/% "'\&?#+ñ` {
		require.True(t, strings.ContainsRune(all, c), "no %q", c)
	}
}

func TestTimes(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	times := kit.NewRandom(1, "").Times(500, from, from.Add(time.Minute))
	require.Len(t, times, 500)
	for i, at := range times {
		require.False(t, at.Before(from) || !at.Before(from.Add(time.Minute)))
		require.Zero(t, at.Nanosecond())
		require.True(t, i == 0 || !at.Before(times[i-1]))
	}
}

func TestWindowEndsAtMidnight(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	from, to := kit.Window(time.Date(2026, 3, 2, 3, 0, 0, 0, zone)) // 1 March, 22:00 UTC
	require.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), to)
	require.Equal(t, 365*24*time.Hour, to.Sub(from))
}

func TestAmbiguous(t *testing.T) {
	// clocks in London went back from 02:00 to 01:00 on 2025-10-26, 01:00 UTC
	change := time.Date(2025, 10, 26, 1, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		at   time.Time
		want bool
	}{
		{"before the first pass", change.Add(-time.Hour - time.Second), false},
		{"first pass", change.Add(-time.Hour), true},
		{"end of the first pass", change.Add(-time.Second), true},
		{"second pass", change, true},
		{"end of the second pass", change.Add(time.Hour - time.Second), true},
		{"after the second pass", change.Add(time.Hour), false},
		{"clocks put forward", time.Date(2025, 3, 30, 1, 30, 0, 0, time.UTC), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, kit.Ambiguous(test.at, kit.Location("Europe/London")))
			require.False(t, kit.Ambiguous(test.at, time.UTC))
		})
	}
	require.Panics(t, func() { kit.Location("Europe/Atlantis") })
}

func TestDecimal(t *testing.T) {
	tests := []struct {
		name        string
		decimal     kit.Decimal
		text, short string
	}{
		{"cents", kit.Cents(1230), "12.30", "12.3"},
		{"whole", kit.Cents(1200), "12.00", "12"},
		{"zero", kit.Cents(0), "0.00", "0"},
		{"less than one", kit.Cents(7), "0.07", "0.07"},
		{"negative", kit.Cents(-5), "-0.05", "-0.05"},
		{"no decimals", kit.Decimal{Units: -1200}, "-1200", "-1200"},
		{"beyond a float", kit.Cents(9007199254740993), "90071992547409.93", "90071992547409.93"},
		{"lowest", kit.Decimal{Units: -1 << 63, Scale: 4}, "-922337203685477.5808", "-922337203685477.5808"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.text, test.decimal.String())
			require.Equal(t, kit.Number(test.short), test.decimal.Short())
		})
	}
}

func TestRatio(t *testing.T) {
	require.Equal(t, kit.Decimal{Units: 0, Scale: 3}, kit.Ratio(5, 0, 3))
	require.Equal(t, kit.Cents(13), kit.Ratio(1, 8, 2), "0.125 rounds away from zero")
	require.Equal(t, kit.Cents(-13), kit.Ratio(-1, 8, 2))
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "part")
		whole := rapid.Int64Range(1, 1<<40).Draw(t, "whole")
		got, _ := new(big.Rat).SetString(kit.Ratio(part, whole, 4).String())
		off := new(big.Rat).Sub(got, big.NewRat(part, whole))
		if off.Abs(off).Cmp(big.NewRat(1, 20_000)) > 0 {
			t.Fatalf("%d/%d = %s", part, whole, got)
		}
	})
}
