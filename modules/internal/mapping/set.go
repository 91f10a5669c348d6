package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Set is the mappings that a gateway has, by name.
type Set map[string]*Mapping

// Load reads <folder>/mapping.yaml of every folder of each file system. Mappings of
// later file systems replace those of earlier ones with the same name; a mapping is
// named by its key `platform`. Faults of all files are reported together. label
// names the i-th file system in messages.
func Load(label func(i int) string, systems ...fs.FS) (Set, error) {
	set := Set{}
	var faults []error
	for i, fsys := range systems {
		names, err := fs.Glob(fsys, "*/mapping.yaml")
		if err != nil {
			return nil, err
		}
		if direct, err := fs.Glob(fsys, "mapping.yaml"); err == nil {
			names = append(names, direct...)
		}
		slices.Sort(names)
		seen := map[string]string{}
		for _, name := range names {
			file := path.Join(label(i), name)
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
			m, err := Parse(file, data)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if other, ok := seen[m.Platform]; ok {
				faults = append(faults, fmt.Errorf("%s: the mapping %s is there already, in %s", file, m.Platform, other))
			}
			seen[m.Platform] = file
			set[m.Platform] = m
		}
	}
	return set, errors.Join(faults...)
}

// Names returns the names of the mappings, sorted.
func (s Set) Names() []string { return keys(s) }
