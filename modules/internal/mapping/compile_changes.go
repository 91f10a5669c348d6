package mapping

import (
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// ChangesPlan is how the rows of a list are kept, compiled.
type ChangesPlan struct {
	Since          string
	Overlap, Whole time.Duration
	// Rows reads native rows that were kept, in an array. It numbers taps and members as
	// the plan of the list's call does.
	Rows *reshape.Plan
}

// The parameters and members without which the rows of a list cannot be kept: what they
// are told apart by, and what a range of them is asked for by.
var (
	keptMembers = []string{"native_id", "occurred_at", "updated_at"}
	keptRanges  = []string{"occurred_from", "occurred_to"}
)

// compileChanges checks that the rows of an operation can be kept.
func (p *Platform) compileChanges(op *Operation, so *surface.Operation, plan *OperationPlan) {
	c := op.Changes
	if c == nil {
		return
	}
	if so.Kind != surface.KindList {
		p.fault(c.Position, "changes: %s is not a list; only the rows of lists are kept", op.ID)
		return
	}
	if len(op.Calls) != 1 || op.Calls[0].ForEach != nil {
		p.fault(c.Position, "changes: %s makes several calls; only the rows of a list with one call are kept", op.ID)
		return
	}
	if len(plan.Calls) == 0 {
		return // its call has a fault of its own
	}
	faults := len(p.mapping.src.faults)
	p.checkSince(c, so, plan.Calls[0])
	call, s := op.Calls[0], plan.shape
	for _, member := range keptMembers {
		if !s.given[member] {
			p.fault(c.Position, "changes: %s has no %s, without which rows cannot be kept; add it to its resource, or leave `changes` out", s.resource.Name, member)
		}
	}
	for _, name := range keptRanges {
		if plan.Calls[0].filters[name] == nil {
			p.fault(c.Position, "changes: the call does not filter by %s, by which rows are first read; add it to `filters`, or leave `changes` out", name)
		}
	}
	if call.Keyed || call.Whole || len(s.reshape.Outer) > 0 {
		p.fault(c.Position, "changes: rows that take values from around them (`keyed`, `whole`, @outer) do not say all that is kept of them")
	}
	if len(s.resource.Secrets) > 0 {
		p.fault(c.Position, "changes: rows with `secrets` are not kept")
	}
	if len(p.mapping.src.faults) > faults {
		return
	}
	rows, err := reshape.Compile(s.reshape, reshape.Source{Rows: []reshape.Path{{}}})
	if err != nil {
		p.fault(c.Position, "changes: %v", err)
		return
	}
	plan.Changes = &ChangesPlan{Since: c.Since, Overlap: c.Overlap, Whole: c.Whole, Rows: rows}
}

// checkSince reports a parameter that does not narrow the list to what has changed.
func (p *Platform) checkSince(c *Changes, so *surface.Operation, call *CallPlan) {
	var lower []string // the lower bounds of moments
	known := false
	for _, q := range so.Parameters {
		if q.Filter != nil && q.Filter.Op == surface.From && q.Filter.Member != nil && q.Filter.Member.Path == "updated_at" {
			lower = append(lower, q.Name)
			known = known || q.Name == c.Since
		}
	}
	switch filter := call.filters[c.Since]; {
	case c.Since == "":
	case !known:
		p.fault(c.Position, "changes: since: %q is no lower bound of updated_at in %s; wants %s%s", c.Since, so.ID, strings.Join(lower, " or "), suggest.DidYouMean(c.Since, lower))
	case filter == nil:
		p.fault(c.Position, "changes: since: the call does not filter by %s, so that the platform cannot say what has changed; add it to `filters`, or leave `changes` out", c.Since)
	}
}
