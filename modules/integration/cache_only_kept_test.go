package integration

import (
	"net/http"
	"strings"
	"testing"
)

// What is not kept is not asked of a platform for those who want what is kept only (RFC 9111,
// section 5.2.1.7): lists, single objects, queries and pings, whether lists are kept or not.
func TestOnlyIfCachedAsksNobody(t *testing.T) {
	for name, block := range map[string]string{"by default": "", "lists are kept": "cache {\nlists 1m\n}", "nothing is kept": "cache off"} {
		t.Run(name, func(t *testing.T) {
			p := newPlatforms(t)
			lines := []string{client, block}
			for _, n := range p.native {
				lines = append(lines, n.caddyfile())
			}
			g := start(t, lines...)
			for _, path := range []string{
				"/v1/networks", "/v1/networks?limit=0", "/v1/campaigns?platform=keitaro&limit=5&sort=name", "/v1/streams?platform=keitaro",
				"/v1/conversions?platform=affjet&limit=1", "/v1/conversions?consistency=cached", "/v1/conversions?limit=all&format=ndjson",
				"/v1/campaigns/keitaro:1", "/v1/conversions/affili:1", "/v1/platforms/affjet/ping", byMonth,
			} {
				a := g.do("GET", path, onlyKept, nil)
				g.problem(a, "not_cached", http.StatusGatewayTimeout)
			}
			header := http.Header{"Cache-Control": onlyKept["Cache-Control"], "Content-Type": {"application/json"}}
			g.problem(g.do("POST", "/v1/conversions/query", header, strings.NewReader(`{"platform":["affjet"]}`)), "not_cached", http.StatusGatewayTimeout)
			if calls := p.calls(); len(calls) > 0 {
				t.Errorf("native requests: %v", calls)
			}
		})
	}
}
