package query

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// spread makes the native calls of a source: one of each part, or one for each of the
// values that the part is made for.
func (s *source) spread(ctx context.Context) *problem.Problem {
	for _, part := range s.parts {
		f := part.plan.ForEach
		if f == nil {
			s.calls = append(s.calls, s.call(part.plan, part.draft))
			continue
		}
		values, named, p := s.each(ctx, f)
		if p != nil {
			return p
		}
		for _, v := range values {
			draft := part.draft.Clone()
			draft.Set(f.As, v)
			c := s.call(part.plan, draft)
			c.each, c.named = true, named
			s.calls = append(s.calls, c)
		}
	}
	return nil
}

// each returns the values that a call is made for: those of the request, of the
// mapping, or of another list of the platform. named tells that the client gave them.
func (s *source) each(ctx context.Context, f *mapping.ForEach) (values []string, named bool, p *problem.Problem) {
	if given := s.list.args[f.Parameter]; f.Parameter != "" && len(given) > 0 {
		for _, v := range given {
			if native, ok := s.native(f.Parameter, v); ok {
				values = append(values, native)
			}
		}
		return values, true, nil
	}
	if f.Operation == "" {
		return f.Values, false, nil
	}
	_, requests, p := s.list.engine.scanList(ctx, s.read.platform, f.Operation, nil, []string{f.Member}, scanMode{Mode: s.list.request.Mode}, func(tokens [][]byte) bool {
		values = append(values, strings.TrimPrefix(tokenText(tokens[0]), s.read.platform.Name+":"))
		return true
	})
	s.read.requests.Add(int32(requests))
	return values, false, p
}

// native takes the platform's prefix off the identifiers of a parameter; false for those
// of other platforms. Other values stay as they are.
func (s *source) native(parameter, v string) (string, bool) {
	if p := s.list.operation.Parameter(parameter); p == nil || p.Type != surface.ID {
		return v, true
	}
	return strings.CutPrefix(v, s.read.platform.Name+":")
}

// call makes a native call of a plan and a draft.
func (s *source) call(plan *mapping.CallPlan, draft *mapping.Draft) *call {
	c := &call{plan: plan, draft: draft}
	if plan.Plan == nil {
		return c // nothing is read from its answer
	}
	c.options = reshape.Options{
		Mask: s.list.mask(plan), Taps: s.taps,
		Native: slices.Contains(s.list.request.Params.List("include"), "native"),
	}
	if s.ledger != nil && s.list.scanning {
		c.options.Mask = plan.Plan.Mask(func(string) bool { return false }) // only values beside the rows are wanted
	}
	for _, name := range plan.Outer() {
		c.options.Outer = append(c.options.Outer, s.outer(draft, name))
	}
	return c
}

// outer is the JSON token of a value that rows take from the request: a value that
// the call is made for, or a parameter.
func (s *source) outer(draft *mapping.Draft, name string) []byte {
	if v, ok := draft.Vars[name]; ok {
		return gjson.AppendJSONString(nil, v)
	}
	if values := s.list.args[name]; len(values) > 0 {
		v, _ := s.native(name, values[0])
		return gjson.AppendJSONString(nil, v)
	}
	return nil
}
