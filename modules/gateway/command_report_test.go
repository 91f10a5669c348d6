package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runReport runs `report` with arguments, and returns what it prints.
func runReport(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return execute(t, reportCommand, "", args)
}

// asked is a report request as a gateway sees it.
type asked struct {
	url, authorization string
	body               map[string]any
}

// answering is a gateway that gives one answer, and keeps what it was asked.
func answering(t *testing.T, status int, contentType, body string) (*httptest.Server, *asked) {
	t.Helper()
	got := new(asked)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.url, got.authorization = r.URL.String(), r.Header.Get("Authorization")
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &got.body)
		}
		if err != nil {
			t.Errorf("%v in %s", err, text)
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server, got
}

const reportAnswer = `{"data":[
	{"dimensions":{"platform":"one","merchant":{"id":"one:1","name":"Blue\u001b[31m Shop"},"date":"2026-01-01"},"metrics":{"clicks":12,"commission":{"value":"3.10","currency":"EUR"},"cr":0.25}},
	{"dimensions":{"platform":"two","merchant":{"id":"two:9","name":null},"date":"2026-01-02"},"metrics":{"clicks":null,"commission":{"value":"7","currency":null},"cr":null}}],
	"totals":[{"currency":"EUR","metrics":{"clicks":12,"commission":{"value":"3.10","currency":"EUR"},"cr":0.25}}],
	"page":{"next_cursor":"x","total":40},
	"platforms":[{"platform":"one","status":"ok"},
		{"platform":"two","status":"partial","unsupported":["clicks","cr"],"problem":{"code":"platform_timeout","detail":"two took too long"}}]}`

func TestReportIsATable(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "trib_test")
	server, got := answering(t, 200, "application/json", reportAnswer)
	out, notes, err := runReport(t, "--address", server.URL, "--from", "2026-01-01", "--to", "2026-01-31", "--group-by", "platform,merchant,date",
		"--metrics", "clicks,commission", "--metrics", "cr", "--partial", "--platform", "one,two", "--timezone", "Europe/Berlin", "--sort=-clicks", "--limit", "2",
		"--filter", "country=DE,FR", "--filter", "clicks>=10", "--filter", "keyword:contains:red: shoes, blue")
	require.NoError(t, err)
	var fields [][]string
	for line := range strings.Lines(out) {
		fields = append(fields, strings.Fields(line))
	}
	assert.Equal(t, [][]string{
		{"PLATFORM", "MERCHANT", "DATE", "CLICKS", "COMMISSION", "CR"},
		{"one", "Blue\uFFFD[31m", "Shop", "(one:1)", "2026-01-01", "12", "3.10", "EUR", "0.25"},
		{"two", "two:9", "2026-01-02", "-", "7", "-"},
		{"total", "12", "3.10", "EUR", "0.25"},
	}, fields)
	assert.Equal(t, "2 rows of 40; --limit all prints all\ntwo: partial: two took too long (platform_timeout)\ntwo: has no clicks, cr\n", notes)

	assert.Equal(t, "/v1/reports?format=json", got.url)
	assert.Equal(t, "Bearer trib_test", got.authorization)
	assert.Equal(t, map[string]any{
		"from": "2026-01-01", "to": "2026-01-31", "timezone": "Europe/Berlin", "limit": 2.0,
		"platform": []any{"one", "two"}, "group_by": []any{"platform", "merchant", "date"}, "metrics": []any{"clicks", "commission", "cr"}, "sort": []any{"-clicks"},
		"filters": []any{
			map[string]any{"field": "country", "op": "in", "value": []any{"DE", "FR"}},
			map[string]any{"field": "clicks", "op": "gte", "value": "10"},
			map[string]any{"field": "keyword", "op": "contains", "value": "red: shoes, blue"},
		},
	}, got.body)
}

func TestReportWithoutRowsOrGroups(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	server, _ := answering(t, 200, "application/json", `{"data":[],"totals":[],"page":{"total":0},"platforms":[]}`)
	out, notes, err := runReport(t, "--address", server.URL, "--interval", "yesterday")
	require.NoError(t, err)
	assert.Equal(t, "no rows\n", out)
	assert.Empty(t, notes)

	server, _ = answering(t, 200, "application/json", `{"data":[{"dimensions":{},"metrics":{"clicks":5}}],"totals":[{"currency":null,"metrics":{"clicks":5}}],"page":{"total":1},"platforms":[]}`)
	out, _, err = runReport(t, "--address", server.URL, "--interval", "yesterday")
	require.NoError(t, err)
	assert.Equal(t, []string{"CLICKS", "5"}, strings.Fields(out), "one row is its own total")
}

