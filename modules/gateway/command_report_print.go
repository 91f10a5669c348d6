package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// maxRefusal is how much of a refusal is read.
const maxRefusal = 1 << 20

// platformsTrailer carries what there is to say about platforms beside CSV.
const platformsTrailer = "Tributary-Platforms"

// refusal is the error that an answer other than a report stands for.
func refusal(resp *http.Response) error {
	var p struct {
		Title    string               `json:"title"`
		Detail   string               `json:"detail"`
		Code     string               `json:"code"`
		Instance string               `json:"instance"`
		Errors   []problem.FieldError `json:"errors"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || mediaType != problem.MediaType || json.Unmarshal(body, &p) != nil {
		return fmt.Errorf("%s answered with status %d and without a problem; is --address that of the gateway?", resp.Request.URL.Host, resp.StatusCode)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s)", printable(p.Title), printable(p.Code))
	if p.Detail != "" {
		text.WriteString(": " + printable(p.Detail))
	}
	for _, e := range p.Errors {
		fmt.Fprintf(&text, "\n  %s: %s", printable(e.Parameter), printable(e.Detail))
	}
	if p.Instance != "" && p.Code == string(problem.Internal) {
		text.WriteString("\n  instance: " + printable(p.Instance))
	}
	return errors.New(text.String())
}

// printReport prints a report to out, and to notes how many rows it does not show. It
// returns what the report says about the platforms.
func printReport(out, notes io.Writer, resp *http.Response, format string) (platforms gjson.Result, err error) {
	if format == formatCSV {
		if _, err = io.Copy(out, resp.Body); err != nil {
			return platforms, fmt.Errorf("reading the report: %w", err)
		}
		return gjson.Parse(resp.Trailer.Get(platformsTrailer)), nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return platforms, fmt.Errorf("reading the report: %w", err)
	}
	if !gjson.ValidBytes(body) {
		return platforms, errors.New("reading the report: the answer is not JSON; is --address that of the gateway?")
	}
	report := gjson.ParseBytes(body)
	platforms = report.Get("platforms")
	if format == formatJSON {
		_, err = fmt.Fprintf(out, "%s\n", body)
		return platforms, err
	}
	if err = printTable(out, report); err != nil {
		return platforms, err
	}
	rows, total := report.Get("data.#").Int(), report.Get("page.total")
	if total.Exists() && total.Int() > rows {
		_, err = fmt.Fprintf(notes, "%d rows of %d; --limit all prints all\n", rows, total.Int())
	}
	return platforms, err
}

// printTable prints the rows of a report, and below them, where they are grouped, its totals.
func printTable(out io.Writer, report gjson.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	// what cannot be written shows when the writer is flushed
	line := func(cells []string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) }
	rows := report.Get("data").Array()
	totals := report.Get("totals").Array()
	if len(rows) == 0 {
		_, _ = fmt.Fprintln(w, "no rows")
		return w.Flush()
	}
	dimensions := len(rows[0].Get("dimensions").Map())
	line(append(names(rows[0].Get("dimensions")), names(rows[0].Get("metrics"))...))
	for _, row := range rows {
		line(append(cells(row.Get("dimensions")), cells(row.Get("metrics"))...))
	}
	if dimensions > 0 {
		for _, total := range totals {
			first := make([]string, dimensions)
			first[0] = "total"
			line(append(first, cells(total.Get("metrics"))...))
		}
	}
	return w.Flush()
}

// names returns the names of an object's members, as headings.
func names(object gjson.Result) (out []string) {
	object.ForEach(func(name, _ gjson.Result) bool {
		out = append(out, strings.ToUpper(printable(name.String())))
		return true
	})
	return out
}

func cells(object gjson.Result) (out []string) {
	object.ForEach(func(_, value gjson.Result) bool {
		out = append(out, cell(value))
		return true
	})
	return out
}

// cell writes a value for a person: money with its currency, an entity with its
// name and identifier.
func cell(v gjson.Result) string {
	switch {
	case v.Type == gjson.Null:
		return "-"
	case !v.IsObject():
		return printable(v.String())
	case v.Get("value").Exists():
		return strings.TrimSpace(printable(v.Get("value").String() + " " + v.Get("currency").String()))
	case v.Get("name").String() == "":
		return printable(v.Get("id").String())
	default:
		return printable(v.Get("name").String() + " (" + v.Get("id").String() + ")")
	}
}

// printPlatforms says what is missing of a report, a line for each platform, and
// returns those that failed, wholly or in part.
func printPlatforms(notes io.Writer, platforms gjson.Result) (failed []string, err error) {
	for _, p := range platforms.Array() {
		var texts []string
		name := printable(p.Get("platform").String())
		if status := p.Get("status").String(); status != "ok" {
			texts = append(texts, fmt.Sprintf("%s: %s (%s)", status, p.Get("problem.detail"), p.Get("problem.code")))
			failed = append(failed, name)
		}
		if lacking := p.Get("unsupported").Array(); len(lacking) > 0 {
			var list []string
			for _, name := range lacking {
				list = append(list, name.String())
			}
			texts = append(texts, "has no "+strings.Join(list, ", "))
		}
		for _, text := range texts {
			if _, err := fmt.Fprintf(notes, "%s: %s\n", name, printable(text)); err != nil {
				return nil, err
			}
		}
	}
	return failed, nil
}

// printable takes out what would move the cursor of a terminal or break a table.
// Names come from platforms, and those from anyone.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}
