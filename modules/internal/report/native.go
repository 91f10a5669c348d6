package report

import (
	"bytes"
	"context"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

const (
	// maxPages is how many pages of one native report are read where the mapping
	// names no other bound.
	maxPages = 1000
	// maxRows is how many native rows one report of a platform may have.
	maxRows = 250_000
)

// fetchWindow makes the native calls for one window and returns its rows. The rows
// depend on nothing but the fetch, the window and what the platform answers.
func (f *fetch) fetchWindow(ctx context.Context, p Platform, w Window) ([]row, *problem.Problem) {
	call := mapping.ReportCall{Interval: w.Interval, Zone: f.zone, Metrics: f.read, Filters: f.pushed}
	if w.Interval == "" {
		call.From, call.To = w.From.String(), w.To.String()
	}
	for _, name := range f.grain {
		if !f.split || name != f.base {
			call.Group = append(call.Group, name)
		}
	}
	draft, err := f.report.Draft(call)
	if err != nil {
		return nil, internal(p, err)
	}
	reader := newReader(f, w)
	paging := f.report.Call.Paging
	at := mapping.PageAt{}
	var before []byte
	most := 1
	if paging != nil {
		at.Size, most = paging.Max, paging.Pages
		if most == 0 {
			most = maxPages
		}
	}
	for range most {
		if err := f.report.Call.Page(draft, at); err != nil {
			return nil, internal(p, err)
		}
		resp, failed := p.Source.Do(ctx, f.report.Call, draft)
		if failed != nil {
			return nil, failed
		}
		if at.Index > 0 && bytes.Equal(resp.Body, before) {
			resp.Release()
			return reader.rows, nil // the same page again: the platform does not page
		}
		n, next, err := reader.reshape(ctx, p, resp.Body)
		if paging != nil {
			before = append(before[:0], resp.Body...)
		}
		resp.Release()
		switch {
		case err != nil:
			return nil, unusable(p, err)
		case len(reader.rows) > maxRows:
			return nil, tooManyRows(p)
		case paging == nil, n == 0, paging.Stop == "short_page" && n < at.Size, paging.Kind == "cursor" && next == "":
			return reader.rows, nil
		}
		at.Index, at.Offset, at.Cursor = at.Index+1, at.Offset+n, next
	}
	return nil, tooManyRows(p)
}

func internal(p Platform, err error) *problem.Problem {
	out := problem.New(problem.Internal, "the native request for the report could not be made")
	out.Platform, out.Cause = p.Name, err
	return out
}

// givenUp says that the platform was not asked, because the time for the report is up
// or nobody waits for it any more.
func givenUp(p Platform, err error) *problem.Problem {
	out := problem.New(problem.PlatformUnavailable, "%s was not asked, because the report was given up", p.Title)
	out.Platform, out.Cause = p.Name, err
	return out
}

func unusable(p Platform, err error) *problem.Problem {
	out := problem.New(problem.PlatformInvalidResponse, "%s: %v.", p.Title, err)
	out.Platform, out.Cause = p.Name, err
	return out
}

func tooManyRows(p Platform) *problem.Problem {
	out := problem.New(problem.ScanLimitExceeded, "%s: the report has more than %d native rows or too many pages; a shorter range or fewer dimensions make it smaller.", p.Title, maxRows)
	out.Platform = p.Name
	return out
}
