package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/plugins"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "mapping",
		Usage: "<check|test|explain|run>",
		Short: "Checks, tests and explains mappings",
		Long: `
Tools for whoever writes a mapping. A mapping is named as a bundled one, by its name,
or by its folder (./my-mappings/acme). Nothing is sent over the network, and no
configuration is needed.`,
		CobraFunc: mappingCommand,
	})
}

func mappingCommand(cmd *cobra.Command) {
	cmd.Example = `  tributary mapping check ./my-mappings/acme
  tributary mapping test ./my-mappings/acme
  tributary mapping explain conversions.list ./my-mappings/acme < native.json
  tributary mapping run conversions.list ./my-mappings/acme --currency EUR < native.json`
	cmd.AddCommand(mappingCheckCommand(), mappingTestCommand(), mappingExplainCommand(), mappingRunCommand())
}

// mappingFile is the name of a mapping's file in its folder.
const mappingFile = "mapping.yaml"

// mappingFolder is a folder with a mapping in it.
type mappingFolder struct {
	fs.FS
	label string // how messages call the folder
}

// bundledFolders are the mappings that come with the gateway.
func bundledFolders() ([]mappingFolder, error) {
	names, err := fs.Glob(mappings.Bundled, "*/"+mappingFile)
	if err != nil {
		return nil, err
	}
	var out []mappingFolder
	for _, name := range names {
		f, err := bundledFolder(path.Dir(name))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func bundledFolder(name string) (mappingFolder, error) {
	own, err := fs.Sub(mappings.Bundled, name)
	if err != nil {
		return mappingFolder{}, err
	}
	tests, err := fs.Sub(mappings.Tests, name)
	return mappingFolder{FS: both{own, tests}, label: path.Join("mappings", name)}, err
}

// both is two file systems in one; the first has a file, or the second.
type both struct{ first, second fs.FS }

// Open implements fs.FS.
func (b both) Open(name string) (fs.File, error) {
	f, err := b.first.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return b.second.Open(name)
	}
	return f, err
}

// findMappings returns the folders that arguments name; all bundled mappings without any.
func findMappings(args []string) ([]mappingFolder, error) {
	bundled, err := bundledFolders()
	if err != nil || len(args) == 0 {
		return bundled, err
	}
	var names []string
	for _, f := range bundled {
		names = append(names, path.Base(f.label))
	}
	var out []mappingFolder
	for _, arg := range args {
		if i := slices.Index(names, arg); i >= 0 {
			out = append(out, bundled[i])
			continue
		}
		found, err := foldersAt(arg, names)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// foldersAt returns the mapping of a folder, or those of the folders in it. The mapping's
// file may be named too.
func foldersAt(arg string, bundled []string) ([]mappingFolder, error) {
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is neither a folder nor a bundled mapping %q%s; bundled are %s", arg, suggest.DidYouMean(arg, bundled), strings.Join(bundled, ", "))
	case err != nil:
		return nil, err
	case !info.IsDir() && filepath.Base(arg) != mappingFile:
		return nil, fmt.Errorf("%s: a mapping is a folder with the file %s", arg, mappingFile)
	case !info.IsDir():
		arg = filepath.Dir(arg)
	}
	label := filepath.Clean(arg)
	if base := filepath.Base(label); base == "." || base == ".." {
		if label, err = filepath.Abs(label); err != nil { // a folder has a name
			return nil, err
		}
	}
	root := os.DirFS(arg)
	if _, err := fs.Stat(root, mappingFile); err == nil {
		return []mappingFolder{{FS: root, label: filepath.ToSlash(label)}}, nil
	}
	names, err := fs.Glob(root, "*/"+mappingFile)
	if err != nil {
		return nil, err
	}
	var out []mappingFolder
	for _, name := range names {
		sub, err := fs.Sub(root, path.Dir(name))
		if err != nil {
			return nil, err
		}
		out = append(out, mappingFolder{FS: sub, label: path.Join(filepath.ToSlash(label), path.Dir(name))})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: there is no %s in it, nor in a folder in it", arg, mappingFile)
	}
	return out, nil
}

// findMapping returns the one mapping that an argument names.
func findMapping(arg string) (mappingFolder, error) {
	found, err := findMappings([]string{arg})
	if err != nil {
		return mappingFolder{}, err
	}
	if len(found) > 1 {
		return mappingFolder{}, fmt.Errorf("%s holds %d mappings; name one of them", arg, len(found))
	}
	return found[0], nil
}

// load reads the mapping of a folder.
func (f mappingFolder) load() (*mapping.Mapping, error) {
	if _, err := fs.Stat(f, mappingFile); err != nil {
		return nil, fmt.Errorf("%s: %w", f.label, err)
	}
	set, err := mapping.Load(func(int) string { return f.label }, top{f})
	if err != nil {
		return nil, err
	}
	for _, m := range set {
		return m, nil
	}
	return nil, fmt.Errorf("%s: there is no %s in it", f.label, mappingFile)
}

// top is a file system of which only the mapping of the folder itself is seen.
type top struct{ fs.FS }

// Glob implements fs.GlobFS.
func (t top) Glob(pattern string) ([]string, error) {
	if pattern != mappingFile {
		return nil, nil
	}
	return fs.Glob(t.FS, pattern)
}

// commandCodecs finds the codecs that are built into this program. A command has no
// configuration, so modules get a context of their own; cancel ends it.
func commandCodecs(ctx context.Context) (codecs func(name string) (plugins.CodecProvider, error), cancel context.CancelFunc) {
	own, cancel := caddy.NewContext(caddy.Context{Context: ctx})
	return func(name string) (plugins.CodecProvider, error) { return loadCodec(own, name) }, cancel
}

// anyServer stands for the server of a mapping that names none.
const anyServer = "https://platform.example"

// serverOf returns the server to bind a mapping to: empty for its own.
func serverOf(m *mapping.Mapping) string {
	if m.Server == "" {
		return anyServer
	}
	return ""
}
