package mapping

import "time"

// FieldWrite says how a field is written where that differs from how it is read.
type FieldWrite struct {
	Position
	To       []string    // native path; nil: the first of the field's own
	Currency []string    // of money: the native path of its currency; nil: the field's own
	As       string      // a format; empty: the field's own
	Zone     string      // of a time: the member of the body that names the zone it is written in
	Emit     string      // how JSON holds it: string, number, integer, boolean or bit; empty: as its type has it
	Values   []EnumEntry // native values by unified ones, before those of the field's enum
	One      bool        // a list of one is written as the object itself, and a longer one refused
}

// Change is what an operation has beside its calls when it changes something.
type Change struct {
	// Required are members that this platform needs beyond those of the surface;
	// `items[].name` is needed of each element of a list.
	Required []Member
	// RequiredWhen are members that it needs where a condition holds.
	RequiredWhen []*Requirement
	// Fetch is the get that answers, where the answer to the change does not show
	// the object; or the list, where there is no get.
	Fetch string
	// Merge is the get of the native object that the members are put into, where
	// the platform wants the whole object back.
	Merge string
	Poll  *Poll
}

// Member is a dotted unified member where a mapping names it.
type Member struct {
	Position
	Name string
}

// Requirement names members that are needed where a condition over the members holds.
type Requirement struct {
	Position
	When    string
	Members []Member
}

// Poll asks for an object again until a condition over its members holds.
type Poll struct {
	Position
	Operation string // the get that is asked
	Until     string
	Every     time.Duration
	For       time.Duration
}

// CallWrite says what a call of a change sends, and what its answer holds.
type CallWrite struct {
	// Members are those of the resource that the call takes; one stands for all
	// that are below it.
	Members []Member
	// Fields are members that are declared in place, for bodies that are no resource.
	Fields []*Field
	// Form sends the body as a form rather than as JSON.
	Form bool
	// None tells that the answer to the call holds nothing of use.
	None bool
	// ID are the places of the native identifier in the answer, for what is fetched then.
	ID [][]string
}
