package reshape

// emitObject appends an object, or null when all its members are.
func (r *run) emitObject(dst []byte, o *op) []byte {
	start := len(dst)
	dst, filled := r.emit(dst, o.members)
	if !filled && !o.filled {
		return append(dst[:start], jsonNull...)
	}
	return append(dst, o.end...)
}

// emitMap appends an object of the members that are not null, or null when none is.
func (r *run) emitMap(dst []byte, o *op) []byte {
	start := len(dst)
	for i := range o.members {
		before := len(dst)
		var filled bool
		if dst, filled = r.emit(dst, o.members[i:i+1]); !filled {
			dst = dst[:before]
		}
	}
	if len(dst) == start {
		return append(dst, jsonNull...)
	}
	dst[start] = '{' // each member has a comma in front
	return append(dst, '}')
}

// emitList appends a list; its elements are walked once more, since only now is it
// known that they are wanted.
func (r *run) emitList(dst []byte, o *op) []byte {
	var from slot
	for _, ref := range o.from {
		if s := r.slots[ref]; s.kind() > null {
			from = s
			break
		}
	}
	depth := r.depth
	defer func() { r.depth = depth }()
	i := from.start()
	switch {
	case from.kind() <= null, from.kind() == text && from.end()-from.start() == 2:
		return append(dst, jsonNull...)
	case from.kind() == array:
		return r.emitElements(dst, o, i, ']')
	case !o.keyed:
		r.slots[o.list.key] = 0
		dst, _ = r.emitElement(append(dst, '['), o, i)
		return append(dst, ']')
	case from.kind() == object:
		return r.emitElements(dst, o, i, '}')
	}
	r.refuse(o.path, "an object of objects", from.kind().String(), nil)
	return append(dst, jsonNull...)
}

// emitElements appends the elements of the array, or the values of the object, at i.
func (r *run) emitElements(dst []byte, o *op, i int, closing byte) []byte {
	dst = append(dst, '[')
	at := len(dst)
	r.depth++
	for i, more := r.space(i+1), r.data[r.space(i+1)] != closing; more; {
		if len(dst) > at {
			dst = append(dst, ',')
		}
		r.slots[o.list.key] = 0
		if closing == '}' {
			r.slots[o.list.key] = r.keySlot(i)
			i = r.key(i)
		}
		var end int
		dst, end = r.emitElement(dst, o, i)
		i, more = r.next(end, closing)
	}
	return append(dst, ']')
}

// emitElement appends the element at i and returns the place after it.
func (r *run) emitElement(dst []byte, o *op, i int) ([]byte, int) {
	root := o.list.root
	clear(r.slots[root.slot:root.high])
	end := r.value(i, root)
	if k := r.slots[root.slot].kind(); !o.scalars && k != object && (k != array || len(root.elements) == 0) {
		r.refuse(o.path, "a list of objects", k.String()+" in it", nil)
		return append(dst, jsonNull...), end
	}
	dst, _ = r.emit(dst, o.members)
	return append(dst, o.end...), end
}
