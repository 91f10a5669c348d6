package surface

import (
	"fmt"
	"regexp"
	"strings"
)

// filter decides what a parameter filters: by its x-filter, else by its name.
func (d declared) filter(p *Parameter, raw any) error {
	if raw != nil {
		return d.explicit(p, raw)
	}
	if d.Kind != KindList || p.In == "path" {
		return nil
	}
	switch p.Name {
	case "platform", "sort", "limit", "cursor", "include", "fields", "require", "format", "consistency":
		return nil
	}
	name, op := p.Name, Eq
	for _, edge := range []struct {
		suffix, member string
		op             Op
	}{{"_from", "_at", From}, {"_to", "_at", To}, {"_min", "", Min}, {"_max", "", Max}} {
		if stem, ok := strings.CutSuffix(p.Name, edge.suffix); ok {
			name, op = stem+edge.member, edge.op
		}
	}
	m := d.Resource.byPath[name]
	if m == nil {
		return fmt.Errorf("%s has no member %q that it could filter; say what it does with x-filter", d.Resource.Name, name)
	}
	p.Filter = &Filter{Op: op, Member: m}
	return p.fits(m)
}

// explicit reads an x-filter: {op: search}, {dimension}, or {member, key, fold}.
func (d declared) explicit(p *Parameter, raw any) error {
	settings, ok := raw.(map[string]any)
	if !ok {
		return fmt.Errorf("x-filter is not an object")
	}
	p.Filter = &Filter{Op: Eq}
	p.Filter.Dimension, _ = settings["dimension"].(string)
	p.Filter.Key, _ = settings["key"].(string)
	p.Filter.Fold, _ = settings["fold"].(bool)
	if settings["op"] == Search.String() {
		p.Filter.Op = Search
	}
	if p.Filter.Dimension != "" || p.Filter.Op == Search {
		return nil
	}
	var paths []string
	switch member := settings["member"].(type) {
	case string:
		paths = []string{member}
	case []any:
		for _, path := range member {
			paths = append(paths, fmt.Sprint(path))
		}
	}
	// a shared parameter names the member of every resource; each has some
	for _, path := range paths {
		m := d.Resource.Member(path)
		if m == nil {
			continue
		}
		compared := m
		if p.Filter.Key != "" && m.Type == Map {
			compared = m.Element
		}
		if err := p.fits(compared); err != nil {
			return err
		}
		m.Filterable = true
		if p.Filter.Member == nil {
			p.Filter.Member = m
		} else {
			p.Filter.Else = append(p.Filter.Else, m)
		}
	}
	if p.Filter.Member == nil {
		return fmt.Errorf("x-filter names no member of %s", d.Resource.Name)
	}
	return nil
}

// fits checks that the parameter's type can be compared with the member's.
func (p *Parameter) fits(m *Member) error {
	want := m.Type
	if want == Money {
		want = Decimal
	}
	if p.Type != want || p.Ref != m.Ref {
		return fmt.Errorf("of type %s %s cannot filter %q of type %s %s", p.Type, p.Ref, m.Path, m.Type, m.Ref)
	}
	m.Filterable = true
	return nil
}

func compilePattern(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("compiling the pattern: %w", err)
	}
	return re, nil
}
