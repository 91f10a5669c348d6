package reshape

import (
	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/plugins"
)

// Path is the way to a native value: the keys to follow from the row. A step into
// an array takes its first element, so that a platform may send one object or a
// list of one; a numeric step takes that element of an array, or that key of an
// object. These paths are special:
//
//	@this            the row itself, for rows that are scalars
//	@key             the key of a row in an object of rows
//	@outer.<name>    a token that the caller gives for the whole page
//	@parent, …       inside a [List], a path of the row around it
type Path []string

// Shape is a unified object: its members, in the order in which they are written.
type Shape struct {
	Members []Member
	// Outer names the tokens of [Options.Outer], in their order.
	Outer []string
	// Drop lists native members that never leave: they are cut out, with their
	// keys, of the native row and of every [Raw] value. In arrays they are cut
	// out of every element.
	Drop []Path
}

// Member is one member of a unified object.
type Member struct {
	Name  string
	Value Value
}

// Value says how a unified value is made. Where a value has several paths, the first
// that is present and not null is taken. Unless a type says otherwise, an absent or
// null native value, an empty text and an empty array (which PHP writes for an empty
// object) read as null, and a native value of a type that cannot be meant refuses
// the page with a [ShapeError].
type Value interface{ value() }

type (
	// Null is always null.
	Null struct{}

	// Const is a fixed JSON value.
	Const struct{ JSON []byte }

	// Text is a string; numbers and booleans become their text. An empty text
	// stays one unless EmptyIsNull.
	Text struct {
		From        []Path
		EmptyIsNull bool
	}

	// Integer is a JSON number without fraction, of any size, from a number or
	// a numeric text.
	Integer struct{ From []Path }

	// Number is a JSON number from a number or a numeric text.
	Number struct{ From []Path }

	// Decimal is exact decimal text, in quotes and without exponent. Scale is
	// how many decimal places the native value is shifted by: 2 reads 1230 as 12.30.
	Decimal struct {
		From  []Path
		Scale int
	}

	// Boolean is true or false, from a boolean, 1 or 0, or a word such as "yes".
	Boolean struct{ From []Path }

	// ID is a unified identifier: Prefix and the native one, whose digits are
	// never changed.
	ID struct {
		Prefix string
		From   []Path
	}

	// Coded is a text that a codec reads. Native objects are given to codecs that
	// are a [plugins.ObjectReader], and refuse the page with any other.
	Coded struct {
		From  []Path
		Codec plugins.Codec
	}

	// Enum is a value of a fixed list. Native values that the table does not
	// know are counted in [Page.UnknownEnums].
	Enum struct {
		From  []Path
		Table *codec.Enum
	}

	// Money is {"value":"12.30","currency":"EUR"}, or null without an amount.
	// The currency is the first found at Currency, else DefaultCurrency, else null.
	Money struct {
		Amount          []Path
		Scale           int
		Currency        []Path
		DefaultCurrency string
	}

	// Object is an object, or null when every member is null.
	Object struct{ Members []Member }

	// Map is an object of those members that are not null, or null when none is.
	Map struct{ Members []Member }

	// List is a list of objects with Members or, when Element is set, of values;
	// an Element without paths reads the native element itself. An array gives
	// its elements, anything else a list of one, an empty array an empty list.
	// Keyed reads an object as its values, each with its @key.
	List struct {
		From    []Path
		Keyed   bool
		Members []Member
		Element Value
	}

	// Split is a list of texts, from an array of them or from one text with
	// separators. White space around an item and empty items are left out.
	Split struct {
		From []Path
		Sep  string
	}

	// Raw is the native JSON as it is, save invalid UTF-8 and dropped members.
	Raw struct{ From []Path }

	// Computed calls a function. args are the native JSON tokens at each path,
	// nil where absent; the function appends one JSON value to dst, keeps neither
	// argument, and is safe for concurrent use.
	Computed struct {
		From []Path
		Func func(dst []byte, args [][]byte) ([]byte, error)
	}
)

func (Null) value()     {}
func (Const) value()    {}
func (Text) value()     {}
func (Integer) value()  {}
func (Number) value()   {}
func (Decimal) value()  {}
func (Boolean) value()  {}
func (ID) value()       {}
func (Coded) value()    {}
func (Enum) value()     {}
func (Money) value()    {}
func (Object) value()   {}
func (Map) value()      {}
func (List) value()     {}
func (Split) value()    {}
func (Raw) value()      {}
func (Computed) value() {}

// Source says where the rows of a body are.
type Source struct {
	// Rows are the places where the rows may be; the first that holds an array
	// (Keyed: an object) is taken. An empty path is the body itself; no path at
	// all means the same.
	Rows []Path
	// Keyed: the rows are the values of an object. An empty array is an object
	// without rows.
	Keyed bool
	// Single: the value at Rows is the only row. An array there gives its first
	// element.
	Single bool
	// Whole, with Single: an array there is the row itself.
	Whole bool
	// Optional: rows that are absent or null are no rows; by default they refuse
	// the page.
	Optional bool
	// Capture lists values of the body that the caller wants: [Page.Captured].
	Capture []Path
	// Last lists values of the last row that the caller wants: [Page.Last].
	Last []Path
}

// Options are what may differ between two pages of one plan.
type Options struct {
	// Mask selects the members that are written; the others are null. Nil
	// selects all. Members called id, platform or native_id are always written.
	Mask Mask
	// Native adds the member "native": the native row, byte for byte, save the
	// dropped members.
	Native bool
	// Taps are the taps wanted for each row, from [Plan.Tap].
	Taps []int
	// Outer are the JSON tokens named by [Shape.Outer]; nil is absent.
	Outer [][]byte
}
