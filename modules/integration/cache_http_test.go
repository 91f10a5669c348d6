package integration

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// byMonth is a report of one platform about days that are long over.
const byMonth = "/v1/reports?platform=affjet&from=2026-01-01&to=2026-03-31&group_by=month&metrics=conversions,commission"

// noLedger keeps reports in windows alone: a ledger takes over from them as soon as it
// is open, which is when it is.
const noLedger = "cache {\nledger off\n}"

// ask is get with fields.
func (g *gateway) ask(path string, fields ...string) answer {
	g.t.Helper()
	h := http.Header{}
	for i := 0; i < len(fields); i += 2 {
		h.Add(fields[i], fields[i+1])
	}
	return g.do("GET", path, h, nil)
}

// came is where an answer came from, as Cache-Status says (RFC 9211, section 2): the
// gateway's name with its parameters.
func (a answer) came(t *testing.T) map[string]any {
	t.Helper()
	list, err := httpsfv.UnmarshalList(a.header["Cache-Status"])
	if err != nil || len(list) != 1 {
		t.Fatalf("Cache-Status %q: %v", a.header["Cache-Status"], err)
	}
	item := list[0].(httpsfv.Item)
	if item.Value != httpsfv.Token("tributary") {
		t.Errorf("the cache is called %v", item.Value)
	}
	params := map[string]any{}
	for _, name := range item.Params.Names() {
		v, _ := item.Params.Get(name)
		params[name] = v
	}
	return params
}

// number is a field that is a whole number; -1 where it is not there.
func (a answer) number(t *testing.T, name string) int {
	t.Helper()
	text := a.header.Get(name)
	if text == "" {
		return -1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// maxAge is how long the client may use the answer, in seconds.
func (a answer) maxAge(t *testing.T) int {
	t.Helper()
	text, ok := strings.CutPrefix(a.header.Get("Cache-Control"), "private, max-age=")
	n, err := strconv.Atoi(text)
	if !ok || err != nil {
		t.Fatalf("Cache-Control %q", a.header.Get("Cache-Control"))
	}
	return n
}

// status200 checks an answer's status and Cache-Status.
func (a answer) status200(t *testing.T, cacheStatus string) answer {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := a.header.Get("Cache-Status"); got != cacheStatus {
		t.Errorf("Cache-Status %q, want %q", got, cacheStatus)
	}
	return a
}

// asked tells how often a platform was asked since the last time.
func asked(p *platforms, name string) int {
	n := p.native[name].counter.Total()
	p.native[name].counter.Reset()
	return n
}

func TestReportsSayWhereTheyCameFrom(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)

	cold := g.get(byMonth).status200(t, "tributary; fwd=miss; stored")
	if n := asked(p, "affjet"); n == 0 {
		t.Fatal("no native request")
	}
	tag := cold.header.Get("Etag")
	if len(tag) < 5 || !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("ETag %q is not weak", tag)
	}
	if _, there := cold.header["Age"]; there {
		t.Errorf("Age %q of what was made now", cold.header.Get("Age"))
	}
	if got, want := cold.header["Vary"], "Accept, Accept-Encoding, Authorization, X-Api-Key"; len(got) != 1 || got[0] != want {
		t.Errorf("Vary %q", got)
	}
	// days of 35 days and older are fresh for a week, and a tenth more or less, of which the
	// client's own copy has a minute
	if life := cold.maxAge(t); life != 60 {
		t.Errorf("max-age=%d", life)
	}
	if s := decode[reportPage](t, cold.body).Platforms[0]; s.Cache != "miss" || s.NativeRequests == 0 {
		t.Errorf("cold: %+v", s)
	}

	clock.pass(90 * time.Second)
	warm := g.get(byMonth)
	left, _ := warm.came(t)["ttl"].(int64)
	if week := int64(7 * 24 * 3600); left+90 < week*9/10 || left+90 > week*11/10 {
		t.Errorf("ttl=%d", left)
	}
	warm.status200(t, fmt.Sprintf("tributary; hit; ttl=%d", left))
	if n := asked(p, "affjet"); n != 0 {
		t.Errorf("%d native requests", n)
	}
	if warm.number(t, "Age") != 90 || warm.maxAge(t) != 90+60 || warm.header.Get("Etag") != tag {
		t.Errorf("Age %s, Cache-Control %s, ETag %s; cold: %s", warm.header.Get("Age"), warm.header.Get("Cache-Control"), warm.header.Get("Etag"), tag)
	}
	if s := decode[reportPage](t, warm.body).Platforms[0]; s.Cache != "hit" || s.NativeRequests != 0 || s.ElapsedMS != 0 || s.Rows == 0 {
		t.Errorf("warm: %+v", s)
	}
	was, is := decode[map[string]any](t, cold.body), decode[map[string]any](t, warm.body)
	for _, member := range []string{"data", "totals", "range", "page"} {
		if d := diff(is[member], was[member]); d != "" {
			t.Errorf("%s (-cold +warm):\n%s", member, d)
		}
	}

	// another spelling of the same question is answered from the same windows
	other := g.get(byMonth+"&require=all").status200(t, fmt.Sprintf("tributary; hit; ttl=%d", left))
	if other.number(t, "Age") != 90 || other.header.Get("Etag") != tag {
		t.Errorf("Age %s, ETag %s", other.header.Get("Age"), other.header.Get("Etag"))
	}
	// and so is the form with a body, which has no tag
	posted := g.post("/v1/reports", `{"platform":["affjet"],"from":"2026-01-01","to":"2026-03-31","group_by":["month"],"metrics":["conversions","commission"]}`)
	posted.status200(t, fmt.Sprintf("tributary; hit; ttl=%d", left))
	if posted.header.Get("Etag") != "" || posted.header.Get("Cache-Control") != "private" {
		t.Errorf("ETag %q and Cache-Control %q of a POST", posted.header.Get("Etag"), posted.header.Get("Cache-Control"))
	}
	if n := asked(p, "affjet"); n != 0 {
		t.Errorf("%d native requests", n)
	}

	head := g.do("HEAD", byMonth, nil, nil).status200(t, fmt.Sprintf("tributary; hit; ttl=%d", left))
	if len(head.body) != 0 || head.header.Get("Etag") != tag || head.number(t, "Content-Length") != len(warm.body) {
		t.Errorf("HEAD: %d bytes, %v", len(head.body), head.header)
	}
}

