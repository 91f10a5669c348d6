package inventory

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// Check holds an inventory against the mapping that it stands beside: m as it was
// written and p, the same compiled. Everything that the inventory says to be mapped
// has to be, and everything that the mapping calls, sends, reads and knows has to be
// listed. The error is of type [mapping.Faults]: those of claims are placed in the
// inventory, those of what is missing there in the mapping.
func Check(inv *Inventory, m *mapping.Mapping, p *mapping.Platform) error {
	c := &checker{inv: inv, m: m, p: p, src: inv.src}
	if inv.Platform != m.Platform {
		c.fault(mapping.Position{File: inv.File, Line: 1, Column: 1}, "is the inventory of %q, beside the mapping %q", inv.Platform, m.Platform)
		return c.src.err()
	}
	c.collect()
	for _, e := range inv.Endpoints {
		c.endpoint(e)
	}
	c.common()
	c.calls()
	for _, o := range inv.Objects {
		c.object(o)
	}
	c.objects()
	c.operators()
	c.errors()
	c.limits()
	c.reasons()
	return c.src.err()
}

// checker is one run of [Check].
type checker struct {
	inv *Inventory
	m   *mapping.Mapping
	p   *mapping.Platform
	src *source

	made []*made // every native call that the mapping makes
	// looked are the error rules' members.
	looked []fact
}

// made is one native call of the mapping: for an operation, or for a report.
type made struct {
	reader   string // "conversions.list" or "report totals"
	resource string // what its rows are
	routes   []route
	sends    []fact
	looks    []fact
	at       mapping.Position
	rows     bool
	paging   *mapping.Paging
	requests int // of the limit of its own; 0: none
	// instead tells that the reader makes it only where none of its own calls can be made.
	instead bool
}

// route is a method with a path whose variable steps are all "*".
type route struct{ method, path string }

func (c *checker) fault(at mapping.Position, format string, args ...any) {
	c.src.fault(at, format, args...)
}

// collect gathers the calls of the mapping.
func (c *checker) collect() {
	for id, op := range c.m.Operations {
		for _, call := range op.Calls {
			m := c.call(op, call)
			c.made = append(c.made, m)
			for otherID, other := range c.m.Operations {
				if other.Via == id {
					answered := *m
					answered.reader, answered.at, answered.instead = otherID, other.Position, len(other.Calls) > 0
					c.made = append(c.made, &answered)
				}
			}
		}
	}
	for _, r := range c.m.Reports {
		if r.Call == nil {
			continue
		}
		m := &made{reader: "report " + r.Name, routes: c.routes(r.Call), at: r.Call.Position, paging: r.Call.Paging, requests: r.Call.Rate.Requests}
		m.sends, m.looks = reportFacts(r)
		m.looks = append(m.looks, currencyFacts(r)...)
		c.made = append(c.made, m)
	}
	c.looked = ruleFacts(c.m.Errors)
}

func (c *checker) call(op *mapping.Operation, call *mapping.Call) *made {
	m := &made{reader: op.ID, resource: c.resource(op), routes: c.routes(call), at: call.Position, rows: call.Rows != nil, paging: call.Paging, requests: call.Rate.Requests}
	r := c.m.Resources[m.resource]
	tables := map[string]*mapping.Enum{}
	if r != nil {
		for _, f := range r.Fields {
			if f.Enum != nil {
				tables[f.Member] = f.Enum
			}
		}
	}
	m.sends, m.looks = callFacts(call, tables, func(parameter string) string { return c.member(op.ID, parameter) })
	if plan := c.p.Operation(op.ID); plan != nil {
		m.sends = append(m.sends, writeFacts(call, r, plan.Surface.Body)...)
	}
	if call.Write != nil {
		for _, path := range call.Write.ID {
			m.looks = append(m.looks, fact{name: dotted(path), claim: "id", at: call.Position})
		}
	}
	return m
}

// member is the member that a parameter of an operation filters by.
func (c *checker) member(operation, parameter string) string {
	plan := c.p.Operation(operation)
	if plan == nil {
		return ""
	}
	p := plan.Surface.Parameter(parameter)
	if p == nil || p.Filter == nil || p.Filter.Member == nil {
		return ""
	}
	return p.Filter.Member.Path
}

