package gateway

import (
	"fmt"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// Native is a platform as handlers see it that speak its own dialect.
type Native struct {
	*mapping.Platform
	// Caller makes calls with the account that the client has there; nil where it has none.
	Caller *exchange.Caller
}

// Native returns a platform with the account that a client, by its name, has at it:
// its own, or that of all clients. It returns nil when there is no such platform.
func (a *App) Native(platform, client string) *Native {
	var found *Native
	for i := range a.engines.accounts {
		acc := &a.engines.accounts[i]
		if acc.config.Name != platform || acc.client != "" && acc.client != client {
			continue
		}
		caller, _ := acc.Caller.(*exchange.Caller)
		found = &Native{Platform: acc.Platform.Platform, Caller: caller}
		if acc.client != "" {
			break
		}
	}
	return found
}

// checkNative refuses a client with a native rule for a platform that there is not.
func (a *App) checkNative(c *clientauth.Client) error {
	for _, r := range c.Native {
		if r.Platform != "*" && !a.hasPlatform(r.Platform) {
			return fmt.Errorf("client %q, at %s: a native rule is for the platform %q, which there is not", c.Name, c.DeclaredAt, r.Platform)
		}
	}
	return nil
}

func (a *App) hasPlatform(name string) bool {
	for _, p := range a.Platforms {
		if p.Name == name {
			return true
		}
	}
	return false
}
