package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// administered is a gateway whose admin API can be asked.
type administered struct {
	*gateway
	admin string
	file  string // the Caddyfile
}

// startAdministered runs a gateway with an admin API on a free port of the loopback.
func startAdministered(t *testing.T, lines ...string) *administered {
	t.Helper()
	g := &administered{
		gateway: &gateway{t: t, address: freeAddress(t), data: t.TempDir()},
		admin:   freeAddress(t),
		file:    filepath.Join(t.TempDir(), "Caddyfile"),
	}
	g.url = "http://" + g.address
	text := fmt.Sprintf("{\nadmin %s\nauto_https off\npersist_config off\nlog {\noutput discard\n}\ntributary {\ndata_dir %s\n%s\n}\n}\n%s {\nunified_api /v1/*\n}\n",
		g.admin, g.data, strings.Join(lines, "\n"), g.url)
	if err := os.WriteFile(g.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err == nil {
		err = caddy.Load(config, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping the gateway: %v", err)
		}
	})
	return g
}

// command runs a command of the gateway's binary, and returns what it prints.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	c, ok := caddycmd.Commands()[args[0]]
	if !ok {
		t.Fatalf("there is no command %s", args[0])
	}
	cmd := &cobra.Command{Use: c.Name, SilenceUsage: true, SilenceErrors: true}
	c.CobraFunc(cmd)
	var out, errOut bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetArgs(args[1:])
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// account is an account as the admin API describes it.
type account struct {
	Platform   string
	Mapping    string
	Client     *string
	Server     string
	Credential struct {
		State     string
		CheckedAt *time.Time `json:"checked_at"`
	}
	Allowlist struct {
		State     string
		Addresses []string
	}
	Breaker struct{ State string }
	Budget  struct{ Remaining *int }
	Check   *struct {
		Status       string
		Code         *string
		Detail       string
		LatencyMS    *float64 `json:"latency_ms"`
		ClockSkewMS  *int64   `json:"clock_skew_ms"`
		ClockErrorMS *int64   `json:"clock_error_ms"`
	}
}

// platform runs `platform` with arguments and --json, and returns the accounts by
// "platform" or "platform/client".
func (g *administered) platform(args ...string) (map[string]account, error) {
	g.t.Helper()
	out, _, failed := command(g.t, slices.Concat([]string{"platform"}, args, []string{"--json", "--address", g.admin})...)
	var answer struct{ Accounts []account }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		g.t.Fatalf("%v (%v) in %s", err, failed, out)
	}
	accounts := make(map[string]account)
	for _, a := range answer.Accounts {
		name := a.Platform
		if a.Client != nil {
			name += "/" + *a.Client
		}
		accounts[name] = a
	}
	return accounts, failed
}

