package inventory_test

import (
	"io/fs"
	"sync"
	"testing"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
	"github.com/tributary-gateway/tributary/plugins/jalali"
)

// bundledSurface is the unified API, loaded once for all tests.
var bundledSurface = sync.OnceValues(func() (*surface.Surface, error) { return surface.Load(mappings.Surface) })

// compile binds a mapping to a platform of its own name.
func compile(t *testing.T, file string, data []byte) (*mapping.Mapping, *mapping.Platform) {
	t.Helper()
	s, err := bundledSurface()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	b := mapping.Binding{Platform: m.Platform, Codecs: func(string) (plugins.CodecProvider, error) { return jalali.Module{}, nil }}
	if m.Server == "" {
		b.Server = "http://platform.test"
	}
	p, err := mapping.Compile(m, s, b)
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

func bundledFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(mappings.Bundled, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What the inventories say of the documents is what the mappings do, and the other way round.
func TestBundledInventories(t *testing.T) {
	folders, err := fs.Glob(mappings.Bundled, "*/mapping.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("found no bundled mappings: %v", err)
	}
	for _, file := range folders {
		name := file[:len(file)-len("/mapping.yaml")]
		t.Run(name, func(t *testing.T) {
			m, p := compile(t, "mappings/"+file, bundledFile(t, file))
			inv, err := inventory.Parse("mappings/"+name+"/inventory.yaml", bundledFile(t, name+"/inventory.yaml"))
			if err != nil {
				t.Fatalf("\n%v", err)
			}
			if err := inventory.Check(inv, m, p); err != nil {
				t.Errorf("\n%v", err)
			}
		})
	}
}

// The documents' own lists of endpoints have this many; none may get lost.
func TestEveryDocumentedEndpointIsListed(t *testing.T) {
	for name, want := range map[string]int{
		"affjet":      7,  // one for each page
		"affili":      5,  // one for each curl, and the list
		"trackfinity": 4,  // the table of endpoints, and /api/ping of the examples
		"keitaro":     68, // the 67 different rows of the route table, and the archive of a network that a section has
		"trackier":    1,  // the one of the examples; its reference pages are not in the document
	} {
		inv, err := inventory.Parse(name+"/inventory.yaml", bundledFile(t, name+"/inventory.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, line := range inv.Coverage() {
			if line.Documented {
				got++
			}
		}
		if got != want {
			t.Errorf("%s lists %d documented endpoints, want %d", name, got, want)
		}
	}
}