// RFC 9110, sections 13.1.2 and 15.4.5.
func TestReportsThatTheClientHas(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), "client tester {\nkey_sha256 "+keyDigest+"\nrate 1000 1m\n}\n", noLedger)
	cold := g.get(byMonth)
	tag := cold.header.Get("Etag")
	strong := strings.TrimPrefix(tag, "W/")
	for _, test := range []struct {
		path, match string
		status      int
	}{
		{byMonth, tag, 304},
		{byMonth, strong, 304},
		{byMonth, `"x", ` + tag, 304},
		{byMonth, "*", 304},
		{byMonth, `"x"`, 200},
		{byMonth, strings.Trim(strong, `"`), 200},
		{byMonth + "&require=all", tag, 304}, // computed from what is kept
		{byMonth + "&limit=1", tag, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := g.do(method, test.path, http.Header{"If-None-Match": {test.match}}, nil)
			if a.status != test.status {
				t.Errorf("%s %s, If-None-Match: %s: %d", method, test.path, test.match, a.status)
			}
			if a.status != 304 {
				continue
			}
			for _, name := range []string{"Cache-Control", "Etag", "Vary", "Cache-Status", "Ratelimit", "Ratelimit-Policy", "Date"} {
				if a.header.Get(name) == "" {
					t.Errorf("304 has no %s", name)
				}
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Content-") {
					t.Errorf("304 has %s", name)
				}
			}
			if len(a.body) != 0 || a.header.Get("Etag") != tag {
				t.Errorf("304: %d bytes, ETag %s", len(a.body), a.header.Get("Etag"))
			}
		}
	}
	// the tag is that of the data: what is read again and has not changed has the same
	clock.pass(time.Hour)
	again := g.ask(byMonth, "Cache-Control", "no-cache", "If-None-Match", tag)
	if again.status != 304 || again.came(t)["fwd"] != httpsfv.Token("request") {
		t.Errorf("read again: %d %v", again.status, again.header)
	}
	if n := asked(p, "affjet"); n < 2 {
		t.Errorf("%d native requests", n)
	}
}

