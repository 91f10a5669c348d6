package clientauth

import (
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func init() {
	caddy.RegisterModule(Provider{})
}

// Provider is the check of the gateway's clients as one provider among others
// of Caddy's `authentication` handler.
//
// That handler answers every refusal with 401 and no body. The placeholder
// `{http.auth.candidate.problem}` is then the code of the problem, for an
// error route, and `{http.auth.candidate.id}` the client's name where it was
// recognised. The directive `client_auth` answers with the problem itself.
type Provider struct {
	Gate
}

// CaddyModule returns the Caddy module information.
func (Provider) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.authentication.providers.tributary",
		New: func() caddy.Module { return new(Provider) },
	}
}

// Provision implements caddy.Provisioner.
func (p *Provider) Provision(ctx caddy.Context) error { return p.ProvisionGate(ctx) }

// Authenticate implements caddyauth.Authenticator.
func (p *Provider) Authenticate(w http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	var user caddyauth.User
	id, prob := p.Admit(w.Header(), r)
	if id != nil {
		user.ID = id.Name()
	}
	if prob == nil {
		return user, true, nil
	}
	user.Metadata = map[string]string{"problem": string(prob.Code)}
	switch {
	case prob.Code == problem.Unauthenticated:
		SetChallenge(w.Header())
	case prob.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(prob.RetryAfterSeconds()))
	}
	return user, false, nil
}

// UnmarshalCaddyfile sets the provider up from Caddyfile tokens. Syntax:
//
//	tributary {
//		identity <placeholder>
//	}
func (p *Provider) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return p.unmarshalBlock(d)
}

// Interface guards
var (
	_ caddy.Provisioner       = (*Provider)(nil)
	_ caddyauth.Authenticator = (*Provider)(nil)
	_ caddyfile.Unmarshaler   = (*Provider)(nil)
)
