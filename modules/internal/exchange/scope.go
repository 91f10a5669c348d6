package exchange

import (
	"net/http"
	"strconv"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// place is somewhere in a native body that rules look at, as a chain of
// members and indexes: body.errors[0].code.
type place struct {
	// root is the index of the first member among the rules' roots, so that one
	// walk over the body's members serves all rules; -1 where the chain does not
	// start with a member.
	root int
	// path is a gjson path, below the root where there is one.
	path string
}

// component is one step of a place: a member's name, or an index into a list.
type component struct {
	name  string
	index int
	list  bool
}

// places collects the places of all rules while they are compiled.
type places struct {
	all   []place
	roots []string
}

// add returns the index of a place, the same one for the same chain.
func (p *places) add(chain []component) int {
	at := place{root: -1}
	if len(chain) > 0 && !chain[0].list {
		at.root = p.addRoot(chain[0].name)
		chain = chain[1:]
	}
	steps := make([]string, len(chain))
	for i, c := range chain {
		steps[i] = gjson.Escape(c.name)
		if c.list {
			steps[i] = strconv.Itoa(c.index)
		}
	}
	at.path = strings.Join(steps, ".")
	for i, known := range p.all {
		if known == at {
			return i
		}
	}
	p.all = append(p.all, at)
	return len(p.all) - 1
}

func (p *places) addRoot(name string) int {
	for i, known := range p.roots {
		if known == name {
			return i
		}
	}
	p.roots = append(p.roots, name)
	return len(p.roots) - 1
}

// scope is one response as the rules see it, and the environment of their
// expressions. Scopes are pooled; nothing of a body may stay in one.
type scope struct {
	Status  int               `expr:"status"`
	Headers map[string]string `expr:"headers"` // for the type checker: uses become calls of Header
	Body    any               `expr:"body"`    // for the type checker: uses become calls of At

	places *places
	header http.Header
	body   string
	roots  []gjson.Result                     // the roots met so far
	wanted int                                // the root that a walk looks for
	walked bool                               // all members were met
	visit  func(key, value gjson.Result) bool // made once, since a closure would allocate
}

func newScope(p *places) *scope {
	s := &scope{places: p, roots: make([]gjson.Result, len(p.roots))}
	s.visit = s.keep
	return s
}

func (s *scope) set(status int, header http.Header, body []byte) {
	s.Status, s.header = status, header
	body = trimSpace(body)
	// The text shares the bytes, which nobody writes to while the scope is in
	// use: a copy of every response would cost more than all rules together.
	s.body = unsafe.String(unsafe.SliceData(body), len(body))
}

func (s *scope) clear() {
	s.Status, s.header, s.body, s.walked = 0, nil, "", false
	clear(s.roots)
}

// keep remembers the members that rules look at, until it meets the wanted
// one: what tells success usually stands before the rows. Of a repeated member
// the first counts, as gjson has it.
func (s *scope) keep(key, value gjson.Result) bool {
	for i, name := range s.places.roots {
		if key.Str == name && !s.roots[i].Exists() {
			s.roots[i] = value
			s.walked = i != s.wanted
		}
	}
	return s.walked
}

// root returns a member of the body. Each walk over the members either meets
// one more root or has met them all.
func (s *scope) root(i int) gjson.Result {
	if !s.roots[i].Exists() && !s.walked && strings.HasPrefix(s.body, "{") {
		s.wanted, s.walked = i, true
		gjson.Parse(s.body).ForEach(s.visit)
	}
	return s.roots[i]
}

// lookup returns what stands at a place; the zero Result where nothing does.
// It shares the body's bytes.
func (s *scope) lookup(i int) gjson.Result {
	at := s.places.all[i]
	if at.root < 0 {
		if at.path == "" {
			return gjson.Parse(s.body)
		}
		if !strings.HasPrefix(s.body, "[") {
			return gjson.Result{}
		}
		return gjson.Get(s.body, at.path)
	}
	root := s.root(at.root)
	if at.path == "" || !root.Exists() {
		return root
	}
	if root.Type != gjson.JSON {
		return gjson.Result{}
	}
	return gjson.Get(root.Raw, at.path)
}

// At is what body.… becomes in an expression.
func (s *scope) At(i int) any { return valueOf(s.lookup(i)) }

// Header is what headers.… becomes in an expression: the first value of the
// field, or the empty text.
func (s *scope) Header(canonical string) string {
	if v := s.header[canonical]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Equal is what == becomes where a side is native.
func (s *scope) Equal(a, b any) bool { return equal(a, b) }

// Less is what < becomes where a side is native. What is not a number, nor two
// texts, has no order.
func (s *scope) Less(a, b any) bool {
	x, xok := numberOf(a)
	y, yok := numberOf(b)
	if xok && yok {
		return x.less(y)
	}
	t, tok := a.(string)
	u, uok := b.(string)
	return tok && uok && t < u
}

// AtMost is what <= becomes where a side is native.
func (s *scope) AtMost(a, b any) bool {
	return s.Less(a, b) || (a != nil && b != nil && equal(a, b))
}

// In is what in becomes where a side is native: membership of a list, or a key
// of an object.
func (s *scope) In(a, b any) bool {
	switch b := b.(type) {
	case []any:
		for _, v := range b {
			if equal(a, v) {
				return true
			}
		}
	case map[string]any:
		if name, ok := a.(string); ok {
			_, found := b[name]
			return found
		}
	}
	return false
}

// Text is what wraps a native side of matches, contains, startsWith and
// endsWith, so that numbers have a text. Null, lists and objects have the
// empty one.
func (s *scope) Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}