// RFC 9111, section 5.2.1.
func TestWhatTheRequestAsksOfCaches(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)

	absent := g.ask(byMonth, "Cache-Control", "only-if-cached")
	g.problem(absent, "not_cached", 504)
	if got := absent.header.Get("Cache-Status"); got != "tributary; detail=not_cached" {
		t.Errorf("Cache-Status %q", got)
	}
	if n := asked(p, "affjet"); n != 0 {
		t.Fatalf("only-if-cached made %d native requests", n)
	}
	if a := g.ask(byMonth, "Cache-Control", "no-store"); a.came(t)["fwd"] != httpsfv.Token("miss") || a.came(t)["stored"] != nil {
		t.Errorf("no-store: %v", a.header["Cache-Status"])
	}
	once := asked(p, "affjet")
	if once == 0 {
		t.Fatal("no native request")
	}
	clock.pass(100 * time.Second)
	for _, test := range []struct {
		control string
		calls   int
		age     int // afterwards
	}{
		{"only-if-cached", 0, 100},
		{"no-store", 0, 100},
		{"max-age=100", 0, 100},
		{"max-age=1000, only-if-cached", 0, 100},
		{"max-age=x, unknown, private", 0, 100},
		{"max-age=99", once, -1},
		{"max-age=99", 0, 1},
		{"No-Cache", once, -1},
		{"max-age=0", once, -1},
		{"max-age=0", once, -1},
		{"", 0, 1},
	} {
		if test.age < 100 {
			clock.pass(time.Second) // an answer of this very moment is as good as a new one
		}
		a := g.ask(byMonth, "Cache-Control", test.control)
		if a.status != 200 {
			t.Fatalf("%s: %d %s", test.control, a.status, a.body)
		}
		if n := asked(p, "affjet"); n != test.calls {
			t.Errorf("%s: %d native requests, want %d", test.control, n, test.calls)
		}
		if hit := a.came(t)["hit"] == true; hit != (test.calls == 0) || !hit && a.came(t)["fwd"] != httpsfv.Token("request") {
			t.Errorf("%s: %v", test.control, a.header["Cache-Status"])
		}
		if age := a.number(t, "Age"); age != test.age {
			t.Errorf("%s: Age %d, want %d", test.control, age, test.age)
		}
	}
	clock.pass(100 * time.Second)
	for _, control := range []string{"max-age=99, only-if-cached", "no-cache, only-if-cached"} {
		g.problem(g.ask(byMonth, "Cache-Control", control), "not_cached", 504)
	}
}

func gunzip(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// RFC 9110, section 12.5.3.
func TestReadyBodiesInGzip(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)
	const path = "/v1/reports?platform=affjet&from=2026-01-01&to=2026-10-31&group_by=date&metrics=conversions,commission&limit=1000"
	g.get(path)
	plain := g.ask(path, "Accept-Encoding", "identity")
	for accept, compressed := range map[string]bool{
		"gzip": true, "gzip, deflate, br": true, "x, gzip;q=0.5": true, "*": true, "br, *;q=0.1": true, "GZIP": true, "identity;q=0, gzip;q=0.1": true,
		"br": false, "gzip;q=0": false, "*;q=0": false, "gzip;q=0, *": false, "identity, gzip;q=0.5": false, "zzz;;=": false,
	} {
		a := g.ask(path, "Accept-Encoding", accept)
		if got := a.header.Get("Content-Encoding"); (got == "gzip") != compressed || !compressed && got != "" {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q", accept, got)
			continue
		}
		if a.number(t, "Content-Length") != len(a.body) || a.header.Get("Etag") != plain.header.Get("Etag") {
			t.Errorf("Accept-Encoding %q: %v", accept, a.header)
		}
		body := a.body
		if compressed {
			body = gunzip(t, body)
		}
		if !bytes.Equal(body, plain.body) {
			t.Errorf("Accept-Encoding %q: another body", accept)
		}
	}
}

