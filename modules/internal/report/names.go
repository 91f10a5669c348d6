package report

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// name finds the names of entities whose rows have only ids, in the list that the
// mapping names for them. Without a name the answer is complete but for that, so a
// failure here makes it partial.
func (r *run) name(ctx context.Context, p Platform, chosen plan, o *outcome) {
	for i, dimension := range r.query.GroupBy {
		list := chosen.labelOf(dimension)
		if list == "" {
			continue
		}
		missing := map[string]bool{}
		for _, g := range o.groups.list {
			if v := g.dims[i]; !v.Null && v.Name == "" {
				missing[v.Text] = true
			}
		}
		if len(missing) == 0 {
			continue
		}
		names, failed := r.names(ctx, p, list, missing, o)
		if failed != nil {
			o.status.Status, o.status.Problem = answer.Partial, failed
		}
		for _, g := range o.groups.list {
			if v := &g.dims[i]; !v.Null && v.Name == "" {
				v.Name = names[v.Text]
			}
		}
	}
}

// names returns the names of some ids, or more, by id.
func (r *run) names(ctx context.Context, p Platform, list string, missing map[string]bool, o *outcome) (map[string]string, *problem.Problem) {
	names := map[string]string{}
	key := namesKey(p, list)
	if k, keeps := r.keeper(p); keeps && !p.Source.Keeps(list) && !r.options.Crowded.has(key, 0, r.options.Now()) {
		part := askWindows(ctx, k, namesQuestion(p, list, r.query.Mode), 1)
		if part.failed == nil || part.failed.Code != problem.ScanLimitExceeded {
			for _, row := range slices.Concat(part.rows...) {
				names[row.dims[0].Text] = row.dims[0].Name
			}
			// how old names are is not how old the numbers are
			part.fresh.AsOf = o.fresh.AsOf
			o.fresh.Join(part.fresh)
			if o.status.StaleFor == nil {
				o.status.StaleFor = part.staleFor
			}
			return names, part.failed
		}
		// too long to be kept whole, but the ids may be among what can be read of it
		r.options.Crowded.note(key, 0, r.options.Now())
	}
	fresh, failed := readNames(ctx, p, list, func(id, name string) bool {
		if missing[id] {
			names[id] = name
			delete(missing, id)
		}
		return len(missing) > 0
	})
	o.fresh.Join(fresh)
	return names, failed
}

// readNames reads the ids and names of a list.
func readNames(ctx context.Context, p Platform, list string, yield func(id, name string) bool) (Freshness, *problem.Problem) {
	return p.Source.List(ctx, list, nil, []string{"id", "name"}, func(values [][]byte) bool {
		return yield(gjson.ParseBytes(values[0]).String(), gjson.ParseBytes(values[1]).String())
	})
}

// namesQuestion asks for the whole list of names: what only one report needs of it would
// be of no use to others.
func namesQuestion(p Platform, list string, mode Mode) *Question {
	return &Question{
		Platform: p.Name, Scope: p.Scope, Operation: list, Series: Series{Report: list, Grain: []string{"id"}},
		Windows: []Window{{Interval: intervalAllTime}}, Steady: true, Mode: mode, Spare: p.Spare,
		Fetch: func(ctx context.Context, _ []Window) ([][]byte, *problem.Problem) {
			var rows []row
			_, failed := readNames(ctx, p, list, func(id, name string) bool {
				rows = append(rows, row{dims: []Value{{Text: id, Name: name}}})
				return true
			})
			if failed != nil {
				return nil, failed
			}
			return [][]byte{encodeRows(rows, 1, 0)}, nil
		},
	}
}

// labelOf returns the list that has the names of a dimension; empty for none.
func (p plan) labelOf(dimension string) string {
	for _, f := range p.fetches {
		d := f.report.Dimensions[dimension]
		if d != nil && d.LabelOf != "" && slices.Contains(f.answers, dimension) {
			return d.LabelOf
		}
	}
	return ""
}
