package query

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func conversions(t testing.TB) *surface.Operation {
	t.Helper()
	return loadSurface(t).Operation("conversions.list")
}

// What a member is decides how its tokens are compared.
func TestFiltersOnMembers(t *testing.T) {
	list := conversions(t)
	const euros = `{"value":"12.50","currency":"EUR"}`
	for _, test := range []struct {
		filter string
		token  string
		want   bool
	}{
		{`{"field":"country","op":"eq","value":"de"}`, `"DE"`, true},
		{`{"field":"country","op":"ne","value":"de"}`, `null`, true},
		{`{"field":"country","op":"in","value":["DE","FR"]}`, `null`, false},
		{`{"field":"amount","op":"gt","value":12.4}`, euros, true},
		{`{"field":"amount","op":"lte","value":"12.50"}`, euros, true},
		{`{"field":"amount","op":"between","value":["13","14"]}`, euros, false},
		{`{"field":"amount","op":"lt","value":"1.3e1"}`, euros, true},
		{`{"field":"click_id","op":"eq","value":"a\"b"}`, `"a\"b"`, true},
		{`{"field":"click_id","op":"ends_with","value":"CD"}`, `"ab\u0063d"`, true},
		{`{"field":"native_id","op":"contains","value":"A"}`, `"1a"`, true},
		{`{"field":"campaign_id","op":"eq","value":"a:X"}`, `"a:x"`, false},
		{`{"field":"status","op":"in","value":["approved"]}`, `"approved"`, true},
		{`{"field":"occurred_at","op":"eq","value":"2026-06-01T03:30:00+03:30"}`, `"2026-06-01T00:00:00Z"`, true},
		{`{"field":"locked","op":"true"}`, `true`, true},
		{`{"field":"locked","op":"eq","value":true}`, `false`, false},
		{`{"field":"locked","op":"false"}`, `null`, false},
	} {
		filters, faults := ParseFilters(list, json.RawMessage("["+test.filter+"]"))
		if faults != nil {
			t.Errorf("%s: %v", test.filter, faults)
			continue
		}
		kind := list.Resource.Member(filters[0].Field).Type
		if got := filters[0].Holds(filterValue([]byte(test.token), kind)); got != test.want {
			t.Errorf("%s on %s: got %v", test.filter, test.token, got)
		}
	}
}

// A member that has no name of one word has that of the list's parameter.
func TestFiltersByTheNamesOfParameters(t *testing.T) {
	filters, faults := ParseFilters(conversions(t), json.RawMessage(
		`[{"field":"sub_id_1","op":"contains","value":"x"},{"field":"publisher_id","op":"set"},{"field":"amount","op":"gt","value":1}]`))
	if faults != nil {
		t.Fatal(faults)
	}
	for i, want := range []string{"sub_ids.1", "publisher.id", "amount"} {
		if filters[i].Field != want {
			t.Errorf("got %s, want %s", filters[i].Field, want)
		}
	}
}

func TestWrongFiltersAreNamed(t *testing.T) {
	list := conversions(t)
	for _, test := range []struct{ filter, parameter, detail string }{
		{`{"field":"ammount","op":"eq","value":1}`, "filters[0].field", `conversion has no member "ammount"; did you mean "amount"?`},
		{`{"field":"amount.curency","op":"set"}`, "filters[0].field", `conversion has no member "amount.curency"; did you mean "amount.currency"?`},
		{`{"field":"items","op":"set"}`, "filters[0].field", "items is not a single value, so it cannot be filtered by"},
		{`{"field":"click_id","op":"true"}`, "filters[0].op", "true is for booleans, and click_id is none"},
		{`{"field":"click_id","op":"has_label","value":"ok"}`, "filters[0].op", "labels are filtered in reports only"},
		{`{"field":"amount","op":"gt","value":"much"}`, "filters[0].value", `"much" is not a number`},
		{`{"field":"amount","op":"between","value":1}`, "filters[0].value", "between takes a list of two values"},
		{`{"field":"occurred_at","op":"lt","value":"June"}`, "filters[0].value", `"June" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`},
		{`{"field":"type","op":"eq","value":"leed"}`, "filters[0].value", `"leed" is not one of sale, lead, click, rebill, bonus, other, unknown; did you mean "lead"?`},
		{`{"field":"locked","op":"in","value":["yes"]}`, "filters[0].value", `"yes" is neither true nor false`},
	} {
		_, faults := ParseFilters(list, json.RawMessage("["+test.filter+"]"))
		want := []problem.FieldError{{Parameter: test.parameter, Detail: test.detail}}
		if !slices.Equal(faults, want) {
			t.Errorf("%s: got %v, want %v", test.filter, faults, want)
		}
	}
}

func FuzzParseFilters(f *testing.F) {
	list := conversions(f)
	f.Add(`[{"field":"amount","op":"between","value":["1","2"]}]`)
	f.Add(`[{"field":"click_id","op":"matches","value":"a+"}]`)
	f.Add(`[{"field":"occurred_at","op":"gt","value":"2026-06-01T00:00:00Z"}]`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		filters, _ := ParseFilters(list, json.RawMessage(text))
		for i := range filters {
			kind := list.Resource.Member(filters[i].Field).Type
			for _, token := range []string{`null`, `"x"`, `12`, `true`, `{"value":"1","currency":null}`} {
				filters[i].Holds(filterValue([]byte(token), kind))
			}
		}
	})
}
