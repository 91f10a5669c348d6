package reshape

// kind is what the walker has learned about a native value while validating it.
type kind uint8

// The order matters: absent and null are what From skips, and the kinds that hold
// scalars stand together.
const (
	absent kind = iota
	null
	no       // false
	yes      // true
	integer  // a number without fraction or exponent
	decimal  // a number with a fraction
	exponent // a number with an exponent
	text     // a string of plain ASCII
	wild     // a string with escapes or other bytes
	array
	object
)

func (k kind) String() string {
	switch k {
	case absent:
		return "nothing"
	case null:
		return "null"
	case no, yes:
		return "a boolean"
	case integer, decimal, exponent:
		return "a number"
	case text, wild:
		return "a string"
	case array:
		return "an array"
	}
	return "an object"
}

// slot holds one native value of the row being walked: the range of its bytes, 30 bits
// each, and its kind. The zero slot is absent.
type slot uint64

// maxBody is the longest body, in bytes, that slots can describe.
const maxBody = 1<<30 - 1

func newSlot(start, end int, k kind) slot { return slot(start)<<34 | slot(end)<<4 | slot(k) }

func (s slot) start() int { return int(s >> 34) }

func (s slot) end() int { return int(s >> 4 & maxBody) }

func (s slot) kind() kind { return kind(s & 15) }
