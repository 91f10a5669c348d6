package sandbox_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	_ "github.com/tributary-gateway/tributary/examples/sandbox"
)

// adapt returns the handlers of a Caddyfile, in the order of their addresses
// and of Caddy's directives.
func adapt(text string) ([]json.RawMessage, error) {
	body, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), nil)
	if err != nil {
		return nil, err
	}
	type route struct {
		Handle []json.RawMessage `json:"handle"`
	}
	var config struct {
		Apps struct {
			HTTP struct {
				Servers map[string]struct {
					Routes []struct {
						Handle []struct {
							Routes []route `json:"routes"`
						} `json:"handle"`
					} `json:"routes"`
				} `json:"servers"`
			} `json:"http"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(body, &config); err != nil {
		return nil, err
	}
	var handlers []json.RawMessage
	for _, name := range []string{"srv0", "srv1", "srv2", "srv3", "srv4"} {
		for _, site := range config.Apps.HTTP.Servers[name].Routes {
			for _, inner := range site.Handle[0].Routes {
				handlers = append(handlers, inner.Handle...)
			}
		}
	}
	return handlers, nil
}

func TestCaddyfile(t *testing.T) {
	text, err := os.ReadFile("testdata/all.caddyfiletest")
	require.NoError(t, err)
	caddyfile, want, found := strings.Cut(string(text), "----------\n")
	require.True(t, found)
	handlers, err := adapt(caddyfile)
	require.NoError(t, err)
	got, err := json.Marshal(handlers)
	require.NoError(t, err)
	require.JSONEq(t, want, string(got))
}

func TestCaddyfileErrors(t *testing.T) {
	tests := []struct{ name, directive, want string }{
		{"argument of the directive", "sandbox_affjet key", "wrong argument count"},
		{"unknown option", "sandbox_affjet {\n colour red\n}", "unrecognized subdirective 'colour'"},
		{"option of another platform", "sandbox_affjet {\n access_id x\n}", "unrecognized subdirective 'access_id'"},
		{"option twice", "sandbox_affili {\n access_id a\n access_id b\n}", "access_id already specified"},
		{"too few arguments", "sandbox_trackfinity {\n username\n}", "wrong argument count"},
		{"too many arguments", "sandbox_keitaro {\n key a b\n}", "wrong argument count"},
		{"argument of a switch", "sandbox_trackier {\n faults on\n}", "wrong argument count"},
		{"empty list", "sandbox_affjet {\n allow_ips\n}", "wrong argument count"},
		{"no rows", "sandbox_affjet {\n rows 0\n}", "'0' is not a number from 1"},
		{"rows in words", "sandbox_affili {\n page_size many\n}", "'many' is not a number from 1"},
		{"negative seed", "sandbox_affjet {\n seed -1\n}", "'-1' is not a number from 0"},
		{"latency without a unit", "sandbox_affjet {\n latency 5\n}", "'5' is not a duration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := adapt(":9100 {\n" + test.directive + "\n}\n")
			require.ErrorContains(t, err, test.want)
		})
	}
}
