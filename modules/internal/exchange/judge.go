package exchange

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// signal is what an outcome says about the platform's health.
type signal int

const (
	answering signal = iota // the platform works, whatever it said
	failing                 // no connection, no answer in time, or a 5xx
	silent                  // nothing: the client went, or the gateway failed
)

// outcome is how one attempt ended.
type outcome struct {
	response *Response // never nil; its body is nil beside a problem
	problem  *problem.Problem
	signal   signal
	retry    bool          // an idempotent call is worth repeating
	renewed  int           // attempts before it, whose token was refused
	undone   bool          // the platform did nothing, so that any call may be repeated
	failed   bool          // a rule says that the platform failed at it, whatever the status
	wait     time.Duration // what the platform asked to wait before; 0: nothing
	address  netip.Addr    // ours, that the platform's allowlist lacks; invalid where it does not say
}

// answer is a native response that has been read.
type answer struct {
	status  int
	header  http.Header
	body    *buffer
	bodyErr error // body is nil then
}

// judge says what an answer means: error rules first, on any status; then the
// status; and on success whether the body can be used.
func (c *Caller) judge(req *Request, a answer) outcome {
	o := outcome{response: &Response{Status: a.status, Header: a.header, Rule: -1}}
	success := a.status >= 200 && a.status < 300
	var text []byte
	bodyErr := a.bodyErr
	if bodyErr == nil {
		text, bodyErr = jsonText(a.body.bytes, a.header.Get("Content-Type"))
	}
	if success && a.bodyErr != nil {
		// what has not arrived cannot be judged by what it holds
		o.problem = c.unusable(a)
		o.problem.Cause = c.scrubber.err(bodyErr)
		o.retry = isCutOff(bodyErr)
		return o
	}
	if v, ok := c.rules.Judge(a.status, a.header, text, c.now()); ok {
		a.body.release()
		c.byRule(&o, req, v)
		return o
	}
	if success && bodyErr == nil {
		o.response.Body, o.response.buffer = text, a.body
		return o
	}
	if success {
		o.problem = c.unusable(answer{status: a.status, header: a.header, bodyErr: bodyErr})
		o.problem.Cause = c.scrubber.err(bodyErr)
	} else {
		c.byStatus(&o, req, text)
	}
	a.body.release()
	return o
}

// byRule makes a rule's verdict the outcome. What is not found outside of a single
// object is the call itself.
func (c *Caller) byRule(o *outcome, req *Request, v Verdict) {
	o.response.Rule = v.Rule
	if v.Problem == problem.NotFound && !req.Single {
		o.problem = c.problem(problem.PlatformError, "%s", c.unservedDetail(o.response.Status))
	} else {
		o.problem = c.problem(v.Problem, "%s", c.detail(v.Problem, o.response.Status))
	}
	o.problem.Native = &problem.Native{
		Status:  o.response.Status,
		Code:    c.scrubber.clean(v.Code, maxCode),
		Message: c.scrubber.clean(v.Message, maxMessage),
	}
	o.problem.RetryAfter = v.RetryAfter
	o.retry, o.wait = v.Retry, v.RetryAfter
	o.undone = v.Retry && (v.Problem == problem.PlatformRateLimited || v.Problem == problem.PlatformUnavailable)
	o.failed = v.Retry && !o.undone
	if v.Problem == problem.PlatformIPNotAllowed {
		o.problem.Detail, o.address = c.addressDetail(v), v.IP
	}
	if v.Hint != "" {
		o.problem.Detail += ": " + v.Hint
	}
	// a rule may say that a 5xx is the caller's own fault
	if o.response.Status >= 500 {
		switch v.Problem {
		case problem.PlatformError, problem.PlatformUnavailable, problem.PlatformTimeout, problem.PlatformInvalidResponse:
			o.signal = failing
		}
	}
}

// byStatus makes the outcome of a status that no rule says anything about. The body is
// looked into for a message only; text is nil where it is not JSON.
func (c *Caller) byStatus(o *outcome, req *Request, text []byte) {
	status := o.response.Status
	code := problem.PlatformError
	switch status {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusUnprocessableEntity:
		code = problem.InvalidRequest
	case http.StatusUnauthorized:
		code = problem.PlatformCredentialsRejected
	case http.StatusForbidden:
		code = problem.PlatformForbidden
	case http.StatusNotFound:
		if req.Single {
			code = problem.NotFound
		}
	case http.StatusConflict:
		code = problem.Conflict
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		code = problem.PlatformTimeout
	case http.StatusTooManyRequests:
		code = problem.PlatformRateLimited
	case http.StatusServiceUnavailable:
		code = problem.PlatformUnavailable
	}
	detail, lasting := c.detail(code, status), false
	switch {
	case status >= 300 && status < 400:
		detail, lasting = c.redirectDetail(o.response.Header), true
	case status == http.StatusNotImplemented, code == problem.PlatformError && status < 500:
		detail = c.unservedDetail(status)
	}
	o.problem = c.problem(code, "%s", detail)
	o.problem.Lasting = lasting
	o.problem.Native = &problem.Native{Status: status}
	if status >= 400 && status < 500 { // what a server says of its own failures is not for clients
		o.problem.Native.Message = c.scrubber.clean(usualMessage(text), maxMessage)
	}
	if status >= 500 {
		o.signal = failing
	}
	if status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
		(status >= 500 && status != http.StatusNotImplemented) {
		o.retry = true
		o.wait = headerRetryAfter(o.response.Header, c.now())
		o.problem.RetryAfter = o.wait
	}
}

