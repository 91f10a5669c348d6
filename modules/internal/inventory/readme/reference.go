package readme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// references writes a table of keys for each object of the mapping language.
func references(schema []byte) (string, error) {
	var doc yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(schema, &doc, yaml.UseOrderedMap()); err != nil {
		return "", err
	}
	r := reference{defs: slice(doc, "$defs")}
	r.table("The file", doc)
	r.words()
	for _, def := range r.defs {
		if name := fmt.Sprint(def.Key); r.isObject(name) {
			r.table("`"+name+"`", objectOf(def.Value))
		}
	}
	r.b.WriteString("\n")
	return r.b.String(), nil
}

type reference struct {
	defs yaml.MapSlice
	b    strings.Builder
}

// table writes the keys of one object.
func (r *reference) table(title string, schema yaml.MapSlice) {
	properties := slice(schema, "properties")
	if len(properties) == 0 {
		return
	}
	fmt.Fprintf(&r.b, "\n### %s\n\n", title)
	if d := text(schema, "description"); d != "" {
		r.b.WriteString(d + "\n\n")
	}
	r.b.WriteString("| key | holds | meaning |\n|---|---|---|\n")
	others := r.rows("", properties, list(schema, "required"))
	for _, name := range others {
		fmt.Fprintf(&r.b, "\nBesides, the keys of a [%s](#%s).\n", name, name)
	}
}

// words explains what the column "holds" calls things that have no keys.
func (r *reference) words() {
	r.b.WriteString("\n### Words\n\n| word | meaning |\n|---|---|\n")
	for _, def := range r.defs {
		name := fmt.Sprint(def.Key)
		s, _ := def.Value.(yaml.MapSlice)
		if d := text(s, "description"); d != "" && !r.isObject(name) {
			fmt.Fprintf(&r.b, "| %s | %s |\n", strings.ReplaceAll(name, "_", " "), cell(d))
		}
	}
}

// rows writes a line for each key, save for those that are another object's: it returns
// the names of such objects.
func (r *reference) rows(prefix string, properties yaml.MapSlice, required []string) (others []string) {
	for _, p := range properties {
		s, _ := p.Value.(yaml.MapSlice)
		if of, _, borrowed := strings.Cut(strings.TrimPrefix(text(s, "$ref"), "#/$defs/"), "/properties/"); borrowed {
			if !slices.Contains(others, of) {
				others = append(others, of)
			}
			continue
		}
		name := prefix + fmt.Sprint(p.Key)
		mark := ""
		if slices.Contains(required, fmt.Sprint(p.Key)) {
			mark = " *"
		}
		meaning := text(s, "description")
		if meaning == "" {
			meaning = text(r.resolve(s), "description")
		}
		fmt.Fprintf(&r.b, "| `%s`%s | %s | %s |\n", name, mark, cell(r.holds(s)), cell(meaning))
		// objects without a name of their own are shown below their key
		if inner := slice(s, "properties"); len(inner) > 0 {
			r.rows(name+".", inner, list(s, "required"))
		}
		if each, ok := value(s, "additionalProperties").(yaml.MapSlice); ok {
			r.rows(name+".NAME.", slice(each, "properties"), list(each, "required"))
		}
	}
	return others
}

// holds tells in a few words what the value of a key is.
func (r *reference) holds(s yaml.MapSlice) string {
	if ref := text(s, "$ref"); ref != "" {
		return r.referred(ref)
	}
	if c := value(s, "const"); c != nil {
		return fmt.Sprintf("`%v`", c)
	}
	if words := list(s, "enum"); len(words) > 0 {
		if len(words) > 8 {
			return "a problem's code"
		}
		return "`" + strings.Join(words, "`, `") + "`"
	}
	if any, ok := value(s, "anyOf").([]any); ok {
		return r.alternatives(any)
	}
	if any, ok := value(s, "oneOf").([]any); ok {
		return r.alternatives(any)
	}
	switch kind := first(list(s, "type"), text(s, "type")); kind {
	case "array":
		if items, ok := value(s, "items").(yaml.MapSlice); ok {
			return "list: " + r.holds(items)
		}
		return "list"
	case "object":
		if each, ok := value(s, "additionalProperties").(yaml.MapSlice); ok && len(slice(each, "properties")) == 0 {
			return "by name: " + r.holds(each)
		}
		return "keys"
	case "string":
		return "text"
	case "integer", "number":
		return "number"
	case "boolean":
		return "true or false"
	}
	return "anything"
}

func (r *reference) alternatives(schemas []any) string {
	var words []string
	for _, s := range schemas {
		if m, ok := s.(yaml.MapSlice); ok {
			if w := r.holds(m); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return strings.Join(words, ", or ")
}

// referred names a definition, with a link where it has a table of its own.
func (r *reference) referred(ref string) string {
	name := ref[strings.LastIndex(ref, "/")+1:]
	if !strings.HasPrefix(ref, "#/$defs/") || strings.Count(ref, "/") > 2 {
		return r.holds(r.lookup(ref))
	}
	if r.isObject(name) {
		return "[" + strings.ReplaceAll(name, "_", " ") + "](#" + name + ")"
	}
	return strings.ReplaceAll(name, "_", " ")
}

func (r *reference) resolve(s yaml.MapSlice) yaml.MapSlice {
	if ref := text(s, "$ref"); ref != "" {
		return r.lookup(ref)
	}
	return s
}

// lookup follows "#/$defs/a/properties/b".
func (r *reference) lookup(ref string) yaml.MapSlice {
	at := r.defs
	for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/$defs/"), "/") {
		at = slice(at, step)
	}
	return at
}

func (r *reference) isObject(name string) bool {
	return len(slice(objectOf(value(r.defs, name)), "properties")) > 0
}

// objectOf returns the form of a definition that has keys: the definition itself, or
// one of its alternatives.
func objectOf(v any) yaml.MapSlice {
	s, _ := v.(yaml.MapSlice)
	if len(slice(s, "properties")) > 0 {
		return s
	}
	any, _ := value(s, "anyOf").([]any)
	for _, alternative := range any {
		if m, ok := alternative.(yaml.MapSlice); ok && len(slice(m, "properties")) > 0 {
			if text(m, "description") == "" {
				m = append(yaml.MapSlice{{Key: "description", Value: text(s, "description")}}, m...)
			}
			return m
		}
	}
	return nil
}

func value(s yaml.MapSlice, key string) any {
	for _, item := range s {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

func slice(s yaml.MapSlice, key string) yaml.MapSlice {
	m, _ := value(s, key).(yaml.MapSlice)
	return m
}

func text(s yaml.MapSlice, key string) string {
	t, _ := value(s, key).(string)
	return t
}

func list(s yaml.MapSlice, key string) []string {
	items, _ := value(s, key).([]any)
	var out []string
	for _, item := range items {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

// first returns the first of a list, or else the text.
func first(items []string, otherwise string) string {
	if len(items) > 0 {
		return items[0]
	}
	return otherwise
}