func TestReportAsJSONIsTheAnswer(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	server, got := answering(t, 200, "application/json", reportAnswer)
	out, notes, err := runReport(t, "--address", server.URL+"/api/", "--interval", "today", "--format", "json", "--limit", "all", "--partial")
	require.NoError(t, err)
	assert.Equal(t, reportAnswer+"\n", out)
	assert.Contains(t, notes, "two: partial")
	assert.Equal(t, "/api/reports?format=json", got.url)
	assert.Equal(t, map[string]any{"interval": "today", "limit": "all"}, got.body)
}

func TestReportAsCSVSaysWhatIsMissing(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("format") != "csv" {
			t.Errorf("asked for %s", r.URL)
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		w.Header().Set("Trailer", "Tributary-Platforms")
		_, _ = io.WriteString(w, "date,clicks\r\n2026-01-01,5\r\n")
		w.Header().Set("Tributary-Platforms", `[{"platform":"two","status":"failed","problem":{"code":"platform_error","detail":"no"}}]`)
	}))
	defer server.Close()
	out, notes, err := runReport(t, "--address", server.URL, "--interval", "today", "--format", "csv")
	require.ErrorContains(t, err, "it lacks all or some of two;")
	assert.Equal(t, "date,clicks\r\n2026-01-01,5\r\n", out)
	assert.Equal(t, "two: failed: no (platform_error)\n", notes)
}

// A job that goes by the exit status must not take a part for the whole.
func TestReportThatIsNotCompleteFails(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	tests := []struct {
		name, platforms, want string
	}{
		{"all platforms", `[{"platform":"one","status":"ok"}]`, ""},
		{"a metric that one has not", `[{"platform":"one","status":"ok","unsupported":["clicks"]}]`, ""},
		{"some of one", `[{"platform":"one","status":"partial","problem":{"code":"platform_timeout"}}]`, "it lacks all or some of one; with --partial"},
		{"two failed", `[{"platform":"one","status":"failed"},{"platform":"two","status":"ok"},{"platform":"three","status":"failed"}]`, "it lacks all or some of one, three;"},
	}
	for _, tt := range tests {
		server, _ := answering(t, 200, "application/json", `{"data":[{"dimensions":{},"metrics":{"clicks":5}}],"totals":[],"page":{"total":1},"platforms":`+tt.platforms+`}`)
		for _, format := range []string{"table", "json"} {
			t.Run(tt.name+" "+format, func(t *testing.T) {
				args := []string{"--address", server.URL, "--interval", "today", "--format", format}
				out, _, err := runReport(t, args...)
				assert.Contains(t, out, "5", "the rows are printed all the same")
				if tt.want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, tt.want)
				}
				_, _, err = runReport(t, append(args, "--partial")...)
				require.NoError(t, err)
			})
		}
	}
}

func TestReportThatBreaksOffFails(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	for _, format := range []string{"table", "csv", "json"} {
		_, _, err := runReport(t, "--address", server.URL, "--interval", "today", "--format", format)
		require.ErrorContains(t, err, "reading the report", format)
	}
}

func TestReportRefusalsAreReadable(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "trib_secret")
	const media = "application/problem+json"
	tests := []struct {
		name, contentType, body, want string
		status                        int
	}{
		{
			"parameters", media,
			`{"title":"The request is not valid","status":400,"code":"invalid_request","detail":"Refused: metrics.","errors":[{"parameter":"metrics","detail":"there is no \"clikcs\""}]}`,
			"The request is not valid (invalid_request): Refused: metrics.\n  metrics: there is no \"clikcs\"", 400,
		},
		{
			"a fault of the gateway", media, `{"title":"The gateway failed","code":"internal","instance":"abc"}`,
			"The gateway failed (internal)\n  instance: abc", 500,
		},
		{"another server", "text/html", "<html>", "answered with status 404 and without a problem; is --address that of the gateway?", 404},
		{"half a problem", media, `{"title":`, "without a problem", 502},
		{"a web page as a success", "text/html", "<html>", "the answer is not JSON; is --address that of the gateway?", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, _ := answering(t, tt.status, tt.contentType, tt.body)
			out, _, err := runReport(t, "--address", server.URL, "--interval", "today")
			require.ErrorContains(t, err, tt.want)
			assert.Empty(t, out)
			assert.NotContains(t, err.Error(), "trib_secret")
		})
	}
}

