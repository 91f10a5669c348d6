package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// october is a report of days that are over, of which rows are kept for hours.
const october = "/v1/reports?from=2026-10-01&to=2026-10-31&group_by=date&metrics=clicks"

// costsOf is a report of the costs of days that are over.
const costsOf = "/v1/reports?platform=keitaro&from=%s&to=%s&group_by=date&metrics=cost"

// everything is the client of tests that read, write and speak natively.
const everything = "client tester {\nkey_sha256 " + keyDigest + "\nscopes read write native\n}\n"

// bothAPIs is a site with the unified API and the native one.
const bothAPIs = "unified_api /v1/*\nplatform_proxy /native/*\nmetrics /metrics"

// operated is a gateway with an admin API, both APIs, and a folder of data that outlives it.
type operated struct {
	*gateway
	admin string
}

// operate runs such a gateway with lines in its tributary block.
func operate(t *testing.T, lines ...string) *operated {
	t.Helper()
	g := &operated{gateway: &gateway{t: t, address: freeAddress(t), data: filepath.Join(t.TempDir(), "data")}, admin: freeAddress(t)}
	g.url = "http://" + g.address
	g.become(lines...)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping the gateway: %v", err)
		}
	})
	return g
}

// config is the JSON of the configuration with lines in its tributary block.
func (g *operated) config(lines ...string) []byte {
	g.t.Helper()
	text := fmt.Sprintf("{\nadmin %s\nauto_https off\npersist_config off\nlog {\noutput discard\n}\ntributary {\ndata_dir %s\n%s\n}\n}\n%s {\n%s\n}\n",
		g.admin, g.data, strings.Join(lines, "\n"), g.url, bothAPIs)
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		g.t.Fatal(err)
	}
	return config
}

