package surface

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

const (
	// maxErrors bounds how many faults of one request are named; what comes
	// after them is not looked at.
	maxErrors = 20
	// maxValues bounds the values of one parameter.
	maxValues = 1000
)

// parser collects the parameters of one request.
type parser struct {
	op     *Operation
	params *Params
	errors []problem.FieldError
	closed bool
	body   bool // the parameters are members of a body
}

// Parse checks the parameters of a request: the query as it stands in the URL,
// and the values that [Surface.Route] found in the path. It returns either
// typed parameters or everything that is wrong with them, in the order given.
//
// The parameters of an alias with a filter are those of its target, with the
// path's value as that filter: [Params.Operation] tells.
func (o *Operation) Parse(rawQuery string, path map[string]string) (*Params, []problem.FieldError) {
	p := newParser(o)
	p.path(path)
	for rawQuery != "" && !p.full() {
		var pair string
		pair, rawQuery, _ = strings.Cut(rawQuery, "&")
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := unescape(rawName)
		if err != nil {
			p.fail(rawName, "the name is not percent-encoded UTF-8")
			continue
		}
		value, err := unescape(rawValue)
		if err != nil {
			p.fail(name, "the value is not percent-encoded UTF-8")
			continue
		}
		if param := p.find(name); param != nil {
			p.text(param, value)
		}
	}
	return p.finish()
}

// ParseLists is [Operation.Parse] for values that come apart already, as from
// the members of a JSON body: a comma in a value has no meaning.
func (o *Operation) ParseLists(values map[string][]string, path map[string]string) (*Params, []problem.FieldError) {
	p := newParser(o)
	p.path(path)
	p.body = true
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if p.full() {
			break
		}
		param := p.find(name)
		if param == nil {
			continue
		}
		if len(values[name]) != 1 && !param.Many {
			p.fail(name, "takes one value")
			continue
		}
		for _, value := range values[name] {
			if p.full() {
				break
			}
			p.value(param, value)
		}
	}
	return p.finish()
}

func newParser(o *Operation) *parser {
	params := &Params{op: o}
	if o.Alias != nil && o.Alias.Filter != nil {
		params.op = o.Alias.Operation
	}
	return &parser{op: o, params: params}
}

func (p *parser) path(values map[string]string) {
	for _, param := range p.op.path {
		p.value(param, values[param.Name])
	}
}

func (p *parser) find(name string) *Parameter {
	param := p.op.byName[name]
	if param == nil {
		unknown := "unknown parameter"
		if p.body {
			unknown = unknownMember
		}
		p.fail(name, unknown+suggest.DidYouMean(name, p.op.names))
	}
	return param
}

// text enters a value of the query, which may be a comma list.
func (p *parser) text(param *Parameter, text string) {
	if !param.Many {
		if p.params.find(param.target()) != nil {
			p.fail(param.Name, "is given more than once, but takes one value")
			return
		}
		p.value(param, text)
		return
	}
	for !p.full() {
		one, rest, more := cutList(text)
		p.value(param, one)
		if !more {
			return
		}
		text = rest
	}
}

// cutList cuts at the first comma that no backslash escapes.
func cutList(text string) (one, rest string, more bool) {
	if strings.IndexByte(text, '\\') < 0 {
		return strings.Cut(text, ",")
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == ',':
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == ',' || text[i+1] == '\\'):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), "", false
}

// value checks and enters one value.
func (p *parser) value(param *Parameter, text string) {
	if text == "" {
		p.fail(param.Name, "is empty")
		return
	}
	if p.op.Resource != nil || p.op.Kind == KindReport {
		switch param.Name {
		case "sort":
			p.sortKey(param, text)
			return
		case "fields":
			p.field(text)
			return
		}
	}
	c, err := param.check(text)
	if err != nil {
		p.fail(param.Name, err.Error())
		return
	}
	if !p.params.enter(param.target(), c) {
		p.tooMany(param.Name)
	}
}

