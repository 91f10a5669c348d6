package codec

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Unknown is the unified value of native values that a table does not have.
const Unknown = "unknown"

// Pair is one line of an enum's table.
type Pair struct{ Native, Unified string }

// EnumOptions describe an enum.
type EnumOptions struct {
	// Pairs are the table. Several native values may read as the same unified
	// one; their order is that of [Enum.Natives].
	Pairs []Pair
	// Else is what every other native value reads as. Default: [Unknown].
	Else string
	// CaseSensitive tells native values apart by letter case. Default: false.
	CaseSensitive bool
	// Write says which native value is written for a unified one that several
	// read as.
	Write map[string]string
}

// Enum translates values of a fixed list.
type Enum struct {
	exact  bool
	values []string // the unified values, the last for natives that are not in the table
	quoted [][]byte // the same as JSON
	open   bool     // values not in the table have a meaning of their own

	short             []enumSlot // a perfect hash table of the natives of at most 16 ASCII bytes
	hashLow, hashHigh uint64     // odd factors
	shift             uint
	long              map[string]int // all folded natives

	natives map[string][]string
	write   map[string]string
}

type enumSlot struct {
	low, high uint64
	size      int
	value     int // index into values and quoted
}

// NewEnum makes an enum. Contradictions in the options are an error.
func NewEnum(o EnumOptions) (*Enum, error) {
	if len(o.Pairs) == 0 {
		return nil, errors.New("an enum needs at least one value")
	}
	e := &Enum{
		exact:   o.CaseSensitive,
		open:    o.Else != "",
		long:    make(map[string]int),
		natives: make(map[string][]string),
		write:   make(map[string]string),
	}
	index := make(map[string]int)
	for _, p := range o.Pairs {
		value, seen := index[p.Unified]
		if !seen {
			value = len(e.values)
			index[p.Unified] = value
			e.values = append(e.values, p.Unified)
		}
		if err := e.add(p.Native, value); err != nil {
			return nil, err
		}
		e.natives[p.Unified] = append(e.natives[p.Unified], p.Native)
	}
	e.values = append(e.values, cmp.Or(o.Else, Unknown))
	for _, value := range e.values {
		// callers like to copy a fixed number of bytes
		e.quoted = append(e.quoted, AppendQuoted(make([]byte, 0, 32), value))
	}
	e.hashShort()
	return e, e.setWrite(o.Write)
}

func (e *Enum) setWrite(write map[string]string) error {
	for unified, natives := range e.natives {
		if len(natives) == 1 {
			e.write[unified] = natives[0]
		}
	}
	for unified, native := range write {
		if got := e.values[e.index([]byte(native))]; got != unified {
			return fmt.Errorf("writing %q as %q, which reads as %q", unified, native, got)
		}
		e.write[unified] = native
	}
	return nil
}

func (e *Enum) add(native string, value int) error {
	folded := native
	if !e.exact {
		folded = strings.ToLower(native)
	}
	if _, twice := e.long[folded]; twice {
		return fmt.Errorf("native value %q is listed twice", native)
	}
	e.long[folded] = value
	return nil
}

// hashShort looks for a seed under which no two native values fall into one place, so
// that a look-up is one comparison.
func (e *Enum) hashShort() {
	for bits := uint(3); bits < 20; bits++ {
		e.shift = 64 - bits
		for seed := uint64(1); seed < 100; seed += 2 {
			e.hashLow, e.hashHigh = 0x9E3779B97F4A7C15*seed, 0xD6E8FEB86659FD93*(seed+2)
			if e.fill(1 << bits) {
				return
			}
		}
	}
	e.short = nil // the map has them too
}

func (e *Enum) fill(size int) bool {
	e.short = make([]enumSlot, size)
	for native, value := range e.long {
		low, high, ok := words([]byte(native))
		if !ok {
			continue
		}
		s := &e.short[e.hash(low, high, len(native))]
		if s.size != 0 {
			return false
		}
		*s = enumSlot{low, high, len(native), value}
	}
	return true
}

