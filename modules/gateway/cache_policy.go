package gateway

import (
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/reportcache"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// policies tells how long answers are kept, by what a configuration says of it. It is
// not changed once made.
type policies struct {
	cache   *Cache // nil: everything has its default
	surface *surface.Surface
}

// levels returns what is said of an operation, what counts first first.
func (p *policies) levels(platform, operation string) [3]*Keeping {
	var found [3]*Keeping
	if p.cache == nil {
		return found
	}
	if of := p.cache.Platforms[platform]; of != nil {
		if o := of.Operations[operation]; o != nil {
			found[0] = &o.Keeping
		}
		found[1] = &of.Keeping
	}
	found[2] = &p.cache.Keeping
	return found
}

// rows returns how long rows are kept that reports of a platform are made of: its
// reports.query, and the lists of names that the rows refer to.
func (p *policies) rows(platform, operation string) reportcache.Policy {
	policy := reportcache.DefaultPolicy()
	levels := p.levels(platform, operation)
	for i := len(levels) - 1; i >= 0; i-- {
		k := levels[i]
		if k == nil {
			continue
		}
		override(&policy.Stale, k.Stale)
		override(&policy.StaleOnError, k.StaleIfError)
		if f := k.Fresh; f != nil {
			override(&policy.Open, f.Today)
			override(&policy.Recent, f.Days3)
			override(&policy.Month, f.Days35)
			override(&policy.Old, f.Older)
		}
	}
	return policy
}

func override(d *time.Duration, by *caddy.Duration) {
	if by != nil {
		*d = time.Duration(*by)
	}
}

// lists returns how long a list is kept; zero: not at all. What is said of all lists
// does not count for those of what happens, which change all the time.
func (p *policies) lists(platform, operation string) time.Duration {
	op := p.surface.Operation(operation)
	if op == nil || op.Kind != surface.KindList {
		return 0
	}
	levels := p.levels(platform, operation)
	if levels[0] != nil && levels[0].Lists != nil {
		return time.Duration(*levels[0].Lists)
	}
	if op.Parameter(eventsSince) != nil {
		return 0
	}
	for _, k := range levels[1:] {
		if k != nil && k.Lists != nil {
			return time.Duration(*k.Lists)
		}
	}
	return 0
}

// eventsSince is a parameter that only lists of what happens have: conversions,
// clicks, lines of logs.
const eventsSince = "occurred_from"

// ledger tells whether the conversions of a platform may be kept and brought up to date.
func (p *policies) ledger(platform string) bool {
	switch {
	case p.cache == nil:
		return true
	case p.cache.off():
		return false
	}
	on := p.cache.Ledger
	if of := p.cache.Platforms[platform]; of != nil && of.Ledger != nil {
		on = of.Ledger
	}
	return on == nil || *on
}

// ledgerOf returns how long rows of the ledger are good for; nil where the platform's
// conversions are not kept in one.
func (p *policies) ledgerOf(platform string) *ledger.Policy {
	if !p.ledger(platform) {
		return nil
	}
	policy := ledger.Policy(p.rows(platform, ledgerOperation))
	return &policy
}

// ledgerOperation is the list whose rows the ledger keeps.
const ledgerOperation = "conversions.list"

// fresh returns how old an answer may be without being said to be stale; zero: it is
// always read from the platform.
func (p *policies) fresh(platform, operation string) time.Duration {
	op := p.surface.Operation(operation)
	switch {
	case op == nil || p.cache.off():
		return 0
	case op.Kind == surface.KindReport:
		return p.rows(platform, operation).Open
	}
	return p.lists(platform, operation)
}

// ListsFor returns how long a list of a platform is kept; zero: not at all.
func (a *App) ListsFor(platform, operation string) time.Duration {
	if a.Cache.off() {
		return 0
	}
	return a.policies.lists(platform, operation)
}
