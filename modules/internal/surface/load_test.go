package surface

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/small.yaml
var small string

func TestLoadReadsMembersInTheDocumentsOrder(t *testing.T) {
	s, err := Load([]byte(small))
	require.NoError(t, err)
	var got []string
	every(s.Resource("thing").Members, func(m *Member, _ []*Member) {
		line := m.Path + " " + m.Type.String()
		if m.Sortable {
			line += " sortable"
		}
		if m.Nullable {
			line += " nullable"
		}
		if m.Filterable {
			line += " filterable"
		}
		got = append(got, line)
	})
	assert.Equal(t, []string{
		"zeal number sortable",
		"size integer sortable filterable",
		"made_at instant sortable filterable",
		"day date sortable",
		"paint object",
		"paint.gloss boolean sortable",
		"paint.color text sortable filterable",
		"token text",
		"extra object",
		"extra.size integer",
		"anything any nullable",
	}, got)
}

func TestLoadNamesTheFaultAndItsLine(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"not YAML", "openapi: 3.1.0", "openapi: [", "reading the surface: "},
		{"not OpenAPI", "info: {title: Small, version: '1'}", "info: {title: Small}", "validating the surface: "},
		{"kind", "x-kind: list", "x-kind: lists", `operation things.list (line 5): unknown x-kind "lists"; one of action, create, definition, delete, get, list, ping, query, report, system, update`},
		{"resource", "x-resource: thing\n      parameters", "x-resource: thin\n      parameters", `operation things.list (line 5): unknown x-resource "thin"; did you mean "thing"?`},
		{"no resource", "      x-resource: thing\n      parameters", "      parameters", "operation things.list (line 5): x-kind list needs an x-resource"},
		{"filter of no member", "name: size_min", "name: sise_min", `operation things.list (line 5): parameter "sise_min" (line 10): thing has no member "sise" that it could filter`},
		{"filter of another type", "{name: size_min, in: query, schema: {type: integer}}", "{name: size_min, in: query, schema: {type: boolean}}", "of type boolean  cannot filter \"size\" of type integer"},
		{"x-filter of no member", "[paint.color, color]", "[paint.colour, color]", `parameter "color" (line 12): x-filter names no member of thing`},
		{"x-filter of text", "{member: [paint.color, color]}", "paint.color", "x-filter is not an object"},
		{"header", "{name: size_min, in: query, schema: {type: integer}}", "{name: size_min, in: header, schema: {type: integer}}", "in header is not read"},
		{"parameter of an object", "{name: size_min, in: query, schema: {type: integer}}", "{name: size_min, in: query, schema: {type: object}}", "a parameter cannot be of type map"},
		{"alias of nothing", "operation: things.list", "operation: thing.list", `operation things.parts (line 15): x-alias names the unknown operation "thing.list"; did you mean "things.list"?`},
		{"alias filter", "filter: color", "filter: colour", "x-alias needs one part of the path and a parameter of things.list for it"},
		{"alias with more", "- {name: id, in: path, required: true, schema: {type: string}}", "- {name: id, in: path, required: true, schema: {type: string}}\n        - {name: day, in: query, schema: {type: string, format: date}}", `things.list, which is meant by x-alias, has no parameter "day"`},
		{"x-ref of a number", "zeal: {type: number}", "zeal: {type: number, x-ref: thing}", `schema Thing: member "zeal" (line 30): x-ref is for text, not for number`},
		{"two schemas of a resource", "    Thing:\n", "    Another: {x-resource: thing, type: object}\n    Thing:\n", `schema Thing (line 27): the resource "thing" is there already`},
		{"a schema in itself", "paint:\n          type: object", "paint:\n          $ref: '#/components/schemas/Thing'", "nested deeper than 8 objects"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := strings.Replace(small, test.old, test.new, 1)
			require.NotEqual(t, small, doc)
			s, err := Load([]byte(doc))
			assert.Nil(t, s)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestLoadRefusesTwoNamesForOnePartOfThePath(t *testing.T) {
	doc := strings.NewReplacer(
		"/things/{id}/parts:", "/things/{id}:\n    get: {operationId: things.get, x-kind: get, x-resource: thing, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: Yes.}}}\n  /things/{name}/parts:",
		"- {name: id,", "- {name: name,").Replace(small)
	_, err := Load([]byte(doc))
	assert.ErrorContains(t, err, "the path variable {name} is called {id} in another path")
}
