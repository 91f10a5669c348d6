package integration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/idempotency"
)

// ledger is a platform that counts what it was told to do.
const ledger = `mapping: v1
platform: ledger
server: https://ledger.example
lifecycle: {deprecated: 2022-12-01, sunset: 2027-01-01, link: https://ledger.example/v2}
errors:
  - {when: status == 409, problem: conflict, message: body.reason}
  - {when: status == 503, problem: platform_unavailable, message: body.reason, retry: true, retry_after: header}
resources:
  group:
    native_id: id
    name: name
    type: {from: type, enum: {campaigns: campaigns, offers: offers, landings: landings}}
    position: position
  campaign:
    native_id: id
    name: name
    state: {from: state, enum: {active: active, disabled: disabled}}
    token: token
  stream:
    native_id: id
operations:
  groups.list:
    call: GET /groups
    rows: "@this"
  groups.create:
    call: POST /groups
    write: [name, type, position]
    row: "@this"
  groups.update:
    call: PATCH /groups/{native_id}
    write: [name, position]
    row: "@this"
  groups.delete:
    call: DELETE /groups/{native_id}
    answer: none
  campaigns.get:
    call: GET /campaigns/{native_id}
    row: "@this"
  campaigns.create:
    call: POST /campaigns
    write: [name, state, token]
    row: "@this"
  campaigns.clone:
    call: POST /campaigns/{native_id}/clone
    row: "@this"
  campaigns.enable:
    call: POST /campaigns/{native_id}/enable
    row: "@this"
  streams.copy:
    call: POST /streams/copy
    fields: {stream_ids: {write: ids}, campaign_id: {write: campaign_id}}
    answer: none
`

// book is the server of the platform ledger.
type book struct {
	mu      sync.Mutex
	entries []string // "METHOD /path body", of every request
	// next answers the next request in place of the book; nil for none.
	next http.HandlerFunc
}

func (b *book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.entries = append(b.entries, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	n, next := len(b.entries), b.next
	b.next = nil
	b.mu.Unlock()
	switch {
	case next != nil:
		next(w, r)
	case r.Method == http.MethodDelete, r.URL.Path == "/streams/copy":
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":%d,"name":"number %d","type":"campaigns","state":"active"}`, n, n)
	}
}

// answering is the next answer of the book.
func (b *book) answering(next http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = next
}

func (b *book) read() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.entries...)
}

