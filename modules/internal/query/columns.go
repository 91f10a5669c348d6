package query

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// value says where a member's value is: in a column beside the rows, or inside the value
// of that column.
type value struct {
	column int    // -1: no row has the member
	inside string // a path in the column's value; empty: the value itself
}

var null = []byte("null")

// of returns the JSON token of the value in a row.
func (v value) of(r ref) []byte {
	if v.column < 0 {
		return null
	}
	token := r.page.Tap(int(r.row), v.column)
	if v.inside == "" || isNull(token) {
		return token
	}
	if inner := gjson.GetBytes(token, v.inside); inner.Exists() {
		return []byte(inner.Raw)
	}
	return null
}

// value finds a member, and makes a column of it.
func (s *source) value(member string) value {
	for path := member; ; {
		if tap, ok := s.parts[0].plan.Plan.Tap(path); ok {
			inside := strings.TrimPrefix(member[len(path):], ".")
			if m := s.list.operation.Resource.Member(path); m != nil && m.Type == surface.Map {
				inside = gjson.Escape(inside)
			}
			return value{column: s.column(tap), inside: inside}
		}
		at := strings.LastIndexByte(path, '.')
		if at < 0 {
			return value{column: -1}
		}
		path = path[:at]
	}
}

// column returns the column of a tap.
func (s *source) column(tap int) int {
	if i := slices.Index(s.taps, tap); i >= 0 {
		return i
	}
	s.taps = append(s.taps, tap)
	return len(s.taps) - 1
}

// columns decides which values are wanted beside the rows: those of the order and of the
// filters that are applied here, and what tells rows apart.
func (s *source) columns() {
	s.id = value{column: -1}
	if len(s.list.keys) > 0 || s.list.chosen {
		s.id = s.value("id")
	}
	for _, k := range s.list.keys {
		s.keys = append(s.keys, s.value(k.member))
	}
	for _, p := range s.predicates {
		for _, member := range p.members() {
			if s.op.Gives(member) {
				p.from = append(p.from, s.value(member))
			}
		}
		if len(p.from) == 0 && !p.searches() {
			// the platform can filter by it one way, but never shows it
			s.lack(p.parameter)
		}
	}
}

// maskKey tells the masks of requests apart that choose no members.
type maskKey struct {
	plan   *reshape.Plan
	scopes string // those of the resource that the client lacks
}

// mask selects the members that the client asked for and may see; nil selects all.
func (l *listing) mask(plan *mapping.CallPlan) reshape.Mask {
	include := l.request.Params.List("include")
	if l.chosen || len(include) > 0 {
		return l.compileMask(plan, include)
	}
	k := maskKey{plan: plan.Plan, scopes: l.request.lackingScopes()}
	if mask, ok := l.engine.masks.Load(k); ok {
		return mask.(reshape.Mask)
	}
	mask := l.compileMask(plan, nil)
	l.engine.masks.Store(k, mask)
	return mask
}

func (l *listing) compileMask(plan *mapping.CallPlan, include []string) reshape.Mask {
	hidden := map[string]bool{}
	for _, m := range l.operation.Resource.Members {
		if m.Include != "" && !slices.Contains(include, m.Include) || m.Scope != "" && !l.request.Client.HasScope(m.Scope) {
			hidden[m.Name] = true
		}
	}
	wanted := map[string]bool{}
	for _, f := range l.request.Params.Fields() {
		if f.Member != nil {
			top, _, _ := strings.Cut(f.Member.Path, ".")
			wanted[top] = true
		}
	}
	if len(hidden) == 0 && len(wanted) == 0 {
		return nil
	}
	return plan.Plan.Mask(func(member string) bool {
		return !hidden[member] && (len(wanted) == 0 || wanted[member])
	})
}
