package report_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// shelf is a keeper that keeps everything for good, in the simplest way.
type shelf struct {
	mu        sync.Mutex
	rows      map[string][]byte
	made      map[string]time.Time
	known     []report.Question // one for each series
	questions []report.Question
	fetches   [][]report.Window
}

func newShelf() *shelf { return &shelf{rows: map[string][]byte{}, made: map[string]time.Time{}} }

func keyOf(q *report.Question, w report.Window) string {
	return fmt.Sprintf("%q %q %q %v %v", q.Platform, q.Scope, q.Operation, q.Series, w)
}

func (s *shelf) Windows(ctx context.Context, q *report.Question) *report.Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.questions = append(s.questions, *q)
	kept := &report.Kept{Rows: make([][]byte, len(q.Windows)), State: answer.Hit, AsOf: noon(), Until: noon().Add(time.Hour)}
	var calls [][]report.Window
	for i, w := range q.Windows {
		if s.rows[keyOf(q, w)] != nil && !q.Mode.Revalidate {
			continue
		}
		kept.State = answer.Miss
		last := len(calls) - 1
		if q.Joint && i > 0 && last >= 0 && calls[last][len(calls[last])-1] == q.Windows[i-1] && (q.Longest == 0 || len(calls[last]) < q.Longest) {
			calls[last] = append(calls[last], w)
		} else {
			calls = append(calls, []report.Window{w})
		}
	}
	if q.Mode.OnlyKept && len(calls) > 0 {
		kept.Failed = problem.New(problem.NotCached, "not kept")
		return kept
	}
	s.fetches = append(s.fetches, calls...)
	fetched := make([][][]byte, len(calls))
	kept.Failed = report.Together(len(calls), func(i int) (failed *problem.Problem) {
		fetched[i], failed = q.Fetch(ctx, calls[i])
		return failed
	})
	for i, call := range calls {
		for j := range fetched[i] {
			s.rows[keyOf(q, call[j])] = fetched[i][j]
			s.made[keyOf(q, call[j])] = noon()
		}
	}
	whole := true
	for i, w := range q.Windows {
		kept.Rows[i] = s.rows[keyOf(q, w)]
		whole = whole && kept.Rows[i] != nil
	}
	if whole {
		s.note(q)
	}
	return kept
}

func (s *shelf) note(q *report.Question) {
	for i := range s.known {
		if keyOf(&s.known[i], report.Window{}) == keyOf(q, report.Window{}) {
			return
		}
	}
	s.known = append(s.known, *q)
}

func (s *shelf) Known(scope, name string) []report.Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []report.Series
	for i := range s.known {
		if s.known[i].Scope == scope && s.known[i].Series.Report == name {
			out = append(out, s.known[i].Series)
		}
	}
	return out
}

func (s *shelf) Holds(q *report.Question) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range q.Windows {
		if s.rows[keyOf(q, w)] == nil {
			return false
		}
	}
	return true
}
