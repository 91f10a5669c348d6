package span

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// requested is a context with the span of a request, which records what is sampled.
func requested(t testing.TB, sampler sdk.Sampler) (context.Context, trace.Span, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSampler(sampler), sdk.WithSpanProcessor(recorder))
	ctx, request := provider.Tracer("test").Start(t.Context(), "request")
	return ctx, request, recorder
}

func TestStepsAreWithinTheStepThatTheirContextBelongsTo(t *testing.T) {
	ctx, request, recorder := requested(t, sdk.AlwaysSample())
	outer, cache := Start(ctx, Cache, trace.SpanKindInternal)
	_, exchange := Start(outer, Exchange, trace.SpanKindClient)
	require.True(t, exchange.Traced())
	exchange.Concerns("acme", "reports.query")
	exchange.Fail("platform_timeout")
	exchange.End()
	cache.End()
	request.End()

	ended := recorder.Ended()
	require.Len(t, ended, 3)
	inner := ended[0]
	assert.Equal(t, "exchange", inner.Name())
	assert.Equal(t, trace.SpanKindClient, inner.SpanKind())
	assert.Equal(t, "cache", ended[1].Name())
	assert.Equal(t, ended[1].SpanContext().SpanID(), inner.Parent().SpanID())
	assert.Equal(t, request.SpanContext().SpanID(), ended[1].Parent().SpanID())
	assert.Equal(t, sdk.Status{Code: codes.Error, Description: "platform_timeout"}, inner.Status())
	assert.Equal(t, []attribute.KeyValue{
		attribute.String("tributary.platform", "acme"),
		attribute.String("tributary.operation", "reports.query"),
		attribute.String("error.type", "platform_timeout"),
	}, inner.Attributes())
	assert.Equal(t, "github.com/tributary-gateway/tributary", inner.InstrumentationScope().Name)
}

func TestNothingIsDoneWhereTheRequestIsNotTraced(t *testing.T) {
	unsampled, _, recorder := requested(t, sdk.NeverSample())
	over, request, _ := requested(t, sdk.AlwaysSample())
	request.End()
	for name, ctx := range map[string]context.Context{"no span": t.Context(), "not sampled": unsampled, "ended": over} {
		t.Run(name, func(t *testing.T) {
			within, s := Start(ctx, Reshape, trace.SpanKindInternal)
			assert.False(t, s.Traced())
			assert.Equal(t, ctx, within)
			s.Concerns("acme", "reports.query")
			s.Fail("internal")
			s.End()
			assert.Empty(t, recorder.Ended())
		})
	}
}

type otherKey struct{}

func TestNothingIsAllocatedWhereTheRequestIsNotTraced(t *testing.T) {
	ctx := context.WithValue(t.Context(), otherKey{}, "something else")
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, s := Start(ctx, Exchange, trace.SpanKindClient)
		s.Concerns("acme", "reports.query")
		if s.Traced() {
			s.Set(attribute.String("name", "value"))
		}
		s.Fail("internal")
		s.End()
	}))
}

func BenchmarkStartUntraced(b *testing.B) {
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_, s := Start(ctx, Exchange, trace.SpanKindClient)
		s.End()
	}
}
