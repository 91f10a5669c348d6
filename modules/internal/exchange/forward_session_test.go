package exchange

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Native clients put their key where the platform's put a token: they get the session's in
// its place, however it is got, and a new one where the platform has ended it.
func TestForwardCarriesTheTokenOfASession(t *testing.T) {
	sessions := map[string]func(string) *SessionSpec{
		"client credentials": oauth(""), "refresh token": oauth("{credentials.refresh}"), "login": login,
	}
	places := []struct {
		name        string
		spec        AuthSpec
		query, body string // of the client, and what the platform gets of them
		wantQuery   string
		wantBody    string
	}{
		{name: "bearer", spec: AuthSpec{Bearer: "{token}"}, query: "a=1", wantQuery: "a=1"},
		{name: "header", spec: AuthSpec{Header: "X-Session", Value: "{token}"}, query: "a=1", wantQuery: "a=1"},
		{name: "query", spec: AuthSpec{Query: "key", Value: "{token}"}, query: "a=1&key=theirs&b=2", wantQuery: "a=1&key=TOKEN&b=2"},
		{name: "body", spec: AuthSpec{Body: "key", Value: "{token}"}, body: `{"key":"theirs","n":1.0}`, wantBody: `{"key":"TOKEN","n":1.0}`},
	}
	for name, session := range sessions {
		for _, place := range places {
			t.Run(name+" in "+place.name, func(t *testing.T) {
				s := &issuer{}
				var ended atomic.Bool
				var queries, bodies, headers []string
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/token" || r.URL.Path == "/login" {
						s.ServeHTTP(w, r)
						return
					}
					body, _ := io.ReadAll(r.Body)
					queries, bodies = append(queries, r.URL.RawQuery), append(bodies, string(body))
					headers = append(headers, r.Header.Get("Authorization")+r.Header.Get("X-Session"))
					if ended.CompareAndSwap(true, false) {
						w.WriteHeader(http.StatusUnauthorized)
					}
				}))
				t.Cleanup(server.Close)
				s.lasts = "3600"
				c := callerOf(t, nil, func(cfg *Config) {
					cfg.Server, cfg.Auth, cfg.Session = urlOf(t, server.URL), authOf(t, place.spec), session(server.URL)
					cfg.Credentials = map[string]string{"id": "me", "secret": "hunter2", "refresh": "first-refresh"}
				})
				n, err := NewNativeAuth([]AuthSpec{place.spec}, nil)
				require.NoError(t, err)
				send := func() *http.Response {
					r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/things?"+place.query, strings.NewReader(place.body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer theirs")
					if place.body == "" {
						r.Body = http.NoBody
					}
					resp, p := c.Forward(&Forward{Request: r, Auth: n, Body: []byte(place.body)})
					require.Nil(t, p)
					require.NoError(t, resp.Body.Close())
					return resp
				}
				sent := func(call, token int) {
					t.Helper()
					want := "token-number-" + strconv.Itoa(token)
					assert.Equal(t, strings.ReplaceAll(place.wantQuery, "TOKEN", want), queries[call])
					assert.Equal(t, strings.ReplaceAll(place.wantBody, "TOKEN", want), bodies[call])
					header := map[string]string{"bearer": "Bearer " + want, "header": want}[place.name]
					assert.Equal(t, header, headers[call])
				}
				// the gateway's own calls and those of native clients share a token
				response, p := c.Do(t.Context(), &Request{Method: http.MethodPost, Path: "/things", Body: []byte("{}")})
				require.Nil(t, p)
				response.Release()
				assert.Equal(t, http.StatusOK, send().StatusCode)
				assert.Len(t, s.asked, 1)
				sent(1, 1)

				ended.Store(true)
				assert.Equal(t, http.StatusOK, send().StatusCode, "the client knows nothing of it")
				require.Len(t, s.asked, 2)
				sent(2, 1)
				sent(3, 2)
				assert.Equal(t, http.StatusOK, send().StatusCode)
				require.Len(t, s.asked, 2, "the new one is kept")
				sent(4, 2)
			})
		}
	}
}

// Without a token nothing of a native client is sent, and the platform's refusal, which
// may hold secrets, is not handed on.
func TestForwardWithoutATokenToBeHad(t *testing.T) {
	for name, session := range map[string]func(string) *SessionSpec{"oauth2": oauth(""), "login": login} {
		t.Run(name, func(t *testing.T) {
			s := &issuer{refuse: true}
			c := withSession(t, s, session, func(cfg *Config) { cfg.Concurrency = 1 })
			n, err := NewNativeAuth([]AuthSpec{{Bearer: "{token}"}}, nil)
			require.NoError(t, err)
			for range 2 { // the place was given back
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/things", strings.NewReader("streamed"))
				_, p := c.Forward(&Forward{Request: r, Auth: n})
				requireCode(t, problem.PlatformCredentialsRejected, p)
				assert.NotContains(t, p.Error()+p.Cause.Error(), "hunter2")
			}
			assert.Zero(t, s.requests.Load())
		})
	}
}
