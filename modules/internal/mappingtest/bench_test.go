package mappingtest

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// acme makes the bench of the mapping in testdata, with one of its files of tests.
func acme(t *testing.T, file string) *Bench {
	t.Helper()
	const folder = "testdata/acme"
	s, err := theSurface()
	require.NoError(t, err)
	text, err := os.ReadFile(folder + "/mapping.yaml")
	require.NoError(t, err)
	m, err := mapping.Parse("acme/mapping.yaml", text)
	require.NoError(t, err)
	text, err = os.ReadFile(folder + "/" + file)
	require.NoError(t, err)
	suite, err := mapping.ParseSuite(file, text)
	require.NoError(t, err)
	return &Bench{Mapping: m, Suite: suite, Files: os.DirFS(folder), Surface: s}
}

// printed runs a bench and returns what a person sees.
func printed(t *testing.T, b *Bench, verbose bool) (*Result, string) {
	t.Helper()
	result, err := b.Run(t.Context())
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, result.Print(&out, verbose))
	return result, out.String()
}

func golden(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	return string(text)
}

func TestTestsThatPass(t *testing.T) {
	result, out := printed(t, acme(t, "tests.yaml"), true)
	assert.False(t, result.Failed())
	assert.Equal(t, golden(t, "passing.txt"), out)
}

func TestEveryWayToFailIsShownWithItsLine(t *testing.T) {
	result, out := printed(t, acme(t, "failing.yaml"), false)
	assert.True(t, result.Failed())
	assert.Equal(t, golden(t, "failing.txt"), out)
	assert.Zero(t, result.Attacks, "there is no good answer to make a hostile one of")
}

func TestAMappingThatDoesNotCompile(t *testing.T) {
	b := acme(t, "tests.yaml")
	b.Mapping.Resources["conversion"].Fields[1].Enum.Table[0].Unified = "aproved"
	_, err := b.Run(t.Context())
	require.ErrorContains(t, err, `acme/mapping.yaml:19:34: the surface has no value "aproved" here; did you mean "approved"?`)
}
