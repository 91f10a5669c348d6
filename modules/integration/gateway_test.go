package integration

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
	_ "github.com/tributary-gateway/tributary/modules/standard"
)

// now is the moment at which all sandboxes stand.
var now = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

// native is one sandbox platform that a test gateway stands in front of.
type native struct {
	name    string
	block   string // further lines of the platform block
	url     string
	faults  *kit.Faults
	counter *kit.Counter
}

// platforms are all sandboxes with what a test may look into.
type platforms struct {
	affjet      *affjet.Server
	affili      *affili.Server
	keitaro     *keitaro.Server
	trackfinity *trackfinity.Server
	trackier    *trackier.Server
	native      map[string]*native

	daily func() sums // what the data says of each day, for tests that ask it often
}

func newPlatforms(t *testing.T) *platforms {
	t.Helper()
	return newPlatformsAt(t, clock)
}

// newPlatformsAt makes all sandboxes with a clock of their own. Their data is of the year
// before what it first says.
func newPlatformsAt(t *testing.T, clock func() time.Time) *platforms {
	t.Helper()
	p := &platforms{
		affjet:      affjet.New(affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock}),
		affili:      affili.New(affili.Config{AccessID: "affili-secret", Seed: 1, Now: clock}),
		keitaro:     keitaro.New(keitaro.Config{Key: "keitaro-secret", Seed: 1, Now: clock}),
		trackfinity: trackfinity.New(trackfinity.Config{Key: "trackfinity-secret", Username: "admin", Seed: 1, Now: clock}),
		trackier:    trackier.New(trackier.Config{Key: "trackier-secret", Seed: 1, Now: clock}),
		native:      map[string]*native{},
	}
	p.add(t, "affjet", p.affjet, p.affjet.Counter(), "/externalclient", "credential api_key affjet-secret\ncurrency EUR")
	p.add(t, "affili", p.affili, p.affili.Counter(), "", "credential access_id affili-secret\ncurrency IRR")
	p.add(t, "keitaro", p.keitaro, p.keitaro.Counter(), "", "credential api_key keitaro-secret\ntimezone Europe/Moscow\ncurrency USD")
	p.add(t, "trackfinity", p.trackfinity, p.trackfinity.Counter(), "", "credential api_key trackfinity-secret\ncredential api_username admin\ncurrency USD")
	p.add(t, "trackier", p.trackier, p.trackier.Counter(), "", "credential api_key trackier-secret\ntimezone Asia/Kolkata\ncurrency USD")
	p.daily = sync.OnceValue(func() sums { return expectedBy(time.DateOnly, p, time.Time{}, time.Unix(1<<40, 0)) })
	return p
}

func (p *platforms) add(t *testing.T, name string, h http.Handler, c *kit.Counter, path, block string) {
	t.Helper()
	faults := kit.NewFaults(h)
	server := httptest.NewServer(faults)
	t.Cleanup(server.Close)
	p.native[name] = &native{name: name, block: block, url: server.URL + path, faults: faults, counter: c}
}

// block is the platform's block of a Caddyfile.
func (n *native) caddyfile() string {
	return fmt.Sprintf("platform %s {\nserver %s\n%s\n}\n", n.name, n.url, n.block)
}

// gateway is a running Caddy.
type gateway struct {
	t       *testing.T
	url     string
	address string
	data    string
}

// key is the key of the client that tests use unless they say otherwise, and its
// digest, by `printf %s test-key | sha256sum`.
const (
	key       = "test-key"
	keyDigest = "62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef"
)

const client = "client tester {\nkey_sha256 " + keyDigest + "\nscopes read\n}\n"

// start runs a gateway with the given lines in its tributary block.
func start(t *testing.T, lines ...string) *gateway {
	t.Helper()
	g := &gateway{t: t, address: freeAddress(t), data: t.TempDir()}
	g.url = "http://" + g.address
	g.load(lines...)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping the gateway: %v", err)
		}
	})
	return g
}

