package mapping

import (
	"errors"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/tidwall/gjson"
)

// ReportOf returns the report whose native call this is, or nil.
func (p *Platform) ReportOf(call *CallPlan) *ReportPlan {
	for _, r := range p.Reports {
		if r.Call != nil && r.Call == call {
			return r
		}
	}
	return nil
}

var errNoRows = errors.New("there are no rows where the mapping expects them")

// Explain says for every dimension and metric of each native row of a report how it is
// read. Values are those of the row alone: what is summed, divided or left out is
// decided by what a client asks for.
func (r *ReportPlan) Explain(body []byte) ([][]Reading, error) {
	if !gjson.ValidBytes(body) {
		return nil, errors.New("the answer is not JSON or was cut off")
	}
	whole := gjson.ParseBytes(body)
	rows := whole
	for _, path := range r.Rows {
		if rows = along(whole, path); rows.Exists() && rows.Type != gjson.Null {
			break
		}
	}
	var out [][]Reading
	each := func(key, row gjson.Result) bool {
		out = append(out, r.row(key, row, whole))
		return true
	}
	switch {
	case r.Single && rows.IsArray():
		if first := rows.Get("0"); first.Exists() {
			each(gjson.Result{}, first)
		}
	case r.Single && rows.IsObject():
		each(gjson.Result{}, rows)
	case rows.IsArray(), r.Keyed && rows.IsObject():
		rows.ForEach(each)
	default:
		return nil, errNoRows
	}
	return out, nil
}

// Layout returns where the rows and enums of a native report are.
func (r *ReportPlan) Layout() Layout {
	l := Layout{Rows: placesOfRows(r.Rows, r.Keyed)}
	for _, d := range r.spec.Dimensions {
		if d.Enum != nil {
			l.Enums = append(l.Enums, d.From...)
		}
	}
	return l
}

func (r *ReportPlan) row(key, row, whole gjson.Result) []Reading {
	var out []Reading
	for _, d := range r.spec.Dimensions {
		reading := Reading{Member: r.key(d.Name, d.Only), Value: "null", Rule: "dimension", At: d.Position}
		reading.Declared = reading.Member
		var native gjson.Result
		reading.From, native = firstOf(d.From, key, row, whole)
		if native.Exists() {
			reading.Native, reading.Value = native.Raw, native.Raw
		}
		switch plan := r.Dimensions[reading.Member]; {
		case d.Enum != nil:
			reading.Rule, reading.Entry = d.Enum.explain(native)
			if plan != nil && plan.Enum != nil && native.Exists() {
				if read, err := plan.Enum.Read(nil, []byte(native.String())); err == nil {
					reading.Value = quoteJSON(string(read))
				}
			}
		case plan != nil && plan.codec != nil && native.Exists() && native.Type != gjson.JSON:
			reading.Rule = "as " + d.As
			if read, err := plan.codec.Read(nil, []byte(native.String())); err == nil {
				reading.Value = quoteJSON(string(read))
			}
		}
		out = append(out, reading)
	}
	for _, m := range r.spec.Metrics {
		if m.From == nil && m.SumOf == nil {
			continue // made of other metrics
		}
		reading := Reading{Member: r.key(m.Name, m.Only), Value: "null", Rule: "metric", At: m.Position}
		reading.Declared = reading.Member
		if m.SumOf != nil {
			sumOf(&reading, m.SumOf, row)
		} else if from, native := firstOf(m.From, key, row, whole); native.Exists() {
			reading.From, reading.Native, reading.Value = from, native.Raw, native.Raw
		}
		out = append(out, reading)
	}
	return out
}

// firstOf returns the first value of some paths that is there and not null.
func firstOf(paths [][]string, key, row, whole gjson.Result) (string, gjson.Result) {
	for _, path := range paths {
		var v gjson.Result
		switch {
		case len(path) == 1 && path[0] == "@key":
			v = key
		case len(path) > 0 && path[0] == "@body":
			v = along(whole, path[1:])
		default:
			v = along(row, path)
		}
		if v.Exists() && v.Type != gjson.Null {
			return strings.Join(path, "."), v
		}
	}
	return "", gjson.Result{}
}

func along(v gjson.Result, path []string) gjson.Result {
	for _, step := range path {
		v = child(v, step)
	}
	return v
}

// sumOf says what a metric that is made of several native ones adds up to.
func sumOf(r *Reading, parts [][]string, row gjson.Result) {
	r.Rule = "metric, the sum of " + joinPaths(parts, " + ")
	var natives []string
	var found [][]string
	sum := new(apd.Decimal)
	for _, path := range parts {
		v := along(row, path)
		part, _, err := apd.NewFromString(v.String())
		if err != nil {
			continue // what is not a number is refused when the report is made
		}
		if _, err := apd.BaseContext.WithPrecision(sumDigits).Add(sum, sum, part); err != nil {
			continue
		}
		natives, found = append(natives, v.Raw), append(found, path)
	}
	if len(found) > 0 {
		r.From, r.Native, r.Value = joinPaths(found, " + "), strings.Join(natives, " + "), sum.Text('f')
	}
}

// sumDigits is how many digits a sum is shown with.
const sumDigits = 40

func joinPaths(paths [][]string, sep string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.Join(p, ".")
	}
	return strings.Join(names, sep)
}
