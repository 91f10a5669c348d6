package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// bodyPlan turns an object of unified members into the native object that says the
// same. It is made when the mapping loads.
type bodyPlan struct {
	parts []*part
	root  *nativeNode
	slots int
	form  bool
}

// part is a unified member that a call takes.
type part struct {
	name, path string
	slot       int     // of its value; -1: its parts have slots
	parts      []*part // of an object or a map
	one        bool    // a list of one object, which has the parts
}

// nativeNode is a member of the native object: an object with nodes of its own, or a
// value.
type nativeNode struct {
	name     string
	nodes    []*nativeNode
	list     bool   // of which the nodes make the only element
	slot     int    // of the unified value; -1: none
	path     string // of the unified member
	write    valueWriter
	constant []byte        // JSON that stands where there is no unified value
	amounts  []*nativeNode // whose currency it is, beside the one of slot
	currency bool
}

// valueWriter appends the native JSON of a unified value that is not null. It is false
// where nothing is to be sent.
type valueWriter func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool)

// writing is the state of writing one body.
type writing struct {
	platform *Platform
	body     gjson.Result
	values   []gjson.Result // by slot, of the plans that are being written
	within   []element      // the lists around the value that is being written
	faults   []problem.FieldError
}

type element struct {
	path  string
	index int
}

// maxFaults bounds how many faults of one body are named.
const maxFaults = 20

// fault notes what is wrong with a member, by its dotted path.
func (w *writing) fault(path, format string, args ...any) {
	if len(w.faults) == maxFaults {
		return
	}
	var b strings.Builder
	step := func(path string) {
		if b.Len() > 0 && path != "" {
			b.WriteByte('.')
		}
		b.WriteString(path)
	}
	for _, e := range w.within {
		step(e.path)
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(e.index))
		b.WriteByte(']')
	}
	step(path)
	fault := problem.FieldError{Parameter: b.String(), Detail: fmt.Sprintf(format, args...)}
	if !slices.Contains(w.faults, fault) { // two times may name one zone
		w.faults = append(w.faults, fault)
	}
}

// append writes the native object of v. What base has and v does not is kept.
func (b *bodyPlan) append(w *writing, dst []byte, v, base gjson.Result) []byte {
	frame := len(w.values)
	w.values = slices.Grow(w.values, b.slots)[:frame+b.slots]
	clear(w.values[frame:])
	w.collect(b.parts, v, frame, "")
	dst, n := b.root.appendMembers(w, frame, append(dst, '{'), base)
	if n > 0 {
		dst = dst[:len(dst)-1] // the last comma
	}
	w.values = w.values[:frame]
	return append(dst, '}')
}

// collect puts the values of an object's members into their slots, and names the members
// that the call does not take.
func (w *writing) collect(parts []*part, v gjson.Result, frame int, prefix string) {
	if v.Type == gjson.Null {
		if v.Exists() {
			for _, p := range parts {
				w.take(p, v, frame) // nothing is left of what has nothing in it
			}
		}
		return
	}
	if !v.IsObject() {
		w.fault(strings.TrimSuffix(prefix, "."), "is not an object")
		return
	}
	v.ForEach(func(key, value gjson.Result) bool {
		i := slices.IndexFunc(parts, func(p *part) bool { return p.name == key.Str })
		if i < 0 {
			w.fault(prefix+key.Str, "%s does not take it", w.platform.Name)
			return true
		}
		w.take(parts[i], value, frame)
		return true
	})
}

func (w *writing) take(p *part, v gjson.Result, frame int) {
	switch {
	case p.slot >= 0:
		w.values[frame+p.slot] = v
	case p.one && v.Type != gjson.Null:
		list := v.Array()
		if !v.IsArray() || len(list) != 1 {
			w.fault(p.path, "%s takes exactly one", w.platform.Name)
			return
		}
		w.collect(p.parts, list[0], frame, p.path+"[0].")
	default:
		w.collect(p.parts, v, frame, p.path+".")
	}
}

// appendMembers writes the members of an object, each with a comma behind it, and counts them.
func (n *nativeNode) appendMembers(w *writing, frame int, dst []byte, base gjson.Result) ([]byte, int) {
	written := 0
	var kept []string
	if base.IsObject() {
		base.ForEach(func(key, value gjson.Result) bool {
			kept = append(kept, key.Str)
			start := len(dst)
			dst = append(append(dst, key.Raw...), ':')
			ok := false
			if child := n.child(key.Str); child != nil {
				dst, ok = child.append(w, frame, dst, value)
			}
			if !ok {
				dst = append(append(dst[:start], key.Raw...), ':')
				dst = append(dst, value.Raw...)
			}
			dst = append(dst, ',')
			written++
			return true
		})
	}
	for _, child := range n.nodes {
		if slices.Contains(kept, child.name) {
			continue
		}
		start := len(dst)
		dst = append(append(append(dst, '"'), child.name...), '"', ':')
		var ok bool
		if dst, ok = child.append(w, frame, dst, gjson.Result{}); !ok {
			dst = dst[:start]
			continue
		}
		dst = append(dst, ',')
		written++
	}
	return dst, written
}

