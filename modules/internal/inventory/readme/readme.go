package readme

import (
	"bytes"
	"fmt"
	"io/fs"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/inventory"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

// Sources are what the generated parts are made from.
type Sources struct {
	Mappings fs.FS  // folders with mapping.yaml and inventory.yaml
	Surface  []byte // the OpenAPI document of the unified API
	Schema   []byte // the JSON Schema of mapping.yaml
}

// The parts and the comments around them.
const (
	Reference = "reference"
	Coverage  = "coverage"

	begin = "<!-- generated: %s -->\n"
	end   = "<!-- end: %s -->"
)

// Update returns the text with its generated parts written anew.
func Update(text []byte, s Sources) ([]byte, error) {
	reference, err := references(s.Schema)
	if err != nil {
		return nil, fmt.Errorf("writing the reference: %w", err)
	}
	coverage, err := coverages(s)
	if err != nil {
		return nil, fmt.Errorf("writing the coverage: %w", err)
	}
	if text, err = put(text, Reference, reference); err != nil {
		return nil, err
	}
	return put(text, Coverage, coverage)
}

// put replaces what stands between the comments of a part.
func put(text []byte, part, content string) ([]byte, error) {
	before, rest, ok := bytes.Cut(text, fmt.Appendf(nil, begin, part))
	if !ok {
		return nil, fmt.Errorf("the comment %q is missing", fmt.Sprintf(begin, part))
	}
	_, after, ok := bytes.Cut(rest, fmt.Appendf(nil, end, part))
	if !ok {
		return nil, fmt.Errorf("the comment %q is missing", fmt.Sprintf(end, part))
	}
	out := fmt.Appendf(bytes.Clone(before), begin, part)
	out = append(out, content...)
	out = fmt.Appendf(out, end, part)
	return append(out, after...), nil
}

// described is a bundled platform as GET /v1/platforms/{platform} shows it.
type described struct {
	*query.Description
	document string
}

// describe compiles every mapping and asks an engine without any account about it.
func describe(s Sources) ([]described, error) {
	api, err := surface.Load(s.Surface)
	if err != nil {
		return nil, err
	}
	label := func(int) string { return "mappings" }
	set, err := mapping.Load(label, s.Mappings)
	if err != nil {
		return nil, err
	}
	inventories, err := inventory.Load(label, s.Mappings)
	if err != nil {
		return nil, err
	}
	var platforms []*query.Platform
	for _, name := range set.Names() {
		b := mapping.Binding{Platform: name, Codecs: func(string) (plugins.CodecProvider, error) { return unread{}, nil }}
		if set[name].Server == "" {
			b.Server = "http://platform.test"
		}
		p, err := mapping.Compile(set[name], api, b)
		if err != nil {
			return nil, err
		}
		platforms = append(platforms, &query.Platform{Platform: p, Inventory: inventories[name]})
	}
	engine, err := query.New(query.Config{Surface: api, Platforms: platforms, Secret: make([]byte, 32)})
	if err != nil {
		return nil, err
	}
	var out []described
	for _, p := range platforms {
		d, problem := engine.Describe(&query.Request{Client: everyone{}}, p.Name)
		if problem != nil {
			return nil, problem
		}
		out = append(out, described{d, p.Inventory.Source()})
	}
	return out, nil
}

// everyone is a client who may use everything.
type everyone struct{}

// Allows implements query.Client.
func (everyone) Allows(string) bool { return true }

// HasScope implements query.Client.
func (everyone) HasScope(string) bool { return true }

// unread stands for a codec of a plugin: what it would read does not matter here.
type unread struct{}

// Codec implements plugins.CodecProvider.
func (unread) Codec(map[string]string, *time.Location) (plugins.Codec, error) { return unread{}, nil }

// Read implements plugins.Codec.
func (unread) Read(dst, native []byte) ([]byte, error) { return append(dst, native...), nil }

// Write implements plugins.Codec.
func (unread) Write(dst, unified []byte) ([]byte, error) { return append(dst, unified...), nil }
