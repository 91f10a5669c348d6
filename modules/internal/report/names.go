package report

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
)

// name finds the names of entities whose rows have only ids, in the list that the
// mapping names for them, which is read once. Without a name the answer is complete
// but for that, so a failure here makes it partial.
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
		names := map[string]string{}
		failed := p.Source.List(ctx, list, nil, []string{"id", "name"}, func(values [][]byte) bool {
			id := gjson.ParseBytes(values[0]).String()
			if missing[id] {
				names[id] = gjson.ParseBytes(values[1]).String()
				delete(missing, id)
			}
			return len(missing) > 0
		})
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
