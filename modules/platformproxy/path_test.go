package platformproxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoots(t *testing.T) {
	tests := []struct {
		name, documented, server, path, want string
		ok                                   bool
	}{
		{"the same", "/ext", "/ext", "/ext/a", "/ext/a", true},
		{"the same, elsewhere", "/ext", "/ext", "/a", "/a", true},
		{"neither has a path", "", "", "/a", "/a", true},
		{"the server has one more", "", "/t", "/a", "/t/a", true},
		{"behind another", "/ext", "/p/ext", "/ext/a", "/p/ext/a", true},
		{"in its place", "/ext", "/v2", "/ext/a", "/v2/a", true},
		{"in its place, itself", "/ext", "/v2", "/ext", "/v2", true},
		{"in its place, with a slash", "/ext", "/v2", "/ext/", "/v2/", true},
		{"in its place, elsewhere", "/ext", "/v2", "/a", "", false},
		{"in its place, a longer word", "/ext", "/v2", "/external", "", false},
		{"at the root", "/ext", "", "/ext/a", "/a", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoots(tt.documented, tt.server)
			got, ok := r.toServer(tt.path)
			assert.Equal(t, tt.ok, ok)
			if !ok {
				return
			}
			assert.Equal(t, tt.want, got)
			back, ok := r.toDocumented(got)
			assert.True(t, ok)
			assert.Equal(t, tt.path, back)
		})
	}
}

func TestSplit(t *testing.T) {
	for path, want := range map[string][2]string{
		"/affjet/a/b": {"affjet", "/a/b"},
		"/affjet":     {"affjet", "/"},
		"/affjet/":    {"affjet", "/"},
		"/affjet//a":  {"affjet", "//a"},
		"/":           {"", "/"},
		"//a":         {"", "/a"},
		"/a%2Fb/c":    {"a%2Fb", "/c"},
	} {
		name, rest := split(path)
		assert.Equal(t, want, [2]string{name, rest}, path)
	}
}

func TestClimbs(t *testing.T) {
	tests := []struct {
		name, path string
		want       bool
	}{
		{"plain", "/a/b", false},
		{"a percent sign", "/a/100%25", false},
		{"an escape that is none when it is escaped once less", "/a/%25zz", false},
		{"escaped twice beside an escape that is none", "/a/%252e%252e/%25zz", true},
		{"before a line break", "/a/..%0a/b", true},
		{"before a carriage return", "/a/..%0D/b", true},
		{"four times", "/a/%252525252e./b", true},
		{"too often to be worth the time", "/a/%" + strings.Repeat("25", 100_000), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, climbs(tt.path)) })
	}
}

func TestOverrides(t *testing.T) {
	tests := []struct {
		query string
		want  bool
	}{
		{"", false},
		{"a=_method", false},
		{"payment_method=card", false},
		{"_methods=1", false},
		{"_method=DELETE", true},
		{"a=1&_method", true},
		{"%5fmethod=DELETE", true},
		{"_METHOD=DELETE", true},
		{"a=1;_method=DELETE", true},
		{"_method=DELETE;x", true},
		{"_method=DELETE%zz", true},
		{"+_method=DELETE", true},
		{"%20.method=DELETE", true},
		{"_method%00x=DELETE", true},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			assert.Equal(t, tt.want, overrides(&http.Request{URL: &url.URL{RawQuery: tt.query}}))
		})
	}
	assert.True(t, overrides(&http.Request{URL: &url.URL{}, Header: http.Header{"X-Http-Method-Override": {"DELETE"}}}))
}

// FuzzPath: a path that passes leads nowhere but where it seems to, and is sent with
// the very bytes that came.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/a/b", "/a%2Fb", "/..", "/%2e%2e/", "/a|b", "//a", "/a;x/..;y", "/\xff", "/%252e%252e/x", "/[]{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		request, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?") {
			return // no server takes it
		}
		got := requestPath(&http.Request{RequestURI: path, URL: request})
		require.Equal(t, path, got)
		if climbs(got) {
			return
		}
		for plain, i := got, 0; i < 3; i++ {
			resolved := (&url.URL{Path: "/base/"}).ResolveReference(&url.URL{Path: strings.TrimLeft(strings.ReplaceAll(plain, `\`, "/"), "/")})
			require.True(t, strings.HasPrefix(resolved.Path, "/base/"), "%q leads to %q", path, resolved.Path)
			if plain, err = url.PathUnescape(plain); err != nil {
				break
			}
		}
		var u url.URL
		require.NoError(t, setPath(&u, got))
		if !strings.HasPrefix(path, "//") {
			require.Equal(t, path, u.RequestURI())
		}
	})
}

func TestSameHost(t *testing.T) {
	tests := []struct {
		server, url string
		want        bool
	}{
		{"http://a.example", "http://A.example/x", true},
		{"http://a.example", "//a.example/x", true},
		{"http://a.example", "http://a.example:80/x", true},
		{"http://a.example", "https://a.example/x", true},
		{"https://a.example", "//a.example:443", true},
		{"http://a.example", "https://a.example:8443", false},
		{"http://a.example:8080", "http://a.example", false},
		{"http://a.example:8080", "https://a.example:8080", true},
		{"http://a.example", "http://b.a.example", false},
		{"http://a.example", "ftp://a.example", false},
		{"http://[::1]:9000", "http://[::1]:9000/x", true},
	}
	for _, tt := range tests {
		server, err := url.Parse(tt.server)
		require.NoError(t, err)
		u, err := url.Parse(tt.url)
		require.NoError(t, err)
		assert.Equal(t, tt.want, sameHost(u, server), "%s and %s", tt.server, tt.url)
	}
}

func TestKeepPrivate(t *testing.T) {
	tests := []struct {
		name string
		sent []string
		want []string
	}{
		{"nothing", nil, []string{"private"}},
		{"private already", []string{"max-age=1, Private"}, []string{"max-age=1, Private"}},
		{"not kept at all", []string{"No-Store"}, []string{"No-Store"}},
		{"public", []string{"public, max-age=60"}, []string{"private, max-age=60"}},
		{"private and public", []string{"private, public"}, []string{"private"}},
		{"some fields only", []string{`private="X-A", max-age=5`}, []string{"private, max-age=5"}},
		{"shared caches", []string{"s-maxage=9", "must-revalidate"}, []string{"private, must-revalidate"}},
		{"empty", []string{""}, []string{"private"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Cdn-Cache-Control": {"max-age=60"}}
			if tt.sent != nil {
				h["Cache-Control"] = tt.sent
			}
			keepPrivate(h)
			assert.Equal(t, http.Header{"Cache-Control": tt.want}, h)
		})
	}
}