// become loads another configuration, as `caddy reload` does.
func (g *operated) become(lines ...string) {
	g.t.Helper()
	if err := caddy.Load(g.config(lines...), true); err != nil {
		g.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// reads makes a report that has to be whole, and returns how many native requests it took
// of each platform.
func (g *operated) reads(path string) map[string]int {
	g.t.Helper()
	calls := map[string]int{}
	for name, s := range g.report(path).statuses() {
		if s.Status != "ok" {
			g.t.Fatalf("%s: %s is %s: %+v", path, name, s.Status, s.Problem)
		}
		calls[name] = s.NativeRequests
	}
	return calls
}

// fromKept checks which platforms a report was read from, and that all others had it kept.
func (g *operated) fromKept(path string, but ...string) {
	g.t.Helper()
	for name, n := range g.reads(path) {
		if read := slices.Contains(but, name); read != (n > 0) {
			g.t.Errorf("%s made %d native requests of %s", path, n, name)
		}
	}
}

func TestKeptReportsOutliveReloads(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	keitaro, trackier := p.native["keitaro"].caddyfile(), p.native["trackier"].caddyfile()
	g := operate(t, keitaro, trackier, everything)
	g.fromKept(october, "keitaro", "trackier")
	g.fromKept(october)

	g.become(keitaro, trackier, everything)
	g.fromKept(october)

	// how long is what the present configuration says: from now on not at all
	g.become(keitaro, trackier, everything, "cache {\nplatform trackier {\nfresh 0s 0s 0s 0s\nstale 0s\n}\n}")
	g.fromKept(october+"&require=all", "trackier")
	g.become(keitaro, trackier, everything)

	// what a change made wrong is lost, and nothing else
	for name, change := range map[string]func(string) string{
		"its zone":     func(block string) string { return strings.Replace(block, "Asia/Kolkata", "Asia/Tokyo", 1) },
		"its currency": func(block string) string { return strings.Replace(block, "currency USD", "currency EUR", 1) },
		"its server":   func(block string) string { return strings.Replace(block, "127.0.0.1", "localhost", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			g.become(keitaro, change(trackier), everything)
			g.fromKept(october, "trackier")
			g.become(keitaro, trackier, everything)
			g.fromKept(october)
		})
	}
	t.Run("nothing is kept", func(t *testing.T) {
		g.become(keitaro, trackier, everything, "cache off")
		g.fromKept(october, "keitaro", "trackier")
		g.fromKept(october, "keitaro", "trackier")
	})
}

// A credential that is changed costs the account its rows, and no other account.
func TestKeptReportsOfAChangedCredential(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "key")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("trackier-secret")
	lines := []string{
		p.native["keitaro"].caddyfile(),
		strings.Replace(p.native["trackier"].caddyfile(), "credential api_key trackier-secret", "credential api_key {file."+secret+"}", 1),
		everything,
	}
	g := operate(t, lines...)
	g.reads(october)
	g.fromKept(october)

	write("not-the-secret")
	if _, _, err := command(t, "platform", "credential-reload", "--address", g.admin); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	for name, s := range g.report(october).statuses() {
		switch {
		case name == "keitaro" && (s.Status != "ok" || s.NativeRequests != 0):
			t.Errorf("keitaro: %+v", s)
		case name == "trackier" && (s.Problem == nil || s.Problem.Code != "platform_credentials_rejected"):
			t.Errorf("trackier shows what it gave for another credential: %+v", s)
		}
	}

	write("trackier-secret")
	if _, _, err := command(t, "platform", "credential-reload", "--address", g.admin); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	g.fromKept(october)
}

func TestKeptReportsAreThereAfterARestart(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	lines := []string{p.native["keitaro"].caddyfile(), p.native["trackier"].caddyfile(), everything}
	g := operate(t, lines...)
	g.reads(october)
	g.stop()
	g.become(lines...)
	g.fromKept(october)
}

// A change through the gateway drops what it touches, and nothing of other platforms.
func TestChangesDropKeptReports(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g := operate(t, p.native["keitaro"].caddyfile(), p.native["trackier"].caddyfile(), everything)
	early, late := fmt.Sprintf(costsOf, "2026-10-01", "2026-10-05"), fmt.Sprintf(costsOf, "2026-10-20", "2026-10-25")
	campaign := fmt.Sprint(g.list("/v1/campaigns?platform=keitaro&limit=1").Data[0]["id"])
	warm := func() {
		for _, path := range []string{october, early, late} {
			g.reads(path)
			g.fromKept(path)
		}
	}
	for _, tt := range []struct {
		name   string
		change func()
		// whether the rows of early and of late days are read again
		earlyAgain, lateAgain bool
	}{
		{"the name of a campaign", func() {
			g.done("PATCH", "/v1/campaigns/"+campaign, `{"name":"Another name"}`, 200)
		}, true, true},
		{"costs of some days", func() {
			g.gone("POST", "/v1/campaigns/"+campaign+"/costs", `{"from":"2026-10-20T00:00:00Z","to":"2026-10-21T00:00:00Z","timezone":"Europe/Moscow","cost":{"value":"10.00","currency":"USD"}}`)
		}, false, true},
		{"a native change", func() {
			g.natively("PUT", "/native/keitaro/admin_api/v1/campaigns/"+strings.TrimPrefix(campaign, "keitaro:"), `{"name":"A third name"}`, 200)
		}, true, true},
		{"a native read by POST", func() {
			g.natively("POST", "/native/keitaro/admin_api/v1/report/build", `{"range":{"from":"2026-10-01","to":"2026-10-02","timezone":"UTC"},"columns":["campaign_id"],"metrics":["clicks"]}`, 200)
		}, false, false},
		{"a native read", func() {
			g.natively("GET", "/native/keitaro/admin_api/v1/campaigns", "", 200)
		}, false, false},
		{"a native read that says it is something else", func() {
			a := g.do("GET", "/native/keitaro/admin_api/v1/campaigns", http.Header{"X-Http-Method-Override": {"DELETE"}}, nil)
			if a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			warm()
			tt.change()
			read := func(again bool) []string {
				if again {
					return []string{"keitaro"}
				}
				return nil
			}
			g.fromKept(early, read(tt.earlyAgain)...)
			g.fromKept(late, read(tt.lateAgain)...)
			if calls := g.reads(october); calls["trackier"] != 0 {
				t.Errorf("another platform was read again: %v", calls)
			}
		})
	}
}

// natively makes a native request that has to be answered with a status.
func (g *gateway) natively(method, path, body string, status int) {
	g.t.Helper()
	if a := g.send(method, path, body); a.status != status {
		g.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
}

// A change that never reached the platform drops nothing: an outage must not cost what
// is kept for it.
func TestFailedChangesKeepWhatIsKept(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	server := httptest.NewServer(p.native["keitaro"].faults)
	t.Cleanup(server.Close)
	g := operate(t, strings.Replace(p.native["keitaro"].caddyfile(), p.native["keitaro"].url, server.URL, 1), everything)
	campaign := fmt.Sprint(g.list("/v1/campaigns?platform=keitaro&limit=1").Data[0]["id"])
	g.reads(october)
	server.Close()
	for path, send := range map[string]func(path string) answer{
		"/v1/campaigns/" + campaign:                func(path string) answer { return g.send("PATCH", path, `{"name":"Another name"}`) },
		"/native/keitaro/admin_api/v1/campaigns/1": func(path string) answer { return g.send("PUT", path, `{"name":"Another name"}`) },
	} {
		if a := send(path); a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		g.fromKept(october)
	}
}

// cacheStats is what `cache stats --json` prints.
type cacheStats struct {
	Off    bool
	Memory struct {
		BoundBytes int64 `json:"bound_bytes"`
		UsedBytes  int64 `json:"used_bytes"`
		Entries    int64
	}
	Store struct {
		State   string
		Error   string
		Entries int64
		Waiting int64
	}
	Operations []operationStats
	Ledger     struct {
		InService bool `json:"in_service"`
		Accounts  []struct {
			Platform string
			Rows     int64
		}
	}
}

type operationStats struct {
	Platform, Operation string
	Memory, Store       struct{ Entries, Bytes int64 }
	Hits, Misses, Stale uint64
	NativeCallsSaved    uint64 `json:"native_calls_saved"`
}

// cache runs a command about the cache of the gateway.
func (g *operated) cache(args ...string) (string, error) {
	g.t.Helper()
	out, _, err := command(g.t, slices.Concat([]string{"cache"}, args, []string{"--address", g.admin})...)
	return out, err
}

func (g *operated) stats(args ...string) cacheStats {
	g.t.Helper()
	out, err := g.cache(slices.Concat([]string{"stats", "--json"}, args)...)
	if err != nil {
		g.t.Fatal(err)
	}
	var s cacheStats
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		g.t.Fatalf("%v in %s", err, out)
	}
	return s
}

func TestCacheCommands(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	g := operate(t, p.native["keitaro"].caddyfile(), p.native["trackier"].caddyfile(), everything, "cache {\nmemory 64MiB\n}")
	g.reads(october)
	g.fromKept(october)

	s := g.stats()
	if s.Off || s.Memory.BoundBytes != 32<<20 || s.Memory.UsedBytes <= 0 || s.Memory.Entries == 0 {
		t.Errorf("memory: %+v", s)
	}
	for _, name := range []string{"keitaro", "trackier"} {
		i := slices.IndexFunc(s.Operations, func(o operationStats) bool {
			return o.Platform == name && o.Operation == "reports.query"
		})
		if i < 0 {
			t.Fatalf("nothing of %s: %+v", name, s.Operations)
		}
		if o := s.Operations[i]; o.Memory.Entries != 31 || o.Memory.Bytes == 0 || o.Hits == 0 || o.Misses == 0 || o.NativeCallsSaved == 0 {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for _, o := range g.stats("--platform", "keitaro").Operations {
		if o.Platform != "keitaro" {
			t.Errorf("of keitaro: %+v", o)
		}
	}
	table, err := g.cache("stats")
	if err != nil || !strings.HasPrefix(table, "PLATFORM") || !strings.Contains(table, "reports.query") || !strings.Contains(table, "of 32 MiB") {
		t.Errorf("%v\n%s", err, table)
	}
	if strings.Contains(table, "secret") {
		t.Errorf("a secret in\n%s", table)
	}

	for _, args := range [][]string{
		{"purge"},
		{"purge", "--platform", ""},
		{"purge", "--all", "--platform", "keitaro"},
		{"purge", "--platform", "keitar"},
		{"purge", "--operation", "report.query"},
		{"purge", "--from", "yesterday"},
		{"purge", "--from", "2026-10-02", "--to", "2026-10-01"},
		{"stats", "--platform", "nowhere"},
	} {
		if out, err := g.cache(args...); err == nil {
			t.Errorf("%v: %s", args, out)
		}
	}
	g.fromKept(october)

	purge := func(args ...string) {
		t.Helper()
		if out, err := g.cache(append([]string{"purge"}, args...)...); err != nil || !strings.HasPrefix(out, "purged ") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	purge("--platform", "keitaro")
	g.fromKept(october, "keitaro")
	purge("--from", "2026-11-01")
	g.fromKept(october)
	purge("--operation", "reports.query", "--from", "2026-10-05", "--to", "2026-10-06")
	g.fromKept(october, "keitaro", "trackier")
	purge("--all")
	g.fromKept(october, "keitaro", "trackier")
}

func TestCacheOffIsSaid(t *testing.T) {
	p := newPlatforms(t)
	g := operate(t, p.native["keitaro"].caddyfile(), everything, "cache off")
	if !g.stats().Off {
		t.Error("it is on")
	}
	if out, err := g.cache("stats"); err != nil || !strings.Contains(out, "the cache is off") {
		t.Errorf("%v %s", err, out)
	}
	if _, err := g.cache("purge", "--all"); err == nil || !strings.Contains(err.Error(), "the cache is off") {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(g.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "cache") || strings.HasPrefix(e.Name(), "ledger") {
			t.Errorf("%s is there", e.Name())
		}
	}
}

// metric is the value of a line of /metrics; empty where there is none.
func (g *operated) metric(line string) string {
	g.t.Helper()
	for l := range strings.Lines(string(g.get("/metrics").body)) {
		if value, ok := strings.CutPrefix(l, line+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestStoreThatCannotBeOpened(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := operate(t, p.native["keitaro"].caddyfile(), everything, "cache {\nstore disk {\npath "+filepath.Join(blocked, "cache.db")+"\n}\n}")
	deadline := time.Now().Add(10 * time.Second)
	for g.stats().Store.State != "failing" {
		if time.Now().After(deadline) {
			t.Fatalf("the store is %+v", g.stats().Store)
		}
	}
	g.reads(october)
	g.fromKept(october)
	if v := g.metric("tributary_cache_store_up"); v != "0" {
		t.Errorf("tributary_cache_store_up is %q", v)
	}
	if v := g.metric(`tributary_cache_store_errors_total{doing="opening"}`); v == "" || v == "0" {
		t.Errorf("the failure is not counted: %q", v)
	}
}

func TestCacheMetrics(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	keitaro := p.native["keitaro"].caddyfile()
	g := operate(t, strings.Replace(keitaro, "platform keitaro", "platform measured keitaro", 1), everything)
	g.reads(october)
	g.reads(october)
	const labels = `{operation="reports.query",outcome="%s",platform="measured"}`
	outcomes := func() map[string]string {
		found := map[string]string{}
		for _, outcome := range []string{"hit", "stale", "miss", "coalesced"} {
			found[outcome] = g.metric("tributary_cache_requests_total" + fmt.Sprintf(labels, outcome))
		}
		return found
	}
	before := outcomes()
	if before["hit"] != "1" || before["miss"] != "1" || before["stale"] != "0" {
		t.Errorf("%v", before)
	}
	if v := g.metric(`tributary_cache_native_calls_saved_total{operation="reports.query",platform="measured"}`); v == "" || v == "0" {
		t.Errorf("calls saved: %q", v)
	}
	if v := g.metric(`tributary_cache_entries{level="memory",operation="reports.query",platform="measured"}`); v == "" || v == "0" {
		t.Errorf("entries: %q", v)
	}
	g.become(strings.Replace(keitaro, "platform keitaro", "platform measured keitaro", 1), everything)
	if after := outcomes(); after["hit"] != before["hit"] || after["miss"] != before["miss"] {
		t.Errorf("before a reload %v, after it %v", before, after)
	}
	if bytes.Contains(g.get("/metrics").body, []byte("secret")) {
		t.Error("a secret among the metrics")
	}
}

// A configuration that is only checked leaves no trace.
func TestValidateTouchesNothing(t *testing.T) {
	p := newPlatforms(t)
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "Caddyfile")
	text := fmt.Sprintf("{\nauto_https off\ntributary {\ndata_dir %s\n%s\n%s\n}\n}\nhttp://127.0.0.1:1 {\nunified_api\n}\n", data, p.native["keitaro"].caddyfile(), client)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := command(t, "validate", "--config", file); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("%s is there: %v", data, err)
	}
}
