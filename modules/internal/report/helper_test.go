package report_test

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// noon is the clock of the tests: a Friday.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

var loadSurface = sync.OnceValues(func() (*surface.Surface, error) {
	document, err := os.ReadFile("../../../mappings/surface.yaml")
	if err != nil {
		return nil, err
	}
	return surface.Load(document)
})

// native is one native request as a fake platform sees it.
type native struct {
	path  string
	query url.Values
	body  string
}

// fake is a platform that answers from a function. It counts its requests.
type fake struct {
	answer func(native) (string, *problem.Problem)
	lists  map[string]string // operation → JSON array of unified rows

	mu       sync.Mutex
	requests []native
	listed   []map[string][]string
}

func (f *fake) Do(_ context.Context, call *mapping.CallPlan, draft *mapping.Draft) (*exchange.Response, *problem.Problem) {
	req, err := call.Request(draft, nil)
	if err != nil {
		return nil, problem.New(problem.Internal, "%v", err)
	}
	values, err := url.ParseQuery(req.Query)
	if err != nil {
		return nil, problem.New(problem.Internal, "%v", err)
	}
	n := native{path: req.Path, query: values, body: string(req.Body)}
	f.mu.Lock()
	f.requests = append(f.requests, n)
	f.mu.Unlock()
	body, p := f.answer(n)
	if p != nil {
		return nil, p
	}
	return &exchange.Response{Status: 200, Body: []byte(body), Requests: 1}, nil
}

func (f *fake) List(_ context.Context, operation string, args map[string][]string, members []string, yield func([][]byte) bool) (report.Freshness, *problem.Problem) {
	f.mu.Lock()
	f.requests = append(f.requests, native{path: operation})
	f.listed = append(f.listed, args)
	f.mu.Unlock()
	text, ok := f.lists[operation]
	if !ok {
		return report.Freshness{}, problem.New(problem.PlatformUnavailable, "no list %s", operation)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return report.Freshness{}, problem.New(problem.Internal, "%v", err)
	}
	for _, row := range rows {
		values := make([][]byte, len(members))
		for i, m := range members {
			values[i] = []byte("null")
			if v, ok := row[m]; ok {
				values[i] = v
			}
		}
		if !yield(values) {
			break
		}
	}
	return report.Freshness{}, nil
}

func (f *fake) Keeps(string) bool { return false }

func (f *fake) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// bind makes a platform of a mapping.
func bind(t testing.TB, source report.Source, text []byte, b mapping.Binding) report.Platform {
	t.Helper()
	s, err := loadSurface()
	require.NoError(t, err)
	m, err := mapping.Parse("mapping.yaml", text)
	require.NoError(t, err)
	p, err := mapping.Compile(m, s, b)
	require.NoError(t, err)
	return report.Platform{Platform: p, Source: source}
}

// readSample returns the text of a mapping of testdata.
func readSample(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file + ".yaml")
	require.NoError(t, err)
	return string(text)
}

// parse reads a query in its GET form.
func parse(t testing.TB, query string) *report.Query {
	t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	q, faults := report.ParseQuery(values)
	require.Empty(t, faults)
	return q
}

// parseBody reads a query in its POST form.
func parseBody(t testing.TB, body string) *report.Query {
	t.Helper()
	q, faults := report.ParseBody([]byte(body))
	require.Empty(t, faults)
	return q
}

// run makes a report and returns it with its rows as JSON.
func run(t testing.TB, q *report.Query, platforms ...report.Platform) (*report.Result, []string) {
	t.Helper()
	r, p := report.Run(t.Context(), platforms, q, report.Options{Now: noon})
	require.Nil(t, p)
	var rows []string
	for i := range r.Rows {
		rows = append(rows, string(r.AppendRow(nil, &r.Rows[i])))
	}
	return r, rows
}

// row writes the JSON of a row from the inner parts of its objects.
func row(dimensions, metrics string) string {
	return `{"dimensions":{` + dimensions + `},"metrics":{` + metrics + `}}`
}

func compact(s string) string { return strings.NewReplacer("\n", "", "\t", "").Replace(s) }

// limitedList refuses to read lists, as a source does whose scan budget is used up.
type limitedList struct{ *fake }

func (l *limitedList) List(context.Context, string, map[string][]string, []string, func([][]byte) bool) (report.Freshness, *problem.Problem) {
	return report.Freshness{}, problem.New(problem.ScanLimitExceeded, "too many rows")
}
