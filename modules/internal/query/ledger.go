package query

import (
	"context"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// occurredAt is the member by which kept rows lie in the ledger, and in which order.
const occurredAt = "occurred_at"

// keptPage is how many kept rows are read at a time.
const keptPage = 1000

// keptRows are the rows of a source in the ledger: native objects, which the plan of
// the list reads as it reads those of an answer.
type keptRows struct {
	from     *ledger.Ledger
	question ledger.Question
	rows     ledger.Select
	changes  *mapping.ChangesPlan
	ready    *ledger.Kept // nil: the ledger was not asked yet
	view     *ledger.View
	body     []byte
}

// keeps tells whether the rows of a platform's list are kept.
func (e *Engine) keeps(p *Platform, operation string) bool {
	op := p.Operation(operation)
	if op != nil && op.Via != nil {
		op = op.Via
	}
	return e.ledger != nil && p.Ledger != nil && p.Scope != "" && op != nil && op.Changes != nil
}

// keptScope is what the rows of a platform's list are kept under in the ledger.
func keptScope(p *Platform, op *mapping.OperationPlan) string {
	for op.Via != nil {
		op = op.Via
	}
	return p.Scope + "\x00" + op.ID
}

// orderKept gives a list an order that may come from the ledger, which does not know the
// platform's own.
func (l *listing) orderKept(asked []*Platform) {
	kept := slices.ContainsFunc(asked, func(p *Platform) bool { return l.engine.keeps(p, l.operation.ID) })
	if l.cursor != nil {
		kept = kept || slices.ContainsFunc(l.cursor.Places, func(p place) bool { return p.Kept || p.Gathered })
	}
	if l.cached && kept && len(l.keys) == 0 {
		l.orderByTime()
	}
}

// planKept decides to read the source from the ledger, where the request allows it and
// needs nothing that the ledger lacks. It makes no call.
func (s *source) planKept() bool {
	l := s.list
	switch {
	case !l.cached && !l.scanning, l.natively, l.request.single, !l.engine.keeps(s.read.platform, l.operation.ID):
		return false
	case l.cursor != nil && !s.from.Kept && !s.from.Gathered:
		return false // the walk goes on in the platform's pages
	case slices.ContainsFunc(l.request.Params.List("include"), func(name string) bool { return name != "native" }):
		return false // rows are kept as they come without it
	case slices.ContainsFunc(l.request.Params.Fields(), func(f surface.Field) bool { return f.Member == nil }):
		return false
	}
	for _, p := range l.given {
		if p.Filter == nil && s.op.Takes(p.Name) || p.Filter != nil && !shows(s.op, p.Filter) {
			return false // the platform can do it, but rows do not show it
		}
	}
	call := s.op.Calls[0]
	if ok, err := call.Applies(s.op, l.args); err != nil || !ok {
		return false
	}
	platform := s.read.platform
	s.parts = []part{{plan: call}}
	s.ledger = &keptRows{
		from: l.engine.ledger, changes: s.op.Changes,
		question: ledger.Question{
			Platform: platform.Name, Operation: l.operation.ID, Scope: keptScope(platform, s.op),
			Policy: *platform.Ledger, Overlap: s.op.Changes.Overlap, Whole: s.op.Changes.Whole,
			Revalidate: l.request.Mode.Revalidate, OnlyKept: l.request.Mode.OnlyKept,
			Pull: l.engine.puller(platform, s.op), Spare: platform.spare,
		},
	}
	s.filterKept()
	s.direct = len(l.keys) == 0 || len(l.keys) == 1 && l.keys[0].member == occurredAt
	s.ledger.rows.Descending = len(l.keys) > 0 && l.keys[0].descending
	if l.cursor != nil && s.from.Gathered {
		s.direct = false // a walk goes on in the order that it began in
	}
	s.columns()
	return true
}

// filterKept turns the request's range into that of the ledger. All other filters are
// applied to its rows here.
func (s *source) filterKept() {
	for _, p := range s.list.given {
		if p.Filter == nil {
			continue
		}
		values := s.list.args[p.Name]
		if !s.ledger.bound(p.Filter, values) {
			s.predicates = append(s.predicates, s.list.predicate(p, values))
		}
	}
	s.hideDeleted()
	for _, i := range s.list.implications() {
		if p := s.list.operation.Parameter(i.parameter); p != nil && p.Filter != nil {
			s.ledger.bound(p.Filter, i.values)
		}
	}
	for i := range s.list.request.Filters {
		f := &s.list.request.Filters[i]
		s.predicates = append(s.predicates, &predicate{parameter: f.Field, kind: s.list.operation.Resource.Member(f.Field).Type, operator: f})
	}
	s.ledger.question.From, s.ledger.question.To = s.ledger.rows.From, s.ledger.rows.To
}

// bound narrows the range by a filter on the moment of rows, and tells whether that is
// all that the filter says. The ledger knows moments to the microsecond.
func (k *keptRows) bound(f *surface.Filter, values []string) bool {
	if f.Member == nil || f.Member.Path != occurredAt || len(f.Else) > 0 || len(values) != 1 {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, values[0])
	if err != nil || t.IsZero() {
		return false
	}
	switch f.Op {
	case surface.From:
		if t.After(k.rows.From) {
			k.rows.From = t
		}
	case surface.To:
		if up := t.Add(time.Microsecond - 1).Truncate(time.Microsecond); k.rows.To.IsZero() || up.Before(k.rows.To) {
			k.rows.To = up
		}
	default:
		return false
	}
	return t.Equal(t.Truncate(time.Microsecond))
}

// bringUp has the ledger bring the rows up to date. Where it cannot say, the source goes
// over to the platform.
func (s *source) bringUp(ctx context.Context) *problem.Problem {
	k := s.ledger
	if k == nil || k.ready != nil {
		return nil
	}
	ready, p := k.from.Ready(ctx, &k.question)
	if p != nil {
		return p
	}
	if ready == nil {
		return s.leave()
	}
	s.read.requests.Add(int32(ready.Requests))
	k.ready, s.asOf = ready, ready.AsOf
	return nil
}

// leave goes over from the ledger to the platform, with the rows that follow those that
// were given away: the order is the same, made here.
func (s *source) leave() *problem.Problem {
	s.ledger.close()
	s.ledger = nil
	s.parts, s.calls, s.predicates, s.keys = nil, nil, nil, nil
	s.ready, s.held, s.pager, s.next = nil, nil, pager{}, 0
	given := s.from.Given + s.given
	if s.list.scanning && given > 0 {
		p := problem.New(problem.PlatformUnavailable, "The rows that were kept of %s could not be read to their end; ask again.", s.read.platform.Name)
		p.Platform = s.read.platform.Name
		return p
	}
	if s.list.cursor != nil || s.given > 0 {
		s.from.leave(given)
	}
	if p := s.planNative(); p != nil {
		return p
	}
	if given > 0 {
		s.direct, s.next, s.start = false, given, given
	}
	return nil
}

// readKept reads the next page of the ledger, and moves the pager behind it. Nil without
// a problem: the ledger has failed, and the source has gone over to the platform.
func (s *source) readKept(ctx context.Context, c *call, pg *pager) (*batch, *problem.Problem) {
	k := s.ledger
	if k.view == nil {
		if k.view = k.from.View(ctx, &k.question); k.view == nil {
			return nil, s.lost(ctx)
		}
	}
	b := &batch{page: s.list.engine.page()}
	s.keep(b.page)
	b.page.First, b.page.Index, b.page.Cursor = pg.offset, pg.index, pg.cursor
	rows := k.rows
	rows.After, rows.Limit = ledger.Place(pg.cursor), keptPage
	if pg.size > 0 {
		rows.Limit = pg.size
	}
	k.body = append(k.body[:0], '[')
	next, err := k.view.Rows(ctx, rows, func(data []byte) {
		if len(k.body) > 1 {
			k.body = append(k.body, ',')
		}
		k.body = append(k.body, data...)
	})
	if err != nil {
		return nil, s.lost(ctx)
	}
	k.body = append(k.body, ']')
	if err := k.changes.Rows.Page(&b.page.Page, k.body, &c.options); err != nil {
		return nil, s.read.unusable(err)
	}
	b.rows, b.end = b.page.Len(), next == ""
	pg.index++
	pg.offset += b.rows
	pg.cursor, pg.small = string(next), true
	return b, nil
}

// holdKept counts the rows of a page that are held to be brought into order; a page
// without any is given back.
func (s *source) holdKept(page *page, rows int) *problem.Problem {
	if rows == 0 {
		s.pages = s.pages[:len(s.pages)-1]
		s.list.engine.free(page)
		return nil
	}
	p := s.list.scan(rows, true)
	if p != nil {
		p.Platform = s.read.platform.Name
	}
	return p
}

// lost goes over to the platform where the ledger has failed, and not only the client
// has gone.
func (s *source) lost(ctx context.Context) *problem.Problem {
	if ctx.Err() == nil {
		return s.leave()
	}
	p := problem.New(problem.PlatformTimeout, "The client went away before %s had answered.", s.read.platform.Name)
	p.Platform, p.Cause = s.read.platform.Name, ctx.Err()
	return p
}

// sizeKept decides how many kept rows are read: no more than a page that is shown as it
// is needs.
func (s *source) sizeKept(want int) {
	s.pager.size = keptPage
	if l := s.list; len(s.predicates) == 0 && !l.counting && !l.scanning && !l.streaming && want < keptPage {
		s.pager.size = want + 1 // a row is only known to end its group by the next one
	}
}

// countKept counts the rows of a range.
func (s *source) countKept(ctx context.Context) (known bool, p *problem.Problem) {
	if p := s.bringUp(ctx); p != nil || s.ledger == nil {
		return false, p
	}
	defer s.ledger.close()
	if s.ledger.view = s.ledger.from.View(ctx, &s.ledger.question); s.ledger.view != nil {
		n, err := s.ledger.view.Count(ctx, s.ledger.rows)
		if err == nil {
			s.total, s.warm = n, false
			return true, nil
		}
	}
	return false, s.lost(ctx)
}

// close gives the connection to the file back.
func (k *keptRows) close() {
	if k != nil && k.view != nil {
		k.view.Close()
		k.view = nil
	}
}

// freshness is how old the rows are; zero where they were read natively.
func (s *source) freshness() report.Freshness {
	if s.ledger == nil || s.ledger.ready == nil {
		return report.Freshness{}
	}
	r := s.ledger.ready
	return report.Freshness{State: r.State, AsOf: r.AsOf, Until: r.Until, Since: r.Since}
}

// describeKept says in a status how old kept rows are.
func (s *source) describeKept(st *answer.Status) {
	if s.ledger == nil || s.ledger.ready == nil {
		return
	}
	st.Cache, st.StaleFor = s.ledger.ready.State, s.ledger.ready.Failed
}
