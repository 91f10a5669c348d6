package unifiedapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// form is a form of answer.
type form int

const (
	formJSON form = iota
	formNDJSON
	formCSV
)

// form chooses the form of the answer: the parameter format, else what Accept prefers.
func (x *exchange) form(format string) (form, *problem.Problem) {
	switch format {
	case "json":
		return formJSON, nil
	case "ndjson":
		return formNDJSON, nil
	case "csv":
		return formCSV, nil
	}
	return accepted(x.r.Header.Get("Accept")), nil
}

// accepted is the form that a field Accept prefers (RFC 9110, section 12.5.1): of those
// with the highest weight the first; JSON where it names none.
func accepted(accept string) form {
	if accept == "" || accept == "*/*" || accept == "application/json" {
		return formJSON // as nearly always
	}
	best, highest := formJSON, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		var f form
		switch mediaType {
		case "application/json", "application/*", "*/*":
			f = formJSON
		case ndjsonType:
			f = formNDJSON
		case "text/csv", "text/*":
			f = formCSV
		default:
			continue
		}
		if weight > highest {
			best, highest = f, weight
		}
	}
	return best
}

// flushEvery is how many rows of a stream are written before they are sent.
const flushEvery = 500

const (
	ndjsonType = "application/x-ndjson"
	csvType    = "text/csv; charset=utf-8; header=present"
)

// platformsTrailer carries the member "platforms" after a CSV body.
const platformsTrailer = "Tributary-Platforms"

// listNDJSON writes one row a line, and a last line with page and platforms.
func (x *exchange) listNDJSON(list *query.List) error {
	x.w.Header().Set("Content-Type", ndjsonType)
	x.link(list.Next())
	flusher := http.NewResponseController(x.w)
	n := 0
	var line []byte
	err := list.Each(x.r.Context(), func(row []byte) error {
		line = append(appendLine(line[:0], row), '\n')
		if _, err := x.w.Write(line); err != nil {
			return err
		}
		if n++; n%flushEvery == 0 {
			return ignoreUnsupported(flusher.Flush())
		}
		return nil
	})
	if err != nil {
		return err
	}
	line = append(line[:0], `{"page":`...)
	line = list.AppendPage(line)
	line = append(line, `,"platforms":`...)
	line = answer.AppendStatuses(line, x.statuses(list), x.base())
	_, err = x.w.Write(append(line, "}\n"...))
	return err
}

// appendLine appends a row without line breaks, which native rows may have between
// their tokens.
func appendLine(dst, row []byte) []byte {
	if bytes.IndexByte(row, '\n') < 0 && bytes.IndexByte(row, '\r') < 0 {
		return append(dst, row...)
	}
	b := bytes.NewBuffer(dst)
	if err := json.Compact(b, row); err != nil {
		return append(dst, row...) // rows are valid JSON, so this does not happen
	}
	return b.Bytes()
}

func ignoreUnsupported(err error) error {
	if err == http.ErrNotSupported { //nolint:errorlint // documented to be returned as it is
		return nil
	}
	return err
}

// listCSV writes a table with a header (RFC 4180); the state of the platforms follows
// in the trailer Tributary-Platforms.
func (x *exchange) listCSV(list *query.List, req *query.Request) error {
	columns := columnsOf(query.Members(req), "")
	h := x.w.Header()
	h.Set("Content-Type", csvType)
	h.Set("Trailer", platformsTrailer)
	x.link(list.Next())
	out := csv.NewWriter(x.w)
	out.UseCRLF = true
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	n := 0
	err := list.Each(x.r.Context(), func(row []byte) error {
		for i, c := range columns {
			record[i] = cell(gjson.GetBytes(row, c.path))
		}
		if n++; n%flushEvery == 0 {
			out.Flush()
		}
		return out.Write(record)
	})
	if err != nil {
		return err
	}
	out.Flush()
	h.Set(platformsTrailer, string(answer.AppendStatuses(nil, x.statuses(list), x.base())))
	return out.Error()
}

// column is one column of a table.
type column struct{ name, path string }

// columnsOf lays the members of a resource out as columns: money as an amount and its
// currency, objects member by member, lists and maps as JSON.
func columnsOf(members []*surface.Member, prefix string) []column {
	var out []column
	for _, m := range members {
		name := prefix + m.Name
		switch m.Type {
		case surface.Money:
			out = append(out, column{name, m.Path + ".value"}, column{name + ".currency", m.Path + ".currency"})
		case surface.Object:
			out = append(out, columnsOf(m.Members, name+".")...)
		default:
			out = append(out, column{name, m.Path})
		}
	}
	return out
}

func cell(v gjson.Result) string {
	switch v.Type {
	case gjson.Null:
		return ""
	case gjson.String:
		return v.Str
	}
	return v.Raw
}
