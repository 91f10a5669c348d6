package field_test

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// The surface is the document that clients read, so it has to list the same names.
func TestVocabularyIsThatOfTheSurface(t *testing.T) {
	document, err := os.ReadFile("../../../../mappings/surface.yaml")
	require.NoError(t, err)
	var surface struct {
		Components struct {
			Schemas map[string]struct {
				Enum []any `yaml:"enum"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(document, &surface))

	var dimensions, metrics []any
	for _, d := range field.Dimensions() {
		dimensions = append(dimensions, d.Name)
	}
	for _, m := range field.Metrics() {
		metrics = append(metrics, m.Name)
	}
	assert.Equal(t, surface.Components.Schemas["Dimension"].Enum, dimensions)
	assert.Equal(t, surface.Components.Schemas["Metric"].Enum, metrics)
}

func TestRatesAreMadeOfKnownMetrics(t *testing.T) {
	for _, m := range field.Metrics() {
		if !m.Made() {
			continue
		}
		numerator, ok := field.LookupMetric(m.Numerator)
		require.True(t, ok, m.Name)
		denominator, ok := field.LookupMetric(m.Denominator)
		require.True(t, ok, m.Name)
		assert.False(t, numerator.Made() || denominator.Made(), m.Name)
		perPiece := numerator.Type == field.Money && denominator.Type != field.Money
		assert.Equal(t, perPiece, m.Type == field.Money, "%s: money divided by a number is money", m.Name)
	}
}

func TestNative(t *testing.T) {
	for _, c := range []struct {
		name, platform, column string
		ok                     bool
	}{
		{"tracker_us.lp_ctr", "tracker_us", "lp_ctr", true},
		{"tracker.a.b", "tracker", "a.b", true},
		{"clicks", "", "", false},
		{".x", "", "", false},
		{"x.", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			platform, column, ok := field.Native(c.name)
			require.Equal(t, c.ok, ok)
			if ok {
				assert.Equal(t, []string{c.platform, c.column}, []string{platform, column})
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"commission", "conversions", "clicks"}
	assert.Equal(t, `; did you mean "commission"?`, field.DidYouMean("comission", known))
	assert.Equal(t, `; did you mean "clicks"?`, field.DidYouMean("click", known))
	assert.Empty(t, field.DidYouMean("weather", known))
	assert.Equal(t, `; did you mean "shop.isp"?`, field.DidYouMean("shop.ips", []string{"isp", "shop.isp"}))
	assert.Empty(t, field.DidYouMean("shop.weather", []string{"shop.country"}))
}
