package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// tokened is what requests carry while a token is the current one.
type tokened struct {
	*resolvedAuth
	token string // empty where there is no session
}

// openSession makes the caller get tokens. Callers of the same account share them.
func (c *Caller) openSession(spec *SessionSpec, credentials map[string]string) {
	account := maps.Clone(credentials)
	if account == nil {
		account = map[string]string{}
	}
	account["{session}"] = fmt.Sprintf("%+v %+v", spec.OAuth2, spec.Login)
	c.session = &source{spec: *spec, credentials: credentials, caller: c, session: c.state.session(fingerprint(account))}
	c.scrubber.session, c.secrets.session = c.session.session, c.session.session
}

func withToken(credentials map[string]string, token string) map[string]string {
	out := make(map[string]string, len(credentials)+1)
	maps.Copy(out, credentials)
	out[tokenName] = token
	return out
}

// authorization returns what a request has to carry. refused is a token that is not to be
// used again. The outcome is nil unless there is no token to be had; nothing was sent then.
func (c *Caller) authorization(ctx context.Context, req *Request, refused string) (*tokened, *outcome) {
	if c.session == nil {
		return c.tokened.Load(), nil
	}
	token, err := c.session.current(ctx, refused)
	if err != nil {
		o := c.tokenless(ctx, req, err)
		return nil, &o
	}
	if known := c.tokened.Load(); known != nil && known.token == token {
		return known, nil
	}
	resolved, err := resolveAuth(c.auth, withToken(c.session.credentials, token))
	if err != nil {
		o := c.tokenless(ctx, req, err)
		return nil, &o
	}
	t := &tokened{resolved, token}
	c.tokened.Store(t)
	return t, nil
}

// tokenless says what it means that there is no token.
func (c *Caller) tokenless(ctx context.Context, req *Request, err error) outcome {
	refusal, ok := errors.AsType[*tokenError](err)
	if !ok {
		o := c.networkOutcome(ctx, req, err)
		o.undone = true
		return o
	}
	o := outcome{response: &Response{Status: refusal.status, Rule: -1}, undone: true}
	code := problem.PlatformError
	switch refusal.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		code = problem.PlatformCredentialsRejected
	default:
		o.signal = failing
	}
	o.problem = c.problem(code, "%s gave no token for the gateway's credential (status %d); the operator should check the credential and the platform's server setting", c.platform, refusal.status)
	o.problem.Native = &problem.Native{Status: refusal.status}
	o.problem.Cause = refusal
	return o
}

// exchange makes an HTTP exchange whose answer the caller reads. Transports may panic.
func (c *Caller) exchange(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			resp, err = nil, c.panicked(v)
		}
	}()
	resp, err = c.transport.RoundTrip(r)
	if err == nil && resp == nil {
		err = errors.New("transport gave neither response nor error")
	}
	if err == nil && resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, err
}
