package integration

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// clientOf is a client by its name, with further lines.
func clientOf(name string, lines ...string) string {
	return fmt.Sprintf("client %s {\nkey_sha256 %s\n%s\n}\n", name, digest(name+"-key"), strings.Join(lines, "\n"))
}

// platformsOf are the platforms of a report, in their order.
func platformsOf(t *testing.T, a answer) []string {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var names []string
	for _, s := range decode[reportPage](t, a.body).Platforms {
		names = append(names, s.Platform)
	}
	return names
}

// Clients share a body only where they may see the same.
func TestReadyBodiesOfClientsWithOtherPlatforms(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), p.native["affili"].caddyfile(), p.native["trackfinity"].caddyfile(),
		clientOf("all"), clientOf("other", "scopes read write"), clientOf("first", "platforms affjet"), clientOf("second", "platforms trackfinity affili"), clientOf("third", "platforms affili trackfinity"), noLedger)
	const path = "/v1/reports?from=2026-01-01&to=2026-03-31&group_by=platform&metrics=commission"
	for range 2 {
		for _, test := range []struct {
			client string
			want   []string
		}{
			{"all", []string{"affili", "affjet", "trackfinity"}},
			{"first", []string{"affjet"}},
			{"second", []string{"affili", "trackfinity"}},
			{"third", []string{"affili", "trackfinity"}},
			{"other", []string{"affili", "affjet", "trackfinity"}},
		} {
			if got := platformsOf(t, g.as(test.client, path)); !slices.Equal(got, test.want) {
				t.Errorf("%s sees %v", test.client, got)
			}
		}
	}
	g.problem(g.as("first", path+"&platform=trackfinity"), "forbidden", 403)
	g.as("all", path+"&platform=trackfinity")
	g.problem(g.as("first", path+"&platform=trackfinity"), "forbidden", 403)
}

func TestReadyBodiesOfClientsWithTheirOwnAccounts(t *testing.T) {
	moveClock(t)
	p := newTenants(t, "one", "two")
	g := start(t, p.caddyfile(), having("first", "one"), having("second", "two"), having("third", "two"), noLedger)
	const path = "/v1/reports?from=2026-01-01&to=2026-10-31&metrics=conversions"
	first, second := g.as("first", path), g.as("second", path)
	if first.header.Get("Etag") == second.header.Get("Etag") {
		t.Fatal("the accounts have the same data")
	}
	for range 3 {
		for name, want := range map[string]answer{"first": first, "second": second} {
			a := g.as(name, path)
			if a.header.Get("Etag") != want.header.Get("Etag") || a.came(t)["hit"] != true {
				t.Errorf("%s: %v", name, a.header)
			}
		}
	}
	// of another client's account nothing is taken, also where the account is the same
	if a := g.as("third", path); a.header.Get("Etag") != second.header.Get("Etag") {
		t.Errorf("third: %v", a.header)
	}
}

