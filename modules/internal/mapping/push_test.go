package mapping_test

import (
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// A filter of the surface becomes what the mapping says, with its values translated
// back: identifiers lose their prefix, enums become native values, times go into the
// platform's zone, and excluded bounds become included ones.
func TestPush(t *testing.T) {
	p, err := compile(t, example)
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	for _, test := range []struct {
		name      string
		parameter string
		values    []string
		pushed    mapping.Pushed
		query     string
		body      string
	}{
		// Paris is at +01:00 in January and +02:00 in July
		{"lower bound in winter", "occurred_from", []string{"2026-01-10T00:00:00Z"}, mapping.PushedWhole, "since=2026-01-10+01:00:00", ""},
		{"lower bound in summer", "occurred_from", []string{"2026-07-10T00:00:00Z"}, mapping.PushedWhole, "since=2026-07-10+02:00:00", ""},
		{"lower bound between seconds goes up", "occurred_from", []string{"2026-01-10T00:00:00.5Z"}, mapping.PushedWhole, "since=2026-01-10+01:00:01", ""},
		{"excluded upper bound", "occurred_to", []string{"2026-01-10T00:00:00Z"}, mapping.PushedWhole, "until=2026-01-10+00:59:59", ""},
		{"excluded upper bound between seconds", "occurred_to", []string{"2026-01-10T00:00:00.5Z"}, mapping.PushedWhole, "until=2026-01-10+01:00:00", ""},
		{"day that lets too much through", "updated_from", []string{"2026-01-09T23:30:00Z"}, mapping.PushedNarrowing, "changed=2026-01-10", ""},
		{"identifiers", "merchant_id", []string{"shop:7", "shop:a/b&c"}, mapping.PushedWhole, "shop[]=7&shop[]=a%2Fb%26c", ""},
		{"identifiers of another platform", "merchant_id", []string{"other:7"}, mapping.PushedEmpty, "", ""},
		{"some identifiers of another platform", "merchant_id", []string{"other:7", "shop:8"}, mapping.PushedWhole, "shop[]=8", ""},
		{"several native values of one enum value", "status", []string{"approved"}, mapping.PushedWhole, "state=ok%7Cclosed", ""},
		{"an enum value that the platform never has", "status", []string{"refunded"}, mapping.PushedEmpty, "", ""},
		{"values that the table does not know", "status", []string{"unknown"}, mapping.NotPushed, "", ""},
		{"object appended to a list", "sub_id_1", []string{`a"b`}, mapping.PushedWhole, "", `{"where":[{"field":"ref","value":"a\"b"}]}`},
		{"no such native filter", "campaign_id", []string{"shop:1"}, mapping.NotPushed, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := call.Draft(nil)
			if err != nil {
				t.Fatal(err)
			}
			pushed, err := call.Push(d, test.parameter, test.values)
			if err != nil || pushed != test.pushed {
				t.Fatalf("got %v, %v; want %v", pushed, err, test.pushed)
			}
			req, err := call.Request(d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if req.Query != test.query || string(req.Body) != test.body {
				t.Errorf("got query %q body %q, want %q %q", req.Query, req.Body, test.query, test.body)
			}
		})
	}
}

func TestPushSort(t *testing.T) {
	p, err := compile(t, example)
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	d, err := call.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := call.PushSort(d, []mapping.SortKey{{Member: "status"}}); ok || err != nil {
		t.Errorf("an order that the platform lacks was pushed: %v", err)
	}
	if ok, err := call.PushSort(d, []mapping.SortKey{{Member: "occurred_at", Descending: true}, {Member: "amount"}}); !ok || err != nil {
		t.Fatalf("not pushed: %v", err)
	}
	if err := call.Page(d, mapping.PageAt{Size: 50, Index: 2}); err != nil {
		t.Fatal(err)
	}
	req, err := call.Request(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "order=down:date,up:sum&size=50&page=3"; req.Query != want {
		t.Errorf("got %q, want %q", req.Query, want)
	}
}

func TestTwoFiltersOnOneTargetBothHold(t *testing.T) {
	text := example
	p, err := compile(t, replace(t, text, "      sub_id_1:", "      native_id: query.state\n      sub_id_1:"))
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	d, err := call.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	if pushed, _ := call.Push(d, "status", []string{"pending"}); pushed != mapping.PushedWhole {
		t.Fatalf("the first filter: %v", pushed)
	}
	if pushed, _ := call.Push(d, "native_id", []string{"x"}); pushed != mapping.NotPushed {
		t.Errorf("the second filter on the same target was pushed over the first: %v", pushed)
	}
}

func replace(t *testing.T, text, old, new string) string {
	t.Helper()
	out := strings.Replace(text, old, new, 1)
	if out == text {
		t.Fatalf("%q is not in the text", old)
	}
	return out
}

// A platform that takes days lets through too much of the day in which a time lies.
func TestPushTimesAsDays(t *testing.T) {
	p, err := compile(t, replace(t, example, "as: day, narrows: true}", "as: day}\n      updated_to: {to: query.before, as: day, edge: before}"))
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	for _, test := range []struct {
		name, parameter, value string
		pushed                 mapping.Pushed
		query                  string
	}{
		// in Paris, clocks went from 02:00 to 03:00 on 29 March 2026 and back on 25 October
		{"midnight in winter", "updated_from", "2026-01-09T23:00:00Z", mapping.PushedWhole, "changed=2026-01-10"},
		{"midnight of the shortest day", "updated_from", "2026-03-28T23:00:00Z", mapping.PushedWhole, "changed=2026-03-29"},
		{"midnight after it", "updated_to", "2026-03-29T22:00:00Z", mapping.PushedWhole, "before=2026-03-29"},
		{"midnight after the longest day", "updated_to", "2026-10-25T23:00:00Z", mapping.PushedWhole, "before=2026-10-25"},
		{"an hour before", "updated_to", "2026-10-25T22:00:00Z", mapping.PushedNarrowing, "before=2026-10-25"},
		{"midday", "updated_from", "2026-01-10T12:00:00Z", mapping.PushedNarrowing, "changed=2026-01-10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := call.Draft(nil)
			if err != nil {
				t.Fatal(err)
			}
			pushed, err := call.Push(d, test.parameter, []string{test.value})
			if err != nil || pushed != test.pushed {
				t.Errorf("got %v, %v; want %v", pushed, err, test.pushed)
			}
			if req, err := call.Request(d, nil); err != nil || req.Query != test.query {
				t.Errorf("got %v, %v; want %q", req, err, test.query)
			}
		})
	}
}

// Several values of a target that holds one are put into one text.
func TestPushSeveralValuesIntoOneTarget(t *testing.T) {
	p, err := compile(t, replace(t, example, `many: true, join: "|"`, "many: true"))
	if err != nil {
		t.Fatal(err)
	}
	call := p.Operation("conversions.list").Calls[0]
	d, err := call.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	if pushed, err := call.Push(d, "status", []string{"approved"}); err != nil || pushed != mapping.PushedWhole {
		t.Fatalf("got %v, %v", pushed, err)
	}
	if req, err := call.Request(d, nil); err != nil || req.Query != "state=ok,closed" {
		t.Errorf("got %v, %v; want both native values", req, err)
	}
}

// A draft that was at a later page goes back to the first one.
func TestPagesStartOver(t *testing.T) {
	for _, test := range []struct{ target, query, body string }{
		{"query.after", "size=5", ""},
		{"body.page.after", "size=5", `{"page":{}}`},
	} {
		p, err := compile(t, replace(t, example, "{page: query.page, size: query.size, max: 500}", "{cursor: "+test.target+", next: next, size: query.size, max: 500}"))
		if err != nil {
			t.Fatal(err)
		}
		call := p.Operation("conversions.list").Calls[0]
		d, err := call.Draft(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []mapping.PageAt{{Size: 5}, {Size: 5, Cursor: "x"}, {Size: 5}} {
			if err := call.Page(d, at); err != nil {
				t.Fatal(err)
			}
		}
		if req, err := call.Request(d, nil); err != nil || req.Query != test.query || string(req.Body) != test.body {
			t.Errorf("%s: got %q and %q, %v", test.target, req.Query, req.Body, err)
		}
	}
}