// usualMessage returns what a JSON body says about an error where most platforms say it;
// empty where it says nothing there.
func usualMessage(body []byte) string {
	if !gjson.ValidBytes(body) {
		return ""
	}
	for _, place := range []string{"error", "error.message", "message"} {
		if v := gjson.GetBytes(body, place); v.Type == gjson.String && v.Str != "" {
			return v.Str
		}
	}
	return ""
}

func (c *Caller) unservedDetail(status int) string {
	return fmt.Sprintf("%s refused this call as one that it does not serve (status %d); the operator should check the platform's server setting", c.platform, status)
}

// redirectDetail names where a redirect leads, without its query, which may
// echo a credential.
func (c *Caller) redirectDetail(h http.Header) string {
	detail := c.platform + " answered with a redirect, which is never followed, since the credential would follow it; the operator should check the platform's server setting"
	// scrubbed first, since parsing may spell a credential in yet another way
	target, err := url.Parse(c.scrubber.scrub(h.Get("Location")))
	if err != nil || target.Host == "" {
		return detail
	}
	return detail + " (it points to " + c.scrubber.clean(target.Scheme+"://"+target.Host+target.EscapedPath(), maxCode) + ")"
}

// unusable is the problem of a success whose body is not JSON text.
func (c *Caller) unusable(a answer) *problem.Problem {
	var tooLarge *tooLargeError
	var encoding *encodingError
	var detail string
	switch err := a.bodyErr; {
	case errors.As(err, &tooLarge):
		detail = fmt.Sprintf("the answer of %s is larger than the %d bytes that are read; ask for less at once", c.platform, tooLarge.limit)
	case isCutOff(err):
		detail = fmt.Sprintf("the answer of %s was cut off; try again", c.platform)
	case errors.As(err, &encoding):
		detail = fmt.Sprintf("the answer of %s cannot be decompressed", c.platform)
	case errors.Is(err, errHTML):
		detail = fmt.Sprintf("%s answered with a web page instead of JSON; the operator should check the platform's server setting", c.platform)
	default:
		detail = fmt.Sprintf("the answer of %s is not JSON; the operator should check the platform's server setting", c.platform)
	}
	p := c.problem(problem.PlatformInvalidResponse, "%s", detail)
	p.Lasting = tooLarge != nil
	p.Native = &problem.Native{Status: a.status}
	return p
}

// detail says for a code what can be done about it.
func (c *Caller) detail(code problem.Code, status int) string {
	switch code {
	case problem.InvalidRequest:
		return c.platform + " refused a parameter or the body; correct the request"
	case problem.NotFound:
		return c.platform + " has no such object"
	case problem.Conflict:
		return c.platform + " refused the change, because it conflicts with what exists"
	case problem.PlatformCredentialsRejected:
		return c.platform + " refused the gateway's credential; the operator has to replace it"
	case problem.PlatformForbidden:
		return c.platform + " forbids this to the gateway; the operator has to give its credential the permission there" + c.allowing()
	case problem.PlatformAccountLocked:
		return "the account at " + c.platform + " is locked; the operator has to ask the platform to unlock it"
	case problem.PlatformRateLimited:
		return c.platform + " allows no further call at the moment; wait before trying again"
	case problem.PlatformUnavailable:
		return c.platform + " is not available at the moment; try again later"
	case problem.PlatformTimeout:
		return c.platform + " took too long; try again, or ask for less at once"
	default:
		return fmt.Sprintf("%s answered with an error (status %d); try again later", c.platform, status)
	}
}

// allowing adds the gateway's addresses to advice about a refusal that may be due to an
// allowlist without saying so.
func (c *Caller) allowing() string {
	if len(c.egress) == 0 {
		return ""
	}
	return ", or to allow its address, " + strings.Join(c.egress, ", ") + ", where the platform has an allowlist"
}

// addressDetail names the address that a platform's allowlist lacks.
func (c *Caller) addressDetail(v Verdict) string {
	addresses := strings.Join(c.egress, ", ")
	switch {
	case v.IP.IsValid():
		addresses = v.IP.String()
	case addresses == "":
		addresses = "the gateway's egress address"
	}
	return fmt.Sprintf("the allowlist of %s lacks the gateway; the operator has to add %s there", c.platform, addresses)
}

// isCutOff tells whether a body ended before its announced end.
func isCutOff(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
