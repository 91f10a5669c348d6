package exchange

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// open returns the problem of a breaker that refuses calls at the moment.
func (c *Caller) open() *problem.Problem {
	p := c.problem(problem.PlatformUnavailable,
		"%s has failed %d times in a row; the gateway gives it a pause", c.platform, c.limits.Failures)
	p.RetryAfter = max(c.breaker.RemainingDelay(), time.Second)
	return p
}

// admit waits for the call's turn: until a place among the concurrent calls is free, and
// the rates allow it. The place has to be left if there is no problem.
//
// Of the calls that share a limit of their own only the first waits in a place: the
// others must not keep those away that the limit does not concern.
func (c *Caller) admit(ctx context.Context, req *Request) *problem.Problem {
	if own := c.state.own(req.Limit); own != nil {
		if err := own.turn.Acquire(ctx, 1); err != nil {
			p := c.interrupted(ctx, req).problem
			if p.Code == problem.PlatformTimeout {
				p.Detail = "the calls of " + req.Limit.Call + " that came before had not had their turn; try again"
			}
			return p
		}
		defer own.turn.Release(1)
	}
	if c.bulkhead != nil {
		if p := c.takeSlot(ctx, req); p != nil {
			return p
		}
	}
	if p := c.takeTokens(ctx, req); p != nil {
		c.leave()
		return p
	}
	return nil
}

// leave gives the place among the concurrent calls back.
func (c *Caller) leave() {
	if c.bulkhead != nil {
		c.bulkhead.ReleasePermit()
	}
}

// takeTokens waits for the limit of the call's kind and for the platform's rate, if the
// call's time allows it.
func (c *Caller) takeTokens(ctx context.Context, req *Request) *problem.Problem {
	if own := c.state.own(req.Limit); own != nil {
		if p := c.takeToken(ctx, req, own.limiter, req.Limit.Rate, req.Limit.Call); p != nil {
			return p
		}
	}
	if c.limiter == nil {
		return nil
	}
	return c.takeToken(ctx, req, c.limiter, c.rate, "")
}

// usedUp is the problem of a rate that leaves no time for a call; kind is empty for the
// platform's.
func (c *Caller) usedUp(r Rate, kind string) *problem.Problem {
	of := c.platform
	if kind != "" {
		of = kind + " of " + of
	}
	return c.problem(problem.PlatformRateLimited, "the rate set for %s, %d requests per %s, is used up", of, r.Requests, r.Per)
}

func (c *Caller) takeToken(ctx context.Context, req *Request, limiter *rate.Limiter, r Rate, kind string) *problem.Problem {
	now := c.now()
	reservation := limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	if !c.inTime(ctx, wait) {
		reservation.CancelAt(now)
		if ctx.Err() != nil {
			return c.interrupted(ctx, req).problem
		}
		p := c.usedUp(r, kind)
		p.RetryAfter = wait
		return p
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		reservation.CancelAt(now)
		return c.interrupted(ctx, req).problem
	}
}

// takeSlot waits for one of the platform's concurrent calls to end. The slot
// must be given back if there is no problem.
func (c *Caller) takeSlot(ctx context.Context, req *Request) *problem.Problem {
	if err := c.bulkhead.AcquirePermit(ctx); err == nil {
		return nil
	}
	p := c.interrupted(ctx, req).problem
	if p.Code == problem.PlatformTimeout {
		p.Detail = "all calls that " + c.platform + " is allowed at once were busy for the whole time; try again"
	}
	return p
}

// record tells the breaker and the state how a call ended, after its retries.
func (c *Caller) record(o *outcome) {
	c.tellBreaker(o)
	if o.problem == nil {
		c.state.lastSuccess.Store(c.now().UnixNano())
		c.state.judged(standing{credentials: c.fingerprint, credential: CredentialAccepted})
		return
	}
	switch o.problem.Code {
	case problem.PlatformCredentialsRejected:
		// a new one may be allowed from another address: nothing is known of the allowlist then
		c.state.judged(standing{credentials: c.fingerprint, credential: CredentialRefused, credentialAt: c.now().UnixNano()})
	case problem.PlatformIPNotAllowed:
		last := c.state.standing(c.fingerprint)
		last.allowlist, last.address, last.allowlistAt = true, o.address, c.now().UnixNano()
		c.state.judged(last)
	case problem.InvalidRequest, problem.NotFound, problem.Conflict, problem.Internal:
		return
	}
	if o.signal != silent {
		c.state.lastFailure.Store(c.now().UnixNano())
	}
}

// tellBreaker tells the breaker how a call ended that had a permit.
func (c *Caller) tellBreaker(o *outcome) {
	if c.breaker == nil {
		return
	}
	switch o.signal {
	case answering:
		c.breaker.RecordSuccess()
	case failing:
		closed := c.breaker.IsClosed()
		c.breaker.RecordFailure()
		if closed && c.breaker.IsOpen() && c.logger != nil {
			c.logger.Warn("platform gets a pause", "platform", c.platform, "delay", c.limits.Delay, "problem", o.problem.Code)
		}
	case silent:
		// A probe that says nothing must still give its permit back, or no
		// further one would ever be let through.
		if c.breaker.IsHalfOpen() {
			c.breaker.RecordFailure()
		}
	}
}
