package query

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// listing is what all sources of one list request share.
type listing struct {
	engine    *Engine
	request   *Request
	operation *surface.Operation
	given     []*surface.Parameter
	args      map[string][]string
	keys      []key
	cursor    *cursor
	chosen    bool // the client chose the members
	streaming bool // rows are given away while others are read
	counting  bool // only the number of rows matters
	cached    bool // rows that were kept will do
	scanning  bool // the gateway itself reads all rows: those that were kept will do, in any order
	natively  bool // … will not do
	read      atomic.Int64
}

func (e *Engine) listing(r *Request, platforms int) *listing {
	l := &listing{engine: e, request: r, operation: r.Params.Operation(), given: r.Params.Given(), chosen: len(r.Params.Fields()) > 0}
	if len(l.given) > 0 {
		l.args = make(map[string][]string, len(l.given))
	}
	for _, p := range l.given {
		l.args[p.Name] = r.Params.List(p.Name)
	}
	for _, k := range r.Params.Sort() {
		l.keys = append(l.keys, key{member: k.Member.Path, kind: k.Member.Type, descending: k.Descending})
	}
	l.cached = r.Params.Text("consistency") == "cached"
	if len(l.keys) == 0 && platforms > 1 {
		l.orderByTime() // several platforms need an order of their own; one keeps its native order
	}
	return l
}

// orderByTime gives the list the order that it has where the client asked for none.
func (l *listing) orderByTime() {
	if m := l.operation.Resource.Member(occurredAt); m != nil {
		l.keys = []key{{member: m.Path, kind: m.Type, descending: true}}
	}
}

// scan counts rows against the limit of what the gateway filters, sorts or counts itself.
func (l *listing) scan(rows int, here bool) *problem.Problem {
	if !here || l.read.Add(int64(rows)) <= int64(l.engine.scanLimit) {
		return nil
	}
	return problem.New(problem.ScanLimitExceeded,
		"The platform cannot filter or sort as asked, and the gateway reads at most %d native rows to do it. Narrow the request with %s.",
		l.engine.scanLimit, l.narrowing())
}

