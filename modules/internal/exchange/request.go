package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/tidwall/sjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Request is one native call, without its credentials.
type Request struct {
	// Operation names what the call is for, in messages: conversions.list.
	Operation string
	// Method is the HTTP method.
	Method string
	// Path is escaped, starts with "/", and is appended to the server's path.
	Path string
	// Query is encoded, without "?".
	Query string
	// Header holds further fields; nil for none. It is not changed.
	Header http.Header
	// Body is sent as it is, save for credentials that belong into it; nil for
	// none. A transport may still read it after the call, so it must not change.
	Body []byte
	// ContentType is the body's media type. Default: application/json.
	ContentType string
	// Idempotent: the call may be repeated, since it only reads (by whatever method).
	// A call that changes something is repeated only where nothing was sent, or where
	// an error rule with a retry says that the platform did nothing yet.
	Idempotent bool
	// Single: the call is about one object, so that a 404 means that there is no such object.
	Single bool
	// Limit is one that the platform has for calls of this kind.
	Limit Limit
}

func (r *Request) name() string {
	if r.Operation == "" {
		return r.Method + " " + r.Path
	}
	return r.Operation
}

// Response is a native answer that can be used.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header is the answer's; it belongs to the response.
	Header http.Header
	// Body is JSON text in UTF-8, not yet checked beyond its first byte; nil for an empty body.
	Body []byte
	// Requests is how many native requests were made, retries included.
	Requests int
	// Rule is the index of the error rule that matched; -1 for none.
	Rule int

	buffer *buffer
}

// Release gives the body's memory back. Body must not be used afterwards.
func (r *Response) Release() {
	if r == nil {
		return
	}
	r.buffer.release()
	r.buffer, r.Body = nil, nil
}

// attempt makes one native request, and a second one where the token of the session was
// refused: a refused call has done nothing, so that any may be repeated.
func (c *Caller) attempt(ctx context.Context, req *Request) outcome {
	auth, p := c.authorization(ctx, req, "")
	if p != nil {
		return *p
	}
	o := c.attemptAs(ctx, req, auth)
	if auth.token == "" || o.problem == nil || o.problem.Code != problem.PlatformCredentialsRejected {
		return o
	}
	if auth, p = c.authorization(ctx, req, auth.token); p != nil {
		return *p
	}
	o = c.attemptAs(ctx, req, auth)
	o.renewed = 1
	return o
}

func (c *Caller) attemptAs(ctx context.Context, req *Request, auth *tokened) outcome {
	native, err := c.nativeRequest(ctx, req, auth.resolvedAuth)
	if err != nil {
		o := outcome{response: &Response{Rule: -1}, signal: silent, undone: true}
		o.problem = c.problem(problem.Internal, "the call to %s could not be made", c.platform)
		o.problem.Cause = c.scrubber.err(err)
		return o
	}
	a, err := c.send(native)
	if err == nil && a.bodyErr != nil && !isUnreadable(a.bodyErr) {
		err = a.bodyErr // the connection failed, not the body
	}
	if err != nil {
		o := c.networkOutcome(ctx, req, err)
		o.response.Status, o.response.Header = a.status, a.header
		return o
	}
	return c.judge(req, a)
}

// isUnreadable tells faults of a body from those of its connection.
func isUnreadable(err error) bool {
	var tooLarge *tooLargeError
	var encoding *encodingError
	return errors.As(err, &tooLarge) || errors.As(err, &encoding) || isCutOff(err)
}

// send makes the HTTP exchange and reads its body. Transports may panic, with
// http.ErrAbortHandler or by a fault of theirs.
func (c *Caller) send(native *http.Request) (a answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = c.panicked(v)
		}
	}()
	resp, err := c.transport.RoundTrip(native)
	if err != nil {
		return a, err
	}
	if resp == nil {
		return a, errors.New("transport gave neither response nor error")
	}
	if resp.Body != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	a.status, a.header = resp.StatusCode, resp.Header
	a.body, a.bodyErr = readBody(resp, c.maxBody)
	return a, nil
}

// panicked makes an error of a panic, and logs one that is a fault.
func (c *Caller) panicked(v any) error {
	err := &panicError{v}
	if c.logger != nil && !errors.Is(err, http.ErrAbortHandler) {
		c.logger.Error("transport panicked", "platform", c.platform,
			"panic", c.scrubber.scrub(fmt.Sprint(v)), "stack", c.scrubber.scrub(string(debug.Stack())))
	}
	return err
}

func (c *Caller) nativeRequest(ctx context.Context, req *Request, auth *resolvedAuth) (*http.Request, error) {
	// the address is put together here, since parsing it would undo its escapes
	native, err := http.NewRequestWithContext(ctx, req.Method, "", nil)
	if err != nil {
		return nil, fmt.Errorf("making the native request: %w", err)
	}
	u := native.URL
	u.Scheme, u.Host = c.server.Scheme, c.server.Host
	native.Host = c.server.Host
	escaped := c.basePath + req.Path
	u.Path = escaped
	if strings.IndexByte(escaped, '%') >= 0 {
		if u.Path, err = url.PathUnescape(escaped); err != nil {
			return nil, fmt.Errorf("making the native request: %w", err)
		}
		u.RawPath = escaped
	}
	u.RawQuery = join(req.Query, auth.query)

	body, contentType, err := c.nativeBody(req, auth)
	if err != nil {
		return nil, err
	}
	h := make(http.Header, len(req.Header)+len(c.common)+len(auth.headers)+1)
	for _, f := range c.common {
		h[f.name] = f.values
	}
	for name, values := range req.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if body != nil {
		h["Content-Type"] = []string{contentType}
		native.ContentLength = int64(len(body))
		native.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		native.Body, _ = native.GetBody()
	}
	for _, f := range auth.headers {
		h[f.name] = f.values
	}
	native.Header = h
	return native, nil
}

// nativeBody returns the body with the credentials that belong into it.
func (c *Caller) nativeBody(req *Request, auth *resolvedAuth) (body []byte, contentType string, err error) {
	body, contentType = req.Body, req.ContentType
	if contentType == "" {
		contentType = "application/json"
	}
	if len(auth.body) == 0 {
		return body, contentType, nil
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	if mediaType == "application/x-www-form-urlencoded" {
		return []byte(join(string(body), auth.form())), contentType, nil
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	for _, m := range auth.body {
		// sjson returns new bytes, so that the request stays as it is
		if body, err = sjson.SetBytes(body, m.path, m.value); err != nil {
			return nil, "", fmt.Errorf("putting the credential into the body at %q: %w", m.path, err)
		}
	}
	return body, contentType, nil
}

// form returns the credentials of a body as parameters of a form.
func (a *resolvedAuth) form() string {
	form := ""
	for _, m := range a.body {
		form = join(form, url.QueryEscape(m.path)+"="+url.QueryEscape(m.value))
	}
	return form
}

// join joins two encoded queries, of which either may be empty.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// leavesPath tells whether a path, once unescaped by the platform, holds
// segments that lead elsewhere: an identifier comes from a client, and must
// not reach another endpoint with the gateway's credential.
func leavesPath(path string) bool {
	if !strings.Contains(path, ".") && !strings.Contains(path, "%") {
		return false
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return false // refused when the request is made
	}
	for segment := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '/' || r == '\\' }) {
		// to some servers a backslash is a slash, and what follows a semicolon no part of the name
		if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
			return true
		}
	}
	return false
}
