package inventory

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// Parse reads an inventory. The file's name is used in messages. The error is of type
// [mapping.Faults]; the inventory is nil only when the file is not YAML at all.
func Parse(file string, data []byte) (*Inventory, error) {
	n, err := read(file, data)
	if err != nil {
		return nil, err
	}
	inv := &Inventory{File: file, Common: &Exchange{}, src: n.src}
	inv.parse(n)
	return inv, n.src.err()
}

func (inv *Inventory) parse(n node) {
	o := n.object()
	defer o.done()
	if v, ok := o.require("inventory"); ok && v.text() != Version {
		v.faultf("this gateway reads version %s, not %q", Version, v.text())
	}
	if v, ok := o.require("platform"); ok {
		inv.Platform = v.text()
	}
	if v, ok := o.require("document"); ok {
		inv.Document = v.text()
	}
	if v, ok := o.get("reasons"); ok {
		for _, e := range v.entries() {
			inv.Reasons = append(inv.Reasons, &Reason{Position: e.pos, Name: e.key, Text: e.text()})
		}
	}
	if v, ok := o.get("fragments"); ok {
		for _, e := range v.entries() {
			e.value() // takes note of its anchor
		}
	}
	if v, ok := o.get("common"); ok {
		c := v.object()
		inv.parseExchange(c, inv.Common, false)
		c.done()
	}
	if v, ok := o.get("endpoints"); ok {
		for _, e := range v.entries() {
			inv.Endpoints = append(inv.Endpoints, inv.parseEndpoint(e))
		}
	}
	if v, ok := o.get("objects"); ok {
		for _, e := range v.entries() {
			inv.Objects = append(inv.Objects, inv.parseObject(e))
		}
	}
	if v, ok := o.get("operators"); ok {
		inv.Operators = inv.parseItems(v, false)
	}
	if v, ok := o.get("errors"); ok {
		for _, e := range v.entries() {
			inv.Errors = append(inv.Errors, inv.parseError(e))
		}
	}
	if v, ok := o.get("limits"); ok {
		for _, e := range v.entries() {
			inv.Limits = append(inv.Limits, inv.parseLimit(e))
		}
	}
}

func (inv *Inventory) reason(n node) *Reason {
	name := n.text()
	var names []string
	for _, r := range inv.Reasons {
		if r.Name == name {
			return r
		}
		names = append(names, r.Name)
	}
	n.faultf("`reasons` has no %q%s", name, suggest.DidYouMean(name, names))
	return nil
}

// documented reads the key of what is known from elsewhere.
func documented(o *object) (beyond bool) {
	v, ok := o.get("documented")
	return ok && !v.boolean()
}

func (inv *Inventory) parseExchange(o *object, e *Exchange, beyond bool) {
	if v, ok := o.get("parameters"); ok {
		e.Parameters = append(e.Parameters, inv.parseItems(v, beyond)...)
	}
	if v, ok := o.get("answer"); ok {
		e.Answer = append(e.Answer, inv.parseItems(v, beyond)...)
	}
	if beyond {
		return
	}
	if v, ok := o.get("beyond"); ok {
		more := v.object()
		inv.parseExchange(more, e, true)
		more.done()
	}
}

func (inv *Inventory) parseEndpoint(e entry) *Endpoint {
	o := e.object()
	defer o.done()
	p := &Endpoint{Position: e.pos, Call: e.key, Beyond: documented(o)}
	method, path, ok := strings.Cut(e.key, " ")
	if !ok || !strings.HasPrefix(path, "/") || strings.ToUpper(method) != method {
		inv.src.fault(e.pos, "an endpoint is called by its method and path, such as `GET /conversions/{id}`")
	}
	p.Method, p.Path = method, path
	if v, ok := o.get("unreached"); ok {
		p.Unreached = inv.reason(v)
	}
	if v, ok := o.get("by"); ok {
		p.By = readers(v)
	}
	if (p.Unreached == nil) == (len(p.By) == 0) {
		inv.src.fault(e.pos, "wants either `by`, the operations and reports that call it, or `unreached` with a reason")
	}
	inv.parseExchange(o, &p.Exchange, false)
	if v, ok := o.get("object"); ok {
		for _, item := range v.list() {
			p.Objects = append(p.Objects, item.text())
		}
	}
	return p
}

// readers reads operations and, after the word report, names of reports.
func readers(n node) []Reader {
	var out []Reader
	for _, item := range n.list() {
		name, report := strings.CutPrefix(item.text(), "report ")
		out = append(out, Reader{Position: item.position(), Name: name, Report: report})
	}
	return out
}

