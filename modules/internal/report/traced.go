package report

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// keptWindows asks a keeper, as a step of the request's trace. The native calls for what
// it lacked are within that.
func keptWindows(ctx context.Context, k Keeper, q *Question) *Kept {
	if k == (direct{}) {
		return k.Windows(ctx, q)
	}
	ctx, s := span.Start(ctx, span.Cache, trace.SpanKindInternal)
	if !s.Traced() {
		return k.Windows(ctx, q)
	}
	defer s.End()
	var fetched atomic.Int64
	counting := *q
	counting.Fetch = func(ctx context.Context, windows []Window) ([][]byte, *problem.Problem) {
		fetched.Add(int64(len(windows)))
		return q.Fetch(ctx, windows)
	}
	kept := k.Windows(ctx, &counting)
	s.Concerns(q.Platform, q.Operation)
	// what another request was fetching already is neither kept nor fetched for this one
	s.Set(span.State.String(kept.State), span.Windows.Int(len(q.Windows)), span.Fetched.Int64(fetched.Load()))
	if kept.Failed != nil {
		s.Fail(kept.Failed.Code)
	}
	return kept
}

// reshape reads a page of native rows, as a step of the request's trace.
func (r *reader) reshape(ctx context.Context, p Platform, page []byte) (n int, next string, err error) {
	_, s := span.Start(ctx, span.Reshape, trace.SpanKindInternal)
	defer s.End()
	before := len(r.rows)
	n, next, err = r.read(page)
	s.Reshaped(p.Name, Operation, len(page), len(r.rows)-before, err)
	return n, next, err
}
