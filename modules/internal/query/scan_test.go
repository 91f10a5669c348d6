package query

import (
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// A filter that the list does not take narrows nothing; a range that it does not take
// would let rows in that are outside of it.
func TestScansOfWrongParameters(t *testing.T) {
	f := &fake{name: "shop", paging: "none", times: true, rows: sales(30)}
	e := engine(t, newCache(t), f)
	scan := func(args map[string][]string) (rows int, p *problem.Problem) {
		_, _, p = e.scanList(t.Context(), e.Platform("shop"), "conversions.list", args, []string{"id"}, scanMode{}, func([][]byte) bool {
			rows++
			return true
		})
		return rows, p
	}
	// rows are a minute apart, the newest at the present moment
	const last10 = "2026-11-20T11:51:00Z"
	if n, p := scan(map[string][]string{"status": {"a status that there is not"}, "occurred_from": {last10}}); p != nil || n != 10 {
		t.Errorf("got %d rows, %v", n, p)
	}
	for _, name := range []string{"occurred_from", "occurred_to"} {
		if n, p := scan(map[string][]string{name: {"soon"}}); code(p) != problem.Internal || n != 0 {
			t.Errorf("%s: got %d rows, %v", name, n, p)
		}
	}
}
