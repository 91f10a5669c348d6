package inventory_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
)

const schemaFile = "../../../mappings/inventory.schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fromYAML(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaAcceptsBundledInventories(t *testing.T) {
	s := schema(t)
	files, err := fs.Glob(mappings.Bundled, "*/inventory.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no bundled inventories: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			if err := s.Validate(fromYAML(t, bundledFile(t, file))); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// asked finds the keys that the parser asks an object for.
var asked = regexp.MustCompile(`\b(?:o|each)\.(?:get|require)\("([a-z_]+)"`)

func TestSchemaHasEveryKeyOfTheFormat(t *testing.T) {
	document, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Clean("parse.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := asked.FindAllSubmatch(source, -1)
	if len(found) < 20 {
		t.Fatalf("found only %d keys in the parser", len(found))
	}
	for _, m := range found {
		if !strings.Contains(string(document), `"`+string(m[1])+`": {`) {
			t.Errorf("the parser reads the key %q, which the schema does not have", m[1])
		}
	}
}

func TestSchemaAndParserRefuseTheSame(t *testing.T) {
	const head = "inventory: v1\nplatform: shop\ndocument: d\n"
	tests := []struct{ name, yaml string }{
		{"another version", "inventory: v2\nplatform: shop\ndocument: d\n"},
		{"unknown key", head + "endpoint: {}\n"},
		{"endpoint without a method", head + "endpoints: {/orders: {by: orders.list}}\n"},
		{"unknown key of an endpoint", head + "endpoints: {GET /orders: {by: orders.list, note: x}}\n"},
		{"error without a problem", head + "errors: {\"404\": {status: 404}}\n"},
		{"unknown kind of limit", head + "limits: {x: {is: pages, value: 1}}\n"},
		{"negative limit", head + "limits: {x: {is: page_size, value: -1}}\n"},
	}
	s := schema(t)
	if err := s.Validate(fromYAML(t, []byte(head))); err != nil {
		t.Fatalf("what all cases begin with is refused: %v", err)
	}
	if _, err := inventory.Parse("inventory.yaml", []byte(head)); err != nil {
		t.Fatalf("what all cases begin with is refused: %v", err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if s.Validate(fromYAML(t, []byte(test.yaml))) == nil {
				t.Error("the schema accepts it")
			}
			if _, err := inventory.Parse("inventory.yaml", []byte(test.yaml)); err == nil {
				t.Error("the parser accepts it")
			}
		})
	}
}
