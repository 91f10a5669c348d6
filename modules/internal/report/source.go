package report

import (
	"context"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Source makes the native calls of one platform for one report. It is safe for
// concurrent use.
type Source interface {
	// Do makes one native call, within the platform's budgets.
	Do(ctx context.Context, call *mapping.CallPlan, draft *mapping.Draft) (*exchange.Response, *problem.Problem)

	// List reads a unified list (networks.list) with the surface's parameters, whole.
	// yield is given, row by row, the JSON tokens of the wanted members (dotted), and
	// ends the reading by returning false. It must not keep the tokens. The freshness is
	// that of rows that were kept; it is zero where they were read just now.
	List(ctx context.Context, operation string, args map[string][]string, members []string, yield func(values [][]byte) bool) (Freshness, *problem.Problem)

	// Keeps tells whether a list's rows are kept behind List, so that what is computed
	// from them need not be kept too.
	Keeps(operation string) bool

	// Requests is how many native requests were made so far.
	Requests() int
}

// Platform is one platform that a report is asked of.
type Platform struct {
	*mapping.Platform
	Source Source
	// Scope tells accounts, servers and mappings apart, as [Question.Scope] does.
	Scope string
	// Spare tells whether the platform has room for calls that nobody waits for. Nil: yes.
	Spare func() bool
}
