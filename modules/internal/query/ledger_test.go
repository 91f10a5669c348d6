package query

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/plugins"
	"github.com/tributary-gateway/tributary/plugins/jalali"
)

// shop is a gateway with a ledger in front of two sandboxes.
type shop struct {
	*Engine
	book   *ledger.Ledger
	path   string // of its file
	affjet *affjet.Server
	affili *affili.Server
	native map[string]*sandboxed // by platform

	mu   sync.Mutex
	time time.Time
}

func (s *shop) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time
}

func (s *shop) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.time = s.time.Add(d)
}

// sandboxed is a sandbox as a transport that notes what it is asked, and may refuse it.
type sandboxed struct {
	handler http.Handler
	mu      sync.Mutex
	asked   []*url.URL
	refuse  func(u *url.URL) int // a status, or zero
}

// RoundTrip implements http.RoundTripper.
func (s *sandboxed) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL)
	refuse := s.refuse
	s.mu.Unlock()
	w := httptest.NewRecorder()
	if refuse != nil {
		if status := refuse(r.URL); status != 0 {
			w.WriteHeader(status)
			return w.Result(), nil
		}
	}
	s.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// urls returns what was asked since the last time.
func (s *sandboxed) urls() []*url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.asked
	s.asked = nil
	return out
}

func (s *sandboxed) refusing(with func(u *url.URL) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = with
}

var keptPolicy = ledger.Policy{Open: time.Minute, Recent: 15 * time.Minute, Month: 6 * time.Hour, Old: 168 * time.Hour, Stale: 10 * time.Minute, StaleOnError: 168 * time.Hour}

// openShop makes a gateway. affiliPage is the size of Affili's pages; zero: it has none.
func openShop(t testing.TB, affiliPage int) *shop { return openShopOf(t, affiliPage, 150) }

// openShopOf makes a gateway whose Affili has this many rows.
func openShopOf(t testing.TB, affiliPage, rows int) *shop {
	t.Helper()
	s := &shop{time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), native: map[string]*sandboxed{}}
	s.affjet = affjet.New(affjet.Config{Key: "key", Seed: 4, Now: s.now, Rows: 260})
	s.affili = affili.New(affili.Config{AccessID: "id", Seed: 4, Now: s.now, Rows: rows, PageSize: affiliPage})
	s.path = filepath.Join(t.TempDir(), "ledger.db")
	s.book = ledger.New(ledger.Config{Path: s.path, Now: s.now})
	t.Cleanup(s.book.Close)
	s.book.Start()
	if !s.book.Opened(t.Context()) {
		t.Fatal("the ledger is not open")
	}
	c := Config{Surface: loadSurface(t), Secret: secret, Cache: newCache(t), Now: s.now, Ledger: s.book}
	c.Platforms = append(c.Platforms,
		s.platform(t, "affjet", s.affjet, mapping.Binding{Currency: "GBP"}, map[string]string{"api_key": "key"}),
		s.platform(t, "affili", s.affili, mapping.Binding{Currency: "IRR"}, map[string]string{"access_id": "id"}))
	var err error
	if s.Engine, err = New(c); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) platform(t testing.TB, name string, handler http.Handler, b mapping.Binding, credentials map[string]string) *Platform {
	t.Helper()
	text, err := os.ReadFile("../../../mappings/" + name + "/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse("mapping.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	b.Platform, b.Now = name, s.now
	b.Codecs = func(string) (plugins.CodecProvider, error) { return jalali.Module{}, nil }
	p, err := mapping.Compile(m, loadSurface(t), b)
	if err != nil {
		t.Fatal(err)
	}
	auth, err := exchange.CompileAuth(p.Auth)
	if err != nil {
		t.Fatal(err)
	}
	s.native[name] = &sandboxed{handler: handler}
	caller, err := exchange.New(exchange.Config{
		Platform: name, Server: p.Server, Transport: s.native[name], Rules: p.Rules, Auth: auth,
		Credentials: credentials, Retries: -1, Now: s.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	policy := keptPolicy
	return &Platform{Platform: p, Caller: caller, State: exchange.NewState(), Scope: "account of " + name, Ledger: &policy}
}

// asked is the number of native requests since the last time.
func (s *shop) asked(platform string) int { return len(s.native[platform].urls()) }

// settled waits for pulls behind the back of clients: a question that insists on a
// pull cannot be answered before.
func (s *shop) settled(t testing.TB, platform string) {
	t.Helper()
	for _, p := range s.Engine.platforms {
		if p.Name == platform {
			s.book.Settle(t.Context(), p.Scope+"\x00conversions.list")
		}
	}
}

// collect reads all pages of a list of conversions.
func (s *shop) collect(t testing.TB, query string) (rows []string, last listed) {
	t.Helper()
	next := query
	for range 1000 {
		last = list(t, s.Engine, next)
		rows = append(rows, last.rows...)
		if last.next == "" {
			return rows, last
		}
		next = query + "&cursor=" + last.next
	}
	t.Fatalf("%s: it does not end", query)
	return nil, last
}

// readOf reads one page, or a stream, of a request that has more than parameters.
func (s *shop) readOf(t testing.TB, r *Request) listed {
	t.Helper()
	a, p := read(context.Background(), s.Engine, r)
	if p != nil {
		t.Fatalf("%s: %s", p.Code, p.Detail)
	}
	return a
}

// sameRows compares two lists.
func sameRows(t testing.TB, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: row %d is\n%s\nwant\n%s", what, i, got[i], want[i])
		}
	}
}

func firstOf(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}
