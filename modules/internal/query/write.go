package query

import (
	"context"
	"net/http"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// WriteRequest is one checked request to change something.
type WriteRequest struct {
	// Params are the parameters; their operation is the one asked for.
	Params *surface.Params
	// Body is nil for operations that take none.
	Body   *surface.Body
	Client Client
}

// Write makes a change at one platform: the one of the identifier in the path, else the
// one that the request names, else the one of the identifiers in the body, else the only
// one that can do it. Everything is checked before anything is sent. For operations that
// answer nothing (204) the object has no JSON; it tells the platform all the same.
//
// A problem after the change was made, or may have been, says so in its detail: the
// request is then not to be sent again without a look.
func (e *Engine) Write(ctx context.Context, r *WriteRequest) (*Object, *problem.Problem) {
	platform, native, p := e.changed(r)
	if p != nil {
		return nil, p
	}
	op := r.Params.Operation()
	plan := platform.Operation(op.ID)
	if plan == nil {
		return nil, e.unsupported(op.ID, r.Client, []*Platform{platform})
	}
	w := &change{
		reader: &reader{engine: e, platform: platform, operation: op.ID}, request: r, plan: plan, native: native,
	}
	if r.Body != nil {
		w.body = r.Body.JSON
	}
	return w.make(ctx)
}

// change is one change while it is made.
type change struct {
	*reader
	request *WriteRequest
	plan    *mapping.OperationPlan
	native  string // identifier; empty where the path has none
	body    []byte
}

func (w *change) make(ctx context.Context) (*Object, *problem.Problem) {
	cp, draft, p := w.draft()
	if p != nil {
		return nil, p
	}
	if merge := w.plan.Change.Merge; merge != nil {
		base, p := w.base(ctx, merge)
		if p != nil {
			return nil, p
		}
		if faults := cp.Write(draft, w.body, base); faults != nil {
			return nil, refusedMembers(faults)
		}
	}
	c := w.source().call(cp, draft)
	resp, p := w.do(ctx, c)
	// unless nothing came of it, rows that were read before may no longer be true
	if p == nil || !p.Undone {
		w.tell(p == nil || !p.Uncertain)
	}
	if p != nil {
		return nil, notFoundOf(p, w.read(), w.platform)
	}
	object, p := w.made(ctx, c, cp, resp)
	if p != nil {
		p.Once()
	}
	return object, p
}

// made returns the object after the change was made.
func (w *change) made(ctx context.Context, c *call, cp *mapping.CallPlan, resp *exchange.Response) (*Object, *problem.Problem) {
	answer := resp.Body
	defer resp.Release()
	if w.plan.Change.Fetch != nil {
		native := cp.NativeID(answer)
		if native == "" && w.plan.Surface.Status != http.StatusCreated { // what was made is not what the path names
			native = w.native
		}
		return w.settle(ctx, nil, native)
	}
	if cp.Plan == nil || w.plan.Surface.Status == http.StatusNoContent {
		return &Object{Platform: w.platform.Name}, nil
	}
	object, p := w.shown(c, answer)
	if p != nil || w.plan.Change.Poll == nil {
		return object, p
	}
	return w.settle(ctx, object, gjson.GetBytes(object.JSON, "native_id").String())
}

// draft checks the members and puts them into the native request.
func (w *change) draft() (*mapping.CallPlan, *mapping.Draft, *problem.Problem) {
	cp, faults, err := w.plan.Choose(w.body)
	if err != nil {
		return nil, nil, w.internal(err)
	}
	if cp == nil {
		if faults != nil {
			return nil, nil, refusedMembers(faults)
		}
		p := problem.New(problem.UnsupportedByPlatform, "%s, as it is configured, cannot do this.", w.platform.Name)
		p.Platform = w.platform.Name
		return nil, nil, p
	}
	source := w.source()
	draft, err := cp.Draft(source.list.args)
	if err != nil {
		return nil, nil, w.internal(err)
	}
	if faults = append(faults, cp.Write(draft, w.body, nil)...); faults != nil {
		return nil, nil, refusedMembers(faults)
	}
	if w.native != "" {
		draft.Set("native_id", w.native)
	}
	if p := source.pushPlain(cp, draft); p != nil {
		return nil, nil, p
	}
	return cp, draft, nil
}

// Objections tells what the platform of a change has against the members of its body,
// without changing anything: nil where it has nothing, and where it is not clear which
// platform is meant.
func (e *Engine) Objections(r *WriteRequest) []problem.FieldError {
	platform, _, p := e.changed(r)
	if p != nil || r.Body == nil {
		return nil
	}
	plan := platform.Operation(r.Params.Operation().ID)
	if plan == nil {
		return nil
	}
	cp, faults, err := plan.Choose(r.Body.JSON)
	if err != nil || cp == nil {
		return faults
	}
	draft, err := cp.Draft(nil)
	if err != nil {
		return faults
	}
	return append(faults, cp.Write(draft, r.Body.JSON, nil)...)
}

func refusedMembers(faults []problem.FieldError) *problem.Problem {
	p := problem.Refused(faults)
	p.Detail += " Nothing was changed."
	return p
}

// read is the request as those of reads are.
func (w *change) read() *Request {
	return &Request{Params: w.request.Params, Client: w.request.Client}
}

// source prepares the reading of the answer.
func (w *change) source() *source {
	return &source{list: w.engine.listing(w.read(), 1), op: w.plan, read: w.reader}
}

// base reads the native object that the members are put into.
func (w *change) base(ctx context.Context, get *mapping.OperationPlan) ([]byte, *problem.Problem) {
	for _, cp := range get.Calls {
		draft, err := cp.Draft(nil)
		if err != nil {
			return nil, w.internal(err)
		}
		draft.Set("native_id", w.native)
		resp, p := w.do(ctx, &call{plan: cp, draft: draft})
		if p != nil {
			return nil, notFoundOf(p, w.read(), w.platform)
		}
		row := cp.Row(resp.Body)
		resp.Release()
		if row != nil {
			return row, nil
		}
	}
	return nil, missing(w.platform, w.native)
}

// shown reads the object that the answer to the change holds.
func (w *change) shown(c *call, answer []byte) (*Object, *problem.Problem) {
	page := w.engine.page()
	if len(answer) == 0 {
		answer = []byte("null")
	}
	err := c.plan.Plan.Page(&page.Page, answer, &c.options)
	w.engine.countUnknown(w.platform.Name, page.UnknownEnums)
	var p *problem.Problem
	switch {
	case err != nil:
		p = w.unusable(err)
	case page.Len() == 0:
		p = w.invalidAnswer("shows no object")
	default:
		p = w.unnamed(w.plan, page.Row(0))
	}
	if p == nil {
		return &Object{JSON: page.Row(0), Platform: w.platform.Name, close: func() { w.engine.free(page) }}, nil
	}
	w.engine.free(page)
	p.Doubt() // the status is that of a success, but nothing else
	return nil, p
}

// settle reads the object that was changed, again and again where the platform takes its
// time. What is known of it already, where there is something, is the answer where
// reading fails.
func (w *change) settle(ctx context.Context, object *Object, native string) (*Object, *problem.Problem) {
	if object == nil {
		if native == "" && w.plan.Change.Fetch.Surface.Kind == surface.KindGet {
			p := w.invalidAnswer("names no object")
			p.Doubt()
			return nil, p
		}
		var p *problem.Problem
		if object, p = w.fetch(ctx, w.plan.Change.Fetch, native); p != nil {
			p.Detail = "The change was made, but the object could not be read then: " + p.Detail
			switch p.Code {
			case problem.InvalidRequest, problem.NotFound, problem.Conflict:
				p.Code = problem.PlatformInvalidResponse // these would blame the request, as if nothing had been done
			}
			return nil, p
		}
	}
	poll := w.plan.Change.Poll
	if poll == nil {
		return object, nil
	}
	patience := time.NewTimer(poll.For)
	defer patience.Stop()
	done := false
	defer func() { w.tell(done) }() // rows may have been read while it went on
	for {
		var err error
		if done, err = poll.Done(object.JSON); err != nil || done {
			return object, nil
		}
		next := time.NewTimer(poll.Every)
		select {
		case <-next.C:
		case <-patience.C:
			next.Stop()
			return object, nil
		case <-ctx.Done():
			next.Stop()
			return object, nil
		}
		later, p := w.fetch(ctx, poll.Operation, native)
		if p != nil {
			return object, nil // the job is there, however it stands
		}
		object.Close()
		object = later
	}
}

// fetch gets an object of the same platform.
func (w *change) fetch(ctx context.Context, get *mapping.OperationPlan, native string) (*Object, *problem.Problem) {
	if get.Surface.Kind == surface.KindList {
		return w.found(ctx, get)
	}
	id := surface.UnifiedID{Platform: w.platform.Name, Native: native}
	params, faults := get.Surface.ParseLists(nil, map[string]string{"id": id.String()})
	if faults != nil {
		p := problem.New(problem.Internal, "the object could not be asked for")
		p.Errors = faults
		return nil, p
	}
	return w.engine.Get(ctx, &Request{Params: params, Client: w.request.Client})
}

// found reads what was changed from a list, by the members of the body that the list has
// parameters for.
func (w *change) found(ctx context.Context, list *mapping.OperationPlan) (*Object, *problem.Problem) {
	args := map[string][]string{"platform": {w.platform.Name}, "limit": {"1"}}
	gjson.ParseBytes(w.body).ForEach(func(key, value gjson.Result) bool {
		if value.Type == gjson.String && list.Surface.Parameter(key.Str) != nil {
			args[key.Str] = []string{value.Str}
		}
		return true
	})
	object, p := w.engine.first(ctx, list, args, w.request.Client, report.Mode{})
	switch {
	case p != nil:
		return nil, p
	case object == nil:
		return nil, problem.New(problem.NotFound, "%s does not show it.", w.platform.Name)
	}
	object.Platform = w.platform.Name
	return object, nil
}
