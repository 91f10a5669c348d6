package query

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// listing is what all sources of one list request share.
type listing struct {
	engine    *Engine
	request   *Request
	operation *surface.Operation
	args      map[string][]string
	keys      []key
	cursor    *cursor
	streaming bool
	read      atomic.Int64 // native rows that the gateway filtered or sorted
}

func (e *Engine) listing(r *Request, platforms int) *listing {
	l := &listing{engine: e, request: r, operation: r.Params.Operation(), args: map[string][]string{}}
	for _, p := range r.Params.Given() {
		l.args[p.Name] = r.Params.List(p.Name)
	}
	for _, k := range r.Params.Sort() {
		l.keys = append(l.keys, key{member: k.Member.Path, kind: k.Member.Type, descending: k.Descending})
	}
	if len(l.keys) == 0 && platforms > 1 {
		// several platforms need an order of their own; one keeps its native order
		if m := l.operation.Resource.Member("occurred_at"); m != nil {
			l.keys = []key{{member: m.Path, kind: m.Type, descending: true}}
		}
	}
	return l
}

// scan counts rows against the limit of what the gateway filters or sorts itself.
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

// prepare chooses and fills the native calls of one platform.
func (l *listing) prepare(ctx context.Context, platform *Platform) *source {
	s := &source{
		list: l, op: platform.Operation(l.operation.ID), total: -1, asOf: l.engine.now(), warm: true,
		read: &reader{engine: l.engine, platform: platform, operation: l.operation.ID},
	}
	for s.op.Via != nil {
		s.op = s.op.Via
	}
	plans, p := l.applicable(s.op)
	if p != nil {
		s.failed = p
		return s
	}
	s.lack()
	if len(s.lacking) > 0 {
		s.empty = true
		return s
	}
	var drafts []*mapping.Draft
	for _, plan := range plans {
		d, err := plan.Draft(l.args)
		if err != nil {
			s.failed = s.read.internal(err)
			return s
		}
		drafts = append(drafts, d)
	}
	if s.failed = l.push(s, plans, drafts); s.failed != nil || s.empty {
		return s
	}
	if s.failed = l.columns(s, plans); s.failed != nil {
		return s
	}
	for i, plan := range plans {
		calls, p := l.spread(ctx, s, plan, drafts[i])
		if p != nil {
			s.failed = p
			return s
		}
		s.calls = append(s.calls, calls...)
	}
	if len(s.calls) == 0 {
		s.empty = true
		return s
	}
	if len(s.calls) > 1 || plans[0].ForEach != nil {
		s.direct = false
	}
	l.resume(s)
	return s
}

// applicable returns the calls whose conditions hold.
func (l *listing) applicable(op *mapping.OperationPlan) ([]*mapping.CallPlan, *problem.Problem) {
	plans := make([]*mapping.CallPlan, 0, len(op.Calls))
	for _, c := range op.Calls {
		ok, err := c.Applies(op, l.args)
		if err != nil {
			p := problem.New(problem.Internal, "the mapping's condition could not be evaluated")
			p.Cause = err
			return nil, p
		}
		if ok {
			plans = append(plans, c)
		}
	}
	return plans, nil
}

// lack notes the filters on members that the platform never gives.
func (s *source) lack() {
	for _, p := range s.list.request.Params.Given() {
		f := p.Filter
		if f == nil || f.Member == nil || s.op.Gives(filterPath(f)) || s.op.Takes(p.Name) {
			continue
		}
		if slices.ContainsFunc(f.Else, func(m *surface.Member) bool { return s.op.Gives(m.Path) }) {
			continue
		}
		s.lacking = append(s.lacking, p.Name)
	}
}

func filterPath(f *surface.Filter) string {
	if f.Key != "" {
		return strings.TrimSuffix(f.Member.Path, ".*") + "." + f.Key
	}
	return f.Member.Path
}

