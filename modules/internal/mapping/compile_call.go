package mapping

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// OperationPlan is how one platform does one operation.
type OperationPlan struct {
	ID      string
	Surface *surface.Operation
	Calls   []*CallPlan
	// Via is the list that answers a get for which the platform has no call.
	Via *OperationPlan
	// Change is nil for what only reads.
	Change *ChangePlan
	// Lifecycle is the operation's own, else the platform's; nil where it is not deprecated.
	Lifecycle *Lifecycle
	// Changes is how its rows are kept; nil where the platform does not say what has changed.
	Changes *ChangesPlan

	platform string
	shape    *shape
	env      map[string]any // names of conditions, with the platform's options
}

// Gives tells whether the platform can give a member (dotted) other than null.
func (o *OperationPlan) Gives(member string) bool {
	if o.Via != nil {
		return o.Via.Gives(member)
	}
	switch member {
	case "id", "platform", "native_id":
		return true
	}
	return o.shape.given[member]
}

// Identifies tells whether the platform names the objects that the operation reads: what
// then has no identifier is not an object.
func (o *OperationPlan) Identifies() bool {
	if o.Via != nil {
		return o.Via.Identifies()
	}
	return o.shape.given["native_id"]
}

// Resource returns the name of the mapping's resource that the operation reads.
func (o *OperationPlan) Resource() string { return o.shape.resource.Name }

// CallPlan is one native call of an operation, compiled.
type CallPlan struct {
	Method  string
	Plan    *reshape.Plan
	Paging  *Paging
	Count   *Count
	ForEach *ForEach
	// Limit is the limit of the native endpoint, beside the platform's. Calls of other
	// operations to the same one, with the same rate, share it.
	Limit exchange.Limit
	// Total and Cursor are the places of these values among the captured ones
	// of a page, or -1.
	Total, Cursor int

	platform  *Platform
	operation *surface.Operation
	spec      *Call
	shape     *shape
	when      *when
	method    template
	path      template
	filters   map[string]*Filter
	items     map[string]itemTemplate // by parameter, and "sort"
	outer     []string
	others    []route // the call's further spellings
	key       string
	set       []Assignment
	body      *bodyPlan // of a change; nil for none
}

type route struct{ method, path template }

func (p *Platform) compileOperations(shapes map[string]*shape) {
	var via []*Operation
	for _, id := range keys(p.mapping.Operations) {
		op := p.mapping.Operations[id]
		so := p.surface.Operation(id)
		if so == nil {
			var names []string
			for _, o := range p.surface.Operations() {
				names = append(names, o.ID)
			}
			p.fault(op.Position, "the surface has no operation %q%s", id, suggest.DidYouMean(id, names))
			continue
		}
		if op.Via != "" && len(op.Calls) == 0 {
			via = append(via, op)
			continue
		}
		name := op.Resource
		if name == "" && so.Resource != nil {
			name = so.Resource.Name
		}
		s := shapes[name]
		if s == nil {
			if so.Resource != nil {
				p.fault(op.Position, "no resource named %q%s", name, suggest.DidYouMean(name, keys(p.mapping.Resources)))
				continue
			}
			// the operation's answer is the gateway's own: only whether it works matters
			s = &shape{resource: &Resource{}, fields: map[string]*Field{}, given: map[string]bool{}}
		}
		plan := &OperationPlan{ID: id, Surface: so, platform: p.Name, shape: s, env: whenEnv(so, p.options)}
		if so.Kind.Writes() {
			plan.env = bodyEnv(so.Body, p.options)
		}
		for _, c := range op.Calls {
			if cp := p.compileCall(c, s, so, plan.env); cp != nil {
				cp.key = id + " " + strconv.Itoa(len(plan.Calls))
				plan.Calls = append(plan.Calls, cp)
			}
		}
		p.compileChange(op, plan)
		p.compileChanges(op, so, plan)
		p.requireMapped(op, so, plan)
		calls := len(plan.Calls)
		plan.Calls = slices.DeleteFunc(plan.Calls, func(c *CallPlan) bool { return c.when.impossible() })
		switch {
		case len(plan.Calls) > 0 || calls == 0:
			p.operations[id] = plan
		case op.Via != "":
			via = append(via, op)
		}
	}
	for _, op := range via {
		target := p.operations[op.Via]
		if target == nil && p.mapping.Operations[op.Via] != nil {
			continue // with these options the platform has neither
		}
		if target == nil {
			p.fault(op.Position, "via names %q, which this mapping does not have%s", op.Via, suggest.DidYouMean(op.Via, keys(p.operations)))
			continue
		}
		p.operations[op.ID] = &OperationPlan{ID: op.ID, Surface: p.surface.Operation(op.ID), Via: target, platform: p.Name, shape: target.shape, env: target.env}
	}
	p.checkForEach()
	p.linkChanges()
	for id, plan := range p.operations {
		if plan.Lifecycle = p.lifecycle(p.mapping.Operations[id].Lifecycle); plan.Lifecycle == nil {
			plan.Lifecycle = p.Lifecycle
		}
	}
}

