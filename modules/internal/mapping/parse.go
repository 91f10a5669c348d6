package mapping

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/tributary-gateway/tributary/modules/internal/document"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Parse reads a mapping file. The file's name is used in messages. The error is
// of type [Faults]; the mapping is nil only when the file is not YAML at all.
func Parse(file string, data []byte) (*Mapping, error) {
	src, root, ok := parseDocument(file, data, "a mapping file")
	if !ok {
		return nil, src.faults.err()
	}
	m := &Mapping{File: file, src: src, Resources: map[string]*Resource{}, Operations: map[string]*Operation{}, Formats: map[string]*Format{}, Spellings: map[string]*Spelling{}}
	parseMapping(m, root)
	return m, src.faults.err()
}

// parseDocument reads the one YAML document of a file. Where it is none, ok is false and
// the source has the fault.
func parseDocument(file string, data []byte, what string) (src *source, root node, ok bool) {
	src = &source{name: file, lines: strings.Split(string(data), "\n"), anchors: map[string]ast.Node{}}
	body, fault := document.Parse(data, what)
	if fault != nil {
		src.fault(Position{File: file, Line: fault.Line, Column: fault.Column}, "%s", fault.Message)
		return src, root, false
	}
	return src, node{src: src, ast: body}, true
}

func parseMapping(m *Mapping, n node) {
	o := n.object()
	defer o.done()
	if v, ok := o.require("mapping"); ok && v.text() != Version {
		v.faultf("this gateway reads version %s, not %q", Version, v.text())
	}
	if p, ok := o.require("platform"); ok {
		m.Platform = p.text()
		if !namePattern.MatchString(m.Platform) {
			p.faultf("a name is made of a-z, 0-9 and _, and starts with a letter")
		}
	}
	m.Title = o.text("title")
	if s, ok := o.get("server"); ok {
		m.Server = s.text()
		if u, err := url.Parse(m.Server); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			s.faultf("wants an http or https URL")
		}
	}
	if z, ok := o.get("timezone"); ok {
		m.Zone = z.zone()
	}
	m.Currency = o.text("currency")
	if v, ok := o.get("fragments"); ok {
		// a place for anchors; what is below it is read where it is referred to
		for _, e := range v.entries() {
			e.node.value()
		}
	}
	if v, ok := o.get("credentials"); ok {
		parseCredentials(m, v)
	}
	if v, ok := o.get("options"); ok {
		parseOptions(m, v)
	}
	if v, ok := o.get("auth"); ok {
		m.Auth = parseAuth(m, v)
	}
	parseToken(m, o)
	for _, at := range m.tokens {
		if m.Session == nil {
			m.src.fault(at, "{token} wants `token`, which says how it is got")
		}
	}
	parseNative(m, o)
	if v, ok := o.get("spellings"); ok {
		parseSpellings(m, v)
	}
	if v, ok := o.get("formats"); ok {
		for _, e := range v.entries() {
			m.Formats[e.key] = parseFormat(e)
		}
	}
	if v, ok := o.get("limits"); ok {
		m.Limits = parseLimits(v)
	}
	m.Lifecycle = parseLifecycle(o)
	if v, ok := o.get("errors"); ok {
		for _, item := range v.list() {
			m.Errors = append(m.Errors, parseErrorRule(item))
		}
	}
	if v, ok := o.get("resources"); ok {
		for _, e := range v.entries() {
			m.Resources[e.key] = parseResource(e)
		}
	}
	if v, ok := o.get("operations"); ok {
		for _, e := range v.entries() {
			m.Operations[e.key] = parseOperation(e)
		}
	}
	if v, ok := o.get("reports"); ok {
		for _, item := range v.list() {
			m.Reports = append(m.Reports, parseReport(item))
		}
	}
}

func (n node) zone() string {
	s := n.text()
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		n.faultf("no time zone %q; wants an IANA name such as Europe/London", s)
		return ""
	}
	return s
}

func parseCredentials(m *Mapping, n node) {
	for _, e := range n.entries() {
		o := e.object()
		m.Credentials = append(m.Credentials, Credential{Position: e.pos, Name: e.key, Description: o.text("description")})
		o.done()
	}
}

func parseOptions(m *Mapping, n node) {
	for _, e := range n.entries() {
		o := e.object()
		m.Options = append(m.Options, Option{Position: e.pos, Name: e.key, Description: o.text("description"), Values: o.texts("values"), Default: o.text("default")})
		o.done()
	}
}

func parseAuth(m *Mapping, n node) []Place {
	var places []Place
	for _, item := range n.list() {
		o := item.object()
		p := Place{Position: item.position()}
		for _, in := range []string{"query", "header", "body", "bearer", "basic"} {
			v, ok := o.get(in)
			if !ok {
				continue
			}
			if p.In != "" {
				v.faultf("one place only; give a second entry of the list for a second place")
			}
			p.In = in
			switch in {
			case "bearer":
				p.Value = v.text()
			case "basic":
				b := v.object()
				p.Name, p.Value = b.text("username"), b.text("password")
				b.done()
			default:
				p.Name, p.Value = v.text(), o.text("value")
			}
		}
		switch {
		case p.In == "":
			item.faultf("wants one of query, header, body, bearer or basic")
		case p.Value == "" && p.In != "basic":
			item.faultf("wants `value`, a template with {credentials.NAME}")
		}
		for _, name := range append(placeholders(p.Value), placeholders(p.Name)...) {
			c, found := strings.CutPrefix(name, "credentials.")
			if name == tokenPlaceholder {
				m.tokens = append(m.tokens, item.position())
				continue
			}
			if !found || !m.hasCredential(c) {
				item.faultf("{%s} names no credential of this mapping", name)
			}
		}
		o.done()
		places = append(places, p)
	}
	return places
}

