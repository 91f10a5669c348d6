package mappingtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// The kinds of things that tests reach.
const (
	KindOperation = "operation" // with a good answer of its own; native reports too
	KindField     = "field"
	KindEnum      = "enum value"
	KindRule      = "error rule"
	KindStop      = "paging stop"
	KindWrite     = "written member"
)

// Item is one thing of a mapping that a test can reach.
type Item struct {
	Kind    string
	Name    string
	At      mapping.Position
	Reached bool
}

// Coverage says what of a mapping the tests reached. What is written once and used in
// several places, by an anchor, is one thing, save for members of resources: each is its
// own.
type Coverage struct {
	Items []*Item

	byKey map[string]*Item
}

// Counts returns, for a kind, how many items there are and how many were reached.
func (c *Coverage) Counts(kind string) (reached, all int) {
	for _, i := range c.Items {
		if i.Kind == kind {
			all++
			if i.Reached {
				reached++
			}
		}
	}
	return reached, all
}

// Missed returns the items of some kinds that no test reached, by their places.
func (c *Coverage) Missed(kinds ...string) []*Item {
	var out []*Item
	for _, i := range c.Items {
		if !i.Reached && slices.Contains(kinds, i.Kind) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b *Item) int {
		if a.At.Line != b.At.Line {
			return a.At.Line - b.At.Line
		}
		return a.At.Column - b.At.Column
	})
	return out
}

func newCoverage(m *mapping.Mapping) *Coverage {
	c := &Coverage{byKey: map[string]*Item{}}
	for _, rule := range m.Errors {
		c.add(KindRule, rule.When, rule.Position.String(), rule.Position)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Resources)) {
		c.fields(name, "", m.Resources[name].Fields)
	}
	for _, id := range slices.Sorted(maps.Keys(m.Operations)) {
		c.add(KindOperation, id, id, m.Operations[id].Position)
		for _, call := range m.Operations[id].Calls {
			c.paging(id, call)
			c.written(id, call)
		}
	}
	for _, r := range m.Reports {
		if r.Call == nil {
			continue // its rows are those of a list
		}
		owner := "report " + r.Name
		c.add(KindOperation, owner, owner, r.Position)
		c.paging(owner, r.Call)
		for _, d := range r.Dimensions {
			c.add(KindField, owner+": "+d.Name, fieldKey("", d.Name, d.Position), d.Position)
			c.enum(owner+": "+d.Name, d.Enum)
		}
		for _, metric := range r.Metrics {
			if metric.From != nil || metric.SumOf != nil {
				c.add(KindField, owner+": "+metric.Name, fieldKey("", metric.Name, metric.Position), metric.Position)
			}
		}
	}
	return c
}

func (c *Coverage) add(kind, name, key string, at mapping.Position) {
	key = kind + "\x00" + key
	if c.byKey[key] != nil {
		return
	}
	item := &Item{Kind: kind, Name: name, At: at}
	c.byKey[key] = item
	c.Items = append(c.Items, item)
}

func (c *Coverage) reach(kind, key string) {
	if item := c.byKey[kind+"\x00"+key]; item != nil {
		item.Reached = true
	}
}

func (c *Coverage) fields(owner, prefix string, fields []*mapping.Field) {
	for _, f := range fields {
		name := prefix + f.Member
		if f.Reads() {
			c.add(KindField, owner+"."+name, fieldKey(owner, name, f.Position), f.Position)
		}
		c.enum(owner+"."+name, f.Enum)
		c.fields(owner, name+".", f.Each)
	}
}

func (c *Coverage) enum(name string, e *mapping.Enum) {
	if e == nil {
		return
	}
	for _, entry := range e.Table {
		c.add(KindEnum, name+": "+entry.Native+" reads as "+entry.Unified, entry.Position.String(), entry.Position)
	}
}

func (c *Coverage) paging(owner string, call *mapping.Call) {
	if p := call.Paging; p != nil {
		stop := p.Stop
		if p.Kind == "cursor" {
			stop = "no next cursor"
		}
		c.add(KindStop, owner+": "+stop, p.Position.String(), p.Position)
	}
}

// written adds the members that a change takes.
func (c *Coverage) written(id string, call *mapping.Call) {
	if call.Write == nil {
		return
	}
	for _, m := range call.Write.Members {
		c.add(KindWrite, id+": "+m.Name, id+"\x00"+m.Name, m.Position)
	}
	for _, f := range call.Write.Fields {
		c.add(KindWrite, id+": "+f.Member, id+"\x00"+f.Member, f.Position)
	}
}

// fieldKey tells members apart that are declared once and merged into several resources.
func fieldKey(owner, name string, at mapping.Position) string {
	return owner + "\x00" + name + "\x00" + at.String()
}

// cover takes note of what a test that passed has reached.
func (r *runner) cover(t *trial) {
	for _, rule := range t.script.rules(t.platform.Rules) {
		r.coverage.reach(KindRule, r.Mapping.Errors[rule].Position.String())
	}
	for _, paging := range t.watch.stops {
		r.coverage.reach(KindStop, paging.Position.String())
	}
	if t.test.Expect.Problem == nil {
		for _, item := range r.coverage.Items {
			id, member, _ := strings.Cut(item.Name, ": ")
			if item.Kind == KindWrite && id == t.test.Operation && t.test.Body.Has(strings.Split(member, ".")...) {
				item.Reached = true
			}
		}
	}
	for i := range t.watch.answers {
		s := &t.watch.answers[i]
		owner := s.plan.Resource()
		if report := t.platform.ReportOf(s.plan); report != nil {
			owner = ""
			if s.plan.Paging != nil {
				r.coverage.reach(KindStop, s.plan.Paging.Position.String()) // a report is read to its end
			}
		}
		rows, err := s.explain(t.platform)
		if err != nil {
			continue // the test expects the problem that it is
		}
		for _, row := range rows {
			for j := range row {
				reading := &row[j]
				if reading.Entry != nil {
					r.coverage.reach(KindEnum, reading.Entry.Position.String())
				}
				if !reading.Null() {
					name := strings.TrimPrefix(reading.Declared, t.platform.Name+".")
					r.coverage.reach(KindField, fieldKey(owner, name, reading.At))
				}
			}
		}
	}
}
