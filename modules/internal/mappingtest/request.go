package mappingtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// client may do everything: who may do what is no matter of mappings.
type client struct{}

func (client) Allows(string) bool   { return true }
func (client) HasScope(string) bool { return true }

// outcome is what a client gets: a body, or a problem. Where neither is, the answer has
// no body.
type outcome struct {
	body    []byte
	problem *problem.Problem
}

// request is the request of a test.
type request struct {
	engine    *query.Engine
	operation *surface.Operation
	test      *mapping.Test
	platform  string
}

// send sends the request to the engine.
func (r request) send(ctx context.Context) (outcome, error) {
	switch r.operation.Kind {
	case surface.KindReport:
		return r.report(ctx), nil
	case surface.KindCreate, surface.KindUpdate, surface.KindDelete, surface.KindAction:
		return r.write(ctx), nil
	case surface.KindList, surface.KindQuery, surface.KindGet, surface.KindPing:
	default:
		return outcome{}, fmt.Errorf("%s is answered by the gateway itself, so no mapping can be tested by it", r.operation.ID)
	}
	q, faults := r.query()
	if len(faults) > 0 {
		return refused(faults), nil
	}
	switch r.operation.Kind {
	case surface.KindGet:
		return r.get(ctx, q), nil
	case surface.KindPing:
		pong, p := r.engine.Ping(ctx, q)
		if p != nil {
			return outcome{problem: p}, nil
		}
		return outcome{body: fmt.Appendf(nil, `{"platform":%q,"status":"ok"}`, pong.Platform)}, nil
	}
	return r.list(ctx, q), nil
}

// query checks the parameters as the unified API does.
func (r request) query() (*query.Request, []problem.FieldError) {
	if r.operation.Kind == surface.KindQuery {
		return r.bodyQuery()
	}
	params, faults := r.params()
	if len(faults) > 0 {
		return nil, faults
	}
	q := &query.Request{Params: params, Client: client{}}
	if a := r.operation.Alias; a != nil && a.Filter != nil {
		if id, ok := params.ID(a.Filter.Name); ok {
			q.Platform = id.Platform
		}
	}
	q.Stream = params.Text("limit") == "all"
	return q, nil
}

// params checks the parameters of path and query.
func (r request) params() (*surface.Params, []problem.FieldError) {
	lists, path := map[string][]string{}, map[string]string{}
	for _, parameter := range r.operation.Parameters {
		if parameter.In == "path" {
			path[parameter.Name] = ""
			if parameter.Name == "platform" {
				path[parameter.Name] = r.platform
			}
		}
	}
	for _, p := range r.test.Params {
		if _, ok := path[p.Name]; ok {
			path[p.Name] = strings.Join(p.Values, ",")
			continue
		}
		lists[p.Name] = p.Values
	}
	return r.operation.ParseLists(lists, path)
}

// bodyQuery takes the members of a body for parameters, and its filters.
func (r request) bodyQuery() (*query.Request, []problem.FieldError) {
	var filters json.RawMessage
	lists := map[string][]string{}
	for _, p := range r.test.Params {
		lists[p.Name] = p.Values
	}
	if r.test.Body != nil {
		for _, m := range r.test.Body.Members {
			if m.Name == "filters" {
				filters = m.Value.AppendJSON(nil)
				continue
			}
			values := []*mapping.Value{m.Value}
			if m.Value.IsList {
				values = m.Value.List
			}
			for _, v := range values {
				lists[m.Name] = append(lists[m.Name], fmt.Sprint(v.Plain()))
			}
		}
	}
	conditions, faults := query.ParseFilters(r.operation.Target(), filters)
	params, more := r.operation.Target().ParseLists(lists, nil)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, faults
	}
	return &query.Request{Params: params, Filters: conditions, Client: client{}}, nil
}

func (r request) list(ctx context.Context, q *query.Request) outcome {
	l, p := r.engine.List(ctx, q)
	if p != nil {
		return outcome{problem: p}
	}
	defer l.Close()
	if !q.Stream {
		body := l.JSON(func(dst []byte) []byte { return answer.AppendStatuses(dst, l.Statuses(), "") })
		return outcome{body: append([]byte(nil), body...)}
	}
	body := []byte(`{"data":[`)
	_ = l.Each(ctx, func(row []byte) error { // never fails: this function does not
		if body[len(body)-1] == '}' {
			body = append(body, ',')
		}
		body = append(body, row...)
		return nil
	})
	body = l.AppendPage(append(body, `],"page":`...))
	body = answer.AppendStatuses(append(body, `,"platforms":`...), l.Statuses(), "")
	return outcome{body: append(body, '}')}
}

func (r request) get(ctx context.Context, q *query.Request) outcome {
	o, p := r.engine.Get(ctx, q)
	if p != nil {
		return outcome{problem: p}
	}
	defer o.Close()
	return outcome{body: append([]byte(nil), o.JSON...)}
}

// write makes a change.
func (r request) write(ctx context.Context) outcome {
	params, faults := r.params()
	w := &query.WriteRequest{Params: params, Client: client{}}
	if r.operation.Body != nil {
		var wrong []problem.FieldError
		w.Body, wrong = r.operation.ParseBody(r.test.Body.AppendJSON(nil))
		faults = append(faults, wrong...)
	}
	if len(faults) > 0 {
		return refused(faults)
	}
	o, p := r.engine.Write(ctx, w)
	if p != nil || o == nil {
		return outcome{problem: p}
	}
	defer o.Close()
	return outcome{body: append([]byte(nil), o.JSON...)}
}

// refused is the answer to a request with wrong parameters or members.
func refused(faults []problem.FieldError) outcome {
	p := problem.New(problem.InvalidRequest, "The request is refused; errors says why.")
	p.Errors = faults
	return outcome{problem: p}
}

func (r request) report(ctx context.Context) outcome {
	var q *report.Query
	var faults []problem.FieldError
	if r.test.Body != nil {
		q, faults = report.ParseBody(r.test.Body.AppendJSON(nil))
	} else {
		values := url.Values{}
		for _, p := range r.test.Params {
			values.Set(p.Name, strings.Join(p.Values, ","))
		}
		q, faults = report.ParseQuery(values)
	}
	if len(faults) > 0 {
		return refused(faults)
	}
	made, p := r.engine.Report(ctx, q, client{})
	if p != nil {
		return outcome{problem: p}
	}
	return outcome{body: made.AppendJSON(nil, report.Page{Offset: made.Offset, Limit: made.Limit, NextCursor: made.Next})}
}

// nearestOperation suggests an operation of the surface.
func (r *runner) nearestOperation(id string) string {
	var names []string
	for _, op := range r.Surface.Operations() {
		names = append(names, op.ID)
	}
	return suggest.DidYouMean(id, names)
}
