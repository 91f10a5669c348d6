package exchange

import (
	"context"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// open returns the problem of a breaker that refuses calls at the moment.
func (c *Caller) open() *problem.Problem {
	p := c.problem(problem.PlatformUnavailable,
		"%s has failed %d times in a row; the gateway gives it a pause", c.platform, c.limits.Failures)
	p.RetryAfter = max(c.breaker.RemainingDelay(), time.Second)
	return p
}

// takeToken waits for the platform's rate, if the call's time allows it.
func (c *Caller) takeToken(ctx context.Context, req *Request) *problem.Problem {
	if c.limiter == nil {
		return nil
	}
	now := c.now()
	reservation := c.limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	if !c.inTime(ctx, wait) {
		reservation.CancelAt(now)
		if ctx.Err() != nil {
			return c.interrupted(ctx, req).problem
		}
		p := c.problem(problem.PlatformRateLimited,
			"the rate set for %s, %d requests per %s, is used up", c.platform, c.rate.Requests, c.rate.Per)
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
	if c.breaker != nil {
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
	if o.problem == nil {
		c.state.lastSuccess.Store(c.now().UnixNano())
		c.state.judged(c.fingerprint, CredentialAccepted, false)
		return
	}
	switch o.problem.Code {
	case problem.PlatformCredentialsRejected:
		c.state.judged(c.fingerprint, CredentialRefused, false)
	case problem.PlatformIPNotAllowed:
		c.state.judged(c.fingerprint, c.Health().Credential, true)
	case problem.InvalidRequest, problem.NotFound, problem.Conflict, problem.Internal:
		return
	}
	if o.signal != silent {
		c.state.lastFailure.Store(c.now().UnixNano())
	}
}
