package mapping

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// suiteDefaults are what tests of a file have in common.
type suiteDefaults struct {
	now     time.Time
	setting Setting
}

// ParseSuite reads a file of tests. The file's name is used in messages. The error is of
// type [Faults]; what is named in the tests, such as operations and parameters, is
// looked at when they run.
func ParseSuite(file string, data []byte) (*Suite, error) {
	src, root, ok := parseDocument(file, data, "a file of tests")
	if !ok {
		return nil, src.faults.err()
	}
	s := &Suite{File: file}
	o := root.object()
	d := suiteDefaults{setting: parseSetting(o, Setting{})}
	if v, ok := o.get("now"); ok {
		d.now = v.instant()
	}
	if v, ok := o.get("fragments"); ok {
		for _, e := range v.entries() {
			e.node.value()
		}
	}
	if v, ok := o.require("tests"); ok {
		if !v.isList() {
			v.faultf("wants a list of tests")
		}
		names := map[string]bool{}
		for _, item := range v.list() {
			t := parseTest(item, d)
			if t.Name != "" && names[t.Name] {
				item.src.fault(t.Position, "there is another test called %q", t.Name)
			}
			names[t.Name] = true
			s.Tests = append(s.Tests, t)
		}
	}
	o.done()
	return s, src.faults.err()
}

func parseSetting(o *object, base Setting) Setting {
	s := base
	if v, ok := o.get("server"); ok {
		s.Server = v.text()
	}
	if v, ok := o.get("timezone"); ok {
		s.Zone = v.zone()
	}
	if v, ok := o.get("currency"); ok {
		s.Currency = v.text()
	}
	if v, ok := o.get("options"); ok {
		if s.Options = maps.Clone(base.Options); s.Options == nil {
			s.Options = map[string]string{}
		}
		for _, e := range v.entries() {
			s.Options[e.key] = e.text()
		}
	}
	return s
}

func parseTest(n node, d suiteDefaults) *Test {
	o := n.object()
	defer o.done()
	t := &Test{Position: n.position(), Now: d.now, Setting: parseSetting(o, d.setting)}
	if v, ok := o.require("name"); ok {
		t.Name = v.text()
	}
	if v, ok := o.require("operation"); ok {
		t.Operation = v.text()
	}
	if v, ok := o.get("now"); ok {
		t.Now = v.instant()
	}
	if t.Now.IsZero() {
		o.faultf("wants `now`, here or at the top of the file: the clock of a test stands still")
	}
	if v, ok := o.get("params"); ok {
		t.Params = parseParams(v)
	}
	if v, ok := o.get("body"); ok {
		t.Body = v.literal()
	}
	t.AnyOrder = o.oneOf("order", "strict", "any") == "any"
	if v, ok := o.get("exchanges"); ok {
		for _, item := range v.list() {
			t.Exchanges = append(t.Exchanges, parseExchange(item))
		}
	}
	if v, ok := o.require("expect"); ok {
		t.Expect = parseExpect(v)
	}
	return t
}

func parseParams(n node) []Param {
	var out []Param
	for _, e := range n.entries() {
		p := Param{Position: e.pos, Name: e.key}
		for _, item := range e.list() {
			p.Values = append(p.Values, item.text())
		}
		out = append(out, p)
	}
	return out
}

func parseExchange(n node) *Exchange {
	o := n.object()
	defer o.done()
	x := &Exchange{Position: n.position()}
	if v, ok := o.require("request"); ok {
		x.Request = parseNativeRequest(v)
	}
	if v, ok := o.require("response"); ok {
		x.Response = parseNativeResponse(v)
	}
	return x
}

func parseNativeRequest(n node) NativeRequest {
	o := n.object()
	defer o.done()
	r := NativeRequest{Position: n.position()}
	r.Method = o.oneOf("method", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete)
	if v, ok := o.require("path"); ok {
		if r.Path = v.text(); !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#") {
			v.faultf("wants a path from the root of the host, without its query, such as /v1/sales")
		}
	}
	if v, ok := o.get("query"); ok {
		r.Query = parseParams(v)
	}
	if v, ok := o.get("header"); ok {
		r.Header = parseParams(v)
	}
	if v, ok := o.get("body"); ok {
		r.Body = v.literal()
	}
	if v, ok := o.get("form"); ok {
		if r.Body != nil {
			v.faultf("one of body and form only")
		}
		r.Form = parseParams(v)
	}
	return r
}

