package query

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tidwall/gjson"
	"go.opentelemetry.io/otel/trace"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// reader makes the native calls of one platform for one request of a client, and
// counts them.
type reader struct {
	engine    *Engine
	platform  *Platform
	operation string
	requests  atomic.Int32
	// onlyKept: no native call is made ([report.Mode])
	onlyKept bool
}

// call is one native call that was chosen and filled for a request.
type call struct {
	plan    *mapping.CallPlan
	draft   *mapping.Draft
	options reshape.Options
	each    bool // made for one of several values, whose object may not exist
	named   bool // the client gave these values
}

// read makes the call for one page and appends its rows to dst.
func (r *reader) read(ctx context.Context, c *call, at mapping.PageAt, dst *reshape.Page) (rows int, p *problem.Problem) {
	if err := c.plan.Page(c.draft, at); err != nil {
		return 0, r.internal(err)
	}
	resp, p := r.do(ctx, c)
	if p != nil {
		return 0, p
	}
	defer resp.Release()
	before := dst.Len()
	body := resp.Body
	if len(body) == 0 {
		body = []byte("null")
	}
	if err := r.reshape(ctx, c, dst, body); err != nil {
		return 0, r.unusable(err)
	}
	return dst.Len() - before, nil
}

// reshape appends the rows of a native answer to dst.
func (r *reader) reshape(ctx context.Context, c *call, dst *reshape.Page, body []byte) error {
	_, s := span.Start(ctx, span.Reshape, trace.SpanKindInternal)
	defer s.End()
	before := dst.Len()
	err := c.plan.Plan.Page(dst, body, &c.options)
	s.Reshaped(r.platform.Name, r.operation, len(body), dst.Len()-before, err)
	return err
}

// do makes the call and returns the native answer.
func (r *reader) do(ctx context.Context, c *call) (*exchange.Response, *problem.Problem) {
	if r.onlyKept {
		return nil, r.notKept()
	}
	spellings, p := r.spellings(ctx, c.plan)
	if p != nil {
		return nil, p
	}
	resp, p := r.spelled(ctx, c, spellings)
	if p == nil && r.engine.observer != nil {
		r.engine.observer.Answered(c.plan, resp, c.options.Outer)
	}
	return resp, p
}

func (r *reader) send(ctx context.Context, req *exchange.Request) (*exchange.Response, *problem.Problem) {
	resp, p := r.platform.Caller.Do(ctx, req)
	if resp != nil {
		r.requests.Add(int32(resp.Requests))
	}
	if p != nil {
		resp.Release()
		return nil, p
	}
	return resp, nil
}

// spellings returns the settled choices that a call needs, settling those that are not yet.
func (r *reader) spellings(ctx context.Context, plan *mapping.CallPlan) (map[string]string, *problem.Problem) {
	names := plan.Spellings()
	if len(names) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(names))
	for _, name := range names {
		s := r.platform.Spelling(name)
		i, known := r.platform.State.Choice(name)
		if !known || i >= len(s.Choices) {
			var p *problem.Problem
			if i, p = r.settle(ctx, s); p != nil {
				return nil, p
			}
		}
		out[name] = s.Choices[i]
	}
	return out, nil
}

// settle finds the spelling that the platform answers to, by a read without
// parameters, and remembers it. Requests that need it at the same time wait for one
// another. Where no choice is answered the first is used, and nothing remembered.
func (r *reader) settle(ctx context.Context, s *mapping.Spelling) (int, *problem.Problem) {
	type outcome struct {
		choice  int
		problem *problem.Problem
	}
	// whoever waits for it wants the outcome, also when the first to ask has gone
	ctx = context.WithoutCancel(ctx)
	v, _, _ := r.engine.settling.Do(r.platform.Name+"\x00"+s.Name, func() (any, error) {
		for i := range s.Choices {
			req, err := s.Settle(i)
			if err != nil {
				return outcome{problem: r.internal(err)}, nil
			}
			req.Operation = r.operation
			resp, p := r.send(ctx, req)
			resp.Release()
			switch {
			case p == nil:
			case p.Native == nil || p.Native.Status == 0:
				return outcome{problem: p}, nil // not reached: nothing was learned
			case p.Native.Status == 404 || p.Native.Status == 405 || p.Native.Status == 501:
				continue
			case p.Code == problem.PlatformCredentialsRejected || p.Code == problem.PlatformIPNotAllowed:
				return outcome{problem: p}, nil // refused before the path was looked at
			}
			r.platform.State.SetChoice(s.Name, i)
			return outcome{choice: i}, nil
		}
		return outcome{}, nil
	})
	o := v.(outcome)
	return o.choice, o.problem
}

// notKept is the problem of a request that would need a native call, and asks for none.
func (r *reader) notKept() *problem.Problem {
	p := problem.New(problem.NotCached, "%s: what this needs is not kept, and the request asks for what is kept only.", r.platform.Name)
	p.Platform = r.platform.Name
	return p
}

func (r *reader) internal(err error) *problem.Problem {
	p := problem.New(problem.Internal, "the native request for %s could not be made", r.operation)
	p.Platform, p.Cause = r.platform.Name, err
	return p
}

// unusable says why an answer cannot be reshaped.
func (r *reader) unusable(err error) *problem.Problem {
	var syntax *reshape.SyntaxError
	var shape *reshape.ShapeError
	var detail string
	switch {
	case errors.As(err, &syntax):
		detail = "is not whole JSON: " + syntax.Error()
	case errors.As(err, &shape):
		detail = "has an unexpected shape: " + shape.Error()
	default:
		detail = fmt.Sprintf("cannot be read: %v", err)
	}
	p := r.invalidAnswer("%s", detail)
	p.Cause = err
	return p
}

// invalidAnswer is the problem of an answer, of which the text says what is wrong.
func (r *reader) invalidAnswer(format string, args ...any) *problem.Problem {
	p := problem.New(problem.PlatformInvalidResponse, "The answer of %s %s.", r.platform.Name, fmt.Sprintf(format, args...))
	p.Platform = r.platform.Name
	return p
}

// unnamed is the problem of an object without the identifier that objects of its kind
// have at the platform; nil where it has one. What has none is something else, such as
// an error in an unknown form.
func (r *reader) unnamed(op *mapping.OperationPlan, object []byte) *problem.Problem {
	if !op.Identifies() || gjson.GetBytes(object, "native_id").Type != gjson.Null {
		return nil
	}
	return r.invalidAnswer("names no object")
}