func (inv *Inventory) parseObject(e entry) *Object {
	o := e.object()
	defer o.done()
	b := &Object{Position: e.pos, Name: e.key}
	if v, ok := o.get("resource"); ok {
		b.Resource = v.text()
	}
	if v, ok := o.get("report"); ok {
		for _, item := range v.list() {
			b.Reports = append(b.Reports, item.text())
		}
	}
	if (b.Resource == "") == (len(b.Reports) == 0) {
		inv.src.fault(e.pos, "wants either `resource` or `report`, the names that the mapping has for what reads it")
	}
	beyond := documented(o)
	if v, ok := o.get("fields"); ok {
		b.Fields = inv.parseItems(v, beyond)
	}
	if v, ok := o.get("beyond"); ok {
		b.Fields = append(b.Fields, inv.parseItems(v, true)...)
	}
	return b
}

func (inv *Inventory) parseItems(n node, beyond bool) []*Item {
	var out []*Item
	for _, e := range n.entries() {
		out = append(out, inv.parseItem(e, beyond))
	}
	return out
}

func (inv *Inventory) parseItem(e entry, beyond bool) *Item {
	i := &Item{Position: e.pos, Name: e.key, Beyond: beyond}
	if !e.isMapping() {
		i.Claims = claims(e.node)
		return i
	}
	o := e.object()
	defer o.done()
	if v, ok := o.get("is"); ok {
		i.Claims = claims(v)
	}
	if v, ok := o.get("unreached"); ok {
		i.Unreached = inv.reason(v)
	}
	if (i.Unreached == nil) == (len(i.Claims) == 0) {
		inv.src.fault(e.pos, "wants either what %q is, or `unreached` with a reason", e.key)
	}
	if v, ok := o.get("values"); ok {
		i.Values = inv.parseValues(v, beyond)
	}
	if v, ok := o.get("beyond"); ok {
		i.Values = append(i.Values, inv.parseValues(v, true)...)
	}
	return i
}

func claims(n node) []Claim {
	var out []Claim
	for _, item := range n.list() {
		out = append(out, Claim{Position: item.position(), Text: item.text()})
	}
	return out
}

func (inv *Inventory) parseValues(n node, beyond bool) []*Value {
	var out []*Value
	for _, e := range n.entries() {
		v := &Value{Position: e.pos, Native: e.key, Beyond: beyond}
		if e.isMapping() {
			o := e.object()
			if r, ok := o.require("unreached"); ok {
				v.Unreached = inv.reason(r)
			}
			o.done()
		} else {
			for _, item := range e.list() {
				v.Words = append(v.Words, item.text())
			}
		}
		out = append(out, v)
	}
	return out
}

func (inv *Inventory) parseError(e entry) *Error {
	o := e.object()
	defer o.done()
	x := &Error{Position: e.pos, Name: e.key, Status: 200, Beyond: documented(o)}
	if v, ok := o.get("status"); ok {
		x.Status = v.integer()
	}
	if v, ok := o.get("body"); ok {
		x.Body = v.text()
		if !json.Valid([]byte(x.Body)) {
			v.faultf("wants JSON as text")
		}
	}
	if v, ok := o.require("problem"); ok {
		if !v.isMapping() {
			x.List = problemCode(v)
			x.Object = x.List
			return x
		}
		each := v.object()
		if l, ok := each.require("list"); ok {
			x.List = problemCode(l)
		}
		if s, ok := each.require("object"); ok {
			x.Object = problemCode(s)
		}
		each.done()
	}
	return x
}

func problemCode(n node) string {
	s := n.text()
	if s == NoError {
		return s
	}
	if _, ok := problem.Lookup(problem.Code(s)); !ok {
		names := []string{NoError}
		for _, k := range problem.Kinds() {
			names = append(names, string(k.Code))
		}
		n.faultf("no problem code %q%s", s, suggest.DidYouMean(s, names))
	}
	return s
}

// limitKinds are the limits that a mapping can keep.
var limitKinds = []string{"page_size", "range_days", "requests", "concurrency"}

func (inv *Inventory) parseLimit(e entry) *Limit {
	o := e.object()
	defer o.done()
	l := &Limit{Position: e.pos, Name: e.key, Beyond: documented(o)}
	if v, ok := o.get("unreached"); ok {
		l.Unreached = inv.reason(v)
		return l
	}
	if v, ok := o.require("is"); ok {
		l.Kind = v.text()
		if !slices.Contains(limitKinds, l.Kind) {
			v.faultf("wants one of %s%s", strings.Join(limitKinds, ", "), suggest.DidYouMean(l.Kind, limitKinds))
		}
	}
	if v, ok := o.require("value"); ok {
		l.Value = v.integer()
	}
	if v, ok := o.get("of"); ok {
		l.Of = readers(v)
	}
	return l
}