func parseNativeResponse(n node) NativeResponse {
	o := n.object()
	defer o.done()
	r := NativeResponse{Position: n.position(), Status: http.StatusOK}
	if v, ok := o.get("status"); ok {
		if r.Status = v.integer(); r.Status < 200 || r.Status > 599 {
			v.faultf("wants a status from 200 to 599")
		}
	}
	if v, ok := o.get("header"); ok {
		r.Header = parseParams(v)
	}
	if v, ok := o.get("body"); ok {
		r.Body = v.literal()
	}
	if v, ok := o.get("body_file"); ok {
		if r.BodyFile = v.text(); !fs.ValidPath(r.BodyFile) {
			v.faultf("wants the path of a file below the folder of the tests, such as fixtures/sales.json")
		}
		if r.Body != nil {
			v.faultf("one of body and body_file only")
		}
	}
	if v, ok := o.get("fails"); ok {
		r.Fails = v.oneOf("refused", "reset", "timeout")
	}
	return r
}

func parseExpect(n node) Expect {
	e := Expect{Position: n.position()}
	if !n.isMapping() {
		n.faultf("wants what the client gets: one of count, total, more, first, last, rows, totals, object, platforms, problem or nothing")
		return e
	}
	o := n.object()
	defer o.done()
	for _, part := range []struct {
		key  string
		into **Value
	}{
		{"count", &e.Count},
		{"total", &e.Total},
		{"more", &e.More},
		{"first", &e.First},
		{"last", &e.Last},
		{"rows", &e.Rows},
		{"totals", &e.Totals},
		{"object", &e.Object},
		{"platforms", &e.Platforms},
		{"problem", &e.Problem},
	} {
		o.asked[part.key] = true
		// null is a value here: total: null says that it is not known
		if v, ok := o.byKey[part.key]; ok {
			*part.into = v.literal()
		}
	}
	e.Nothing = o.boolean("nothing")
	if len(o.all) == 0 {
		n.faultf("expects nothing of the answer; say `nothing: true` where it has no body")
	}
	return e
}

// oneOf reads a text that has to be one of the given words.
func (n node) oneOf(words ...string) string {
	o := &object{node: n, byKey: map[string]entry{"": {node: n}}, asked: map[string]bool{}}
	return o.oneOf("", words...)
}

// instant reads a moment in RFC 3339.
func (n node) instant() time.Time {
	t, err := time.Parse(time.RFC3339, n.text())
	if err != nil {
		n.faultf("wants a moment such as 2026-02-16T00:00:00Z")
	}
	return t
}

// literal reads any value, with the places of its parts. Texts are taken as they are.
func (n node) literal() *Value { return n.nested(0, new(int)) }

// The limits end values that contain themselves, or others many times over, by aliases.
const (
	maxNesting = 100
	maxValues  = 200_000
)

func (n node) nested(depth int, values *int) *Value {
	v := &Value{Position: n.position()}
	if *values++; depth > maxNesting || *values > maxValues {
		if *values <= maxValues+1 {
			n.faultf("is nested too deeply, or holds too many values")
		}
		*values = maxValues + 1 // nothing more is read
		return v
	}
	switch a := n.value().(type) {
	case *ast.SequenceNode:
		v.IsList = true
		for _, item := range n.list() {
			v.List = append(v.List, item.nested(depth+1, values))
		}
	case *ast.MappingNode, *ast.MappingValueNode:
		v.IsObject = true
		for _, e := range n.entries() {
			v.Members = append(v.Members, ValueMember{Name: e.key, Value: e.nested(depth+1, values)})
		}
	case *ast.BoolNode:
		v.Scalar = a.Value
	case *ast.IntegerNode, *ast.FloatNode:
		text := a.GetToken().Value
		if !json.Valid([]byte(text)) {
			n.faultf("%s is not a number of JSON; put it in quotes if it is a text", text)
			text = "0"
		}
		v.Scalar = json.Number(text)
	case *ast.NullNode, nil:
	default:
		s, ok := scalar(a)
		if !ok {
			n.faultf("wants a value of JSON")
		}
		v.Scalar = s
	}
	return v
}
