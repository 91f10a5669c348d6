package report

import (
	"encoding/csv"
	"io"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Page says which rows of a result are written, and what is said about the others.
type Page struct {
	// Offset is how many rows came before; Limit the most rows to write, or [All].
	Offset, Limit int
	// NextCursor is the cursor of the next page; empty on the last.
	NextCursor string
	// Base is the absolute URL of the API, for the types of problems.
	Base string
}

// Page returns the rows from offset on, at most limit of them.
func (r *Result) Page(offset, limit int) []Row {
	rows := r.Rows[min(offset, len(r.Rows)):]
	if limit != All {
		rows = rows[:min(limit, len(rows))]
	}
	return rows
}

// AppendJSON appends the report as one JSON object: data, totals, range, page and
// platforms.
func (r *Result) AppendJSON(dst []byte, p Page) []byte {
	dst = append(dst, `{"data":[`...)
	for i := range r.Page(p.Offset, p.Limit) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.AppendRow(dst, &r.Rows[p.Offset+i])
	}
	dst = append(dst, `],`...)
	dst = r.appendTotals(dst)
	dst = r.appendRange(append(dst, `,"range":`...))
	dst = answer.AppendPage(append(dst, `,"page":`...), p.NextCursor, len(r.Rows))
	dst = answer.AppendStatuses(append(dst, `,"platforms":`...), r.Platforms, p.Base)
	return append(dst, '}')
}

// AppendRow appends one row: {"dimensions":{…},"metrics":{…}}.
func (r *Result) AppendRow(dst []byte, row *Row) []byte {
	dst = append(dst, `{"dimensions":{`...)
	for i, d := range r.Dimensions {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(codec.AppendQuoted(dst, d.Name), ':')
		dst = row.dims[i].appendJSON(dst, d.Type)
	}
	dst = append(dst, `},`...)
	return append(r.appendMetrics(dst, row), '}')
}

func (r *Result) appendMetrics(dst []byte, row *Row) []byte {
	dst = append(dst, `"metrics":{`...)
	for i, m := range r.Metrics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(codec.AppendQuoted(dst, m.Name), ':')
		c := &row.cells[i]
		switch {
		case !c.set:
			dst = append(dst, "null"...)
		case m.Type == field.Money:
			dst = append(dst, `{"value":"`...)
			dst = append(c.appendPlain(dst), `","currency":`...)
			dst = append(appendCurrency(dst, row.currency), '}')
		default:
			dst = c.appendNumber(dst)
		}
	}
	return append(dst, '}')
}

func appendCurrency(dst []byte, code string) []byte {
	if code == "" {
		return append(dst, "null"...)
	}
	return codec.AppendQuoted(dst, code)
}

func (r *Result) appendTotals(dst []byte) []byte {
	dst = append(dst, `"totals":[`...)
	for i := range r.Totals {
		if i > 0 {
			dst = append(dst, ',')
		}
		row := &r.Totals[i]
		dst = append(appendCurrency(append(dst, `{"currency":`...), row.currency), ',')
		dst = append(r.appendMetrics(dst, row), '}')
	}
	return append(dst, ']')
}

// appendRange appends the days of the report: {"from":…,"to":…}, both included.
func (r *Result) appendRange(dst []byte) []byte {
	if r.Range == nil {
		return append(dst, "null"...)
	}
	dst = append(append(append(dst, `{"from":"`...), r.Range.From.String()...), `","to":"`...)
	return append(append(dst, r.Range.To.String()...), `"}`...)
}

// WriteNDJSON writes one line for each row of the page, and a last one with totals, range
// and platforms.
func (r *Result) WriteNDJSON(w io.Writer, p Page) error {
	var line []byte
	rows := r.Page(p.Offset, p.Limit)
	for i := range rows {
		line = append(r.AppendRow(line[:0], &rows[i]), '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	line = r.appendTotals(append(line[:0], '{'))
	line = r.appendRange(append(line, `,"range":`...))
	line = answer.AppendStatuses(append(line, `,"platforms":`...), r.Platforms, p.Base)
	_, err := w.Write(append(line, '}', '\n'))
	return err
}

// WriteCSV writes a header and the rows of the page. Entities have the columns
// <name>.id and <name>.name, money <name>.value and <name>.currency. Totals and
// platforms are not in it.
func (r *Result) WriteCSV(w io.Writer, p Page) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180, section 2
	var record []string
	for _, d := range r.Dimensions {
		if d.Type == field.Entity {
			record = append(record, d.Name+".id", d.Name+".name")
			continue
		}
		record = append(record, d.Name)
	}
	for _, m := range r.Metrics {
		if m.Type == field.Money {
			record = append(record, m.Name+".value", m.Name+".currency")
			continue
		}
		record = append(record, m.Name)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range r.Page(p.Offset, p.Limit) {
		if err := out.Write(r.record(record[:0], &row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (r *Result) record(record []string, row *Row) []string {
	for i, d := range r.Dimensions {
		v := row.dims[i]
		record = append(record, v.Text)
		if d.Type == field.Entity {
			record = append(record, v.Name)
		}
	}
	for i, m := range r.Metrics {
		c := &row.cells[i]
		switch {
		case m.Type == field.Money && !c.set:
			record = append(record, "", "")
		case m.Type == field.Money:
			record = append(record, string(c.appendPlain(nil)), row.currency)
		case !c.set:
			record = append(record, "")
		default:
			record = append(record, string(c.appendNumber(nil)))
		}
	}
	return record
}
