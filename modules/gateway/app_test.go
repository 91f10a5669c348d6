package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
)

// The SHA-256 of "test", as sha256sum prints it.
const sumOfTest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// plainMapping is a mapping with one credential and no operation that matters here.
const plainMapping = `mapping: v1
platform: plain
title: Plain
server: https://plain.example/api
credentials:
  api_key: {description: "a key"}
auth:
  - {header: X-Key, value: "{credentials.api_key}"}
resources:
  network:
    native_id: id
    name: name
operations:
  networks.list:
    call: GET /networks
    rows: data
`

// newApp returns an app with the plain mapping and data of its own, to be
// changed and then provisioned.
func newApp(t testing.TB) *App {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "mappings", "plain"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mappings", "plain", "mapping.yaml"), []byte(plainMapping), 0o600))
	return &App{
		bundled:   fstest.MapFS{},
		DataDir:   filepath.Join(dir, "data"),
		Mappings:  []string{filepath.Join(dir, "mappings")},
		Platforms: []*Platform{{Name: "plain", Credentials: map[string]string{"api_key": "k"}, DeclaredAt: "Caddyfile:3"}},
		Clients:   []clientauth.Client{{Name: "acme", KeySHA256: []string{sumOfTest}}},
	}
}

// provision provisions an app until the test ends.
func provision(t testing.TB, a *App) error {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(func() {
		cancel()
		require.NoError(t, a.Cleanup())
	})
	return a.Provision(ctx)
}

func TestProvisionedAppIsReady(t *testing.T) {
	a := newApp(t)
	require.NoError(t, provision(t, a))

	engine := a.Engine("acme")
	require.NotNil(t, engine)
	p := engine.Platform("plain")
	require.NotNil(t, p)
	assert.NotNil(t, p.Operation("networks.list"))
	assert.Equal(t, "https://plain.example/api", p.Server.String())
	assert.Equal(t, exchange.CredentialUnknown, p.Health().Credential)
	assert.NotNil(t, a.Surface().Operation("networks.list"))
	assert.NotNil(t, a.Authenticator())
	require.NoError(t, a.Start())
	require.NoError(t, a.Stop())
}

func TestRefusedConfigurations(t *testing.T) {
	t.Setenv("SET", "hidden")
	tests := []struct {
		name   string
		change func(a *App)
		want   string
	}{
		{
			"missing environment variable",
			func(a *App) { a.Platforms[0].Credentials["api_key"] = "{env.MISSING}" },
			"platform plain, at Caddyfile:3: resolving credential api_key: evaluated placeholder {env.MISSING} is empty",
		},
		{
			"missing file",
			func(a *App) { a.Platforms[0].Credentials["api_key"] = "{file./nowhere}" },
			"platform plain, at Caddyfile:3: resolving credential api_key: evaluated placeholder {file./nowhere} is empty",
		},
		{
			"unknown placeholder",
			func(a *App) { a.Platforms[0].Credentials["api_key"] = "{vault.key}" },
			"resolving credential api_key: unrecognized placeholder {vault.key}",
		},
		{
			"missing credential",
			func(a *App) { a.Platforms[0].Credentials = nil },
			"platform plain, at Caddyfile:3: the credential api_key is missing; the mapping plain needs api_key",
		},
		{
			"credential that the mapping has not",
			func(a *App) { a.Platforms[0].Credentials["password"] = "hidden" },
			"the credential password is not one of the mapping plain, which has api_key",
		},
		{
			"server with a password in the environment",
			func(a *App) { a.Platforms[0].Server = "https://u:{env.SET}@plain.example" },
			"server holds no user or password",
		},
		{
			"no such mapping",
			func(a *App) { a.Platforms[0].Mapping = "plane" },
			`platform plain, at Caddyfile:3: there is no mapping "plane"; there are `,
		},
		{
			"unknown option",
			func(a *App) { a.Platforms[0].Options = map[string]string{"role": "admin"} },
			`option "role"`,
		},
		{
			"two platforms of one name",
			func(a *App) { a.Platforms = append(a.Platforms, a.Platforms[0]) },
			"platform plain, at Caddyfile:3: there is another platform of this name",
		},
		{
			"no such folder of mappings",
			func(a *App) { a.Mappings = append(a.Mappings, "/nowhere") },
			"loading mappings: open /nowhere",
		},
		{
			"unknown transport",
			func(a *App) { a.Platforms[0].TransportRaw = json.RawMessage(`{"protocol":"pigeon"}`) },
			"platform plain, at Caddyfile:3: loading transport",
		},
		{
			"egress address",
			func(a *App) { a.EgressAddresses = []string{"gateway.example"} },
			"egress_addresses",
		},
		{
			"client of an unknown platform",
			func(a *App) {
				a.Clients[0].Platforms = []string{"plain", "plane"}
				a.Clients[0].DeclaredAt = "Caddyfile:9"
			},
			`client "acme", at Caddyfile:9: there is no platform "plane"`,
		},
		{
			"client's credential of an unknown platform",
			func(a *App) { a.Clients[0].Credentials = map[string]map[string]string{"plane": {"api_key": "x"}} },
			`there is no platform "plane"`,
		},
		{
			"client's credential that cannot be resolved",
			func(a *App) {
				a.Clients[0].Credentials = map[string]map[string]string{"plain": {"api_key": "{env.MISSING}"}}
			},
			`platform plain: resolving credential api_key: evaluated placeholder {env.MISSING} is empty`,
		},
		{
			"two clients of one name",
			func(a *App) { a.Clients = append(a.Clients, clientauth.Client{Name: "acme"}) },
			"another client of this name",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t)
			tt.change(a)
			err := provision(t, a)
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "hidden")
		})
	}
}