// requireMapped reports required parameters of the surface that no call passes on.
func (p *Platform) requireMapped(op *Operation, so *surface.Operation, plan *OperationPlan) {
	for _, parameter := range so.Parameters {
		if !parameter.Required || parameter.Name == "platform" {
			continue // the platform is the gateway's own to choose
		}
		for _, c := range plan.Calls {
			name := parameter.Name
			if name == "id" {
				name = "native_id"
			}
			_, filtered := c.filters[name]
			if !filtered && !slices.Contains(c.path.holes(), name) {
				p.fault(op.Position, "%s requires the parameter %q, which this call maps nowhere", op.ID, parameter.Name)
			}
		}
	}
}

func (p *Platform) checkForEach() {
	for _, plan := range p.operations {
		for _, c := range plan.Calls {
			if f := c.ForEach; f != nil && f.Operation != "" && p.operations[f.Operation] == nil {
				p.fault(f.Position, "for_each names %q, which this mapping does not have%s", f.Operation, suggest.DidYouMean(f.Operation, keys(p.operations)))
			}
		}
	}
}

// limit is the limit of the endpoint that the call is for.
func (c *Call) limit() exchange.Limit {
	if c.Rate.Requests == 0 {
		return exchange.Limit{}
	}
	return exchange.Limit{Call: c.Method + " " + c.Path, Rate: c.Rate}
}

func (p *Platform) compileCall(c *Call, s *shape, so *surface.Operation, env map[string]any) *CallPlan {
	cp := &CallPlan{
		Method: c.Method, Paging: c.Paging, Count: c.Count, ForEach: c.ForEach, Limit: c.limit(), Total: -1, Cursor: -1,
		platform: p, operation: so, spec: c, shape: s, method: compileTemplate(c.Method), path: compileTemplate(c.Path),
		filters: map[string]*Filter{}, items: map[string]itemTemplate{}, outer: s.reshape.Outer, set: c.Set,
	}
	if c.When != "" {
		when, err := compileWhen(c.When, env)
		if err != nil {
			p.fault(c.Position, "when: %v", err)
			return nil
		}
		cp.when = when
	}
	for _, r := range c.Else {
		cp.others = append(cp.others, route{compileTemplate(r.Method), compileTemplate(r.Path)})
	}
	p.checkHoles(c, so)
	source := reshape.Source{Keyed: c.Keyed, Single: c.Single, Whole: c.Whole}
	for _, path := range c.Rows {
		source.Rows = append(source.Rows, reshape.Path(path))
	}
	if c.Total != nil {
		cp.Total = len(source.Capture)
		source.Capture = append(source.Capture, reshape.Path(c.Total))
	}
	if c.Paging != nil && c.Paging.Cursor != nil {
		cp.Cursor = len(source.Capture)
		source.Capture = append(source.Capture, reshape.Path(c.Paging.Cursor))
	}
	if c.Paging != nil && c.Paging.Stop == "total" && c.Total == nil {
		p.fault(c.Paging.Position, "`stop: total` wants `total`, the place of the number of rows in the answer")
	}
	if c.Rows != nil {
		plan, err := reshape.Compile(s.reshape, source)
		if err != nil {
			p.fault(c.Position, "%v", err)
			return nil
		}
		cp.Plan = plan
	}
	for _, f := range c.Filters {
		p.compileFilter(cp, f, so)
	}
	p.compileSort(cp, c.Sort)
	for name := range c.Include {
		if !includable(s.surface, name) {
			p.fault(c.Position, "%s has nothing to include by the name %q", so.ID, name)
		}
	}
	return cp
}

