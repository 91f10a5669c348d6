package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// platform says how to ask one sandbox something that works.
type platform struct {
	name        string
	credentials string // options with the right credentials
	path        string // a request that is answered with 200
	headers     map[string]string
	refusal     int // status for an address that is not allowed
}

var platforms = []platform{
	{"affjet", `"key":"secret"`, "/externalclient/merchant?apikey=secret", nil, http.StatusForbidden},
	{"affili", `"access_id":"secret"`, "/api/merchants/conversions", map[string]string{"Authorization": `Bearer "secret"`}, http.StatusForbidden},
	{"trackfinity", `"key":"secret","username":"user"`, "/api/ping", map[string]string{"api-key": "secret", "api-username": "user"}, http.StatusForbidden},
	{"keitaro", `"key":"secret"`, "/admin_api/v1/affiliate_networks", map[string]string{"Api-Key": "secret"}, http.StatusForbidden},
	{"trackier", `"key":"secret"`, "/campaign", map[string]string{"X-Api-Key": "secret"}, http.StatusForbidden},
}

// load provisions a handler as Caddy does.
func load(t *testing.T, name, options string) (caddyhttp.MiddlewareHandler, error) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
	module, err := ctx.LoadModuleByID("http.handlers.sandbox_"+name, []byte("{"+options+"}"))
	if err != nil {
		return nil, err
	}
	return module.(caddyhttp.MiddlewareHandler), nil
}

// serve starts a server of a handler and returns its URL.
func serve(t *testing.T, name, options string) string {
	t.Helper()
	handler, err := load(t, name, options)
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handler.ServeHTTP(w, r, nil); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func send(t *testing.T, method, url, body string, headers map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

func TestEveryPlatformAnswers(t *testing.T) {
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) {
			status, body := send(t, http.MethodGet, serve(t, p.name, p.credentials+`,"latency":"1ms"`)+p.path, "", p.headers)
			require.Equal(t, http.StatusOK, status, body)
			require.NotContains(t, body, `"result":100`)
		})
	}
}

func TestAllowlist(t *testing.T) {
	for _, p := range platforms {
		for _, test := range []struct {
			name, options string
			want          int
		}{
			{"deny_all", `,"deny_all":true`, p.refusal},
			{"other address", `,"allow_ips":["203.0.113.7"]`, p.refusal},
			{"loopback", `,"allow_ips":["::1","127.0.0.0/8"]`, http.StatusOK},
		} {
			t.Run(p.name+"/"+test.name, func(t *testing.T) {
				status, body := send(t, http.MethodGet, serve(t, p.name, p.credentials+test.options)+p.path, "", p.headers)
				require.Equal(t, test.want, status, body)
			})
		}
	}
}

func TestFaultsAreSetWhileRunning(t *testing.T) {
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) {
			url := serve(t, p.name, p.credentials+`,"faults":true`)
			status, _ := send(t, http.MethodPut, url+"/_sandbox/faults", `{"times":1,"status":503,"body":"gone"}`, nil)
			require.Equal(t, http.StatusNoContent, status)
			status, body := send(t, http.MethodGet, url+p.path, "", p.headers)
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Equal(t, "gone", body)
			status, _ = send(t, http.MethodGet, url+p.path, "", p.headers)
			require.Equal(t, http.StatusOK, status)
		})
	}
}

func TestFaultsNeedTheirOption(t *testing.T) {
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) {
			url := serve(t, p.name, p.credentials)
			status, _ := send(t, http.MethodPut, url+"/_sandbox/faults", `{"status":503}`, p.headers)
			require.GreaterOrEqual(t, status, http.StatusBadRequest, "the path is not there")
			status, _ = send(t, http.MethodGet, url+p.path, "", p.headers)
			require.Equal(t, http.StatusOK, status)
		})
	}
}

func TestCredentialFromThePlaceholder(t *testing.T) {
	t.Setenv("SANDBOX_TEST_KEY", "secret")
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) {
			options := strings.ReplaceAll(p.credentials, "secret", "{env.SANDBOX_TEST_KEY}")
			status, body := send(t, http.MethodGet, serve(t, p.name, options)+p.path, "", p.headers)
			require.Equal(t, http.StatusOK, status)
			require.NotContains(t, body, `"result":100`)
		})
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	tests := []struct{ name, platform, options, want string }{
		{"no key", "affjet", ``, "key is required"},
		{"no access id", "affili", ``, "access_id is required"},
		{"no username", "trackfinity", `"key":"a"`, "username is required"},
		{"key of an unset variable", "keitaro", `"key":"{env.SANDBOX_NOT_SET}"`, "resolving key"},
		{"unknown field", "trackier", `"key":"a","colour":"red"`, "colour"},
		{"two allowlists", "affjet", `"key":"a","deny_all":true,"allow_ips":["::1"]`, "exclude each other"},
		{"address that is none", "affjet", `"key":"a","allow_ips":["localhost"]`, "parsing allow_ips"},
		{"prefix that is none", "affili", `"access_id":"a","allow_ips":["10.0.0.0/40"]`, "parsing allow_ips"},
		{"negative latency", "affjet", `"key":"a","latency":-5`, "must not be negative"},
		{"unknown zone", "affjet", `"key":"a","time_zone":"Europe/Atlantis"`, "loading time_zone"},
		{"unknown zone of a network", "trackier", `"key":"a","time_zone":"Mars"`, "loading time_zone"},
		{"negative time of a job", "trackier", `"key":"a","job_time":-1`, "job_time must not be negative"},
		{"publisher's key of an unset variable", "trackier", `"key":"a","publisher_key":"{env.SANDBOX_NOT_SET}"`, "resolving publisher_key"},
		{"ping elsewhere", "trackfinity", `"key":"a","username":"b","ping_path":"/ping"`, "ping_path must be"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.platform, test.options)
			require.ErrorContains(t, err, test.want)
		})
	}
}
