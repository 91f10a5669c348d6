package integration

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// tenants is one platform with several accounts, told apart by their keys as the
// platform itself does it.
type tenants struct {
	*native
	accounts map[string]*tenant // by native key
}

type tenant struct {
	*affjet.Server
	faults *kit.Faults
}

// newTenants makes a platform with an account for each key, each with data of its own.
func newTenants(t *testing.T, keys ...string) *tenants {
	t.Helper()
	p := &tenants{accounts: map[string]*tenant{}}
	for i, key := range keys {
		server := affjet.New(affjet.Config{Key: key, Seed: uint64(i + 1), Now: clock, Rows: 40})
		p.accounts[key] = &tenant{server, kit.NewFaults(server)}
	}
	p.native = stand(t, "affjet", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		account := p.accounts[r.URL.Query().Get("apikey")]
		if account == nil {
			t.Error("a request without the key of an account")
			account = p.accounts[keys[0]]
		}
		account.faults.ServeHTTP(w, r)
	}), new(kit.Counter), "/externalclient", "")
	return p
}

// counts returns how many requests each account got.
func (p *tenants) counts() map[string]int {
	counts := make(map[string]int)
	for key, account := range p.accounts {
		counts[key] = account.faults.Counter().Total()
	}
	return counts
}

// having is a client with an account of its own at affjet.
func having(name, nativeKey string, lines ...string) string {
	return fmt.Sprintf("client %s {\nkey_sha256 %s\ncredential affjet api_key %s\n%s\n}\n", name, digest(name+"-key"), nativeKey, strings.Join(lines, "\n"))
}

// as asks as a client.
func (g *gateway) as(name, path string) answer {
	g.t.Helper()
	return g.do("GET", path, http.Header{"X-Api-Key": {name + "-key"}}, nil)
}

// the ids of the conversions that a client is given.
func (g *gateway) conversionsOf(name string) []string {
	g.t.Helper()
	a := g.as(name, "/v1/conversions?limit=1000")
	if a.status != 200 {
		g.t.Fatalf("%s: %d %s", name, a.status, a.body)
	}
	return ids(decode[page](g.t, a.body).Data)
}

func idsOf(server *affjet.Server) (list []string) {
	for _, row := range server.Transactions() {
		list = append(list, "affjet:"+row.UniqueID)
	}
	return list
}

// Each client is answered with its own account, and pays from its own budget.
func TestClientsWithTheirOwnAccounts(t *testing.T) {
	p := newTenants(t, "common-secret", "north-secret", "south-secret")
	p.block = "credential api_key common-secret\nrate 5 1h\ntimeout 2s\nbreaker 2 1h"
	g := start(t, p.caddyfile(), client, having("north", "north-secret"), having("south", "south-secret"))

	for name, key := range map[string]string{"north": "north-secret", "south": "south-secret"} {
		before := p.counts()
		sameSet(t, g.conversionsOf(name), idsOf(p.accounts[key].Server))
		for other, n := range p.counts() {
			if asked := n > before[other]; asked != (other == key) {
				t.Errorf("%s: %d requests with %s", name, n-before[other], other)
			}
		}
	}
	rows, _ := g.walk("/v1/conversions?limit=1000")
	sameSet(t, ids(rows), idsOf(p.accounts["common-secret"].Server))

	// the rate of one is used up; that of the others is not
	spent := p.counts()["north-secret"]
	for range 5 - spent {
		if a := g.as("north", "/v1/networks?limit=1"); a.status != 200 {
			t.Fatalf("within the rate: %d %s", a.status, a.body)
		}
	}
	g.problem(g.as("north", "/v1/networks?limit=1"), "platform_rate_limited", 503)
	if n := p.counts()["north-secret"]; n != 5 {
		t.Errorf("%d requests of a rate of 5", n)
	}
	for name, want := range map[string]int{"north": 0, "south": 5 - p.counts()["south-secret"]} {
		shown := decode[map[string]any](t, g.as(name, "/v1/platforms/affjet").body)
		if left := shown["budget"].(map[string]any)["remaining"]; fmt.Sprint(left) != fmt.Sprint(want) {
			t.Errorf("%s is shown %v requests left, want %d", name, left, want)
		}
	}

	// the account of one fails; that of the others is called as before
	p.accounts["south-secret"].faults.Set(kit.Fault{Status: 500})
	for range 2 {
		g.as("south", "/v1/merchants?limit=1")
	}
	p.accounts["south-secret"].faults.Clear()
	paused := g.problem(g.as("south", "/v1/merchants?limit=1"), "platform_unavailable", 503)
	if !strings.Contains(fmt.Sprint(paused["detail"]), "pause") {
		t.Errorf("got %v", paused["detail"])
	}
	if a := g.get("/v1/merchants?limit=1"); a.status != 200 {
		t.Errorf("the common account beside one that is paused: %d %s", a.status, a.body)
	}
	for name, want := range map[string]string{"north": "closed", "south": "open", "": "closed"} {
		header := http.Header{"X-Api-Key": {name + "-key"}}
		if name == "" {
			header = nil
		}
		list := decode[struct{ Data []map[string]any }](t, g.do("GET", "/v1/platforms", header, nil).body)
		if state := list.Data[0]["breaker"].(map[string]any)["state"]; state != want {
			t.Errorf("%q is shown a breaker that is %v, want %s", name, state, want)
		}
	}

	// a reload neither fills a budget nor closes a breaker
	g.load(p.caddyfile(), client, having("south", "south-secret"), having("north", "north-secret"))
	g.problem(g.as("north", "/v1/networks?limit=1"), "platform_rate_limited", 503)
	g.problem(g.as("south", "/v1/merchants?limit=1"), "platform_unavailable", 503)
}

