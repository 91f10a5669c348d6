package span

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// The names of spans.
const (
	// Exchange is one native call, with its repetitions, or one forwarded request.
	Exchange = "exchange"
	// Reshape is the making of rows of one native answer.
	Reshape = "reshape"
	// Cache is the finding of kept rows. The calls for what was missing are below it.
	Cache = "cache"
)

// The attributes that are particular to the gateway. All others are those of
// OpenTelemetry's semantic conventions.
const (
	// Platform is the platform's name, Operation what of the surface is done.
	Platform  = attribute.Key("tributary.platform")
	Operation = attribute.Key("tributary.operation")
	// NativeRequests are those that were made, repetitions included.
	NativeRequests = attribute.Key("tributary.native_requests")
	// NativeBytes is the size of a native answer's body, decompressed.
	NativeBytes = attribute.Key("tributary.native_bytes")
	// Rows is how many rows were made of it.
	Rows = attribute.Key("tributary.rows")
	// State is how fresh what was kept is: hit, stale or miss.
	State = attribute.Key("tributary.cache")
	// Windows is how many windows of a report were wanted, and Fetched how many of them
	// the platform was asked for.
	Windows = attribute.Key("tributary.windows")
	Fetched = attribute.Key("tributary.windows_fetched")
)

// scope is what spans name as their source.
const scope = "github.com/tributary-gateway/tributary"

// Span is a step that is traced. The methods of the zero Span, one that is not, do nothing.
type Span struct{ span trace.Span }

// Start begins a step of a request within the step that the context belongs to. Where the
// request is not traced, or not sampled, or has ended, it returns ctx and the zero Span,
// and allocates nothing. Kind is [trace.SpanKindClient] for a call to another server.
func Start(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, Span{}
	}
	ctx, s := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, Span{s}
}

// Traced tells whether the step is traced, so that attributes are worth making.
func (s Span) Traced() bool { return s.span != nil }

// Concerns says which platform and operation the step is for.
func (s Span) Concerns(platform, operation string) {
	if s.span != nil {
		s.span.SetAttributes(Platform.String(platform), Operation.String(operation))
	}
}

// Reshaped says what a step has made of a native answer of so many bytes. An error is
// that of an answer that cannot be used.
func (s Span) Reshaped(platform, operation string, size, rows int, err error) {
	if s.span == nil {
		return
	}
	s.Concerns(platform, operation)
	s.Set(NativeBytes.Int(size), Rows.Int(rows))
	if err != nil {
		s.Fail(problem.PlatformInvalidResponse)
	}
}

// Ready says that the step gives an answer that was ready, which may be of several platforms.
func (s Span) Ready(operation, state string) {
	if s.span != nil {
		s.span.SetAttributes(Operation.String(operation), State.String(state))
	}
}

// Set says more about the step. Callers ask [Span.Traced] before they make attributes.
func (s Span) Set(attributes ...attribute.KeyValue) {
	if s.span != nil {
		s.span.SetAttributes(attributes...)
	}
}

// Fail makes the step one that failed, with the code of its problem.
func (s Span) Fail(code problem.Code) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(attribute.String("error.type", string(code)))
	s.span.SetStatus(codes.Error, string(code))
}

// End ends the step.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}
