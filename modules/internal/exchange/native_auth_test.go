package exchange

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNativeKeys(t *testing.T) {
	tests := []struct {
		name   string
		spec   AuthSpec
		header http.Header
		query  string
		body   string
		want   []string
	}{
		{"header", AuthSpec{Header: "api-key", Value: "{credentials.k}"}, http.Header{"Api-Key": {"a", "b"}}, "", "", []string{"a", "b"}},
		{"header around it", AuthSpec{Header: "X", Value: "k={credentials.k};"}, http.Header{"X": {"k=a;"}}, "", "", []string{"a"}},
		{"header of another form", AuthSpec{Header: "X", Value: "k={credentials.k};"}, http.Header{"X": {"a"}}, "", "", nil},
		{"two in one", AuthSpec{Header: "X", Value: "{credentials.u}:{credentials.k}"}, http.Header{"X": {"me:a:b"}}, "", "", []string{"me", "a:b"}},
		{"two in one, with an end", AuthSpec{Header: "X", Value: "<{credentials.u}|{credentials.k}>"}, http.Header{"X": {"<me|a>b>"}}, "", "", []string{"me", "a>b"}},
		{"query", AuthSpec{Query: "k", Value: "{credentials.k}"}, nil, "a=1&k=x%2By+z&k&k=2", "", []string{"x+y z", "2"}},
		{"query that cannot be unescaped", AuthSpec{Query: "k", Value: "{credentials.k}"}, nil, "k=%zz", "", []string{"%zz"}},
		{"query of another letter case", AuthSpec{Query: "k", Value: "{credentials.k}"}, nil, "K=1", "", nil},
		{"bearer", AuthSpec{Bearer: `"{credentials.k}"`}, http.Header{"Authorization": {`BEARER "a"`, "Bearer b", "Basic c"}}, "", "", []string{"a", "b"}},
		{"basic", AuthSpec{Basic: &BasicSpec{Username: "{credentials.u}", Password: "{credentials.k}"}}, http.Header{"Authorization": {"Basic bWU6YTpi", "Basic !"}}, "", "", []string{"me", "a:b"}}, // me:a:b
		{"JSON", AuthSpec{Body: "a.k", Value: "{credentials.k}"}, nil, "", `{"a":{"k":"x"}}`, []string{"x"}},
		{"broken JSON", AuthSpec{Body: "a.k", Value: "{credentials.k}"}, nil, "", `{"a":{"k":"x"`, nil},
		{"form", AuthSpec{Body: "a.k", Value: "{credentials.k}"}, http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, "", `b&a.k=x%20`, []string{"x "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := NewNativeAuth(nil, []AuthSpec{tt.spec})
			require.NoError(t, err)
			assert.Equal(t, tt.want, n.Keys(tt.header, tt.query, []byte(tt.body)))
			assert.Equal(t, tt.spec.Body != "", n.InBody())
		})
	}
}

func TestReplacePairs(t *testing.T) {
	tests := []struct{ name, query, own, want string }{
		{"in its place", "a=1&k=x&b", "k=y", "a=1&k=y&b"},
		{"at the end", "a=1&b", "k=y", "a=1&b&k=y"},
		{"of nothing", "", "k=y", "k=y"},
		{"once", "k=x&k=z", "k=y", "k=y"},
		{"two", "l=1&k=x", "k=y&l=2", "l=2&k=y"},
		{"taken away", "a&k=x&&also=1&", "", "a&&"},
		{"nothing of it", "a=%zz;&&=b", "", "a=%zz;&&=b"},
		{"an escaped name", "%6b=x&k%00=2", "k=y", "k=y&k%00=2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, replacePairs(tt.query, []string{"k", "l", "also"}, tt.own))
		})
	}
}

// Whatever a query looks like, what is not a key stays as it was written and in its
// order, and no key is left.
func FuzzReplacePairs(f *testing.F) {
	for _, seed := range []string{"", "a=1&k=x&b", "k", "k=x&k=y", "&&k=&", "a;k=1", "%6B=2&%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := replacePairs(query, []string{"k"}, "k=own")
		others := func(query string) []string {
			return slices.DeleteFunc(slices.Collect(pairs(query)), func(p string) bool { return pairName(p) == "k" })
		}
		if before, after := others(query), others(got); !slices.Equal(before, after) && query != "" {
			t.Errorf("%q became %q", before, after)
		}
		keys := slices.DeleteFunc(slices.Collect(pairs(got)), func(p string) bool { return pairName(p) != "k" })
		if len(keys) != 1 || keys[0] != "k=own" {
			t.Errorf("the keys of %q are %q", got, keys)
		}
	})
}

// What a platform puts into a template can be read out of it again.
func FuzzTemplateRead(f *testing.F) {
	f.Add("a", "b")
	f.Add(`"`, ":")
	f.Fuzz(func(t *testing.T, user, key string) {
		if user == "" || key == "" || strings.ContainsAny(user, ":") {
			return // has no form in the template
		}
		tpl, err := parseTemplate(`x {credentials.u}:{credentials.k}"`)
		require.NoError(t, err)
		text, err := tpl.expand(map[string]string{"u": user, "k": key})
		require.NoError(t, err)
		assert.Equal(t, []string{user, key}, tpl.read(text))
	})
}

func TestCleanQuery(t *testing.T) {
	c := callerOf(t, func(http.ResponseWriter, *http.Request) {}, func(cfg *Config) {
		cfg.Auth = authOf(t, AuthSpec{Query: "k", Value: "{credentials.k}"})
		cfg.Credentials = map[string]string{"k": "secret-of-ours", "short": "admin"}
	})
	tests := []struct{ name, query, own, want string }{
		{"nothing of ours", "a=1&k=x;&&%zz", "k=mine", "a=1&k=x;&&%zz"},
		{"replaced", "a&k=secret-of-ours&b", "k=mine", "a&k=mine&b"},
		{"dropped", "a&k=secret-of-ours&b", "", "a&b"},
		{"within more", "a&t=1.secret-of-ours.2", "k=mine", "a"},
		{"escaped without need", "a&k=%73ecret%2Dof%2Dours", "", "a"},
		{"a user's name", "u=admin", "", "u=admin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, c.CleanQuery(tt.query, tt.own))
		})
	}
}

// The client's key goes to nobody, also where the platform's credential has another place.
func TestForwardTakesTheKeyOutOfABody(t *testing.T) {
	tests := []struct{ name, contentType, body, want string }{
		{"JSON", "application/json", `{"a":1,"auth":{"key":"the client's"},"b":2}`, `{"a":1,"auth":{},"b":2}`},
		{"JSON without it", "", `{"a":1}`, `{"a":1}`},
		{"form", "application/x-www-form-urlencoded", "a=1&auth.key=the+client%27s", "a=1"},
		{"nothing", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = string(body)
			}, withKey)
			n, err := NewNativeAuth([]AuthSpec{{Header: "Api-Key", Value: "{credentials.key}"}}, []AuthSpec{{Body: "auth.key", Value: "{credentials.key}"}})
			require.NoError(t, err)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/things", nil)
			r.Header.Set("Content-Type", tt.contentType)
			resp, p := c.Forward(&Forward{Request: r, Auth: n, Body: []byte(tt.body)})
			require.Nil(t, p)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, tt.want, got)
		})
	}
}
