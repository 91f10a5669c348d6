package exchange

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCredentialsGoWhereThePlatformWantsThem(t *testing.T) {
	credentials := map[string]string{"key": `k&/"ö 1`, "id": "user-1", "token": "abc123"}
	type request struct {
		headers     map[string]string
		query, body string
	}
	tests := []struct {
		name  string
		specs []AuthSpec
		req   Request
		want  request
	}{
		{
			name:  "header with quoting",
			specs: []AuthSpec{{Header: "authorization", Value: `Bearer "{credentials.token}"`}},
			want:  request{headers: map[string]string{"Authorization": `Bearer "abc123"`}},
		},
		{
			name:  "bearer",
			specs: []AuthSpec{{Bearer: `"{credentials.token}"`}},
			want:  request{headers: map[string]string{"Authorization": `Bearer "abc123"`}},
		},
		{
			name:  "two headers",
			specs: []AuthSpec{{Header: "api-key", Value: "{credentials.token}"}, {Header: "api-username", Value: "{credentials.id}"}},
			want:  request{headers: map[string]string{"Api-Key": "abc123", "Api-Username": "user-1"}},
		},
		{
			name:  "basic", // the example of RFC 7617 section 2
			specs: []AuthSpec{{Basic: &BasicSpec{Username: "Aladdin", Password: "open {credentials.sesame}"}}},
			want:  request{headers: map[string]string{"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		},
		{
			name:  "query",
			specs: []AuthSpec{{Query: "apikey", Value: "{credentials.key}"}},
			req:   Request{Query: "page=1"},
			want:  request{query: "page=1&apikey=k%26%2F%22%C3%B6+1"},
		},
		{
			name:  "query alone",
			specs: []AuthSpec{{Query: "apikey", Value: "{credentials.token}"}},
			want:  request{query: "apikey=abc123"},
		},
		{
			name:  "member of a JSON body",
			specs: []AuthSpec{{Body: "auth.key", Value: "{credentials.key}"}},
			req:   Request{Method: http.MethodPost, Body: []byte(`{"a":1}`)},
			want:  request{body: `{"a":1,"auth":{"key":"k&/\"ö 1"}}`, headers: map[string]string{"Content-Type": "application/json"}},
		},
		{
			name:  "member of a body that there is none of",
			specs: []AuthSpec{{Body: "key", Value: "{credentials.token}"}},
			req:   Request{Method: http.MethodPost},
			want:  request{body: `{"key":"abc123"}`},
		},
		{
			name:  "member of a form",
			specs: []AuthSpec{{Body: "key", Value: "{credentials.key}"}},
			req:   Request{Method: http.MethodPost, Body: []byte("a=1"), ContentType: "application/x-www-form-urlencoded"},
			want:  request{body: "a=1&key=k%26%2F%22%C3%B6+1"},
		},
		{
			name:  "over what the caller says",
			specs: []AuthSpec{{Header: "X-Api-Key", Value: "{credentials.token}"}},
			req:   Request{Header: http.Header{"x-api-key": {"mine"}, "X-Other": {"kept"}}},
			want:  request{headers: map[string]string{"X-Api-Key": "abc123", "X-Other": "kept"}},
		},
	}
	credentials["sesame"] = "sesame"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *http.Request
			var body []byte
			c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				_, _ = io.WriteString(w, `{}`)
			}, func(cfg *Config) { cfg.Auth, cfg.Credentials = authOf(t, tt.specs...), credentials })
			if tt.req.Method == "" {
				tt.req.Method = http.MethodGet
			}
			tt.req.Path = "/x"
			_, p := c.Do(t.Context(), &tt.req)
			require.Nil(t, p)
			for name, value := range tt.want.headers {
				require.Equal(t, []string{value}, got.Header.Values(name))
			}
			require.Equal(t, tt.want.query, got.URL.RawQuery)
			if got.Header.Get("Content-Type") == "application/json" {
				require.JSONEq(t, tt.want.body, string(body))
			} else {
				require.Equal(t, tt.want.body, string(body))
			}
		})
	}
}

func TestRequestKeepsItsEscapes(t *testing.T) {
	tests := []struct{ server, path, query, want string }{
		{"", "/things/a%2Fb%25", "q=%20", "/things/a%2Fb%25?q=%20"},
		{"/base/", "/things", "", "/base/things"},
		{"/a%2Fb", "/things", "", "/a%2Fb/things"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			var got string
			c := callerOf(t, func(w http.ResponseWriter, r *http.Request) { got = r.RequestURI }, func(cfg *Config) {
				cfg.Server = urlOf(t, cfg.Server.String()+tt.server)
			})
			_, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: tt.path, Query: tt.query})
			require.Nil(t, p)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestRequestHeaders(t *testing.T) {
	var got http.Header
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header }, func(cfg *Config) { cfg.UserAgent = "tributary/1.0" })
	_, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"tributary/1.0"}}, got)
}

