package clientauth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

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
	entries := []Entry{{Client: clients[0]}, {Client: clients[1]}}
	require.NoError(t, WriteFile(path, entries))
	require.NoError(t, WriteFile(path, entries), "a second time replaces the first")

	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "nothing temporary stays")

	got, err := ReadFile(path)
	require.NoError(t, err)
	require.Len(t, got, len(clients))
	for i := range clients {
		clients[i].DeclaredAt = path
		require.NoError(t, got[i].Err)
		assert.Equal(t, clients[i], got[i].Client)
	}
}

func TestMissingFileHoldsNoClients(t *testing.T) {
	clients, err := ReadFile(filepath.Join(t.TempDir(), "clients.json"))
	require.NoError(t, err)
	assert.Empty(t, clients)
}

func TestRefusedFiles(t *testing.T) {
	tests := []struct{ name, content string }{
		{"empty", ""},
		{"cut off", `{"clients":[{"name":"acme"`},
		{"a list", `[{"name":"acme"}]`},
		{"unknown member", `{"client":[{"name":"acme"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clients.json")
			require.NoError(t, os.WriteFile(path, []byte(tt.content), 0o600))
			_, err := ReadFile(path)
			require.ErrorContains(t, err, "reading clients of "+path)

			err = EditFile(t.Context(), path, func(entries []Entry) ([]Entry, error) { return nil, nil })
			require.ErrorContains(t, err, "reading clients of "+path)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, tt.content, string(content))
		})
	}
}

func TestEditsAtOnceAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.json")
	var editors errgroup.Group
	var want []string
	for i := range 16 {
		name := fmt.Sprintf("c%02d", i)
		want = append(want, name)
		editors.Go(func() error {
			return EditFile(t.Context(), path, func(entries []Entry) ([]Entry, error) {
				return append(entries, Entry{Client: Client{Name: name}}), nil
			})
		})
	}
	require.NoError(t, editors.Wait())

	entries, err := ReadFile(path)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Client.Name)
	}
	assert.ElementsMatch(t, want, got)
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no lock stays")
}

func TestEditGivesUpOnALockThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "clients.json")
		require.NoError(t, os.WriteFile(path+".lock", nil, 0o600))
		edit := func(entries []Entry) ([]Entry, error) { return append(entries, Entry{Client: Client{Name: "a"}}), nil }

		err := EditFile(t.Context(), path, edit)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "if none is running, remove "+path+".lock")
		assert.NoFileExists(t, path)
		assert.FileExists(t, path+".lock", "the lock is another's")

		require.NoError(t, os.Remove(path+".lock"))
		require.NoError(t, EditFile(t.Context(), path, edit))
		assert.FileExists(t, path)
	})
}

func TestFailedEditChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.json")
	err := EditFile(t.Context(), path, func([]Entry) ([]Entry, error) { return nil, os.ErrInvalid })
	require.ErrorIs(t, err, os.ErrInvalid)
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Empty(t, files)
}

func TestWriteFileIntoMissingFolder(t *testing.T) {
	err := WriteFile(filepath.Join(t.TempDir(), "nowhere", "clients.json"), nil)
	require.ErrorContains(t, err, "writing clients")
}