// Everything that may be wrong with a platform, side by side with one that is well.
func TestPlatformCheckTellsWhatIsWrong(t *testing.T) {
	nobody := []netip.Prefix{kit.Nobody}
	well := affjet.New(affjet.Config{Key: "the-well-key", Seed: 1, Now: clock, Rows: 10})
	wrongKey := affjet.New(affjet.Config{Key: "another", Seed: 1, Now: clock, Rows: 10})
	barred := trackier.New(trackier.Config{Key: "the-barred-key", AllowIPs: nobody, Seed: 1, Now: clock})
	forbidden := keitaro.New(keitaro.Config{Key: "the-forbidden-key", NoAdminAPI: true, Seed: 1, Now: clock})
	late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		well.ServeHTTP(w, r)
	})
	timeless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		well.ServeHTTP(w, r)
	})
	gone := make(chan struct{})
	dead := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	})
	var lines []string
	add := func(name, mapping string, h http.Handler, path, block string) {
		n := stand(t, name, h, new(kit.Counter), path, block)
		lines = append(lines, strings.Replace(n.caddyfile(), "platform "+name, "platform "+name+" "+mapping, 1))
	}
	add("well", "affjet", well, "/externalclient", "credential api_key the-well-key\nrate 100 1h")
	add("wrong_key", "affjet", wrongKey, "/externalclient", "credential api_key the-wrong-key")
	add("barred", "trackier", barred, "", "credential api_key the-barred-key")
	add("forbidden", "keitaro", forbidden, "", "credential api_key the-forbidden-key")
	add("late", "affjet", late, "/externalclient", "credential api_key the-well-key")
	add("timeless", "affjet", timeless, "/externalclient", "credential api_key the-well-key")
	add("dead", "affjet", dead, "/externalclient", "credential api_key the-dead-key")
	t.Cleanup(func() { close(gone) }) // before the servers are closed, which wait for it
	lines = append(lines, egress, client,
		"platform nowhere affjet {\nserver http://"+freeAddress(t)+"\ncredential api_key the-nowhere-key\n}")
	g := startAdministered(t, lines...)

	before, err := g.platform("list")
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range before {
		if a.Credential.State != "unknown" || a.Allowlist.State != "unknown" || a.Check != nil {
			t.Errorf("%s before any call: %+v", name, a)
		}
	}
	if n := well.Counter().Total() + wrongKey.Counter().Total() + barred.Counter().Total(); n != 0 {
		t.Errorf("list made %d native calls", n)
	}

	after, err := g.platform("check", "--timeout", "5s")
	if err == nil || !strings.Contains(err.Error(), "something is wrong with 6") {
		t.Errorf("the check ends with %v", err)
	}
	for _, want := range []struct {
		name, status, code, credential, allowlist, address string
		answers                                            bool
		skew                                               time.Duration
		words                                              string
	}{
		{name: "well", status: "ok", credential: "ok", allowlist: "ok", answers: true},
		{name: "wrong_key", status: "wrong", code: "platform_credentials_rejected", credential: "rejected", allowlist: "unknown", answers: true, words: "replace it"},
		{name: "barred", status: "wrong", code: "platform_ip_not_allowed", credential: "unknown", allowlist: "rejected", address: "198.51.100.7", answers: true, words: "add 198.51.100.7"},
		{name: "forbidden", status: "wrong", code: "platform_forbidden", credential: "unknown", allowlist: "unknown", answers: true},
		{name: "late", status: "wrong", code: "clock_skew", credential: "ok", allowlist: "ok", answers: true, skew: -time.Hour, words: "NTP"},
		{name: "timeless", status: "ok", credential: "ok", allowlist: "ok", answers: true},
		{name: "dead", status: "wrong", code: "platform_timeout", credential: "unknown", allowlist: "unknown"},
		{name: "nowhere", status: "wrong", code: "platform_unavailable", credential: "unknown", allowlist: "unknown", words: "the connection was refused"},
	} {
		a, c := after[want.name], after[want.name].Check
		if c == nil {
			t.Fatalf("%s was not checked", want.name)
		}
		code := ""
		if c.Code != nil {
			code = *c.Code
		}
		if c.Status != want.status || code != want.code || !strings.Contains(c.Detail, want.words) {
			t.Errorf("%s is %s %s: %s", want.name, c.Status, code, c.Detail)
		}
		if a.Credential.State != want.credential || a.Allowlist.State != want.allowlist || strings.Join(a.Allowlist.Addresses, " ") != want.address {
			t.Errorf("%s: credential %s, allowlist %+v", want.name, a.Credential.State, a.Allowlist)
		}
		if (c.LatencyMS != nil) != want.answers {
			t.Errorf("%s: latency %v", want.name, c.LatencyMS)
		}
		if known := want.answers && want.name != "timeless"; (c.ClockSkewMS != nil) != known {
			t.Errorf("%s: skew %v", want.name, c.ClockSkewMS)
		} else if known {
			off := time.Duration(*c.ClockSkewMS)*time.Millisecond - want.skew
			if within := time.Duration(*c.ClockErrorMS+1) * time.Millisecond; off.Abs() > within {
				t.Errorf("%s: skew %d ms is not %s give or take %s", want.name, *c.ClockSkewMS, want.skew, within)
			}
		}
	}
	if left := after["well"].Budget.Remaining; left == nil || *left != 99 {
		t.Errorf("budget left %v, want 99", left)
	}
	// what the check has told is what clients are shown
	shown := g.one("/v1/platforms/barred")
	if state := shown["allowlist"].(map[string]any)["state"]; state != "rejected" {
		t.Errorf("a client is shown %v", state)
	}
}

// The table has a line for each account, what is wrong below it, and no secret.
func TestPlatformTablesShowNoSecret(t *testing.T) {
	t.Setenv("TENANT_KEY", "the-tenants-secret")
	server := affjet.New(affjet.Config{Key: "the-common-secret", Seed: 1, Now: clock, Rows: 10})
	n := stand(t, "tracker", server, server.Counter(), "/externalclient", "credential api_key the-common-secret")
	g := startAdministered(t, strings.Replace(n.caddyfile(), "platform tracker", "platform tracker affjet", 1), client,
		"client tenant {\nkey_sha256 "+digest("tenant-key")+"\ncredential tracker api_key {env.TENANT_KEY}\n}")

	list, _, err := command(t, "platform", "list", "--client", "all", "--config", g.file)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(list), "\n")
	if len(rows) != 3 {
		t.Fatalf("got\n%s", list)
	}
	for i, want := range [][]string{
		{"PLATFORM", "MAPPING", "CLIENT", "SERVER", "CREDENTIAL", "ALLOWLIST", "BREAKER", "BUDGET", "DEPRECATED"},
		{"tracker", "affjet", "-", n.url, "unknown", "unknown", "closed", "-", "-"},
		{"tracker", "affjet", "tenant", n.url, "unknown", "unknown", "closed", "-", "-"},
	} {
		if got := strings.Fields(rows[i]); !slices.Equal(got, want) {
			t.Errorf("line %d is %q, want %q", i+1, got, want)
		}
	}
	table, _, err := command(t, "platform", "check", "tracker", "--client", "all", "--address", g.admin)
	if err == nil {
		t.Error("the tenant's key is wrong, and the check succeeds")
	}
	if !strings.Contains(table, "tracker of tenant: platform_credentials_rejected: tracker refused the gateway's credential; the operator has to replace it") {
		t.Errorf("got\n%s", table)
	}
	asJSON, _, _ := command(t, "platform", "check", "--client", "tenant", "--json", "--address", g.admin)
	for _, secret := range []string{"the-tenants-secret", "the-common-secret"} {
		if strings.Contains(list+table+asJSON+err.Error(), secret) {
			t.Errorf("%s is in the output", secret)
		}
	}
}

