package mappingtest

import (
	"bytes"
	"strconv"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// exchangeField is the field by which an answer of a script tells its exchange.
const exchangeField = "Tributary-Test-Exchange"

// watch is a query.Observer that keeps what it sees.
type watch struct {
	mu      sync.Mutex
	answers []seen
	stops   []*mapping.Paging
}

// seen is a native answer that was read.
type seen struct {
	plan     *mapping.CallPlan
	exchange int // its place in the test
	body     []byte
	outer    [][]byte
}

// Answered implements query.Observer.
func (w *watch) Answered(plan *mapping.CallPlan, resp *exchange.Response, outer [][]byte) {
	s := seen{plan: plan, body: bytes.Clone(resp.Body)}
	s.exchange, _ = strconv.Atoi(resp.Header.Get(exchangeField)) // the script always writes a number
	for _, token := range outer {
		s.outer = append(s.outer, bytes.Clone(token))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, s)
}

// Stopped implements query.Observer.
func (w *watch) Stopped(plan *mapping.CallPlan, repeated bool) {
	if repeated {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stops = append(w.stops, plan.Paging)
}

// explain says how the rows of an answer were read; the error is that of an answer
// which cannot be.
func (s *seen) explain(p *mapping.Platform) ([][]mapping.Reading, error) {
	if report := p.ReportOf(s.plan); report != nil {
		return report.Explain(s.body)
	}
	if s.plan.Plan == nil || s.plan.Resource() == "" {
		return nil, nil
	}
	return s.plan.Explain(s.body, s.outer)
}

// layout says where the rows of an answer are.
func (s *seen) layout(p *mapping.Platform) mapping.Layout {
	if report := p.ReportOf(s.plan); report != nil {
		return report.Layout()
	}
	return s.plan.Layout()
}
