package surface

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// idempotencyKey is the one header that operations take beside those of HTTP. It is
// read by whoever answers them.
const idempotencyKey = "Idempotency-Key"

// declared is an operation with the piece of the document that it came from.
type declared struct {
	*Operation
	spec *openapi3.Operation
	item *openapi3.PathItem
}

func (d declared) wrap(err error) error {
	return fmt.Errorf("operation %s (line %d): %w", d.ID, lineOf(d.spec.Origin), err)
}

func (s *Surface) loadOperations(spec *openapi3.T) error {
	var all []declared
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, declared{&Operation{ID: op.OperationID, Method: method, Path: path, Deprecated: op.Deprecated}, op, item})
		}
	}
	slices.SortFunc(all, func(a, b declared) int { return compareOrigins(a.spec.Origin, b.spec.Origin) })
	for _, d := range all {
		if d.ID == "" {
			return fmt.Errorf("%s %s (line %d): no operationId", d.Method, d.Path, lineOf(d.spec.Origin))
		}
		if err := s.describe(d); err != nil {
			return d.wrap(err)
		}
		if err := s.routes.add(d.Operation); err != nil {
			return d.wrap(err)
		}
		s.operations = append(s.operations, d.Operation)
		s.byID[d.ID] = d.Operation // that ids are unique has been validated
	}
	for _, d := range all {
		if err := s.link(d); err != nil {
			return d.wrap(err)
		}
	}
	s.routes.freeze()
	return nil
}

// describe reads everything of an operation save its alias.
func (s *Surface) describe(d declared) error {
	kind, _ := d.spec.Extensions["x-kind"].(string)
	if d.Kind = kinds[kind]; d.Kind == 0 {
		return fmt.Errorf("unknown x-kind %q; one of %s", kind, list(slices.Sorted(maps.Keys(kinds))))
	}
	if name, ok := d.spec.Extensions["x-resource"].(string); ok {
		if d.Resource = s.resources[name]; d.Resource == nil {
			return fmt.Errorf("unknown x-resource %q%s", name, suggest.DidYouMean(name, slices.Sorted(maps.Keys(s.resources))))
		}
	} else if d.Kind == KindList || d.Kind == KindQuery || d.Kind == KindGet || d.Kind.Writes() {
		return fmt.Errorf("x-kind %s needs an x-resource", d.Kind)
	}
	if open := d.spec.Security != nil && len(*d.spec.Security) == 0; !open {
		d.Scope = "read"
		if d.Kind.Writes() {
			d.Scope = "write"
		}
		if scope, ok := d.spec.Extensions["x-scope"].(string); ok {
			d.Scope = scope
		}
	}
	d.byName = map[string]*Parameter{}
	for _, ref := range slices.Concat(d.item.Parameters, d.spec.Parameters) {
		if ref.Value.In == openapi3.ParameterInHeader && ref.Value.Name == idempotencyKey {
			d.IdempotencyKey = true
			continue
		}
		p, err := buildParameter(ref.Value)
		if err == nil {
			err = d.filter(p, ref.Value.Extensions["x-filter"])
		}
		if err != nil {
			return fmt.Errorf("parameter %q (line %d): %w", ref.Value.Name, lineOf(ref.Value.Origin), err)
		}
		d.Parameters = append(d.Parameters, p)
		if p.Required {
			d.required = append(d.required, p)
		}
		if p.In == openapi3.ParameterInPath {
			d.path = append(d.path, p)
			continue
		}
		d.byName[p.Name] = p
		d.names = append(d.names, p.Name)
	}
	d.sorted = slices.Clone(d.Parameters)
	slices.SortFunc(d.sorted, func(a, b *Parameter) int { return strings.Compare(a.Name, b.Name) })
	return d.describeBody()
}

