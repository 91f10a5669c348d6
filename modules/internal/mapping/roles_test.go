package mapping_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// roles binds the mapping whose calls depend on the platform's options.
func roles(t *testing.T, role, api string) *mapping.Platform {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "roles", "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse("roles/mapping.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop", Options: map[string]string{"role": role, "api": api}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A platform has the operations and reports of which a call can be made with its options,
// and of these only the calls that can be.
func TestOptionsChooseWhatThereIs(t *testing.T) {
	all := []string{"campaigns.create", "campaigns.get", "campaigns.list", "conversions.list", "imports.create", "publishers.create", "publishers.get", "publishers.list"}
	for _, test := range []struct {
		role, api  string
		operations []string
		listed     int    // calls of campaigns.list
		via        string // what campaigns.get looks in
		reports    []string
		labels     string // of the publishers in the report that is counted
	}{
		{"network", "v1", all, 2, "", []string{"sums", "counted"}, "publishers.list"},
		{"network", "v2", all, 2, "", []string{"sums", "recent", "counted"}, "publishers.list"},
		{"publisher", "v1", []string{"campaigns.get", "campaigns.list", "conversions.list"}, 1, "", []string{"counted"}, ""},
		{"advertiser", "v2", []string{"campaigns.get", "campaigns.list"}, 1, "campaigns.list", []string{"recent"}, ""},
		{"advertiser", "v1", nil, 0, "", nil, ""},
	} {
		t.Run(test.role+" "+test.api, func(t *testing.T) {
			p := roles(t, test.role, test.api)
			var got []string
			for id := range p.Operations() {
				got = append(got, id)
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.operations, got); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
			if list := p.Operation("campaigns.list"); list != nil && len(list.Calls) != test.listed {
				t.Errorf("campaigns.list has %d calls, want %d", len(list.Calls), test.listed)
			}
			if get := p.Operation("campaigns.get"); get != nil && (get.Via == nil) != (test.via == "") {
				t.Errorf("campaigns.get looks in a list: %t", get.Via != nil)
			}
			var reports []string
			for _, r := range p.Reports {
				reports = append(reports, r.Name)
				if d := r.Dimensions["publisher"]; d != nil && d.LabelOf != test.labels {
					t.Errorf("publishers are named by %q, want %q", d.LabelOf, test.labels)
				}
			}
			if diff := cmp.Diff(test.reports, reports); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
		})
	}
}

// A list of one object takes several members, one currency stands for several amounts, and
// a list of one text is written as the text.
func TestWriteInLists(t *testing.T) {
	p := roles(t, "network", "v1")
	for _, test := range []struct {
		name, operation, body, want string
		faults                      []problem.FieldError
	}{
		{
			"members of a list of one", "campaigns.create",
			`{"name":"x","payout":{"amount":{"value":"1.50","currency":"EUR"}},"revenue":{"amount":{"value":"2","currency":null}}}`,
			`{"terms":[{"geo":"ALL","pays":1.5,"costs":2}],"name":"x"}`, nil,
		},
		{"the call whose condition holds", "campaigns.create", `{"name":"x"}`, `{"name":"x"}`, nil},
		{
			"one currency of several amounts", "imports.create",
			`{"conversions":[{"external_id":"1","amount":{"value":"9","currency":"USD"},"commission":{"value":"1","currency":"USD"},"client":{"ips":["192.0.2.1"]}},
			  {"commission":{"value":"2","currency":"GBP"}},{"amount":{"value":"3","currency":null},"commission":{"value":"2","currency":"GBP"}},{"amount":{"value":"3","currency":null}}]}`,
			`{"rows":[{"order":"1","total":9,"currency":"USD","pays":1,"ip":"192.0.2.1"},{"currency":"GBP","pays":2},{"total":3,"currency":"GBP","pays":2},{"total":3}]}`, nil,
		},
		{
			"two currencies, and two texts for one", "imports.create",
			`{"conversions":[{"amount":{"value":"9","currency":"USD"},"commission":{"value":"1","currency":"EUR"},"client":{"ips":["192.0.2.1","192.0.2.2"]}}]}`, "",
			[]problem.FieldError{
				{Parameter: "conversions[0].commission.currency", Detail: "shop takes one currency for all amounts, and another is in USD"},
				{Parameter: "conversions[0].client.ips", Detail: "shop takes exactly one"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			call, draft, faults := write(t, p, test.operation, test.body, "")
			if diff := cmp.Diff(test.faults, faults); diff != "" {
				t.Fatalf("faults (-want +got):\n%s", diff)
			}
			if faults != nil {
				return
			}
			request, err := call.Request(draft, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, []byte(test.want)), decode(t, request.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// Expressions write decimals in full, and know the platform's currency.
func TestDecimalsOfExpressions(t *testing.T) {
	call := roles(t, "network", "v1").Operation("campaigns.list").Calls[0]
	for native, want := range map[string]string{
		`1`: `"1"`, `0.45`: `"0.45"`, `12000000`: `"12000000"`, `0.00000001`: `"0.00000001"`, `"0.10"`: `"0.10"`, `1e21`: `"1000000000000000000000"`,
		`9007199254740993.0000000001`: `"9007199254740993.0000000001"`, `0.10000000000000000001`: `"0.10000000000000000001"`,
		`null`: `null`, `"43.12K"`: `null`, `true`: `null`, `{}`: `null`, `""`: `null`,
	} {
		var page reshape.Page
		if err := call.Plan.Page(&page, []byte(`[{"id":1,"share":`+native+`,"pays":`+native+`}]`), nil); err != nil {
			t.Fatal(err)
		}
		row := decode(t, page.Row(0)).(map[string]any)["payout"]
		expected := decode(t, []byte(`{"model":null,"amount":{"value":`+want+`,"currency":"EUR"},"percent":`+want+`,"auto":null,"upsell":null}`))
		if diff := cmp.Diff(expected, row); diff != "" {
			t.Errorf("%s (-want +got):\n%s", native, diff)
		}
	}
}