// Beneath Caddy's own encode nothing is compressed twice, and tags keep their meaning.
func TestReadyBodiesBeneathEncode(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	const path = "/v1/reports?platform=affjet&from=2026-01-01&to=2026-10-31&group_by=date&metrics=conversions,commission&limit=1000"
	g, _ := startSite(t, "encode zstd gzip\nunified_api /v1/*", p.native["affjet"].caddyfile(), client, noLedger)
	for _, state := range []string{"made", "kept"} {
		plain := g.ask(path, "Accept-Encoding", "identity")
		if plain.header.Get("Content-Encoding") != "" {
			t.Fatalf("%s: %v", state, plain.header)
		}
		tag := plain.header.Get("Etag")
		a := g.ask(path, "Accept-Encoding", "gzip")
		if a.header.Get("Content-Encoding") != "gzip" || a.header.Get("Etag") != tag {
			t.Errorf("%s: %v", state, a.header)
		}
		if got := decode[reportPage](t, gunzip(t, a.body)); len(got.Data) == 0 {
			t.Errorf("%s: no rows", state)
		}
		if a := g.ask(path, "Accept-Encoding", "zstd"); a.header.Get("Content-Encoding") != "zstd" || a.header.Get("Etag") != tag {
			t.Errorf("%s, zstd: %v", state, a.header)
		}
		for _, accept := range []string{"gzip", "zstd", "identity"} {
			known := g.ask(path, "Accept-Encoding", accept, "If-None-Match", tag)
			if known.status != 304 || known.header.Get("Etag") != tag || strings.Count(strings.Join(known.header["Vary"], ","), "Accept-Encoding") != 1 {
				t.Errorf("%s, %s: %d %v", state, accept, known.status, known.header)
			}
		}
		if a := g.do("HEAD", path, http.Header{"Accept-Encoding": {"gzip"}}, nil); a.status != 200 || len(a.body) != 0 {
			t.Errorf("%s, HEAD: %d", state, a.status)
		}
	}
}

// What a cache in front has said stays before what the gateway says.
func TestCacheStatusIsAppended(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g, _ := startSite(t, "header +Cache-Status \"Front; fwd=bypass\"\nunified_api /v1/*", p.native["affjet"].caddyfile(), client, noLedger)
	for range 2 {
		list, err := httpsfv.UnmarshalList(g.get(byMonth).header["Cache-Status"])
		if err != nil || len(list) != 2 {
			t.Fatalf("%v: %v", list, err)
		}
		for i, name := range []string{"Front", "tributary"} {
			if got := list[i].(httpsfv.Item).Value; got != httpsfv.Token(name) {
				t.Errorf("member %d is %v", i, got)
			}
		}
	}
}

// An answer that lacks something is not kept by anybody.
func TestReportsThatAreNotWhole(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	for _, name := range []string{"affjet", "trackfinity"} {
		p.native[name].block += "\nbreaker 1000000"
	}
	g := start(t, p.native["affjet"].caddyfile(), p.native["trackfinity"].caddyfile(), client, noLedger)
	const path = "/v1/reports?from=2026-01-01&to=2026-03-31&group_by=platform&metrics=commission"
	p.native["trackfinity"].faults.Set(kit.Fault{Status: 503})
	for range 2 {
		a := g.get(path)
		if a.status != 200 || a.header.Get("Cache-Control") != "private, no-store" || a.header.Get("Etag") != "" || a.header.Get("Age") != "" {
			t.Errorf("%d %v", a.status, a.header)
		}
		if came := a.came(t); came["fwd"] != httpsfv.Token("miss") || came["stored"] != nil || came["detail"] != httpsfv.Token("platform_unavailable") {
			t.Errorf("Cache-Status %v", a.header["Cache-Status"])
		}
	}
	p.native["trackfinity"].faults.Clear()
	a := g.get(path).status200(t, "tributary; fwd=miss; stored")
	if n := len(decode[reportPage](t, a.body).Data); n != 2 {
		t.Errorf("%d rows", n)
	}
}