// push gives every filter and the order to the native calls; what one of them cannot
// do is done here for all of them.
func (l *listing) push(s *source, plans []*mapping.CallPlan, drafts []*mapping.Draft) *problem.Problem {
	for _, p := range l.request.Params.Given() {
		if p.Filter == nil && !s.op.Takes(p.Name) {
			continue
		}
		values := l.args[p.Name]
		whole, empty := true, true
		for i, plan := range plans {
			if f := plan.ForEach; f != nil && f.Parameter == p.Name {
				empty = false // the values that the call is made for are these
				continue
			}
			pushed, err := plan.Push(drafts[i], p.Name, values)
			if err != nil {
				return s.read.internal(err)
			}
			whole = whole && (pushed == mapping.PushedWhole || pushed == mapping.PushedEmpty)
			empty = empty && pushed == mapping.PushedEmpty
		}
		if empty {
			s.empty = true
			return nil
		}
		if !whole && p.Filter != nil {
			s.predicates = append(s.predicates, l.predicate(p, values))
		}
	}
	l.hideDeleted(s)
	l.operators(s)
	s.direct = true
	if len(l.keys) > 0 {
		order := make([]mapping.SortKey, len(l.keys))
		for i, k := range l.keys {
			order[i] = mapping.SortKey{Member: k.member, Descending: k.descending}
		}
		if len(plans) == 1 {
			pushed, err := plans[0].PushSort(drafts[0], order)
			if err != nil {
				return s.read.internal(err)
			}
			s.direct = pushed
		} else {
			s.direct = false
		}
	}
	include := l.request.Params.List("include")
	for i, plan := range plans {
		if err := plan.Include(drafts[i], include); err != nil {
			return s.read.internal(err)
		}
	}
	return nil
}

func (l *listing) predicate(p *surface.Parameter, values []string) *predicate {
	out := &predicate{parameter: p.Name, filter: p.Filter}
	for _, v := range values {
		out.values = append(out.values, []byte(v))
	}
	if p.Filter.Member != nil {
		out.kind = p.Filter.Member.Type
	}
	if p.Filter.Op == surface.Search {
		out.texts = textMembers(l.operation.Resource.Members)
	}
	return out
}

// hideDeleted leaves deleted objects out of lists that do not ask for a state.
func (l *listing) hideDeleted(s *source) {
	p := l.operation.Parameter("state")
	if p == nil || p.Filter == nil || len(l.args["state"]) > 0 || !s.op.Yields("state", "deleted") {
		return
	}
	hide := l.predicate(p, []string{"deleted"})
	hide.negate = true
	s.predicates = append(s.predicates, hide)
}

// columns decides which values of a row are wanted beside the row: those of the
// order and of the filters that are applied here.
func (l *listing) columns(s *source, plans []*mapping.CallPlan) *problem.Problem {
	if len(l.keys) == 0 && len(s.predicates) == 0 {
		return nil
	}
	s.column = map[int]int{}
	want := func(member string) (int, *problem.Problem) {
		tap, ok := plans[0].Plan.Tap(member)
		if amount, currency := strings.CutSuffix(member, ".currency"); !ok && currency {
			tap, ok = plans[0].Plan.Tap(amount) // amounts have one tap, which holds both
		}
		if !ok {
			return 0, problem.New(problem.InvalidRequest, "Rows can be neither filtered nor sorted by %s.", member)
		}
		if _, seen := s.column[tap]; !seen {
			s.column[tap] = len(s.column)
		}
		return tap, nil
	}
	for _, k := range l.keys {
		tap, p := want(k.member)
		if p != nil {
			return p
		}
		s.keyColumns = append(s.keyColumns, s.column[tap])
	}
	tap, p := want("id")
	if p != nil {
		return p
	}
	s.idColumn = s.column[tap]
	for _, predicate := range s.predicates {
		for _, member := range predicate.members() {
			if !s.op.Gives(member) {
				continue
			}
			tap, p := want(member)
			if p != nil {
				return p
			}
			predicate.taps = append(predicate.taps, tap)
		}
		if len(predicate.taps) == 0 && !predicate.searches() {
			// the platform can filter by it one way, but never shows it
			s.lacking, s.empty = append(s.lacking, predicate.parameter), true
		}
	}
	return nil
}

