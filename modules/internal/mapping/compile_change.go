package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// ChangePlan is what an operation that changes something does beside its call.
type ChangePlan struct {
	// Fetch is the get that answers, or a list that members of the body find the object
	// in; nil where the answer to the change has the object.
	Fetch *OperationPlan
	// Merge is the get of the native object that the members are put into; nil where the
	// platform changes only what is sent.
	Merge *OperationPlan
	// Poll is nil for what is done when it is answered.
	Poll *PollPlan

	required []string
	when     []requirement
}

// PollPlan says how to wait for something that the platform does after it has answered.
type PollPlan struct {
	Operation  *OperationPlan
	Every, For time.Duration

	until *when
	env   map[string]any
}

type requirement struct {
	source  string
	when    *when
	members []string
}

// compileChange compiles what an operation has beside its calls, and refuses what has no
// meaning for it.
func (p *Platform) compileChange(op *Operation, plan *OperationPlan) {
	if !plan.Surface.Kind.Writes() {
		p.refuseWriting(op)
		return
	}
	change := op.Change
	if change == nil {
		change = &Change{}
	}
	plan.Change = &ChangePlan{}
	for i, c := range op.Calls {
		p.refuseReading(op.ID, c)
		if i < len(plan.Calls) {
			call := plan.Calls[i]
			call.body = p.compileBody(c, plan.shape, plan.Surface)
			// those of the body are in its plan
			call.set = slices.DeleteFunc(slices.Clone(c.Set), func(a Assignment) bool { return a.Target.In == "body" })
		}
		p.checkAnswer(plan.Surface, c, change)
	}
	for _, m := range change.Required {
		p.checkMember(plan.Surface, m)
		plan.Change.required = append(plan.Change.required, m.Name)
	}
	for _, r := range change.RequiredWhen {
		compiled, err := compileWhen(r.When, plan.env)
		if err != nil {
			p.fault(r.Position, "when: %v", err)
			continue
		}
		c := requirement{source: r.When, when: compiled}
		for _, m := range r.Members {
			p.checkMember(plan.Surface, m)
			c.members = append(c.members, m.Name)
		}
		plan.Change.when = append(plan.Change.when, c)
	}
}

// checkAnswer reports answers that do not fit what the surface answers.
func (p *Platform) checkAnswer(so *surface.Operation, c *Call, change *Change) {
	none := c.Write != nil && c.Write.None
	switch {
	case c.Rows != nil && !c.Single:
		p.fault(c.Position, "%s answers one object: `rows` has no meaning here, say `row`", so.ID)
	case none && so.Status != 204:
		p.fault(c.Position, "%s answers the object: say with `row` where it is in the answer, or with `fetch` what gets it", so.ID)
	case (so.Kind == surface.KindCreate || so.Status == 201) && change.Fetch != "" && (c.Write == nil || c.Write.ID == nil):
		p.fault(c.Position, "`fetch` wants `id`, the place of the new object's native identifier in the answer")
	}
}

// refuseWriting reports keys that only a change has.
func (p *Platform) refuseWriting(op *Operation) {
	if op.Change != nil {
		p.fault(op.Position, "%s only reads: required, required_when, fetch, merge and poll have no meaning", op.ID)
	}
	for _, c := range op.Calls {
		if c.Write != nil {
			p.fault(c.Position, "%s only reads: write, fields, form, answer and id have no meaning", op.ID)
		}
	}
}

// refuseReading reports keys that only a list has.
func (p *Platform) refuseReading(id string, c *Call) {
	for key, given := range map[string]bool{
		"paging": c.Paging != nil, "count": c.Count != nil, "total": c.Total != nil, "sort": c.Sort != nil,
		"include": len(c.Include) > 0, "for_each": c.ForEach != nil, "keyed": c.Keyed,
	} {
		if given {
			p.fault(c.Position, "%s changes something: `%s` has no meaning", id, key)
		}
	}
}

func (p *Platform) checkMember(so *surface.Operation, m Member) {
	if names := requirable(so.Body, ""); !slices.Contains(names, m.Name) {
		p.fault(m.Position, "the body of %s has no member %q%s", so.ID, m.Name, suggest.DidYouMean(m.Name, names))
	}
}

// requirable are the dotted names of what a platform can need of a body. Members of the
// objects in a list are behind `[]`.
func requirable(members []*surface.Member, prefix string) []string {
	var out []string
	for _, m := range members {
		name := prefix + m.Name
		out = append(out, name)
		switch m.Type {
		case surface.Object:
			out = append(out, requirable(m.Members, name+".")...)
		case surface.List:
			out = append(out, requirable(m.Members, name+"[].")...)
		}
	}
	return out
}

