package gateway

import (
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// ask authenticates a key, and returns the client's name or the problem's code.
func ask(a *App, key string) string {
	request := &http.Request{Header: http.Header{"X-Api-Key": {key}}}
	id, p := a.Authenticator().Authenticate(request, netip.MustParseAddr("203.0.113.1"))
	if p != nil {
		return string(p.Code)
	}
	return id.Name()
}

func client(name, key string) clientauth.Client {
	return clientauth.Client{Name: name, KeySHA256: []string{clientauth.HashKey(key)}}
}

func TestClientsFileIsReadAgain(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, provision(t, a), "the file need not exist")
	assert.Equal(t, "acme", ask(a, "test"))
	assert.Equal(t, "unauthenticated", ask(a, "one"))

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Client{client("one", "one")}))
	a.refreshClients()
	assert.Equal(t, "one", ask(a, "one"))
	assert.Equal(t, "acme", ask(a, "test"), "the configuration's clients stay")

	t.Run("an unusable version changes nothing", func(t *testing.T) {
		for _, content := range []string{
			`{"clients":[{"name":"acme"}]}`, // is in the configuration
			`{"clients":[{"name":"two","platforms":["nowhere"]}]}`,
			`{"clients":[{"name":"two","credentials":{"plain":{"api_key":"x"}}}]}`,
			`{"clients":`,
		} {
			require.NoError(t, os.WriteFile(a.ClientsFile, []byte(content), 0o600))
			a.refreshClients()
			assert.Equal(t, "one", ask(a, "one"), content)
		}
	})

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, nil))
	a.refreshClients()
	assert.Equal(t, "unauthenticated", ask(a, "one"), "revoked")

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Client{client("one", "one")}))
	a.refreshClients()
	require.NoError(t, os.Remove(a.ClientsFile))
	a.refreshClients()
	assert.Equal(t, "unauthenticated", ask(a, "one"), "without the file there are none")
}

func TestWatchingEndsWithTheApp(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, provision(t, a))
	require.NoError(t, a.Start())
	require.NoError(t, a.Stop())
	_, open := <-a.watching
	assert.False(t, open)
}

func TestRateOutlivesReloads(t *testing.T) {
	limited := func(requests int) *App {
		a := newApp(t)
		a.Clients[0].Rate = &clientauth.Rate{Requests: requests, Per: caddy.Duration(time.Hour)}
		require.NoError(t, provision(t, a))
		return a
	}
	first := limited(1)
	assert.Equal(t, "acme", ask(first, "test"))
	assert.Equal(t, string(problem.RateLimited), ask(limited(1), "test"), "a reload fills no bucket")
	assert.Equal(t, "acme", ask(limited(2), "test"), "another rate is another bucket")
}
