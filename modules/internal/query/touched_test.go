package query

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTouched(t *testing.T) {
	const costs = costsOperation
	tests := []struct {
		name, operation, body string
		want                  Touched
	}{
		// 2026-01-01 is day 20454: 56 years of 365 days and 14 leap days after 1970-01-01
		{"costs of a range", costs, `{"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T12:00:00Z"}`, Touched{Days: true, From: 20453, To: 20457}},
		{"costs of a day", costs, `{"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T23:59:59Z"}`, Touched{Days: true, From: 20453, To: 20455}},
		{"costs in another zone", costs, `{"from": "2026-01-01T00:00:00+13:00", "to": "2026-01-01T00:00:00-12:00"}`, Touched{Days: true, From: 20452, To: 20455}},
		{"costs before 1970", costs, `{"from": "1969-12-31T12:00:00Z", "to": "1969-12-31T13:00:00Z"}`, Touched{Days: true, From: -2, To: 0}},
		{"costs the wrong way round", costs, `{"from": "2026-01-03T00:00:00Z", "to": "2026-01-01T00:00:00Z"}`, Touched{}},
		{"costs without a range", costs, `{}`, Touched{}},
		{"costs with half a range", costs, `{"from": "2026-01-01T00:00:00Z"}`, Touched{}},
		{"another change", "campaigns.update", `{"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T12:00:00Z"}`, Touched{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, touched(tt.operation, []byte(tt.body))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoIsToldOfAChange(t *testing.T) {
	refused := errors.New("connection reset")
	unreached := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	certain, uncertain := Touched{}, Touched{Uncertain: true}
	tests := []struct {
		name   string
		status int
		err    error
		want   []Touched
	}{
		{"made", 0, nil, []Touched{certain}},
		{"refused", 422, nil, []Touched{certain}},
		{"failed", 500, nil, []Touched{uncertain}},
		{"broken off", 0, refused, []Touched{uncertain}},
		{"not connected", 0, unreached, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := &register{failure: tt.err, answer: func(string, string) (int, string) { return tt.status, `{"error":"no"}` }}
			e := keeping(t, ledgerMapping, map[string]*register{"a": l})
			told := tellInto(t, e)
			o, _ := e.Write(t.Context(), writing(t, e, "campaigns.create", "", "", `{"name":"n","alias":"a"}`, person{}))
			if o != nil {
				o.Close()
			}
			if diff := cmp.Diff(tt.want, told()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A read tells of nothing.
func TestReadsChangeNothing(t *testing.T) {
	e := keeping(t, ledgerMapping, map[string]*register{"a": {objects: map[string]string{"1": `{"id":1}`}}})
	told := tellInto(t, e)
	get(t, e, "campaigns.list", "")
	if got := told(); got != nil {
		t.Errorf("told %v", got)
	}
}

// tellInto notes what is told of changes at the platform a.
func tellInto(t *testing.T, e *Engine) (told func() []Touched) {
	t.Helper()
	var all []Touched
	e.changes = func(platform string, touched Touched) {
		if platform != "a" {
			t.Errorf("told of %s", platform)
		}
		all = append(all, touched)
	}
	return func() []Touched { return all }
}

// What a platform works at is dropped when it begins and when it is done, or was looked
// at last.
func TestChangeThatTakesTime(t *testing.T) {
	for _, tt := range []struct {
		name, patience string
		want           []Touched
	}{
		{"done in time", "1h", []Touched{{}, {}}},
		{"not done in time", "0s", []Touched{{}, {Uncertain: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &register{answer: func(method, _ string) (int, string) {
				if method == http.MethodPost {
					return 200, `{"id":"j1","state":"waiting"}`
				}
				return 200, `{"id":"j1","state":"done"}`
			}}
			e := keeping(t, strings.Replace(jobs, "PATIENCE", tt.patience, 1), map[string]*register{"a": l})
			told := tellInto(t, e)
			changed(t, e, "imports.create", "", importBody)
			if diff := cmp.Diff(tt.want, told()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFreshnessOfOperations(t *testing.T) {
	tests := []struct {
		name string
		d    time.Duration
		want string
	}{
		{"a minute", time.Minute, "PT60S"},
		{"a day", 24 * time.Hour, "PT86400S"},
		{"less than a second", 1500 * time.Millisecond, "PT1.5S"},
		{"nothing kept", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := described(t, "affjet")
			e.fresh = func(platform, operation string) time.Duration {
				if platform == "affjet" && operation == reportOperation {
					return tt.d
				}
				return 0
			}
			d, p := e.Describe(&Request{Client: person{}}, "affjet")
			if p != nil {
				t.Fatal(p)
			}
			got := ""
			if f := d.Operations[reportOperation].Freshness; f != nil {
				got = *f
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if f := d.Operations["networks.list"].Freshness; f != nil {
				t.Errorf("networks.list: %q", *f)
			}
		})
	}
}
