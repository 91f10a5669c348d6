package inventory

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
)

// errors makes each documented error happen, and compares the problem that it becomes:
// by the mapping's rules, or where none decides, by its status.
func (c *checker) errors() {
	for _, e := range c.inv.Errors {
		for _, single := range []bool{false, true} {
			want, of := e.List, "a list"
			if single {
				want, of = e.Object, "a single object"
			}
			if got := c.problemOf(e, single); got != want {
				c.fault(e.Position, "%s: where %s is asked for it becomes %s, not %s", e.Name, of, got, want)
			}
		}
	}
}

// problemOf returns the code of the problem that an answer becomes, or [NoError].
func (c *checker) problemOf(e *Error, single bool) string {
	caller, err := exchange.New(exchange.Config{
		Platform: c.p.Name, Server: &url.URL{Scheme: "http", Host: "platform.test"},
		Transport: canned{e.Status, e.Body}, Retries: -1, Rules: c.p.Rules,
	})
	if err != nil {
		return err.Error()
	}
	response, p := caller.Do(context.Background(), &exchange.Request{Method: http.MethodGet, Path: "/", Single: single})
	if p != nil {
		return string(p.Code)
	}
	response.Release()
	return NoError
}

// canned is a transport that answers everything alike, without a network.
type canned struct {
	status int
	body   string
}

// RoundTrip implements http.RoundTripper.
func (a canned) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Request: req, ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader([]byte(a.body))),
		ContentLength: int64(len(a.body)),
	}, nil
}
