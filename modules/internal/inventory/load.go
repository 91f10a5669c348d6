package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Set is the inventories that there are, by the name of their mapping.
type Set map[string]*Inventory

// Load reads the inventory.yaml beside every mapping.yaml that [mapping.Load] reads
// from the same file systems. It is optional: a mapping of a later file system without
// one leaves the inventory of the mapping that it replaces out. Faults of all files are
// reported together. label names the i-th file system in messages.
func Load(label func(i int) string, systems ...fs.FS) (Set, error) {
	set := Set{}
	var faults []error
	for i, fsys := range systems {
		var beside []string
		for _, pattern := range []string{"mapping.yaml", "*/mapping.yaml"} {
			names, err := fs.Glob(fsys, pattern)
			if err != nil {
				return nil, err
			}
			beside = append(beside, names...)
		}
		slices.Sort(beside)
		for _, name := range beside {
			folder := path.Dir(name)
			inv, err := load(fsys, label(i), folder)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			platform := path.Base(path.Join(label(i), folder))
			if inv == nil {
				delete(set, platform)
				continue
			}
			set[platform] = inv
		}
	}
	return set, errors.Join(faults...)
}

// load reads the inventory of a folder; nil where it has none.
func load(fsys fs.FS, label, folder string) (*Inventory, error) {
	name := path.Join(folder, "inventory.yaml")
	file := path.Join(label, name)
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return Parse(file, data)
}
