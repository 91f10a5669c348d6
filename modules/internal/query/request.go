package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Request is one checked request of a client.
type Request struct {
	// Params are the parameters; their operation is the one asked for.
	Params *surface.Params
	// Filters are those of a query's body, beside the parameters.
	Filters []condition.Condition
	Client  Client
	// Platform is the only one to ask, where the path names it; empty: those that
	// the parameters name.
	Platform string
	// Stream: the rows are written while they are read, so a failure after the
	// first row can only be told at the end.
	Stream bool
	// Mode is what the client asked of caches. Revalidate says something where kept rows
	// will do; with OnlyKept what needs a native call fails with the code not_cached. It
	// makes no other question of this one.
	Mode report.Mode

	// single: one row is wanted, also a deleted one, and what follows it is not read
	single bool
}

// digest tells queries apart: the cursor of one cannot be used with another.
func (r *Request) digest() string {
	h := sha256.New()
	// the order of a page does not change with its size or form
	h.Write([]byte(r.Params.Canonical("cursor", "limit", "format")))
	// a walk keeps rows as its client may see them
	h.Write([]byte(r.lackingScopes()))
	for _, f := range r.Filters {
		fmt.Fprintf(h, "\x00%q %q %q %v", f.Field, f.Op, f.Values, f.CaseSensitive)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// lackingScopes names the scopes without which the client does not see some members.
func (r *Request) lackingScopes() string {
	var out strings.Builder
	for _, m := range r.Params.Operation().Resource.Members {
		if m.Scope != "" && !r.Client.HasScope(m.Scope) {
			out.WriteString("\x00" + m.Scope)
		}
	}
	return out.String()
}

// limit returns the most rows of the answer; -1 for all.
func (r *Request) limit() int {
	switch text := r.Params.Text("limit"); text {
	case "all":
		return -1
	case "":
		return 100
	default:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 100
		}
		return n
	}
}

// choose returns the platforms that a request asks, and those that it named but that
// do not have the operation.
func (e *Engine) choose(r *Request) (asked, lacking []*Platform, p *problem.Problem) {
	operation := r.Params.Operation().ID
	names := r.Params.List("platform")
	switch {
	case r.Platform != "":
		if names = []string{r.Platform}; e.byName[r.Platform] == nil {
			return nil, nil, problem.New(problem.NotFound, "%s.", capital(e.noPlatform(r.Platform, r.Client)))
		}
	case len(names) == 0:
		names = e.Having(operation, r.Client)
	}
	unknown := e.strangers(r)
	for _, name := range names {
		switch platform := e.byName[name]; {
		case platform == nil || !r.Client.Allows(name) && len(e.allowed(r.Client)) == 0:
			unknown = append(unknown, problem.FieldError{Parameter: "platform", Detail: e.noPlatform(name, r.Client)})
		case !r.Client.Allows(name):
			p := problem.New(problem.Forbidden, "The client may not use the platform %s. It may use: %s.", name, strings.Join(e.allowed(r.Client), ", "))
			p.Platform = name
			return nil, nil, p
		case platform.Operation(operation) == nil:
			lacking = append(lacking, platform)
		default:
			asked = append(asked, platform)
		}
	}
	if unknown != nil {
		p := problem.New(problem.InvalidRequest, "The request names a platform that there is not; errors says where.")
		p.Errors = unknown
		return nil, nil, p
	}
	if len(asked) == 0 {
		return nil, nil, e.unsupported(operation, r.Client, lacking)
	}
	return asked, lacking, nil
}

// strangers names the identifiers in filters whose platform is none of the client's: no
// row could ever match them.
func (e *Engine) strangers(r *Request) []problem.FieldError {
	var out []problem.FieldError
	for _, p := range r.Params.Given() {
		if p.Type != surface.ID || p.In == "path" {
			continue
		}
		for _, id := range r.Params.IDs(p.Name) {
			if e.byName[id.Platform] == nil || !r.Client.Allows(id.Platform) {
				out = append(out, problem.FieldError{Parameter: p.Name, Detail: e.noPlatform(id.Platform, r.Client)})
			}
		}
	}
	return out
}

func (e *Engine) noPlatform(name string, client Client) string {
	return fmt.Sprintf("there is no platform %q; the client may use: %s", name, strings.Join(e.allowed(client), ", "))
}

func (e *Engine) allowed(client Client) []string {
	var names []string
	for _, p := range e.platforms {
		if client.Allows(p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// unsupported is the problem of an operation that none of the asked platforms has.
func (e *Engine) unsupported(operation string, client Client, lacking []*Platform) *problem.Problem {
	having := e.Having(operation, client)
	var names []string
	for _, p := range lacking {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	detail := fmt.Sprintf("No platform that the client may use has the operation %s.", operation)
	if len(names) > 0 {
		detail = fmt.Sprintf("%s cannot do %s", strings.Join(names, ", "), operation)
		if len(having) > 0 {
			detail += "; ask " + strings.Join(having, ", ") + " instead"
		}
		detail += "."
	}
	p := problem.New(problem.UnsupportedByPlatform, "%s", detail)
	p.Platforms = having
	if len(names) == 1 {
		p.Platform = names[0]
	}
	return p
}
