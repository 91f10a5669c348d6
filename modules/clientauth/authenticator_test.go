package clientauth

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// The SHA-256 of "test" and of "rotated", as sha256sum prints them.
const (
	sumOfTest    = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	sumOfRotated = "f42546d5ecdd452509808b2d6d0413b5a738c70a793b99ccf8ed6f423aac83d3"
)

var anywhere = netip.MustParseAddr("203.0.113.7")

func request(t testing.TB, fields ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func newAuthenticator(t testing.TB, clients ...Client) *Authenticator {
	t.Helper()
	a, err := New(clients, nil)
	require.NoError(t, err)
	return a
}

func TestAuthenticateByKey(t *testing.T) {
	a := newAuthenticator(t,
		Client{Name: "other", KeySHA256: []string{HashKey("other key")}},
		Client{Name: "acme", KeySHA256: []string{sumOfTest, strings.ToUpper(sumOfRotated)}},
		Client{Name: "keyless"},
	)
	tests := []struct {
		name   string
		fields []string
		client string // empty: unauthenticated
	}{
		{"bearer", []string{"Authorization", "Bearer test"}, "acme"},
		{"scheme in any letter case", []string{"Authorization", "bEARER test"}, "acme"},
		{"spaces after the scheme", []string{"Authorization", "Bearer   test "}, "acme"},
		{"api key", []string{"X-Api-Key", "test"}, "acme"},
		{"second key of a rotation", []string{"X-Api-Key", "rotated"}, "acme"},
		{"another client", []string{"X-Api-Key", "other key"}, "other"},
		{"the same key twice", []string{"Authorization", "Bearer test", "X-Api-Key", "test"}, "acme"},
		{"basic beside an api key", []string{"Authorization", "Basic dGVzdDp0ZXN0", "X-Api-Key", "test"}, "acme"},
		{"nothing", nil, ""},
		{"empty bearer", []string{"Authorization", "Bearer "}, ""},
		{"empty api key", []string{"X-Api-Key", ""}, ""},
		{"no scheme", []string{"Authorization", "test"}, ""},
		{"basic", []string{"Authorization", "Basic dGVzdDp0ZXN0"}, ""},
		{"wrong key", []string{"X-Api-Key", "tes"}, ""},
		{"the digest instead of the key", []string{"X-Api-Key", sumOfTest}, ""},
		{"two different keys", []string{"Authorization", "Bearer test", "X-Api-Key", "rotated"}, ""},
		{"two different api keys", []string{"X-Api-Key", "test", "X-Api-Key", "rotated"}, ""},
		{"a right key and a wrong one", []string{"Authorization", "Bearer test", "X-Api-Key", "x"}, ""},
		{"an endless key", []string{"X-Api-Key", strings.Repeat("k", maxKeyLength+1)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, p := a.Authenticate(request(t, tt.fields...), anywhere)
			if tt.client == "" {
				require.NotNil(t, p)
				assert.Equal(t, problem.Unauthenticated, p.Code)
				assert.Nil(t, id)
				return
			}
			require.Nil(t, p)
			assert.Equal(t, tt.client, id.Name())
		})
	}
}

// Who has sent a key in the wrong place is told so, and the key is not repeated.
func TestMisplacedKey(t *testing.T) {
	a := newAuthenticator(t, Client{Name: "acme", KeySHA256: []string{sumOfTest}})
	const scheme, query = ": the field Authorization has no Bearer token;", ": the query is not looked at, since addresses get into logs;"
	tests := []struct {
		name, query string
		fields      []string
		want        string
	}{
		{"nowhere", "", nil, "no client key was sent; send it as"},
		{"other parameters", "?sort=key&limit=5", nil, "no client key was sent; send it as"},
		{"without a scheme", "", []string{"Authorization", "test"}, scheme},
		{"basic", "", []string{"Authorization", "Basic dGVzdDp0ZXN0"}, scheme},
		{"bearer without a token", "", []string{"Authorization", "Bearer "}, scheme},
		{"another field", "", []string{"Api-Key", "test"}, ": the field Api-Key is not looked at;"},
		{"query", "?limit=5&key=test", nil, query},
		{"query of another spelling", "?api_key=test", nil, query},
		{"query in capitals", "?APIKEY=test", nil, query},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, tt.fields...)
			r.URL.RawQuery = strings.TrimPrefix(tt.query, "?")
			_, p := a.Authenticate(r, anywhere)
			require.NotNil(t, p)
			assert.Contains(t, p.Detail, tt.want)
			assert.Contains(t, p.Detail, `send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY"`)
			assert.NotContains(t, p.Detail, "test")
			assert.NotContains(t, p.Detail, "dGVz")
		})
	}
}

