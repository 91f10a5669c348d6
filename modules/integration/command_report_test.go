package integration

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The report of the command is that of the API, in every form.
func TestReportCommand(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), p.native["trackfinity"].caddyfile(), client)
	t.Setenv("TRIBUTARY_KEY", key)
	args := []string{
		"report", "--address", g.url, "--from", "2026-10-01", "--to", "2026-10-31", "--group-by", "platform,merchant", "--metrics", "conversions,clicks,order_value",
		"--filter", "conversions>=1", "--sort=-conversions", "--limit", "7",
	}
	const path = "/v1/reports?format=%s"
	body := `{"from":"2026-10-01","to":"2026-10-31","group_by":["platform","merchant"],"metrics":["conversions","clicks","order_value"],"filters":[{"field":"conversions","op":"gte","value":"1"}],"sort":["-conversions"],"limit":7}`
	want := decode[reportPage](t, g.post("/v1/reports", body).body)
	if len(want.Data) != 7 {
		t.Fatalf("%d rows: nothing to compare with", len(want.Data))
	}

	table, notes, err := command(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	if len(lines) != 1+len(want.Data)+len(want.Totals) || !slices.Equal(strings.Fields(lines[0]), []string{"PLATFORM", "MERCHANT", "CONVERSIONS", "CLICKS", "ORDER_VALUE"}) {
		t.Fatalf("got\n%s", table)
	}
	for i, row := range want.Data {
		texts := []string{fmt.Sprint(row.Dimensions["platform"]), fmt.Sprint(row.Metrics["conversions"])}
		if value, ok := row.Metrics["order_value"].(map[string]any); ok {
			texts = append(texts, fmt.Sprintf("%v %v", value["value"], value["currency"]))
		}
		for _, text := range texts {
			if !strings.Contains(lines[1+i], text) {
				t.Errorf("line %d lacks %s: %s", i+1, text, lines[1+i])
			}
		}
	}
	if !strings.Contains(notes, fmt.Sprintf("7 rows of %d; --limit all prints all\n", *want.Page.Total)) || !strings.Contains(notes, "affjet: has no clicks\n") {
		t.Errorf("got notes\n%s", notes)
	}

	asCSV, _, err := command(t, append(args, "--format", "csv")...)
	if err != nil {
		t.Fatal(err)
	}
	if served := g.post(fmt.Sprintf(path, "csv"), body); asCSV != string(served.body) {
		t.Errorf("got\n%s\nwant\n%s", asCSV, served.body)
	}
	records, err := csv.NewReader(strings.NewReader(asCSV)).ReadAll()
	if err != nil || len(records) != 8 {
		t.Errorf("%d records, %v", len(records), err)
	}
	asJSON, _, err := command(t, append(args, "--format", "json", "--limit", "all")...)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode[reportPage](t, []byte(asJSON)); len(got.Data) != *want.Page.Total || len(got.Totals) != len(want.Totals) {
		t.Errorf("%d rows and %d totals, want %d and %d", len(got.Data), len(got.Totals), *want.Page.Total, len(want.Totals))
	}
}

func TestReportCommandTellsOfProblems(t *testing.T) {
	server := affjet.New(affjet.Config{Key: "another", Seed: 1, Now: clock, Rows: 10})
	n := stand(t, "affjet", server, new(kit.Counter), "/externalclient", "credential api_key the-native-secret")
	g := start(t, n.caddyfile(), client)
	file := filepath.Join(t.TempDir(), "key")
	ask := func(clientKey string, args ...string) error {
		t.Helper()
		if err := os.WriteFile(file, []byte(clientKey+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, err := command(t, append([]string{"report", "--address", g.url, "--key-file", file}, args...)...)
		if err == nil {
			t.Fatalf("it succeeds: %s", out)
		}
		for _, secret := range []string{clientKey, "the-native-secret"} {
			if bytes.Contains([]byte(out+err.Error()), []byte(secret)) {
				t.Errorf("%s is in %v", secret, err)
			}
		}
		return err
	}
	for _, test := range []struct {
		name, key, want string
		args            []string
	}{
		{"a key that is not known", "wrong-client-key", "(unauthenticated): ", []string{"--interval", "today"}},
		{"no days", key, "\n  from: is missing; give from and to, or interval", nil},
		{"a metric that there is not", key, `(invalid_request): Refused: metrics.`, []string{"--interval", "today", "--metrics", "comission"}},
		{"a platform that refuses", key, "(platform_credentials_rejected): affjet refused the gateway's credential", []string{"--interval", "last_month"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := ask(test.key, test.args...); !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
