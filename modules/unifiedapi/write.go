package unifiedapi

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// write makes a change. Everything that is wrong with the request is named before
// anything is sent.
func (x *exchange) write(values map[string]string) error {
	req, p := x.change(values)
	if p != nil {
		return x.refuse(p)
	}
	if x.operation.IdempotencyKey {
		if keys := x.r.Header.Values(idempotencyKey); len(keys) > 0 {
			return x.once(keys, req)
		}
	}
	_, err := x.make(x.r.Context(), req)
	return err
}

// make makes the change and answers. The problem that is returned has been answered.
func (x *exchange) make(ctx context.Context, req *query.WriteRequest) (*problem.Problem, error) {
	object, p := x.engine.Write(ctx, req)
	if p != nil {
		return p, x.refuse(p)
	}
	defer object.Close()
	x.announce(object.Platform)
	if object.JSON == nil {
		x.w.WriteHeader(http.StatusNoContent)
		return nil, nil
	}
	if x.operation.Status == http.StatusCreated {
		x.locate(object.JSON)
	}
	return nil, x.writeJSON(x.operation.Status, object.JSON)
}

// locate says where a new object is (RFC 9110, section 10.2.2), where it can be read.
func (x *exchange) locate(object []byte) {
	resource, _, _ := strings.Cut(x.operation.ID, ".")
	get := x.h.surface.Operation(resource + ".get")
	id := gjson.GetBytes(object, "id")
	if get == nil || id.Type != gjson.String {
		return
	}
	x.w.Header().Set("Location", x.base()+strings.Replace(get.Path, "{id}", url.PathEscape(id.Str), 1))
}

// change reads the request: its parameters and its body.
func (x *exchange) change(values map[string]string) (*query.WriteRequest, *problem.Problem) {
	data, p := x.writtenBody()
	if p != nil {
		return nil, p
	}
	params, faults := x.operation.Parse(x.r.URL.RawQuery, values)
	var body *surface.Body
	if x.operation.Body != nil {
		var wrong []problem.FieldError
		body, wrong = x.operation.ParseBody(data)
		faults = append(faults, wrong...)
	} else if data = bytes.TrimSpace(data); len(data) > 0 && string(data) != "{}" {
		faults = append(faults, problem.FieldError{Parameter: "body", Detail: x.operation.ID + " takes none"})
	}
	req := &query.WriteRequest{Params: params, Body: body, Client: x.client}
	if len(faults) > 0 {
		if params != nil && body != nil {
			faults = append(faults, others(faults, x.engine.Objections(req))...)
		}
		return nil, problem.Refused(faults)
	}
	if p := x.permits(body); p != nil {
		return nil, p
	}
	return req, nil
}

// others leaves out the faults of members that are known to be wrong.
func others(known, faults []problem.FieldError) []problem.FieldError {
	return slices.DeleteFunc(faults, func(f problem.FieldError) bool {
		return slices.ContainsFunc(known, func(k problem.FieldError) bool { return member(k.Parameter) == member(f.Parameter) })
	})
}

// member is the outermost member that a path leads through.
func member(path string) string {
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end]
	}
	return path
}

// writtenBody reads the body. One that is empty has no media type either, where the
// operation takes none.
func (x *exchange) writtenBody() ([]byte, *problem.Problem) {
	if x.operation.Body == nil && (x.r.Body == nil || x.r.Body == http.NoBody || x.r.ContentLength == 0) {
		return nil, nil
	}
	return x.body()
}

// permits refuses members that the client has not the scope for.
func (x *exchange) permits(body *surface.Body) *problem.Problem {
	if body == nil {
		return nil
	}
	for _, m := range x.operation.Body {
		if m.Scope != "" && !x.client.HasScope(m.Scope) && gjson.GetBytes(body.JSON, m.Name).Exists() {
			return problem.New(problem.Forbidden, "To write the member %s a client needs the scope %s, which this one has not.", m.Name, m.Scope)
		}
	}
	return nil
}
