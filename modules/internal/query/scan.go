package query

import (
	"context"
	"maps"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// scanMode is how a list may be read.
type scanMode struct {
	report.Mode
	natively bool // rows of the ledger will not do
}

// scanList reads a whole list of one platform and gives the values of some members
// of each row, as JSON tokens that are valid until yield returns false or true. args
// are parameters of the list, which narrow it for a reader that looks at the rows itself: one
// that does not take its value, such as a country that there is not, is left out, unless it
// is the beginning or the end of a range. Rows that are kept will do. It returns how fresh
// those are, and the number of native requests.
func (e *Engine) scanList(ctx context.Context, platform *Platform, operation string, args map[string][]string, members []string, mode scanMode, yield func(tokens [][]byte) bool) (report.Freshness, int, *problem.Problem) {
	op := e.surface.Operation(operation)
	params, faults := op.ParseLists(args, nil)
	if len(faults) > 0 {
		args = maps.Clone(args)
		for _, f := range faults {
			if p := op.Parameter(f.Parameter); p != nil && p.Filter != nil && p.Filter.Op == surface.Eq {
				delete(args, f.Parameter)
			}
		}
		params, faults = op.ParseLists(args, nil)
	}
	if len(faults) > 0 {
		p := problem.New(problem.Internal, "the list %s was asked for with a wrong parameter", operation)
		p.Errors = faults
		return report.Freshness{}, 0, p
	}
	l := e.listing(&Request{Params: params, Client: everything{}, Mode: mode.Mode}, 1)
	l.streaming, l.scanning, l.natively = true, true, mode.natively
	s := l.prepare(platform)
	defer s.free()
	if s.failed != nil || s.done {
		return report.Freshness{}, 0, s.failed
	}
	values := make([]value, len(members))
	for i, member := range members {
		if values[i] = s.value(member); values[i].column < 0 {
			return report.Freshness{}, 0, problem.New(problem.Internal, "%s has no single value %q in its rows", operation, member)
		}
	}
	tokens := make([][]byte, len(members))
	for {
		if s.fill(ctx, 1); s.rest() == 0 {
			return s.freshness(), int(s.read.requests.Load()), s.failed
		}
		r := s.take()
		for i, v := range values {
			tokens[i] = v.of(r)
		}
		if !yield(tokens) {
			return s.freshness(), int(s.read.requests.Load()), nil
		}
	}
}

// everything is the client of the gateway's own reads.
type everything struct{}

func (everything) Allows(string) bool   { return true }
func (everything) HasScope(string) bool { return true }
