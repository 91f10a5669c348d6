package clientauth

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
)

func TestFileKeepsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.json")
	clients := []Client{
		{
			Name: "acme", KeySHA256: []string{sumOfTest}, Platforms: []string{"one"}, Scopes: []Scope{ScopeRead, ScopeAdmin},
			AllowIPs: []string{PrivateRanges}, Rate: &Rate{Requests: 600, Per: caddy.Duration(time.Minute)},
		},
		{Name: "other", KeySHA256: []string{sumOfRotated}},
	}
	require.NoError(t, WriteFile(path, clients))
	require.NoError(t, WriteFile(path, clients), "a second time replaces the first")

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing temporary stays")

	got, err := ReadFile(path)
	require.NoError(t, err)
	for i := range clients {
		clients[i].DeclaredAt = path
	}
	assert.Equal(t, clients, got)
}

func TestMissingFileHoldsNoClients(t *testing.T) {
	clients, err := ReadFile(filepath.Join(t.TempDir(), "clients.json"))
	require.NoError(t, err)
	assert.Empty(t, clients)
}

func TestRefusedFiles(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"empty", "", "reading clients"},
		{"cut off", `{"clients":[{"name":"acme"`, "reading clients"},
		{"unknown member", `{"clients":[{"name":"acme","key":"x"}]}`, `unknown field "key"`},
		{"invalid client", `{"clients":[{"name":"acme","key_sha256":["x"]}]}`, `client "acme"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clients.json")
			require.NoError(t, os.WriteFile(path, []byte(tt.content), 0o600))
			_, err := ReadFile(path)
			require.ErrorContains(t, err, tt.want)
			assert.ErrorContains(t, err, path)
		})
	}
}

func TestWriteFileIntoMissingFolder(t *testing.T) {
	err := WriteFile(filepath.Join(t.TempDir(), "nowhere", "clients.json"), nil)
	require.ErrorContains(t, err, "writing clients")
}
