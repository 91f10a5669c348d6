package surface

import (
	"fmt"
	"regexp"
)

// Kind tells how an operation is answered.
type Kind uint8

// The kinds.
const (
	KindList       Kind = iota + 1 // rows of one resource, in a list
	KindQuery                      // a list that is asked for by a body
	KindGet                        // one object, bare
	KindReport                     // a report
	KindDefinition                 // the dimensions and metrics of reports
	KindPing                       // one authenticated call to a platform
	KindSystem                     // the gateway itself
	KindCreate                     // makes an object, which is answered
	KindUpdate                     // changes an object, which is answered
	KindDelete                     // archives or deletes; nothing is answered
	KindAction                     // anything else that changes something
)

var kinds = map[string]Kind{
	"list": KindList, "query": KindQuery, "get": KindGet, "report": KindReport,
	"definition": KindDefinition, "ping": KindPing, "system": KindSystem,
	"create": KindCreate, "update": KindUpdate, "delete": KindDelete, "action": KindAction,
}

// Writes tells whether an operation of the kind changes something.
func (k Kind) Writes() bool { return k >= KindCreate && k <= KindAction }

// String returns the kind as the document spells it.
func (k Kind) String() string {
	for name, kind := range kinds {
		if kind == k {
			return name
		}
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Operation is one thing the surface can do.
type Operation struct {
	// ID is the operationId: "conversions.list".
	ID string
	// Method is the HTTP method, in capitals.
	Method string
	// Path is the template below the base path: "/conversions/{id}".
	Path string
	Kind Kind
	// Resource is what it answers; nil for reports and the gateway's own.
	Resource *Resource
	// Parameters are those of the path and the query, in the document's order.
	Parameters []*Parameter
	// Body are the members of the request's body, in the document's order, of an
	// operation that changes something; nil when it takes no body.
	Body []*Member
	// Status is the HTTP status of success: 200, 201 or 204.
	Status int
	// IdempotencyKey tells whether it takes the header Idempotency-Key.
	IdempotencyKey bool
	// Alias is the operation as which this one is answered; nil for most.
	Alias *Alias
	// Scope is the scope that a client needs; empty where no key is needed.
	Scope string
	// Deprecated tells that clients should stop using it.
	Deprecated bool

	byName   map[string]*Parameter // of the query
	names    []string              // of the query, for suggestions
	path     []*Parameter
	required []*Parameter
	sorted   []*Parameter // all, by name
	// minMembers is how many members a body has at least.
	minMembers int
}

// Alias says that an operation is another one in a different dress.
type Alias struct {
	// Operation is the one that is answered.
	Operation *Operation
	// Filter is the parameter of Operation that takes the path's value; nil when
	// the body says what is asked.
	Filter *Parameter
}

// Parameter returns the parameter of the query with a name, or nil.
func (o *Operation) Parameter(name string) *Parameter { return o.byName[name] }

// Target returns the operation as which this one is answered: itself, unless it has an alias.
func (o *Operation) Target() *Operation {
	if o.Alias != nil {
		return o.Alias.Operation
	}
	return o
}

// Parameter is one parameter of an operation.
type Parameter struct {
	Name string
	// In is "query" or "path".
	In string
	// Type is a scalar type: of each value, when there may be many.
	Type Type
	// Enum lists the words that are allowed; beside an Integer those that are
	// allowed instead of a number.
	Enum []string
	// Ref is the resource that an ID names; empty where any will do.
	Ref string
	// Many tells whether several values may be given, separated by commas.
	Many     bool
	Required bool
	// Default is the value when none is given; empty for none.
	Default string
	// Filter is what the parameter filters by; nil for those that do not.
	Filter *Filter

	patterns []*regexp.Regexp
	min, max *int64
	// as is the parameter of an alias's target that takes the value.
	as *Parameter
}

// Op is how a filter compares.
type Op uint8

// The ways to compare.
const (
	Eq     Op = iota + 1 // equal to one of the values
	From                 // at this instant or later
	To                   // before this instant
	Min                  // at least this much
	Max                  // at most this much
	Search               // contained in any text member, whatever its letter case
)

var opNames = [...]string{"", "eq", "from", "to", "min", "max", "search"}

// String returns the lower-case name.
func (o Op) String() string { return opNames[o] }

// Filter is what a parameter filters by.
type Filter struct {
	Op Op
	// Member is what is compared; nil for Search and for a dimension.
	Member *Member
	// Else are members that are compared in turn where Member is null.
	Else []*Member
	// Fold tells that letter case does not matter.
	Fold bool
	// Key is the key whose value is compared when Member is a map: "1" of sub_ids.
	Key string
	// Dimension is the dimension of a report that is compared.
	Dimension string
}
