package report

import (
	"context"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Operation is what the rows of reports are counted under.
const Operation = "reports.query"

// share is what became of a fetch: its share of an answer.
type share struct {
	// fetch is the one whose rows these are: that which was asked for, or a finer one.
	fetch *fetch
	// rows are those of each window; nil where they could not be had.
	rows  [][]row
	fresh Freshness
	// failed is the first failure. staleFor is one that rows past their time stood in for.
	failed, staleFor *problem.Problem
}

// keeper returns what keeps the rows of a platform, and whether that is any.
func (r *run) keeper(p Platform) (k Keeper, keeps bool) {
	if r.options.Keeper == nil || p.Scope == "" {
		return direct{}, false
	}
	return r.options.Keeper, true
}

// ask gets the rows of a fetch.
func (r *run) ask(ctx context.Context, p Platform, f *fetch) *share {
	if f.report.From != "" && p.Source.Keeps(f.report.From) {
		return r.compute(ctx, p, f)
	}
	k, keeps := r.keeper(p)
	q := r.question(p, f)
	if keeps {
		if finer, instead := r.finer(k, p, f, q); finer != nil {
			f, q = finer, instead
		}
	}
	out := askWindows(ctx, k, q, len(f.columns()))
	out.fetch = f
	return out
}

// compute computes a report from a list whose rows are kept themselves.
func (r *run) compute(ctx context.Context, p Platform, f *fetch) *share {
	out := &share{fetch: f, rows: make([][]row, len(f.windows))}
	for i, w := range f.windows {
		rows, fresh, failed := f.computeWindow(ctx, p, w)
		if failed != nil {
			out.failed = failed
			return out
		}
		out.fresh.Join(fresh)
		out.rows[i] = rows
	}
	if _, keeps := r.keeper(p); keeps && out.fresh.State == "" {
		out.fresh = justNow(r.options.Now())
	}
	return out
}

// askWindows asks a keeper for the rows of windows. Rows that it kept in a form of
// another version are asked for again.
func askWindows(ctx context.Context, k Keeper, q *Question, dims int) *share {
	kept, rows, err := windowsOf(ctx, k, q, dims)
	if err != nil && !q.Mode.Revalidate {
		again := *q
		again.Mode.Revalidate = true
		kept, rows, err = windowsOf(ctx, k, &again, dims)
	}
	out := &share{rows: rows, fresh: Freshness{State: kept.State, AsOf: kept.AsOf, Until: kept.Until, Since: kept.Since}, failed: kept.Failed}
	switch {
	case err != nil:
		out.failed = problem.New(problem.Internal, "the kept rows of the report could not be read")
		out.failed.Platform, out.failed.Cause = q.Platform, err
	case kept.Failed != nil && complete(rows):
		out.failed, out.staleFor = nil, kept.Failed
	}
	return out
}

// windowsOf asks a keeper once. Every window is asked for here.
func windowsOf(ctx context.Context, k Keeper, q *Question, dims int) (kept *Kept, rows [][]row, err error) {
	kept = keptWindows(ctx, k, q)
	rows = make([][]row, len(kept.Rows))
	for i, b := range kept.Rows {
		if b == nil {
			continue
		}
		if rows[i], err = decodeRows(b, dims, len(q.Series.Metrics)); err != nil {
			return kept, make([][]row, len(kept.Rows)), err
		}
	}
	return kept, rows, nil
}

func complete(rows [][]row) bool {
	for _, r := range rows {
		if r == nil {
			return false
		}
	}
	return true
}

// justNow is the freshness of what was read natively a moment ago, and is not kept.
func justNow(now time.Time) Freshness {
	return Freshness{State: answer.Miss, AsOf: now, Until: now}
}

// question returns what a keeper is asked for a fetch.
func (r *run) question(p Platform, f *fetch) *Question {
	q := &Question{
		Platform: p.Name, Scope: p.Scope, Operation: Operation, Series: f.series(p),
		Zone: f.windowZone(p.Zone), Windows: f.windows, Joint: f.daily && !f.split, Longest: f.report.MaxDays,
		Mode: r.query.Mode, Spare: p.Spare,
	}
	dims, metrics := len(f.columns()), len(f.read)
	q.Fetch = func(ctx context.Context, windows []Window) ([][]byte, *problem.Problem) {
		rows, failed := f.fetchWindows(ctx, p, windows)
		if failed != nil {
			return nil, failed
		}
		out := make([][]byte, len(rows))
		for i := range rows {
			out[i] = encodeRows(rows[i], dims, metrics)
		}
		return out, nil
	}
	return q
}

// series tells apart what the fetch's rows depend on beside the window.
func (f *fetch) series(p Platform) Series {
	s := Series{Report: f.report.Name, Zone: f.windowZone(p.Zone).String(), Grain: f.grain, Hourly: f.hourly, Metrics: f.read, Filters: f.pushed}
	if f.split {
		s.Base, s.Split = f.base, true
	}
	return s
}

// fetchWindows makes the native calls for windows and returns the rows of each.
func (f *fetch) fetchWindows(ctx context.Context, p Platform, windows []Window) ([][]row, *problem.Problem) {
	if f.daily && !f.split {
		whole := Window{Range: Range{windows[0].From, windows[len(windows)-1].To}}
		rows, failed := f.rowsOf(ctx, p, whole)
		if failed != nil {
			return nil, failed
		}
		return f.cut(p, rows, windows)
	}
	out := make([][]row, len(windows))
	for i, w := range windows {
		rows, failed := f.rowsOf(ctx, p, w)
		if failed != nil {
			return nil, failed
		}
		out[i] = rows
	}
	return out, nil
}

// rowsOf makes the native calls for one window.
func (f *fetch) rowsOf(ctx context.Context, p Platform, w Window) ([]row, *problem.Problem) {
	if f.report.From != "" {
		rows, _, failed := f.computeWindow(ctx, p, w)
		return rows, failed
	}
	return f.fetchWindow(ctx, p, w)
}
