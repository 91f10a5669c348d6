package mapping_test

import (
	"os"
	"testing"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func TestX(t *testing.T) {
	data, err := os.ReadFile("../../../mappings/keitaro/mapping.yaml")
	if err != nil { t.Fatal(err) }
	m, err := mapping.Parse("keitaro/mapping.yaml", data)
	if err != nil { t.Fatal(err) }
	s, err := surface.Load(mappings.Surface)
	if err != nil { t.Fatal(err) }
	p, err := mapping.Compile(m, s, mapping.Binding{Platform: "keitaro", Server: "https://tracker.example", Currency: "USD"})
	if err != nil { t.Fatal(err) }
	_ = p
}
