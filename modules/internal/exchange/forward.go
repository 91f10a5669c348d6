package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
	"go.opentelemetry.io/otel/trace"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// Forward is a request in the platform's own dialect, to be sent as its client wrote it.
type Forward struct {
	// Request has the path and the query as the platform gets them; scheme and host are
	// those of the platform.
	Request *http.Request
	// Auth tells where clients of the platform put their key.
	Auth *NativeAuth
	// Body is the request's body where [NativeAuth.InBody] made it be read; otherwise the
	// request's own is streamed.
	Body []byte
	// Anonymous: no credential goes along, and the call counts towards no limit but one
	// for anonymous calls.
	Anonymous bool
}

// maxAnonymous is how many anonymous calls run at once. They come from whoever likes
// to send them, and must take neither a platform's rate nor the places of its clients.
const maxAnonymous = 4

// errSilent is the cause of a call that was given up because the platform let the
// call's time pass without a sign.
var errSilent = silentError{}

type silentError struct{}

func (silentError) Error() string { return "the platform was silent for too long" }

// Timeout and Temporary are those of net.Error.
func (silentError) Timeout() bool   { return true }
func (silentError) Temporary() bool { return true }

// Forward makes one native request with the platform's credentials in place of the
// client's key, and returns the answer before its body has arrived. The body has to
// be closed: until then the call counts as one of those at the same time.
//
// Rate, concurrency and breaker are those of [Caller.Do]. Nothing is retried but a
// request whose token the platform refused, where its body can be sent again. The
// call's time bounds every silence of the platform: until its turn, until the answer
// begins, and between two pieces of it. What the answer says is not looked at.
func (c *Caller) Forward(f *Forward) (*http.Response, *problem.Problem) {
	if err := f.checkBody(); err != nil {
		p := c.problem(problem.InvalidRequest, "the body cannot hold the key of %s: it has to be a JSON object or a form", c.platform)
		p.Cause, p.Undone = err, true
		return nil, p
	}
	ctx, traced := span.Start(f.Request.Context(), span.Exchange, trace.SpanKindClient)
	c.describe(traced, forwardedOperation, f.Request.Method)
	release, p := c.enter(ctx, f)
	if p != nil {
		p.Undone = true
		tellOutcome(traced, 0, 0, -1, p)
		traced.End()
		return nil, p
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := newSilence(c.timeout, func() { cancel(errSilent) })
	done := sync.OnceFunc(func() {
		s.end()
		cancel(nil)
		release()
		traced.End()
	})
	s.begin()
	resp, o := c.forward(ctx, f, s)
	s.end()
	if !f.Anonymous {
		c.tellBreaker(o)
	}
	if resp == nil {
		o.tellUndone()
		tellOutcome(traced, 0, -1, -1, o.problem)
		done()
		return nil, o.problem
	}
	tellOutcome(traced, resp.StatusCode, -1, -1, o.problem)
	resp.Body = &forwardedBody{ReadCloser: resp.Body, silence: s, done: done, end: func() { c.CleanHeader(resp.Trailer) }}
	return resp, nil
}

// forward sends the request, and once more where the token of the session was refused
// and the body can be sent again. The response is nil where there is none to hand on.
func (c *Caller) forward(ctx context.Context, f *Forward, s *silence) (*http.Response, *outcome) {
	var refused string
	for {
		auth := new(tokened)
		if !f.Anonymous {
			var o *outcome
			if auth, o = c.authorization(ctx, forwardedRequest, refused); o != nil {
				return nil, o
			}
		}
		resp, err := c.sendForward(ctx, f, s, auth.resolvedAuth)
		if err != nil {
			if errors.Is(context.Cause(ctx), errSilent) {
				err = errSilent
			}
			o := c.networkOutcome(f.Request.Context(), forwardedRequest, err)
			return nil, &o
		}
		if resp.StatusCode != http.StatusUnauthorized || auth.token == "" || refused != "" || !f.repeatable() {
			o := &outcome{}
			if resp.StatusCode >= http.StatusInternalServerError {
				o.signal, o.problem = failing, c.problem(problem.PlatformError, "status %d", resp.StatusCode)
			}
			return resp, o
		}
		_ = resp.Body.Close() // nothing of it is wanted
		refused = auth.token
	}
}

// sendForward sends the request as it is, with these credentials.
func (c *Caller) sendForward(ctx context.Context, f *Forward, s *silence, auth *resolvedAuth) (*http.Response, error) {
	native, err := c.forwarded(ctx, f, s, auth)
	if err != nil {
		return nil, err
	}
	resp, err := c.exchange(native)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, errors.Join(errors.New("the platform switched protocols without being asked"), resp.Body.Close())
	}
	return resp, nil
}

// checkBody refuses a body that cannot hold the platform's credential.
func (f *Forward) checkBody() error {
	if f.Auth.InBody() && len(f.Body) > 0 && !isForm(f.Request.Header.Get("Content-Type")) && !gjson.ParseBytes(f.Body).IsObject() {
		return errors.New("neither a JSON object nor a form")
	}
	return nil
}

