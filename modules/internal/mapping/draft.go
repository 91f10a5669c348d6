package mapping

import (
	"maps"
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
	form   bool   // body is a form
	taken  []slot // that hold one value and have it
	// defaults names the parameters in whose place their default stands.
	defaults []string
}

// Clone returns a copy that shares nothing which either would change.
func (d *Draft) Clone() *Draft {
	c := *d
	c.query = append([]pair(nil), d.query...)
	c.body = append([]byte(nil), d.body...)
	c.header = d.header.Clone()
	c.Vars = maps.Clone(d.Vars)
	c.taken = slices.Clone(d.taken)
	c.defaults = slices.Clone(d.defaults)
	return &c
}

// slot is a target that holds one value.
type slot struct{ in, name string }

func (t Target) slot() slot { return slot{t.In, t.Name} }

// Set gives a placeholder of the path its value.
func (d *Draft) Set(name, value string) {
	if d.Vars == nil {
		d.Vars = map[string]string{}
	}
	d.Vars[name] = value
}

// Taken tells whether a target that holds one value has one already.
func (d *Draft) Taken(t Target) bool {
	return !t.repeats() && slices.ContainsFunc(d.taken, func(o slot) bool { return o == t.slot() })
}

func (t Target) repeats() bool {
	return t.Append || t.In == "query" && strings.HasSuffix(t.Name, "[]")
}

// Put sets a target to a value: text for a query, a header or a path, json for a
// body. A target that holds one value is overwritten, any other gets one more.
func (d *Draft) Put(t Target, text, json string) error {
	if !t.repeats() && !d.Taken(t) {
		d.taken = append(d.taken, t.slot())
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
		d.Set(t.Name, text)
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
	b := make([]byte, 0, 32*len(d.query))
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
