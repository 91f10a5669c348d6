package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Object is one unified object. Close frees it.
type Object struct {
	// JSON is the object; nil of a change that answers nothing.
	JSON []byte
	// Platform is where it came from.
	Platform string
	close    func()
}

// Close gives the object's memory back; JSON must not be used afterwards.
func (o *Object) Close() {
	if o.close != nil {
		o.close()
		o.close = nil // memory is given back once
	}
}

// Get reads one object by its identifier, or the one object that an operation has
// for each platform (accounts).
func (e *Engine) Get(ctx context.Context, r *Request) (*Object, *problem.Problem) {
	op := r.Params.Operation()
	platform, native, p := e.addressed(r)
	if p != nil {
		return nil, p
	}
	plan := platform.Operation(op.ID)
	if plan == nil {
		return nil, e.unsupported(op.ID, r.Client, []*Platform{platform})
	}
	if plan.Via != nil {
		return e.getVia(ctx, r, platform, plan.Via, native)
	}
	l := e.listing(r, 1)
	s := &source{list: l, op: plan, read: &reader{engine: e, platform: platform, operation: op.ID, onlyKept: r.Mode.OnlyKept}}
	if p := s.choose(); p != nil {
		return nil, p
	}
	for _, part := range s.parts {
		cp, d := part.plan, part.draft
		d.Set("native_id", native)
		if err := cp.Include(d, r.Params.List("include")); err != nil {
			return nil, s.read.internal(err)
		}
		if p := s.pushPlain(cp, d); p != nil {
			return nil, p
		}
		page := e.page()
		rows, p := s.read.read(ctx, s.call(cp, d), mapping.PageAt{}, &page.Page)
		e.countUnknown(platform.Name, page.UnknownEnums)
		if p != nil {
			e.free(page)
			return nil, notFoundOf(p, r, platform)
		}
		if rows > 0 {
			if p := s.read.unnamed(plan, page.Row(0)); p != nil {
				e.free(page)
				return nil, p
			}
			return &Object{JSON: page.Row(0), Platform: platform.Name, close: func() { e.free(page) }}, nil
		}
		e.free(page)
	}
	return nil, missing(platform, native)
}

// pushPlain passes on the parameters that a single call takes as they are, also those
// of the path beside the identifier.
func (s *source) pushPlain(cp *mapping.CallPlan, d *mapping.Draft) *problem.Problem {
	for _, p := range s.list.request.Params.Given() {
		if p.Name != "id" && s.op.Takes(p.Name) {
			if _, err := cp.Push(d, p.Name, s.list.args[p.Name]); err != nil {
				return s.read.internal(err)
			}
		}
	}
	return nil
}

// addressed returns the platform and native identifier that a request names: by the
// identifier in its path, else by the parameter platform.
func (e *Engine) addressed(r *Request) (*Platform, string, *problem.Problem) {
	var name, native string
	if id, ok := r.Params.ID("id"); ok {
		name, native = id.Platform, id.Native
	} else if text := r.Params.Text("id"); text != "" {
		return nil, "", problem.New(problem.NotFound, "Identifiers have the form <platform>:<native id>; %q has not.", text)
	} else if name = r.Params.Text("platform"); name == "" {
		var p *problem.Problem
		if name, p = e.only(r); p != nil {
			return nil, "", p
		}
	}
	platform := e.byName[name]
	switch {
	case platform == nil:
		return nil, "", problem.New(problem.NotFound, "%s.", capital(e.noPlatform(name, r.Client)))
	case !r.Client.Allows(name):
		p := problem.New(problem.Forbidden, "The client may not use the platform %s. It may use: %s.", name, strings.Join(e.allowed(r.Client), ", "))
		p.Platform = name
		return nil, "", p
	}
	return platform, native, nil
}