// repeatable tells whether the request can be sent again, since its body was read or
// there is none.
func (f *Forward) repeatable() bool {
	return f.Auth.InBody() || f.Request.Body == nil || f.Request.Body == http.NoBody
}

// forwardedRequest names a forwarded request in messages.
var forwardedRequest = &Request{Operation: "the request"}

// enter waits for the call's turn, and returns what ends it.
func (c *Caller) enter(ctx context.Context, f *Forward) (release func(), p *problem.Problem) {
	if f.Anonymous {
		if !c.state.anonymous.TryAcquire(1) {
			p := c.problem(problem.PlatformUnavailable, "too many requests without a key at once")
			p.RetryAfter = time.Second
			return nil, p
		}
		return func() { c.state.anonymous.Release(1) }, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if c.breaker != nil && c.breaker.IsOpen() && c.breaker.RemainingDelay() > 0 {
		return nil, c.open()
	}
	if p := c.admit(ctx, forwardedRequest); p != nil {
		return nil, p
	}
	if c.breaker != nil && !c.breaker.TryAcquirePermit() {
		c.leave()
		return nil, c.open()
	}
	return c.leave, nil
}

// forwarded makes the request that is sent.
func (c *Caller) forwarded(ctx context.Context, f *Forward, s *silence, auth *resolvedAuth) (*http.Request, error) {
	r := f.Request.WithContext(ctx)
	r.Header = r.Header.Clone()
	u := *r.URL
	u.Scheme, u.Host, u.User = c.server.Scheme, c.server.Host, nil
	r.URL, r.Host = &u, c.server.Host
	body, err := c.authorize(r, f.Auth, f.Body, auth)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Auth.InBody():
		r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, int64(len(body)), nil
		delete(r.Header, "Content-Length")
		if len(body) > 0 {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
	case r.Body != nil && r.Body != http.NoBody:
		r.Body = &sentBody{ReadCloser: r.Body, silence: s}
	}
	return r, nil
}

// silence gives a call up when the platform is waited for longer than limit.
type silence struct {
	mu     sync.Mutex
	timer  *time.Timer
	limit  time.Duration
	ending bool // the answer has begun, so that the request's body matters no more
}

func newSilence(limit time.Duration, giveUp func()) *silence {
	s := &silence{limit: limit, timer: time.AfterFunc(limit, giveUp)}
	s.timer.Stop()
	return s
}

func (s *silence) begin() { s.timer.Reset(s.limit) }

func (s *silence) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	s.timer.Stop()
}

// sending tells that the client is waited for while wait, not the platform.
func (s *silence) sending(wait func()) {
	s.mu.Lock()
	if !s.ending {
		s.timer.Stop()
	}
	s.mu.Unlock()
	wait()
	s.mu.Lock()
	if !s.ending {
		s.timer.Reset(s.limit)
	}
	s.mu.Unlock()
}

// sentBody is a client's body on its way to the platform.
type sentBody struct {
	io.ReadCloser
	silence *silence
}

func (b *sentBody) Read(p []byte) (n int, err error) {
	b.silence.sending(func() { n, err = b.ReadCloser.Read(p) })
	return n, err
}

// forwardedBody is a platform's answer on its way to the client.
type forwardedBody struct {
	io.ReadCloser
	silence *silence
	end     func() // when it has arrived whole
	done    func() // when it has been closed
}

func (b *forwardedBody) Read(p []byte) (int, error) {
	b.silence.begin()
	n, err := b.ReadCloser.Read(p)
	b.silence.timer.Stop()
	if errors.Is(err, io.EOF) {
		b.end()
	}
	return n, err
}

func (b *forwardedBody) Close() error {
	err := b.ReadCloser.Close()
	b.done()
	return err
}

// minHeaderSecret is the length in bytes from which a credential is looked for in the
// fields of a forwarded answer: these are for programs, which a name that happens to
// be a user's must not break.
const minHeaderSecret = 8

func long(credentials map[string]string) map[string]string {
	out := maps.Clone(credentials)
	maps.DeleteFunc(out, func(_, v string) bool { return len(v) < minHeaderSecret })
	return out
}

// CleanHeader removes the credentials from the fields of a forwarded answer.
func (c *Caller) CleanHeader(h http.Header) {
	for _, values := range h {
		for i, v := range values {
			values[i] = c.secrets.scrub(v)
		}
	}
}

// CleanQuery takes the parameters that hold a credential out of the query of a URL.
// Where own has a parameter of the same name, it takes the place of that one.
func (c *Caller) CleanQuery(rawQuery, own string) string {
	if c.secrets.scrub(rawQuery) == rawQuery && c.secrets.scrub(unescape(rawQuery)) == unescape(rawQuery) {
		return rawQuery
	}
	var kept []string
	for pair := range pairs(rawQuery) {
		if value := pairValue(pair); c.secrets.scrub(value) == value && c.secrets.scrub(pair) == pair {
			kept = append(kept, pair)
			continue
		}
		for mine := range pairs(own) {
			if pairName(mine) == pairName(pair) {
				kept = append(kept, mine)
				break
			}
		}
	}
	return strings.Join(kept, "&")
}