// target is the parameter that takes the value: of an alias's operation, or itself.
func (p *Parameter) target() *Parameter {
	if p.as != nil {
		return p.as
	}
	return p
}

func (p *parser) sortKey(param *Parameter, text string) {
	name, descending := strings.CutPrefix(text, "-")
	key := SortKey{Name: name, Descending: descending}
	if p.op.Resource == nil {
		if _, err := param.check(name); err != nil || strings.HasPrefix(name, "-") {
			p.fail("sort", fmt.Sprintf("%s is neither a dimension nor a metric%s", quote(name), suggest.DidYouMean(name, param.Enum)))
			return
		}
	} else {
		key.Member = p.op.Resource.byPath[name]
		if key.Member == nil || !key.Member.Sortable {
			p.fail("sort", fmt.Sprintf("%s cannot be ordered by%s", quote(name), suggest.DidYouMean(name, p.op.Resource.sortable())))
			return
		}
	}
	for _, other := range p.params.sort {
		if other.Name == name {
			p.fail("sort", quote(name)+" is given more than once")
			return
		}
	}
	if len(p.params.sort) == maxValues {
		p.tooMany("sort")
		return
	}
	p.params.sort = append(p.params.sort, key)
}

func (p *parser) field(text string) {
	field := Field{Name: text}
	if p.op.Resource != nil {
		field.Member = p.op.Resource.Member(text)
	}
	if field.Member == nil {
		platform, column, dotted := strings.Cut(text, ".")
		if !dotted || platform == "" || column == "" || p.op.Resource.byPath[platform] != nil {
			p.fail("fields", fmt.Sprintf("%s is not a member%s", quote(text), suggest.DidYouMean(text, p.op.Resource.Paths())))
			return
		}
		field.Platform, field.Column = platform, column
	}
	for _, other := range p.params.fields {
		if other.Name == text {
			return
		}
	}
	if len(p.params.fields) == maxValues {
		p.tooMany("fields")
		return
	}
	p.params.fields = append(p.params.fields, field)
}

func (p *parser) finish() (*Params, []problem.FieldError) {
	for _, param := range p.op.required {
		if p.params.find(param.target()) == nil && !p.failed(param.Name) {
			p.fail(param.Name, "is required")
		}
	}
	p.ranges()
	if len(p.errors) > 0 {
		return nil, p.errors
	}
	return p.params, nil
}

// ranges refuses a range of time that ends before it begins: it is hardly meant.
func (p *parser) ranges() {
	for _, from := range p.params.values {
		if from.param.Filter == nil || from.param.Filter.Op != From {
			continue
		}
		for _, to := range p.params.values {
			if f := to.param.Filter; f != nil && f.Op == To && f.Member == from.param.Filter.Member && to.first.time.Before(from.first.time) {
				p.fail(to.param.Name, "is before "+from.param.Name)
			}
		}
	}
}

func (p *parser) failed(name string) bool {
	return slices.ContainsFunc(p.errors, func(e problem.FieldError) bool { return e.Parameter == name })
}

func (p *parser) fail(name, detail string) {
	if !p.full() {
		p.errors = append(p.errors, problem.FieldError{Parameter: shorten(name), Detail: detail})
	}
}

// tooMany ends the reading: the rest of such a list is not worth looking at.
func (p *parser) tooMany(name string) {
	p.fail(name, fmt.Sprintf("has more than %d values", maxValues))
	p.closed = true
}

// full tells that no more faults are collected.
func (p *parser) full() bool { return p.closed || len(p.errors) == maxErrors }

// unescape decodes a part of a query.
func unescape(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", fmt.Errorf("decoding a part of the query: %w", err)
	}
	if !utf8.ValidString(decoded) {
		return "", fmt.Errorf("decoding a part of the query: not UTF-8")
	}
	return decoded, nil
}
