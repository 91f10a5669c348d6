package gateway

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// newTenantApp returns an app whose one platform only the client tenant has an account at.
func newTenantApp(t *testing.T) *App {
	t.Helper()
	a := newApp(t)
	a.Platforms[0].Credentials = nil
	a.Clients = append(a.Clients, clientauth.Client{
		Name: "tenant", KeySHA256: []string{clientauth.HashKey("tenant")},
		Credentials: map[string]map[string]string{"plain": {"api_key": "own"}},
	})
	return a
}

func TestPlatformOfTenantsHasNoCommonAccount(t *testing.T) {
	a := newTenantApp(t)
	require.NoError(t, provision(t, a))
	assert.Empty(t, a.Clients[0].Platforms, "the configuration is shown as it was written")

	common := a.Engine("acme").Platform("plain")
	require.NotNil(t, common, "the platform is there, so that a client is told why it may not use it")
	response, p := common.Caller.Do(t.Context(), new(exchange.Request))
	require.NotNil(t, p)
	assert.Equal(t, problem.Forbidden, p.Code)
	assert.Equal(t, "plain", p.Platform)
	response.Release()
	assert.NotNil(t, a.Engine("tenant").Platform("plain").Health, "the tenant's own account can be called")

	all, err := a.chooseAccounts(nil, allClients)
	require.NoError(t, err)
	reports := a.describeAccounts(all)
	require.Len(t, reports, 2)
	assert.Equal(t, "none", reports[0].Credential.State)
	assert.Equal(t, "tenant", *reports[1].Client)
	assert.Equal(t, "unknown", reports[1].Credential.State)
}

func TestEntriesOfTheFileAreConfinedToPlatformsWithAnAccount(t *testing.T) {
	a := newTenantApp(t)
	a.ClientsFile = filepath.Join(t.TempDir(), "clients.json")
	require.NoError(t, os.WriteFile(a.ClientsFile, []byte(`{"clients":[
		{"name":"anything","key_sha256":["`+clientauth.HashKey("a")+`"]},
		{"name":"named","key_sha256":["`+clientauth.HashKey("b")+`"],"platforms":["plain"]},
		{"name":"own","key_sha256":["`+clientauth.HashKey("c")+`"],"credentials":{"plain":{"api_key":"{env.HOME}"}}}
	]}`), 0o600))
	require.NoError(t, provision(t, a))
	assert.Equal(t, "anything", ask(a, "a"))
	assert.Equal(t, "unauthenticated", ask(a, "b"), "one that could use nothing is left out")
	assert.Equal(t, "unauthenticated", ask(a, "c"), "only the configuration names credentials")
}

func TestWithAccountsConfines(t *testing.T) {
	a := newTenantApp(t)
	a.Platforms = append(a.Platforms, &Platform{Name: "common", Credentials: map[string]string{"api_key": "k"}})
	clients := a.withAccounts([]clientauth.Client{{Name: "from the file"}, {Name: "named", Platforms: []string{"common"}}})
	got := map[string][]string{}
	for _, c := range clients {
		got[c.Name] = c.Platforms
	}
	assert.Equal(t, map[string][]string{
		"acme":          {"local", "common"},
		"tenant":        nil,
		"from the file": {"local", "common"},
		"named":         {"common"},
	}, got)
}

func TestCleanupGivesAccountsBackThatOnlyClientsHave(t *testing.T) {
	count := func() (n int) {
		shared.Range(func(key, _ any) bool {
			if _, ok := key.(stateKey); ok {
				n++
			}
			return true
		})
		return n
	}
	before := count()
	t.Run("while it runs", func(t *testing.T) {
		require.NoError(t, provision(t, newTenantApp(t)))
		assert.Equal(t, before+1, count(), "the tenant's")
	})
	assert.Equal(t, before, count())
}