// narrowing names parameters that would make the request smaller.
func (l *listing) narrowing() string {
	var names []string
	for _, p := range l.operation.Parameters {
		if p.Filter != nil && p.Filter.Op == surface.From && len(l.args[p.Name]) == 0 {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return "further filters, or leave the order to the platform"
	}
	return strings.Join(names, " or ")
}

// prepare chooses and fills the native calls of one platform. It makes none.
func (l *listing) prepare(platform *Platform) *source {
	s := &source{
		list: l, op: platform.Operation(l.operation.ID), total: -1, asOf: l.engine.now(), warm: true,
		read: &reader{engine: l.engine, platform: platform, operation: l.operation.ID, onlyKept: l.request.Mode.OnlyKept},
	}
	for s.op.Via != nil {
		s.op = s.op.Via
	}
	s.since = l.engine.cache.Mark()
	if l.over(s) {
		return s
	}
	if s.failed = s.plan(); s.failed != nil || s.done {
		return s
	}
	l.resume(s)
	return s
}

// plan decides what the platform is asked for, and what is left to do here.
func (s *source) plan() *problem.Problem {
	s.unsupported()
	if s.done || s.planKept() {
		return nil
	}
	if s.from.Kept {
		s.from.leave(s.from.Given)
	}
	return s.planNative()
}

// planNative decides what the platform is asked for where rows are read from it.
func (s *source) planNative() *problem.Problem {
	if p := s.choose(); p != nil {
		return p
	}
	if p := s.filter(); p != nil || s.done {
		return p
	}
	if p := s.order(); p != nil {
		return p
	}
	include := s.list.request.Params.List("include")
	for _, part := range s.parts {
		if err := part.plan.Include(part.draft, include); err != nil {
			return s.read.internal(err)
		}
	}
	s.columns()
	return nil
}

// unsupported looks for filters on members that the platform never gives.
func (s *source) unsupported() {
	for _, p := range s.list.given {
		if p.Filter != nil && !s.op.Takes(p.Name) && !shows(s.op, p.Filter) {
			s.lack(p.Name)
		}
	}
	for i := range s.list.request.Filters {
		if f := &s.list.request.Filters[i]; !s.op.Gives(f.Field) {
			s.lack(f.Field)
		}
	}
}

// lack notes a filter that the platform's rows say nothing about: none can be shown.
func (s *source) lack(filter string) {
	if !slices.Contains(s.lacking, filter) {
		s.lacking = append(s.lacking, filter)
	}
	s.empty()
}

// choose takes the calls whose conditions hold.
func (s *source) choose() *problem.Problem {
	s.parts = make([]part, 0, len(s.op.Calls))
	for _, plan := range s.op.Calls {
		ok, err := plan.Applies(s.op, s.list.args)
		if err != nil {
			return s.read.internal(err)
		}
		if !ok {
			continue
		}
		draft, err := plan.Draft(s.list.args)
		if err != nil {
			return s.read.internal(err)
		}
		s.parts = append(s.parts, part{plan, draft})
	}
	if len(s.parts) == 0 {
		p := problem.New(problem.UnsupportedByPlatform, "%s, as it is configured, cannot answer this request.", s.read.platform.Name)
		p.Platform = s.read.platform.Name
		return p
	}
	return nil
}

// filter gives every filter to the native calls. What one of them cannot do is done here
// for all of them; a call of whose rows none can match is not made.
func (s *source) filter() *problem.Problem {
	for _, p := range s.list.given {
		if p.Filter == nil && !s.op.Takes(p.Name) {
			continue
		}
		values := s.list.args[p.Name]
		whole := true
		made := s.parts[:0]
		for _, part := range s.parts {
			if f := part.plan.ForEach; f != nil && f.Parameter == p.Name {
				made = append(made, part) // the values that the call is made for are these
				continue
			}
			pushed, err := part.plan.Push(part.draft, p.Name, values)
			if err != nil {
				return s.read.internal(err)
			}
			if pushed == mapping.PushedEmpty {
				continue
			}
			whole = whole && pushed == mapping.PushedWhole
			made = append(made, part)
		}
		if s.parts = made; len(made) == 0 {
			s.empty()
			return nil
		}
		if !whole && p.Filter != nil {
			s.predicates = append(s.predicates, s.list.predicate(p, values))
		}
	}
	s.hideDeleted()
	if p := s.narrow(); p != nil || s.done {
		return p
	}
	// a platform is asked with parameters only: operators are applied here
	for i := range s.list.request.Filters {
		f := &s.list.request.Filters[i]
		s.predicates = append(s.predicates, &predicate{parameter: f.Field, kind: s.list.operation.Resource.Member(f.Field).Type, operator: f})
	}
	return nil
}

// narrow gives what the filters of a query's body imply to the native calls. A call of
// whose rows none can match is not made.
func (s *source) narrow() *problem.Problem {
	for _, i := range s.list.implications() {
		made := s.parts[:0]
		for _, part := range s.parts {
			if f := part.plan.ForEach; f == nil || f.Parameter != i.parameter {
				pushed, err := part.plan.Push(part.draft, i.parameter, i.values)
				if err != nil {
					return s.read.internal(err)
				}
				if pushed == mapping.PushedEmpty {
					continue
				}
			}
			made = append(made, part)
		}
		if s.parts = made; len(made) == 0 {
			s.empty()
			return nil
		}
	}
	return nil
}

// hideDeleted leaves deleted objects out of lists that do not ask for a state.
func (s *source) hideDeleted() {
	p := s.list.operation.Parameter("state")
	if p == nil || p.Filter == nil || len(s.list.args["state"]) > 0 || s.list.request.single || !s.op.Yields("state", "deleted") {
		return
	}
	hide := s.list.predicate(p, []string{"deleted"})
	hide.negate = true
	s.predicates = append(s.predicates, hide)
}

// order gives the order to the native call, and decides whether the platform's order is
// the one asked for.
func (s *source) order() *problem.Problem {
	if len(s.parts) > 1 || s.parts[0].plan.ForEach != nil {
		return nil
	}
	if s.direct = len(s.list.keys) == 0; s.direct {
		return nil
	}
	if s.list.cursor != nil {
		if s.from.Gathered {
			return nil // a walk goes on in the order that it began in
		}
	} else if s.list.engine.distrusts(s.read) {
		return nil
	}
	order := make([]mapping.SortKey, len(s.list.keys))
	for i, k := range s.list.keys {
		order[i] = mapping.SortKey{Member: k.member, Descending: k.descending}
	}
	pushed, err := s.parts[0].plan.PushSort(s.parts[0].draft, order)
	if err != nil {
		return s.read.internal(err)
	}
	s.direct = pushed
	return nil
}

// shows tells whether an operation's rows have what a filter compares.
func shows(op *mapping.OperationPlan, f *surface.Filter) bool {
	return f.Member == nil || op.Gives(filterPath(f)) ||
		slices.ContainsFunc(f.Else, func(m *surface.Member) bool { return op.Gives(m.Path) })
}

func filterPath(f *surface.Filter) string {
	if f.Key != "" {
		return strings.TrimSuffix(f.Member.Path, ".*") + "." + f.Key
	}
	return f.Member.Path
}