func TestFaultyMappingIsRefusedWithItsPosition(t *testing.T) {
	a := newApp(t)
	file := filepath.Join(a.Mappings[0], "plain", "mapping.yaml")
	require.NoError(t, os.WriteFile(file, []byte(plainMapping+"colour: red\n"), 0o600))
	require.ErrorContains(t, provision(t, a), "plain/mapping.yaml:17:1")
}

func TestMappingInAFolderOfAnotherNameIsRefused(t *testing.T) {
	a := newApp(t)
	require.NoError(t, os.Rename(filepath.Join(a.Mappings[0], "plain"), filepath.Join(a.Mappings[0], "acme")))
	require.ErrorContains(t, provision(t, a), `acme/mapping.yaml:2:11: platform: the mapping is called "plain" and its folder "acme"`)
}

func TestFolderThatIsAMappingItself(t *testing.T) {
	a := newApp(t)
	t.Chdir(filepath.Join(a.Mappings[0], "plain"))
	for _, folder := range []string{".", filepath.Join("..", "plain"), filepath.Join(a.Mappings[0], "plain")} {
		b := newApp(t)
		b.Mappings = []string{folder}
		require.NoError(t, provision(t, b), folder)
	}
}

func TestClientWithoutAKeyIsRefusedAtStart(t *testing.T) {
	a := newApp(t)
	a.Clients = append(a.Clients, clientauth.Client{Name: "keyless"})
	require.NoError(t, provision(t, a))
	require.ErrorContains(t, a.Start(), `client "keyless"`)
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Setenv("PLAIN_KEY", "hidden")
	a := newApp(t)
	a.Platforms[0].Credentials["api_key"] = "{env.PLAIN_KEY}"
	a.Platforms[0].Server = "https://{env.PLAIN_KEY}.example"
	require.NoError(t, provision(t, a))

	// what GET /config/ answers is the configuration as it was loaded
	shown, err := json.Marshal(a)
	require.NoError(t, err)
	assert.Contains(t, string(shown), "{env.PLAIN_KEY}")
	assert.NotContains(t, string(shown), "hidden")
	assert.NotContains(t, fmt.Sprintf("%+v", a.Platforms[0]), "hidden")
}

func TestClientWithItsOwnAccountHasItsOwnEngine(t *testing.T) {
	a := newApp(t)
	a.Clients = append(a.Clients,
		clientauth.Client{Name: "own", KeySHA256: []string{clientauth.HashKey("own")}, Credentials: map[string]map[string]string{"plain": {"api_key": "other"}}})
	require.NoError(t, provision(t, a))
	assert.Same(t, a.Engine("acme"), a.Engine("nobody"))
	require.NotSame(t, a.Engine("acme"), a.Engine("own"))
	assert.NotSame(t, a.Engine("acme").Platform("plain").State, a.Engine("own").Platform("plain").State)
}

