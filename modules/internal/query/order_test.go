package query

import (
	"strconv"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func TestCompareTokens(t *testing.T) {
	for _, test := range []struct {
		name       string
		a, b       string
		kind       surface.Type
		descending bool
		want       int
	}{
		{"nulls last", `null`, `1`, surface.Integer, false, 1},
		{"nulls last, descending too", `null`, `1`, surface.Integer, true, 1},
		{"two nulls", `null`, `null`, surface.Text, true, 0},
		{"integers by value", `9`, `10`, surface.Integer, false, -1},
		{"beyond what a float holds", `9007199254740993`, `9007199254740992`, surface.Integer, false, 1},
		{"money by its value", `{"value":"9.50","currency":"EUR"}`, `{"value":"10","currency":"EUR"}`, surface.Money, false, -1},
		{"equal money", `{"value":"9.50","currency":"EUR"}`, `{"value":"9.5","currency":"USD"}`, surface.Money, false, 0},
		{"instants", `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.5Z"`, surface.Instant, false, -1},
		{"descending", `"a"`, `"b"`, surface.Text, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := key{kind: test.kind, descending: test.descending}
			if got := compareTokens([]byte(test.a), []byte(test.b), k); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
			if got := compareTokens([]byte(test.b), []byte(test.a), k); got != -test.want {
				t.Errorf("the other way round got %d, want %d", got, -test.want)
			}
		})
	}
}

func BenchmarkCompareMoney(b *testing.B) {
	x, y := []byte(`{"value":"1234.50","currency":"EUR"}`), []byte(`{"value":"1234.51","currency":"EUR"}`)
	b.ReportAllocs()
	for b.Loop() {
		if compareTokens(x, y, key{kind: surface.Money}) >= 0 {
			b.Fatal(strconv.Quote("wrong order"))
		}
	}
}
