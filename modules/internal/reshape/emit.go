package reshape

import "encoding/binary"

const jsonNull = "null"

// emitRow appends the unified form of the row that stands from start to end and has
// just been walked.
func (r *run) emitRow(start, end int) {
	p := r.page
	at := len(p.Data)
	for range r.o.Taps {
		p.taps = append(p.taps, span{})
	}
	dst, _ := r.emit(p.Data, r.linked.ops)
	dst = append(dst, r.linked.end...)
	if r.o.Native {
		if len(r.p.members) > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `"native":`...)
		dst = r.appendWithout(dst, start, end, r.p.drop)
	}
	p.Data = append(dst, '}', ',')
	p.rows = append(p.rows, span{start: at, end: len(p.Data) - 1})
}

// emit writes values one after the other, with what stands in front of each. filled
// reports whether any of them is not null. The usual forms of values are dealt with
// here, by copying whole pieces while there is room, all others by emitOther.
func (r *run) emit(dst []byte, ops []op) (_ []byte, filled bool) {
	data, slots := r.data, r.slots
	for i := range ops {
		o := &ops[i]
		s := slots[o.slot]
		start, end, k := s.start(), s.end(), s.kind()
		trim := int(o.trim >> k & 1)
		start, end = start+trim, end-trim
		at := len(dst) + len(o.before)
		size, written := end-start, 0
		if o.plain>>k&1 != 0 && uint(size-1) < pieceSize && start <= len(data)-pieceSize &&
			len(dst) <= cap(dst)-len(o.head)-3*pieceSize {
			value := (*piece)(data[start : start+pieceSize])
			room := dst[len(dst):cap(dst)]
			if len(o.head) == pieceSize {
				(*piece)(room).fill((*piece)(o.head))
			} else {
				copy(room, o.head)
			}
			room = room[o.headSize:]
			switch {
			case o.code == opEnum:
				written = r.putEnum(room, o, value, size)
			case o.code == opDatetime:
				written = o.datetime.Put((*[24]byte)(room), data[start:end])
			case !o.sign || value[0] != '-':
				(*piece)(room).fill(value)
				(*piece)(room[size:]).fill(&o.back)
				written = size + o.tailSize
				if o.code == opMoney && len(o.currency) > 0 {
					written = r.putCurrency(room, written, o)
				}
			}
		}
		if written > 0 {
			dst = dst[:len(dst)+o.headSize+written]
			filled = true
		} else {
			dst = r.emitOther(dst, o)
			filled = filled || dst[at] != 'n'
		}
		if o.tied {
			dst = r.tap(dst, at, o)
		}
	}
	return dst, filled
}

// putEnum writes an enum's value into room, which has a piece at least, and returns its
// length, or 0 when that takes other means.
func (r *run) putEnum(room []byte, o *op, native *piece, size int) int {
	if size > 16 {
		return 0
	}
	low, high := binary.LittleEndian.Uint64(native[:]), binary.LittleEndian.Uint64(native[8:])
	// a bit that is shifted out of the word leaves a mask of all bits
	low &= 1<<(8*uint(size)) - 1
	high &= 1<<(8*uint(max(size-8, 0))) - 1
	json, known := o.enum.Packed(low, high, size)
	if len(json) > pieceSize || cap(json) < pieceSize {
		return 0
	}
	if !known {
		r.page.UnknownEnums++
	}
	(*piece)(room).fill((*piece)(json[:pieceSize]))
	return len(json)
}

// putCurrency writes the currency that belongs to the amount in front of it, in upper
// case, and returns the length of both, or 0 when that takes other means.
func (r *run) putCurrency(room []byte, n int, o *op) int {
	s := r.slots[o.unit]
	if i := s.start(); s.kind() == text && s.end()-i == len(`"EUR"`) && i <= len(r.data)-8 {
		code := binary.LittleEndian.Uint64(r.data[i:i+8]) &^ (0x202020 << 8)
		if isUpper(byte(code>>8)) && isUpper(byte(code>>16)) && isUpper(byte(code>>24)) {
			binary.LittleEndian.PutUint64(room[n:n+8], code&(1<<40-1)|'}'<<40)
			return n + len(`"EUR"}`)
		}
	}
	return 0
}

