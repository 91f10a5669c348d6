package mappingtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Answer is one native answer, as it came from a platform.
type Answer struct {
	Status int
	Body   []byte
}

// Readings are the rows of a native answer and how their members were read.
type Readings struct {
	Rows [][]mapping.Reading
	// Unmapped are the members of the resource that the mapping does not give.
	Unmapped []string
}

// calls returns the native calls that can answer an operation.
func calls(p *mapping.Platform, operation string) (*mapping.OperationPlan, error) {
	plan := p.Operation(operation)
	if plan == nil {
		known := slices.Sorted(maps.Keys(p.Operations()))
		return nil, fmt.Errorf("the mapping %s has no operation %q%s", p.Mapping, operation, suggest.DidYouMean(operation, known))
	}
	if plan.Via != nil {
		return plan.Via, nil
	}
	return plan, nil
}

// firstOf takes the first call of an operation that can read an answer; the error is
// that of the first where none can.
func firstOf(plan *mapping.OperationPlan, read func(*mapping.CallPlan) (rows int, err error)) error {
	var first error
	for _, call := range plan.Calls {
		if call.Plan == nil {
			continue
		}
		rows, err := read(call)
		if err == nil && rows > 0 {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// Explain says how an operation reads a native answer. An operation with several calls
// takes the first of them that finds a row.
func Explain(p *mapping.Platform, operation string, body []byte) (*Readings, error) {
	plan, err := calls(p, operation)
	if err != nil {
		return nil, err
	}
	out := &Readings{}
	err = firstOf(plan, func(call *mapping.CallPlan) (int, error) {
		rows, err := call.Explain(body, nil)
		if out.Rows == nil {
			out.Rows = rows
		}
		return len(rows), err
	})
	if r := plan.Surface.Resource; r != nil {
		for _, m := range r.Members {
			if !plan.Gives(m.Path) && m.Name != "native" {
				out.Unmapped = append(out.Unmapped, m.Path)
			}
		}
	}
	return out, err
}

// ExplainReport says how a native report reads an answer.
func ExplainReport(p *mapping.Platform, name string, body []byte) (*Readings, error) {
	var known []string
	for _, r := range p.Reports {
		if r.Call == nil {
			continue
		}
		known = append(known, r.Name)
		if r.Name == name {
			rows, err := r.Explain(body)
			return &Readings{Rows: rows}, err
		}
	}
	return nil, fmt.Errorf("the mapping %s has no native report %q%s; it has: %s", p.Mapping, name, suggest.DidYouMean(name, known), strings.Join(known, ", "))
}

// Unify gives the unified form of a native answer as JSON: a list for operations that
// answer lists, else the object. The problem is the one that the mapping's error rules
// make of the answer.
func Unify(ctx context.Context, p *mapping.Platform, operation string, a Answer) ([]byte, *problem.Problem, error) {
	plan, err := calls(p, operation)
	if err != nil {
		return nil, nil, err
	}
	single := p.Operation(operation).Surface.Kind != surface.KindList
	resp, refused, err := judge(ctx, p, a, single)
	if refused != nil || err != nil {
		return nil, refused, err
	}
	defer resp.Release()
	var page reshape.Page
	err = firstOf(plan, func(call *mapping.CallPlan) (int, error) {
		page.Reset()
		err := call.Plan.Page(&page, resp.Body, &reshape.Options{Outer: make([][]byte, len(call.Outer()))})
		return page.Len(), err
	})
	if err != nil {
		return nil, nil, err
	}
	if single {
		if page.Len() == 0 {
			return nil, nil, errors.New("the answer has no object")
		}
		return page.Row(0), nil, nil
	}
	out := []byte(`{"data":[`)
	for i := range page.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, page.Row(i)...)
	}
	return append(out, "]}"...), nil, nil
}

// judge says whether an answer can be used, as for a call of the platform.
func judge(ctx context.Context, p *mapping.Platform, a Answer, single bool) (*exchange.Response, *problem.Problem, error) {
	caller, err := exchange.New(exchange.Config{
		Platform: p.Name, Server: p.Server, Transport: a, Retries: -1, Rules: p.Rules,
	})
	if err != nil {
		return nil, nil, err
	}
	resp, refused := caller.Do(ctx, &exchange.Request{Method: http.MethodGet, Path: "/", Idempotent: true, Single: single})
	return resp, refused, nil
}

// RoundTrip implements http.RoundTripper: whatever is asked, this is the answer.
func (a Answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return native{status: a.Status, body: a.Body}.response(r, 0), nil
}

// Print writes a table for each row: every member, its value, the native path and value
// that it came from, what was done to it, and where the mapping says so.
func (r *Readings) Print(w io.Writer) error {
	p := &printer{w: w}
	for i, row := range r.Rows {
		if len(r.Rows) > 1 {
			p.printf("row %d\n", i+1)
		}
		table := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "MEMBER\tVALUE\tFROM\tRULE\tAT") // the printer keeps errors
		for _, reading := range row {
			from := "-"
			if reading.From != "" {
				from = reading.From + " = " + brief(reading.Native)
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", reading.Member, brief(reading.Value), from, reading.Rule, reading.At)
		}
		_ = table.Flush()
		p.printf("\n")
	}
	if len(r.Rows) == 0 {
		p.printf("The answer has no rows.\n")
	}
	if len(r.Unmapped) > 0 {
		p.printf("Not given by this mapping: %s\n", strings.Join(r.Unmapped, ", "))
	}
	return p.err
}

// brief writes JSON on one line of a table.
func brief(json string) string {
	const most = 60
	text := string(bytes.Join(bytes.Fields([]byte(json)), []byte(" ")))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
