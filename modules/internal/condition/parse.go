package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// The members of a condition, by which faults name what is wrong.
const (
	partField         = "field"
	partOp            = "op"
	partValue         = "value"
	partCaseSensitive = "case_sensitive"
)

// raw is a condition as it is given, not yet understood.
type raw struct {
	Condition
	list  bool // the value was a list
	given bool // there was a value
}

// reader collects faults of one condition.
type reader struct {
	at     string // how faults call the condition
	faults []problem.FieldError
}

func (r *reader) fault(part, format string, args ...any) {
	name := r.at
	if part != "" {
		name += "." + part
	}
	r.faults = append(r.faults, problem.FieldError{Parameter: name, Detail: fmt.Sprintf(format, args...)})
}

// Parse reads the member "filters" of a query's body: a list of
// {"field":…,"op":…,"value":…,"case_sensitive":…}. No JSON and null are no conditions.
// Every fault is reported, as of `filters`, `filters[0]`, `filters[0].op`, and so on; the
// conditions are those without one.
func Parse(list json.RawMessage, fields Fields) ([]Condition, []problem.FieldError) {
	if len(list) == 0 {
		return nil, nil
	}
	var items []json.RawMessage
	if json.Unmarshal(list, &items) != nil {
		return nil, []problem.FieldError{{Parameter: "filters", Detail: "has to be a list of objects"}}
	}
	var out []Condition
	var faults []problem.FieldError
	for i, item := range items {
		r := &reader{at: fmt.Sprintf("filters[%d]", i)}
		given, ok := r.read(item)
		if ok {
			given.check(r, fields)
		}
		if len(r.faults) == 0 {
			out = append(out, given.Condition)
		}
		faults = append(faults, r.faults...)
	}
	return out, faults
}

// read reads the members of one condition. It reports whether they are what they have
// to be.
func (r *reader) read(item json.RawMessage) (given raw, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(item, &members) != nil || members == nil {
		r.fault("", "has to be an object with field, op and value")
		return given, false
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text := bytes.TrimSpace(members[name])
		switch name {
		case partField:
			given.Field = r.text(partField, text)
		case partOp:
			given.Op = r.text(partOp, text)
		case partCaseSensitive:
			given.CaseSensitive = string(text) == "true"
			if !given.CaseSensitive && string(text) != "false" {
				r.fault(partCaseSensitive, "has to be true or false")
			}
		case partValue:
			r.values(&given, text)
		default:
			r.fault(name, "unknown member%s", suggest.DidYouMean(name, []string{partField, partOp, partValue, partCaseSensitive}))
		}
	}
	return given, len(r.faults) == 0
}

func (r *reader) text(part string, text []byte) string {
	var s string
	if text[0] != '"' || json.Unmarshal(text, &s) != nil {
		r.fault(part, "has to be text")
	}
	return s
}

// values reads one value or a list of them. Null is none.
func (r *reader) values(given *raw, text []byte) {
	if string(text) == "null" {
		return
	}
	given.given, given.list = true, text[0] == '['
	items := []json.RawMessage{text}
	if given.list && json.Unmarshal(text, &items) != nil {
		r.fault(partValue, "has to be a list of values")
		return
	}
	for i, item := range items {
		part := partValue
		if given.list {
			part = fmt.Sprintf("%s[%d]", partValue, i)
		}
		v, ok := scalar(bytes.TrimSpace(item))
		if !ok {
			r.fault(part, "has to be text, a number, true or false")
			continue
		}
		given.Values = append(given.Values, v)
	}
}

// scalar returns the text of a JSON text, number or boolean. Numbers stay as written.
func scalar(text []byte) (string, bool) {
	switch text[0] {
	case '"':
		var s string
		err := json.Unmarshal(text, &s)
		return s, err == nil
	case '[', '{', 'n':
		return "", false
	}
	return string(text), true
}
