package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// accountReports is what the admin API answers.
type accountReports struct {
	Accounts []accountReport `json:"accounts"`
}

// accountReport is what the gateway knows of one account at a platform. It holds
// no secret.
type accountReport struct {
	Platform string `json:"platform"`
	Mapping  string `json:"mapping"`
	// Client is whose own account it is; null for that of all clients without one.
	Client *string `json:"client"`
	// Server is as it was configured, placeholders included, or the mapping's.
	Server     string          `json:"server"`
	Credential query.Checked   `json:"credential"` // ok, rejected, unknown or none
	Allowlist  allowlistReport `json:"allowlist"`
	Breaker    query.Breaker   `json:"breaker"`
	Budget     query.Budget    `json:"budget"`
	// Deprecations are what the platform says of the end of its interface, or of parts of it.
	Deprecations []deprecation `json:"deprecations"`
	// Check is how the check went; null where there was none.
	Check *checkReport `json:"check,omitempty"`
}

// allowlistReport is whether the platform lets our address in.
type allowlistReport struct {
	query.Checked
	// Addresses are those that it lacks, as far as is known.
	Addresses []string `json:"addresses,omitempty"`
}

// deprecation is what a mapping says of the end of an interface.
type deprecation struct {
	*query.Deprecation
	Operations []string `json:"operations,omitempty"` // none: of the whole interface
}

// deprecations returns what a platform has deprecated: first of all its whole
// interface, then operations by the first of their names.
func deprecations(p *mapping.Platform) []deprecation {
	operations := map[*mapping.Lifecycle][]string{}
	for id, op := range p.Operations() {
		if op.Lifecycle != nil && op.Lifecycle != p.Lifecycle {
			operations[op.Lifecycle] = append(operations[op.Lifecycle], id)
		}
	}
	out := []deprecation{}
	if p.Lifecycle != nil {
		out = append(out, deprecation{Deprecation: query.DeprecationOf(p.Lifecycle)})
	}
	for l, names := range operations {
		slices.Sort(names)
		out = append(out, deprecation{query.DeprecationOf(l), names})
	}
	slices.SortFunc(out, func(x, y deprecation) int { return slices.Compare(x.Operations, y.Operations) })
	return out
}

// noCredential is the state of a credential where there is no account: only
// clients have theirs.
const noCredential = "none"

// allClients stands for every client, in the place of a name.
const allClients = "all"

// chooseAccounts returns the accounts at the named platforms, all where there is
// no name: those of a client, of all, or of those without one.
func (a *App) chooseAccounts(platforms []string, client string) ([]account, error) {
	for _, name := range platforms {
		if !slices.ContainsFunc(a.Platforms, func(p *Platform) bool { return p.Name == name }) {
			return nil, fmt.Errorf("there is no platform %q", name)
		}
	}
	var chosen []account
	own := false
	for _, acc := range a.engines.accounts {
		of := client == acc.client || client == allClients
		own = own || of
		if of && (len(platforms) == 0 || slices.Contains(platforms, acc.config.Name)) {
			chosen = append(chosen, acc)
		}
	}
	if !own && client != "" && client != allClients {
		return nil, fmt.Errorf("no client %q has accounts of its own", client)
	}
	slices.SortStableFunc(chosen, func(x, y account) int { return strings.Compare(x.config.Name, y.config.Name) })
	return chosen, nil
}

// describeAccounts tells what is known of accounts. It makes no native call.
func (a *App) describeAccounts(accounts []account) []accountReport {
	reports := make([]accountReport, len(accounts))
	for i, acc := range accounts {
		reports[i] = a.describeAccount(acc)
	}
	return reports
}

func (a *App) describeAccount(acc account) accountReport {
	server := acc.config.Server
	if !strings.Contains(server, "{") {
		server = acc.Server.String() // what a placeholder stands for is not shown
	}
	r := accountReport{
		Platform: acc.config.Name, Mapping: acc.Mapping, Server: server,
		Deprecations: deprecations(acc.Platform.Platform),
	}
	if acc.client != "" {
		r.Client = &acc.client
	}
	s := acc.Standing(time.Now())
	r.Credential, r.Allowlist.Checked, r.Breaker, r.Budget = s.Credential, s.Allowlist, s.Breaker, s.Budget
	if acc.absent() {
		r.Credential.State = noCredential
		return r
	}
	if health := acc.Health(); health.AllowlistRefused {
		r.Allowlist.Addresses = a.EgressAddresses
		if health.RefusedAddress.IsValid() {
			r.Allowlist.Addresses = []string{health.RefusedAddress.String()}
		}
	}
	return r
}
