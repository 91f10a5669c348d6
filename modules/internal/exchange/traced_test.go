package exchange

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// tracedContext is the context of a request that is traced, and what records its spans.
func tracedContext(t *testing.T) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	ctx, _ := sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder)).Tracer("test").Start(t.Context(), "request")
	return ctx, recorder
}

// theSpan returns the one span that has ended, and its attributes by name.
func theSpan(t *testing.T, recorder *tracetest.SpanRecorder) (sdk.ReadOnlySpan, map[string]any) {
	t.Helper()
	ended := recorder.Ended()
	require.Len(t, ended, 1)
	attributes := map[string]any{}
	for _, a := range ended[0].Attributes() {
		attributes[string(a.Key)] = a.Value.AsInterface()
		assert.NotContains(t, a.Value.String(), "secret-of-ours")
	}
	return ended[0], attributes
}

func portOf(t *testing.T, c *Caller) int64 {
	t.Helper()
	port, err := strconv.ParseInt(c.server.Port(), 10, 64)
	require.NoError(t, err)
	return port
}

func TestSpansTellCallsWithTheirRepetitions(t *testing.T) {
	asked := 0
	c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header["Traceparent"], "the trace is not a platform's to know")
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	}, withKey)
	ctx, recorder := tracedContext(t)
	resp, p := c.Do(ctx, &Request{Operation: "conversions.list", Method: http.MethodGet, Path: "/things", Query: "q=1", Idempotent: true})
	require.Nil(t, p)
	resp.Release()

	s, attributes := theSpan(t, recorder)
	assert.Equal(t, "exchange", s.Name())
	assert.Equal(t, codes.Unset, s.Status().Code)
	assert.Equal(t, map[string]any{
		"tributary.platform":        "acme",
		"tributary.operation":       "conversions.list",
		"tributary.native_requests": int64(2),
		"tributary.native_bytes":    int64(len(`{"ok":true}`)),
		"http.request.method":       "GET",
		"http.response.status_code": int64(200),
		"server.address":            c.server.Hostname(),
		"server.port":               portOf(t, c),
	}, attributes)
}

func TestSpansTellProblemsByTheirCode(t *testing.T) {
	c := callerOf(t, answers(http.StatusUnauthorized, "application/json", `{"error":"secret-of-ours is wrong"}`), withKey)
	ctx, recorder := tracedContext(t)
	resp, p := c.Do(ctx, &Request{Method: http.MethodGet, Path: "/things"})
	require.NotNil(t, p)
	resp.Release()

	s, attributes := theSpan(t, recorder)
	assert.Equal(t, sdk.Status{Code: codes.Error, Description: "platform_credentials_rejected"}, s.Status())
	assert.Equal(t, "platform_credentials_rejected", attributes["error.type"])
	assert.Equal(t, int64(http.StatusUnauthorized), attributes["http.response.status_code"])
}

// A forwarded request lasts until its answer has been passed on.
func TestSpansTellForwardedRequests(t *testing.T) {
	c := callerOf(t, answers(http.StatusOK, "text/plain", strings.Repeat("x", 100)), withKey)
	ctx, recorder := tracedContext(t)
	f := forwardOf(t, false)
	f.Request = f.Request.WithContext(ctx)
	f.Request.Method = "PROPFIND"
	resp, p := c.Forward(f)
	require.Nil(t, p)
	assert.Empty(t, recorder.Ended())
	require.NoError(t, resp.Body.Close())

	_, attributes := theSpan(t, recorder)
	assert.Equal(t, map[string]any{
		"tributary.platform":        "acme",
		"tributary.operation":       "native",
		"http.request.method":       "_OTHER",
		"http.response.status_code": int64(200),
		"server.address":            c.server.Hostname(),
		"server.port":               portOf(t, c),
	}, attributes)
}
