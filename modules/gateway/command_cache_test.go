package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheIsATable(t *testing.T) {
	day := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	r := cacheReport{
		Memory: memoryReport{ConfiguredBytes: 384 << 20, BoundBytes: 192 << 20, UsedBytes: 3 << 20, Entries: 33, Evicted: 2},
		Store:  storeReport{State: "failing", Since: &day, Error: "opening: no\nspace \x1b[2J", Entries: 31, Bytes: 1 << 20, Waiting: 4, PendingDrops: 1},
		Operations: []operationReport{
			{Memory: sizeReport{1, 2048}, Answers: sizeReport{1, 2048}},
			{Platform: "tracker", Operation: "reports.query", Memory: sizeReport{31, 1 << 20}, Store: sizeReport{31, 1 << 20}, Hits: 10, Stale: 2, Misses: 3, Coalesced: 4, NativeCallsSaved: 12},
		},
		Ledger: ledgerReport{InService: true, Bytes: 5 << 20, Accounts: []accountLedger{
			{Platform: "tracker", Operation: "conversions.list", Rows: 1234, Bytes: 4 << 20, CoveredFrom: &day, PulledAt: &day},
			{Platform: "second", Operation: "conversions.list", CoveredAll: true},
		}},
	}
	var out strings.Builder
	require.NoError(t, printCache(&out, r))
	var rows [][]string
	for line := range strings.Lines(out.String()) {
		rows = append(rows, strings.Fields(line))
	}
	assert.Equal(t, [][]string{
		{"PLATFORM", "OPERATION", "MEMORY", "STORE", "HITS", "STALE", "MISSES", "COALESCED", "CALLS", "SAVED"},
		{"(several)", "(several)", "2", "(4.0", "KiB)", "-", "0", "0", "0", "0", "0"},
		{"tracker", "reports.query", "31", "(1.0", "MiB)", "31", "(1.0", "MiB)", "10", "2", "3", "4", "12"},
		{"memory:", "33", "entries,", "3.0", "MiB", "of", "192", "MiB", "(384", "MiB", "less", "the", "garbage", "collector's", "part),", "2", "evicted"},
		{"store:", "failing", "since", "2026-11-20T09:30:00Z,", "31", "entries,", "1.0", "MiB,", "4", "waiting", "to", "be", "written,", "1", "drops", "pending"},
		{"store:", "opening:", "no\uFFFDspace", "\uFFFD[2J"},
		{"ledger:", "in", "use,", "5.0", "MiB"},
		{"PLATFORM", "OPERATION", "ROWS", "SIZE", "COVERED", "FROM", "CHANGES", "PULLED", "READ", "WHOLE"},
		{"tracker", "conversions.list", "1234", "4.0", "MiB", "2026-11-20T09:30:00Z", "2026-11-20T09:30:00Z", "-"},
		{"second", "conversions.list", "0", "0", "B", "beginning", "-", "-"},
	}, rows)

	out.Reset()
	require.NoError(t, printCache(&out, cacheReport{Off: true}))
	assert.Equal(t, "the cache is off: nothing is kept\n", out.String())

	out.Reset()
	require.NoError(t, printPurge(&out, purgeReport{Entries: 3, LedgerRows: 5, Pending: true}))
	assert.Equal(t, "purged 3 entries and 5 rows of the ledger; the store has still to remove its part, which is not read any more\n", out.String())
}

// A purge is not begun unless what is meant was said.
func TestPurgeWantsASelection(t *testing.T) {
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.String()
		_, _ = w.Write([]byte(`{"entries":1}`))
	}))
	defer server.Close()
	tests := []struct {
		name, args, want, fault string
	}{
		{name: "nothing", args: "purge", fault: "what is to be purged?"},
		{name: "an empty variable", args: "purge --platform=", fault: "--platform is empty"},
		{name: "an empty variable beside another", args: "purge --platform a --from=", fault: "--from is empty"},
		{name: "all and a part", args: "purge --all --platform a", fault: "--all leaves nothing to select"},
		{name: "an argument", args: "purge tracker", fault: `unknown command "tracker"`},
		{name: "all", args: "purge --all", want: "POST /tributary/cache/purge?all=true"},
		{name: "a platform", args: "purge --platform a", want: "POST /tributary/cache/purge?platform=a"},
		{
			name: "everything", args: "purge --platform a --operation reports.query --from 2026-01-01 --to 2026-01-02",
			want: "POST /tributary/cache/purge?from=2026-01-01&operation=reports.query&platform=a&to=2026-01-02",
		},
		{name: "stats", args: "stats", want: "GET /tributary/cache"},
		{name: "stats of a platform", args: "stats --platform a", want: "GET /tributary/cache?platform=a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked = ""
			cmd := &cobra.Command{Use: "cache", SilenceUsage: true, SilenceErrors: true}
			cacheCommand(cmd)
			cmd.SetOut(new(strings.Builder))
			cmd.SetArgs(append(strings.Fields(tt.args), "--address", strings.TrimPrefix(server.URL, "http://")))
			err := cmd.ExecuteContext(t.Context())
			if tt.fault != "" {
				require.ErrorContains(t, err, tt.fault)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, tt.want, asked)
		})
	}
}

func TestEveryCacheCommandHasHelpAndAnExample(t *testing.T) {
	cmd := &cobra.Command{Use: "cache"}
	cacheCommand(cmd)
	assert.NotEmpty(t, cmd.Example)
	for _, sub := range cmd.Commands() {
		assert.NotEmpty(t, sub.Short, sub.Name())
		assert.NotEmpty(t, sub.Long, sub.Name())
		assert.Contains(t, sub.Example, "tributary cache "+sub.Name())
	}
}
