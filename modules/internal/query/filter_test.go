package query

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func conversion(t testing.TB) *surface.Resource {
	t.Helper()
	doc, err := os.ReadFile("../../../mappings/surface.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := surface.Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	return s.Resource("conversion")
}

func TestFilterOperators(t *testing.T) {
	resource := conversion(t)
	const euros = `{"value":"12.50","currency":"EUR"}`
	for _, test := range []struct {
		filter string
		token  string
		want   bool
	}{
		{`{"field":"country","op":"eq","value":"de"}`, `"DE"`, true},
		{`{"field":"country","op":"eq","value":"de","case_sensitive":true}`, `"DE"`, false},
		{`{"field":"country","op":"ne","value":"de"}`, `null`, true},
		{`{"field":"country","op":"in","value":["DE","FR"]}`, `"FR"`, true},
		{`{"field":"country","op":"in","value":["DE","FR"]}`, `null`, false},
		{`{"field":"country","op":"not_in","value":["DE"]}`, `"FR"`, true},
		{`{"field":"amount","op":"gt","value":12.4}`, euros, true},
		{`{"field":"amount","op":"gte","value":"12.5"}`, euros, true},
		{`{"field":"amount","op":"lt","value":"12.5"}`, euros, false},
		{`{"field":"amount","op":"lte","value":"12.50"}`, euros, true},
		{`{"field":"amount","op":"between","value":["12","13"]}`, euros, true},
		{`{"field":"amount","op":"between","value":["13","14"]}`, euros, false},
		{`{"field":"click_id","op":"contains","value":"BC"}`, `"abcd"`, true},
		{`{"field":"click_id","op":"not_contains","value":"x"}`, `"abcd"`, true},
		{`{"field":"click_id","op":"starts_with","value":"ab"}`, `"abcd"`, true},
		{`{"field":"click_id","op":"ends_with","value":"CD","case_sensitive":true}`, `"abcd"`, false},
		{`{"field":"click_id","op":"matches","value":"^a.*d$"}`, `"abcd"`, true},
		{`{"field":"click_id","op":"not_matches","value":"^x"}`, `"abcd"`, true},
		{`{"field":"click_id","op":"eq","value":"a\"b"}`, `"a\"b"`, true},
		{`{"field":"click_id","op":"set"}`, `""`, false},
		{`{"field":"click_id","op":"not_set"}`, `null`, true},
		{`{"field":"locked","op":"true"}`, `true`, true},
		{`{"field":"locked","op":"false"}`, `true`, false},
	} {
		filters, faults := ParseFilters(resource, json.RawMessage("["+test.filter+"]"))
		if faults != nil {
			t.Errorf("%s: %v", test.filter, faults)
			continue
		}
		if got := filters[0].holds([]byte(test.token)); got != test.want {
			t.Errorf("%s on %s: got %v", test.filter, test.token, got)
		}
	}
}

func TestWrongFiltersAreNamed(t *testing.T) {
	resource := conversion(t)
	for filter, parameter := range map[string]string{
		`{"field":"nope","op":"eq","value":1}`:               "filters[0].field",
		`{"field":"items","op":"set"}`:                       "filters[0].field",
		`{"field":"amount","op":"like","value":1}`:           "filters[0].op",
		`{"field":"amount","op":"gt","value":"much"}`:        "filters[0].value",
		`{"field":"amount","op":"between","value":1}`:        "filters[0].value",
		`{"field":"click_id","op":"matches","value":"("}`:    "filters[0].value",
		`{"field":"click_id","op":"set","value":"x"}`:        "filters[0].value",
		`{"field":"click_id","op":"true"}`:                   "filters[0].value",
		`{"field":"click_id","op":"eq","value":{"a":1}}`:     "filters[0].value",
		`{"feild":"click_id","op":"eq","value":"x"}`:         "filters[0]",
		`{"field":"status","op":"eq","value":"aproved"}`:     "filters[0].value",
		`{"field":"locked","op":"in","value":["yes"]}`:       "filters[0].value",
		`{"field":"click_id","op":"has_label","value":"ok"}`: "filters[0].value",
	} {
		_, faults := ParseFilters(resource, json.RawMessage("["+filter+"]"))
		if len(faults) != 1 || faults[0].Parameter != parameter {
			t.Errorf("%s: got %v, want a fault of %s", filter, faults, parameter)
		}
	}
}

func FuzzParseFilters(f *testing.F) {
	resource := conversion(f)
	f.Add(`[{"field":"amount","op":"between","value":["1","2"]}]`)
	f.Add(`[{"field":"click_id","op":"matches","value":"a+"}]`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		filters, _ := ParseFilters(resource, json.RawMessage(text))
		for i := range filters {
			for _, token := range []string{`null`, `"x"`, `12`, `true`, `{"value":"1","currency":null}`} {
				filters[i].holds([]byte(token))
			}
		}
	})
}