// operators adds the filters of a query's body. They are applied here: what a
// platform can do natively is asked for with parameters.
func (l *listing) operators(s *source) {
	for i := range l.request.Filters {
		f := &l.request.Filters[i]
		if !s.op.Gives(f.Field) {
			s.lacking, s.empty = append(s.lacking, f.Field), true
			continue
		}
		s.predicates = append(s.predicates, &predicate{parameter: f.Field, operator: f})
	}
}

func paths(members []*surface.Member) []string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = m.Path
	}
	return out
}

// spread makes one call of a plan, or one for each of its values.
func (l *listing) spread(ctx context.Context, s *source, plan *mapping.CallPlan, draft *mapping.Draft) ([]*call, *problem.Problem) {
	if plan.ForEach == nil {
		return []*call{l.call(s, plan, draft)}, nil
	}
	values, p := l.each(ctx, s, plan.ForEach)
	if p != nil {
		return nil, p
	}
	var calls []*call
	for _, v := range values {
		d := draft.Clone()
		d.Vars[plan.ForEach.As] = v
		calls = append(calls, l.call(s, plan, d))
	}
	return calls, nil
}

// each returns the values that a call is made for: those of the request, of the
// mapping, or of another list of the platform.
func (l *listing) each(ctx context.Context, s *source, f *mapping.ForEach) ([]string, *problem.Problem) {
	if values := l.args[f.Parameter]; f.Parameter != "" && len(values) > 0 {
		var own []string
		for _, v := range values {
			if p := l.operation.Parameter(f.Parameter); p != nil && p.Type == surface.ID {
				native, ok := strings.CutPrefix(v, s.read.platform.Name+":")
				if !ok {
					continue
				}
				v = native
			}
			own = append(own, v)
		}
		return own, nil
	}
	if f.Operation == "" {
		return f.Values, nil
	}
	var values []string
	requests, p := l.engine.scanList(ctx, s.read.platform, f.Operation, nil, []string{f.Member}, func(tokens [][]byte) bool {
		values = append(values, strings.TrimPrefix(tokenText(tokens[0]), s.read.platform.Name+":"))
		return true
	})
	s.read.requests.Add(int32(requests)) //nolint:gosec // bounded by the page cap
	return values, p
}

func (l *listing) call(s *source, plan *mapping.CallPlan, draft *mapping.Draft) *call {
	c := &call{plan: plan, draft: draft}
	c.options.Mask = l.mask(plan)
	c.options.Native = slices.Contains(l.request.Params.List("include"), "native")
	if len(s.column) > 0 {
		c.options.Taps = make([]int, len(s.column))
		for tap, column := range s.column {
			c.options.Taps[column] = tap
		}
	}
	for _, name := range plan.Outer() {
		c.options.Outer = append(c.options.Outer, l.outer(s, draft, name))
	}
	return c
}

// outer is the JSON token of a value that rows take from the request: a value that
// the call is made for, or a parameter.
func (l *listing) outer(s *source, draft *mapping.Draft, name string) []byte {
	if v, ok := draft.Vars[name]; ok {
		return quoted(v)
	}
	if values := l.args[name]; len(values) > 0 {
		v := values[0]
		if p := l.operation.Parameter(name); p != nil && p.Type == surface.ID {
			v = strings.TrimPrefix(v, s.read.platform.Name+":")
		}
		return quoted(v)
	}
	return nil
}

func quoted(s string) []byte { return gjson.AppendJSONString(nil, s) }

// mask selects the members that the client asked for and may see; nil selects all.
func (l *listing) mask(plan *mapping.CallPlan) reshape.Mask {
	fields := l.request.Params.Fields()
	include := l.request.Params.List("include")
	hidden := map[string]bool{}
	for _, m := range l.operation.Resource.Members {
		if m.Include != "" && !slices.Contains(include, m.Include) || m.Scope != "" && !l.request.Client.HasScope(m.Scope) {
			hidden[m.Name] = true
		}
	}
	if len(fields) == 0 && len(hidden) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, f := range fields {
		if f.Member != nil {
			top, _, _ := strings.Cut(f.Member.Path, ".")
			wanted[top] = true
		}
	}
	return plan.Plan.Mask(func(member string) bool {
		return !hidden[member] && (len(wanted) == 0 || wanted[member])
	})
}