// Whoever is refused is refused before anything is looked up.
func TestReadyBodiesAreNotForEverybody(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	lines := []string{p.native["affjet"].caddyfile(), clientOf("acme", "rate 3 1h"), clientOf("writer", "scopes write"), clientOf("inside", "allow_ips 192.0.2.1"), noLedger}
	g := start(t, append(lines, clientOf("leaving"))...)
	if a := g.as("leaving", byMonth); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for i := range 3 {
		a := g.as("acme", byMonth)
		if a.status != 200 || a.came(t)["hit"] != true || !strings.HasPrefix(a.header.Get("Ratelimit"), fmt.Sprintf(`"default";r=%d;`, 2-i)) {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
	limited := g.as("acme", byMonth)
	g.problem(limited, "rate_limited", 429)
	for _, name := range []string{"Cache-Status", "Age", "Etag"} {
		if limited.header.Get(name) != "" {
			t.Errorf("429 has %s", name)
		}
	}
	known := g.do("GET", byMonth, http.Header{"X-Api-Key": {"acme-key"}, "If-None-Match": {"*"}}, nil)
	g.problem(known, "rate_limited", 429)
	g.problem(g.as("nobody", byMonth), "unauthenticated", 401)
	g.problem(g.as("writer", byMonth), "forbidden", 403)
	g.problem(g.as("inside", byMonth), "ip_not_allowed", 403)

	// a reload keeps what is kept, and a client that is gone gets none of it
	g.load(append(lines, clientOf("new"))...)
	// a connection may still have been accepted by what ran before
	g.eventually("the new configuration", func() bool { return g.as("leaving", byMonth).status == 401 && g.as("new", byMonth).status != 401 })
	if a := g.as("new", byMonth); a.status != 200 || a.came(t)["hit"] != true {
		t.Errorf("%d %v", a.status, a.header)
	}
	g.problem(g.as("leaving", byMonth), "unauthenticated", 401)
	if n := asked(p, "affjet"); n > 3 {
		t.Errorf("%d native requests", n)
	}
}

// Another key of the platform, or another mapping, is another answer.
func TestReadyBodiesAfterTheCredentialChanged(t *testing.T) {
	moveClock(t)
	p := newTenants(t, "one", "two")
	account := func(key string) string {
		return fmt.Sprintf("platform affjet {\nserver %s\ncredential api_key %s\n}\n", p.url, key)
	}
	const path = "/v1/reports?from=2026-01-01&to=2026-10-31&metrics=conversions"
	g := start(t, account("one"), client, noLedger)
	one := g.get(path).header.Get("Etag")
	g.load(account("two"), client, noLedger)
	a := g.get(path).status200(t, "tributary; fwd=miss; stored")
	if a.header.Get("Etag") == one {
		t.Error("the other account's answer")
	}
	g.load(account("one"), client, noLedger)
	if a := g.get(path); a.header.Get("Etag") != one || a.came(t)["hit"] != true {
		t.Errorf("%v", a.header)
	}
}

// The pages that follow a body which was kept are those that followed it when it was made.
func TestPagesThatFollowAReadyBody(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)
	const path = "/v1/reports?platform=affjet&from=2026-01-01&to=2026-03-31&group_by=date&metrics=conversions,commission"
	all := decode[map[string]any](t, g.get(path+"&limit=1000").body)["data"].([]any)
	if len(all) < 20 {
		t.Fatalf("%d rows", len(all))
	}
	for round := range 3 {
		var rows []any
		next := path + "&limit=7"
		for next != "" {
			a := g.get(next)
			if a.status != 200 {
				t.Fatalf("%s: %d %s", next, a.status, a.body)
			}
			if round > 0 && a.came(t)["hit"] != true {
				t.Errorf("%s: %v", next, a.header["Cache-Status"])
			}
			rows = append(rows, decode[map[string]any](t, a.body)["data"].([]any)...)
			cursor := decode[reportPage](t, a.body).Page.NextCursor
			next = ""
			if cursor != nil {
				next = path + "&limit=7&cursor=" + url.QueryEscape(*cursor)
				if link := a.header.Get("Link"); link != "<"+g.url+next+`>; rel="next"` {
					t.Errorf("Link %s, want %s", link, next)
				}
			} else if a.header.Get("Link") != "" {
				t.Errorf("the last page has the link %s", a.header.Get("Link"))
			}
		}
		if d := diff(rows, all); d != "" {
			t.Fatalf("round %d (-want +got):\n%s", round, d)
		}
		clock.pass(5 * time.Hour)
	}
}

// A client that is told for days that its page is as it was can always ask for the next.
func TestCursorsOfPagesThatTheClientHas(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)
	const path = "/v1/reports?platform=affjet&from=2026-01-01&to=2026-03-31&group_by=date&metrics=conversions&limit=7"
	held := g.get(path)
	for range 20 {
		clock.pass(5 * time.Hour)
		if a := g.ask(path, "If-None-Match", held.header.Get("Etag")); a.status == 200 {
			held = a
		} else if a.status != 304 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		cursor := decode[reportPage](t, held.body).Page.NextCursor
		if a := g.get(path + "&cursor=" + url.QueryEscape(*cursor)); a.status != 200 {
			t.Fatalf("the cursor of the client's page: %d %s", a.status, a.body)
		}
	}
}

