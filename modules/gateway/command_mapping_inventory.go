package gateway

import (
	"errors"
	"io/fs"
	"path"

	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

const inventoryFile = "inventory.yaml"

// checkInventory holds the inventory beside a mapping, where there is one, against it.
func (f mappingFolder) checkInventory(m *mapping.Mapping, p *mapping.Platform) error {
	text, err := fs.ReadFile(f, inventoryFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	inv, err := inventory.Parse(path.Join(f.label, inventoryFile), text)
	if err != nil {
		return err
	}
	return inventory.Check(inv, m, p)
}