func TestIdentifierCannotLeaveItsPath(t *testing.T) {
	c := callerOf(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.RequestURI) })
	for _, path := range []string{"/things/..", "/things/../admin", "/things/%2e%2E/admin", "/things/..%2Fadmin", "/things/..%5Cadmin", "/things/..%3Bx/admin", "/things/."} {
		_, p := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: path})
		requireCode(t, "invalid_request", p)
	}
	for _, path := range []string{"/things/...", "/things/a..b", "/things/1.json", "/things/%2Ehidden"} {
		require.False(t, leavesPath(path), path)
	}
}

func TestFaultyAuthIsRefused(t *testing.T) {
	tests := []struct {
		name string
		spec AuthSpec
		want string
	}{
		{"no place", AuthSpec{Value: "{credentials.key}"}, "exactly one of header, query, body, bearer and basic is needed, got 0"},
		{"two places", AuthSpec{Header: "a", Query: "b", Value: "{credentials.key}"}, "got 2"},
		{"no value", AuthSpec{Header: "a"}, "value is missing"},
		{"surplus value", AuthSpec{Bearer: "{credentials.key}", Value: "x"}, "no meaning"},
		{"header's name", AuthSpec{Header: "api key", Value: "{credentials.key}"}, `"api key" is not a header's name`},
		{"placeholder", AuthSpec{Header: "a", Value: "{credential.key}"}, `unknown placeholder "{credential.key}"`},
		{"nameless placeholder", AuthSpec{Header: "a", Value: "{credentials.}"}, "unknown placeholder"},
		{"brace", AuthSpec{Header: "a", Value: "{credentials.key"}, "a brace stands alone"},
		{"literal", AuthSpec{Header: "a", Value: "secret"}, "names no credential"},
		{"basic with a colon", AuthSpec{Basic: &BasicSpec{"a:b", "{credentials.key}"}}, "cannot hold a colon"},
		{"basic's password", AuthSpec{Basic: &BasicSpec{"a", "{key}"}}, "unknown placeholder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := CompileAuth([]AuthSpec{{Query: "ok", Value: "{credentials.key}"}, tt.spec})
			require.ErrorContains(t, err, "auth 1: ")
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestAuthKeepsWhatItWasMadeOf(t *testing.T) {
	spec := AuthSpec{Basic: &BasicSpec{Username: "{credentials.id}", Password: "{credentials.key}-{credentials.id}"}}
	auth := authOf(t, spec)
	require.Equal(t, spec, auth[0].Spec())
	require.Equal(t, []string{"id", "key"}, auth[0].Credentials())
	c := callerOf(t, nil, func(cfg *Config) { cfg.Auth, cfg.Credentials = auth, map[string]string{"id": "1", "key": "2"} })
	require.Equal(t, auth, c.Auth())
}

func TestFaultyConfigurationIsRefused(t *testing.T) {
	auth := []AuthSpec{{Header: "Api-Key", Value: "{credentials.api_key}"}}
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"missing credential", func(c *Config) { c.Auth = authOf(t, auth...) }, `configuring platform "acme": missing credential "api_key"`},
		{"empty credential", func(c *Config) {
			c.Auth, c.Credentials = authOf(t, auth...), map[string]string{"api_key": ""}
		}, `missing credential "api_key"`},
		{"missing password", func(c *Config) { c.Auth = authOf(t, AuthSpec{Basic: &BasicSpec{"a", "{credentials.pw}"}}) }, `missing credential "pw"`},
		{"line break in a header", func(c *Config) {
			c.Auth, c.Credentials = authOf(t, auth...), map[string]string{"api_key": "very-private\r\nX: y"}
		}, "line break"},
		{"colon in a user", func(c *Config) {
			c.Auth = authOf(t, AuthSpec{Basic: &BasicSpec{"{credentials.u}", "{credentials.u}"}})
			c.Credentials = map[string]string{"u": "very-private:x"}
		}, "cannot hold a colon"},
		{"no name", func(c *Config) { c.Platform = "" }, "name is missing"},
		{"no transport", func(c *Config) { c.Transport = nil }, "transport is missing"},
		{"no server", func(c *Config) { c.Server = nil }, "server is missing"},
		{"relative server", func(c *Config) { c.Server = &url.URL{Path: "/x"} }, "absolute URL"},
		{"server with a user", func(c *Config) { c.Server = urlOf(t, "http://very-private:pw@h") }, "server holds a user"},
		{"server with a query", func(c *Config) { c.Server = urlOf(t, "http://h?key=very-private") }, "query"},
		{"rate without a time", func(c *Config) { c.Rate = Rate{Requests: 1} }, "rate"},
		{"negative timeout", func(c *Config) { c.Timeout = -1 }, "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Platform: "acme", Server: urlOf(t, "http://h"), Transport: http.DefaultTransport}
			tt.change(&cfg)
			_, err := New(cfg)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "very-private")
		})
	}
}
