package mapping_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func folders(texts map[string]string) fs.FS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// load loads folders that are called bundled and mine/shop.
func load(systems ...fs.FS) (mapping.Set, error) {
	return mapping.Load(func(i int) string { return []string{"bundled", "mine/shop"}[i] }, systems...)
}

func TestEveryBundledMappingIsInItsFolder(t *testing.T) {
	set, err := load(mappings.Bundled)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.Glob(mappings.Bundled, "*/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range entries {
		want = append(want, strings.TrimSuffix(name, "/mapping.yaml"))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, set.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestLaterFolderReplacesAMapping(t *testing.T) {
	shop := strings.Replace(example, "platform: example", "platform: shop", 1)
	set, err := load(
		folders(map[string]string{"example/mapping.yaml": example, "shop/mapping.yaml": shop}),
		folders(map[string]string{"mapping.yaml": shop, "example/notes.txt": "no mapping"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"example": "bundled/example/mapping.yaml", "shop": "mine/shop/mapping.yaml"} {
		if m := set[name]; m == nil || m.File != want {
			t.Errorf("%s is %+v, want the one of %s", name, m, want)
		}
	}
}

func TestFolderAndNameHaveToAgree(t *testing.T) {
	bundled := map[string]string{"example/mapping.yaml": example}
	for _, test := range []struct {
		name    string
		files   map[string]string
		message string
	}{
		{
			"in a folder of another name",
			map[string]string{"acme/mapping.yaml": example},
			"mine/shop/acme/mapping.yaml:2:11: platform: the mapping is called \"example\" and its folder \"acme\", and the two have to agree: rename the folder to \"example\", or write `platform: acme`",
		},
		{
			"in a folder that no mapping can be called by",
			map[string]string{"example-v2/mapping.yaml": example},
			"mine/shop/example-v2/mapping.yaml:2:11: platform: the mapping is called \"example\" and its folder \"example-v2\", and the two have to agree: rename the folder to \"example\"\n",
		},
		{
			"at the top of a folder of another name",
			map[string]string{"mapping.yaml": example},
			"mine/shop/mapping.yaml:2:11: platform: the mapping is called \"example\" and its folder \"shop\"",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(folders(bundled), folders(test.files))
			if faults, ok := errors.AsType[mapping.Faults](err); !ok || len(faults) != 1 {
				t.Fatalf("got %v, want one fault", err)
			}
			if !strings.Contains(err.Error(), test.message) || !strings.Contains(err.Error(), "\tplatform: example\n\t          ^") {
				t.Errorf("got:\n%v\nwant: %s", err, test.message)
			}
		})
	}
}

func TestOneNameTwiceInAFolder(t *testing.T) {
	shop := strings.Replace(example, "platform: example", "platform: shop", 1)
	_, err := load(fstest.MapFS{}, folders(map[string]string{"mapping.yaml": shop, "shop/mapping.yaml": shop}))
	if err == nil || !strings.Contains(err.Error(), "mine/shop/shop/mapping.yaml: the mapping shop is there already, in mine/shop/mapping.yaml") {
		t.Errorf("got %v", err)
	}
}
