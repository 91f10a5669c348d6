package integration

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affili"
	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// egress is the address that the gateway's operator says it has.
const egress = "egress_addresses 198.51.100.7"

// refused is a platform that refuses the gateway.
type refused struct {
	name   string
	server interface {
		http.Handler
		Counter() *kit.Counter
	}
	path  string // of the platform's server
	block string
	read  string // a request that asks the platform
	code  string
	words string // in the problem's detail
}

// check asks the platform in every way, and looks at what comes back.
func (r refused) check(t *testing.T) {
	t.Helper()
	const secret = "the-gateways-own-secret"
	n := stand(t, r.name, r.server, r.server.Counter(), r.path, strings.ReplaceAll(r.block, "SECRET", secret)+"\nbreaker 1000 1s")
	other := affjet.New(affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 10})
	well := stand(t, "well", other, other.Counter(), "/externalclient", "credential api_key affjet-secret")
	g := start(t, egress, n.caddyfile(), strings.Replace(well.caddyfile(), "platform well", "platform well affjet", 1), client)
	for _, path := range []string{r.read, "/v1/platforms/" + r.name + "/ping"} {
		a := g.get(path)
		p := g.problem(a, r.code, 502)
		if detail := fmt.Sprint(p["detail"]); p["platform"] != r.name || !strings.Contains(detail, r.words) {
			t.Errorf("%s: %v does not name %s and %q", path, p, r.name, r.words)
		}
		if strings.Contains(string(a.body), secret) {
			t.Errorf("%s: the credential is in %s", path, a.body)
		}
	}
	if !strings.Contains(r.read, "/v1/conversions") {
		return
	}
	// beside a platform that answers it is that platform's problem alone
	list := g.list("/v1/conversions?limit=5")
	if len(list.Data) != 5 {
		t.Errorf("%d rows of the platform that answers", len(list.Data))
	}
	for _, s := range list.Platforms {
		if s.Platform == r.name && (s.Status != "failed" || s.Problem == nil || s.Problem.Code != r.code) {
			t.Errorf("got %+v", s)
		}
	}
	g.problem(g.get("/v1/conversions?limit=5&require=all"), r.code, 502)
}

const conversionsOf = "/v1/conversions?platform="

// A native credential that is refused is the gateway's trouble, never a 401 to the client.
func TestPlatformsRefuseTheCredential(t *testing.T) {
	for _, r := range []refused{
		{name: "affjet", server: affjet.New(affjet.Config{Key: "another", Seed: 1, Now: clock, Rows: 10}), path: "/externalclient", block: "credential api_key SECRET"},
		{name: "affili", server: affili.New(affili.Config{AccessID: "another", Seed: 1, Now: clock, Rows: 10}), block: "credential access_id SECRET"},
		{name: "keitaro", server: keitaro.New(keitaro.Config{Key: "another", Seed: 1, Now: clock}), block: "credential api_key SECRET"},
		{name: "trackier", server: trackier.New(trackier.Config{Key: "another", Seed: 1, Now: clock}), block: "credential api_key SECRET"},
		{name: "trackfinity", server: trackfinity.New(trackfinity.Config{Key: "another", Username: "admin", Seed: 1, Now: clock, Rows: 10}), block: "credential api_key SECRET\ncredential api_username admin"},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.code, r.read = "platform_credentials_rejected", conversionsOf+r.name
			r.check(t)
		})
	}
}

// An allowlist without the gateway's address is told with that address, where the
// platform says that it is about addresses.
func TestPlatformsRefuseTheAddress(t *testing.T) {
	nobody := []netip.Prefix{kit.Nobody}
	for _, r := range []refused{
		{name: "trackier", code: "platform_ip_not_allowed", words: "/admin/settings.html", server: trackier.New(trackier.Config{Key: "the-gateways-own-secret", AllowIPs: nobody, Seed: 1, Now: clock}), block: "credential api_key SECRET"},
		{name: "trackfinity", code: "platform_ip_not_allowed", words: "ADMIN_API_ALLOWED_IPS", server: trackfinity.New(trackfinity.Config{Key: "the-gateways-own-secret", Username: "admin", AllowIPs: nobody, Seed: 1, Now: clock, Rows: 10}), block: "credential api_key SECRET\ncredential api_username admin"},
		{name: "affili", code: "platform_ip_not_allowed", server: affili.New(affili.Config{AccessID: "the-gateways-own-secret", AllowIPs: nobody, Seed: 1, Now: clock, Rows: 10}), block: "credential access_id SECRET"},
		// these say only that it is forbidden, which may be for other reasons
		{name: "affjet", code: "platform_forbidden", server: affjet.New(affjet.Config{Key: "the-gateways-own-secret", AllowIPs: nobody, Seed: 1, Now: clock, Rows: 10}), path: "/externalclient", block: "credential api_key SECRET"},
		{name: "keitaro", code: "platform_forbidden", server: keitaro.New(keitaro.Config{Key: "the-gateways-own-secret", AllowIPs: nobody, Seed: 1, Now: clock}), block: "credential api_key SECRET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.read = conversionsOf + r.name
			if r.words == "" {
				r.words = "198.51.100.7"
			}
			r.check(t)
			if r.code != "platform_ip_not_allowed" {
				return
			}
			r.words = "198.51.100.7"
			r.check(t)
		})
	}
}

func TestPlatformsRefuseTheAccount(t *testing.T) {
	for _, r := range []refused{
		{name: "trackier", code: "platform_account_locked", server: trackier.New(trackier.Config{Key: "the-gateways-own-secret", Locked: true, Seed: 1, Now: clock}), block: "credential api_key SECRET"},
		{name: "keitaro", code: "platform_forbidden", words: "PRO", server: keitaro.New(keitaro.Config{Key: "the-gateways-own-secret", NoAdminAPI: true, Seed: 1, Now: clock}), block: "credential api_key SECRET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.read = conversionsOf + r.name
			r.check(t)
		})
	}
}

// A server setting that leads elsewhere is told as such, not as a missing object.
func TestWrongServersAreNamed(t *testing.T) {
	for _, r := range []refused{
		{name: "affjet", path: "/elsewhere", server: affjet.New(affjet.Config{Key: "the-gateways-own-secret", Seed: 1, Now: clock, Rows: 10}), block: "credential api_key SECRET"},
		{name: "affili", path: "/elsewhere", server: affili.New(affili.Config{AccessID: "the-gateways-own-secret", Seed: 1, Now: clock, Rows: 10}), block: "credential access_id SECRET"},
		{name: "keitaro", path: "/elsewhere", server: keitaro.New(keitaro.Config{Key: "the-gateways-own-secret", Seed: 1, Now: clock}), block: "credential api_key SECRET"},
		{name: "trackier", path: "/elsewhere", server: trackier.New(trackier.Config{Key: "the-gateways-own-secret", Seed: 1, Now: clock}), block: "credential api_key SECRET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.code, r.read, r.words = "platform_error", conversionsOf+r.name, "server"
			r.check(t)
		})
	}
}
