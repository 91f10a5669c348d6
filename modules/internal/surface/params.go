package surface

import (
	"slices"
	"strconv"
	"time"
)

// Params are the checked parameters of one request. They are not changed after
// [Operation.Parse].
type Params struct {
	op     *Operation
	values []value
	sort   []SortKey
	fields []Field
}

type value struct {
	param *Parameter
	first checked
	texts []string // all of them, only when there are several
}

// SortKey is one member, dimension or metric to order by.
type SortKey struct {
	// Name is the dotted path of a member, or the name of a dimension or metric.
	Name string
	// Member is the member; nil in a report.
	Member     *Member
	Descending bool
}

// Field is one member or native column that was selected.
type Field struct {
	// Name is as the client wrote it.
	Name string
	// Member is the member; nil for a native column.
	Member *Member
	// Platform and Column name a native column, which may not exist.
	Platform, Column string
}

// Operation returns the operation that the parameters are for: the target,
// where an alias was called.
func (p *Params) Operation() *Operation { return p.op }

// Given lists the parameters that were given, other than sort and fields.
func (p *Params) Given() []*Parameter {
	out := make([]*Parameter, len(p.values))
	for i := range p.values {
		out[i] = p.values[i].param
	}
	return out
}

// Has tells whether the parameter, other than sort and fields, was given.
func (p *Params) Has(name string) bool { return p.named(name) != nil }

// Text returns the first value, else the default, else "".
func (p *Params) Text(name string) string {
	if v := p.named(name); v != nil {
		return v.first.text
	}
	if param := p.op.byName[name]; param != nil {
		return param.Default
	}
	return ""
}

// List returns all values without repetitions, in the order given; else the
// default alone, else nil. It must not be changed.
func (p *Params) List(name string) []string {
	v := p.named(name)
	if v == nil {
		if text := p.Text(name); text != "" {
			return []string{text}
		}
		return nil
	}
	return v.list()
}

// Contains tells whether a value is among those given.
func (p *Params) Contains(name, word string) bool {
	v := p.named(name)
	return v != nil && (v.first.text == word || slices.Contains(v.texts, word))
}

// Int returns the whole number given, else the default; false when there is
// neither, or when a word such as "all" stands for the number.
func (p *Params) Int(name string) (int64, bool) {
	n, err := strconv.ParseInt(p.Text(name), 10, 64)
	return n, err == nil
}

// Bool returns the first boolean given; false as second result without one.
func (p *Params) Bool(name string) (value, given bool) {
	text := p.Text(name)
	return text == "true", text != ""
}

// Time returns the instant in UTC, or the date as its midnight in UTC; the zero
// time when none was given.
func (p *Params) Time(name string) time.Time {
	if v := p.named(name); v != nil {
		return v.first.time
	}
	return time.Time{}
}

// ID returns the first id given; false when none was.
func (p *Params) ID(name string) (UnifiedID, bool) { return SplitID(p.Text(name)) }

// IDs returns all ids given.
func (p *Params) IDs(name string) []UnifiedID {
	texts := p.List(name)
	ids := make([]UnifiedID, len(texts))
	for i, text := range texts {
		ids[i], _ = SplitID(text)
	}
	return ids
}

// Sort returns the order asked for; empty when none was.
func (p *Params) Sort() []SortKey { return p.sort }

// Fields returns the members and native columns selected; empty for all members.
func (p *Params) Fields() []Field { return p.fields }

// Canonical returns one text for all requests that mean the same: parameters by
// name with defaults filled in, values of filters sorted, without those named in
// except. It is meant for hashing.
func (p *Params) Canonical(except ...string) string {
	out := append(make([]byte, 0, 256), p.op.ID...)
	for _, param := range p.op.sorted {
		if slices.Contains(except, param.Name) {
			continue
		}
		texts := p.canonicalTexts(param)
		if len(texts) == 0 {
			continue
		}
		out = append(append(out, '&'), param.Name...)
		for _, text := range texts {
			out = strconv.AppendQuote(append(out, '='), text)
		}
	}
	return string(out)
}

func (p *Params) canonicalTexts(param *Parameter) []string {
	var texts []string
	switch v := p.find(param); {
	case v != nil:
		texts = v.list()
		if param.Filter != nil {
			texts = slices.Sorted(slices.Values(texts))
		}
	case param.Name == "sort":
		for _, key := range p.sort {
			sign := ""
			if key.Descending {
				sign = "-"
			}
			texts = append(texts, sign+key.Name)
		}
	case param.Name == "fields":
		for _, field := range p.fields {
			texts = append(texts, field.Name)
		}
	case param.Default != "":
		texts = []string{param.Default}
	}
	return texts
}

func (v *value) list() []string {
	if v.texts == nil {
		return []string{v.first.text}
	}
	return v.texts
}

// named finds by name. A few values are compared faster than hashed.
func (p *Params) named(name string) *value {
	for i := range p.values {
		if p.values[i].param.Name == name {
			return &p.values[i]
		}
	}
	return nil
}

func (p *Params) find(param *Parameter) *value {
	for i := range p.values {
		if p.values[i].param == param {
			return &p.values[i]
		}
	}
	return nil
}

// enter takes a checked value; false when the parameter has maxValues already.
func (p *Params) enter(param *Parameter, c checked) bool {
	v := p.find(param)
	if v == nil {
		if p.values == nil {
			p.values = make([]value, 0, 8) // most requests give fewer
		}
		p.values = append(p.values, value{param: param, first: c})
		return true
	}
	if v.texts == nil {
		v.texts = []string{v.first.text}
	}
	if slices.Contains(v.texts, c.text) {
		return true
	}
	if len(v.texts) == maxValues {
		return false
	}
	v.texts = append(v.texts, c.text)
	return true
}
