package mapping_test

import (
	"os"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func load(t *testing.T, name string) *mapping.Platform {
	t.Helper()
	doc, err := os.ReadFile("../../../mappings/surface.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := surface.Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../../mappings/" + name + "/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse(name+"/mapping.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Compile(m, s, mapping.Binding{Platform: name})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAffJet(t *testing.T) {
	p := load(t, "affjet")
	t.Log(p.Name)
}
