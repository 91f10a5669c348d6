package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

// adapt adapts a Caddyfile that is called Caddyfile.
func adapt(t testing.TB, text string) ([]byte, error) {
	t.Helper()
	out, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	for _, w := range warnings {
		t.Errorf("warning: %s", w)
	}
	return out, err
}

// TestAdapt adapts each file of testdata/adapt: a Caddyfile, a line of dashes,
// and either the JSON it adapts to or a part of the error.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			input, want, ok := strings.Cut(string(content), "\n----------\n")
			require.True(t, ok, "the file has no line of dashes")
			want = strings.TrimSpace(want)

			got, err := adapt(t, input+"\n")
			if strings.HasPrefix(want, "{") {
				require.NoError(t, err)
				assert.JSONEq(t, want, string(got))
				return
			}
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "hidden", "a secret is repeated")
		})
	}
}

func FuzzUnmarshalCaddyfile(f *testing.F) {
	files, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	require.NoError(f, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		input, _, _ := strings.Cut(string(content), "\n----------\n")
		f.Add(strings.TrimSuffix(strings.TrimPrefix(input, "{\n"), "\n}"))
	}
	surface, err := loadSurface()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		app := new(App)
		if app.UnmarshalCaddyfile(caddyfile.NewTestDispenser(text)) != nil {
			return
		}
		for _, p := range app.Platforms {
			if err := p.validate(); err != nil {
				t.Errorf("an invalid platform was accepted: %v", err)
			}
		}
		if err := app.Cache.validate(surface, app.platformNames()); err != nil {
			t.Errorf("an invalid cache was accepted: %v", err)
		}
	})
}
