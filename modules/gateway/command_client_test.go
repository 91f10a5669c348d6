package gateway

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

// run runs `client` with arguments, and returns what it prints.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return execute(t, clientCommand, "", args)
}

// execute runs a command of the gateway with arguments and a standard input.
func execute(t *testing.T, command func(*cobra.Command), stdin string, args []string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
	command(cmd)
	var out, errOut bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// clientsOf returns the usable clients of a file.
func clientsOf(t *testing.T, file string) []clientauth.Client {
	t.Helper()
	entries, err := clientauth.ReadFile(file)
	require.NoError(t, err)
	clients, err := clientauth.Usable(nil, entries)
	require.NoError(t, err)
	return clients
}

func TestClientIsAddedListedAndRevoked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clients.json")

	out, notice, err := run(t, "add", "acme", "--file", file, "--platform", "affjet,tracker_us",
		"--scope", "read", "--scope", "write", "--allow-ip", "203.0.113.0/24,private_ranges", "--rate", "600/1m")
	require.NoError(t, err)
	key := strings.TrimSpace(out)
	assert.Regexp(t, `^trib_[A-Za-z0-9_-]{43}$`, key, "the standard output is the key alone")
	assert.NotContains(t, notice, key)

	a, err := clientauth.New(clientsOf(t, file), nil)
	require.NoError(t, err)
	request := &http.Request{Header: http.Header{"X-Api-Key": {key}}}
	id, p := a.Authenticate(request, netip.MustParseAddr("203.0.113.9"))
	require.Nil(t, p)
	assert.Equal(t, "acme", id.Name())
	assert.True(t, id.HasScope(clientauth.ScopeWrite))
	assert.False(t, id.HasScope(clientauth.ScopeAdmin))
	assert.False(t, id.Allows("other"))

	_, _, err = run(t, "add", "plain", "--file", file)
	require.NoError(t, err)
	out, _, err = run(t, "list", "--file", file)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.Equal(t, []string{"NAME", "KEYS", "PLATFORMS", "SCOPES", "ALLOW_IPS", "RATE", "NATIVE"}, strings.Fields(lines[0]))
	assert.Equal(t, []string{"acme", "1", "affjet,tracker_us", "read,write", "203.0.113.0/24,private_ranges", "600/1m", "none"}, strings.Fields(lines[1]))
	assert.Equal(t, []string{"plain", "1", "all", "read", "any", "none", "none"}, strings.Fields(lines[2]))
	assert.NotContains(t, out, key)

	_, _, err = run(t, "revoke", "acme", "--file", file)
	require.NoError(t, err)
	clients := clientsOf(t, file)
	require.Len(t, clients, 1)
	assert.Equal(t, "plain", clients[0].Name)
}