func TestStateOutlivesReloads(t *testing.T) {
	first := newApp(t)
	require.NoError(t, provision(t, first))
	state := first.Engine("").Platform("plain").State

	tests := []struct {
		name   string
		change func(p *Platform)
		same   bool
	}{
		{"nothing changed", func(*Platform) {}, true},
		{"another limit", func(p *Platform) { p.Concurrency = 2 }, true},
		{"another credential", func(p *Platform) { p.Credentials["api_key"] = "other" }, false},
		{"another server", func(p *Platform) { p.Server = "https://other.example" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := newApp(t)
			tt.change(next.Platforms[0])
			require.NoError(t, provision(t, next))
			assert.Equal(t, tt.same, state == next.Engine("").Platform("plain").State)
		})
	}
}

// Rows read ahead of a page, and answers ready to send, are found by those alone whose answers
// would be the same.
func TestWhatIsKeptBelongsToTheSamePlatforms(t *testing.T) {
	first := newApp(t)
	require.NoError(t, provision(t, first))

	tests := []struct {
		name   string
		change func(a *App)
		same   bool
	}{
		{"nothing changed", func(*App) {}, true},
		{"another client", func(a *App) { a.Clients[0].Name = "other" }, true},
		{"another bound of memory", func(a *App) { a.Cache = &Cache{Memory: 8 << 20} }, true},
		{"another zone", func(a *App) { a.Platforms[0].Timezone = "Asia/Tokyo" }, false},
		{"another credential", func(a *App) { a.Platforms[0].Credentials["api_key"] = "other" }, false},
		{"another mapping", func(a *App) {
			file := filepath.Join(a.Mappings[0], "plain", "mapping.yaml")
			require.NoError(t, os.WriteFile(file, []byte(plainMapping+"    total: total\n"), 0o600))
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := newApp(t)
			next.DataDir = first.DataDir // and its secret
			tt.change(next)
			require.NoError(t, provision(t, next))
			assert.NotEmpty(t, next.Engine("").Identity())
			assert.Equal(t, tt.same, next.Engine("").Identity() == first.Engine("").Identity())
		})
	}
}

func TestCleanupGivesEverythingBack(t *testing.T) {
	count := func() (n int) {
		shared.Range(func(_, _ any) bool { n++; return true })
		return n
	}
	before := count()
	for _, broken := range []bool{false, true} {
		a := newApp(t)
		a.Clients[0].Rate = &clientauth.Rate{Requests: 1, Per: caddy.Duration(1e9)}
		if broken {
			a.Clients[0].Credentials = map[string]map[string]string{"plain": {"api_key": "{env.MISSING}"}}
		}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		err := a.Provision(ctx)
		assert.Equal(t, broken, err != nil)
		assert.Greater(t, count(), before)
		require.NoError(t, a.Cleanup())
		require.NoError(t, a.Cleanup(), "a second time there is nothing to give back")
		cancel()
		assert.Equal(t, before, count())
	}
}

func TestOnlyAStartedAppLeavesFiles(t *testing.T) {
	a := newApp(t)
	require.NoError(t, provision(t, a))
	assert.NoDirExists(t, a.DataDir)
	require.NoError(t, a.Start())
	assert.FileExists(t, filepath.Join(a.DataDir, "cursor.key"))

	next := newApp(t)
	next.DataDir = a.DataDir
	require.NoError(t, provision(t, next))
	assert.Equal(t, a.cursors.value, next.cursors.value)
}

func TestAppRunsWhereNothingCanBeKept(t *testing.T) {
	a := newApp(t)
	a.DataDir = filepath.Join(a.Mappings[0], "plain", "mapping.yaml", "below a file")
	require.ErrorContains(t, provision(t, a), "reading a secret")

	b := newApp(t)
	require.NoError(t, provision(t, b))
	require.NoError(t, os.WriteFile(b.DataDir, nil, 0o600), "a file where the folder should be")
	require.NoError(t, b.Start())
}

func TestSecretStaysTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "cursor.key")
	first, err := loadSecret(path)
	require.NoError(t, err)
	assert.Len(t, first.value, 32)
	second, err := loadSecret(path)
	require.NoError(t, err)
	assert.NotEqual(t, first.value, second.value, "nothing was saved yet")

	require.NoError(t, first.save())
	require.NoError(t, first.save(), "a second time there is nothing to do")
	require.ErrorIs(t, second.save(), os.ErrExist, "a secret is never replaced")
	again, err := loadSecret(path)
	require.NoError(t, err)
	assert.Equal(t, first.value, again.value)

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing temporary stays")

	require.NoError(t, os.WriteFile(path, []byte("short"), 0o600))
	_, err = loadSecret(path)
	require.ErrorContains(t, err, "holds 5 bytes, not 32")
}