// only returns the one platform that has an operation, where the request names none.
func (e *Engine) only(r *Request) (string, *problem.Problem) {
	operation := r.Params.Operation().ID
	having := e.Having(operation, r.Client)
	switch len(having) {
	case 0:
		return "", e.unsupported(operation, r.Client, nil)
	case 1:
		return having[0], nil
	}
	p := problem.New(problem.InvalidRequest, "Several platforms can do this, so the request has to name one.")
	p.Errors = []problem.FieldError{{Parameter: "platform", Detail: "has to be one of " + strings.Join(having, ", ")}}
	return "", p
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// getVia answers a get from a list, filtered by the native identifier.
func (e *Engine) getVia(ctx context.Context, r *Request, platform *Platform, list *mapping.OperationPlan, native string) (*Object, *problem.Problem) {
	args := map[string][]string{"native_id": {native}, "platform": {platform.Name}, "limit": {"1"}}
	if include := r.Params.List("include"); len(include) > 0 {
		args["include"] = include
	}
	var fields []string
	for _, f := range r.Params.Fields() {
		fields = append(fields, f.Name)
	}
	if len(fields) > 0 {
		args["fields"] = fields
	}
	object, p := e.first(ctx, list, args, r.Client, r.Mode)
	switch {
	case p != nil:
		return nil, notFoundOf(p, r, platform)
	case object == nil:
		return nil, missing(platform, native)
	}
	if p := (&reader{engine: e, platform: platform}).unnamed(list, object.JSON); p != nil {
		object.Close()
		return nil, p
	}
	object.Platform = platform.Name
	return object, nil
}

// first reads the first row of a list as a single object; nil where there is none.
func (e *Engine) first(ctx context.Context, list *mapping.OperationPlan, args map[string][]string, client Client, mode report.Mode) (*Object, *problem.Problem) {
	params, faults := list.Surface.ParseLists(args, nil)
	if len(faults) > 0 {
		p := problem.New(problem.InvalidRequest, "The request has parameters that are not valid.")
		p.Errors = faults
		return nil, p
	}
	l, p := e.List(ctx, &Request{Params: params, Client: client, Mode: mode, single: true})
	if p != nil {
		return nil, p
	}
	if l.Len() == 0 {
		l.Close()
		return nil, nil
	}
	row := l.rows[0]
	return &Object{JSON: row.page.Row(int(row.row)), close: l.Close}, nil
}

func missing(platform *Platform, native string) *problem.Problem {
	p := problem.New(problem.NotFound, "%s has no such object: %s.", platform.Name, excerpt(native))
	p.Platform = platform.Name
	return p
}

func excerpt(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// notFoundOf keeps a platform's own "not found" for single objects.
func notFoundOf(p *problem.Problem, r *Request, platform *Platform) *problem.Problem {
	if p.Code == problem.NotFound && p.Detail == "" {
		id, _ := r.Params.ID("id")
		p.Detail = missing(platform, id.Native).Detail
	}
	return p
}

// Ping makes the cheapest authenticated call that a platform has, and tells how long
// it took.
func (e *Engine) Ping(ctx context.Context, r *Request) (*Pong, *problem.Problem) {
	platform, _, p := e.addressed(r)
	if p != nil {
		return nil, p
	}
	op := r.Params.Operation()
	plan := platform.Operation(op.ID)
	if plan == nil {
		return nil, e.unsupported(op.ID, r.Client, []*Platform{platform})
	}
	l := e.listing(r, 1)
	s := &source{list: l, op: plan, read: &reader{engine: e, platform: platform, operation: op.ID, onlyKept: r.Mode.OnlyKept}}
	began := e.now()
	if p := s.choose(); p != nil {
		return nil, p
	}
	for _, part := range s.parts {
		resp, p := s.read.do(ctx, &call{plan: part.plan, draft: part.draft})
		if p != nil {
			return nil, p
		}
		err := part.plan.Validate(resp.Body)
		resp.Release()
		if err != nil {
			return nil, s.read.unusable(err)
		}
	}
	return &Pong{Platform: platform.Name, Elapsed: e.now().Sub(began), AsOf: e.now(), NativeRequests: int(s.read.requests.Load())}, nil
}

// Pong is the answer to a ping.
type Pong struct {
	Platform       string
	Elapsed        time.Duration
	AsOf           time.Time
	NativeRequests int
}

// Members returns the members of a resource that a request shows in a table: those
// selected, else all that are not only there on request.
func Members(r *Request) []*surface.Member {
	var out []*surface.Member
	include := r.Params.List("include")
	fields := r.Params.Fields()
	for _, m := range r.Params.Operation().Resource.Members {
		shown := m.Include == "" || slices.Contains(include, m.Include)
		if len(fields) > 0 {
			shown = slices.ContainsFunc(fields, func(f surface.Field) bool { return f.Member == m })
		}
		if m.Scope != "" && !r.Client.HasScope(m.Scope) {
			shown = false
		}
		if shown {
			out = append(out, m)
		}
	}
	return out
}
