package exchange

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// issuer is a platform that gives tokens: each one replaces the last.
type issuer struct {
	issued   atomic.Int32
	requests atomic.Int32
	asked    []string // bodies of requests for tokens
	lasts    string   // JSON of expires_in
	refuse   bool
}

func (s *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/token", "/login":
		user, password, _ := r.BasicAuth()
		s.asked = append(s.asked, strings.TrimSpace(user+" "+password+" "+string(body)))
		if s.refuse {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"no hunter2 here"}`)
			return
		}
		token := "token-number-" + strconv.Itoa(int(s.issued.Add(1)))
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": token, "token_type": "bearer", "expires_in": json.RawMessage(s.lasts), "refresh_token": "refresh-of-" + token, "data": map[string]any{"key": token},
		})
	default:
		s.requests.Add(1)
		if r.Header.Get("Authorization") != "Bearer token-number-"+strconv.Itoa(int(s.issued.Load())) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"not `+r.Header.Get("Authorization")+`"}`)
			return
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}
}

func withSession(t *testing.T, s *issuer, session func(server string) *SessionSpec, options ...func(*Config)) *Caller {
	t.Helper()
	if s.lasts == "" {
		s.lasts = "3600"
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return callerOf(t, nil, append([]func(*Config){func(cfg *Config) {
		cfg.Server = urlOf(t, server.URL)
		cfg.Auth = authOf(t, AuthSpec{Bearer: "{token}"})
		cfg.Session = session(server.URL)
		cfg.Credentials = map[string]string{"id": "me", "secret": "hunter2", "refresh": "first-refresh"}
		cfg.Rules = rulesOf(t, RuleSpec{When: "status == 401", Problem: "platform_credentials_rejected", Message: "body.message"})
	}}, options...)...)
}

func oauth(refresh string) func(string) *SessionSpec {
	return func(server string) *SessionSpec {
		return &SessionSpec{OAuth2: &OAuth2Spec{
			TokenURL: server + "/token", ClientID: "{credentials.id}", ClientSecret: "{credentials.secret}", Scopes: []string{"read", "write"}, Refresh: refresh,
		}}
	}
}

func inBody(session func(string) *SessionSpec) func(string) *SessionSpec {
	return func(server string) *SessionSpec {
		spec := session(server)
		spec.OAuth2.InBody = true
		return spec
	}
}

func public(server string) *SessionSpec {
	spec := oauth("{credentials.refresh}")(server)
	spec.OAuth2.ClientSecret = ""
	return spec
}

func login(_ string) *SessionSpec {
	return &SessionSpec{Login: &LoginSpec{Method: http.MethodPost, Path: "/login", Body: `{"user":"{credentials.id}","pass":["{credentials.secret}",1]}`, Token: "data.key", Expires: "expires_in"}}
}

func TestTokenIsReused(t *testing.T) {
	tests := []struct {
		name    string
		session func(string) *SessionSpec
		asked   string
	}{
		{"client credentials", oauth(""), "me hunter2 grant_type=client_credentials&scope=read+write"},
		{"refresh token", oauth("{credentials.refresh}"), "me hunter2 grant_type=refresh_token&refresh_token=first-refresh"},
		{"client credentials in the body", inBody(oauth("")), "client_id=me&client_secret=hunter2&grant_type=client_credentials&scope=read+write"},
		{"refresh token with a client in the body", inBody(oauth("{credentials.refresh}")), "client_id=me&client_secret=hunter2&grant_type=refresh_token&refresh_token=first-refresh"},
		{"refresh token of a client without a secret", public, "client_id=me&grant_type=refresh_token&refresh_token=first-refresh"},
		{"login", login, `{"pass":["hunter2",1],"user":"me"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &issuer{}
			c := withSession(t, s, tt.session)
			for range 3 {
				response, p := c.Do(t.Context(), get)
				require.Nil(t, p)
				response.Release()
			}
			require.Equal(t, []string{tt.asked}, s.asked)
			require.EqualValues(t, 3, s.requests.Load())
		})
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	for _, req := range []*Request{get, post} {
		t.Run(req.Method, func(t *testing.T) {
			s := &issuer{}
			c := withSession(t, s, login)
			_, p := c.Do(t.Context(), req)
			require.Nil(t, p)
			s.issued.Add(1) // somebody else has logged in: the token is no longer good
			response, p := c.Do(t.Context(), req)
			require.Nil(t, p)
			require.Equal(t, 2, response.Requests)
			require.Len(t, s.asked, 2)
		})
	}
}

func TestTokenThatIsRefusedAgainEndsTheCall(t *testing.T) {
	s := &issuer{}
	c := withSession(t, s, login, func(cfg *Config) {
		inner := cfg.Transport
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/login" {
				s.issued.Add(100)
			}
			return inner.RoundTrip(r)
		})
	})
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformCredentialsRejected, p)
	require.EqualValues(t, 2, s.requests.Load())
	require.Contains(t, p.Native.Message, "[redacted]")
	require.NotContains(t, p.Native.Message, "token-number", "a token is a secret like any other")
}

func TestExpiredTokenIsRenewedBeforeItIsUsed(t *testing.T) {
	now := time.Now()
	s := &issuer{lasts: "60"}
	c := withSession(t, s, login, func(cfg *Config) { cfg.Now = func() time.Time { return now } })
	for _, later := range []time.Duration{0, 40 * time.Second, 15 * time.Second} {
		now = now.Add(later)
		_, p := c.Do(t.Context(), get)
		require.Nil(t, p)
	}
	require.Len(t, s.asked, 2)
	require.EqualValues(t, 3, s.requests.Load(), "no request was made with a token that had expired")
}

// A lifetime that no clock can count is a long one.
func TestTokenThatLastsForEver(t *testing.T) {
	for _, lasts := range []string{"9223372036854775807", "20000000000", "1e300"} {
		s := &issuer{lasts: lasts}
		c := withSession(t, s, login)
		for range 2 {
			_, p := c.Do(t.Context(), get)
			require.Nil(t, p)
		}
		require.Len(t, s.asked, 1, lasts)
	}
}

func TestNewRefreshTokenIsUsedNext(t *testing.T) {
	s := &issuer{}
	c := withSession(t, s, oauth("{credentials.refresh}"))
	_, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	s.issued.Add(1)
	_, p = c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Contains(t, s.asked[1], "refresh_token=refresh-of-token-number-1")
}

func TestTokenOutlivesTheConfiguration(t *testing.T) {
	s, state := &issuer{}, NewState()
	for range 2 {
		c := withSession(t, s, login, func(cfg *Config) { cfg.State = state })
		_, p := c.Do(t.Context(), get)
		require.Nil(t, p)
	}
	require.Len(t, s.asked, 1)
}

func TestRefusalToGiveAToken(t *testing.T) {
	for _, session := range []func(string) *SessionSpec{oauth(""), login} {
		s := &issuer{refuse: true}
		c := withSession(t, s, session)
		_, p := c.Do(t.Context(), post)
		requireCode(t, problem.PlatformCredentialsRejected, p)
		require.Zero(t, s.requests.Load())
		require.Len(t, s.asked, 1, "a token is asked for once")
		require.NotContains(t, p.Detail, uncertainty, "nothing was sent")
		require.NotContains(t, p.Error()+errors.Unwrap(p).Error(), "hunter2")
	}
}

func TestSessionIsChecked(t *testing.T) {
	address := urlOf(t, "https://api.example.com")
	for _, spec := range []*SessionSpec{
		{},
		{OAuth2: &OAuth2Spec{TokenURL: "/token"}},
		{OAuth2: &OAuth2Spec{TokenURL: "https://x.example/token", ClientID: "{credentials.nobody}"}},
		{Login: &LoginSpec{Method: "POST", Path: "/login", Body: `{"a":"{credentials.nobody}"}`, Token: "t"}},
		{Login: &LoginSpec{Method: "POST", Path: "/login", Body: `{"a":`, Token: "t"}},
	} {
		_, err := New(Config{Platform: "acme", Server: address, Transport: &http.Transport{}, Session: spec, Auth: authOf(t, AuthSpec{Bearer: "{token}"})})
		require.Error(t, err, "%+v", spec)
	}
}