// Quoted returns the unified value of a native text as a JSON string, and whether
// the native value has a meaning: known is false when the result is a plain
// [Unknown]. The caller must not change the bytes.
func (e *Enum) Quoted(native []byte) (quoted []byte, known bool) {
	i := e.index(native)
	return e.quoted[i], e.open || i < len(e.quoted)-1
}

// Packed is [Enum.Quoted] for a native text of 1 to 16 bytes, all ASCII, that is
// already in two little-endian words, with zeros after it.
func (e *Enum) Packed(low, high uint64, size int) (quoted []byte, known bool) {
	i := e.lookup(low, high, size)
	return e.quoted[i], e.open || i < len(e.quoted)-1
}

// index finds the place in values of what a native value reads as.
func (e *Enum) index(native []byte) int {
	if low, high, ok := words(native); ok {
		return e.lookup(low, high, len(native))
	}
	return e.find(native)
}

// lookup is index for a native value in words.
func (e *Enum) lookup(low, high uint64, size int) int {
	if !e.exact {
		low, high = lower(low), lower(high)
	}
	if at := e.hash(low, high, size); at < len(e.short) {
		if s := &e.short[at]; s.low == low && s.high == high && s.size == size {
			return s.value
		}
		return len(e.values) - 1
	}
	var text [16]byte
	binary.LittleEndian.PutUint64(text[:], low)
	binary.LittleEndian.PutUint64(text[8:], high)
	return e.find(text[:size])
}

func (e *Enum) find(native []byte) int {
	key := string(native)
	if !e.exact {
		key = strings.ToLower(key)
	}
	if value, ok := e.long[key]; ok {
		return value
	}
	return len(e.values) - 1
}

// Read appends the unified value.
func (e *Enum) Read(dst, native []byte) ([]byte, error) {
	return append(dst, e.values[e.index(native)]...), nil
}

// Write appends the native value that is written for a unified one. It is an error
// when none or several read so and the options do not choose.
func (e *Enum) Write(dst, unified []byte) ([]byte, error) {
	if native, ok := e.write[string(unified)]; ok {
		return append(dst, native...), nil
	}
	if len(e.natives[string(unified)]) > 1 {
		return dst, fmt.Errorf("several native values read as %q and none is chosen for writing", unified)
	}
	return dst, fmt.Errorf("no native value reads as %q", unified)
}

// Writable reports whether a unified value has one native value to write.
func (e *Enum) Writable(unified string) bool {
	_, ok := e.write[unified]
	return ok
}

// Natives returns the native values of the table that read as a unified one. all is
// false when values outside the table read so too, so that a list of native values
// cannot stand for the unified one.
func (e *Enum) Natives(unified string) (natives []string, all bool) {
	return e.natives[unified], unified != e.values[len(e.values)-1]
}

// Unified returns every unified value that the enum can read, in the table's order.
func (e *Enum) Unified() []string {
	table, last := e.values[:len(e.values)-1], e.values[len(e.values)-1]
	if slices.Contains(table, last) {
		return table
	}
	return e.values
}

// words packs a native value of at most 16 ASCII bytes into two words.
func words(b []byte) (low, high uint64, ok bool) {
	var text [16]byte
	if len(b) == 0 || len(b) > len(text) {
		return 0, 0, false
	}
	copy(text[:], b)
	low, high = binary.LittleEndian.Uint64(text[:]), binary.LittleEndian.Uint64(text[8:])
	return low, high, (low|high)&highBits == 0
}

// ones has the lowest bit of each byte set.
const ones = 0x0101010101010101

// lower folds the ASCII letters of a word whose bytes are all below 0x80.
func lower(w uint64) uint64 {
	upper := (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones) & highBits
	return w | upper>>2
}

// hash mixes the words and the length of a native value.
func (e *Enum) hash(low, high uint64, size int) int {
	return int((low*e.hashLow + (high^uint64(size)<<56)*e.hashHigh) >> e.shift)
}
