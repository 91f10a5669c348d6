package mapping

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// Native is what a mapping says of the platform's own dialect, beyond what the
// unified API needs: how its clients are to be answered that speak it here.
type Native struct {
	// AuthAlso are further places where clients may put their key. The gateway
	// reads them and never fills them.
	AuthAlso []Place
	// CORS tells that the platform answers browsers of other origins.
	CORS bool
	// ErrorBody is the platform's own form of an error; nil where the mapping has none.
	ErrorBody *ErrorBody
}

func parseNative(m *Mapping, o *object) {
	if v, ok := o.get("auth_also"); ok {
		m.Native.AuthAlso = parseAuth(m, v)
	}
	m.Native.CORS = o.boolean("cors")
	if v, ok := o.get("error_body"); ok {
		m.Native.ErrorBody = parseErrorBody(v)
	}
}

// errorHoles are what a text of an error body may hold.
var errorHoles = []string{"code", "message", "problem", "status"}

func parseErrorBody(n node) *ErrorBody {
	o := n.object()
	defer o.done()
	e := &ErrorBody{MediaType: o.text("media_type"), codes: map[problem.Code]errorCode{}}
	if e.MediaType == "" {
		e.MediaType = "application/json"
	}
	e.rest = parseErrorCode(o)
	if v, ok := o.get("codes"); ok {
		for _, c := range v.entries() {
			e.codes[problem.Code(c.key)] = parseErrorEntry(c)
		}
	}
	b, ok := o.require("body")
	if !ok {
		return e
	}
	e.appendBody(b)
	if e.uses("code") && e.rest.code == nil {
		for _, k := range problem.Kinds() {
			if e.codes[k.Code].code == nil {
				n.faultf("wants `code`, the native code of refusals such as %s, to which `codes` gives none", k.Code)
				break
			}
		}
	}
	return e
}

// parseErrorEntry reads what one problem is answered with: an object, or the code alone.
func parseErrorEntry(c entry) errorCode {
	if _, known := problem.Lookup(problem.Code(c.key)); !known {
		var codes []string
		for _, k := range problem.Kinds() {
			codes = append(codes, string(k.Code))
		}
		c.src.fault(c.pos, "%s: no problem code %q%s", c.what, c.key, suggest.DidYouMean(c.key, codes))
	}
	if !c.isMapping() {
		return errorCode{code: c.scalarJSON()}
	}
	o := c.object()
	defer o.done()
	return parseErrorCode(o)
}

func parseErrorCode(o *object) errorCode {
	var c errorCode
	if v, ok := o.get("status"); ok {
		if c.status = v.integer(); c.status < http.StatusOK || c.status > 599 {
			v.faultf("wants an HTTP status between 200 and 599")
		}
	}
	if v, ok := o.get("code"); ok {
		c.code = v.scalarJSON()
	}
	if v, ok := o.get("message"); ok {
		t := compileTemplate(v.text())
		v.checkHoles(t)
		c.message = &t
	}
	return c
}

func (n node) scalarJSON() json.RawMessage {
	if n.isMapping() || n.isList() {
		n.faultf("wants a number or a text")
		return json.RawMessage("null")
	}
	return n.json()
}

func (n node) json() json.RawMessage {
	b, err := json.Marshal(n.plain())
	if err != nil {
		n.faultf("cannot be written as JSON: %v", err)
	}
	return b
}

func (n node) checkHoles(t template) {
	for _, name := range t.holes() {
		if !slices.Contains(errorHoles, name) {
			n.faultf("no value {%s}; there are {code}, {message}, {problem} and {status}%s", name, suggest.DidYouMean(name, errorHoles))
		}
	}
}

// appendBody compiles a value of the body. Members keep their order.
func (e *ErrorBody) appendBody(n node) {
	switch {
	case n.isMapping():
		e.literal("{")
		for i, member := range n.entries() {
			if i > 0 {
				e.literal(",")
			}
			e.literal(quoteJSON(member.key) + ":")
			e.appendBody(member.node)
		}
		e.literal("}")
	case n.isList():
		e.literal("[")
		for i, item := range n.list() {
			if i > 0 {
				e.literal(",")
			}
			e.appendBody(item)
		}
		e.literal("]")
	default:
		text, isText := n.plain().(string)
		t := compileTemplate(text)
		if !isText || len(t.holes()) == 0 {
			e.literal(string(n.json()))
			return
		}
		n.checkHoles(t)
		e.parts = append(e.parts, errorPart{text: t})
	}
}

func (e *ErrorBody) literal(s string) {
	if last := len(e.parts) - 1; last >= 0 && len(e.parts[last].text.parts) == 0 {
		e.parts[last].literal += s
		return
	}
	e.parts = append(e.parts, errorPart{literal: s})
}

// uses tells whether the body has a hole of that name.
func (e *ErrorBody) uses(name string) bool {
	texts := []template{}
	for _, p := range e.parts {
		texts = append(texts, p.text)
	}
	for _, c := range slices.Collect(maps.Values(e.codes)) {
		if c.message != nil {
			texts = append(texts, *c.message)
		}
	}
	return slices.ContainsFunc(texts, func(t template) bool { return slices.Contains(t.holes(), name) })
}
