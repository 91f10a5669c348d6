package exchange

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// maxRetryDelay is where the exponential backoff ends.
const maxRetryDelay = 5 * time.Second

func newRetryPolicy(cfg *Config) retrypolicy.RetryPolicy[outcome] {
	// absolute, so that it is small beside a Retry-After
	jitter := cfg.RetryDelay / 2
	return retrypolicy.NewBuilder[outcome]().
		HandleIf(func(o outcome, _ error) bool { return o.retry }).
		WithMaxRetries(cfg.Retries).
		WithBackoff(cfg.RetryDelay, max(maxRetryDelay, 2*cfg.RetryDelay)).
		WithJitter(jitter).
		WithDelayFunc(func(exec failsafe.ExecutionAttempt[outcome]) time.Duration {
			if wait := exec.LastResult().wait; wait > 0 {
				return wait + jitter // never earlier than the platform asked for
			}
			return -1 // the backoff
		}).
		WithBudget(cfg.State.retries).
		ReturnLastFailure().
		Build()
}

// retry repeats a call after its first attempt, and returns the last outcome
// and the number of requests made in all. The policy is entered only here,
// with the first outcome as its first result, so that calls that succeed at
// once (nearly all) do not pay for it.
func (c *Caller) retry(ctx context.Context, req *Request, first outcome) (last outcome, requests int) {
	last, requests = first, 1
	entered := false
	// the error is the context's or the budget's; what the platform said last is worth more
	_, _ = failsafe.With(c.retries).WithContext(ctx).Get(func() (outcome, error) {
		if !entered {
			entered = true
			return first, nil
		}
		if p := c.takeTokens(ctx, req); p != nil {
			last.retry = false
			return last, nil
		}
		requests++
		undone := last.undone
		last = c.attempt(ctx, req)
		last.undone = last.undone && undone
		last.retry = last.repeatable(req) && c.inTime(ctx, last.wait)
		return last, nil
	})
	return last, requests
}

// repeatable tells whether a call is worth repeating, and may be.
func (o *outcome) repeatable(req *Request) bool { return o.retry && (req.Idempotent || o.undone) }

// tellUndone has the problem say that the platform did nothing, where that is sure.
func (o *outcome) tellUndone() {
	if o.problem != nil && o.undone {
		o.problem.Undone = true
	}
}

// uncertain tells whether a call that changes something may have done so in spite of its
// problem: no whole answer came, or one that says nothing about it, as a redirect does, or
// the platform failed while it worked.
func (o *outcome) uncertain(req *Request) bool {
	if req.Idempotent || o.undone || o.problem == nil {
		return false
	}
	status := o.response.Status
	return status == 0 || status >= 200 && status < 400 && o.response.Rule < 0 || o.signal == failing || o.failed
}

// inTime tells whether a wait fits into what is left of the call's time.
func (c *Caller) inTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || wait < time.Until(deadline))
}
