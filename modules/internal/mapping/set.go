package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/goccy/go-yaml/parser"
)

// Set is the mappings that a gateway has, by name.
type Set map[string]*Mapping

// Load reads <folder>/mapping.yaml of every folder of each file system, and a
// mapping.yaml at its top. Mappings of later file systems replace those of earlier
// ones with the same name. A mapping is named by its key `platform`, and so is the
// folder it is in: nothing is replaced whose name does not show among the folders.
// Faults of all files are reported together. label names the i-th file system in
// messages: a path with slashes, whose last element is the name of the folder.
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
			if err := checkFolder(m, path.Base(path.Dir(file)), data); err != nil {
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

// checkFolder refuses a mapping in a folder of another name. data is the text that
// the mapping was parsed from.
func checkFolder(m *Mapping, folder string, data []byte) error {
	if m.Platform == folder {
		return nil
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return err
	}
	key, _ := node{src: m.src, ast: tree.Docs[0].Body}.object().get("platform")
	advice := fmt.Sprintf("rename the folder to %q", m.Platform)
	if namePattern.MatchString(folder) {
		advice += fmt.Sprintf(", or write `platform: %s`", folder)
	}
	key.faultf("the mapping is called %q and its folder %q, and the two have to agree: %s", m.Platform, folder, advice)
	return m.src.faults.err()
}

// Names returns the names of the mappings, sorted.
func (s Set) Names() []string { return keys(s) }
