package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

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

// entry is a client as a clients file has it.
func entry(name, key string) clientauth.Entry { return clientauth.Entry{Client: client(name, key)} }

// observe records what an app logs from now on.
func observe(a *App) *observer.ObservedLogs {
	core, logs := observer.New(zap.InfoLevel)
	a.logger = zap.New(core)
	return logs
}

func TestClientsFileIsReadAgain(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, provision(t, a), "the file need not exist")
	assert.Equal(t, "acme", ask(a, "test"))
	assert.Equal(t, "unauthenticated", ask(a, "one"))

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{entry("one", "one")}))
	a.refreshClients()
	assert.Equal(t, "one", ask(a, "one"))
	assert.Equal(t, "acme", ask(a, "test"), "the configuration's clients stay")

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, nil))
	a.refreshClients()
	assert.Equal(t, "unauthenticated", ask(a, "one"), "revoked")
}

// A file that is gone is an accident: who wants no clients leaves it without any.
func TestClientsFileThatIsGoneChangesNothing(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{entry("one", "one")}))
	require.NoError(t, provision(t, a))
	logs := observe(a)
	require.NoError(t, os.Remove(a.ClientsFile))
	a.refreshClients()
	a.refreshClients()
	assert.Equal(t, "one", ask(a, "one"))
	said := logs.FilterMessage("keeping the present clients").All()
	require.Len(t, said, 1, "said once")
	assert.Equal(t, zap.ErrorLevel, said[0].Level)
	assert.Contains(t, said[0].ContextMap()["error"], a.ClientsFile+" is gone")

	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{entry("two", "two")}))
	a.refreshClients()
	assert.Equal(t, "two", ask(a, "two"), "it is read as soon as it is there again")
	assert.Equal(t, "unauthenticated", ask(a, "one"))
}

func TestUnreadableClientsFileChangesNothing(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{entry("one", "one")}))
	require.NoError(t, provision(t, a))
	logs := observe(a)

	broken := []byte(`{"clients":`)
	require.NoError(t, os.WriteFile(a.ClientsFile, broken, 0o600))
	a.refreshClients()
	a.refreshClients()
	assert.Equal(t, "one", ask(a, "one"))
	assert.Equal(t, 1, logs.FilterMessage("keeping the present clients").Len(), "said once")
	require.ErrorContains(t, provision(t, &App{bundled: a.bundled, ClientsFile: a.ClientsFile}), "reading clients of "+a.ClientsFile)

	// the file is readable now, although neither its time nor its size shows it
	info, err := os.Stat(a.ClientsFile)
	require.NoError(t, err)
	mended := append([]byte(`{}`), strings.Repeat(" ", len(broken)-2)...)
	require.NoError(t, os.WriteFile(a.ClientsFile, mended, 0o600))
	require.NoError(t, os.Chtimes(a.ClientsFile, info.ModTime(), info.ModTime()))
	a.refreshClients()
	assert.Equal(t, "unauthenticated", ask(a, "one"))
}

func TestBadEntryKeepsNobodyAlive(t *testing.T) {
	tests := []struct {
		name, bad string
		client    string // the name in the log
		reason    string
	}{
		{"name of a configured client", `{"name":"acme","key_sha256":["` + clientauth.HashKey("bad") + `"]}`, "acme", "there is another client of this name"},
		{"key of a configured client", `{"name":"bad","scopes":["admin"],"key_sha256":["` + sumOfTest + `"]}`, "bad", `the same key_sha256 is given for client "acme"`},
		{"unknown platform", `{"name":"bad","platforms":["plain","nowhere"],"key_sha256":["` + clientauth.HashKey("bad") + `"]}`, "bad", `there is no platform "nowhere"`},
		{"accounts of its own", `{"name":"bad","credentials":{"plain":{"api_key":"hidden"}},"key_sha256":["` + clientauth.HashKey("bad") + `"]}`, "bad", "only a client of the configuration"},
		{"misspelt restriction", `{"name":"bad","allow_ip":["10.0.0.1"],"key_sha256":["` + clientauth.HashKey("bad") + `"]}`, "bad", `unknown field "allow_ip"`},
		{"restriction that is none", `{"name":"bad","allow_ips":["10.0.0.1/8"],"key_sha256":["` + clientauth.HashKey("bad") + `"]}`, "bad", "did you mean 10.0.0.0/8?"},
		{"no object", `7`, "", "cannot unmarshal number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t)
			a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
			require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{entry("one", "one"), entry("two", "two")}))
			require.NoError(t, provision(t, a))
			require.Equal(t, "one", ask(a, "one"))
			logs := observe(a)

			// a bad entry comes, and after it a good one
			good, err := json.Marshal(client("three", "three"))
			require.NoError(t, err)
			one, err := json.Marshal(client("one", "one"))
			require.NoError(t, err)
			two, err := json.Marshal(client("two", "two"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(a.ClientsFile, fmt.Appendf(nil, `{"clients":[%s,%s,%s,%s]}`, one, tt.bad, two, good), 0o600))
			a.refreshClients()
			assert.Equal(t, "three", ask(a, "three"))
			said := logs.FilterMessage("leaving out an entry of the clients file").All()
			require.Len(t, said, 1)
			fields := said[0].ContextMap()
			assert.Equal(t, tt.client, fields["client"])
			assert.EqualValues(t, 2, fields["entry"])
			assert.Contains(t, fields["error"], tt.reason)
			assert.NotContains(t, fmt.Sprint(fields), "hidden")

			_, _, err = run(t, "revoke", "one", "--file", a.ClientsFile)
			require.NoError(t, err)
			a.refreshClients()
			reloaded := newApp(t)
			reloaded.ClientsFile = a.ClientsFile
			require.NoError(t, provision(t, reloaded), "a reload is not refused")
			for name, app := range map[string]*App{"running": a, "reloaded": reloaded} {
				assert.Equal(t, "unauthenticated", ask(app, "one"), name)
				assert.Equal(t, "two", ask(app, "two"), name)
				assert.Equal(t, "three", ask(app, "three"), name)
				assert.Equal(t, "unauthenticated", ask(app, "bad"), name)
				assert.Equal(t, "acme", ask(app, "test"), name)
				assert.Equal(t, []clientauth.Scope{clientauth.ScopeRead}, scopesOf(app, "test"), name)
			}
		})
	}
}

// scopesOf returns what the client of a key may do.
func scopesOf(a *App, key string) (scopes []clientauth.Scope) {
	request := &http.Request{Header: http.Header{"X-Api-Key": {key}}}
	id, _ := a.Authenticator().Authenticate(request, netip.MustParseAddr("203.0.113.1"))
	for _, s := range clientauth.Scopes() {
		if id.HasScope(s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

func TestEntryWithoutAKeyDoesNotKeepTheGatewayFromStarting(t *testing.T) {
	a := newApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, clientauth.WriteFile(a.ClientsFile, []clientauth.Entry{{Client: clientauth.Client{Name: "keyless"}}}))
	require.NoError(t, provision(t, a))
	logs := observe(a)
	require.NoError(t, a.Start())
	require.NoError(t, a.Stop())
	said := logs.FilterMessage("a client of the clients file cannot be reached").All()
	require.Len(t, said, 1)
	assert.Equal(t, "keyless", said[0].ContextMap()["client"])
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
