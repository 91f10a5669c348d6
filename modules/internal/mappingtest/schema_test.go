package mappingtest

import (
	"io/fs"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func validate(t *testing.T, text []byte) error {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../../mappings/tests.schema.json")
	require.NoError(t, err)
	var v any
	require.NoError(t, yaml.Unmarshal(text, &v))
	return s.Validate(v)
}

func TestSchemaTakesTheTestsThatThereAre(t *testing.T) {
	names, err := fs.Glob(mappings.Tests, "*/"+mapping.SuiteFile)
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := fs.ReadFile(mappings.Tests, name)
		require.NoError(t, err)
		require.NoError(t, validate(t, text), name)
	}
	text, err := os.ReadFile("testdata/acme/tests.yaml")
	require.NoError(t, err)
	require.NoError(t, validate(t, text))
}

// every has every key of the language.
const every = `now: 2026-02-16T00:00:00Z
server: https://platform.example
timezone: UTC
currency: EUR
options: {a: b}
fragments: {x: &x 1}
tests:
  - name: a
    operation: b
    params: {p: [1, two, true], q: x}
    body: {any: [thing]}
    now: 2026-02-16T00:00:00+01:00
    server: https://platform.example
    timezone: UTC
    currency: EUR
    options: {c: d}
    order: any
    exchanges:
      - request: {method: PUT, path: /a, query: {a: 1}, header: {B: 2}, body: {}}
        response: {status: 204, header: {C: d}, body: text}
      - request: {path: /a, form: {a: 1}}
        response: {body_file: a.json}
      - request: {path: /a}
        response: {fails: timeout}
    expect: {count: 1, total: null, more: true, first: {}, last: {}, rows: [], totals: [], object: {}, platforms: [], problem: {}, nothing: true}
`

func TestSchemaAndParserKnowTheSameKeys(t *testing.T) {
	require.NoError(t, validate(t, []byte(every)))
	_, err := mapping.ParseSuite("tests.yaml", []byte(every))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"top":        "teste: []\n" + every,
		"a test":     every + "    expected: {}\n",
		"no test":    "now: 2026-02-16T00:00:00Z\n",
		"no path":    "now: 2026-02-16T00:00:00Z\ntests: [{name: a, operation: b, exchanges: [{request: {}, response: {}}], expect: {count: 1}}]\n",
		"the status": "now: 2026-02-16T00:00:00Z\ntests: [{name: a, operation: b, exchanges: [{request: {path: /}, response: {status: 100}}], expect: {count: 1}}]\n",
		"no answer":  "now: 2026-02-16T00:00:00Z\ntests: [{name: a, operation: b, exchanges: [{request: {path: /}}], expect: {count: 1}}]\n",
		"nothing":    "now: 2026-02-16T00:00:00Z\ntests: [{name: a, operation: b, expect: {}}]\n",
		"the order":  "now: 2026-02-16T00:00:00Z\ntests: [{name: a, operation: b, order: none, expect: {count: 1}}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, validate(t, []byte(text)))
			_, err := mapping.ParseSuite("tests.yaml", []byte(text))
			assert.Error(t, err)
		})
	}
}