func TestLongestKeyIsAccepted(t *testing.T) {
	key := strings.Repeat("k", maxKeyLength)
	a := newAuthenticator(t, Client{Name: "acme", KeySHA256: []string{HashKey(key)}})
	_, p := a.Authenticate(request(t, "X-Api-Key", key), anywhere)
	assert.Nil(t, p)
}

func TestIdentifyByName(t *testing.T) {
	a := newAuthenticator(t, Client{Name: "keyless"}, Client{Name: "inside", AllowIPs: []string{"10.0.0.0/8"}})
	tests := []struct {
		name, client string
		want         problem.Code
	}{
		{"a client", "keyless", ""},
		{"nobody", "", problem.Unauthenticated},
		{"no client", "stranger", problem.Forbidden},
		{"the allowlist counts too", "inside", problem.IPNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, p := a.Identify(tt.client, anywhere)
			if tt.want == "" {
				require.Nil(t, p)
				assert.Equal(t, tt.client, id.Name())
				return
			}
			require.NotNil(t, p)
			assert.Equal(t, tt.want, p.Code)
		})
	}
}

func TestAllowlist(t *testing.T) {
	tests := []struct {
		name    string
		allow   []string
		from    string
		allowed bool
	}{
		{"no list", nil, "198.51.100.1", true},
		{"address", []string{"203.0.113.7"}, "203.0.113.7", true},
		{"another address", []string{"203.0.113.7"}, "203.0.113.8", false},
		{"range", []string{"203.0.113.0/24", "2001:db8::/32"}, "203.0.113.255", true},
		{"range of IPv6", []string{"203.0.113.0/24", "2001:db8::/32"}, "2001:db8:ffff::1", true},
		{"outside of both", []string{"203.0.113.0/24", "2001:db8::/32"}, "2001:db9::1", false},
		{"IPv4 written as IPv6", []string{"203.0.113.0/24"}, "::ffff:203.0.113.9", true},
		{"IPv6 form in the list", []string{"::ffff:203.0.113.9"}, "203.0.113.9", true},
		{"link-local with a zone", []string{"fe80::/10"}, "fe80::1%eth0", true},
		{"private 10", []string{PrivateRanges}, "10.255.255.255", true},
		{"private 172", []string{PrivateRanges}, "172.31.0.1", true},
		{"just after private 172", []string{PrivateRanges}, "172.32.0.1", false},
		{"private 192", []string{PrivateRanges}, "192.168.1.1", true},
		{"loopback", []string{PrivateRanges}, "127.0.0.2", true},
		{"loopback of IPv6", []string{PrivateRanges}, "::1", true},
		{"unique local", []string{PrivateRanges}, "fd12::1", true},
		{"public", []string{PrivateRanges}, "8.8.8.8", false},
		{"private and one more", []string{PrivateRanges, "8.8.8.8"}, "8.8.8.8", true},
		{"not known", []string{PrivateRanges}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAuthenticator(t, Client{Name: "acme", KeySHA256: []string{sumOfTest}, AllowIPs: tt.allow})
			var from netip.Addr
			if tt.from != "" {
				from = netip.MustParseAddr(tt.from)
			}
			id, p := a.Authenticate(request(t, "X-Api-Key", "test"), from)
			require.NotNil(t, id)
			if tt.allowed {
				assert.Nil(t, p)
				return
			}
			require.NotNil(t, p)
			assert.Equal(t, problem.IPNotAllowed, p.Code)
		})
	}
}

func TestScopesAndPlatforms(t *testing.T) {
	a := newAuthenticator(t,
		Client{Name: "defaults"},
		Client{Name: "narrow", Platforms: []string{"one", "two"}, Scopes: []Scope{ScopeWrite, ScopeAdmin}},
	)
	defaults, p := a.Identify("defaults", anywhere)
	require.Nil(t, p)
	assert.True(t, defaults.Allows("anything"))
	assert.True(t, defaults.HasScope(ScopeRead))
	for _, s := range []Scope{ScopeWrite, ScopeNative, ScopeSecrets, ScopeAdmin} {
		assert.False(t, defaults.HasScope(s), s)
	}

	narrow, p := a.Identify("narrow", anywhere)
	require.Nil(t, p)
	assert.True(t, narrow.Allows("two"))
	assert.False(t, narrow.Allows("three"))
	assert.True(t, narrow.HasScope(ScopeAdmin))
	assert.False(t, narrow.HasScope(ScopeRead), "no scope includes another")
}

func TestRateRefusesAndRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// 3 in 60 s: one comes back every 20 s
		a := newAuthenticator(t, Client{
			Name: "acme", KeySHA256: []string{sumOfTest},
			Rate: &Rate{Requests: 3, Per: caddy.Duration(time.Minute)},
		})
		r := request(t, "X-Api-Key", "test")
		for range 3 {
			_, p := a.Authenticate(r, anywhere)
			require.Nil(t, p)
		}
		time.Sleep(5 * time.Second)
		id, p := a.Authenticate(r, anywhere)
		require.NotNil(t, p)
		assert.Equal(t, problem.RateLimited, p.Code)
		assert.Equal(t, 15, p.RetryAfterSeconds())
		assert.Equal(t, `client "acme" may send 3 requests in 1m`, p.Detail)

		h := make(http.Header)
		id.SetRateFields(h)
		assert.Equal(t, `"default";q=3;w=60`, h.Get("RateLimit-Policy"))
		assert.Equal(t, `"default";r=0;t=55`, h.Get("RateLimit"))

		time.Sleep(15 * time.Second)
		_, p = a.Authenticate(r, anywhere)
		assert.Nil(t, p)
		_, p = a.Authenticate(r, anywhere)
		assert.NotNil(t, p)
	})
}

func TestRefusedAddressDoesNotUseTheRateUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthenticator(t, Client{
			Name: "acme", KeySHA256: []string{sumOfTest},
			AllowIPs: []string{"10.0.0.1"}, Rate: &Rate{Requests: 1, Per: caddy.Duration(time.Minute)},
		})
		r := request(t, "X-Api-Key", "test")
		_, p := a.Authenticate(r, anywhere)
		require.Equal(t, problem.IPNotAllowed, p.Code)
		_, p = a.Authenticate(r, netip.MustParseAddr("10.0.0.1"))
		assert.Nil(t, p)
	})
}

func TestReplaceKeepsLimitersAndRevokes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := &Rate{Requests: 1, Per: caddy.Duration(time.Hour)}
		limiters := map[string]*Limiter{}
		limiter := func(client string, r Rate) *Limiter {
			if limiters[client] == nil {
				limiters[client] = NewLimiter(r)
			}
			return limiters[client]
		}
		acme := Client{Name: "acme", KeySHA256: []string{sumOfTest}, Rate: rate}
		a, err := New([]Client{acme, {Name: "gone", KeySHA256: []string{sumOfRotated}}}, limiter)
		require.NoError(t, err)
		_, p := a.Authenticate(request(t, "X-Api-Key", "test"), anywhere)
		require.Nil(t, p)

		require.NoError(t, a.Replace([]Client{acme}, limiter))
		_, p = a.Authenticate(request(t, "X-Api-Key", "test"), anywhere)
		require.NotNil(t, p)
		assert.Equal(t, problem.RateLimited, p.Code)
		_, p = a.Authenticate(request(t, "X-Api-Key", "rotated"), anywhere)
		require.NotNil(t, p)
		assert.Equal(t, problem.Unauthenticated, p.Code)

		require.Error(t, a.Replace([]Client{{Name: ""}}, limiter))
		_, p = a.Authenticate(request(t, "X-Api-Key", "test"), anywhere)
		assert.Equal(t, problem.RateLimited, p.Code, "a refused replacement changes nothing")
	})
}

