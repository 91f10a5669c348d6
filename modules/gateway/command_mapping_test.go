package gateway

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	_ "github.com/tributary-gateway/tributary/plugins/jalali"
)

// runMapping runs `mapping` with arguments, and returns what it prints.
func runMapping(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return execute(t, mappingCommand, stdin, args)
}

func goldenFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "mapping", name))
	require.NoError(t, err)
	return string(text)
}

func TestMappingCheckShowsAllFaultsAtOnce(t *testing.T) {
	out, _, err := runMapping(t, "", "check", "testdata/mapping/faulty", "testdata/mapping/acme/mapping.yaml")
	require.EqualError(t, err, "6 faults in 1 mapping")
	assert.Equal(t, goldenFile(t, "check.txt"), out)
}

func TestMappingCheckNeedsWhatTheSurfaceHas(t *testing.T) {
	out, _, err := runMapping(t, "", "check", "testdata/mapping/unbound")
	require.EqualError(t, err, "3 faults in 1 mapping")
	assert.Equal(t, goldenFile(t, "unbound.txt"), out)
}

func TestMappingCheckAsJSON(t *testing.T) {
	out, _, err := runMapping(t, "", "check", "testdata/mapping", "--json")
	require.EqualError(t, err, "9 faults in 2 mappings")
	var reports []struct {
		Mapping string
		Faults  []struct {
			File, Message, Source string
			Line, Column          int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Len(t, reports, 3)
	assert.Equal(t, "testdata/mapping/acme", reports[0].Mapping)
	assert.NotNil(t, reports[0].Faults, "a mapping without faults has an empty list")
	assert.Empty(t, reports[0].Faults)
	first := reports[1].Faults[0]
	assert.Equal(t, "testdata/mapping/faulty/mapping.yaml", first.File)
	assert.Equal(t, 3, first.Line)
	assert.Equal(t, 1, first.Column)
	assert.Equal(t, `unknown key "sever"; did you mean "server"?`, first.Message)
	assert.Equal(t, "sever: https://acme.example", first.Source)
}

func TestMappingCheckOfBundledMappings(t *testing.T) {
	out, _, err := runMapping(t, "", "check")
	require.NoError(t, err)
	assert.Equal(t, 5, strings.Count(out, ": ok ("), out)
	out, _, err = runMapping(t, "", "check", "affjet")
	require.NoError(t, err)
	assert.Regexp(t, `^mappings/affjet: ok \(\d+ operations, \d+ reports\)\n$`, out)
}

func TestMappingsAreFound(t *testing.T) {
	for _, c := range []struct{ arg, fault string }{
		{"afjet", `there is neither a folder nor a bundled mapping "afjet"; did you mean "affjet"?; bundled are affili, affjet, keitaro, trackfinity, trackier`},
		{"testdata/mapping/check.txt", "a mapping is a folder with the file mapping.yaml"},
		{"testdata", "testdata: there is no mapping.yaml in it, nor in a folder in it"},
	} {
		_, _, err := runMapping(t, "", "check", c.arg)
		require.ErrorContains(t, err, c.fault)
	}
	_, _, err := runMapping(t, "{}", "run", "conversions.list", "testdata/mapping")
	require.ErrorContains(t, err, "holds 3 mappings; name one of them")

	t.Chdir("testdata/mapping/acme")
	out, _, err := runMapping(t, "", "check", ".")
	require.NoError(t, err)
	assert.Contains(t, out, "/acme: ok (2 operations, 1 report)")
}

func TestMappingTest(t *testing.T) {
	out, _, err := runMapping(t, "", "test", "testdata/mapping/acme", "--verbose")
	require.NoError(t, err)
	assert.Equal(t, goldenFile(t, "test.txt"), out)
	_, _, err = runMapping(t, "", "test", "testdata/mapping/acme", "--require-coverage", "rules,enums")
	require.EqualError(t, err, "failed: testdata/mapping/acme", "no test reaches one of the values")
	_, _, err = runMapping(t, "", "test", "testdata/mapping/acme", "--require-coverage", "fields,rules")
	require.NoError(t, err)
	_, _, err = runMapping(t, "", "test", "testdata/mapping/acme", "--require-coverage", "most")
	require.ErrorContains(t, err, `not "most"`)
}

func TestMappingTestWithoutTests(t *testing.T) {
	_, notice, err := runMapping(t, "", "test", "testdata/mapping/faulty", "testdata/mapping/unbound")
	require.EqualError(t, err, "failed: testdata/mapping/faulty, testdata/mapping/unbound")
	assert.Contains(t, notice, `unknown key "sever"`)
	assert.Contains(t, notice, "testdata/mapping/unbound: there is no tests.yaml beside the mapping")
}

func TestMappingTestOfABundledMapping(t *testing.T) {
	out, _, err := runMapping(t, "", "test", "affjet", "--require-coverage", "rules,enums,stops")
	require.NoError(t, err, out)
	assert.Contains(t, out, "tests passed")
}

const nativeSale = `{"items":[{"id":7,"state":"ok","at":"1404-10-15 10:00:00","sum":1500}]}`

func TestMappingExplain(t *testing.T) {
	out, _, err := runMapping(t, nativeSale, "explain", "conversions.list", "testdata/mapping/acme", "--platform", "mine", "--currency", "IRR", "--zone", "Asia/Tehran")
	require.NoError(t, err)
	table, unmapped, ok := strings.Cut(out, "\nNot given by this mapping: ")
	require.True(t, ok)
	assert.Equal(t, goldenFile(t, "explain.txt"), table)
	assert.Contains(t, unmapped, "click_id")

	out, _, err = runMapping(t, `{"rows":[{"n":3}]}`, "explain", "reports.query", "testdata/mapping/acme", "--report", "sums")
	require.NoError(t, err)
	assert.Contains(t, out, "clicks  3      n = 3  metric  testdata/mapping/acme/mapping.yaml:")
}

func TestMappingExplainRefuses(t *testing.T) {
	for _, c := range []struct {
		name, stdin string
		args        []string
		fault       string
	}{
		{"nothing to read", " ", []string{"conversions.list", "affjet"}, "the standard input is empty"},
		{"no JSON", "<html>", []string{"conversions.list", "affjet"}, "invalid"},
		{"an operation that there is not", "{}", []string{"conversion.list", "affjet"}, `did you mean "conversions.list"?`},
		{"a report without a name", "{}", []string{"reports.query", "affjet"}, "--report has to name"},
		{"a report that there is not", "{}", []string{"reports.query", "affjet", "--report", "total"}, `has no native report "total"`},
		{"an option that there is not", "{}", []string{"conversions.list", "testdata/mapping/acme", "--option", "rol=guest"}, `did you mean "role"?`},
		{"a zone that there is not", "{}", []string{"conversions.list", "affjet", "--zone", "Nowhere"}, "timezone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := runMapping(t, c.stdin, append([]string{"explain"}, c.args...)...)
			require.ErrorContains(t, err, c.fault)
		})
	}
}

func TestMappingRun(t *testing.T) {
	out, _, err := runMapping(t, nativeSale, "run", "conversions.list", "testdata/mapping/acme", "--platform", "mine", "--currency", "IRR")
	require.NoError(t, err)
	var list struct{ Data []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Len(t, list.Data, 1)
	assert.Equal(t, "mine:7", list.Data[0]["id"])
	assert.Equal(t, map[string]any{"value": "1500", "currency": "IRR"}, list.Data[0]["amount"])
	assert.Contains(t, out, "\n      \"id\": \"mine:7\",\n", "it is there to be read by people")

	out, _, err = runMapping(t, `{"error":"no key"}`, "run", "conversions.list", "testdata/mapping/acme", "--status", "401")
	require.EqualError(t, err, "the answer is the problem platform_credentials_rejected")
	assert.Contains(t, out, `"message": "no key"`)
}

func TestMappingCommandsHaveExamples(t *testing.T) {
	cmd := &cobra.Command{Use: "mapping"}
	mappingCommand(cmd)
	require.Len(t, cmd.Commands(), 4)
	for _, c := range cmd.Commands() {
		assert.Contains(t, c.Example, "tributary mapping "+c.Name())
		assert.NotEmpty(t, c.Long)
	}
}