func (m *Mapping) hasCredential(name string) bool {
	for _, c := range m.Credentials {
		if c.Name == name {
			return true
		}
	}
	return false
}

func parseSpellings(m *Mapping, n node) {
	for _, e := range n.entries() {
		o := e.object()
		s := &Spelling{Position: e.pos, Name: e.key, Choices: o.texts("choices"), Query: map[string]string{}}
		if len(s.Choices) < 2 {
			e.faultf("wants two choices or more")
		}
		if v, ok := o.require("settle"); ok {
			s.Method, s.Path = v.call()
			if !strings.Contains(s.Path+s.Method, "{"+e.key+"}") {
				v.faultf("the settling request does not contain {%s}", e.key)
			}
		}
		if v, ok := o.get("query"); ok {
			for _, q := range v.entries() {
				s.Query[q.key] = q.text()
			}
		}
		o.done()
		m.Spellings[e.key] = s
	}
}

// call reads `GET /path`; the method may be a placeholder.
func (n node) call() (method, path string) {
	s := n.text()
	method, path, ok := strings.Cut(s, " ")
	if !ok || !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "{") || strings.ContainsAny(path, " ?#") {
		n.faultf("wants a method and a path, such as GET /conversions, not %q", s)
		return "GET", "/"
	}
	switch method {
	case "GET", "POST", "PUT", "PATCH", "DELETE":
	default:
		if !strings.HasPrefix(method, "{") {
			n.faultf("no method %q", method)
		}
	}
	return method, path
}

var placeholder = regexp.MustCompile(`\{([a-z_][a-z0-9_.]*)\}`)

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	return names
}

func parseFormat(e entry) *Format {
	f := &Format{Position: e.pos, Name: e.key, Options: map[string]string{}}
	o := e.object()
	defer o.done()
	for _, kind := range []string{"datetime", "date", "codec"} {
		v, ok := o.get(kind)
		if !ok {
			continue
		}
		if f.Kind != "" {
			v.faultf("one of datetime, date and codec only")
		}
		f.Kind = kind
		if kind == "codec" {
			f.Codec = v.text()
		} else {
			f.Layouts = v.texts()
		}
	}
	if f.Kind == "" {
		e.faultf("wants one of datetime, date or codec")
	}
	if z, ok := o.get("zone"); ok {
		f.Zone = z.zone()
	}
	if f.Kind == "codec" {
		if v, ok := o.get("options"); ok {
			for _, opt := range v.entries() {
				f.Options[opt.key] = opt.text()
			}
		}
	}
	return f
}

func parseLimits(n node) Limits {
	o := n.object()
	defer o.done()
	l := Limits{Requests: o.integer("requests"), Per: o.duration("per"), Concurrency: o.integer("concurrency")}
	if l.Requests > 0 && l.Per == 0 {
		l.Per = time.Second
	}
	return l
}

// parseRate reads `limits` of a call: how often its endpoint may be asked.
func parseRate(o *object) (r exchange.Rate) {
	v, ok := o.get("limits")
	if !ok {
		return r
	}
	o = v.object()
	defer o.done()
	if n, ok := o.require("requests"); ok {
		if r.Requests = n.integer(); r.Requests < 1 {
			n.faultf("wants a number of requests, 1 or more")
		}
	}
	if r.Per = o.duration("per"); r.Per == 0 {
		r.Per = time.Second
	}
	return r
}

func parseErrorRule(n node) *ErrorRule {
	o := n.object()
	defer o.done()
	r := &ErrorRule{Position: n.position(), Code: o.text("code"), Message: o.text("message"), Hint: o.text("hint"), IP: o.text("ip"), Retry: o.boolean("retry"), RetryAfter: o.text("retry_after")}
	if w, ok := o.require("when"); ok {
		r.When = w.text()
		r.Position = w.position()
	}
	if p, ok := o.require("problem"); ok {
		r.Problem = p.text()
		if _, known := problem.Lookup(problem.Code(r.Problem)); !known {
			var codes []string
			for _, k := range problem.Kinds() {
				codes = append(codes, string(k.Code))
			}
			p.faultf("no problem code %q%s", r.Problem, suggest.DidYouMean(r.Problem, codes))
		}
	}
	return r
}

// path reads a dotted path of native members.
func (n node) path() []string {
	s := n.text()
	if s == "" || s == "@this" {
		return []string{}
	}
	return strings.Split(s, ".")
}

// paths reads one path or a list of alternatives.
func (n node) paths() [][]string {
	var out [][]string
	for _, item := range n.list() {
		out = append(out, item.path())
	}
	return out
}
