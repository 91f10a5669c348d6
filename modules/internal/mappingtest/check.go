package mappingtest

import (
	"encoding/json"
	"strconv"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// check compares what the client got with what a test expects.
func check(t *mapping.Test, got *outcome) []Difference {
	e := &t.Expect
	c := &comparison{}
	if got.problem != nil {
		value, err := decode(got.problem.JSON(""))
		switch {
		case err != nil:
			c.differ(e.Position, "problem", "", err.Error())
		case e.Problem == nil:
			c.differ(e.Position, "problem", absent, show(value))
		default:
			c.problem(e.Problem, value)
		}
		return c.found
	}
	if e.Problem != nil {
		c.differ(e.Problem.Position, "problem", show(e.Problem.Plain()), absent)
		return c.found
	}
	if len(got.body) == 0 || e.Nothing {
		if len(got.body) > 0 || !e.Nothing {
			c.differ(e.Position, "answer", "", "no body")
			c.found[0].Want, c.found[0].Got = bodyOrNone(!e.Nothing), bodyOrNone(len(got.body) > 0)
		}
		return c.found
	}
	value, err := decode(got.body)
	if err != nil {
		c.differ(e.Position, "answer", "JSON", err.Error())
		return c.found
	}
	if e.Object != nil {
		c.compare("object", e.Object, value)
	}
	c.list(e, value)
	return c.found
}

func bodyOrNone(body bool) string {
	if body {
		return "a body"
	}
	return "no body"
}

// problem compares a problem: its code where a test gives a text alone.
func (c *comparison) problem(want *mapping.Value, got any) {
	if want.IsObject {
		c.compare("problem", want, got)
		return
	}
	members, _ := got.(map[string]any) // a problem is an object
	if !sameScalar(want.Scalar, members["code"]) {
		c.differ(want.Position, "problem", show(want.Scalar), show(got))
	}
}

// list compares the parts of a list or report.
func (c *comparison) list(e *mapping.Expect, value any) {
	answer, _ := value.(map[string]any) // another answer has none of the parts
	rows, isList := answer["data"].([]any)
	if !isList {
		for name, want := range map[string]*mapping.Value{"count": e.Count, "first": e.First, "last": e.Last, "rows": e.Rows, "total": e.Total} {
			if want != nil {
				c.differ(want.Position, name, show(want.Plain()), "an answer that is no list")
			}
		}
		return
	}
	if e.Count != nil && !sameScalar(e.Count.Scalar, json.Number(strconv.Itoa(len(rows)))) {
		c.differ(e.Count.Position, "count", show(e.Count.Plain()), strconv.Itoa(len(rows)))
	}
	for _, end := range []struct {
		name string
		want *mapping.Value
		at   int
	}{{"first", e.First, 0}, {"last", e.Last, len(rows) - 1}} {
		switch {
		case end.want == nil:
		case len(rows) == 0:
			c.differ(end.want.Position, end.name, show(end.want.Plain()), absent)
		default:
			c.compare(end.name, end.want, rows[end.at])
		}
	}
	if e.Rows != nil {
		c.compare("rows", e.Rows, any(rows))
	}
	page, _ := answer["page"].(map[string]any) // every list has it
	if e.Total != nil {
		c.compare("total", e.Total, page["total"])
	}
	if e.More != nil {
		c.compare("more", e.More, page["next_cursor"] != nil)
	}
	if e.Totals != nil {
		c.compare("totals", e.Totals, answer["totals"])
	}
	c.platforms(e, answer["platforms"])
}

// platforms compares what is said of the platforms. An answer that is not whole has to be
// expected.
func (c *comparison) platforms(e *mapping.Expect, got any) {
	if e.Platforms != nil {
		c.compare("platforms", e.Platforms, got)
		return
	}
	list, _ := got.([]any) // every list has it
	for i, item := range list {
		status, _ := item.(map[string]any)
		if status["status"] != "ok" {
			c.differ(e.Position, "platforms["+strconv.Itoa(i)+"]", `{"status":"ok"}`, show(item))
		}
	}
}
