package mappingtest

import (
	"bytes"
	"errors"
	"io/fs"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
	"github.com/tributary-gateway/tributary/plugins/jalali"
)

var theSurface = sync.OnceValues(func() (*surface.Surface, error) { return surface.Load(mappings.Surface) })

func bundledCodec(name string) (plugins.CodecProvider, error) {
	if name == "jalali" {
		return jalali.Module{}, nil
	}
	return nil, errors.New("no such codec")
}

// bundled makes the bench of a mapping that comes with the gateway.
func bundled(t *testing.T, m *mapping.Mapping) *Bench {
	t.Helper()
	s, err := theSurface()
	require.NoError(t, err)
	folder, err := fs.Sub(mappings.Tests, m.Platform)
	require.NoError(t, err)
	text, err := fs.ReadFile(folder, mapping.SuiteFile)
	require.NoError(t, err, "every bundled mapping has tests beside it")
	suite, err := mapping.ParseSuite(m.Platform+"/"+mapping.SuiteFile, text)
	require.NoError(t, err)
	return &Bench{Mapping: m, Suite: suite, Files: folder, Surface: s, Codecs: bundledCodec}
}

// The tests beside the bundled mappings pass, stand the hostile answers, and reach every
// operation, error rule, enum value and end of paging.
func TestBundledMappings(t *testing.T) {
	t.Parallel()
	set, err := mapping.Load(func(int) string { return "mappings" }, mappings.Bundled)
	require.NoError(t, err)
	for _, name := range set.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := bundled(t, set[name]).Run(t.Context())
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, result.Print(&out, false))
			assert.False(t, result.Failed(), out.String())
			assert.Empty(t, result.Coverage.Missed(KindOperation, KindEnum, KindRule, KindStop), out.String())
			t.Log("\n" + out.String())
		})
	}
}