// describeBody reads what an operation takes and answers beside its parameters.
func (d declared) describeBody() error {
	for code := range d.spec.Responses.Map() {
		if status, err := strconv.Atoi(code); err == nil && status < 300 {
			d.Status = status
		}
	}
	if d.Status == 0 {
		return errors.New("no response with a status of success")
	}
	if !d.Kind.Writes() || d.spec.RequestBody == nil {
		return nil
	}
	content := d.spec.RequestBody.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil || len(content.Schema.Value.Properties) == 0 {
		return errors.New("the body has no schema of an object as application/json")
	}
	schema := content.Schema.Value
	d.minMembers = int(schema.MinProps)
	var err error
	if d.Body, err = buildMembers(schema, "", 0); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// link resolves the alias of an operation.
func (s *Surface) link(d declared) error {
	raw, ok := d.spec.Extensions["x-alias"].(map[string]any)
	if !ok {
		return nil
	}
	id, _ := raw["operation"].(string)
	target := s.byID[id]
	if target == nil {
		return fmt.Errorf("x-alias names the unknown operation %q%s", id, suggest.DidYouMean(id, slices.Sorted(maps.Keys(s.byID))))
	}
	d.Alias = &Alias{Operation: target}
	name, ok := raw["filter"].(string)
	if !ok {
		return nil
	}
	if d.Alias.Filter = target.byName[name]; d.Alias.Filter == nil || len(d.path) != 1 {
		return fmt.Errorf("x-alias needs one part of the path and a parameter of %s for it, not %q", id, name)
	}
	d.path[0].as = d.Alias.Filter
	for _, p := range d.byName {
		if p.as = target.byName[p.Name]; p.as == nil {
			return fmt.Errorf("%s, which is meant by x-alias, has no parameter %q", id, p.Name)
		}
	}
	return nil
}

// buildParameter reads a parameter save what it filters.
func buildParameter(spec *openapi3.Parameter) (*Parameter, error) {
	p := &Parameter{Name: spec.Name, In: spec.In, Required: spec.Required}
	p.Ref, _ = spec.Extensions["x-ref"].(string)
	if p.In != openapi3.ParameterInPath && p.In != openapi3.ParameterInQuery {
		return nil, fmt.Errorf("in %s is not read; put it into the path or the query", p.In)
	}
	if spec.Schema == nil {
		return nil, fmt.Errorf("no schema")
	}
	ref := spec.Schema
	if def := ref.Value.Default; def != nil {
		p.Default = fmt.Sprint(def)
	}
	if ref.Value.Type.Is(openapi3.TypeArray) {
		p.Many = true
		ref = ref.Value.Items
	}
	p.Type = typeOf(ref)
	if err := p.allow(ref.Value); err != nil {
		return nil, err
	}
	if p.Ref != "" || ref.Ref == "#/components/schemas/UnifiedId" {
		p.Type, p.patterns = ID, nil
	}
	if p.Type == Decimal {
		p.patterns = nil // checked by its own reader, which is faster
	}
	if !p.Type.Scalar() {
		return nil, fmt.Errorf("a parameter cannot be of type %s", p.Type)
	}
	return p, nil
}

// allow collects the words, patterns and bounds that values have to keep.
// Alternatives (anyOf, oneOf) add up: a value has to keep one of them.
func (p *Parameter) allow(schema *openapi3.Schema) error {
	p.Enum = append(p.Enum, words(schema)...)
	if schema.Pattern != "" {
		re, err := compilePattern(schema.Pattern)
		if err != nil {
			return err
		}
		p.patterns = append(p.patterns, re)
	}
	if schema.Min != nil && schema.Max != nil {
		low, high := int64(*schema.Min), int64(*schema.Max)
		p.min, p.max = &low, &high
	}
	for _, option := range slices.Concat(schema.AnyOf, schema.OneOf) {
		if err := p.allow(option.Value); err != nil {
			return err
		}
		if t := typeOf(option); p.Type == Any || t == Integer {
			p.Type = t
		}
	}
	return nil
}
