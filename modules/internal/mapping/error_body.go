package mapping

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// ErrorBody is a platform's own form of an error, in which the gateway's refusals
// are told to clients that speak the platform's dialect.
type ErrorBody struct {
	// MediaType is the Content-Type of the body.
	MediaType string

	rest  errorCode // for problems that codes does not have, or not completely
	codes map[problem.Code]errorCode
	parts []errorPart
}

// errorCode is what a problem is natively. Zero values are not given.
type errorCode struct {
	status  int
	code    json.RawMessage
	message *template
}

// errorPart is JSON text, or a string that has holes.
type errorPart struct {
	literal string
	text    template
}

// Render returns the status and the body that a problem has natively. A status
// that the mapping does not give is the problem's own.
func (e *ErrorBody) Render(p *problem.Problem) (status int, body []byte) {
	v := errorValues{problem: p, code: e.rest.code, status: e.rest.status, message: p.Detail}
	message := e.rest.message
	if c, ok := e.codes[p.Code]; ok {
		if c.status != 0 {
			v.status = c.status
		}
		if c.code != nil {
			v.code = c.code
		}
		if c.message != nil {
			message = c.message
		}
	}
	if v.status == 0 {
		v.status = p.Status()
	}
	if message != nil {
		v.message = message.fill(v.text)
	}
	for _, part := range e.parts {
		if len(part.text.parts) == 0 {
			body = append(body, part.literal...)
			continue
		}
		body = append(body, v.json(part.text)...)
	}
	return v.status, body
}

// errorValues are the values of an error body's holes.
type errorValues struct {
	problem *problem.Problem
	code    json.RawMessage
	status  int
	message string
}

// json fills a text of the body. One that is nothing but {code} or {status} keeps
// the value's own type.
func (v *errorValues) json(t template) string {
	if len(t.parts) == 1 {
		switch t.parts[0].text {
		case "code":
			return string(v.code)
		case "status":
			return strconv.Itoa(v.status)
		}
	}
	return quoteJSON(t.fill(v.text))
}

func (v *errorValues) text(hole string) (string, bool) {
	switch hole {
	case "code":
		var s string
		if json.Unmarshal(v.code, &s) == nil {
			return s, true
		}
		return string(v.code), true
	case "message":
		return v.message, true
	case "problem":
		return string(v.problem.Code), true
	case "status":
		return strconv.Itoa(v.status), true
	}
	return "", false
}

// Native returns what the mapping says of the platform's own dialect.
func (p *Platform) Native() Native { return p.mapping.Native }

// NativePath returns the path of the mapping's own server, with which documented
// paths begin: /externalclient. It is empty where documented paths are all there is.
func (p *Platform) NativePath() string { return serverPath(p.mapping.Server) }

// AuthAlso returns the further places where clients of the platform may put their key.
func (p *Platform) AuthAlso() []exchange.AuthSpec {
	var specs []exchange.AuthSpec
	for _, a := range p.mapping.Native.AuthAlso {
		specs = append(specs, a.spec())
	}
	return specs
}

// serverPath returns the path of a server's URL, escaped, without a slash at its end.
func serverPath(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}
