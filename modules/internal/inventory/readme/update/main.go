// Command update writes the generated parts of mappings/README.md anew. It is run in
// the folder mappings, by go generate.
package main

import (
	"fmt"
	"os"

	"github.com/tributary-gateway/tributary/modules/internal/inventory/readme"
)

func main() {
	if err := update("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// update writes the README of a folder with mappings.
func update(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	text, err := root.ReadFile("README.md")
	if err != nil {
		return err
	}
	s := readme.Sources{Mappings: root.FS()}
	if s.Surface, err = root.ReadFile("surface.yaml"); err != nil {
		return err
	}
	if s.Schema, err = root.ReadFile("mapping.schema.json"); err != nil {
		return err
	}
	if text, err = readme.Update(text, s); err != nil {
		return err
	}
	return root.WriteFile("README.md", text, 0o644)
}
