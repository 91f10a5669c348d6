package exchange

import (
	"math"
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
	// AllowlistRefused: the platform's allowlist lacked our address at the last call.
	AllowlistRefused bool
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
	if v := c.state.last.Load(); v != nil && v.credentials == c.fingerprint {
		h.Credential = v.credential
		h.AllowlistRefused = v.allowlist
	}
	return h
}

func unixTime(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
