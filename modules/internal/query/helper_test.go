package query

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

// person is a client.
type person struct {
	platforms []string // nil: all
	scopes    []string
}

func (p person) Allows(name string) bool {
	return p.platforms == nil || slices.Contains(p.platforms, name)
}
func (p person) HasScope(name string) bool { return slices.Contains(p.scopes, name) }

var testSurface = sync.OnceValues(func() (*surface.Surface, error) {
	doc, err := os.ReadFile("../../../mappings/surface.yaml")
	if err != nil {
		return nil, err
	}
	return surface.Load(doc)
})

func loadSurface(t fataler) *surface.Surface {
	s, err := testSurface()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fataler is what tests, benchmarks and properties have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newCache(t testing.TB) *cache.Cache {
	c, err := cache.New(cache.Config{Memory: 8 << 20, Now: func() time.Time { return moment }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// forget forgets all that was kept.
func forget(t fataler, c *cache.Cache) {
	t.Helper()
	if _, err := c.Drop(context.Background(), plugins.StoreSelection{}); err != nil {
		t.Fatal(err)
	}
}

// platform puts a caller behind a mapping.
func platform(t fataler, name, text string, caller Caller) *Platform {
	t.Helper()
	m, err := mapping.Parse("mapping.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: name})
	if err != nil {
		t.Fatal(err)
	}
	return &Platform{Platform: p, Caller: caller, State: exchange.NewState()}
}

// engine makes an engine of fakes.
func engine(t fataler, kept *cache.Cache, fakes ...*fake) *Engine {
	t.Helper()
	c := Config{Surface: loadSurface(t), Secret: secret, Cache: kept, Now: func() time.Time { return moment }}
	for _, f := range fakes {
		c.Platforms = append(c.Platforms, platform(t, f.name, f.mapping(), f))
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// request parses a query string.
func request(t fataler, e *Engine, operation, query string, client Client) *Request {
	t.Helper()
	params, faults := e.surface.Operation(operation).Parse(query, nil)
	if faults != nil {
		t.Fatalf("%s?%s: %v", operation, query, faults)
	}
	return &Request{Params: params, Client: client}
}

// listed is what a list says.
type listed struct {
	ids      []string
	rows     []string
	next     string
	total    int // -1: not known
	statuses []answer.Status
}

func (a listed) status(platform string) answer.Status {
	for _, s := range a.statuses {
		if s.Platform == platform {
			return s
		}
	}
	return answer.Status{}
}

// read reads one page, or a stream.
func read(ctx context.Context, e *Engine, r *Request) (listed, *problem.Problem) {
	l, p := e.List(ctx, r)
	if p != nil {
		return listed{}, p
	}
	defer l.Close()
	var a listed
	_ = l.Each(ctx, func(row []byte) error {
		var out struct{ ID string }
		if err := json.Unmarshal(row, &out); err != nil {
			return err
		}
		a.ids, a.rows = append(a.ids, out.ID), append(a.rows, string(row))
		return nil
	})
	a.next, a.total, a.statuses = l.next, l.total, l.Statuses()
	return a, nil
}

// get reads one page that has to succeed.
func get(t fataler, e *Engine, operation, query string) listed {
	t.Helper()
	a, p := read(context.Background(), e, request(t, e, operation, query, person{}))
	if p != nil {
		t.Fatalf("%s?%s: %v: %s", operation, query, p.Code, p.Detail)
	}
	return a
}

// list reads one page of conversions.
func list(t fataler, e *Engine, query string) listed {
	t.Helper()
	return get(t, e, "conversions.list", query)
}

// walk reads all pages of conversions.
func walkAll(t fataler, e *Engine, query string) (ids []string, last listed) {
	t.Helper()
	next := query
	for range 2000 {
		last = list(t, e, next)
		ids = append(ids, last.ids...)
		if last.next == "" {
			return ids, last
		}
		next = query + "&cursor=" + last.next
	}
	t.Fatalf("%s: the list goes on after 2000 pages", query)
	return nil, last
}

// sales makes n rows with times a minute apart, the newest first.
//
//go:fix inline
func sales(n int) []sale {
	out := make([]sale, n)
	for i := range out {
		at := moment.Add(-time.Duration(i) * time.Minute).Format(time.RFC3339)
		out[i] = sale{ID: i + 1, Name: fmt.Sprint("sale ", i+1), State: "ok", Time: &at, Sum: new(fmt.Sprintf("%d.50", i%10)), Cur: "EUR", Camp: new(i % 3)}
	}
	return out
}

// withMapping makes an engine of a fake behind a mapping that was changed.
func withMapping(t *testing.T, f *fake, old, changed string) *Engine {
	t.Helper()
	text := strings.Replace(f.mapping(), old, changed, 1)
	if text == f.mapping() {
		t.Fatalf("%q is not in the mapping", old)
	}
	e, err := New(Config{Surface: loadSurface(t), Secret: secret, Cache: newCache(t), Platforms: []*Platform{platform(t, f.name, text, f)}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
