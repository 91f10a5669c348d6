package unifiedapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// newHandler makes a handler of an app with one platform, which is a sandbox.
func newHandler(tb testing.TB) *Handler {
	tb.Helper()
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	native := httptest.NewServer(affjet.New(affjet.Config{Key: "native-key", Seed: 1, Now: func() time.Time { return now }}))
	tb.Cleanup(native.Close)
	app, err := json.Marshal(map[string]any{
		"data_dir":  tb.TempDir(),
		"platforms": []any{map[string]any{"name": "affjet", "server": native.URL + "/externalclient", "credentials": map[string]any{"api_key": "native-key"}}},
		"clients": []any{map[string]any{
			"name": "acme", "key_sha256": []string{clientauth.HashKey("a key")}, "rate": map[string]any{"requests": 1_000_000_000, "per": time.Second},
		}},
	})
	require.NoError(tb, err)
	ctx, err := caddy.ProvisionContext(&caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true},
		AppsRaw: caddy.ModuleMap{"tributary": app},
	})
	require.NoError(tb, err)
	h := new(Handler)
	require.NoError(tb, h.Provision(ctx))
	return h
}

// nowhere is a response that costs nothing.
type nowhere struct {
	header http.Header
	status int
	bytes  int
}

func (w *nowhere) Header() http.Header { return w.header }

func (w *nowhere) WriteHeader(status int) { w.status = status }

func (w *nowhere) Write(b []byte) (int, error) {
	w.bytes += len(b)
	return len(b), nil
}

// serve sends a request through a handler as Caddy's server does.
func serve(tb testing.TB, h *Handler, r *http.Request, w http.ResponseWriter) {
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), w, nil)
	if err := h.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })); err != nil {
		tb.Fatal(err)
	}
}

const monthly = "/v1/reports?from=2026-01-01&to=2026-03-31&group_by=date,merchant&metrics=conversions,commission&limit=250"

func reportRequest(tb testing.TB, fields ...string) *http.Request {
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, monthly, nil)
	r.Header.Set("Authorization", "Bearer a key")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	return r
}

func BenchmarkReadyBody(b *testing.B) {
	h := newHandler(b)
	for name, fields := range map[string][]string{"plain": nil, "gzip": {"Accept-Encoding", "gzip, deflate, br"}, "not modified": {"If-None-Match", "*"}} {
		b.Run(name, func(b *testing.B) {
			w := &nowhere{header: http.Header{}}
			r := reportRequest(b, fields...)
			for range 2 {
				serve(b, h, r, w)
			}
			repl := caddy.NewReplacer()
			prepared := caddyhttp.PrepareRequest(r, repl, w, nil)
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				if err := h.ServeHTTP(w, prepared, nil); err != nil {
					b.Fatal(err)
				}
			}
			if got := w.header.Get("Cache-Status"); got[:14] != "tributary; hit" {
				b.Fatal(got)
			}
		})
	}
}

// The key tells answers apart by all that decides them, and not by where one part ends.
func TestKeysOfAnswers(t *testing.T) {
	h := newHandler(t)
	key := func(target, accept, shape string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		r.Header.Set("Accept", accept)
		x := &exchange{h: h, r: r, path: r.URL.Path, client: new(clientauth.Identity), engine: h.app.Engine(""), operation: h.surface.Operation("reports.query")}
		x.identify(shape)
		require.NotNil(t, x.key)
		return string(x.key)
	}
	same := key("/reports?a=1", "", "s")
	assert.Equal(t, same, key("/reports?a=1", "application/json", "s"), "another word for the same form")
	seen := map[string]bool{same: true}
	for _, other := range []string{
		key("/reports?a=2", "", "s"), key("/reports", "", "s"), key("/reports?a=1", "text/csv", "s"),
		key("/reports?a=1", "", ""), key("/report?sa=1", "", "s"), key("/reports?a=1s", "", ""),
	} {
		assert.False(t, seen[other])
		seen[other] = true
	}
}

