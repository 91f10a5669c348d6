package exchange

import (
	"net/http"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// forwardedOperation is the operation of requests in the platform's own dialect.
const forwardedOperation = "native"

// describe tells a span what was asked of the platform. The names are those of the
// semantic conventions for HTTP clients; url.full, which they want too, is left out,
// since it may hold a credential.
func (c *Caller) describe(s span.Span, operation, method string) {
	if !s.Traced() {
		return
	}
	s.Concerns(c.platform, operation)
	s.Set(attribute.String("http.request.method", knownMethod(method)),
		attribute.String("server.address", c.server.Hostname()))
	if port, err := strconv.Atoi(c.server.Port()); err == nil {
		s.Set(attribute.Int("server.port", port))
	}
}

// tellOutcome tells a span what came of it: the status of the last answer, all native requests
// that were made, the bytes of the answer after decompression. What is not known is
// zero, or negative where zero says something.
func tellOutcome(s span.Span, status, requests, size int, p *problem.Problem) {
	if !s.Traced() {
		return
	}
	if status > 0 {
		s.Set(attribute.Int("http.response.status_code", status))
	}
	if requests >= 0 {
		s.Set(span.NativeRequests.Int(requests))
	}
	if size >= 0 {
		s.Set(span.NativeBytes.Int(size))
	}
	if p != nil {
		s.Fail(p.Code)
	}
}

// knownMethod is the method, or what the semantic conventions have for those that are not
// known, which a client of the native proxy may make up.
func knownMethod(method string) string {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace,
	}
	if slices.Contains(known, method) {
		return method
	}
	return "_OTHER"
}
