package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyserver/caddy/v2"

	gatewayclock "github.com/tributary-gateway/tributary/modules/internal/clock"
)

// moved is a clock that stands still until a test moves it: that of the gateway and of
// the sandboxes.
type moved struct{ at atomic.Int64 }

// moveClock makes the clock of the gateway one that the test moves. It begins where the
// sandboxes of other tests stand.
func moveClock(t *testing.T) *moved {
	t.Helper()
	m := &moved{}
	m.at.Store(now.UnixNano())
	t.Cleanup(gatewayclock.Replace(m.now))
	return m
}

func (m *moved) now() time.Time { return time.Unix(0, m.at.Load()).UTC() }

// pass lets time pass.
func (m *moved) pass(d time.Duration) { m.at.Add(int64(d)) }

// day is the present day, in UTC, as many days later.
func (m *moved) day(later int) string { return m.now().AddDate(0, 0, later).Format(time.DateOnly) }

// platformsAhead are sandboxes by a moved clock. Their data goes on for so many days
// after its present moment: what a day will have brought when it comes is there already.
func platformsAhead(t *testing.T, m *moved, days int) *platforms {
	t.Helper()
	var made atomic.Bool
	until := m.now().AddDate(0, 0, days)
	p := newPlatformsAt(t, func() time.Time {
		if made.Load() {
			return m.now()
		}
		return until
	})
	made.Store(true)
	for _, n := range p.native {
		n.block += "\nbreaker 1000000" // a pause of the gateway is not what these tests are about
	}
	return p
}

// calls is how many native requests have reached each sandbox since the counters were reset.
func (p *platforms) calls() map[string]int {
	out := map[string]int{}
	for name, n := range p.native {
		if c := n.counter.Total(); c > 0 {
			out[name] = c
		}
	}
	return out
}

func (p *platforms) resetCalls() {
	for _, n := range p.native {
		n.counter.Reset()
	}
}

// stop ends the gateway, which ends what it does in the background.
func (g *gateway) stop() {
	g.t.Helper()
	if err := caddy.Stop(); err != nil {
		g.t.Fatalf("stopping the gateway: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// restart ends the gateway and starts it anew over the same data directory.
func (g *gateway) restart(lines ...string) {
	g.t.Helper()
	g.stop()
	g.load(lines...)
}

// sums are those of the rows of a report by platform and month.
func (r reportPage) sums(t *testing.T) sums {
	t.Helper()
	s := sums{}
	for _, row := range r.Data {
		s.addMetrics(t, fmt.Sprintf("%v %v", row.Dimensions["platform"], row.Dimensions["month"]), row.Metrics)
	}
	return s
}

// without leaves out what belongs to some platforms.
func (s sums) without(platforms ...string) sums {
	out := sums{}
	for k, n := range s {
		if name, _, _ := strings.Cut(k, " "); !slices.Contains(platforms, name) {
			out[k] = n
		}
	}
	return out
}

// equal compares sums with what is expected.
func (s sums) equal(t *testing.T, want sums) {
	t.Helper()
	if d := cmp.Diff(want.texts(), s.texts()); d != "" {
		t.Errorf("the report is not what the data says (-want +got):\n%s", d)
	}
}

// statuses are those of a report's platforms, by name.
func (r reportPage) statuses() map[string]platformStatus {
	out := map[string]platformStatus{}
	for _, s := range r.Platforms {
		out[s.Platform] = s
	}
	return out
}

// onlyKept is the field by which a client asks for nothing but what is kept (RFC 9111,
// section 5.2.1.7).
var onlyKept = http.Header{"Cache-Control": {"only-if-cached"}}

// recordedRequests keeps what a platform is asked.
type recordedRequests struct {
	http.Handler
	mu   sync.Mutex
	asks []string // method, path and body
}