// linkChanges finds the operations that changes refer to.
func (p *Platform) linkChanges() {
	for id, op := range p.mapping.Operations {
		plan := p.operations[id]
		if plan == nil || plan.Change == nil || op.Change == nil {
			continue
		}
		c := op.Change
		plan.Change.Fetch = p.fetched(op, plan.Surface)
		if plan.Change.Merge = p.get(op.Position, "merge", c.Merge); plan.Change.Merge != nil && plan.Change.Merge.Via != nil {
			p.fault(op.Position, "merge names %q, which has no call of its own", c.Merge)
		}
		if c.Poll == nil {
			continue
		}
		poll := &PollPlan{Operation: p.get(c.Poll.Position, "poll", c.Poll.Operation), Every: c.Poll.Every, For: c.Poll.For}
		if poll.Operation == nil {
			continue
		}
		poll.env = bodyEnv(poll.Operation.Surface.Resource.Members, p.options)
		var err error
		if poll.until, err = compileWhen(c.Poll.Until, poll.env); err != nil {
			p.fault(c.Poll.Position, "until: %v", err)
			continue
		}
		plan.Change.Poll = poll
	}
}

// fetched returns the operation that answers after a change: one that gets the object, or a
// list of one, whose required parameters are members of the body.
func (p *Platform) fetched(op *Operation, so *surface.Operation) *OperationPlan {
	list := p.operations[op.Change.Fetch]
	if list == nil || list.Surface.Kind != surface.KindList || list.Surface.Resource != so.Resource ||
		!slices.ContainsFunc(list.Surface.Parameters, func(q *surface.Parameter) bool { return q.Required }) {
		return p.get(op.Position, "fetch", op.Change.Fetch)
	}
	return list
}

// get returns the operation that a key names, which has to get one object.
func (p *Platform) get(at Position, key, id string) *OperationPlan {
	if id == "" {
		return nil
	}
	plan := p.operations[id]
	switch {
	case plan == nil:
		p.fault(at, "%s names %q, which this mapping does not have%s", key, id, suggest.DidYouMean(id, keys(p.operations)))
	case plan.Surface.Kind != surface.KindGet || plan.Surface.Resource == nil:
		p.fault(at, "%s names %q, which does not get one object", key, id)
		return nil
	}
	return plan
}

// bodyEnv are the names of conditions over an object: its members, of which objects are
// always there, with members that are null.
func bodyEnv(members []*surface.Member, options map[string]string) map[string]any {
	env := nothing(members)
	env["option"] = options
	return env
}

func nothing(members []*surface.Member) map[string]any {
	env := make(map[string]any, len(members)+1)
	for _, m := range members {
		env[m.Name] = nil
		if m.Type == surface.Object {
			env[m.Name] = nothing(m.Members)
		}
	}
	return env
}

// filled is the environment with the members of an object.
func filled(env map[string]any, object gjson.Result) map[string]any {
	out := maps.Clone(env)
	object.ForEach(func(key, value gjson.Result) bool {
		below, ok := env[key.Str].(map[string]any)
		switch {
		case ok && value.IsObject():
			out[key.Str] = filled(below, value)
		case ok && value.Type == gjson.Null:
		default:
			out[key.Str] = value.Value()
		}
		return true
	})
	return out
}

// Choose returns the call that makes a change with the members of body, a JSON object:
// the first whose condition holds. Every member that this platform needs and that is not
// given is a fault. The call is nil where the platform, as it is configured, has none.
func (o *OperationPlan) Choose(body []byte) (*CallPlan, []problem.FieldError, error) {
	env := filled(o.env, gjson.ParseBytes(body))
	var faults []problem.FieldError
	missing := func(members []string, format string, args ...any) {
		for _, m := range members {
			for _, path := range lacking(gjson.ParseBytes(body), m, "") {
				faults = append(faults, problem.FieldError{Parameter: path, Detail: fmt.Sprintf(format, args...)})
			}
		}
	}
	missing(o.Change.required, "is missing, and %s needs it", o.platform)
	for _, r := range o.Change.when {
		holds, err := r.when.holds(env)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: required_when: %w", o.ID, err)
		}
		if holds {
			missing(r.members, "is missing, and %s needs it where %s", o.platform, r.source)
		}
	}
	for _, c := range o.Calls {
		if c.when == nil {
			return c, faults, nil
		}
		holds, err := c.when.holds(env)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: when: %w", c.spec.Position, err)
		}
		if holds {
			return c, faults, nil
		}
	}
	return nil, faults, nil
}

// lacking are the paths at which an object does not have a member: one at most, or one
// for each element of a list that it would be in.
func lacking(object gjson.Result, member, prefix string) []string {
	list, below, ok := strings.Cut(member, "[].")
	if !ok {
		if isGiven(object, member) {
			return nil
		}
		return []string{prefix + member}
	}
	var out []string
	for i, element := range follow(object, strings.Split(list, ".")).Array() {
		out = append(out, lacking(element, below, fmt.Sprintf("%s%s[%d].", prefix, list, i))...)
	}
	return out
}

// isGiven tells whether an object has a member with a value; an empty list is none.
func isGiven(object gjson.Result, member string) bool {
	v := follow(object, strings.Split(member, "."))
	return v.Exists() && v.Type != gjson.Null && (!v.IsArray() || len(v.Array()) > 0)
}

// Done tells whether what is being waited for is done, from the unified object as JSON.
func (p *PollPlan) Done(object []byte) (bool, error) {
	return p.until.holds(filled(p.env, gjson.ParseBytes(object)))
}