// resource names the mapping's resource that an operation reads.
func (c *checker) resource(op *mapping.Operation) string {
	if op.Resource != "" {
		return op.Resource
	}
	if plan := c.p.Operation(op.ID); plan != nil && plan.Surface.Resource != nil {
		return plan.Surface.Resource.Name
	}
	return ""
}

// routes are the ways in which a call may be spelled.
func (c *checker) routes(call *mapping.Call) []route {
	spelled := []mapping.Route{{Method: call.Method, Path: call.Path}}
	spelled = append(spelled, call.Else...)
	var out []route
	for _, s := range spelled {
		for _, text := range c.expand(s.Method + " " + s.Path) {
			method, path, _ := strings.Cut(text, " ")
			base := ""
			if c.p.Server != nil {
				base = strings.TrimRight(c.p.Server.Path, "/")
			}
			out = append(out, route{method, general(base + path)})
		}
	}
	return out
}

// expand fills the spellings in a text in every way.
func (c *checker) expand(text string) []string {
	for name, s := range c.m.Spellings {
		hole := "{" + name + "}"
		if !strings.Contains(text, hole) {
			continue
		}
		var out []string
		for _, choice := range s.Choices {
			out = append(out, c.expand(strings.ReplaceAll(text, hole, choice))...)
		}
		return out
	}
	return []string{text}
}

// general makes the variable steps of a path alike: documents write them as {id},
// [i:id], :id or <<id>>.
func general(path string) string {
	steps := strings.Split(path, "/")
	for i, s := range steps {
		if variable(s) != "" {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/")
}

// variable is the name of a variable step of a path, or empty.
func variable(step string) string {
	switch {
	case strings.HasPrefix(step, ":"):
		return step[1:]
	case strings.HasPrefix(step, "{"), strings.HasPrefix(step, "<"):
		return strings.Trim(step, "{}<>")
	case strings.HasPrefix(step, "["):
		_, name, _ := strings.Cut(strings.Trim(step, "[]"), ":")
		return name
	}
	return ""
}

// route is the general form of an endpoint.
func (e *Endpoint) route() route { return route{e.Method, general(e.Path)} }

func (r Reader) String() string {
	if r.Report {
		return "report " + r.Name
	}
	return r.Name
}

// madeBy returns the calls that an operation or report makes.
func (c *checker) madeBy(reader string) []*made {
	var out []*made
	for _, m := range c.made {
		if m.reader == reader {
			out = append(out, m)
		}
	}
	return out
}

func (c *checker) readers() []string {
	var out []string
	for _, m := range c.made {
		if !slices.Contains(out, m.reader) {
			out = append(out, m.reader)
		}
	}
	return out
}

// calls reports calls of the mapping that no endpoint lists.
func (c *checker) calls() {
	for _, m := range c.made {
		listed := slices.ContainsFunc(c.inv.Endpoints, func(e *Endpoint) bool {
			return slices.Contains(m.routes, e.route()) && slices.ContainsFunc(e.By, func(r Reader) bool { return r.String() == m.reader })
		})
		if !listed && !m.instead {
			c.fault(m.at, "no endpoint of %s is called by %s: %s %s is missing", c.inv.File, m.reader, m.routes[0].method, m.routes[0].path)
		}
	}
}

// reasons reports reasons that nothing has.
func (c *checker) reasons() {
	used := map[*Reason]bool{}
	items := func(list []*Item) {
		for _, i := range list {
			used[i.Unreached] = true
			for _, v := range i.Values {
				used[v.Unreached] = true
			}
		}
	}
	items(c.inv.Common.Parameters)
	items(c.inv.Common.Answer)
	items(c.inv.Operators)
	for _, e := range c.inv.Endpoints {
		used[e.Unreached] = true
		items(e.Parameters)
		items(e.Answer)
	}
	for _, o := range c.inv.Objects {
		items(o.Fields)
	}
	for _, l := range c.inv.Limits {
		used[l.Unreached] = true
	}
	for _, r := range c.inv.Reasons {
		if !used[r] {
			c.fault(r.Position, "nothing is unreached for the reason %q", r.Name)
		}
	}
}

func (c *checker) reader(r Reader) []*made {
	found := c.madeBy(r.String())
	if len(found) == 0 {
		known := c.readers()
		slices.Sort(known)
		c.fault(r.Position, "the mapping has no %s%s", r, suggest.DidYouMean(r.String(), known))
	}
	return found
}
