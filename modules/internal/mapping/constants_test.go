package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// changed compiles the example with one text in place of another.
func changed(t *testing.T, replace, by string, b mapping.Binding) (*mapping.Platform, error) {
	t.Helper()
	text := strings.Replace(example, replace, by, 1)
	if text == example {
		t.Fatalf("%q is not in the example", replace)
	}
	m, err := mapping.Parse("example/mapping.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	b.Platform = "shop"
	return mapping.Compile(m, loadSurface(t), b)
}

// A parameter that repeats may have several constant values.
func TestConstantList(t *testing.T) {
	p, err := changed(t, "    rows: items", "    query: {\"kind[]\": [sale, lead], all: yes}\n    rows: items", mapping.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	got := nativeRequest(t, p.Operation("conversions.list").Calls[0], nil, mapping.PageAt{Size: 10})
	if want := "GET /sales?kind[]=sale&kind[]=lead&all=yes&size=10&page=1"; got != want {
		t.Errorf("asks %s, want %s", got, want)
	}
	_, err = changed(t, "    rows: items", "    query: {kind: [sale, lead]}\n    rows: items", mapping.Binding{})
	if faults := mapping.Faults(nil); !errors.As(err, &faults) || !strings.Contains(err.Error(), "only a query parameter whose name ends in [] takes a list") {
		t.Errorf("a list for a parameter that has one value: %v", err)
	}
}

// A filter may need constants beside its value; without the filter they are not sent.
func TestFilterWithConstants(t *testing.T) {
	p, err := changed(t, `{to: query.state, many: true, join: "|"}`, `{to: query.state, with: {query: {"by[]": state}}}`, mapping.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	for _, test := range []struct {
		name    string
		filters []filter
		want    string
	}{
		{"filtered", []filter{{"status", []string{"pending"}, mapping.PushedWhole}}, "GET /sales?state=open&by[]=state&size=10&page=1"},
		{"not filtered", nil, "GET /sales?size=10&page=1"},
		{"too many values", []filter{{"status", []string{"pending", "approved"}, mapping.NotPushed}}, "GET /sales?size=10&page=1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := nativeRequest(t, call, test.filters, mapping.PageAt{Size: 10}); got != test.want {
				t.Errorf("asks %s, want %s", got, test.want)
			}
		})
	}
}

// A native value may mean one thing on one account and another on the next.
func TestEnumValueByOption(t *testing.T) {
	const (
		replace = "resources:\n  conversion:\n    native_id: id\n    status: {from: state, enum: {ok: approved, open: pending, closed: approved}}"
		by      = "options:\n  closed: {values: [approved, refunded, gone], default: approved}\nresources:\n  conversion:\n    native_id: id\n    status: {from: state, enum: {open: pending, closed: \"{option.closed}\"}}"
	)
	for _, test := range []struct {
		name    string
		options map[string]string
		want    string
	}{
		{"default", nil, "approved"},
		{"chosen", map[string]string{"closed": "refunded"}, "refunded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := changed(t, replace, by, mapping.Binding{Options: test.options})
			if err != nil {
				t.Fatal(err)
			}
			op := p.Operation("conversions.list")
			row := unified(t, op.Calls[0], []byte(`{"items":[{"id":1,"state":"closed"}]}`), nil).([]any)[0].(map[string]any)
			if row["status"] != test.want || row["native_status"] != "closed" {
				t.Errorf("reads as %v, want %s", row, test.want)
			}
			if !op.Yields("status", test.want) {
				t.Errorf("%s is not among the values", test.want)
			}
			got := nativeRequest(t, op.Calls[0], []filter{{"status", []string{test.want}, mapping.PushedWhole}}, mapping.PageAt{Size: 10})
			if want := "GET /sales?state=closed&size=10&page=1"; got != want {
				t.Errorf("asks %s, want %s", got, want)
			}
		})
	}
	if _, err := changed(t, replace, by, mapping.Binding{Options: map[string]string{"closed": "gone"}}); err == nil || !strings.Contains(err.Error(), `the surface has no value "gone" here`) {
		t.Errorf("an option that is no value of the surface: %v", err)
	}
	unknown := strings.Replace(by, "{option.closed}", "{option.opened}", 1)
	if _, err := changed(t, replace, unknown, mapping.Binding{}); err == nil || !strings.Contains(err.Error(), `the surface has no value "{option.opened}" here`) {
		t.Errorf("an option that the mapping has not: %v", err)
	}
}

// What an expression reads of a row may be absent at any step, and may come from
// outside the row.
func TestExpressionPaths(t *testing.T) {
	p, err := changed(t, "    merchant_id: shop", "    external_id: {expr: 'row.order.no ?? row[\"@outer\"].q ?? \"none\"'}\n    merchant_id: shop", mapping.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	for _, test := range []struct {
		name, row string
		outer     map[string]string
		want      string
	}{
		{"there", `{"order":{"no":"A1"}}`, nil, "A1"},
		{"no such member", `{"order":{}}`, nil, "none"},
		{"no such object", `{}`, nil, "none"},
		{"null", `{"order":null}`, nil, "none"},
		{"from outside", `{}`, map[string]string{"q": `"A2"`}, "A2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := unified(t, call, []byte(`{"items":[`+test.row+`]}`), test.outer).([]any)[0].(map[string]any)["external_id"]
			if diff := cmp.Diff(any(test.want), got); diff != "" {
				t.Errorf("value differs (-want +got):\n%s", diff)
			}
		})
	}
}