// What one account says of its credential is told of that account alone.
func TestTheStateOfACredentialIsItsAccountsOwn(t *testing.T) {
	p := newTenants(t, "common-secret", "north-secret", "south-secret")
	p.block = "credential api_key common-secret"
	p.accounts["south-secret"].faults.Set(kit.Fault{Status: 401})
	g := start(t, p.caddyfile(), client, having("north", "north-secret"), having("south", "south-secret"))
	state := func(name string) string {
		shown := decode[map[string]any](t, g.as(name, "/v1/platforms/affjet").body)
		return fmt.Sprint(shown["credential"].(map[string]any)["state"])
	}
	if got := state("north") + "/" + state("south"); got != "unknown/unknown" {
		t.Errorf("before any call: %s", got)
	}
	g.conversionsOf("north")
	refused := g.as("south", "/v1/conversions")
	g.problem(refused, "platform_credentials_rejected", 502)
	if strings.Contains(string(refused.body), "secret") {
		t.Errorf("a credential in %s", refused.body)
	}
	if got := state("north") + "/" + state("south"); got != "ok/rejected" {
		t.Errorf("after a refusal: %s", got)
	}
	p.accounts["south-secret"].faults.Clear()
	g.conversionsOf("south")
	if got := state("south"); got != "ok" {
		t.Errorf("after a call that succeeded: %s", got)
	}
	shown := decode[map[string]any](t, g.get("/v1/platforms/affjet").body)
	if got := shown["credential"].(map[string]any)["state"]; got != "unknown" {
		t.Errorf("of the common account, which was not asked: %v", got)
	}
}

// Cursors lead into the rows of one account; nobody else can follow them.
func TestCursorsAreNotExchangeableBetweenAccounts(t *testing.T) {
	p := newTenants(t, "common-secret", "north-secret", "south-secret")
	p.block = "credential api_key common-secret"
	g := start(t, p.caddyfile(), client, having("north", "north-secret"), having("south", "south-secret"))
	const path = "/v1/conversions?limit=5"
	first := decode[page](t, g.as("north", path).body)
	next := path + "&cursor=" + *first.Page.NextCursor
	g.problem(g.as("south", next), "invalid_cursor", 400)
	g.problem(g.get(next), "invalid_cursor", 400)
	common := g.list(path)
	g.problem(g.as("north", path+"&cursor="+*common.Page.NextCursor), "invalid_cursor", 400)

	g.load(p.caddyfile(), client, having("north", "north-secret"), having("south", "south-secret"))
	second := g.as("north", next)
	if second.status != 200 {
		t.Fatalf("after a reload: %d %s", second.status, second.body)
	}
	own := idsOf(p.accounts["north-secret"].Server)
	for _, id := range ids(decode[page](t, second.body).Data) {
		if !slices.Contains(own, id) {
			t.Errorf("%s is not of the client's account", id)
		}
	}
}

// Tenants that ask at once are never given each other's rows.
func TestTenantsAtOnce(t *testing.T) {
	p := newTenants(t, "common-secret", "north-secret", "south-secret")
	p.block = "credential api_key common-secret"
	g := start(t, p.caddyfile(), client, having("north", "north-secret"), having("south", "south-secret"))
	var asking sync.WaitGroup
	for range 8 {
		for name, key := range map[string]string{"north": "north-secret", "south": "south-secret"} {
			asking.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), "GET", g.url+"/v1/conversions?limit=1000&sort=-occurred_at", nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("X-Api-Key", name+"-key")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = resp.Body.Close() }()
				own := idsOf(p.accounts[key].Server)
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Error(err)
					return
				}
				got := ids(decode[page](t, body).Data)
				slices.Sort(own)
				slices.Sort(got)
				if !slices.Equal(got, own) {
					t.Errorf("%s was given %d rows that are not all its own", name, len(got))
				}
			})
		}
	}
	asking.Wait()
}

