package mapping_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func TestParseSuite(t *testing.T) {
	s, err := mapping.ParseSuite("tests.yaml", []byte(`
now: 2026-02-16T00:00:00Z
timezone: Europe/London
options: {role: owner, api: v2}
fragments:
  path: &path /v1/sales
tests:
  - name: first
    operation: conversions.list
    params: {status: [approved, pending], limit: 5}
    order: any
    exchanges:
      - request: {path: *path, query: {"ids[]": [1, 2]}, header: {X-Key: k}}
        response: {body: {rows: [{id: 1, ok: true, at: 2026-01-01, none: null, big: 12345678901234567890.10}]}}
      - request: {method: POST, path: *path, form: {a: b}}
        response: {status: 503, header: {Retry-After: "60"}, body: busy}
    expect: {total: null, nothing: false}
  - name: second
    operation: campaigns.update
    now: 2026-02-17T01:00:00+01:00
    options: {role: guest}
    currency: EUR
    body: {name: null}
    expect: {problem: not_found}
`))
	require.NoError(t, err)
	require.Len(t, s.Tests, 2)
	first, second := s.Tests[0], s.Tests[1]
	assert.Equal(t, "tests.yaml:8:5", first.String())
	assert.Equal(t, []string{"approved", "pending"}, first.Params[0].Values)
	assert.Equal(t, []string{"5"}, first.Params[1].Values)
	assert.True(t, first.AnyOrder)
	assert.Equal(t, "2026-02-16", first.Now.Format("2006-01-02"))
	assert.Equal(t, mapping.Setting{Zone: "Europe/London", Options: map[string]string{"role": "owner", "api": "v2"}}, first.Setting)
	assert.Equal(t, "/v1/sales", first.Exchanges[0].Request.Path)
	assert.Equal(t, "GET", first.Exchanges[0].Request.Method)
	assert.Equal(t, []string{"1", "2"}, first.Exchanges[0].Request.Query[0].Values)
	assert.Equal(t, `{"rows":[{"id":1,"ok":true,"at":"2026-01-01","none":null,"big":12345678901234567890.10}]}`, string(first.Exchanges[0].Response.Body.AppendJSON(nil)))
	assert.Equal(t, 503, first.Exchanges[1].Response.Status)
	assert.Equal(t, "busy", first.Exchanges[1].Response.Body.Scalar)
	require.NotNil(t, first.Expect.Total, "null says that the total is not known")
	assert.Nil(t, first.Expect.Count)
	assert.Equal(t, "tests.yaml:17:21", first.Expect.Total.String())

	assert.Equal(t, "2026-02-17T00:00:00Z", second.Now.UTC().Format("2006-01-02T15:04:05Z"))
	assert.Equal(t, mapping.Setting{Zone: "Europe/London", Currency: "EUR", Options: map[string]string{"role": "guest", "api": "v2"}}, second.Setting)
	assert.True(t, second.Body.Has("name"))
	assert.False(t, second.Body.Has("name", "first"))
	assert.False(t, second.Body.Has("state"))
	assert.Equal(t, map[string]any{"name": nil}, second.Body.Plain())
}

func TestFaultsOfASuiteAreReportedAtOnce(t *testing.T) {
	text, err := os.ReadFile("testdata/suite_faults.yaml")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/suite_faults.txt")
	require.NoError(t, err)
	_, err = mapping.ParseSuite("tests.yaml", text)
	require.Error(t, err)
	assert.Equal(t, string(want), err.Error()+"\n")
}

func TestASuiteThatIsNone(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"two documents":     "a: 1\n---\nb: 2\n",
		"no YAML":           "tests: [",
		"a list":            "- 1\n",
		"in itself, merged": "now: 2026-01-01T00:00:00Z\ntests:\n  - &t {<<: *t, name: a}\n",
		"itself twice over": "now: 2026-01-01T00:00:00Z\ntests:\n  - {name: a, operation: b, body: &t [*t, *t], expect: {count: 1}}\n",
		"in itself":         "now: 2026-01-01T00:00:00Z\ntests: &t\n  - {name: a, operation: b, body: *t, expect: {count: 1}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.ParseSuite("tests.yaml", []byte(text))
			require.Error(t, err)
		})
	}
}

func FuzzParseSuite(f *testing.F) {
	// seeds are small, since the fuzzer makes every new one as small as it can
	f.Add([]byte("now: 2026-01-01T00:00:00Z\ntests:\n- {name: a, operation: b, expect: {count: 1}}"))
	f.Add([]byte("tests:\n- {name: a, now: x, exchanges: [{request: {path: /}, response: {body: 1}}]}"))
	f.Add([]byte("now: 2026-01-01T00:00:00Z\ntests: [{name: &a [*a], body: *a, expect: *a}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := mapping.ParseSuite("tests.yaml", text)
		if err != nil {
			return
		}
		if s == nil {
			t.Fatal("neither a suite nor a fault")
		}
		for _, test := range s.Tests {
			if test.Now.IsZero() || test.Position.Line == 0 {
				t.Fatalf("test %q has no clock or no place", test.Name)
			}
		}
	})
}
