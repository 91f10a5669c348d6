package integration

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The trace that requests of the tests belong to, and the client's span in it.
const (
	traceID    = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientSpan = "00f067aa0ba902b7"
)

// traceCollector takes the spans that Caddy exports.
type traceCollector struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

// collectTraces starts a collector and makes Caddy's tracing export to it.
func collectTraces(t *testing.T) *traceCollector {
	t.Helper()
	c := &traceCollector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(r); err != nil {
			t.Errorf("taking spans: %v", err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_always_on")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50") // ms
	return c
}

func (c *traceCollector) take(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzip, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unzip
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var exported collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(b, &exported); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range exported.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	return nil
}

// traced is a span as tests compare it.
type traced struct {
	name, parent string // the parent's name; "client" for the client's own
	kind         otlp.Span_SpanKind
	failed       string // what the status says
	attributes   map[string]string
}

// endOf waits for the span of the request, which ends a little after its answer, and ends.
func (c *traceCollector) endOf(t *testing.T, g *gateway) []traced {
	t.Helper()
	g.eventually("the span of the request", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.ContainsFunc(c.spans, func(s *otlp.Span) bool { return s.GetName() == "request" })
	})
	return c.end(t)
}

// end stops the gateway, which exports what is left, and returns all spans.
func (c *traceCollector) end(t *testing.T) []traced {
	t.Helper()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	names := map[string]string{clientSpan: "client"}
	for _, s := range c.spans {
		names[hex.EncodeToString(s.GetSpanId())] = s.GetName()
	}
	var out []traced
	for _, s := range c.spans {
		if id := hex.EncodeToString(s.GetTraceId()); id != traceID {
			t.Errorf("%s is of the trace %s", s.GetName(), id)
		}
		one := traced{name: s.GetName(), parent: names[hex.EncodeToString(s.GetParentSpanId())], kind: s.GetKind(), failed: s.GetStatus().GetMessage(), attributes: map[string]string{}}
		for _, a := range s.GetAttributes() {
			v := a.GetValue().GetStringValue()
			if v == "" {
				v = strings.TrimPrefix(a.GetValue().String(), "int_value:")
			}
			one.attributes[a.GetKey()] = v
		}
		out = append(out, one)
	}
	return out
}

// withoutSecrets checks that no span names a credential or a client's key.
func withoutSecrets(t *testing.T, spans []traced) {
	t.Helper()
	for _, s := range spans {
		for name, value := range s.attributes {
			for _, secret := range []string{key, keyDigest, "affjet-secret", "affili-secret", "keitaro-secret", "trackfinity-secret", "trackier-secret"} {
				if strings.Contains(value, secret) {
					t.Errorf("%s of %s is %q", name, s.name, value)
				}
			}
		}
	}
}

// of picks the spans of a name.
func of(spans []traced, name string) []traced {
	return slices.DeleteFunc(slices.Clone(spans), func(s traced) bool { return s.name != name })
}

// seen keeps the fields that a platform is sent.
type seen struct {
	http.Handler
	mu     sync.Mutex
	fields []http.Header
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.fields = append(s.fields, r.Header.Clone())
	s.mu.Unlock()
	s.Handler.ServeHTTP(w, r)
}

// untold checks that nothing of the trace has reached the platform.
func (s *seen) untold(t *testing.T) {
	t.Helper()
	if len(s.fields) == 0 {
		t.Error("the platform was not asked")
	}
	for _, h := range s.fields {
		for name, values := range h {
			if strings.Contains(strings.Join(values, " "), traceID) || name == "Baggage" || name == "Tracestate" {
				t.Errorf("the platform was told of the trace: %s: %q", name, values)
			}
		}
	}
}

// tracedFields are those of a request that belongs to a trace.
func tracedFields(flags string) http.Header {
	return http.Header{
		"Traceparent": {"00-" + traceID + "-" + clientSpan + "-" + flags},
		"Tracestate":  {"vendor=1"},
		"Baggage":     {"customer=17"},
	}
}

// A list's native call and the making of its rows are spans of the client's trace, which
// ends at the gateway.
func TestSpansOfAList(t *testing.T) {
	spans := collectTraces(t)
	p := newPlatforms(t)
	watched := &seen{Handler: p.affjet}
	affjet := stand(t, "affjet", watched, p.affjet.Counter(), "/externalclient", p.native["affjet"].block)
	p.native["keitaro"].faults.Set(kit.Fault{Drop: true})
	g, _ := startSite(t, "tracing {\nspan request\n}\nunified_api /v1/*", affjet.caddyfile(), p.native["keitaro"].caddyfile(), client)
	a := g.do("GET", "/v1/conversions?platform=affjet,keitaro&limit=5", tracedFields("01"), nil)
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}

	all := spans.endOf(t, g)
	watched.untold(t)
	withoutSecrets(t, all)
	request := of(all, "request")
	if len(request) != 1 || request[0].parent != "client" || request[0].kind != otlp.Span_SPAN_KIND_SERVER {
		t.Errorf("the request is %v", request)
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(affjet.url, "http://"), ":")
	port, _, _ = strings.Cut(port, "/")
	for _, s := range of(all, "exchange") {
		if s.attributes["tributary.platform"] != "affjet" {
			if s.failed != "platform_unavailable" || s.attributes["error.type"] != "platform_unavailable" || s.attributes["http.response.status_code"] != "" {
				t.Errorf("the call to a dead platform is %v", s)
			}
			continue
		}
		size := s.attributes["tributary.native_bytes"]
		if size == "" || size == "0" {
			t.Errorf("the answer had %q bytes", size)
		}
		delete(s.attributes, "tributary.native_bytes")
		want := map[string]string{
			"tributary.platform": "affjet", "tributary.operation": "conversions.list", "tributary.native_requests": "1",
			"http.request.method": "GET", "http.response.status_code": "200", "server.address": host, "server.port": port,
		}
		if d := cmp.Diff(want, s.attributes); d != "" || s.parent != "request" || s.kind != otlp.Span_SPAN_KIND_CLIENT || s.failed != "" {
			t.Errorf("%v (-want +got):\n%s", s, d)
		}
	}
	if n := len(of(all, "exchange")); n != 2 {
		t.Errorf("%d exchanges", n)
	}
	made := of(all, "reshape")
	if len(made) != 1 || made[0].parent != "request" || made[0].attributes["tributary.platform"] != "affjet" || made[0].attributes["tributary.rows"] == "" {
		t.Errorf("the rows were made in %v", made)
	}
}