// Identical requests that come at once are one, and who leaves does not end it.
func TestIdenticalReportsAreMadeOnce(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	slow, arrived, goOn := slowly(t, p.affjet)
	n := stand(t, "affjet", slow, p.affjet.Counter(), "/externalclient", p.native["affjet"].block)
	g := start(t, n.caddyfile(), client, noLedger)
	const requests = 30
	answers := make(chan answer, requests)
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() { answers <- g.get(byMonth) })
	}
	<-arrived
	goOn()
	wg.Wait()
	close(answers)
	led := 0
	for a := range answers {
		came := a.came(t)
		if a.status != 200 || came["fwd"] == nil && came["hit"] != true {
			t.Errorf("%d %v", a.status, a.header)
		}
		if came["fwd"] == httpsfv.Token("miss") && came["collapsed"] == nil {
			led++
		}
	}
	if led != 1 {
		t.Errorf("%d requests were made on their own", led)
	}
	once := n.counter.Total()
	n.counter.Reset()
	clock.pass(time.Second)
	g.ask(byMonth, "Cache-Control", "no-cache")
	if again := n.counter.Total(); once != again {
		t.Errorf("%d native requests for %d clients, %d for one", once, requests, again)
	}
}

func TestAReportIsFinishedForThoseWhoCome(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	slow, arrived, goOn := slowly(t, p.affjet)
	n := stand(t, "affjet", slow, p.affjet.Counter(), "/externalclient", p.native["affjet"].block)
	g := start(t, n.caddyfile(), client, noLedger)
	g.leave(byMonth, arrived)
	goOn()
	if a := g.get(byMonth); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	once := n.counter.Total()
	n.counter.Reset()
	clock.pass(time.Second)
	g.ask(byMonth, "Cache-Control", "no-cache")
	if again := n.counter.Total(); once != again {
		t.Errorf("%d native requests, %d when nobody leaves", once, again)
	}
}

// leave asks and goes away as soon as the platform has been asked.
func (g *gateway) leave(path string, arrived <-chan struct{}) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(g.t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", g.url+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	left := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		left <- err
	}()
	<-arrived
	cancel()
	if err := <-left; err == nil {
		g.t.Fatal("the client was answered")
	}
}