// The days of a word such as today are others after midnight.
func TestReadyBodiesOfIntervalsEndAtMidnight(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)
	// 14:29:30 UTC is 19:59:30 in Kolkata, 23:29:30 in Tokyo
	clock.pass(time.Date(2026, 11, 20, 14, 59, 30, 0, time.UTC).Sub(clock.now()))
	for _, zone := range []string{"Asia/Tokyo", "Asia/Kolkata"} {
		path := "/v1/reports?platform=affjet&interval=yesterday&group_by=date&metrics=conversions&timezone=" + zone
		first := g.get(path)
		clock.pass(20 * time.Second)
		second := g.get(path)
		if second.came(t)["hit"] != true || rangeOf(t, second) != rangeOf(t, first) {
			t.Errorf("%s: %v, %s", zone, second.header["Cache-Status"], rangeOf(t, second))
		}
		clock.pass(20 * time.Second)
		third := g.get(path)
		switch zone {
		case "Asia/Tokyo": // it is 00:00:10 of the 21st
			if first.maxAge(t) != 30 || rangeOf(t, first) != "2026-11-19 2026-11-19" || rangeOf(t, third) != "2026-11-20 2026-11-20" {
				t.Errorf("max-age=%d; from %s to %s", first.maxAge(t), rangeOf(t, first), rangeOf(t, third))
			}
		case "Asia/Kolkata": // it is 20:31
			if rangeOf(t, first) != "2026-11-19 2026-11-19" || rangeOf(t, third) != rangeOf(t, first) {
				t.Errorf("from %s to %s", rangeOf(t, first), rangeOf(t, third))
			}
		}
	}
}

// rangeOf is the range of days of a report.
func rangeOf(t *testing.T, a answer) string {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	r := decode[struct {
		Range struct{ From, To string }
	}](t, a.body).Range
	return r.From + " " + r.To
}

// slowly lets the requests of a platform wait until the test says so.
func slowly(t *testing.T, h http.Handler) (slow http.Handler, arrived chan struct{}, goOn func()) {
	t.Helper()
	arrived, gate := make(chan struct{}, 100), make(chan struct{})
	opened := false
	goOn = func() {
		if !opened {
			opened = true
			close(gate)
		}
	}
	t.Cleanup(goOn)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-gate
		h.ServeHTTP(w, r)
	}), arrived, goOn
}

// What is past its life is given while it is read again, and while the platform fails,
// and says so (RFC 9211, sections 2.1 and 2.2).
func TestStaleReportsSaySo(t *testing.T) {
	clock := moveClock(t)
	p := newPlatforms(t)
	p.native["affjet"].block += "\nbreaker 1000000"
	g := start(t, p.native["affjet"].caddyfile(), client, noLedger)
	const path = "/v1/reports?platform=affjet&from=2026-11-20&to=2026-11-20&metrics=conversions"
	g.get(path)
	ttl, _ := g.get(path).came(t)["ttl"].(int64)
	life := int(ttl)
	if life < 54 || life > 66 {
		t.Fatalf("ttl=%d of today", life)
	}
	p.native["affjet"].faults.Set(kit.Fault{Status: 503})
	clock.pass(time.Hour)
	failed := g.get(path)
	if came := failed.came(t); failed.status != 200 || came["hit"] != nil || came["fwd"] != httpsfv.Token("stale") || came["fwd-status"] != int64(503) || came["detail"] != httpsfv.Token("platform_unavailable") {
		t.Errorf("%d %v", failed.status, failed.header)
	}
	if failed.number(t, "Age") != 3600 || failed.maxAge(t) != life {
		t.Errorf("%v", failed.header)
	}
	if s := decode[reportPage](t, failed.body).Platforms[0]; s.Cache != "stale" || s.AsOf != "2026-11-20T09:30:00Z" {
		t.Errorf("%+v", s)
	}

	// a moment later it is not asked again, and who wants only what is kept takes that
	clock.pass(time.Second)
	for _, control := range []string{"", "only-if-cached"} {
		a := g.ask(path, "Cache-Control", control)
		if came := a.came(t); a.status != 200 || came["hit"] != true || came["ttl"] != int64(life-3601) || came["fwd"] != nil || a.number(t, "Age") != 3601 {
			t.Errorf("%s: %d %v %s", control, a.status, a.header, a.body)
		}
	}

	// when it works again, it is asked; and soon after the end of a life what is kept is
	// given at once
	p.native["affjet"].faults.Clear()
	clock.pass(time.Minute)
	g.get(path).status200(t, "tributary; fwd=miss; stored")
	clock.pass(5 * time.Minute)
	p.native["affjet"].faults.Set(kit.Fault{Status: 503})
	past := g.get(path).status200(t, fmt.Sprintf("tributary; hit; ttl=%d", life-300))
	if past.number(t, "Age") != 300 || past.maxAge(t) != life || past.header.Get("Etag") == "" || decode[reportPage](t, past.body).Platforms[0].Cache != "stale" {
		t.Errorf("%v %s", past.header, past.body)
	}
}
