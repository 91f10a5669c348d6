package mappingtest

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// native is an answer of a platform as it goes over the wire.
type native struct {
	status int
	header http.Header
	body   []byte
	fails  error // there is no answer
}

// answers makes the answers of a test, in the order of its exchanges.
func (r *runner) answers(t *mapping.Test) ([]native, []Difference) {
	out := make([]native, len(t.Exchanges))
	var faults []Difference
	for i, x := range t.Exchanges {
		n := native{status: x.Response.Status, header: http.Header{"Content-Type": {"application/json"}}}
		for _, p := range x.Response.Header {
			n.header[http.CanonicalHeaderKey(p.Name)] = p.Values
		}
		switch {
		case x.Response.BodyFile != "":
			body, err := fs.ReadFile(r.Files, x.Response.BodyFile)
			if err != nil {
				faults = append(faults, Difference{At: x.Response.Position, What: err.Error()})
			}
			n.body = body
		case x.Response.Body != nil:
			n.body = x.Response.Body.AppendJSON(nil)
			if text, ok := x.Response.Body.Scalar.(string); ok && !x.Response.Body.IsList && !x.Response.Body.IsObject {
				n.body = []byte(text)
			}
		}
		n.fails = failures[x.Response.Fails]
		out[i] = n
	}
	return out, faults
}

var failures = map[string]error{
	"refused": &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
	"reset":   &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
	"timeout": os.ErrDeadlineExceeded,
}

// script is a platform that answers as a test says. It is an http.RoundTripper.
type script struct {
	test     *mapping.Test
	platform *mapping.Platform
	answers  []native
	// lenient: a request that is not expected is answered with 503 and is no fault. The
	// exchanges may then come in any order.
	lenient bool
	// evil, of a lenient script, is the exchange whose answer is hostile. It is so again
	// when the request is repeated.
	evil int

	mu    sync.Mutex
	used  []bool
	found []Difference
	asked int
}

func newScript(t *mapping.Test, p *mapping.Platform, answers []native) *script {
	return &script{test: t, platform: p, answers: answers, used: make([]bool, len(answers))}
}

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // it was read to its end
	}
	i, ok := s.match(r, body)
	switch {
	case !ok && s.lenient:
		return native{status: http.StatusServiceUnavailable, body: []byte("{}")}.response(r, -1), nil
	case !ok:
		return nil, errUnexpected
	case s.answers[i].fails != nil:
		return nil, s.answers[i].fails
	}
	return s.answers[i].response(r, i), nil
}

var errUnexpected = fmt.Errorf("the test does not expect this request")

func (n native) response(r *http.Request, i int) *http.Response {
	h := n.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(exchangeField, strconv.Itoa(i))
	return &http.Response{
		StatusCode: n.status, Header: h, Request: r, ContentLength: int64(len(n.body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(bytes.NewReader(n.body)),
	}
}

// match finds the exchange that a request belongs to. What is other than expected is
// noted; after the first fault nothing is, since all else follows from it.
func (s *script) match(r *http.Request, body []byte) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if len(s.found) > 0 {
		return 0, false
	}
	next := -1
	var differences []Difference
	for i, x := range s.test.Exchanges {
		if s.used[i] {
			continue
		}
		d := compareRequest(i, &x.Request, r, body, s.platform.Auth)
		if len(d) == 0 {
			s.used[i] = true
			return i, true
		}
		if next < 0 || len(d) < len(differences) {
			next, differences = i, d
		}
		if !s.test.AnyOrder && !s.lenient {
			break
		}
	}
	switch {
	case s.lenient:
		again := compareRequest(s.evil, &s.test.Exchanges[s.evil].Request, r, body, s.platform.Auth)
		return s.evil, len(again) == 0
	case next < 0:
		s.found = append(s.found, Difference{
			At: s.test.Position, What: fmt.Sprintf("request %d is not expected", s.asked), Want: absent, Got: showRequest(r, body),
		})
	default:
		s.found = append(differences, Difference{At: s.test.Exchanges[next].Position, What: fmt.Sprintf("request %d was %s", s.asked, showRequest(r, body))})
	}
	return 0, false
}

// faults are what was other than expected of the requests.
func (s *script) faults() []Difference {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.found) > 0 {
		return s.found
	}
	var out []Difference
	for i, used := range s.used {
		if !used {
			x := s.test.Exchanges[i]
			out = append(out, Difference{At: x.Position, What: fmt.Sprintf("exchange %d: the request was not made", i+1), Want: x.Request.Method + " " + x.Request.Path, Got: absent})
		}
	}
	return out
}

// rules returns the places of the error rules that the answers of the exchanges made so
// far match.
func (s *script) rules(rules *exchange.Rules) []int {
	var out []int
	for i, used := range s.used {
		if n := s.answers[i]; used && n.fails == nil {
			if v, ok := rules.Judge(n.status, n.header, jsonOf(n.body), s.test.Now); ok {
				out = append(out, v.Rule)
			}
		}
	}
	return out
}

// jsonOf returns a body that starts as JSON does, or is a scalar of it; nil for any other.
func jsonOf(body []byte) []byte {
	text := bytes.TrimSpace(body)
	if len(text) > 0 && (text[0] == '{' || text[0] == '[' || gjson.ValidBytes(text)) {
		return text
	}
	return nil
}
