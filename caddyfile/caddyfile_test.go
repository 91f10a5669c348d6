// Package caddyfile_test holds the Caddyfiles of this folder against the modules
// that they name.
package caddyfile_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/tributary-gateway/tributary/examples/sandbox"
	_ "github.com/tributary-gateway/tributary/examples/sandbox/quickstart"
	_ "github.com/tributary-gateway/tributary/modules/standard"
)

// adapt adapts a Caddyfile to a configuration that can be validated anywhere.
func adapt(t *testing.T, text string) *caddy.Config {
	t.Helper()
	// where Caddy and the gateway keep their data
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	out, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	require.NoError(t, err)
	assert.Empty(t, warnings)
	config := new(caddy.Config)
	require.NoError(t, caddy.StrictUnmarshalJSON(out, config))
	return config
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func TestCaddyfilesAreFormatted(t *testing.T) {
	files, err := filepath.Glob("*Caddyfile")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		text := read(t, name)
		assert.Equal(t, string(caddyfile.Format([]byte(text))), text, "%s: run `tributary fmt --overwrite`", name)
	}
}

// The base path itself is the API's too: Caddy would answer it with an empty page.
func TestTheBasePathIsTheAPIs(t *testing.T) {
	for _, name := range []string{"Caddyfile", "production.Caddyfile"} {
		out, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(read(t, name)), map[string]any{"filename": name})
		require.NoError(t, err)
		assert.Contains(t, string(out), `"handler":"unified_api"}],"match":[{"path":["/v1*"]}]`, name)
	}
}

func TestQuickstartIsValid(t *testing.T) {
	require.NoError(t, caddy.Validate(adapt(t, read(t, "Caddyfile"))))
}

func TestQuickstartStaysOnTheLoopback(t *testing.T) {
	config := adapt(t, read(t, "Caddyfile"))
	var http struct {
		Servers map[string]struct {
			Listen []string `json:"listen"`
		} `json:"servers"`
	}
	require.NoError(t, json.Unmarshal(config.AppsRaw["http"], &http))
	var listen []string
	for _, s := range http.Servers {
		listen = append(listen, s.Listen...)
	}
	assert.ElementsMatch(t, []string{
		"127.0.0.1:8080", "127.0.0.1:9101", "127.0.0.1:9102", "127.0.0.1:9103", "127.0.0.1:9104", "127.0.0.1:9105",
	}, listen)
	assert.Equal(t, "127.0.0.1:2019", config.Admin.Listen)
}

func TestQuickstartPrintsTheKeyOfTheDemoClient(t *testing.T) {
	config := adapt(t, read(t, "Caddyfile"))
	var quickstart struct {
		Key string `json:"key"`
	}
	require.NoError(t, json.Unmarshal(config.AppsRaw["sandbox_quickstart"], &quickstart))
	var app struct {
		Clients []struct {
			KeySHA256 []string `json:"key_sha256"`
		} `json:"clients"`
	}
	require.NoError(t, json.Unmarshal(config.AppsRaw["tributary"], &app))
	require.Len(t, app.Clients, 1)
	sum := sha256.Sum256([]byte(quickstart.Key))
	assert.Equal(t, []string{hex.EncodeToString(sum[:])}, app.Clients[0].KeySHA256)
}

func TestProductionIsValid(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "keitaro_us")
	require.NoError(t, os.WriteFile(secret, []byte("from a file\n"), 0o600))
	t.Setenv("ACME_EMAIL", "ops@example.com")
	t.Setenv("AFFJET_API_KEY", "from the environment")
	text := strings.NewReplacer(
		"/run/secrets/keitaro_us", secret,
		"/var/lib/tributary", filepath.Join(dir, "data"),
		"/etc/tributary", dir,
	).Replace(read(t, "production.Caddyfile"))
	require.NoError(t, caddy.Validate(adapt(t, text)))
}

func TestProductionWithoutASecretIsRefused(t *testing.T) {
	t.Setenv("ACME_EMAIL", "ops@example.com")
	text := strings.ReplaceAll(read(t, "production.Caddyfile"), "/var/lib/tributary", t.TempDir())
	err := caddy.Validate(adapt(t, text))
	require.ErrorContains(t, err, "platform affjet, at Caddyfile:")
	require.ErrorContains(t, err, "resolving credential api_key: evaluated placeholder {env.AFFJET_API_KEY} is empty")
}
