package report

import (
	"context"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// direct is the keeper where there is none: it fetches every window by a call of its own
// and keeps nothing. What it answers tells no freshness.
type direct struct{}

// Windows implements [Keeper].
func (direct) Windows(ctx context.Context, q *Question) *Kept {
	kept := &Kept{Rows: make([][]byte, len(q.Windows))}
	if q.Mode.OnlyKept {
		kept.Failed = problem.New(problem.NotCached, "%s: no rows are kept, and the request asks for kept ones only.", q.Platform)
		return kept
	}
	kept.Failed = Together(len(q.Windows), func(i int) *problem.Problem {
		rows, failed := q.Fetch(ctx, q.Windows[i:i+1])
		if failed == nil {
			kept.Rows[i] = rows[0]
		}
		return failed
	})
	return kept
}

// Known implements [Keeper].
func (direct) Known(string, string) []Series { return nil }

// Holds implements [Keeper].
func (direct) Holds(*Question) bool { return false }
