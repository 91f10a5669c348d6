package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sixth is a platform that nobody has written a line of Go for.
const sixth = `mapping: v1
platform: sixth
title: Sixth
server: https://api.sixth.example
timezone: Asia/Tokyo
currency: JPY
credentials:
  token: {description: "Settings → API"}
auth:
  - {bearer: "{credentials.token}"}
formats:
  instant: {datetime: unix}
errors:
  - {when: status == 401, problem: platform_credentials_rejected, message: body.reason}
resources:
  conversion:
    native_id: ref
    status: {from: ok, enum: {"1": approved, "0": pending}}
    occurred_at: {from: at, as: instant}
    amount: {money: yen}
    sub_ids.1: tags.first
operations:
  conversions.list:
    call: GET /v3/deals
    rows: deals
    paging: {cursor: query.after, next: next}
    filters:
      status: {to: query.ok}
  conversions.get:
    call: GET /v3/deals/{native_id}
    row: deal
`

// A mapping file in a folder, a platform block and a reload add a platform to /v1.
func TestASixthPlatformIsAMappingFileAndAReload(t *testing.T) {
	p := newPlatforms(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deal := func(ref string) string {
			return fmt.Sprintf(`{"ref":%q,"ok":1,"at":1767225600,"yen":1200,"tags":{"first":"blog"}}`, ref)
		}
		switch {
		case r.Header.Get("Authorization") != "Bearer sixth-secret":
			w.WriteHeader(401)
			_, _ = w.Write([]byte(`{"reason":"no"}`))
		case r.URL.Path == "/v3/deals" && r.URL.Query().Get("after") == "":
			_, _ = fmt.Fprintf(w, `{"deals":[%s,%s],"next":"p2"}`, deal("a"), deal("b"))
		case r.URL.Path == "/v3/deals":
			_, _ = fmt.Fprintf(w, `{"deals":[%s],"next":null}`, deal("c"))
		case r.URL.Path == "/v3/deals/c":
			_, _ = fmt.Fprintf(w, `{"deal":%s}`, deal("c"))
		default:
			w.WriteHeader(404)
			_, _ = w.Write([]byte(`{}`))
		}
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	g := start(t, p.native["affjet"].caddyfile(), client)
	g.problem(g.get("/v1/conversions?platform=sixth"), "invalid_request", 400)

	write := func(text string) {
		if err := os.MkdirAll(filepath.Join(folder, "sixth"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "sixth", "mapping.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := []string{
		"mappings " + folder, p.native["affjet"].caddyfile(), client,
		"platform sixth {\nserver " + server.URL + "\ncredential token sixth-secret\n}",
	}
	// a mapping with a fault is refused with its place, and what runs keeps running
	write(strings.Replace(sixth, "paging:", "pagign:", 1))
	before, _, _ := strings.Cut(sixth, "    paging:")
	place := fmt.Sprintf("mapping.yaml:%d:5: ", strings.Count(before, "\n")+1)
	if err := g.tryLoad(lines...); err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), `did you mean "paging"?`) {
		t.Fatalf("a mapping with a fault: %v", err)
	}
	if a := g.get("/v1/conversions?limit=1"); a.status != 200 {
		t.Fatalf("after a refused configuration: %d %s", a.status, a.body)
	}

	write(sixth)
	g.load(lines...)
	rows, _ := g.walk("/v1/conversions?platform=sixth&limit=2")
	if got := strings.Join(ids(rows), " "); got != "sixth:a sixth:b sixth:c" {
		t.Errorf("got %s", got)
	}
	// 1767225600 is 2026-01-01T00:00:00Z
	row := decode[map[string]any](t, g.get("/v1/conversions/sixth:c").body)
	for member, want := range map[string]string{
		"occurred_at": "2026-01-01T00:00:00Z", "status": "approved", "native_status": "1",
		"amount": "map[currency:JPY value:1200]", "sub_ids": "map[1:blog]",
	} {
		if got := fmt.Sprint(row[member]); got != want {
			t.Errorf("%s: got %s, want %s", member, got, want)
		}
	}
	g.problem(g.get("/v1/conversions/sixth:zzz"), "not_found", 404)
}
