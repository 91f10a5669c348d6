package query

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Description is what the gateway knows of a platform without asking it: GET
// /v1/platforms/{platform}.
type Description struct {
	ID       string  `json:"id"`
	Platform string  `json:"platform"`
	Mapping  string  `json:"mapping"`
	Title    string  `json:"title"`
	Timezone string  `json:"timezone"`
	Currency *string `json:"currency"`
	// Deprecated is null where the platform has deprecated nothing.
	Deprecated *Deprecation `json:"deprecated"`
	Standing
	Operations map[string]Capability `json:"operations"`
	// Endpoints are the native endpoints and what reaches them, where the mapping has
	// an inventory. They are left out of the list of all platforms.
	Endpoints []inventory.Line `json:"endpoints,omitempty"`
}

// Standing is how the gateway stands with a platform, as far as calls have told.
type Standing struct {
	Credential Checked `json:"credential"`
	Allowlist  Checked `json:"allowlist"`
	Breaker    Breaker `json:"breaker"`
	Budget     Budget  `json:"budget"`
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
	// Members are those of the body that the platform takes: required or optional. They
	// are left out for operations that only read.
	Members map[string]string `json:"members,omitempty"`
	Caps    map[string]any    `json:"caps"`
	// Freshness is how old an answer may be, in the form of ISO 8601 (PT60S), of reports
	// what they say of today; null: it is always read from the platform.
	Freshness *string `json:"freshness"`
	// Deprecated is left out where the platform has not deprecated the operation.
	Deprecated *Deprecation `json:"deprecated,omitempty"`
}

// Deprecation is what a platform says of the end of its interface. Days are in UTC.
type Deprecation struct {
	Since  string `json:"since"`
	Sunset string `json:"sunset,omitempty"`
	Note   string `json:"note"`
	Link   string `json:"link,omitempty"`
}

// DeprecationOf is what is shown of a lifecycle; nil of none.
func DeprecationOf(l *mapping.Lifecycle) *Deprecation {
	if l == nil {
		return nil
	}
	d := &Deprecation{Since: l.Deprecated.Format(time.DateOnly), Note: l.Note, Link: l.Link}
	if !l.Sunset.IsZero() {
		d.Sunset = l.Sunset.Format(time.DateOnly)
	}
	return d
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
	d := e.describe(p)
	d.Endpoints = p.Inventory.Coverage()
	return d, nil
}

func (e *Engine) describe(p *Platform) *Description {
	d := &Description{
		ID: p.Name, Platform: p.Name, Mapping: p.Mapping, Title: p.Title, Timezone: p.Zone.String(),
		Deprecated: DeprecationOf(p.Lifecycle), Standing: p.Standing(e.now()), Operations: map[string]Capability{},
	}
	if p.Currency != "" {
		d.Currency = &p.Currency
	}
	for id, op := range p.Operations() {
		c := capability(op.Surface, p)
		c.Freshness = e.freshness(p.Name, id)
		c.Deprecated = DeprecationOf(op.Lifecycle)
		d.Operations[id] = c
	}
	if len(p.Reports) > 0 {
		c := reportCapability(p)
		c.Freshness = e.freshness(p.Name, reportOperation)
		d.Operations[reportOperation] = c
	}
	return d
}

// freshness is how old an answer may be; nil where it is always read.
func (e *Engine) freshness(platform, operation string) *string {
	if e.fresh == nil {
		return nil
	}
	d := e.fresh(platform, operation)
	if d <= 0 {
		return nil
	}
	text := "PT" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S"
	return &text
}

// Standing tells how the gateway stands with the platform at a moment. It makes no call.
func (p *Platform) Standing(now time.Time) Standing {
	s := Standing{Credential: Checked{State: "unknown"}, Allowlist: Checked{State: "unknown"}, Breaker: Breaker{State: "closed"}}
	if p.Health == nil {
		return s
	}
	h := p.Health()
	switch h.Breaker {
	case "half-open":
		s.Breaker.State = "half_open"
	case "open":
		s.Breaker.State = "open"
		until := now.Add(h.RetryIn).UTC().Truncate(time.Second)
		s.Breaker.Until = &until
	}
	if h.BudgetLeft >= 0 {
		s.Budget.Remaining = &h.BudgetLeft
	}
	switch h.Credential {
	case exchange.CredentialAccepted:
		s.Credential = checked("ok", h.CredentialAt)
		s.Allowlist = checked("ok", h.AllowlistAt)
	case exchange.CredentialRefused:
		s.Credential = checked("rejected", h.CredentialAt)
	}
	if h.AllowlistRefused {
		s.Allowlist = checked("rejected", h.AllowlistAt)
	}
	return s
}

func checked(state string, at time.Time) Checked {
	at = at.UTC().Truncate(time.Second)
	return Checked{State: state, CheckedAt: &at}
}

// RateCap is a native endpoint's own limit: requests in so many seconds.
type RateCap struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
}

// rateCaps are the limits that calls have of their own, by native endpoint.
func rateCaps(calls []*mapping.CallPlan) map[string]RateCap {
	rates := map[string]RateCap{}
	for _, c := range calls {
		if l := c.Limit; l.Requests > 0 {
			rates[l.Call] = RateCap{l.Requests, l.Per.Seconds()}
		}
	}
	return rates
}

// capability says of every filter and order of an operation where it is done.
func capability(o *surface.Operation, p *Platform) Capability {
	plan := p.Operation(o.ID)
	c := Capability{Filters: map[string]string{}, Sorts: map[string]string{}, Unsupported: []string{}, Caps: map[string]any{}}
	if rates := rateCaps(plan.Endpoints()); len(rates) > 0 {
		c.Caps["rate"] = rates
	}
	for name, required := range plan.Members() {
		if c.Members == nil {
			c.Members = map[string]string{}
		}
		c.Members[name] = "optional"
		if required {
			c.Members[name] = "required"
		}
	}
	if o.Resource == nil || o.Status == http.StatusNoContent {
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
