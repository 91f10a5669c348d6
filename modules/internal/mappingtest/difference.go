package mappingtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// Difference is one thing that is other than a test expects.
type Difference struct {
	// At is the place of the expectation in the file of tests.
	At mapping.Position
	// What names the thing: exchange 2: query pageIndex.
	What string
	// Want and Got are its values; both are empty where What says it all.
	Want, Got string
}

// String returns the place and the thing, then a line each for what is wanted and got.
func (d Difference) String() string {
	s := d.At.String() + ": " + d.What
	if d.Want == "" && d.Got == "" {
		return s
	}
	return s + "\n\t- " + d.Want + "\n\t+ " + d.Got
}

const absent = "(absent)"

// comparison compares values of a test with those that there are.
type comparison struct {
	exact bool // an object may have no further members
	found []Difference
}

func (c *comparison) differ(at mapping.Position, what, want, got string) {
	c.found = append(c.found, Difference{At: at, What: what, Want: want, Got: got})
}

// compare compares one value. got is as encoding/json decodes it, with json.Number.
func (c *comparison) compare(what string, want *mapping.Value, got any) {
	switch {
	case want.IsObject:
		object, ok := got.(map[string]any)
		if !ok {
			c.differ(want.Position, what, show(want.Plain()), show(got))
			return
		}
		c.members(what, want, object)
	case want.IsList:
		list, ok := got.([]any)
		if !ok || len(list) != len(want.List) {
			c.differ(want.Position, what, show(want.Plain()), show(got))
			return
		}
		for i, item := range want.List {
			c.compare(what+"["+strconv.Itoa(i)+"]", item, list[i])
		}
	default:
		if !sameScalar(want.Scalar, got) {
			c.differ(want.Position, what, show(want.Scalar), show(got))
		}
	}
}

func (c *comparison) members(what string, want *mapping.Value, got map[string]any) {
	named := map[string]bool{}
	for _, m := range want.Members {
		named[m.Name] = true
		name := m.Name
		if what != "" {
			name = what + "." + m.Name
		}
		value, ok := got[m.Name]
		if !ok {
			c.differ(m.Value.Position, name, show(m.Value.Plain()), absent)
			continue
		}
		c.compare(name, m.Value, value)
	}
	if !c.exact {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !named[name] {
			c.differ(want.Position, strings.TrimPrefix(what+"."+name, "."), absent, show(got[name]))
		}
	}
}

// sameScalar tells whether two scalars are the same. Numbers are the same where their
// values are: 1 and 1.0.
func sameScalar(want, got any) bool {
	a, isNumber := want.(json.Number)
	b, alsoNumber := got.(json.Number)
	if !isNumber || !alsoNumber {
		switch got.(type) {
		case map[string]any, []any:
			return false
		}
		return want == got
	}
	const exact = 15 // digits that a float64 holds
	if a == b || len(a) > exact || len(b) > exact {
		return a == b
	}
	x, err := a.Float64()
	y, err2 := b.Float64()
	return err == nil && err2 == nil && x == y
}

// show writes a value as JSON, in at most a few hundred bytes.
func show(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	const most = 400
	text := strings.TrimSuffix(b.String(), "\n")
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// decode reads JSON with its numbers as they are written.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("there is more after the value")
	}
	return v, nil
}