func (n *nativeNode) child(name string) *nativeNode {
	i := slices.IndexFunc(n.nodes, func(c *nativeNode) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return n.nodes[i]
}

// append writes the native value; false, and nothing, where there is none to send.
func (n *nativeNode) append(w *writing, frame int, dst []byte, base gjson.Result) ([]byte, bool) {
	if n.nodes != nil {
		return n.appendNodes(w, frame, dst, base)
	}
	var v gjson.Result
	if n.slot >= 0 {
		v = w.values[frame+n.slot]
	}
	some := false // of the amounts that share a currency, and not all
	for _, other := range n.amounts {
		amount := w.values[frame+other.slot]
		some = some || amount.Exists() != w.values[frame+n.slot].Exists()
		v = w.oneCurrency(v, amount, other.path)
	}
	switch {
	case !v.Exists():
		return append(dst, n.constant...), n.constant != nil
	case v.Type == gjson.Null && some:
		return dst, false // it is still that of the amounts that are not given
	case v.Type == gjson.Null:
		return append(dst, "null"...), true
	}
	start := len(dst)
	dst, ok := n.write(w, n.path, dst, v)
	if !ok {
		dst = dst[:start]
	}
	return dst, ok
}

// appendNodes writes an object, or the list of one. Such a list takes the place of the
// one that there was.
func (n *nativeNode) appendNodes(w *writing, frame int, dst []byte, base gjson.Result) ([]byte, bool) {
	start := len(dst)
	if n.list {
		dst, base = append(dst, '['), gjson.Result{}
	}
	dst, written := n.appendMembers(w, frame, append(dst, '{'), base)
	if written == 0 {
		return dst[:start], false
	}
	dst[len(dst)-1] = '}'
	if n.list {
		dst = append(dst, ']')
	}
	return dst, true
}

// oneCurrency is the money of which a currency is written that several amounts share.
func (w *writing) oneCurrency(a, b gjson.Result, path string) gjson.Result {
	x, y := a.Get("currency"), b.Get("currency")
	switch {
	case y.Type != gjson.String:
		if !a.Exists() {
			return b
		}
	case x.Type != gjson.String:
		return b
	case x.Str != y.Str:
		w.fault(path+".currency", "%s takes one currency for all amounts, and another is in %s", w.platform.Name, x.Str)
	}
	return a
}

// Write puts the members of body, a JSON object, into a draft, in the way in which the
// call takes them. Members of base, the native object as it is, stay as they are where
// body says nothing about them; nil: the platform changes only what is sent. Every
// member that the platform cannot take is a fault; the draft is then not to be sent.
func (c *CallPlan) Write(d *Draft, body, base []byte) []problem.FieldError {
	w := writing{platform: c.platform, body: gjson.ParseBytes(body)}
	plan := c.body
	if plan == nil {
		if w.body.IsObject() {
			w.collect(nil, w.body, 0, "")
		}
		return w.faults
	}
	if len(body) == 0 {
		w.body = gjson.Result{Type: gjson.JSON, Raw: "{}"}
	}
	var native gjson.Result
	if base != nil {
		native = gjson.ParseBytes(base)
	}
	d.body = plan.append(&w, make([]byte, 0, len(body)+len(base)+64), w.body, native)
	if plan.form {
		d.body, d.form = appendForm(nil, gjson.ParseBytes(d.body)), true
	}
	return w.faults
}

// NativeID returns the native identifier of what was made, from the answer to a call;
// empty where it is not there.
func (c *CallPlan) NativeID(answer []byte) string {
	if c.spec.Write == nil {
		return ""
	}
	for _, path := range c.spec.Write.ID {
		if v := follow(gjson.ParseBytes(answer), path); v.Type == gjson.String || v.Type == gjson.Number {
			return text(v)
		}
	}
	return ""
}

// Row returns the native object that an answer holds; nil where it is not there.
func (c *CallPlan) Row(answer []byte) []byte {
	for _, path := range c.spec.Rows {
		if v := first(follow(gjson.ParseBytes(answer), path)); v.IsObject() {
			return []byte(v.Raw)
		}
	}
	return nil
}

// follow leads down the steps of a native path; a step into an array takes its first element.
func follow(v gjson.Result, path []string) gjson.Result {
	for _, step := range path {
		var found gjson.Result
		first(v).ForEach(func(key, value gjson.Result) bool {
			if key.Str == step {
				found = value
			}
			return !found.Exists()
		})
		v = found
	}
	return v
}

func first(v gjson.Result) gjson.Result {
	if !v.IsArray() {
		return v
	}
	var element gjson.Result
	v.ForEach(func(_, value gjson.Result) bool {
		element = value
		return false
	})
	return element
}

// text is a scalar as text.
func text(v gjson.Result) string {
	if v.Type == gjson.String {
		return v.Str
	}
	return v.Raw
}
