package surface

import (
	"maps"
	"slices"
	"strings"
)

// Type is the type of a member or parameter.
type Type uint8

// The types. Any is a value of any JSON type, passed through as it is.
const (
	Any     Type = iota
	Text         // text
	Integer      // a whole number
	Number       // a number that may lose precision: milliseconds, never money
	Decimal      // exact decimal text without an exponent: "10.50"
	Boolean      // true or false
	Instant      // RFC 3339 in UTC, with Z
	Date         // YYYY-MM-DD
	Enum         // one of a list of words
	ID           // <platform>:<native id>, naming an object of the resource Ref
	Money        // {"value": decimal text, "currency": ISO 4217 or null}
	Object       // an object with fixed members
	Map          // an object with keys of the platform's choice
	List         // an array
)

var typeNames = [...]string{"any", "text", "integer", "number", "decimal", "boolean", "instant", "date", "enum", "id", "money", "object", "map", "list"}

// String returns the lower-case name of the type.
func (t Type) String() string { return typeNames[t] }

// Scalar tells whether a value of the type is one JSON text, number or boolean.
func (t Type) Scalar() bool { return t >= Text && t <= ID }

// Ordered tells whether values of the type can be sorted. Money is sorted by its value.
func (t Type) Ordered() bool { return t.Scalar() || t == Money }

// Resource is one type of unified object.
type Resource struct {
	// Name is the singular name that mappings use: "landing_page".
	Name string
	// Members are the members in the order of output. The last is "native" for
	// every resource that a platform has.
	Members []*Member

	byPath map[string]*Member
}

// Member returns the member with a dotted path, or nil. A path leads into
// objects, money, the objects of a list ("items.amount.currency") and the values
// of a map ("sub_ids.1"): the member of a map's value is the same for every key.
func (r *Resource) Member(path string) *Member {
	if m := r.byPath[path]; m != nil {
		return m
	}
	for at := strings.LastIndexByte(path, '.'); at > 0; at = strings.LastIndexByte(path[:at], '.') {
		if m := r.byPath[path[:at]]; m != nil {
			if m.Type == Map {
				return m.Element
			}
			return nil
		}
	}
	return nil
}

// Paths lists the dotted paths of all members, sorted.
func (r *Resource) Paths() []string { return slices.Sorted(maps.Keys(r.byPath)) }

// sortable lists the dotted paths that rows can be ordered by.
func (r *Resource) sortable() []string {
	return slices.DeleteFunc(r.Paths(), func(path string) bool { return !r.byPath[path].Sortable })
}

// Member is one member of a resource.
type Member struct {
	// Name is the name in its object; empty for the element of a list or map.
	Name string
	// Path is the dotted path from the resource; "*" stands for a map's key.
	Path string
	// Index is the position among its siblings, from zero.
	Index int
	Type  Type
	// Enum lists the words of an Enum.
	Enum []string
	// Ref is the resource that an ID names.
	Ref string
	// Members are those of an Object, of Money, or of the objects in a List.
	Members []*Member
	// Element is what a List or Map holds; nil otherwise.
	Element *Member
	// Nullable tells whether the value may be null.
	Nullable bool
	// Required tells whether a body has to have the member, where its object is
	// given. In answers every member is there.
	Required bool
	// Include is the word in the parameter include that asks for the member;
	// empty for what is always answered.
	Include string
	// Scope is the client's scope without which the member is null; mostly empty.
	Scope string
	// Filterable tells whether a parameter of some operation filters by it.
	Filterable bool
	// Sortable tells whether rows can be ordered by it: all scalars and money
	// that are neither in a list or map, nor there only on request.
	Sortable bool

	limits limits
}
