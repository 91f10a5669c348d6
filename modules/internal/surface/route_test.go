package surface

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRoute(t *testing.T) {
	tests := []struct {
		name, method, path string
		op                 string
		values             map[string]string
		allow              []string
	}{
		{"list", "GET", "/conversions", "conversions.list", nil, nil},
		{"head is get", "HEAD", "/conversions", "conversions.list", nil, nil},
		{"id", "GET", "/conversions/affjet:10042", "conversions.get", map[string]string{"id": "affjet:10042"}, nil},
		{"encoded slash in an id", "GET", "/conversions/affjet:a%2Fb", "conversions.get", map[string]string{"id": "affjet:a/b"}, nil},
		{"encoded colon and percent", "GET", "/conversions/affjet%3A100%25", "conversions.get", map[string]string{"id": "affjet:100%"}, nil},
		{"a plus in a path is a plus", "GET", "/conversions/affjet:a+b", "conversions.get", map[string]string{"id": "affjet:a+b"}, nil},
		{"encoded letter of a fixed segment", "GET", "/con%76ersions", "conversions.list", nil, nil},
		{"below an id", "GET", "/campaigns/keitaro:12/streams", "campaigns.streams", map[string]string{"id": "keitaro:12"}, nil},
		{"fixed goes before variable", "POST", "/conversions/query", "conversions.query", nil, nil},
		{"fixed with another method", "GET", "/conversions/query", "", nil, []string{"POST"}},
		{"two methods", "POST", "/reports", "reports.query_body", nil, nil},
		{"wrong method", "PUT", "/reports", "", nil, []string{"GET", "HEAD", "POST"}},
		{"wrong method on an id", "DELETE", "/conversions/affjet:1", "", nil, []string{"GET", "HEAD", "PATCH"}},
		{"change", "PATCH", "/streams/keitaro:1", "streams.update", map[string]string{"id": "keitaro:1"}, nil},
		{"verb of an object", "POST", "/streams/keitaro:1/enable", "streams.enable", map[string]string{"id": "keitaro:1"}, nil},
		{"verb of many", "POST", "/streams/move", "streams.move", nil, nil},
		{"a verb is no id", "DELETE", "/streams/move", "", nil, []string{"POST"}},
		{"no reads of one", "GET", "/groups/keitaro:1", "", nil, []string{"DELETE", "PATCH"}},
		{"methods are capitals", "get", "/conversions", "", nil, []string{"GET", "HEAD", "POST"}},
		{"names are lower case", "GET", "/Conversions", "", nil, nil},
		{"health", "GET", "/healthz", "system.health", nil, nil},
		{"dots", "GET", "/openapi.json", "system.openapi", nil, nil},
		{"root", "GET", "/", "", nil, nil},
		{"nothing", "GET", "", "", nil, nil},
		{"no slash at the start", "GET", "conversions", "", nil, nil},
		{"slash at the end", "GET", "/conversions/", "", nil, nil},
		{"empty id", "GET", "/campaigns//streams", "", nil, nil},
		{"too deep", "GET", "/conversions/affjet:1/more", "", nil, nil},
		{"unencoded slash in an id", "GET", "/conversions/affjet:a/b", "", nil, nil},
		{"broken escape", "GET", "/conversions/affjet:%zz", "", nil, nil},
		{"an encoded slash parts nothing", "GET", "/campaigns%2Fkeitaro:12", "", nil, nil},
		{"unknown", "GET", "/nothing", "", nil, nil},
	}
	s := bundled(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			op, values, allow := s.Route(test.method, test.path)
			if test.op == "" {
				assert.Nil(t, op)
			} else if assert.NotNil(t, op) {
				assert.Equal(t, test.op, op.ID)
			}
			assert.Equal(t, test.values, values)
			assert.Equal(t, test.allow, allow)
		})
	}
}

func TestEveryOperationIsReachedByItsPath(t *testing.T) {
	s := bundled(t)
	for _, want := range s.Operations() {
		path := strings.NewReplacer("{id}", "p:1", "{platform}", "p", "{type}", "system", "{code}", "internal").Replace(want.Path)
		op, values, allow := s.Route(want.Method, path)
		assert.Same(t, want, op, want.ID)
		assert.Len(t, values, strings.Count(want.Path, "{"), want.ID)
		assert.Nil(t, allow, want.ID)
	}
}

func FuzzRoute(f *testing.F) {
	for _, path := range []string{"/conversions", "/conversions/affjet:a%2Fb", "/campaigns/keitaro:1/streams", "//", "/%", "/conversions/%00", ""} {
		f.Add("GET", path)
	}
	s := bundled(f)
	f.Fuzz(func(t *testing.T, method, path string) {
		op, values, allow := s.Route(method, path)
		if op != nil && allow != nil {
			t.Fatalf("%s %q is routed to %s and refused with %v", method, path, op.ID, allow)
		}
		if op == nil {
			return
		}
		// the template filled with the values leads to the same operation
		again := op.Path
		for name, value := range values {
			if value == "" {
				t.Fatalf("%s %q: {%s} is empty", method, path, name)
			}
			again = strings.Replace(again, "{"+name+"}", url.PathEscape(value), 1)
		}
		if other, _, _ := s.Route(method, again); other != op {
			t.Fatalf("%s %q is %s, but %q is not", method, path, op.ID, again)
		}
	})
}

func BenchmarkRoute(b *testing.B) {
	s := bundled(b)
	for _, path := range []string{"/conversions", "/conversions/affjet:10042", "/campaigns/keitaro:a%2Fb/streams"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Route("GET", path)
			}
		})
	}
}
