package query

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What a filter of a query's body says that a parameter could say too goes to the platform.
func TestFiltersOfABodyGoToThePlatform(t *testing.T) {
	able := func() *fake {
		rows := sales(3)
		for i := range rows {
			rows[i].Ref = new([]string{"abc", "ABC", "12"}[i])
		}
		return &fake{name: "a", paging: "none", states: true, camps: true, times: true, refs: true, exact: true, rows: rows}
	}
	for _, test := range []struct {
		name, query, filters string
		want                 string // the native query; "none": nothing is asked
		rows                 []string
	}{
		{"one word", "", `{"field":"status","op":"eq","value":"pending"}`, "state=open", nil},
		{"several words", "", `{"field":"status","op":"in","value":["approved","pending"]}`, "state=ok,shut,open", []string{"a:1", "a:2", "a:3"}},
		{"a word that the platform has not", "", `{"field":"status","op":"eq","value":"refunded"}`, "none", nil},
		{"all words but one", "", `{"field":"status","op":"ne","value":"pending"}`, "", []string{"a:1", "a:2", "a:3"}},
		{"an identifier", "", `{"field":"campaign_id","op":"eq","value":"a:2"}`, "camp=2", []string{"a:3"}},
		{"an identifier of another platform", "", `{"field":"campaign_id","op":"eq","value":"b:2"}`, "none", nil},
		{"what is no identifier", "", `{"field":"campaign_id","op":"eq","value":"2"}`, "", nil},
		{"a beginning", "", `{"field":"occurred_at","op":"gte","value":"2026-11-20T13:59:00+02:00"}`, "from=2026-11-20T11:59:00Z", []string{"a:1", "a:2"}},
		{"after a moment", "", `{"field":"occurred_at","op":"gt","value":"2026-11-20T11:59:00Z"}`, "from=2026-11-20T11:59:00Z", []string{"a:1"}},
		{"an end", "", `{"field":"occurred_at","op":"lt","value":"2026-11-20T12:00:00Z"}`, "until=2026-11-20T11:59:59Z", []string{"a:2", "a:3"}},
		{"an end that is part of it", "", `{"field":"occurred_at","op":"lte","value":"2026-11-20T11:59:00Z"}`, "", []string{"a:2", "a:3"}},
		{"between moments", "", `{"field":"occurred_at","op":"between","value":["2026-11-20T11:59:00Z","2026-11-20T11:59:30Z"]}`, "from=2026-11-20T11:59:00Z", []string{"a:2"}},
		{"text whatever its letters", "", `{"field":"sub_id_1","op":"eq","value":"abc"}`, "", []string{"a:1", "a:2"}},
		{"text to the letter", "", `{"field":"sub_id_1","op":"eq","value":"abc","case_sensitive":true}`, "ref=abc", []string{"a:1"}},
		{"text without letters", "", `{"field":"sub_id_1","op":"eq","value":"12"}`, "ref=12", []string{"a:3"}},
		{"several texts where one is taken", "", `{"field":"sub_id_1","op":"in","value":["12","13"]}`, "", []string{"a:3"}},
		{"no text", "", `{"field":"sub_id_1","op":"eq","value":""}`, "", nil},
		{"what a parameter says already", "status=approved&", `{"field":"status","op":"eq","value":"pending"}`, "state=ok,shut", nil},
		{"two of one member", "", `{"field":"status","op":"eq","value":"pending"},{"field":"status","op":"in","value":["approved"]}`, "state=open", nil},
		{"what no parameter says", "", `{"field":"external_id","op":"contains","value":"2"}`, "", []string{"a:2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := able()
			e := engine(t, newCache(t), f)
			r := request(t, e, "conversions.list", test.query+"limit=10", person{})
			var faults any
			if r.Filters, faults = ParseFilters(r.Params.Operation(), json.RawMessage("["+test.filters+"]")); len(r.Filters) == 0 {
				t.Fatal(faults)
			}
			a, p := read(t.Context(), e, r)
			if p != nil || !slices.Equal(a.ids, test.rows) {
				t.Errorf("got %v, %v, want %v", a.ids, p, test.rows)
			}
			asked := "none"
			if len(f.requests) > 0 {
				_, query, _ := strings.Cut(f.requests[0], "?")
				asked, _ = url.QueryUnescape(query)
			}
			if asked != test.want {
				t.Errorf("asked for %q, want %q", asked, test.want)
			}
		})
	}
}

// The default of a native filter gives way to what a filter of the body says.
func TestFiltersOfABodyReplaceDefaults(t *testing.T) {
	f := &fake{name: "a", paging: "none", times: true, rows: sales(3)}
	e := withMapping(t, f, "occurred_from: {to: query.from, as: instant}", `occurred_from: {to: query.from, as: instant, default: "2000-01-01T00:00:00Z"}`)
	for filters, want := range map[string]string{
		`[]`: "/sales?from=2000-01-01T00:00:00Z",
		`[{"field":"occurred_at","op":"gte","value":"2026-11-20T11:59:00Z"}]`: "/sales?from=2026-11-20T11:59:00Z",
		// the second is left to the gateway, whichever it is
		`[{"field":"occurred_at","op":"gte","value":"2026-11-20T11:58:00Z"},{"field":"occurred_at","op":"gt","value":"2026-11-20T11:59:00Z"}]`: "/sales?from=2026-11-20T11:58:00Z",
	} {
		r := request(t, e, "conversions.list", "limit=10", person{})
		var faults any
		r.Filters, faults = ParseFilters(r.Params.Operation(), json.RawMessage(filters))
		if _, p := read(t.Context(), e, r); p != nil {
			t.Fatal(p, faults)
		}
		if got := f.requests[len(f.requests)-1]; got != want {
			t.Errorf("%s: asked %s, want %s", filters, got, want)
		}
	}
}
