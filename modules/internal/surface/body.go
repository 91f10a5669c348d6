package surface

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// maxFreeDepth bounds the nesting of values whose form the platform decides.
const maxFreeDepth = 32

// Body is the checked body of a request that changes something.
type Body struct {
	// Platform is the member platform; empty when it was not given.
	Platform string
	// JSON is the object without platform, in one form for all bodies that mean the
	// same: members in the document's order without white space, instants in UTC,
	// decimals without needless zeros. In a body that creates, members that were
	// null are left out; elsewhere null clears.
	JSON []byte
}

// bodyParser checks one body.
type bodyParser struct {
	op     *Operation
	errors []problem.FieldError
	// withoutNull leaves out members that are null.
	withoutNull bool
}

// ParseBody checks the body of a request, which has to be a JSON object. It returns
// what is wrong with it, each fault under the dotted path of its member
// ("filters[2].mode"), or under "body" where no member can be named. The body that it
// returns beside faults holds the members that are sound, so that a platform can be
// asked what it makes of these; it is nil where there are none. ParseBody must not be
// called for an operation that takes no body.
func (o *Operation) ParseBody(data []byte) (*Body, []problem.FieldError) {
	p := &bodyParser{op: o, withoutNull: o.Kind == KindCreate}
	root, err := rootObject(data)
	if err != nil {
		p.fail("body", err.Error())
		return nil, p.errors
	}
	values, given := p.collect(o.Body, root, "")
	if given < o.minMembers && len(p.errors) == 0 {
		p.fail("body", "has no member: give what changes")
	}
	body := &Body{}
	if first := o.Body[0]; first.Name == "platform" && values[0].Exists() {
		p.value(nil, first, values[0], first.Name)
		body.Platform = values[0].String()
		values[0] = gjson.Result{}
	}
	body.JSON = p.members(make([]byte, 0, len(data)), o.Body, values, "")
	return body, p.errors
}

// object checks an object and appends it.
func (p *bodyParser) object(dst []byte, members []*Member, object gjson.Result, path string) []byte {
	if !object.IsObject() {
		p.wrongType(path, "an object", object)
		return dst
	}
	values, _ := p.collect(members, object, path+".")
	return p.members(dst, members, values, path+".")
}

// collect finds the values of members, by their position, and how many there are.
// It names those that are unknown or given twice.
func (p *bodyParser) collect(members []*Member, object gjson.Result, prefix string) (values []gjson.Result, given int) {
	values = make([]gjson.Result, len(members))
	object.ForEach(func(key, value gjson.Result) bool {
		given++
		name := key.String()
		i := slices.IndexFunc(members, func(m *Member) bool { return m.Name == name })
		switch {
		case i < 0 && p.failed(prefix+shorten(name)): // once is enough
		case i < 0:
			p.fail(prefix+shorten(name), p.unknown(members, prefix, name))
		case values[i].Exists():
			p.fail(prefix+name, givenTwice)
		default:
			values[i] = value
		}
		return !p.full()
	})
	return values, given
}

// unknown says why there is no member of a name: it may be one that is only read.
func (p *bodyParser) unknown(members []*Member, prefix, name string) string {
	if p.op.Resource.byPath[withoutIndexes(prefix)+name] != nil {
		return "is answered, but cannot be written here"
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return unknownMember + suggest.DidYouMean(name, names)
}

const unknownMember = "unknown member"

// withoutIndexes makes "filters[2].mode" the path of a member: "filters.mode".
func withoutIndexes(path string) string {
	for {
		before, after, found := strings.Cut(path, "[")
		if !found {
			return path
		}
		_, after, _ = strings.Cut(after, "]")
		path = before + after
	}
}

// members appends the object of the values, which are in the order of their members.
func (p *bodyParser) members(dst []byte, members []*Member, values []gjson.Result, prefix string) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i, m := range members {
		value, path := values[i], prefix+m.Name
		switch {
		case m.Required && !value.Exists() && !p.failed(path):
			p.fail(path, "is required")
		case !value.Exists():
		case value.Type == gjson.Null && (!m.Nullable || m.Required && prefix == ""):
			p.fail(path, "must not be null") // an amount may be null elsewhere, so its type permits it
		case value.Type == gjson.Null && p.withoutNull && !m.Required:
		default:
			before, faults := len(dst), len(p.errors)
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = append(gjson.AppendJSONString(dst, m.Name), ':')
			dst = p.value(dst, m, value, path)
			if len(p.errors) > faults || p.full() {
				dst = dst[:before] // what is left is JSON, and sound
			}
		}
	}
	return append(dst, '}')
}

// value checks a value and appends it in canonical form.
func (p *bodyParser) value(dst []byte, m *Member, v gjson.Result, path string) []byte {
	if v.Type == gjson.Null && m.Type != Any {
		if !m.Nullable {
			p.fail(path, "must not be null")
		}
		return append(dst, "null"...)
	}
	switch m.Type {
	case Any:
		return p.free(dst, v, path, 0)
	case Object, Money:
		return p.object(dst, m.Members, v, path)
	case Map:
		return p.entries(dst, m, v, path)
	case List:
		return p.list(dst, m, v, path)
	case Boolean:
		if !v.IsBool() {
			p.wrongType(path, "true or false", v)
		}
		return append(dst, v.Raw...)
	case Integer, Number:
		return p.number(dst, m, v, path)
	}
	if v.Type != gjson.String {
		want := wants[m.Type]
		if m.Type == Enum {
			want = "one of " + list(m.Enum) + ", as text"
		}
		p.wrongType(path, want, v)
		return dst
	}
	text, err := m.canonical(v.Str)
	if err != nil {
		p.fail(path, err.Error())
	}
	return gjson.AppendJSONString(dst, text)
}

