package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

const changesMapping = `mapping: v1
platform: sample
server: https://sample.example
formats: {instant: {datetime: rfc3339}}
resources:
  conversion:
    native_id: id
    occurred_at: {from: made, as: instant}
    updated_at: {from: changed, as: instant}
    status: {from: state, enum: {ok: approved}}
    amount: {money: {value: sum, currency: cur}}
operations:
  conversions.list:
    call: GET /sales
    rows: data
    filters:
      occurred_from: {to: query.from, as: instant}
      occurred_to: {to: query.until, as: instant, edge: before}
      updated_from: {to: query.since, as: instant}
      updated_to: {to: query.before, as: instant, edge: before}
    changes: {since: updated_from, overlap: 90m, whole: 14d}
  conversions.get: {via: conversions.list}
`

func compileChanges(t *testing.T, text string) (*mapping.Platform, error) {
	t.Helper()
	m, err := mapping.Parse("sample.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	return mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop"})
}

func TestChanges(t *testing.T) {
	for _, test := range []struct {
		name, text     string
		overlap, whole time.Duration
	}{
		{"all said", changesMapping, 90 * time.Minute, 14 * 24 * time.Hour},
		{"defaults", strings.Replace(changesMapping, ", overlap: 90m, whole: 14d", "", 1), time.Hour, 7 * 24 * time.Hour},
		{"no overlap", strings.Replace(changesMapping, "90m", "0s", 1), 0, 14 * 24 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := compileChanges(t, test.text)
			if err != nil {
				t.Fatal(err)
			}
			c := p.Operation("conversions.list").Changes
			if c == nil || c.Since != "updated_from" || c.Overlap != test.overlap || c.Whole != test.whole {
				t.Fatalf("got %+v", c)
			}
			if p.Operation("conversions.get").Changes != nil {
				t.Error("a get has changes")
			}
		})
	}
}

// What is kept of rows reads as the rows did, with the same taps and members.
func TestKeptRowsReadAsOthers(t *testing.T) {
	p, err := compileChanges(t, changesMapping)
	if err != nil {
		t.Fatal(err)
	}
	op := p.Operation("conversions.list")
	rows := `[{"id":7,"made":"2026-01-31T10:00:00+01:00","changed":"2026-02-01T00:00:00Z","state":"OK","sum":12.5,"cur":"EUR","more":[1]},{"id":"8"}]`
	fresh, kept := op.Calls[0].Plan, op.Changes.Rows
	amount, _ := fresh.Tap("amount")
	status, _ := fresh.Tap("status")
	o := &reshape.Options{
		Native: true, Taps: []int{amount, status},
		Mask: fresh.Mask(func(name string) bool { return name != "amount" }),
	}
	var a, b reshape.Page
	if err := fresh.Page(&a, []byte(`{"data":`+rows+`}`), o); err != nil {
		t.Fatal(err)
	}
	if err := kept.Page(&b, []byte(rows), o); err != nil {
		t.Fatal(err)
	}
	if string(a.Data) != string(b.Data) || a.Len() != 2 || b.Len() != 2 {
		t.Errorf("fresh %s\nkept  %s", a.Data, b.Data)
	}
	if got := string(b.Tap(0, 0)); got != `{"value":"12.5","currency":"EUR"}` {
		t.Errorf("the tapped amount is %s", got)
	}
	if got := string(b.Tap(0, 1)); got != `"approved"` {
		t.Errorf("the tapped status is %s", got)
	}
}

func TestFaultsOfChanges(t *testing.T) {
	change := func(old, now string) string {
		if !strings.Contains(changesMapping, old) {
			t.Fatalf("%q is not in the mapping", old)
		}
		return strings.Replace(changesMapping, old, now, 1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"an unknown key", change("overlap: 90m", "overlab: 90m"), `sample.yaml:21:36: operations.conversions.list.changes: unknown key "overlab"; did you mean "overlap"?`},
		{"without since", change("since: updated_from, ", ""), `sample.yaml:21:14: operations.conversions.list.changes: the key "since" is missing`},
		{"an overlap that is none", change("90m", "soon"), `sample.yaml:21:45: operations.conversions.list.changes.overlap: wants a duration such as 30s, 5m or 30d, not "soon"`},
		{"everything at once", change("14d", "5m"), `sample.yaml:21:57: operations.conversions.list.changes.whole: wants an hour or more: everything is read each time`},
		{"a parameter that there is not", change("since: updated_from", "since: updated_form"), `sample.yaml:21:22: changes: since: "updated_form" is no lower bound of updated_at in conversions.list; wants updated_from; did you mean "updated_from"?`},
		{"an upper bound", change("since: updated_from", "since: updated_to"), `sample.yaml:21:22: changes: since: "updated_to" is no lower bound of updated_at in conversions.list; wants updated_from`},
		{"another moment", change("since: updated_from", "since: occurred_from"), `sample.yaml:21:22: changes: since: "occurred_from" is no lower bound of updated_at in conversions.list; wants updated_from`},
		{"a filter that is not pushed", change("      updated_from: {to: query.since, as: instant}\n", ""), `sample.yaml:20:22: changes: since: the call does not filter by updated_from, so that the platform cannot say what has changed; add it to ` + "`filters`, or leave `changes` out"},
		{"a range that is not pushed", change("      occurred_to: {to: query.until, as: instant, edge: before}\n", ""), `sample.yaml:20:22: changes: the call does not filter by occurred_to, by which rows are first read`},
		{"without identifiers", change("    native_id: id\n", ""), `sample.yaml:20:22: changes: conversion has no native_id, without which rows cannot be kept; add it to its resource, or leave ` + "`changes` out"},
		{"without moments", change("    occurred_at: {from: made, as: instant}\n", ""), `sample.yaml:20:22: changes: conversion has no occurred_at`},
		{"without moments of change", change("    updated_at: {from: changed, as: instant}\n", ""), `sample.yaml:20:22: changes: conversion has no updated_at`},
		{"rows of an object", change("rows: data", "rows: data\n    keyed: true"), "sample.yaml:22:22: changes: rows that take values from around them (`keyed`, `whole`, @outer) do not say all that is kept of them"},
		{"secrets", change("    native_id: id\n", "    native_id: id\n    secrets: [password]\n"), "sample.yaml:22:22: changes: rows with `secrets` are not kept"},
		{"a get", change("conversions.get: {via: conversions.list}", `conversions.get: {call: "GET /sales/{native_id}", row: data, changes: {since: updated_from}}`), `sample.yaml:22:81: changes: conversions.get is not a list; only the rows of lists are kept`},
		{"an answer from a list", change("{via: conversions.list}", "{via: conversions.list, changes: {since: updated_from}}"), "sample.yaml:22:61: conversions.get is answered by conversions.list: `changes` belongs to that list"},
		{"several calls", change("    call: GET /sales\n    rows: data\n    filters:", "    calls:\n    - {call: GET /leads, rows: data}\n    - call: GET /sales\n      rows: data\n      filters:"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.text
			if test.want == "" { // the filters go along with their call
				for _, name := range []string{"occurred_from", "occurred_to", "updated_from", "updated_to"} {
					text = strings.Replace(text, "      "+name+": {", "        "+name+": {", 1)
				}
				test.want = "changes: conversions.list makes several calls; only the rows of a list with one call are kept"
			}
			_, err := compileChanges(t, text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}
