package surface

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxDepth bounds the nesting of members, so that a schema that contains itself
// is an error and no endless loop.
const maxDepth = 8

// moneySchema is the component that makes a member Money.
const moneySchema = "#/components/schemas/Money"

func (s *Surface) loadResources(spec *openapi3.T) error {
	for _, name := range slices.Sorted(maps.Keys(spec.Components.Schemas)) {
		ref := spec.Components.Schemas[name]
		resource, ok := ref.Value.Extensions["x-resource"].(string)
		if !ok {
			continue
		}
		if s.resources[resource] != nil {
			return fmt.Errorf("schema %s (line %d): the resource %q is there already", name, lineOf(ref.Value.Origin), resource)
		}
		r := &Resource{Name: resource, byPath: map[string]*Member{}}
		members, err := buildMembers(ref.Value, "", 0)
		if err != nil {
			return fmt.Errorf("schema %s: %w", name, err)
		}
		r.Members = members
		r.index(members, true)
		s.resources[resource] = r
	}
	return nil
}

// index enters the members by path and decides which can be sorted by.
func (r *Resource) index(members []*Member, plain bool) {
	for _, m := range members {
		plain := plain && m.Include == "" && m.Scope == ""
		m.Sortable = plain && m.Type.Ordered()
		r.byPath[m.Path] = m
		r.index(m.Members, plain && m.Type != List)
	}
}

// buildMembers makes the members of an object schema in the order of its lines.
func buildMembers(schema *openapi3.Schema, parent string, depth int) ([]*Member, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("member %q (line %d): nested deeper than %d objects", parent, lineOf(schema.Origin), maxDepth)
	}
	names := slices.Collect(maps.Keys(schema.Properties))
	slices.SortFunc(names, func(a, b string) int {
		return compareOrigins(schema.Properties[a].Origin, schema.Properties[b].Origin)
	})
	members := make([]*Member, 0, len(names))
	for i, name := range names {
		path := name
		if parent != "" {
			path = parent + "." + name
		}
		m, err := buildMember(schema.Properties[name], path, depth)
		if err != nil {
			return nil, err
		}
		m.Name, m.Index = name, i
		m.Required = slices.Contains(schema.Required, name)
		members = append(members, m)
	}
	return members, nil
}

func buildMember(ref *openapi3.SchemaRef, path string, depth int) (*Member, error) {
	m := &Member{Path: path}
	m.Ref = extension(ref, "x-ref")
	m.Include = extension(ref, "x-include")
	m.Scope = extension(ref, "x-scope")
	inner, nullable := unwrapNull(ref)
	schema := inner.Value
	m.Type = typeOf(inner)
	m.Nullable = nullable || schema.Type.Includes(openapi3.TypeNull) || schema.Type == nil
	var err error
	if m.limits, err = limitsOf(schema); err != nil {
		return nil, fmt.Errorf("member %q (line %d): %w", path, lineOf(schema.Origin), err)
	}
	switch m.Type {
	case Enum:
		m.Enum = words(schema)
	case Text:
		if m.Ref != "" {
			m.Type = ID
		}
	case Object, Money:
		m.Members, err = buildMembers(schema, path, depth+1)
	case List:
		m.Element, err = buildMember(schema.Items, path, depth+1)
		if err == nil {
			m.Members = m.Element.Members
		}
	case Map:
		m.Element = &Member{Path: path + ".*", Nullable: true}
		if values := schema.AdditionalProperties.Schema; values != nil {
			m.Element, err = buildMember(values, path+".*", depth+1)
		}
	}
	if m.Ref != "" && m.Type != ID {
		return nil, fmt.Errorf("member %q (line %d): x-ref is for text, not for %s", path, lineOf(schema.Origin), m.Type)
	}
	return m, err
}

// unwrapNull takes what is beside null in anyOf: [X, {type: 'null'}].
func unwrapNull(ref *openapi3.SchemaRef) (*openapi3.SchemaRef, bool) {
	options := ref.Value.AnyOf
	if len(options) == 2 && options[1].Value.Type.Is(openapi3.TypeNull) {
		return options[0], true
	}
	return ref, false
}

// typeOf reads the type of a schema, leaving out null.
func typeOf(ref *openapi3.SchemaRef) Type {
	schema := ref.Value
	switch {
	case ref.Ref == moneySchema:
		return Money
	case len(schema.Enum) > 0:
		return Enum
	case schema.Type.Includes(openapi3.TypeString):
		switch schema.Format {
		case "date-time":
			return Instant
		case "date":
			return Date
		case "decimal":
			return Decimal
		}
		return Text
	case schema.Type.Includes(openapi3.TypeInteger):
		return Integer
	case schema.Type.Includes(openapi3.TypeNumber):
		return Number
	case schema.Type.Includes(openapi3.TypeBoolean):
		return Boolean
	case schema.Type.Includes(openapi3.TypeArray):
		return List
	case schema.Type.Includes(openapi3.TypeObject):
		if len(schema.Properties) > 0 {
			return Object
		}
		return Map
	}
	return Any
}

// words lists the words of an enum, leaving out null.
func words(schema *openapi3.Schema) []string {
	var out []string
	for _, v := range schema.Enum {
		if word, ok := v.(string); ok {
			out = append(out, word)
		}
	}
	return out
}

// extension reads an extension of text, which may stand beside a $ref.
func extension(ref *openapi3.SchemaRef, name string) string {
	from := ref.Value.Extensions
	if ref.Ref != "" {
		from = ref.Extensions // what the shared schema says of itself is not of this member
	}
	text, _ := from[name].(string)
	return text
}

func compareOrigins(a, b *openapi3.Origin) int {
	if a == nil || b == nil || a.Key == nil || b.Key == nil {
		return 0
	}
	return cmp.Or(cmp.Compare(a.Key.Line, b.Key.Line), cmp.Compare(a.Key.Column, b.Key.Column))
}

// lineOf returns the line in the document, counted from 1; zero when it is not known.
func lineOf(o *openapi3.Origin) int {
	if o == nil || o.Key == nil {
		return 0
	}
	return o.Key.Line
}