func TestRefusedClients(t *testing.T) {
	tests := []struct {
		name    string
		clients []Client
		want    string
	}{
		{"no name", []Client{{}}, "needs a name"},
		{"a space in the name", []Client{{Name: "a b"}}, "no spaces"},
		{"a line break in the name", []Client{{Name: "a\nb"}}, "printable"},
		{"a long name", []Client{{Name: strings.Repeat("n", maxNameLength+1)}}, "at most 128 bytes"},
		{"a key instead of its digest", []Client{{Name: "a", KeySHA256: []string{"trib_secret"}}}, "64 hexadecimal digits, not this text of 11 characters"},
		{"a digest too long", []Client{{Name: "a", KeySHA256: []string{sumOfTest + "00"}}}, "64 hexadecimal digits"},
		{"an odd digest", []Client{{Name: "a", KeySHA256: []string{sumOfTest[1:]}}}, "64 hexadecimal digits"},
		{"not hexadecimal", []Client{{Name: "a", KeySHA256: []string{"g" + sumOfTest[1:]}}}, "64 hexadecimal digits"},
		{"unknown scope", []Client{{Name: "a", Scopes: []Scope{"root"}}}, `unknown scope "root"; the scopes are read, write, native, secrets, admin`},
		{"not an address", []Client{{Name: "a", AllowIPs: []string{"example.com"}}}, `"example.com" is neither an address`},
		{"a range with host bits", []Client{{Name: "a", AllowIPs: []string{"10.0.0.1/8"}}}, "did you mean 10.0.0.0/8?"},
		{"no requests", []Client{{Name: "a", Rate: &Rate{Per: caddy.Duration(time.Minute)}}}, "at least 1 request"},
		{"no time", []Client{{Name: "a", Rate: &Rate{Requests: 1}}}, "per 1s or longer"},
		{"one name twice", []Client{{Name: "a"}, {Name: "a", DeclaredAt: "Caddyfile:9"}}, `client "a", at Caddyfile:9: there is another client of this name`},
		{"one key twice", []Client{{Name: "a", KeySHA256: []string{sumOfTest, strings.ToUpper(sumOfTest)}}}, `client "a": the same key_sha256 is given twice`},
		{"one key for two", []Client{{Name: "a", KeySHA256: []string{sumOfTest}}, {Name: "b", KeySHA256: []string{sumOfTest}}}, `client "b": the same key_sha256 is given for client "a"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.clients, nil)
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "trib_secret")
		})
	}
}

func TestCheckReachable(t *testing.T) {
	keyed := &Client{Name: "keyed", KeySHA256: []string{sumOfTest}}
	keyless := &Client{Name: "keyless", DeclaredAt: "Caddyfile:4"}
	a := newAuthenticator(t, *keyed, *keyless)
	require.NoError(t, a.CheckReachable(keyed))
	require.ErrorContains(t, a.CheckReachable(keyless), `client "keyless", at Caddyfile:4: the client has no key_sha256`)
	a.identityGates.Add(1)
	require.NoError(t, a.CheckReachable(keyless))
}

func TestNewKey(t *testing.T) {
	key := NewKey()
	assert.Regexp(t, `^trib_[A-Za-z0-9_-]{43}$`, key)
	assert.NotEqual(t, key, NewKey())
	assert.Equal(t, sumOfTest, HashKey("test"))
}

func FuzzPresentedKey(f *testing.F) {
	f.Add("Bearer test", "test")
	f.Add("bearer  x", "")
	f.Add("Basic eA==", "y")
	f.Fuzz(func(t *testing.T, authorization, apiKey string) {
		key, state := presentedKey(http.Header{"Authorization": {authorization}, "X-Api-Key": {apiKey}})
		switch state {
		case keyPresent:
			if key == "" || (!strings.Contains(authorization, key) && !strings.Contains(apiKey, key)) {
				t.Errorf("key %q is not what was presented", key)
			}
		case keyMissing:
			if strings.Trim(apiKey, " ") != "" {
				t.Error("an api key was overlooked")
			}
		}
	})
}

func FuzzParseRanges(f *testing.F) {
	for _, s := range []string{"10.0.0.0/8", "::1", "private_ranges", "fe80::1%eth0", "::ffff:1.2.3.4/100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ranges, err := parseRanges([]string{s})
		if err != nil {
			return
		}
		for _, r := range ranges {
			if !contains(ranges, r.Addr()) {
				t.Errorf("%s does not contain its own address %s", s, r.Addr())
			}
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	clients := make([]Client, 100)
	for i := range clients {
		clients[i] = Client{Name: "c" + string(rune('0'+i/10)) + string(rune('0'+i%10)), KeySHA256: []string{HashKey(NewKey())}}
	}
	key := NewKey()
	clients[50] = Client{
		Name: "acme", KeySHA256: []string{HashKey(key)}, AllowIPs: []string{PrivateRanges, "203.0.113.0/24"},
		Rate: &Rate{Requests: 1 << 30, Per: caddy.Duration(time.Second)},
	}
	a := newAuthenticator(b, clients...)
	r := request(b, "Authorization", "Bearer "+key)
	b.ReportAllocs()
	for b.Loop() {
		if _, p := a.Authenticate(r, anywhere); p != nil {
			b.Fatal(p)
		}
	}
}

func BenchmarkSetRateFields(b *testing.B) {
	l := NewLimiter(Rate{Requests: 600, Per: caddy.Duration(time.Minute)})
	h := make(http.Header)
	b.ReportAllocs()
	for b.Loop() {
		l.SetFields(h)
	}
}
