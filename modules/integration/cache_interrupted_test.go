package integration

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

// holding is a platform whose answers are held back until they are let go.
type holding struct {
	http.Handler
	arrived chan struct{} // gets a value for each request
	letGo   chan struct{} // is closed to answer
}

func hold(h http.Handler) *holding {
	return &holding{Handler: h, arrived: make(chan struct{}, 10_000), letGo: make(chan struct{})}
}

func (h *holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.arrived <- struct{}{}
	select {
	case <-h.letGo:
	case <-r.Context().Done():
		return
	}
	h.Handler.ServeHTTP(w, r)
}

// summer is a question to AffJet, of days that are long past.
var summer = question{"affjet", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 31, 0, 0, 0, 0, time.UTC)}

// startHeld runs a gateway in front of an AffJet that is held.
func startHeld(t *testing.T) (*gateway, *platforms, *holding, []string) {
	t.Helper()
	moveClock(t)
	p := newPlatforms(t)
	h := hold(p.affjet)
	n := stand(t, "affjet", h, p.affjet.Counter(), "/externalclient", p.native["affjet"].block)
	lines := []string{"cache {\nledger off\n}", client, n.caddyfile()}
	return start(t, lines...), p, h, lines
}

// A client that goes away while its report is fetched ends nothing: the report is fetched
// whole for whoever asks next, and the platform is not asked again for it.
func TestAClientThatGoesAway(t *testing.T) {
	g, p, h, lines := startHeld(t)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", g.url+summer.path(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	gone := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	<-h.arrived
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatalf("the client got %v", err)
	}
	g.keepsNothing(summer)
	close(h.letGo)
	g.answers(p, summer, nil)
	calls := p.affjet.Counter().Total()
	if s := g.answers(p, summer, onlyKept); s.Cache != "hit" {
		t.Errorf("%+v", s)
	}
	g.restart(lines...)
	g.answers(p, summer, onlyKept)
	if n := p.affjet.Counter().Total(); n != calls {
		t.Errorf("%d calls, %d before the restart", n, calls)
	}
	if fresh := coldCalls(t, summer); calls > fresh {
		t.Errorf("%d native calls for a report that takes %d: %v", calls, fresh, p.affjet.Counter().All())
	}
}

// coldCalls is how many native requests a question takes where nothing is kept.
func coldCalls(t *testing.T, q question) int {
	t.Helper()
	p := newPlatforms(t)
	g := &gateway{t: t, address: freeAddress(t), data: t.TempDir()}
	g.url = "http://" + g.address
	g.load("cache {\nledger off\n}", client, p.native[q.platform].caddyfile())
	g.answers(p, q, nil)
	return p.native[q.platform].counter.Total()
}

// A gateway that is stopped while it fetches keeps nothing of what it has not got.
func TestAGatewayThatStopsMeanwhile(t *testing.T) {
	g, p, h, lines := startHeld(t)
	over := make(chan struct{})
	go func() {
		defer close(over)
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), "GET", g.url+summer.path(), nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("X-Api-Key", key)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close() // whatever it says
		}
	}()
	<-h.arrived
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		g.stop()
	}()
	// the answer comes while the gateway stops, or has stopped
	close(h.letGo)
	<-stopped
	<-over
	g.load(lines...)
	switch a := g.do("GET", summer.path(), onlyKept, nil); a.status {
	case http.StatusGatewayTimeout: // it stopped before
	case http.StatusOK:
		g.answers(p, summer, onlyKept)
	default:
		t.Errorf("%d %s", a.status, a.body)
	}
	g.answers(p, summer, nil)
}

// breakingPage lets one page of a list fail.
type breakingPage struct {
	http.Handler
	mu     sync.Mutex
	page   string // which fails; empty: none
	failed int
}

func (b *breakingPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	fails := b.page != "" && (r.URL.Query().Get("page") == b.page || r.URL.Query().Get("pageIndex") == b.page)
	if fails {
		b.failed++
	}
	b.mu.Unlock()
	if fails {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	b.Handler.ServeHTTP(w, r)
}

// Where a later page fails, the earlier ones are not the report: nothing of them is kept,
// neither as rows of a report nor as conversions.
func TestALaterPageThatFails(t *testing.T) {
	many := affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 25_000} // pages have 10,000 rows
	small := affili.Config{AccessID: "affili-secret", Seed: 1, Now: clock, PageSize: 40}
	for _, ledger := range []string{"on", "off"} {
		for _, name := range []string{"affili", "affjet"} {
			t.Run(name+" with ledger "+ledger, func(t *testing.T) {
				moveClock(t)
				p := newPlatforms(t)
				p.affili, p.affjet = affili.New(small), affjet.New(many)
				b := &breakingPage{Handler: p.affili, page: "2"}
				path, counter := "", p.affili.Counter()
				if name == "affjet" {
					b, path, counter = &breakingPage{Handler: p.affjet, page: "1"}, "/externalclient", p.affjet.Counter()
				}
				n := stand(t, name, b, counter, path, p.native[name].block+"\nbreaker 1000000")
				block := ""
				if ledger == "off" {
					block = "cache {\nledger off\n}"
				}
				lines := []string{block, client, n.caddyfile()}
				g := start(t, lines...)
				q := question{name, time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)}
				g.fails(q, "platform_error")
				if b.failed == 0 {
					t.Fatal("no page has failed")
				}
				g.keepsNothing(q)
				g.restart(lines...)
				g.keepsNothing(q)
				b.mu.Lock()
				b.page = ""
				b.mu.Unlock()
				g.answers(p, q, nil)
				g.restart(lines...)
				g.answers(p, q, onlyKept)
			})
		}
	}
}

// As many as ask for the same report at once, the platform is asked once for it.
func TestAThousandIdenticalMisses(t *testing.T) {
	g, p, h, _ := startHeld(t)
	const n = 1000
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	bodies := make([]string, n)
	var asking, asked sync.WaitGroup
	asked.Add(n)
	for i := range n {
		asking.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), "GET", g.url+summer.path(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("X-Api-Key", key)
			asked.Done()
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = resp.Body.Close() }()
			var body struct{ Data, Totals json.RawMessage }
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%d %v", resp.StatusCode, err)
			}
			bodies[i] = string(body.Data) + string(body.Totals)
		})
	}
	asked.Wait() // those that come later yet find the report made
	<-h.arrived
	close(h.letGo)
	asking.Wait()
	calls := p.affjet.Counter().Total()
	if fresh := coldCalls(t, summer); calls != fresh {
		t.Errorf("%d native calls for %d reports at once; one takes %d: %v", calls, n, fresh, p.affjet.Counter().All())
	}
	for _, b := range bodies {
		if b != bodies[0] || !strings.Contains(b, "affjet") {
			t.Fatalf("the reports are not the same: %s and %s", bodies[0], b)
		}
	}
}
