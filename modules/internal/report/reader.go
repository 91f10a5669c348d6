package report

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/plugins"
)

// reader reads the rows of native answers.
type reader struct {
	fetch   *fetch
	dims    []dimensionReader
	metrics []metricReader
	part    Value
	rows    []row
	found   currencies
	// ofAnswer are the currencies that the answer itself names, by metric: looked up once, since
	// they may stand behind all rows.
	ofAnswer []string
}

type dimensionReader struct {
	*mapping.ReportDimension
	from, label []path
	codec       plugins.Codec
	part        bool // the value is that of the window
}

type metricReader struct {
	*mapping.ReportMetric
	from, parts, currency []path
	scale                 int
}

func newReader(f *fetch, w Window) *reader {
	r := &reader{fetch: f, part: Value{Text: w.Part}}
	for _, name := range f.columns() {
		if f.split && name == f.base {
			r.dims = append(r.dims, dimensionReader{part: true})
			continue
		}
		d := f.report.Dimensions[name]
		r.dims = append(r.dims, dimensionReader{ReportDimension: d, from: paths(d.From), label: paths(d.Label), codec: f.report.Codec(d, f.zone)})
	}
	for _, name := range f.read {
		m := f.report.Metrics[name]
		reader := metricReader{ReportMetric: m, from: paths(m.From), parts: paths(m.Parts), currency: paths(m.Currency), scale: m.Scale}
		if m.Percent {
			reader.scale += 2
		}
		r.metrics = append(r.metrics, reader)
	}
	return r
}

// columns are the dimensions of the rows: the grain and, where the range is asked for
// in parts, the part.
func (f *fetch) columns() []string {
	if !f.split {
		return f.grain
	}
	return append(append([]string(nil), f.grain...), f.base)
}

// read reads one answer, and returns the number of its rows and the platform's cursor.
func (r *reader) read(body []byte) (n int, next string, err error) {
	if !json.Valid(body) {
		return 0, "", errors.New("the answer is not JSON or was cut off")
	}
	plan := r.fetch.report
	whole := gjson.ParseBytes(body)
	rows := gjson.Result{}
	for _, place := range paths(plan.Rows) {
		if rows = place.in(whole, false); rows.Exists() && rows.Type != gjson.Null {
			break
		}
	}
	if paging := plan.Call.Paging; paging != nil && paging.Cursor != nil {
		next = newPath(paging.Cursor).in(whole, true).String()
	}
	r.ofAnswer = r.ofAnswer[:0]
	for i := range r.metrics {
		r.ofAnswer = append(r.ofAnswer, r.metrics[i].currencyOfAnswer(whole))
	}
	each := func(key, v gjson.Result) bool {
		n++
		err = r.row(key, v)
		if err != nil {
			err = fmt.Errorf("row %d: %w", n-1, err)
		}
		return err == nil
	}
	switch {
	case plan.Single:
		if rows.IsArray() {
			if rows = rows.Get("0"); !rows.Exists() {
				return 0, next, nil
			}
		}
		if rows.IsObject() {
			each(gjson.Result{}, rows)
			return n, next, err
		}
	case rows.IsArray(), plan.Keyed && rows.IsObject():
		rows.ForEach(each)
		return n, next, err
	}
	return 0, "", errors.New("there are no rows where the mapping expects them")
}

func (r *reader) row(key, v gjson.Result) error {
	dims := make([]Value, len(r.dims))
	for i := range r.dims {
		d := &r.dims[i]
		if d.part {
			dims[i] = r.part
			continue
		}
		value, err := d.read(key, v, r.fetch.report)
		if err != nil {
			return fmt.Errorf("the dimension %s: %w", d.Name, err)
		}
		dims[i] = value
	}
	r.found.reset(dims, len(r.metrics))
	for i := range r.metrics {
		m := &r.metrics[i]
		value, err := m.read(v)
		if err != nil {
			return fmt.Errorf("the metric %s: %w", m.Name, err)
		}
		switch {
		case !value.set:
		case m.Type == field.Money:
			r.found.money(i, value, m.currencyOf(v, r.ofAnswer[i]))
		default:
			r.found.number(i, value)
		}
	}
	r.rows = append(r.rows, r.found.rows...)
	return nil
}

func (d *dimensionReader) read(key, row gjson.Result, plan *mapping.ReportPlan) (Value, error) {
	native := first(d.from, row)
	if len(d.from) == 1 && d.from[0].key {
		native = key
	}
	text, ok, err := scalarText(native, d.codec)
	if err != nil || !ok {
		return null, err
	}
	switch {
	case d.Enum != nil:
		read, err := d.Enum.Read(nil, []byte(text))
		if err != nil {
			return null, err
		}
		text = string(read)
	case d.codec != nil && native.Type != gjson.JSON:
		read, err := d.codec.Read(nil, []byte(text))
		if err != nil {
			return null, err
		}
		if len(read) == 0 {
			return null, nil
		}
		text = string(read)
	}
	switch d.Name {
	case field.Month:
		text = text[:min(len(text), len("2006-01"))]
	case field.Year:
		text = text[:min(len(text), len("2006"))]
	}
	v := Value{Text: text}
	switch d.Type {
	case field.Integer:
		if _, err := codec.AppendInteger(nil, []byte(text)); err != nil {
			return null, err
		}
	case field.Decimal:
		number, err := codec.AppendDecimal(nil, []byte(text), 0)
		if err != nil {
			return null, err
		}
		v.Text = string(number)
	case field.Entity:
		v.Text = plan.Prefix() + text
		if name, ok, err := scalarText(first(d.label, row), nil); err == nil && ok {
			v.Name = name
		}
	}
	return v, nil
}

func (m *metricReader) read(row gjson.Result) (cell, error) {
	var c cell
	if len(m.parts) == 0 {
		return c, m.addTo(&c, first(m.from, row))
	}
	for i := range m.parts {
		if err := m.addTo(&c, m.parts[i].in(row, true)); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (m *metricReader) addTo(c *cell, native gjson.Result) error {
	text, ok, err := scalarText(native, nil)
	if err != nil || !ok {
		return err
	}
	if native.Type != gjson.Number && native.Type != gjson.String {
		return fmt.Errorf("%s is not a number", native.Raw)
	}
	number, err := parseScaled(text, m.scale)
	if err != nil {
		return err
	}
	one := cell{number: number, set: true}
	if m.Negate && !one.number.IsZero() {
		one.number.Neg(&one.number)
	}
	c.add(&one, true)
	return nil
}

// currencyOf returns the currency of an amount: the first that the row or the answer names.
func (m *metricReader) currencyOf(row gjson.Result, ofAnswer string) string {
	for i := range m.currency {
		code := ofAnswer
		if at := &m.currency[i]; !at.whole {
			code = currencyCode(at.in(row, true).String())
		}
		if code != "" {
			return code
		}
	}
	return m.Fixed
}

// currencyOfAnswer returns the first currency that the answer names outside of its rows.
func (m *metricReader) currencyOfAnswer(whole gjson.Result) string {
	for i := range m.currency {
		if at := &m.currency[i]; at.whole {
			if code := currencyCode(at.in(whole, true).String()); code != "" {
				return code
			}
		}
	}
	return ""
}
