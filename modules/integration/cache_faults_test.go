package integration

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// question is a report of one platform.
type question struct {
	platform string
	from, to time.Time // days, both included
}

func (q question) path() string {
	return fmt.Sprintf("/v1/reports?platform=%s&from=%s&to=%s&group_by=platform,month&metrics=clicks,conversions,order_value,revenue,commission&limit=1000",
		q.platform, q.from.Format(time.DateOnly), q.to.Format(time.DateOnly))
}

// expected is what the platform's data says.
func (q question) expected(p *platforms) sums {
	out := sums{}
	from, to := q.from.Format(time.DateOnly), q.to.Format(time.DateOnly)
	for k, n := range p.daily() {
		of := strings.SplitN(k, " ", 3) // platform, day, metric
		if day := of[1]; of[0] == q.platform && from <= day && day <= to {
			out.add(of[0]+" "+day[:len("2006-01")]+" "+of[2], n)
		}
	}
	return out
}

// answers checks that a question is answered, by the data of the platform, and returns how.
func (g *gateway) answers(p *platforms, q question, header http.Header) platformStatus {
	g.t.Helper()
	a := g.do("GET", q.path(), header, nil)
	if a.status != http.StatusOK {
		g.t.Errorf("GET %s: %d %s", q.path(), a.status, a.body)
		return platformStatus{}
	}
	r := decode[reportPage](g.t, a.body)
	want := q.expected(p)
	if len(want) == 0 {
		g.t.Errorf("%s has no data from %s to %s", q.platform, q.from, q.to)
	}
	r.sums(g.t).equal(g.t, want)
	s := r.statuses()[q.platform]
	if s.Status != "ok" || s.Problem != nil {
		g.t.Errorf("%+v", s)
	}
	return s
}

// keepsNothing checks that nothing is kept that would answer a question.
func (g *gateway) keepsNothing(q question) {
	g.t.Helper()
	if a := g.do("GET", q.path(), onlyKept, nil); a.status != http.StatusGatewayTimeout || !strings.Contains(string(a.body), `"code":"not_cached"`) {
		g.t.Errorf("something is kept for %s: %d %s", q.path(), a.status, a.body)
	}
}

// fails checks that a question is answered by a problem.
func (g *gateway) fails(q question, code string) {
	g.t.Helper()
	a := g.get(q.path())
	if a.status < 400 {
		g.t.Errorf("%d %s", a.status, a.body)
		return
	}
	p := decode[map[string]any](g.t, a.body)
	if code != "" && p["code"] != code {
		g.t.Errorf("the problem is %s, want %s", a.body, code)
	}
	if v := a.header.Get("Cache-Control"); !strings.Contains(v, "no-store") {
		g.t.Errorf("Cache-Control of a problem is %q", v)
	}
}

// days are those that a fault is tried with: others for each fault, of which the first
// half and the second are two questions.
func days(fault int) (first, second [2]time.Time) {
	day := time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 20*fault)
	return [2]time.Time{day, day.AddDate(0, 0, 9)}, [2]time.Time{day.AddDate(0, 0, 10), day.AddDate(0, 0, 19)}
}

// startFaulty runs a gateway in front of five faulty platforms.
func startFaulty(t *testing.T, block string) (*gateway, *platforms, map[string]*faulty, []string) {
	t.Helper()
	moveClock(t)
	p := newPlatforms(t)
	handlers := map[string]http.Handler{"affili": p.affili, "affjet": p.affjet, "keitaro": p.keitaro, "trackfinity": p.trackfinity, "trackier": p.trackier}
	wrong := map[string]*faulty{}
	lines := []string{client, block}
	for _, name := range platformNames {
		path := ""
		if name == "affjet" {
			path = "/externalclient"
		}
		wrong[name] = p.standFaulty(t, name, handlers[name], path)
		p.native[name].block += "\nbreaker 1000000\ntimeout 3s"
		lines = append(lines, p.native[name].caddyfile())
	}
	return start(t, lines...), p, wrong, lines
}

// eachPlatform runs a test for all platforms at the same time.
func eachPlatform(t *testing.T, name string, test func(t *testing.T, platform string)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		// not by t.Parallel, which runs as many as there are cores: these wait most of the time
		var running sync.WaitGroup
		for _, platform := range platformNames {
			running.Go(func() { t.Run(platform, func(t *testing.T) { test(t, platform) }) })
		}
		running.Wait()
	})
}

// Nothing of an answer that is not whole and right is kept: neither in memory nor on the
// disk. As soon as the platform is well again, its answers are right, and these are kept.
func TestNothingOfAFaultIsKept(t *testing.T) {
	g, p, wrong, lines := startFaulty(t, "cache {\nledger off\n}")
	eachPlatform(t, "faults", func(t *testing.T, platform string) {
		g := g.in(t)
		for i, fault := range faults {
			first, second := days(i)
			fault.cause(wrong[platform], platform)
			g.fails(question{platform, first[0], first[1]}, fault.code)
			g.keepsNothing(question{platform, first[0], first[1]})
			g.fails(question{platform, second[0], second[1]}, fault.code)
			wrong[platform].heal()
			if s := g.answers(p, question{platform, second[0], second[1]}, nil); s.Cache != "miss" || s.NativeRequests == 0 {
				t.Errorf("after %s: %+v", fault.name, s)
			}
			if t.Failed() {
				t.Fatalf("with %s", fault.name)
			}
		}
	})
	g.restart(lines...)
	eachPlatform(t, "after a restart", func(t *testing.T, platform string) {
		g := g.in(t)
		for i, fault := range faults {
			first, second := days(i)
			g.keepsNothing(question{platform, first[0], first[1]})
			if s := g.answers(p, question{platform, second[0], second[1]}, onlyKept); s.Cache != "hit" || s.NativeRequests != 0 {
				t.Errorf("what was right after %s: %+v", fault.name, s)
			}
			if s := g.answers(p, question{platform, first[0], first[1]}, nil); s.Cache != "miss" || s.NativeRequests == 0 {
				t.Errorf("what failed with %s: %+v", fault.name, s)
			}
		}
	})
}
