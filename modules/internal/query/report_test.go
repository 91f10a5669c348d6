package query

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

const reportMapping = `mapping: v1
platform: ledger
server: https://ledger.example
formats: {day: {date: "2006-01-02"}}
reports:
  - name: build
    call: [POST /report/build, POST /clicks/build]
    rows: rows
    range: {from: body.from, to: body.to, as: day}
    metrics: {clicks: clicks}
`

// A report that several versions serve at different addresses keeps the one that answers,
// as reads do.
func TestSpellingsOfAReport(t *testing.T) {
	const asked = ` {"from":"2026-11-01","to":"2026-11-02"}`
	for _, test := range []struct {
		name   string
		status map[string]int // by path; none: 200
		want   []string       // what two reports ask for
		code   problem.Code
	}{
		{"the first answers", map[string]int{}, []string{"POST /report/build", "POST /report/build"}, ""},
		{"the second answers", map[string]int{"/report/build": 404}, []string{"POST /report/build", "POST /clicks/build", "POST /clicks/build"}, ""},
		{"the method is refused", map[string]int{"/report/build": 405}, []string{"POST /report/build", "POST /clicks/build", "POST /clicks/build"}, ""},
		{"not implemented", map[string]int{"/report/build": 501}, []string{"POST /report/build", "POST /clicks/build", "POST /clicks/build"}, ""},
		{"a fault of the question", map[string]int{"/report/build": 422, "/clicks/build": 404}, []string{"POST /report/build", "POST /report/build"}, problem.InvalidRequest},
		{"a fault of the platform", map[string]int{"/report/build": 500}, []string{"POST /report/build", "POST /report/build"}, problem.PlatformError},
		{"neither", map[string]int{"/report/build": 404, "/clicks/build": 405}, []string{"POST /report/build", "POST /clicks/build", "POST /report/build", "POST /clicks/build"}, problem.PlatformError},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &register{answer: func(_, path string) (int, string) {
				if status := test.status[path]; status != 0 {
					return status, `{"error":"no"}`
				}
				return 200, `{"rows":[{"clicks":7}]}`
			}}
			e := keeping(t, reportMapping, map[string]*register{"a": l})
			for range 2 {
				q, faults := report.ParseBody([]byte(`{"from":"2026-11-01","to":"2026-11-02","metrics":["clicks"]}`))
				if faults != nil {
					t.Fatal(faults)
				}
				got, p := e.Report(t.Context(), q, person{})
				if code(p) != test.code {
					t.Fatalf("got %v", p)
				}
				if p == nil && len(got.Rows) != 1 {
					t.Errorf("%d rows", len(got.Rows))
				}
			}
			want := make([]string, len(test.want))
			for i, line := range test.want {
				want[i] = line + asked
			}
			if diff := cmp.Diff(want, l.requests()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