// wants says which JSON text the types are written as, beside the words of an Enum.
var wants = map[Type]string{
	Text: "text", Decimal: `exact decimal text such as "10.50"`,
	Instant: `an RFC 3339 time such as "2026-01-31T15:04:05Z"`, Date: `a date such as "2026-01-31"`, ID: "an id of the form <platform>:<native id>",
}

// canonical checks a value that JSON holds as text. The error is for the client.
func (m *Member) canonical(text string) (string, error) {
	switch m.Type {
	case Enum:
		if !slices.Contains(m.Enum, text) {
			return "", fmt.Errorf("%s is not one of %s%s", quote(text), list(m.Enum), suggest.DidYouMean(text, m.Enum))
		}
	case Decimal:
		canonical, ok := canonicalDecimal(text)
		if !ok {
			return "", fmt.Errorf("%s is not a decimal number such as 10.50", quote(text))
		}
		return canonical, nil
	case Instant:
		t, ok := parseInstant(text)
		if !ok {
			return "", fmt.Errorf("%s is not an RFC 3339 time such as 2026-01-31T15:04:05Z", quote(text))
		}
		return t.UTC().Format(time.RFC3339Nano), nil
	case Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", fmt.Errorf("%s is not a date such as 2026-01-31", quote(text))
		}
	case ID:
		if _, ok := SplitID(text); !ok {
			return "", fmt.Errorf("%s is not an id of the form <platform>:<native id>", quote(text))
		}
	}
	return text, m.limits.text(text)
}

func (p *bodyParser) number(dst []byte, m *Member, v gjson.Result, path string) []byte {
	if v.Type != gjson.Number {
		p.wrongType(path, "a number", v)
		return dst
	}
	if m.Type == Number {
		return append(dst, v.Raw...)
	}
	text, err := m.limits.integer(v.Raw)
	if err != nil {
		p.fail(path, err.Error())
	}
	return append(dst, text...)
}

func (p *bodyParser) list(dst []byte, m *Member, v gjson.Result, path string) []byte {
	if !v.IsArray() {
		p.wrongType(path, "a list", v)
		return dst
	}
	dst = append(dst, '[')
	n := 0
	v.ForEach(func(_, element gjson.Result) bool {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = p.value(dst, m.Element, element, path+"["+strconv.Itoa(n)+"]")
		n++
		return !p.full()
	})
	if err := m.limits.count(n); err != nil {
		p.fail(path, err.Error())
	}
	return append(dst, ']')
}

// entries checks a map, whose keys are the client's.
func (p *bodyParser) entries(dst []byte, m *Member, v gjson.Result, path string) []byte {
	if !v.IsObject() {
		p.wrongType(path, "an object", v)
		return dst
	}
	return p.keyed(dst, v, path, func(dst []byte, value gjson.Result, path string) []byte {
		return p.value(dst, m.Element, value, path)
	})
}

// free appends a value of any form.
func (p *bodyParser) free(dst []byte, v gjson.Result, path string, depth int) []byte {
	switch {
	case depth > maxFreeDepth:
		p.fail(shorten(path), fmt.Sprintf("is nested deeper than %d", maxFreeDepth))
	case v.IsObject():
		return p.keyed(dst, v, path, func(dst []byte, value gjson.Result, path string) []byte {
			return p.free(dst, value, path, depth+1)
		})
	case v.IsArray():
		dst = append(dst, '[')
		n := 0
		v.ForEach(func(_, element gjson.Result) bool {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = p.free(dst, element, path+"["+strconv.Itoa(n)+"]", depth+1)
			n++
			return !p.full()
		})
		return append(dst, ']')
	case v.Type == gjson.String:
		return gjson.AppendJSONString(dst, v.Str)
	}
	return append(dst, v.Raw...)
}

// keyed appends an object with keys of the client's choice, by key.
func (p *bodyParser) keyed(dst []byte, v gjson.Result, path string, each func([]byte, gjson.Result, string) []byte) []byte {
	values := map[string]gjson.Result{}
	var keys []string
	v.ForEach(func(key, value gjson.Result) bool {
		name := key.String()
		if _, twice := values[name]; twice {
			p.fail(path+"."+shorten(name), givenTwice)
			return !p.full()
		}
		values[name] = value
		keys = append(keys, name)
		return true
	})
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(gjson.AppendJSONString(dst, key), ':')
		dst = each(dst, values[key], path+"."+shorten(key))
	}
	return append(dst, '}')
}

func (p *bodyParser) wrongType(path, want string, got gjson.Result) {
	p.fail(path, "has to be "+want+", not "+jsonType(got))
}

// jsonType names the type of a value, for a message.
func jsonType(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "a list"
	case v.IsBool():
		return "a boolean"
	case v.Type == gjson.Number:
		return "a number"
	case v.Type == gjson.Null:
		return "null"
	}
	return "text"
}

func (p *bodyParser) failed(path string) bool {
	return slices.ContainsFunc(p.errors, func(e problem.FieldError) bool { return e.Parameter == path })
}

func (p *bodyParser) fail(path, detail string) {
	if !p.full() {
		p.errors = append(p.errors, problem.FieldError{Parameter: path, Detail: detail})
	}
}

// full tells that no more faults are collected.
func (p *bodyParser) full() bool { return len(p.errors) == maxErrors }
