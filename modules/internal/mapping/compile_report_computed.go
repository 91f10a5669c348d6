package mapping

import (
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// compileComputed checks the members of a list that a report is computed from.
func (r *ReportPlan) compileComputed() {
	p, spec := r.platform, r.spec
	op := p.operations[spec.From]
	if op == nil || op.Surface.Resource == nil {
		p.fault(spec.Position, "from names %q, which is no list of this mapping%s", spec.From, suggest.DidYouMean(spec.From, keys(p.operations)))
		return
	}
	for _, d := range spec.Dimensions {
		r.compileDimension(d)
		if m := r.member(op, d.Position, d.From); m != nil && d.Name == field.Day {
			r.computedTime(op, d, m)
		}
		if d.Label != nil {
			r.member(op, d.Position, d.Label)
		}
	}
	for _, m := range spec.Metrics {
		r.compileMetric(m)
		if m.Sum != "" {
			r.member(op, m.Position, [][]string{strings.Split(m.Sum, ".")})
		}
		for _, w := range m.Where {
			r.member(op, w.Position, [][]string{strings.Split(w.Member, ".")})
		}
	}
	r.compileRates()
	for _, q := range op.Surface.Parameters {
		if f := q.Filter; f != nil && f.Op == surface.Eq && f.Member != nil && len(f.Else) == 0 {
			member := f.Member.Path
			if f.Key != "" {
				member += "." + f.Key
			}
			r.parameters[member] = q.Name
		}
	}
}

// computedTime notes the instant that days, hours and all that follow from them are
// made of, and that the range is asked by.
func (r *ReportPlan) computedTime(op *OperationPlan, d *Dimension, m *surface.Member) {
	stem, isInstant := strings.CutSuffix(m.Path, "_at")
	if m.Type != surface.Instant || !isInstant || op.Surface.Parameter(stem+"_from") == nil || op.Surface.Parameter(stem+"_to") == nil {
		r.platform.fault(d.Position, "date wants a time by which %s can be asked for a range, such as occurred_at", op.ID)
		return
	}
	r.Instant = m.Path
}

func (r *ReportPlan) member(op *OperationPlan, at Position, paths [][]string) *surface.Member {
	if len(paths) != 1 {
		r.platform.fault(at, "wants one member of %s", op.Surface.Resource.Name)
		return nil
	}
	path := strings.Join(paths[0], ".")
	m := op.Surface.Resource.Member(path)
	if m == nil || !op.Gives(path) {
		r.platform.fault(at, "%s never has the member %q on this platform", op.Surface.Resource.Name, path)
	}
	return m
}