// The end of an answer's life.
func TestExpiry(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	// midnight does not exist on this day there
	beirut, err := time.LoadLocation("Asia/Beirut")
	require.NoError(t, err)
	began := at("2026-03-28T21:00:00Z")
	week := report.Freshness{State: answer.Hit, AsOf: began, Until: began.Add(7 * 24 * time.Hour)}
	tests := []struct {
		name string
		q    report.Query
		made query.Report
		want string
	}{
		{"of its parts", report.Query{Zone: time.UTC}, query.Report{Result: &report.Result{Freshness: week}}, "2026-04-04T21:00:00Z"},
		{"of a day", report.Query{Zone: time.UTC, Interval: "today"}, query.Report{Result: &report.Result{Freshness: week}}, "2026-03-29T00:00:00Z"},
		{"of a day elsewhere", report.Query{Zone: berlin, Interval: "last_month"}, query.Report{Result: &report.Result{Freshness: week}}, "2026-03-28T23:00:00Z"},
		{"of a day that begins at one o'clock", report.Query{Zone: beirut, Interval: "today"}, query.Report{Result: &report.Result{Freshness: week}}, "2026-03-28T22:00:00Z"},
		// half days since 1970 begin at 00:00 and 12:00 UTC
		{"of a page with a cursor", report.Query{Zone: time.UTC}, query.Report{Result: &report.Result{Freshness: week}, Next: "c"}, "2026-03-29T00:00:00Z"},
		{"past its life", report.Query{Zone: time.UTC}, query.Report{Result: &report.Result{Freshness: report.Freshness{
			State: answer.Stale, AsOf: began, Until: began.Add(time.Second), Since: began.Add(-time.Hour),
		}}}, "2026-03-28T20:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, at(tt.want), expiry(&tt.q, &tt.made, began).UTC())
		})
	}
}

// RFC 9211, section 2: a request is either a hit or went forward.
func TestCacheStatus(t *testing.T) {
	h := newHandler(t)
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	of := func(state string, calls int, with ...*problem.Problem) *query.Report {
		s := answer.Status{Status: answer.OK, NativeRequests: calls}
		for _, p := range with {
			s.StaleFor = p
		}
		return &query.Report{Result: &report.Result{
			Platforms: []answer.Status{{Status: answer.OK}, s},
			Whole:     len(with) == 0,
			Freshness: report.Freshness{State: state, AsOf: now.Add(-time.Minute)},
		}}
	}
	down := problem.New(problem.PlatformUnavailable, "down")
	down.Native = &problem.Native{Status: 503}
	reused := of(answer.Miss, 2)
	reused.Kept = true
	later, before := now.Add(57*time.Second), now.Add(-10*time.Second)
	tests := []struct {
		name       string
		m          making
		directives ready.Directives
		want       string
	}{
		{"kept", making{report: of(answer.Hit, 0), expires: later}, ready.Directives{}, "tributary; hit; ttl=57"},
		{"read", making{report: of(answer.Miss, 2), expires: later}, ready.Directives{}, "tributary; fwd=miss; stored"},
		{"read for another", making{report: of(answer.Miss, 2), expires: later, collapsed: true}, ready.Directives{}, "tributary; fwd=miss; stored; collapsed"},
		{"read by a call of another", making{report: of(answer.Miss, 0), expires: later}, ready.Directives{}, "tributary; fwd=miss; stored; collapsed"},
		{"read and not to be kept", making{report: of(answer.Miss, 2), expires: later}, ready.Directives{NoStore: true}, "tributary; fwd=miss"},
		{"read again", making{report: of(answer.Miss, 2), expires: later, revalidated: true}, ready.Directives{NoCache: true}, "tributary; fwd=request; stored"},
		{"the next page of what was read", making{report: reused, expires: later}, ready.Directives{}, "tributary; hit; ttl=57"},
		{"stale", making{report: of(answer.Stale, 0), expires: before}, ready.Directives{}, "tributary; hit; ttl=-10"},
		{"stale since the platform failed", making{report: of(answer.Stale, 1, down), expires: before}, ready.Directives{}, "tributary; fwd=stale; fwd-status=503; detail=platform_unavailable"},
		{"stale since it failed a moment ago", making{report: of(answer.Stale, 0, down), expires: before}, ready.Directives{}, "tributary; hit; ttl=-10; detail=platform_unavailable"},
		{"nothing of it can be kept", making{report: of("", 2)}, ready.Directives{}, "tributary; fwd=bypass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := &exchange{h: h, directives: tt.directives}
			assert.Equal(t, tt.want, x.cacheStatus(&tt.m, now))
		})
	}
	off := &exchange{h: &Handler{}}
	assert.Empty(t, off.cacheStatus(&making{report: of(answer.Miss, 2)}, now), "there is no cache")
}
