package integration

import (
	"fmt"
	"sort"
	"testing"
)

func ids(rows []map[string]any) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i], _ = r["id"].(string)
	}
	return out
}

func sorted(list []string) []string {
	out := append([]string(nil), list...)
	sort.Strings(out)
	return out
}

func sameSet(t *testing.T, got, want []string) {
	t.Helper()
	if fmt.Sprint(sorted(got)) != fmt.Sprint(sorted(want)) {
		t.Errorf("got %d rows, want %d, or other ones", len(got), len(want))
	}
}

// A walk in pages gives every row once, and asks a platform for little more than it
// would have to be asked for at once: the sandbox gives 10,000 rows a page, so one
// request is the fewest possible.
func TestWalkGivesEveryRowOnce(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	var all []string
	for _, tx := range p.affjet.Transactions() {
		all = append(all, "affjet:"+tx.UniqueID)
	}
	for _, query := range []string{"limit=100", "limit=97&sort=-occurred_at", "limit=250&sort=amount,-commission", "limit=333&sort=status,native_id", "limit=1000&sort=-updated_at"} {
		t.Run(query, func(t *testing.T) {
			p.affjet.Counter().Reset()
			rows, requests := g.walk("/v1/conversions?" + query)
			sameSet(t, ids(rows), all)
			if n := p.affjet.Counter().Total(); n > 2 || n != requests["affjet"] {
				t.Errorf("%d native requests, of which %d were told; 1 is the fewest possible", n, requests["affjet"])
			}
		})
	}
}
