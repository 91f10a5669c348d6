package mappingtest

import (
	"context"
	"fmt"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// trial is one run of a test.
type trial struct {
	test        *mapping.Test
	platform    *mapping.Platform
	watch       *watch
	script      *script
	got         outcome
	differences []Difference
}

// try runs a test.
func (r *runner) try(ctx context.Context, t *mapping.Test) *trial {
	out := &trial{test: t, watch: new(watch)}
	fail := func(err error) *trial {
		out.differences = append(out.differences, Difference{At: t.Position, What: err.Error()})
		return out
	}
	var err error
	if out.platform, err = r.compile(t.Setting, t.Now); err != nil {
		return fail(err)
	}
	answers, differences := r.answers(t)
	if differences != nil {
		out.differences = differences
		return out
	}
	out.script = newScript(t, out.platform, answers)
	if err := r.ask(ctx, out); err != nil {
		return fail(err)
	}
	if out.differences = out.script.faults(); len(out.differences) > 0 {
		return out // what the client got follows from it
	}
	out.differences = check(t, &out.got)
	return out
}

// ask sends the request of a trial's test to its script.
func (r *runner) ask(ctx context.Context, t *trial) error {
	e, err := r.engine(t.platform, t.script, t.watch, t.test.Now)
	if err != nil {
		return err
	}
	op := r.Surface.Operation(t.test.Operation)
	if op == nil {
		return fmt.Errorf("the surface has no operation %q%s", t.test.Operation, r.nearestOperation(t.test.Operation))
	}
	t.got, err = request{engine: e, operation: op, test: t.test, platform: t.platform.Name}.send(ctx)
	return err
}
