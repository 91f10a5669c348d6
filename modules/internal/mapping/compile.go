package mapping

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

// Binding is what a configuration adds to a mapping to make a platform of it.
type Binding struct {
	// Platform is the platform's name, the prefix of its identifiers.
	Platform string
	// Server, Zone and Currency override the mapping's where they are not empty.
	Server, Zone, Currency string
	// Options choose among calls; what is not given has the mapping's default.
	Options map[string]string
	// Codecs finds the plugins that formats name. Nil: there are none.
	Codecs func(name string) (plugins.CodecProvider, error)
	// Now is the clock of {today}. Nil: time.Now.
	Now func() time.Time
}

// Platform is a mapping bound to one configured platform: everything that can be
// decided before a request arrives has been. It is safe for concurrent use.
type Platform struct {
	Name     string
	Title    string
	Mapping  string
	Server   *url.URL
	Zone     *time.Location
	Currency string // ISO 4217, or empty
	Limits   Limits
	Auth     []exchange.AuthSpec
	Session  *exchange.SessionSpec // how {token} of Auth is got; nil where there is none
	Rules    *exchange.Rules
	Reports  []*ReportPlan
	// Lifecycle tells that the platform has deprecated its interface; nil where it has not.
	Lifecycle *Lifecycle

	// Credentials names the secrets that the configuration has to give.
	Credentials []string

	operations map[string]*OperationPlan
	spellings  map[string]*Spelling
	formats    map[string]plugins.Codec
	days       map[string]bool // formats that write whole days
	options    map[string]string
	mapping    *Mapping
	surface    *surface.Surface
	now        func() time.Time
}

// Operation returns how the platform does an operation of the surface, or nil
// where it does not.
func (p *Platform) Operation(id string) *OperationPlan { return p.operations[id] }

// Operations returns all of the platform's operations by their id.
func (p *Platform) Operations() map[string]*OperationPlan { return p.operations }

// Compile holds a mapping against the surface and binds it to a platform. The
// error is of type [Faults] where the mapping is at fault, and plain where the
// binding is.
func Compile(m *Mapping, s *surface.Surface, b Binding) (*Platform, error) {
	p := &Platform{
		Name: b.Platform, Title: m.Title, Mapping: m.Platform, Currency: m.Currency, Limits: m.Limits, Session: m.Session,
		operations: map[string]*OperationPlan{}, spellings: m.Spellings,
		formats: map[string]plugins.Codec{}, days: map[string]bool{}, options: map[string]string{},
		mapping: m, surface: s, now: b.Now,
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.Title == "" {
		p.Title = m.Platform
	}
	if err := p.bind(b); err != nil {
		return nil, err
	}
	m.src.faults = nil
	for _, c := range m.Credentials {
		p.Credentials = append(p.Credentials, c.Name)
	}
	for _, a := range m.Auth {
		p.Auth = append(p.Auth, a.spec())
	}
	p.Lifecycle = p.lifecycle(m.Lifecycle)
	p.compileFormats(b)
	p.compileRules()
	shapes := p.compileResources()
	p.compileOperations(shapes)
	p.compileReports()
	if err := m.src.faults.err(); err != nil {
		m.src.faults = nil
		return nil, err
	}
	return p, nil
}

func (a Place) spec() exchange.AuthSpec {
	switch a.In {
	case "query":
		return exchange.AuthSpec{Query: a.Name, Value: a.Value}
	case "header":
		return exchange.AuthSpec{Header: a.Name, Value: a.Value}
	case "body":
		return exchange.AuthSpec{Body: a.Name, Value: a.Value}
	case "bearer":
		return exchange.AuthSpec{Bearer: a.Value}
	}
	return exchange.AuthSpec{Basic: &exchange.BasicSpec{Username: a.Name, Password: a.Value}}
}

// bind settles what the configuration may override.
func (p *Platform) bind(b Binding) error {
	m := p.mapping
	server := m.Server
	if b.Server != "" {
		server = b.Server
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("platform %s: server has to be an http or https URL", p.Name)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("platform %s: server takes no user, query or fragment", p.Name)
	}
	p.Server = u
	zone := m.Zone
	if b.Zone != "" {
		zone = b.Zone
	}
	if zone == "" {
		zone = "UTC"
	}
	if p.Zone, err = time.LoadLocation(zone); err != nil {
		return fmt.Errorf("platform %s: timezone: %w", p.Name, err)
	}
	if b.Currency != "" {
		p.Currency = b.Currency
	}
	if p.Currency != "" && !isCurrency(p.Currency) {
		return fmt.Errorf("platform %s: currency has to be three letters of ISO 4217, not %q", p.Name, p.Currency)
	}
	for _, o := range m.Options {
		p.options[o.Name] = o.Default
	}
	for name, value := range b.Options {
		if err := p.setOption(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *Platform) setOption(name, value string) error {
	var known []string
	for _, o := range p.mapping.Options {
		known = append(known, o.Name)
		if o.Name != name {
			continue
		}
		if slices.Contains(o.Values, value) {
			p.options[name] = value
			return nil
		}
		if len(o.Values) == 0 {
			p.options[name] = value
			return nil
		}
		return fmt.Errorf("platform %s: option %s has to be one of %v, not %q%s", p.Name, name, o.Values, value, suggest.DidYouMean(value, o.Values))
	}
	return fmt.Errorf("platform %s: its mapping %s has no option %q%s", p.Name, p.Mapping, name, suggest.DidYouMean(name, known))
}

func isCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

func (p *Platform) compileRules() {
	var specs []exchange.RuleSpec
	for _, r := range p.mapping.Errors {
		specs = append(specs, exchange.RuleSpec{When: r.When, Problem: r.Problem, Code: r.Code, Message: r.Message, Hint: r.Hint, IP: r.IP, Retry: r.Retry, RetryAfter: r.RetryAfter})
		if _, err := exchange.CompileRules(specs[len(specs)-1:]); err != nil {
			p.mapping.src.fault(r.Position, "error rule: %v", err)
			return
		}
	}
	rules, err := exchange.CompileRules(specs)
	if err != nil {
		p.mapping.src.fault(Position{File: p.mapping.File, Line: 1, Column: 1}, "error rules: %v", err)
		return
	}
	p.Rules = rules
}

// fault reports a fault of the mapping that only shows when it meets the surface.
func (p *Platform) fault(at Position, format string, args ...any) {
	p.mapping.src.fault(at, format, args...)
}
