package query

import (
	"context"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// puller reads the rows of a platform's list for the ledger: whole native objects, with
// what they are told apart by.
func (e *Engine) puller(platform *Platform, op *mapping.OperationPlan) func(context.Context, ledger.Span, func([]ledger.Row) error) (int, *problem.Problem) {
	return func(ctx context.Context, span ledger.Span, put func([]ledger.Row) error) (int, *problem.Problem) {
		args := map[string][]string{"include": {"native"}, "fields": {"native_id", occurredAt, "updated_at"}}
		for name, t := range map[string]time.Time{
			"occurred_from": span.From, "occurred_to": span.To,
			// a platform that knows seconds would take a part of one for the next
			op.Changes.Since: span.Since.Truncate(time.Second),
		} {
			if !t.IsZero() {
				args[name] = []string{t.UTC().Format(time.RFC3339Nano)}
			}
		}
		params, faults := op.Surface.ParseLists(args, nil)
		if len(faults) > 0 {
			p := problem.New(problem.Internal, "the changes of %s were asked for with a wrong parameter", op.ID)
			p.Errors = faults
			return 0, p
		}
		l := e.listing(&Request{Params: params, Client: everything{}}, 1)
		l.streaming = true
		s := l.prepare(platform)
		defer s.free()
		if s.failed != nil || s.done {
			return 0, s.failed
		}
		return s.pull(ctx, put)
	}
}

// pull reads all native pages of a source.
func (s *source) pull(ctx context.Context, put func([]ledger.Row) error) (int, *problem.Problem) {
	// the oldest first: rows that are made meanwhile do not move the others
	plan := s.parts[0].plan
	if _, err := plan.PushSort(s.parts[0].draft, []mapping.SortKey{{Member: occurredAt}}); err != nil {
		return 0, s.read.internal(err)
	}
	if plan.Paging != nil && plan.Paging.Size != nil {
		s.pager.size = plan.Paging.Max
	}
	id, occurred, updated := s.value("native_id"), s.value(occurredAt), s.value("updated_at")
	for {
		s.fill(ctx, 1)
		if s.failed != nil || s.rest() == 0 {
			return int(s.read.requests.Load()), s.failed
		}
		var memory []byte
		rows := make([]ledger.Row, 0, s.rest())
		for _, r := range s.takeAll(s.rest()) {
			native := gjson.GetBytes(r.page.Row(int(r.row)), "native").Raw
			at := len(memory)
			memory = append(memory, native...)
			rows = append(rows, ledger.Row{
				ID: tokenText(id.of(r)), Occurred: momentOf(occurred.of(r)), Updated: momentOf(updated.of(r)),
				Data: memory[at:len(memory):len(memory)],
			})
		}
		if put(rows) != nil {
			return int(s.read.requests.Load()), nil // the ledger knows why
		}
	}
}

// momentOf reads the token of a time; zero for null.
func momentOf(token []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, tokenText(token))
	if err != nil {
		return time.Time{}
	}
	return t
}