// status answers with a status and a reason.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "3600") // so that it is not repeated here
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"reason":"because"}`))
	}
}

// otherKey is the key of a second client.
const otherKey = "other-key"

func startLedger(t *testing.T) (*gateway, *book, []string) {
	t.Helper()
	b := &book{}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	folder := filepath.Join(t.TempDir(), "ledger")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "mapping.yaml"), []byte(ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := []string{
		"mappings " + filepath.Dir(folder), "platform ledger {\nserver " + server.URL + "\n}",
		"client tester {\nkey_sha256 " + keyDigest + "\nscopes read write\n}\n",
		"client other {\nkey_sha256 " + digest(otherKey) + "\nscopes read write\n}\n",
	}
	return start(t, lines...), b, lines
}

// once sends a POST with an Idempotency-Key.
func (g *gateway) once(path, key, body string) answer {
	g.t.Helper()
	h := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}}
	return g.do("POST", path, h, strings.NewReader(body))
}

const springGroup = `{"platform":"ledger","name":"Spring","type":"campaigns"}`

func sameAnswer(t *testing.T, first, again answer) {
	t.Helper()
	if again.status != first.status || !bytes.Equal(again.body, first.body) {
		t.Errorf("got %d %s, first %d %s", again.status, again.body, first.status, first.body)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Location", "Cache-Control", "Retry-After", "Deprecation", "Sunset", "Link"} {
		if again.header.Get(name) != first.header.Get(name) {
			t.Errorf("%s: got %q, first %q", name, again.header.Get(name), first.header.Get(name))
		}
	}
	if first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("Idempotent-Replayed: %q, first %q", again.header.Get("Idempotent-Replayed"), first.header.Get("Idempotent-Replayed"))
	}
}

func (b *book) has(t *testing.T, want int) {
	t.Helper()
	if got := b.read(); len(got) != want {
		t.Errorf("the platform was told %d things, want %d: %q", len(got), want, got)
	}
}

func TestARequestWithAKeyIsMadeOnce(t *testing.T) {
	g, b, lines := startLedger(t)
	first := g.once("/v1/campaigns", `"k1"`, `{"platform":"ledger","name":"Spring"}`)
	if first.status != 201 || first.header.Get("Location") != g.url+"/v1/campaigns/ledger:1" {
		t.Fatalf("%d %s %s", first.status, first.header.Get("Location"), first.body)
	}
	// the same request, however it is written
	sameAnswer(t, first, g.once("/v1/campaigns", `"k1"`, `{"platform":"ledger","name":"Spring"}`))
	sameAnswer(t, first, g.once("/v1/campaigns", "k1", ` {"name":"Spr\u0069ng", "platform":"ledger"}`))
	g.problem(g.once("/v1/campaigns", "k1", `{"platform":"ledger","name":"Summer"}`), "idempotency_key_reused", 422)
	g.problem(g.once("/v1/groups", "k1", springGroup), "idempotency_key_reused", 422)
	b.has(t, 1)

	// without a key, with another one, or by another client, it is another request
	g.post("/v1/campaigns", `{"platform":"ledger","name":"Spring"}`)
	g.once("/v1/campaigns", "k2", `{"platform":"ledger","name":"Spring"}`)
	other := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k1"}, "X-Api-Key": {otherKey}}
	if a := g.do("POST", "/v1/campaigns", other, strings.NewReader(`{"platform":"ledger","name":"Spring"}`)); a.header.Get("Location") != g.url+"/v1/campaigns/ledger:4" {
		t.Errorf("another client: %d %s", a.status, a.body)
	}
	b.has(t, 4)

	// actions have keys too, and their paths are part of the request
	enabled := g.once("/v1/campaigns/ledger:7/enable", "k3", "")
	if enabled.status != 200 {
		t.Fatalf("enable: %d %s", enabled.status, enabled.body)
	}
	sameAnswer(t, enabled, g.once("/v1/campaigns/ledger:7/enable", "k3", ""))
	g.problem(g.once("/v1/campaigns/ledger:8/enable", "k3", ""), "idempotency_key_reused", 422)
	copied := g.once("/v1/streams/copy", "k4", `{"stream_ids":["ledger:1"],"campaign_id":"ledger:2"}`)
	if copied.status != 204 {
		t.Fatalf("copy: %d %s", copied.status, copied.body)
	}
	sameAnswer(t, copied, g.once("/v1/streams/copy", "k4", `{"stream_ids":["ledger:1"],"campaign_id":"ledger:2"}`))
	b.has(t, 6)

	// a reload keeps the keys, and so does a restart
	g.load(lines...)
	sameAnswer(t, first, g.once("/v1/campaigns", "k1", `{"platform":"ledger","name":"Spring"}`))
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	g.load(lines...)
	sameAnswer(t, first, g.once("/v1/campaigns", "k1", `{"platform":"ledger","name":"Spring"}`))
	b.has(t, 6)
}

func TestWhatIsKeptUnderAKey(t *testing.T) {
	g, b, _ := startLedger(t)
	// refused for what it is: kept
	b.answering(status(409))
	first := g.once("/v1/groups", "duplicate", springGroup)
	g.problem(first, "conflict", 409)
	sameAnswer(t, first, g.once("/v1/groups", "duplicate", springGroup))
	b.has(t, 1)

	// may have been done: kept
	b.answering(status(500))
	first = g.once("/v1/groups", "failure", springGroup)
	if p := g.problem(first, "platform_error", 502); p["retryable"] != false {
		t.Errorf("what may have been done is to be sent again: %v", p)
	}
	sameAnswer(t, first, g.once("/v1/groups", "failure", springGroup))
	b.answering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	first = g.once("/v1/groups", "cut off", springGroup)
	if first.status != 400 {
		t.Errorf("a bare key with a space: %d %s", first.status, first.body)
	}
	first = g.once("/v1/groups", `"cut off"`, springGroup)
	g.problem(first, "platform_unavailable", 503)
	sameAnswer(t, first, g.once("/v1/groups", `"cut off"`, springGroup))
	b.has(t, 3)

	// not done, and may be later: free again
	b.answering(status(503))
	g.problem(g.once("/v1/groups", "upgrade", springGroup), "platform_unavailable", 503)
	if a := g.once("/v1/groups", "upgrade", springGroup); a.status != 201 {
		t.Errorf("after the upgrade: %d %s", a.status, a.body)
	}
	b.has(t, 5)

	// refused by the gateway: free for the corrected request
	g.problem(g.once("/v1/groups", "wrong", `{"platform":"ledger","name":"Spring"}`), "invalid_request", 400)
	if a := g.once("/v1/groups", "wrong", springGroup); a.status != 201 {
		t.Errorf("the corrected request: %d %s", a.status, a.body)
	}
	b.has(t, 6)
}

func TestARequestWithAKeyThatIsStillRunning(t *testing.T) {
	g, b, _ := startLedger(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	b.answering(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = w.Write([]byte(`{"id":7,"name":"Spring","type":"campaigns"}`))
	})
	// its client goes while it runs
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, "POST", g.url+"/v1/groups", strings.NewReader(springGroup))
		if err == nil {
			req.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k"}, "X-Api-Key": {key}}
			_, err = http.DefaultClient.Do(req)
		}
		gone <- err
	}()
	<-arrived
	p := g.problem(g.once("/v1/groups", "k", springGroup), "request_in_progress", 409)
	if p["retryable"] != true {
		t.Errorf("retryable: %v", p["retryable"])
	}
	leave()
	if err := <-gone; err == nil {
		t.Fatal("the first request was answered")
	}
	close(release)
	for {
		a := g.once("/v1/groups", "k", springGroup)
		if a.status == 409 {
			continue // it has not been kept yet
		}
		if a.status != 201 || a.header.Get("Idempotent-Replayed") != "true" || !strings.Contains(string(a.body), `"id":"ledger:7"`) {
			t.Errorf("got %d %s", a.status, a.body)
		}
		break
	}
	b.has(t, 1)
}

// Another process has the file: what needs it is refused, and nothing else.
func TestKeysWithoutTheirFile(t *testing.T) {
	g, b, lines := startLedger(t)
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	store, err := idempotency.Open(filepath.Join(g.data, "idempotency.db"), idempotency.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g.load(lines...)
	p := g.problem(g.once("/v1/groups", "k", springGroup), "idempotency_unavailable", 503)
	if strings.Contains(fmt.Sprint(p["detail"]), g.data) {
		t.Errorf("the detail shows a path: %v", p["detail"])
	}
	if p["retryable"] != true {
		t.Errorf("nothing was done, but it is not to be sent again: %v", p)
	}
	b.has(t, 0)
	if a := g.post("/v1/groups", springGroup); a.status != 201 {
		t.Errorf("without a key: %d %s", a.status, a.body)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := g.once("/v1/groups", "k", springGroup); a.status != 201 {
		t.Errorf("with the file: %d %s", a.status, a.body)
	}
	b.has(t, 2)
}
