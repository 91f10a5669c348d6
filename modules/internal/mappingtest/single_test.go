package mappingtest

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// compiled binds the mapping in testdata.
func compiled(t *testing.T) *mapping.Platform {
	t.Helper()
	b := acme(t, "tests.yaml")
	p, err := mapping.Compile(b.Mapping, b.Surface, mapping.Binding{Platform: "acme", Server: defaultServer})
	require.NoError(t, err)
	return p
}

func TestUnify(t *testing.T) {
	p := compiled(t)
	for _, c := range []struct {
		name, operation string
		answer          Answer
		want            string
		code            problem.Code
		fault           string
	}{
		{name: "rows", operation: "conversions.list", answer: Answer{200, []byte(`{"items":[{"id":1},{"id":2}]}`)}, want: `"id":"acme:2"`},
		{name: "no rows", operation: "conversions.list", answer: Answer{200, []byte(`{"items":[]}`)}, want: `{"data":[]}`},
		{name: "an object", operation: "campaigns.get", answer: Answer{200, []byte(`{"id":7,"title":"Spring"}`)}, want: `"name":"Spring"`},
		{name: "an error rule", operation: "campaigns.get", answer: Answer{200, []byte(`{"error":7}`)}, code: problem.PlatformAccountLocked},
		{name: "a status without a rule", operation: "campaigns.get", answer: Answer{404, nil}, code: problem.NotFound},
		{name: "a web page", operation: "campaigns.get", answer: Answer{200, []byte(`<html>`)}, code: problem.PlatformInvalidResponse},
		{name: "rows in the wrong place", operation: "conversions.list", answer: Answer{200, []byte(`{"rows":[]}`)}, fault: "items"},
		{name: "no object", operation: "campaigns.archive", answer: Answer{200, []byte(`{}`)}, fault: "the answer has no object"},
		{name: "no such operation", operation: "campaign.get", fault: `the mapping acme has no operation "campaign.get"; did you mean "campaigns.get"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, refused, err := Unify(t.Context(), p, c.operation, c.answer)
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			if c.code != "" {
				require.NotNil(t, refused)
				assert.Equal(t, c.code, refused.Code)
				return
			}
			require.Nil(t, refused)
			assert.Contains(t, string(got), c.want)
		})
	}
}

func TestExplainIsATableForEachRow(t *testing.T) {
	readings, err := Explain(compiled(t), "conversions.list", []byte(`{"items":[{"id":1,"state":"OK","sum":1.5,"cur":"EUR"},{"id":2,"state":"shut"}]}`))
	require.NoError(t, err)
	readings.Unmapped = readings.Unmapped[:2]
	var out bytes.Buffer
	require.NoError(t, readings.Print(&out))
	assert.Equal(t, golden(t, "explain.txt"), out.String())
}

func TestExplainWithoutRows(t *testing.T) {
	readings, err := Explain(compiled(t), "conversions.list", []byte(`{"items":[]}`))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, readings.Print(&out))
	assert.Contains(t, out.String(), "The answer has no rows.\n")
	_, err = Explain(compiled(t), "conversions.list", []byte(`{"items":[`))
	require.Error(t, err)
	_, err = ExplainReport(compiled(t), "sums", []byte(`{}`))
	require.ErrorContains(t, err, `the mapping acme has no native report "sums"`)
}
