package query

import (
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Description is what the gateway knows of a platform without asking it: GET
// /v1/platforms/{platform}.
type Description struct {
	ID         string                `json:"id"`
	Platform   string                `json:"platform"`
	Mapping    string                `json:"mapping"`
	Title      string                `json:"title"`
	Timezone   string                `json:"timezone"`
	Currency   *string               `json:"currency"`
	Credential Checked               `json:"credential"`
	Allowlist  Checked               `json:"allowlist"`
	Breaker    Breaker               `json:"breaker"`
	Budget     Budget                `json:"budget"`
	Operations map[string]Capability `json:"operations"`
}

// Checked is the outcome of the last call that told.
type Checked struct {
	State     string     `json:"state"` // ok, rejected or unknown
	CheckedAt *time.Time `json:"checked_at"`
}

// Breaker tells whether the platform is given a pause.
type Breaker struct {
	State string     `json:"state"` // closed, open or half_open
	Until *time.Time `json:"until"`
}

// Budget is what is left of the platform's rate.
type Budget struct {
	Remaining *int `json:"remaining"` // native requests; null without a rate
}

// Capability is what a platform can do of one operation.
type Capability struct {
	Filters     map[string]string `json:"filters"` // native or gateway
	Sorts       map[string]string `json:"sorts"`   // native or gateway
	Unsupported []string          `json:"unsupported"`
	Caps        map[string]any    `json:"caps"`
	Freshness   *string           `json:"freshness"`
}

// DescribeAll describes the platforms that a client may use.
func (e *Engine) DescribeAll(r *Request) []*Description {
	out := []*Description{}
	for _, p := range e.platforms {
		if r.Client.Allows(p.Name) {
			out = append(out, e.describe(p))
		}
	}
	return out
}

// Describe describes one platform.
func (e *Engine) Describe(r *Request, name string) (*Description, *problem.Problem) {
	p := e.byName[name]
	if p == nil || !r.Client.Allows(name) {
		return nil, problem.New(problem.NotFound, "%s.", capital(e.noPlatform(name, r.Client)))
	}
	return e.describe(p), nil
}

func (e *Engine) describe(p *Platform) *Description {
	d := &Description{
		ID: p.Name, Platform: p.Name, Mapping: p.Mapping, Title: p.Title, Timezone: p.Zone.String(),
		Credential: Checked{State: "unknown"}, Allowlist: Checked{State: "unknown"},
		Breaker: Breaker{State: "closed"}, Operations: map[string]Capability{},
	}
	if p.Currency != "" {
		d.Currency = &p.Currency
	}
	if p.Health != nil {
		e.describeHealth(d, p)
	}
	for id, op := range p.Operations() {
		d.Operations[id] = capability(op.Surface, p)
	}
	if len(p.Reports) > 0 {
		d.Operations["reports.query"] = Capability{Filters: map[string]string{}, Sorts: map[string]string{}, Unsupported: []string{}, Caps: map[string]any{}}
	}
	return d
}

func (e *Engine) describeHealth(d *Description, p *Platform) {
	h := p.Health()
	switch h.Breaker {
	case "half-open":
		d.Breaker.State = "half_open"
	case "open":
		d.Breaker.State = "open"
		until := e.now().Add(h.RetryIn).UTC().Truncate(time.Second)
		d.Breaker.Until = &until
	}
	if h.BudgetLeft >= 0 {
		d.Budget.Remaining = &h.BudgetLeft
	}
	last := h.LastSuccess
	if h.LastFailure.After(last) {
		last = h.LastFailure
	}
	if last.IsZero() {
		return
	}
	last = last.UTC().Truncate(time.Second)
	switch h.Credential {
	case "accepted":
		d.Credential = Checked{State: "ok", CheckedAt: &last}
		d.Allowlist = Checked{State: "ok", CheckedAt: &last}
	case "refused":
		d.Credential = Checked{State: "rejected", CheckedAt: &last}
	}
	if h.AllowlistRefused {
		d.Allowlist = Checked{State: "rejected", CheckedAt: &last}
	}
}

// capability says of every filter and order of an operation where it is done.
func capability(o *surface.Operation, p *Platform) Capability {
	plan := p.Operation(o.ID)
	c := Capability{Filters: map[string]string{}, Sorts: map[string]string{}, Unsupported: []string{}, Caps: map[string]any{}}
	if o.Resource == nil {
		return c
	}
	for _, m := range o.Resource.Members {
		if !plan.Gives(m.Path) && m.Name != "native" {
			c.Unsupported = append(c.Unsupported, m.Path)
		}
	}
	if o.Kind != surface.KindList {
		return c
	}
	for _, parameter := range o.Parameters {
		f := parameter.Filter
		switch {
		case f == nil:
		case plan.Takes(parameter.Name):
			c.Filters[parameter.Name] = "native"
		case shows(plan, f):
			c.Filters[parameter.Name] = "gateway"
		}
	}
	for _, path := range o.Resource.Paths() {
		if m := o.Resource.Member(path); m.Sortable && plan.Gives(path) {
			c.Sorts[path] = "gateway"
			if plan.SortsBy(path) {
				c.Sorts[path] = "native"
			}
		}
	}
	if most := plan.PageSize(); most > 0 {
		c.Caps["page_size"] = most
	}
	return c
}