// A key goes to the address that was given, and nowhere else.
func TestReportKeyFollowsNoRedirect(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "trib_secret")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/v1/reports?token=x", http.StatusTemporaryRedirect))
	defer server.Close()
	_, _, err := runReport(t, "--address", server.URL, "--interval", "today")
	require.ErrorContains(t, err, "redirects to "+elsewhere.URL+",")
}

func TestReportKeyComesFromAFileOrTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("trib_of_the_file\n"), 0o600))
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte(" \n"), 0o600))
	server, got := answering(t, 200, "application/json", `{"data":[]}`)
	args := []string{"--address", server.URL, "--interval", "today"}

	t.Setenv("TRIBUTARY_KEY", "")
	_, _, err := runReport(t, args...)
	require.ErrorContains(t, err, "set TRIBUTARY_KEY or give --key-file")
	t.Setenv("TRIBUTARY_KEY", "trib_of_the_environment")
	_, _, err = runReport(t, append(args, "--key-file", file)...)
	require.NoError(t, err)
	assert.Equal(t, "Bearer trib_of_the_file", got.authorization)
	_, _, err = runReport(t, append(args, "--key-file", empty)...)
	require.ErrorContains(t, err, "no client key in "+empty)
	_, _, err = runReport(t, append(args, "--key-file", filepath.Join(file, "nowhere"))...)
	require.ErrorContains(t, err, "reading the client key")
	assert.NotContains(t, err.Error(), "trib_of")
}

func TestReportRefusesWhatNoGatewayTakes(t *testing.T) {
	t.Setenv("TRIBUTARY_KEY", "k")
	tests := []struct {
		name, want string
		args       []string
	}{
		{"a format", `--format is table, csv or json, not "xml"`, []string{"--format", "xml"}},
		{"a limit", `--limit is a number, or all; "many" is not`, []string{"--limit", "many"}},
		{"a filter without an operator", `"country" is not`, []string{"--filter", "country"}},
		{"a filter without a value", `the filter "country=" ends too early`, []string{"--filter", "country="}},
		{"a filter without an operator's name", `the filter "country:" ends too early`, []string{"--filter", "country:"}},
		{"an address without a scheme", "--address is a URL", []string{"--address", "localhost:8080"}},
		{"an address with a password", "without a password", []string{"--address", "http://user:hidden@localhost"}},
		{"a key as an argument", "unknown flag: --key", []string{"--key", "trib_x"}},
		{"an argument", "unknown command", []string{"yesterday"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := runReport(t, tt.args...)
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "hidden")
		})
	}
}

func TestConditionsOfTheCommandLine(t *testing.T) {
	tests := []struct {
		text string
		want reportCondition
	}{
		{"country=DE", reportCondition{"country", "in", []string{"DE"}}},
		{"country!=DE,FR", reportCondition{"country", "not_in", []string{"DE", "FR"}}},
		{"clicks>5", reportCondition{"clicks", "gt", "5"}},
		{"clicks>=5", reportCondition{"clicks", "gte", "5"}},
		{"clicks<5", reportCondition{"clicks", "lt", "5"}},
		{"clicks<=5", reportCondition{"clicks", "lte", "5"}},
		{"merchant=one:1,one:2", reportCondition{"merchant", "in", []string{"one:1", "one:2"}}},
		{"clicks:between:1,5", reportCondition{"clicks", "between", []string{"1", "5"}}},
		{"keyword:matches:a=b:c", reportCondition{"keyword", "matches", "a=b:c"}},
		{"referrer:set", reportCondition{"referrer", "set", nil}},
		{"tracker.isp:eq:x", reportCondition{"tracker.isp", "eq", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := parseCondition(tt.text)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func FuzzParseCondition(f *testing.F) {
	for _, seed := range []string{"country=DE,FR", "clicks>=5", "keyword:contains:x", "referrer:set", "a:", "=", "a\n=b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCondition(text)
		if err != nil {
			return
		}
		if c.Field == "" || c.Op == "" || !strings.HasPrefix(text, c.Field) {
			t.Errorf("%q is %+v", text, c)
		}
		if list, ok := c.Value.([]string); ok && !strings.HasSuffix(text, strings.Join(list, ",")) {
			t.Errorf("%q is %+v", text, c)
		}
	})
}

func TestReportHasHelpAndAnExample(t *testing.T) {
	cmd := &cobra.Command{Use: "report"}
	reportCommand(cmd)
	assert.Contains(t, cmd.Example, "tributary report --interval")
	cmd.Flags().VisitAll(func(f *pflag.Flag) { assert.NotEmpty(t, f.Usage, f.Name) })
}
