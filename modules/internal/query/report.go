package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// reportOperation is the operation of reports, in messages and capabilities.
const reportOperation = "reports.query"

// Report is the answer to a report request: the whole result, and which part of it
// the page shows.
type Report struct {
	*report.Result
	Offset, Limit int
	// Next is the cursor of the next page; empty on the last.
	Next string
	// Kept tells that the result was made for an earlier page, and nothing for this one.
	Kept bool
}

// Report makes a report, or goes on with the one that the query's cursor belongs to.
func (e *Engine) Report(ctx context.Context, q *report.Query, client Client) (*Report, *problem.Problem) {
	platforms, p := e.reportPlatforms(q.Platforms, client)
	if p != nil {
		return nil, p
	}
	mark := e.cache.Mark()
	out := &Report{Limit: q.Limit}
	digest := reportDigest(q, platforms)
	at := &cursor{Query: digest, Walk: encoding.EncodeToString(randomBytes(12)), Expires: e.now().Add(CursorLife).Unix()}
	if q.Cursor != "" {
		given, p := open(e.secret, q.Cursor, digest, e.now())
		if p != nil {
			return nil, p
		}
		at.Walk, out.Offset = given.Walk, given.Skip
		if w := e.walkOf(e.walkKey(at, reportOperation)); w != nil && !q.Mode.Revalidate {
			out.Result, out.Kept = w.report, true
		}
	}
	if out.Result == nil {
		for _, platform := range platforms {
			source := platform.Source.(*reportSource)
			source.mode, source.onlyKept = q.Mode, q.Mode.OnlyKept
		}
		if out.Result, p = report.Run(ctx, platforms, q, report.Options{Now: e.now, Keeper: e.keeper, Crowded: &e.crowded}); p != nil {
			return nil, p
		}
	}
	if end := out.Offset + out.Limit; out.Limit > 0 && end < len(out.Rows) {
		at.Skip = end
		out.Next = seal(e.secret, at)
		names := make([]string, len(platforms))
		for i, platform := range platforms {
			names[i] = platform.Name
		}
		e.keepWalk(e.walkKey(at, reportOperation), mark, reportOperation, names, &walk{report: out.Result})
	}
	return out, nil
}

// ReportDefinition lists the dimensions and metrics of the named platforms; of all that
// the client may use where names is empty.
func (e *Engine) ReportDefinition(names []string, client Client) (*report.Definition, *problem.Problem) {
	platforms, p := e.reportPlatforms(names, client)
	if p != nil {
		return nil, p
	}
	return report.Define(platforms), nil
}

// reportPlatforms chooses the platforms of a report, as [Engine.choose] does for lists.
func (e *Engine) reportPlatforms(asked []string, client Client) ([]report.Platform, *problem.Problem) {
	names := asked
	if len(names) == 0 {
		names = e.allowed(client)
	}
	var out []report.Platform
	var lacking []*Platform
	for _, name := range names {
		p := e.byName[name]
		switch {
		case p == nil:
			wrong := problem.New(problem.InvalidRequest, "The parameter platform names no platform of this gateway.")
			wrong.Errors = []problem.FieldError{{Parameter: "platform", Detail: e.noPlatform(name, client)}}
			return nil, wrong
		case !client.Allows(name):
			refused := problem.New(problem.Forbidden, "The client may not use the platform %s. It may use: %s.", name, strings.Join(e.allowed(client), ", "))
			refused.Platform = name
			return nil, refused
		case len(p.Reports) == 0:
			lacking = append(lacking, p)
		default:
			out = append(out, report.Platform{Platform: p.Platform, Scope: p.Scope, Spare: p.spare, Source: &reportSource{reader: reader{engine: e, platform: p, operation: reportOperation}}})
		}
	}
	if len(out) == 0 || len(asked) > 0 && len(lacking) > 0 {
		return nil, e.noReports(client, lacking)
	}
	return out, nil
}

// spareBudget is how many native requests have to be left for those who wait for them.
const spareBudget = 2

// spare tells whether the platform has room for calls that nobody waits for.
func (p *Platform) spare() bool {
	if p.Health == nil {
		return true
	}
	h := p.Health()
	return h.Breaker != "open" && h.Breaker != "half-open" && (h.BudgetLeft < 0 || h.BudgetLeft > spareBudget)
}

func (e *Engine) noReports(client Client, lacking []*Platform) *problem.Problem {
	p := e.unsupported(reportOperation, client, lacking)
	p.Platforms = nil
	for _, platform := range e.platforms {
		if len(platform.Reports) > 0 && client.Allows(platform.Name) {
			p.Platforms = append(p.Platforms, platform.Name)
		}
	}
	return p
}

// reportDigest tells reports apart, as [Request.digest] does lists.
func reportDigest(q *report.Query, platforms []report.Platform) string {
	h := sha256.New()
	for _, p := range platforms {
		fmt.Fprintf(h, "%q ", p.Name)
	}
	fmt.Fprintf(h, "%v %q %s %q %q %v", q.Range, q.Interval, q.Zone, q.GroupBy, q.Metrics, q.Sort)
	for i := range q.Filters {
		f := &q.Filters[i]
		fmt.Fprintf(h, "\x00%q %q %q %v", f.Field, f.Op, f.Values, f.CaseSensitive)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// reportSource makes the native calls of one platform for a report.
type reportSource struct {
	reader
	listed atomic.Int32 // native requests of lists
	mode   report.Mode
	keeps  sync.Map // of bool, by list: what Keeps said
}

// Do implements report.Source.
func (s *reportSource) Do(ctx context.Context, plan *mapping.CallPlan, draft *mapping.Draft) (*exchange.Response, *problem.Problem) {
	return s.do(ctx, &call{plan: plan, draft: draft})
}

// List implements report.Source.
func (s *reportSource) List(ctx context.Context, operation string, args map[string][]string, members []string, yield func(values [][]byte) bool) (report.Freshness, *problem.Problem) {
	keeps, said := s.keeps.Load(operation)
	natively := said && !keeps.(bool) // its rows are kept as those of this moment
	fresh, n, p := s.engine.scanList(ctx, s.platform, operation, args, members, scanMode{s.mode, natively}, yield)
	s.listed.Add(int32(n))
	return fresh, p
}

// Keeps implements report.Source. A list that the ledger does not keep now, since its rows
// cannot be told apart, is like those that it never keeps. What it says holds for the
// whole report.
func (s *reportSource) Keeps(operation string) bool {
	e := s.engine
	keeps, said := s.keeps.Load(operation)
	if !said {
		now := e.keeps(s.platform, operation) && e.ledger.InService() && e.ledger.Fit(keptScope(s.platform, s.platform.Operation(operation)))
		keeps, _ = s.keeps.LoadOrStore(operation, now)
	}
	return keeps.(bool)
}

// Requests implements report.Source.
func (s *reportSource) Requests() int { return int(s.requests.Load() + s.listed.Load()) }
