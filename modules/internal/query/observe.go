package query

import (
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// Observer is told what requests read, for the tools that test a mapping. Its methods
// may be called at the same time.
type Observer interface {
	// Answered is told of each native answer that is not a problem, before its rows are
	// read. outer are the values that the rows take from outside. It must not keep the
	// response, nor change it.
	Answered(plan *mapping.CallPlan, resp *exchange.Response, outer [][]byte)

	// Stopped is told that no page follows in a list. repeated: the platform gave the
	// last page again, so that not the mapping's `stop` ended the list.
	Stopped(plan *mapping.CallPlan, repeated bool)
}
