package mapping

import "strings"

// itemTemplate is the form of one item of a list that a platform takes: text or JSON
// with holes such as {field}. In JSON, a hole that is a whole string ("{value}") is
// replaced by a JSON value, so that numbers and lists keep their type.
type itemTemplate struct {
	json  bool
	parts []templatePart
}

func compileItem(s string) itemTemplate {
	t := itemTemplate{json: strings.HasPrefix(s, "{\"") || strings.HasPrefix(s, "[") || s == "{}"}
	if !t.json {
		t.parts = compileTemplate(s).parts
		return t
	}
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		start, end := m[0], m[1]
		if start > 0 && s[start-1] == '"' && end < len(s) && s[end] == '"' {
			start, end = start-1, end+1
		}
		t.parts = append(t.parts, templatePart{text: s[at:start]}, templatePart{text: s[m[2]:m[3]], hole: true})
		at = end
	}
	t.parts = append(t.parts, templatePart{text: s[at:]})
	return t
}

// fill fills the holes. text gives a hole's value as text, json the same as JSON.
func (t itemTemplate) fill(text, json func(name string) string) string {
	value := text
	if t.json {
		value = json
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.hole {
			b.WriteString(value(p.text))
			continue
		}
		b.WriteString(p.text)
	}
	return b.String()
}
