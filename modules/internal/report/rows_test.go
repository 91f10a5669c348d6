package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawCell(t *rapid.T) cell {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return cell{}
	case 1:
		return cell{conflict: true}
	case 2:
		c := cell{set: true}
		c.number.SetInt64(rapid.Int64().Draw(t, "whole"))
		return c
	}
	text := rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{1,40})?`).Draw(t, "number")
	n, err := parseNumber(text)
	require.NoError(t, err)
	return cell{number: n, set: true}
}

func drawRows(t *rapid.T, dims, metrics int) []row {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "DE", "2026-01-31", "shop:7"}), rapid.String())
	rows := make([]row, rapid.IntRange(0, 8).Draw(t, "rows"))
	for i := range rows {
		r := row{dims: make([]Value, dims), cells: make([]cell, metrics), money: rapid.Bool().Draw(t, "money")}
		r.continues = i > 0 && rapid.Bool().Draw(t, "continues")
		if r.money {
			r.currency = rapid.SampledFrom([]string{"EUR", "USD", ""}).Draw(t, "currency")
		}
		for j := range r.dims {
			if r.dims[j].Null = rapid.Bool().Draw(t, "null"); !r.dims[j].Null {
				r.dims[j].Text, r.dims[j].Name = text.Draw(t, "text"), text.Draw(t, "name")
			}
		}
		for j := range r.cells {
			r.cells[j] = drawCell(t)
		}
		rows[i] = r
	}
	return rows
}

// requireSameRows compares rows in everything that a report is made of: numbers to the
// last digit, with the places that they are written with.
func requireSameRows(t require.TestingT, want, got []row) {
	require.Len(t, got, len(want))
	for i := range want {
		w, g := want[i], got[i]
		require.Equal(t, w.dims, g.dims)
		require.Equal(t, []any{w.currency, w.money, w.continues}, []any{g.currency, g.money, g.continues})
		for j := range w.cells {
			require.Equal(t, []any{w.cells[j].set, w.cells[j].conflict}, []any{g.cells[j].set, g.cells[j].conflict})
			require.Equal(t, string(w.cells[j].appendPlain(nil)), string(g.cells[j].appendPlain(nil)))
			require.Equal(t, w.cells[j].number.Exponent, g.cells[j].number.Exponent)
		}
	}
}

func TestRowsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dims, metrics := rapid.IntRange(0, 4).Draw(rt, "dims"), rapid.IntRange(0, 4).Draw(rt, "metrics")
		rows := drawRows(rt, dims, metrics)
		b := encodeRows(rows, dims, metrics)
		require.NotNil(rt, b)
		got, err := decodeRows(b, dims, metrics)
		require.NoError(rt, err)
		require.NotNil(rt, got, "no rows are not the same as none that could be had")
		requireSameRows(rt, rows, got)

		_, err = decodeRows(b, dims+1, metrics)
		require.Error(rt, err)
		_, err = decodeRows(append(b, 0), dims, metrics)
		require.Error(rt, err)
		cut := rapid.IntRange(0, len(b)-1).Draw(rt, "cut")
		_, err = decodeRows(b[:cut], dims, metrics)
		require.Error(rt, err, "cut at %d of %d", cut, len(b))
	})
}

func TestExtremeNumbersAreKept(t *testing.T) {
	least, most := cell{set: true}, cell{set: true}
	least.number.SetInt64(math.MinInt64)
	most.number.SetInt64(math.MaxInt64)
	minusNothing := cell{set: true}
	minusNothing.number.Negative = true
	rows := []row{{dims: []Value{}, cells: []cell{least, most, minusNothing}}}
	got, err := decodeRows(encodeRows(rows, 0, 3), 0, 3)
	require.NoError(t, err)
	requireSameRows(t, rows, got)
	assert.Equal(t, "-9223372036854775808", string(got[0].cells[0].appendPlain(nil)))
}

func TestRowsOfAnotherVersionAreNotRead(t *testing.T) {
	b := encodeRows(nil, 1, 1)
	b[0]++
	_, err := decodeRows(b, 1, 1)
	require.ErrorContains(t, err, "version")
}

// Whatever the bytes, they are rows or an error, and take memory in proportion.
func FuzzRows(f *testing.F) {
	one := cell{set: true}
	one.number.SetInt64(-5)
	large, err := parseNumber("-123456789012345678901234567890.120")
	require.NoError(f, err)
	f.Add(encodeRows(nil, 2, 2))
	f.Add(encodeRows([]row{
		{dims: []Value{{Text: "shop:7", Name: "Seven"}, null}, cells: []cell{one, {conflict: true}}, currency: "EUR", money: true},
		{dims: []Value{{Text: "shop:7", Name: "Seven"}, {Text: "2026-01-31"}}, cells: []cell{{}, {number: large, set: true}}, continues: true},
	}, 2, 2))
	f.Add([]byte{RowsVersion, 2, 2, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{RowsVersion, 2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := decodeRows(b, 2, 2)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(rows)*5, len(b))
		again, err := decodeRows(encodeRows(rows, 2, 2), 2, 2)
		require.NoError(t, err)
		require.Len(t, again, len(rows))
		for i := range rows {
			require.Equal(t, rows[i].dims, again[i].dims)
			for j := range rows[i].cells {
				require.Zero(t, rows[i].cells[j].number.Cmp(&again[i].cells[j].number))
			}
		}
	})
}
