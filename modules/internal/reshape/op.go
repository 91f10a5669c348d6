package reshape

import (
	"encoding/binary"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/plugins"
)

// op writes one value. A program is a slice of them; what stands between the values,
// punctuation, names and everything constant, is in front of each. What most values
// need comes first.
type op struct {
	code opcode
	sign bool // a number with a sign is not plain
	tied bool // the value is tapped, or blank
	sole bool // slot is the only place that the value comes from, and null if that is
	// plain is the set of kinds, as bits, that are written as they are, between
	// lead and tail; texts of the kinds in trim lose their quotes first.
	plain, trim uint16
	slot        int32 // the slot of from[0], or nowhere
	tap         int32 // place of the tap in Options.Taps, or -1
	// head is before and lead, filled up to whole pieces, and back is the tail.
	head               []byte
	headSize, tailSize int
	back               piece
	unit               int32 // the slot of currency[0], or nowhere

	// before is written first; in a Map it is taken back when the value is null.
	before []byte
	lead   []byte // what a value that is not null begins with
	tail   []byte // what it ends with

	enum     *codec.Enum
	datetime *codec.Datetime

	from  []ref
	path  string
	scale int
	empty bool // an empty Text is null
	json  []byte
	codec plugins.Codec
	call  func(dst []byte, args [][]byte) ([]byte, error)
	sep   string
	drops []*drop // for Raw, beside from

	currency  []ref
	otherwise []byte // default currency as JSON, or null

	members []op   // of an Object, Map or List
	end     []byte // closes an Object, and what is constant before that
	filled  bool   // an Object has a constant member, so that it is never null
	list    *tree
	keyed   bool
	scalars bool // elements of the List need not be objects
	element bool // a List has values, not objects with members

	aside, blank bool // the tapped value is kept aside; null is written instead
}

// piece is a few bytes that are copied as a whole, used or not: that takes a few
// instructions, where copying a number of bytes is a call.
type piece [pieceSize]byte

const pieceSize = 32

// fill copies a piece. Going through words tells the compiler that the two do not
// overlap by a part, which would take a call.
func (p *piece) fill(from *piece) {
	a, b := binary.LittleEndian.Uint64(from[0:]), binary.LittleEndian.Uint64(from[8:])
	c, d := binary.LittleEndian.Uint64(from[16:]), binary.LittleEndian.Uint64(from[24:])
	binary.LittleEndian.PutUint64(p[0:], a)
	binary.LittleEndian.PutUint64(p[8:], b)
	binary.LittleEndian.PutUint64(p[16:], c)
	binary.LittleEndian.PutUint64(p[24:], d)
}

type opcode uint8

const (
	opConst opcode = iota
	opText
	opInteger
	opNumber
	opDecimal
	opBoolean
	opID
	opCoded
	opDatetime
	opEnum
	opMoney
	opObject
	opMap
	opList
	opSplit
	opRaw
	opComputed
)

// ref is where a value comes from: a slot or, when negative, an outer token.
type ref int32

func outer(i int) ref { return ref(-1 - i) }

// nowhere is a slot that is always absent.
const nowhere = 0

// program is what writes a row: ops and what follows the last value.
type program struct {
	ops []op
	end []byte
}

// set returns kinds as bits.
func set(kinds ...kind) (bits uint16) {
	for _, k := range kinds {
		bits |= 1 << k
	}
	return bits
}

// plainly says which native values an op can write as they are, or with what is usual.
func (o *op) plainly() {
	switch o.code {
	case opText:
		o.plain, o.trim = set(text, integer, decimal, exponent, no, yes), set(text)
		o.lead, o.tail = []byte{'"'}, []byte{'"'}
	case opID:
		o.plain, o.trim = set(text, integer), set(text)
		o.lead, o.tail = append([]byte{'"'}, o.lead...), []byte{'"'}
	case opInteger:
		o.plain, o.sign = set(integer), true
	case opNumber:
		o.plain, o.sign = set(integer, decimal), true
	case opBoolean:
		o.plain = set(no, yes)
	case opDecimal:
		o.plain, o.sign = set(integer, decimal), true
		o.lead, o.tail = []byte{'"'}, []byte{'"'}
	case opMoney:
		o.plain, o.sign = set(integer, decimal), true
		o.lead = []byte(`{"value":"`)
		o.tail = []byte(`","currency":`)
		if len(o.currency) == 0 {
			o.tail = append(append(o.tail, o.otherwise...), '}')
		}
	case opDatetime:
		o.plain, o.trim = set(text), set(text)
	case opEnum:
		o.plain, o.trim = set(text, integer, decimal, exponent, no, yes), set(text)
	}
	if o.scale != 0 {
		o.plain = 0
	}
}
