package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// GET /v1/platforms/{platform} shows what reaches the native endpoints: of bundled
// mappings, and of an operator's own where an inventory stands beside it.
func TestPlatformsShowTheirNativeEndpoints(t *testing.T) {
	p := newPlatforms(t)
	folder := filepath.Join(t.TempDir(), "sixth")
	if err := os.Mkdir(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	const deals = "inventory: v1\nplatform: sixth\ndocument: Sixth API\nreasons: {never: nobody needs it}\n" +
		"endpoints:\n  GET /v3/deals: {by: conversions.list}\n  DELETE /v3/deals/{ref}: {unreached: never, documented: false}\n"
	for name, text := range map[string]string{"mapping.yaml": sixth, "inventory.yaml": deals} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := []string{"mappings " + filepath.Dir(folder), p.native["affjet"].caddyfile(), client, "platform sixth {\ncredential token secret\n}"}
	g := start(t, lines...)
	type line struct {
		Call       string
		Operations []string
		Documented bool
		Unreached  *string
	}
	type platform struct{ Endpoints []line }

	own := decode[platform](t, g.get("/v1/platforms/sixth").body).Endpoints
	if len(own) != 2 || own[0].Operations[0] != "conversions.list" || !own[0].Documented || own[0].Unreached != nil ||
		own[1].Unreached == nil || *own[1].Unreached != "nobody needs it" || own[1].Documented || own[1].Operations == nil {
		t.Errorf("the own mapping has %+v", own)
	}
	bundled := decode[platform](t, g.get("/v1/platforms/affjet").body).Endpoints
	if len(bundled) != 7 || bundled[5].Call != "GET /externalclient/transaction" || strings.Join(bundled[5].Operations, " ") != "conversions.list conversions.get" {
		t.Errorf("the bundled mapping has %+v", bundled)
	}

	faulty := strings.Replace(deals, "by: conversions.list", "bye: conversions.list", 1)
	if err := os.WriteFile(filepath.Join(folder, "inventory.yaml"), []byte(faulty), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.tryLoad(lines...); err == nil || !strings.Contains(err.Error(), `inventory.yaml:6:19: unknown key "bye"; did you mean "by"?`) {
		t.Errorf("an inventory with a fault: %v", err)
	}
}
