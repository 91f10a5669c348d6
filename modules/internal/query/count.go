package query

import (
	"context"
	"errors"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// countAll answers limit=0: only how many rows there are, with the platform's own
// count where every filter can be given to it.
func (l *List) countAll(ctx context.Context, asked []*Platform) {
	l.sources = make([]*source, len(asked))
	l.listing.keys = nil // nothing is shown, so nothing is ordered
	l.concurrently(len(asked), func(i int) {
		began := l.listing.engine.now()
		s := l.listing.prepare(ctx, asked[i])
		l.sources[i] = s
		if s.failed == nil && !s.empty {
			s.count(ctx)
		}
		if s.empty {
			s.total = 0
		}
		s.elapsed = l.listing.engine.now().Sub(began)
		s.done = true
	})
	l.total = l.knownTotal()
}

// count finds out the number of a source's rows.
func (s *source) count(ctx context.Context) {
	s.warm = false
	if len(s.calls) == 1 && len(s.predicates) == 0 {
		c := s.calls[0]
		ok, err := c.plan.PushCount(c.draft)
		if err != nil {
			s.failed = s.read.internal(err)
			return
		}
		if ok {
			resp, p := s.read.do(ctx, c)
			if p != nil {
				s.failed = p
				return
			}
			n, known := wholeNumber([]byte(gjson.GetBytes(resp.Body, c.plan.CountPath()).Raw))
			resp.Release()
			if !known {
				s.failed = s.read.unusable(errors.New("the count is not a number"))
				return
			}
			s.total, s.asOf = n, s.list.engine.now()
			return
		}
	}
	s.gather(ctx)
	s.ready = nil
}

// scanList reads a whole list of one platform and gives the values of some members
// of each row, as JSON tokens that are valid until yield returns false or true. args
// are parameters of the list. It returns the number of native requests.
func (e *Engine) scanList(ctx context.Context, platform *Platform, operation string, args map[string][]string, members []string, yield func(tokens [][]byte) bool) (int, *problem.Problem) {
	op := e.surface.Operation(operation)
	params, faults := op.ParseLists(args, nil)
	if len(faults) > 0 {
		p := problem.New(problem.Internal, "the list %s was asked for with a wrong parameter", operation)
		p.Errors = faults
		return 0, p
	}
	l := e.listing(&Request{Params: params, Client: everything{}}, 1)
	l.streaming = true
	s := l.prepare(ctx, platform)
	defer func() {
		for _, page := range s.pages {
			e.free(page)
		}
	}()
	if s.failed != nil {
		return int(s.read.requests.Load()), s.failed
	}
	if s.empty {
		return int(s.read.requests.Load()), nil
	}
	columns, p := s.tapped(members)
	if p != nil {
		return 0, p
	}
	tokens := make([][]byte, len(members))
	for {
		if s.next >= len(s.ready) {
			if s.fill(ctx, 1); s.next >= len(s.ready) {
				return int(s.read.requests.Load()), s.failed
			}
		}
		r := s.take()
		for i, c := range columns {
			tokens[i] = r.page.Tap(int(r.row), c)
		}
		if !yield(tokens) {
			return int(s.read.requests.Load()), nil
		}
	}
}

// tapped adds members to the values wanted of each row, and returns their columns.
func (s *source) tapped(members []string) ([]int, *problem.Problem) {
	if s.column == nil {
		s.column = map[int]int{}
	}
	columns := make([]int, len(members))
	for i, member := range members {
		tap, ok := s.calls[0].plan.Plan.Tap(member)
		if !ok {
			return nil, problem.New(problem.Internal, "%s has no single value %q in its rows", s.read.operation, member)
		}
		if _, seen := s.column[tap]; !seen {
			s.column[tap] = len(s.column)
		}
		columns[i] = s.column[tap]
	}
	taps := make([]int, len(s.column))
	for tap, column := range s.column {
		taps[column] = tap
	}
	for _, c := range s.calls {
		c.options.Taps = taps
	}
	return columns, nil
}

// everything is the client of the gateway's own reads.
type everything struct{}

func (everything) Allows(string) bool   { return true }
func (everything) HasScope(string) bool { return true }