// What is asked for a report is within the span of the cache that lacked it. An answer
// that was ready is such a span alone.
func TestSpansOfAReport(t *testing.T) {
	spans := collectTraces(t)
	moveClock(t)
	p := newPlatforms(t)
	g, _ := startSite(t, "tracing {\nspan request\n}\nunified_api /v1/*", p.native["keitaro"].caddyfile(), client)
	q := question{"keitaro", now.AddDate(0, 0, -19), now.AddDate(0, 0, -10)}
	g.answers(p, q, tracedFields("01"))
	g.answers(p, q, tracedFields("01"))
	later := q
	later.to = later.to.AddDate(0, 0, 5)
	g.answers(p, later, tracedFields("01"))
	p.native["keitaro"].faults.Set(kit.Fault{HTML: true})
	g.problem(g.do("GET", question{"keitaro", now.AddDate(0, 0, -60), now.AddDate(0, 0, -50)}.path(), tracedFields("01"), nil), "platform_invalid_response", 502)

	all := spans.endOf(t, g)
	withoutSecrets(t, all)
	var found []map[string]string
	for _, s := range of(all, "cache") {
		if s.parent != "request" {
			t.Errorf("the cache's parent is %q", s.parent)
		}
		if s.failed != s.attributes["error.type"] {
			t.Errorf("%q and %q", s.failed, s.attributes["error.type"])
		}
		found = append(found, s.attributes)
	}
	cached := func(more ...string) map[string]string {
		m := map[string]string{"tributary.operation": "reports.query"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	want := []map[string]string{
		cached("tributary.platform", "keitaro", "tributary.cache", "miss", "tributary.windows", "10", "tributary.windows_fetched", "10"),
		cached("tributary.cache", "hit"),
		cached("tributary.platform", "keitaro", "tributary.cache", "miss", "tributary.windows", "15", "tributary.windows_fetched", "5"),
		cached("tributary.platform", "keitaro", "tributary.cache", "miss", "tributary.windows", "11", "tributary.windows_fetched", "11", "error.type", "platform_invalid_response"),
	}
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, name := range []string{"exchange", "reshape"} {
		steps := of(all, name)
		if n := map[string]int{"exchange": 3, "reshape": 2}[name]; len(steps) != n {
			t.Errorf("%d steps %s, want %d", len(steps), name, n)
		}
		for _, s := range steps {
			if s.parent != "cache" || s.attributes["tributary.platform"] != "keitaro" || s.attributes["tributary.operation"] != "reports.query" {
				t.Errorf("%+v", s)
			}
		}
	}
}

// What the client's trace has no samples of has no spans, and neither have requests where
// tracing is off.
func TestUnsampledRequestsHaveNoSpans(t *testing.T) {
	for name, test := range map[string]struct{ site, flags string }{
		"not sampled": {"tracing\nunified_api /v1/*", "00"},
		"not traced":  {"unified_api /v1/*", "01"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := collectTraces(t)
			p := newPlatforms(t)
			g, _ := startSite(t, test.site, p.native["affjet"].caddyfile(), client)
			if a := g.do("GET", "/v1/conversions?limit=5", tracedFields(test.flags), nil); a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if all := spans.end(t); len(all) > 0 {
				t.Errorf("%v", all)
			}
		})
	}
}

// A request in a platform's own dialect is a span as well, and takes the trace no further.
func TestSpansOfTheNativeProxy(t *testing.T) {
	spans := collectTraces(t)
	p := newPlatforms(t)
	watched := &seen{Handler: p.affjet}
	affjet := stand(t, "affjet", watched, p.affjet.Counter(), "/externalclient", p.native["affjet"].block)
	g, _ := startSite(t, "tracing {\nspan request\n}\nplatform_proxy /native/*", affjet.caddyfile(), nativeClient)
	a := g.do("GET", "/native/affjet/externalclient/merchant", tracedFields("01"), nil)
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	all := spans.endOf(t, g)
	watched.untold(t)
	withoutSecrets(t, all)
	calls := of(all, "exchange")
	if len(calls) != 1 || calls[0].parent != "request" || calls[0].attributes["tributary.operation"] != "native" || calls[0].attributes["http.response.status_code"] != "200" {
		t.Errorf("%v", all)
	}
}
