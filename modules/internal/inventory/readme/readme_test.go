package readme_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory/readme"
)

const folder = "../../../../mappings/"

func file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGeneratedPartsAreUpToDate(t *testing.T) {
	text := file(t, "README.md")
	got, err := readme.Update(text, readme.Sources{Mappings: mappings.Bundled, Surface: mappings.Surface, Schema: file(t, "mapping.schema.json")})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, text) {
		return
	}
	want := strings.Split(string(got), "\n")
	for i, line := range strings.Split(string(text), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("mappings/README.md:%d is not what `go generate ./mappings` writes", i+1)
		}
	}
	t.Fatal("mappings/README.md ends before what `go generate ./mappings` writes")
}

// Every endpoint and every operation is in the tables.
func TestCoverageHasEveryEndpoint(t *testing.T) {
	text := string(file(t, "README.md"))
	for _, line := range []string{
		"| `GET /externalclient/transaction` | `conversions.list`, `conversions.get` |",
		"| `GET /api/service/profitloss` † | `reports.query` |",
		"| `GET /admin_api/v1/report/definition` | native proxy only: the gateway answers it from the mapping; the document says that it is not implemented |",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("there is no line %s", line)
		}
	}
}

func TestReferenceHasEveryKey(t *testing.T) {
	_, reference, ok := strings.Cut(string(file(t, "README.md")), "<!-- generated: reference -->")
	if !ok {
		t.Fatal("there is no reference")
	}
	for _, row := range []string{"| `mapping` * | `v1` |", "| `call` * |", "| `options.NAME.default` |", "### `error_rule`", "| `narrows` | true or false |"} {
		if !strings.Contains(reference, row) {
			t.Errorf("the reference has no %s", row)
		}
	}
}

func TestUpdateWantsItsComments(t *testing.T) {
	s := readme.Sources{Mappings: mappings.Bundled, Surface: mappings.Surface, Schema: file(t, "mapping.schema.json")}
	tests := []struct{ name, text, missing string }{
		{"no comment", "# Mappings\n", "<!-- generated: reference -->"},
		{"no end", "<!-- generated: reference -->\n", "<!-- end: reference -->"},
		{"one part only", "<!-- generated: reference -->\n<!-- end: reference -->\n", "<!-- generated: coverage -->"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readme.Update([]byte(test.text), s)
			if err == nil || !strings.Contains(err.Error(), test.missing) {
				t.Errorf("got error %v, want one that names %s", err, test.missing)
			}
		})
	}
}
