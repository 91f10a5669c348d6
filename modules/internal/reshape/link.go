package reshape

import (
	"bytes"
	"fmt"
	"slices"
)

// field is one compiled member.
type field struct {
	name   string
	key    []byte // "name":
	op     op
	fields []field // of an Object, Map or List
	tap    int     // its place in Plan.taps, or -1
}

// link makes the run's program fit a page's options.
func (r *run) link(o *Options) error {
	p := r.p
	if o.Mask != nil && len(o.Mask) != (len(p.members)+63)/64 {
		return fmt.Errorf("the mask is of another plan")
	}
	for i, tap := range o.Taps {
		if tap < 0 || tap >= len(p.taps) || slices.Contains(o.Taps[:i], tap) {
			return fmt.Errorf("tap %d is not of this plan, or asked for twice", tap)
		}
	}
	if o.Mask == nil && len(o.Taps) == 0 {
		r.linked, r.mask, r.wanted = p.whole, nil, nil
		return nil
	}
	same := slices.Equal(r.wanted, o.Taps) && (r.mask == nil) == (o.Mask == nil) && slices.Equal(r.mask, o.Mask)
	if !same || r.linked.end == nil {
		r.linked = p.link(o.Mask, o.Taps)
		r.mask, r.wanted = slices.Clone(o.Mask), slices.Clone(o.Taps)
	}
	return nil
}

// link joins the members of a row into a program. Whatever is the same in every row
// becomes one piece of bytes in front of the next value.
func (p *Plan) link(mask Mask, taps []int) program {
	l := linker{taps: taps}
	l.text = append(l.text, '{')
	for i := range p.members {
		f := &p.members[i]
		if i > 0 {
			l.text = append(l.text, ',')
		}
		l.text = append(l.text, f.key...)
		l.member(f, mask.has(i) || always(f.name), false)
	}
	return program{l.ops, bytes.Clone(l.text)}
}

// always reports whether a member is written whatever the mask: without it, nobody
// could tell what a row is.
func always(name string) bool { return name == "id" || name == "platform" || name == "native_id" }

// linker builds the ops of one object.
type linker struct {
	taps   []int
	text   []byte // constant bytes since the last op
	ops    []op
	filled bool // some constant member is not null
}

// member adds one value, whose name has been written. Masked members are null; aside
// says that the object around is masked.
func (l *linker) member(f *field, shown, aside bool) {
	tap := slices.Index(l.taps, f.tap)
	if f.tap < 0 {
		tap = -1
	}
	if tap < 0 && !shown && !l.tapped(f.fields) {
		l.text = append(l.text, "null"...)
		return
	}
	if tap < 0 && f.op.code == opConst {
		l.text = append(l.text, f.op.json...)
		l.filled = l.filled || string(f.op.json) != "null"
		return
	}
	o := f.op
	o.tap = int32(tap)
	o.blank = !shown
	o.aside = aside || o.blank
	o.before = l.take()
	o.slot, o.unit = place(o.from), place(o.currency)
	o.pack()
	l.inside(&o, f)
	l.ops = append(l.ops, o)
}

// inside links what an op contains.
func (l *linker) inside(o *op, f *field) {
	sub := linker{taps: l.taps}
	switch o.code {
	case opObject:
		sub.object(f.fields, o.aside)
		o.end = append(sub.take(), '}')
		o.filled = sub.filled
	case opMap:
		for i := range f.fields {
			key := slices.Concat([]byte{','}, f.fields[i].key)
			sub.text = append(sub.text[:0], key...)
			sub.member(&f.fields[i], true, o.aside)
			if len(sub.text) > 0 {
				sub.constant(key)
			}
		}
	case opList:
		if o.element {
			sub.member(&f.fields[0], true, false)
			if len(sub.text) > 0 {
				sub.constant(nil)
			}
			break
		}
		sub.object(f.fields, false)
		o.end = append(sub.take(), '}')
	default:
		return
	}
	o.members = sub.ops
}

// object links the members of a nested object.
func (l *linker) object(fields []field, aside bool) {
	l.text = append(l.text, '{')
	for i := range fields {
		if i > 0 {
			l.text = append(l.text, ',')
		}
		l.text = append(l.text, fields[i].key...)
		l.member(&fields[i], true, aside)
	}
}

// constant makes an op of its own from a constant that was written after a name.
func (l *linker) constant(name []byte) {
	json := bytes.Clone(l.text[len(name):])
	l.text = l.text[:0]
	l.ops = append(l.ops, op{code: opConst, json: json, before: name, tap: -1})
}

func (l *linker) take() []byte {
	text := bytes.Clone(l.text)
	l.text = l.text[:0]
	return text
}

// tapped reports whether any of the fields has a tap that is wanted.
func (l *linker) tapped(fields []field) bool {
	return len(l.taps) > 0 && slices.ContainsFunc(fields, func(f field) bool {
		return f.tap >= 0 && slices.Contains(l.taps, f.tap) || l.tapped(f.fields)
	})
}

// place returns the slot of the first place that a value comes from, or nowhere.
func place(from []ref) int32 {
	if len(from) == 0 || from[0] < 0 {
		return nowhere
	}
	return int32(from[0])
}

// pack prepares what emit wants to find at once.
func (o *op) pack() {
	o.tied = o.tap >= 0 || o.blank
	o.sole = len(o.from) == 1 && o.slot != nowhere && o.code != opComputed
	if len(o.tail) > pieceSize {
		o.plain = 0
	}
	o.headSize = len(o.before) + len(o.lead)
	o.head = make([]byte, (o.headSize+pieceSize-1)/pieceSize*pieceSize)
	copy(o.head, slices.Concat(o.before, o.lead))
	o.tailSize = copy(o.back[:], o.tail)
}