// load gives the running gateway a configuration, as `caddy reload` does.
func (g *gateway) load(lines ...string) {
	g.t.Helper()
	if err := g.tryLoad(lines...); err != nil {
		g.t.Fatal(err)
	}
	// connections to what ran before are about to be closed
	http.DefaultClient.CloseIdleConnections()
}

func (g *gateway) tryLoad(lines ...string) error {
	caddyfile := fmt.Sprintf("{\nadmin off\nauto_https off\npersist_config off\nlog {\noutput discard\n}\ntributary {\ndata_dir %s\n%s\n}\n}\n%s {\nunified_api /v1/*\nmetrics /metrics\n}\n",
		g.data, strings.Join(lines, "\n"), g.url)
	adapter := caddyconfig.GetAdapter("caddyfile")
	config, _, err := adapter.Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return fmt.Errorf("adapting: %w", err)
	}
	return caddy.Load(config, true)
}

// freeAddress is one on the loopback that nobody listens on. Its port is below those that
// systems give to connections, one of which could take it before the gateway does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.N(12_000)))
		if err != nil {
			continue // taken
		}
		defer func() { _ = l.Close() }()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

// answer is what the gateway said.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	trailer http.Header
}

func (g *gateway) do(method, path string, header http.Header, body io.Reader) answer {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	maps.Copy(req.Header, header)
	resp, err := http.DefaultClient.Do(req)
	if body == nil && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		// the listener of the configuration before a reload took the connection as it closed
		resp, err = http.DefaultClient.Do(req)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b, resp.Trailer}
}

func (g *gateway) get(path string) answer { g.t.Helper(); return g.do("GET", path, nil, nil) }

func (g *gateway) post(path, body string) answer {
	g.t.Helper()
	return g.do("POST", path, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
}

// page is a list as a client reads it.
type page struct {
	Data []map[string]any `json:"data"`
	Page struct {
		NextCursor *string `json:"next_cursor"`
		Total      *int    `json:"total"`
	} `json:"page"`
	Platforms []platformStatus `json:"platforms"`
}

type platformStatus struct {
	Platform       string   `json:"platform"`
	Status         string   `json:"status"`
	Rows           int      `json:"rows"`
	Cache          string   `json:"cache"`
	AsOf           string   `json:"as_of"`
	NativeRequests int      `json:"native_requests"`
	ElapsedMS      float64  `json:"elapsed_ms"`
	Unsupported    []string `json:"unsupported"`
	Problem        *struct {
		Code     string `json:"code"`
		Status   int    `json:"status"`
		Platform string `json:"platform"`
		Detail   string `json:"detail"`
	} `json:"problem"`
}

// list reads a list that has to succeed.
func (g *gateway) list(path string) page {
	g.t.Helper()
	a := g.get(path)
	if a.status != http.StatusOK {
		g.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return decode[page](g.t, a.body)
}

// walk reads all pages of a list.
func (g *gateway) walk(path string) (rows []map[string]any, requests map[string]int) {
	g.t.Helper()
	requests = map[string]int{}
	next := path
	for range 500 {
		p := g.list(next)
		rows = append(rows, p.Data...)
		for _, s := range p.Platforms {
			requests[s.Platform] += s.NativeRequests
		}
		if p.Page.NextCursor == nil {
			return rows, requests
		}
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		next = path + separator + "cursor=" + url.QueryEscape(*p.Page.NextCursor)
	}
	g.t.Fatalf("%s goes on after 500 pages", path)
	return nil, nil
}

// problem checks that an answer is a problem of a code, and returns it.
func (g *gateway) problem(a answer, code string, status int) map[string]any {
	g.t.Helper()
	p := decode[map[string]any](g.t, a.body)
	if a.status != status || p["code"] != code || p["status"] != json.Number(fmt.Sprint(status)) {
		g.t.Fatalf("got %d %s, want %d %s", a.status, a.body, status, code)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		g.t.Errorf("content type %q of a problem", got)
	}
	if p["type"] != g.url+"/v1/problems/"+code {
		g.t.Errorf("type %v of the problem %s", p["type"], code)
	}
	return p
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// digest is the form in which a configuration holds a client's key.
func digest(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key))) }
