package mapping_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// bundledSurface is the unified API, loaded once for all tests.
var bundledSurface = sync.OnceValues(func() (*surface.Surface, error) { return surface.Load(mappings.Surface) })

// bundled binds a bundled mapping to a platform of the same name.
func bundled(t *testing.T, name string, b mapping.Binding) *mapping.Platform {
	t.Helper()
	data, err := fs.ReadFile(mappings.Bundled, name+"/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse(name+"/mapping.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := bundledSurface()
	if err != nil {
		t.Fatal(err)
	}
	b.Platform = name
	p, err := mapping.Compile(m, s, b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unified reshapes a native answer and returns its rows without what is null. outer
// holds the JSON of the values that rows take from the request.
func unified(t *testing.T, call *mapping.CallPlan, native []byte, outer map[string]string) any {
	t.Helper()
	options := &reshape.Options{}
	for _, name := range call.Outer() {
		var token []byte
		if json, ok := outer[name]; ok {
			token = []byte(json)
		}
		options.Outer = append(options.Outer, token)
	}
	var page reshape.Page
	if err := call.Plan.Page(&page, native, options); err != nil {
		t.Fatal(err)
	}
	rows := []any{}
	for i := range page.Len() {
		rows = append(rows, withoutNulls(decode(t, page.Row(i))))
	}
	return rows
}

// filter is a parameter of the surface with its values, as a client gives them.
type filter struct {
	name   string
	values []string
	pushed mapping.Pushed // what the platform is expected to make of it
}

// nativeRequest builds the native request of a call as a list does, without the settling of
// spellings, and returns it as "GET /path?query".
func nativeRequest(t *testing.T, call *mapping.CallPlan, filters []filter, at mapping.PageAt) string {
	t.Helper()
	args := map[string][]string{}
	for _, f := range filters {
		args[f.name] = f.values
	}
	d, err := call.Draft(args)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("native_id", "7/8")
	for _, f := range filters {
		pushed, err := call.Push(d, f.name, f.values)
		if err != nil {
			t.Fatal(err)
		}
		if pushed != f.pushed {
			t.Errorf("pushing %s gave %v, want %v", f.name, pushed, f.pushed)
		}
	}
	if err := call.Page(d, at); err != nil {
		t.Fatal(err)
	}
	request, err := call.Request(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	line := request.Method + " " + request.Path
	if request.Query != "" {
		line += "?" + request.Query
	}
	return line
}

func sample(t *testing.T, platform, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", platform, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decode reads JSON with its numbers as they are written.
func decode(t *testing.T, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decoding %s: %v", data, err)
	}
	return v
}

// withoutNulls leaves out null members, so that expected rows show only what is given.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			if member == nil {
				delete(v, k)
				continue
			}
			v[k] = withoutNulls(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}