// Lists and objects are kept where the configuration says so, and never when anything
// of them is missing.
func TestListsThatAreKept(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	for _, name := range []string{"affjet", "keitaro"} {
		p.native[name].block += "\nbreaker 1000000"
	}
	lines := []string{
		p.native["affjet"].caddyfile(), p.native["keitaro"].caddyfile(), client,
		clientOf("secretive", "scopes read secrets"), clientOf("writer", "scopes read write"), clientOf("half", "platforms affjet"),
	}
	g := start(t, append(lines, "cache {\nlists 1m\n}")...)
	calls := func() int { return asked(p, "affjet") + asked(p, "keitaro") }

	cold := g.get("/v1/networks?limit=1000").status200(t, "tributary; fwd=miss; stored")
	if calls() == 0 || cold.maxAge(t) != 60 || cold.header.Get("Etag") == "" {
		t.Errorf("%v", cold.header)
	}
	clock.pass(20 * time.Second)
	warm := g.get("/v1/networks?limit=1000").status200(t, "tributary; hit; ttl=40")
	if n := calls(); n != 0 || warm.number(t, "Age") != 20 || warm.header.Get("Etag") != cold.header.Get("Etag") {
		t.Errorf("%d native requests, %v", n, warm.header)
	}
	for _, s := range decode[page](t, warm.body).Platforms {
		if s.Cache != "hit" || s.NativeRequests != 0 || s.AsOf != "2026-11-20T09:30:00Z" {
			t.Errorf("%+v", s)
		}
	}
	if d := diff(decode[map[string]any](t, warm.body)["data"], decode[map[string]any](t, cold.body)["data"]); d != "" {
		t.Error(d)
	}
	if a := g.ask("/v1/networks?limit=1000", "If-None-Match", cold.header.Get("Etag")); a.status != 304 {
		t.Errorf("%d", a.status)
	}
	if a := g.as("half", "/v1/networks?limit=1000"); a.came(t)["hit"] == true || len(decode[page](t, a.body).Platforms) != 1 {
		t.Errorf("%v %s", a.header, a.body)
	}
	calls()

	// past its life it is read again: there is no stale list
	clock.pass(41 * time.Second)
	g.get("/v1/networks?limit=1000").status200(t, "tributary; fwd=miss; stored")
	if calls() == 0 {
		t.Error("no native request")
	}
	clock.pass(61 * time.Second)
	p.native["keitaro"].faults.Set(kit.Fault{Status: 503})
	for range 2 {
		a := g.get("/v1/networks?limit=1000")
		if a.header.Get("Cache-Status") != "" || a.header.Get("Etag") != "" {
			t.Errorf("a list that lacks a platform: %v", a.header)
		}
	}
	p.native["keitaro"].faults.Clear()
	g.problem(g.ask("/v1/networks?limit=1000", "Cache-Control", "only-if-cached"), "not_cached", 504)

	// single objects
	path := "/v1/campaigns/" + url.PathEscape(decode[page](t, g.get("/v1/campaigns?limit=1").body).Data[0]["id"].(string))
	plain := g.get(path).status200(t, "tributary; fwd=miss; stored")
	g.get(path).status200(t, "tributary; hit; ttl=60")
	if a := g.as("secretive", path); a.came(t)["hit"] == true || a.header.Get("Etag") == plain.header.Get("Etag") {
		t.Errorf("a client with the scope secrets: %v", a.header)
	}
	g.ask(path, "Cache-Control", "no-cache").status200(t, "tributary; fwd=request; stored")

	// a change drops them
	req := http.Header{"X-Api-Key": {"writer-key"}, "Content-Type": {"application/json"}}
	if a := g.do("PATCH", path, req, strings.NewReader(`{"name":"another name"}`)); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if name := decode[map[string]any](t, g.get(path).status200(t, "tributary; fwd=miss; stored").body)["name"]; name != "another name" {
		t.Errorf("name %v", name)
	}

	// what has a time of its own is never kept
	for _, path := range []string{"/v1/conversions?limit=5", "/v1/clicks?limit=5"} {
		if a := g.get(path); a.status != 200 || a.header.Get("Cache-Status") != "" || a.header.Get("Cache-Control") != "private" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	// nor anything by default
	g.load(lines...)
	if a := g.get("/v1/networks?limit=1000"); a.header.Get("Cache-Status") != "" || a.header.Get("Cache-Control") != "private" {
		t.Errorf("%v", a.header)
	}
}

// Without a cache reports say nothing of one, and their tags work all the same.
func TestReportsWithoutACache(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, "cache off")
	first, second := g.get(byMonth), g.get(byMonth)
	for _, a := range []answer{first, second} {
		if a.status != 200 || a.header.Get("Cache-Status") != "" || a.header.Get("Age") != "" || a.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%d %v", a.status, a.header)
		}
		if s := decode[reportPage](t, a.body).Platforms[0]; s.NativeRequests == 0 {
			t.Errorf("%+v", s)
		}
	}
	if a := g.ask(byMonth, "If-None-Match", first.header.Get("Etag")); a.status != 304 {
		t.Errorf("%d %v", a.status, a.header)
	}
	g.problem(g.ask(byMonth, "Cache-Control", "only-if-cached"), "not_cached", 504)
}
