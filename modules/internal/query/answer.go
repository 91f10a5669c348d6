package query

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
)

// Statuses describes every platform's part, by name.
func (l *List) Statuses() []answer.Status {
	out := make([]answer.Status, 0, len(l.sources)+len(l.lacking))
	for _, s := range l.sources {
		st := answer.Status{
			Platform: s.read.platform.Name, Status: answer.OK, Rows: s.given, Cache: answer.Miss, AsOf: s.asOf,
			NativeRequests: int(s.read.requests.Load()), Elapsed: s.elapsed, Unsupported: s.lacking, Problem: s.failed,
		}
		if s.warm && s.failed == nil && s.given > 0 {
			st.Cache = answer.Hit
		}
		s.describeKept(&st)
		if s.failed != nil {
			st.Status = answer.Failed
			if s.given > 0 {
				st.Status = answer.Partial
			}
		}
		out = append(out, st)
	}
	out = append(out, l.lacking...)
	slices.SortFunc(out, func(a, b answer.Status) int { return strings.Compare(a.Platform, b.Platform) })
	return out
}

// AppendPage appends the member "page" of a list: {"next_cursor":…,"total":…}.
func (l *List) AppendPage(dst []byte) []byte {
	return answer.AppendPage(dst, l.next, l.total)
}
