package report

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Definition lists what reports can be asked for.
type Definition struct {
	Dimensions []Defined `json:"dimensions"`
	Metrics    []Defined `json:"metrics"`
}

// Defined is one dimension or metric that can be asked for.
type Defined struct {
	Name string     `json:"name"`
	Type field.Type `json:"type"`
	// Platforms are those that have it, by name.
	Platforms []string `json:"platforms"`
	// Adds tells whether a metric may be summed over time and groups; null for dimensions.
	Adds *bool `json:"adds"`
	// Operators are those of filters on it.
	Operators   []string `json:"operators"`
	Description *string  `json:"description"`
}

// Define lists every dimension and metric of the platforms: those of the vocabulary in
// its order, then those of single platforms by name.
func Define(platforms []Platform) *Definition {
	d := &Definition{Dimensions: []Defined{}, Metrics: []Defined{}}
	for _, known := range field.Dimensions() {
		one := Defined{Name: known.Name, Type: known.Type, Platforms: []string{}}
		for _, p := range platforms {
			if known.Name == field.Platform || givesDimension(p, known.Name) {
				one.add(p, known.Name)
			}
		}
		d.Dimensions = append(d.Dimensions, one)
	}
	for _, known := range field.Metrics() {
		one := Defined{Name: known.Name, Type: known.Type, Platforms: []string{}, Adds: new(bool), Operators: condition.NumberOperators()}
		for _, p := range platforms {
			if len(parts(p.Platform, known.Name)) > 0 {
				one.Platforms = append(one.Platforms, p.Name)
			}
			if m := supported(p.Platform, known.Name); m != nil && m.Adds {
				*one.Adds = true
			}
		}
		one.describeRate(known)
		d.Metrics = append(d.Metrics, one)
	}
	for _, p := range platforms {
		d.addNative(p)
	}
	return d
}

func (d *Defined) describeRate(m field.Metric) {
	if m.Made() {
		d.describe(m.Numerator + " / " + m.Denominator)
	}
}

func (d *Defined) describe(text string) { d.Description = &text }

// givesDimension tells whether rows of the platform can be grouped by a dimension of
// the vocabulary, as it is or derived.
func givesDimension(p Platform, name string) bool {
	for _, r := range p.Reports {
		pl := &planner{platform: p.Platform, dated: true}
		if pl.gives(&fetch{report: r}, name) {
			return true
		}
	}
	return false
}

// add notes that a platform has the dimension, and by which operators it can be
// filtered.
func (d *Defined) add(p Platform, name string) {
	d.Platforms = append(d.Platforms, p.Name)
	here := name == field.Platform || givesDimension(p, name)
	for _, op := range condition.Operators() {
		if !slices.Contains(d.Operators, op) && (here && !condition.OfLabels(op) || pushes(p, name, op)) {
			d.Operators = append(d.Operators, op)
		}
	}
}

// pushes tells whether a report of the platform applies an operator itself.
func pushes(p Platform, name, op string) bool {
	for _, r := range p.Reports {
		some := []string{r.Prefix() + "1"}
		if r.CanFilter(condition.Filter{Field: name, Op: op, Values: some}) != mapping.CannotFilter {
			return true
		}
	}
	return false
}

// addNative lists what only one platform has, by its names.
func (d *Definition) addNative(p Platform) {
	prefix := p.Name + "."
	seen := map[string]bool{}
	var dimensions, metrics []Defined
	for _, r := range p.Reports {
		for name, own := range r.Dimensions {
			if !strings.HasPrefix(name, prefix) || seen["d"+name] || !canGroup(p, name) && !onlyFilters(p, name) {
				continue
			}
			seen["d"+name] = true
			one := Defined{Name: name, Type: own.Type}
			if onlyFilters(p, name) {
				one.describe("can be filtered by, not grouped by")
			}
			one.add(p, name)
			dimensions = append(dimensions, one)
		}
		for name, own := range r.Metrics {
			if !strings.HasPrefix(name, prefix) || seen["m"+name] {
				continue
			}
			seen["m"+name] = true
			adds := own.Adds
			metrics = append(metrics, Defined{Name: name, Type: ratioType(p, own), Platforms: []string{p.Name}, Adds: &adds, Operators: condition.NumberOperators()})
		}
	}
	byName := func(a, b Defined) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(dimensions, byName)
	slices.SortFunc(metrics, byName)
	d.Dimensions = append(d.Dimensions, dimensions...)
	d.Metrics = append(d.Metrics, metrics...)
}

// AppendJSON appends the definition as one JSON object.
func (d *Definition) AppendJSON(dst []byte) []byte {
	b, err := json.Marshal(d)
	if err != nil {
		return append(dst, "{}"...) // texts and booleans can always be written
	}
	return append(dst, b...)
}
