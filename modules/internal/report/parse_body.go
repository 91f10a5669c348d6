package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// ParseBody reads the POST form: a JSON object with the parameters of the GET form as
// members, and filters. Every fault is reported; the query is nil when there is one.
func ParseBody(body []byte) (*Query, []problem.FieldError) {
	a := &asked{}
	members, faults := surface.ParseObject(body)
	if faults != nil {
		return nil, faults
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		a.member(name, members[name])
	}
	return a.query()
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
			if a.limit != "all" && !a.faulty(name) {
				a.fault(name, "has to be a whole number, or all")
			}
		}
	case "filters":
		var faults []problem.FieldError
		a.filters, faults = condition.Parse(raw, filterFields{})
		a.faults = append(a.faults, faults...)
	default:
		known := append(slices.Clone(parameters), "filters")
		a.fault(name, "unknown member%s", field.DidYouMean(name, known))
	}
}

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }
