package quickstart

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func TestPrintsWhatIsExpected(t *testing.T) {
	want, err := os.ReadFile("testdata/printed.txt")
	require.NoError(t, err)
	var out bytes.Buffer
	a := &App{Key: "trib_demo", Listen: "http://127.0.0.1:8080/", out: &out}
	require.NoError(t, a.Handle(t.Context(), caddy.Event{}))
	assert.Equal(t, string(want), out.String())

	commands := 0
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "curl ") {
			commands++
		}
	}
	assert.Equal(t, 3, commands)
}

func adapt(t *testing.T, text string) ([]byte, error) {
	t.Helper()
	out, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	return out, err
}

func TestAdapts(t *testing.T) {
	out, err := adapt(t, "{\n\tsandbox_quickstart {\n\t\tkey k\n\t\tlisten http://127.0.0.1:8080\n\t}\n}\n")
	require.NoError(t, err)
	assert.JSONEq(t, `{"apps":{"sandbox_quickstart":{"key":"k","listen":"http://127.0.0.1:8080"}}}`, string(out))

	config := new(caddy.Config)
	require.NoError(t, caddy.StrictUnmarshalJSON(out, config))
	require.NoError(t, caddy.Validate(config))
}

func TestRefuses(t *testing.T) {
	tests := []struct{ name, block, want string }{
		{"no key", "listen http://127.0.0.1:8080", "key and listen are required, at Caddyfile:"},
		{"no listen", "key k", "key and listen are required"},
		{"listen without a host", "key k\nlisten 8080", "listen is a URL"},
		{"a key that a shell would split", "key \"a b\"\nlisten http://127.0.0.1:8080", "no spaces"},
		{"key twice", "key a\nkey b", "key already specified, at Caddyfile:4"},
		{"key without value", "key", "wrong argument count"},
		{"unknown option", "port 1", "unrecognized subdirective 'port', at Caddyfile:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := adapt(t, "{\nsandbox_quickstart {\n"+tt.block+"\n}\n}\n")
			require.ErrorContains(t, err, tt.want)
		})
	}
}
