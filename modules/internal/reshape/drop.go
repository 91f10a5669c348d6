package reshape

import (
	"fmt"
	"strings"
)

// drop is a place in the native document below which members are dropped.
type drop struct{ keys []dropKey }

// dropKey is a key of interest. The name "*" stands for every key.
type dropKey struct {
	name  string
	below *drop // all when the member itself is dropped
}

// all is the drop of a value that is dropped as a whole.
var all = &drop{}

// newDrop builds the tree of dropped paths; nil when there are none.
func newDrop(paths []Path) (*drop, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	root := &drop{}
	for _, path := range paths {
		if err := root.add(path); err != nil {
			return nil, fmt.Errorf("dropping %s: %w", strings.Join(path, "."), err)
		}
	}
	return root, nil
}

func (d *drop) add(path Path) error {
	if len(path) == 0 {
		return fmt.Errorf("the whole row cannot be dropped")
	}
	name := path[0]
	if _, ok := arrayIndex(name); ok || strings.HasPrefix(name, "@") {
		return fmt.Errorf("step %q is no key; arrays are stepped over", name)
	}
	at := -1
	for i, k := range d.keys {
		if k.name == name {
			at = i
		} else if k.name == "*" || name == "*" {
			return fmt.Errorf(`"*" stands beside %q and %q`, k.name, name)
		}
	}
	if at < 0 {
		at = len(d.keys)
		d.keys = append(d.keys, dropKey{name, &drop{}})
	}
	k := &d.keys[at]
	if len(path) == 1 {
		k.below = all
	}
	if k.below == all {
		return nil
	}
	return k.below.add(path[1:])
}

// step returns what is dropped below a key; nil is nothing.
func (d *drop) step(name []byte) *drop {
	for i := range d.keys {
		if k := &d.keys[i]; k.name == "*" || k.name == string(name) {
			return k.below
		}
	}
	return nil
}

// follow returns what is dropped of the value at a path.
func (d *drop) follow(path Path) *drop {
	for _, name := range path {
		if d == nil || d == all {
			return d
		}
		below := d.step([]byte(name))
		if _, ok := arrayIndex(name); ok {
			// either an element, of which the same is dropped, or a key
			below = union(d, below)
		}
		d = below
	}
	return d
}

// elements returns what is dropped of the values of an object with unknown keys.
func (d *drop) elements() (below *drop) {
	if d == nil || d == all {
		return d
	}
	for _, k := range d.keys {
		below = union(below, k.below)
	}
	return below
}

func union(a, b *drop) *drop {
	switch {
	case a == nil || b == all:
		return b
	case b == nil || a == all:
		return a
	}
	sum := &drop{keys: append([]dropKey(nil), a.keys...)}
next:
	for _, k := range b.keys {
		for i := range sum.keys {
			if sum.keys[i].name == k.name {
				sum.keys[i].below = union(sum.keys[i].below, k.below)
				continue next
			}
		}
		sum.keys = append(sum.keys, k)
	}
	return sum
}

// appendWithout appends the validated native value from i to end without the dropped
// members and their keys. Everything else, white space too, stays as it is.
func (r *run) appendWithout(dst []byte, i, end int, d *drop) []byte {
	switch d {
	case nil:
		return appendRaw(dst, r.data[i:end])
	case all:
		return append(dst, "null"...)
	}
	depth := r.depth
	dst, from, _ := r.cut(dst, i, i, d)
	r.depth = depth
	return appendRaw(dst, r.data[from:end])
}

// cut appends what comes before each dropped member of the value at i. Bytes up to
// from have been dealt with; it returns the new from and the place after the value.
func (r *run) cut(dst []byte, from, i int, d *drop) ([]byte, int, int) {
	open := r.data[i]
	if open != '{' && open != '[' {
		end, _ := r.skip(i)
		return dst, from, end
	}
	if i = r.space(i + 1); r.data[i] == open+2 {
		return dst, from, i + 1
	}
	kept, last := false, i
	for {
		start := i
		below := d
		if open == '{' {
			end, k := r.str(i)
			below = d.step(unquote(&r.scratch, r.data[i:end], k))
			i = r.colon(end)
		}
		var end int
		switch below {
		case nil, all:
			end, _ = r.skip(i)
		default:
			dst, from, end = r.cut(dst, from, i, below)
		}
		next, more := r.next(end, open+2)
		switch {
		case below != all:
			kept = true
		case kept:
			// the comma before it goes as well
			dst = appendRaw(dst, r.data[from:last])
			from = end
		default:
			// the comma after it, if there is one
			dst = appendRaw(dst, r.data[from:start])
			if from = end; more {
				from = next
			}
		}
		if !more {
			return dst, from, next
		}
		i, last = next, end
	}
}