// A platform block without a credential serves the clients that have one, and says
// clearly to the others that they have no account.
func TestPlatformOfTenantsAlone(t *testing.T) {
	p := newTenants(t, "north-secret", "south-secret")
	all := newPlatforms(t)
	keitaro := all.native["keitaro"].caddyfile()
	g := startAdministered(t, p.caddyfile(), keitaro, client, having("north", "north-secret"), having("south", "south-secret", "platforms affjet"))

	sameSet(t, g.conversionsOf("south"), idsOf(p.accounts["south-secret"].Server))
	both := decode[page](t, g.as("north", "/v1/conversions?limit=1").body)
	if len(both.Platforms) != 2 {
		t.Errorf("a client with an account of its own and another platform is answered by %+v", both.Platforms)
	}
	before := p.counts()
	refused := g.problem(g.get("/v1/conversions?platform=affjet"), "forbidden", 403)
	if refused["platform"] != "affjet" {
		t.Errorf("%v does not name the platform", refused)
	}
	g.problem(g.get("/v1/platforms/affjet/ping"), "forbidden", 403)
	g.problem(g.get("/v1/platforms/affjet"), "not_found", 404)
	g.problem(g.get("/v1/conversions/affjet:1"), "forbidden", 403)
	g.problem(g.get("/v1/reports?interval=yesterday&platform=affjet"), "forbidden", 403)
	for _, s := range g.list("/v1/conversions?limit=1").Platforms {
		if s.Platform == "affjet" {
			t.Errorf("a client without an account is answered for by %+v", s)
		}
	}
	if after := p.counts(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("requests %v, before %v", after, before)
	}

	accounts, err := g.platform("check", "--client", "all")
	if err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"affjet": "none/unchecked", "affjet/north": "ok/ok", "affjet/south": "ok/ok", "keitaro": "ok/ok"} {
		if a := accounts[name]; a.Check == nil || a.Credential.State+"/"+a.Check.Status != want {
			t.Errorf("%s: credential %s, %+v, want %s", name, a.Credential.State, a.Check, want)
		}
	}
}

// What cannot work is refused with its place, and what runs keeps running.
func TestOwnAccountsThatAreRefused(t *testing.T) {
	p := newTenants(t, "north-secret")
	g := start(t, p.caddyfile(), having("north", "north-secret"))
	without := p.caddyfile()
	for _, test := range []struct {
		name, want string
		lines      []string
	}{
		{"a platform that nobody has an account at", `platform affjet, at Caddyfile:\d+: the credential api_key is missing`, []string{without, client}},
		{
			"a name that the mapping has not", `client "north", at Caddyfile:\d+: platform affjet: the credential api_key is missing`,
			[]string{without, "client north {\nkey_sha256 " + digest("north-key") + "\ncredential affjet api_kye x\n}"},
		},
		{
			"a name beside the mapping's", `client "north", at Caddyfile:\d+: platform affjet: the credential password is not one of the mapping affjet`,
			[]string{without, having("north", "north-secret", "credential affjet password x")},
		},
		{
			"a placeholder of nothing", `client "north", at Caddyfile:\d+: platform affjet: resolving credential api_key: evaluated placeholder .env.NOT_SET. is empty`,
			[]string{without, having("north", "{env.NOT_SET}")},
		},
		{
			"a platform that there is not", `client "north", at Caddyfile:\d+: there is no platform "elsewhere"`,
			[]string{without, having("north", "north-secret", "credential elsewhere api_key x")},
		},
		{
			"a platform without an account", "the platform affjet has no credential of its own, and the client has none for it",
			[]string{without, having("north", "north-secret"), "client other {\nkey_sha256 " + digest("other-key") + "\nplatforms affjet\n}"},
		},
		{
			"an account that may not be used", "which is not among its platforms",
			[]string{without, strings.Replace(p.caddyfile(), "platform affjet", "platform second affjet", 1), "client other {\nkey_sha256 " + digest("other-key") + "\nplatforms second\ncredential affjet api_key x\ncredential second api_key x\n}"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := g.tryLoad(test.lines...)
			if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "north-secret") {
				t.Errorf("a credential in %v", err)
			}
			g := g.in(t)
			sameSet(t, g.conversionsOf("north"), idsOf(p.accounts["north-secret"].Server))
		})
	}
}
