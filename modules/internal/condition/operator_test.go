package condition_test

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
)

// The surface is the document that clients read, so it has to list the same operators.
func TestOperatorsAreThoseOfTheSurface(t *testing.T) {
	document, err := os.ReadFile("../../../mappings/surface.yaml")
	require.NoError(t, err)
	var surface struct {
		Components struct {
			Schemas struct {
				FilterOperator struct {
					Enum []string `yaml:"enum"`
				} `yaml:"FilterOperator"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(document, &surface))
	assert.Equal(t, surface.Components.Schemas.FilterOperator.Enum, condition.Operators())
}

func TestFamiliesOfOperators(t *testing.T) {
	named := func(is func(string) bool) []string {
		var names []string
		for _, op := range condition.Operators() {
			if is(op) {
				names = append(names, op)
			}
		}
		return names
	}
	assert.Equal(t, []string{"eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "set", "not_set"}, named(condition.OfNumbers))
	assert.Equal(t, condition.NumberOperators(), named(condition.OfNumbers))
	assert.Equal(t, []string{"contains", "not_contains", "starts_with", "ends_with", "matches", "not_matches"}, named(condition.Searches))
	assert.Equal(t, []string{"true", "false"}, named(condition.OfTruth))
	assert.Equal(t, []string{"has_label", "not_has_label"}, named(condition.OfLabels))
	assert.False(t, condition.IsOperator("like"))
	assert.False(t, condition.OfNumbers("like"))
}
