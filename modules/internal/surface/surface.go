package surface

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
)

// Surface is the whole unified REST API. It is immutable and safe for
// concurrent use.
type Surface struct {
	operations []*Operation
	byID       map[string]*Operation
	resources  map[string]*Resource
	routes     *node
	document   yaml.MapSlice
}

// Load compiles an OpenAPI 3.1 document in YAML. An error names the operation,
// parameter or schema at fault and the line where it stands.
func Load(doc []byte) (*Surface, error) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	spec, err := loader.LoadFromData(doc)
	if err != nil {
		return nil, fmt.Errorf("reading the surface: %w", err)
	}
	if err := spec.Validate(loader.Context); err != nil {
		return nil, fmt.Errorf("validating the surface: %w", err)
	}
	s := &Surface{byID: map[string]*Operation{}, resources: map[string]*Resource{}, routes: &node{}}
	if err := yaml.UnmarshalWithOptions(doc, &s.document, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("reading the surface: %w", err)
	}
	if err := s.loadResources(spec); err != nil {
		return nil, fmt.Errorf("compiling the surface: %w", err)
	}
	if err := s.loadOperations(spec); err != nil {
		return nil, fmt.Errorf("compiling the surface: %w", err)
	}
	return s, nil
}

// Operations lists all operations in the document's order.
func (s *Surface) Operations() []*Operation { return slices.Clone(s.operations) }

// Operation returns the operation with an id, or nil.
func (s *Surface) Operation(id string) *Operation { return s.byID[id] }

// Resources lists all resources by name.
func (s *Surface) Resources() []*Resource {
	names := slices.Sorted(maps.Keys(s.resources))
	out := make([]*Resource, len(names))
	for i, name := range names {
		out[i] = s.resources[name]
	}
	return out
}

// Resource returns the resource with a name, or nil.
func (s *Surface) Resource(name string) *Resource { return s.resources[name] }
