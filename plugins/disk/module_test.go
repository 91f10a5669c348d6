package disk

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/plugins"
)

// load makes the module of a configuration as Caddy does.
func load(t *testing.T, config string) (plugins.StoreProvider, error) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
	m, err := ctx.LoadModuleByID("tributary.stores.disk", json.RawMessage(config))
	if err != nil {
		return nil, err
	}
	return m.(plugins.StoreProvider), nil
}

func TestModule(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, err := load(t, `{}`)
	require.NoError(t, err)
	assert.NoDirExists(t, dir)
	s, err := m.OpenStore(t.Context(), dir)
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(dir, "cache.db"))
	assert.EqualValues(t, 1<<30, s.(*store).size)
	require.NoError(t, s.Close())

	path := filepath.Join(t.TempDir(), "elsewhere", "reports")
	m, err = load(t, `{"path":"`+path+`","size":1048576}`)
	require.NoError(t, err)
	s, err = m.OpenStore(t.Context(), dir)
	require.NoError(t, err)
	assert.FileExists(t, path)
	assert.EqualValues(t, 1<<20, s.(*store).size)
	require.NoError(t, s.Close())

	require.NoError(t, os.WriteFile(path+" file", nil, 0o600))
	m, err = load(t, `{"path":"`+path+` file/cache.db"}`)
	require.NoError(t, err)
	s, err = m.OpenStore(t.Context(), dir)
	require.ErrorContains(t, err, path)
	assert.True(t, s == nil, "none at all, and not a pointer to none") //nolint:testifylint // Nil takes the one for the other
}

func TestStoreKey(t *testing.T) {
	key := func(config, dir string) string {
		m, err := load(t, config)
		require.NoError(t, err)
		return m.StoreKey(dir)
	}
	assert.Equal(t, key(`{}`, "/data"), key(`{"path":"/data/cache.db","size":1073741824}`, "/other"))
	assert.NotEqual(t, key(`{}`, "/data"), key(`{}`, "/other"))
	assert.NotEqual(t, key(`{}`, "/data"), key(`{"size":1048576}`, "/data"))
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, key(`{}`, here), key(`{"path":"./cache.db"}`, "/data"))
}

func TestSizesThatAreRefused(t *testing.T) {
	for _, config := range []string{`{"size":-1}`, `{"size":1048575}`, `{"size":17592186044417}`, `{"size":"1GiB"}`, `{"sise":1048576}`} {
		_, err := load(t, config)
		assert.Error(t, err, config)
	}
}

func TestCaddyfile(t *testing.T) {
	tests := []struct {
		name, text, want, problem string
	}{
		{"nothing", `disk`, `{}`, ""},
		{"empty block", "disk {\n}", `{}`, ""},
		{"both", "disk {\n\tpath ./data/cache.db\n\tsize 512MiB\n}", `{"path":"./data/cache.db","size":536870912}`, ""},
		{"placeholders stay", "disk {\n\tpath {env.CACHE}/cache.db\n}", `{"path":"{env.CACHE}/cache.db"}`, ""},
		{"argument", `disk ./data`, "", "wrong argument count"},
		{"path twice", "disk {\n\tpath a\n\tpath b\n}", "", "path already specified"},
		{"size twice", "disk {\n\tsize 1GiB\n\tsize 1GiB\n}", "", "size already specified"},
		{"path without a value", "disk {\n\tpath\n}", "", "wrong argument count"},
		{"path with two", "disk {\n\tpath a b\n}", "", "wrong argument count"},
		{"empty path", "disk {\n\tpath \"\"\n}", "", "wrong argument count"},
		{"size without a value", "disk {\n\tsize\n}", "", "wrong argument count"},
		{"size in words", "disk {\n\tsize much\n}", "", "size is between 1MiB and 16TiB"},
		{"too small", "disk {\n\tsize 1023KiB\n}", "", "size is between 1MiB and 16TiB"},
		{"too large", "disk {\n\tsize 17TiB\n}", "", "size is between 1MiB and 16TiB"},
		{"unknown", "disk {\n\tcolour red\n}", "", "unrecognized subdirective 'colour'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var m Module
			err := m.UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.text))
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			got, err := json.Marshal(m)
			require.NoError(t, err)
			assert.JSONEq(t, test.want, string(got))
		})
	}
}

func TestOpeningIsCancelled(t *testing.T) {
	m, err := load(t, `{}`)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = m.OpenStore(ctx, t.TempDir())
	assert.ErrorIs(t, err, context.Canceled)
}