func TestPlatformCommandsRefuse(t *testing.T) {
	p := newPlatforms(t)
	g := startAdministered(t, p.native["affjet"].caddyfile(), client)
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"a platform that there is not", `there is no platform "nowhere"`, []string{"check", "nowhere"}},
		{"a client without accounts", `no client "tester" has accounts of its own`, []string{"list", "--client", "tester"}},
		{"no time", "timeout is a duration above zero", []string{"check", "--timeout", "0s"}},
		{"a flag that there is not", "unknown flag", []string{"check", "--fast"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := command(t, append([]string{"platform", "--address", g.admin}, test.args...)...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, _, err := command(t, "platform", "list", "--address", freeAddress(t)); err == nil || !strings.Contains(err.Error(), "asking the gateway at") {
		t.Errorf("without a gateway: %v", err)
	}
	for _, wrong := range []struct{ method, path string }{{"POST", "/tributary/platforms"}, {"GET", "/tributary/platforms/check"}} {
		req, err := http.NewRequestWithContext(t.Context(), wrong.method, "http://"+g.admin+wrong.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d", wrong.method, wrong.path, resp.StatusCode)
		}
	}
}

// A credential is rotated by its file and a command; one that is gone keeps what runs.
func TestCredentialReload(t *testing.T) {
	server := affjet.New(affjet.Config{Key: "second-secret", Seed: 1, Now: clock, Rows: 10})
	n := stand(t, "affjet", server, server.Counter(), "/externalclient", "")
	file := filepath.Join(t.TempDir(), "key")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first-secret")
	n.block = "credential api_key {file." + file + "}"
	g := startAdministered(t, n.caddyfile(), client)
	const path = "/v1/conversions?limit=1"
	g.problem(g.get(path), "platform_credentials_rejected", 502)
	cursor := func() string {
		p := g.list(path)
		if p.Page.NextCursor == nil {
			t.Fatal("no cursor")
		}
		return *p.Page.NextCursor
	}

	write("second-secret")
	out, _, err := command(t, "platform", "credential-reload", "--config", g.file)
	if err != nil || out != "read the credentials of 1 platforms again\n" {
		t.Fatalf("%q, %v", out, err)
	}
	http.DefaultClient.CloseIdleConnections()
	held := cursor()

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, _, err = command(t, "platform", "credential-reload", "--address", g.admin)
	if err == nil || !strings.Contains(err.Error(), "keeping the present credentials") || !strings.Contains(err.Error(), "platform affjet, at Caddyfile:") || !strings.Contains(err.Error(), "resolving credential api_key: evaluated placeholder {file."+file+"} is empty") {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error(), "second-secret") {
		t.Errorf("a secret in %v", err)
	}
	if a := g.get(path + "&cursor=" + held); a.status != 200 {
		t.Errorf("after a reload that failed: %d %s", a.status, a.body)
	}

	// the gateway can still be asked, and told, once the file is there again
	write("third-secret")
	if _, _, err = command(t, "platform", "credential-reload", "--address", g.admin); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	g.problem(g.get(path), "platform_credentials_rejected", 502)
	accounts, err := g.platform("list")
	if err != nil || accounts["affjet"].Credential.State != "rejected" {
		t.Errorf("%+v, %v", accounts["affjet"], err)
	}
}

// The admin API answers for the present configuration, also one without a gateway.
func TestAdminAPIFollowsTheConfiguration(t *testing.T) {
	p := newPlatforms(t)
	g := startAdministered(t, p.native["affjet"].caddyfile(), client)
	if accounts, err := g.platform("list"); err != nil || len(accounts) != 1 {
		t.Fatalf("%v, %v", accounts, err)
	}
	g.load(p.native["affjet"].caddyfile(), client) // without an admin API
	if _, _, err := command(t, "platform", "list", "--address", g.admin); err == nil {
		t.Error("asked although the admin API is off")
	}
	if err := caddy.Load(fmt.Appendf(nil, `{"admin":{"listen":%q,"config":{"persist":false}}}`, g.admin), true); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"check"}, {"credential-reload"}} {
		_, _, err := command(t, append([]string{"platform", "--address", g.admin}, args...)...)
		if err == nil || !strings.Contains(err.Error(), "no tributary block") {
			t.Errorf("%s: %v", args[0], err)
		}
	}
}
