package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// ParseBody reads the POST form: a JSON object with the parameters of the GET form as
// members, and filters. Every fault is reported; the query is nil when there is one.
func ParseBody(body []byte) (*Query, []problem.FieldError) {
	a := &asked{}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		a.fault("body", "has to be a JSON object%s", whyNot(err))
		return nil, a.faults
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		a.member(name, members[name])
	}
	return a.query()
}

// whyNot says what is wrong with a JSON text, where it is known.
func whyNot(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("; the fault is at byte %d: %v", syntax.Offset, syntax)
	}
	return ""
}

func (a *asked) member(name string, raw json.RawMessage) {
	text := func(into *string) {
		if !isString(raw) || json.Unmarshal(raw, into) != nil || *into == "" {
			a.fault(name, "has to be text")
		}
	}
	texts := func(into *[]string) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || list == nil {
			a.fault(name, "has to be a list of texts")
			return
		}
		for i, item := range list {
			var s string
			if !isString(item) || json.Unmarshal(item, &s) != nil {
				a.fault(fmt.Sprintf("%s[%d]", name, i), "has to be text")
				continue
			}
			*into = append(*into, s)
		}
	}
	switch name {
	case "platform":
		texts(&a.platforms)
	case "group_by":
		texts(&a.groupBy)
	case "metrics":
		texts(&a.metrics)
	case "sort":
		texts(&a.sort)
	case "from":
		text(&a.from)
	case "to":
		text(&a.to)
	case "interval":
		text(&a.interval)
	case "timezone":
		text(&a.zone)
	case "cursor":
		text(&a.cursor)
	case "require":
		text(&a.require)
	case "limit":
		a.limit = string(raw) // a number …
		if isString(raw) {
			a.limit = ""
			text(&a.limit) // … or the word all
			if a.limit != "all" {
				a.fault(name, "has to be a whole number, or all")
				a.limit = ""
			}
		}
	case "filters":
		a.filterList(raw)
	default:
		known := append(slices.Clone(parameters), "filters")
		a.fault(name, "there is no such member%s", field.DidYouMean(name, known))
	}
}

func (a *asked) filterList(raw json.RawMessage) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		a.fault("filters", "has to be a list of objects")
		return
	}
	for i, item := range list {
		at := fmt.Sprintf("filters[%d]", i)
		var members map[string]json.RawMessage
		if json.Unmarshal(item, &members) != nil || members == nil {
			a.fault(at, "has to be an object with field, op and value")
			continue
		}
		before := len(a.faults)
		f := a.filter(at, members)
		if len(a.faults) == before {
			a.filters = append(a.filters, f)
		}
	}
}

func (a *asked) filter(at string, members map[string]json.RawMessage) askedFilter {
	f := askedFilter{at: at, none: true}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw, place := members[name], at+"."+name
		switch name {
		case "field", "op":
			into := &f.Field
			if name == "op" {
				into = &f.Op
			}
			if !isString(raw) || json.Unmarshal(raw, into) != nil {
				a.fault(place, "has to be text")
			}
		case "case_sensitive":
			if t := string(raw); t != "true" && t != "false" {
				a.fault(place, "has to be true or false")
			}
			f.CaseSensitive = string(raw) == "true"
		case "value":
			if string(raw) == "null" {
				continue
			}
			f.none = false
			a.values(&f, place, raw)
		default:
			a.fault(place, "there is no such member%s", field.DidYouMean(name, []string{"field", "op", "value", "case_sensitive"}))
		}
	}
	return f
}

// values reads one value or a list of them.
func (a *asked) values(f *askedFilter, at string, raw json.RawMessage) {
	items := []json.RawMessage{raw}
	if raw[0] == '[' {
		f.list = true
		if json.Unmarshal(raw, &items) != nil {
			a.fault(at, "has to be a list of values")
			return
		}
	}
	for i, item := range items {
		place := at
		if f.list {
			place = fmt.Sprintf("%s[%d]", at, i)
		}
		v, ok := scalar(item)
		if !ok {
			a.fault(place, "has to be text, a number, true or false")
			continue
		}
		f.Values = append(f.Values, v)
	}
}

// scalar returns the text of a JSON text, number or boolean. Numbers stay as written.
func scalar(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	switch {
	case isString(raw):
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	case len(raw) == 0 || raw[0] == '[' || raw[0] == '{' || string(raw) == "null":
		return "", false
	}
	return string(raw), true
}

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }
