package inventory_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
)

func text(platform, call string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("inventory: v1\nplatform: " + platform + "\ndocument: d\nendpoints: {" + call + ": {by: a.list}}\n")}
}

func TestLoad(t *testing.T) {
	empty := &fstest.MapFile{}
	bundled := fstest.MapFS{
		"shop/mapping.yaml": empty, "shop/inventory.yaml": text("shop", "GET /old"),
		"store/mapping.yaml": empty, "store/inventory.yaml": text("store", "GET /store"),
		"market/mapping.yaml": empty,
	}
	tests := []struct {
		name string
		own  fstest.MapFS
		want map[string]string
	}{
		{"bundled only", fstest.MapFS{}, map[string]string{"shop": "GET /old", "store": "GET /store"}},
		{"one replaced", fstest.MapFS{"shop/mapping.yaml": empty, "shop/inventory.yaml": text("shop", "GET /new")}, map[string]string{"shop": "GET /new", "store": "GET /store"}},
		{"mapping replaced, without an inventory", fstest.MapFS{"shop/mapping.yaml": empty}, map[string]string{"store": "GET /store"}},
		{"inventory without a mapping", fstest.MapFS{"shop/inventory.yaml": text("shop", "GET /new")}, map[string]string{"shop": "GET /old", "store": "GET /store"}},
		{"mapping at the top of a folder", fstest.MapFS{"mapping.yaml": empty, "inventory.yaml": text("own", "GET /own")}, map[string]string{"shop": "GET /old", "store": "GET /store", "own": "GET /own"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			labels := []string{"mappings", "/etc/own"}
			set, err := inventory.Load(func(i int) string { return labels[i] }, bundled, test.own)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name, inv := range set {
				got[name] = inv.Coverage()[0].Call
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadNamesTheFaultyFiles(t *testing.T) {
	bad := &fstest.MapFile{Data: []byte("inventory: v0\n")}
	_, err := inventory.Load(func(int) string { return "own" }, fstest.MapFS{"a/mapping.yaml": bad, "a/inventory.yaml": bad, "b/mapping.yaml": bad, "b/inventory.yaml": bad})
	if err == nil || !strings.Contains(err.Error(), "own/a/inventory.yaml:1:") || !strings.Contains(err.Error(), "own/b/inventory.yaml:1:") {
		t.Errorf("got %v, want the faults of both files", err)
	}
}

func TestCoverage(t *testing.T) {
	inv, err := inventory.Parse("inventory.yaml", []byte(shop(t, "inventory.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	never := "nothing needs it"
	want := []inventory.Line{
		{Call: "GET /v2/orders", Operations: []string{"conversions.list", "conversions.get"}, Documented: true},
		{Call: "GET /v2/sales", Operations: []string{"conversions.list", "conversions.get"}},
		{Call: "PATCH /v2/orders/:id", Operations: []string{"conversions.update"}, Documented: true},
		{Call: "POST /v2/orders/{id}/change", Operations: []string{"conversions.update"}, Documented: true},
		{Call: "POST /v2/report", Operations: []string{"reports.query"}, Documented: true},
		{Call: "DELETE /v2/orders/{id}", Operations: []string{}, Documented: true, Unreached: &never},
	}
	if diff := cmp.Diff(want, inv.Coverage()); diff != "" {
		t.Error(diff)
	}
	if got := (*inventory.Inventory)(nil).Coverage(); len(got) != 0 {
		t.Errorf("without an inventory there is %v", got)
	}
}

// A broken file has faults and never stops the gateway.
func FuzzParse(f *testing.F) {
	f.Add("inventory: v1\nplatform: a\ndocument: d\nendpoints: {GET /a: {by: x, parameters: {a: {is: sort, values: {b: [c, d]}}}}}\n")
	f.Add("common: &a {<<: *a}\n")
	f.Add("common: [")
	data, err := mappings.Bundled.ReadFile("affjet/inventory.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Fuzz(func(t *testing.T, text string) {
		inv, err := inventory.Parse("inventory.yaml", []byte(text))
		if err == nil && inv == nil {
			t.Error("neither an inventory nor an error")
		}
		if err != nil && !strings.Contains(err.Error(), "inventory.yaml:") {
			t.Errorf("%v does not say where", err)
		}
	})
}