// emitOther appends any value, with what stands in front.
func (r *run) emitOther(dst []byte, o *op) []byte {
	dst = append(dst, o.before...)
	if o.sole && r.slots[o.slot].kind() <= null {
		return append(dst, jsonNull...)
	}
	return r.emitValue(dst, o)
}

// tap records the value at the end of dst, and makes it null where the mask says so.
func (r *run) tap(dst []byte, at int, o *op) []byte {
	if dst[at] == 'n' {
		return dst
	}
	p := r.page
	if o.tap >= 0 {
		s := span{start: at, end: len(dst)}
		if o.aside {
			s = span{start: len(p.aside), end: len(p.aside) + len(dst) - at, aside: true}
			p.aside = append(p.aside, dst[at:]...)
		}
		p.taps[len(p.taps)-p.width+int(o.tap)] = s
	}
	if o.blank {
		dst = append(dst[:at], jsonNull...)
	}
	return dst
}

// emitValue appends one value; null is the only one that begins with an n.
func (r *run) emitValue(dst []byte, o *op) []byte {
	switch o.code {
	case opConst:
		return append(dst, o.json...)
	case opText:
		return r.emitText(dst, o)
	case opInteger, opNumber, opDecimal:
		return r.emitNumber(dst, o)
	case opBoolean:
		return r.emitBoolean(dst, o)
	case opID:
		return r.emitID(dst, o)
	case opCoded:
		return r.emitCoded(dst, o)
	case opDatetime:
		return r.emitDatetime(dst, o)
	case opEnum:
		return r.emitEnum(dst, o)
	case opMoney:
		return r.emitMoney(dst, o)
	case opObject:
		return r.emitObject(dst, o)
	case opMap:
		return r.emitMap(dst, o)
	case opList:
		return r.emitList(dst, o)
	case opSplit:
		return r.emitSplit(dst, o)
	case opRaw:
		return r.emitRaw(dst, o)
	default:
		return r.emitComputed(dst, o)
	}
}

// find returns the first value of an op's paths that is present and not null.
func (r *run) find(o *op) ([]byte, kind) {
	if s := &r.slots[o.slot]; s.kind() > null {
		return r.data[s.start():s.end()], s.kind()
	}
	if len(o.from) == 1 && o.slot != nowhere {
		return nil, null
	}
	return r.search(o.from)
}

// search is find for any number of places.
func (r *run) search(from []ref) ([]byte, kind) {
	for _, ref := range from {
		if ref < 0 {
			if t := r.outer[-1-ref]; t.kind > null {
				return t.json, t.kind
			}
			continue
		}
		if s := r.slots[ref]; s.kind() > null {
			return r.data[s.start():s.end()], s.kind()
		}
	}
	return nil, null
}

// scalar returns the text of a string, number or boolean. Whatever means nothing is
// null; arrays and objects refuse the page.
func (r *run) scalar(o *op, want string) ([]byte, kind) {
	json, k := r.find(o)
	return r.textOf(o, json, k, want)
}

func (r *run) textOf(o *op, json []byte, k kind, want string) ([]byte, kind) {
	switch k {
	case text:
		if len(json) == len(`""`) {
			return nil, null
		}
		return json[1 : len(json)-1], text
	case wild:
		return unquote(&r.scratch, json, k), wild
	case array:
		if !isEmptyArray(json) {
			r.refuse(o.path, want, k.String(), nil)
		}
		return nil, null
	case object:
		r.refuse(o.path, want, k.String(), nil)
		return nil, null
	}
	return json, k
}

func isEmptyArray(json []byte) bool {
	for _, c := range json[1:] {
		if c > ' ' {
			return c == ']'
		}
	}
	return false
}

// refuseValue records that a value cannot be read, and reads it as null.
func (r *run) refuseValue(dst []byte, at int, o *op, want string, err error) []byte {
	r.refuse(o.path, want, err.Error(), err)
	return append(dst[:at], jsonNull...)
}
