package exchange

import (
	"math"
	"net/netip"
	"time"
)

// CredentialState is what a platform last said about the gateway's credential.
type CredentialState string

// The states of a credential. Unknown: no call since the credential was set.
const (
	CredentialUnknown  CredentialState = "unknown"
	CredentialAccepted CredentialState = "accepted"
	CredentialRefused  CredentialState = "refused"
)

// Health is what is known of a platform from the calls so far.
type Health struct {
	// Breaker is closed, open or half-open; disabled without one.
	Breaker string
	// RetryIn is how long an open breaker still refuses calls.
	RetryIn time.Duration
	// BudgetLeft is how many native requests the rate allows right now; -1 without a rate.
	BudgetLeft int
	// Credential is what the platform last said about this caller's credentials.
	Credential CredentialState
	// CredentialAt is when it said so; zero for never.
	CredentialAt time.Time
	// AllowlistRefused: the platform's allowlist lacked our address at the last call that told.
	AllowlistRefused bool
	// AllowlistAt is when the platform last refused our address, or let it through; zero for never.
	AllowlistAt time.Time
	// RefusedAddress is the address that the allowlist lacks; invalid where the platform does not say.
	RefusedAddress netip.Addr
	// LastSuccess is when a call last succeeded; zero for never.
	LastSuccess time.Time
	// LastFailure is when a call last ended in a problem of the platform's; zero for never.
	LastFailure time.Time
}

// Health tells what is known of the platform. It makes no call.
func (c *Caller) Health() Health {
	h := Health{
		Breaker:     "disabled",
		BudgetLeft:  -1,
		Credential:  CredentialUnknown,
		LastSuccess: unixTime(c.state.lastSuccess.Load()),
		LastFailure: unixTime(c.state.lastFailure.Load()),
	}
	if c.breaker != nil {
		h.Breaker = c.breaker.State().String()
		h.RetryIn = c.breaker.RemainingDelay()
	}
	if c.limiter != nil {
		h.BudgetLeft = max(0, int(math.Floor(c.limiter.TokensAt(c.now()))))
	}
	v := c.state.standing(c.fingerprint)
	h.Credential, h.CredentialAt = v.credential, unixTime(v.credentialAt)
	if v.credential == CredentialAccepted {
		h.CredentialAt, h.AllowlistAt = h.LastSuccess, h.LastSuccess
	}
	if v.allowlist {
		h.AllowlistRefused, h.AllowlistAt, h.RefusedAddress = true, unixTime(v.allowlistAt), v.address
	}
	return h
}

func unixTime(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
