package readme_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/mappingtest"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// example returns what is in the block after a comment of the README.
func example(t *testing.T, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(file(t, "README.md")), "<!-- example: "+name+" -->\n```")
	if !ok {
		t.Fatalf("the README has no example called %q", name)
	}
	block, _, ok := strings.Cut(rest, "\n```\n")
	if !ok {
		t.Fatalf("the example %q has no end", name)
	}
	_, content, _ := strings.Cut(block, "\n")
	return content
}

// orchard plays the platform of the example: it takes note of requests and answers
// them with the example's answer.
type orchard struct {
	t        *testing.T
	requests []string
	bodies   []string
}

// RoundTrip implements http.RoundTripper.
func (o *orchard) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(o.requests) > 0 {
		o.t.Errorf("asked for %s besides", req.URL.RequestURI())
	}
	o.requests = append(o.requests, req.Method+" "+req.URL.RequestURI()+"\nX-Key: "+req.Header.Get("X-Key"))
	answer := example(o.t, "native answer")
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if len(body) > 0 {
			o.bodies = append(o.bodies, string(body))
			answer = `{"sale": {"id": 7, "state": "void"}}`
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)),
	}, nil
}

// world is the example's platform behind an engine.
type world struct {
	surface  *surface.Surface
	mapping  *mapping.Mapping
	platform *mapping.Platform
	engine   *query.Engine
	native   *orchard
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{native: &orchard{t: t}}
	var err error
	if w.surface, err = surface.Load(mappings.Surface); err != nil {
		t.Fatal(err)
	}
	if w.mapping, err = mapping.Parse("orchard/mapping.yaml", []byte(example(t, "mapping"))); err != nil {
		t.Fatalf("\n%v", err)
	}
	if w.platform, err = mapping.Compile(w.mapping, w.surface, mapping.Binding{Platform: "orchard"}); err != nil {
		t.Fatalf("\n%v", err)
	}
	auth, err := exchange.CompileAuth(w.platform.Auth)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := exchange.New(exchange.Config{
		Platform: "orchard", Server: w.platform.Server, Transport: w.native, Auth: auth,
		Credentials: map[string]string{"api_key": "secret"}, Rules: w.platform.Rules,
	})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := cache.New(cache.Config{Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kept.Close)
	w.engine, err = query.New(query.Config{
		Surface: w.surface, Platforms: []*query.Platform{{Platform: w.platform, Caller: caller, State: exchange.NewState()}},
		Secret: make([]byte, 32), Cache: kept,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// anyone is a client who may use everything.
type anyone struct{}

func (anyone) Allows(string) bool   { return true }
func (anyone) HasScope(string) bool { return true }

func TestExampleReads(t *testing.T) {
	w := newWorld(t)
	_, rawQuery, _ := strings.Cut(strings.TrimSpace(example(t, "request")), "?")
	params, faults := w.surface.Operation("conversions.list").Parse(rawQuery, nil)
	if len(faults) > 0 {
		t.Fatalf("the gateway refuses the request: %v", faults)
	}
	list, p := w.engine.List(t.Context(), &query.Request{Params: params, Client: anyone{}})
	if p != nil {
		t.Fatal(p)
	}
	defer list.Close()
	if got, want := w.native.requests[0], example(t, "native request"); got != want {
		t.Errorf("the platform is asked\n%s\nwant\n%s", got, want)
	}
	var rows []string
	if err := list.Each(t.Context(), func(row []byte) error {
		rows = append(rows, string(row))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 {
		t.Fatalf("got %d rows, want 1", len(rows))
	}
	sameJSON(t, rows[0], example(t, "answer"))
}

func TestExampleWrites(t *testing.T) {
	w := newWorld(t)
	op := w.surface.Operation("conversions.update")
	params, faults := op.Parse("", map[string]string{"id": "orchard:7"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	body, faults := op.ParseBody([]byte(example(t, "change")))
	if len(faults) > 0 {
		t.Fatalf("the gateway refuses the change: %v", faults)
	}
	object, p := w.engine.Write(t.Context(), &query.WriteRequest{Params: params, Body: body, Client: anyone{}})
	if p != nil {
		t.Fatal(p)
	}
	defer object.Close()
	if got, want := w.native.requests[0], "PATCH /v2/sales/7\nX-Key: secret"; got != want {
		t.Errorf("the platform is asked\n%s\nwant\n%s", got, want)
	}
	sameJSON(t, w.native.bodies[0], example(t, "native change"))
	var changed map[string]any
	if err := json.Unmarshal(object.JSON, &changed); err != nil {
		t.Fatal(err)
	}
	if changed["status"] != "rejected" {
		t.Errorf("the object answered is %s", object.JSON)
	}
}

func TestExampleHasItsInventory(t *testing.T) {
	w := newWorld(t)
	inv, err := inventory.Parse("orchard/inventory.yaml", []byte(example(t, "inventory")))
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	if err := inventory.Check(inv, w.mapping, w.platform); err != nil {
		t.Errorf("\n%v", err)
	}
}

func TestExampleTestsPass(t *testing.T) {
	w := newWorld(t)
	suite, err := mapping.ParseSuite("orchard/tests.yaml", []byte(example(t, "tests")))
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	bench := &mappingtest.Bench{Mapping: w.mapping, Suite: suite, Files: fstest.MapFS{}, Surface: w.surface}
	result, err := bench.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result.Failed() || len(result.Tests) != 4 || result.Attacks == 0 {
		var out strings.Builder
		if err := result.Print(&out, true); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%d tests, %d hostile answers\n%s", len(result.Tests), result.Attacks, &out)
	}
}

// sameJSON compares two objects without what is null in the first.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	g, w := decoded(t, got), decoded(t, want)
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return withoutNulls(v)
}

// withoutNulls leaves out members that are null, or objects of nothing else.
func withoutNulls(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, member := range m {
		member = withoutNulls(member)
		if empty, isMap := member.(map[string]any); member == nil || isMap && len(empty) == 0 {
			delete(m, name)
			continue
		}
		m[name] = member
	}
	return m
}
