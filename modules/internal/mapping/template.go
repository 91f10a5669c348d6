package mapping

import (
	"fmt"
	"net/url"
	"strings"
)

// template is a text with placeholders, taken apart when the mapping loads.
type template struct {
	parts []templatePart
}

type templatePart struct {
	text string // literal, or the placeholder's name
	hole bool
}

func compileTemplate(s string) template {
	var t template
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		if m[0] > at {
			t.parts = append(t.parts, templatePart{text: s[at:m[0]]})
		}
		t.parts = append(t.parts, templatePart{text: s[m[2]:m[3]], hole: true})
		at = m[1]
	}
	if at < len(s) {
		t.parts = append(t.parts, templatePart{text: s[at:]})
	}
	return t
}

// plain tells whether the template is text without placeholders.
func (t template) plain() bool { return len(t.parts) == 1 && !t.parts[0].hole }

func (t template) holes() []string {
	var names []string
	for _, p := range t.parts {
		if p.hole {
			names = append(names, p.text)
		}
	}
	return names
}

// appendPath fills the template for a URL's path. Values are escaped whole, so
// that an identifier with a slash stays one segment; spellings are path text of
// the mapping itself and go in as they are.
func (t template) appendPath(dst []byte, vars map[string]string, spellings map[string]string) ([]byte, error) {
	for _, p := range t.parts {
		if !p.hole {
			dst = append(dst, p.text...)
			continue
		}
		if s, ok := spellings[p.text]; ok {
			dst = append(dst, s...)
			continue
		}
		v, ok := vars[p.text]
		if !ok {
			return dst, fmt.Errorf("no value for {%s}", p.text)
		}
		if v == "." || v == ".." {
			// these would be taken as steps of the path, not as a name
			v = strings.ReplaceAll(v, ".", "%2E")
			dst = append(dst, v...)
			continue
		}
		dst = append(dst, url.PathEscape(v)...)
	}
	return dst, nil
}

// fill fills the template as plain text.
func (t template) fill(value func(name string) (string, bool)) string {
	if t.plain() {
		return t.parts[0].text
	}
	var b strings.Builder
	for _, p := range t.parts {
		if !p.hole {
			b.WriteString(p.text)
			continue
		}
		if v, ok := value(p.text); ok {
			b.WriteString(v)
		} else {
			b.WriteString("{" + p.text + "}")
		}
	}
	return b.String()
}
