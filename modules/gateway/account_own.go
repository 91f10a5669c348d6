package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// onlyOwn tells whether a platform has no account but those that clients have of
// their own. A platform without a credential that no client has one for either
// is a mistake, and not meant.
func (a *App) onlyOwn(p *Platform) bool {
	return len(p.Credentials) == 0 && slices.ContainsFunc(a.Clients, func(c clientauth.Client) bool {
		return len(c.Credentials[p.Name]) > 0
	})
}

// lacks tells whether a client has no account at a platform.
func (a *App) lacks(c *clientauth.Client, p *Platform) bool {
	return len(c.Credentials[p.Name]) == 0 && a.onlyOwn(p)
}

// checkAccounts refuses a client that names a platform without having an account
// there, and one with an account at a platform that it may not use.
func (a *App) checkAccounts(c *clientauth.Client) error {
	if len(c.Platforms) == 0 {
		return nil
	}
	for _, p := range a.Platforms {
		if slices.Contains(c.Platforms, p.Name) && a.lacks(c, p) {
			return fmt.Errorf("the platform %s has no credential of its own, and the client has none for it", p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Credentials)) {
		if !slices.Contains(c.Platforms, name) {
			return fmt.Errorf("the client has a credential for the platform %s, which is not among its platforms", name)
		}
	}
	return nil
}

// withAccounts returns the clients of the configuration and of the file, each
// confined to the platforms that it has an account at. One that may use all
// platforms is given their names where it lacks one.
func (a *App) withAccounts(fromFile []clientauth.Client) []clientauth.Client {
	clients := slices.Concat(a.Clients, fromFile)
	for i := range clients {
		c := &clients[i]
		if len(c.Platforms) > 0 || !slices.ContainsFunc(a.Platforms, func(p *Platform) bool { return a.lacks(c, p) }) {
			continue
		}
		c.Platforms = []string{localPlatform}
		for _, p := range a.Platforms {
			if !a.lacks(c, p) {
				c.Platforms = append(c.Platforms, p.Name)
			}
		}
	}
	return clients
}

// absentAccount stands for the account of those clients that have none at a
// platform. What they may use does not include it; should it be asked all the
// same, it refuses.
func absentAccount(p *platform) account {
	return account{
		Platform: &query.Platform{Platform: p.plan, Inventory: p.inventory, Caller: absent{p.config.Name}, State: exchange.NewState()},
		config:   p.config,
	}
}

// absent tells whether there is no account.
func (a account) absent() bool {
	_, ok := a.Caller.(absent)
	return ok
}

// absent refuses every call.
type absent struct{ platform string }

// Do implements query.Caller.
func (a absent) Do(context.Context, *exchange.Request) (*exchange.Response, *problem.Problem) {
	p := problem.New(problem.Forbidden, "the client has no account at %s; the operator has to give it a credential", a.platform)
	p.Platform = a.platform
	return &exchange.Response{Rule: -1}, p
}
