package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MediaType is the media type of a problem, RFC 9457 section 3.
const MediaType = "application/problem+json"

// Problem is one error as a client sees it. The zero value is not usable: make
// one with [New]. A Problem is an error.
type Problem struct {
	Code Code
	// Detail says what was wrong, where, and what to do, for this occurrence.
	Detail string
	// Instance is the request's id.
	Instance string
	// Platform is the platform involved; empty when the gateway alone was.
	Platform string
	// Native is what the platform said, with secrets removed; nil when it said nothing.
	Native *Native
	// RetryAfter tells how long to wait; zero when that is not known.
	RetryAfter time.Duration
	// Errors names each parameter or member that was refused.
	Errors []FieldError
	// Platforms names the platforms that have an operation which others lack.
	Platforms []string
	// Allow lists the methods of a route, for method_not_allowed.
	Allow []string
	// Uncertain tells that a change was made, or may have been, although it ended
	// in a problem: whoever makes it again may make it twice. It is not shown; the
	// detail says so, and the problem is not retryable.
	Uncertain bool
	// Undone tells that the platform surely did nothing, as where nothing reached it: what
	// was known of it is as true as before. It is not shown.
	Undone bool
	// Lasting tells that the same request fares no better later, although its code is
	// retryable: somebody has to change something first.
	Lasting bool
	// Cause is for the log only; it is never shown to a client.
	Cause error
}

// Native is a platform's own account of an error.
type Native struct {
	// Status is the HTTP status of the platform's answer; zero when there was none.
	Status int `json:"status,omitempty"`
	// Code is the platform's own error code, as text.
	Code string `json:"code,omitempty"`
	// Message is the platform's own message.
	Message string `json:"message,omitempty"`
}

// FieldError names one parameter (or member, as a JSON pointer-like path) and what is wrong with it.
type FieldError struct {
	Parameter string `json:"parameter"`
	Detail    string `json:"detail"`
}

// New makes a problem of a code of the contract. The detail is formatted as by
// fmt.Sprintf. An unknown code panics: codes are constants of this package, or
// were checked with [Lookup] when a mapping was loaded.
func New(code Code, format string, args ...any) *Problem {
	if _, ok := byCode[code]; !ok {
		panic("problem: unknown code " + strconv.Quote(string(code)))
	}
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Problem{Code: code, Detail: format}
}

// Refused makes the problem of a request that has faults, which its detail counts up by name.
func Refused(faults []FieldError) *Problem {
	var names []string
	for _, f := range faults {
		if !slices.Contains(names, f.Parameter) {
			names = append(names, f.Parameter)
		}
	}
	p := New(InvalidRequest, "Refused: %s. The member errors says why.", strings.Join(names, ", "))
	p.Errors = faults
	return p
}

// Kind returns the description of the problem's code.
func (p *Problem) Kind() Kind { return *byCode[p.Code] }

// Status returns the HTTP status.
func (p *Problem) Status() int { return byCode[p.Code].Status }

// Retryable tells whether the same request may succeed later, unchanged, and may be
// sent again without a look.
func (p *Problem) Retryable() bool {
	return byCode[p.Code].Retryable && !p.Uncertain && !p.Lasting
}

// Doubt makes the problem that of a change which may have been made in spite of it:
// uncertain, and with words that say so in place of advice to send it again.
func (p *Problem) Doubt() {
	p.Once()
	p.Detail = strings.TrimSuffix(p.Detail, ".") + "; the change may have been made: look before sending it again"
}

// Once makes the problem one of a request that is not to be sent again: uncertain, and
// without advice to try again.
func (p *Problem) Once() {
	p.Uncertain, p.RetryAfter = true, 0
	for _, advice := range []string{"; try again", "; ask for less", "; wait before"} {
		p.Detail, _, _ = strings.Cut(p.Detail, advice)
	}
}

// RetryAfterSeconds returns RetryAfter in whole seconds, rounded up; zero when it is not known.
func (p *Problem) RetryAfterSeconds() int {
	return int(math.Ceil(p.RetryAfter.Seconds()))
}

// Error returns the code, the platform and the detail.
func (p *Problem) Error() string {
	s := string(p.Code)
	if p.Platform != "" {
		s += " (" + p.Platform + ")"
	}
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return s
}

// Unwrap returns the cause, for errors.Is and errors.As.
func (p *Problem) Unwrap() error { return p.Cause }

// JSON encodes the problem. The member type is base + "/problems/" + code,
// where base is the absolute URL of the API (https://gateway.example/v1).
func (p *Problem) JSON(base string) []byte {
	k := byCode[p.Code]
	out := struct {
		Type       string       `json:"type"`
		Title      string       `json:"title"`
		Status     int          `json:"status"`
		Detail     string       `json:"detail,omitempty"`
		Instance   string       `json:"instance,omitempty"`
		Code       Code         `json:"code"`
		Platform   string       `json:"platform,omitempty"`
		Native     *Native      `json:"native,omitempty"`
		Retryable  bool         `json:"retryable"`
		RetryAfter int          `json:"retry_after,omitempty"`
		Errors     []FieldError `json:"errors,omitempty"`
		Platforms  []string     `json:"platforms,omitempty"`
	}{
		Type: TypeURL(base, p.Code), Title: k.Title, Status: k.Status, Detail: p.Detail,
		Instance: p.Instance, Code: p.Code, Platform: p.Platform, Native: p.Native,
		Retryable: p.Retryable(), RetryAfter: p.RetryAfterSeconds(), Errors: p.Errors, Platforms: p.Platforms,
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // details name things like <platform>:<native id>
	if err := e.Encode(out); err != nil {
		// every member is text, a number or a list of such
		panic(fmt.Sprintf("encoding a problem: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// TypeURL returns the URL of the page about a code under the API's base URL.
func TypeURL(base string, code Code) string {
	return base + "/problems/" + url.PathEscape(string(code))
}
