package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An inventory beside a mapping is checked with it.
func TestMappingCheckHoldsTheInventoryAgainstTheMapping(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "orchard")
	if err := os.Mkdir(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	const mappingText = "mapping: v1\nplatform: orchard\nserver: https://api.orchard.example\noperations:\n  platforms.ping: {call: GET /ping, row: ok}\n"
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(mappingFile, mappingText)
	tests := []struct{ name, endpoint, want string }{
		{"true", "{by: platforms.ping, answer: {ok: row}}", ": ok (1 operation, 0 reports)"},
		{"untrue", "{by: platforms.ping, answer: {ok: row, total: total}}", `inventory.yaml:5:60: GET /ping: the mapping looks at no "total" as "total"`},
		{"incomplete", "{by: platforms.ping}", `mapping.yaml:5:26: the mapping looks at "ok" of GET /ping as "row"`},
		{"not an inventory", "{of: platforms.ping}", `inventory.yaml:5:15: unknown key "of"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			write(inventoryFile, "inventory: v1\nplatform: orchard\ndocument: Orchard API\nendpoints:\n  GET /ping: "+test.endpoint+"\n")
			out, _, err := runMapping(t, "", "check", folder)
			if (err == nil) != (test.name == "true") || !strings.Contains(out, test.want) {
				t.Errorf("got %v\n%s\nwant %s", err, out, test.want)
			}
		})
	}
}
