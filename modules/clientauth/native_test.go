package clientauth

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestNativeRules(t *testing.T) {
	tests := []struct {
		name                   string
		rules                  []NativeRule
		platform, method, path string
		want                   bool
	}{
		{"no rules", nil, "one", "DELETE", "/a/%2e%2e/b", true},
		{"a platform", []NativeRule{{Platform: "one"}}, "one", "DELETE", "/a", true},
		{"another platform", []NativeRule{{Platform: "one"}}, "two", "GET", "/a", false},
		{"any platform", []NativeRule{{Platform: "*", Methods: []string{"GET"}}}, "two", "GET", "/a", true},
		{"a method", []NativeRule{{Platform: "one", Methods: []string{"PUT"}}}, "one", "PUT", "/a", true},
		{"another method", []NativeRule{{Platform: "one", Methods: []string{"PUT"}}}, "one", "POST", "/a", false},
		{"a method in small letters", []NativeRule{{Platform: "one", Methods: []string{"PUT"}}}, "one", "put", "/a", false},
		{"HEAD goes with GET", []NativeRule{{Platform: "one", Methods: []string{"GET"}}}, "one", "HEAD", "/a", true},
		{"GET does not go with HEAD", []NativeRule{{Platform: "one", Methods: []string{"HEAD"}}}, "one", "GET", "/a", false},
		{"the second rule", []NativeRule{{Platform: "one", Methods: []string{"PUT"}}, {Platform: "one", Paths: []string{"/b"}}}, "one", "GET", "/b", true},
		{"the method of one, the path of another", []NativeRule{{Platform: "one", Methods: []string{"PUT"}, Paths: []string{"/a"}}, {Platform: "one", Paths: []string{"/b"}}}, "one", "PUT", "/c", false},
		{"a path", []NativeRule{{Platform: "one", Paths: []string{"/a/b"}}}, "one", "GET", "/a/b", true},
		{"an escaped letter", []NativeRule{{Platform: "one", Paths: []string{"/a/b"}}}, "one", "GET", "/%61/b", true},
		{"a character beyond ASCII", []NativeRule{{Platform: "one", Paths: []string{"/é"}}}, "one", "GET", "/%C3%A9", true},
		{"the root", []NativeRule{{Platform: "one", Paths: []string{"/"}}}, "one", "GET", "/", true},
		{"below the root", []NativeRule{{Platform: "one", Paths: []string{"/"}}}, "one", "GET", "/a", false},
		{"everything below the root", []NativeRule{{Platform: "one", Paths: []string{"/*"}}}, "one", "GET", "/a/b", true},
		{"a parameter of a segment", []NativeRule{{Platform: "one", Paths: []string{"/a/b"}}}, "one", "GET", "/a/b;c", false},
		{"a longer path", []NativeRule{{Platform: "one", Paths: []string{"/a"}}}, "one", "GET", "/a/b", false},
		{"a shorter path", []NativeRule{{Platform: "one", Paths: []string{"/a/b"}}}, "one", "GET", "/a", false},
		{"a longer word", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/ab/c", false},
		{"any segment", []NativeRule{{Platform: "one", Paths: []string{"/a/*/c"}}}, "one", "GET", "/a/b/c", true},
		{"no segment", []NativeRule{{Platform: "one", Paths: []string{"/a/*/c"}}}, "one", "GET", "/a//c", false},
		{"two segments", []NativeRule{{Platform: "one", Paths: []string{"/a/*/c"}}}, "one", "GET", "/a/b/b/c", false},
		{"out of what is below", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/../b", false},
		{"out of it, escaped", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/%2e%2e/b", false},
		{"out of it, with a parameter", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/..;/b", false},
		{"out of it, by an escaped slash", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/..%2fb", false},
		{"out of it, escaped twice", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/%252e%252e/b", false},
		{"out of it, by a backslash", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", `/a/..\b`, false},
		{"a control character", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/%00", false},
		{"an escape that is none", []NativeRule{{Platform: "one", Paths: []string{"/a/*"}}}, "one", "GET", "/a/%zz", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAuthenticator(t, Client{Name: "c", KeySHA256: []string{sumOfTest}, Scopes: []Scope{ScopeNative}, Native: tt.rules})
			id, p := a.Identify("c", anywhere)
			require.Nil(t, p)
			assert.Equal(t, tt.want, id.AllowsNative(tt.platform, tt.method, tt.path))
			assert.Equal(t, len(tt.rules) > 0, id.HasNativeRules())
		})
	}
}

// FuzzNativeRules: a rule for what is below one folder lets nothing out of it.
func FuzzNativeRules(f *testing.F) {
	for _, seed := range []string{"/a/b", "/a/../b", "/a/%2e%2e/b", "/a/..;/b", "/a//b", "/b"} {
		f.Add(seed)
	}
	rule, err := NativeRule{Platform: "*", Paths: []string{"/a/*"}}.compile()
	require.NoError(f, err)
	id := &Identity{native: []nativeRule{rule}}
	f.Fuzz(func(t *testing.T, path string) {
		if !id.AllowsNative("one", http.MethodGet, path) {
			return
		}
		segments, plain := pathSegments(path)
		require.True(t, plain, path)
		require.Equal(t, "a", segments[0], path)
		require.NotContains(t, segments, "..", path)
		require.NotContains(t, segments[:len(segments)-1], "", path)
	})
}

func TestNativeRulesOnOneLine(t *testing.T) {
	for text, want := range map[string]NativeRule{
		"one":                   {Platform: "one"},
		"one GET":               {Platform: "one", Methods: []string{"GET"}},
		"one GET,POST /a /b/*":  {Platform: "one", Methods: []string{"GET", "POST"}, Paths: []string{"/a", "/b/*"}},
		"* * /admin_api/*/logs": {Platform: "*", Paths: []string{"/admin_api/*/logs"}},
	} {
		d := caddyfile.NewTestDispenser("client c {\nscopes native admin\nnative " + text + "\n}")
		var c Client
		require.NoError(t, c.UnmarshalCaddyfile(d))
		assert.Equal(t, []NativeRule{want}, c.Native, text)
		assert.Equal(t, text, want.String())
	}
}

func TestNativeRulesThatAreRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "rong argument count"},
		{"small letters", "one get", `the method "get"`},
		{"an empty method", "one GET,", `the method ""`},
		{"no slash", "one GET a", "begin with a slash"},
		{"an escape", "one GET /a%20b", "without percent-encoding"},
		{"a query", "one GET /a?b", "without percent-encoding, backslashes and a query"},
		{"an empty segment", "one GET //a", "an empty segment"},
		{"a dot segment", "one GET /a/../b", "a dot segment"},
		{"a part of a segment", "one GET /a*", "a whole segment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Client
			err := c.UnmarshalCaddyfile(caddyfile.NewTestDispenser("client c {\nscopes native admin\nnative " + tt.text + "\n}"))
			require.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("in JSON", func(t *testing.T) {
		_, err := New([]Client{{Name: "c", Scopes: []Scope{ScopeNative}, Native: []NativeRule{{}}}}, nil)
		require.ErrorContains(t, err, `client "c": a native rule needs the name of a platform`)
	})
}

func TestAuthenticateByFurtherKeys(t *testing.T) {
	a := newAuthenticator(t, Client{Name: "one", KeySHA256: []string{sumOfTest, sumOfRotated}}, Client{Name: "two", KeySHA256: []string{HashKey("other")}})
	tests := []struct {
		name   string
		fields []string
		keys   []string
		client string // empty: unauthenticated
	}{
		{"there alone", nil, []string{"test"}, "one"},
		{"beside a user's name", nil, []string{"productsupport", "test"}, "one"},
		{"in the gateway's own place", []string{"Authorization", "Bearer test"}, []string{"whatever"}, "one"},
		{"two keys of one client", []string{"X-Api-Key", "rotated"}, []string{"test"}, "one"},
		{"keys of two clients", []string{"X-Api-Key", "other"}, []string{"test"}, ""},
		{"nothing", nil, []string{""}, ""},
		{"none of them", nil, []string{"wrong"}, ""},
		{"as many as may be", nil, append(slices.Repeat([]string{"wrong"}, 15), "test"), "one"},
		{"too many", nil, append(slices.Repeat([]string{"wrong"}, 16), "test"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, p := a.AuthenticateKeys(request(t, tt.fields...), tt.keys, anywhere)
			if tt.client != "" {
				require.Nil(t, p)
				assert.Equal(t, tt.client, id.Name())
				return
			}
			require.NotNil(t, p)
			assert.Equal(t, problem.Unauthenticated, p.Code)
		})
	}
}
