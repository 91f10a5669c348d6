package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// panicError is a panic of the transport, made an error.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("transport panicked: %v", e.value) }

// Unwrap lets errors.Is find the http.ErrAbortHandler that proxies panic with.
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// networkOutcome says what it means that no complete answer arrived.
func (c *Caller) networkOutcome(ctx context.Context, r *Request, err error) outcome {
	o := outcome{response: &Response{Rule: -1}}
	var panicked *panicError
	switch {
	case errors.As(err, &panicked) && !errors.Is(err, http.ErrAbortHandler):
		o.signal = silent
		o.problem = c.problem(problem.Internal, "the call to %s failed within the gateway", c.platform)
	case ctx.Err() != nil:
		o = c.interrupted(ctx, r)
		o.undone = isUnsent(err)
		return o
	case isTimeout(err):
		o.signal, o.retry = failing, true
		o.problem = c.problem(problem.PlatformTimeout, "%s did not answer in time; try again", c.platform)
	default:
		reason, lasting := networkReason(err)
		o.signal, o.retry = failing, !lasting
		o.problem = c.problem(problem.PlatformUnavailable, "%s cannot be reached: %s", c.platform, reason)
	}
	o.problem.Cause = c.scrubber.err(err)
	o.undone = isUnsent(err)
	return o
}

// isUnsent tells whether there was no connection that a request could have been sent on.
func isUnsent(err error) bool {
	var operation *net.OpError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	return errors.As(err, &operation) && operation.Op == "dial" ||
		errors.As(err, &dns) || errors.As(err, &certificate) || errors.As(err, &notTLS)
}

// interrupted says what it means that the call's time was up, or that the
// client has gone, while the platform was being waited for.
func (c *Caller) interrupted(ctx context.Context, r *Request) outcome {
	o := outcome{response: &Response{Rule: -1}}
	if errors.Is(ctx.Err(), context.Canceled) {
		o.signal = silent
		o.problem = c.problem(problem.PlatformUnavailable, "the call to %s was given up, because the client has gone", c.platform)
	} else {
		o.signal = failing
		o.problem = c.problem(problem.PlatformTimeout, "%s did not answer %s completely in time; try again, or ask for less at once",
			c.platform, r.name())
	}
	o.problem.Cause = ctx.Err()
	return o
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// networkReason says in plain words why a connection failed, and whether
// trying again at once is pointless.
func networkReason(err error) (reason string, lasting bool) {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		notTLS      tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return "the name of its server cannot be resolved; the operator should check the platform's server setting", dns.IsNotFound
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return "its TLS certificate cannot be verified; the operator should check the platform's server setting, and the certificate there", true
	case errors.As(err, &notTLS):
		return "its server does not speak TLS; the operator should check the platform's server setting", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", false
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset", false
	case errors.Is(err, http.ErrAbortHandler):
		return "the connection was cut off", false
	default:
		return "the connection failed", false
	}
}
