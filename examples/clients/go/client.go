// Package tributary is a client of the gateway's unified API. Its types and
// calls are generated from the document that a gateway serves, see the README;
// this file adds what the document leaves to its reader: the key, and problems
// as errors.
package tributary

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

//go:generate sh -c "go tool oapi-codegen -config oapi-codegen.yaml ${DOLLAR}{TRIBUTARY_URL:-http://127.0.0.1:8080}/v1/openapi.json"

// maxProblem bounds how much of a problem is read, in bytes.
const maxProblem = 1 << 20

// New returns a client of the gateway at base, such as
// "http://127.0.0.1:8080", that shows the key with every request. What the
// gateway refuses, or a platform fails at, is an error that is a [*Problem].
func New(base, key string) (*ClientWithResponses, error) {
	return NewClientWithResponses(strings.TrimSuffix(base, "/")+"/v1", WithHTTPClient(keyed{key, http.DefaultClient}))
}

// keyed adds the key to requests and makes errors of problems.
type keyed struct {
	key    string
	client *http.Client
}

// Do implements [HttpRequestDoer].
func (k keyed) Do(req *http.Request) (*http.Response, error) {
	req.Header.Set("Authorization", "Bearer "+k.key)
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/problem+json" {
		return resp, nil
	}
	defer resp.Body.Close()
	p := new(Problem)
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(p); err != nil {
		return nil, fmt.Errorf("reading a problem with status %d: %w", resp.StatusCode, err)
	}
	return nil, p
}

// Error returns the code with what the caller can do.
func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != nil {
		text = *p.Detail
	}
	return fmt.Sprintf("%s: %s", p.Code, text)
}