func TestClientCommandRefuses(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no name", []string{"add"}, "accepts 1 arg(s)"},
		{"two names", []string{"add", "a", "b"}, "accepts 1 arg(s)"},
		{"a name that is taken", []string{"add", "taken"}, "another client of this name"},
		{"an unknown scope", []string{"add", "a", "--scope", "root"}, `unknown scope "root"`},
		{"a bad range", []string{"add", "a", "--allow-ip", "10.0.0.1/8"}, "did you mean 10.0.0.0/8?"},
		{"a rate without time", []string{"add", "a", "--rate", "600"}, "REQUESTS/DURATION"},
		{"a rate of nothing", []string{"add", "a", "--rate", "0/1m"}, "at least 1 request"},
		{"a platform that no configuration could have", []string{"add", "a", "--platform", "Plain"}, `"Plain" cannot be the name of a platform`},
		{"no platform, from an empty variable", []string{"add", "a", "--platform", ""}, "--platform is empty"},
		{"no scope", []string{"add", "a", "--scope="}, "--scope is empty"},
		{"no address", []string{"add", "a", "--allow-ip", ""}, "--allow-ip is empty"},
		{"no rate", []string{"add", "a", "--rate", ""}, "--rate is empty"},
		{"a space in the name", []string{"add", "a b"}, "no spaces"},
		{"a native rule without a path's slash", []string{"add", "a", "--scope", "native", "--native", "plain GET a"}, "it has to begin with a slash"},
		{"a native rule without the scope", []string{"add", "a", "--native", "plain"}, "without the scope native"},
		{"a native rule for what is no platform", []string{"add", "a", "--scope", "native", "--native", "Plain"}, `"Plain" cannot be the name of a platform`},
		{"no native rule", []string{"add", "a", "--native", ""}, "--native is empty"},
		{"revoking nobody", []string{"revoke", "nobody"}, `there is no such client: "nobody"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "clients.json")
			_, err := addClient(t.Context(), file, clientauth.Client{Name: "taken"})
			require.NoError(t, err)

			_, _, err = run(t, append(tt.args, "--file", file)...)
			require.ErrorContains(t, err, tt.want)
			assert.Len(t, clientsOf(t, file), 1, "the file is as it was")
		})
	}
}

func TestClientCommandsSayThatThereIsNoFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nowhere", "nope.json")
	for _, args := range [][]string{{"list"}, {"revoke", "acme"}} {
		_, _, err := run(t, append(args, "--file", file)...)
		require.EqualError(t, err, "there is no such file: "+file)
	}
}

func TestClientCommandsCopeWithBadEntries(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clients.json")
	const bad = `{"name":"bad","platform":["plain"]}`
	require.NoError(t, os.WriteFile(file, []byte(`{"clients":[`+bad+`,{"name":"twin"},{"name":"twin","scopes":["admin"]}]}`), 0o600))

	_, _, err := run(t, "add", "bad", "--file", file)
	require.ErrorContains(t, err, "another client of this name", "a bad entry has its name too")
	_, _, err = run(t, "add", "good", "--file", file)
	require.NoError(t, err)
	out, notice, err := run(t, "list", "--file", file)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.Equal(t, []string{"twin", "0", "all", "read", "any", "none", "none"}, strings.Fields(lines[1]))
	assert.Equal(t, []string{"good", "1", "all", "read", "any", "none", "none"}, strings.Fields(lines[2]))
	assert.Contains(t, notice, `entry 1 cannot be used: client "bad", at `+file+`: json: unknown field "platform"`)
	assert.Contains(t, notice, `entry 3 cannot be used: client "twin", at `+file+`: there is another client of this name`)

	_, _, err = run(t, "revoke", "twin", "--file", file)
	require.NoError(t, err)
	clients := clientsOf(t, file)
	require.Len(t, clients, 1, "no second entry takes the place of the first")
	assert.Equal(t, "good", clients[0].Name)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(content), `"platform"`, "a bad entry is left for its owner to mend")

	_, _, err = run(t, "revoke", "bad", "--file", file)
	require.NoError(t, err)
	assert.Len(t, clientsOf(t, file), 1)
}

func TestClientsAddedAtOnceAreAllKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clients.json")
	var commands errgroup.Group
	const n = 8
	for i := range n {
		commands.Go(func() error {
			_, err := addClient(t.Context(), file, clientauth.Client{Name: fmt.Sprintf("c%d", i)})
			return err
		})
	}
	require.NoError(t, commands.Wait())
	assert.Len(t, clientsOf(t, file), n)
}

func TestEveryClientCommandHasHelpAndAnExample(t *testing.T) {
	cmd := &cobra.Command{Use: "client"}
	clientCommand(cmd)
	assert.NotEmpty(t, cmd.Example)
	for _, sub := range cmd.Commands() {
		assert.NotEmpty(t, sub.Short, sub.Name())
		assert.Contains(t, sub.Example, "tributary client "+sub.Name())
	}
}

func TestClientCommandKeepsNativeRules(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clients.json")
	_, _, err := run(t, "add", "partner", "--file", file, "--scope", "native",
		"--native", "tracker_us GET /admin_api/v1/*", "--native", "tracker_eu POST /admin_api/v1/report/build")
	require.NoError(t, err)
	assert.Equal(t, []clientauth.NativeRule{
		{Platform: "tracker_us", Methods: []string{"GET"}, Paths: []string{"/admin_api/v1/*"}},
		{Platform: "tracker_eu", Methods: []string{"POST"}, Paths: []string{"/admin_api/v1/report/build"}},
	}, clientsOf(t, file)[0].Native)
	out, _, err := run(t, "list", "--file", file)
	require.NoError(t, err)
	assert.Contains(t, out, "tracker_us GET /admin_api/v1/*,tracker_eu POST /admin_api/v1/report/build")
}