// checkHoles reports placeholders of a path that nothing fills.
func (p *Platform) checkHoles(c *Call, so *surface.Operation) {
	known := keys(p.spellings)
	if c.ForEach != nil {
		known = append(known, c.ForEach.As)
	}
	for _, parameter := range so.Parameters {
		if parameter.In == "path" {
			known = append(known, parameter.Name)
		}
	}
	known = append(known, "native_id")
	for _, f := range c.Filters {
		for _, t := range f.To {
			if t.In == "path" {
				known = append(known, t.Name)
			}
		}
	}
	for _, r := range append([]Route{{c.Position, c.Method, c.Path}}, c.Else...) {
		for _, name := range append(compileTemplate(r.Path).holes(), compileTemplate(r.Method).holes()...) {
			if !slices.Contains(known, name) {
				p.fault(r.Position, "nothing gives {%s}%s", name, suggest.DidYouMean(name, known))
			}
		}
	}
}

func includable(r *surface.Resource, name string) bool {
	if r == nil {
		return false
	}
	for _, m := range r.Members {
		if m.Include == name {
			return true
		}
	}
	return false
}

func (p *Platform) compileFilter(cp *CallPlan, f *Filter, so *surface.Operation) {
	var parameter *surface.Parameter
	var names []string
	for _, q := range so.Parameters {
		names = append(names, q.Name)
		if q.Name == f.Parameter {
			parameter = q
		}
	}
	if parameter == nil && f.Parameter != "native_id" {
		p.fault(f.Position, "%s has no parameter %q%s", so.ID, f.Parameter, suggest.DidYouMean(f.Parameter, names))
		return
	}
	if f.As != "" {
		p.format(f.Position, f.As)
	} else if parameter != nil && parameter.Type == surface.Instant {
		p.fault(f.Position, "a time wants `as`, the format in which the platform takes it")
		return
	}
	for _, t := range f.To {
		if t.In == "path" && !strings.Contains(cp.spec.Path, "{"+t.Name+"}") {
			p.fault(t.Position, "the path has no {%s}", t.Name)
		}
	}
	if f.Item != "" {
		cp.items[f.Parameter] = compileItem(f.Item)
	}
	cp.filters[f.Parameter] = f
}

func (p *Platform) compileSort(cp *CallPlan, s *Sort) {
	if s == nil {
		return
	}
	for _, member := range keys(s.Fields) {
		if cp.shape.surface == nil || cp.shape.surface.Member(member) == nil {
			p.fault(s.Position, "sort: %s has no member %q", cp.shape.resource.Name, member)
		}
	}
	cp.items["sort"] = compileItem(s.Item)
}

// Takes tells whether some call of the operation passes a parameter on.
func (o *OperationPlan) Takes(parameter string) bool {
	for _, c := range o.Calls {
		if _, ok := c.filters[parameter]; ok || c.ForEach != nil && c.ForEach.Parameter == parameter {
			return true
		}
	}
	return false
}

// Yields tells whether an enum member can have a value at this platform.
func (o *OperationPlan) Yields(member, value string) bool {
	if o.Via != nil {
		return o.Via.Yields(member, value)
	}
	table := o.shape.enums[member]
	return table != nil && slices.Contains(table.Unified(), value)
}

// SortsBy tells whether the platform itself can order by a member.
func (o *OperationPlan) SortsBy(member string) bool {
	if len(o.Calls) != 1 || o.Calls[0].spec.Sort == nil || o.Calls[0].ForEach != nil {
		return false
	}
	_, ok := o.Calls[0].spec.Sort.Fields[member]
	return ok
}

// Endpoints are the calls that answer the operation, its own or those of the list that it
// is answered from.
func (o *OperationPlan) Endpoints() []*CallPlan {
	if o.Via != nil {
		return o.Via.Endpoints()
	}
	return o.Calls
}

// PageSize is the largest native page; zero where the platform has no pages, or sizes
// of its own.
func (o *OperationPlan) PageSize() int {
	for _, c := range o.Calls {
		if c.Paging != nil && c.Paging.Size != nil {
			return c.Paging.Max
		}
	}
	return 0
}
