package mapping

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/sjson"
)

// pair is one parameter of a query, in the order of the mapping.
type pair struct{ name, value string }

// Draft is a native request while it is put together. A draft is not safe for
// concurrent use; [Draft.Clone] makes one from which pages can differ.
type Draft struct {
	Vars   map[string]string // values of the path's placeholders
	query  []pair
	header http.Header
	body   []byte
	taken  map[string]bool // targets that hold one value and have it
}

// Clone returns a copy that shares nothing which either would change.
func (d *Draft) Clone() *Draft {
	c := *d
	c.query = append([]pair(nil), d.query...)
	c.body = append([]byte(nil), d.body...)
	c.header = d.header.Clone()
	c.Vars = make(map[string]string, len(d.Vars))
	for k, v := range d.Vars {
		c.Vars[k] = v
	}
	c.taken = make(map[string]bool, len(d.taken))
	for k := range d.taken {
		c.taken[k] = true
	}
	return &c
}

// Taken tells whether a target that holds one value has one already.
func (d *Draft) Taken(t Target) bool {
	return !t.repeats() && d.taken[t.In+"."+t.Name]
}

func (t Target) repeats() bool {
	return t.Append || t.In == "query" && strings.HasSuffix(t.Name, "[]")
}

// Put sets a target to a value: text for a query, a header or a path, json for a
// body. A target that holds one value is overwritten, any other gets one more.
func (d *Draft) Put(t Target, text, json string) error {
	if !t.repeats() {
		if d.taken == nil {
			d.taken = map[string]bool{}
		}
		d.taken[t.In+"."+t.Name] = true
	}
	switch t.In {
	case "query":
		if !t.repeats() {
			for i := range d.query {
				if d.query[i].name == t.Name {
					d.query[i].value = text
					return nil
				}
			}
		}
		d.query = append(d.query, pair{t.Name, text})
	case "header":
		if d.header == nil {
			d.header = http.Header{}
		}
		d.header.Set(t.Name, text)
	case "path":
		if d.Vars == nil {
			d.Vars = map[string]string{}
		}
		d.Vars[t.Name] = text
	case "body":
		path := t.Name
		if t.Append {
			path += ".-1"
		}
		if json == "" {
			json = quoteJSON(text)
		}
		body, err := sjson.SetRawBytes(d.body, path, []byte(json))
		if err != nil {
			return err
		}
		d.body = body
	}
	return nil
}

// remove takes the value of a target away, if it has one.
func (d *Draft) remove(t Target) error {
	switch t.In {
	case "query":
		d.query = slices.DeleteFunc(d.query, func(p pair) bool { return p.name == t.Name })
	case "header":
		d.header.Del(t.Name)
	case "body":
		if len(d.body) == 0 {
			return nil
		}
		body, err := sjson.DeleteBytes(d.body, t.Name)
		if err != nil {
			return err
		}
		d.body = body
	}
	return nil
}

// assign puts constants.
func (d *Draft) assign(constants []Assignment) error {
	for _, a := range constants {
		if err := d.Put(a.Target, a.Text, a.JSON); err != nil {
			return err
		}
	}
	return nil
}

// encodeQuery writes the query in the order of its parameters. Brackets stay as
// they are: they mark lists in the query strings of PHP servers.
func (d *Draft) encodeQuery() string {
	if len(d.query) == 0 {
		return ""
	}
	var b []byte
	for i, p := range d.query {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendQuery(b, p.name, true)
		b = append(b, '=')
		b = appendQuery(b, p.value, false)
	}
	return string(b)
}

const upperHex = "0123456789ABCDEF"

func appendQuery(b []byte, s string, name bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~', c == ',', c == ':':
			b = append(b, c)
		case name && (c == '[' || c == ']'):
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}
