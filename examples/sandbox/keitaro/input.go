package keitaro

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// input is the body of a write. Its methods take one member each: a member that
// is absent leaves the value as it is, null empties it, and what must not be is
// refused under the member's name. Numbers and flags may come as text, as PHP
// takes them; members that nothing asks for are ignored.
type input struct {
	tree     map[string]any
	creating bool
	bad      invalid
}

// The messages of refusals; no document has their words.
const (
	isRequired = "Is required"
	isTaken    = "Already exists"
	noEntity   = "Entity not found"
)

// refuse adds a message, the first of each member.
func (in *input) refuse(name, message string) {
	if !slices.ContainsFunc(in.bad, func(m kit.Member) bool { return m.Name == name }) {
		in.bad.add(name, message)
	}
}

// require refuses members that are empty, and when creating absent ones.
func (in *input) require(names ...string) {
	for _, name := range names {
		v, given := in.tree[name]
		if given && (v == nil || v == "") || !given && in.creating {
			in.refuse(name, isRequired)
		}
	}
}

// given returns a member that is there.
func (in *input) given(name string) (v any, there bool) {
	v, there = in.tree[name]
	return v, there
}

func (in *input) text(name string, into *string) {
	v, there := in.given(name)
	if !there {
		return
	}
	s, isScalar := scalar(v)
	if v != nil && !isScalar {
		in.refuse(name, "Must be a string")
		return
	}
	*into = s
}

// word takes one of some words.
func (in *input) word(name string, into *string, words ...string) {
	given := *into
	in.text(name, &given)
	if given != *into && !slices.Contains(words, given) {
		in.refuse(name, "Must be one of "+strings.Join(words, ", "))
		return
	}
	*into = given
}

// wordOrNull takes one of some words, or nothing.
func (in *input) wordOrNull(name string, into *string, words ...string) {
	if v, there := in.given(name); there && (v == nil || v == "") {
		*into = ""
		return
	}
	in.word(name, into, words...)
}

// state takes a state; "removed" is how the document's tables call "deleted".
func (in *input) state(into *State) {
	given := string(*into)
	in.word("state", &given, string(Active), string(Disabled), string(Deleted), "removed")
	if given == "removed" {
		given = string(Deleted)
	}
	*into = State(given)
}

// count takes an integer that is not negative; null leaves it as it is.
func (in *input) count(name string, into *int64) {
	v, there := in.given(name)
	if !there || v == nil {
		return
	}
	s, _ := scalar(v)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		in.refuse(name, "Must be a non-negative integer")
		return
	}
	*into = n
}

func (in *input) flag(name string, into *bool) {
	v, there := in.given(name)
	if !there {
		return
	}
	s, _ := scalar(v)
	switch {
	case s == "1" || s == "true":
		*into = true
	case s == "0" || s == "false" || s == "" && (v == nil || v == ""):
		*into = false
	default:
		in.refuse(name, "Must be 0 or 1")
	}
}

// reference takes the id of another entity, which must exist; null, nothing and
// 0 are none.
func (in *input) reference(name string, into *int64, exists func(id int64) bool) {
	v, there := in.given(name)
	if !there {
		return
	}
	s, isScalar := scalar(v)
	if v == nil || s == "" && isScalar {
		s = "0"
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id != 0 && id != *into && !exists(id) { // one that was archived since may stay
		in.refuse(name, "Not found")
		return
	}
	*into = id
}

// entity takes the id of another entity that there must be.
func (in *input) entity(name string, into *int64, exists func(id int64) bool) {
	in.require(name)
	in.reference(name, into, exists)
	if _, there := in.given(name); there && *into == 0 {
		in.refuse(name, "Not found")
	}
}

func (in *input) money(name string, into *Money) {
	v, there := in.given(name)
	if !there {
		return
	}
	if v == nil || v == "" {
		*into = 0
		return
	}
	s, _ := scalar(v)
	units, fits := fixed(s, 4)
	if !fits {
		in.refuse(name, "Must be a non-negative number")
		return
	}
	*into = Money(units)
}

var decimal = regexp.MustCompile(`^(\d{1,14})(?:\.(\d{1,64}))?$`)

// fixed reads a decimal number in units of 10^-scale, rounded half up.
func fixed(s string, scale int) (units int64, fits bool) {
	m := decimal.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	fraction := m[2] + strings.Repeat("0", scale+1)
	units, err := strconv.ParseInt(m[1]+fraction[:scale], 10, 64)
	if err != nil {
		return 0, false
	}
	if fraction[scale] >= '5' && units < math.MaxInt64 {
		units++
	}
	return units, true
}

// texts takes a list of words; null is none.
func (in *input) texts(name string, into *[]string, permitted func(string) bool) {
	v, there := in.given(name)
	if !there {
		return
	}
	if v == nil {
		*into = nil
		return
	}
	elements, isList := v.([]any)
	list := make([]string, 0, len(elements))
	for _, e := range elements {
		s, isScalar := scalar(e)
		if !isScalar || !permitted(s) {
			isList = false
			break
		}
		list = append(list, s)
	}
	if !isList {
		in.refuse(name, "Must be a list of known values")
		return
	}
	*into = list
}

// value takes any JSON as it is.
func (in *input) value(name string, into *any) {
	if v, there := in.given(name); there {
		*into = native(v)
	}
}

// native is decoded JSON as [kit.Style] writes it; the members of objects come in
// the order of their names.
func native(v any) any {
	switch v := v.(type) {
	case json.Number:
		return kit.Number(v)
	case []any:
		return nativeList(v)
	case map[string]any:
		o := make(kit.Object, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			o = append(o, kit.Member{Name: name, Value: native(v[name])})
		}
		return kit.EmptyAsList(o)
	}
	return v // null, text, a flag
}

// nativeList is a list of texts if it can be: what generated data has.
func nativeList(list []any) any {
	texts := make([]string, 0, len(list))
	values := make(kit.Array, 0, len(list))
	for _, e := range list {
		if s, isText := e.(string); isText {
			texts = append(texts, s)
		}
		values = append(values, native(e))
	}
	if len(texts) == len(values) && len(texts) > 0 {
		return texts
	}
	return values
}

// parts takes a list of objects, each an input of its own; their refusals are
// those of the list. It reports whether the list is there; null is an empty one.
func (in *input) parts(name string, each func(part *input)) bool {
	v, there := in.given(name)
	if !there {
		return false
	}
	list, isList := v.([]any)
	if v != nil && !isList {
		in.refuse(name, "Must be a list of objects")
		return true
	}
	seen := map[string]bool{}
	for _, e := range list {
		tree, isObject := e.(map[string]any)
		if !isObject {
			in.refuse(name, "Must be a list of objects")
			return true
		}
		part := &input{tree: tree}
		each(part)
		if id, given := scalar(tree["id"]); given && id != "" {
			if seen[id] {
				part.refuse("id", "Is there twice")
			}
			seen[id] = true
		}
		for _, m := range part.bad {
			messages, _ := m.Value.([]string)
			in.refuse(name, m.Name+": "+strings.Join(messages, ", "))
		}
	}
	return true
}
